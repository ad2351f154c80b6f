/* Local solver: conjugate gradients on M = diag + dt K_local, cell by cell, and what they cannot do. See
 * local_solver.h. With many cells each is solved on one thread, in cache, with a step length of its own; a
 * single large cell is shared by the threads, inside one parallel region.
 */
#include "local_solver.h"

#include "clock.h"
#include "local_cycle.h"
#include "local_factor.h"
#include "local_multigrid.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* Reduction of sqrt(<r, B r>), B the inner preconditioner: below it the outer CG counts no longer improve. */
static const double REDUCTION = 3e-4;
static const double CRUDE = 2; /* <r, M^-1 r> over <r, V r>, at most where it matters */
static const double WRONG = 3; /* a correction of log f by this shows that CG failed at a node */

enum {
    MOST_ITERATIONS = 100,
    STALE = 4,        /* iterations that show a factor to be too old */
    SMALL_CELL = 8192 /* nodes below which one thread is faster than several */
};

struct gz_local_solver {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_fields *fields;
    gz_local_multigrid *multigrid; /* sweeps; NULL: factor */
    gz_local_cycle *cycle;         /* of sweeps */
    bool *cycles;                  /* [cell]: sweeps, and the present matrix needs cycles there */
    gz_local_factor *factor;
    bool fresh; /* the factor is of the present matrix: it solves without iterating */
    int worst;  /* most iterations of a cell since the factor was made */
    size_t factorisations;
    const double *diag; /* of the present matrix */
    double dt;
    int team;          /* threads that share a cell */
    double *r, *z, *p; /* [cell][node], the mobility's, whose axes are one to three; M p is where z was */
    double *own[2];    /* p where they are two, p and z where there is one */
    double *rz;        /* [cell]: <r, z> */
    int *iterations;   /* [cell]: of the last phase; -1 where it failed */
    double *partial;   /* [2][rows of the first axis]: sums of a shared cell */
};

void gz_local_solver_destroy(gz_local_solver *s) {
    if (!s) return;
    gz_local_multigrid_destroy(s->multigrid);
    gz_local_cycle_destroy(s->cycle);
    gz_local_factor_destroy(s->factor);
    double *work[] = {s->own[0], s->own[1], s->rz, s->partial};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s->cycles);
    gz_release(s->iterations);
    gz_release(s);
}

static gz_status fill(gz_local_solver *s, bool factor) {
    for (int k = 0; k < 3 - s->grid->velocity_dim; k++)
        GZ_TRY(gz_allocate(s->context, s->grid->size, sizeof(double), &s->own[k]));
    s->r = gz_mobility_scratch(s->mobility, 0);
    s->z = s->own[1] ? s->own[1] : gz_mobility_scratch(s->mobility, 1);
    s->p = s->own[0] ? s->own[0] : gz_mobility_scratch(s->mobility, 2);
    GZ_TRY(gz_allocate(s->context, s->grid->cell_count, sizeof(double), &s->rz));
    GZ_TRY(gz_allocate(s->context, 2 * s->grid->nodes, sizeof(double), &s->partial));
    GZ_TRY(gz_allocate(s->context, s->grid->cell_count, sizeof *s->iterations, &s->iterations));
    if (factor) return gz_local_factor_create(s->context, s->mobility, &s->factor);
    double *const shared[] = {s->r, s->p, s->z};
    GZ_TRY(gz_allocate(s->context, s->grid->cell_count, sizeof *s->cycles, &s->cycles));
    GZ_TRY(gz_local_multigrid_create(s->context, s->mobility, &s->multigrid));
    return gz_local_cycle_create(s->fields, s->mobility, s->multigrid, shared, &s->cycle);
}

