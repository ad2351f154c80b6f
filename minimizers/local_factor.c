/* Local solver by sparse Cholesky factors: M = diag + dt K_local, one factor an x cell. See local_solver.h.
 *
 * All cells share one sparsity pattern. It is found once: quadrature node i of the form <Gw, h m T Gw>
 * couples the stencil nodes of all axes at i, a sawtooth window couples its own nodes; `place` says where in
 * the matrix each product goes. The matrix is scaled by its diagonal, since f spans twenty decades, then
 * refactored numerically in place.
 */
#include "local_solver.h"

#include <cholmod.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { ENTRIES = GZ_MAX_DIM * GZ_MAX_STENCIL };

/* What the thread that owns a cell needs. */
typedef struct worker {
    cholmod_common common;
    cholmod_sparse *matrix; /* values of the cell being factored; pattern shared by copy */
    cholmod_dense *rhs, *solution, *y, *e;
    bool started;
} worker;

typedef struct factors {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    int threads;
    worker *workers;         /* [threads] */
    cholmod_factor **factor; /* [cell] */
    double *scale;           /* [cell][node]: 1/sqrt of the diagonal */
    size_t entries;          /* stencil entries of a node, over all axes */
    size_t saw;              /* nodes of a window */
    int *place_gradient;     /* [node][entries (entries + 1)/2]: place in the values, -1 unused */
    int *place_sawtooth;     /* [axis][node][saw (saw + 1)/2] */
    int *diagonal;           /* [node] */
} factors;

