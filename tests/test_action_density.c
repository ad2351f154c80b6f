/* Action density: the fast one against the sum over pairs, its integral, and the derivative of D by m. */
#include "functionals.h"
#include "pair_calculus.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(action_density, .init = open_context, .fini = close_context);

static const gz_kernel KERNELS[] = {{GZ_KERNEL_POWER, .gamma = -3, .strength = 1},
                                    {GZ_KERNEL_POWER, .gamma = 0, .strength = 2},
                                    {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
static const gz_kappa KAPPAS[] = {
    {.shape = GZ_KAPPA_UNIFORM}, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 3}, {.shape = GZ_KAPPA_DIRAC}};
/* {space_dim, velocity_dim, cells, nodes} */
static const size_t SHAPES[][4] = {{0, 2, 1, 11}, {1, 2, 4, 9}, {2, 2, 2, 7}, {0, 3, 1, 7},
                                   {1, 3, 2, 7},  {2, 3, 2, 5}, {3, 3, 2, 5}};

static gz_mobility *make(const gz_phase_grid *grid, size_t kernel, size_t kappa, bool always_wide,
                         const double *log_m, const double *m) {
    const gz_mobility_settings settings = {
        .kernel = KERNELS[kernel], .kappa = KAPPAS[kappa], .order = 4, .always_wide = always_wide};
    gz_mobility *mobility = NULL;
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK);
    gz_mobility_set_steepness(mobility, log_m);
    gz_mobility_set_density(mobility, m);
    return mobility;
}

/* 1/2 sum_* |U|^2/(kappa m m*) at every point, by transforms and by pairs; its integral is D_m(w). The fast
 * one is a difference of convolutions, whose round-off is relative to the largest density. */
Test(action_density, transforms_equal_pairs) {
    for (size_t s = 0; s < 3; s++)
        for (size_t k = 0; k < 3; k++)
            for (size_t i = 0; i < 3; i++) {
                const size_t *shape = SHAPES[s];
                gz_phase_grid *grid =
                    sample_grid(context, (int)shape[0], (int)shape[1], shape[2], shape[3], 3);
                double *log_m = sample_log_density(context, grid, s + 3 * k),
                       *m = sample_exp(context, grid, log_m), *w = sample_noise(context, grid, i),
                       *fast = sample_zero(context, grid), *slow = sample_zero(context, grid),
                       *Kw = sample_zero(context, grid);
                gz_mobility *mobility = make(grid, i, k, false, log_m, m);
                gz_grazing_rate rate;
                cr_assert_eq(gz_grazing_rate_init(context, grid, &rate), GZ_OK);
                cr_assert_eq(gz_pair_optimal_rate(context, mobility, w, &rate), GZ_OK);
                cr_assert_eq(gz_pair_action_density(context, mobility, &rate, slow), GZ_OK);
                gz_mobility_action_density(mobility, w, fast);
                double worst = 0, largest = 0;
                for (size_t p = 0; p < grid->size; p++) {
                    worst = fmax(worst, fabs(fast[p] - slow[p]));
                    largest = fmax(largest, slow[p]);
                    cr_assert_geq(slow[p], 0);
                }
                cr_assert_lt(worst, 1e-13 * largest, "shape %zu kappa %zu kernel %zu: %g", s, k, i,
                             worst / largest);
                gz_mobility_apply(mobility, w, Kw);
                const double D = gz_mobility_dissipation(mobility, w, Kw);
                cr_assert_float_eq(gz_integral(grid, fast, NULL), D, 1e-12 * D);
                double *all[] = {log_m, m, w, fast, slow, Kw};
                for (size_t j = 0; j < 6; j++) gz_release(all[j]);
                gz_grazing_rate_free(&rate);
                gz_mobility_destroy(mobility);
                gz_phase_grid_destroy(grid);
            }
}

/* <w, K(m) w> without the sawtooth control. */
static double pair_part(gz_mobility *mobility, const double *w, const double *m) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    double *work = sample_zero(context, grid), sawtooth = 0;
    gz_mobility_set_density(mobility, m);
    gz_mobility_apply(mobility, w, work);
    const double D = gz_mobility_dissipation(mobility, w, work);
    for (int a = 0; a < grid->velocity_dim; a++)
        for (size_t cell = 0; cell < grid->cell_count; cell++) {
            gz_derivative_sawtooth(gz_mobility_derivative(mobility), a, w + cell * grid->node_count, work);
            for (size_t p = 0; p < grid->node_count; p++)
                sawtooth +=
                    gz_mobility_sawtooth(mobility, a)[cell * grid->node_count + p] * work[p] * work[p];
        }
    gz_release(work);
    return D - sawtooth * grid->cell_volume;
}

/* h e is the derivative of <w, K(m) w> with respect to m. This is a quadratic form in m, so central
 * differences are exact. */
Test(action_density, pair_energy_is_the_derivative_by_m) {
    for (size_t s = 0; s < 3; s++)
        for (size_t k = 0; k < 3; k++) {
            const size_t *shape = SHAPES[s];
            gz_phase_grid *grid = sample_grid(context, (int)shape[0], (int)shape[1], shape[2], shape[3], 3);
            double *log_m = sample_log_density(context, grid, s), *m = sample_exp(context, grid, log_m),
                   *w = sample_noise(context, grid, k), *e = sample_zero(context, grid),
                   *moved = sample_zero(context, grid), value[2], slope = 0;
            gz_mobility *mobility = make(grid, k, k, true, log_m, m);
            gz_mobility_pair_energy(mobility, w, e);
            for (size_t p = 0; p < grid->size; p++)
                slope += grid->node_volume[p % grid->node_count] * grid->cell_volume * e[p] * m[p] *
                         sample_uniform(1, p);
            for (int side = 0; side < 2; side++) {
                for (size_t p = 0; p < grid->size; p++)
                    moved[p] = m[p] * (1 + (side ? 0.3 : -0.3) * sample_uniform(1, p));
                value[side] = pair_part(mobility, w, moved);
            }
            cr_assert_float_eq((value[1] - value[0]) / 0.6, slope, 1e-12 * fabs(slope), "%.17g %.17g",
                               (value[1] - value[0]) / 0.6, slope);
            double *all[] = {log_m, m, w, e, moved};
            for (size_t j = 0; j < 5; j++) gz_release(all[j]);
            gz_mobility_destroy(mobility);
            gz_phase_grid_destroy(grid);
        }
}