gz_status gz_local_solver_create(gz_fields *fields, gz_mobility *mobility, const char *method,
                                 gz_local_solver **solver) {
    *solver = NULL;
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const bool factor = method && strcmp(method, "factor") == 0;
    if (method && !factor && strcmp(method, "auto") != 0 && strcmp(method, "sweeps") != 0)
        return gz_fail(fields->context, GZ_ERROR_SETTINGS,
                       "unknown preconditioner '%s'; allowed: auto, factor, sweeps", method);
    gz_local_solver *s = NULL;
    GZ_TRY(gz_allocate(fields->context, 1, sizeof *s, &s));
    s->context = fields->context;
    s->mobility = mobility;
    s->grid = grid;
    s->fields = fields;
    s->worst = STALE; /* the first matrix is factored */
    const int threads = gz_context_threads(s->context);
    const bool few = grid->cell_count < (size_t)threads && grid->node_count >= SMALL_CELL;
    s->team = few && !factor ? threads : 1;
    const gz_status status = fill(s, factor);
    if (status != GZ_OK) {
        gz_local_solver_destroy(s);
        return status;
    }
    *solver = s;
    return GZ_OK;
}

bool gz_local_solver_sweeps(const gz_local_solver *s) {
    return s->multigrid;
}

size_t gz_local_solver_factorisations(const gz_local_solver *s) {
    return s->factorisations;
}

void gz_local_solver_forget(gz_local_solver *s) {
    s->worst = STALE;
}

static gz_status refactor(gz_local_solver *s) {
    GZ_TRY(gz_agree(s->context, gz_local_factor_update(s->factor, s->diag, s->dt)));
    s->factorisations++;
    s->fresh = true;
    s->worst = 0;
    return GZ_OK;
}

static gz_status prepare(gz_local_solver *s, const double *diag, double dt, bool exact) {
    s->diag = diag;
    s->dt = dt;
    if (s->multigrid) {
        memset(s->cycles, 0, s->grid->cell_count * sizeof *s->cycles);
        gz_local_multigrid_prepare(s->multigrid, s->team, diag, dt);
        return gz_local_cycle_prepare(s->cycle, diag, dt);
    }
    s->fresh = false;
    return exact || s->worst >= STALE ? refactor(s) : GZ_OK;
}

gz_status gz_local_solver_prepare(gz_local_solver *s, const double *diag, double dt, bool exact) {
    const double begin = gz_seconds_now();
    const gz_status status = prepare(s, diag, dt, exact);
    gz_context_spend(s->context, GZ_PHASE_LOCAL, begin);
    return status;
}

/* What one member of a team works on. */
typedef struct part {
    size_t cell, shift;
    gz_team team;
    gz_rows rows;      /* its share of the first axis */
    size_t first, end; /* its nodes of the cell */
    int sums;          /* taken so far */
} part;

static part part_of(const gz_local_solver *s, size_t cell, gz_team team) {
    const gz_rows rows = gz_team_share(team, s->grid->nodes);
    const size_t row = s->grid->stride[0];
    return (part){.cell = cell,
                  .shift = cell * s->grid->node_count,
                  .team = team,
                  .rows = rows,
                  .first = rows.begin * row,
                  .end = rows.end * row};
}

/* <a, b> over the cell: by rows where a team may share it, so that the sum does not depend on the team. Waits for the
 * team. */
static double dot(gz_local_solver *s, part *on, const double *a, const double *b) {
    const size_t n = s->grid->nodes, row = s->grid->stride[0];
    double *partial = s->partial + (size_t)(on->sums++ % 2) * n, total = 0;
    if (s->grid->node_count < SMALL_CELL) return gz_block_dot(a, b, s->grid->node_count);
    for (size_t i = on->rows.begin; i < on->rows.end; i++) {
        const double sum = gz_block_dot(a + i * row, b + i * row, row);
        if (on->team.size > 1)
            partial[i] = sum;
        else
            total += sum;
    }
    if (on->team.size == 1) return total;
    gz_team_wait(on->team);
    for (size_t i = 0; i < n; i++) total += partial[i];
    return total;
}

static void multiply(gz_local_solver *s, const part *on, const double *restrict x, double *restrict Mx) {
    const double *restrict diag = s->diag + on->shift, dt = s->dt;
    gz_mobility_apply_local_cell(s->mobility, on->cell, on->team, x, Mx);
    for (size_t i = on->first; i < on->end; i++) Mx[i] = diag[i] * x[i] + dt * Mx[i];
}

