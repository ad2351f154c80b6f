/* Newton's method for the convex step: assess the iterate, find a direction, take it whole or damped. */
#include "newton.h"

#include "damping.h"
#include "implicitness.h"
#include "stopping.h"

#include <math.h>
#include <string.h>

static const double NEAR = 1e-8;        /* residual below which round-off is worth removing */
static const double LITTLE = 0.1;       /* part of the residual; a smaller damped move gets K_local only */
static const double LITTLE_MASS = 1e-3; /* part of all mass that such a move must not exceed */
static const double CLOSE = 1e-3;       /* residual below which no part of K w may come from K_local alone */
static const double SLOW = 0.03; /* part of the decrement that is left, above which the border is renewed */
static const double ROUGH = 0.1; /* tolerance of the border, which enters with the small factor dc */

/* The state of one minimisation, beside its iterate. */
typedef struct progress {
    gz_stopping goal;
    double previous_decrement; /* INFINITY before the second iteration */
    bool has_border;
    bool far;      /* the last step was damped: log f still moves by much somewhere */
    bool finished; /* an iteration was made for the tail */
} progress;

void gz_newton_free(gz_newton *s) {
    gz_iterate_free(&s->iterate);
    double *work[] = {s->y, s->border, s->Kborder};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    memset(s, 0, sizeof *s);
}

