/* Certificates of curves: of our own runs, of exact and wrong solutions, against pair sums, and the rates at
 * which they fall.
 */
#include "bkw.h"
#include "certify.h"
#include "functionals.h"
#include "mobility_cap.h"
#include "pair_calculus.h"
#include "sample.h"
#include "time_interpolation.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(certify, .init = open_context, .fini = close_context);

enum { MOST_STATES = 40 };

/* A curve on a grid, with an integrator whose mobility the certifiers use. */
typedef struct setting {
    gz_problem problem;
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_mobility *mobility;
    gz_certifier *linear, *cubic;
    int states;
    double time[MOST_STATES];
    double *log_f[MOST_STATES];
} setting;

static setting open_setting(const gz_problem *problem, const char *scheme) {
    setting s = {.problem = *problem};
    const gz_integrator_settings how = {.scheme = scheme, .mobility_at = GZ_AT_PREDICTOR};
    const gz_certifier_settings linear = {.gauss_points = 2, .linear = true}, cubic = {.gauss_points = 2};
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &s.grid), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, s.grid, problem, &how, &s.integrator), GZ_OK);
    s.mobility = gz_integrator_mobility(s.integrator);
    cr_assert_eq(gz_certifier_create(context, problem, s.mobility, &linear, &s.linear), GZ_OK);
    cr_assert_eq(gz_certifier_create(context, problem, s.mobility, &cubic, &s.cubic), GZ_OK);
    return s;
}

static void drop_states(setting *s) {
    for (int k = 0; k < s->states; k++) gz_release(s->log_f[k]);
    s->states = 0;
}

static void close_setting(setting *s) {
    drop_states(s);
    gz_certifier_destroy(s->linear);
    gz_certifier_destroy(s->cubic);
    gz_integrator_destroy(s->integrator);
    gz_phase_grid_destroy(s->grid);
}

static double *add_state(setting *s, double time) {
    s->time[s->states] = time;
    s->log_f[s->states] = sample_zero(context, s->grid);
    return s->log_f[s->states++];
}

static gz_curve_window window_at(const setting *s, int k) {
    gz_curve_window window = {0};
    const size_t begin = gz_curve_window_begin((size_t)s->states, (size_t)k, &window.count);
    window.first = k - (int)begin;
    for (int j = 0; j < window.count; j++) {
        window.time[j] = s->time[begin + (size_t)j];
        window.log_f[j] = s->log_f[begin + (size_t)j];
    }
    return window;
}

typedef gz_status form(gz_certifier *certifier, const gz_curve_window *window, gz_certificate *certificate);

/* The sum of the certificates of all intervals. */
static gz_certificate certify(const setting *s, form *certify_one, gz_certifier *certifier) {
    gz_certificate sum = {0}, part;
    for (int k = 0; k + 1 < s->states; k++) {
        const gz_curve_window window = window_at(s, k);
        cr_assert_eq(certify_one(certifier, &window, &part), GZ_OK, "%s", gz_context_message(context));
        cr_assert_geq(part.defect, 0);
        gz_certificate_add(&sum, &part);
    }
    return sum;
}

static gz_problem homogeneous(size_t nodes) {
    return (gz_problem){.grid = {.velocity_dim = 2, .nodes = nodes, .half_width = 6},
                        .kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
                        .order = 6};
}

static gz_problem fuzzy(size_t cells, size_t nodes, double gamma, bool transport) {
    return (gz_problem){.grid = {.space_dim = 1,
                                 .velocity_dim = 2,
                                 .cells = {cells},
                                 .length = {1},
                                 .nodes = nodes,
                                 .half_width = 5},
                        .kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1},
                        .kappa = {GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                        .collisions_only = !transport,
                        .order = 4};
}

