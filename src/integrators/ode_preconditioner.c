/* ODE preconditioner: the frozen mobility, the right-hand sides, and calls of the local solver. */
#include "ode_preconditioner.h"

#include "fields.h"
#include "invariants.h"
#include "local_solver.h"
#include "mobility_cap.h"

#include <float.h>
#include <math.h>

/* FLOOR: where the flux form bounds m from below, over max |f| of the cell. Tolerances count from 1e-2 on, and with 1e-6
 * steep tails that the grid does not resolve take twenty times the iterations. Reductions of the residual, measured: in the
 * flux form a smaller one saves no iterations of GMRES; in the log form the tail counts as much as the bulk, and the energy
 * that the local solver minimises has no weight there. */
static const double FLOOR = 1e-3, REDUCTION_FLUX = 1e-2, REDUCTION_LOG = 1e-6;

struct gz_ode_preconditioner {
    const gz_phase_grid *grid;
    gz_fields fields;
    gz_invariants invariants;
    gz_mobility *mobility;
    gz_local_solver *local;
    bool logarithm;           /* the variable is log f */
    double *m, *log_m, *diag; /* [cell][node]: m, log m, h m */
    double *b, *y;            /* [cell][node]: a right-hand side, and scratch */
};

void gz_ode_preconditioner_destroy(gz_ode_preconditioner *s) {
    if (!s) return;
    gz_local_solver_destroy(s->local);
    gz_mobility_destroy(s->mobility);
    gz_invariants_free(&s->invariants);
    gz_fields_free(&s->fields);
    double *work[] = {s->m, s->log_m, s->diag, s->b, s->y};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status fill(const gz_integrator_parts *parts, gz_ode_preconditioner *s) {
    const gz_mobility_settings *mobility = gz_mobility_get_settings(parts->mobility);
    s->grid = parts->grid;
    s->logarithm = parts->settings.space_form == GZ_LOG_FORM;
    GZ_TRY(gz_fields_init(parts->context, s->grid, &s->fields));
    GZ_TRY(gz_invariants_init(&s->fields, gz_mobility_null_space(parts->mobility), &s->invariants));
    GZ_TRY(gz_mobility_create(parts->context, s->grid, mobility, &s->mobility));
    GZ_TRY(gz_local_solver_create(&s->fields, s->mobility, parts->settings.preconditioner, &s->local));
    double **work[] = {&s->m, &s->log_m, &s->diag, &s->b, &s->y};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(parts->context, s->grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

gz_status gz_ode_preconditioner_create(const gz_integrator_parts *parts,
                                       gz_ode_preconditioner **preconditioner) {
    gz_ode_preconditioner *s = NULL;
    *preconditioner = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    const gz_status status = fill(parts, s);
    if (status == GZ_OK)
        *preconditioner = s;
    else
        gz_ode_preconditioner_destroy(s);
    return status;
}

void gz_ode_preconditioner_forget(gz_ode_preconditioner *s) {
    gz_local_solver_forget(s->local);
}

long gz_ode_preconditioner_setups(const gz_ode_preconditioner *s) {
    return (long)gz_mobility_setups(s->mobility);
}

/* The arrays of an operation on all nodes. */
typedef struct operation {
    const gz_ode_preconditioner *s;
    const double *y, *r;
    double *x;
} operation;

/* log m, m and h m of a cell */
static void freeze_task(const void *self, size_t cell) {
    const operation *of = self;
    const gz_ode_preconditioner *s = of->s;
    const size_t nodes = s->grid->node_count, shift = cell * nodes;
    const double *restrict y = of->y + shift, *restrict h = s->grid->node_volume;
    double *restrict m = s->m + shift, *restrict log_m = s->log_m + shift, *restrict diag = s->diag + shift;
    double most = DBL_MIN;
    for (size_t p = 0; p < nodes; p++) most = fmax(most, fabs(y[p]));
    for (size_t p = 0; p < nodes; p++) {
        m[p] = s->logarithm ? exp(y[p]) : 0.5 * (y[p] + hypot(y[p], 2 * FLOOR * most));
        log_m[p] = s->logarithm ? y[p] : log(m[p]);
        diag[p] = h[p] * m[p];
    }
}

void gz_ode_preconditioner_freeze(gz_ode_preconditioner *s, const double *y) {
    const operation of = {.s = s, .y = y};
    gz_share(s->grid->threads, s->grid->cell_count, freeze_task, &of);
    gz_mobility_set_capped(s->mobility, s->log_m, NULL, s->b);
}

gz_status gz_ode_preconditioner_prepare(gz_ode_preconditioner *s, double gamma) {
    return gz_local_solver_prepare(s->local, s->diag, gamma, false);
}

/* b = h m r, or h r in the flux form */
static void load_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *restrict r = of->r + on.first, *restrict by = of->s->logarithm
                                                                    ? of->s->diag + on.first
                                                                    : of->s->grid->node_volume + on.node;
    double *restrict b = of->s->b + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) b[k] = by[k] * r[k];
}

/* b = h m x - b, what the solution misses */
static void miss_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *restrict diag = of->s->diag + on.first, *restrict x = of->x + on.first;
    double *restrict b = of->s->b + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) b[k] = diag[k] * x[k] - b[k];
}

/* x + y, times m in the flux form */
static void end_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *restrict m = of->s->m + on.first, *restrict y = of->s->y + on.first;
    double *restrict x = of->x + on.first;
    const bool logarithm = of->s->logarithm;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) x[k] = (x[k] + y[k]) * (logarithm ? 1 : m[k]);
}

gz_status gz_ode_preconditioner_solve(gz_ode_preconditioner *s, const double *r, double *x) {
    const operation of = {.s = s, .r = r, .x = x};
    const gz_local_goal goal = {.reduction = s->logarithm ? REDUCTION_LOG : REDUCTION_FLUX};
    gz_fields_run(&s->fields, load_task, &of);
    GZ_TRY(gz_local_solver_solve(s->local, s->b, x, goal));
    gz_fields_run(&s->fields, miss_task, &of);
    GZ_TRY(gz_invariants_step(&s->invariants, s->b, s->diag, s->y));
    gz_fields_run(&s->fields, end_task, &of);
    return GZ_OK;
}
