/* XDMF: result.xmf, the few lines of XML through which ParaView opens result.h5.
 *
 *   moments  density, temperature, velocity_1.. on the cells of x             (space_dim 1..3)
 *   f        f on the nodes of (x, v), x at the cell centres                  (space_dim + velocity_dim <= 3)
 *
 * All meshes are three-dimensional; those of fewer dimensions get axes of length one in front. ParaView calls
 * the last axis of an array X, the one before it Y and the first one Z: (x1, v1, v2) appears as (Z, Y, X).
 */
#ifndef GZ_RESULT_XDMF_H
#define GZ_RESULT_XDMF_H

#include "phase_grid.h"

/* Write the description of `count` states at these times to `path`. The data are in the file named `result`
 * in the same folder. density: true if f is stored at every time, false if there is only f_last. */
gz_status gz_result_xdmf_write(gz_context *context, const gz_phase_grid *grid, bool density, size_t count,
                               const double *times, const char *result, const char *path);

/* The bytes of this file with so many states, within a few per cent. */
gz_status gz_result_xdmf_size(gz_context *context, const gz_phase_grid *grid, bool density, double states,
                              double *bytes);

#endif
