/* Sparse factors: the sorted keys are the pattern. Cell c and its factor belong to thread c mod threads. */
#include "sparse_factors.h"

#include <cholmod.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

/* The objects of one thread. */
typedef struct worker {
    cholmod_common common;
    cholmod_sparse *matrix; /* values of the cell being factored; every worker has a copy of the pattern */
    cholmod_dense *rhs, *solution, *y, *e;
    bool started;
} worker;

struct gz_sparse_factors {
    gz_context *context;
    size_t cells, rows;
    int threads;
    worker *workers;         /* [threads] */
    cholmod_factor **factor; /* [cell]; cell c belongs to worker c mod threads */
    double *scale;           /* [cell][row]: 1/sqrt of the diagonal */
    int *diagonal;           /* [row] */
};

void gz_sparse_factors_destroy(gz_sparse_factors *s) {
    if (!s) return;
    for (int t = 0; s->workers && t < s->threads; t++) {
        worker *w = &s->workers[t];
        if (!w->started) continue;
        for (size_t c = (size_t)t; s->factor && c < s->cells; c += (size_t)s->threads)
            cholmod_free_factor(&s->factor[c], &w->common);
        cholmod_free_sparse(&w->matrix, &w->common);
        cholmod_free_dense(&w->rhs, &w->common);
        cholmod_free_dense(&w->solution, &w->common);
        cholmod_free_dense(&w->y, &w->common);
        cholmod_free_dense(&w->e, &w->common);
        cholmod_finish(&w->common);
    }
    gz_release(s->workers);
    gz_release(s->factor);
    gz_release(s->scale);
    gz_release(s->diagonal);
    gz_release(s);
}

int64_t gz_sparse_key(size_t p, size_t q) {
    const int64_t low = (int64_t)(p < q ? p : q), high = (int64_t)(p < q ? q : p);
    return low << 32 | high; /* column, then row */
}

static int compare_keys(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static int place_of(const int64_t *sorted, size_t count, int64_t key) {
    if (key < 0) return -1;
    size_t low = 0, high = count;
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (sorted[middle] <= key)
            low = middle;
        else
            high = middle;
    }
    return (int)low;
}

static gz_status no_memory(gz_sparse_factors *s) {
    return gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: sparse factors of %zu cells with %zu nodes",
                   s->cells, s->rows);
}

/* Sort the keys. The unique ones become the pattern of the matrix of worker 0. */
static gz_status find_pattern(gz_sparse_factors *s, size_t count, const int64_t *keys, int *place) {
    int64_t *sorted = NULL;
    GZ_TRY(gz_allocate(s->context, count + s->rows, sizeof *sorted, &sorted));
    memcpy(sorted, keys, count * sizeof *keys);
    for (size_t r = 0; r < s->rows; r++) sorted[count + r] = gz_sparse_key(r, r);
    qsort(sorted, count + s->rows, sizeof *sorted, compare_keys);
    size_t entries = 0;
    for (size_t i = 0; i < count + s->rows; i++)
        if (sorted[i] >= 0 && (entries == 0 || sorted[i] != sorted[entries - 1]))
            sorted[entries++] = sorted[i];
    for (size_t i = 0; i < count; i++) place[i] = place_of(sorted, entries, keys[i]);
    for (size_t r = 0; r < s->rows; r++) s->diagonal[r] = place_of(sorted, entries, gz_sparse_key(r, r));
    worker *w = &s->workers[0];
    w->matrix = cholmod_allocate_sparse(s->rows, s->rows, entries, 1, 1, -1, CHOLMOD_REAL, &w->common);
    if (w->matrix) {
        int *column = w->matrix->p, *row = w->matrix->i;
        size_t k = 0;
        for (size_t c = 0; c < s->rows; c++) {
            column[c] = (int)k;
            for (; k < entries && (size_t)(sorted[k] >> 32) == c; k++) row[k] = (int)(sorted[k] & 0xffffffff);
        }
        column[s->rows] = (int)entries;
    }
    gz_release(sorted);
    return w->matrix ? GZ_OK : no_memory(s);
}

static void ignore_message(int status, const char *file, int line, const char *message) {
    (void)status, (void)file, (void)line, (void)message; /* every call's status is checked where it is made */
}

static gz_status start_workers(gz_sparse_factors *s) {
    GZ_TRY(gz_allocate(s->context, (size_t)s->threads, sizeof *s->workers, &s->workers));
    for (int t = 0; t < s->threads; t++) {
        worker *w = &s->workers[t];
        if (!cholmod_start(&w->common))
            return gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: CHOLMOD did not start");
        w->started = true;
        w->common.print = 0;
        w->common.error_handler = ignore_message;
        w->common.supernodal = CHOLMOD_SIMPLICIAL; /* factors are small; threads of BLAS would disturb ours */
        w->common.final_ll = 1;
    }
    return GZ_OK;
}

