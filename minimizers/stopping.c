/* Stopping: the goals of a minimisation, and the messages where it fails. */
#include "stopping.h"

#include "fields.h"

#include <math.h>
#include <stdio.h>

static const double TOLERANCE = 1e-12, RESIDUAL = 0.2; /* of the decrement; of the residual over TOLERANCE */
static const double DEFECT = 5e-14;                    /* allowed error of J over mass */
static const double PREDICTED = 1e-9;          /* decrement at which a predictor is as good as exact */
static const double PREDICTED_RESIDUAL = 1e-6; /* residual over the first one, enough for a predictor */
static const double TAIL = 1e-14, LEFT = 1e-6; /* of max f; of log f in that tail */

enum { MOST_ITERATIONS = 80 };

gz_stopping gz_stopping_begin(const gz_iterate *iterate) {
    const gz_convex_step *step = iterate->step;
    const double tolerance = step->tolerance > 0 ? step->tolerance : TOLERANCE;
    return (gz_stopping){.iterate = iterate,
                         .decrement = tolerance * sqrt(iterate->mass),
                         .residual = RESIDUAL * tolerance,
                         .most = step->max_iterations > 0 ? step->max_iterations : MOST_ITERATIONS};
}

gz_status gz_stopping_measure(gz_stopping *s, double squared) {
    const gz_iterate *it = s->iterate;
    gz_minimum *at = it->at;
    const double unit = sqrt(it->mass);
    if (!(squared >= 0) || !isfinite(squared)) return gz_stopping_stalled(s);
    at->decrement = sqrt(squared);
    if (it->step->relative && at->work.newton == 0) {
        s->decrement = fmax(s->decrement / unit * at->decrement, PREDICTED * unit);
        s->residual = PREDICTED_RESIDUAL * at->residual;
    }
    return GZ_OK;
}

static bool defect_is_right(const gz_iterate *it) {
    return fabs(it->at->defect - gz_chain_rule_defect(&it->chain_rule)) < DEFECT * it->mass;
}

/* A predictor makes one iteration at least, and its J need not be right. */
static bool may_stop(const gz_iterate *it) {
    return it->step->relative ? it->at->work.newton > 0 : defect_is_right(it);
}

bool gz_stopping_by_residual(const gz_stopping *s) {
    return s->iterate->at->residual < s->residual && may_stop(s->iterate);
}

bool gz_stopping_by_decrement(const gz_stopping *s) {
    return s->iterate->at->decrement < s->decrement && may_stop(s->iterate);
}

bool gz_stopping_tail_is_right(const gz_stopping *s) {
    const gz_iterate *it = s->iterate;
    const gz_phase_grid *grid = it->grid;
    if (it->step->relative || it->step->rule == GZ_WEIGHT_JKO || it->at->work.newton >= s->most) return true;
    double most = 0, left = 0;
    const double *restrict f1 = it->at->f1, *restrict R = it->R, *restrict diag = it->diag;
#pragma omp parallel for simd num_threads(gz_field_threads(grid)) reduction(max : most)
    for (size_t i = 0; i < grid->size; i++) most = f1[i] > most ? f1[i] : most;
    gz_ranks_most(grid->ranks, 1, &most);
#pragma omp parallel for simd num_threads(gz_field_threads(grid)) reduction(max : left)
    for (size_t i = 0; i < grid->size; i++) {
        const double change = f1[i] > TAIL * most ? fabs(R[i]) / diag[i] : 0;
        left = change > left ? change : left;
    }
    gz_ranks_most(grid->ranks, 1, &left);
    return left < LEFT;
}

gz_status gz_stopping_go_on(const gz_stopping *s) {
    if (s->iterate->at->work.newton >= s->most) return gz_stopping_stalled(s);
    return gz_go_on(s->iterate->context);
}

/* The number of nodes where f is the least number that it can be, on all ranks. */
static long drained(const gz_iterate *it) {
    double count = 0;
    for (size_t i = 0; i < it->grid->size; i++) count += it->at->log_f1[i] <= GZ_LOG_FLOOR;
    gz_ranks_sum(it->grid->ranks, 1, &count);
    return (long)count;
}

/* The failure `reason`, with what to do about it. */
static gz_status fail(const gz_iterate *it, const char *reason, const char *advice) {
    const gz_mobility_settings *settings = gz_mobility_get_settings(it->mobility);
    if (!settings->always_wide || settings->order == 2)
        return gz_fail(it->context, GZ_ERROR_NOT_CONVERGED, "%s; %s", reason, advice);
    const long nodes = drained(it);
    if (nodes == 0)
        return gz_fail(it->context, GZ_ERROR_NOT_CONVERGED, "%s; %s, or grid.v.switch auto", reason, advice);
    return gz_fail(
        it->context, GZ_ERROR_NOT_CONVERGED,
        "%s; at %ld nodes f is the least number that it can be (log f = %d): without the steepness "
        "switch wide stencils drain a steep tail, at any dt; set grid.v.switch auto or grid.v.order 2",
        reason, nodes, GZ_LOG_FLOOR);
}

gz_status gz_stopping_stalled(const gz_stopping *s) {
    const gz_iterate *it = s->iterate;
    const gz_minimum *at = it->at;
    const bool only_defect = at->decrement < s->decrement && !it->step->relative && !defect_is_right(it);
    char reason[GZ_LONGEST_MESSAGE];
    snprintf(reason, sizeof reason,
             "%s stalled after %ld iterations: decrement %.1e (goal %.1e), residual %.1e, J %.1e, c %.2f",
             only_defect ? "defect J" : "Newton decrement", at->work.newton, at->decrement, s->decrement,
             at->residual, at->defect, at->implicitness);
    return fail(it, reason, "try a smaller dt or more max_iterations");
}

gz_status gz_stopping_not_finite(const gz_stopping *s) {
    char reason[GZ_LONGEST_MESSAGE];
    snprintf(reason, sizeof reason, "the step met numbers that are not finite after %ld iterations",
             s->iterate->at->work.newton);
    return fail(s->iterate, reason, "try a smaller dt");
}
