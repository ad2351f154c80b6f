/* ODE vector: the vector of SUNDIALS, with norms and products over all ranks. Two implementations:
 * ode_vector_serial.c and ode_vector_mpi.c. Not installed.
 */
#ifndef GZ_ODE_VECTOR_H
#define GZ_ODE_VECTOR_H

#include "ranks.h"

#include <sundials/sundials_context.h>
#include <sundials/sundials_nvector.h>

/* A context for the vectors of these ranks; NULL on failure. */
SUNContext gz_ode_context(const gz_ranks *ranks);

/* The vector over all ranks whose own part is `own`; in a run without ranks it is `own` itself. NULL on
 * failure. If the two differ, the caller destroys both, `own` last. */
N_Vector gz_ode_vector(const gz_ranks *ranks, N_Vector own, SUNContext sundials);

#endif
