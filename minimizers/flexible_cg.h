/* Flexible CG: preconditioned conjugate gradients for (diag + dt K) x = b, M x = b in short.
 *
 *   alpha = <r, z>/<p, M p>,   x += alpha p,   K x += alpha K p,   r -= alpha M p,
 *   z' = P r,   beta = <r, z' - z>/<r_old, z>,   p = z' + beta p
 *
 * with beta in Polak and Ribiere's form, since a preconditioner P of inner iterations is not a fixed matrix.
 * K x is gathered beside x, so that a caller who wants it need not apply K again.
 *
 * The local solver has an iteration of its own: one for each cell, with a fixed preconditioner, by the team
 * of threads that shares the cell.
 */
#ifndef GZ_FLEXIBLE_CG_H
#define GZ_FLEXIBLE_CG_H

#include "fields.h"
#include "mobility.h"

/* What is solved, how it is preconditioned, and where it ends. */
typedef struct gz_cg_system {
    const double *diag; /* [cell][node]; NULL for 0 */
    double dt;

    /* z = P r, with K p of the iteration for scratch; r may be made orthogonal to the null space of M.
     * sqrt(<r, P r>) is still to be reduced by `rest`, and the iteration ends below the square `enough`. */
    gz_status (*precondition)(void *self, double *r, double *z, double rest, double enough);
    void *self;

    double reduction;  /* goal of sqrt(<r, P r>), over the first one */
    double negligible; /* <r, P r> that is small enough anyway */
    int most;          /* iterations */
} gz_cg_system;

typedef struct gz_flexible_cg {
    gz_fields *fields;
    gz_mobility *mobility;
    double *r, *z, *previous, *p, *Kp; /* [cell][node] */
} gz_flexible_cg;

typedef struct gz_cg_report {
    long iterations;     /* applications of K */
    double left, enough; /* <r, P r> at the end, and where it would have been small enough */
} gz_cg_report;

gz_status gz_flexible_cg_init(gz_fields *fields, gz_mobility *mobility, gz_flexible_cg *cg);
void gz_flexible_cg_free(gz_flexible_cg *cg);

/* Solve for the right-hand side cg->r, which becomes the residual. x, Kx: written. GZ_ERROR_NOT_CONVERGED if
 * M turns out not to be positive definite, not where the iterations were too few. */
gz_status gz_flexible_cg_solve(gz_flexible_cg *cg, const gz_cg_system *system, double *x, double *Kx,
                               gz_cg_report *report);

#endif
