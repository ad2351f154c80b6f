/* With the local predictor a step is a function of the data alone: whatever solves it, on however many threads, and for the
 * reflected datum reflected, it gives the same f to 1e-10 of max f, and where f > 1e-14 max f the same log f to 1e-6 (to
 * 1e-5 by NLopt, whose sums over all nodes lose the lightest ones). */
#include "integrator.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>

TestSuite(data_alone);

/* Two bumps, and waves of density and velocity along x. */
static double log_datum(const gz_phase_grid *grid, size_t i) {
    const size_t node = i % grid->node_count, cell = i / grid->node_count;
    const double phase = grid->space_dim > 0 ? 8 * atan(1) * gz_phase_grid_position(grid, cell, 0) : 0;
    double first = 0, second = 0;
    for (int a = 0; a < grid->velocity_dim; a++) {
        const double v = grid->node_velocity[a][node], shift = a == 0 ? 0.2 * sin(phase) : 0;
        first += pow(v - shift - (a == 0 ? 1 : 0.3), 2) / (a == 0 ? 0.8 : 1.2);
        second += pow(v - shift + (a == 0 ? 1 : 0.3), 2) / (a == 0 ? 1 : 0.6);
    }
    const double far = fmax(-first / 2, -second / 2);
    return log((1 + 0.3 * cos(phase)) * (exp(-first / 2 - far) + 0.7 * exp(-second / 2 - far))) + far;
}

/* A step of dt by the given method on `threads` threads; reflected: from the datum with (x, v) -> (-x, -v),
 * reflected back. Returns log f, [cell][node], to be released with gz_release. */
static double *step(const gz_problem *problem, const gz_integrator_settings *settings, double dt, int threads,
                    bool reflected, size_t *size) {
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_context_create(threads, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &grid), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, grid, problem, settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    const size_t n = *size = grid->size;
    for (size_t i = 0; i < n; i++) {
        state.log_f[i] = log_datum(grid, reflected ? n - 1 - i : i);
        state.f[i] = exp(state.log_f[i]);
    }
    cr_assert_eq(gz_integrator_step(integrator, dt, &state, &report), GZ_OK, "%s, %s: %s",
                 settings->minimizer, settings->preconditioner, gz_context_message(context));
    double *log_f = malloc(n * sizeof *log_f);
    for (size_t i = 0; i < n; i++) log_f[i] = state.log_f[reflected ? n - 1 - i : i];
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
    return log_f;
}

static void compare(const double *a, const double *b, size_t size, double allowed, const char *what) {
    double most = 0, of_f = 0, of_log = 0;
    for (size_t i = 0; i < size; i++) most = fmax(most, exp(a[i]));
    for (size_t i = 0; i < size; i++) {
        of_f = fmax(of_f, fabs(exp(a[i]) - exp(b[i])) / most);
        if (exp(a[i]) > 1e-14 * most) of_log = fmax(of_log, fabs(a[i] - b[i]));
    }
    cr_log_info("%s: f differs by %.1e of its largest value, log f by %.1e", what, of_f, of_log);
    cr_expect_leq(of_f, 1e-10, "%s: f differs by %.1e", what, of_f);
    cr_expect_leq(of_log, allowed, "%s: log f differs by %.1e", what, of_log);
}

/* small: the grid is so small that members over explicit pairs and matrices take part. */
static void check(const gz_problem *problem, double dt, bool small) {
    const gz_integrator_settings usual = {0};
    const struct {
        const char *name;
        gz_integrator_settings settings;
        double allowed;
    } others[] = {
        {"factor", {.preconditioner = "factor"}, 1e-6}, {"lbfgs", {.minimizer = "lbfgs"}, 1e-5},
        {"tnewton", {.minimizer = "tnewton"}, 1e-5},    {"pairs", {.mobility = "pairs"}, 1e-6},
        {"dense", {.minimizer = "dense"}, 1e-6},        {"full_space", {.minimizer = "full_space"}, 1e-6}};
    size_t size;
    double *log_f = step(problem, &usual, dt, 1, false, &size);
    for (size_t k = 0; k < (small ? 6 : 3); k++) {
        if (problem->grid.velocity_dim == 3 && k == 0) continue; /* factors are for d = 2 */
        const gz_integrator_settings settings = others[k].settings;
        double *other = step(problem, &settings, dt, 1, false, &size);
        compare(log_f, other, size, others[k].allowed, others[k].name);
        free(other);
    }
    for (int threads = 2; threads <= 3; threads++) {
        double *other = step(problem, &usual, dt, threads, false, &size);
        compare(log_f, other, size, 1e-6, "threads");
        free(other);
    }
    double *other = step(problem, &usual, dt, 1, true, &size);
    compare(log_f, other, size, 1e-6, "reflected");
    free(other);
    free(log_f);
}

static gz_problem problem_of(int velocity_dim, size_t cells, size_t nodes, double gamma) {
    gz_problem p = {.grid = {.velocity_dim = velocity_dim, .nodes = nodes, .half_width = 6.5},
                    .kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1},
                    .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                    .order = 6};
    if (cells > 1) {
        p.grid.space_dim = 1;
        p.grid.cells[0] = cells;
        p.grid.length[0] = 1;
    }
    return p;
}

Test(data_alone, two_bumps) {
    gz_problem p = problem_of(2, 1, 29, 1);
    check(&p, 0.1, false);
    for (int k = 0; k < 3; k++) {
        p = problem_of(2, 1, 20, (double[]){1, 0, -3}[k]);
        check(&p, 0.02, false);
    }
}

Test(data_alone, waves) {
    const gz_problem p = problem_of(2, 5, 16, -1);
    check(&p, 0.05, false);
}

Test(data_alone, small_grids_in_every_way) {
    gz_problem p = problem_of(2, 1, 17, 0);
    check(&p, 0.1, true);
    p = problem_of(3, 1, 8, -3);
    p.order = 4;
    check(&p, 0.1, false);
}
