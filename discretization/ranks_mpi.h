/* Ranks by MPI: the communicator, for files that pass it to another library. Only in builds with MPI. Not
 * installed.
 */
#ifndef GZ_RANKS_MPI_H
#define GZ_RANKS_MPI_H

#include "ranks.h"

#include <mpi.h>

/* MPI_COMM_SELF for NULL. */
MPI_Comm gz_ranks_communicator(const gz_ranks *ranks);

#endif
