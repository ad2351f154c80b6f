/* Stability limit of explicit methods, from the spectral radius of the linearised semi-discrete equation.
 *
 * The radius comes from the power iteration v <- J v / |J v|. The spectrum lies near the negative real axis
 * (at equilibrium the operator is symmetric and <= 0), so a method whose region of stability contains [-b, 0]
 * is stable up to dt = b / radius. Not installed.
 */
#ifndef GZ_STABILITY_H
#define GZ_STABILITY_H

#include "semi_discrete.h"

/* It keeps its vector from call to call, so that one iteration is enough if the density has changed
 * little. */
typedef struct gz_power_iteration gz_power_iteration;

gz_status gz_power_iteration_create(gz_context *context, const gz_phase_grid *grid,
                                    gz_semi_discrete *equation, gz_power_iteration **iteration);
void gz_power_iteration_destroy(gz_power_iteration *iteration);

/* The present direction v, [cell][node], from which the next iterations continue. */
double *gz_power_iteration_direction(gz_power_iteration *iteration);

/* Improve the estimate of the radius at f, given rate = F(f). The iterations end when the relative change of
 * the estimate is at most `tolerance`, or after `most` of them. An iteration costs one evaluation of F. */
gz_status gz_power_iteration_run(gz_power_iteration *iteration, const double *f, const double *rate,
                                 double tolerance, int most, double *radius);

/* The radius at f in one call, to about three digits. The mobility is overwritten. */
gz_status gz_stability_radius(gz_context *context, gz_mobility *mobility, gz_space_form form, const double *f,
                              double *radius);

/* Length b of the real stability interval of a scheme: 2 for euler, 2.5127 for ssprk3, 2.7853 for rk4. It is
 * 0 for all others, which are variational, implicit, or choose stages or steps by themselves. */
double gz_stability_interval(const char *scheme);

/* Stages of rkl2 and rkl2_adaptive for a step with dt radius = z: the least odd number s >= 3 with (s^2 + s - 2)/2 >= z, or 0
 * if that number is beyond 1e5. */
long gz_stability_stages(double z);

#endif
