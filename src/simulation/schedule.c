/* Schedule: all times are start + k dt. dt is adjusted if it divides the time to a relative 1e-9. */
#include "schedule.h"

#include <math.h>

static const double WHOLE = 1e-9; /* relative distance within which a number counts as whole */
static const double MOST_STEPS = 1e15;

/* True if x is a whole number from 1 on, or so close to one that it counts as one. */
static bool is_whole(double x) {
    return round(x) >= 1 && fabs(x - round(x)) <= WHOLE * round(x);
}

gz_schedule gz_schedule_make(double start, long first, double end, double dt) {
    const double steps = (end - start) / dt;
    gz_schedule schedule = {.start = start, .end = end, .dt = dt, .first = first, .last = first};
    if (!(end > start)) return schedule;
    if (is_whole(steps)) schedule.dt = (end - start) / round(steps);
    schedule.last = first + (long)fmin(is_whole(steps) ? round(steps) : ceil(steps), MOST_STEPS);
    return schedule;
}

double gz_schedule_time(const gz_schedule *schedule, long step) {
    if (step >= schedule->last) return schedule->end;
    return schedule->start + (double)(step - schedule->first) * schedule->dt;
}

double gz_schedule_last_dt(const gz_schedule *schedule) {
    if (schedule->last == schedule->first) return schedule->dt;
    const double rest = schedule->end - gz_schedule_time(schedule, schedule->last - 1);
    return fabs(rest - schedule->dt) > WHOLE * schedule->dt ? rest : schedule->dt;
}

long gz_schedule_reaches(const gz_schedule *schedule, double time) {
    const double steps = ceil((time - schedule->start) / schedule->dt * (1 - WHOLE));
    const long most = schedule->last - schedule->first;
    return schedule->first + (steps < 1 ? 1 : steps < (double)most ? (long)steps : most);
}

bool gz_schedule_meets(const gz_schedule *schedule, double every) {
    const double next = gz_schedule_next_stored(schedule, schedule->start, every);
    if (!(next < schedule->end)) return true;
    const bool only = gz_schedule_next_stored(schedule, next, every) >= schedule->end;
    return is_whole((next - schedule->start) / schedule->dt) && (only || is_whole(every / schedule->dt));
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

long gz_schedule_met(const gz_schedule *schedule, double every) {
    const double end = schedule->end;
    if (!(end > schedule->start)) return 0;
    if (!(every > 0)) return 1;
    const double between = ceil(end / every * (1 - WHOLE)) - 1 - multiples(schedule->start, every);
    return 1 + (long)fmin(fmax(between, 0), 1e15);
}
