/* Velocity convolution by pruned real transforms.
 *
 * P is the padded length, and C = P/2 + 1 the number of modes of the last axis. One input field of a cell
 * becomes a *slab* [n][M], transformed along all axes but the first; M = C (d = 2) or P C (d = 3). The first
 * axis is then done in chunks of B columns:
 *
 *   A  rows:    real transforms of rows along the last axis; d = 3: then columns along the middle axis, plane
 *               by plane
 *   B  chunks:  [n][B] -> [P][B] zero padded, forward, times symbol, backward, keep n rows
 *   C  rows:    A backwards, keeping n of P values
 *
 * Threads share the cells. If there are fewer cells than threads, they share the items of each phase instead.
 */
#include "velocity_convolution.h"

#include "plans.h"
#include "team.h"

#include <fftw3.h>
#include <omp.h>
#include <string.h>

struct gz_velocity_convolution {
    gz_context *context;
    const gz_phase_grid *grid;
    int threads;
    bool shared;                 /* fewer cells than threads: threads share the items of each phase */
    size_t n, P, C, M, B;        /* sizes as above */
    size_t chunks_a_row, chunks; /* chunks in C modes; chunks in a cell */
    size_t rows, items;          /* an item is `rows` real rows transformed together; items in a field */
    size_t fold;                 /* P/2 + 1: stored wave numbers of a folded axis */
    double *symbol;              /* [stored pair][middle fold or 1][fold][C], over P^d */
    fftw_complex *slab;          /* [thread, or cell if shared][d][n, or items * rows if d = 2][M] */
    size_t slab_size;            /* size of the slab of one field */
    double *padded, *unpadded; /* [thread][rows][P]: before a row transform, with zero tails, and after it */
    fftw_complex *chunk;       /* [thread][d][P][B] */
    fftw_complex *accumulator; /* [thread][d][B] */
    fftw_plan rows_forward, rows_backward, columns_forward, columns_backward;
};

/* An odd length is no option: its real transforms cost more than those of the next even length. */
size_t gz_padded_length(size_t nodes) {
    for (size_t length = 2 * nodes;; length += 2) {
        size_t rest = length;
        for (size_t prime = 2; prime <= 7; prime++)
            while (rest % prime == 0) rest /= prime;
        if (rest == 1) return length;
    }
}

/* Place of a pair among the stored ones. In d = 3 exchanging the first two axes turns a_11 into a_00 and a_12
 * into a_02, so that of 00, 01, 02, 11, 12, 22 only 00, 01, 02 and 22 are stored. */
static int stored_pair(int d, int pair, bool *exchanged) {
    static const int PLACE[GZ_MAX_PAIRS] = {0, 1, 2, 0, 2, 3};
    *exchanged = d == 3 && (pair == 3 || pair == 4);
    return d == 3 ? PLACE[pair] : pair;
}

/* Where row k0 (and middle wave number k1) of the symbol of a pair begins. */
static size_t symbol_row(const gz_velocity_convolution *s, int pair, size_t k1, size_t k0) {
    const int d = s->grid->velocity_dim;
    const size_t middle = d == 3 ? s->fold : 1;
    bool exchanged;
    const size_t place = (size_t)stored_pair(d, pair, &exchanged);
    return ((place * middle + (exchanged ? k0 : k1)) * s->fold + (exchanged ? k1 : k0)) * s->C;
}

