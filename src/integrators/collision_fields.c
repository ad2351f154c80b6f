/* Collision fields: the pairs are kept on one rank, and only if the rate takes at most LARGEST_RATE bytes. */
#include "collision_fields.h"

#include <math.h>
#include <string.h>

static const double LARGEST_RATE = 64e6; /* bytes */

static void no_numbers(size_t count, double *field) {
    for (size_t i = 0; i < count; i++) field[i] = NAN;
}

static gz_status make_field(gz_context *context, size_t count, double **field) {
    GZ_TRY(gz_allocate(context, count, sizeof(double), field));
    no_numbers(count, *field);
    return GZ_OK;
}

static gz_status fill(gz_context *context, gz_collision_kind kind, gz_collision_fields *s) {
    const double size = (double)s->grid->size;
    const size_t d = (size_t)s->grid->velocity_dim;
    GZ_TRY(make_field(context, s->grid->size, &s->action_density));
    GZ_TRY(make_field(context, s->grid->size, &s->divergence));
    GZ_TRY(make_field(context, s->grid->size, &s->potential));
    GZ_TRY(make_field(context, s->grid->size, &s->mobility));
    GZ_TRY(make_field(context, d * s->grid->size, &s->theta));
    GZ_TRY(make_field(context, d * s->grid->size, &s->sawtooth));
    s->pairs = kind == GZ_LANDAU && gz_ranks_count(s->grid->ranks) == 1 &&
               size * size * s->grid->velocity_dim * sizeof(double) <= LARGEST_RATE;
    if (!s->pairs) return GZ_OK;
    GZ_TRY(gz_grazing_rate_init(context, s->grid, &s->rate));
    no_numbers(s->grid->size * s->grid->size * d, s->rate.U);
    no_numbers(s->grid->size * d, s->rate.V);
    return GZ_OK;
}

gz_status gz_collision_fields_create(gz_context *context, const gz_phase_grid *grid, gz_collision_kind kind,
                                     gz_collision_fields **fields) {
    *fields = NULL;
    gz_collision_fields *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->grid = grid;
    const gz_status status = fill(context, kind, s);
    if (status != GZ_OK) {
        gz_collision_fields_destroy(s);
        return status;
    }
    *fields = s;
    return GZ_OK;
}

void gz_collision_fields_destroy(gz_collision_fields *s) {
    if (!s) return;
    double *all[] = {s->action_density, s->divergence, s->potential, s->mobility, s->theta, s->sawtooth};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_grazing_rate_free(&s->rate);
    gz_release(s);
}

/* Add what the stages sum up to: density = sum_i b_i action density, divergence = sum_i b_i K(m_i) w_i / h. */
static void add_stage(gz_collision_fields *s, gz_mobility *K, const gz_collision *stage) {
    gz_mobility_action_density(K, stage->w, s->mobility);
    for (size_t i = 0; i < s->grid->size; i++) {
        s->action_density[i] += stage->weight * s->mobility[i];
        s->divergence[i] += stage->weight * stage->Kw[i] / s->grid->node_volume[i % s->grid->node_count];
    }
}

/* What belongs to one stage. */
static void take_stage(gz_collision_fields *s, const gz_mobility *K, const gz_collision *stage) {
    const size_t size = s->grid->size;
    memcpy(s->potential, stage->w, size * sizeof(double));
    for (size_t i = 0; i < size; i++)
        s->mobility[i] = gz_mobility_weight(K)[i] / s->grid->node_volume[i % s->grid->node_count];
    for (int a = 0; a < s->grid->velocity_dim; a++) {
        memcpy(s->theta + (size_t)a * size, gz_mobility_theta(K, a), size * sizeof(double));
        memcpy(s->sawtooth + (size_t)a * size, gz_mobility_sawtooth(K, a), size * sizeof(double));
    }
}

gz_status gz_collision_fields_measure(gz_collision_fields *s, gz_integrator *integrator) {
    gz_mobility *K = gz_integrator_mobility(integrator);
    const size_t stages = gz_integrator_stages(integrator), middle = stages / 2;
    gz_collision stage;
    GZ_TRY(gz_integrator_collision(integrator, 0, &stage));
    memset(s->action_density, 0, s->grid->size * sizeof(double));
    memset(s->divergence, 0, s->grid->size * sizeof(double));
    for (size_t i = 0; i < stages; i++) {
        GZ_TRY(gz_integrator_collision(integrator, i, &stage));
        add_stage(s, K, &stage);
    }
    GZ_TRY(gz_integrator_collision(integrator, middle, &stage));
    take_stage(s, K, &stage);
    return s->pairs ? gz_integrator_grazing_rate(integrator, middle, &s->rate) : GZ_OK;
}
