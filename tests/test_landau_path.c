/* Landau paths: value and gradient, the true minimising movement step, the distance. */
#include "dense_mobility.h"
#include "functionals.h"
#include "landau_path.h"
#include "minimizer.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <lapacke.h>
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

TestSuite(landau_path, .init = open_context, .fini = close_context);
TestSuite(landau_path_covered, .init = open_context, .fini = close_context);

typedef struct case_of {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    double *log_f0, *log_f1, *f0, *f1;
} case_of;

/* Two densities with the same invariants: a sample, and the sample after a frozen jko step of dt. */
static case_of open_case(int space_dim, int velocity_dim, size_t nodes, double gamma, gz_kappa kappa,
                         double dt) {
    case_of c = {.grid = sample_grid(context, space_dim, velocity_dim, 3, nodes, 3)};
    const gz_mobility_settings settings = {
        .kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1}, .kappa = kappa, .order = 4};
    cr_assert_eq(gz_mobility_create(context, c.grid, &settings, &c.mobility), GZ_OK);
    c.log_f0 = sample_log_density(context, c.grid, 11);
    c.f0 = sample_exp(context, c.grid, c.log_f0);
    c.log_f1 = sample_zero(context, c.grid);
    c.f1 = sample_zero(context, c.grid);
    memcpy(c.log_f1, c.log_f0, c.grid->size * sizeof(double));
    gz_mobility_set_steepness(c.mobility, c.log_f0);
    gz_mobility_set_density(c.mobility, c.f0);
    double *w = sample_zero(context, c.grid), *Kw = sample_zero(context, c.grid);
    gz_minimum minimum = {.log_f1 = c.log_f1, .f1 = c.f1, .w = w, .Kw = Kw};
    const gz_convex_step step = {.f0 = c.f0, .log_f0 = c.log_f0, .dt = dt, .rule = GZ_WEIGHT_JKO};
    void *self = NULL;
    cr_assert_eq(gz_minimizer_newton.create(context, c.mobility, NULL, &self), GZ_OK);
    cr_assert_eq(gz_minimizer_newton.minimise(self, &step, &minimum), GZ_OK);
    gz_minimizer_newton.destroy(self);
    gz_release(w);
    gz_release(Kw);
    return c;
}

static void close_case(case_of *c) {
    double *all[] = {c->log_f0, c->log_f1, c->f0, c->f1};
    for (size_t i = 0; i < 4; i++) gz_release(all[i]);
    gz_mobility_destroy(c->mobility);
    gz_phase_grid_destroy(c->grid);
}

static gz_landau_path *make_path(const case_of *c, size_t steps) {
    const gz_path_settings settings = {.steps = steps};
    gz_landau_path *path = NULL;
    cr_assert_eq(gz_landau_path_create(context, c->mobility, &settings, &path), GZ_OK);
    return path;
}

static double *bends(const case_of *c, size_t steps, double size, size_t seed) {
    double *bend = NULL;
    cr_assert_eq(gz_allocate(context, steps * c->grid->size, sizeof *bend, &bend), GZ_OK);
    for (size_t j = 0; j < steps * c->grid->size; j++) bend[j] = size * (2 * sample_uniform(seed, j) - 1);
    return bend;
}

static const gz_kappa KAPPAS[] = {
    {.shape = GZ_KAPPA_UNIFORM}, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2}, {.shape = GZ_KAPPA_DIRAC}};