static gz_status make_symbol(gz_velocity_convolution *s, const gz_lattice_kernel *kernel) {
    const int d = s->grid->velocity_dim, pairs = gz_pair_count(d);
    const size_t stored = d == 3 ? 4 : 3, P = s->P, middle = d == 3 ? s->fold : 1;
    size_t total = 1;
    int shape[GZ_MAX_DIM];
    for (int a = 0; a < d; a++) {
        total *= P;
        shape[a] = (int)P;
    }
    double *values = fftw_alloc_real(total); /* released below, so not counted as memory of the context */
    fftw_complex *spectrum = fftw_alloc_complex(total / P * s->C);
    fftw_plan plan = NULL;
    gz_status status = gz_allocate(s->context, stored * middle * s->fold * s->C, sizeof(double), &s->symbol);
    if (status == GZ_OK && (!values || !spectrum))
        status = gz_fail(s->context, GZ_ERROR_MEMORY,
                         "out of memory for transforms of length %zu; use a smaller grid", P);
    gz_plans_lock();
    if (status == GZ_OK) plan = fftw_plan_dft_r2c(d, shape, values, spectrum, FFTW_ESTIMATE);
    gz_plans_unlock();
    if (status == GZ_OK && !plan)
        status = gz_fail(s->context, GZ_ERROR_INTERNAL, "FFTW made no plan of length %zu", P);
    for (int pair = 0; status == GZ_OK && pair < pairs; pair++) {
        bool exchanged;
        stored_pair(d, pair, &exchanged);
        if (exchanged) continue;
        for (size_t i = 0; i < total; i++) {
            double z[GZ_MAX_DIM], a[GZ_MAX_PAIRS];
            bool reached = true; /* two nodes differ by at most n-1 steps along each axis */
            size_t rest = i;
            for (int k = d - 1; k >= 0; k--) {
                const size_t j = rest % P, distance = j < P - j ? j : P - j;
                rest /= P;
                reached = reached && distance < s->n;
                z[k] = (j < P - j ? 1 : -1) * (double)distance * s->grid->spacing;
            }
            if (reached) gz_lattice_kernel_tensor(kernel, z, a);
            values[i] = reached ? a[pair] / (double)total : 0;
        }
        fftw_execute(plan);
        for (size_t k1 = 0; k1 < middle; k1++)
            for (size_t k0 = 0; k0 < s->fold; k0++) {
                double *row = s->symbol + symbol_row(s, pair, k1, k0);
                const size_t from = (d == 3 ? k0 * P + k1 : k0) * s->C;
                for (size_t k = 0; k < s->C; k++) row[k] = spectrum[from + k][0];
            }
    }
    gz_plans_lock();
    fftw_destroy_plan(plan);
    gz_plans_unlock();
    fftw_free(values);
    fftw_free(spectrum);
    return status;
}

static gz_status make_workspace(gz_velocity_convolution *s) {
    const size_t d = (size_t)s->grid->velocity_dim, threads = (size_t)s->threads, n = s->n, P = s->P;
    const size_t chunk = P * s->B, places = s->shared ? s->grid->cell_count : threads;
    GZ_TRY(gz_allocate(s->context, places * d * s->slab_size, sizeof(fftw_complex), &s->slab));
    GZ_TRY(gz_allocate(s->context, threads * s->rows * P, sizeof(double), &s->padded));
    GZ_TRY(gz_allocate(s->context, threads * s->rows * P, sizeof(double), &s->unpadded));
    GZ_TRY(gz_allocate(s->context, threads * d * chunk, sizeof(fftw_complex), &s->chunk));
    GZ_TRY(gz_allocate(s->context, threads * d * s->B, sizeof(fftw_complex), &s->accumulator));
    const int length[] = {(int)P}, rows = (int)s->rows, step = (int)P, modes = (int)s->C, B = (int)s->B;
    const unsigned effort = gz_plans_effort(s->context);
    gz_plans_lock();
    s->rows_forward = fftw_plan_many_dft_r2c(1, length, rows, s->padded, NULL, 1, step, s->slab, NULL, 1,
                                             modes, effort | FFTW_PRESERVE_INPUT);
    s->rows_backward =
        fftw_plan_many_dft_c2r(1, length, rows, s->slab, NULL, 1, modes, s->unpadded, NULL, 1, step, effort);
    s->columns_forward =
        fftw_plan_many_dft(1, length, B, s->chunk, NULL, B, 1, s->chunk, NULL, B, 1, FFTW_FORWARD, effort);
    s->columns_backward =
        fftw_plan_many_dft(1, length, B, s->chunk, NULL, B, 1, s->chunk, NULL, B, 1, FFTW_BACKWARD, effort);
    gz_plans_unlock();
    if (!s->rows_forward || !s->rows_backward || !s->columns_forward || !s->columns_backward)
        return gz_fail(s->context, GZ_ERROR_INTERNAL, "FFTW made no plan for %zu rows of length %zu", n, P);
    memset(s->padded, 0, threads * s->rows * P * sizeof(double)); /* measuring plans has written into it */
    return GZ_OK;
}

