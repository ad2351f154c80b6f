/* Cell stencil: every inner loop runs over one contiguous range of nodes, and the compiler unrolls it for the
 * order of the stencil. G = N + theta (W - N) is applied as narrow + theta wide, so that its adjoint needs
 * both F and theta F ("steep").
 */
#include "cell_stencil.h"

#include <string.h>

enum { CHUNK_NODES = 512 }; /* a chunk's arrays fit the first-level cache */

static size_t larger(size_t a, size_t b) {
    return a > b ? a : b;
}

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

/* --- set-up --- */

/* theta of axis a: 1 where a wide row fits, else 0. */
static void fill_wide(const gz_derivative *g, int a, double *wide) {
    for (size_t p = 0; p < g->grid->node_count; p++) {
        const size_t i = gz_phase_grid_node_index(g->grid, p, a);
        wide[p] = i >= g->reach && i + g->reach < g->grid->nodes;
    }
}

gz_status gz_cell_stencil_init(gz_context *context, const gz_derivative *derivative, gz_cell_stencil *s) {
    const gz_phase_grid *grid = derivative->grid;
    const size_t row = grid->stride[0], reach = larger(derivative->reach, derivative->saw_degree);
    *s = (gz_cell_stencil){.derivative = derivative, .threads = gz_context_threads(context)};
    s->margin = reach * row;
    s->chunk_margin = reach * grid->stride[1]; /* of one velocity axis 0: there is no axis a > 0 */
    s->chunk = smaller(larger(CHUNK_NODES / row, 1), grid->nodes);
    for (int a = 0; a < grid->velocity_dim; a++) {
        GZ_TRY(gz_allocate(context, grid->node_count, sizeof(double), &s->wide[a]));
        fill_wide(derivative, a, s->wide[a]);
    }
    const size_t chunk = s->chunk * row, cell = grid->node_count + 2 * s->margin,
                 padded = chunk + 2 * s->chunk_margin;
    const size_t a_thread = 4 * cell + 2 * row + ((size_t)grid->velocity_dim + 1) * chunk + 3 * padded;
    GZ_TRY(gz_allocate(context, (size_t)s->threads, sizeof *s->work, &s->work));
    GZ_TRY(gz_allocate(context, (size_t)s->threads * a_thread, sizeof(double), &s->memory));
    double *next = s->memory;
    for (int t = 0; t < s->threads; t++) {
        gz_cell_work *work = &s->work[t];
        double **whole[] = {&work->potential, &work->flux0, &work->steep0, &work->rate0},
               **part[] = {&work->flux, &work->steep, &work->rate};
        for (size_t k = 0; k < sizeof whole / sizeof *whole; k++, next += cell) *whole[k] = next + s->margin;
        for (size_t k = 0; k < sizeof part / sizeof *part; k++, next += padded)
            *part[k] = next + s->chunk_margin;
        for (int a = 0; a < grid->velocity_dim; a++, next += chunk) work->gradient[a] = next;
        work->ends = next;
        work->ends0 = next + chunk;
        next += chunk + 2 * row;
    }
    return GZ_OK;
}

void gz_cell_stencil_free(gz_cell_stencil *s) {
    for (int a = 0; a < GZ_MAX_DIM; a++) gz_release(s->wide[a]);
    gz_release(s->work);
    gz_release(s->memory);
    *s = (gz_cell_stencil){0};
}

gz_cell_fields gz_cell_fields_at(const gz_phase_grid *grid, const gz_cell_fields *all, size_t cell) {
    const size_t shift = cell * grid->node_count;
    gz_cell_fields fields = {.weight = all->weight + (all->same_weight ? 0 : shift)};
    for (int a = 0; a < grid->velocity_dim; a++) {
        fields.theta[a] = all->theta[a] ? all->theta[a] + shift : NULL;
        fields.sawtooth[a] = all->sawtooth[a] + shift;
        fields.drift[a] = all->drift[a] ? all->drift[a] + shift : NULL;
    }
    for (int p = 0; p < gz_pair_count(grid->velocity_dim); p++) fields.tensor[p] = all->tensor[p] + shift;
    return fields;
}

