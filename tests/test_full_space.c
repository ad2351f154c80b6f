/* The problem over (f, U) on explicit pairs. The pair matrix is compared with the pair calculus and with K.
 * The member full_space is compared with newton, and its constraint, D, Act and J are recomputed from its own
 * f and U.
 */
#include "functionals.h"
#include "minimizer.h"
#include "pair_matrix.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(full_space, .init = open_context, .fini = close_context);

static double largest(const double *x, size_t count) {
    double result = 0;
    for (size_t i = 0; i < count; i++) result = fmax(result, fabs(x[i]));
    return result;
}

static double largest_difference(const double *x, const double *y, size_t count) {
    double result = 0;
    for (size_t i = 0; i < count; i++) result = fmax(result, fabs(x[i] - y[i]));
    return result;
}

static gz_mobility *make_mobility(gz_phase_grid *grid, gz_kernel kernel, gz_kappa kappa, int order,
                                  const double *log_m) {
    const gz_mobility_settings settings = {.kernel = kernel, .kappa = kappa, .order = order};
    gz_mobility *mobility = NULL;
    double *m = sample_exp(context, grid, log_m);
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK);
    gz_mobility_set_steepness(mobility, log_m);
    gz_mobility_set_density(mobility, m);
    gz_release(m);
    return mobility;
}

/* K = E E^T. The rate with coordinates u has the half divergence -E u and the action |u|^2 dx. The
 * coordinates -E^T w are those of the optimal rate. */
Test(full_space, pair_matrix_is_the_pair_calculus) {
    const gz_kernel kernels[] = {{GZ_KERNEL_POWER, .gamma = -3, .strength = 1},
                                 {GZ_KERNEL_POWER, .gamma = 0, .strength = 2},
                                 {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
    const gz_kappa kappas[] = {
        {.shape = GZ_KAPPA_UNIFORM}, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 3}, {.shape = GZ_KAPPA_DIRAC}};
    const struct {
        int space_dim, velocity_dim, order;
        size_t cells, nodes;
    } shapes[] = {{0, 2, 6, 1, 9}, {1, 2, 4, 3, 7}, {1, 3, 2, 2, 5}};
    for (size_t s = 0; s < 3; s++)
        for (size_t k = 0; k < 3; k++)
            for (size_t i = 0; i < 3; i++) {
                gz_phase_grid *grid = sample_grid(context, shapes[s].space_dim, shapes[s].velocity_dim,
                                                  shapes[s].cells, shapes[s].nodes, 3);
                double *log_m = sample_log_density(context, grid, s), *w = sample_noise(context, grid, 5),
                       *one = sample_zero(context, grid), *two = sample_zero(context, grid);
                gz_mobility *mobility = make_mobility(grid, kernels[i], kappas[k], shapes[s].order, log_m);
                gz_pair_matrix E;
                gz_grazing_rate rate, optimal;
                double *u = NULL, dissipation;
                cr_assert_eq(gz_pair_matrix_init(context, mobility, &E), GZ_OK);
                cr_assert_eq(gz_allocate(context, E.columns, sizeof *u, &u), GZ_OK);
                cr_assert_eq(gz_grazing_rate_init(context, grid, &rate), GZ_OK);
                cr_assert_eq(gz_grazing_rate_init(context, grid, &optimal), GZ_OK);
                cr_assert_leq((double)(E.entries * (sizeof(double) + sizeof(int)) + E.columns * sizeof(int)),
                              1.2 * gz_pair_matrix_bytes(grid, gz_mobility_derivative(mobility)));
                gz_pair_matrix_update(&E);

                gz_pair_matrix_adjoint(&E, w, u);
                gz_pair_matrix_apply(&E, u, one);
                gz_mobility_apply(mobility, w, two);
                cr_assert_lt(largest_difference(one, two, grid->size), 1e-13 * largest(two, grid->size));

                for (size_t j = 0; j < E.columns; j++) u[j] = -u[j];
                gz_pair_matrix_rate(&E, u, &rate);
                cr_assert_eq(gz_pair_optimal_rate(context, mobility, w, &optimal), GZ_OK);
                const size_t d = (size_t)grid->velocity_dim, pairs = grid->size * grid->size * d;
                cr_assert_lt(largest_difference(rate.U, optimal.U, pairs), 1e-13 * largest(optimal.U, pairs));
                cr_assert_lt(largest_difference(rate.V, optimal.V, grid->size * d),
                             1e-13 * largest(optimal.V, grid->size * d));

                double squared = 0;
                for (size_t j = 0; j < E.columns; j++) squared += u[j] * u[j] * grid->cell_volume;
                cr_assert_eq(gz_pair_dissipation(context, mobility, w, &dissipation), GZ_OK);
                cr_assert_float_eq(squared, dissipation, 1e-13 * dissipation);

                for (size_t j = 0; j < E.columns; j++) u[j] *= 1 + sample_uniform(3, j);
                gz_pair_matrix_rate(&E, u, &rate);
                gz_pair_matrix_apply(&E, u, one);
                cr_assert_eq(gz_pair_half_divergence(context, mobility, &rate, two), GZ_OK);
                for (size_t p = 0; p < grid->size; p++) one[p] = -one[p];
                cr_assert_lt(largest_difference(one, two, grid->size), 1e-13 * largest(two, grid->size));

                gz_release(u);
                double *all[] = {log_m, w, one, two};
                for (size_t j = 0; j < 4; j++) gz_release(all[j]);
                gz_grazing_rate_free(&rate);
                gz_grazing_rate_free(&optimal);
                gz_pair_matrix_free(&E);
                gz_mobility_destroy(mobility);
                gz_phase_grid_destroy(grid);
            }
}

typedef struct solution {
    gz_minimum minimum;
    gz_grazing_rate rate;
} solution;

static solution solve(const char *name, gz_mobility *mobility, const gz_convex_step *step) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const gz_minimizer_method *method = gz_minimizer_find(name);
    solution s = {.minimum = {.log_f1 = sample_zero(context, grid),
                              .f1 = sample_zero(context, grid),
                              .w = sample_zero(context, grid),
                              .Kw = sample_zero(context, grid)}};
    memcpy(s.minimum.log_f1, step->log_f0, grid->size * sizeof(double));
    void *self = NULL;
    cr_assert_eq(method->create(context, mobility, NULL, &self), GZ_OK);
    cr_assert_eq(method->minimise(self, step, &s.minimum), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(gz_grazing_rate_init(context, grid, &s.rate), GZ_OK);
    cr_assert_eq(method->grazing_rate ? method->grazing_rate(self, &s.rate)
                                      : gz_pair_optimal_rate(context, mobility, s.minimum.w, &s.rate),
                 GZ_OK);
    method->destroy(self);
    return s;
}

static void free_solution(solution *s) {
    double *all[] = {s->minimum.log_f1, s->minimum.f1, s->minimum.w, s->minimum.Kw};
    for (size_t i = 0; i < 4; i++) gz_release(all[i]);
    gz_grazing_rate_free(&s->rate);
}

/* h (f1 - f0) + dt/2 div~ U = 0 on explicit pairs, and D, Act, J are those of this same (f, U). */
static void check_pair(gz_mobility *mobility, const gz_convex_step *step, const solution *s) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const gz_minimum *at = &s->minimum;
    double *divergence = sample_zero(context, grid), worst = 0, D, action;
    cr_assert_eq(gz_pair_half_divergence(context, mobility, &s->rate, divergence), GZ_OK);
    cr_assert_eq(gz_pair_dissipation(context, mobility, at->w, &D), GZ_OK);
    cr_assert_eq(gz_pair_action(context, mobility, &s->rate, &action), GZ_OK);
    for (size_t i = 0; i < grid->size; i++)
        worst = fmax(worst, fabs(grid->node_volume[i % grid->node_count] * (at->f1[i] - step->f0[i]) +
                                 step->dt * divergence[i]));
    const double J = gz_entropy(grid, at->f1, at->log_f1) - gz_entropy(grid, step->f0, step->log_f0) +
                     step->dt / 2 * (D + action);
    cr_assert_lt(worst, 1e-14);
    cr_assert_float_eq(D, at->dissipation, 1e-12 * D);
    cr_assert_float_eq(action, at->action, 1e-12 * action);
    cr_assert_float_eq(J, at->defect, 1e-13);
    if (step->rule == GZ_WEIGHT_ZERO_DEFECT) cr_assert_lt(fabs(J), 1e-13);
    gz_release(divergence);
}

