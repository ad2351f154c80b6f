/* Step control: dt from an estimate of the error of each step. Every rejected attempt is counted under the
 * reason for its rejection.
 *
 *   difference   |f - g|/|f| in L2, where g is the step of another variational scheme (jko beside
 *                zero_defect, zero_defect beside the others) from the same state. This is the local error of
 *                jko, O(dt^2), and the error of zero_defect is a fraction of it; beside zero_defect4 it is that of
 *                zero_defect, O(dt^3)
 *   certificate  e = sqrt(2 J / int D dt), where J is the curve defect (certify.h) of the curve through the
 *                two states of the step and the state before them. This is a relative error of the rate d_t f
 *                in the norm of the equation, O(dt^2); in the first step, with no state before it, O(dt)
 *
 *   theta        |theta| of zero_defect4, O(dt^4): how far the entropy balance of the stages is from that of the
 *                step. It costs nothing. A refused step is not split: dt falls to a half
 *
 * An attempt is accepted if its estimate is at most the tolerance. It is rejected if the estimate is larger,
 * or if the solver did not converge; in the second case dt falls to a
 * quarter, or by theta to a half. Otherwise
 *
 *   next dt = dt min(2, max(1/5, 0.9 (tolerance/estimate)^(1/k))),   k the order in dt given above.
 */
#ifndef GZ_DT_CONTROL_H
#define GZ_DT_CONTROL_H

#include "integrator.h"

typedef enum gz_dt_estimate { GZ_BY_DIFFERENCE, GZ_BY_CERTIFICATE, GZ_BY_THETA } gz_dt_estimate;

typedef struct gz_dt_control_settings {
    double tolerance;  /* > 0: must be given */
    gz_dt_estimate by; /* default by difference */
    double dt;         /* dt of the first attempt, > 0: must be given */
} gz_dt_control_settings;

typedef struct gz_dt_control gz_dt_control;

/* integrator: settings of the integrator that is controlled, a variational one; by theta: zero_defect4 with
 * never_split. The objects that the estimate
 * needs are made with the same settings. */
GZ_API gz_status gz_dt_control_create(gz_context *context, const gz_phase_grid *grid,
                                      const gz_problem *problem, const gz_integrator_settings *integrator,
                                      const gz_dt_control_settings *settings, gz_dt_control **control);
GZ_API void gz_dt_control_destroy(gz_dt_control *control);

/* dt of the next attempt from t, chosen such that a whole number of steps leads to `target` > t. */
GZ_API double gz_dt_control_next(const gz_dt_control *control, double t, double target);

/* What the next step takes from earlier steps beside the state, as for gz_integrator_memory. */
GZ_API size_t gz_dt_control_memory(gz_dt_control *control, gz_memory_block blocks[GZ_MEMORY_BLOCKS]);

/* Advance by one accepted step that does not pass `target`. If the step reaches the target, state->time is
 * set to it exactly. The report is that of the accepted step, with the work of all attempts, the estimate,
 * and the numbers of attempts rejected before. If dt has become too small to go on, the result is
 * GZ_ERROR_NOT_CONVERGED, and the state is untouched. */
GZ_API gz_status gz_dt_control_step(gz_dt_control *control, gz_integrator *integrator, double target,
                                    gz_state *state, gz_step_report *report);

#endif