/* --- stencils on a contiguous range ---
 * The callers pass constants for `reach` and `degree`, so that the inner loops are unrolled. Indices are signed: at
 * the first nodes they reach back into the margin.
 */

/* Coefficients of D_k w = w(p + k s) - w(p - k s): the narrow one, and those that theta = 1 adds to it. */
typedef struct coefficients {
    double narrow, wide[4];
} coefficients;

static coefficients coefficients_of(const gz_derivative *g) {
    return (coefficients){
        .narrow = g->narrow,
        .wide = {g->wide[0] - g->narrow, g->wide[1], g->wide[2], g->wide[3]},
    };
}

static inline void central(ptrdiff_t reach, coefficients c, ptrdiff_t s, const double *restrict theta,
                           const double *restrict w, double *restrict q, ptrdiff_t count) {
    for (ptrdiff_t p = 0; p < count; p++) {
        const double first = w[p + s] - w[p - s];
        double wide = c.wide[0] * first;
        for (ptrdiff_t k = 2; k <= reach; k++) wide += c.wide[k - 1] * (w[p + k * s] - w[p - k * s]);
        q[p] = c.narrow * first + theta[p] * wide;
    }
}

/* rate = c S w; the coefficients are antisymmetric about the middle of the window. */
static inline void window(ptrdiff_t degree, const double saw[], ptrdiff_t s, const double *restrict c,
                          const double *restrict w, double *restrict rate, ptrdiff_t count) {
    for (ptrdiff_t p = 0; p < count; p++) {
        double sum = 0;
        for (ptrdiff_t j = 0; 2 * j < degree; j++)
            sum += saw[degree - j] * (w[p + (degree - j) * s] - w[p + j * s]);
        rate[p] = c[p] * sum;
    }
}

/* out = [out +] G^T F + S^T rate, without end rows. */
static inline void adjoint(ptrdiff_t reach, ptrdiff_t degree, bool add, const gz_derivative *g, ptrdiff_t s,
                           const double *restrict flux, const double *restrict steep,
                           const double *restrict rate, double *restrict out, ptrdiff_t count) {
    const coefficients c = coefficients_of(g);
    const double *saw = g->saw;
    for (ptrdiff_t p = 0; p < count; p++) {
        double sum = c.narrow * (flux[p - s] - flux[p + s]);
        for (ptrdiff_t k = 1; k <= reach; k++) sum += c.wide[k - 1] * (steep[p - k * s] - steep[p + k * s]);
        for (ptrdiff_t j = 0; 2 * j < degree; j++)
            sum += saw[j] * (rate[p - j * s] - rate[p - (degree - j) * s]);
        out[p] = add ? out[p] + sum : sum;
    }
}

static void central_range(const gz_derivative *g, int a, const double *theta, const double *w, double *q,
                          size_t nodes) {
    const coefficients c = coefficients_of(g);
    const ptrdiff_t s = (ptrdiff_t)g->grid->stride[a], count = (ptrdiff_t)nodes;
    switch (g->reach) {
    case 1:
        central(1, c, s, theta, w, q, count);
        break;
    case 2:
        central(2, c, s, theta, w, q, count);
        break;
    case 3:
        central(3, c, s, theta, w, q, count);
        break;
    default:
        central(4, c, s, theta, w, q, count);
    }
}

static void window_range(const gz_derivative *g, int a, const double *c, const double *w, double *rate,
                         size_t nodes) {
    const ptrdiff_t s = (ptrdiff_t)g->grid->stride[a], count = (ptrdiff_t)nodes;
    switch (g->saw_degree) {
    case 3:
        window(3, g->saw, s, c, w, rate, count);
        break;
    case 5:
        window(5, g->saw, s, c, w, rate, count);
        break;
    default:
        window(7, g->saw, s, c, w, rate, count);
    }
}

