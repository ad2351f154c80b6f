/* Stopping: when an iterate is good enough, and what is said where it does not become so. With the mass m and
 * the step's tolerance (1e-12 by default) it is where
 *
 *   sqrt(<R, M^-1 R>) < tolerance sqrt(m)    or    |R|_1 < tolerance m/5,
 *
 * and J is that of a minimiser to 5e-14 m (chain_rule.h; the difference is <1 + w, R>).
 *
 * A predictor, whose tolerance is relative, goes on to
 *
 *   tolerance times its first decrement, if that is above 1e-9 sqrt(m), or 1e-6 of its first |R|_1
 *
 * after one iteration at least, whatever its J. The goals belong to one minimisation; its iterations are
 * those that the minimum has counted in `newton`.
 */
#ifndef GZ_STOPPING_H
#define GZ_STOPPING_H

#include "iterate.h"

typedef struct gz_stopping {
    const gz_iterate *iterate;
    double decrement; /* goal of the decrement */
    double residual;  /* goal of |R|_1/m */
    int most;         /* iterations */
} gz_stopping;

/* The goals of the step that the iterate has started. */
gz_stopping gz_stopping_begin(const gz_iterate *iterate);

/* Take the decrement of the evaluated iterate from its square; the first one sets the goals of a predictor.
 * GZ_ERROR_NOT_CONVERGED if it is no number. */
gz_status gz_stopping_measure(gz_stopping *goal, double squared);

/* True where the iterate is good enough, by its residual or by the decrement measured last. */
bool gz_stopping_by_residual(const gz_stopping *goal);
bool gz_stopping_by_decrement(const gz_stopping *goal);

/* True where no more iterations are allowed. */
bool gz_stopping_is_late(const gz_stopping *goal);

/* GZ_ERROR_NOT_CONVERGED: which quantity stalled, or that the iterate is not finite, and what to try. */
gz_status gz_stopping_stalled(const gz_stopping *goal);
gz_status gz_stopping_not_finite(const gz_stopping *goal);

#endif
