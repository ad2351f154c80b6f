/* Sample data for the tests: all of them depend on a seed or a step only. */
#include "sample.h"

#include "streaming.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

/* splitmix64 */
double sample_uniform(size_t seed, size_t index) {
    uint64_t z = (uint64_t)seed * 0x9E3779B97F4A7C15u + ((uint64_t)index + 1) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

gz_phase_grid *sample_grid(gz_context *context, int space_dim, int velocity_dim, size_t cells, size_t nodes,
                           double half_width) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = velocity_dim,
                                             .cells = {cells, cells, cells},
                                             .length = {1, 1, 1},
                                             .nodes = nodes,
                                             .half_width = half_width};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK, "%s", gz_context_message(context));
    return grid;
}

double *sample_zero(gz_context *context, const gz_phase_grid *grid) {
    double *field = NULL;
    cr_assert_eq(gz_allocate(context, grid->size, sizeof *field, &field), GZ_OK);
    return field;
}

double *sample_noise(gz_context *context, const gz_phase_grid *grid, size_t seed) {
    double *field = sample_zero(context, grid);
    for (size_t i = 0; i < grid->size; i++) field[i] = 2 * sample_uniform(seed, i) - 1;
    return field;
}

double *sample_exp(gz_context *context, const gz_phase_grid *grid, const double *log_f) {
    double *f = sample_zero(context, grid);
    for (size_t i = 0; i < grid->size; i++) f[i] = exp(log_f[i]);
    return f;
}

void sample_check_shift(gz_context *context, const gz_phase_grid *grid, double t, const double *log_f) {
    double *first = NULL;
    for (int threads = 1; threads <= 3; threads++) {
        gz_context *with = NULL;
        gz_streaming *streaming = NULL;
        cr_assert_eq(gz_context_create(threads, &with), GZ_OK);
        cr_assert_eq(gz_streaming_create(with, grid, &streaming), GZ_OK);
        double *moved = sample_zero(context, grid);
        memcpy(moved, log_f, grid->size * sizeof *moved);
        const size_t allocations = gz_context_allocations(with);
        gz_streaming_apply(streaming, t, moved);
        cr_assert_eq(gz_context_allocations(with), allocations);
        if (!first) first = moved;
        cr_assert_eq(memcmp(moved, first, grid->size * sizeof *moved), 0);
        if (moved != first) gz_release(moved);
        gz_streaming_destroy(streaming);
        gz_context_destroy(with);
    }
    gz_release(first);
}

size_t sample_streaming_failures(gz_context *context, const gz_phase_grid *grid) {
    gz_streaming *streaming = NULL;
    for (size_t n = 1;; n++) {
        gz_context_fail_allocation(context, n);
        const gz_status status = gz_streaming_create(context, grid, &streaming);
        gz_context_fail_allocation(context, 0);
        if (status == GZ_OK) {
            gz_streaming_destroy(streaming);
            return n - 1;
        }
        cr_assert_eq(status, GZ_ERROR_MEMORY);
        cr_assert_null(streaming);
    }
}