static void adjoint_range(const gz_derivative *g, int a, bool add, const double *flux, const double *steep,
                          const double *rate, double *out, size_t nodes) {
    const ptrdiff_t s = (ptrdiff_t)g->grid->stride[a], count = (ptrdiff_t)nodes;
    switch (g->reach) {
    case 1:
        adjoint(1, 3, add, g, s, flux, steep, rate, out, count);
        break;
    case 2:
        adjoint(2, 3, add, g, s, flux, steep, rate, out, count);
        break;
    case 3:
        adjoint(3, 5, add, g, s, flux, steep, rate, out, count);
        break;
    default:
        adjoint(4, 7, add, g, s, flux, steep, rate, out, count);
    }
}

/* F = h m (T q - b)_a and theta F on nodes first..first+count-1; q, F, steep: [count]. */
static inline void flux(int d, bool with_drift, const gz_cell_fields *f, const double *theta, int a,
                        size_t first, double *const q[], double *restrict F, double *restrict steep,
                        size_t count) {
    const double *restrict q0 = q[0], *restrict q1 = q[1], *restrict q2 = q[2];
    const double *restrict weight = f->weight + first, *restrict t = theta + first;
    const double *restrict T0 = f->tensor[gz_pair_index(d, a, 0)] + first,
                           *restrict T1 = d > 1 ? f->tensor[gz_pair_index(d, a, 1)] + first : NULL,
                           *restrict T2 = d == 3 ? f->tensor[gz_pair_index(d, a, 2)] + first : NULL,
                           *restrict b = with_drift ? f->drift[a] + first : NULL;
    for (size_t p = 0; p < count; p++) {
        double sum = T0[p] * q0[p];
        if (d > 1) sum += T1[p] * q1[p];
        if (d == 3) sum += T2[p] * q2[p];
        if (with_drift) sum -= b[p];
        F[p] = weight[p] * sum;
        steep[p] = t[p] * F[p];
    }
}

static void flux_range(int d, const gz_cell_fields *f, const double *theta, int a, size_t first,
                       double *const q[], double *F, double *steep, size_t count) {
    const bool drift = f->drift[a] != NULL;
    if (d == 1 && !drift)
        flux(1, false, f, theta, a, first, q, F, steep, count);
    else if (d == 1)
        flux(1, true, f, theta, a, first, q, F, steep, count);
    else if (d == 2 && !drift)
        flux(2, false, f, theta, a, first, q, F, steep, count);
    else if (d == 2)
        flux(2, true, f, theta, a, first, q, F, steep, count);
    else if (!drift)
        flux(3, false, f, theta, a, first, q, F, steep, count);
    else
        flux(3, true, f, theta, a, first, q, F, steep, count);
}

/* --- end rows ---
 * Arrays here begin with the first node of `rows`.
 */

/* The lines of axis a in a range of rows of the first axis. They begin at the nodes k block + j, j < stride.
 */
typedef struct lines {
    size_t end, block, stride, last; /* last: from the first to the last node of a line */
} lines;

static lines lines_of(const gz_phase_grid *grid, int a, gz_rows rows) {
    const size_t row = grid->stride[0], stride = grid->stride[a];
    return (lines){.end = a == 0 ? 1 : (rows.end - rows.begin) * row,
                   .block = grid->nodes * stride,
                   .stride = stride,
                   .last = (grid->nodes - 1) * stride};
}

/* q at one-sided end rows. inwards: distance to the next node of the line. sign: 1 at its first node, -1 at
 * its last node. */
static void end_row(const gz_derivative *g, double sign, ptrdiff_t inwards, const double *restrict w,
                    double *restrict q, size_t count) {
    const double e0 = sign * g->end[0], e1 = sign * g->end[1], e2 = sign * g->end[2];
    const double *w1 = w + inwards, *w2 = w1 + inwards;
    for (size_t p = 0; p < count; p++) q[p] = e0 * w[p] + e1 * w1[p] + e2 * w2[p];
}

