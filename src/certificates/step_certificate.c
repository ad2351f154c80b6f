/* Step certificate: the interval form (certify.h) of the last collision, and of the two states of the
 * step. */
#include "step_certificate.h"

#include <math.h>
#include <string.h>

struct gz_step_certifier {
    gz_integrator *integrator;
    const gz_phase_grid *grid;
    gz_certifier *certifier;
    double *before; /* [cell][node]: log f at the start of the step */
    double *field;  /* [x axis][cell of the whole grid]: E of ampere there; NULL without x */
};

void gz_step_certifier_destroy(gz_step_certifier *s) {
    if (!s) return;
    gz_certifier_destroy(s->certifier);
    gz_release(s->before);
    gz_release(s->field);
    gz_release(s);
}

gz_status gz_step_certifier_create(gz_context *context, const gz_problem *problem, gz_integrator *integrator,
                                   const char *preconditioner, gz_step_certifier **certifier) {
    *certifier = NULL;
    gz_step_certifier *s = NULL;
    gz_status status = GZ_OK;
    gz_mobility *mobility = gz_integrator_mobility(integrator);
    const gz_certifier_settings settings = {.preconditioner = preconditioner};
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->integrator = integrator;
    s->grid = gz_mobility_grid(mobility);
    GZ_TRY_ELSE(status, gz_allocate(context, s->grid->size, sizeof(double), &s->before), fail);
    const size_t field = (size_t)s->grid->space_dim * s->grid->all_cells;
    if (field > 0) GZ_TRY_ELSE(status, gz_allocate(context, field, sizeof(double), &s->field), fail);
    GZ_TRY_ELSE(status, gz_certifier_create(context, problem, mobility, &settings, &s->certifier), fail);
    *certifier = s;
    return GZ_OK;
fail:
    gz_step_certifier_destroy(s);
    return status;
}

void gz_step_certifier_begin(gz_step_certifier *s, const gz_state *state) {
    memcpy(s->before, state->log_f, s->grid->size * sizeof *s->before);
    if (s->field)
        gz_integrator_field(s->integrator, state, s->field); /* of ampere also before it has begun */
}

static bool is_finite(const gz_phase_grid *grid, const double *values) {
    bool all = true;
    for (size_t i = 0; all && i < grid->size; i++) all = isfinite(values[i]);
    return gz_ranks_all(grid->ranks, all);
}

gz_step_certificate gz_step_certifier_end(gz_step_certifier *s, double dt, const gz_state *state) {
    gz_step_certificate result = {NAN, NAN, NAN};
    if (!is_finite(s->grid, s->before) || !is_finite(s->grid, state->log_f)) return result;
    gz_certificate part;
    if (gz_certify_collision(s->certifier, s->integrator, dt, state, &part) == GZ_OK) {
        result.action = part.action / dt;
        result.defect = gz_certificate_direct(&part);
    }
    const gz_curve_window window = {
        .count = 2, .time = {0, dt}, .log_f = {s->before, state->log_f}, .field = {s->field, state->field}};
    if (gz_certify_interval(s->certifier, &window, &part) == GZ_OK) result.mean_defect = part.defect;
    return result;
}
