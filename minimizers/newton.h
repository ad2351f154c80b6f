/* Newton's method for the convex step, for log f1 and the scalar c together, whatever solves its linear
 * systems.
 *
 *   R = h (f1 - f0) + dt K w,   M = diag + dt K                                        (iterate.h)
 *   F = E - c P                                   (zero: the chain rule is exact, J = 0)
 *
 * One iteration:
 *
 *   M y1 = -R;   M y2 = -diag psi where the last such border is out of date;   with g = dF/dlog f1,
 *   dc = -(F + <g, y1/(1 - c psi')>) / (<g, (y2 + psi)/(1 - c psi')> - P),   y = y1 + dc y2,
 *
 * then w += y, K w += K y (known from the solver), and w is inverted for log f1 node by node. Where this
 * would move log f by much, the step is damped per node and K w recomputed, or its local part at nodes of
 * little mass. Near the solution mass, momentum and energy are taken to round-off in the null space of K.
 * Source: method "5. The solver".
 */
#ifndef GZ_NEWTON_H
#define GZ_NEWTON_H

#include "iterate.h"

/* How systems with M are solved. `self` is that of the member. */
typedef struct gz_newton_solver {
    /* A step with another mobility begins. */
    gz_status (*begin)(void *self);

    /* Take the present M; diag > 0 [cell][node] is kept by reference. exact: the iterate is far from the
     * minimum. */
    gz_status (*prepare)(void *self, const double *diag, double dt, bool exact);

    /* Take the right-hand side r = factor * field, [cell][node]; *squared = <r, P r> with P ~ M^-1. sure: P
     * is so close to M^-1 that a decision may rest on it. */
    gz_status (*load)(void *self, double factor, const double *field, bool sure, double *squared);

    /* x = M^-1 r and K x to <r, P r> <= tolerance^2 <r0, P r0>; *iterations is increased by the applications
     * of K. */
    gz_status (*solve)(void *self, double tolerance, double *x, double *Kx, long *iterations);

    /* Another iteration follows, for which y and K y of this one are known. */
    void (*remember)(void *self, const double *y, const double *Ky);
} gz_newton_solver;

typedef struct gz_newton {
    gz_iterate iterate;
    const gz_newton_solver *solver;
    void *self;
    double *y, *border, *Kborder; /* [cell][node] */
    double *Ky;                   /* where R of the iterate was, which the solver has loaded by then */
    const double *local_diagonal; /* of the mobility */
} gz_newton;

gz_status gz_newton_init(gz_context *context, gz_mobility *mobility, const gz_newton_solver *solver,
                         void *self, gz_newton *newton);
void gz_newton_free(gz_newton *newton);

/* The operation `minimise` of a member (minimizer.h). */
gz_status gz_newton_minimise(gz_newton *newton, const gz_convex_step *step, gz_minimum *minimum);

#endif
