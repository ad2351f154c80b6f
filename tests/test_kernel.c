/* Spatial kernels and their convolution along x: normalisation, symmetry, limits, direct sums. */
#include "kernel.h"
#include "sample.h"
#include "space_convolution.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(kernel, .init = open_context, .fini = close_context);

static const double PI = 3.14159265358979323846;

static gz_phase_grid *make_grid(int space_dim, gz_boundary boundary, size_t first_cells) {
    const gz_phase_grid_settings settings = {
        .space_dim = space_dim,
        .velocity_dim = space_dim > 2 ? 3 : 2,
        .cells = {first_cells, 4, 3},
        .length = {1.5, 1, 2},
        .boundary = boundary,
        .nodes = space_dim > 2 ? 5 : 7, /* the node count is no multiple of a block */
        .half_width = 4};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK, "%s", gz_context_message(context));
    return grid;
}

static double *make_kappa(const gz_phase_grid *grid, const gz_kappa *kappa) {
    size_t extent[GZ_MAX_DIM];
    double *values = NULL;
    cr_assert_eq(gz_allocate(context, gz_kappa_extent(grid, extent), sizeof *values, &values), GZ_OK);
    gz_kappa_values(kappa, grid, values);
    return values;
}

/* A function of the caller, with the factor *data. */
static double gaussian(double r, void *data) {
    return *(double *)data * exp(-2 * r * r);
}

static double seven = 7;

static const gz_kappa KAPPAS[] = {{.shape = GZ_KAPPA_UNIFORM},
                                  {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 0},
                                  {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                  {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2000},
                                  {.shape = GZ_KAPPA_SIGMA, .sigma = 1e-6},
                                  {.shape = GZ_KAPPA_SIGMA, .sigma = 0.1},
                                  {.shape = GZ_KAPPA_SIGMA, .sigma = 1e9},
                                  {.shape = GZ_KAPPA_FUNCTION, .function = gaussian, .data = &seven},
                                  {.shape = GZ_KAPPA_DIRAC}};
enum { KAPPA_COUNT = sizeof KAPPAS / sizeof *KAPPAS };

static double not_a_number(double r, void *data) {
    return r > *(double *)data ? NAN : 1;
}

static double negative(double r, void *data) {
    return r > *(double *)data ? -1 : 1;
}

static double near_only(double r, void *data) {
    return r > *(double *)data ? 0 : 1;
}

static double far_only(double r, void *data) {
    return r > *(double *)data ? 1 : 0;
}

Test(kernel, impossible_kappas_are_refused) {
    double reach = 0.5;
    const struct {
        gz_kappa kappa;
        const char *on_torus, *in_box; /* what the message says; NULL if the kappa is fine */
    } cases[] = {
        {{.shape = GZ_KAPPA_EXPONENTIAL, .k2 = -1}, "k2 is -1", "k2 is -1"},
        {{.shape = GZ_KAPPA_EXPONENTIAL, .k2 = NAN}, "k2 is nan", "k2 is nan"},
        {{.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2000}, NULL, "zero at x = x*"}, /* exp(-2000) */
        {{.shape = GZ_KAPPA_SIGMA, .sigma = 0}, "sigma is 0", "sigma is 0"},
        {{.shape = GZ_KAPPA_SIGMA, .sigma = INFINITY}, "sigma is inf", "sigma is inf"},
        {{.shape = GZ_KAPPA_TABLE}, "table is missing", "table is missing"},
        {{.shape = GZ_KAPPA_FUNCTION}, "function is missing", "function is missing"},
        {{.shape = GZ_KAPPA_FUNCTION, .function = not_a_number, .data = &reach},
         "nan at r = 0.6",
         "nan at r = 0.6"},
        {{.shape = GZ_KAPPA_FUNCTION, .function = negative, .data = &reach},
         "-1 at r = 0.6",
         "-1 at r = 0.6"},
        {{.shape = GZ_KAPPA_FUNCTION, .function = near_only, .data = &reach}, NULL, "zero at |x - x*| = 0.6"},
        {{.shape = GZ_KAPPA_FUNCTION, .function = far_only, .data = &reach},
         "zero at x = x*",
         "zero at x = x*"}};
    gz_phase_grid *grids[] = {make_grid(1, GZ_TORUS, 5), make_grid(1, GZ_BOX, 5)};
    for (int box = 0; box <= 1; box++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            const char *says = box ? cases[i].in_box : cases[i].on_torus;
            gz_space_convolution *convolution = NULL;
            const gz_status expected = says ? GZ_ERROR_SETTINGS : GZ_OK;
            cr_assert_eq(gz_kappa_check(context, grids[box], &cases[i].kappa), expected, "%zu", i);
            if (!says) continue;
            cr_assert_not_null(strstr(gz_context_message(context), says), "%s", gz_context_message(context));
            cr_assert_eq(gz_space_convolution_create(context, grids[box], &cases[i].kappa, &convolution),
                         GZ_ERROR_SETTINGS);
            cr_assert_null(convolution);
        }
        for (size_t k = 0; k < KAPPA_COUNT; k++)
            if (!box || KAPPAS[k].k2 < 700)
                cr_assert_eq(gz_kappa_check(context, grids[box], &KAPPAS[k]), GZ_OK);
        gz_phase_grid_destroy(grids[box]);
    }
}

