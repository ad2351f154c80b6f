/* Derivative: the coefficients, one row of G, and products as loops over rows. */
#include "derivative.h"

#include <math.h>

static const double WIDE[4][4] = {
    {1. / 2}, {2. / 3, -1. / 12}, {3. / 4, -3. / 20, 1. / 60}, {4. / 5, -1. / 5, 4. / 105, -1. / 280}};

gz_status gz_derivative_init(gz_context *context, const gz_phase_grid *grid, int order,
                             gz_derivative *derivative) {
    if (order != 2 && order != 4 && order != 6 && order != 8)
        return gz_fail(context, GZ_ERROR_SETTINGS, "order is %d; it must be 2, 4, 6 or 8", order);
    gz_derivative made = {.grid = grid, .reach = (size_t)order / 2};
    made.saw_degree = order > 4 ? (size_t)order - 1 : 3;
    if (grid->nodes < 2 * made.reach + 1 || grid->nodes < made.saw_degree + 2)
        return gz_fail(context, GZ_ERROR_SETTINGS, "nodes is %zu; order %d needs at least %zu nodes",
                       grid->nodes, order,
                       2 * made.reach + 1 > made.saw_degree + 2 ? 2 * made.reach + 1 : made.saw_degree + 2);
    const double h = grid->spacing;
    made.narrow = 0.5 / h;
    for (size_t k = 0; k < made.reach; k++) made.wide[k] = WIDE[made.reach - 1][k] / h;
    made.end[0] = -1.5 / h;
    made.end[1] = 2 / h;
    made.end[2] = -0.5 / h;
    double binomial = 1, scale = ldexp(1 / h, 1 - (int)made.saw_degree); /* 2/h over the mode's 2^r */
    for (size_t j = 0; j <= made.saw_degree; j++) {
        made.saw[j] = ((made.saw_degree - j) % 2 ? -binomial : binomial) * scale;
        binomial = binomial * (double)(made.saw_degree - j) / (double)(j + 1);
    }
    *derivative = made;
    return GZ_OK;
}

static gz_stencil_row end_row(const gz_derivative *g, ptrdiff_t inwards, double sign) {
    gz_stencil_row row = {.count = 3};
    for (ptrdiff_t j = 0; j < 3; j++) {
        row.offset[j] = j * inwards;
        row.coefficient[j] = sign * g->end[j];
    }
    return row;
}

gz_stencil_row gz_derivative_row(const gz_derivative *g, int axis, const double *theta, size_t node) {
    const size_t n = g->grid->nodes, i = gz_phase_grid_node_index(g->grid, node, axis);
    const ptrdiff_t s = (ptrdiff_t)g->grid->stride[axis];
    if (i == 0) return end_row(g, s, 1);
    if (i == n - 1) return end_row(g, -s, -1);
    const bool fits = i >= g->reach && i + g->reach < n;
    const double blend = !fits ? 0 : theta ? theta[node] : 1;
    const size_t reach = fits ? g->reach : 1;
    gz_stencil_row row = {.count = 2 * reach};
    for (size_t k = 1; k <= reach; k++) {
        const double narrow = k == 1 ? g->narrow : 0, value = narrow + blend * (g->wide[k - 1] - narrow);
        row.offset[2 * k - 2] = -(ptrdiff_t)k * s;
        row.coefficient[2 * k - 2] = -value;
        row.offset[2 * k - 1] = (ptrdiff_t)k * s;
        row.coefficient[2 * k - 1] = value;
    }
    return row;
}

double gz_stencil_row_times(const gz_stencil_row *row, const double *w) {
    double sum = 0;
    for (size_t k = 0; k < row->count; k++) sum += row->coefficient[k] * w[row->offset[k]];
    return sum;
}

void gz_derivative_apply(const gz_derivative *g, int axis, const double *theta, const double *w, double *q) {
    for (size_t node = 0; node < g->grid->node_count; node++) {
        const gz_stencil_row row = gz_derivative_row(g, axis, theta, node);
        q[node] = gz_stencil_row_times(&row, w + node);
    }
}

void gz_derivative_adjoint(const gz_derivative *g, int axis, const double *theta, const double *q,
                           double *out) {
    for (size_t node = 0; node < g->grid->node_count; node++) {
        const gz_stencil_row row = gz_derivative_row(g, axis, theta, node);
        for (size_t k = 0; k < row.count; k++)
            out[(ptrdiff_t)node + row.offset[k]] += row.coefficient[k] * q[node];
    }
}

bool gz_derivative_has_window(const gz_derivative *g, int axis, size_t node) {
    return gz_phase_grid_node_index(g->grid, node, axis) + g->saw_degree < g->grid->nodes;
}

void gz_derivative_sawtooth(const gz_derivative *g, int axis, const double *w, double *rate) {
    const size_t s = g->grid->stride[axis];
    for (size_t node = 0; node < g->grid->node_count; node++) {
        double sum = 0;
        if (gz_derivative_has_window(g, axis, node))
            for (size_t j = 0; j <= g->saw_degree; j++) sum += g->saw[j] * w[node + j * s];
        rate[node] = sum;
    }
}

void gz_derivative_sawtooth_adjoint(const gz_derivative *g, int axis, const double *rate, double *out) {
    const size_t s = g->grid->stride[axis];
    for (size_t node = 0; node < g->grid->node_count; node++)
        if (gz_derivative_has_window(g, axis, node))
            for (size_t j = 0; j <= g->saw_degree; j++) out[node + j * s] += g->saw[j] * rate[node];
}
