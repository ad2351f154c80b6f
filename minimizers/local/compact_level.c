/* Compact level: couplings are zero where they would leave the cell, so that every loop runs over contiguous
 * nodes.
 */
#include "compact_level.h"

#include <string.h>

/* The Chebyshev interval (LOW, HIGH). HIGH = 2 is the bound of D^-1 B; eigenvalues below LOW are left to the
 * coarser level. */
static const double LOW = 1. / 3, HIGH = 2;

enum { CHUNK = 512 }; /* nodes whose products stay in the first-level cache */

gz_status gz_compact_level_init(gz_context *context, int dim, size_t cells, size_t nodes, double spacing,
                                gz_compact_level *l) {
    *l = (gz_compact_level){.dim = dim, .n = nodes | 1, .nodes = 1, .spacing = spacing, .terms = dim * dim};
    for (int a = dim - 1; a >= 0; a--) {
        l->stride[a] = l->nodes;
        l->nodes *= l->n;
    }
    l->margin = l->stride[0] + l->stride[1];
    const size_t size = l->margin + cells * l->nodes;
    GZ_TRY(gz_allocate(context, (2 + (size_t)l->terms) * size, sizeof(double), &l->memory));
    l->diagonal = l->memory + l->margin;
    l->inverse = l->diagonal + size;
    for (int k = 0; k < l->terms; k++) l->coupling[k] = l->inverse + (size_t)(k + 1) * size;
    int k = 0;
    for (; k < dim; k++) l->distance[k] = (ptrdiff_t)l->stride[k];
    for (int a = 0; a < dim; a++)
        for (int b = a + 1; b < dim; b++) {
            l->distance[k++] = l->distance[a] + l->distance[b];
            l->distance[k++] = l->distance[a] - l->distance[b];
        }
    return GZ_OK;
}

void gz_compact_level_free(gz_compact_level *l) {
    gz_release(l->memory);
    *l = (gz_compact_level){0};
}

/* field = 0 at the nodes with the first (end = 0) or the last (end = 1) index along axis a. */
static void clear_end(const gz_compact_level *l, int a, int end, double *field) {
    const size_t s = l->stride[a], block = l->n * s, first = end ? block - s : 0;
    for (size_t o = first; o < l->nodes; o += block) memset(field + o, 0, s * sizeof *field);
}

/* Index of the first of the two diagonals of a < b among the terms. */
static int diagonals_of(int dim, int a, int b) {
    return dim + 2 * (a == 0 ? b - 1 : 2);
}

void gz_compact_level_set(const gz_compact_level *l, size_t cell, int a, int b, double *C) {
    const size_t shift = cell * l->nodes;
    const ptrdiff_t nodes = (ptrdiff_t)l->nodes, sa = l->distance[a], sb = l->distance[b];
    if (a == b) {
        double *restrict edge = l->coupling[a] + shift;
        const double factor = -0.5 / (l->spacing * l->spacing);
        for (ptrdiff_t p = 0; p < nodes - sa; p++) edge[p] = factor * (C[p] + C[p + sa]);
        clear_end(l, a, 1, edge);
        return;
    }
    double *const *pair = l->coupling + diagonals_of(l->dim, a, b);
    double *restrict with = pair[0] + shift, *restrict against = pair[1] + shift;
    const double factor = 0.25 / (l->spacing * l->spacing);
    for (int end = 0; end < 2; end++) { /* there is no central difference at the ends */
        clear_end(l, a, end, C);
        clear_end(l, b, end, C);
    }
    for (ptrdiff_t p = 0; p < nodes; p++) { /* C has margins of zeros */
        with[p] = -factor * (C[p + sa] + C[p + sb]);
        against[p] = factor * (C[p + sa] + C[p - sb]);
    }
}

void gz_compact_level_finish(const gz_compact_level *l, size_t cell, gz_rows rows, const double *diag) {
    const size_t first = rows.begin * l->stride[0], shift = cell * l->nodes + first;
    const ptrdiff_t count = (ptrdiff_t)((rows.end - rows.begin) * l->stride[0]);
    double *restrict D = l->diagonal + shift, *restrict inverse = l->inverse + shift;
    memcpy(D, diag + first, (size_t)count * sizeof *D);
    for (int a = 0; a < l->dim; a++) {
        const double *edge = l->coupling[a] + shift;
        const ptrdiff_t s = l->distance[a];
        for (ptrdiff_t p = 0; p < count; p++) D[p] -= edge[p] + edge[p - s];
    }
    for (ptrdiff_t p = 0; p < count; p++) {
        D[p] = D[p] > 0 ? D[p] : 1;
        inverse[p] = 1 / D[p];
    }
}