/* --- kappa ---------------------------------------------------------------------------------------------- */

/* The squared distance of two cells: on the torus to the nearest image. */
static double distance2(const gz_phase_grid *grid, size_t i, size_t j) {
    double r2 = 0;
    for (int a = 0; a < grid->space_dim; a++) {
        double r = fabs(gz_phase_grid_position(grid, i, a) - gz_phase_grid_position(grid, j, a));
        if (grid->boundary == GZ_TORUS) r = fmin(r, grid->length[a] - r);
        r2 += r * r;
    }
    return r2;
}

/* kappa between two cells, relative to kappa between a cell and itself. */
static double relative_profile(const gz_kappa *kappa, double r2) {
    switch (kappa->shape) {
    case GZ_KAPPA_UNIFORM:
        return 1;
    case GZ_KAPPA_EXPONENTIAL:
        return exp(-kappa->k2 * (sqrt(1 + r2) - 1));
    case GZ_KAPPA_SIGMA:
        return exp(-(sqrt(1 + r2 / kappa->sigma) - 1));
    case GZ_KAPPA_FUNCTION:
        return exp(-2 * r2);
    default:
        return r2 > 0 ? 0 : 1;
    }
}

Test(kernel, kappa_on_the_torus_is_normalised_symmetric_and_has_its_shape) {
    for (int dx = 0; dx <= 3; dx++)
        for (size_t cells = 1; cells <= 6; cells++)
            for (size_t k = 0; k < KAPPA_COUNT; k++) {
                gz_phase_grid *grid = make_grid(dx, GZ_TORUS, cells);
                double *values = make_kappa(grid, &KAPPAS[k]);
                const size_t count = grid->cell_count;
                for (size_t i = 0; i < count; i++) {
                    double sum = 0;
                    const double own = gz_kappa_between(values, grid, i, i);
                    for (size_t j = 0; j < count; j++) {
                        const double kappa = gz_kappa_between(values, grid, i, j);
                        sum += kappa * grid->cell_volume;
                        cr_assert_eq(kappa, gz_kappa_between(values, grid, j, i));
                        cr_assert_float_eq(kappa, own * relative_profile(&KAPPAS[k], distance2(grid, i, j)),
                                           1e-12 * own);
                    }
                    cr_assert_float_eq(sum, 1, 2e-15);
                }
                gz_release(values);
                gz_phase_grid_destroy(grid);
            }
}

Test(kernel, kappa_in_a_box_is_the_bare_expression) {
    for (int dx = 1; dx <= 3; dx++)
        for (size_t cells = 1; cells <= 5; cells++)
            for (size_t k = 0; k < KAPPA_COUNT; k++) {
                gz_phase_grid *grid = make_grid(dx, GZ_BOX, cells);
                double *values = make_kappa(grid, &KAPPAS[k]), volume = 1;
                for (int a = 0; a < dx; a++) volume *= grid->length[a];
                const double own = KAPPAS[k].shape == GZ_KAPPA_UNIFORM       ? 1 / volume
                                   : KAPPAS[k].shape == GZ_KAPPA_EXPONENTIAL ? exp(-KAPPAS[k].k2)
                                   : KAPPAS[k].shape == GZ_KAPPA_DIRAC       ? 1 / grid->cell_volume
                                   : KAPPAS[k].shape == GZ_KAPPA_FUNCTION    ? seven
                                                                             : 1;
                for (size_t i = 0; i < grid->cell_count; i++)
                    for (size_t j = 0; j < grid->cell_count; j++)
                        cr_assert_float_eq(gz_kappa_between(values, grid, i, j),
                                           own * relative_profile(&KAPPAS[k], distance2(grid, i, j)),
                                           1e-12 * own);
                gz_release(values);
                gz_phase_grid_destroy(grid);
            }
}

