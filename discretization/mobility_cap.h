/* Capped mobility: the m and the steepness that the integrators and the certificate take from a density.
 *
 *   m_i = min(f_i, e^4 min over the velocity neighbours of f)
 *
 * so that a jump in the density does not couple nodes that differ by many orders of magnitude. Where log f
 * changes by less than 4 a cell, m = f. Any m >= 0 keeps all invariants.
 */
#ifndef GZ_MOBILITY_CAP_H
#define GZ_MOBILITY_CAP_H

#include "mobility.h"

/* Set steepness and capped mobility of the density exp(log_f), [cell][node]. m: [cell][node], scratch. */
void gz_mobility_set_capped(gz_mobility *mobility, const double *log_f, double *m);

#endif
