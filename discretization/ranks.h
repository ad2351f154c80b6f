/* Ranks: the processes of one parallel run, which share the x cells of a problem in slabs along the first x
 * axis (phase_grid.h).
 *
 * Every rank runs the same program on its own cells. What couples cells is a sum over ranks, an exchange of
 * all with all (columns.h), or an agreement on a status (gz_agree). A *collective* call must be made by all
 * ranks in the same order; its result is the same to the last bit on all of them, so that decisions taken
 * from it are too. NULL stands for a process by itself: every call is then a no-op or the identity. Two
 * implementations: ranks_serial.c, which knows nothing else, and ranks_mpi.c (CMake: GRAZING_MPI).
 */
#ifndef GZ_RANKS_H
#define GZ_RANKS_H

#include "api.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct gz_ranks gz_ranks;

/* All processes of this program, as `mpirun -n N` started them; NULL in a build without MPI. Starts MPI
 * unless the caller has, and stop ends it then. Once a process. */
GZ_API gz_ranks *gz_ranks_start(void);
GZ_API void gz_ranks_stop(gz_ranks *ranks);

/* Number of ranks; number of this one, from 0. */
GZ_API int gz_ranks_count(const gz_ranks *ranks);
GZ_API int gz_ranks_own(const gz_ranks *ranks);

/* Ranks that share this machine, this one included. */
GZ_API int gz_ranks_on_this_machine(const gz_ranks *ranks);

/* Which of `total` things belong to a rank when they are shared out evenly: those from first(rank) to
 * first(rank + 1) - 1; sizes differ by one at most. */
GZ_API size_t gz_ranks_first(size_t total, int count, int rank);

/* --- collective ----------------------------------------------------------------------------------------- */

/* values[k] = sum, least, or largest of values[k] over ranks. */
GZ_API void gz_ranks_sum(const gz_ranks *ranks, size_t count, double *values);
GZ_API void gz_ranks_least(const gz_ranks *ranks, size_t count, double *values);
GZ_API void gz_ranks_most(const gz_ranks *ranks, size_t count, double *values);

/* The same of compensated sums (compensated_sum.h). */
struct gz_sum;
GZ_API void gz_ranks_add_sums(const gz_ranks *ranks, size_t count, struct gz_sum *sums);

/* True if it is true on any rank; on all. */
GZ_API bool gz_ranks_any(const gz_ranks *ranks, bool here);
GZ_API bool gz_ranks_all(const gz_ranks *ranks, bool here);

/* The bytes of rank `root` for all. */
GZ_API void gz_ranks_broadcast(const gz_ranks *ranks, int root, size_t size, void *bytes);

/* The part send[send_first[r]..send_first[r+1]-1] goes to rank r; what comes from rank r lands in
 * receive[receive_first[r]..receive_first[r+1]-1]. first: [ranks + 1]. */
GZ_API void gz_ranks_exchange(const gz_ranks *ranks, const double *send, const size_t *send_first,
                              double *receive, const size_t *receive_first);

/* True if all ranks have come here within so many seconds; for the end of a program of which one rank has
 * failed by itself, while the others may wait for it elsewhere for ever. */
GZ_API bool gz_ranks_meet(const gz_ranks *ranks, double seconds);

/* End all ranks at once with this exit status. Not collective. */
GZ_API void gz_ranks_abort(const gz_ranks *ranks, int status);

#endif
