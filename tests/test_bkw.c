/* The integrators on BKW, d = 2, B = 1, t 0.5 to 1.5, n = 33, order 6, L = 6 (cases.md 1): errors, orders,
 * work. */
#include "bkw.h"
#include "functionals.h"
#include "integrator.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;
static gz_phase_grid *grid;

static void open_context(void) {
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
    grid = sample_grid(context, 0, 2, 1, 33, 6);
}

static void close_context(void) {
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(bkw, .init = open_context, .fini = close_context);

static const gz_problem PROBLEM = {
    .interaction = {GZ_INTERACTION_POWER, 0, 1}, .kappa = {.shape = GZ_KAPPA_UNIFORM}, .order = 6};

/* Run `steps` steps over a unit of time into f; returns applications of K a step, checks what every run must
 * hold. */
static double run(const char *scheme, int steps, double *f) {
    const gz_integrator_settings settings = {.scheme = scheme, .mobility_at = GZ_AT_PREDICTOR};
    gz_integrator *integrator = NULL;
    gz_state state;
    cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_create(context, grid, &state), GZ_OK);
    bkw(grid, 1, 0.5, state.log_f, NULL);
    for (size_t i = 0; i < grid->size; i++) state.f[i] = exp(state.log_f[i]);
    gz_moments before, after;
    gz_moments_of(grid, state.f, &before);
    long applications = 0;
    double H = gz_entropy(grid, state.f, state.log_f);
    for (int k = 0; k < steps; k++) {
        gz_step_report report;
        cr_assert_eq(gz_integrator_step(integrator, 1. / steps, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
        const double next = gz_entropy(grid, state.f, state.log_f);
        cr_assert_lt(next, H);
        H = next;
        applications += report.applications;
        if (strcmp(scheme, "zero_defect") == 0) cr_assert_lt(fabs(report.defect), 1e-13);
    }
    gz_moments_of(grid, state.f, &after);
    cr_assert_lt(fabs(after.mass - before.mass), 1e-13);
    cr_assert_lt(fabs(after.energy - before.energy), 1e-13 * before.energy * sqrt(steps));
    for (int a = 0; a < 2; a++) cr_assert_lt(fabs(after.momentum[a] - before.momentum[a]), 1e-13);
    cr_assert_gt(after.f_min, 0);
    memcpy(f, state.f, grid->size * sizeof *f);
    gz_state_destroy(&state);
    gz_integrator_destroy(integrator);
    return (double)applications / steps;
}

static double error(const double *f) {
    double *exact = sample_zero(context, grid);
    bkw(grid, 1, 1.5, exact, NULL);
    for (size_t i = 0; i < grid->size; i++) exact[i] = exp(exact[i]);
    const double result = gz_relative_l2(grid, f, exact);
    gz_release(exact);
    return result;
}

Test(bkw, errors_and_work_are_those_of_the_method) {
    const struct {
        const char *scheme;
        int steps;
        double error, applications;
    } cases[] = {{"zero_defect", 1, 1.3e-2, 10},  {"zero_defect", 2, 4e-4, 10},
                 {"zero_defect", 4, 1.5e-4, 10},  {"zero_defect", 8, 4.5e-5, 10},
                 {"zero_defect", 16, 1.2e-5, 10}, {"jko", 16, 2.6e-4, 10}};
    double *f = sample_zero(context, grid);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double applications = run(cases[i].scheme, cases[i].steps, f), e = error(f);
        cr_log_info("%s %2d steps: error %.3e, %.1f applications of K a step", cases[i].scheme,
                    cases[i].steps, e, applications);
        cr_assert_leq(e, cases[i].error);
        cr_assert_leq(applications, cases[i].applications);
    }
    gz_release(f);
}

/* Against a fine-step reference on the same grid. */
Test(bkw, orders_in_dt) {
    double *reference = sample_zero(context, grid), *f = sample_zero(context, grid), difference[3];
    run("zero_defect", 256, reference);
    for (int k = 0; k < 3; k++) {
        run("zero_defect", 16 << k, f);
        difference[k] = gz_relative_l2(grid, f, reference);
    }
    /* The reference's own error, (16/256)^2 to (64/256)^2 of each level, shifts the order by up to 0.07 at
     * the last. */
    cr_log_info("zero_defect: orders %.3f, %.3f", log2(difference[0] / difference[1]),
                log2(difference[1] / difference[2]));
    for (int k = 0; k < 2; k++) cr_assert_float_eq(log2(difference[k] / difference[k + 1]), 2, 0.1);
    for (int k = 0; k < 3; k++) {
        run("jko", 16 << k, f);
        difference[k] = gz_relative_l2(grid, f, reference);
    }
    cr_log_info("jko: orders %.3f, %.3f", log2(difference[0] / difference[1]),
                log2(difference[1] / difference[2]));
    for (int k = 0; k < 2; k++) cr_assert_float_eq(log2(difference[k] / difference[k + 1]), 1, 0.1);
    gz_release(reference);
    gz_release(f);
}
