/* Curve file: reads densities f(t) that grazing, or anybody else, has stored in HDF5.
 *
 * In a mixture [species] stands before x1. A dataset [time,x1..,v1..] with a dataset `time` beside it is a curve; a dataset [x1..,v1..] is a single
 * density. What a file says about itself holds: axes are matched by the names of their dimension scales or
 * labels, and may come in any order if all are named (stored_axes.h); coordinates, attached or as datasets
 * x1.., v1.. beside the density, must be those of the grid; packed numbers are unpacked, and missing ones are
 * refused (stored_numbers.h). Nothing is interpolated.
 */
#ifndef GZ_CURVE_FILE_H
#define GZ_CURVE_FILE_H

#include "phase_grid.h"

typedef struct gz_curve_file gz_curve_file;

/* Open `path` and check that the dataset fits the grid. NULL means the dataset "f", or "f_last" if there is
 * no "f". Fails with GZ_ERROR_FILES if the file is missing, truncated or not HDF5, or if the dataset is
 * missing, or has axes, coordinates or attributes that do not fit. */
GZ_API gz_status gz_curve_open(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, gz_curve_file **curve);
GZ_API void gz_curve_close(gz_curve_file *curve);

/* Find the grid that a dataset was written on, for a caller who wants to interpolate. Its shape is that of
 * the dataset; its lengths and half_width come from the coordinates in the file, or from `grid` where there
 * are none; its boundary is that of `grid`. Fails with GZ_ERROR_FILES like gz_curve_open, or if no grid with the
 * axes of `grid` has this shape. */
GZ_API gz_status gz_curve_grid(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, gz_phase_grid_settings *settings);

/* The number of stored times, at least 1, and the times [count], which increase. A single density without a
 * time has the time 0. */
GZ_API size_t gz_curve_count(const gz_curve_file *curve);
GZ_API const double *gz_curve_times(const gz_curve_file *curve);

/* Read f at time `index` into f, [cell][node]. The values are not judged, they may be negative or NaN, but for
 * those that are missing by the file's own attributes: GZ_ERROR_FILES. On failure f is undefined. */
GZ_API gz_status gz_curve_read(gz_curve_file *curve, size_t index, double *f);

#endif