static void destroy(void *self) {
    factors *s = self;
    if (!s) return;
    for (int t = 0; s->workers && t < s->threads; t++) {
        worker *w = &s->workers[t];
        if (!w->started) continue;
        for (size_t c = (size_t)t; s->factor && c < s->grid->cell_count; c += (size_t)s->threads)
            if (s->factor[c]) cholmod_free_factor(&s->factor[c], &w->common);
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
    gz_release(s->place_gradient);
    gz_release(s->place_sawtooth);
    gz_release(s->diagonal);
    gz_release(s);
}

/* Stencil entries of all axes at a node: axis, in-cell index difference, coefficient; the count. */
static size_t node_entries(const factors *s, const double *const theta[GZ_MAX_DIM], size_t node,
                           int axis[ENTRIES], ptrdiff_t offset[ENTRIES], double coefficient[ENTRIES]) {
    size_t count = 0;
    for (int a = 0; a < s->grid->velocity_dim; a++) {
        const size_t more = gz_derivative_row(gz_mobility_derivative(s->mobility), a, theta[a], node,
                                              offset + count, coefficient + count);
        for (size_t j = 0; j < more; j++) axis[count + j] = a;
        count += more;
    }
    return count;
}

/* Key of the lower-triangular entry that couples two nodes: column, then row. */
static int64_t key_of(size_t p, size_t q) {
    const int64_t low = (int64_t)(p < q ? p : q), high = (int64_t)(p < q ? q : p);
    return low << 32 | high;
}

static int compare_keys(const void *a, const void *b) {
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* All keys, in the order in which `place_gradient` and `place_sawtooth` list their products; -1 for unused.
 */
static void list_keys(const factors *s, int64_t *keys) {
    const double *const no_switch[GZ_MAX_DIM] = {0};
    const gz_derivative *g = gz_mobility_derivative(s->mobility);
    size_t k = 0;
    for (size_t node = 0; node < s->grid->node_count; node++) {
        int axis[ENTRIES];
        ptrdiff_t offset[ENTRIES];
        double coefficient[ENTRIES];
        const size_t count = node_entries(s, no_switch, node, axis, offset, coefficient);
        for (size_t i = 0; i < s->entries; i++)
            for (size_t j = 0; j <= i; j++)
                keys[k++] = i >= count ? -1
                                       : key_of((size_t)((ptrdiff_t)node + offset[i]),
                                                (size_t)((ptrdiff_t)node + offset[j]));
    }
    for (int a = 0; a < s->grid->velocity_dim; a++)
        for (size_t node = 0; node < s->grid->node_count; node++) {
            const bool starts = gz_phase_grid_node_index(s->grid, node, a) + g->saw_degree < s->grid->nodes;
            for (size_t i = 0; i < s->saw; i++)
                for (size_t j = 0; j <= i; j++)
                    keys[k++] =
                        !starts ? -1 : key_of(node + i * s->grid->stride[a], node + j * s->grid->stride[a]);
        }
    for (size_t node = 0; node < s->grid->node_count; node++) keys[k++] = key_of(node, node);
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

/* Find the pattern: unique keys become the matrix of worker 0. */
static gz_status find_pattern(factors *s) {
    const size_t nodes = s->grid->node_count, d = (size_t)s->grid->velocity_dim;
    const size_t gradient = nodes * s->entries * (s->entries + 1) / 2,
                 sawtooth = d * nodes * s->saw * (s->saw + 1) / 2;
    const size_t all = gradient + sawtooth + nodes;
    int64_t *keys = NULL, *sorted = NULL;
    gz_status status = gz_allocate(s->context, all, sizeof *keys, &keys);
    if (status == GZ_OK) status = gz_allocate(s->context, all, sizeof *sorted, &sorted);
    if (status == GZ_OK) status = gz_allocate(s->context, gradient, sizeof(int), &s->place_gradient);
    if (status == GZ_OK) status = gz_allocate(s->context, sawtooth, sizeof(int), &s->place_sawtooth);
    if (status == GZ_OK) status = gz_allocate(s->context, nodes, sizeof(int), &s->diagonal);
    if (status == GZ_OK) {
        list_keys(s, keys);
        memcpy(sorted, keys, all * sizeof *keys);
        qsort(sorted, all, sizeof *sorted, compare_keys);
        size_t count = 0;
        for (size_t i = 0; i < all; i++)
            if (sorted[i] >= 0 && (count == 0 || sorted[i] != sorted[count - 1])) sorted[count++] = sorted[i];
        for (size_t i = 0; i < gradient; i++) s->place_gradient[i] = place_of(sorted, count, keys[i]);
        for (size_t i = 0; i < sawtooth; i++)
            s->place_sawtooth[i] = place_of(sorted, count, keys[gradient + i]);
        for (size_t i = 0; i < nodes; i++)
            s->diagonal[i] = place_of(sorted, count, keys[gradient + sawtooth + i]);
        worker *w = &s->workers[0];
        w->matrix = cholmod_allocate_sparse(nodes, nodes, count, 1, 1, -1, CHOLMOD_REAL, &w->common);
        if (w->matrix) {
            int *column = w->matrix->p, *row = w->matrix->i;
            size_t k = 0;
            for (size_t c = 0; c < nodes; c++) {
                column[c] = (int)k;
                for (; k < count && (size_t)(sorted[k] >> 32) == c; k++)
                    row[k] = (int)(sorted[k] & 0xffffffff);
            }
            column[nodes] = (int)count;
        } else {
            status =
                gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: a sparse matrix of %zu entries", count);
        }
    }
    gz_release(keys);
    gz_release(sorted);
    return status;
}

static void ignore_message(int status, const char *file, int line, const char *message) {
    (void)status, (void)file, (void)line, (void)message; /* every call's status is checked where it is made */
}

static gz_status start_workers(factors *s) {
    GZ_TRY(gz_allocate(s->context, (size_t)s->threads, sizeof *s->workers, &s->workers));
    for (int t = 0; t < s->threads; t++) {
        worker *w = &s->workers[t];
        if (!cholmod_start(&w->common))
            return gz_fail(s->context, GZ_ERROR_INTERNAL, "CHOLMOD did not start");
        w->started = true;
        w->common.print = 0;
        w->common.error_handler = ignore_message;
        w->common.supernodal = CHOLMOD_SIMPLICIAL;
        w->common.final_ll = 1;
    }
    return GZ_OK;
}

static gz_status create(gz_context *context, gz_mobility *mobility, void **self) {
    factors *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    const gz_derivative *g = gz_mobility_derivative(mobility);
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    s->entries = (size_t)s->grid->velocity_dim * (g->reach > 1 ? 2 * g->reach : 3);
    s->saw = g->saw_degree + 1;
    s->threads = (size_t)gz_context_threads(context) < cells ? gz_context_threads(context) : (int)cells;
    GZ_TRY(start_workers(s));
    GZ_TRY(gz_allocate(context, cells, sizeof *s->factor, &s->factor));
    GZ_TRY(gz_allocate(context, s->grid->size, sizeof(double), &s->scale));
    GZ_TRY(find_pattern(s));
    cholmod_factor *symbolic = cholmod_analyze(s->workers[0].matrix, &s->workers[0].common);
    s->factor[0] = symbolic;
    bool whole = symbolic != NULL;
    for (int t = 0; whole && t < s->threads; t++) {
        worker *w = &s->workers[t];
        if (t > 0) w->matrix = cholmod_copy_sparse(s->workers[0].matrix, &w->common);
        w->rhs = cholmod_allocate_dense(nodes, 1, nodes, CHOLMOD_REAL, &w->common);
        whole = w->matrix && w->rhs;
    }
    for (size_t c = 1; whole && c < cells; c++) {
        s->factor[c] = cholmod_copy_factor(symbolic, &s->workers[c % (size_t)s->threads].common);
        whole = s->factor[c] != NULL;
    }
    if (!whole)
        return gz_fail(context, GZ_ERROR_MEMORY, "out of memory: sparse factors of %zu cells with %zu nodes",
                       cells, nodes);
    return GZ_OK;
}

/* Values of dt K_local of a cell: sum over quadrature nodes and windows of products of coefficients. */
static void assemble(const factors *s, size_t cell, const double *diag, double dt, double *value) {
    const int d = s->grid->velocity_dim;
    const gz_derivative *g = gz_mobility_derivative(s->mobility);
    const size_t nodes = s->grid->node_count, shift = cell * nodes;
    const double *weight = gz_mobility_weight(s->mobility) + shift, *theta[GZ_MAX_DIM] = {0},
                 *tensor[GZ_MAX_PAIRS];
    for (int a = 0; a < d; a++) {
        const double *th = gz_mobility_theta(s->mobility, a);
        theta[a] = th ? th + shift : NULL;
        for (int b = a; b < d; b++)
            tensor[gz_pair_index(d, a, b)] = gz_mobility_tensor(s->mobility, a, b) + shift;
    }
    const int *place = s->place_gradient;
    for (size_t node = 0; node < nodes; node++, place += s->entries * (s->entries + 1) / 2) {
        int axis[ENTRIES];
        ptrdiff_t offset[ENTRIES];
        double coefficient[ENTRIES];
        const size_t count = node_entries(s, theta, node, axis, offset, coefficient);
        size_t k = 0;
        for (size_t i = 0; i < count; i++)
            for (size_t j = 0; j <= i; j++, k++) {
                const double T = tensor[gz_pair_index(d, axis[i], axis[j])][node];
                const double twice = i != j && offset[i] == offset[j] ? 2 : 1;
                value[place[k]] += twice * dt * weight[node] * T * coefficient[i] * coefficient[j];
            }
    }
    place = s->place_sawtooth;
    for (int a = 0; a < d; a++) {
        const double *c = gz_mobility_sawtooth(s->mobility, a) + shift;
        for (size_t node = 0; node < nodes; node++) {
            size_t k = 0;
            for (size_t i = 0; i < s->saw; i++)
                for (size_t j = 0; j <= i; j++, k++)
                    if (c[node] > 0) value[place[k]] += dt * c[node] * g->saw[i] * g->saw[j];
            place += s->saw * (s->saw + 1) / 2;
        }
    }
    for (size_t node = 0; node < nodes; node++) value[s->diagonal[node]] += diag[shift + node];
}

/* Scale the matrix of a worker to unit diagonal; false if the diagonal is not positive. */
static bool scale_matrix(const factors *s, cholmod_sparse *matrix, double *scale) {
    double *value = matrix->x;
    const int *column = matrix->p, *row = matrix->i;
    for (size_t c = 0; c < s->grid->node_count; c++) {
        const double diagonal = value[s->diagonal[c]];
        if (!(diagonal > 0) || !isfinite(diagonal)) return false;
        scale[c] = 1 / sqrt(diagonal);
    }
    for (size_t c = 0; c < s->grid->node_count; c++)
        for (int k = column[c]; k < column[c + 1]; k++) value[k] *= scale[c] * scale[row[k]];
    return true;
}

static gz_status prepare(void *self, const double *diag, double dt) {
    factors *s = self;
    const size_t nodes = s->grid->node_count;
    int failures = 0;
#pragma omp parallel num_threads(s->threads) reduction(+ : failures) if (s->threads > 1)
    {
        const size_t t = (size_t)omp_get_thread_num(), step = (size_t)omp_get_num_threads();
        worker *w = &s->workers[t];
        for (size_t cell = t; cell < s->grid->cell_count; cell += step) {
            memset(w->matrix->x, 0, w->matrix->nzmax * sizeof(double));
            assemble(s, cell, diag, dt, w->matrix->x);
            cholmod_factor *factor = s->factor[cell];
            const bool done = scale_matrix(s, w->matrix, s->scale + cell * nodes) &&
                              cholmod_factorize(w->matrix, factor, &w->common) &&
                              w->common.status == CHOLMOD_OK && factor->minor == nodes;
            if (!done) failures++;
        }
    }
    if (failures > 0)
        return gz_fail(
            s->context, GZ_ERROR_NOT_CONVERGED,
            "the local Hessian of %d cells is not positive definite to working accuracy; use a smaller dt",
            failures);
    return GZ_OK;
}

static gz_status solve(void *self, const double *r, double *z) {
    factors *s = self;
    const size_t nodes = s->grid->node_count;
    int failures = 0;
#pragma omp parallel num_threads(s->threads) reduction(+ : failures) if (s->threads > 1)
    {
        const size_t t = (size_t)omp_get_thread_num(), step = (size_t)omp_get_num_threads();
        worker *w = &s->workers[t];
        for (size_t cell = t; cell < s->grid->cell_count; cell += step) {
            const double *scale = s->scale + cell * nodes;
            double *b = w->rhs->x;
            for (size_t i = 0; i < nodes; i++) b[i] = scale[i] * r[cell * nodes + i];
            if (!cholmod_solve2(CHOLMOD_A, s->factor[cell], w->rhs, NULL, &w->solution, NULL, &w->y, &w->e,
                                &w->common)) {
                failures++;
                continue;
            }
            const double *x = w->solution->x;
            for (size_t i = 0; i < nodes; i++) z[cell * nodes + i] = scale[i] * x[i];
        }
    }
    if (failures > 0)
        return gz_fail(s->context, GZ_ERROR_MEMORY, "CHOLMOD could not solve in %d cells", failures);
    return GZ_OK;
}

const gz_local_method gz_local_factor = {"factor", create, destroy, prepare, solve};
