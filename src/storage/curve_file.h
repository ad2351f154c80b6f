/* Curve file: read densities f(t) that are stored in HDF5, by grazing or by anybody else.
 *
 * A dataset [time,x1..,v1..] (with a dataset `time` beside it) is a curve, one of shape [x1..,v1..] a single
 * density. Where dimension scales are attached their coordinates must be the grid's; nothing is interpolated.
 */
#ifndef GZ_CURVE_FILE_H
#define GZ_CURVE_FILE_H

#include "phase_grid.h"

typedef struct gz_curve_file gz_curve_file;

/* Open `path` and check the dataset (NULL means "f", and "f_last" where there is no f) against the grid.
 * GZ_ERROR_FILES for a file that is missing, truncated, not HDF5,
 * without that dataset or of another shape. */
GZ_API gz_status gz_curve_open(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, gz_curve_file **curve);
GZ_API void gz_curve_close(gz_curve_file *curve);

/* The grid a dataset was written on, for a caller who wants to interpolate: its shape, and lengths and
 * half_width from its dimension scales, those of `grid` where there are none. The boundary is that of `grid`.
 * GZ_ERROR_FILES as above, or if the shape is that of no phase grid with the axes of `grid`. */
GZ_API gz_status gz_curve_grid(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, gz_phase_grid_settings *settings);

/* Number of stored times, at least 1, and their values [count] (increasing; {0} for a single density without
 * a time). */
GZ_API size_t gz_curve_count(const gz_curve_file *curve);
GZ_API const double *gz_curve_times(const gz_curve_file *curve);

/* Read f at time `index` into f, [cell][node]. Values are not judged: they may be negative or NaN.
 * f is undefined on failure. */
GZ_API gz_status gz_curve_read(gz_curve_file *curve, size_t index, double *f);

#endif
