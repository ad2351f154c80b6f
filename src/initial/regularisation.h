/* Regularisation of a density, by the steps of Duong & He (2025) up to (3.12) that do not involve time:
 *
 *   in x          f * M_alpha,  M_alpha(x) ~ exp(-<x/alpha>)
 *   in v          f * M_beta,   M_beta(v)  ~ exp(-<v/beta>)                         (2.8)
 *   lower bound   (1 - theta) f + theta g,   g = Z (<v> + <x>)^-a,  a > 8 + |gamma|    (3.11), (3.12)
 *
 * on log f, [cell][node], in place. Each keeps the mass: the mollifiers are normalised discretely over where
 * they carry mass to (in a box and at the ends of v, over what is inside), Z over the grid, and theta g has
 * the mass of theta f. x is measured from the middle of a box; on the torus, and without x, <x> = 1, which
 * free streaming leaves as it is. Convolutions are direct sums of positive numbers, so that a tail of 1e-100
 * has no round-off: N cell_count and N node_count products. log f = -INFINITY (f = 0) is allowed. Not
 * installed.
 */
#ifndef GZ_REGULARISATION_H
#define GZ_REGULARISATION_H

#include "phase_grid.h"

/* alpha, beta > 0. Each allocates one field. */
gz_status gz_mollify_space(gz_context *context, const gz_phase_grid *grid, double alpha, double *log_f);
gz_status gz_mollify_velocity(gz_context *context, const gz_phase_grid *grid, double beta, double *log_f);

/* 0 < theta < 1, a > 0. */
void gz_bound_below(const gz_phase_grid *grid, double theta, double a, double *log_f);

#endif
