/* Options of the variational schemes: place of the mobility, fixed c, inner steps; failed steps. */
#include "functionals.h"
#include "integrator.h"
#include "mobility_cap.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;
static gz_phase_grid *grid;
static double *log_f0;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
    grid = sample_grid(context, 1, 2, 3, 11, 3);
    log_f0 = sample_log_density(context, grid, 6);
}

static void close_context(void) {
    gz_release(log_f0);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(schemes, .init = open_context, .fini = close_context);

static const gz_problem PROBLEM = {.kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                                   .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2},
                                   .always_wide = true,
                                   .order = 4};

static gz_integrator *make(const gz_integrator_settings *settings) {
    gz_integrator *integrator = NULL;
    cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, settings, &integrator), GZ_OK, "%s",
                 gz_context_message(context));
    return integrator;
}

static gz_state start(void) {
    gz_state state;
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    memcpy(state.log_f, log_f0, grid->size * sizeof(double));
    for (size_t i = 0; i < grid->size; i++) state.f[i] = exp(log_f0[i]);
    return state;
}

static gz_state run(const gz_integrator_settings *settings, int steps, double end, long *applications) {
    gz_integrator *integrator = make(settings);
    gz_state state = start();
    const double mass = gz_integral(grid, state.f, NULL);
    *applications = 0;
    for (int k = 0; k < steps; k++) {
        gz_step_report report;
        cr_assert_eq(gz_integrator_step(integrator, end / steps, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
        *applications += report.work.applications;
        if (!settings->fixed_implicitness)
            cr_assert_lt(fabs(report.defect), 1e-13 * mass, "J = %g", report.defect);
    }
    gz_integrator_destroy(integrator);
    return state;
}

/* The order is 1 with the mobility at the start, and 2 with the mobility at the middle, however that is
 * found, also with the fixed c = 1/2. The reference is the same scheme at a sixth of the smallest dt; its own
 * error shifts the order by 1/36 at most. */
Test(schemes, orders) {
    const struct {
        const char *name;
        gz_integrator_settings settings;
        double order;
    } cases[] = {
        {"start", {.mobility_at = GZ_AT_START}, 1},
        {"predictor", {.mobility_at = GZ_AT_PREDICTOR}, 2},
        {"extrapolated", {.mobility_at = GZ_AT_EXTRAPOLATED}, 2},
        {"fixed_point", {.mobility_at = GZ_AT_FIXED_POINT}, 2},
        {"local", {.mobility_at = GZ_AT_LOCAL}, 2},
        {"c = 1/2", {.mobility_at = GZ_AT_PREDICTOR, .fixed_implicitness = true, .implicitness = 0.5}, 2}};
    long reference_applications;
    const gz_integrator_settings best = {.mobility_at = GZ_AT_FIXED_POINT};
    gz_state reference = run(&best, 192, 0.2, &reference_applications);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double error[2];
        long applications[2];
        for (int k = 0; k < 2; k++) {
            gz_state state = run(&cases[i].settings, 16 << k, 0.2, &applications[k]);
            error[k] = gz_relative_l2(grid, state.f, reference.f);
            gz_state_free(&state);
        }
        const double order = log2(error[0] / error[1]);
        cr_log_info("%-12s errors %.2e, %.2e: order %.2f, %.1f applications a step", cases[i].name, error[0],
                    error[1], order, (double)applications[1] / 32);
        cr_assert_float_eq(order, cases[i].order, 0.2, "%s: order %.2f", cases[i].name, order);
    }
    gz_state_free(&reference);
}

/* The mobility of fixed_point is that of the geometric mean of the density before and after the collision. */
Test(schemes, fixed_point_is_one) {
    const gz_integrator_settings settings = {.mobility_at = GZ_AT_FIXED_POINT};
    gz_integrator *integrator = make(&settings);
    gz_state state = start();
    gz_step_report report;
    gz_collision collision;
    cr_assert_eq(gz_integrator_step(integrator, 0.1, &state, &report), GZ_OK);
    cr_assert_eq(gz_integrator_collision(integrator, 0, &collision), GZ_OK);
    const gz_mobility *mobility = gz_integrator_mobility(integrator);
    double moved = 0, mass = 0;
    for (size_t i = 0; i < grid->size; i++) {
        /* f1 of the collision comes from the constraint. Where f has no jump the cap does nothing. */
        const double h = grid->node_volume[i % grid->node_count],
                     f1 = collision.f0[i] - 0.1 * collision.Kw[i] / h;
        moved += fabs(gz_mobility_weight(mobility)[i] - h * sqrt(collision.f0[i] * f1));
        mass += h * collision.f0[i];
    }
    cr_assert_lt(moved, 1e-9 * mass, "%g", moved / mass);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
}

/* The first step with `extrapolated` is that with `predictor`; later ones need no predictor. dt may change
 * from step to step. */
Test(schemes, extrapolation_begins_with_a_predictor) {
    const gz_integrator_settings settings[] = {{.mobility_at = GZ_AT_PREDICTOR},
                                               {.mobility_at = GZ_AT_EXTRAPOLATED}};
    gz_integrator *integrator[] = {make(&settings[0]), make(&settings[1])};
    gz_state state[] = {start(), start()};
    gz_step_report report[2];
    const double dt[] = {0.01, 0.01, 0.005, 0.02};
    for (int step = 0; step < 4; step++) {
        for (int k = 0; k < 2; k++)
            cr_assert_eq(gz_integrator_step(integrator[k], dt[step], &state[k], &report[k]), GZ_OK);
        const double difference = gz_relative_l2(grid, state[1].f, state[0].f);
        if (step == 0)
            cr_assert(difference == 0 && report[0].work.setups == 2 && report[1].work.setups == 2);
        else
            cr_assert(difference < 1e-4 && report[0].work.setups == 2 && report[1].work.setups == 1, "%g",
                      difference);
    }
    for (int k = 0; k < 2; k++) {
        gz_state_free(&state[k]);
        gz_integrator_destroy(integrator[k]);
    }
}

/* A fixed c is used as given. J is then not zero; for c = 1/2 it is of third order in dt. An impossible c is
 * refused. */
Test(schemes, implicitness_by_hand) {
    gz_integrator_settings settings = {
        .mobility_at = GZ_AT_PREDICTOR, .fixed_implicitness = true, .implicitness = 0.5};
    double J[2];
    for (int k = 0; k < 2; k++) {
        gz_integrator *integrator = make(&settings);
        gz_state state = start();
        gz_step_report report;
        cr_assert_eq(gz_integrator_step(integrator, 0.002 / (1 << k), &state, &report), GZ_OK);
        cr_assert_eq(report.implicitness, 0.5);
        J[k] = report.defect;
        gz_state_free(&state);
        gz_integrator_destroy(integrator);
    }
    cr_assert_gt(fabs(J[1]), 1e-12);
    cr_assert_float_eq(log2(fabs(J[0] / J[1])), 3, 0.3, "%g %g", J[0], J[1]);
    const double wrong[] = {1, -0.1, NAN};
    for (size_t i = 0; i < 3; i++) {
        gz_integrator *integrator = NULL;
        settings.implicitness = wrong[i];
        cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, &settings, &integrator),
                     GZ_ERROR_SETTINGS);
        cr_assert_null(integrator);
    }
}

