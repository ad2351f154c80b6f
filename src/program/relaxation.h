/* Relaxation: the rate at which a run approaches its equilibrium, KL(f|M) ~ exp(-rate t), from the column
 * relative_entropy of its history: the slope of log KL over the later half of the time in which KL is above
 * what round-off leaves of it.
 */
#ifndef GZ_RELAXATION_H
#define GZ_RELAXATION_H

#include "history.h"

typedef struct gz_relaxation {
    double first, last; /* KL of the first and the last row */
    double rate;        /* NaN where fewer than three rows are left */
    double interval;    /* half of its 95 % confidence interval */
    double begin, end;  /* times of the rows that were fitted */
    size_t rows;        /* how many they are */
} gz_relaxation;

/* mass: of the run. GZ_OK, and NaN everywhere, if the history has no such column. */
gz_status gz_relaxation_of(gz_context *context, const gz_history *history, double mass, gz_relaxation *fit);

#endif