/* The gradient at bent paths against central differences, with a free end and with a fixed one. */
Test(landau_path, gradient) {
    enum { STEPS = 3 };
    for (size_t k = 0; k < 4; k++)
        for (int free_end = 0; free_end < 2; free_end++) {
            case_of c = k < 3 ? open_case(k > 0, 2, 7, k == 0 ? 0 : -1, KAPPAS[k], 0.2)
                              : open_case(1, 3, 5, -3, KAPPAS[1], 0.2);
            gz_landau_path *path = make_path(&c, STEPS);
            const size_t count = STEPS * c.grid->size;
            double *bend = bends(&c, STEPS, 0.2, 1), *direction = bends(&c, STEPS, 1, 2),
                   *gradient = bends(&c, STEPS, 0, 0), *unused = bends(&c, STEPS, 0, 0);
            const double e = 1e-3;
            double side[2], slope = 0;
            gz_landau_path_value(path, c.log_f0, c.log_f1, 0.2, free_end, bend, gradient);
            for (int s = 0; s < 2; s++) {
                double *moved = bends(&c, STEPS, 0, 0);
                for (size_t j = 0; j < count; j++) moved[j] = bend[j] + (s ? e : -e) * direction[j];
                side[s] = gz_landau_path_value(path, c.log_f0, c.log_f1, 0.2, free_end, moved, unused);
                gz_release(moved);
            }
            for (size_t j = 0; j < count; j++) slope += gradient[j] * direction[j];
            cr_assert_float_eq((side[1] - side[0]) / (2 * e), slope, 1e-5 * fabs(slope),
                               "case %zu end %d: %.10g, %.10g", k, free_end, (side[1] - side[0]) / (2 * e),
                               slope);
            double *all[] = {bend, direction, gradient, unused};
            for (size_t i = 0; i < 4; i++) gz_release(all[i]);
            gz_landau_path_destroy(path);
            close_case(&c);
        }
}

/* <sigma, K^+ sigma> from all eigenvalues of the scaled matrix. */
static double dense_action(gz_mobility *mobility, const double *sigma) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const size_t n = grid->size;
    double *S = NULL, *eigenvalue = sample_zero(context, grid), *root = sample_zero(context, grid), sum = 0;
    cr_assert_eq(gz_allocate(context, n * n, sizeof *S, &S), GZ_OK);
    gz_dense_mobility_fill(mobility, S, root);
    for (size_t i = 0; i < n; i++) root[i] = sqrt(gz_mobility_weight(mobility)[i]);
    for (size_t i = 0; i < n * n; i++) S[i] /= root[i / n] * root[i % n];
    const lapack_int order = (lapack_int)n;
    cr_assert_eq(LAPACKE_dsyev(LAPACK_COL_MAJOR, 'V', 'U', order, S, order, eigenvalue), 0);
    for (size_t k = 0; k < n; k++) {
        double product = 0;
        for (size_t i = 0; i < n; i++) product += S[k * n + i] * sigma[i] / root[i];
        if (eigenvalue[k] > 1e-10 * eigenvalue[n - 1]) sum += product * product / eigenvalue[k];
    }
    double *all[] = {S, eigenvalue, root};
    for (size_t i = 0; i < 3; i++) gz_release(all[i]);
    return sum * grid->cell_volume;
}

/* The value of a straight path from dense linear algebra: H(f1) + tau/2 sum <sigma, K(m_k)^+ sigma>. */
Test(landau_path, value_is_that_of_dense_matrices) {
    case_of c = open_case(0, 2, 9, -1, KAPPAS[0], 0.3);
    const double dt = 0.3;
    for (size_t steps = 1; steps <= 3; steps++) {
        gz_landau_path *path = make_path(&c, steps);
        double *zero = bends(&c, steps, 0, 0), *gradient = bends(&c, steps, 0, 0),
               *sigma = sample_zero(context, c.grid), *m = sample_zero(context, c.grid), action = 0;
        const double value = gz_landau_path_value(path, c.log_f0, c.log_f1, dt, true, zero, gradient);
        for (size_t k = 0; k < steps; k++) {
            for (size_t i = 0; i < c.grid->size; i++) {
                sigma[i] = c.grid->node_volume[i] * (c.f1[i] - c.f0[i]) / dt;
                m[i] = c.f0[i] + (c.f1[i] - c.f0[i]) * ((double)k + 0.5) / (double)steps;
            }
            gz_mobility_set_tensor(c.mobility, m);
            action += dt / (double)steps * dense_action(c.mobility, sigma);
        }
        cr_assert_float_eq(value, gz_entropy(c.grid, c.f1, c.log_f1) + action / 2, 1e-9 * action,
                           "%zu: %.15g", steps, value);
        double *all[] = {zero, gradient, sigma, m};
        for (size_t i = 0; i < 4; i++) gz_release(all[i]);
        gz_landau_path_destroy(path);
    }
    close_case(&c);
}

