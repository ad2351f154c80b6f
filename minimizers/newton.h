/* Newton's method for the convex step, for log f1 and the scalar c together. A member of the family supplies
 * the solver of its linear systems.
 *
 *   R = h (f1 - f0) + dt K w,   M = diag + dt K                                        (iterate.h)
 *   F = E - c P                                   (zero: the chain rule is exact, J = 0)
 *
 * One iteration solves
 *
 *   M y1 = -R,   M y2 = -diag psi (the border),
 *   dc = -(F + <g, y1/(1 - c psi')>) / (<g, (y2 + psi)/(1 - c psi')> - P),   y = y1 + dc y2,
 *
 * with g = dF/dlog f1. The border of an earlier iterate is kept while the iterations converge fast with it.
 * Then w += y, K w += K y (known from the solver), and log f1 is found from w node by node. Where this would
 * move log f by much, the step is damped node by node, and K w is recomputed, or corrected by K_local alone
 * if only nodes of little mass are damped. Near the solution mass, momentum and energy are taken to round-off
 * in the null space of K. Source: doc/method.md, "5. The solver".
 */
#ifndef GZ_NEWTON_H
#define GZ_NEWTON_H

#include "iterate.h"

/* How a member solves systems with M. `self` is the member's own. */
typedef struct gz_newton_solver {
    /* Begin a step with a new mobility. */
    gz_status (*begin)(void *self);

    /* Take the present M; diag > 0 [cell][node] is kept by reference. exact: log f still moves by much
     * somewhere, so that solutions must be right in the far tail too. */
    gz_status (*prepare)(void *self, const double *diag, double dt, bool exact);

    /* Take the right-hand side r = factor * field, [cell][node]. *squared = <r, P r> with P ~ M^-1. sure: P
     * must be so close to M^-1 that a decision can rest on *squared. */
    gz_status (*load)(void *self, double factor, const double *field, bool sure, double *squared);

    /* Solve for x = M^-1 r and K x, until <r, P r> <= tolerance^2 <r0, P r0>. *iterations is increased by the
     * number of applications of K. */
    gz_status (*solve)(void *self, double tolerance, double *x, double *Kx, long *iterations);

    /* Take y and K y, known from this iteration, as a help for later ones. */
    void (*remember)(void *self, const double *y, const double *Ky);
} gz_newton_solver;

typedef struct gz_newton {
    gz_iterate iterate;
    const gz_newton_solver *solver;
    void *self;
    double *y, *border, *Kborder; /* [cell][node] */
    double *Ky;                   /* K y, in the iterate's array R, which the solver has loaded by then */
    const double *local_diagonal; /* diagonal of K_local */
} gz_newton;

gz_status gz_newton_init(gz_context *context, gz_mobility *mobility, const gz_newton_solver *solver,
                         void *self, gz_newton *newton);
void gz_newton_free(gz_newton *newton);

/* The operation `minimise` of a member (minimizer.h). */
gz_status gz_newton_minimise(gz_newton *newton, const gz_convex_step *step, gz_minimum *minimum);

#endif