gz_status gz_newton_init(gz_context *context, gz_mobility *mobility, const gz_newton_solver *solver,
                         void *self, gz_newton *s) {
    memset(s, 0, sizeof *s);
    s->solver = solver;
    s->self = self;
    GZ_TRY(gz_iterate_init(context, mobility, &s->iterate));
    s->Ky = s->iterate.R;
    double **work[] = {&s->y, &s->border, &s->Kborder};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(context, s->iterate.grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

/* The damped change of log f1 at node i for the changes y of w and dc of c. *linear: the change without
 * damping. */
static double damped_step(const gz_newton *s, size_t i, double c, double dc, double *linear) {
    const gz_iterate *it = &s->iterate;
    double slope;
    const double psi = gz_psi(it->at->log_f1[i] - it->step->log_f0[i], it->at->scale, &slope);
    *linear = (s->y[i] + dc * psi) / (1 - c * slope);
    const double change = gz_damped_change(*linear, it->diag[i], it->step->dt * s->local_diagonal[i]);
    return fmax(change, GZ_LOG_FLOOR - it->at->log_f1[i]);
}

/* A step to be taken: the Newton direction with the change dc of c, from the present c. */
typedef struct taken {
    const gz_newton *s;
    double c, dc;
    double *extra; /* what the damped step adds to w, [cell][node] */
} taken;

static void damped_task(const void *self, gz_block on, double *sums) {
    const taken *step = self;
    const gz_newton *s = step->s;
    const gz_iterate *it = &s->iterate;
    const gz_minimum *at = it->at;
    for (size_t i = on.first; i < on.first + on.count; i++) {
        double slope, linear;
        at->log_f1[i] += damped_step(s, i, step->c, step->dc, &linear);
        const double psi = gz_psi(at->log_f1[i] - it->step->log_f0[i], at->scale, &slope);
        at->w[i] += s->y[i];
        at->Kw[i] += s->Ky[i];
        step->extra[i] = at->log_f1[i] - (step->c + step->dc) * psi - at->w[i];
        sums[0] += it->diag[i] * fabs(step->extra[i]);
    }
}

/* Move log f1 by the damped step, node by node, and c by dc. Where this differs from the linear step only at
 * nodes of little mass, K_local gives the effect of the difference on K w, without a transform. K w is then
 * computed anew near the solution. */
static void take_damped_step(gz_newton *s, double dc) {
    gz_iterate *it = &s->iterate;
    gz_minimum *at = it->at;
    double *extra = at->f1, *K_extra = it->R; /* both are made anew when the iterate is evaluated */
    const taken step = {s, at->implicitness, dc, extra};
    const double moved = gz_fields_sum_one(&it->fields, damped_task, &step);
    at->implicitness += dc;
    if (!(moved < fmin(LITTLE * at->residual, LITTLE_MASS) * it->mass)) {
        gz_iterate_set_potential(it);
        return;
    }
    gz_mobility_apply_local(it->mobility, extra, K_extra);
    gz_fields_combine(&it->fields, 1, extra, 1, at->w);
    gz_fields_combine(&it->fields, 1, K_extra, 1, at->Kw);
    it->gathered = INFINITY;
}

/* True if the linear step is so short at all nodes of the block that nothing damps it. */
static bool is_short(const taken *step, gz_block on) {
    const gz_newton *s = step->s;
    const gz_iterate *it = &s->iterate;
    const double *restrict l1 = it->at->log_f1 + on.first, *restrict l0 = it->step->log_f0 + on.first,
                           *restrict y = s->y + on.first, scale = it->at->scale, c = step->c, dc = step->dc;
    int within = 0;
#pragma omp simd reduction(+ : within)
    for (size_t k = 0; k < on.count; k++) {
        double slope;
        const double psi = gz_psi(l1[k] - l0[k], scale, &slope), linear = (y[k] + dc * psi) / (1 - c * slope);
        within += gz_is_undamped(linear) & (linear >= GZ_LOG_FLOOR - l1[k]);
    }
    return within == (int)on.count;
}

/* The sums count the nodes where damping changes the step by 0.01 and by 0.5; NaN counts. */
static void compare_task(const void *self, gz_block on, double *sums) {
    const taken *step = self;
    if (is_short(step, on)) return;
    for (size_t i = on.first; i < on.first + on.count; i++) {
        double linear;
        const double change = damped_step(step->s, i, step->c, step->dc, &linear),
                     difference = fabs(change - linear);
        sums[0] += !(difference < 0.01);
        sums[1] += !(difference < 0.5);
    }
}

/* Take the step y and the change dc: exactly in w, or damped node by node where the linear step cannot be
 * trusted. */
static void update(gz_newton *s, progress *p, double dc) {
    gz_iterate *it = &s->iterate;
    gz_minimum *at = it->at;
    s->local_diagonal = gz_mobility_local_diagonal(it->mobility);
    double nodes[2]; /* where damping matters, and where it matters much */
    gz_fields_sum(&it->fields, compare_task, &(taken){.s = s, .c = at->implicitness, .dc = dc}, 2, nodes);
    p->far = nodes[0] > 0;
    if (nodes[1] == 0) {
        at->implicitness += dc;
        gz_iterate_move(it, s->y, s->Ky);
    } else {
        take_damped_step(s, dc);
    }
    if (gz_chain_rule_stretch(&it->chain_rule, GZ_CHAIN_RULE_PATIENCE)) gz_iterate_set_potential(it);
}

/* border = diag psi */
static void border_task(const void *self, gz_block on, double *sums) {
    const gz_newton *s = self;
    const gz_iterate *it = &s->iterate;
    const double *restrict l1 = it->at->log_f1 + on.first, *restrict l0 = it->step->log_f0 + on.first,
                           *restrict diag = it->diag + on.first, scale = it->at->scale;
    double *restrict border = s->border + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        double slope;
        border[k] = diag[k] * gz_psi(l1[k] - l0[k], scale, &slope);
    }
}

/* Find the Newton direction y, K y, and the change dc of c by the border. The solver has -R loaded. */
static gz_status direction(gz_newton *s, progress *p, double *dc) {
    gz_iterate *it = &s->iterate;
    gz_minimum *at = it->at;
    const double decrement = at->decrement / sqrt(it->mass), tolerance = p->goal.decrement / sqrt(it->mass);
    const double eta = fmin(0.1, fmax(fmax(3 * decrement, 0.3 * tolerance / decrement), 1e-3));
    GZ_TRY(s->solver->solve(s->self, eta, s->y, s->Ky, &at->work.cg));
    const bool outdated = at->decrement > SLOW * p->previous_decrement;
    const bool needs_border = gz_chain_rule_applies(&it->chain_rule) && (!p->has_border || outdated);
    if (needs_border) {
        gz_fields_run(&it->fields, border_task, s);
        double squared;
        GZ_TRY(s->solver->load(s->self, -1, s->border, false, &squared));
        GZ_TRY(s->solver->solve(s->self, ROUGH, s->border, s->Kborder, &at->work.cg));
        p->has_border = true;
    }
    p->previous_decrement = at->decrement;
    s->solver->remember(s->self, s->y, s->Ky);
    if (needs_border) s->solver->remember(s->self, s->border, s->Kborder);
    *dc = p->has_border ? gz_chain_rule_newton(&it->chain_rule, s->y, s->border) : 0;
    if (*dc != 0) {
        gz_fields_combine(&it->fields, *dc, s->border, 1, s->y);
        gz_fields_combine(&it->fields, *dc, s->Kborder, 1, s->Ky);
    }
    return GZ_OK;
}

static bool evaluate(gz_newton *s) {
    gz_iterate *it = &s->iterate;
    if (!gz_iterate_evaluate(it)) return false;
    if (!isinf(it->gathered) || !(it->at->residual < CLOSE)) return true;
    gz_iterate_set_potential(it);
    return gz_iterate_evaluate(it);
}

/* Measure the decrement. The solver then has -R loaded. */
static gz_status measure(gz_newton *s, progress *p) {
    gz_iterate *it = &s->iterate;
    double squared = NAN;
    GZ_TRY(s->solver->prepare(s->self, it->diag, it->step->dt, p->far));
    GZ_TRY(s->solver->load(s->self, -1, it->R, false, &squared));
    const bool small = sqrt(squared) < p->goal.decrement && !it->step->relative;
    if (small) GZ_TRY(s->solver->load(s->self, -1, it->R, true, &squared));
    return gz_stopping_measure(&p->goal, squared);
}

/* Evaluate the iterate and decide whether it is good enough. If not, the solver then has -R loaded. */
static gz_status assess(gz_newton *s, progress *p, bool *done) {
    gz_iterate *it = &s->iterate;
    const bool relative = it->step->relative;
    if (!evaluate(s)) return gz_stopping_not_finite(&p->goal);
    if (!relative && it->at->residual < NEAR) GZ_TRY(gz_iterate_restore_invariants(it, s->y));
    *done = gz_stopping_by_residual(&p->goal);
    if (*done) return GZ_OK;
    GZ_TRY(measure(s, p));
    *done = gz_stopping_by_decrement(&p->goal);
    if (*done && !relative && it->at->residual >= NEAR) { /* stiff: the invariants are not yet restored */
        GZ_TRY(gz_iterate_restore_invariants(it, s->y));
        GZ_TRY(measure(s, p));
        *done = gz_stopping_by_decrement(&p->goal);
    }
    return GZ_OK;
}

gz_status gz_newton_minimise(gz_newton *s, const gz_convex_step *step, gz_minimum *minimum) {
    GZ_TRY(s->solver->begin(s->self));
    GZ_TRY(gz_iterate_start(&s->iterate, step, minimum));
    progress p = {.goal = gz_stopping_begin(&s->iterate), .previous_decrement = INFINITY};
    for (;;) {
        bool done = false;
        double dc = 0;
        GZ_TRY(assess(s, &p, &done));
        if (done && (p.finished || gz_stopping_tail_is_right(&p.goal))) break;
        if (done) GZ_TRY(measure(s, &p));
        p.finished |= done;
        GZ_TRY(gz_stopping_go_on(&p.goal));
        GZ_TRY(direction(s, &p, &dc));
        update(s, &p, dc);
        minimum->work.newton++;
    }
    minimum->converged = true;
    return GZ_OK;
}
