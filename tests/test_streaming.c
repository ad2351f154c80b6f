/* Free streaming: exact shifts, inverses, exact masses and moments, far tails, the error of the entropy. */
#include "functionals.h"
#include "sample.h"
#include "streaming.h"

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

TestSuite(streaming, .init = open_context, .fini = close_context);

/* Tori with odd and even numbers of cells, and one with a single cell along an axis. */
static const gz_phase_grid_settings TORI[] = {
    {.space_dim = 1, .velocity_dim = 2, .cells = {9}, .length = {1.5}, .nodes = 9, .half_width = 3},
    {.space_dim = 1, .velocity_dim = 3, .cells = {8}, .length = {1}, .nodes = 7, .half_width = 3},
    {.space_dim = 2, .velocity_dim = 2, .cells = {7, 6}, .length = {1, 2}, .nodes = 9, .half_width = 3},
    {.space_dim = 2, .velocity_dim = 3, .cells = {8, 6}, .length = {0.7, 2}, .nodes = 5, .half_width = 3},
    {.space_dim = 3, .velocity_dim = 3, .cells = {4, 5, 6}, .length = {1, 2, 3}, .nodes = 5, .half_width = 3},
    {.space_dim = 3,
     .velocity_dim = 3,
     .cells = {5, 1, 5},
     .length = {1, 1, 3},
     .nodes = 5,
     .half_width = 3}};
enum { TORUS_COUNT = sizeof TORI / sizeof *TORI };

static gz_phase_grid *make_grid(const gz_phase_grid_settings *settings) {
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, settings, &grid), GZ_OK, "%s", gz_context_message(context));
    return grid;
}

static gz_streaming *make_streaming(const gz_phase_grid *grid) {
    gz_streaming *streaming = NULL;
    cr_assert_eq(gz_streaming_create(context, grid, &streaming), GZ_OK, "%s", gz_context_message(context));
    return streaming;
}

/* A repeatable number in [-1, 1]. */
static double noise(size_t i) {
    return 2 * sample_uniform(1, i) - 1;
}

static double maximum_of_row(const gz_phase_grid *grid, const double *log_f, size_t node) {
    double most = -INFINITY;
    for (size_t c = 0; c < grid->cell_count; c++) most = fmax(most, log_f[c * grid->node_count + node]);
    return most;
}

/* The mass of a velocity row in extended precision, divided by e^reference. */
static long double row_mass(const gz_phase_grid *grid, const double *log_f, size_t node, double reference) {
    long double sum = 0;
    for (size_t c = 0; c < grid->cell_count; c++)
        sum += expl((long double)log_f[c * grid->node_count + node] - reference);
    return sum;
}

/* A sum of plane waves below the unpaired mode and of unpaired modes of even axes, shifted by `moved`. The
 * unpaired modes are not shifted. */
static double waves(const gz_phase_grid *grid, size_t cell, const double moved[GZ_MAX_DIM], size_t node) {
    const double pi = 4 * atan(1);
    double value = 0.3 * noise(node), product = 0, staying = 0;
    for (int a = 0; a < grid->space_dim; a++) {
        const double x = gz_phase_grid_position(grid, cell, a) - moved[a];
        const double i = (double)gz_phase_grid_cell_index(grid, cell, a);
        if (grid->cells[a] > 1) value += 0.5 * cos(2 * pi * x / grid->length[a] + a);
        if (grid->cells[a] > 4) value += 0.2 * sin(4 * pi * x / grid->length[a]);
        if (grid->cells[a] > 1) product += 2 * pi * (a % 2 ? -x : x) / grid->length[a];
        if (grid->cells[a] % 2 == 0) staying += 0.1 * cos(pi * i);
    }
    double mixed = 0; /* unpaired along axis 0, moving along axis 1 */
    if (grid->space_dim > 1 && grid->cells[0] % 2 == 0) {
        const double y = gz_phase_grid_position(grid, cell, 1) - moved[1];
        mixed = 0.1 * cos(pi * (double)gz_phase_grid_cell_index(grid, cell, 0)) *
                cos(2 * pi * y / grid->length[1]);
    }
    return value + 0.3 * cos(product) + staying + mixed;
}

