/* Ranks: the processes of one parallel run, which share the x cells of a problem in slabs along the first x
 * axis (phase_grid.h).
 *
 * Every rank runs the same program on its own cells. Cells of different ranks are coupled by sums over ranks,
 * by exchanges of all with all (columns.h), and by agreements on a status (gz_agree). All ranks must make a
 * *collective* call in the same order. Its result is the same to the last bit on all ranks, and so are
 * decisions taken from it. NULL stands for a process by itself: every call is then a no-op or the identity.
 * There are two implementations: ranks_serial.c, which has only this process, and ranks_mpi.c (CMake:
 * GRAZING_MPI).
 */
#ifndef GZ_RANKS_H
#define GZ_RANKS_H

#include "api.h"

#include <stdbool.h>
#include <stddef.h>

typedef struct gz_ranks gz_ranks;

/* All processes of this program, as `mpirun -n N` started them; NULL in a build without MPI. If the caller
 * has not started MPI, this call does, and gz_ranks_stop ends it. Make the call once a process. */
GZ_API gz_ranks *gz_ranks_start(void);
GZ_API void gz_ranks_stop(gz_ranks *ranks);

/* Number of ranks, and the number of this rank, counted from 0. */
GZ_API int gz_ranks_count(const gz_ranks *ranks);
GZ_API int gz_ranks_own(const gz_ranks *ranks);

/* Number of ranks on this machine, this one included. */
GZ_API int gz_ranks_on_this_machine(const gz_ranks *ranks);

/* The first of `total` things that belongs to a rank when they are shared out evenly. A rank has the things
 * from first(rank) to first(rank + 1) - 1; the numbers of things differ by at most one. */
GZ_API size_t gz_ranks_first(size_t total, int count, int rank);

/* --- collective ----------------------------------------------------------------------------------------- */

/* values[k] becomes the sum, least or largest of the values[k] of all ranks. */
GZ_API void gz_ranks_sum(const gz_ranks *ranks, size_t count, double *values);
GZ_API void gz_ranks_least(const gz_ranks *ranks, size_t count, double *values);
GZ_API void gz_ranks_most(const gz_ranks *ranks, size_t count, double *values);

/* sums[k] becomes the sum of the sums[k] of all ranks, compensated (compensated_sum.h). */
struct gz_sum;
GZ_API void gz_ranks_add_sums(const gz_ranks *ranks, size_t count, struct gz_sum *sums);

/* True if `here` is true on any rank, or on all ranks. */
GZ_API bool gz_ranks_any(const gz_ranks *ranks, bool here);
GZ_API bool gz_ranks_all(const gz_ranks *ranks, bool here);

/* Copy the bytes of rank `root` to all ranks. */
GZ_API void gz_ranks_broadcast(const gz_ranks *ranks, int root, size_t size, void *bytes);

/* The part send[send_first[r]..send_first[r+1]-1] goes to rank r; what comes from rank r lands in
 * receive[receive_first[r]..receive_first[r+1]-1]. first: [ranks + 1]. */
GZ_API void gz_ranks_exchange(const gz_ranks *ranks, const double *send, const size_t *send_first,
                              double *receive, const size_t *receive_first);

/* True if all ranks make this call within so many seconds. It serves to end a program in which one rank has
 * failed by itself, while others may wait for that rank elsewhere for ever. */
GZ_API bool gz_ranks_meet(const gz_ranks *ranks, double seconds);

/* End all ranks at once with this exit status. Not collective. A single rank goes on: its caller can end it. */
GZ_API void gz_ranks_abort(const gz_ranks *ranks, int status);

#endif
