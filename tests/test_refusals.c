/* What is no number, no density and no step is refused, and the state stays as it was. */
#include "integrator.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(refusals, .init = open_context, .fini = close_context);

static gz_problem problem_of(int space_dim) {
    return (gz_problem){.grid = {.space_dim = space_dim,
                                 .velocity_dim = 2,
                                 .cells = {2},
                                 .length = {1},
                                 .nodes = 17,
                                 .half_width = 5},
                        .kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                        .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                        .order = 6};
}

typedef struct stepper {
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;
    double *f, *log_f;
} stepper;

static void open_stepper(stepper *s, const gz_problem *problem, const char *scheme) {
    const gz_integrator_settings settings = {.scheme = scheme, .mobility_at = GZ_AT_PREDICTOR};
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &s->grid), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, s->grid, problem, &settings, &s->integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, s->grid, &s->state), GZ_OK);
    s->log_f = sample_log_density(context, s->grid, 3);
    s->f = sample_exp(context, s->grid, s->log_f);
}

static void close_stepper(stepper *s) {
    gz_release(s->f);
    gz_release(s->log_f);
    gz_state_free(&s->state);
    gz_integrator_destroy(s->integrator);
    gz_phase_grid_destroy(s->grid);
}

/* Step from f and log f with one entry changed. If this fails, the state must be untouched. */
static gz_status step_with(stepper *s, double dt, size_t place, double f, double log_f) {
    const size_t bytes = s->grid->size * sizeof(double);
    gz_step_report report;
    memcpy(s->state.f, s->f, bytes);
    memcpy(s->state.log_f, s->log_f, bytes);
    s->state.f[place] = f;
    s->state.log_f[place] = log_f;
    s->state.time = 7;
    s->state.step = 5;
    gz_fail(context, GZ_OK, "an older message");
    const gz_status status = gz_integrator_step(s->integrator, dt, &s->state, &report);
    if (status == GZ_OK) return status;
    cr_assert_str_neq(gz_context_message(context), "an older message");
    cr_assert(s->state.time == 7 && s->state.step == 5);
    cr_assert_eq(memcmp(&s->state.f[place], &f, sizeof f), 0);
    cr_assert_eq(memcmp(&s->state.log_f[place], &log_f, sizeof f), 0);
    s->state.f[place] = s->f[place];
    s->state.log_f[place] = s->log_f[place];
    cr_assert_eq(memcmp(s->state.f, s->f, bytes), 0);
    cr_assert_eq(memcmp(s->state.log_f, s->log_f, bytes), 0);
    return status;
}

Test(refusals, what_is_no_density_is_refused) {
    const double no_f[] = {NAN, INFINITY, -INFINITY, 0, -0.0, -1e-300, -1, 1e308},
                 no_log[] = {NAN, INFINITY, -INFINITY, 1e3, -1e300, 1e300};
    const char *const schemes[] = {"zero_defect", "jko"};
    for (int s = 0; s < 2; s++)
        for (int x = 0; x <= 1; x++) {
            const gz_problem problem = problem_of(x);
            stepper at;
            open_stepper(&at, &problem, schemes[s]);
            const size_t places[] = {0, at.grid->node_count / 2, at.grid->size - 1};
            for (int p = 0; p < 3; p++) {
                const double f = at.f[places[p]], log_f = at.log_f[places[p]];
                char where[40];
                snprintf(where, sizeof where, "cell %zu, node %zu", places[p] / at.grid->node_count,
                         places[p] % at.grid->node_count);
                for (size_t k = 0; k < sizeof no_f / sizeof *no_f; k++) {
                    cr_assert_eq(step_with(&at, 0.1, places[p], no_f[k], log_f), GZ_ERROR_NOT_CONVERGED,
                                 "f = %g", no_f[k]);
                    cr_assert_not_null(strstr(gz_context_message(context), where));
                }
                for (size_t k = 0; k < sizeof no_log / sizeof *no_log; k++)
                    cr_assert_eq(step_with(&at, 0.1, places[p], f, no_log[k]), GZ_ERROR_NOT_CONVERGED,
                                 "log f = %g", no_log[k]);
                cr_assert_eq(step_with(&at, 0.1, places[p], f, log_f), GZ_OK, "%s",
                             gz_context_message(context));
            }
            close_stepper(&at);
        }
}

Test(refusals, no_step_is_refused) {
    const double steps[] = {0, -0.0, -1, NAN, INFINITY, -INFINITY};
    const gz_problem problem = problem_of(1);
    stepper s;
    open_stepper(&s, &problem, "zero_defect");
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        cr_assert_eq(step_with(&s, steps[k], 0, s.f[0], s.log_f[0]), GZ_ERROR_USAGE, "dt = %g", steps[k]);
    close_stepper(&s);
}

/* Each number of a problem and of the settings in turn is replaced by a value that is impossible. */
Test(refusals, settings_that_are_no_numbers_are_refused) {
    const double none[] = {NAN, INFINITY, -INFINITY, -1e300};
    for (size_t k = 0; k < sizeof none / sizeof *none; k++)
        for (int which = 0; which < 8; which++) {
            gz_problem problem = problem_of(1);
            gz_integrator_settings settings = {.scheme = "zero_defect"};
            double *number[] = {&problem.grid.length[0],  &problem.grid.half_width, &problem.kernel.gamma,
                                &problem.kernel.strength, &problem.kappa.k2,        &problem.kappa.sigma,
                                &problem.kernel.gamma,    &settings.tolerance};
            if (which == 5) problem.kappa.shape = GZ_KAPPA_SIGMA;
            if (which == 6) problem.kernel.shape = GZ_KERNEL_BOUNDED;
            *number[which] = none[k];
            if (which == 6 && none[k] == -1e300) continue; /* any finite exponent up to 3 is possible */
            gz_phase_grid *grid = NULL;
            gz_integrator *integrator = NULL;
            gz_status status = gz_phase_grid_create(context, &problem.grid, &grid);
            cr_assert_eq(status == GZ_OK, which > 1);
            if (status == GZ_OK)
                status = gz_integrator_create(context, grid, &problem, &settings, &integrator);
            cr_assert_eq(status, GZ_ERROR_SETTINGS, "number %d = %g", which, none[k]);
            cr_assert_null(integrator);
            gz_phase_grid_destroy(grid);
        }
    const gz_problem problem = problem_of(0);
    const gz_integrator_settings settings[] = {{.max_iterations = -1}, {.max_iterations = INT_MIN},
                                               {.scheme = "x"},        {.minimizer = "x"},
                                               {.mobility = "x"},      {.preconditioner = "x"}};
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &problem.grid, &grid), GZ_OK);
    for (size_t k = 0; k < sizeof settings / sizeof *settings; k++) {
        cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings[k], &integrator),
                     GZ_ERROR_SETTINGS);
        cr_assert_null(integrator);
    }
    gz_phase_grid_destroy(grid);
}
