/* Grid transfer: a density from one phase grid to another, by local interpolation of log f.
 *
 * Along one axis after the other (x, then v), log f at the new places is the Lagrange polynomial through the
 * six nearest old ones (all, where there are fewer): order 6, positive by construction, the values themselves
 * where places coincide. Mass and moments are those of the interpolant: they change by the error of the
 * interpolation. x is periodic on the torus; in a box, and at the ends of v, the nearest six are one-sided.
 * Not installed.
 */
#ifndef GZ_GRID_TRANSFER_H
#define GZ_GRID_TRANSFER_H

#include "phase_grid.h"

/* log_from, log_to: [cell][node] of their grids, log_from finite. GZ_ERROR_DECK unless both grids have the
 * same axes, lengths and boundary, and the new half_width is not beyond the old one. */
gz_status gz_transfer_log(gz_context *context, const gz_phase_grid *from, const double *log_from,
                          const gz_phase_grid *to, double *log_to);

#endif
