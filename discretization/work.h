/* Work: what a computation cost, in iterations, in applications of the mobility and in seconds.
 *
 * A new counter is one member here and one line of work.c: whoever sums work sums it too.
 */
#ifndef GZ_WORK_H
#define GZ_WORK_H

#include "context.h"

typedef struct gz_work {
    long newton, cg;                   /* iterations of the minimizer, outer and inner ones */
    long applications, setups;         /* of the mobility */
    double seconds;                    /* of the clock */
    double seconds_in[GZ_PHASE_COUNT]; /* those of each phase */
    double processor_seconds;          /* of all threads together */
} gz_work;

/* sum += part. */
GZ_API void gz_work_add(gz_work *sum, const gz_work *part);

/* end - begin: the work between two readings of counters and clocks that only grow. */
GZ_API gz_work gz_work_between(const gz_work *begin, const gz_work *end);

#endif
