/* Clock: seconds of a clock that only runs forward, and of the processors that work for this process. */
#ifndef GZ_CLOCK_H
#define GZ_CLOCK_H

double gz_seconds_now(void);

/* Of all threads together: what other processes do meanwhile is not in it. */
double gz_processor_seconds(void);

#endif
