/* Collision fields: the pairs are kept on one rank, and only if the rate takes at most LARGEST_RATE bytes. */
#include "collision_fields.h"

#include <math.h>

static const double LARGEST_RATE = 64e6; /* bytes */

static gz_status fill(gz_context *context, gz_collision_fields *s) {
    const double size = (double)s->grid->size;
    GZ_TRY(gz_allocate(context, s->grid->size, sizeof(double), &s->action_density));
    GZ_TRY(gz_allocate(context, s->grid->size, sizeof(double), &s->divergence));
    for (size_t i = 0; i < s->grid->size; i++) s->action_density[i] = s->divergence[i] = NAN;
    s->pairs = gz_ranks_count(s->grid->ranks) == 1 &&
               size * size * s->grid->velocity_dim * sizeof(double) <= LARGEST_RATE;
    if (!s->pairs) return GZ_OK;
    GZ_TRY(gz_grazing_rate_init(context, s->grid, &s->rate));
    const size_t d = (size_t)s->grid->velocity_dim;
    for (size_t i = 0; i < s->grid->size * s->grid->size * d; i++) s->rate.U[i] = NAN;
    for (size_t i = 0; i < s->grid->size * d; i++) s->rate.V[i] = NAN;
    return GZ_OK;
}

gz_status gz_collision_fields_create(gz_context *context, const gz_phase_grid *grid,
                                     gz_collision_fields **fields) {
    *fields = NULL;
    gz_collision_fields *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->grid = grid;
    const gz_status status = fill(context, s);
    if (status != GZ_OK) {
        gz_collision_fields_destroy(s);
        return status;
    }
    *fields = s;
    return GZ_OK;
}

void gz_collision_fields_destroy(gz_collision_fields *s) {
    if (!s) return;
    gz_release(s->action_density);
    gz_release(s->divergence);
    gz_grazing_rate_free(&s->rate);
    gz_release(s);
}

gz_status gz_collision_fields_measure(gz_collision_fields *s, gz_integrator *integrator) {
    gz_collision collision;
    GZ_TRY(gz_integrator_collision(integrator, &collision));
    if (s->pairs) GZ_TRY(gz_integrator_grazing_rate(integrator, &s->rate));
    gz_mobility_action_density(gz_integrator_mobility(integrator), collision.w, s->action_density);
    for (size_t i = 0; i < s->grid->size; i++)
        s->divergence[i] = collision.Kw[i] / s->grid->node_volume[i % s->grid->node_count];
    return GZ_OK;
}
