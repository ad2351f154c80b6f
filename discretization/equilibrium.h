/* Equilibrium: the discrete Maxwellian that a density relaxes to, from the density's own discrete invariants.
 *
 *   log M(x_c, v) = log rho_c + b.(v - u) + c |v - u|^2 - log Z,   Z = sum_k h_k exp(b.(v - u) + c |v - u|^2)
 *
 * M has the least entropy H of all densities with the same invariants, so H(f) - H(M) = KL(f|M) >= 0. It is a
 * fixed point of the discrete collision to round-off, since log M lies in the null space of K. On a fine grid
 * b = 0 and c = -1/(2T). Which invariants there are depends on what moves f:
 *
 *   uniform      collisions and free streaming: rho constant, one u and T for all of space
 *   of_density   collisions across space: every cell keeps its rho_c; one u and T for all of space
 *   local        collisions in each cell by itself: every cell keeps its rho, u and T
 *
 * Collisions with a heat bath keep the mass alone: rho_c or its mean, u = 0 and c = -1/(2 theta).
 *
 * Source: equality in D(f) >= 0 of Duong & He (2025), (1.10), on the discrete null space of method
 * "3. Mobility".
 */
#ifndef GZ_EQUILIBRIUM_H
#define GZ_EQUILIBRIUM_H

#include "phase_grid.h"

typedef enum gz_equilibrium {
    GZ_EQUILIBRIUM_UNIFORM,
    GZ_EQUILIBRIUM_OF_DENSITY,
    GZ_EQUILIBRIUM_LOCAL
} gz_equilibrium;

/* Write the equilibrium of f > 0 to g and its logarithm to log_g, [cell][node] each. If no Maxwellian on this
 * grid has the mean velocity and energy of f, because the temperature is far below the square of the spacing,
 * the result is GZ_ERROR_NOT_CONVERGED, and both are overwritten. */
GZ_API gz_status gz_equilibrium_of(gz_context *context, const gz_phase_grid *grid, gz_equilibrium kind,
                                   const double *f, double *g, double *log_g);

/* The same for collisions with a heat bath of this temperature, which always exists. */
GZ_API gz_status gz_equilibrium_with_bath(gz_context *context, const gz_phase_grid *grid, gz_equilibrium kind,
                                          double temperature, const double *f, double *g, double *log_g);

#endif
