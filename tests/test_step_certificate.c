/* Certificates of the steps of a run: their values, their allocations, states without a logarithm. */
#include "sample.h"
#include "step_certificate.h"

#include <criterion/criterion.h>
#include <math.h>

static gz_context *context;

static const gz_problem PROBLEM = {
    .grid = {.space_dim = 1, .velocity_dim = 2, .cells = {4}, .length = {1}, .nodes = 13, .half_width = 5},
    .kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
    .kappa = {GZ_KAPPA_EXPONENTIAL, .k2 = 4},
    .order = 4};

typedef struct setting {
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;
} setting;

static setting open_setting(const char *scheme) {
    setting s = {0};
    const gz_integrator_settings how = {.scheme = scheme, .mobility_at = GZ_AT_PREDICTOR};
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
    cr_assert_eq(gz_phase_grid_create(context, &PROBLEM.grid, &s.grid), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, s.grid, &PROBLEM, &how, &s.integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, s.grid, &s.state), GZ_OK);
    gz_release(s.state.log_f);
    s.state.log_f = sample_log_density(context, s.grid, 3);
    for (size_t i = 0; i < s.grid->size; i++) s.state.f[i] = exp(s.state.log_f[i]);
    return s;
}

static void close_setting(setting *s) {
    gz_state_free(&s->state);
    gz_integrator_destroy(s->integrator);
    gz_phase_grid_destroy(s->grid);
    gz_context_destroy(context);
}

static gz_step_certificate take_step(setting *s, gz_step_certifier *certifier, gz_step_report *report) {
    gz_step_certifier_begin(certifier, &s->state);
    cr_assert_eq(gz_integrator_step(s->integrator, 0.1, &s->state, report), GZ_OK, "%s",
                 gz_context_message(context));
    return gz_step_certifier_end(certifier, 0.1, &s->state);
}

Test(step_certificate, values) {
    const char *const schemes[] = {"zero_defect", "jko"};
    for (size_t k = 0; k < 2; k++) {
        setting s = open_setting(schemes[k]);
        gz_step_certifier *certifier = NULL;
        gz_step_report report;
        cr_assert_eq(gz_step_certifier_create(context, &PROBLEM, s.integrator, NULL, &certifier), GZ_OK);
        const gz_step_certificate step = take_step(&s, certifier, &report);
        /* The step's rate is the cheapest one: J is the step's own, 0 or minus its numerical dissipation. */
        cr_assert_float_eq(step.action, report.action, 1e-9 * report.action);
        cr_assert_float_eq(step.defect, report.defect, 1e-13);
        cr_assert(k == 0 ? fabs(step.defect) < 1e-13 : step.defect < -1e-6);
        cr_assert_gt(step.mean_defect, 0);
        cr_assert(k == 0 ? step.mean_defect < 1e-3 * 0.1 * report.action
                         : step.mean_defect > 1e-3 * 0.1 * report.action);
        gz_step_certifier_destroy(certifier);
        close_setting(&s);
    }
}

Test(step_certificate, states_without_a_logarithm_have_none) {
    setting s = open_setting("zero_defect");
    gz_step_certifier *certifier = NULL;
    gz_step_report report;
    cr_assert_eq(gz_step_certifier_create(context, &PROBLEM, s.integrator, NULL, &certifier), GZ_OK);
    take_step(&s, certifier, &report);
    const double kept = s.state.log_f[3];
    const double bad[] = {NAN, -INFINITY};
    for (size_t k = 0; k < 2; k++) {
        for (int before = 0; before <= 1; before++) {
            s.state.log_f[3] = before ? bad[k] : kept;
            gz_step_certifier_begin(certifier, &s.state);
            s.state.log_f[3] = before ? kept : bad[k];
            const gz_step_certificate step = gz_step_certifier_end(certifier, 0.1, &s.state);
            cr_assert(isnan(step.action) && isnan(step.defect) && isnan(step.mean_defect));
        }
    }
    gz_step_certifier_destroy(certifier);
    close_setting(&s);
}

/* Every allocation of the set-up may fail, and a certificate allocates nothing. */
Test(step_certificate, memory) {
    setting s = open_setting("zero_defect");
    gz_step_certifier *certifier = NULL;
    gz_step_report report;
    gz_status status = GZ_ERROR_MEMORY;
    for (size_t n = 1; status != GZ_OK; n++) {
        cr_assert_lt(n, 200);
        gz_context_fail_allocation(context, n);
        status = gz_step_certifier_create(context, &PROBLEM, s.integrator, NULL, &certifier);
        cr_assert(status == GZ_OK || (status == GZ_ERROR_MEMORY && !certifier));
    }
    gz_context_fail_allocation(context, 0);
    take_step(&s, certifier, &report);
    const size_t before = gz_context_allocations(context);
    take_step(&s, certifier, &report);
    cr_assert_eq(gz_context_allocations(context), before);
    gz_step_certifier_destroy(certifier);
    close_setting(&s);
}
