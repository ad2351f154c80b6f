/* Time notes: each names the keys, what happens, and the nearest values with which it would not. */
#include "time_notes.h"

#include <math.h>
#include <stdio.h>

/* Write "A or B", the two dt next to this one that divide a time, or the only one. */
static void name_dividers(double time, double dt, char text[60]) {
    const double fewer = floor(time / dt), more = fewer + 1;
    if (fewer >= 1)
        snprintf(text, 60, "%.12g or %.12g", time / more, time / fewer);
    else
        snprintf(text, 60, "%.12g", time);
}

static void note_end(const gz_schedule *schedule, char note[GZ_TIME_NOTE]) {
    const double last = gz_schedule_last_dt(schedule);
    char way[60] = "", dividers[60];
    if (schedule->last == schedule->first || last == schedule->dt) return;
    if (schedule->first > 0) snprintf(way, sizeof way, "the way from t = %.10g to ", schedule->start);
    name_dividers(schedule->end - schedule->start, schedule->dt, dividers);
    snprintf(
        note, GZ_TIME_NOTE,
        "note: time.dt = %.10g does not divide %stime.end = %.10g, so that the last step (%ld) is %.6g; %s "
        "would divide it",
        schedule->dt, way, schedule->end, schedule->last, last, dividers);
}

enum { TIMES = 120 };

/* Write "0.3, 0.5, ..": the first times at which states are stored. */
static void name_times(const gz_schedule *schedule, double every, char text[TIMES]) {
    enum { SHOWN = 3 };
    double time = schedule->start;
    long step = schedule->first;
    size_t used = 0;
    for (int i = 0; i < SHOWN && time < schedule->end; i++) {
        const long next = gz_schedule_reaches(schedule, gz_schedule_next_stored(schedule, time, every));
        step = next > step ? next : step + 1;
        time = gz_schedule_time(schedule, step);
        used += (size_t)snprintf(text + used, TIMES - used, "%s%.10g", i ? ", " : "", time);
    }
    snprintf(text + used, TIMES - used, "%s", time < schedule->end ? ", .." : "");
}

static void note_states(const gz_schedule *schedule, double every, char note[GZ_TIME_NOTE]) {
    const double dt = schedule->dt, fewer = floor(every / dt);
    char times[TIMES], dividers[60], multiples[60];
    if (gz_schedule_meets(schedule, every)) return;
    name_times(schedule, every, times);
    if (schedule->first > 0) {
        snprintf(
            note, GZ_TIME_NOTE,
            "warning: steps of time.dt = %.10g from t = %.10g on miss multiples of output.every = %.10g: "
            "states are stored at the ends of the steps that reach them, t = %s",
            dt, schedule->start, every, times);
        return;
    }
    name_dividers(every, dt, dividers);
    if (fewer >= 1)
        snprintf(multiples, sizeof multiples, "%.10g or %.10g", fewer * dt, (fewer + 1) * dt);
    else
        snprintf(multiples, sizeof multiples, "%.10g", dt);
    snprintf(
        note, GZ_TIME_NOTE,
        "warning: output.every = %.10g is no multiple of time.dt = %.10g: states are stored at the ends of "
        "the steps that reach its multiples, t = %s; take output.every %s, or time.dt %s",
        every, dt, times, multiples, dividers);
}

gz_time_notes gz_time_notes_of(const gz_simulation *s) {
    gz_time_notes notes = {"", ""};
    if (s->control) return notes;
    note_end(&s->schedule, notes.end);
    note_states(&s->schedule, s->deck->output_every, notes.states);
    return notes;
}
