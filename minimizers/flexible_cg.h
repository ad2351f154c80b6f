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

/* What is solved, and how it is preconditioned. */
typedef struct gz_cg_system {
    const double *diag; /* [cell][node]; NULL for 0 */
    double dt;

    /* z = P r. `rest` is how much is left to reduce sqrt(<r, P r>) by; where <r, P r> is below `negligible`
     * the iteration ends. r may be made orthogonal to the null space of M. K p of the iteration is scratch.
     */
    gz_status (*precondition)(void *self, double *r, double *z, double rest, double negligible);
    void *self;
} gz_cg_system;

typedef struct gz_flexible_cg {
    gz_fields *fields;
    gz_mobility *mobility;
    double *r, *z, *previous, *p, *Kp; /* [cell][node] */
} gz_flexible_cg;

typedef struct gz_cg_goal {
    double reduction;  /* of sqrt(<r, P r>) */
    double negligible; /* <r, P r> that is small enough anyway */
    int most;          /* iterations */
} gz_cg_goal;

typedef struct gz_cg_report {
    long iterations;   /* applications of K */
    double left, goal; /* <r, P r> at the end, and where it would have been small enough */
    bool sound;        /* no curvature was negative, no number not finite */
} gz_cg_report;

gz_status gz_flexible_cg_init(gz_fields *fields, gz_mobility *mobility, gz_flexible_cg *cg);
void gz_flexible_cg_free(gz_flexible_cg *cg);

/* Solve for the right-hand side cg->r, which becomes the residual. x, Kx: written. Fails only where the
 * preconditioner does. */
gz_status gz_flexible_cg_solve(gz_flexible_cg *cg, const gz_cg_system *system, gz_cg_goal goal, double *x,
                               double *Kx, gz_cg_report *report);

#endif