/* One wave in density, velocity and temperature. */
static void wave(const gz_phase_grid *grid, double *log_f) {
    for (size_t i = 0; i < grid->size; i++) {
        const size_t cell = i / grid->node_count, node = i % grid->node_count;
        const double p = 8 * atan(1) * gz_phase_grid_position(grid, cell, 0), T = 1 + 0.1 * cos(p);
        const double v0 = grid->node_velocity[0][node] - 0.2 * sin(p), v1 = grid->node_velocity[1][node];
        log_f[i] = log1p(0.3 * cos(p)) - log(8 * atan(1) * T) - (v0 * v0 + 1.2 * v1 * v1) / (2 * T);
    }
}

/* Integrate from the first state to `end` in `steps` steps. own: the sum of gz_certify_collision; worst: the
 * largest difference of its direct form from the J that the step reports. */
static void run(setting *s, int steps, double end, gz_certificate *own, double *worst) {
    gz_state state;
    cr_assert_eq(gz_state_init(context, s->grid, &state), GZ_OK);
    memcpy(state.log_f, s->log_f[0], s->grid->size * sizeof(double));
    for (size_t i = 0; i < s->grid->size; i++) state.f[i] = exp(state.log_f[i]);
    *own = (gz_certificate){0};
    *worst = 0;
    for (int k = 1; k <= steps; k++) {
        gz_step_report report;
        gz_certificate part;
        cr_assert_eq(gz_integrator_step(s->integrator, end / steps, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
        cr_assert_eq(gz_certify_collision(s->linear, s->integrator, report.dt, &state, &part), GZ_OK, "%s",
                     gz_context_message(context));
        gz_certificate_add(own, &part);
        *worst = fmax(*worst, fabs(gz_certificate_direct(&part) - report.defect));
        memcpy(add_state(s, k * end / steps), state.log_f, s->grid->size * sizeof(double));
    }
    gz_state_free(&state);
}

Test(certify, interpolation_and_quadrature_are_exact_on_polynomials) {
    const double time[4] = {-1, 0.5, 0.7, 2};
    for (int count = 2; count <= 4; count++)
        for (double t = -1; t <= 2; t += 0.25) {
            double value[4], slope[4], p = 0, q = 0;
            gz_lagrange(count, time, t, value, slope);
            for (int k = 0; k < count; k++) {
                p += value[k] * pow(time[k] - 0.3, count - 1);
                q += slope[k] * pow(time[k] - 0.3, count - 1);
            }
            cr_assert_float_eq(p, pow(t - 0.3, count - 1), 1e-13);
            cr_assert_float_eq(q, (count - 1) * pow(t - 0.3, count - 2), 1e-12);
        }
    for (int n = 1; n <= GZ_MAX_GAUSS; n++) {
        double point[GZ_MAX_GAUSS], weight[GZ_MAX_GAUSS];
        gz_gauss(n, point, weight);
        for (int degree = 0; degree <= 2 * n; degree++) {
            double sum = 0;
            for (int j = 0; j < n; j++) sum += weight[j] * pow(point[j], degree);
            const double error = fabs(sum - 1. / (degree + 1));
            cr_assert(degree < 2 * n ? error < 1e-15 : error > 1e-7, "%d points, degree %d: %g", n, degree,
                      error);
        }
    }
}

/* With the step's own mobility, the step is the cheapest way to the state it reached. The streaming back to
 * the middle is exact for odd and even numbers of cells. */
Test(certify, zero_defect_steps_have_no_defect_with_their_own_mobility) {
    gz_problem space = homogeneous(11);
    space.grid.velocity_dim = 3;
    space.grid.half_width = 4.5;
    const gz_problem problems[] = {homogeneous(21), fuzzy(5, 13, 0, true), fuzzy(6, 13, -3, true),
                                   fuzzy(4, 13, -1, false), space};
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++) {
        setting s = open_setting(&problems[i], "zero_defect");
        double *log_f = add_state(&s, 0);
        if (s.grid->space_dim == 0)
            bkw(s.grid, 1, 0.5, log_f, NULL);
        else
            wave(s.grid, log_f);
        gz_certificate own;
        double worst;
        run(&s, 3, 0.3, &own, &worst);
        cr_assert_lt(worst, 1e-13);
        cr_assert_lt(fabs(gz_certificate_direct(&own)), 3e-13);
        cr_assert_lt(own.defect, 1e-12);
        /* A and D differ by the residual of the step, 2e-13 of the mass, times w. */
        cr_assert_float_eq(own.action, own.dissipation, 1e-11);
        cr_assert_lt(own.violation.mass, 3e-14);
        const gz_certificate mean = certify(&s, gz_certify_interval, s.linear);
        cr_assert_lt(mean.defect, 1e-3 * mean.action);
        cr_assert_lt(mean.violation.mass, 3e-14);
        close_setting(&s);
    }
}

/* A jko step is optimal too, but its potential does not satisfy the chain rule exactly: J = -KL(f0|f1). */
Test(certify, jko_steps_show_their_numerical_dissipation) {
    const gz_problem problem = homogeneous(21);
    setting s = open_setting(&problem, "jko");
    bkw(s.grid, 1, 0.5, add_state(&s, 0), NULL);
    gz_certificate own;
    double worst, loss = 0;
    run(&s, 3, 0.3, &own, &worst);
    for (int k = 0; k < 3; k++) {
        double *f0 = sample_exp(context, s.grid, s.log_f[k]),
               *f1 = sample_exp(context, s.grid, s.log_f[k + 1]);
        loss += gz_relative_entropy(s.grid, f0, s.log_f[k], f1, s.log_f[k + 1]);
        gz_release(f0);
        gz_release(f1);
    }
    cr_assert_lt(own.defect, 1e-12);
    cr_assert_float_eq(gz_certificate_direct(&own), -loss, 1e-13);
    cr_assert_gt(loss, 1e-5);
    close_setting(&s);
}

/* The interval form recomputed from its definition: H, D and the action of the explicit rate on pairs, for
 * two densities with the same invariants. */
Test(certify, interval_form_equals_its_definition_on_pairs) {
    const gz_problem problem = fuzzy(3, 9, -1, false);
    setting s = open_setting(&problem, "zero_defect");
    wave(s.grid, add_state(&s, 0));
    gz_certificate own, interval;
    double worst;
    run(&s, 1, 1, &own, &worst);
    const double dt = 0.3; /* not the dt of the step: the curve moves 3.3 times too fast */
    s.time[1] = dt;
    const gz_curve_window window = window_at(&s, 0);
    cr_assert_eq(gz_certify_interval(s.linear, &window, &interval), GZ_OK);
    const size_t n = s.grid->size;
    const double *l0 = s.log_f[0], *l1 = s.log_f[1];
    double *f0 = sample_exp(context, s.grid, l0), *f1 = sample_exp(context, s.grid, l1),
           *w = sample_zero(context, s.grid), *mean = sample_zero(context, s.grid),
           *m = sample_zero(context, s.grid), *sigma = sample_zero(context, s.grid),
           *u = sample_zero(context, s.grid);
    for (size_t i = 0; i < n; i++) {
        const double d = l1[i] - l0[i];
        w[i] = l1[i] - interval.implicitness * d / (1 + d * d);
        mean[i] = (l0[i] + l1[i]) / 2;
        sigma[i] = s.grid->node_volume[i % s.grid->node_count] * (f1[i] - f0[i]) / dt;
    }
    gz_mobility_set_capped(s.mobility, mean, NULL, m);
    gz_least_action *least = NULL;
    gz_least_action_report report;
    cr_assert_eq(gz_least_action_create(context, s.mobility, NULL, &least), GZ_OK);
    cr_assert_eq(gz_least_action_solve(least, sigma, NULL, u, &report), GZ_OK);
    for (size_t i = 0; i < n; i++) u[i] = -u[i];
    gz_grazing_rate rate;
    double D, action;
    cr_assert_eq(gz_grazing_rate_init(context, s.grid, &rate), GZ_OK);
    cr_assert_eq(gz_pair_optimal_rate(context, s.mobility, u, &rate), GZ_OK);
    cr_assert_eq(gz_pair_action(context, s.mobility, &rate, &action), GZ_OK);
    cr_assert_eq(gz_pair_dissipation(context, s.mobility, w, &D), GZ_OK);
    const double J = gz_entropy(s.grid, f1, l1) - gz_entropy(s.grid, f0, l0) + dt / 2 * (D + action);
    cr_assert_gt(J, 0.1 * dt * D);                    /* a real defect */
    cr_assert_float_eq(interval.defect, J, 1e-6 * J); /* the pair action has an error of first order, 1e-6 */
    cr_assert_float_eq(gz_certificate_direct(&interval), interval.defect, 1e-12);
    cr_assert_float_eq(interval.product, interval.entropy_change, 1e-13);
    gz_grazing_rate_free(&rate);
    gz_least_action_destroy(least);
    double *fields[] = {f0, f1, w, mean, m, sigma, u};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) gz_release(fields[i]);
    close_setting(&s);
}

