/* Local solver: conjugate gradients on M = diag + dt K_local, cell by cell, and what they cannot do. See
 * local_solver.h. With many cells each is solved on one thread, in cache, with a step length of its own; a
 * single cell is shared by the threads.
 */
#include "local_solver.h"

#include "local_cycle.h"
#include "local_factor.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* Reduction of sqrt(<r, B r>), B the inner preconditioner: below it the outer CG counts no longer improve. */
static const double FACTOR_REDUCTION = 1e-4, SWEEPS_REDUCTION = 3e-4;
static const double WRONG = 3; /* a Jacobi correction of log f by this shows that CG failed at a node */

enum {
    MOST_ITERATIONS = 200,
    STALE = 4 /* iterations that show a factor to be too old */
};

struct gz_local_solver {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields *fields;
    gz_local_factor *factor; /* NULL: sweeps */
    gz_local_cycle *cycle;   /* of sweeps */
    bool cycles;             /* sweeps: the present matrix needs them */
    bool fresh;              /* the factor is of the present matrix: it solves without iterating */
    int worst;               /* most iterations of a cell since the factor was made */
    size_t factorisations;
    const double *diag; /* of the present matrix */
    double dt;
    double *r, *z, *p, *Mp; /* [cell][node] */
};

void gz_local_solver_destroy(gz_local_solver *s) {
    if (!s) return;
    gz_local_cycle_destroy(s->cycle);
    gz_local_factor_destroy(s->factor);
    double *work[] = {s->r, s->z, s->p, s->Mp};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status fill(gz_local_solver *s, bool factor) {
    const size_t size = s->grid->size;
    double **work[] = {&s->r, &s->z, &s->p, &s->Mp};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(s->context, size, sizeof(double), work[i]));
    if (factor) return gz_local_factor_create(s->context, s->mobility, &s->factor);
    double *const shared[] = {s->r, s->p, s->Mp};
    return gz_local_cycle_create(s->fields, s->mobility, shared, &s->cycle);
}

gz_status gz_local_solver_create(gz_fields *fields, gz_mobility *mobility, const char *method,
                                 gz_local_solver **solver) {
    *solver = NULL;
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const bool factor = method && strcmp(method, "factor") == 0;
    if (method && !factor && strcmp(method, "auto") != 0 && strcmp(method, "sweeps") != 0)
        return gz_fail(fields->context, GZ_ERROR_DECK,
                       "unknown preconditioner '%s'; allowed: auto, factor, sweeps", method);
    gz_local_solver *s = NULL;
    GZ_TRY(gz_allocate(fields->context, 1, sizeof *s, &s));
    s->context = fields->context;
    s->mobility = mobility;
    s->grid = grid;
    s->fields = fields;
    s->worst = STALE; /* the first matrix is factored */
    const gz_status status = fill(s, factor);
    if (status != GZ_OK) {
        gz_local_solver_destroy(s);
        return status;
    }
    *solver = s;
    return GZ_OK;
}

size_t gz_local_solver_factorisations(const gz_local_solver *s) {
    return s->factorisations;
}

static gz_status refactor(gz_local_solver *s) {
    GZ_TRY(gz_agree(s->context, gz_local_factor_update(s->factor, s->diag, s->dt)));
    s->factorisations++;
    s->fresh = true;
    s->worst = 0;
    return GZ_OK;
}

gz_status gz_local_solver_prepare(gz_local_solver *s, const double *diag, double dt, bool exact) {
    s->diag = diag;
    s->dt = dt;
    s->cycles = false;
    if (s->cycle) return gz_local_cycle_prepare(s->cycle, diag, dt);
    s->fresh = false;
    return exact || s->worst >= STALE ? refactor(s) : GZ_OK;
}

/* The cells solved together: one on the calling thread, or all of them on all threads. */
typedef struct part {
    size_t cell, cells, first, end; /* first..end-1: entries of a field */
    bool shared;
} part;

static double dot(gz_local_solver *s, part on, const double *a, const double *b) {
    if (on.shared) return gz_fields_own_dot(s->fields, a, b);
    double sum = 0;
    for (size_t i = on.first; i < on.end; i++) sum += a[i] * b[i];
    return sum;
}

static void multiply(gz_local_solver *s, part on, const double *x, double *Mx) {
    if (on.shared) {
        gz_mobility_apply_local(s->mobility, x, Mx);
    } else {
        gz_mobility_apply_local_cell(s->mobility, on.cell, x, Mx);
    }
    for (size_t i = on.first; i < on.end; i++) Mx[i] = s->diag[i] * x[i] + s->dt * Mx[i];
}

