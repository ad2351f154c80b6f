/* Hessian CG: flexible conjugate gradients for (diag + dt K) x = b with the two-level preconditioner.
 *
 * Polak-Ribiere form, since a preconditioner of inner iterations is not a fixed matrix. K x is accumulated
 * beside x, so that the caller updates K w without another application.
 */
#ifndef GZ_HESSIAN_CG_H
#define GZ_HESSIAN_CG_H

#include "deflation.h"

typedef struct gz_hessian_cg {
    gz_fields *fields;
    gz_mobility *mobility;
    gz_deflation *deflation;
    double *r, *z, *previous, *p, *Kp; /* [cell][node] */
} gz_hessian_cg;

gz_status gz_hessian_cg_init(gz_fields *fields, gz_mobility *mobility, gz_deflation *deflation,
                             gz_hessian_cg *cg);
void gz_hessian_cg_free(gz_hessian_cg *cg);

/* Solve for right-hand side cg->r (overwritten) to <r, P r> <= tolerance^2 <r0, P r0>. cg->z must hold P r on
 * entry, so that a caller who has it already (for the Newton decrement) does not pay twice. The matrix is the
 * one the deflation was prepared for. x, Kx: written. *iterations is increased by the number of applications
 * of K. */
gz_status gz_hessian_cg_solve(gz_hessian_cg *cg, double tolerance, double *x, double *Kx, long *iterations);

#endif
