/* Iterate: the point reached in the search for the minimiser of a convex step, and the quantities there.
 *
 *   R = h (f1 - f0) + dt K w,   w = log f1 + phi - c psi,   diag = h f1/(1 - c psi'),   M = diag + dt K = dR/dw
 *   J = H(f1) - H(f0) + dt <w, K w> = <1 + w, R> + c P - E                             (chain_rule.h)
 *
 * R is the gradient of the dual problem and M its Hessian. Every minimizer works on an iterate, whose arrays
 * log f1, f1, w, K w belong to the caller's gz_minimum.
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
    double level; /* mean of log f0. H, w and J are summed with log f - level: the level drops out since
                     <1, R> = 0, but would amplify the round-off of <1, R> where log f is large in the units
                     of f */
    double level_entropy; /* <h f0, log f0 - level> */
    double gathered;  /* sum of |dt K y|_1 over the directions y whose K y was added to K w; INFINITY if K w
                        also holds a part from K_local */
    double *R, *diag; /* [cell][node] */
} gz_iterate;

/* All memory is made here. gz_iterate_free accepts a half-built iterate. */
gz_status gz_iterate_init(gz_context *context, gz_mobility *mobility, gz_iterate *iterate);
void gz_iterate_free(gz_iterate *iterate);

/* Begin the step at minimum->log_f1: choose c, set w and K w (one application). The step and the minimum are
 * kept by reference. GZ_ERROR_NOT_CONVERGED if the density is not finite. */
gz_status gz_iterate_start(gz_iterate *iterate, const gz_convex_step *step, gz_minimum *minimum);

/* w = log f1 + phi - c psi and K w from scratch: one application. */
void gz_iterate_set_potential(gz_iterate *iterate);

/* Compute R, diag, f1, the E and P of the chain rule, and the minimum's entropy, dissipation, residual and
 * defect, at the present (log f1, w, K w, c). Returns false if anything is not finite. */
bool gz_iterate_evaluate(gz_iterate *iterate);

/* w += y and K w += Ky with the present c. log f1 is then found from w node by node. Ky is NULL if y is in
 * the null space of K. */
void gz_iterate_move(gz_iterate *iterate, const double *y, const double *Ky);

/* Near the solution, restore to round-off what holds in exact arithmetic: <phi, K w> = 0 for the null vectors
 * phi of K, and mass, momentum and energy of f1. (K w, gathered over many directions, carries the round-off
 * of the largest one.) Mass, momentum and energy take a Newton step in the null space, which leaves K w
 * alone. Takes one application if much was gathered in K w, else none. y: [cell][node], scratch. Leaves the
 * iterate evaluated. */
gz_status gz_iterate_restore_invariants(gz_iterate *iterate, double *y);
#endif
