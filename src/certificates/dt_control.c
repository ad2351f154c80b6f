/* Step control: attempts work on a trial state, which replaces the state only when it is accepted. */
#include "dt_control.h"

#include "certify.h"
#include "functionals.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SAFETY = 0.9, LEAST_FACTOR = 0.2, MOST_FACTOR = 2, RETREAT = 0.25, HALF = 0.5;
static const double SMALLEST = 1e-8; /* control gives up below this ratio of dt to the first dt */
static const double WHOLE = 1e-9;    /* relative error allowed where a number of steps counts as whole */

struct gz_dt_control {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_dt_control_settings settings;
    double dt;    /* dt proposed for the next attempt */
    double order; /* of the estimate, by difference */
    gz_state trial;
    gz_integrator *other; /* difference: the other scheme */
    gz_state other_state;
    gz_mobility *mobility;   /* certificate: another mobility than that of the integrator */
    gz_certifier *certifier; /* certificate; else NULL */
    gz_state before;         /* certificate: the state before the present one */
    double has_before;       /* certificate: 1 after the first step, 0 before */
};

void gz_dt_control_destroy(gz_dt_control *s) {
    if (!s) return;
    gz_integrator_destroy(s->other);
    gz_certifier_destroy(s->certifier);
    gz_mobility_destroy(s->mobility);
    gz_state_free(&s->trial);
    gz_state_free(&s->other_state);
    gz_state_free(&s->before);
    gz_release(s);
}

static gz_status make_other(gz_dt_control *s, const gz_problem *problem,
                            const gz_integrator_settings *settings) {
    gz_integrator_settings other = *settings;
    const bool second = !settings->scheme || strcmp(settings->scheme, "zero_defect") == 0;
    other.scheme = second ? "jko" : "zero_defect";
    other.inner_steps = 0;
    if (!second) other.mobility_at = GZ_AT_PREDICTOR;
    s->order = settings->scheme && strcmp(settings->scheme, "zero_defect4") == 0 ? 3 : 2;
    GZ_TRY(gz_state_init(s->context, s->grid, &s->other_state));
    return gz_integrator_create(s->context, s->grid, problem, &other, &s->other);
}

static gz_status make_certifier(gz_dt_control *s, const gz_problem *problem,
                                const gz_integrator_settings *settings) {
    const gz_mobility_settings mobility = gz_problem_mobility(problem, settings->mobility);
    const gz_certifier_settings certifier = {.preconditioner = settings->preconditioner};
    GZ_TRY(gz_state_init(s->context, s->grid, &s->before));
    GZ_TRY(gz_mobility_create(s->context, s->grid, &mobility, &s->mobility));
    return gz_certifier_create(s->context, problem, s->mobility, &certifier, &s->certifier);
}

gz_status gz_dt_control_create(gz_context *context, const gz_phase_grid *grid, const gz_problem *problem,
                               const gz_integrator_settings *integrator,
                               const gz_dt_control_settings *settings, gz_dt_control **control) {
    *control = NULL;
    if (!(settings->tolerance > 0) || !(settings->dt > 0))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "step control with tolerance %g and dt %g; both must be positive", settings->tolerance,
                       settings->dt);
    gz_dt_control *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = grid;
    s->settings = *settings;
    s->dt = settings->dt;
    gz_status status = gz_state_init(context, grid, &s->trial);
    if (status == GZ_OK && settings->by == GZ_BY_DIFFERENCE) status = make_other(s, problem, integrator);
    if (status == GZ_OK && settings->by == GZ_BY_CERTIFICATE) status = make_certifier(s, problem, integrator);
    if (status != GZ_OK) {
        gz_dt_control_destroy(s);
        return status;
    }
    *control = s;
    return GZ_OK;
}

size_t gz_dt_control_memory(gz_dt_control *s, gz_memory_block blocks[GZ_MEMORY_BLOCKS]) {
    blocks[0] = (gz_memory_block){.name = "control_dt", .count = 1, .values = &s->dt};
    if (!s->certifier) return 1;
    blocks[1] = (gz_memory_block){.name = "control_has_before", .count = 1, .values = &s->has_before};
    blocks[2] = (gz_memory_block){.name = "control_time_before", .count = 1, .values = &s->before.time};
    blocks[3] = (gz_memory_block){
        .name = "control_log_f_before", .count = s->grid->size, .values = s->before.log_f, .is_field = true};
    return 4;
}

double gz_dt_control_next(const gz_dt_control *s, double t, double target) {
    const double steps = ceil((target - t) / s->dt * (1 - WHOLE));
    return (target - t) / fmax(steps, 1);
}