gz_status gz_velocity_convolution_create(gz_context *context, const gz_phase_grid *grid,
                                         const gz_lattice_kernel *kernel,
                                         gz_velocity_convolution **convolution) {
    *convolution = NULL;
    gz_velocity_convolution *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    const size_t threads = (size_t)gz_context_threads(context);
    s->context = context;
    s->grid = grid;
    s->threads = (int)threads;
    s->shared = grid->cell_count < threads;
    s->n = grid->nodes;
    s->P = gz_padded_length(grid->nodes);
    s->C = s->P / 2 + 1;
    s->fold = s->P / 2 + 1;
    if (grid->velocity_dim == 2) {
        const size_t parts = s->shared ? threads : 1;
        s->M = s->C;
        s->B = (s->C + parts - 1) / parts;
        s->rows = (s->n + parts - 1) / parts;
        s->items = parts;
        s->slab_size = s->items * s->rows * s->M;
    } else {
        s->M = s->P * s->C;
        s->B = s->C;
        s->rows = s->n;
        s->items = s->n;
        s->slab_size = s->n * s->M;
    }
    s->chunks_a_row = (s->C + s->B - 1) / s->B;
    s->chunks = s->M / s->C * s->chunks_a_row;
    gz_status status = make_symbol(s, kernel);
    if (status == GZ_OK) status = make_workspace(s);
    if (status != GZ_OK) {
        gz_velocity_convolution_destroy(s);
        return status;
    }
    *convolution = s;
    return GZ_OK;
}

void gz_velocity_convolution_destroy(gz_velocity_convolution *s) {
    if (!s) return;
    fftw_plan plans[] = {s->rows_forward, s->rows_backward, s->columns_forward, s->columns_backward};
    gz_plans_lock();
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) fftw_destroy_plan(plans[i]);
    gz_plans_unlock();
    gz_release(s->symbol);
    gz_release(s->slab);
    gz_release(s->padded);
    gz_release(s->unpadded);
    gz_release(s->chunk);
    gz_release(s->accumulator);
    gz_release(s);
}

/* Number of the rows of an item that are rows of the field; the last items may have fewer than `rows`. */
static size_t rows_of_item(const gz_velocity_convolution *s, size_t item) {
    const size_t first = item * s->rows, all = s->n * (s->grid->velocity_dim == 3 ? s->n : 1);
    return first >= all ? 0 : all - first < s->rows ? all - first : s->rows;
}

/* Where the rows of an item begin in a slab. */
static fftw_complex *item_in_slab(const gz_velocity_convolution *s, fftw_complex *slab, size_t item) {
    return slab + item * (s->grid->velocity_dim == 3 ? s->M : s->rows * s->C);
}

static fftw_complex *slab_of(const gz_velocity_convolution *s, size_t place, size_t field) {
    return s->slab + (place * (size_t)s->grid->velocity_dim + field) * s->slab_size;
}

