/* Mobility: all ways of convolving agree, and K is symmetric, >= 0, and zero on its null space. */
#include "mobility.h"
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

TestSuite(mobility, .init = open_context, .fini = close_context);
TestSuite(mobility_covered, .init = open_context, .fini = close_context);

static gz_mobility *make(const gz_phase_grid *grid, gz_kernel kernel, gz_kappa kappa, int order,
                         const char *method, const double *log_m, const double *m) {
    const gz_mobility_settings settings = {
        .kernel = kernel, .kappa = kappa, .order = order, .method = method};
    gz_mobility *mobility = NULL;
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK, "%s",
                 gz_context_message(context));
    gz_mobility_set_steepness(mobility, log_m);
    gz_mobility_set_density(mobility, m);
    return mobility;
}

/* The largest |x - y| over the largest |y|. */
static double relative_difference(size_t n, const double *x, const double *y) {
    double difference = 0, scale = 0;
    for (size_t i = 0; i < n; i++) {
        difference = fmax(difference, fabs(x[i] - y[i]));
        scale = fmax(scale, fabs(y[i]));
    }
    return difference / scale;
}

static const gz_kappa KAPPAS[] = {{.shape = GZ_KAPPA_UNIFORM},
                                  {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                  {.shape = GZ_KAPPA_SIGMA, .sigma = 0.1},
                                  {.shape = GZ_KAPPA_DIRAC}};
static const gz_kernel KERNELS[] = {
    {GZ_KERNEL_POWER, .gamma = -3, .strength = 1},  {GZ_KERNEL_POWER, .gamma = -2, .strength = 0.7},
    {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},  {GZ_KERNEL_POWER, .gamma = 0, .strength = 2},
    {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},   {GZ_KERNEL_BOUNDED, .gamma = 3, .strength = 1},
    {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
/* {space_dim, velocity_dim, cells, nodes} */
static const size_t SHAPES[][4] = {{0, 2, 1, 13}, {1, 2, 4, 9}, {1, 2, 5, 10}, {2, 2, 3, 9},
                                   {0, 3, 1, 9},  {1, 3, 3, 9}, {2, 3, 2, 6},  {3, 3, 2, 5}};

enum {
    KAPPA_COUNT = sizeof KAPPAS / sizeof *KAPPAS,
    KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS,
    SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES
};

static gz_phase_grid *shape_grid(size_t shape) {
    const size_t *s = SHAPES[shape];
    return sample_grid(context, (int)s[0], (int)s[1], s[2], s[3], 4);
}

Test(mobility_covered, fft_equals_pairs) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t k = 0; k < KAPPA_COUNT; k++)
            for (size_t i = 0; i < KERNEL_COUNT; i++) {
                gz_phase_grid *grid = shape_grid(s);
                double *log_m = sample_log_density(context, grid, 7 * s + k),
                       *m = sample_exp(context, grid, log_m);
                double *w = sample_noise(context, grid, i), *fast = sample_zero(context, grid),
                       *slow = sample_zero(context, grid);
                gz_mobility *fft = make(grid, KERNELS[i], KAPPAS[k], 4, "fft", log_m, m);
                gz_mobility *pairs = make(grid, KERNELS[i], KAPPAS[k], 4, "pairs", log_m, m);
                for (int a = 0; a < grid->velocity_dim; a++)
                    for (int b = a; b < grid->velocity_dim; b++)
                        cr_assert_lt(relative_difference(grid->size, gz_mobility_tensor(fft, a, b),
                                                         gz_mobility_tensor(pairs, a, b)),
                                     1e-12);
                gz_mobility_apply(fft, w, fast);
                gz_mobility_apply(pairs, w, slow);
                const double difference = relative_difference(grid->size, fast, slow);
                cr_assert_lt(difference, 1e-12, "shape %zu kappa %zu kernel %zu: %g", s, k, i, difference);
                gz_mobility_destroy(fft);
                gz_mobility_destroy(pairs);
                double *all[] = {log_m, m, w, fast, slow};
                for (size_t j = 0; j < 5; j++) gz_release(all[j]);
                gz_phase_grid_destroy(grid);
            }
}

/* Maxwell molecules in O(N): T and K equal T and K by transforms, to 1e-12 of their largest entries. */
Test(mobility, moments_equal_fft) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t k = 0; k < KAPPA_COUNT; k++) {
            gz_phase_grid *grid = shape_grid(s);
            const gz_kernel maxwell = {GZ_KERNEL_POWER, .gamma = 0, .strength = 0.7};
            double *log_m = sample_log_density(context, grid, 3 * s + k),
                   *m = sample_exp(context, grid, log_m);
            double *w = sample_noise(context, grid, s), *slow = sample_zero(context, grid),
                   *fast = sample_zero(context, grid);
            gz_mobility *fft = make(grid, maxwell, KAPPAS[k], 4, "fft", log_m, m);
            gz_mobility *moments = make(grid, maxwell, KAPPAS[k], 4, "moments", log_m, m);
            for (int a = 0; a < grid->velocity_dim; a++)
                for (int b = a; b < grid->velocity_dim; b++)
                    cr_assert_lt(relative_difference(grid->size, gz_mobility_tensor(moments, a, b),
                                                     gz_mobility_tensor(fft, a, b)),
                                 1e-12);
            gz_mobility_apply(moments, w, fast);
            gz_mobility_apply(fft, w, slow);
            cr_assert_lt(relative_difference(grid->size, fast, slow), 1e-12, "shape %zu kappa %zu: %g", s, k,
                         relative_difference(grid->size, fast, slow));
            gz_mobility_destroy(fft);
            gz_mobility_destroy(moments);
            double *all[] = {log_m, m, w, slow, fast};
            for (size_t j = 0; j < 5; j++) gz_release(all[j]);
            gz_phase_grid_destroy(grid);
        }
    gz_phase_grid *grid = shape_grid(0);
    const gz_mobility_settings hard = {.kernel = {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},
                                       .kappa = KAPPAS[0],
                                       .order = 4,
                                       .method = "moments"};
    gz_mobility *mobility = NULL;
    cr_assert_eq(gz_mobility_create(context, grid, &hard, &mobility), GZ_ERROR_SETTINGS);
    cr_assert_null(mobility);
    gz_phase_grid_destroy(grid);
}