/* BKW states at equidistant times over 1/2, with `strength` where the equation has 1. */
static void sample_bkw(setting *s, int intervals, double strength) {
    drop_states(s);
    for (int k = 0; k <= intervals; k++) {
        const double t = 0.5 * k / intervals;
        bkw(s->grid, strength, 0.5 + t, add_state(s, t), NULL);
    }
}

/* The exact solution: the interpolation makes errors of dt^2 (linear) and dt^6 (cubic), down to a floor. The
 * floor is the square of the stencil's error: at n = 33 and order 6 it is 6e-7 of int D = 7e-4. */
Test(certify, exact_solution_down_to_the_floor_of_the_grid) {
    double floor_before = 0;
    for (size_t nodes = 25; nodes <= 33; nodes += 8) {
        const gz_problem problem = homogeneous(nodes);
        setting s = open_setting(&problem, "zero_defect");
        double linear[2], cubic[2], interval = 0;
        for (int j = 0; j < 3; j++) {
            sample_bkw(&s, 4 << j, 1);
            if (j < 2) linear[j] = certify(&s, gz_certify_curve, s.linear).defect;
            if (j > 0) cubic[j - 1] = certify(&s, gz_certify_curve, s.cubic).defect;
            if (j == 2) interval = certify(&s, gz_certify_interval, s.cubic).defect;
        }
        const double floor = cubic[1];
        cr_assert_float_eq(log2((linear[0] - floor) / (linear[1] - floor)), 2, 0.1);
        cr_assert_float_eq(cubic[0], floor, 0.15 * floor);
        cr_assert_float_eq(interval, floor, 0.05 * floor);
        if (floor_before > 0) cr_assert_lt(floor, 0.15 * floor_before); /* its limit: (24/32)^(2*6) = 0.03 */
        floor_before = floor;
        close_setting(&s);
    }
    cr_assert_lt(floor_before, 1e-6);
}

