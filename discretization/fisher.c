/* Fisher and cross-Fisher information: one loop over nodes in slices that depend on the grid alone, so that
 * the sums do not depend on the number of threads.
 */
#include "fisher.h"

#include "compensated_sum.h"

#include <math.h>

enum { SLICES = 64 };

/* G log f at a node of a cell whose fields start at `shift`. */
static void gradient(const gz_mobility *mobility, const double *log_f, size_t shift, size_t node, double *g) {
    const gz_derivative *derivative = gz_mobility_derivative(mobility);
    for (int a = 0; a < derivative->grid->velocity_dim; a++) {
        const double *theta = gz_mobility_theta(mobility, a);
        const gz_stencil_row row = gz_derivative_row(derivative, a, theta ? theta + shift : NULL, node);
        g[a] = gz_stencil_row_times(&row, log_f + shift + node);
    }
}

/* |g|^2 and |v x g|^2. */
static void squares(const gz_phase_grid *grid, size_t node, const double *g, double *square, double *cross) {
    *square = *cross = 0;
    for (int a = 0; a < grid->velocity_dim; a++) {
        *square += g[a] * g[a];
        for (int b = a + 1; b < grid->velocity_dim; b++) {
            const double q = grid->node_velocity[a][node] * g[b] - grid->node_velocity[b][node] * g[a];
            *cross += q * q;
        }
    }
}

gz_fisher gz_fisher_of(const gz_mobility *mobility, const double *f, const double *log_f) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const double gamma = gz_mobility_get_settings(mobility)->kernel.gamma;
    gz_sum information[SLICES] = {{0}}, cross[SLICES] = {{0}};
#pragma omp parallel for num_threads(grid->threads)
    for (size_t slice = 0; slice < SLICES; slice++)
        for (size_t i = slice * grid->size / SLICES; i < (slice + 1) * grid->size / SLICES; i++) {
            const size_t node = i % grid->node_count;
            double g[GZ_MAX_DIM], square, across;
            gradient(mobility, log_f, i - node, node, g);
            squares(grid, node, g, &square, &across);
            const double weight =
                grid->node_volume[node] * f[i] * pow(1 + grid->node_energy[node], gamma / 2);
            gz_sum_add(&information[slice], weight * square);
            gz_sum_add(&cross[slice], weight * across);
        }
    gz_sum all[2] = {{0}};
    for (size_t slice = 0; slice < SLICES; slice++) {
        gz_sum_add(&all[0], gz_sum_value(information[slice]));
        gz_sum_add(&all[1], gz_sum_value(cross[slice]));
    }
    gz_ranks_add_sums(grid->ranks, 2, all);
    return (gz_fisher){gz_sum_value(all[0]) * grid->cell_volume, gz_sum_value(all[1]) * grid->cell_volume};
}
