/* Curve states: the densities of a stored curve as windows of log f, read as they are needed.
 *
 * A certificate needs log f, so a curve with f <= 0 anywhere is refused as a whole, with the place named.
 */
#ifndef GZ_CURVE_STATES_H
#define GZ_CURVE_STATES_H

#include "certify.h"

typedef struct gz_curve_states gz_curve_states;

/* Open the dataset (NULL: "f") of an HDF5 file, see curve_file.h, and look at every value. GZ_ERROR_FILES if
 * there are fewer than two states, or if f is not positive and finite everywhere. */
gz_status gz_curve_states_open(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, gz_curve_states **states);
void gz_curve_states_close(gz_curve_states *states);

size_t gz_curve_states_count(const gz_curve_states *states);
double gz_curve_states_time(const gz_curve_states *states, size_t state);

/* The window around an interval; valid until the next one. */
gz_status gz_curve_states_window(gz_curve_states *states, size_t interval, gz_curve_window *window);

#endif
