/* A tail that the grid does not resolve does no harm: zero_defect with streaming is of order 2, and log f does not fall far
 * below the least value that it had (doc/method.md, "The tail"). The datum is a Maxwellian with waves of density, velocity and
 * temperature along x. */
#include "bkw.h"
#include "equilibrium.h"
#include "functionals.h"
#include "integrator.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

TestSuite(tail);

enum { LEVELS = 4 };

static const double DT = 0.05, END = 0.2;

/* One ladder: the problem, and the mean temperature of the datum. */
typedef struct ladder {
    const char *name;
    gz_problem problem;
    double temperature;
    double order_within;
} ladder;

static ladder ladder_of(const char *name, size_t cells, size_t nodes, int order, double gamma,
                        gz_kappa_shape shape) {
    return (ladder){.name = name,
                    .problem = {.grid = {.space_dim = 1,
                                         .velocity_dim = 2,
                                         .cells = {cells},
                                         .length = {2},
                                         .nodes = nodes,
                                         .half_width = 7.5},
                                .kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1},
                                .kappa = {.shape = shape, .k2 = 4},
                                .order = order},
                    .temperature = 1,
                    .order_within = 0.2};
}

static double log_datum(const gz_phase_grid *grid, size_t i, double temperature) {
    const size_t node = i % grid->node_count;
    const double phase = 4 * atan(1) * gz_phase_grid_position(grid, i / grid->node_count, 0);
    const double T = temperature * (1 + 0.2 * cos(phase)),
                 a = grid->node_velocity[0][node] - 0.3 * cos(phase), b = grid->node_velocity[1][node];
    return log((1 + 0.3 * cos(phase)) / (8 * atan(1) * T * sqrt(0.77))) - (a * a + b * b / 0.77) / (2 * T);
}

static double least_of(const double *x, size_t size) {
    double least = x[0];
    for (size_t i = 1; i < size; i++) least = fmin(least, x[i]);
    return least;
}

static void begin(const gz_phase_grid *grid, const ladder *l, gz_state *state) {
    for (size_t i = 0; i < grid->size; i++) {
        state->log_f[i] = log_datum(grid, i, l->temperature);
        state->f[i] = exp(state->log_f[i]);
    }
}

