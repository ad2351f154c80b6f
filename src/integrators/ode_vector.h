/* The vector of SUNDIALS: its norms and products are taken over all ranks. ode_vector_serial.c and
 * ode_vector_mpi.c. Not installed.
 */
#ifndef GZ_ODE_VECTOR_H
#define GZ_ODE_VECTOR_H

#include "ranks.h"

#include <sundials/sundials_context.h>
#include <sundials/sundials_nvector.h>

/* A context for the vectors of these ranks; NULL on failure. */
SUNContext gz_ode_context(const gz_ranks *ranks);

/* The vector over all ranks whose own part is `own`: `own` itself on one rank. NULL on failure. Both are to
 * be destroyed where they differ, `own` last. */
N_Vector gz_ode_vector(const gz_ranks *ranks, N_Vector own, SUNContext sundials);

#endif
