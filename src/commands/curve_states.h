/* Curve states: the densities of a stored curve as windows of log f, read when they are needed.
 *
 * A certificate needs log f: a curve with f <= 0 anywhere is refused as a whole, with the place named.
 */
#ifndef GZ_CURVE_STATES_H
#define GZ_CURVE_STATES_H

#include "certify.h"

typedef struct gz_curve_states gz_curve_states;

/* Open a dataset (NULL: "f") of an HDF5 file as in curve_file.h, and look at every value. Fails with
 * GZ_ERROR_FILES if there are fewer than two states, or if f is not positive and finite everywhere. */
gz_status gz_curve_states_open(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, gz_curve_states **states);
void gz_curve_states_close(gz_curve_states *states);

size_t gz_curve_states_count(const gz_curve_states *states);
double gz_curve_states_time(const gz_curve_states *states, size_t state);

/* Make the window around an interval. It is valid until the next window is made. */
gz_status gz_curve_states_window(gz_curve_states *states, size_t interval, gz_curve_window *window);

#endif
