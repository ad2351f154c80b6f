/* Progress: where a run stands, on stderr. One line that is written over at a terminal, ten times a second at
 * most; plain lines into anything else, one in two seconds at most.
 */
#ifndef GZ_PROGRESS_H
#define GZ_PROGRESS_H

#include "integrator.h"
#include "schedule.h"

typedef struct gz_progress {
    bool quiet, terminal, shown; /* shown: something is on the line now */
    double begin, last;          /* clock at the start and at the last line */
    double begin_time;           /* time of the run at the start */
} gz_progress;

gz_progress gz_progress_begin(bool quiet, double time);

/* After a step; the last one of the schedule is always shown. */
void gz_progress_step(gz_progress *progress, const gz_schedule *schedule, const gz_state *state,
                      const gz_step_report *report);

/* Print a line of its own (printf style) without breaking the progress line; nothing if quiet. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void gz_progress_say(gz_progress *progress, const char *format, ...);

/* End the line. */
void gz_progress_end(gz_progress *progress);

#endif
