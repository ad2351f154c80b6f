/* Deflation: M W is never stored, since M w_j = diag w_j + dt K w_j is formed block by block. */
#include "deflation.h"

#include <math.h>
#include <string.h>

enum { PRODUCTS = GZ_DEFLATION_MAX * (GZ_DEFLATION_MAX + 1) / 2 }; /* number of products of two vectors */

gz_status gz_deflation_init(gz_fields *fields, gz_local_solver *local, gz_deflation *s) {
    gz_context *context = fields->context;
    const gz_phase_grid *grid = fields->grid;
    memset(s, 0, sizeof *s);
    s->fields = fields;
    s->local = local;
    GZ_TRY(gz_allocate(context, GZ_BLOCK, sizeof(double), &s->ones));
    for (size_t i = 0; i < GZ_BLOCK; i++) s->ones[i] = 1;
    s->null_count = 1;
    for (int a = 0; a < grid->velocity_dim; a++) s->null[s->null_count++] = grid->node_velocity[a];
    s->null[s->null_count++] = grid->node_energy;
    s->slots = grid->velocity_dim == 2 ? 4 : GZ_DEFLATION_MEMORY; /* more slots save no applications of K */
    for (size_t j = 0; j < s->slots; j++) {
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->y[j]));
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->Ky[j]));
    }
    return gz_allocate(context, fields->blocks * PRODUCTS, sizeof(double), &s->partial);
}

void gz_deflation_free(gz_deflation *s) {
    gz_release(s->ones);
    for (size_t j = 0; j < GZ_DEFLATION_MEMORY; j++) {
        gz_release(s->y[j]);
        gz_release(s->Ky[j]);
    }
    gz_release(s->partial);
    memset(s, 0, sizeof *s);
}

void gz_deflation_forget(gz_deflation *s) {
    s->memory_count = s->next = 0;
}

void gz_deflation_remember(gz_deflation *s, const double *y, const double *Ky) {
    const size_t bytes = s->fields->grid->size * sizeof(double);
    memcpy(s->y[s->next], y, bytes);
    memcpy(s->Ky[s->next], Ky, bytes);
    s->next = (s->next + 1) % s->slots;
    if (s->memory_count < s->slots) s->memory_count++;
}

static size_t vector_count(const gz_deflation *s) {
    return s->null_count + s->memory_count;
}

/* The part of w_j in a block. *Kw: the part of K w_j in the block, NULL where K w_j = 0. */
static const double *vector(const gz_deflation *s, size_t j, gz_block block, const double **Kw) {
    const bool null = j < s->null_count;
    if (j == 0) {
        if (Kw) *Kw = NULL;
        return s->ones;
    }
    if (Kw) *Kw = null ? NULL : s->Ky[j - s->null_count] + block.first;
    return null ? s->null[j] + block.node : s->y[j - s->null_count] + block.first;
}

