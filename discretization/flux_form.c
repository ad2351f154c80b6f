/* Flux form: the tensor, drift and stencils of the mobility with another weight, theta and drift. */
#include "flux_form.h"

#include "clock.h"
#include "fields.h"
#include "mobility_internal.h"

/* b' -> f b', where b' is in the drift, or for a bath -T G phi, G phi = v/theta. */
static void multiply_drift(gz_mobility *k, const double *f) {
    const gz_phase_grid *grid = k->grid;
    const double friction = k->settings.collisions.friction;
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t i = 0; i < grid->size; i++)
        for (int a = 0; a < grid->velocity_dim; a++)
            k->drift[a][i] =
                f[i] * (k->phi ? -friction * grid->node_velocity[a][i % grid->node_count] : k->drift[a][i]);
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
    if (k->phi || k->method->drift) {
        multiply_drift(k, f);
        for (int a = 0; a < k->grid->velocity_dim; a++) form.drift[a] = k->drift[a];
    }
    gz_mobility_apply_form(k, &form, f, out);
    gz_context_spend(k->context, GZ_PHASE_APPLY, begin);
}
