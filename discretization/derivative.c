/* Derivative: one-axis stencils applied axis by axis. See derivative.h.
 *
 * For axis a a cell is [outer][n][stride]: rows i0..i1-1 of one outer block are one contiguous range, on
 * which a central stencil has the same coefficients everywhere. So each operation is a loop over outer
 * blocks, a contiguous interior range, and a few rows near the two ends.
 */
#include "derivative.h"

#include <math.h>
#include <string.h>

static const double WIDE[4][4] = {
    {1. / 2}, {2. / 3, -1. / 12}, {3. / 4, -3. / 20, 1. / 60}, {4. / 5, -1. / 5, 4. / 105, -1. / 280}};

gz_status gz_derivative_init(gz_context *context, const gz_phase_grid *grid, int order,
                             gz_derivative *derivative) {
    if (order != 2 && order != 4 && order != 6 && order != 8)
        return gz_fail(context, GZ_ERROR_DECK, "order is %d; it must be 2, 4, 6 or 8", order);
    gz_derivative made = {.grid = grid, .reach = (size_t)order / 2};
    made.saw_degree = order > 4 ? (size_t)order - 1 : 3;
    if (grid->nodes < 2 * made.reach + 1 || grid->nodes < made.saw_degree + 2)
        return gz_fail(context, GZ_ERROR_DECK, "nodes is %zu; order %d needs at least %zu nodes", grid->nodes,
                       order,
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

/* Blocks of a cell along an axis: `outer` of them, `block` = n * stride apart. */
typedef struct layout {
    size_t n, stride, block, outer;
} layout;

static layout layout_of(const gz_derivative *derivative, int axis) {
    const gz_phase_grid *grid = derivative->grid;
    layout l = {.n = grid->nodes, .stride = grid->stride[axis]};
    l.block = l.n * l.stride;
    l.outer = grid->node_count / l.block;
    return l;
}

/* q[p] = sum_k e_k(p) (w[p + k s] - w[p - k s]) on a contiguous range, e_k = N_k + theta (W_k - N_k). One
 * loop a reach, so that the compiler unrolls and vectorises it. */
static void central_range(const gz_derivative *g, size_t s, const double *theta, const double *restrict w,
                          double *restrict q, size_t begin, size_t end) {
    const double n1 = g->narrow, x1 = g->wide[0] - n1, x2 = g->wide[1], x3 = g->wide[2], x4 = g->wide[3];
    const size_t s2 = 2 * s, s3 = 3 * s, s4 = 4 * s;
#define DIFFERENCE(shift) (w[p + (shift)] - w[p - (shift)])
    if (g->reach == 1) {
        for (size_t p = begin; p < end; p++) q[p] = n1 * DIFFERENCE(s);
    } else if (!theta) {
        for (size_t p = begin; p < end; p++) q[p] = g->wide[0] * DIFFERENCE(s) + x2 * DIFFERENCE(s2);
        if (g->reach > 2)
            for (size_t p = begin; p < end; p++) q[p] += x3 * DIFFERENCE(s3);
        if (g->reach > 3)
            for (size_t p = begin; p < end; p++) q[p] += x4 * DIFFERENCE(s4);
    } else if (g->reach == 2) {
        for (size_t p = begin; p < end; p++)
            q[p] = n1 * DIFFERENCE(s) + theta[p] * (x1 * DIFFERENCE(s) + x2 * DIFFERENCE(s2));
    } else if (g->reach == 3) {
        for (size_t p = begin; p < end; p++)
            q[p] = n1 * DIFFERENCE(s) +
                   theta[p] * (x1 * DIFFERENCE(s) + x2 * DIFFERENCE(s2) + x3 * DIFFERENCE(s3));
    } else {
        for (size_t p = begin; p < end; p++)
            q[p] = n1 * DIFFERENCE(s) + theta[p] * (x1 * DIFFERENCE(s) + x2 * DIFFERENCE(s2) +
                                                    x3 * DIFFERENCE(s3) + x4 * DIFFERENCE(s4));
    }
#undef DIFFERENCE
}

void gz_derivative_apply(const gz_derivative *g, int axis, const double *theta, const double *w, double *q) {
    const layout l = layout_of(g, axis);
    const size_t s = l.stride, last = (l.n - 1) * s;
    for (size_t o = 0; o < l.outer; o++) {
        const double *wo = w + o * l.block;
        double *qo = q + o * l.block;
        for (size_t k = 0; k < s; k++) {
            qo[k] = g->end[0] * wo[k] + g->end[1] * wo[k + s] + g->end[2] * wo[k + 2 * s];
            qo[last + k] =
                -(g->end[0] * wo[last + k] + g->end[1] * wo[last + k - s] + g->end[2] * wo[last + k - 2 * s]);
        }
        for (size_t p = s; p < g->reach * s; p++) {
            const size_t mirror = l.block - 1 - p;
            qo[p] = g->narrow * (wo[p + s] - wo[p - s]);
            qo[mirror] = g->narrow * (wo[mirror + s] - wo[mirror - s]);
        }
        central_range(g, s, theta ? theta + o * l.block : NULL, wo, qo, g->reach * s, l.block - g->reach * s);
    }
}

/* out[p + k s] += c_k g[p], out[p - k s] -= c_k g[p] for central rows: as a gather over g extended by zero,
 * out[p] += c_k (g[p - k s] - g[p + k s]). */
static void central_adjoint(const double *restrict g, double c, size_t shift, double *restrict out,
                            size_t begin, size_t end) {
    for (size_t p = begin; p < end; p++) out[p + shift] += c * g[p];
    for (size_t p = begin; p < end; p++) out[p - shift] -= c * g[p];
}

void gz_derivative_adjoint(const gz_derivative *g, int axis, const double *theta, const double *q,
                           double *out, double *scratch) {
    const layout l = layout_of(g, axis);
    const size_t s = l.stride, last = (l.n - 1) * s;
    const size_t begin = g->reach * s, end = l.block - g->reach * s;
    for (size_t o = 0; o < l.outer; o++) {
        const double *qo = q + o * l.block;
        double *to = out + o * l.block;
        for (size_t k = 0; k < s; k++) {
            for (size_t j = 0; j < 3; j++) {
                to[k + j * s] += g->end[j] * qo[k];
                to[last + k - j * s] -= g->end[j] * qo[last + k];
            }
        }
        central_adjoint(qo, g->narrow, s, to, s, last);
        if (g->reach == 1) continue;
        const double *steep = qo;
        if (theta) {
            const double *th = theta + o * l.block;
            for (size_t p = begin; p < end; p++) scratch[p] = th[p] * qo[p];
            steep = scratch;
        }
        central_adjoint(steep, g->wide[0] - g->narrow, s, to, begin, end);
        for (size_t k = 2; k <= g->reach; k++) central_adjoint(steep, g->wide[k - 1], k * s, to, begin, end);
    }
}

static double smooth_switch(double jump) {
    const double t = fmin(fmax(2 - jump, 0), 1);
    return t * t * (3 - 2 * t);
}

void gz_derivative_steepness(const gz_derivative *g, int axis, const double *log_f, double *theta,
                             double *scratch) {
    const layout l = layout_of(g, axis);
    const size_t s = l.stride;
    for (size_t o = 0; o < l.outer; o++) {
        const double *lo = log_f + o * l.block;
        double *to = theta + o * l.block;
        for (size_t p = 0; p < l.block - s; p++) scratch[p] = fabs(lo[p + s] - lo[p]);
        for (size_t p = 0; p < l.block; p++) to[p] = 0; /* rows near the ends are narrow anyway */
        for (size_t p = g->reach * s; p < l.block - g->reach * s; p++) {
            double worst = 0;
            for (size_t k = 0; k < 2 * g->reach; k++) worst = fmax(worst, scratch[p - g->reach * s + k * s]);
            to[p] = smooth_switch(worst);
        }
    }
}

void gz_derivative_sawtooth_weight(const gz_derivative *g, int axis, const double *mobility, double *c) {
    const layout l = layout_of(g, axis);
    const size_t s = l.stride, windows = (l.n - g->saw_degree) * s;
    for (size_t o = 0; o < l.outer; o++) {
        const double *mo = mobility + o * l.block;
        double *co = c + o * l.block;
        for (size_t p = 0; p < windows; p++) {
            double least = mo[p];
            for (size_t j = 1; j <= g->saw_degree; j++) least = fmin(least, mo[p + j * s]);
            co[p] = 0.5 * fmax(least, 0);
        }
        for (size_t p = windows; p < l.block; p++) co[p] = 0;
    }
}

void gz_derivative_sawtooth(const gz_derivative *g, int axis, const double *c, const double *w, double *out,
                            double *restrict scratch) {
    const layout l = layout_of(g, axis);
    const size_t s = l.stride, r = g->saw_degree, windows = (l.n - r) * s;
    for (size_t o = 0; o < l.outer; o++) {
        const double *wo = w + o * l.block, *co = c + o * l.block;
        double *restrict to = out + o * l.block;
        if (r == 3) {
            for (size_t p = 0; p < windows; p++)
                scratch[p] =
                    co[p] * (g->saw[3] * (wo[p + 3 * s] - wo[p]) + g->saw[2] * (wo[p + 2 * s] - wo[p + s]));
        } else if (r == 5) {
            for (size_t p = 0; p < windows; p++)
                scratch[p] =
                    co[p] * (g->saw[5] * (wo[p + 5 * s] - wo[p]) + g->saw[4] * (wo[p + 4 * s] - wo[p + s]) +
                             g->saw[3] * (wo[p + 3 * s] - wo[p + 2 * s]));
        } else {
            for (size_t p = 0; p < windows; p++)
                scratch[p] =
                    co[p] * (g->saw[7] * (wo[p + 7 * s] - wo[p]) + g->saw[6] * (wo[p + 6 * s] - wo[p + s]) +
                             g->saw[5] * (wo[p + 5 * s] - wo[p + 2 * s]) +
                             g->saw[4] * (wo[p + 4 * s] - wo[p + 3 * s]));
        }
        for (size_t j = 0; j <= r; j++)
            for (size_t p = 0; p < windows; p++) to[p + j * s] += g->saw[j] * scratch[p];
    }
}

size_t gz_derivative_row(const gz_derivative *g, int axis, const double *theta, size_t node,
                         ptrdiff_t offset[GZ_MAX_STENCIL], double coefficient[GZ_MAX_STENCIL]) {
    const size_t n = g->grid->nodes, i = gz_phase_grid_node_index(g->grid, node, axis);
    const ptrdiff_t s = (ptrdiff_t)g->grid->stride[axis];
    if (i == 0 || i == n - 1) {
        const ptrdiff_t sign = i == 0 ? 1 : -1;
        for (ptrdiff_t j = 0; j < 3; j++) {
            offset[j] = sign * j * s;
            coefficient[j] = (double)sign * g->end[j];
        }
        return 3;
    }
    const bool central = i >= g->reach && i < n - g->reach;
    const double blend = !central ? 0 : theta ? theta[node] : 1;
    const size_t reach = central ? g->reach : 1;
    for (size_t k = 1; k <= reach; k++) {
        const double narrow = k == 1 ? g->narrow : 0, value = narrow + blend * (g->wide[k - 1] - narrow);
        offset[2 * k - 2] = -(ptrdiff_t)k * s;
        coefficient[2 * k - 2] = -value;
        offset[2 * k - 1] = (ptrdiff_t)k * s;
        coefficient[2 * k - 1] = value;
    }
    return 2 * reach;
}