/* sigma -> infinity and k2 -> 0 give uniform, sigma -> 0 and k2 -> infinity give dirac. */
Test(kernel, kappa_has_its_limits) {
    const size_t near_uniform[2] = {1, 6}, near_dirac[2] = {3, 4};
    for (int dx = 1; dx <= 3; dx++) {
        gz_phase_grid *grid = make_grid(dx, GZ_TORUS, 6);
        double *uniform = make_kappa(grid, &KAPPAS[0]), *dirac = make_kappa(grid, &KAPPAS[KAPPA_COUNT - 1]);
        for (size_t k = 0; k < 2; k++) {
            double *flat = make_kappa(grid, &KAPPAS[near_uniform[k]]),
                   *sharp = make_kappa(grid, &KAPPAS[near_dirac[k]]);
            for (size_t i = 0; i < grid->cell_count; i++) {
                cr_assert_float_eq(flat[i], uniform[i], 2e-9 * uniform[i]); /* |x|^2/sigma */
                cr_assert_float_eq(sharp[i], dirac[i], 1e-12 * dirac[0]);
            }
            gz_release(flat);
            gz_release(sharp);
        }
        cr_assert_float_eq(dirac[0] * grid->cell_volume, 1, 1e-15);
        gz_release(uniform);
        gz_release(dirac);
        gz_phase_grid_destroy(grid);
    }
    gz_phase_grid *grid = make_grid(2, GZ_TORUS, 6), *homogeneous = make_grid(0, GZ_TORUS, 6);
    for (size_t k = 0; k < KAPPA_COUNT; k++) {
        cr_assert_eq(gz_kappa_is_local(&KAPPAS[k], grid), k == KAPPA_COUNT - 1);
        cr_assert(gz_kappa_is_local(&KAPPAS[k], homogeneous));
    }
    gz_phase_grid_destroy(grid);
    gz_phase_grid_destroy(homogeneous);
}

/* --- convolution along x -------------------------------------------------------------------------------- */

static gz_space_convolution *make_convolution(gz_context *with, const gz_phase_grid *grid,
                                              const gz_kappa *kappa) {
    gz_space_convolution *convolution = NULL;
    cr_assert_eq(gz_space_convolution_create(with, grid, kappa, &convolution), GZ_OK, "%s",
                 gz_context_message(with));
    return convolution;
}

/* The bound is a few eps of the largest possible result. */
Test(kernel, convolution_is_the_direct_sum) {
    for (int dx = 0; dx <= 3; dx++)
        for (size_t cells = 1; cells <= 6; cells++)
            for (size_t k = 0; k < KAPPA_COUNT; k++)
                for (int box = 0; box <= 1; box++) {
                    if (box && KAPPAS[k].k2 > 700) continue; /* exp(-k2) = 0 is refused in a box */
                    gz_phase_grid *grid = make_grid(dx, box ? GZ_BOX : GZ_TORUS, cells);
                    double *values = make_kappa(grid, &KAPPAS[k]), *field = sample_noise(context, grid, k),
                           *out = sample_zero(context, grid);
                    const size_t nodes = grid->node_count;
                    double largest = 0;
                    for (size_t i = 0; i < grid->cell_count; i++) {
                        double row = 0;
                        for (size_t j = 0; j < grid->cell_count; j++) {
                            const double weight = gz_kappa_between(values, grid, i, j) * grid->cell_volume;
                            row += weight;
                            for (size_t node = 0; node < nodes; node++)
                                out[i * nodes + node] += weight * field[j * nodes + node];
                        }
                        largest = fmax(largest, row);
                    }
                    gz_space_convolution *convolution = make_convolution(context, grid, &KAPPAS[k]);
                    gz_space_convolution_apply(convolution, field);
                    for (size_t p = 0; p < grid->size; p++)
                        cr_assert_float_eq(field[p], out[p], 8 * DBL_EPSILON * largest,
                                           "dx %d cells %zu kappa %zu box %d", dx, cells, k, box);
                    gz_space_convolution_destroy(convolution);
                    gz_release(values);
                    gz_release(field);
                    gz_release(out);
                    gz_phase_grid_destroy(grid);
                }
}

