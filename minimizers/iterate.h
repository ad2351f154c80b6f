/* Iterate: the point that the search for the minimiser of a convex step has reached, and what follows from
 * it.
 *
 *   R = h (f1 - f0) + dt K w,   w = log f1 - c psi,   diag = h f1/(1 - c psi'),   M = diag + dt K = dR/dw
 *   E = <h f0, e^d - 1 - d>,    P = <h psi, f1 - f0>,   d = log f1 - log f0
 *   J = H(f1) - H(f0) + dt <w, K w> = <1 + w, R> + c P - E
 *
 * R is the gradient of the dual problem and M its Hessian; c = E/P makes the chain rule exact, so that J = 0
 * where R = 0. Every member of the family works on an iterate; its arrays log f1, f1, w, K w are those of the
 * caller's gz_minimum.
 */
#ifndef GZ_ITERATE_H
#define GZ_ITERATE_H

#include "convex_step.h"
#include "fields.h"
#include "invariants.h"

typedef struct gz_iterate {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields fields;
    gz_invariants invariants;
    const gz_convex_step *step;
    gz_minimum *at;
    double mass;
    double level; /* mean of log f0. H, w and J are summed relative to it: it drops out since <1, R> = 0, but
                     would amplify the round-off of <1, R> where log f is large in the units of f */
    double level_entropy;              /* <h f0, log f0 - level> */
    double entropy_change, psi_change; /* E, P */
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

/* Set c of the present log f1 by the step's rule; for zero_defect c = E/P, doubling the scale s of psi until
 * c <= limit (such an s exists for every density). */
void gz_iterate_choose_implicitness(gz_iterate *iterate, double limit);

/* R, diag, f1, E, P and the minimum's entropy, dissipation, residual and defect, at the present
 * (log f1, w, K w, c). False if anything is not finite. */
bool gz_iterate_evaluate(gz_iterate *iterate);

/* |J - what the chain rule makes of it| < 5e-14 mass: zero with the c of zero_defect, c P - E elsewhere
 * (-KL(f0|f1) for jko). The difference is <1 + w, R>. A predictor (relative) need not care. */
bool gz_iterate_defect_is_right(const gz_iterate *iterate);

/* True where c is to be found with the minimiser: f1 differs from f0 by more than round-off. */
bool gz_iterate_wants_implicitness(const gz_iterate *iterate);

/* d(E - c P) along a change dlog f1 = (y + more psi)/(1 - c psi'), c fixed: <g, dlog f1> with
 * g = h [(f1 - f0)(1 - c psi') - c psi f1]. */
double gz_iterate_chain_rule_slope(gz_iterate *iterate, const double *y, double more);

/* w += y and K w += Ky with c as it is now; log f1 follows by inversion node by node. Ky NULL: y is in the
 * null space of K. */
void gz_iterate_move(gz_iterate *iterate, const double *y, const double *Ky);

/* Near the solution, take to round-off what is exact in exact arithmetic: <phi, K w> = 0 for null vectors phi
 * of K (K w, gathered over many directions, carries the round-off of the largest of them), and mass, momentum
 * and energy of f1, by a Newton step in the null space, which leaves K w alone. One application if K w was
 * gathered from much, else none. y: [cell][node], scratch. Leaves the iterate evaluated. */
gz_status gz_iterate_restore_invariants(gz_iterate *iterate, double *y);

/* GZ_ERROR_NOT_CONVERGED with a message that says which quantity stalled and what to try. goal: of the
 * decrement. */
gz_status gz_iterate_not_converged(const gz_iterate *iterate, double goal, long iterations);

#endif
