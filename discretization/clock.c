/* Clock: the POSIX clocks of the system and of this process. */
#include "clock.h"

#include <time.h>

static double read_clock(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double gz_seconds_now(void) {
    return read_clock(CLOCK_MONOTONIC);
}

double gz_processor_seconds(void) {
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}
