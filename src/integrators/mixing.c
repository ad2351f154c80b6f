/* Mixing: the least squares problem by its normal equations, whose rows are taken in while they are independent. */
#include "mixing.h"

#include <math.h>
#include <string.h>

static const double INDEPENDENT = 1e-12; /* least pivot over its diagonal: the square of an angle */

static gz_status init_field(gz_context *context, size_t size, int depth, gz_mixing_field *field) {
    GZ_TRY(gz_allocate(context, size, sizeof(double), &field->r));
    GZ_TRY(gz_allocate(context, size, sizeof(double), &field->g));
    GZ_TRY(gz_allocate(context, size, sizeof(double), &field->weight));
    for (int j = 0; j < depth; j++) {
        GZ_TRY(gz_allocate(context, size, sizeof(double), &field->change_r[j]));
        GZ_TRY(gz_allocate(context, size, sizeof(double), &field->change_g[j]));
    }
    return GZ_OK;
}

gz_status gz_mixing_init(gz_context *context, const gz_phase_grid *grid, const gz_mixing_settings *settings,
                         gz_mixing *s) {
    s->settings = *settings;
    GZ_TRY(gz_fields_init(context, grid, &s->fields));
    for (int k = 0; k < settings->fields; k++)
        GZ_TRY(init_field(context, grid->size, settings->depth, &s->field[k]));
    return GZ_OK;
}

void gz_mixing_free(gz_mixing *s) {
    for (int k = 0; k < GZ_MIXING_FIELDS; k++) {
        gz_release(s->field[k].r);
        gz_release(s->field[k].g);
        gz_release(s->field[k].weight);
        for (int j = 0; j < GZ_MIXING_DEPTH; j++) {
            gz_release(s->field[k].change_r[j]);
            gz_release(s->field[k].change_g[j]);
        }
    }
    gz_fields_free(&s->fields);
}

void gz_mixing_begin(gz_mixing *s) {
    s->rounds = 0;
    s->leapt = false;
}

/* sum h e^x a b over all fields, where a is d_j r and b is d_k r, or r if the index is negative. */
static double product(gz_mixing *s, int j, int k) {
    gz_fields *fields = &s->fields;
    double total = 0;
    for (int n = 0; n < s->settings.fields; n++) {
        const gz_mixing_field *field = &s->field[n];
        const double *a = j < 0 ? field->r : field->change_r[j],
                     *b = k < 0 ? field->r : field->change_r[k], *restrict weight = field->weight;
#pragma omp parallel for num_threads(fields->threads)
        for (size_t p = 0; p < fields->blocks; p++) {
            const gz_block block = gz_fields_block(fields, p);
            double sum = 0;
            for (size_t i = block.first; i < block.first + block.count; i++) sum += weight[i] * a[i] * b[i];
            fields->partial[p][0] = sum;
        }
        total += gz_fields_total(fields);
    }
    return total;
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
static void find_coefficients(gz_mixing *s, int n, const int *order, double *a) {
    double A[GZ_MIXING_DEPTH][GZ_MIXING_DEPTH];
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) A[i][j] = product(s, order[i], order[j]);
        a[i] = product(s, order[i], -1);
    }
    solve(n, A, a);
}

/* True if the second round shows that the first one, with a small residual by chance, is no guide. */
static bool leaps(gz_mixing *s) {
    if (s->rounds != 1 || !(s->settings.leap > 0)) return false;
    const double now = product(s, -1, -1), before = now - 2 * product(s, 0, -1) + product(s, 0, 0);
    return before * s->settings.leap * s->settings.leap < now;
}

/* Remember the round (x, g), and over the oldest difference that to the round before, in slot `newest`; -1: there was
 * none. */
static void remember(const gz_phase_grid *grid, gz_mixing_field *field, int newest, const double *g,
                     const double *x) {
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t i = 0; i < grid->size; i++) {
        const double r = g[i] - x[i];
        if (newest >= 0) field->change_r[newest][i] = r - field->r[i];
        if (newest >= 0) field->change_g[newest][i] = g[i] - field->g[i];
        field->r[i] = r;
        field->g[i] = g[i];
    }
}

void gz_mixing_next(gz_mixing *s, double *const *g, double *const *x) {
    const size_t size = s->fields.grid->size;
    const int depth = s->settings.depth, newest = s->rounds > 0 ? (s->rounds - 1) % depth : -1,
              n = s->rounds < depth ? s->rounds : depth;
    int mixed = (s->rounds + 1) % s->settings.period == 0 ? n : 0;
    int order[GZ_MIXING_DEPTH] = {0};
    double a[GZ_MIXING_DEPTH] = {0};
    for (int k = 0; k < s->settings.fields; k++) remember(s->fields.grid, &s->field[k], newest, g[k], x[k]);
    for (int k = 0; k < s->settings.fields && mixed > 0; k++)
        gz_fields_mass(&s->fields, x[k], s->field[k].weight);
    if (mixed > 0 && leaps(s)) {
        s->rounds = mixed = 0;
        s->leapt = true;
    }
    for (int i = 0; i < mixed; i++) order[i] = (newest - i + depth) % depth;
    find_coefficients(s, mixed, order, a);
    for (int k = 0; k < s->settings.fields; k++) {
        memcpy(x[k], g[k], size * sizeof *x[k]);
        for (int j = 0; j < mixed; j++)
            gz_fields_combine(&s->fields, -a[j], s->field[k].change_g[order[j]], 1, x[k]);
    }
    s->rounds++;
}