/* A strength off by a factor 1 + e: U is 1 + e times the equation's rate, J = e^2/2 int D dt. */
Test(certify, wrong_strength_shows_as_half_its_square) {
    gz_problem problem = homogeneous(41);
    problem.order = 8;
    setting s = open_setting(&problem, "zero_defect");
    for (double e = -0.1; e <= 0.1; e += 0.2) {
        sample_bkw(&s, 6, 1 + e);
        const gz_certificate curve = certify(&s, gz_certify_curve, s.cubic);
        cr_assert_float_eq(curve.defect, e * e / 2 * curve.dissipation, 0.05 * curve.defect, "e %g: %g", e,
                           curve.defect / (e * e / 2 * curve.dissipation));
        cr_assert_float_eq(-curve.product / curve.dissipation, 1 + e, 2e-3);
    }
    close_setting(&s);
}

/* Our own run as a curve: J falls as dt^2 by linear interpolation, as the scheme's own dt^4 by cubic. */
Test(certify, own_run_falls_with_the_square_of_the_schemes_order) {
    const gz_problem problem = homogeneous(21);
    setting s = open_setting(&problem, "zero_defect");
    double linear[2], cubic[2], interval[2], worst;
    for (int j = 0; j < 2; j++) {
        gz_certificate own;
        drop_states(&s);
        bkw(s.grid, 1, 0.7, add_state(&s, 0), NULL);
        run(&s, 6 << j, 0.6, &own, &worst);
        linear[j] = certify(&s, gz_certify_curve, s.linear).defect;
        cubic[j] = certify(&s, gz_certify_curve, s.cubic).defect;
        interval[j] = certify(&s, gz_certify_interval, s.cubic).defect;
    }
    cr_assert_float_eq(log2(linear[0] / linear[1]), 2, 0.1, "%g", log2(linear[0] / linear[1]));
    cr_assert_float_eq(log2(cubic[0] / cubic[1]), 4, 0.4, "%g", log2(cubic[0] / cubic[1]));
    cr_assert_lt(cubic[1], 0.02 * linear[1]);
    cr_assert_lt(interval[0], 0.1 * cubic[0]);
    close_setting(&s);
}

