/* Mobility: what the local part of K(m) is made of, read only, and its diagonal.
 *
 *   diag_j = sum_i sum_ab G_a[i,j] (h m T_ab)_i G_b[i,j] + sum_windows c S[i,j]^2
 *
 * Rows of different axes share only the node itself, and only one-sided end rows have an entry there.
 */
#include "mobility_internal.h"

#include <string.h>

/* diagonal[p + distance] += (narrow + wide theta)^2 (weight T)_p on `count` nodes. */
static void add_rows(const gz_cell_fields *f, const double *restrict T, const double *restrict theta,
                     double narrow, double wide, size_t first, size_t count, ptrdiff_t distance,
                     double *restrict diagonal) {
    const double *restrict weight = f->weight;
    double *restrict to = diagonal + distance;
    for (size_t p = first; p < first + count; p++) {
        const double g = narrow + wide * theta[p];
        to[p] += g * g * weight[p] * T[p];
    }
}

/* The rows of one line of nodes, or of `stride` lines side by side, that begin at node `first`. */
static void add_line(const gz_mobility *k, const gz_cell_fields *f, int a, size_t first, double *diagonal) {
    const gz_derivative *g = &k->derivative;
    const size_t n = k->grid->nodes, s = k->grid->stride[a], last = first + (n - 1) * s;
    const double *T = f->tensor[gz_pair_index(k->grid->velocity_dim, a, a)],
                 *theta = f->theta[a] ? f->theta[a] : k->stencil.wide[a];
    for (size_t j = 1; j <= g->reach; j++) {
        const double narrow = j == 1 ? g->narrow : 0;
        const ptrdiff_t distance = (ptrdiff_t)(j * s);
        add_rows(f, T, theta, narrow, g->wide[j - 1] - narrow, first + j * s, (n - 2 * j) * s, distance,
                 diagonal);
        add_rows(f, T, theta, narrow, g->wide[j - 1] - narrow, first + j * s, (n - 2 * j) * s, -distance,
                 diagonal);
    }
    for (size_t j = 0; j < 3; j++)
        for (size_t p = 0; p < s; p++) {
            const size_t p1 = first + p, p2 = last + p;
            diagonal[p1 + j * s] += g->end[j] * g->end[j] * f->weight[p1] * T[p1];
            diagonal[p2 - j * s] += g->end[j] * g->end[j] * f->weight[p2] * T[p2];
        }
    for (size_t j = 0; j <= g->saw_degree; j++) {
        const double square = g->saw[j] * g->saw[j];
        for (size_t p = first; p < first + (n - g->saw_degree) * s; p++)
            diagonal[p + j * s] += square * f->sawtooth[a][p];
    }
}

/* -1 at the first node of a line of axis a, 1 at its last, else 0. */
static double end_of(const gz_phase_grid *grid, size_t node, int a) {
    const size_t i = gz_phase_grid_node_index(grid, node, a);
    return i == 0 ? -1 : i == grid->nodes - 1;
}

/* Two axes at nodes that are ends of both. */
static void add_corners(const gz_mobility *k, const gz_cell_fields *f, int a, int b, double *diagonal) {
    const gz_phase_grid *grid = k->grid;
    const double *T = f->tensor[gz_pair_index(grid->velocity_dim, a, b)],
                 square = k->derivative.end[0] * k->derivative.end[0];
    for (size_t p = 0; p < grid->node_count; p++) {
        const double sign = end_of(grid, p, a) * end_of(grid, p, b);
        if (sign != 0) diagonal[p] += 2 * sign * square * f->weight[p] * T[p];
    }
}

const double *gz_mobility_local_diagonal(gz_mobility *k) {
    if (k->has_diagonal) return k->diagonal;
    const gz_phase_grid *grid = k->grid;
    const gz_cell_fields form = gz_mobility_form(k);
    memset(k->diagonal, 0, grid->size * sizeof *k->diagonal);
#pragma omp parallel for num_threads(gz_context_threads(k->context)) schedule(static)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const gz_cell_fields fields = gz_cell_fields_at(grid, &form, cell);
        double *own = k->diagonal + cell * grid->node_count;
        for (int a = 0; a < grid->velocity_dim; a++) {
            for (size_t first = 0; first < grid->node_count; first += grid->nodes * grid->stride[a])
                add_line(k, &fields, a, first, own);
            for (int b = a + 1; b < grid->velocity_dim; b++) add_corners(k, &fields, a, b, own);
        }
    }
    k->has_diagonal = true;
    return k->diagonal;
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
