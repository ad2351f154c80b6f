/* Progress: shows on stderr where a run stands.
 *
 * At a terminal it is one line, which is overwritten at most ten times a second. Elsewhere it is plain lines: one in
 * two seconds at first, and the fewer the longer the run takes.
 */
#ifndef GZ_PROGRESS_H
#define GZ_PROGRESS_H

#include "simulation.h"

typedef struct gz_progress {
    bool quiet, terminal, shown; /* shown: the line is not empty now */
    double begin, last;          /* seconds of the clock at the start and at the last line */
    double begin_time;           /* t of the run at the start */
} gz_progress;

gz_progress gz_progress_begin(bool quiet, double time);

/* The seconds between two lines off a terminal, so many seconds after the start. */
double gz_progress_pause(double elapsed);

/* To be called after each step. The last step of the schedule is always shown. With step control its number is
 * an estimate, written "~12". */
void gz_progress_step(gz_progress *progress, const gz_simulation *simulation, const gz_step_report *report);

/* Print a separate line (printf style) without breaking the progress line, unless the run is quiet. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void gz_progress_say(gz_progress *progress, const char *format, ...);

/* End the progress line. */
void gz_progress_end(gz_progress *progress);

#endif