static bool precondition(gz_local_solver *s, const part *on, const double *r, double *z) {
    const int thread = omp_get_thread_num();
    if (s->factor) return gz_local_factor_solve(s->factor, on->cell, thread, r, z);
    gz_local_multigrid_single_cycle(s->multigrid, on->cell, on->team, on->team.size > 1 ? 0 : thread, r, z);
    return true;
}

/* z = p = x = V r, r = b, and <r, z>; false if the preconditioner failed. */
static bool start(gz_local_solver *s, part on, const double *b, double *x) {
    double *restrict r = s->r + on.shift, *restrict z = s->z + on.shift, *restrict p = s->p + on.shift;
    memcpy(r + on.first, b + on.first, (on.end - on.first) * sizeof *r);
    gz_team_wait(on.team);
    if (!precondition(s, &on, r, z)) return false;
    const double rz = dot(s, &on, r, z);
    if (on.team.rank == 0) s->rz[on.cell] = rz;
    memcpy(p + on.first, z + on.first, (on.end - on.first) * sizeof *p);
    memcpy(x + on.first, z + on.first, (on.end - on.first) * sizeof *x);
    return true;
}

/* Conjugate gradients for x, started; false if the matrix is not positive definite. */
static bool iterate(gz_local_solver *s, part on, double *restrict x, double reduction, int *iterations) {
    double *restrict r = s->r + on.shift, *restrict p = s->p + on.shift;
    double *z = s->z + on.shift, *Mp = z;
    double rz = s->rz[on.cell];
    const double enough = reduction * reduction * rz;
    memset(x + on.first, 0, (on.end - on.first) * sizeof *x);
    for (*iterations = 0; *iterations < MOST_ITERATIONS && rz > enough; ++*iterations) {
        gz_team_wait(on.team);
        multiply(s, &on, p, Mp);
        const double curvature = dot(s, &on, p, Mp);
        if (!(curvature > 0)) return false;
        const double alpha = rz / curvature;
        for (size_t i = on.first; i < on.end; i++) {
            x[i] += alpha * p[i];
            r[i] -= alpha * Mp[i];
        }
        gz_team_wait(on.team);
        if (!precondition(s, &on, r, z)) return false;
        const double next = dot(s, &on, r, z), beta = next / rz;
        for (size_t i = on.first; i < on.end; i++) p[i] = z[i] + beta * p[i];
        rz = next;
    }
    return rz >= 0 && isfinite(rz);
}

/* One phase on one cell; false if it failed, which cycles mend where there are any. */
static bool run_cell(gz_local_solver *s, size_t cell, gz_team team, const double *b, double *x,
                     double reduction, int *iterations) {
    const part on = part_of(s, cell, team);
    *iterations = 0;
    if (b) return start(s, on, b + on.shift, x + on.shift);
    if (!s->cycles) return iterate(s, on, x + on.shift, reduction, iterations);
    if (s->cycles[cell]) return true;
    const bool done = iterate(s, on, x + on.shift, reduction, iterations);
    gz_team_wait(team);
    if (!done && team.rank == 0) s->cycles[cell] = true;
    return true;
}

/* One phase on all cells. */
typedef struct phase {
    gz_local_solver *s;
    const double *b;
    double *x, reduction;
} phase;

static void phase_task(const void *self, size_t cell) {
    const phase *of = self;
    int *iterations = &of->s->iterations[cell];
    if (!run_cell(of->s, cell, (gz_team){0, 1}, of->b, of->x, of->reduction, iterations)) *iterations = -1;
}

/* The same by a team, which takes one cell after the other. */
static void run_by_team(const phase *of) {
#pragma omp parallel num_threads(of->s->team)
    for (size_t cell = 0; cell < of->s->grid->cell_count; cell++) {
        const gz_team team = {omp_get_thread_num(), omp_get_num_threads()};
        int iterations;
        const bool done = run_cell(of->s, cell, team, of->b, of->x, of->reduction, &iterations);
        if (team.rank == 0) of->s->iterations[cell] = done ? iterations : -1;
    }
}