Test(full_space, agrees_with_newton_on_f_and_U_and_J) {
    const struct {
        int space_dim;
        size_t nodes;
        gz_kappa kappa;
    } shapes[] = {{0, 9, {.shape = GZ_KAPPA_UNIFORM}}, {1, 7, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2}}};
    const gz_weight_rule rules[] = {GZ_WEIGHT_JKO, GZ_WEIGHT_ZERO_DEFECT};
    const double gammas[] = {-3, 0}, dts[] = {0.02, 0.5};
    for (size_t s = 0; s < 2; s++)
        for (size_t g = 0; g < 2; g++) {
            gz_phase_grid *grid = sample_grid(context, shapes[s].space_dim, 2, 4, shapes[s].nodes, 3);
            double *log_f0 = sample_log_density(context, grid, 4), *f0 = sample_exp(context, grid, log_f0);
            gz_mobility *mobility =
                make_mobility(grid, (gz_kernel){GZ_KERNEL_POWER, .gamma = gammas[g], .strength = 1},
                              shapes[s].kappa, 4, log_f0);
            for (size_t t = 0; t < 2; t++)
                for (size_t r = 0; r < 2; r++) {
                    const gz_convex_step step = {
                        .f0 = f0, .log_f0 = log_f0, .dt = dts[t], .rule = rules[r], .tolerance = 1e-14};
                    solution one = solve("newton", mobility, &step),
                             two = solve("full_space", mobility, &step);
                    const size_t pairs = grid->size * grid->size * 2;
                    const double scale_f = largest(one.minimum.f1, grid->size),
                                 scale_U = largest(one.rate.U, pairs);
                    check_pair(mobility, &step, &one);
                    check_pair(mobility, &step, &two);
                    cr_assert_lt(largest_difference(one.minimum.f1, two.minimum.f1, grid->size),
                                 1e-10 * scale_f);
                    cr_assert_lt(largest_difference(one.rate.U, two.rate.U, pairs), 1e-10 * scale_U);
                    cr_assert_lt(largest_difference(one.rate.V, two.rate.V, grid->size * 2), 1e-10 * scale_U);
                    cr_assert_lt(fabs(one.minimum.defect - two.minimum.defect), 1e-13);
                    free_solution(&one);
                    free_solution(&two);
                }
            gz_release(log_f0);
            gz_release(f0);
            gz_mobility_destroy(mobility);
            gz_phase_grid_destroy(grid);
        }
}
