/* Mobility: the parts of the local part of K(m), read only, and its diagonal.
 *
 *   diag_j = sum_i sum_ab G_a[i,j] (h m T_ab)_i G_b[i,j] + sum_windows c S[i,j]^2
 *
 * A row of G_a and a row of G_b, a != b, have only their own node in common, and only one-sided end rows have
 * an entry there. Threads share the entries of the diagonal, so each row is added by every thread in whose
 * share it has entries.
 */
#include "mobility_internal.h"

#include <string.h>

/* The share of one thread: the entries begin..end-1 of the diagonal of a cell. */
typedef struct share {
    size_t begin, end;
    double *diagonal; /* of the whole cell */
} share;

/* Those of the rows first..first+count-1 whose entry `distance` further on lies in the share: *first becomes
 * the first of them, and the row behind the last is returned. */
static ptrdiff_t rows_in_share(const share *own, ptrdiff_t distance, ptrdiff_t *first, ptrdiff_t count) {
    const ptrdiff_t to = *first + distance, begin = (ptrdiff_t)own->begin, end = (ptrdiff_t)own->end;
    *first = (to > begin ? to : begin) - distance;
    return (to + count < end ? to + count : end) - distance;
}

/* diagonal[p + distance] += (narrow + wide theta)^2 (weight T)_p on `count` nodes. */
static void add_rows(const gz_cell_fields *f, const double *restrict T, const double *restrict theta,
                     double narrow, double wide, ptrdiff_t first, ptrdiff_t count, ptrdiff_t distance,
                     const share *own) {
    const double *restrict weight = f->weight;
    double *restrict to = own->diagonal;
    const ptrdiff_t end = rows_in_share(own, distance, &first, count);
    for (ptrdiff_t p = first; p < end; p++) {
        const double g = narrow + wide * theta[p];
        to[p + distance] += g * g * weight[p] * T[p];
    }
}

/* diagonal[p + distance] += square weight_p T_p, or square weight_p if T is NULL. */
static void add_same(double square, const double *restrict weight, const double *restrict T, ptrdiff_t first,
                     ptrdiff_t count, ptrdiff_t distance, const share *own) {
    double *restrict to = own->diagonal;
    const ptrdiff_t end = rows_in_share(own, distance, &first, count);
    for (ptrdiff_t p = first; p < end; p++) to[p + distance] += square * weight[p] * (T ? T[p] : 1);
}

/* Add the rows of one line of nodes, or of `stride` lines side by side, which begin at node `first`. */
static void add_line(const gz_mobility *k, const gz_cell_fields *f, int a, ptrdiff_t first,
                     const share *own) {
    const gz_derivative *g = &k->derivative;
    const ptrdiff_t n = (ptrdiff_t)k->grid->nodes, s = (ptrdiff_t)k->grid->stride[a],
                    last = first + (n - 1) * s, reach = (ptrdiff_t)g->reach,
                    degree = (ptrdiff_t)g->saw_degree;
    const double *T = f->tensor[gz_pair_index(k->grid->velocity_dim, a, a)],
                 *theta = f->theta[a] ? f->theta[a] : k->stencil.wide[a];
    for (ptrdiff_t j = 1; j <= reach; j++) {
        const double narrow = j == 1 ? g->narrow : 0, wide = g->wide[j - 1] - narrow;
        add_rows(f, T, theta, narrow, wide, first + j * s, (n - 2 * j) * s, j * s, own);
        add_rows(f, T, theta, narrow, wide, first + j * s, (n - 2 * j) * s, -j * s, own);
    }
    for (ptrdiff_t j = 0; j < 3; j++) {
        add_same(g->end[j] * g->end[j], f->weight, T, first, s, j * s, own);
        add_same(g->end[j] * g->end[j], f->weight, T, last, s, -j * s, own);
    }
    for (ptrdiff_t j = 0; j <= degree; j++)
        add_same(g->saw[j] * g->saw[j], f->sawtooth[a], NULL, first, (n - degree) * s, j * s, own);
}

/* Add the products of two axes at nodes that are ends of lines of both; in d = 3 there are four for every index of the
 * third axis. */
static void add_corners(const gz_mobility *k, const gz_cell_fields *f, int a, int b, const share *own) {
    const gz_phase_grid *grid = k->grid;
    const int d = grid->velocity_dim;
    const size_t last = grid->nodes - 1, count = d == 3 ? grid->nodes : 1,
                 step = d == 3 ? grid->stride[3 - a - b] : 0;
    const double *T = f->tensor[gz_pair_index(d, a, b)], square = k->derivative.end[0] * k->derivative.end[0];
    for (size_t i = 0; i < count; i++)
        for (int corner = 0; corner < 4; corner++) {
            const bool end_a = corner & 1, end_b = corner & 2;
            const size_t p =
                i * step + (end_a ? last * grid->stride[a] : 0) + (end_b ? last * grid->stride[b] : 0);
            const double sign = end_a == end_b ? 1 : -1;
            if (p >= own->begin && p < own->end) own->diagonal[p] += 2 * sign * square * f->weight[p] * T[p];
        }
}

static void diagonal_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    const gz_phase_grid *grid = k->grid;
    const gz_cell_fields fields = gz_cell_fields_at(grid, in, cell);
    const size_t row = grid->stride[0];
    const share own = {rows.begin * row, rows.end * row, (double *)out + cell * grid->node_count};
    memset(own.diagonal + own.begin, 0, (own.end - own.begin) * sizeof *own.diagonal);
    for (int a = 0; a < grid->velocity_dim; a++) {
        const size_t block = grid->nodes * grid->stride[a];
        for (size_t first = a == 0 ? 0 : own.begin; first < own.end; first += block)
            add_line(k, &fields, a, (ptrdiff_t)first, &own);
        for (int b = a + 1; b < grid->velocity_dim; b++) add_corners(k, &fields, a, b, &own);
    }
}

const double *gz_mobility_local_diagonal(gz_mobility *k) {
    if (k->has_diagonal) return k->diagonal;
    const gz_cell_fields form = gz_mobility_form(k);
    gz_mobility_for_blocks(k, diagonal_task, &form, k->diagonal);
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

const gz_lattice_kernel *gz_mobility_lattice(const gz_mobility *k) {
    return &k->lattice;
}

const double *gz_mobility_potential(const gz_mobility *k) {
    return k->phi;
}

const gz_null_space *gz_mobility_null_space(const gz_mobility *k) {
    return &k->null_space;
}

double gz_mobility_rate(const gz_mobility *k, size_t cell, size_t other) {
    return k->settings.rates
        .value[gz_phase_grid_species(k->grid, cell)][gz_phase_grid_species(k->grid, other)];
}

double *gz_mobility_scratch(gz_mobility *k, int axis) {
    return k->drift[axis];
}

size_t gz_mobility_applications(const gz_mobility *k) {
    return k->applications;
}

size_t gz_mobility_setups(const gz_mobility *k) {
    return k->setups;
}