/* The bound is 1e-13, since a transform of <= 125 cells of size 2 loses a few eps. */
Test(streaming, band_limited_data_are_shifted_exactly) {
    for (size_t k = 0; k < TORUS_COUNT; k++) {
        gz_phase_grid *grid = make_grid(&TORI[k]);
        gz_streaming *streaming = make_streaming(grid);
        double *log_f = sample_zero(context, grid), *exact = sample_zero(context, grid);
        const double t = 0.173, here[GZ_MAX_DIM] = {0};
        for (size_t p = 0; p < grid->size; p++) {
            const size_t cell = p / grid->node_count, node = p % grid->node_count;
            double moved[GZ_MAX_DIM] = {0};
            for (int a = 0; a < grid->space_dim; a++) moved[a] = grid->node_velocity[a][node] * t;
            log_f[p] = waves(grid, cell, here, node);
            exact[p] = waves(grid, cell, moved, node);
        }
        for (size_t node = 0; node < grid->node_count; node++) {
            const double raise =
                (double)logl(row_mass(grid, log_f, node, 0) / row_mass(grid, exact, node, 0));
            for (size_t c = 0; c < grid->cell_count; c++) exact[c * grid->node_count + node] += raise;
        }
        gz_streaming_apply(streaming, t, log_f);
        double worst = 0;
        for (size_t p = 0; p < grid->size; p++) worst = fmax(worst, fabs(log_f[p] - exact[p]));
        cr_assert_lt(worst, 1e-13, "torus %zu: %g", k, worst);
        gz_release(log_f);
        gz_release(exact);
        gz_streaming_destroy(streaming);
        gz_phase_grid_destroy(grid);
    }
}

/* The linear shift, of a field of any sign, moves the same waves. It has no row masses to restore. */
Test(streaming, linear_shift_is_exact_and_keeps_every_row_s_sum) {
    for (size_t k = 0; k < TORUS_COUNT; k++) {
        gz_phase_grid *grid = make_grid(&TORI[k]);
        gz_streaming *streaming = make_streaming(grid);
        double *f = sample_zero(context, grid), *exact = sample_zero(context, grid);
        const double t = 0.173, here[GZ_MAX_DIM] = {0};
        for (size_t p = 0; p < grid->size; p++) {
            const size_t cell = p / grid->node_count, node = p % grid->node_count;
            double moved[GZ_MAX_DIM] = {0};
            for (int a = 0; a < grid->space_dim; a++) moved[a] = grid->node_velocity[a][node] * t;
            f[p] = waves(grid, cell, here, node);
            exact[p] = waves(grid, cell, moved, node);
        }
        gz_streaming_apply_linear(streaming, t, f);
        for (size_t p = 0; p < grid->size; p++) cr_assert_float_eq(f[p], exact[p], 1e-13);
        for (size_t p = 0; p < grid->size; p++) exact[p] = f[p] = noise(p);
        gz_streaming_apply_linear(streaming, t, f);
        for (size_t node = 0; node < grid->node_count; node++) {
            double before = 0, after = 0;
            for (size_t c = 0; c < grid->cell_count; c++) {
                before += exact[c * grid->node_count + node];
                after += f[c * grid->node_count + node];
            }
            cr_assert_float_eq(before, after, 1e-14 * (double)grid->cell_count);
        }
        for (size_t p = 0; p < grid->size; p++) exact[p] = f[p] = noise(p % grid->node_count);
        gz_streaming_apply_linear(streaming, t, f);
        cr_assert_arr_eq(f, exact, grid->size * sizeof *f, "rows that do not depend on x stay, torus %zu", k);
        gz_release(f);
        gz_release(exact);
        gz_streaming_destroy(streaming);
        gz_phase_grid_destroy(grid);
    }
}

