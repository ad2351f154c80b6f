/* The dual problem: its derivatives against finite differences, and its value along a path. */
#include "dual.h"
#include "implicitness.h"
#include "sample.h"

#include <criterion/criterion.h>
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

TestSuite(dual, .init = open_context, .fini = close_context);

/* An iterate between two sample densities. */
typedef struct problem {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_iterate iterate;
    gz_convex_step step;
    gz_minimum minimum;
    double *f0, *log_f0;
} problem;

static void open_problem(problem *p, gz_weight_rule rule) {
    p->grid = sample_grid(context, 1, 2, 3, 9, 3);
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                                           .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2},
                                           .order = 4};
    cr_assert_eq(gz_mobility_create(context, p->grid, &settings, &p->mobility), GZ_OK);
    p->log_f0 = sample_log_density(context, p->grid, 2);
    p->f0 = sample_exp(context, p->grid, p->log_f0);
    gz_mobility_set_steepness(p->mobility, p->log_f0);
    gz_mobility_set_density(p->mobility, p->f0);
    cr_assert_eq(gz_iterate_init(context, p->mobility, &p->iterate), GZ_OK);
    p->step =
        (gz_convex_step){.f0 = p->f0, .log_f0 = p->log_f0, .dt = 0.3, .rule = rule, .implicitness = 0.6};
    p->minimum = (gz_minimum){.log_f1 = sample_log_density(context, p->grid, 3),
                              .f1 = sample_zero(context, p->grid),
                              .w = sample_zero(context, p->grid),
                              .Kw = sample_zero(context, p->grid)};
    cr_assert_eq(gz_iterate_start(&p->iterate, &p->step, &p->minimum), GZ_OK);
    cr_assert(gz_iterate_evaluate(&p->iterate));
}

static void close_problem(problem *p) {
    gz_iterate_free(&p->iterate);
    gz_mobility_destroy(p->mobility);
    gz_phase_grid_destroy(p->grid);
    double *all[] = {p->f0, p->log_f0, p->minimum.log_f1, p->minimum.f1, p->minimum.w, p->minimum.Kw};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
}

static double dot(const gz_phase_grid *grid, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < grid->size; i++) sum += a[i] * b[i];
    return sum * grid->cell_volume;
}

static const gz_weight_rule RULES[] = {GZ_WEIGHT_JKO, GZ_WEIGHT_ZERO_DEFECT, GZ_WEIGHT_FIXED};

/* The gradient is the derivative of the value, the Hessian that of the gradient. Central differences of step
 * e have an error of e^2. */
Test(dual, derivatives_are_those_of_the_value) {
    for (size_t r = 0; r < 3; r++)
        for (size_t seed = 0; seed < 5; seed++) {
            problem p;
            open_problem(&p, RULES[r]);
            const gz_phase_grid *grid = p.grid;
            double *y = sample_noise(context, grid, seed),
                   *direction = sample_noise(context, grid, seed + 10), *moved = sample_zero(context, grid),
                   *Ky = sample_zero(context, grid), *gradient = sample_zero(context, grid),
                   *product = sample_zero(context, grid),
                   *side[2] = {sample_zero(context, grid), sample_zero(context, grid)};
            gz_dual_difference(&p.iterate, y, Ky, gradient);
            gz_dual_hessian(&p.iterate, y, direction, product);
            const double e = 1e-4;
            double value[2];
            for (int k = 0; k < 2; k++) {
                for (size_t i = 0; i < grid->size; i++) moved[i] = y[i] + (k ? e : -e) * direction[i];
                value[k] = gz_dual_difference(&p.iterate, moved, Ky, side[k]);
            }
            const double slope = dot(grid, gradient, direction);
            cr_assert_lt(fabs((value[1] - value[0]) / (2 * e) - slope), 1e-7 * fabs(slope) + 1e-9,
                         "rule %zu seed %zu: %g, %g", r, seed, (value[1] - value[0]) / (2 * e), slope);
            double worst = 0, largest = 0;
            for (size_t i = 0; i < grid->size; i++) {
                worst = fmax(worst, fabs((side[1][i] - side[0][i]) / (2 * e) - product[i]));
                largest = fmax(largest, fabs(product[i]));
            }
            cr_assert_lt(worst, 1e-7 * largest, "rule %zu seed %zu: %g", r, seed, worst / largest);
            double *all[] = {y, direction, moved, Ky, gradient, product, side[0], side[1]};
            for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
            close_problem(&p);
        }
}

/* At the iterate the value is 0, the gradient is R, and the Hessian is diag + dt K with the given local
 * diagonal. Going to w + y in two legs, the second from a moved iterate, adds up to going at once: the Gauss
 * sum is exact enough. */