/* With inner steps jko is another step of the same order: it differs from the frozen one by O(dt^2), and H
 * falls. zero_defect has no inner steps. */
Test(schemes, inner_steps) {
    double difference[2];
    for (int k = 0; k < 2; k++) {
        const gz_integrator_settings settings[] = {{.scheme = "jko"}, {.scheme = "jko", .inner_steps = 1}};
        gz_state state[] = {start(), start()};
        for (int i = 0; i < 2; i++) {
            gz_integrator *integrator = make(&settings[i]);
            gz_step_report report;
            gz_collision collision;
            cr_assert_eq(gz_integrator_step(integrator, 0.004 / (1 << k), &state[i], &report), GZ_OK, "%s",
                         gz_context_message(context));
            cr_assert(report.converged && report.defect < 0 && report.entropy_after < report.entropy_before);
            cr_assert_float_eq(report.defect,
                               report.entropy_after - report.entropy_before +
                                   report.dt / 2 * (report.dissipation + report.action),
                               1e-14);
            cr_assert_eq(gz_integrator_collision(integrator, 0, &collision), i == 0 ? GZ_OK : GZ_ERROR_USAGE);
            gz_integrator_destroy(integrator);
        }
        difference[k] = gz_relative_l2(grid, state[1].f, state[0].f);
        for (int i = 0; i < 2; i++) gz_state_free(&state[i]);
    }
    cr_assert_float_eq(log2(difference[0] / difference[1]), 2, 0.4, "%g, %g", difference[0], difference[1]);
    const gz_integrator_settings wrong = {.scheme = "zero_defect", .inner_steps = 2};
    gz_integrator *integrator = NULL;
    cr_assert_eq(gz_integrator_create(context, grid, &PROBLEM, &wrong, &integrator), GZ_ERROR_SETTINGS);
}

/* A step that does not converge leaves the state as it was, to the last bit, with every scheme and
 * minimizer. */