/* Estimate the error of the step from `state` to the trial. Adds the work of the estimate to *work. */
static gz_status estimate(gz_dt_control *s, const gz_state *state, const gz_step_report *step, gz_work *work,
                          double *error, double *order) {
    const double dt = step->dt;
    *order = 2;
    if (s->settings.by == GZ_BY_THETA) {
        *error = fabs(step->theta);
        *order = 4;
        return GZ_OK;
    }
    if (s->settings.by == GZ_BY_DIFFERENCE) {
        gz_step_report report;
        *order = s->order;
        gz_state_copy(s->grid, state, &s->other_state);
        const gz_status status = gz_integrator_step(s->other, dt, &s->other_state, &report);
        gz_work_add(work, &report.work);
        if (status == GZ_OK) *error = gz_relative_l2(s->grid, s->other_state.f, s->trial.f);
        return status;
    }
    gz_curve_window window = {.count = s->has_before > 0 ? 3 : 2, .first = s->has_before > 0 ? 1 : 0};
    const gz_state *states[] = {&s->before, state, &s->trial};
    for (int i = 0; i < window.count; i++) {
        window.time[i] = states[i + 3 - window.count]->time;
        window.log_f[i] = states[i + 3 - window.count]->log_f;
        window.field[i] = states[i + 3 - window.count]->field;
    }
    gz_certificate certificate;
    GZ_TRY(gz_certify_curve(s->certifier, &window, &certificate));
    work->applications += certificate.applications;
    *error = sqrt(2 * fmax(certificate.defect, 0) / certificate.dissipation);
    if (!(s->has_before > 0)) *order = 1;
    /* At equilibrium D = 0. Nothing moves, so the error is zero. */
    if (!(certificate.dissipation > 1e-14 * dt)) *error = 0;
    return GZ_OK;
}

/* Propose the next dt after an attempt with dt. A successful step that was shortened to meet its target is no
 * reason to reduce the longer dt that was proposed. */
static void propose(gz_dt_control *s, double dt, bool solved, double error, double order) {
    double factor = s->settings.by == GZ_BY_THETA ? HALF : RETREAT;
    if (solved)
        factor =
            fmin(MOST_FACTOR, fmax(LEAST_FACTOR, SAFETY * pow(s->settings.tolerance / error, 1 / order)));
    s->dt = factor >= 1 ? fmax(s->dt, dt * factor) : dt * factor;
}

static gz_status give_up(gz_dt_control *s, double dt, double error, const gz_step_report *report,
                         bool solved) {
    char reason[GZ_LONGEST_MESSAGE + 2] = "";
    if (!solved) snprintf(reason, sizeof reason, ": %s", gz_context_message(s->context));
    return gz_fail(
        s->context, GZ_ERROR_NOT_CONVERGED,
        "step control gave up at dt = %.1e: the last estimate was %.1e, the tolerance is %.1e; %ld attempts "
        "were inaccurate, in %ld the solver did not converge%s",
        dt, error, s->settings.tolerance, report->rejected_estimate, report->rejected_solver, reason);
}

gz_status gz_dt_control_step(gz_dt_control *s, gz_integrator *integrator, double target, gz_state *state,
                             gz_step_report *report) {
    gz_step_report all = {0};
    for (;;) {
        const double dt = gz_dt_control_next(s, state->time, target);
        const bool reaches = dt >= (target - state->time) * (1 - WHOLE);
        double error = INFINITY, order = 2;
        gz_state_copy(s->grid, state, &s->trial);
        gz_status status = gz_integrator_step(integrator, dt, &s->trial, report);
        gz_work_add(&all.work, &report->work);
        if (status == GZ_OK) status = estimate(s, state, report, &all.work, &error, &order);
        if (status != GZ_OK && status != GZ_ERROR_NOT_CONVERGED) return status;
        const bool solved = status == GZ_OK;
        propose(s, dt, solved, error, order);
        if (solved && error <= s->settings.tolerance) {
            if (reaches) s->trial.time = target;
            if (s->before.f) gz_state_copy(s->grid, state, &s->before);
            s->has_before = s->before.f ? 1 : 0;
            gz_state_copy(s->grid, &s->trial, state);
            all.estimate = error;
            break;
        }
        all.rejected_estimate += solved;
        all.rejected_solver += !solved;
        if (s->dt < SMALLEST * s->settings.dt) return give_up(s, dt, error, &all, solved);
    }
    /* The report of the accepted step gets the work of all attempts. */
    report->work = all.work;
    report->estimate = all.estimate;
    report->rejected_estimate = all.rejected_estimate;
    report->rejected_solver = all.rejected_solver;
    return GZ_OK;
}
