/* Variational integrators: the collision step as a minimisation (convex_step.h). Method "4. One time step".
 *
 *   jko          mobility and steepness of f0, c = 0: first order, J = -KL(f0|f1)
 *   zero_defect  mobility of the mid-step density, c with J = 0 (or given): second order, J = 0 to round-off
 *
 * Where zero_defect takes its mobility:
 *
 *   start         f0: first order
 *   predictor     the result of one linearly implicit local step of dt/2 (local_predictor.h), for one
 *                 application of K. The step is then a function of f0 and dt alone, whatever solves it. The
 *                 main solve starts at d = d_h (1 + 1/(1 + |d_h|/2)), where d_h is the change of log f in this
 *                 half step. A giant step, in which it would move more than half of the mass, has one jko
 *                 step of dt/2 in its place, solved to a relative decrement of 1e-2
 *   local         the same, in giant steps too
 *   extrapolated  log m = log f0 + (d/2)/(1 + d^2/16), with d the change of log f in the last step, scaled
 *                 to this dt. The first step has a predictor. Cheaper at small dt, and of the same order
 *   fixed_point   the geometric mean sqrt(f0 f1) of the step itself: the step is solved again with the
 *                 mobility of its own solution until the mobility moves by less than 1e-10 of the mass. Where
 *                 dt is many local relaxation times the bare iteration is slow or swings for ever, so it is
 *                 mixed (mixing.h). For reference; the other mid-step mobilities differ from this one by O(dt^2)
 *
 * The mobility is capped (mobility_cap.h), and in zero_defect limited in the deep tail (limiter.h). The limit
 * opens near equilibrium where K log f0 is at hand: not at `start`, nor after an extrapolation.
 */
#include "fields.h"
#include "integrator_method.h"
#include "limiter.h"
#include "local_predictor.h"
#include "minimizer.h"
#include "mixing.h"
#include "mobility_cap.h"

#include <math.h>
#include <string.h>

enum { MOST_ROUNDS = 40 };

static const double GIANT = 0.5;     /* predicted change in half a step, over the mass */
static const double SETTLED = 1e-10; /* fixed_point: largest last move of the mobility, over the mass */

/* fixed_point: a round is plain, and the next one mixed. */
static const gz_mixing_settings MIXING = {.depth = GZ_MIXING_DEPTH, .fields = 1, .period = 2};

typedef struct variational {
    const gz_integrator_parts *parts;
    const gz_minimizer_method *method;
    void *minimizer;
    gz_local_predictor *local; /* NULL if the mobility is at `start` or `fixed_point` */
    gz_weight_rule rule;
    gz_limiter limiter; /* of the present step; jko has none */
    gz_mobility_at mobility_at;
    double *f0, *log_f0, *mobility, *w, *Kw; /* [cell][node] */
    double *change;                          /* extrapolated: last change of log f, [cell][node] */
    double *middle;                          /* fixed_point: log f in the middle, [cell][node] */
    gz_mixing mixing;                        /* fixed_point */
    double change_dt;                        /* extrapolated: dt of the last step; 0: there was none */
} variational;

static void destroy(void *self) {
    variational *s = self;
    if (!s) return;
    gz_local_predictor_destroy(s->local);
    if (s->method) s->method->destroy(s->minimizer);
    double *work[] = {s->f0,     s->log_f0, s->mobility == s->Kw ? NULL : s->mobility, s->w, s->Kw,
                      s->change, s->middle};
    gz_mixing_free(&s->mixing);
    gz_limiter_free(&s->limiter);
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, gz_weight_rule rule, void **self) {
    const gz_integrator_settings *settings = &parts->settings;
    variational *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    s->parts = parts;
    s->rule = rule;
    s->mobility_at = rule == GZ_WEIGHT_JKO ? GZ_AT_START : settings->mobility_at;
    if (rule == GZ_WEIGHT_ZERO_DEFECT && settings->fixed_implicitness) {
        s->rule = GZ_WEIGHT_FIXED;
        if (!(settings->implicitness >= 0 && settings->implicitness < 1))
            return gz_fail(parts->context, GZ_ERROR_SETTINGS, "the implicitness is %g; allowed: 0 to below 1",
                           settings->implicitness);
    }
    double **work[] = {&s->f0, &s->log_f0, &s->w, &s->Kw};
    const size_t size = parts->grid->size;
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(parts->context, size, sizeof(double), work[i]));
    if (rule == GZ_WEIGHT_ZERO_DEFECT) GZ_TRY(gz_limiter_init(parts->context, parts->mobility, &s->limiter));
    if (s->mobility_at == GZ_AT_FIXED_POINT) {
        GZ_TRY(gz_allocate(parts->context, size, sizeof(double), &s->mobility));
        GZ_TRY(gz_allocate(parts->context, size, sizeof(double), &s->middle));
        GZ_TRY(gz_mixing_init(parts->context, parts->grid, &MIXING, &s->mixing));
    } else
        s->mobility = s->Kw; /* the solver computes Kw after the mobility is set */
    if (s->mobility_at == GZ_AT_EXTRAPOLATED)
        GZ_TRY(gz_allocate(parts->context, size, sizeof(double), &s->change));
    s->method = gz_minimizer_find(settings->minimizer);
    if (!s->method)
        return gz_fail(parts->context, GZ_ERROR_SETTINGS, "unknown minimizer '%s'", settings->minimizer);
    GZ_TRY(s->method->create(parts->context, parts->mobility, settings->preconditioner, &s->minimizer));
    if (s->mobility_at == GZ_AT_START || s->mobility_at == GZ_AT_FIXED_POINT) return GZ_OK;
    gz_local_solver *sweeps = s->method->sweeps ? s->method->sweeps(s->minimizer) : NULL;
    return gz_local_predictor_create(parts->context, parts->mobility, sweeps, &s->local);
}

