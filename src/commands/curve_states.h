/* Curve states: the densities of a stored curve as windows of log f, read when they are needed.
 *
 * A certificate needs log f: a curve with f <= 0 anywhere is refused as a whole, with the place named, unless
 * a floor lifts it. The floor is E times the largest f of the whole curve, so that it does not move in time:
 *
 *   f <- max(f, E max f).
 */
#ifndef GZ_CURVE_STATES_H
#define GZ_CURVE_STATES_H

#include "certify.h"

typedef struct gz_curve_states gz_curve_states;

/* Open a dataset (NULL: "f") of an HDF5 file as in curve_file.h, and look at every value. floor: E of the
 * floor, below 1; 0: none. Fails with GZ_ERROR_FILES if there are fewer than two states, if f is not finite
 * everywhere, or if it is not positive everywhere and there is no floor. */
gz_status gz_curve_states_open(gz_context *context, const gz_phase_grid *grid, const char *path,
                               const char *dataset, double floor, gz_curve_states **states);
void gz_curve_states_close(gz_curve_states *states);

size_t gz_curve_states_count(const gz_curve_states *states);
double gz_curve_states_time(const gz_curve_states *states, size_t state);

/* What the floor has done to the states that have been in a window. */
typedef struct gz_floor_report {
    double value;          /* the floor */
    size_t lifted, values; /* values below it, and all values */
    double least;          /* the least value of the whole curve */
    double mass;           /* the largest mass that it has added to a state */
} gz_floor_report;
const gz_floor_report *gz_curve_states_floor(const gz_curve_states *states);

/* Make the window around an interval. It is valid until the next window is made. */
gz_status gz_curve_states_window(gz_curve_states *states, size_t interval, gz_curve_window *window);

#endif
