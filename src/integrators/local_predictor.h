/* Local predictor: the density in the middle of a step of dt, for one application of K. With tau = dt/2 and the mobility at f0,
 *
 *   (h f0 + tau K_local) d = -tau K log f0
 *
 * is an implicit step of the equation linearised at f0, with the local part of K in the matrix only. At every
 * node log f then moves by the damped change x (damping.h) in place of d. What is neglected, the non-local
 * part of K d and the squares of d, is O(dt^2): the mobility of the predicted density is of second order.
 * Where x differs from d by more than 1 somewhere, as behind a jump, Newton's steps follow on
 *
 *   h f0 (e^x - 1) + tau (K log f0 + K_local x) = 0.
 *
 * All systems are solved to round-off, so that a step is a function of f0 and dt alone, whatever solves it.
 */
#ifndef GZ_LOCAL_PREDICTOR_H
#define GZ_LOCAL_PREDICTOR_H

#include "convex_step.h"
#include "local_solver.h"

typedef struct gz_local_predictor gz_local_predictor;

/* sweeps: a local solver to share, free between minimisations, which outlives the predictor; NULL: it makes
 * one. All memory is made here. */
gz_status gz_local_predictor_create(gz_context *context, gz_mobility *mobility, gz_local_solver *sweeps,
                                    gz_local_predictor **predictor);
void gz_local_predictor_destroy(gz_local_predictor *predictor);

/* at->log_f1 = log f predicted for half the step's dt, at->Kw = K log f0, *change = int |f predicted - f0| / int f0;
 * f1 and w are scratch. They must not overlap the step's arrays. The mobility is the one at f0. GZ_ERROR_NOT_CONVERGED
 * if the matrix is not positive, GZ_INTERRUPTED if gz_go_on says so. */
gz_status gz_local_predictor_predict(gz_local_predictor *predictor, const gz_convex_step *step,
                                     gz_minimum *at, double *change);

#endif
