/* Flux form: the tensor, drift and stencils of the mobility with another weight, theta and drift. */
#include "flux_form.h"

#include "clock.h"
#include "fields.h"
#include "mobility_internal.h"

/* b' -> f b' */
static void multiply_drift(gz_mobility *k, const double *f) {
#pragma omp parallel for num_threads(gz_field_threads(k->grid))
    for (size_t i = 0; i < k->grid->size; i++)
        for (int a = 0; a < k->grid->velocity_dim; a++) k->drift[a][i] *= f[i];
}

void gz_flux_form_apply(gz_mobility *k, const double *f, double *out) {
    gz_cell_fields form = gz_mobility_form(k);
    form.weight = k->grid->node_volume;
    form.same_weight = true;
    for (int a = 0; a < k->grid->velocity_dim; a++) form.theta[a] = NULL;
    gz_mobility_set_form(k, f, &form);
    const double begin = gz_seconds_now();
    k->applications++;
    gz_mobility_make_drift(k, f, &form);
    multiply_drift(k, f);
    gz_mobility_apply_form(k, &form, f, out);
    gz_context_spend(k->context, GZ_PHASE_APPLY, begin);
}
