/* Local solver by sweeps: Jacobi-preconditioned conjugate gradients on M = diag + dt K_local, cell by cell,
 * to a fixed reduction of the residual. No factor, no memory beyond three fields; a stencil application costs
 * a fraction of K. With many cells each cell is solved on one thread, in cache, with a step length of its
 * own. See local_solver.h.
 */
#include "fields.h"
#include "local_solver.h"

#include <math.h>
#include <omp.h>
#include <string.h>

static const double REDUCTION = 0.03; /* of sqrt(<r, D^-1 r>): outer CG counts no longer improve below it */

enum { MAX_SWEEPS = 60 };

typedef struct sweeps {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields fields;
    const double *diag; /* of the present matrix, by reference */
    double dt;
    size_t setups;   /* of the mobility when `local` was computed */
    double *local;   /* diagonal of K_local, [cell][node] */
    double *inverse; /* 1/(diag + dt local) */
    double *r, *p, *Mp;
    double *scratch; /* [thread][node] */
} sweeps;

static void destroy(void *self) {
    sweeps *s = self;
    if (!s) return;
    gz_fields_free(&s->fields);
    double *work[] = {s->local, s->inverse, s->r, s->p, s->Mp, s->scratch};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status create(gz_context *context, gz_mobility *mobility, void **self) {
    sweeps *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    GZ_TRY(gz_fields_init(context, s->grid, &s->fields));
    double **work[] = {&s->local, &s->inverse, &s->r, &s->p, &s->Mp};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(context, s->grid->size, sizeof(double), work[i]));
    return gz_allocate(context, (size_t)gz_context_threads(context) * s->grid->node_count, sizeof(double),
                       &s->scratch);
}

static gz_status prepare(void *self, const double *diag, double dt) {
    sweeps *s = self;
    if (s->setups != gz_mobility_setups(s->mobility)) {
        gz_mobility_local_diagonal(s->mobility, s->local);
        s->setups = gz_mobility_setups(s->mobility);
    }
    s->diag = diag;
    s->dt = dt;
    double least = INFINITY;
    for (size_t i = 0; i < s->grid->size; i++) {
        const double sum = diag[i] + dt * s->local[i];
        s->inverse[i] = 1 / sum;
        least = sum > 0 ? fmin(least, s->inverse[i]) : NAN;
    }
    if (!(least > 0))
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the diagonal of the local Hessian is not positive everywhere; use a smaller dt");
    return GZ_OK;
}

/* One cell on one thread, or all cells at once on all threads: `first`, `count` say which entries. */
typedef struct range {
    size_t cell, first, count;
    bool all;
} range;

static double dot(sweeps *s, range part, const double *a, const double *b) {
    if (part.all) return gz_fields_dot(&s->fields, a, b);
    double sum = 0;
    for (size_t i = part.first; i < part.first + part.count; i++) sum += a[i] * b[i];
    return sum;
}

static void multiply(sweeps *s, range part, const double *x, double *Mx) {
    if (part.all)
        gz_mobility_apply_local(s->mobility, x, Mx);
    else
        gz_mobility_apply_local_cell(s->mobility, part.cell, x, Mx,
                                     s->scratch + (size_t)omp_get_thread_num() * s->grid->node_count);
    for (size_t i = part.first; i < part.first + part.count; i++) Mx[i] = s->diag[i] * x[i] + s->dt * Mx[i];
}

/* Conjugate gradients from zero; false if a number is not finite. */
static bool solve_part(sweeps *s, range part, const double *b, double *restrict x) {
    double *restrict r = s->r, *restrict p = s->p, *restrict Mp = s->Mp;
    const double *restrict inverse = s->inverse;
    const size_t end = part.first + part.count;
    for (size_t i = part.first; i < end; i++) {
        x[i] = 0;
        r[i] = b[i];
        p[i] = inverse[i] * b[i];
    }
    double rz = dot(s, part, r, p);
    const double enough = REDUCTION * REDUCTION * rz;
    for (int sweep = 0; sweep < MAX_SWEEPS && rz > enough; sweep++) {
        multiply(s, part, p, Mp);
        const double curvature = dot(s, part, p, Mp);
        if (!(curvature > 0)) return false;
        const double alpha = rz / curvature;
        double next = 0;
        for (size_t i = part.first; i < end; i++) {
            x[i] += alpha * p[i];
            r[i] -= alpha * Mp[i];
            next += r[i] * inverse[i] * r[i];
        }
        const double beta = next / rz;
        if (part.all) next *= s->grid->cell_volume;
        for (size_t i = part.first; i < end; i++) p[i] = inverse[i] * r[i] + beta * p[i];
        rz = next;
    }
    return isfinite(rz);
}

static gz_status solve(void *self, const double *r, double *z) {
    sweeps *s = self;
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    const int threads = gz_context_threads(s->context);
    int failures = 0;
    if (cells < (size_t)threads) {
        failures = !solve_part(s, (range){.count = s->grid->size, .all = true}, r, z);
    } else {
#pragma omp parallel for num_threads(threads) schedule(dynamic) reduction(+ : failures) if (threads > 1)
        for (size_t cell = 0; cell < cells; cell++)
            failures += !solve_part(s, (range){.cell = cell, .first = cell * nodes, .count = nodes}, r, z);
    }
    if (failures > 0)
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the local Hessian is not positive definite to working accuracy; use a smaller dt");
    return GZ_OK;
}

const gz_local_method gz_local_sweeps = {"sweeps", create, destroy, prepare, solve};
