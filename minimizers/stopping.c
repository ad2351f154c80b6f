/* Stopping: the goals of a minimisation, and the messages where it fails. */
#include "stopping.h"

#include <math.h>

static const double TOLERANCE = 1e-12, RESIDUAL = 0.2; /* of the decrement; of the residual over TOLERANCE */
static const double DEFECT = 5e-14;                    /* allowed error of J over mass */
static const double PREDICTED = 1e-9;          /* decrement at which a predictor is as good as exact */
static const double PREDICTED_RESIDUAL = 1e-6; /* residual over the first one, enough for a predictor */

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

gz_status gz_stopping_go_on(const gz_stopping *s) {
    if (s->iterate->at->work.newton >= s->most) return gz_stopping_stalled(s);
    return gz_go_on(s->iterate->context);
}

gz_status gz_stopping_stalled(const gz_stopping *s) {
    const gz_iterate *it = s->iterate;
    const gz_minimum *at = it->at;
    const bool only_defect = at->decrement < s->decrement && !it->step->relative && !defect_is_right(it);
    return gz_fail(
        it->context, GZ_ERROR_NOT_CONVERGED,
        "%s stalled after %ld iterations: decrement %.1e (goal %.1e), residual %.1e, J %.1e, c %.2f; "
        "try a smaller dt or more max_iterations",
        only_defect ? "defect J" : "Newton decrement", at->work.newton, at->decrement, s->decrement,
        at->residual, at->defect, at->implicitness);
}

gz_status gz_stopping_not_finite(const gz_stopping *s) {
    return gz_fail(s->iterate->context, GZ_ERROR_NOT_CONVERGED,
                   "the step met numbers that are not finite after %ld iterations; try a smaller dt",
                   s->iterate->at->work.newton);
}
