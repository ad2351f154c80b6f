/* Regularisation of a density, by those steps of Duong & He (2025) up to (3.12) that do not involve time:
 *
 *   in x          f * M_alpha,  M_alpha(x) ~ exp(-<x/alpha>)
 *   in v          f * M_beta,   M_beta(v)  ~ exp(-<v/beta>)                         (2.8)
 *   lower bound   (1 - theta) f + theta g,   g = Z (<v> + <x>)^-a,  a > 8 + |gamma|    (3.11), (3.12)
 *
 * They act on log f, [cell][node], in place, and keep the mass. The mollifiers are normalised discretely over
 * the places that they carry mass to (in a box, and at the ends of v, over the places inside). Z is
 * normalised over the grid, and theta g has the mass of theta f. In a box x is measured from the middle. On
 * the torus, and without x, <x> = 1, which free streaming does not change. The convolutions are direct sums
 * of positive numbers, so that round-off does not hide a tail of 1e-100; they cost N cell_count and
 * N node_count products. log f = -INFINITY (f = 0) is allowed.
 */
#ifndef GZ_REGULARISATION_H
#define GZ_REGULARISATION_H

#include "phase_grid.h"

/* Mollify in x or in v, with alpha, beta > 0. Each function allocates one field. */
gz_status gz_mollify_space(gz_context *context, const gz_phase_grid *grid, double alpha, double *log_f);
gz_status gz_mollify_velocity(gz_context *context, const gz_phase_grid *grid, double beta, double *log_f);

/* Add the lower bound, with 0 < theta < 1 and a > 0. */
void gz_bound_below(const gz_phase_grid *grid, double theta, double a, double *log_f);

#endif