/* q at the ends of the lines of axis a. */
static void end_gradient(const gz_derivative *g, int a, gz_rows rows, const double *w, double *q) {
    const lines l = lines_of(g->grid, a, rows);
    const ptrdiff_t s = (ptrdiff_t)l.stride;
    if (a > 0) {
        for (size_t o = 0; o < l.end; o += l.block) {
            end_row(g, 1, s, w + o, q + o, l.stride);
            end_row(g, -1, -s, w + o + l.last, q + o + l.last, l.stride);
        }
        return;
    }
    const size_t last = (rows.end - rows.begin - 1) * l.stride;
    if (rows.begin == 0) end_row(g, 1, s, w, q, l.stride);
    if (rows.end == g->grid->nodes) end_row(g, -1, -s, w + last, q + last, l.stride);
}

/* Move the fluxes at the ends of lines out of F, since their rows are not central. For axes a > 0. */
static void take_ends(const lines l, double *F, double *ends) {
    for (size_t o = 0; o < l.end; o += l.block)
        for (size_t p = o; p < o + l.stride; p++) {
            *ends++ = F[p];
            *ends++ = F[p + l.last];
            F[p] = F[p + l.last] = 0;
        }
}

static void add_ends(const gz_derivative *g, const lines l, const double *ends, double *out) {
    for (size_t o = 0; o < l.end; o += l.block)
        for (size_t p = o; p < o + l.stride; p++, ends += 2)
            for (size_t j = 0; j < 3; j++) {
                out[p + j * l.stride] += g->end[j] * ends[0];
                out[p + l.last - j * l.stride] -= g->end[j] * ends[1];
            }
}

/* --- phases --- */

/* Copy the rows of w that stencils on `rows` read. */
static void load(const gz_cell_stencil *s, int thread, gz_rows rows, const double *w) {
    const gz_phase_grid *grid = s->derivative->grid;
    const size_t row = grid->stride[0], reach = s->margin / row;
    const size_t begin = rows.begin > reach ? rows.begin - reach : 0,
                 end = smaller(rows.end + reach, grid->nodes);
    memcpy(s->work[thread].potential + begin * row, w + begin * row, (end - begin) * row * sizeof *w);
}

static const double *theta_of(const gz_cell_stencil *s, const double *const theta[], int a) {
    return theta[a] ? theta[a] : s->wide[a];
}

void gz_cell_stencil_gradient(const gz_cell_stencil *s, int thread, const double *const theta[], gz_rows rows,
                              const double *w, double *const q[]) {
    const gz_derivative *g = s->derivative;
    const size_t row = g->grid->stride[0];
    load(s, thread, rows, w);
    for (gz_rows part = {rows.begin, 0}; part.begin < rows.end; part.begin = part.end) {
        part.end = smaller(part.begin + s->chunk, rows.end);
        const size_t first = part.begin * row, count = (part.end - part.begin) * row;
        const double *padded = s->work[thread].potential + first;
        for (int a = 0; a < g->grid->velocity_dim; a++) {
            central_range(g, a, theta_of(s, theta, a) + first, padded, q[a] + first, count);
            end_gradient(g, a, part, padded, q[a] + first);
        }
    }
}

/* Move the fluxes of the first and the last row of the first axis out of flux0. */
static void take_end_rows(const gz_phase_grid *grid, gz_rows rows, double *flux0, double *ends0) {
    const size_t row = grid->stride[0], last = (grid->nodes - 1) * row;
    if (rows.begin == 0) {
        memcpy(ends0, flux0, row * sizeof *ends0);
        memset(flux0, 0, row * sizeof *flux0);
    }
    if (rows.end == grid->nodes) {
        memcpy(ends0 + row, flux0 + last, row * sizeof *ends0);
        memset(flux0 + last, 0, row * sizeof *flux0);
    }
}

