/* Stored axes: which axis of a dataset is which axis of the grid, and where its points lie.
 *
 * The axes of the grid are [time,x1..,v1..], or without time [x1..,v1..]; a mixture has [species] before x1. An axis of the dataset has the name
 * of its dimension scale or its label, as netCDF and h5py write them: time or t, x1 or x, x2 or y, x3 or z,
 * v1 or vx, v2 or vy, v3 or vz. Axes without a name, or with a name of another kind, count by their place. If
 * a name stands at another place than its own, all axes must be named, and the dataset is read transposed.
 *
 * A list of labels or scales that is not one entry an axis, of HDF5's own kind, counts as none.
 *
 * The coordinates of an axis are its scale, or the dataset of its name in the same group.
 */
#ifndef GZ_STORED_AXES_H
#define GZ_STORED_AXES_H

#include "phase_grid.h"
#include "stored_numbers.h"

enum { GZ_STORED_AXES = 2 + 2 * GZ_MAX_DIM };

typedef struct gz_stored_axes {
    int count;                     /* axes of the grid, with time if has_time */
    bool has_time, transposed;     /* transposed: some place[k] is not k */
    int role[GZ_STORED_AXES];      /* what axis k of the grid is: 0 time, 1..3 x, 4..6 v, 7 species */
    int place[GZ_STORED_AXES];     /* the axis of the dataset that is axis k of the grid */
    hsize_t shape[GZ_STORED_AXES]; /* the extent of axis k of the grid in the dataset */
} gz_stored_axes;

/* "time", "x1", .., "v3", "species". */
const char *gz_axis_name(int role);

/* Match the axes of a dataset with those of a grid, whose cells and nodes play no part. GZ_ERROR_FILES if the
 * dataset has neither as many axes as the grid nor one more, or if their names do not fit. */
gz_status gz_stored_axes_find(const gz_stored_set *s, const gz_phase_grid *grid, gz_stored_axes *axes);

/* Read the coordinates of axis k of the grid, shape[k] numbers, into *values, to be released with gz_release;
 * NULL if the file has none. name[size]: the dataset they come from. */
gz_status gz_stored_coordinates(const gz_stored_set *s, const gz_stored_axes *axes, int k, double **values,
                                gz_number_rules *rules, char *name, size_t size);

/* Compare all coordinates in the file with those of the grid, whose cells and nodes must be those of the
 * dataset. GZ_ERROR_FILES names the first that differs by more than its type can resolve, or an axis of x or
 * of v in other units than the rest. */
gz_status gz_stored_axes_check(const gz_stored_set *s, const gz_stored_axes *axes, const gz_phase_grid *grid);

#endif