static gz_status create_jko(const gz_integrator_parts *parts, void **self) {
    return create(parts, GZ_WEIGHT_JKO, self);
}

static gz_status create_zero_defect(const gz_integrator_parts *parts, void **self) {
    return create(parts, GZ_WEIGHT_ZERO_DEFECT, self);
}

static gz_status minimise(variational *s, const gz_convex_step *step, gz_minimum *minimum,
                          gz_step_report *report) {
    const gz_status status = s->method->minimise(s->minimizer, step, minimum);
    gz_work_add(&report->work, &minimum->work);
    return status;
}

static void set_mobility(variational *s, const double *log_f) {
    gz_mobility_set_capped(s->parts->mobility, log_f, s->limiter.lambda, s->mobility);
}

/* log_f: from log f of the middle to the start of the main solve, d = d_h (1 + 1/(1 + slower |d_h|)). */
static void go_on(const variational *s, double slower, double *log_f) {
    const gz_phase_grid *grid = s->parts->grid;
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t i = 0; i < grid->size; i++) {
        const double half = log_f[i] - s->log_f0[i];
        log_f[i] = s->log_f0[i] + half * (1 + 1 / (1 + slower * fabs(half)));
        if (log_f[i] < GZ_LOG_FLOOR) log_f[i] = GZ_LOG_FLOOR; /* a NaN stays one */
    }
}

/* log_f1: log f in the middle, by a jko step of dt/2. The mobility is the one at f0. */
static gz_status predict_by_jko(variational *s, const gz_convex_step *step, gz_minimum *minimum,
                                gz_step_report *report) {
    gz_convex_step predictor = *step;
    predictor.dt = step->dt / 2;
    predictor.rule = GZ_WEIGHT_JKO;
    predictor.relative = true;
    predictor.tolerance = 1e-2;
    memcpy(minimum->log_f1, s->log_f0, s->parts->grid->size * sizeof *s->log_f0);
    return minimise(s, &predictor, minimum, report);
}

/* Set the mobility to the predicted mid-step density. minimum->log_f1: log f0 on entry, and the start of the
 * main solve on return. */
static gz_status predict(variational *s, const gz_convex_step *step, gz_minimum *minimum,
                         gz_step_report *report) {
    double *log_f = minimum->log_f1, change = INFINITY;
    set_mobility(s, log_f);
    gz_status status = GZ_OK;
    if (s->local)
        status = gz_local_predictor_predict(s->local, step, minimum, &change);
    else
        gz_mobility_apply(s->parts->mobility, gz_mobility_entropy_variable(s->parts->mobility, s->log_f0),
                          minimum->Kw);
    gz_limiter_refine(&s->limiter, step->dt, s->f0, minimum->Kw);
    const bool locally = s->mobility_at == GZ_AT_LOCAL || (status == GZ_OK && change <= GIANT);
    if (locally || status != GZ_ERROR_NOT_CONVERGED) GZ_TRY(status);
    if (!locally) GZ_TRY(predict_by_jko(s, step, minimum, report));
    set_mobility(s, log_f);
    go_on(s, locally ? 0.5 : 1, log_f);
    return GZ_OK;
}

/* Set the mobility to the extrapolated mid-step density. log_f: becomes the start of the main solve. w is
 * scratch. */
static void extrapolate(variational *s, double dt, double *log_f) {
    double *middle = s->w;
    for (size_t i = 0; i < s->parts->grid->size; i++) {
        const double d = s->change[i] * dt / s->change_dt, damped = d / (1 + d * d / 16);
        middle[i] = s->log_f0[i] + damped / 2;
        log_f[i] = s->log_f0[i] + damped;
    }
    set_mobility(s, middle);
}

/* Set the mobility to the geometric mean of f0 and f1; returns by how much it moved, relative to the mass.
 * middle: the logarithm of that mean, written. Kw is scratch. */
static double follow(variational *s, const double *log_f1, double *middle) {
    const gz_phase_grid *grid = s->parts->grid;
    double *former = s->Kw, sums[2] = {0}; /* moved, mass */
    memcpy(former, s->mobility, grid->size * sizeof *former);
    for (size_t i = 0; i < grid->size; i++) middle[i] = (s->log_f0[i] + log_f1[i]) / 2;
    set_mobility(s, middle);
    for (size_t i = 0; i < grid->size; i++) {
        const double h = grid->node_volume[i % grid->node_count];
        sums[0] += h * fabs(s->mobility[i] - former[i]);
        sums[1] += h * s->f0[i];
    }
    gz_ranks_sum(grid->ranks, 2, sums);
    return sums[0] / sums[1];
}

