/* Compensated sum: value + rest carries the running sum and the round-off that it has lost so far.
 *
 *   t = s + x,  b = t - s,  rest += (s - (t - b)) + (x - b),  s = t
 *
 * The error is 2 eps |sum| + N^2 eps^2 sum |x| instead of N eps sum |x|, whatever the signs and sizes of the
 * terms. There are no branches, so the loop vectorises. Contraction to fused operations does no harm;
 * -ffast-math would.
 * Source: Neumaier (1974), with Knuth's branch-free two-sum; Ogita, Rump, Oishi (2005), Sum2.
 */
#ifndef GZ_COMPENSATED_SUM_H
#define GZ_COMPENSATED_SUM_H

#ifdef __FAST_MATH__
#    error "compensated sums need IEEE arithmetic: compile without -ffast-math"
#endif

#include <math.h>

typedef struct gz_sum {
    double value, rest;
} gz_sum;

static inline void gz_sum_add(gz_sum *sum, double x) {
    const double t = sum->value + x, b = t - sum->value;
    sum->rest += (sum->value - (t - b)) + (x - b);
    sum->value = t;
}

/* An infinite or NaN sum is returned without its rest, which then means nothing. */
static inline double gz_sum_value(gz_sum sum) {
    return isfinite(sum.value) ? sum.value + sum.rest : sum.value;
}

#endif
