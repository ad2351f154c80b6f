/* The stages of the Runge-Kutta-Legendre method of second order, RKL2, for both members that use it. With s stages the
 * length of its stability interval is (s^2 + s - 2)/2, so a step dt costs about sqrt(2 dt radius) evaluations instead
 * of dt radius / 2. It is the strongest explicit rival where diffusion is stiff.
 * Source: Meyer, Balsara & Aslam, J. Comput. Phys. 257 (2014), 594.
 *
 *   Y_0 = f,   Y_1 = Y_0 + mu~_1 dt F_0,
 *   Y_j = mu_j Y_{j-1} + nu_j Y_{j-2} + (1 - mu_j - nu_j) Y_0
 *         + mu~_j dt F(Y_{j-1}) + gamma~_j dt F_0,   j = 2..s,
 *   b_j = (j^2 + j - 2)/(2j (j + 1)),   b_0 = b_1 = b_2 = 1/3,   a_j = 1 - b_j,   w = 4/(s^2 + s - 2),
 *   mu~_1 = b_1 w,   mu_j = (2j - 1)/j b_j/b_{j-1},   nu_j = -(j - 1)/j b_j/b_{j-2},
 *   mu~_j = mu_j w,   gamma~_j = -a_{j-1} mu~_j.
 *
 * s is the least odd number whose interval contains dt times the spectral radius. Not installed.
 */
#ifndef GZ_RKL2_STAGES_H
#define GZ_RKL2_STAGES_H

#include "ode.h"
#include "stability.h"

typedef struct gz_rkl2 {
    gz_ode ode;
    gz_power_iteration *power;
    double *Y0, *F0, *F, *before, *now; /* [cell][node]; before, now: Y_{j-2} and Y_{j-1} */
} gz_rkl2;

/* On failure it may be half-built and must be cleared. */
gz_status gz_rkl2_init(const gz_integrator_parts *parts, const char *scheme, gz_rkl2 *rkl2);
void gz_rkl2_free(gz_rkl2 *rkl2);

/* Improve the radius at Y0 by `most` power iterations, or fewer if it settles to a hundredth; needs F0. */
gz_status gz_rkl2_radius(gz_rkl2 *rkl2, int most, double *radius);

/* Power iterations that find a radius of which nothing is known. */
enum { GZ_RKL2_FIRST_ITERATIONS = 200 };

/* The number of stages for a step dt, at least 3. GZ_ERROR_NOT_CONVERGED if it is beyond 1e5. */
gz_status gz_rkl2_count(const gz_rkl2 *rkl2, double dt, double radius, long *stages);

/* A step of so many stages from Y0, where the rate is F0; the result is `now`. */
gz_status gz_rkl2_step(gz_rkl2 *rkl2, double dt, long stages);

#endif
