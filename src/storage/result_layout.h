/* Result layout: which datasets a result.h5 has, over which axes, in which units.
 *
 * This is the one place that knows names and shapes: result_file.c fills the datasets, result_xdmf.c
 * describes them. Everything is dimensionless, so all units are "1".
 */
#ifndef GZ_RESULT_LAYOUT_H
#define GZ_RESULT_LAYOUT_H

#include "result_file.h"

#include <hdf5.h>

/* Which of the optional datasets a result has. */
typedef struct gz_result_content {
    bool density;   /* f, instead of f_last */
    bool field;     /* field */
    bool collision; /* action_density, divergence, potential, mobility, theta, sawtooth */
    bool pairs;     /* U, V */
} gz_result_content;

gz_result_content gz_result_content_of(const gz_result_settings *settings);

/* Write a result without states to `path`. It replaces an older one at once. */
gz_status gz_result_layout_write(gz_context *context, const gz_phase_grid *grid,
                                 const gz_result_settings *settings, const char *path);

/* Set the root attributes of an open result (result_file.h) to what they are for these settings now. */
herr_t gz_result_layout_describe(gz_context *context, const gz_result_settings *settings, hid_t file);

/* Fails with GZ_ERROR_FILES unless the open result `file` has this layout and is of this run. */
gz_status gz_result_layout_check(gz_context *context, const gz_phase_grid *grid,
                                 const gz_result_settings *settings, hid_t file, const char *path);

/* The most bytes by which one more state can make the file grow. */
size_t gz_result_layout_growth(const gz_phase_grid *grid, gz_result_content content);

/* The name of the index-th dataset with a time axis, NULL past the last one. */
const char *gz_result_layout_name(gz_result_content content, size_t index);

#endif
