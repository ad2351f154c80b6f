/* Work: the cost of a computation, in iterations, in applications of the mobility and in seconds.
 *
 * A new counter is one member here and one line of work.c; every sum of work then includes it.
 */
#ifndef GZ_WORK_H
#define GZ_WORK_H

#include "context.h"

typedef struct gz_work {
    long newton, cg;                   /* outer and inner iterations of the minimizer */
    long applications, setups;         /* applications and set-ups of the mobility */
    double seconds;                    /* wall-clock time */
    double seconds_in[GZ_PHASE_COUNT]; /* wall-clock time of each phase */
    double processor_seconds;          /* processor time of all threads */
} gz_work;

/* sum += part. */
GZ_API void gz_work_add(gz_work *sum, const gz_work *part);

/* end - begin: the work between two readings of counters and clocks that only grow. */
GZ_API gz_work gz_work_between(const gz_work *begin, const gz_work *end);

#endif
