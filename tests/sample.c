/* Sample data for the tests. See sample.h. */
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>

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

/* log of a Maxwellian with waves in x whose parameters come from the seed. */
static double log_bump(const gz_phase_grid *grid, size_t cell, size_t node, size_t seed) {
    double phase = sample_uniform(seed, 0);
    for (int a = 0; a < grid->space_dim; a++)
        phase += floor(1 + 2 * sample_uniform(seed, 1 + (size_t)a)) * gz_phase_grid_position(grid, cell, a);
    const double c = cos(8 * atan(1) * phase), s = sin(8 * atan(1) * phase);
    double exponent = log(0.3 + sample_uniform(seed, 4)) + log(1 + 0.4 * sample_uniform(seed, 5) * c);
    for (int a = 0; a < grid->velocity_dim; a++) {
        const double shift =
            1.6 * sample_uniform(seed, 6 + (size_t)a) - 0.8 + 0.3 * s * sample_uniform(seed, 9);
        const double T =
            (0.6 + 0.7 * sample_uniform(seed, 10 + (size_t)a)) * (1 + 0.2 * c * sample_uniform(seed, 13));
        const double v = grid->node_velocity[a][node] - shift;
        exponent -= v * v / (2 * T) + 0.5 * log(8 * atan(1) * T);
    }
    return exponent;
}

double *sample_log_density(gz_context *context, const gz_phase_grid *grid, size_t seed) {
    double *log_f = sample_zero(context, grid);
    for (size_t cell = 0; cell < grid->cell_count; cell++)
        for (size_t node = 0; node < grid->node_count; node++) {
            const double a = log_bump(grid, cell, node, 2 * seed),
                         b = log_bump(grid, cell, node, 2 * seed + 1);
            log_f[cell * grid->node_count + node] = fmax(a, b) + log1p(exp(-fabs(a - b)));
        }
    return log_f;
}

double *sample_exp(gz_context *context, const gz_phase_grid *grid, const double *log_f) {
    double *f = sample_zero(context, grid);
    for (size_t i = 0; i < grid->size; i++) f[i] = exp(log_f[i]);
    return f;
}