/* Phase one on one chunk of rows; `potential` is loaded. */
static void chunk_fluxes(const gz_cell_stencil *s, int thread, int shared, const gz_cell_fields *fields,
                         gz_rows rows, double *out) {
    const gz_derivative *g = s->derivative;
    const gz_phase_grid *grid = g->grid;
    const gz_cell_work *work = &s->work[thread], *along0 = &s->work[shared];
    const int d = grid->velocity_dim;
    const size_t row = grid->stride[0], first = rows.begin * row, count = (rows.end - rows.begin) * row;
    const double *w = work->potential + first;
    if (d == 1) memset(out + first, 0, count * sizeof *out); /* else the second axis begins the sum */
    for (int a = 0; a < d; a++) {
        central_range(g, a, theta_of(s, fields->theta, a) + first, w, work->gradient[a], count);
        end_gradient(g, a, rows, w, work->gradient[a]);
    }
    for (int a = 0; a < d; a++) {
        double *F = a == 0 ? along0->flux0 + first : work->flux,
               *steep = a == 0 ? along0->steep0 + first : work->steep,
               *rate = a == 0 ? along0->rate0 + first : work->rate;
        flux_range(d, fields, theta_of(s, fields->theta, a), a, first, work->gradient, F, steep, count);
        window_range(g, a, fields->sawtooth[a] + first, w, rate, count);
        if (a == 0) continue;
        const lines l = lines_of(grid, a, rows);
        take_ends(l, F, work->ends);
        memset(F + count, 0, g->reach * l.stride * sizeof *F); /* a longer chunk may have left values here */
        memset(steep + count, 0, g->reach * l.stride * sizeof *steep);
        adjoint_range(g, a, a > 1, F, steep, rate, out + first, count);
        add_ends(g, l, work->ends, out + first);
    }
    take_end_rows(grid, rows, along0->flux0, along0->ends0);
}

void gz_cell_stencil_fluxes(const gz_cell_stencil *s, int thread, int shared, const gz_cell_fields *fields,
                            gz_rows rows, const double *w, double *out) {
    load(s, thread, rows, w);
    for (gz_rows part = {rows.begin, 0}; part.begin < rows.end; part.begin = part.end) {
        part.end = smaller(part.begin + s->chunk, rows.end);
        chunk_fluxes(s, thread, shared, fields, part, out);
    }
}

static void add_scaled(double scale, const double *restrict x, double *restrict out, size_t count) {
    for (size_t p = 0; p < count; p++) out[p] += scale * x[p];
}

void gz_cell_stencil_gather(const gz_cell_stencil *s, int shared, gz_rows rows, double *out) {
    const gz_derivative *g = s->derivative;
    const gz_cell_work *work = &s->work[shared];
    const size_t row = g->grid->stride[0], last = g->grid->nodes - 1, first = rows.begin * row;
    adjoint_range(g, 0, true, work->flux0 + first, work->steep0 + first, work->rate0 + first, out + first,
                  (rows.end - rows.begin) * row);
    for (size_t j = 0; j < 3; j++) {
        if (j >= rows.begin && j < rows.end) add_scaled(g->end[j], work->ends0, out + j * row, row);
        if (last - j >= rows.begin && last - j < rows.end)
            add_scaled(-g->end[j], work->ends0 + row, out + (last - j) * row, row);
    }
}

void gz_cell_stencil_apply(const gz_cell_stencil *s, int thread, const gz_cell_fields *fields,
                           const double *w, double *out) {
    const size_t n = s->derivative->grid->nodes, lag = s->derivative->reach;
    gz_rows ready = {0, 0};
    load(s, thread, (gz_rows){0, n}, w);
    for (gz_rows part = {0, 0}; part.begin < n; part.begin = part.end) {
        part.end = smaller(part.begin + s->chunk, n);
        chunk_fluxes(s, thread, thread, fields, part, out);
        ready.end = part.end == n ? n : larger(part.end, lag) - lag;
        if (ready.end > ready.begin) gz_cell_stencil_gather(s, thread, ready, out);
        ready.begin = larger(ready.begin, ready.end);
    }
}
