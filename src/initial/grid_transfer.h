/* Grid transfer: a density from one phase grid to another, by interpolation of log f.
 *
 * The interpolation takes one axis after the other, first x and then v. At a new place log f is
 *
 *   v, and x in a box   the Lagrange polynomial through the twelve nearest old places (or all of them, if
 *                       there are fewer), one-sided at the ends: order 12, above that of every stencil
 *   x on a torus        the trigonometric polynomial through all old places: exact for what the grid resolves
 *
 * This is positive by construction, and where an old and a new place coincide the value is kept. Where log f
 * jumps, as in a tail below round-off, a polynomial of high degree overshoots by many decades. The result is
 * therefore kept within the values at its two old neighbours, widened by a quarter of the smaller of their
 * second differences if both bend to the same side (a parabola rises by an eighth between its nodes; beyond 4
 * it counts as 4, where nothing is resolved), and by 0.1. Mass and moments change by the error of the interpolation.
 */
#ifndef GZ_GRID_TRANSFER_H
#define GZ_GRID_TRANSFER_H

#include "phase_grid.h"

/* log_from and log_to have the shape [cell][node] of their grids; log_from is finite. Fails with
 * GZ_ERROR_SETTINGS unless both grids have the same axes, lengths and boundary, and the new half_width is at
 * most the old one. */
gz_status gz_transfer_log(gz_context *context, const gz_phase_grid *from, const double *log_from,
                          const gz_phase_grid *to, double *log_to);

#endif
