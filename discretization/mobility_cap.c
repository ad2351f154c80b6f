/* Capped mobility: m from log f and its velocity neighbours, node by node. */
#include "mobility_cap.h"

#include "mobility_internal.h"

#include <math.h>

static const double CAP = 4; /* up to this drop of log f to a neighbour, m = f */

/* The least log f of the velocity neighbours of a node. */
static double lowest_neighbour(const gz_phase_grid *grid, const double *log_f, size_t node) {
    double lowest = INFINITY;
    for (int a = 0; a < grid->velocity_dim; a++) {
        const size_t i = gz_phase_grid_node_index(grid, node, a);
        if (i > 0) lowest = fmin(lowest, log_f[node - grid->stride[a]]);
        if (i < grid->nodes - 1) lowest = fmin(lowest, log_f[node + grid->stride[a]]);
    }
    return lowest;
}

void gz_mobility_set_capped(gz_mobility *k, const double *log_f, double *m) {
    const gz_phase_grid *grid = k->grid;
    gz_mobility_set_steepness(k, log_f);
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->size; i++) {
        const size_t node = i % grid->node_count;
        const double drop = fmax(log_f[i] - lowest_neighbour(grid, log_f + (i - node), node), CAP);
        m[i] = exp(log_f[i]) * CAP / drop;
    }
    gz_mobility_set_density(k, m);
}
