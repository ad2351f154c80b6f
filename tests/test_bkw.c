/* The integrators on BKW (cases.md 1): errors, orders and work. B = 1, n = 33, order 6, L = 6; t from 0.5 to
 * 1.5 in d = 2, from 0.4 to 0.8 in d = 3. */
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
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    grid = sample_grid(context, 0, 2, 1, 33, 6);
}

static void close_context(void) {
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(bkw, .init = open_context, .fini = close_context);

static const gz_problem PROBLEM = {
    .kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1}, .kappa = {.shape = GZ_KAPPA_UNIFORM}, .order = 6};

/* The runs go from t = begin to begin + duration. */
static double begin(void) {
    return grid->velocity_dim == 2 ? 0.5 : 0.4;
}

static double duration(void) {
    return grid->velocity_dim == 2 ? 1 : 0.4;
}

/* Run `steps` steps over the duration into f, and check what holds for every run. Returns the applications of
 * K per step. */
static double run(const char *scheme, int steps, double *f) {
    const gz_integrator_settings settings = {.scheme = scheme, .mobility_at = GZ_AT_PREDICTOR};
    gz_integrator *integrator = NULL;
    gz_state state;
    cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    bkw(grid, 1, begin(), state.log_f, NULL);
    for (size_t i = 0; i < grid->size; i++) state.f[i] = exp(state.log_f[i]);
    gz_moments before, after;
    gz_moments_of(grid, state.f, &before);
    long applications = 0;
    double H = gz_entropy(grid, state.f, state.log_f);
    for (int k = 0; k < steps; k++) {
        gz_step_report report;
        cr_assert_eq(gz_integrator_step(integrator, duration() / steps, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
        const double next = gz_entropy(grid, state.f, state.log_f);
        cr_assert_lt(next, H);
        H = next;
        applications += report.work.applications;
        if (strcmp(scheme, "zero_defect") == 0) cr_assert_lt(fabs(report.defect), 1e-13);
    }
    gz_moments_of(grid, state.f, &after);
    cr_assert_lt(fabs(after.mass - before.mass), 1e-13);
    cr_assert_lt(fabs(after.energy - before.energy), 1e-13 * before.energy * sqrt(steps));
    for (int a = 0; a < grid->velocity_dim; a++)
        cr_assert_lt(fabs(after.momentum[a] - before.momentum[a]), 1e-13);
    cr_assert_gt(after.f_min, 0);
    memcpy(f, state.f, grid->size * sizeof *f);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    return (double)applications / steps;
}

static double error(const double *f) {
    double *exact = sample_zero(context, grid);
    bkw(grid, 1, begin() + duration(), exact, NULL);
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

Test(bkw, three_dimensions) {
    gz_phase_grid_destroy(grid);
    grid = sample_grid(context, 0, 3, 1, 33, 6);
    double *f = sample_zero(context, grid);
    const double applications = run("zero_defect", 16, f), e = error(f);
    cr_log_info("d = 3, 16 steps: error %.3e, %.1f applications of K a step", e, applications);
    cr_assert_leq(e, 3e-5);
    cr_assert_leq(applications, 14);
    gz_release(f);
}

/* zero_defect4 with few steps, and its order against a reference with small steps on the same grid. */
Test(bkw, fourth_order) {
    double *reference = sample_zero(context, grid), *f = sample_zero(context, grid), difference[3];
    cr_assert_leq(run("zero_defect4", 4, f), 9);
    cr_assert_leq(error(f), 5e-5);
    run("zero_defect4", 64, reference);
    for (int k = 0; k < 3; k++) {
        run("zero_defect4", 4 << k, f);
        difference[k] = gz_relative_l2(grid, f, reference);
    }
    cr_log_info("zero_defect4: %.2e, orders %.3f, %.3f", difference[0], log2(difference[0] / difference[1]),
                log2(difference[1] / difference[2]));
    for (int k = 0; k < 2; k++) cr_assert_geq(log2(difference[k] / difference[k + 1]), 3.8);
    gz_release(reference);
    gz_release(f);
}

/* The orders in dt against a reference with small steps on the same grid. */
Test(bkw, orders_in_dt) {
    double *reference = sample_zero(context, grid), *f = sample_zero(context, grid), difference[3];
    run("zero_defect", 256, reference);
    for (int k = 0; k < 3; k++) {
        run("zero_defect", 16 << k, f);
        difference[k] = gz_relative_l2(grid, f, reference);
    }
    /* The reference has errors of (16/256)^2 to (64/256)^2 of the levels' errors, which shift the last order
     * by up to 0.07. */
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

/* The hard fuzzy case: 16 x 25^2, gamma = 0, kappa ~ exp(-4<x>), waves in density, velocity and temperature,
 * t from 0 to 0.2. */
Test(bkw, work_on_a_fuzzy_wave) {
    const gz_problem problem = {
        .grid =
            {.space_dim = 1, .velocity_dim = 2, .cells = {16}, .length = {1}, .nodes = 25, .half_width = 6},
        .kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
        .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
        .order = 6};
    const double most[] = {22, 20, 18}; /* applications of K per step, for 1, 2, 4 steps */
    gz_phase_grid *fuzzy = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &problem.grid, &fuzzy), GZ_OK);
    for (int k = 0; k < 3; k++) {
        const gz_integrator_settings settings = {.scheme = "zero_defect", .mobility_at = GZ_AT_PREDICTOR};
        const int steps = 1 << k;
        gz_integrator *integrator = NULL;
        gz_state state;
        cr_assert_eq(gz_integrator_create(context, fuzzy, &problem, &settings, &integrator), GZ_OK);
        cr_assert_eq(gz_state_init(context, fuzzy, &state), GZ_OK);
        for (size_t i = 0; i < fuzzy->size; i++) {
            const size_t node = i % fuzzy->node_count;
            const double phase = 8 * atan(1) * gz_phase_grid_position(fuzzy, i / fuzzy->node_count, 0);
            const double T = 1 + 0.2 * cos(phase), a = fuzzy->node_velocity[0][node] - 0.3 * sin(phase),
                         b = fuzzy->node_velocity[1][node];
            state.log_f[i] =
                log((1 + 0.4 * cos(phase)) * sqrt(1.3) / (8 * atan(1) * T)) - (a * a + 1.3 * b * b) / (2 * T);
            state.f[i] = exp(state.log_f[i]);
        }
        long applications = 0;
        for (int n = 0; n < steps; n++) {
            gz_step_report report;
            cr_assert_eq(gz_integrator_step(integrator, 0.2 / steps, &state, &report), GZ_OK, "%s",
                         gz_context_message(context));
            cr_assert_lt(fabs(report.defect), 1e-13);
            applications += report.work.applications;
        }
        cr_log_info("%d steps: %.1f applications of K a step", steps, (double)applications / steps);
        cr_assert_leq((double)applications / steps, most[k]);
        gz_state_free(&state);
        gz_integrator_destroy(integrator);
    }
    gz_phase_grid_destroy(fuzzy);
}