/* Phase A for one item of one field. */
static void rows_forward(const gz_velocity_convolution *s, const double *field, fftw_complex *slab,
                         size_t item, size_t thread) {
    double *padded = s->padded + thread * s->rows * s->P;
    fftw_complex *target = item_in_slab(s, slab, item);
    const size_t count = rows_of_item(s, item);
    for (size_t r = 0; r < count; r++)
        memcpy(padded + r * s->P, field + (item * s->rows + r) * s->n, s->n * sizeof(double));
    fftw_execute_dft_r2c(s->rows_forward, padded, target);
    if (s->grid->velocity_dim < 3) return;
    memset(target + s->n * s->C, 0, (s->P - s->n) * s->C * sizeof *target);
    fftw_execute_dft(s->columns_forward, target, target);
}

/* Phase C for one item of one field. */
static void rows_backward(const gz_velocity_convolution *s, fftw_complex *slab, double *field, size_t item,
                          size_t thread) {
    double *unpadded = s->unpadded + thread * s->rows * s->P;
    fftw_complex *source = item_in_slab(s, slab, item);
    if (s->grid->velocity_dim == 3) fftw_execute_dft(s->columns_backward, source, source);
    fftw_execute_dft_c2r(s->rows_backward, source, unpadded);
    const size_t count = rows_of_item(s, item);
    for (size_t r = 0; r < count; r++)
        memcpy(field + (item * s->rows + r) * s->n, unpadded + r * s->P, s->n * sizeof(double));
}

/* Sign of a_ab^ at a wave number that is folded (negative) along some axes. For a != b a_ab^ is odd in k_a
 * and in k_b. */
static double folded_sign(int d, int pair, const bool negative[GZ_MAX_DIM]) {
    for (int a = 0; a < d; a++)
        for (int b = a + 1; b < d; b++)
            if (gz_pair_index(d, a, b) == pair) return negative[a] != negative[b] ? -1 : 1;
    return 1;
}

static void multiply_row(double *restrict sum, double sign, const double *restrict symbol,
                         const double *restrict x, size_t width, bool first) {
    if (first) {
        for (size_t k = 0; k < width; k++) {
            sum[2 * k] = sign * symbol[k] * x[2 * k];
            sum[2 * k + 1] = sign * symbol[k] * x[2 * k + 1];
        }
    } else {
        for (size_t k = 0; k < width; k++) {
            sum[2 * k] += sign * symbol[k] * x[2 * k];
            sum[2 * k + 1] += sign * symbol[k] * x[2 * k + 1];
        }
    }
}

/* Phase B for one chunk: the modes first..first+width-1 of the last axis at the middle wave number k1. */
static void chunk_pass(const gz_velocity_convolution *s, int inputs, int outputs,
                       int symbol[GZ_MAX_DIM][GZ_MAX_DIM], fftw_complex *slab, size_t k1, size_t first,
                       size_t thread) {
    const int d = s->grid->velocity_dim;
    const size_t P = s->P, B = s->B, n = s->n, place = k1 * s->C + first;
    const size_t width = s->C - first < B ? s->C - first : B;
    fftw_complex *chunk = s->chunk + thread * (size_t)d * P * B,
                 *sum = s->accumulator + thread * (size_t)d * B;
    for (int i = 0; i < inputs; i++) {
        fftw_complex *x = chunk + (size_t)i * P * B;
        fftw_complex *source = slab + (size_t)i * s->slab_size + place;
        for (size_t r = 0; r < n; r++) memcpy(x + r * B, source + r * s->M, width * sizeof *x);
        memset(x + n * B, 0, (P - n) * B * sizeof *x);
        fftw_execute_dft(s->columns_forward, x, x);
    }
    const size_t fold1 = k1 < s->fold ? k1 : P - k1;
    for (size_t r = 0; r < P; r++) {
        const size_t fold0 = r < s->fold ? r : P - r;
        const bool negative[GZ_MAX_DIM] = {fold0 != r, d == 3 && fold1 != k1, false};
        for (int o = 0; o < outputs; o++)
            for (int i = 0; i < inputs; i++) {
                const int pair = symbol[o][i];
                multiply_row((double *)(sum + (size_t)o * B), folded_sign(d, pair, negative),
                             s->symbol + symbol_row(s, pair, fold1, fold0) + first,
                             (const double *)(chunk + ((size_t)i * P + r) * B), width, i == 0);
            }
        for (int o = 0; o < outputs; o++)
            memcpy(chunk + ((size_t)o * P + r) * B, sum + (size_t)o * B, width * sizeof *sum);
    }
    for (int o = 0; o < outputs; o++) {
        fftw_complex *y = chunk + (size_t)o * P * B, *target = slab + (size_t)o * s->slab_size + place;
        fftw_execute_dft(s->columns_backward, y, y);
        for (size_t r = 0; r < n; r++) memcpy(target + r * s->M, y + r * B, width * sizeof *y);
    }
}