/* With h t = dx, velocity k h moves any data by k cells: for odd numbers of cells, a permutation. */
Test(streaming, a_shift_by_whole_cells_permutes_rough_data) {
    const gz_phase_grid_settings settings = {
        .space_dim = 2, .velocity_dim = 2, .cells = {7, 5}, .length = {7, 5}, .nodes = 9, .half_width = 4};
    gz_phase_grid *grid = make_grid(&settings);
    gz_streaming *streaming = make_streaming(grid);
    double *log_f = sample_zero(context, grid), *before = sample_zero(context, grid);
    for (size_t p = 0; p < grid->size; p++) before[p] = log_f[p] = 5 * noise(p);
    gz_streaming_apply(streaming, 1, log_f);
    for (size_t i = 0; i < 7; i++)
        for (size_t j = 0; j < 5; j++)
            for (size_t node = 0; node < grid->node_count; node++) {
                const size_t v1 = gz_phase_grid_node_index(grid, node, 0),
                             v2 = gz_phase_grid_node_index(grid, node, 1);
                const size_t from = (i + 7 + 4 - v1) % 7 * 5 + (j + 5 + 4 - v2) % 5;
                cr_assert_float_eq(log_f[(i * 5 + j) * grid->node_count + node],
                                   before[from * grid->node_count + node], 3e-14);
            }
    gz_release(log_f);
    gz_release(before);
    gz_streaming_destroy(streaming);
    gz_phase_grid_destroy(grid);
}

/* Rough data over 1500 powers of e: shifts stay finite, invert, and keep the mass of each row. This mass
 * cannot be more accurate than the rounding of log f itself, eps |log f|. */
Test(streaming, inverts_and_keeps_every_row_s_mass_down_to_the_far_tail) {
    for (size_t k = 0; k < TORUS_COUNT; k++) {
        gz_phase_grid *grid = make_grid(&TORI[k]);
        gz_streaming *streaming = make_streaming(grid);
        double *log_f = sample_zero(context, grid), *before = sample_zero(context, grid);
        const double level[3] = {-690, -1500, 2}; /* e^-1500 underflows, its logarithm does not */
        for (size_t p = 0; p < grid->size; p++) {
            const size_t node = p % grid->node_count;
            before[p] = log_f[p] = level[node % 3] + 3 * noise(p + 1000);
        }
        gz_streaming_apply(streaming, 0.37, log_f);
        for (size_t node = 0; node < grid->node_count; node++) {
            const double most = maximum_of_row(grid, before, node);
            const long double old = row_mass(grid, before, node, most),
                              new = row_mass(grid, log_f, node, most);
            cr_assert_leq(fabsl(new / old - 1), DBL_EPSILON * (fabs(most) + 20), "torus %zu row %zu: %Lg", k,
                          node, new / old - 1);
        }
        gz_streaming_apply(streaming, -0.37, log_f);
        double worst = 0;
        for (size_t p = 0; p < grid->size; p++) worst = fmax(worst, fabs(log_f[p] - before[p]));
        cr_assert_lt(worst, 2e-12, "torus %zu: %g", k, worst); /* a few rounding errors of 1500 */
        gz_release(log_f);
        gz_release(before);
        gz_streaming_destroy(streaming);
        gz_phase_grid_destroy(grid);
    }
}

Test(streaming, uniform_rows_zero_time_and_single_cells_are_untouched) {
    for (size_t k = 0; k < TORUS_COUNT; k++) {
        gz_phase_grid *grid = make_grid(&TORI[k]);
        gz_streaming *streaming = make_streaming(grid);
        double *log_f = sample_zero(context, grid), *before = sample_zero(context, grid);
        for (size_t p = 0; p < grid->size; p++)
            before[p] = log_f[p] =
                3 * noise(p % grid->node_count) - 50 * grid->node_energy[p % grid->node_count];
        gz_streaming_apply(streaming, 0.7, log_f);
        cr_assert_eq(memcmp(log_f, before, grid->size * sizeof *log_f), 0);
        for (size_t p = 0; p < grid->size; p++) before[p] = log_f[p] = noise(p);
        gz_streaming_apply(streaming, 0, log_f);
        cr_assert_eq(memcmp(log_f, before, grid->size * sizeof *log_f), 0);
        gz_release(log_f);
        gz_release(before);
        gz_streaming_destroy(streaming);
        gz_phase_grid_destroy(grid);
    }
    const gz_phase_grid_settings still[] = {
        {.velocity_dim = 2, .nodes = 9, .half_width = 3},
        {.space_dim = 2, .velocity_dim = 2, .cells = {1, 1}, .length = {1, 1}, .nodes = 9, .half_width = 3}};
    for (size_t k = 0; k < 2; k++) {
        gz_phase_grid *grid = make_grid(&still[k]);
        gz_streaming *streaming = make_streaming(grid);
        double *log_f = sample_zero(context, grid), *before = sample_zero(context, grid);
        for (size_t p = 0; p < grid->size; p++) before[p] = log_f[p] = noise(p);
        gz_streaming_apply(streaming, 0.7, log_f);
        cr_assert_eq(memcmp(log_f, before, grid->size * sizeof *log_f), 0);
        gz_release(log_f);
        gz_release(before);
        gz_streaming_destroy(streaming);
        gz_phase_grid_destroy(grid);
    }
}

