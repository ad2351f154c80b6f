/* Local predictor: systems with h f + tau K_local, each solved by the local solver applied to its own residual until nothing
 * is left. */
#include "local_predictor.h"

#include "damping.h"
#include "functionals.h"
#include "vector_math.h"

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

/* One equation of the prediction; all arrays [cell][node]. */
typedef struct equation {
    const gz_local_predictor *s;
    const gz_convex_step *step;
    double tau;
    const double *local, *K_log_f0; /* diagonal of K_local; K log f0 */
    double *b, *d, *x;              /* right-hand side, solution, change of log f so far */
} equation;

/* r = b - (diag d + tau r), where r holds K_local d */
static void residual_task(const void *self, gz_block on, double *sums) {
    const equation *of = self;
    const double *restrict diag = of->s->diag + on.first, *restrict b = of->b + on.first,
                           *restrict d = of->d + on.first, tau = of->tau;
    double *restrict r = of->s->r + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) r[k] = b[k] - (diag[k] * d[k] + tau * r[k]);
}

/* Solve (diag + tau K_local) d = b to round-off. */
static gz_status solve_exactly(gz_local_predictor *s, const equation *of) {
    const size_t bytes = s->fields.grid->size * sizeof(double);
    gz_local_goal goal = {.reduction = EXACT};
    GZ_TRY(gz_local_solver_prepare(s->local, s->diag, of->tau, true));
    memset(of->d, 0, bytes);
    memcpy(s->r, of->b, bytes);
    for (int pass = 0; pass < MOST_PASSES; pass++) {
        GZ_TRY(gz_go_on(s->fields.context));
        GZ_TRY(gz_local_solver_solve(s->local, s->r, s->z, goal));
        const double left = gz_fields_dot(&s->fields, s->r, s->z);
        gz_fields_combine(&s->fields, 1, s->z, 1, of->d);
        if (!(left > goal.negligible)) break; /* also if it is not a number, which the step reports */
        if (pass == 0) goal = (gz_local_goal){.reduction = AGAIN, .negligible = ENOUGH * ENOUGH * left};
        gz_mobility_apply_local(s->mobility, of->d, s->r);
        gz_fields_run(&s->fields, residual_task, of);
    }
    return GZ_OK;
}

/* x moves by the damped change for the linear step d, whose matrix has the diagonal part diag. The sum counts the nodes where
 * that differs much from d. */
static void move_task(const void *self, gz_block on, double *sums) {
    const equation *of = self;
    for (size_t i = on.first; i < on.first + on.count; i++) {
        const double change = gz_damped_change(of->d[i], of->s->diag[i], of->tau * of->local[i]);
        of->x[i] += change;
        sums[0] += fabs(change - of->d[i]) > MUCH;
    }
}

/* diag and b at the present x, where b holds K_local x */
static void equation_task(const void *self, gz_block on, double *sums) {
    const equation *of = self;
    const double *restrict h = of->s->fields.grid->node_volume + on.node,
                           *restrict f0 = of->step->f0 + on.first, *restrict x = of->x + on.first,
                           *restrict K = of->K_log_f0 + on.first, tau = of->tau;
    double *restrict diag = of->s->diag + on.first, *restrict b = of->b + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        const double hf0 = h[k] * f0[k], e = expm1(x[k]);
        diag[k] = hf0 * (1 + e);
        b[k] = -(hf0 * e + tau * (K[k] + b[k]));
    }
}

/* b = |e^x - 1|; x becomes log f */
static void result_task(const void *self, gz_block on, double *sums) {
    const equation *of = self;
    const double *restrict l0 = of->step->log_f0 + on.first;
    double *restrict b = of->b + on.first, *restrict x = of->x + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        b[k] = fabs(expm1(x[k]));
        x[k] += l0[k];
        if (x[k] < GZ_LOG_FLOOR) x[k] = GZ_LOG_FLOOR; /* a NaN stays one */
    }
}

gz_status gz_local_predictor_predict(gz_local_predictor *s, const gz_convex_step *step, gz_minimum *at,
                                     double *change) {
    const gz_phase_grid *grid = s->fields.grid;
    gz_mobility_apply(s->mobility, gz_mobility_entropy_variable(s->mobility, step->log_f0), at->Kw);
    const equation of = {.s = s,
                         .step = step,
                         .tau = step->dt / 2,
                         .local = gz_mobility_local_diagonal(s->mobility),
                         .K_log_f0 = at->Kw,
                         .b = at->w,
                         .d = at->f1,
                         .x = at->log_f1};
    memset(of.x, 0, grid->size * sizeof *of.x);
    double far = 1;
    for (int k = 0; k < MOST_MOVES && far > 0; k++) {
        gz_mobility_apply_local(s->mobility, of.x, of.b);
        gz_fields_run(&s->fields, equation_task, &of);
        GZ_TRY(gz_advise(s->fields.context, solve_exactly(s, &of), ADVICE));
        far = gz_fields_sum_one(&s->fields, move_task, &of);
    }
    gz_fields_run(&s->fields, result_task, &of);
    *change = gz_integral(grid, step->f0, of.b) / gz_integral(grid, step->f0, NULL);
    return GZ_OK;
}