Test(dual, value_is_that_of_a_path) {
    for (size_t r = 0; r < 3; r++) {
        problem p;
        open_problem(&p, RULES[r]);
        const gz_phase_grid *grid = p.grid;
        double *y = sample_noise(context, grid, 1), *zero = sample_zero(context, grid),
               *Ky = sample_zero(context, grid), *gradient = sample_zero(context, grid),
               *diagonal = sample_zero(context, grid), *out = sample_zero(context, grid);
        cr_assert_eq(gz_dual_difference(&p.iterate, zero, Ky, gradient), 0);
        for (size_t i = 0; i < grid->size; i++) cr_assert_eq(gradient[i], p.iterate.R[i]);
        gz_dual_local_diagonal(&p.iterate, diagonal);
        for (size_t i = 0; i < grid->size; i += 7) {
            zero[i] = 1;
            gz_mobility_apply_local(p.mobility, zero, out);
            zero[i] = 0;
            cr_assert_float_eq(diagonal[i], p.iterate.diag[i] + p.step.dt * out[i], 1e-12 * diagonal[i]);
        }
        for (size_t i = 0; i < grid->size; i++) y[i] *= 6;
        const double whole = gz_dual_difference(&p.iterate, y, Ky, gradient);
        for (size_t i = 0; i < grid->size; i++) y[i] /= 2;
        const double first = gz_dual_difference(&p.iterate, y, Ky, gradient);
        gz_iterate_move(&p.iterate, y, Ky);
        cr_assert(gz_iterate_evaluate(&p.iterate));
        for (size_t i = 0; i < grid->size; i++)
            cr_assert_float_eq(gradient[i], p.iterate.R[i], 1e-12, "%g %g", gradient[i], p.iterate.R[i]);
        const double second = gz_dual_difference(&p.iterate, y, Ky, gradient);
        cr_assert_float_eq(first + second, whole, 1e-11 * fabs(whole), "rule %zu: %.17g + %.17g, %.17g", r,
                           first, second, whole);
        double *all[] = {y, zero, Ky, gradient, diagonal, out};
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
        close_problem(&p);
    }
}

/* d(E - c P) along a change of log f1, against central differences. */
Test(dual, chain_rule_slope_is_a_derivative) {
    problem p;
    open_problem(&p, GZ_WEIGHT_ZERO_DEFECT);
    gz_iterate *it = &p.iterate;
    const double c = it->at->implicitness, e = 1e-5;
    double *y = sample_noise(context, p.grid, 4), *log_f1 = sample_zero(context, p.grid), F[2];
    memcpy(log_f1, it->at->log_f1, p.grid->size * sizeof *log_f1);
    const double slope = gz_chain_rule_slope(&it->chain_rule, y, 0.7);
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < p.grid->size; i++) {
            double rise;
            const double psi = gz_psi(log_f1[i] - p.log_f0[i], it->at->scale, &rise);
            it->at->log_f1[i] = log_f1[i] + (k ? e : -e) * (y[i] + 0.7 * psi) / (1 - c * rise);
        }
        gz_iterate_evaluate(it);
        F[k] = it->chain_rule.E - c * it->chain_rule.P;
    }
    cr_assert_float_eq((F[1] - F[0]) / (2 * e), slope, 1e-8 * fabs(slope) + 1e-10);
    gz_release(y);
    gz_release(log_f1);
    close_problem(&p);
}

/* psi' against differences. psi(d + delta) - psi(d) and its inverse keep their digits for tiny changes. */
Test(dual, psi_and_its_inverse) {
    const double scales[] = {1, 2, 8, INFINITY},
                 changes[] = {-30, -2, -1e-3, -1e-12, 1e-12, 1e-6, 0.3, 5, 200};
    for (size_t s = 0; s < 4; s++)
        for (double d = -9; d < 9; d += 0.37) {
            double slope, unused;
            gz_psi(d, scales[s], &slope);
            const double e = 1e-5, high = gz_psi(d + e, scales[s], &unused),
                         low = gz_psi(d - e, scales[s], &unused);
            cr_assert_float_eq((high - low) / (2 * e), slope, 1e-9);
            for (size_t k = 0; k < sizeof changes / sizeof *changes; k++)
                for (double c = 0; c < 1; c += 0.33) {
                    const double delta = changes[k], psi_change = gz_psi_change(d, delta, scales[s]);
                    const double difference =
                        gz_psi(d + delta, scales[s], &unused) - gz_psi(d, scales[s], &unused);
                    cr_assert_float_eq(psi_change, difference, 1e-15 * (10 + fabs(d + delta)));
                    if (fabs(delta) < 1e-10)
                        cr_assert_float_eq(psi_change, slope * delta, 1e-10 * fabs(delta));
                    const double back = gz_invert_change(delta - c * psi_change, d, c, scales[s]);
                    cr_assert_float_eq(back, delta, 1e-12 * fabs(delta), "s %g d %g c %g: %g for %g",
                                       scales[s], d, c, back, delta);
                }
        }
}
