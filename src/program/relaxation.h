/* Relaxation: the rate at which a run approaches its equilibrium, KL(f|M) ~ exp(-rate t).
 *
 * KL is the column relative_entropy of the run's history. The rate is minus the slope of log KL. It is fitted
 * over the later half of the time during which KL is above round-off.
 */
#ifndef GZ_RELAXATION_H
#define GZ_RELAXATION_H

#include "history.h"

#include <stdbool.h>

typedef struct gz_relaxation {
    double first, last; /* KL in the first and in the last row */
    double rate;        /* NaN if fewer than three rows can be fitted */
    double interval;    /* half of the rate's 95 % confidence interval */
    double begin, end;  /* times of the rows that were fitted */
    size_t rows;        /* number of rows that were fitted */
} gz_relaxation;

/* mass is the mass of the run. If the history has no column relative_entropy, all numbers are NaN. */
gz_status gz_relaxation_of(gz_context *context, const gz_history *history, double mass, gz_relaxation *fit);

/* True if KL falls: the rate is known, and it is larger than its uncertainty. */
bool gz_relaxation_falls(const gz_relaxation *fit);

#endif