/* Start with right-hand side b, or (b NULL) iterate, on all cells: most iterations of a cell, -1 if any
 * failed. */
static int run_all(gz_local_solver *s, const double *b, double *x, double reduction) {
    const size_t cells = s->grid->cell_count;
    const phase of = {s, b, x, reduction};
    int most = 0;
    if (s->team > 1)
        run_by_team(&of);
    else
        gz_share(s->grid->threads, cells, phase_task, &of);
    for (size_t cell = 0; cell < cells && most >= 0; cell++)
        most = s->iterations[cell] < 0 || s->iterations[cell] > most ? s->iterations[cell] : most;
    return most;
}

/* *refined: conjugate gradients have run. The same on all ranks. */
static int solve_all(gz_local_solver *s, const double *b, double *x, gz_local_goal goal, bool *refined) {
    double rz = 0;
    *refined = false;
    if (!goal.again && gz_ranks_any(s->grid->ranks, run_all(s, b, x, 1) < 0)) return -1;
    for (size_t cell = 0; cell < s->grid->cell_count; cell++) rz += s->rz[cell] * s->grid->cell_volume;
    gz_ranks_sum(s->grid->ranks, 1, &rz);
    if (s->fresh || goal.reduction >= 1 || CRUDE * rz < goal.negligible) return 0;
    *refined = true;
    return run_all(s, NULL, x, goal.reduction > 0 ? goal.reduction : REDUCTION);
}

/* Choose a cell for cycles if the last conjugate gradients left a node with a large correction. */
static void choose_task(const void *self, size_t cell) {
    const gz_local_solver *s = self;
    const size_t nodes = s->grid->node_count;
    const double *restrict z = s->z + cell * nodes;
    int wrong = 0;
#pragma omp simd reduction(+ : wrong)
    for (size_t p = 0; p < nodes; p++) wrong += !(fabs(z[p]) < WRONG);
    s->cycles[cell] = s->cycles[cell] || wrong > 0;
}

static bool any_cycles(const gz_local_solver *s) {
    bool any = false;
    for (size_t cell = 0; cell < s->grid->cell_count; cell++) any |= s->cycles[cell];
    return gz_ranks_any(s->grid->ranks, any);
}

/* Sweeps: conjugate gradients, and cycles in the cells where they fail. */
static gz_status solve_by_sweeps(gz_local_solver *s, const double *r, double *z, gz_local_goal goal) {
    bool refined;
    solve_all(s, r, z, goal, &refined);
    if (refined) gz_share(s->grid->threads, s->grid->cell_count, choose_task, s);
    if (goal.reduction < 1 && any_cycles(s)) gz_local_cycle_solve(s->cycle, s->cycles, r, z);
    return GZ_OK;
}

static gz_status solve_by_factor(gz_local_solver *s, const double *r, double *z, gz_local_goal goal) {
    const gz_ranks *ranks = s->grid->ranks; /* all do the same */
    bool refined;
    double worst = solve_all(s, r, z, goal, &refined);
    const bool failed = gz_ranks_any(ranks, worst < 0);
    if (gz_ranks_any(ranks, worst < 0 && gz_local_factor_out_of_memory(s->factor)))
        return gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: solution with the sparse factors");
    if (failed && !s->fresh) { /* the old factor did not serve at all */
        GZ_TRY(refactor(s));
        return solve_by_factor(s, r, z, goal);
    }
    if (failed)
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the local Hessian is not positive definite to working accuracy");
    gz_ranks_most(ranks, 1, &worst);
    s->worst = (int)fmax(worst, s->worst);
    return GZ_OK;
}

gz_status gz_local_solver_solve(gz_local_solver *s, const double *r, double *z, gz_local_goal goal) {
    const double begin = gz_seconds_now();
    const gz_status status = s->factor ? solve_by_factor(s, r, z, goal) : solve_by_sweeps(s, r, z, goal);
    gz_context_spend(s->context, GZ_PHASE_LOCAL, begin);
    return status;
}
