/* Progress: a terminal line is overwritten by a carriage return and "erase to the end of the line". */
#include "progress.h"

#include "clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

static const double TERMINAL_PAUSE = 0.1, PIPE_PAUSE = 2; /* seconds between two lines */

gz_progress gz_progress_begin(bool quiet, double time) {
    return (gz_progress){.quiet = quiet,
                         .terminal = isatty(STDERR_FILENO) == 1,
                         .begin = gz_seconds_now(),
                         .begin_time = time};
}

/* Format seconds as "2:05" or "1:02:05". */
static void format_seconds(double seconds, char *buffer, size_t size) {
    const double most = 1e8;
    const long s = (long)(seconds < most ? seconds + 0.5 : most);
    if (s < 3600)
        snprintf(buffer, size, "%ld:%02ld", s / 60, s % 60);
    else
        snprintf(buffer, size, "%ld:%02ld:%02ld", s / 3600, s / 60 % 60, s % 60);
}

void gz_progress_step(gz_progress *p, const gz_schedule *schedule, const gz_state *state,
                      const gz_step_report *report) {
    const double now = gz_seconds_now(), pause = p->terminal ? TERMINAL_PAUSE : PIPE_PAUSE;
    if (p->quiet || (p->last > 0 && now - p->last < pause && state->step < schedule->last)) return;
    p->last = now;
    const double done = state->time - p->begin_time, left = schedule->end - state->time;
    char eta[32];
    format_seconds((now - p->begin) / done * left, eta, sizeof eta);
    fprintf(stderr, "%sstep %ld/%ld  t %.6g  J %9.2e  Newton %ld  CG %ld  ETA %s%s", p->terminal ? "\r" : "",
            state->step, schedule->last, state->time, report->defect, report->work.newton, report->work.cg,
            eta, p->terminal ? "\033[K" : "\n");
    fflush(stderr);
    p->shown = p->terminal;
}

void gz_progress_end(gz_progress *p) {
    if (p->shown) fputc('\n', stderr);
    p->shown = false;
}

void gz_progress_say(gz_progress *p, const char *format, ...) {
    if (p->quiet) return;
    gz_progress_end(p);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}
