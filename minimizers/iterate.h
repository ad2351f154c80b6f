/* Iterate: the point that the search for the minimiser of a convex step has reached, and what follows from
 * it.
 *
 *   R = h (f1 - f0) + dt K w,   w = log f1 - c psi,   diag = h f1/(1 - c psi'),   M = diag + dt K = dR/dw
 *   J = H(f1) - H(f0) + dt <w, K w> = <1 + w, R> + c P - E                             (chain_rule.h)
 *
 * R is the gradient of the dual problem and M its Hessian. Every member of the family works on an iterate;
 * its arrays log f1, f1, w, K w are those of the caller's gz_minimum.
 */
#ifndef GZ_ITERATE_H
#define GZ_ITERATE_H

#include "chain_rule.h"
#include "invariants.h"

typedef struct gz_iterate {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields fields;
    gz_invariants invariants;
    gz_chain_rule chain_rule;
    const gz_convex_step *step;
    gz_minimum *at;
    double mass;
    double level; /* mean of log f0. H, w and J are summed relative to it: it drops out since <1, R> = 0, but
                     would amplify the round-off of <1, R> where log f is large in the units of f */
    double level_entropy; /* <h f0, log f0 - level> */
    double gathered; /* sum of |dt K y|_1 over the directions y that K w was gathered from; INFINITY: not from
                        K alone */
    double *R, *diag; /* [cell][node] */
} gz_iterate;

/* All memory is made here; free accepts a half-built one. */
gz_status gz_iterate_init(gz_context *context, gz_mobility *mobility, gz_iterate *iterate);
void gz_iterate_free(gz_iterate *iterate);

/* Begin the step at minimum->log_f1: choose c, set w and K w (one application). The step and the minimum are
 * kept by reference. GZ_ERROR_NOT_CONVERGED if the density is not finite. */
gz_status gz_iterate_start(gz_iterate *iterate, const gz_convex_step *step, gz_minimum *minimum);

/* w = log f1 - c psi and K w from scratch: one application. */
void gz_iterate_set_potential(gz_iterate *iterate);

/* R, diag, f1, the E and P of the chain rule and the minimum's entropy, dissipation, residual and defect, at the present
 * (log f1, w, K w, c). False if anything is not finite. */
bool gz_iterate_evaluate(gz_iterate *iterate);

/* w += y and K w += Ky with c as it is now; log f1 follows by inversion node by node. Ky NULL: y is in the
 * null space of K. */
void gz_iterate_move(gz_iterate *iterate, const double *y, const double *Ky);

/* Near the solution, take to round-off what is exact in exact arithmetic: <phi, K w> = 0 for null vectors phi
 * of K (K w, gathered over many directions, carries the round-off of the largest of them), and mass, momentum
 * and energy of f1, by a Newton step in the null space, which leaves K w alone. One application if K w was
 * gathered from much, else none. y: [cell][node], scratch. Leaves the iterate evaluated. */
gz_status gz_iterate_restore_invariants(gz_iterate *iterate, double *y);
#endif