/* f at the end of steps of dt, [cell][node]. */
static void run(gz_context *context, const gz_phase_grid *grid, const ladder *l, double dt, double *f) {
    const gz_integrator_settings settings = {0};
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_integrator_create(context, grid, &l->problem, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    begin(grid, l, &state);
    const double least = least_of(state.log_f, grid->size);
    while (state.time < END - dt / 2) {
        cr_assert_eq(gz_integrator_step(integrator, dt, &state, &report), GZ_OK, "%s: %s", l->name,
                     gz_context_message(context));
        cr_expect_geq(least_of(state.log_f, grid->size), least - 5, "%s, t = %g: log f falls from %g to %g",
                      l->name, state.time, least, least_of(state.log_f, grid->size));
    }
    memcpy(f, state.f, grid->size * sizeof *f);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
}

static void check(const ladder *l) {
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_phase_grid_create(context, &l->problem.grid, &grid), GZ_OK);
    double *f[2] = {sample_zero(context, grid), sample_zero(context, grid)}, last = 0;
    run(context, grid, l, DT, f[0]);
    for (int k = 1; k < LEVELS; k++) {
        run(context, grid, l, DT / (1 << k), f[1]);
        double difference = 0;
        for (size_t i = 0; i < grid->size; i++) difference += pow(f[1][i] - f[0][i], 2);
        if (k > 1) {
            const double order = log2(last / difference) / 2;
            cr_log_info("%s, dt = %g: order %.2f", l->name, DT / (1 << k), order);
            cr_expect_leq(fabs(order - 2), l->order_within, "%s, dt = %g: order %.2f", l->name, DT / (1 << k),
                          order);
        }
        last = difference;
        double *swap = f[0];
        f[0] = f[1];
        f[1] = swap;
    }
    gz_release(f[0]);
    gz_release(f[1]);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

/* Near equilibrium the limit on stiff nodes opens, and each step is solved in the tail too: KL of BKW falls at its rate, down to
 * 1e-18 of its start (experiments/equilibration). */
Test(tail, follows_to_equilibrium) {
    const double dt = 0.05, rate = 2 / dt * log((1 + 2 * dt) / (1 - 2 * dt)); /* of KL by the midpoint rule */
    const gz_problem problem = {.kernel = {GZ_KERNEL_POWER, .strength = 1}, .order = 6};
    const gz_integrator_settings settings = {0};
    gz_context *context = NULL;
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 33, 6);
    double *M = sample_zero(context, grid), *log_M = sample_zero(context, grid), first = 0, middle = 0;
    cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    bkw(grid, 1, 0.5, state.log_f, NULL);
    for (size_t i = 0; i < grid->size; i++) state.f[i] = exp(state.log_f[i]);
    cr_assert_eq(gz_equilibrium_of(context, grid, GZ_EQUILIBRIUM_UNIFORM, state.f, M, log_M), GZ_OK);
    for (int n = 1; n <= 120; n++) {
        cr_assert_eq(gz_integrator_step(integrator, dt, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
        const double KL = gz_relative_entropy(grid, state.f, state.log_f, M, log_M);
        if (n == 20) first = KL;
        if (n == 60) middle = KL;
        if (n == 120) cr_expect_lt(KL, 1e-16 * first, "%g of the value at t = 1.5", KL / first);
    }
    cr_log_info("rate of KL %.3f, by linear theory %.3f", log(first / middle) / (40 * dt), rate);
    cr_expect_float_eq(log(first / middle) / (40 * dt), rate, 0.02 * rate);
    gz_release(M);
    gz_release(log_M);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

/* Newton's method may take one more iteration for the tail. Where none is left, a step that met its goals is taken all the same. */
Test(tail, goals_met_in_the_last_iteration_are_met) {
    const gz_problem problem = {.kernel = {GZ_KERNEL_POWER, .strength = 1}, .order = 6};
    gz_context *context = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 33, 6);
    long iterations[3];
    for (int most = 1; most <= 3; most++) {
        const gz_integrator_settings settings = {.max_iterations = most};
        gz_integrator *integrator = NULL;
        gz_state state;
        gz_step_report report;
        cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
        cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
        bkw(grid, 1, 2, state.log_f, NULL);
        for (size_t i = 0; i < grid->size; i++) state.f[i] = exp(state.log_f[i]);
        cr_expect_eq(gz_integrator_step(integrator, 0.05, &state, &report), GZ_OK, "at most %d: %s", most,
                     gz_context_message(context));
        cr_expect_lt(report.residual, 2e-13);
        iterations[most - 1] = report.work.newton;
        gz_state_free(&state);
        gz_integrator_destroy(integrator);
    }
    cr_expect(iterations[0] == 1 && iterations[1] == 2 && iterations[2] == 2, "%ld, %ld, %ld iterations",
              iterations[0], iterations[1], iterations[2]);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

/* A stiff step by lbfgs is that of newton, and ends soon: without bounds on what a pass may move, passes send the nodes that
 * weigh nothing to and fro. */
Test(tail, lbfgs_leaves_light_nodes_in_place) {
    const ladder stiff = ladder_of("lbfgs", 9, 33, 4, 1, GZ_KAPPA_EXPONENTIAL);
    const gz_integrator_settings settings[] = {{.minimizer = "newton"}, {.minimizer = "lbfgs"}};
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    gz_state state[2];
    gz_step_report report;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_phase_grid_create(context, &stiff.problem.grid, &grid), GZ_OK);
    for (int k = 0; k < 2; k++) {
        gz_integrator *integrator = NULL;
        cr_assert_eq(gz_integrator_create(context, grid, &stiff.problem, &settings[k], &integrator), GZ_OK);
        cr_assert_eq(gz_state_init(context, grid, &state[k]), GZ_OK);
        begin(grid, &stiff, &state[k]);
        cr_assert_eq(gz_integrator_step(integrator, 0.05, &state[k], &report), GZ_OK, "%s",
                     gz_context_message(context));
        gz_integrator_destroy(integrator);
    }
    cr_log_info("lbfgs: %ld applications", (long)report.work.applications);
    cr_expect_lt(report.work.applications, 2000);
    double most = 0, difference = 0;
    for (size_t i = 0; i < grid->size; i++) {
        most = fmax(most, state[0].f[i]);
        difference = fmax(difference, fabs(state[1].f[i] - state[0].f[i]));
    }
    cr_expect_lt(difference, 1e-10 * most);
    for (int k = 0; k < 2; k++) gz_state_free(&state[k]);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

Test(tail, order_is_two_on_grids_that_do_not_resolve_it) {
    ladder cold = ladder_of("cold", 9, 33, 6, -1, GZ_KAPPA_EXPONENTIAL);
    cold.temperature = 0.6;
    cold.problem.grid.half_width = 6;
    const ladder hard[] = {ladder_of("order 6", 9, 33, 6, -1, GZ_KAPPA_EXPONENTIAL),
                           ladder_of("order 8", 9, 33, 8, -1, GZ_KAPPA_EXPONENTIAL),
                           ladder_of("dirac", 9, 33, 6, -1, GZ_KAPPA_DIRAC),
                           ladder_of("dirac, order 8, gamma 1", 9, 33, 8, 1, GZ_KAPPA_DIRAC),
                           ladder_of("17 x 41^2", 17, 41, 6, -1, GZ_KAPPA_EXPONENTIAL),
                           cold};
    for (size_t k = 0; k < sizeof hard / sizeof *hard; k++) check(&hard[k]);
}
