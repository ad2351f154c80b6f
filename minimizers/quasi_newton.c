/* Members `lbfgs` and `tnewton`: NLopt's LD_LBFGS and LD_TNEWTON_PRECOND_RESTART on the dual problem
 * (dual.h), whose value is a Bregman difference. They run in passes (descent.h), scaled by the diagonal of
 * the local Hessian.
 *
 * Between passes the null space of K is solved for exactly (invariants.h), and the scalar c of zero_defect
 * moves by the secant of E/P - c. Within a pass c is fixed. Storage is O(N). An evaluation takes one
 * application of K and is counted in `cg`; a pass is counted in `newton`.
 */
#include "descent.h"
#include "dual.h"
#include "minimizer.h"
#include "stopping.h"

#include <math.h>
#include <string.h>

enum { MOST_EVALUATIONS = 5000, STORED_VECTORS = 5 };

static const double GRADIENT_FALL = 1e-6;
/* Of w in a pass: a light node costs nothing, so that a line search would take it anywhere. */
static const double MOST_MOVE = 3;

typedef struct quasi_newton {
    gz_iterate iterate;
    gz_descent descent;
    double *y, *Ky; /* [cell][node] */
} quasi_newton;

static void destroy(void *self) {
    quasi_newton *s = self;
    if (!s) return;
    gz_descent_free(&s->descent);
    gz_iterate_free(&s->iterate);
    gz_release(s->y);
    gz_release(s->Ky);
    gz_release(s);
}

static gz_status create(gz_context *context, gz_mobility *mobility, nlopt_algorithm algorithm, void **self) {
    quasi_newton *s = NULL;
    GZ_TRY(gz_check_one_rank(context, "NLopt", "use the minimizer newton"));
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    GZ_TRY(gz_iterate_init(context, mobility, &s->iterate));
    const size_t size = s->iterate.grid->size;
    GZ_TRY(gz_descent_init(context, size, algorithm, STORED_VECTORS, &s->descent));
    s->descent.furthest = MOST_MOVE;
    GZ_TRY(gz_allocate(context, size, sizeof(double), &s->y));
    return gz_allocate(context, size, sizeof(double), &s->Ky);
}

static gz_status create_lbfgs(gz_context *context, gz_mobility *mobility, const char *preconditioner,
                              void **self) {
    (void)preconditioner;
    return create(context, mobility, NLOPT_LD_LBFGS, self);
}

static gz_status create_tnewton(gz_context *context, gz_mobility *mobility, const char *preconditioner,
                                void **self) {
    (void)preconditioner;
    return create(context, mobility, NLOPT_LD_TNEWTON_PRECOND_RESTART, self);
}

/* G(w + y) - G(w) and its gradient by the entries of y. */
static double difference(void *self, const double *y, double *gradient) {
    quasi_newton *s = self;
    const gz_phase_grid *grid = s->iterate.grid;
    const double value = gz_dual_difference(&s->iterate, y, s->Ky, gradient);
    for (size_t i = 0; i < grid->size; i++) gradient[i] *= grid->cell_volume;
    return value;
}

/* <R, D^-1 R> with the diagonal D of the local Hessian. Also sets the scale of the descent. */
static double squared_decrement(quasi_newton *s) {
    const gz_iterate *it = &s->iterate;
    double *scale = s->descent.scale, squared = 0;
    gz_dual_local_diagonal(&s->iterate, scale);
    for (size_t i = 0; i < it->grid->size; i++) {
        squared += it->R[i] * it->R[i] / scale[i];
        scale[i] = sqrt(it->grid->cell_volume * scale[i]);
    }
    return squared * it->grid->cell_volume;
}

/* Run one pass and move the iterate to its best point. Returns false if no value was finite. */
static bool run_pass(quasi_newton *s, double goal) {
    gz_iterate *it = &s->iterate;
    gz_minimum *at = it->at;
    double fallen, fall = GRADIENT_FALL; /* a predictor falls as far: its tail is the next mobility */
    at->decrement = sqrt(squared_decrement(s));
    if (!it->step->relative) fall = fmax(fall, 0.1 * goal / at->decrement);
    at->work.cg +=
        gz_descent_pass(&s->descent, difference, s, at->decrement, fall, MOST_EVALUATIONS, s->y, &fallen);
    at->work.newton++;
    if (isnan(fallen)) return false;
    gz_mobility_apply(it->mobility, s->y, s->Ky);
    gz_iterate_move(it, s->y, s->Ky);
    return true;
}

/* Move c with w fixed. A pass ends near the minimum for its c, so that one c above 0.9 doubles s. */
static void move_implicitness(quasi_newton *s) {
    gz_iterate *it = &s->iterate;
    if (!gz_chain_rule_applies(&it->chain_rule)) return;
    it->at->implicitness += gz_chain_rule_secant(&it->chain_rule);
    if (gz_chain_rule_stretch(&it->chain_rule, 1)) {
        gz_iterate_set_potential(it);
        return;
    }
    memset(s->y, 0, it->grid->size * sizeof *s->y);
    gz_iterate_move(it, s->y, NULL);
}

static gz_status minimise(void *self, const gz_convex_step *step, gz_minimum *at) {
    quasi_newton *s = self;
    gz_iterate *it = &s->iterate;
    GZ_TRY(gz_iterate_start(it, step, at));
    gz_stopping goal = gz_stopping_begin(it);
    for (;;) {
        if (!gz_iterate_evaluate(it)) return gz_stopping_not_finite(&goal);
        GZ_TRY(gz_iterate_restore_invariants(it, s->y));
        GZ_TRY(gz_stopping_measure(&goal, squared_decrement(s)));
        if (gz_stopping_by_decrement(&goal)) {
            if (it->gathered == 0 || step->relative) break;
            gz_iterate_set_potential(it); /* passes move light nodes to and fro, and leave round-off there */
            continue;
        }
        GZ_TRY(gz_stopping_go_on(&goal));
        if (at->work.newton > 0) {
            move_implicitness(s);
            gz_iterate_evaluate(it);
        }
        const bool moved = run_pass(s, goal.decrement);
        GZ_TRY(gz_go_on(it->context));
        if (!moved) return gz_stopping_stalled(&goal);
    }
    at->converged = true;
    return GZ_OK;
}

const gz_minimizer_method gz_minimizer_lbfgs = {
    .name = "lbfgs", .create = create_lbfgs, .destroy = destroy, .minimise = minimise};
const gz_minimizer_method gz_minimizer_tnewton = {
    .name = "tnewton", .create = create_tnewton, .destroy = destroy, .minimise = minimise};
