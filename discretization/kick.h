/* Kick: the flow of d_t f + a(x).grad_v f = 0 for a time t, which moves the density of each cell by s = a t in v:
 *
 *   1. l(v) <- l(v - s) along each axis, l = log f: the polynomial of degree 5 through the six nodes around v - s; beyond
 *      the ends of the axis the parabola through the nodes 0, 4, 8 from the end, which has the tails of a Gaussian, but at
 *      most the value at the end;
 *   2. l <- l + alpha + beta.v + gamma |v|^2, with the d + 2 numbers for which (Newton's method)
 *
 *        mass, momentum, int |v|^2 f  =  rho,  m + rho s,  e + 2 s.m + |s|^2 rho     of rho, m, e before.
 *
 * Where no density on the grid has these moments, as in a corner that is all but empty, a cell with less than 1e-16 of the mean
 * density keeps its mass alone, and any other one is an error. The map is positive, and exact in these moments of each cell to round-off; it keeps H to the accuracy of the
 * interpolation. A density that has lost its sign has no log f, so f itself is moved: linear in step 1, with nothing beyond
 * the ends, and f <- f + |f| (alpha + beta.v + gamma |v|^2) in step 2.
 *
 * Source: the second part of L dE for an energy with a potential V(x); the interpolation is that of semi-Lagrangian
 * schemes (Cheng & Knorr, J. Comput. Phys. 22, 1976), of log f.
 */
#ifndef GZ_KICK_H
#define GZ_KICK_H

#include "phase_grid.h"

typedef struct gz_kick gz_kick;

/* linear: move f itself, for densities of any sign; else log f. */
gz_status gz_kick_create(gz_context *context, const gz_phase_grid *grid, bool linear, gz_kick **kick);
void gz_kick_destroy(gz_kick *kick);

/* rho, m, e of each own cell, [cell][d + 2], of log f (or f) as it stands in `field`, [cell][node]. They belong to the kick
 * and are valid until the next call. */
const double *gz_kick_measure(gz_kick *kick, const double *field);

/* Move the field that was measured last, in place, by shift[axis][own cell], a velocity. Cells with the shift 0 stay as they
 * are, to the last bit. GZ_ERROR_NOT_CONVERGED, with the cell named, if a shift is more than a quarter of the velocity box or
 * the moments cannot be met; the field is undefined then. Allocates nothing. Collective. */
gz_status gz_kick_apply(gz_kick *kick, double *const shift[GZ_MAX_DIM], double *field);

#endif
