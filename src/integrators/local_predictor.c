/* Local predictor: systems with h f + tau K_local, each solved by the local solver applied to its own residual until nothing
 * is left. */
#include "local_predictor.h"

#include "damping.h"
#include "functionals.h"

#include <math.h>
#include <string.h>

/* Reductions of the residual in the norm of the inner preconditioner: of the first pass, of all passes together (more than
 * the first, since round-off is in the residual that it leaves), and of every later pass. */
static const double EXACT = 1e-11, ENOUGH = 1e-10, AGAIN = 1e-3;
static const double MUCH = 1; /* a difference of two changes of log f */
static const char ADVICE[] = "use a smaller dt or a finer velocity grid";

enum {
    MOST_PASSES = 30, /* one passes where conjugate gradients serve the far tail too (local_solver.h) */
    MOST_MOVES = 20,  /* one suffices where log f moves by little */
};

struct gz_local_predictor {
    gz_mobility *mobility;
    gz_fields fields;
    gz_local_solver *own, *local; /* own: NULL if `local` is shared */
    double *diag, *r, *z;         /* [cell][node] */
};

void gz_local_predictor_destroy(gz_local_predictor *s) {
    if (!s) return;
    gz_local_solver_destroy(s->own);
    gz_fields_free(&s->fields);
    double *work[] = {s->diag, s->r, s->z};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status fill(gz_context *context, gz_mobility *mobility, gz_local_solver *sweeps,
                      gz_local_predictor *s) {
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

gz_status gz_local_predictor_create(gz_context *context, gz_mobility *mobility, gz_local_solver *sweeps,
                                    gz_local_predictor **predictor) {
    gz_local_predictor *s = NULL;
    *predictor = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    const gz_status status = fill(context, mobility, sweeps, s);
    if (status == GZ_OK)
        *predictor = s;
    else
        gz_local_predictor_destroy(s);
    return status;
}

/* Solve (diag + tau K_local) d = b to round-off. */
static gz_status solve_exactly(gz_local_predictor *s, double tau, const double *restrict b,
                               double *restrict d) {
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
        if (pass == 0) goal = (gz_local_goal){.reduction = AGAIN, .negligible = ENOUGH * ENOUGH * left};
        gz_mobility_apply_local(s->mobility, d, r);
#pragma omp parallel for num_threads(s->fields.threads)
        for (size_t i = 0; i < size; i++) r[i] = b[i] - (diag[i] * d[i] + tau * r[i]);
    }
    return GZ_OK;
}

/* x moves by the damped change for the linear step d, whose matrix has the diagonal part diag. Returns true if
 * that differs much from d at some node. Ranks decide together. */
static bool move(const gz_local_predictor *s, double tau, const double *restrict d, double *restrict x) {
    const gz_phase_grid *grid = s->fields.grid;
    const double *local = gz_mobility_local_diagonal(s->mobility);
    bool far = false;
#pragma omp parallel for num_threads(grid->threads) reduction(| : far)
    for (size_t i = 0; i < grid->size; i++) {
        const double change = gz_damped_change(d[i], s->diag[i], tau * local[i]);
        x[i] += change;
        far |= fabs(change - d[i]) > MUCH;
    }
    return gz_ranks_any(grid->ranks, far);
}

gz_status gz_local_predictor_predict(gz_local_predictor *s, const gz_convex_step *step, gz_minimum *at,
                                     double *change) {
    const gz_phase_grid *grid = s->fields.grid;
    const double tau = step->dt / 2;
    double *b = at->w, *d = at->f1, *K_log_f0 = at->Kw, *x = at->log_f1;
    gz_mobility_apply(s->mobility, step->log_f0, K_log_f0);
    memset(x, 0, grid->size * sizeof *x);
    bool far = true;
    for (int k = 0; k < MOST_MOVES && far; k++) {
        gz_mobility_apply_local(s->mobility, x, b);
#pragma omp parallel for num_threads(s->fields.threads)
        for (size_t i = 0; i < grid->size; i++) {
            const double hf0 = grid->node_volume[i % grid->node_count] * step->f0[i], e = expm1(x[i]);
            s->diag[i] = hf0 * (1 + e);
            b[i] = -(hf0 * e + tau * (K_log_f0[i] + b[i]));
        }
        GZ_TRY(gz_advise(s->fields.context, solve_exactly(s, tau, b, d), ADVICE));
        far = move(s, tau, d, x);
    }
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t i = 0; i < grid->size; i++) {
        b[i] = fabs(expm1(x[i]));
        x[i] += step->log_f0[i];
        if (x[i] < GZ_LOG_FLOOR) x[i] = GZ_LOG_FLOOR; /* a NaN stays one */
    }
    *change = gz_integral(grid, step->f0, b) / gz_integral(grid, step->f0, NULL);
    return GZ_OK;
}