/* A Maxwellian with waves in density, mean velocity and temperature along x1. */
static void wavy_maxwellian(const gz_phase_grid *grid, double *f, double *log_f) {
    const double two_pi = 8 * atan(1);
    for (size_t p = 0; p < grid->size; p++) {
        const size_t cell = p / grid->node_count, node = p % grid->node_count;
        const double phase = two_pi * gz_phase_grid_position(grid, cell, 0) / grid->length[0];
        const double rho = 1 + 0.4 * cos(phase), T = 1 + 0.2 * cos(phase);
        const double v1 = grid->node_velocity[0][node] - 0.3 * sin(phase), v2 = grid->node_velocity[1][node];
        log_f[p] = log(rho * sqrt(1.3) / (two_pi * T)) - (v1 * v1 + 1.3 * v2 * v2) / (2 * T);
        f[p] = exp(log_f[p]);
    }
}

/* H is kept to the accuracy of the shift: to 1.28e-6 with 8 cells and 8.1e-13 with 16, for the times below.
 * An independent program has measured this with the same datum. */
Test(streaming, moments_are_exact_and_entropy_is_spectrally_close) {
    const size_t cells[2] = {8, 16};
    const double bound[2] = {1.3e-6, 1e-12}, times[3] = {0.025, 0.05, 0.1};
    for (size_t k = 0; k < 2; k++)
        for (size_t j = 0; j < 3; j++) {
            const gz_phase_grid_settings settings = {.space_dim = 1,
                                                     .velocity_dim = 2,
                                                     .cells = {cells[k]},
                                                     .length = {1},
                                                     .nodes = 33,
                                                     .half_width = 5};
            gz_phase_grid *grid = make_grid(&settings);
            gz_streaming *streaming = make_streaming(grid);
            double *f = sample_zero(context, grid), *log_f = sample_zero(context, grid);
            wavy_maxwellian(grid, f, log_f);
            gz_moments before, after;
            gz_moments_of(grid, f, &before);
            const double entropy = gz_entropy(grid, f, log_f);
            gz_streaming_apply(streaming, times[j], log_f);
            for (size_t p = 0; p < grid->size; p++) f[p] = exp(log_f[p]);
            gz_moments_of(grid, f, &after);
            cr_assert_gt(after.f_min, 0);
            cr_assert_float_eq(after.mass, before.mass, 2e-15);
            cr_assert_float_eq(after.energy, before.energy, 4e-15 * before.energy);
            for (int a = 0; a < 2; a++) cr_assert_float_eq(after.momentum[a], before.momentum[a], 2e-15);
            for (int i = 0; i < 3; i++) cr_assert_float_eq(after.stress[i], before.stress[i], 4e-15);
            const double change = fabs(gz_entropy(grid, f, log_f) - entropy);
            cr_assert_lt(change, bound[k], "%zu cells, t = %g: %g", cells[k], times[j], change);
            gz_release(f);
            gz_release(log_f);
            gz_streaming_destroy(streaming);
            gz_phase_grid_destroy(grid);
        }
}

Test(streaming, threads_do_not_matter_and_nothing_is_allocated) {
    gz_phase_grid *grid = make_grid(&TORI[3]);
    double *log_f = sample_zero(context, grid);
    for (size_t p = 0; p < grid->size; p++) log_f[p] = 4 * noise(p);
    sample_check_shift(context, grid, 0.2, log_f);
    gz_release(log_f);
    gz_phase_grid_destroy(grid);
}

Test(streaming, failed_allocations_leave_nothing) {
    gz_phase_grid *grid = make_grid(&TORI[4]);
    cr_assert_eq(sample_streaming_failures(context, grid), 6);
    gz_streaming_destroy(NULL);
    gz_phase_grid_destroy(grid);
}