/* <w, K v> = <v, K w>, <w, K w> >= 0, and K phi = 0 for arbitrary functions of x, v_i and |v|^2, up to the
 * boundary. The switch is on, since the random densities are steep near the boundary. The bounds are the
 * round-off of sums of size |K w|. */
Test(mobility_covered, is_symmetric_positive_and_kills_its_null_space) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t k = 0; k < KAPPA_COUNT; k++)
            for (size_t i = 0; i < KERNEL_COUNT; i++)
                for (int order = 2; order <= 8 && (size_t)order < SHAPES[s][3]; order += 2) {
                    gz_phase_grid *grid = shape_grid(s);
                    const size_t n = grid->size, nodes = grid->node_count;
                    double *log_m = sample_log_density(context, grid, 5 * s + k),
                           *m = sample_exp(context, grid, log_m);
                    double *w = sample_noise(context, grid, i), *v = sample_noise(context, grid, i + 50);
                    double *Kw = sample_zero(context, grid), *Kv = sample_zero(context, grid);
                    gz_mobility *mobility = make(grid, KERNELS[i], KAPPAS[k], order, "fft", log_m, m);
                    gz_mobility_apply(mobility, w, Kw);
                    gz_mobility_apply(mobility, v, Kv);
                    double wKv = 0, vKw = 0, wKw = 0, size = 0, largest = 0;
                    for (size_t p = 0; p < n; p++) {
                        wKv += w[p] * Kv[p];
                        vKw += v[p] * Kw[p];
                        wKw += w[p] * Kw[p];
                        size += fabs(w[p] * Kv[p]);
                        largest = fmax(largest, fabs(Kw[p]));
                    }
                    cr_assert_lt(fabs(wKv - vKw), 1e-13 * size);
                    cr_assert_gt(wKw, 0);
                    for (int phi = 0; phi <= grid->velocity_dim + 1; phi++) {
                        double worst = 0, scale = 0;
                        for (size_t p = 0; p < n; p++) {
                            if (phi == 0)
                                w[p] = sample_uniform(99, p / nodes);
                            else if (phi <= grid->velocity_dim)
                                w[p] = grid->node_velocity[phi - 1][p % nodes];
                            else
                                w[p] = grid->node_energy[p % nodes];
                            scale = fmax(scale, fabs(w[p]));
                        }
                        gz_mobility_apply(mobility, w, Kw);
                        for (size_t p = 0; p < n; p++) worst = fmax(worst, fabs(Kw[p]));
                        cr_assert_lt(worst, 1e-12 * scale * largest,
                                     "shape %zu kappa %zu kernel %zu phi %d: %g", s, k, i, phi,
                                     worst / (scale * largest));
                    }
                    gz_mobility_destroy(mobility);
                    double *all[] = {log_m, m, w, v, Kw, Kv};
                    for (size_t j = 0; j < 6; j++) gz_release(all[j]);
                    gz_phase_grid_destroy(grid);
                }
}

/* K does not depend on the number of threads, up to round-off, since FFT plans may differ. A local
 * application by cells equals the shared one. */
Test(mobility, does_not_depend_on_the_number_of_threads) {
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
        double *reference = NULL;
        for (int threads = 1; threads <= 4; threads++) {
            gz_context *other = NULL;
            cr_assert_eq(gz_context_create(threads, &other), GZ_OK);
            const size_t *shape = SHAPES[s];
            gz_phase_grid *grid = sample_grid(other, (int)shape[0], (int)shape[1], shape[2], shape[3], 4);
            double *log_m = sample_log_density(other, grid, s), *m = sample_exp(other, grid, log_m);
            double *w = sample_noise(other, grid, s), *out = sample_zero(other, grid),
                   *cells = sample_zero(other, grid);
            const gz_mobility_settings settings = {.kernel = KERNELS[2], .kappa = KAPPAS[1], .order = 4};
            gz_mobility *mobility = NULL;
            cr_assert_eq(gz_mobility_create(other, grid, &settings, &mobility), GZ_OK);
            gz_mobility_set_steepness(mobility, log_m);
            gz_mobility_set_density(mobility, m);
            gz_mobility_apply_local(mobility, w, out);
            for (size_t c = 0; c < grid->cell_count; c++)
                gz_mobility_apply_local_cell(mobility, c, (gz_team){0, 1}, w + c * grid->node_count,
                                             cells + c * grid->node_count);
            for (size_t p = 0; p < grid->size; p++) cr_assert_eq(cells[p], out[p]);
            gz_mobility_apply(mobility, w, out);
            if (!reference) {
                reference = out;
            } else {
                const double difference = relative_difference(grid->size, out, reference);
                cr_assert_lt(difference, 1e-14, "threads %d: %g", threads, difference);
                gz_release(out);
            }
            double *all[] = {log_m, m, w, cells};
            for (size_t j = 0; j < 4; j++) gz_release(all[j]);
            gz_mobility_destroy(mobility);
            gz_phase_grid_destroy(grid);
            gz_context_destroy(other);
        }
        gz_release(reference);
    }
}