/* Analyse the pattern once, and copy the analysis for every cell. */
static gz_status analyse(gz_sparse_factors *s) {
    s->factor[0] = cholmod_analyze(s->workers[0].matrix, &s->workers[0].common);
    if (!s->factor[0]) return no_memory(s);
    for (int t = 0; t < s->threads; t++) {
        worker *w = &s->workers[t];
        if (t > 0) w->matrix = cholmod_copy_sparse(s->workers[0].matrix, &w->common);
        w->rhs = cholmod_allocate_dense(s->rows, 1, s->rows, CHOLMOD_REAL, &w->common);
        if (!w->matrix || !w->rhs) return no_memory(s);
    }
    for (size_t c = 1; c < s->cells; c++) {
        s->factor[c] = cholmod_copy_factor(s->factor[0], &s->workers[c % (size_t)s->threads].common);
        if (!s->factor[c]) return no_memory(s);
    }
    return GZ_OK;
}

static gz_status fill(gz_sparse_factors *s, size_t count, const int64_t *keys, int *place) {
    GZ_TRY(start_workers(s));
    GZ_TRY(gz_allocate(s->context, s->cells, sizeof *s->factor, &s->factor));
    GZ_TRY(gz_allocate(s->context, s->cells * s->rows, sizeof(double), &s->scale));
    GZ_TRY(gz_allocate(s->context, s->rows, sizeof(int), &s->diagonal));
    GZ_TRY(find_pattern(s, count, keys, place));
    return analyse(s);
}

gz_status gz_sparse_factors_create(gz_context *context, size_t cells, size_t rows, size_t count,
                                   const int64_t *keys, int *place, gz_sparse_factors **factors) {
    *factors = NULL;
    if (rows > INT32_MAX || count > INT32_MAX)
        return gz_fail(context, GZ_ERROR_SETTINGS, "%zu velocity nodes are too many for a sparse factor",
                       rows);
    gz_sparse_factors *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->cells = cells;
    s->rows = rows;
    s->threads = gz_context_threads(context);
    const gz_status status = fill(s, count, keys, place);
    if (status != GZ_OK) {
        gz_sparse_factors_destroy(s);
        return status;
    }
    *factors = s;
    return GZ_OK;
}

size_t gz_sparse_factors_diagonal(const gz_sparse_factors *s, size_t row) {
    return (size_t)s->diagonal[row];
}

/* Scale the matrix of a worker to unit diagonal. Returns false if the diagonal is not positive. */
static bool scale_matrix(const gz_sparse_factors *s, cholmod_sparse *matrix, double *scale) {
    double *value = matrix->x;
    const int *column = matrix->p, *row = matrix->i;
    for (size_t c = 0; c < s->rows; c++) {
        const double diagonal = value[s->diagonal[c]];
        if (!(diagonal > 0) || !isfinite(diagonal)) return false;
        scale[c] = 1 / sqrt(diagonal);
    }
    for (size_t c = 0; c < s->rows; c++)
        for (int k = column[c]; k < column[c + 1]; k++) value[k] *= scale[c] * scale[row[k]];
    return true;
}

bool gz_sparse_factors_out_of_memory(const gz_sparse_factors *s) {
    for (int t = 0; t < s->threads; t++)
        if (s->workers[t].common.status == CHOLMOD_OUT_OF_MEMORY) return true;
    return false;
}

gz_status gz_sparse_factors_update(gz_sparse_factors *s, gz_sparse_assemble assemble, const void *user) {
    int failures = 0;
#pragma omp parallel for num_threads(s->cells < (size_t)s->threads ? (int)s->cells : s->threads)             \
    schedule(static, 1) reduction(+ : failures)
    for (size_t cell = 0; cell < s->cells; cell++) {
        worker *w = &s->workers[omp_get_thread_num()];
        memset(w->matrix->x, 0, w->matrix->nzmax * sizeof(double));
        assemble(user, cell, w->matrix->x);
        cholmod_factor *factor = s->factor[cell];
        const bool done = scale_matrix(s, w->matrix, s->scale + cell * s->rows) &&
                          cholmod_factorize(w->matrix, factor, &w->common) &&
                          w->common.status == CHOLMOD_OK && factor->minor == s->rows;
        if (!done) failures++;
    }
    if (gz_sparse_factors_out_of_memory(s)) return no_memory(s);
    if (failures > 0)
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the local Hessian of %d cells is not positive definite to working accuracy",
                       failures);
    return GZ_OK;
}

bool gz_sparse_factors_solve(gz_sparse_factors *s, size_t cell, int thread, const double *b, double *x) {
    worker *w = &s->workers[thread];
    const double *scale = s->scale + cell * s->rows;
    double *rhs = w->rhs->x;
    for (size_t i = 0; i < s->rows; i++) rhs[i] = scale[i] * b[i];
    if (!cholmod_solve2(CHOLMOD_A, s->factor[cell], w->rhs, NULL, &w->solution, NULL, &w->y, &w->e,
                        &w->common))
        return false;
    const double *solution = w->solution->x;
    for (size_t i = 0; i < s->rows; i++) x[i] = scale[i] * solution[i];
    return true;
}
