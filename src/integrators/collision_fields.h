/* Collision fields: what the last collision of an integrator did, place by place, for result files. Of the three
 * stages of zero_defect4 the first two fields are the weighted sums, and the others belong to the middle one.
 *
 *   action_density(x, v) = 1/2 sum_* (h dx)_* |U|^2/(kappa m m*)    per dx dv; its integral is Act_m(U),
 *                                                                   column A
 *   divergence(x, v)     = 1/2 div~ U = -(d_t f by collisions)      per dx dv
 *   w, m                   potential and mobility of the collision
 *   theta_a, c_a           switch and sawtooth weight of its stencils along velocity axis a (stencil_control.h):
 *                          with w and m all that K depends on, so that anyone can compute D = <w, K(m) w>
 *   U, V                   the grazing rate itself (pair_calculus.h), on grids small enough for all pairs
 */
#ifndef GZ_COLLISION_FIELDS_H
#define GZ_COLLISION_FIELDS_H

#include "integrator.h"

typedef struct gz_collision_fields {
    const gz_phase_grid *grid;
    double *action_density,
        *divergence;              /* [cell][node]; like all fields here NaN before the first measurement */
    double *potential, *mobility; /* w, m: [cell][node] */
    double *theta, *sawtooth;     /* [axis][cell][node] */
    bool pairs;                   /* true if `rate` is kept: Landau's collisions, one rank, at most 64 MB */
    gz_grazing_rate rate;
} gz_collision_fields;

/* kind: of collisions; those other than Landau's have no rate on pairs. */
GZ_API gz_status gz_collision_fields_create(gz_context *context, const gz_phase_grid *grid,
                                            gz_collision_kind kind, gz_collision_fields **fields);
GZ_API void gz_collision_fields_destroy(gz_collision_fields *fields);

/* Call this right after a step, before the mobility is set anew. GZ_ERROR_USAGE for schemes that minimise
 * nothing. */
GZ_API gz_status gz_collision_fields_measure(gz_collision_fields *fields, gz_integrator *integrator);

#endif
