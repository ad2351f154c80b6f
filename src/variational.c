/* Variational integrators: the collision step as a minimisation (convex_step.h). Method "4. One time step".
 *
 *   jko          mobility and steepness of f0, c = 0: first order, J = -KL(f0|f1)
 *   zero_defect  mobility of the mid-step density, c with J = 0: second order, J = 0 to round-off
 *
 * The mid-step density comes from a predictor, one jko step of dt/2 to a relative decrement of 1e-2; its
 * change d_h is also where the main solve starts, d = d_h (1 + 1/(1 + |d_h|)). The mobility is capped
 * (mobility_cap.h).
 */
#include "integrator_method.h"
#include "minimizer.h"
#include "mobility_cap.h"

#include <math.h>
#include <string.h>

typedef struct variational {
    const gz_integrator_parts *parts;
    const gz_minimizer_method *method;
    void *minimizer;
    gz_weight_rule rule;
    double *f0, *log_f0, *mobility, *w, *Kw; /* [cell][node] */
} variational;

static void destroy(void *self) {
    variational *s = self;
    if (!s) return;
    if (s->method) s->method->destroy(s->minimizer);
    double *work[] = {s->f0, s->log_f0, s->mobility, s->w, s->Kw};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, gz_weight_rule rule, void **self) {
    variational *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    s->parts = parts;
    s->rule = rule;
    double **work[] = {&s->f0, &s->log_f0, &s->mobility, &s->w, &s->Kw};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(parts->context, parts->grid->size, sizeof(double), work[i]));
    s->method = gz_minimizer_find(parts->settings.minimizer);
    if (!s->method)
        return gz_fail(parts->context, GZ_ERROR_DECK, "unknown minimizer '%s'", parts->settings.minimizer);
    return s->method->create(parts->context, parts->mobility, parts->settings.preconditioner, &s->minimizer);
}

static gz_status create_jko(const gz_integrator_parts *parts, void **self) {
    return create(parts, GZ_WEIGHT_JKO, self);
}

static gz_status create_zero_defect(const gz_integrator_parts *parts, void **self) {
    return create(parts, GZ_WEIGHT_ZERO_DEFECT, self);
}

/* The predicted change over dt/2, extended to dt. */
static void extend_prediction(const variational *s, double *log_f) {
    for (size_t i = 0; i < s->parts->grid->size; i++) {
        const double half = log_f[i] - s->log_f0[i];
        log_f[i] = s->log_f0[i] + half * (1 + 1 / (1 + fabs(half)));
    }
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    variational *s = self;
    const size_t bytes = s->parts->grid->size * sizeof(double);
    memcpy(s->f0, f, bytes);
    memcpy(s->log_f0, log_f, bytes);
    gz_convex_step step = {.f0 = s->f0,
                           .log_f0 = s->log_f0,
                           .dt = dt,
                           .rule = s->rule,
                           .tolerance = s->parts->settings.tolerance,
                           .max_iterations = s->parts->settings.max_iterations};
    gz_minimum minimum = {.log_f1 = log_f, .f1 = f, .w = s->w, .Kw = s->Kw};
    gz_mobility_set_capped(s->parts->mobility, log_f, s->mobility);
    if (s->rule != GZ_WEIGHT_JKO && s->parts->settings.mobility_at != GZ_AT_START) {
        gz_convex_step predictor = step;
        predictor.dt = dt / 2;
        predictor.rule = GZ_WEIGHT_JKO;
        predictor.relative = true;
        predictor.tolerance = 1e-2;
        const gz_status status = s->method->minimise(s->minimizer, &predictor, &minimum);
        report->newton += minimum.newton;
        report->cg += minimum.cg;
        if (status != GZ_OK) return status;
        gz_mobility_set_capped(s->parts->mobility, log_f, s->mobility);
        extend_prediction(s, log_f);
    }
    const gz_status status = s->method->minimise(s->minimizer, &step, &minimum);
    report->newton += minimum.newton;
    report->cg += minimum.cg;
    report->decrement = minimum.decrement;
    report->residual = minimum.residual;
    report->implicitness = minimum.implicitness;
    report->dissipation = minimum.dissipation;
    report->action = minimum.action;
    report->entropy_after = minimum.entropy;
    report->defect = minimum.defect;
    report->entropy_before = minimum.entropy0;
    report->converged = minimum.converged;
    return status;
}

static void last_collision(const void *self, gz_collision *collision) {
    const variational *s = self;
    *collision = (gz_collision){.f0 = s->f0, .log_f0 = s->log_f0, .w = s->w, .Kw = s->Kw};
}

const gz_integrator_method gz_integrator_jko = {"jko", create_jko, destroy, collide, last_collision, false};
const gz_integrator_method gz_integrator_zero_defect = {"zero_defect", create_zero_defect, destroy,
                                                        collide,       last_collision,     false};
