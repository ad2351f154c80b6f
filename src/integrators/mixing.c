/* Mixing: the least squares problem by its normal equations, whose rows are taken in while they are independent. */
#include "mixing.h"

#include <math.h>
#include <string.h>

static const double INDEPENDENT = 1e-12; /* least pivot over its diagonal: the square of an angle */

gz_status gz_mixing_init(gz_context *context, const gz_phase_grid *grid, gz_mixing *s) {
    GZ_TRY(gz_fields_init(context, grid, &s->fields));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->r));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->g));
    for (int j = 0; j < GZ_MIXING_DEPTH; j++) {
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->change_r[j]));
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->change_g[j]));
    }
    return GZ_OK;
}

void gz_mixing_free(gz_mixing *s) {
    gz_release(s->r);
    gz_release(s->g);
    for (int j = 0; j < GZ_MIXING_DEPTH; j++) {
        gz_release(s->change_r[j]);
        gz_release(s->change_g[j]);
    }
    gz_fields_free(&s->fields);
}

void gz_mixing_begin(gz_mixing *s) {
    s->rounds = 0;
}

/* sum h e^x a b. */
static double dot(gz_mixing *s, const double *x, const double *a, const double *b) {
    gz_fields *fields = &s->fields;
#pragma omp parallel for num_threads(fields->threads)
    for (size_t j = 0; j < fields->blocks; j++) {
        const gz_block block = gz_fields_block(fields, j);
        double sum = 0;
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            sum += fields->grid->node_volume[block.node + k] * exp(x[i]) * a[i] * b[i];
        }
        fields->partial[j][0] = sum;
    }
    return gz_fields_total(fields);
}

/* Solve the normal equations A a = b of n rows by Cholesky's method, A in its lower half. A row that depends
 * on those before it gets a = 0. */
static void solve(int n, double A[GZ_MIXING_DEPTH][GZ_MIXING_DEPTH], double *a) {
    bool used[GZ_MIXING_DEPTH];
    for (int i = 0; i < n; i++) {
        const double diagonal = A[i][i];
        for (int j = 0; j <= i; j++) {
            if (j < i && !used[j]) A[i][j] = 0;
            for (int k = 0; k < j; k++) A[i][j] -= used[k] ? A[i][k] * A[j][k] : 0;
            if (j < i && used[j]) A[i][j] /= A[j][j];
        }
        used[i] = A[i][i] > INDEPENDENT * diagonal;
        A[i][i] = used[i] ? sqrt(A[i][i]) : 1;
        for (int k = 0; k < i; k++) a[i] -= A[i][k] * a[k];
        a[i] = used[i] ? a[i] / A[i][i] : 0;
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++) a[i] -= used[i] && used[k] ? A[k][i] * a[k] : 0;
        a[i] = used[i] ? a[i] / A[i][i] : 0;
    }
}

/* The a that minimise the residual over n differences, the newest first, so that a dependent old one is left out. */
static void find_coefficients(gz_mixing *s, const double *x, int n, const int *order, double *a) {
    double A[GZ_MIXING_DEPTH][GZ_MIXING_DEPTH];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) A[i][j] = dot(s, x, s->change_r[order[i]], s->change_r[order[j]]);
        a[i] = dot(s, x, s->change_r[order[i]], s->r);
    }
    solve(n, A, a);
}

void gz_mixing_next(gz_mixing *s, const double *g, double *x) {
    const size_t size = s->fields.grid->size;
    const int newest = (s->rounds - 1) % GZ_MIXING_DEPTH,
              n = s->rounds < GZ_MIXING_DEPTH ? s->rounds : GZ_MIXING_DEPTH,
              mixed = s->rounds % 2 == 1 ? n : 0;
    for (size_t i = 0; i < size; i++) {
        const double r = g[i] - x[i];
        if (n > 0) s->change_r[newest][i] = r - s->r[i];
        if (n > 0) s->change_g[newest][i] = g[i] - s->g[i];
        s->r[i] = r;
        s->g[i] = g[i];
    }
    int order[GZ_MIXING_DEPTH] = {0};
    double a[GZ_MIXING_DEPTH];
    for (int i = 0; i < mixed; i++) order[i] = (newest - i + GZ_MIXING_DEPTH) % GZ_MIXING_DEPTH;
    find_coefficients(s, x, mixed, order, a);
    memcpy(x, g, size * sizeof *x);
    for (int j = 0; j < mixed; j++) gz_fields_combine(&s->fields, -a[j], s->change_g[order[j]], 1, x);
    s->rounds++;
}