/* A plane wave is multiplied by kappa's eigenvalue: 1 for mode 0; else 0 if uniform, 1 if dirac. */
Test(kernel, eigenvalue_is_the_symbol_of_the_convolution) {
    for (int dx = 1; dx <= 3; dx++)
        for (size_t k = 0; k < KAPPA_COUNT; k++) {
            gz_phase_grid *grid = make_grid(dx, GZ_TORUS, 6);
            double *wave = sample_zero(context, grid), *before = sample_zero(context, grid), *scratch = NULL;
            cr_assert_eq(gz_allocate(context, grid->cell_count, sizeof *scratch, &scratch), GZ_OK);
            gz_space_convolution *convolution = make_convolution(context, grid, &KAPPAS[k]);
            for (int first = 0; first < 6; first++) {
                const int mode[GZ_MAX_DIM] = {first, dx > 1 ? 1 : 0, dx > 2 ? 2 : 0};
                for (size_t p = 0; p < grid->size; p++) {
                    double phase = 0.3;
                    for (int a = 0; a < dx; a++)
                        phase += 2 * PI * mode[a] * gz_phase_grid_position(grid, p / grid->node_count, a) /
                                 grid->length[a];
                    before[p] = wave[p] = cos(phase);
                }
                gz_space_convolution_apply(convolution, wave);
                const double eigenvalue = gz_kappa_eigenvalue(&KAPPAS[k], grid, mode, scratch);
                const bool constant = dx == 1 && first == 0;
                if (constant) cr_assert_float_eq(eigenvalue, 1, 1e-14);
                if (k == 0 && !constant) cr_assert_float_eq(eigenvalue, 0, 1e-14);
                if (k == KAPPA_COUNT - 1) cr_assert_float_eq(eigenvalue, 1, 1e-14);
                cr_assert(eigenvalue <= 1 + 1e-14);
                for (size_t p = 0; p < grid->size; p++)
                    cr_assert_float_eq(wave[p], eigenvalue * before[p], 2e-15);
            }
            gz_space_convolution_destroy(convolution);
            gz_release(wave);
            gz_release(before);
            gz_release(scratch);
            gz_phase_grid_destroy(grid);
        }
}

Test(kernel, convolution_ignores_threads_and_survives_failed_allocations) {
    double *first = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        gz_context *with = NULL;
        cr_assert_eq(gz_context_create(threads, &with), GZ_OK);
        gz_phase_grid *grid = make_grid(2, GZ_BOX, 5);
        gz_space_convolution *convolution = make_convolution(with, grid, &KAPPAS[2]);
        double *field = sample_noise(context, grid, 1);
        const size_t allocations = gz_context_allocations(with);
        gz_space_convolution_apply(convolution, field);
        cr_assert_eq(gz_context_allocations(with), allocations);
        if (first) cr_assert_eq(memcmp(field, first, grid->size * sizeof *field), 0);
        if (first)
            gz_release(field);
        else
            first = field;
        gz_space_convolution_destroy(convolution);
        gz_phase_grid_destroy(grid);
        gz_context_destroy(with);
    }
    gz_release(first);
    gz_phase_grid *grid = make_grid(2, GZ_BOX, 5);
    gz_space_convolution *convolution = NULL;
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        gz_context_fail_allocation(context, n);
        const gz_status status = gz_space_convolution_create(context, grid, &KAPPAS[2], &convolution);
        gz_context_fail_allocation(context, 0);
        if (status == GZ_OK) break;
        cr_assert_eq(status, GZ_ERROR_MEMORY);
        cr_assert_null(convolution);
        failures++;
    }
    cr_assert_eq(failures, 5);
    gz_space_convolution_destroy(convolution);
    gz_space_convolution_destroy(NULL);
    gz_phase_grid_destroy(grid);
}
