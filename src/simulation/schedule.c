/* Schedule: all times are start + k dt. dt is adjusted if it divides the time to a relative 1e-9. */
#include "schedule.h"

#include <math.h>

static const double WHOLE = 1e-9; /* relative distance within which a number counts as whole */

gz_schedule gz_schedule_make(double start, long first, double end, double dt) {
    const double steps = (end - start) / dt, whole = round(steps);
    gz_schedule schedule = {.start = start, .end = end, .dt = dt, .first = first, .last = first};
    if (!(end > start)) return schedule;
    if (whole >= 1 && fabs(steps - whole) <= WHOLE * whole) {
        schedule.dt = (end - start) / whole;
        schedule.last = first + (long)whole;
    } else {
        schedule.last = first + (long)ceil(steps);
    }
    return schedule;
}

double gz_schedule_time(const gz_schedule *schedule, long step) {
    if (step >= schedule->last) return schedule->end;
    return schedule->start + (double)(step - schedule->first) * schedule->dt;
}

/* The number of multiples of `every` in (0, t]. */
static double multiples(double t, double every) {
    return floor(t / every * (1 + WHOLE));
}

bool gz_schedule_stores(const gz_schedule *schedule, long step, double every) {
    if (step == schedule->last) return true;
    if (!(every > 0) || step <= schedule->first) return false;
    return multiples(gz_schedule_time(schedule, step), every) >
           multiples(gz_schedule_time(schedule, step - 1), every);
}

double gz_schedule_next_stored(const gz_schedule *schedule, double time, double every) {
    if (!(every > 0)) return schedule->end;
    const double next = (multiples(time, every) + 1) * every;
    return next < schedule->end * (1 - WHOLE) ? next : schedule->end;
}

long gz_schedule_stored(const gz_schedule *schedule, double every) {
    long count = 0;
    for (long step = schedule->first + 1; step <= schedule->last; step++)
        count += gz_schedule_stores(schedule, step, every);
    return count;
}
