/* Capped mobility: the m and the steepness that the integrators and the certificate take from a density.
 *
 *   m_i = f_i [ chi(1e-6) 4/max(4, drop) + (1 - chi(1e-6)) (1 + E)^(-1/8) ]  [ chi(1e-10) + (1 - chi(1e-10)) lambda ]
 *
 *   drop     log f_i - least log f_n over the velocity neighbours n of node i
 *   E        sum_n (f_i/(e^2 f_n))^8: small where log f falls by less than 2 a cell, large where it falls by more
 *   chi(t)   u/(1 + u), u = (f_i/(t max f of the cell))^2: 1 where there is mass, 0 in the tail
 *   lambda   1, or less than 1 where a step freezes the mobility of a stiff node (limiter.h)
 *
 * Where there is mass: at a jump of log f the flux m grad log f would exceed grad f by a factor of the size of
 * the jump. The cap keeps the flux of the order of grad f (the logarithmic mean of f_i and f_j << f_i is
 * f_i/drop), so that a step fills the region behind a jump as the equation does, and no faster.
 *
 * In the tail m is a smooth minimum of f_i and e^2 f_n, so that the flux of a node changes log f of its
 * neighbours at a bounded rate. With m = f the last node of a row that falls by x a cell is drained e^x times
 * too fast, and never recovers.
 *
 * In the deep tail a node with lambda < 1 has its theta reduced too, by chi(1e-7) + (1 - chi(1e-7)) lambda: a
 * wide row reaches further than its node.
 *
 * All invariants are kept for any m >= 0. doc/method.md, 5, "The tail".
 */
#ifndef GZ_MOBILITY_CAP_H
#define GZ_MOBILITY_CAP_H

#include "mobility.h"

/* Set the steepness of the density exp(log_f), and compute its capped m; both [cell][node]. lambda:
 * [cell][node], of a step in which m is frozen (limiter.h); NULL: m follows f, and lambda is 1. The mobility
 * has this m once it is given to gz_mobility_set_density. */
GZ_API void gz_mobility_cap(gz_mobility *mobility, const double *log_f, const double *lambda, double *m);

/* The same, and set the density m, which is scratch afterwards. */
GZ_API void gz_mobility_set_capped(gz_mobility *mobility, const double *log_f, const double *lambda,
                                   double *m);

#endif
