/* Clock: seconds of a clock that only runs forward. */
#ifndef GZ_CLOCK_H
#define GZ_CLOCK_H

double gz_seconds_now(void);

#endif