static bool precondition(gz_local_solver *s, part on, const double *r, double *z) {
    const size_t nodes = s->grid->node_count;
    const double *inverse = s->cycle ? gz_local_cycle_inverse(s->cycle) : NULL;
    if (inverse)
        for (size_t i = on.first; i < on.end; i++) z[i] = inverse[i] * r[i];
    for (size_t c = on.cell; !inverse && c < on.cell + on.cells; c++)
        if (!gz_local_factor_solve(s->factor, c, omp_get_thread_num(), r + c * nodes, z + c * nodes))
            return false;
    return true;
}

/* Conjugate gradients from x = 0: the number of iterations, or -1 if the matrix is not positive definite. */
static int solve_part(gz_local_solver *s, part on, const double *b, double *restrict x) {
    if (s->fresh) return precondition(s, on, b, x) ? 0 : -1;
    double *restrict r = s->r, *restrict z = s->z, *restrict p = s->p, *restrict Mp = s->Mp;
    memcpy(r + on.first, b + on.first, (on.end - on.first) * sizeof *r);
    memset(x + on.first, 0, (on.end - on.first) * sizeof *x);
    if (!precondition(s, on, r, z)) return -1;
    double rz = dot(s, on, r, z);
    memcpy(p + on.first, z + on.first, (on.end - on.first) * sizeof *p);
    const double reduction = s->factor ? FACTOR_REDUCTION : SWEEPS_REDUCTION,
                 enough = reduction * reduction * rz;
    int iterations = 0;
    for (; iterations < MOST_ITERATIONS && rz > enough; iterations++) {
        multiply(s, on, p, Mp);
        const double curvature = dot(s, on, p, Mp);
        if (!(curvature > 0)) return -1;
        const double alpha = rz / curvature;
        for (size_t i = on.first; i < on.end; i++) {
            x[i] += alpha * p[i];
            r[i] -= alpha * Mp[i];
        }
        if (!precondition(s, on, r, z)) return -1;
        const double next = dot(s, on, r, z), beta = next / rz;
        for (size_t i = on.first; i < on.end; i++) p[i] = z[i] + beta * p[i];
        rz = next;
    }
    return rz >= 0 && isfinite(rz) ? iterations : -1;
}

/* Most iterations of a cell, -1 if any failed. */
static int solve_all(gz_local_solver *s, const double *r, double *z) {
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count;
    const int threads = gz_context_threads(s->context);
    if (cells < (size_t)threads)
        return solve_part(s, (part){.cells = cells, .end = s->grid->size, .shared = true}, r, z);
    int most = 0, failures = 0;
#pragma omp parallel for num_threads(threads) schedule(static) reduction(max : most) reduction(+ : failures) if (threads > 1)
    for (size_t cell = 0; cell < cells; cell++) {
        const part on = {.cell = cell, .cells = 1, .first = cell * nodes, .end = (cell + 1) * nodes};
        const int iterations = solve_part(s, on, r, z);
        failures += iterations < 0;
        most = iterations > most ? iterations : most;
    }
    return failures > 0 ? -1 : most;
}

/* True if the last conjugate gradients left every node with a small Jacobi correction. */
static bool right_everywhere(const gz_local_solver *s) {
    for (size_t i = 0; i < s->grid->size; i++)
        if (!(fabs(s->z[i]) < WRONG)) return false;
    return true;
}

gz_status gz_local_solver_solve(gz_local_solver *s, const double *r, double *z) {
    if (s->cycles) return gz_local_cycle_solve(s->cycle, r, z);
    const gz_ranks *ranks = s->grid->ranks; /* all do the same */
    double worst = solve_all(s, r, z);
    const bool failed = gz_ranks_any(ranks, worst < 0);
    if (s->cycle && gz_ranks_any(ranks, failed || !right_everywhere(s))) {
        s->cycles = true;
        return gz_local_solver_solve(s, r, z);
    }
    if (failed && !s->fresh) { /* the old factor did not serve at all */
        GZ_TRY(refactor(s));
        return gz_local_solver_solve(s, r, z);
    }
    if (failed)
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the local Hessian is not positive definite to working accuracy; use a smaller dt");
    gz_ranks_most(ranks, 1, &worst);
    s->worst = (int)fmax(worst, s->worst);
    return GZ_OK;
}
