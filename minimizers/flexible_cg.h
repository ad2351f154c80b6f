/* Flexible CG: preconditioned conjugate gradients for (diag + dt K) x = b, M x = b in short.
 *
 *   alpha = <r, z>/<p, M p>,   x += alpha p,   K x += alpha K p,   r -= alpha M p,
 *   z' = P r,   beta = <r, z' - z>/<r_old, z>,   p = z' + beta p
 *
 * with beta in Polak and Ribiere's form, since a preconditioner P with inner iterations is not a fixed
 * matrix. K x is gathered beside x, so that a caller who wants K x need not apply K again.
 *
 * The local solver does not use this file. It has an iteration of its own for each cell, with a fixed
 * preconditioner, run by the team of threads that shares the cell.
 */
#ifndef GZ_FLEXIBLE_CG_H
#define GZ_FLEXIBLE_CG_H

#include "fields.h"
#include "mobility.h"

/* The system, its preconditioner, and where the iteration ends. */
typedef struct gz_cg_system {
    const double *diag; /* [cell][node]; NULL for 0 */
    double dt;

    /* z = P r. `rest`: the factor by which sqrt(<r, P r>) still has to fall. The iteration ends where
     * <r, P r> is below `enough`. The callback may make r orthogonal to the null space of M, and may use
     * the array Kp of the iteration as scratch. */
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
    double left, enough; /* <r, P r> at the end, and the value at which it would have been small enough */
} gz_cg_report;

gz_status gz_flexible_cg_init(gz_fields *fields, gz_mobility *mobility, gz_flexible_cg *cg);
void gz_flexible_cg_free(gz_flexible_cg *cg);

/* Solve for the right-hand side cg->r, which becomes the residual. x, Kx: written. GZ_ERROR_NOT_CONVERGED if
 * M turns out not to be positive definite, not where the iterations were too few; GZ_INTERRUPTED if gz_go_on says so. */
gz_status gz_flexible_cg_solve(gz_flexible_cg *cg, const gz_cg_system *system, double *x, double *Kx,
                               gz_cg_report *report);

#endif
