/* Capped mobility: the m and the steepness that the integrators and the certificate take from a density.
 *
 *   m_i = f_i 4/max(4, drop),   drop = log f_i - least log f of the velocity neighbours
 *
 * At a jump of log f the flux m grad log f would exceed grad f by a factor of the size of the jump. The cap
 * keeps the flux of the order of grad f (the logarithmic mean of f_i and f_j << f_i is f_i/drop), so that a
 * step fills the region behind a jump as the equation does, and no faster. Where log f changes by less than 4
 * a cell, m = f. All invariants are kept for any m >= 0.
 */
#ifndef GZ_MOBILITY_CAP_H
#define GZ_MOBILITY_CAP_H

#include "mobility.h"

/* Set the steepness and the capped m of the density exp(log_f), [cell][node]. m: [cell][node], scratch. */
GZ_API void gz_mobility_set_capped(gz_mobility *mobility, const double *log_f, double *m);

#endif
