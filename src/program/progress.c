/* Progress: a terminal line is overwritten by a carriage return and "erase to the end of the line". */
#include "progress.h"

#include "clock.h"
#include "excerpt.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

enum { LONGEST_SENTENCE = 4096 };

static const double TERMINAL_PAUSE = 0.1; /* seconds between two lines */
/* Off a terminal: a line after so many seconds, or after this share of the time since the start, but not more than the
 * last number. That makes 260 lines on the first day and 144 on each one after it. */
static const double PIPE_PAUSE = 2, PIPE_SHARE = 0.05, PIPE_LONGEST = 600;

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

/* What the step did: its J and iterations, or for a scheme without them its applications of the operator. */
static void format_step(const gz_step_report *report, char *buffer, size_t size) {
    if (isnan(report->defect) && report->work.newton == 0)
        snprintf(buffer, size, "applications %ld", report->work.applications);
    else if (isnan(report->defect))
        snprintf(buffer, size, "Newton %ld  applications %ld", report->work.newton,
                 report->work.applications);
    else
        snprintf(buffer, size, "J %9.2e  Newton %ld  CG %ld", report->defect, report->work.newton,
                 report->work.cg);
}

double gz_progress_pause(double elapsed) {
    return fmin(fmax(PIPE_PAUSE, PIPE_SHARE * elapsed), PIPE_LONGEST);
}

void gz_progress_step(gz_progress *p, const gz_simulation *s, const gz_step_report *report) {
    const gz_schedule *schedule = &s->schedule;
    const gz_state *state = &s->state;
    const double now = gz_seconds_now(),
                 pause = p->terminal ? TERMINAL_PAUSE : gz_progress_pause(now - p->begin);
    if (p->quiet || (p->last > 0 && now - p->last < pause && state->step < schedule->last)) return;
    p->last = now;
    const double done = state->time - p->begin_time, left = schedule->end - state->time;
    char eta[32], step[96];
    format_seconds((now - p->begin) / done * left, eta, sizeof eta);
    format_step(report, step, sizeof step);
    fprintf(stderr, "%sstep %ld/%s%ld  t %.10g  %s  ETA %s%s", p->terminal ? "\r" : "", state->step,
            s->control ? "~" : "", schedule->last, state->time, step, eta, p->terminal ? "\033[K" : "\n");
    fflush(stderr);
    p->shown = p->terminal;
}

void gz_progress_end(gz_progress *p) {
    if (p->shown) fputc('\n', stderr);
    p->shown = false;
}

void gz_progress_say(gz_progress *p, const char *format, ...) {
    if (p->quiet) return;
    char text[LONGEST_SENTENCE];
    gz_progress_end(p);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    gz_calm(text);
    fprintf(stderr, "%s\n", text);
}