/* The part of (B x)_p that couples p with p + s and p - s, which may lie in the margin. */
static inline double coupled(const double *c, ptrdiff_t s, const double *x, ptrdiff_t p) {
    return c[p] * x[p + s] + c[p - s] * x[p - s];
}

static void add_coupled(const double *c, ptrdiff_t s, const double *x, double *restrict sum,
                        ptrdiff_t count) {
    for (ptrdiff_t p = 0; p < count; p++) sum[p] += coupled(c, s, x, p);
}

/* product = (B - D) x on `nodes` nodes of the cell, from `first` on. */
static void multiply(const gz_compact_level *l, size_t cell, size_t first, size_t nodes, const double *x,
                     double *restrict product) {
    const size_t shift = cell * l->nodes + first;
    const double *own = x + first;
    const bool one = l->dim == 1; /* then there is one coupling */
    const double *c0 = l->coupling[0] + shift, *c1 = l->coupling[one ? 0 : 1] + shift,
                 *c2 = l->coupling[one ? 0 : 2] + shift, *c3 = l->coupling[one ? 0 : 3] + shift;
    const ptrdiff_t s0 = l->distance[0], s1 = l->distance[1], s2 = l->distance[2], s3 = l->distance[3],
                    count = (ptrdiff_t)nodes;
    if (l->dim == 1) {
        for (ptrdiff_t p = 0; p < count; p++) product[p] = coupled(c0, s0, own, p);
        return;
    }
    for (ptrdiff_t p = 0; p < count; p++) /* d = 2 has no more terms */
        product[p] = coupled(c0, s0, own, p) + coupled(c1, s1, own, p) + coupled(c2, s2, own, p) +
                     coupled(c3, s3, own, p);
    for (int k = 4; k < l->terms; k++)
        add_coupled(l->coupling[k] + shift, l->distance[k], own, product, count);
}

void gz_compact_level_residual(const gz_compact_level *l, size_t cell, gz_rows rows, const double *b,
                               const double *x, double *out) {
    const size_t end = rows.end * l->stride[0];
    for (size_t first = rows.begin * l->stride[0]; first < end; first += CHUNK) {
        const size_t count = end - first < CHUNK ? end - first : CHUNK;
        const double *restrict D = l->diagonal + cell * l->nodes + first, *restrict own = x + first;
        double product[CHUNK];
        multiply(l, cell, first, count, x, product);
        for (size_t p = 0; p < count; p++) out[first + p] = b[first + p] - product[p] - D[p] * own[p];
    }
}

/* The first step is t = first D^-1 b, the second one x = keep t + step D^-1 (b - B t). */
typedef struct polynomial {
    double first, keep, step;
} polynomial;

static polynomial chebyshev(void) {
    const double middle = (HIGH + LOW) / 2, half = (HIGH - LOW) / 2, sigma = middle / half;
    const double rho = 1 / (2 * sigma - 1 / sigma);
    return (polynomial){.first = 1 / middle, .keep = 1 + rho / sigma, .step = 2 * rho / half};
}

void gz_compact_level_smoother(double *of_b, double *of_product) {
    const polynomial p = chebyshev();
    *of_b = p.keep * p.first + p.step * (1 - p.first);
    *of_product = p.step * p.first;
}

void gz_compact_level_smooth_begin(const gz_compact_level *l, size_t cell, gz_rows rows, const double *b,
                                   double *t) {
    const size_t first = rows.begin * l->stride[0], end = rows.end * l->stride[0];
    const double *restrict inverse = l->inverse + cell * l->nodes;
    const double factor = chebyshev().first;
    for (size_t p = first; p < end; p++) t[p] = factor * inverse[p] * b[p];
}

/* x = [x +] keep t + step D^-1 (b - B t); product = (B - D) t */
static inline void advance(bool add, double keep, double step, const double *restrict inverse,
                           const double *restrict b, const double *restrict t, const double *restrict product,
                           double *restrict x, size_t count) {
    for (size_t p = 0; p < count; p++) {
        const double move = (keep - step) * t[p] + step * inverse[p] * (b[p] - product[p]);
        x[p] = add ? x[p] + move : move;
    }
}

void gz_compact_level_smooth_end(const gz_compact_level *l, size_t cell, gz_rows rows, const double *b,
                                 const double *t, bool add, double *x) {
    const double keep = chebyshev().keep, step = chebyshev().step;
    const size_t end = rows.end * l->stride[0];
    for (size_t first = rows.begin * l->stride[0]; first < end; first += CHUNK) {
        const size_t count = end - first < CHUNK ? end - first : CHUNK;
        const double *inverse = l->inverse + cell * l->nodes + first;
        double product[CHUNK];
        multiply(l, cell, first, count, t, product);
        if (add)
            advance(true, keep, step, inverse, b + first, t + first, product, x + first, count);
        else
            advance(false, keep, step, inverse, b + first, t + first, product, x + first, count);
    }
}
