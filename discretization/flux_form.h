/* Flux form: the collision operator with derivatives of f, not of log f, in the same discrete space as K.
 *
 *   Q(f) = sum_a G_a^T [ h (T G f - f b')_a ] + sum_a S_a^T c_a S_a f,
 *   T = (kappa (x) a) * (h f),   b' = (kappa (x) a) * (h G f),   c_a = 1/2 min(h T_aa),
 *   h d_t f = -Q(f)
 *
 * This is K(f) log f with f G log f replaced by G f (and f S log f by S f); the two are equal up to the error
 * of the stencil. Of a heat bath it is K(f)(log f + phi): b' = -T G phi = -gamma v. Dougherty's b' is T Pi of
 * G f/f, so that the flux of a cell has no component along e_i and v. The flux of a pair, h h* kappa a(v - v*) (f* G f - f G* f*), is antisymmetric as in K. So
 * mass in each cell, and what else the null space of K holds, are conserved to round-off; positivity and the decrease of
 * entropy are not guaranteed. Q is quadratic in f and defined for every f.
 *
 * G is the wide stencil everywhere (theta = 1). The steepness switch protects steep tails from wide stencils
 * of the potential log f. Narrow stencils are exact on the logarithm of a Gaussian, but only of second order
 * on the Gaussian itself: with the switch d_t f of BKW (33^2, L = 6, order 6, t = 1/2) is off by 2e-1,
 * without the switch by 1.5e-2. Source: the equation (1.1) itself, read node by node.
 */
#ifndef GZ_FLUX_FORM_H
#define GZ_FLUX_FORM_H

#include "mobility.h"

/* out = Q(f), mass per cell and node, [cell][node]. The call counts as one set-up and one application. It
 * leaves `mobility` without a density, so that gz_mobility_apply needs a new gz_mobility_set_density. f and
 * out must not overlap. */
void gz_flux_form_apply(gz_mobility *mobility, const double *f, double *out);

#endif
