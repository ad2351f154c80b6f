/* Schedule: the times of a run's steps and which of them are stored.
 *
 * From `start` to `end` in steps of dt: equal steps where (end - start)/dt is whole to 1e-9, else the last
 * one is shortened. Times are multiples of the step, not sums, so that they do not drift and a restart meets
 * the same ones to the last bit.
 */
#ifndef GZ_SCHEDULE_H
#define GZ_SCHEDULE_H

#include "api.h"

#include <stdbool.h>

typedef struct gz_schedule {
    double start, end, dt; /* dt of all steps but a shortened last one */
    long first, last;      /* step numbers of the start and of the end */
} gz_schedule;

/* start <= end, dt > 0; `first` is the number of the step that ended at `start`. */
GZ_API gz_schedule gz_schedule_make(double start, long first, double end, double dt);

/* Time at the end of step `step`, first <= step <= last. */
GZ_API double gz_schedule_time(const gz_schedule *schedule, long step);

/* True for the last step and for each one that reaches a multiple of `every` (0: no other). */
GZ_API bool gz_schedule_stores(const gz_schedule *schedule, long step, double every);

/* The first multiple of `every` after `time`, or the end. */
GZ_API double gz_schedule_next_stored(const gz_schedule *schedule, double time, double every);

/* Number of steps after the first for which gz_schedule_stores. */
GZ_API long gz_schedule_stored(const gz_schedule *schedule, double every);

#endif
