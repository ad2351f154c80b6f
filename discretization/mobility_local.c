/* Mobility: what the local part of K(m) is made of, read only, and its diagonal.
 *
 *   diag_j = sum_i sum_ab G_a[i,j] (h m T_ab)_i G_b[i,j] + sum_windows c S[i,j]^2
 */
#include "mobility_internal.h"

#include <string.h>

/* Contributions of row i of all axes; G_a and G_b of different axes share only the node itself (in end rows).
 */
static void add_node(const gz_mobility *k, size_t cell, size_t node, double *diagonal) {
    const int d = k->grid->velocity_dim;
    const size_t shift = cell * k->grid->node_count;
    double own[GZ_MAX_DIM] = {0};
    for (int a = 0; a < d; a++) {
        ptrdiff_t offset[GZ_MAX_STENCIL];
        double g[GZ_MAX_STENCIL];
        const double *theta = k->theta[a] ? k->theta[a] + shift : NULL;
        const size_t count = gz_derivative_row(&k->derivative, a, theta, node, offset, g);
        const double weight = k->weight[shift + node] * k->tensor[gz_pair_index(d, a, a)][shift + node];
        for (size_t j = 0; j < count; j++) {
            diagonal[(ptrdiff_t)node + offset[j]] += weight * g[j] * g[j];
            if (offset[j] == 0) own[a] = g[j];
        }
        const double c = k->sawtooth[a][shift + node];
        if (c > 0)
            for (size_t j = 0; j <= k->derivative.saw_degree; j++)
                diagonal[node + j * k->grid->stride[a]] += c * k->derivative.saw[j] * k->derivative.saw[j];
    }
    for (int a = 0; a < d; a++)
        for (int b = a + 1; b < d; b++)
            diagonal[node] += 2 * own[a] * own[b] * k->weight[shift + node] *
                              k->tensor[gz_pair_index(d, a, b)][shift + node];
}

void gz_mobility_local_diagonal(gz_mobility *k, double *diagonal) {
    const size_t nodes = k->grid->node_count;
    memset(diagonal, 0, k->grid->size * sizeof *diagonal);
#pragma omp parallel for num_threads(gz_context_threads(k->context)) schedule(static)
    for (size_t cell = 0; cell < k->grid->cell_count; cell++)
        for (size_t node = 0; node < nodes; node++) add_node(k, cell, node, diagonal + cell * nodes);
}

const gz_phase_grid *gz_mobility_grid(const gz_mobility *k) {
    return k->grid;
}

const gz_derivative *gz_mobility_derivative(const gz_mobility *k) {
    return &k->derivative;
}

const double *gz_mobility_theta(const gz_mobility *k, int axis) {
    return k->theta[axis];
}

const double *gz_mobility_weight(const gz_mobility *k) {
    return k->weight;
}

const double *gz_mobility_tensor(const gz_mobility *k, int a, int b) {
    return k->tensor[gz_pair_index(k->grid->velocity_dim, a, b)];
}

const double *gz_mobility_sawtooth(const gz_mobility *k, int axis) {
    return k->sawtooth[axis];
}

const gz_mobility_settings *gz_mobility_get_settings(const gz_mobility *k) {
    return &k->settings;
}

const gz_lattice_interaction *gz_mobility_lattice(const gz_mobility *k) {
    return &k->lattice;
}

size_t gz_mobility_applications(const gz_mobility *k) {
    return k->applications;
}

size_t gz_mobility_setups(const gz_mobility *k) {
    return k->setups;
}
