/* Local solver: approximate solution of (diag + dt K_local) z = r, the preconditioner of a Newton step.
 *
 * K_local = sum_ab G_a^T (h m T_ab) G_b + sawtooth is K without its smoothing non-local part: block diagonal
 * over the x cells, a stencil in v. A family of methods with one contract:
 *
 *   factor   sparse Cholesky factor of every cell by CHOLMOD: analysed once, refactored for every matrix
 *   sweeps   a fixed number of Jacobi-preconditioned conjugate gradient iterations on the stencil: no memory,
 * d = 3
 */
#ifndef GZ_LOCAL_SOLVER_H
#define GZ_LOCAL_SOLVER_H

#include "mobility.h"

typedef struct gz_local_method {
    const char *name;

    /* REQUIRED. *self may be half-built on failure. */
    gz_status (*create)(gz_context *context, gz_mobility *mobility, void **self);

    /* REQUIRED. Accepts NULL and half-built objects. */
    void (*destroy)(void *self);

    /* REQUIRED. Take the present mobility, diag > 0 [cell][node], dt. GZ_ERROR_NOT_CONVERGED if the matrix is
     * not positive definite to working accuracy. */
    gz_status (*prepare)(void *self, const double *diag, double dt);

    /* REQUIRED. z ~ (diag + dt K_local)^-1 r, a symmetric positive map up to the accuracy a flexible CG
     * allows. */
    gz_status (*solve)(void *self, const double *r, double *z);
} gz_local_method;

extern const gz_local_method gz_local_factor;
extern const gz_local_method gz_local_sweeps;

#endif
