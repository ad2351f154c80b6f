/* Local step: systems with diag + dt K_local for the prediction and for the tail. */
#include "local_step.h"

#include "damping.h"
#include "implicitness.h"

#include <math.h>
#include <string.h>

static const double EXACT = 1e-12; /* reduction of the residual in the norm of the inner preconditioner */
static const double CLOSE = 1e-3;  /* the same for the tail, which takes more than one step if need be */
static const double TAIL = 1e-9, LEAST = 1e-14; /* of the largest density: where the tail begins and ends */
static const double SMALL = 1e-11;              /* a change of log f that need not be made */

enum {
    MOST_PASSES = 30,    /* one passes where conjugate gradients serve the far tail too (local_solver.h) */
    MOST_TAIL_STEPS = 5, /* round-off can be larger than SMALL */
};

struct gz_local_step {
    gz_mobility *mobility;
    gz_fields fields;
    gz_local_solver *own, *local; /* own: NULL if `local` is shared */
    double *diag, *r, *z;         /* [cell][node] */
};

void gz_local_step_destroy(gz_local_step *s) {
    if (!s) return;
    gz_local_solver_destroy(s->own);
    gz_fields_free(&s->fields);
    double *work[] = {s->diag, s->r, s->z};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status fill(gz_context *context, gz_mobility *mobility, gz_local_solver *sweeps, gz_local_step *s) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    s->mobility = mobility;
    GZ_TRY(gz_fields_init(context, grid, &s->fields));
    if (!sweeps) GZ_TRY(gz_local_solver_create(&s->fields, mobility, "sweeps", &s->own));
    s->local = sweeps ? sweeps : s->own;
    double **work[] = {&s->diag, &s->r, &s->z};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

gz_status gz_local_step_create(gz_context *context, gz_mobility *mobility, gz_local_solver *sweeps,
                               gz_local_step **local) {
    gz_local_step *s = NULL;
    *local = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    const gz_status status = fill(context, mobility, sweeps, s);
    if (status == GZ_OK)
        *local = s;
    else
        gz_local_step_destroy(s);
    return status;
}

/* Solve (diag + tau K_local) d = b to round-off. */
static gz_status solve_exactly(gz_local_step *s, double tau, const double *restrict b, double *restrict d) {
    const size_t size = s->fields.grid->size;
    double *restrict r = s->r, *restrict diag = s->diag;
    gz_local_goal goal = {.reduction = EXACT};
    GZ_TRY(gz_local_solver_prepare(s->local, diag, tau, true));
    memset(d, 0, size * sizeof *d);
    memcpy(r, b, size * sizeof *r);
    for (int pass = 0; pass < MOST_PASSES; pass++) {
        GZ_TRY(gz_go_on(s->fields.context));
        GZ_TRY(gz_local_solver_solve(s->local, r, s->z, goal));
        const double left = gz_fields_dot(&s->fields, r, s->z);
        gz_fields_combine(&s->fields, 1, s->z, 1, d);
        if (!(left > goal.negligible)) break; /* also if it is not a number, which the step reports */
        if (pass == 0) goal.negligible = EXACT * EXACT * left;
        gz_mobility_apply_local(s->mobility, d, r);
#pragma omp parallel for num_threads(s->fields.threads)
        for (size_t i = 0; i < size; i++) r[i] = b[i] - (diag[i] * d[i] + tau * r[i]);
    }
    return GZ_OK;
}

gz_status gz_local_step_predict(gz_local_step *s, const gz_convex_step *step, gz_minimum *at) {
    const gz_phase_grid *grid = s->fields.grid;
    const double tau = step->dt / 2;
    double *b = at->w, *d = at->log_f1;
    gz_mobility_apply(s->mobility, step->log_f0, b);
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t i = 0; i < grid->size; i++) {
        s->diag[i] = grid->node_volume[i % grid->node_count] * step->f0[i];
        b[i] *= -tau;
    }
    GZ_TRY(solve_exactly(s, tau, b, d));
    const double *local = gz_mobility_local_diagonal(s->mobility);
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->size; i++)
        d[i] = step->log_f0[i] + gz_damped_change(d[i], s->diag[i], tau * local[i]);
    return GZ_OK;
}

/* r = -R in the tail and 0 elsewhere, and diag, at the minimum. Returns true if no step is needed. Ranks decide
 * together. */
static bool look_at_tail(gz_local_step *s, const gz_convex_step *step, const gz_minimum *at) {
    const gz_phase_grid *grid = s->fields.grid;
    const double *local = gz_mobility_local_diagonal(s->mobility);
    double largest = 0;
    bool right = true;
#pragma omp parallel for num_threads(s->fields.threads) reduction(max : largest)
    for (size_t i = 0; i < grid->size; i++) largest = fmax(largest, at->f1[i]);
    gz_ranks_most(grid->ranks, 1, &largest);
#pragma omp parallel for num_threads(grid->threads) reduction(& : right)
    for (size_t i = 0; i < grid->size; i++) {
        const double h = grid->node_volume[i % grid->node_count], d = at->log_f1[i] - step->log_f0[i];
        double slope;
        gz_psi(d, at->scale, &slope);
        s->diag[i] = h * at->f1[i] / (1 - at->implicitness * slope);
        s->r[i] = at->f1[i] < TAIL * largest ? -(h * step->f0[i] * expm1(d) + step->dt * at->Kw[i]) : 0;
        right &= at->f1[i] < LEAST * largest || fabs(s->r[i]) < SMALL * (s->diag[i] + step->dt * local[i]);
    }
    return gz_ranks_all(grid->ranks, right);
}

gz_status gz_local_step_finish(gz_local_step *s, const gz_convex_step *step, gz_minimum *at) {
    const gz_phase_grid *grid = s->fields.grid;
    const double c = at->implicitness;
    double *Kz = s->r;
    for (int k = 0; k < MOST_TAIL_STEPS && !look_at_tail(s, step, at); k++) {
        GZ_TRY(gz_go_on(s->fields.context));
        GZ_TRY(gz_local_solver_prepare(s->local, s->diag, step->dt, true));
        GZ_TRY(gz_local_solver_solve(s->local, s->r, s->z, (gz_local_goal){.reduction = CLOSE}));
        gz_mobility_apply_local(s->mobility, s->z, Kz);
#pragma omp parallel for num_threads(grid->threads)
        for (size_t i = 0; i < grid->size; i++) {
            if (s->z[i] == 0) continue;
            const double log_f0 = step->log_f0[i], d = at->log_f1[i] - log_f0;
            at->w[i] += s->z[i];
            at->Kw[i] += Kz[i];
            at->log_f1[i] =
                fmax(log_f0 + gz_invert_potential(at->w[i] - log_f0, c, at->scale, d), GZ_LOG_FLOOR);
            at->f1[i] = exp(at->log_f1[i]);
        }
    }
    return GZ_OK;
}
