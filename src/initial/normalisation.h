/* Normalisation: a component gets the mass, momentum and energy on the grid that it asks for (asked.h).
 *
 * In every cell f is scaled and tilted,
 *
 *   f <- f exp(a + b.z + c (|z|^2 - 1)),   z = (v - u)/s,   u = momentum/mass,   s^2 = energy/mass - |u|^2,
 *
 * so that sum_k h_k (1, z, |z|^2 - 1) f = (mass, 0, 0). (b, c) is the minimum of the convex function
 *
 *   F(b, c) = log sum_k h_k f_k exp(b.z_k + c (|z_k|^2 - 1)),
 *
 * whose gradient are the moments <z>, <|z|^2 - 1> and whose Hessian is their covariance: Newton's method. Of
 * all densities with these moments the tilted one has the least relative entropy to the sampled one (Csiszar,
 * Ann. Probab. 3, 1975). Where the component is resolved a, b and c are round-off.
 */
#ifndef GZ_NORMALISATION_H
#define GZ_NORMALISATION_H

#include "asked.h"

/* True if densities on the nodes have the values that these cells ask for. */
bool gz_can_normalise(const gz_phase_grid *grid, const gz_asked *asked);

/* Tilt log_f, [cell][node], in place. Fails with GZ_ERROR_SETTINGS, before anything is changed, if no density on
 * these nodes has the values asked for: if the mean velocity lies outside the box, or if the temperature is below
 * what nodes around the mean velocity allow, or above what the box allows. */
gz_status gz_normalise(gz_context *context, const gz_phase_grid *grid, const gz_asked *asked, double *log_f);

#endif
