/* Clock: the seconds of a clock that never runs backward, and the processor seconds of this process. */
#ifndef GZ_CLOCK_H
#define GZ_CLOCK_H

double gz_seconds_now(void);

/* Processor time of all threads of this process; the time of other processes is not counted. */
double gz_processor_seconds(void);

#endif
