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

/* What a range of rows of the first velocity axis means for axis a: blocks first..last-1 of the cell, rows
 * begin..end-1 along the axis in each of them (all n unless a is the first axis itself). */
typedef struct layout {
    size_t n, stride, block, first, last, begin, end;
} layout;

static layout layout_of(const gz_derivative *g, int axis, gz_rows rows) {
    const gz_phase_grid *grid = g->grid;
    layout l = {.n = grid->nodes, .stride = grid->stride[axis]};
    l.block = l.n * l.stride;
    if (axis == 0) {
        l.last = 1;
        l.begin = rows.begin;
        l.end = rows.end;
    } else {
        const size_t blocks_a_row = grid->stride[0] / l.block;
        l.first = rows.begin * blocks_a_row;
        l.last = rows.end * blocks_a_row;
        l.end = l.n;
    }
    return l;
}

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* q[p] = sum_k e_k(p) (w[p + k s] - w[p - k s]) on a contiguous range, e_k = N_k + theta (W_k - N_k). */
static void central_range(const gz_derivative *g, size_t s, const double *theta, const double *restrict w,
                          double *restrict q, size_t begin, size_t end) {
    const double n1 = g->narrow, w1 = g->wide[0], x1 = w1 - n1, x2 = g->wide[1], x3 = g->wide[2],
                 x4 = g->wide[3];
    const size_t s2 = 2 * s, s3 = 3 * s, s4 = 4 * s;
#define DIFFERENCE(shift) (w[p + (shift)] - w[p - (shift)])
    if (!theta || g->reach == 1) {
        for (size_t p = begin; p < end; p++) q[p] = w1 * DIFFERENCE(s);
        for (size_t k = 2; k <= g->reach; k++)
            for (size_t p = begin; p < end; p++) q[p] += g->wide[k - 1] * DIFFERENCE(k * s);
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

static void narrow_range(const gz_derivative *g, size_t s, const double *restrict w, double *restrict q,
                         size_t begin, size_t end) {
    for (size_t p = begin; p < end; p++) q[p] = g->narrow * (w[p + s] - w[p - s]);
}

void gz_derivative_apply(const gz_derivative *g, int axis, gz_rows rows, const double *theta, const double *w,
                         double *q) {
    const layout l = layout_of(g, axis, rows);
    const size_t s = l.stride, last = (l.n - 1) * s, inner = g->reach, outer = l.n - g->reach;
    for (size_t o = l.first; o < l.last; o++) {
        const double *wo = w + o * l.block;
        double *qo = q + o * l.block;
        if (l.begin == 0)
            for (size_t k = 0; k < s; k++)
                qo[k] = g->end[0] * wo[k] + g->end[1] * wo[k + s] + g->end[2] * wo[k + 2 * s];
        narrow_range(g, s, wo, qo, larger(l.begin, 1) * s, smaller(l.end, inner) * s);
        central_range(g, s, theta ? theta + o * l.block : NULL, wo, qo, larger(l.begin, inner) * s,
                      smaller(l.end, outer) * s);
        narrow_range(g, s, wo, qo, larger(l.begin, outer) * s, smaller(l.end, l.n - 1) * s);
        if (l.end == l.n)
            for (size_t k = last; k < last + s; k++)
                qo[k] = -(g->end[0] * wo[k] + g->end[1] * wo[k - s] + g->end[2] * wo[k - 2 * s]);
    }
}

/* out[p] += c (q[p - shift] - q[p + shift]) for p in [begin, end), with q taken as zero outside [from, to):
 * what central rows from..to-1 with coefficient c at distance shift give under transposition. */
static void central_adjoint(const double *restrict q, double c, size_t shift, size_t from, size_t to,
                            double *restrict out, size_t begin, size_t end) {
    const size_t upper = smaller(end, to + shift), lower = smaller(end, to - shift);
    for (size_t p = larger(begin, from + shift); p < upper; p++) out[p] += c * q[p - shift];
    for (size_t p = larger(begin, from - shift); p < lower; p++) out[p] -= c * q[p + shift];
}

/* The same for all coefficients of wide rows at once, where every neighbour is a wide row: one pass over out.
 * q with the narrow coefficient, t = theta q with the rest. */
static void central_adjoint_fused(const gz_derivative *g, const double *restrict q, const double *restrict t,
                                  size_t s, double *restrict out, size_t begin, size_t end) {
    const double n1 = g->narrow, x1 = g->wide[0] - n1, x2 = g->wide[1], x3 = g->wide[2], x4 = g->wide[3];
    const size_t s2 = 2 * s, s3 = 3 * s, s4 = 4 * s;
#define DIFFERENCE(x, shift) ((x)[p - (shift)] - (x)[p + (shift)])
    if (g->reach == 2)
        for (size_t p = begin; p < end; p++)
            out[p] += n1 * DIFFERENCE(q, s) + x1 * DIFFERENCE(t, s) + x2 * DIFFERENCE(t, s2);
    else if (g->reach == 3)
        for (size_t p = begin; p < end; p++)
            out[p] += n1 * DIFFERENCE(q, s) + x1 * DIFFERENCE(t, s) + x2 * DIFFERENCE(t, s2) +
                      x3 * DIFFERENCE(t, s3);
    else
        for (size_t p = begin; p < end; p++)
            out[p] += n1 * DIFFERENCE(q, s) + x1 * DIFFERENCE(t, s) + x2 * DIFFERENCE(t, s2) +
                      x3 * DIFFERENCE(t, s3) + x4 * DIFFERENCE(t, s4);
#undef DIFFERENCE
}

void gz_derivative_adjoint(const gz_derivative *g, int axis, gz_rows rows, const double *theta,
                           const double *q, double *out, double *scratch) {
    const layout l = layout_of(g, axis, rows);
    const size_t s = l.stride, n = l.n, begin = l.begin * s, end = l.end * s;
    const size_t from = g->reach * s, to = (n - g->reach) * s; /* rows with a wide stencil */
    const size_t low =
        smaller(larger(begin, 2 * from), end); /* low..high - 1: all neighbours are such rows */
    const size_t high = g->reach == 1 ? low : larger(low, smaller(end, to - from));
    for (size_t o = l.first; o < l.last; o++) {
        const double *qo = q + o * l.block;
        double *to_out = out + o * l.block;
        for (size_t j = 0; j < 3; j++) {
            if (j >= l.begin && j < l.end)
                for (size_t k = 0; k < s; k++) to_out[j * s + k] += g->end[j] * qo[k];
            const size_t mirror = n - 1 - j;
            if (mirror >= l.begin && mirror < l.end)
                for (size_t k = 0; k < s; k++) to_out[mirror * s + k] -= g->end[j] * qo[(n - 1) * s + k];
        }
        central_adjoint(qo, g->narrow, s, s, (n - 1) * s, to_out, begin, low);
        central_adjoint(qo, g->narrow, s, s, (n - 1) * s, to_out, high, end);
        if (g->reach == 1) continue;
        const double *steep = qo;
        if (theta) {
            const double *th = theta + o * l.block;
            const size_t stop = smaller(to, end + from);
            for (size_t p = larger(from, begin > from ? begin - from : 0); p < stop; p++)
                scratch[p] = th[p] * qo[p];
            steep = scratch;
        }
        central_adjoint_fused(g, qo, steep, s, to_out, low, high);
        for (size_t k = 1; k <= g->reach; k++) {
            const double c = g->wide[k - 1] - (k == 1 ? g->narrow : 0);
            central_adjoint(steep, c, k * s, from, to, to_out, begin, low);
            central_adjoint(steep, c, k * s, from, to, to_out, high, end);
        }
    }
}

/* a where b is not a number; unlike fmax and fmin these are vectorised. */
static inline double most(double a, double b) {
    return b > a ? b : a;
}

static inline double least(double a, double b) {
    return b < a ? b : a;
}

/* 1 for jumps up to 1, 0 from 2 on. */
static inline double smooth_switch(double jump) {
    const double t = least(1, most(0, 2 - jump));
    return t * t * (3 - 2 * t);
}

void gz_derivative_steepness(const gz_derivative *g, int axis, gz_rows rows, const double *log_f,
                             double *theta) {
    const layout l = layout_of(g, axis, rows);
    const size_t s = l.stride, from = g->reach * s, to = (l.n - g->reach) * s;
    for (size_t o = l.first; o < l.last; o++) {
        const double *lo = log_f + o * l.block;
        double *th = theta + o * l.block;
        memset(th + l.begin * s, 0, (l.end - l.begin) * s * sizeof *th); /* narrow near the ends */
        const size_t begin = larger(l.begin * s, from), end = smaller(l.end * s, to);
        for (size_t k = 0; k < 2 * g->reach; k++) /* th: the largest jump so far */
            for (size_t p = begin; p < end; p++) {
                const double *left = lo + p + k * s - from;
                th[p] = most(th[p], fabs(left[s] - left[0]));
            }
        for (size_t p = begin; p < end; p++) th[p] = smooth_switch(th[p]);
    }
}

void gz_derivative_sawtooth_weight(const gz_derivative *g, int axis, gz_rows rows, const double *mobility,
                                   double *c) {
    const layout l = layout_of(g, axis, rows);
    const size_t s = l.stride, windows = (l.n - g->saw_degree) * s;
    for (size_t o = l.first; o < l.last; o++) {
        const double *mo = mobility + o * l.block;
        double *co = c + o * l.block;
        const size_t begin = l.begin * s, end = smaller(l.end * s, windows);
        memset(co + begin, 0, (l.end - l.begin) * s * sizeof *co);
        for (size_t p = begin; p < end; p++) co[p] = mo[p];
        for (size_t j = 1; j <= g->saw_degree; j++)
            for (size_t p = begin; p < end; p++) co[p] = least(co[p], mo[p + j * s]);
        for (size_t p = begin; p < end; p++) co[p] = 0.5 * most(0, co[p]);
    }
}

/* rate[p] = factor[p] sum_j saw_j w[p + j s]; saw is antisymmetric about the middle of its window (r odd). */
static void window_range(const gz_derivative *g, size_t s, const double *factor, const double *restrict w,
                         double *restrict rate, size_t begin, size_t end) {
    const size_t r = g->saw_degree;
    const double *saw = g->saw;
#define PAIR(j) (saw[r - (j)] * (w[p + (r - (j)) * s] - w[p + (j)*s]))
    if (r == 3)
        for (size_t p = begin; p < end; p++) rate[p] = PAIR(0) + PAIR(1);
    else if (r == 5)
        for (size_t p = begin; p < end; p++) rate[p] = PAIR(0) + PAIR(1) + PAIR(2);
    else
        for (size_t p = begin; p < end; p++) rate[p] = PAIR(0) + PAIR(1) + PAIR(2) + PAIR(3);
#undef PAIR
    if (factor)
        for (size_t p = begin; p < end; p++) rate[p] *= factor[p];
}

void gz_derivative_sawtooth_difference(const gz_derivative *g, int axis, gz_rows rows, const double *factor,
                                       const double *w, double *rate) {
    const layout l = layout_of(g, axis, rows);
    const size_t s = l.stride, windows = (l.n - g->saw_degree) * s;
    for (size_t o = l.first; o < l.last; o++) {
        const size_t shift = o * l.block;
        window_range(g, s, factor ? factor + shift : NULL, w + shift, rate + shift, l.begin * s,
                     smaller(l.end * s, windows));
        for (size_t p = larger(l.begin * s, windows); p < l.end * s; p++) rate[shift + p] = 0;
    }
}

/* out[p] += sum_j saw_j rate[p - j s] where all r + 1 windows exist; saw is antisymmetric. */
static void window_adjoint(const gz_derivative *g, size_t s, const double *restrict rate,
                           double *restrict out, size_t begin, size_t end) {
    const size_t r = g->saw_degree;
    const double *saw = g->saw;
#define PAIR(j) (saw[j] * (rate[p - (j)*s] - rate[p - (r - (j)) * s]))
    if (r == 3)
        for (size_t p = begin; p < end; p++) out[p] += PAIR(0) + PAIR(1);
    else if (r == 5)
        for (size_t p = begin; p < end; p++) out[p] += PAIR(0) + PAIR(1) + PAIR(2);
    else
        for (size_t p = begin; p < end; p++) out[p] += PAIR(0) + PAIR(1) + PAIR(2) + PAIR(3);
#undef PAIR
}

void gz_derivative_sawtooth_adjoint(const gz_derivative *g, int axis, gz_rows rows, const double *rate,
                                    double *out) {
    const layout l = layout_of(g, axis, rows);
    const size_t s = l.stride, r = g->saw_degree, windows = (l.n - r) * s, begin = l.begin * s,
                 end = l.end * s;
    const size_t low = smaller(larger(begin, r * s), end), high = larger(low, smaller(end, windows));
    for (size_t o = l.first; o < l.last; o++) {
        const double *ro = rate + o * l.block;
        double *to = out + o * l.block;
        window_adjoint(g, s, ro, to, low, high);
        for (size_t j = 0; j <= r; j++) {
            const size_t first = larger(begin, j * s), last = smaller(end, windows + j * s);
            for (size_t p = first; p < smaller(last, low); p++) to[p] += g->saw[j] * ro[p - j * s];
            for (size_t p = larger(first, high); p < last; p++) to[p] += g->saw[j] * ro[p - j * s];
        }
    }
}

void gz_derivative_sawtooth(const gz_derivative *g, int axis, gz_rows rows, const double *c, const double *w,
                            double *out, double *scratch) {
    const size_t margin = axis == 0 ? g->saw_degree : 0;
    const gz_rows windows = {rows.begin > margin ? rows.begin - margin : 0, rows.end};
    gz_derivative_sawtooth_difference(g, axis, windows, c, w, scratch);
    gz_derivative_sawtooth_adjoint(g, axis, rows, scratch, out);
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