/* Violations: a density that grows and gains energy between two states. */
Test(certify, violations_are_reported_and_projected_out) {
    const gz_problem problem = fuzzy(4, 13, 0, false);
    setting s = open_setting(&problem, "zero_defect");
    double *l0 = add_state(&s, 0), *l1 = add_state(&s, 0.1);
    wave(s.grid, l0);
    for (size_t i = 0; i < s.grid->size; i++)
        l1[i] = l0[i] + 1e-3 * (1 + s.grid->node_energy[i % s.grid->node_count]);
    double *f0 = sample_exp(context, s.grid, l0), *f1 = sample_exp(context, s.grid, l1);
    gz_moments before, after;
    gz_moments_of(s.grid, f0, &before);
    gz_moments_of(s.grid, f1, &after);
    const gz_certificate interval = certify(&s, gz_certify_interval, s.linear);
    cr_assert_float_eq(interval.violation.mass, after.mass - before.mass, 1e-14);
    cr_assert_float_eq(interval.violation.energy, after.energy - before.energy, 1e-13);
    cr_assert_float_eq(interval.violation.momentum[0], 0, 1e-13);
    cr_assert_float_eq(interval.removed + interval.product, interval.entropy_change, 1e-13);
    cr_assert_float_eq(gz_certificate_direct(&interval), interval.defect, 1e-13);
    cr_assert_lt(interval.action, 1e-4 * interval.dissipation); /* nearly all is in the null space */
    gz_release(f0);
    gz_release(f1);
    close_setting(&s);
}

Test(certify, equilibrium_and_bad_settings) {
    const gz_problem problem = fuzzy(3, 13, -2, true);
    setting s = open_setting(&problem, "zero_defect");
    for (int k = 0; k < 3; k++) {
        double *log_f = add_state(&s, k);
        for (size_t i = 0; i < s.grid->size; i++) log_f[i] = -s.grid->node_energy[i % s.grid->node_count] / 2;
    }
    cr_assert_lt(certify(&s, gz_certify_interval, s.linear).defect, 1e-26);
    cr_assert_lt(certify(&s, gz_certify_curve, s.linear).defect, 1e-26);
    cr_assert_lt(certify(&s, gz_certify_curve, s.cubic).defect, 1e-26);
    gz_certifier *none = NULL;
    const gz_certifier_settings wrong = {.gauss_points = 9};
    cr_assert_eq(gz_certifier_create(context, &problem, s.mobility, &wrong, &none), GZ_ERROR_USAGE);
    cr_assert_null(none);
    close_setting(&s);
}
