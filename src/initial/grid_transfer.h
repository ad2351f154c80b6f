/* Grid transfer: a density from one phase grid to another, by local interpolation of log f.
 *
 * The interpolation takes one axis after the other, first x and then v. At a new place log f is the Lagrange
 * polynomial through the six nearest old places (or all of them, if there are fewer). This is of order 6 and
 * positive by construction, and where an old and a new place coincide the value is kept. Mass and moments
 * change by the error of the interpolation. On the torus x is periodic; in a box, and at the ends of v, the
 * six places are one-sided.
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