static double distance(gz_landau_path *path, const double *from, const double *to) {
    gz_path_report report;
    cr_assert_eq(gz_landau_path_distance(path, from, to, &report), GZ_OK, "%s", gz_context_message(context));
    return sqrt(fmax(report.action, 0));
}

/* The true step has a lower H + d^2/(2 dt) than the frozen one, and lower than H(f0). It keeps the invariants
 * and f > 0, and it converges with the square of the number of inner steps. Its d is the distance of its ends,
 * but for the stencils, which are those of sqrt(f0 f1) with the f1 of the frozen step (with the stencils of f0
 * they differ by 2e-4). */
Test(landau_path_covered, step_is_a_minimising_movement) {
    for (size_t k = 0; k < 2; k++) {
        const double dt = 0.3;
        case_of c = open_case(k > 0, 2, 7, -1, KAPPAS[k], dt);
        double action[3], *log_f1 = sample_zero(context, c.grid), *f1 = sample_zero(context, c.grid);
        gz_moments before, after;
        gz_moments_of(c.grid, c.f0, &before);
        for (int level = 0; level < 3; level++) {
            const size_t steps = (size_t)1 << level;
            gz_landau_path *path = make_path(&c, steps);
            gz_path_report report;
            double *zero = bends(&c, steps, 0, 0), *gradient = bends(&c, steps, 0, 0);
            const double frozen = gz_landau_path_value(path, c.log_f0, c.log_f1, dt, true, zero, gradient);
            memcpy(log_f1, c.log_f1, c.grid->size * sizeof(double));
            cr_assert_eq(gz_landau_path_step(path, c.log_f0, dt, log_f1, f1, &report), GZ_OK, "%s",
                         gz_context_message(context));
            const double H0 = gz_entropy(c.grid, c.f0, c.log_f0), H1 = gz_entropy(c.grid, f1, log_f1);
            const double reached = H1 + dt / 2 * report.action;
            cr_log_info(
                "kappa %zu, %zu inner steps: H + d^2/(2 dt) %.10f, of the frozen step %.10f; %ld evaluations",
                k, steps, reached, frozen, report.evaluations);
            cr_assert_lt(reached, frozen);
            cr_assert_lt(reached, H0);
            gz_moments_of(c.grid, f1, &after);
            cr_assert_float_eq(after.mass, before.mass, 1e-13);
            cr_assert_float_eq(after.energy, before.energy, 1e-12);
            cr_assert_gt(after.f_min, 0);
            action[level] = report.action;
            const double length = dt * sqrt(report.action), between = distance(path, c.log_f0, log_f1);
            cr_assert_float_eq(length, between, 1e-4 * between, "%.8g and %.8g", length, between);
            gz_release(zero);
            gz_release(gradient);
            gz_landau_path_destroy(path);
        }
        const double order = log2((action[1] - action[0]) / (action[2] - action[1]));
        cr_assert_float_eq(order, 2, 0.5, "kappa %zu: %g %g %g, order %g", k, action[0], action[1], action[2],
                           order);
        gz_release(log_f1);
        gz_release(f1);
        close_case(&c);
    }
}

/* The distance is zero from a density to itself, symmetric, and satisfies the triangle inequality, for three
 * densities of one relaxation. Between close ones it is the speed sqrt(D) of the flow times dt. */
