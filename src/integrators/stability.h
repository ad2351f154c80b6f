/* Stability limit of explicit methods, from the spectral radius of the linearised semi-discrete equation.
 *
 * A power iteration v <- J v / |J v|. The spectrum lies near the negative real axis (the operator is
 * symmetric and <= 0 at equilibrium), so a method whose region of stability covers [-b, 0] is stable up to
 * dt = b / radius. Not installed.
 */
#ifndef GZ_STABILITY_H
#define GZ_STABILITY_H

#include "semi_discrete.h"

/* Keeps its vector from call to call, so that a density that has changed little needs one iteration. */
typedef struct gz_power_iteration gz_power_iteration;

gz_status gz_power_iteration_create(gz_context *context, const gz_phase_grid *grid,
                                    gz_semi_discrete *equation, gz_power_iteration **iteration);
void gz_power_iteration_destroy(gz_power_iteration *iteration);

/* The present direction, [cell][node]: where the next iterations go on from. */
double *gz_power_iteration_direction(gz_power_iteration *iteration);

/* Improve the estimate of the radius at f, given rate = F(f), by iterations until it changes by less than
 * `tolerance` (relative) from one to the next; at most `most`. One evaluation of F an iteration. */
gz_status gz_power_iteration_run(gz_power_iteration *iteration, const double *f, const double *rate,
                                 double tolerance, int most, double *radius);

/* The radius at f in one call, to three digits or so. The mobility is overwritten. */
gz_status gz_stability_radius(gz_context *context, gz_mobility *mobility, gz_space_form form, const double *f,
                              double *radius);

/* Length b of the real stability interval of a scheme: 2 for euler, 2.5127 for ssprk3, 2.7853 for rk4; 0 for
 * the others, which are variational, implicit, or choose stages or steps by themselves. */
double gz_stability_interval(const char *scheme);

/* Stages of rkl2 (rkl2.c) for a step of dt radius = z: the least odd number s >= 3 with (s^2 + s - 2)/2 >= z,
 * 0 if that is beyond 1e5. */
long gz_stability_stages(double z);

#endif