static double block_dot(const double *restrict a, const double *restrict b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

/* total_j = sum of partial[block][j] over the blocks of all ranks. */
static void totals(const gz_deflation *s, size_t count, double *total) {
    memset(total, 0, count * sizeof *total);
    for (size_t b = 0; b < s->fields->blocks; b++)
        for (size_t j = 0; j < count; j++) total[j] += s->partial[b * PRODUCTS + j];
    gz_ranks_sum(s->fields->grid->ranks, count, total);
}

/* A = W^T M W. */
static void gram(gz_deflation *s, double *A) {
    const size_t m = vector_count(s);
    double product[PRODUCTS];
#pragma omp parallel for num_threads(s->fields->threads)
    for (size_t b = 0; b < s->fields->blocks; b++) {
        const gz_block block = gz_fields_block(s->fields, b);
        const double *diag = s->diag + block.first;
        double Mw[GZ_BLOCK], *to = s->partial + b * PRODUCTS;
        for (size_t j = 0; j < m; j++) {
            const double *Kw, *w = vector(s, j, block, &Kw);
            for (size_t i = 0; i < block.count; i++) Mw[i] = diag[i] * w[i];
            for (size_t i = 0; Kw && i < block.count; i++) Mw[i] += s->dt * Kw[i];
            for (size_t k = 0; k <= j; k++) *to++ = block_dot(vector(s, k, block, NULL), Mw, block.count);
        }
    }
    totals(s, m * (m + 1) / 2, product);
    for (size_t j = 0; j < m; j++)
        for (size_t k = 0; k <= j; k++) A[j * m + k] = A[k * m + j] = product[j * (j + 1) / 2 + k];
}

/* E = A^-1 on the vectors that are independent to 1e-13, zero on the others. A, whose diagonal is 1, is
 * factored as L L^T without the rows and columns of dependent vectors. In the end A holds L^-1. */
static void invert(size_t m, double *restrict A, double *restrict E) {
    for (size_t j = 0; j < m; j++) {
        double pivot = A[j * m + j];
        for (size_t k = 0; k < j; k++) pivot -= A[j * m + k] * A[j * m + k];
        const double scale = pivot > 1e-13 ? 1 / sqrt(pivot) : 0;
        A[j * m + j] = scale; /* 1/L_jj */
        for (size_t i = j + 1; i < m; i++) {
            double sum = A[i * m + j];
            for (size_t k = 0; k < j; k++) sum -= A[i * m + k] * A[j * m + k];
            A[i * m + j] = sum * scale;
        }
    }
    for (size_t j = 0; j < m; j++)
        for (size_t i = j + 1; i < m; i++) {
            double sum = 0;
            for (size_t k = j; k < i; k++) sum += A[i * m + k] * A[k * m + j];
            A[i * m + j] = -sum * A[i * m + i];
        }
    for (size_t i = 0; i < m; i++)
        for (size_t j = 0; j < m; j++) {
            double sum = 0;
            for (size_t k = i > j ? i : j; k < m; k++) sum += A[k * m + i] * A[k * m + j];
            E[i * m + j] = sum;
        }
}

gz_status gz_deflation_prepare(gz_deflation *s, const double *diag, double dt) {
    const size_t m = vector_count(s);
    double A[GZ_DEFLATION_MAX * GZ_DEFLATION_MAX], scale[GZ_DEFLATION_MAX];
    s->diag = diag;
    s->dt = dt;
    gram(s, A);
    for (size_t j = 0; j < m; j++) scale[j] = A[j * m + j] > 0 ? 1 / sqrt(A[j * m + j]) : 0;
    for (size_t j = 0; j < m; j++)
        for (size_t k = 0; k < m; k++) A[j * m + k] *= scale[j] * scale[k];
    for (size_t i = 0; i < m * m; i++)
        if (!isfinite(A[i]))
            return gz_fail(s->fields->context, GZ_ERROR_NOT_CONVERGED,
                           "the Newton matrix has entries that are not finite");
    invert(m, A, s->E);
    for (size_t j = 0; j < m; j++)
        for (size_t k = 0; k < m; k++) s->E[j * m + k] *= scale[j] * scale[k];
    return GZ_OK;
}

static void multiply_E(const gz_deflation *s, const double *x, double *y) {
    const size_t m = vector_count(s);
    for (size_t j = 0; j < m; j++) y[j] = block_dot(s->E + j * m, x, m);
}

gz_status gz_deflation_apply(gz_deflation *s, const double *r, double *z, gz_local_goal goal, double *rest) {
    const size_t m = vector_count(s), blocks = s->fields->blocks;
    double t[GZ_DEFLATION_MAX], a[GZ_DEFLATION_MAX], correction[GZ_DEFLATION_MAX];
#pragma omp parallel for num_threads(s->fields->threads)
    for (size_t b = 0; b < blocks; b++) {
        const gz_block block = gz_fields_block(s->fields, b);
        for (size_t j = 0; j < m; j++)
            s->partial[b * PRODUCTS + j] = block_dot(vector(s, j, block, NULL), r + block.first, block.count);
    }
    totals(s, m, t);
    multiply_E(s, t, a);
#pragma omp parallel for num_threads(s->fields->threads)
    for (size_t b = 0; b < blocks; b++) { /* rest = r - M W a */
        const gz_block block = gz_fields_block(s->fields, b);
        double Wa[GZ_BLOCK] = {0}, *restrict left = rest + block.first;
        const double *restrict diag = s->diag + block.first;
        memcpy(left, r + block.first, block.count * sizeof *left);
        for (size_t j = 0; j < m; j++) {
            const double *Kw, *restrict w = vector(s, j, block, &Kw);
            for (size_t i = 0; i < block.count; i++) Wa[i] += a[j] * w[i];
            for (size_t i = 0; Kw && i < block.count; i++) left[i] -= s->dt * a[j] * Kw[i];
        }
        for (size_t i = 0; i < block.count; i++) left[i] -= diag[i] * Wa[i];
    }
    goal.negligible -= block_dot(t, a, m) * s->fields->grid->cell_volume; /* <r, z> without the rest's */
    GZ_TRY(gz_local_solver_solve(s->local, rest, z, goal));
#pragma omp parallel for num_threads(s->fields->threads)
    for (size_t b = 0; b < blocks; b++) { /* (M W)^T z */
        const gz_block block = gz_fields_block(s->fields, b);
        double Dz[GZ_BLOCK];
        for (size_t i = 0; i < block.count; i++) Dz[i] = s->diag[block.first + i] * z[block.first + i];
        for (size_t j = 0; j < m; j++) {
            const double *Kw, *w = vector(s, j, block, &Kw);
            double sum = block_dot(w, Dz, block.count);
            if (Kw) sum += s->dt * block_dot(Kw, z + block.first, block.count);
            s->partial[b * PRODUCTS + j] = sum;
        }
    }
    totals(s, m, t);
    multiply_E(s, t, correction);
    for (size_t j = 0; j < m; j++) correction[j] = a[j] - correction[j];
#pragma omp parallel for num_threads(s->fields->threads)
    for (size_t b = 0; b < blocks; b++) {
        const gz_block block = gz_fields_block(s->fields, b);
        for (size_t j = 0; j < m; j++) {
            const double *restrict w = vector(s, j, block, NULL);
            for (size_t i = 0; i < block.count; i++) z[block.first + i] += correction[j] * w[i];
        }
    }
    return GZ_OK;
}