Test(landau_path_covered, distance_is_one) {
    case_of a = open_case(0, 2, 9, -1, KAPPAS[0], 0.1), b = open_case(0, 2, 9, -1, KAPPAS[0], 1),
            near = open_case(0, 2, 9, -1, KAPPAS[0], 1e-4);
    gz_landau_path *path = make_path(&a, 3);
    const double d01 = distance(path, a.log_f0, a.log_f1), d12 = distance(path, a.log_f1, b.log_f1),
                 d02 = distance(path, a.log_f0, b.log_f1), d20 = distance(path, b.log_f1, a.log_f0);
    cr_log_info("d01 %.6f, d12 %.6f, d02 %.6f and back %.6f", d01, d12, d02, d20);
    cr_assert_lt(distance(path, a.log_f1, a.log_f1), 1e-12);
    cr_assert_float_eq(d02, d20, 1e-6 * d02);
    cr_assert(d02 < d01 + d12 && d01 < d02 + d12 && d12 < d02 + d01);
    double *Kw = sample_zero(context, a.grid);
    gz_mobility_set_steepness(near.mobility, near.log_f0);
    gz_mobility_set_density(near.mobility, near.f0);
    gz_mobility_apply(near.mobility, near.log_f0, Kw);
    const double speed = sqrt(gz_mobility_dissipation(near.mobility, near.log_f0, Kw)),
                 measured = distance(path, near.log_f0, near.log_f1) / 1e-4;
    cr_assert_float_eq(measured, speed, 0.01 * speed, "%g, %g", measured, speed);
    gz_release(Kw);
    gz_landau_path_destroy(path);
    close_case(&a);
    close_case(&b);
    close_case(&near);
}

/* The evaluations of a distance do not grow with the number of inner steps. (Where neighbouring states are
 * free of each other, 8 steps need more than 100 here.) */
Test(landau_path, many_inner_steps_are_as_easy_as_few) {
    case_of c = open_case(0, 2, 7, -1, KAPPAS[0], 0.5);
    const gz_path_settings eight = {.steps = 8, .most_evaluations = 100};
    gz_landau_path *path = NULL;
    cr_assert_eq(gz_landau_path_create(context, c.mobility, &eight, &path), GZ_OK);
    gz_path_report report;
    const gz_status status = gz_landau_path_distance(path, c.log_f0, c.log_f1, &report);
    cr_log_info("%ld evaluations", report.evaluations);
    cr_assert_eq(status, GZ_OK, "%s", gz_context_message(context));
    gz_landau_path_destroy(path);
    close_case(&c);
}

/* If the ends have different invariants, the difference is reported and projected out. An exhausted budget
 * and an impossible number of inner steps are reported too. */
Test(landau_path, says_what_it_cannot_do) {
    case_of c = open_case(0, 2, 7, 0, KAPPAS[0], 0.1);
    gz_landau_path *path = make_path(&c, 2);
    gz_path_report report;
    double *heavier = sample_zero(context, c.grid);
    for (size_t i = 0; i < c.grid->size; i++) heavier[i] = c.log_f1[i] + log(1.01);
    cr_assert_eq(gz_landau_path_distance(path, c.log_f0, heavier, &report), GZ_OK);
    cr_assert_float_eq(report.violation, 0.01, 1e-3);
    heavier[3] = NAN;
    cr_assert_eq(gz_landau_path_distance(path, c.log_f0, heavier, &report), GZ_ERROR_NOT_CONVERGED);
    gz_landau_path_destroy(path);
    const gz_path_settings few = {.steps = 2, .most_evaluations = 3}, none = {.steps = 0};
    cr_assert_eq(gz_landau_path_create(context, c.mobility, &few, &path), GZ_OK);
    double *log_f1 = sample_zero(context, c.grid), *f1 = sample_zero(context, c.grid);
    memcpy(log_f1, c.log_f0, c.grid->size * sizeof(double));
    cr_assert_eq(gz_landau_path_step(path, c.log_f0, 0.5, log_f1, f1, &report), GZ_ERROR_NOT_CONVERGED);
    cr_assert(strstr(gz_context_message(context), "stalled") && report.gradient > 1e-6);
    cr_assert_not(strstr(gz_context_message(context), " dt"), "a path has no dt: %s",
                  gz_context_message(context));
    gz_landau_path_destroy(path);
    cr_assert_eq(gz_landau_path_create(context, c.mobility, &none, &path), GZ_ERROR_SETTINGS);
    double *all[] = {heavier, log_f1, f1};
    for (size_t i = 0; i < 3; i++) gz_release(all[i]);
    close_case(&c);
}
