/* Local step: what the local part of K does for a step of dt, before and after the minimisation.
 *
 * It predicts the density in the middle, for one application of K. With tau = dt/2 and the mobility at f0,
 *
 *   (h f0 + tau K_local) d = -tau K log f0
 *
 * is an implicit step of the equation linearised at f0, with the local part of K in the matrix only. At every
 * node log f then moves by the damped change (damping.h) in place of d. What is neglected, the non-local part
 * of K d and the squares of d, is O(dt^2): the mobility of the predicted density is of second order.
 *
 * It finishes the tail. A minimisation ends where its residual R is small, in norms that weigh a node by its
 * mass. Where f < 1e-9 max f, steps
 *
 *   (diag + dt K_local) y = -R,   w += y,   K w += K_local y                                       (iterate.h)
 *
 * follow until |R_i| < 1e-11 (diag + dt diag K_local)_i for all f_i > 1e-14 max f. What the tail does to the
 * rest of K w is below its round-off.
 *
 * Both make a step a function of f0 and dt alone, whatever solves it: the first system is solved to round-off,
 * and the second leaves no tail to chance.
 */
#ifndef GZ_LOCAL_STEP_H
#define GZ_LOCAL_STEP_H

#include "convex_step.h"
#include "local_solver.h"

typedef struct gz_local_step gz_local_step;

/* sweeps: a local solver to share, free between minimisations, which outlives the local step; NULL: it makes
 * one. All memory is made here. */
gz_status gz_local_step_create(gz_context *context, gz_mobility *mobility, gz_local_solver *sweeps,
                               gz_local_step **local);
void gz_local_step_destroy(gz_local_step *local);

/* at->log_f1 = log f predicted for half the step's dt; at->w is scratch. They must not overlap the step's
 * arrays. The mobility is the one at f0. GZ_ERROR_NOT_CONVERGED if the matrix is not positive,
 * GZ_INTERRUPTED if gz_go_on says so. */
gz_status gz_local_step_predict(gz_local_step *local, const gz_convex_step *step, gz_minimum *at);

/* Finish the tail of the minimum of a step: log f1, f1, w and K w change. Errors as above. */
gz_status gz_local_step_finish(gz_local_step *local, const gz_convex_step *step, gz_minimum *at);

#endif
