/* Schedule: the times of a run's steps, and which of them are stored.
 *
 * The run goes from `start` to `end` in steps of dt. The steps are equal where (end - start)/dt is whole to
 * 1e-9; otherwise the last one is shortened. Times are multiples of the step, not sums, so that they do not
 * drift and a restart meets the same times to the last bit.
 */
#ifndef GZ_SCHEDULE_H
#define GZ_SCHEDULE_H

#include "api.h"

#include <stdbool.h>

typedef struct gz_schedule {
    double start, end, dt; /* dt: length of all steps, except of a shortened last one */
    long first, last;      /* numbers of the steps that end at `start` and at `end` */
} gz_schedule;

/* Make a schedule; start <= end, dt > 0, and `first` is the number of the step that ended at `start`. */
GZ_API gz_schedule gz_schedule_make(double start, long first, double end, double dt);

/* The time at the end of step `step`, first <= step <= last. */
GZ_API double gz_schedule_time(const gz_schedule *schedule, long step);

/* The length of the last step, which is shortened where dt does not divide the time. */
GZ_API double gz_schedule_last_dt(const gz_schedule *schedule);

/* The step in which a time is reached, first < step <= last. */
GZ_API long gz_schedule_reaches(const gz_schedule *schedule, double time);

/* True if each multiple of `every` between start and end is the end of a step; also if every is 0. */
GZ_API bool gz_schedule_meets(const gz_schedule *schedule, double every);

/* True for the last step, and if every > 0 for each step that reaches a multiple of `every`. */
GZ_API bool gz_schedule_stores(const gz_schedule *schedule, long step, double every);

/* The first multiple of `every` after `time`, or the end if that comes first. */
GZ_API double gz_schedule_next_stored(const gz_schedule *schedule, double time, double every);

/* The number of steps after the first one for which gz_schedule_stores is true. */
GZ_API long gz_schedule_stored(const gz_schedule *schedule, double every);

/* The same number if steps meet all multiples of `every` and the end, as those of step control do. */
GZ_API long gz_schedule_met(const gz_schedule *schedule, double every);

#endif
