/* Step control: dt from an estimate of each step's error, with the reason for every accepted and rejected
 * attempt.
 *
 *   difference   |f - g|/|f| in L2, g the step of the other variational scheme (jko beside zero_defect) from
 *                the same state: the local error of jko, O(dt^2), of which that of zero_defect is a fraction
 *   certificate  e = sqrt(2 J / int D dt) with J the curve defect of the step (certify.h), that is, of the
 *                curve through the states at its ends and the one before: a relative error of the rate d_t f
 *                in the equation's own norm, O(dt^2), O(dt) at the first step, which has no state before it
 *
 * An attempt is accepted where the estimate is at most the tolerance. It is rejected where the estimate is
 * larger, or where the solver did not converge; dt then falls to a quarter.
 *
 *   next dt = dt min(2, max(1/5, 0.9 (tolerance/estimate)^(1/k))),   k the order in dt given above.
 */
#ifndef GZ_DT_CONTROL_H
#define GZ_DT_CONTROL_H

#include "integrator.h"

typedef enum gz_dt_estimate { GZ_BY_DIFFERENCE, GZ_BY_CERTIFICATE } gz_dt_estimate;

typedef struct gz_dt_control_settings {
    double tolerance; /* > 0 */
    gz_dt_estimate by;
    double dt; /* of the first attempt, > 0 */
} gz_dt_control_settings;

typedef struct gz_dt_control gz_dt_control;

/* integrator: the settings of the integrator that is controlled, a variational one; what the estimate needs
 * beside it is made with the same. */
GZ_API gz_status gz_dt_control_create(gz_context *context, const gz_phase_grid *grid,
                                      const gz_problem *problem, const gz_integrator_settings *integrator,
                                      const gz_dt_control_settings *settings, gz_dt_control **control);
GZ_API void gz_dt_control_destroy(gz_dt_control *control);

/* The dt that the next attempt from t takes, so that whole steps lead to `target` > t. */
GZ_API double gz_dt_control_next(const gz_dt_control *control, double t, double target);

/* What the next step takes from the steps before it beside the state, as gz_integrator_memory. */
GZ_API size_t gz_dt_control_memory(gz_dt_control *control, gz_memory_block blocks[GZ_MEMORY_BLOCKS]);

/* Advance by an accepted step that does not pass `target`; sets state->time to it exactly where it is
 * reached. The report is of the accepted step, with the work of everything that was tried, its estimate, and
 * the numbers of attempts rejected before it. GZ_ERROR_NOT_CONVERGED, the state untouched, where dt has
 * become too small to go on. */
GZ_API gz_status gz_dt_control_step(gz_dt_control *control, gz_integrator *integrator, double target,
                                    gz_state *state, gz_step_report *report);

#endif
