/* Member `dense`: Newton's method (newton.h) with the Hessian diag + dt K as a dense matrix and its Cholesky
 * factor (LAPACK). It takes O(N^2) storage, O(N^3) operations an iteration, and N applications of K a step
 * for the columns of K. It is the reference among the members, for small grids. Larger grids are refused with
 * the memory that they would need.
 *
 * One array holds both matrices: K strictly below the diagonal, the factor on and above it, in LAPACK's
 * column-major order. The Hessian is scaled to unit diagonal before it is factored.
 */
#include "blas_memory.h"
#include "dense_mobility.h"
#include "minimizer.h"
#include "newton.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

typedef struct dense {
    gz_newton newton;
    gz_context *context;
    size_t size;
    double *matrix; /* [column][row]: K for row > column, the factor for row <= column */
    double *own;    /* diagonal of K */
    double *scale;  /* 1/sqrt of the Hessian's diagonal */
    double *z;      /* M^-1 of the loaded right-hand side */
} dense;

static gz_status begin(void *self) {
    dense *s = self;
    gz_dense_mobility_fill(s->newton.iterate.mobility, s->matrix, s->z);
    for (size_t i = 0; i < s->size; i++) s->own[i] = s->matrix[i * s->size + i];
    return GZ_OK;
}

static gz_status prepare(void *self, const double *diag, double dt, bool exact) {
    (void)exact;
    dense *s = self;
    const size_t n = s->size;
    for (size_t i = 0; i < n; i++) s->scale[i] = 1 / sqrt(diag[i] + dt * s->own[i]);
    for (size_t j = 0; j < n; j++) {
        double *column = s->matrix + j * n;
        for (size_t i = 0; i < j; i++) column[i] = dt * s->matrix[i * n + j] * s->scale[i] * s->scale[j];
        column[j] = 1;
    }
    const lapack_int order = (lapack_int)n;
    if (LAPACKE_dpotrf_work(LAPACK_COL_MAJOR, 'U', order, s->matrix, order) != 0)
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the Hessian is not positive definite to working accuracy; use a smaller dt");
    return GZ_OK;
}

static gz_status load(void *self, double factor, const double *field, bool sure, double *squared) {
    (void)sure;
    dense *s = self;
    const lapack_int order = (lapack_int)s->size;
    for (size_t i = 0; i < s->size; i++) s->z[i] = factor * s->scale[i] * field[i];
    if (LAPACKE_dpotrs_work(LAPACK_COL_MAJOR, 'U', order, 1, s->matrix, order, s->z, order) != 0)
        return gz_fail(s->context, GZ_ERROR_INTERNAL, "LAPACK did not solve with a Cholesky factor");
    double sum = 0;
    for (size_t i = 0; i < s->size; i++) {
        s->z[i] *= s->scale[i];
        sum += s->z[i] * factor * field[i];
    }
    *squared = sum * s->newton.iterate.grid->cell_volume;
    return GZ_OK;
}

static gz_status solve(void *self, double tolerance, double *x, double *Kx, long *iterations) {
    (void)tolerance;
    dense *s = self;
    const size_t n = s->size;
    memcpy(x, s->z, n * sizeof *x);
    for (size_t i = 0; i < n; i++) Kx[i] = s->own[i] * x[i];
    for (size_t j = 0; j < n; j++) {
        const double *column = s->matrix + j * n;
        double sum = 0;
        for (size_t i = j + 1; i < n; i++) {
            sum += column[i] * x[i];
            Kx[i] += column[i] * x[j];
        }
        Kx[j] += sum;
    }
    ++*iterations;
    return GZ_OK;
}

static void remember(void *self, const double *y, const double *Ky) {
    (void)self, (void)y, (void)Ky; /* a direct solver needs no memory */
}

static const gz_newton_solver SOLVER = {begin, prepare, load, solve, remember};

static void destroy(void *self) {
    dense *s = self;
    if (!s) return;
    gz_newton_free(&s->newton);
    double *work[] = {s->matrix, s->own, s->scale, s->z};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status create(gz_context *context, gz_mobility *mobility, const char *preconditioner, void **self) {
    (void)preconditioner;
    dense *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->context = context;
    s->size = gz_mobility_grid(mobility)->size;
    GZ_TRY(gz_dense_mobility_check(context, gz_mobility_grid(mobility), "minimizer dense",
                                   "use minimizer newton, which needs no matrix, or a smaller grid"));
    GZ_TRY(gz_newton_init(context, mobility, &SOLVER, s, &s->newton));
    GZ_TRY(gz_allocate(context, s->size * s->size, sizeof(double), &s->matrix));
    double **work[] = {&s->own, &s->scale, &s->z};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(context, s->size, sizeof(double), work[i]));
    return gz_check_blas_memory(context, 0);
}

static gz_status minimise(void *self, const gz_convex_step *step, gz_minimum *minimum) {
    dense *s = self;
    return gz_newton_minimise(&s->newton, step, minimum);
}

const gz_minimizer_method gz_minimizer_dense = {
    .name = "dense", .create = create, .destroy = destroy, .minimise = minimise};