/* The arguments of one convolution. */
typedef struct job {
    int inputs, outputs;
    double *const *in, *const *out;
    int (*symbol)[GZ_MAX_DIM];
} job;

/* Phases A, B and C of one item of a cell, whose slabs are at `place`. */
static void forward_item(const gz_velocity_convolution *s, const job *of, size_t cell, size_t place,
                         size_t item, size_t thread) {
    const size_t field = item / s->items;
    rows_forward(s, of->in[field] + cell * s->grid->node_count, slab_of(s, place, field), item % s->items,
                 thread);
}

static void chunk_item(const gz_velocity_convolution *s, const job *of, size_t place, size_t item,
                       size_t thread) {
    chunk_pass(s, of->inputs, of->outputs, of->symbol, slab_of(s, place, 0), item / s->chunks_a_row,
               item % s->chunks_a_row * s->B, thread);
}

static void backward_item(const gz_velocity_convolution *s, const job *of, size_t cell, size_t place,
                          size_t item, size_t thread) {
    const size_t field = item / s->items;
    rows_backward(s, slab_of(s, place, field), of->out[field] + cell * s->grid->node_count, item % s->items,
                  thread);
}

typedef struct whole_cells {
    const gz_velocity_convolution *s;
    const job *of;
} whole_cells;

/* All phases of a cell, one after the other. */
static void whole_cell(const void *self, size_t cell) {
    const gz_velocity_convolution *s = ((const whole_cells *)self)->s;
    const job *of = ((const whole_cells *)self)->of;
    const size_t thread = (size_t)omp_get_thread_num();
    for (size_t j = 0; j < (size_t)of->inputs * s->items; j++) forward_item(s, of, cell, thread, j, thread);
    for (size_t j = 0; j < s->chunks; j++) chunk_item(s, of, thread, j, thread);
    for (size_t j = 0; j < (size_t)of->outputs * s->items; j++) backward_item(s, of, cell, thread, j, thread);
}

void gz_velocity_convolution_apply(gz_velocity_convolution *s, int inputs, double *const in[], int outputs,
                                   double *const out[], int symbol[GZ_MAX_DIM][GZ_MAX_DIM]) {
    const job of = {inputs, outputs, in, out, symbol};
    const size_t cells = s->grid->cell_count, forward = (size_t)inputs * s->items, chunks = s->chunks,
                 backward = (size_t)outputs * s->items;
    if (!s->shared) {
        gz_share(s->threads, cells, whole_cell, &(whole_cells){s, &of});
        return;
    }
#pragma omp parallel num_threads(s->threads)
    {
        const size_t thread = (size_t)omp_get_thread_num();
#pragma omp for
        for (size_t j = 0; j < cells * forward; j++)
            forward_item(s, &of, j / forward, j / forward, j % forward, thread);
#pragma omp for
        for (size_t j = 0; j < cells * chunks; j++) chunk_item(s, &of, j / chunks, j % chunks, thread);
#pragma omp for
        for (size_t j = 0; j < cells * backward; j++)
            backward_item(s, &of, j / backward, j / backward, j % backward, thread);
    }
}
