/* The spectrum of the scaled mobility: null vectors, gap, and known eigenvalues. */
#include "dense_mobility.h"
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

TestSuite(spectrum, .init = open_context, .fini = close_context);

static gz_spectrum spectrum_of(gz_phase_grid *grid, gz_kernel kernel, gz_kappa kappa, int order,
                               const double *log_m) {
    const gz_mobility_settings settings = {.kernel = kernel, .kappa = kappa, .order = order};
    gz_mobility *mobility = NULL;
    gz_spectrum spectrum;
    double *m = sample_exp(context, grid, log_m);
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK);
    gz_mobility_set_steepness(mobility, log_m);
    gz_mobility_set_density(mobility, m);
    cr_assert_eq(gz_spectrum_init(context, mobility, &spectrum), GZ_OK, "%s", gz_context_message(context));
    gz_mobility_destroy(mobility);
    gz_release(m);
    return spectrum;
}

/* The null space has d + 2 vectors (homogeneous), nx + d + 1 (fuzzy) or nx (d + 2) (dirac); a gap follows. */
Test(spectrum, null_space_has_the_right_size) {
    const gz_kernel kernels[] = {{GZ_KERNEL_POWER, .gamma = -3, .strength = 1},
                                 {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
                                 {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},
                                 {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
    const struct {
        int space_dim, velocity_dim;
        size_t cells, nodes;
        gz_kappa kappa;
        size_t expected;
    } cases[] = {{0, 2, 1, 13, {.shape = GZ_KAPPA_UNIFORM}, 4},
                 {0, 3, 1, 7, {.shape = GZ_KAPPA_UNIFORM}, 5},
                 {1, 2, 4, 9, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2}, 4 + 3},
                 {1, 2, 4, 9, {.shape = GZ_KAPPA_DIRAC}, 4 * 4}};
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
            gz_phase_grid *grid = sample_grid(context, cases[k].space_dim, cases[k].velocity_dim,
                                              cases[k].cells, cases[k].nodes, 3);
            double *log_m = sample_log_density(context, grid, 8);
            gz_spectrum s = spectrum_of(grid, kernels[i], cases[k].kappa, 4, log_m);
            cr_log_info("kernel %zu case %zu: null %zu, largest of them %.1e, next %.3g, last %.3g, gap %.1e",
                        i, k, s.null_found, s.eigenvalue[s.null_found - 1], s.eigenvalue[s.null_found],
                        s.eigenvalue[s.size - 1], s.gap);
            cr_assert_eq(s.null_expected, cases[k].expected);
            cr_assert_eq(s.null_found, cases[k].expected, "kernel %zu case %zu: %zu", i, k, s.null_found);
            cr_assert_gt(s.gap, 1e6);
            const double residual = fmax(s.mass, fmax(s.momentum, s.energy));
            cr_assert_lt(residual, 1e-14, "%g", residual);
            gz_spectrum_free(&s);
            gz_release(log_m);
            gz_phase_grid_destroy(grid);
        }
}

/* gamma = 0, B = 1, d = 2 at the unit Maxwellian: the radial Laguerre mode k decays at 2 k (d-1) (cases.md
 * 2), traceless second moments at 4 d (cases.md 3), the heat flux at 4. The radial mode |v|^4 extends into
 * the tail and is the least accurate. */
Test(spectrum, eigenvalues_of_maxwell_molecules) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 33, 6);
    double *log_m = sample_zero(context, grid);
    for (size_t i = 0; i < grid->size; i++) log_m[i] = -grid->node_energy[i] / 2 - log(8 * atan(1));
    gz_spectrum s = spectrum_of(grid, (gz_kernel){GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
                                (gz_kappa){.shape = GZ_KAPPA_UNIFORM}, 6, log_m);
    cr_assert_eq(s.null_found, 4);
    cr_assert_float_eq(s.eigenvalue[4], 4, 1e-3);
    cr_assert_float_eq(s.eigenvalue[5], 4, 1e-3);
    cr_assert_float_eq(s.eigenvalue[6], 4, 0.05);
    double nearest = INFINITY;
    for (size_t i = 0; i < s.size; i++)
        if (fabs(s.eigenvalue[i] - 8) < fabs(nearest - 8)) nearest = s.eigenvalue[i];
    cr_assert_float_eq(nearest, 8, 1e-3);
    gz_spectrum_free(&s);
    gz_release(log_m);
    gz_phase_grid_destroy(grid);
}