/* Solve the step again until its mobility is the one of its own solution. The first round has the mobility of
 * the predictor, which is no mean of f0 and an f1, and is not mixed with the others. */
static gz_status settle(variational *s, const gz_convex_step *step, gz_minimum *minimum,
                        gz_step_report *report) {
    double moved = INFINITY;
    gz_mixing_begin(&s->mixing);
    for (int round = 0; round < MOST_ROUNDS; round++) {
        GZ_TRY(minimise(s, step, minimum, report));
        moved = follow(s, minimum->log_f1, s->w);
        if (moved < SETTLED) return minimise(s, step, minimum, report);
        if (round == 0) {
            memcpy(s->middle, s->w, s->parts->grid->size * sizeof *s->middle);
        } else {
            gz_mixing_next(&s->mixing, &s->w, &s->middle);
            set_mobility(s, s->middle);
        }
    }
    return gz_fail(
        s->parts->context, GZ_ERROR_NOT_CONVERGED,
        "the mobility of fixed_point stalled after %d rounds: it still moves by %.1e of the mass (goal "
        "%.0e); try a smaller dt or solver.mobility_at predictor",
        MOST_ROUNDS, moved, SETTLED);
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    variational *s = self;
    const size_t size = s->parts->grid->size;
    memcpy(s->f0, f, size * sizeof *f);
    memcpy(s->log_f0, log_f, size * sizeof *log_f);
    if (s->limiter.lambda) gz_limiter_begin(&s->limiter, dt, f);
    const gz_convex_step step = {.f0 = s->f0,
                                 .log_f0 = s->log_f0,
                                 .dt = dt,
                                 .rule = s->rule,
                                 .implicitness = s->parts->settings.implicitness,
                                 .tolerance = s->parts->settings.tolerance,
                                 .max_iterations = s->parts->settings.max_iterations};
    gz_minimum minimum = {.log_f1 = log_f, .f1 = f, .w = s->w, .Kw = s->Kw};
    if (s->mobility_at == GZ_AT_START)
        set_mobility(s, log_f);
    else if (s->mobility_at == GZ_AT_EXTRAPOLATED && s->change_dt > 0)
        extrapolate(s, dt, log_f);
    else
        GZ_TRY(predict(s, &step, &minimum, report));
    const gz_status status = s->mobility_at == GZ_AT_FIXED_POINT ? settle(s, &step, &minimum, report)
                                                                 : minimise(s, &step, &minimum, report);
    report->decrement = minimum.decrement;
    report->residual = minimum.residual;
    report->implicitness = minimum.implicitness;
    report->dissipation = minimum.dissipation;
    report->action = minimum.action;
    report->entropy_after = minimum.entropy;
    report->defect = minimum.defect;
    report->entropy_before = minimum.entropy0;
    report->converged = status == GZ_OK;
    if (s->change && status == GZ_OK) {
        for (size_t i = 0; i < size; i++) s->change[i] = log_f[i] - s->log_f0[i];
        s->change_dt = dt;
    }
    return status;
}

static void last_collision(void *self, size_t stage, gz_collision *collision) {
    const variational *s = self;
    (void)stage; /* there is one, and its mobility is in place */
    *collision = (gz_collision){.f0 = s->f0, .log_f0 = s->log_f0, .w = s->w, .Kw = s->Kw, .weight = 1};
}

static gz_status grazing_rate(void *self, const gz_collision *collision, gz_grazing_rate *rate) {
    variational *s = self;
    if (s->method->grazing_rate) return s->method->grazing_rate(s->minimizer, rate);
    return gz_pair_optimal_rate(s->parts->context, s->parts->mobility, collision->w, rate);
}

static size_t memory(void *self, gz_memory_block blocks[GZ_MEMORY_BLOCKS]) {
    variational *s = self;
    if (!s->change) return 0;
    blocks[0] = (gz_memory_block){
        .name = "extrapolated_change", .count = s->parts->grid->size, .values = s->change, .is_field = true};
    blocks[1] = (gz_memory_block){.name = "extrapolated_dt", .count = 1, .values = &s->change_dt};
    return 2;
}

const gz_integrator_method gz_integrator_jko = {.name = "jko",
                                                .create = create_jko,
                                                .destroy = destroy,
                                                .collide = collide,
                                                .collision = last_collision,
                                                .grazing_rate = grazing_rate,
                                                .memory = memory};
const gz_integrator_method gz_integrator_zero_defect = {.name = "zero_defect",
                                                        .create = create_zero_defect,
                                                        .destroy = destroy,
                                                        .collide = collide,
                                                        .collision = last_collision,
                                                        .grazing_rate = grazing_rate,
                                                        .memory = memory};
