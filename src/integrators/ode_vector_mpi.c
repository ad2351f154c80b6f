/* ODE vector on several ranks: MPIPlusX of SUNDIALS, which adds sums over ranks to any vector. */
#include "ode_vector.h"

#include "ranks_mpi.h"

#include <nvector/nvector_mpiplusx.h>

SUNContext gz_ode_context(const gz_ranks *ranks) {
    SUNContext made = NULL;
    MPI_Comm communicator = gz_ranks_communicator(ranks);
    void *argument = ranks ? &communicator : NULL;
    return SUNContext_Create(argument, &made) == 0 ? made : NULL;
}

N_Vector gz_ode_vector(const gz_ranks *ranks, N_Vector own, SUNContext sundials) {
    return ranks ? N_VMake_MPIPlusX(gz_ranks_communicator(ranks), own, sundials) : own;
}
