/* Deflation: M W is never stored, since M w_j = diag w_j + dt K w_j is formed block by block. */
#include "deflation.h"

#include <math.h>
#include <string.h>

enum { PRODUCTS = GZ_DEFLATION_MAX * (GZ_DEFLATION_MAX + 1) / 2 }; /* number of products of two vectors */

gz_status gz_deflation_init(gz_fields *fields, const gz_null_space *space, gz_local_solver *local,
                            gz_deflation *s) {
    gz_context *context = fields->context;
    const gz_phase_grid *grid = fields->grid;
    memset(s, 0, sizeof *s);
    s->fields = fields;
    s->space = space;
    s->local = local;
    GZ_TRY(gz_allocate(context, GZ_BLOCK, sizeof(double), &s->ones));
    for (size_t i = 0; i < GZ_BLOCK; i++) s->ones[i] = 1;
    s->null_count = 1;
    for (int a = 0; a < grid->velocity_dim && space->moments; a++)
        s->null[s->null_count++] = grid->node_velocity[a];
    if (space->moments) s->null[s->null_count++] = grid->node_energy;
    s->slots = grid->velocity_dim < 3 ? 4 : GZ_DEFLATION_MEMORY; /* more slots save no applications of K */
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

/* The part of w_j in a block, to be multiplied by vector_factor. *Kw: the part of K w_j in the block, NULL where K w_j = 0. */
static const double *vector(const gz_deflation *s, size_t j, gz_block block, const double **Kw) {
    const bool null = j < s->null_count;
    if (j == 0) {
        if (Kw) *Kw = NULL;
        return s->ones;
    }
    if (Kw) *Kw = null ? NULL : s->Ky[j - s->null_count] + block.first;
    return null ? s->null[j] + block.node : s->y[j - s->null_count] + block.first;
}

/* m_c where w_j is a null vector m_c v_i or m_c |v|^2, else 1. */
static double vector_factor(const gz_deflation *s, size_t j, gz_block block) {
    if (j == 0 || j >= s->null_count) return 1;
    return gz_null_space_factor(s->space, block.index / s->fields->blocks_a_cell);
}

/* total_j = sum of partial[block][j] over the blocks of all ranks. */
static void totals(const gz_deflation *s, size_t count, double *total) {
    memset(total, 0, count * sizeof *total);
    for (size_t b = 0; b < s->fields->blocks; b++)
        for (size_t j = 0; j < count; j++) total[j] += s->partial[b * PRODUCTS + j];
    gz_ranks_sum(s->fields->grid->ranks, count, total);
}

static void gram_task(const void *self, gz_block block, double *sums) {
    const gz_deflation *s = self;
    const size_t m = vector_count(s);
    const double *restrict diag = s->diag + block.first, dt = s->dt;
    double Mw[GZ_BLOCK], *to = s->partial + block.index * PRODUCTS;
    (void)sums;
    for (size_t j = 0; j < m; j++) {
        const double *Kw, *w = vector(s, j, block, &Kw);
        if (Kw)
            for (size_t i = 0; i < block.count; i++) Mw[i] = diag[i] * w[i] + dt * Kw[i];
        else
            for (size_t i = 0; i < block.count; i++) Mw[i] = diag[i] * w[i];
        const double factor = vector_factor(s, j, block);
        for (size_t k = 0; k <= j; k++)
            *to++ = factor * vector_factor(s, k, block) *
                    gz_block_dot(vector(s, k, block, NULL), Mw, block.count);
    }
}

/* A = W^T M W. */
static void gram(gz_deflation *s, double *A) {
    const size_t m = vector_count(s);
    double product[PRODUCTS];
    gz_fields_run(s->fields, gram_task, s);
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
    for (size_t j = 0; j < m; j++) y[j] = gz_block_dot(s->E + j * m, x, m);
}

/* An application of the preconditioner; a: [vector]. */
typedef struct application {
    const gz_deflation *s;
    const double *r, *a;
    double *rest, *z;
} application;

/* partial: W^T r */
static void project_task(const void *self, gz_block on, double *sums) {
    const application *of = self;
    const gz_deflation *s = of->s;
    (void)sums;
    for (size_t j = 0; j < vector_count(s); j++)
        s->partial[on.index * PRODUCTS + j] =
            vector_factor(s, j, on) * gz_block_dot(vector(s, j, on, NULL), of->r + on.first, on.count);
}

/* rest = r - M W a */
static void subtract_task(const void *self, gz_block on, double *sums) {
    const application *of = self;
    const gz_deflation *s = of->s;
    const double *restrict diag = s->diag + on.first;
    double Wa[GZ_BLOCK], *restrict left = of->rest + on.first;
    (void)sums;
    for (size_t i = 0; i < on.count; i++) Wa[i] = of->a[0]; /* the first vector is 1 */
    memcpy(left, of->r + on.first, on.count * sizeof *left);
    for (size_t j = 1; j < vector_count(s); j++) {
        const double *Kw, *w = vector(s, j, on, &Kw), a = vector_factor(s, j, on) * of->a[j],
                          dt_a = s->dt * a;
        for (size_t i = 0; i < on.count; i++) Wa[i] += a * w[i];
        for (size_t i = 0; Kw && i < on.count; i++) left[i] -= dt_a * Kw[i];
    }
    for (size_t i = 0; i < on.count; i++) left[i] -= diag[i] * Wa[i];
}

/* partial: (M W)^T z */
static void project_back_task(const void *self, gz_block on, double *sums) {
    const application *of = self;
    const gz_deflation *s = of->s;
    const double *restrict diag = s->diag + on.first, *restrict z = of->z + on.first;
    double Dz[GZ_BLOCK];
    (void)sums;
    for (size_t i = 0; i < on.count; i++) Dz[i] = diag[i] * z[i];
    for (size_t j = 0; j < vector_count(s); j++) {
        const double *Kw, *w = vector(s, j, on, &Kw);
        double sum = vector_factor(s, j, on) * gz_block_dot(w, Dz, on.count);
        if (Kw) sum += s->dt * gz_block_dot(Kw, z, on.count);
        s->partial[on.index * PRODUCTS + j] = sum;
    }
}

/* z += W a */
static void correct_task(const void *self, gz_block on, double *sums) {
    const application *of = self;
    double *restrict z = of->z + on.first;
    (void)sums;
    for (size_t j = 0; j < vector_count(of->s); j++) {
        const double *restrict w = vector(of->s, j, on, NULL), a = vector_factor(of->s, j, on) * of->a[j];
        for (size_t i = 0; i < on.count; i++) z[i] += a * w[i];
    }
}

/* a = E W^T r and rest = r - M W a */
static void begin(gz_deflation *s, const application *of) {
    const size_t m = vector_count(s);
    double t[GZ_DEFLATION_MAX];
    gz_fields_run(s->fields, project_task, of);
    totals(s, m, t);
    multiply_E(s, t, s->a);
    s->gain = gz_block_dot(t, s->a, m) * s->fields->grid->cell_volume;
    gz_fields_run(s->fields, subtract_task, of);
}

gz_status gz_deflation_apply(gz_deflation *s, const double *r, double *z, gz_local_goal goal, double *rest) {
    const size_t m = vector_count(s);
    double t[GZ_DEFLATION_MAX], correction[GZ_DEFLATION_MAX];
    application of = {.s = s, .r = r, .a = s->a, .rest = rest, .z = z};
    if (!goal.again) begin(s, &of);
    goal.negligible -= s->gain; /* <r, z> without the rest's */
    GZ_TRY(gz_local_solver_solve(s->local, rest, z, goal));
    gz_fields_run(s->fields, project_back_task, &of);
    totals(s, m, t);
    multiply_E(s, t, correction);
    for (size_t j = 0; j < m; j++) correction[j] = s->a[j] - correction[j];
    of.a = correction;
    gz_fields_run(s->fields, correct_task, &of);
    return GZ_OK;
}