Test(schemes, a_failed_step_changes_nothing) {
    const gz_integrator_settings cases[] = {{.scheme = "jko"},
                                            {.scheme = "jko", .inner_steps = 1},
                                            {.mobility_at = GZ_AT_START},
                                            {.mobility_at = GZ_AT_PREDICTOR},
                                            {.mobility_at = GZ_AT_EXTRAPOLATED},
                                            {.mobility_at = GZ_AT_FIXED_POINT},
                                            {.minimizer = "lbfgs"},
                                            {.minimizer = "tnewton"},
                                            {.minimizer = "dense"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gz_integrator_settings settings = cases[i];
        settings.max_iterations = 1;
        gz_integrator *integrator = make(&settings);
        gz_state state = start(), before = start();
        gz_step_report report;
        gz_collision collision;
        const gz_status status = gz_integrator_step(integrator, 0.5, &state, &report);
        const char *message = gz_context_message(context);
        cr_assert_eq(status, GZ_ERROR_NOT_CONVERGED, "case %zu", i);
        cr_assert(strstr(message, "stalled") && strstr(message, "try a smaller dt"), "%s", message);
        cr_assert(memcmp(state.f, before.f, grid->size * sizeof(double)) == 0 &&
                  memcmp(state.log_f, before.log_f, grid->size * sizeof(double)) == 0 && state.time == 0 &&
                  state.step == 0);
        cr_assert_not(report.converged);
        cr_assert_eq(gz_integrator_collision(integrator, 0, &collision), GZ_ERROR_USAGE);
        gz_state_free(&state);
        gz_state_free(&before);
        gz_integrator_destroy(integrator);
    }
}

/* A step of dt from two bumps at +-mean of temperature T and U, on nodes^2 up to +-half_width. */
static gz_status step_of_two_bumps(const gz_problem *problem, gz_mobility_at mobility_at, size_t nodes,
                                   double half_width, const double mean[2], const double T[2],
                                   const double U[2], double dt) {
    const gz_integrator_settings settings = {.mobility_at = mobility_at};
    gz_phase_grid *plane = sample_grid(context, 0, 2, 1, nodes, half_width);
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_integrator_create(context, plane, problem, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, plane, &state), GZ_OK);
    for (size_t i = 0; i < plane->size; i++) {
        double right = 0, left = 0;
        for (int a = 0; a < 2; a++) {
            right += pow(plane->node_velocity[a][i] - mean[a], 2) / T[a];
            left += pow(plane->node_velocity[a][i] + mean[a], 2) / U[a];
        }
        state.f[i] = exp(-right / 2) / sqrt(T[0] * T[1]) + exp(-left / 2) / sqrt(U[0] * U[1]);
        state.f[i] /= 16 * atan(1);
        state.log_f[i] = log(state.f[i]);
    }
    const gz_status status = gz_integrator_step(integrator, dt, &state, &report);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(plane);
    return status;
}

/* Hard potentials. At |v| = 3, dt = 0.1 is 30 local relaxation times. The bare iteration has an eigenvalue of -0.85 at the first
 * datum and still moves by 8e-8 after 40 rounds; at the second one it swings between two mobilities that differ
 * by 1.5 % of the mass. The third ones are cold bumps that the grid does not resolve. The last datum
 * has a tail that mixing alone would stir for ever. */
Test(schemes, a_fixed_point_settles_where_the_step_is_stiff) {
    const gz_problem hard = {.kernel = {GZ_KERNEL_POWER, .gamma = 1, .strength = 1}, .order = 6};
    const double mean[3][2] = {{1, 0.3}, {1.5, 0}, {2, 0}}, dt[3] = {0.1, 0.1, 0.3},
                 T[3][2] = {{0.8, 1.2}, {0.6, 0.6}, {0.25, 0.25}},
                 U[3][2] = {{1, 0.6}, {0.6, 0.6}, {0.25, 0.25}};
    for (int k = 0; k < 3; k++) {
        const gz_status status =
            step_of_two_bumps(&hard, GZ_AT_FIXED_POINT, 29, 6.5, mean[k], T[k], U[k], dt[k]);
        cr_expect_eq(status, GZ_OK, "%d: %s", k, gz_context_message(context));
    }
    const gz_problem soft = {.kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1}, .order = 6};
    const double rest[2] = {0, 0}, bent[2] = {0.78787, 0.47272};
    cr_expect_eq(step_of_two_bumps(&soft, GZ_AT_FIXED_POINT, 33, 6.5, rest, bent, bent, 0.28686), GZ_OK, "%s",
                 gz_context_message(context));
}

/* Without the steepness switch a step from smooth data drains the corners of the box beyond what a number can
 * hold, and says so; what it then advises does work. */
Test(schemes, without_the_switch_the_tail_is_drained) {
    gz_problem coulomb = {.kernel = {GZ_KERNEL_POWER, .gamma = -3, .strength = 1}, .order = 4};
    const double mean[2] = {1.5, 0}, T[2] = {0.6, 0.6};
    for (int k = 0; k < 3; k++) {
        coulomb.always_wide = k != 1;
        coulomb.order = k == 2 ? 2 : 4;
        const gz_status status = step_of_two_bumps(&coulomb, GZ_AT_PREDICTOR, 21, 7.5, mean, T, T, 0.5);
        const char *message = gz_context_message(context);
        cr_expect_eq(status, k == 0 ? GZ_ERROR_NOT_CONVERGED : GZ_OK, "%d: %s", k, message);
        if (k == 0)
            cr_expect(strstr(message, "set grid.v.switch auto or grid.v.order 2") &&
                          !strstr(message, "smaller dt"),
                      "%s", message);
    }
}
