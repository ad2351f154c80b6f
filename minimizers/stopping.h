/* Stopping: when an iterate is good enough, and the messages for one that is not. With the mass m and the
 * step's tolerance (1e-12 by default), an iterate is good enough where
 *
 *   sqrt(<R, M^-1 R>) < tolerance sqrt(m)    or    |R|_1 < tolerance m/5,
 *
 * and where J agrees with the J of a minimiser to 5e-14 m (chain_rule.h; the difference is <1 + w, R>).
 *
 * A predictor, whose tolerance is relative, ends after one iteration or more, whatever its J, where
 *
 *   the decrement is below tolerance times its first value, or below 1e-9 sqrt(m),   or
 *   |R|_1 is below 1e-6 times its first value.
 *
 * The goals belong to one minimisation. Its iterations are those that the minimum has counted in
 * `work.newton`.
 */
#ifndef GZ_STOPPING_H
#define GZ_STOPPING_H

#include "iterate.h"

typedef struct gz_stopping {
    const gz_iterate *iterate;
    double decrement; /* goal for the decrement */
    double residual;  /* goal for |R|_1/m */
    int most;         /* largest number of iterations */
} gz_stopping;

/* The goals for the step that the iterate has started. */
gz_stopping gz_stopping_begin(const gz_iterate *iterate);

/* Take the decrement of the evaluated iterate from its square. The first decrement sets the goals of a
 * predictor. GZ_ERROR_NOT_CONVERGED if the square is negative or not finite. */
gz_status gz_stopping_measure(gz_stopping *goal, double squared);

/* True where the iterate is good enough: by its residual, or by the decrement measured last. */
bool gz_stopping_by_residual(const gz_stopping *goal);
bool gz_stopping_by_decrement(const gz_stopping *goal);

/* True where the residual leaves little to log f at every node with f > 1e-14 max f: |R| < 1e-6 diag. The goals
 * weigh a node by its mass and may leave more there; one more iteration mends it. Of jko steps and predictors
 * nothing is asked, nor if no iteration is left. Collective. */
bool gz_stopping_tail_is_right(const gz_stopping *goal);

/* GZ_OK if another iteration is allowed, else what gz_stopping_stalled or gz_go_on says. */
gz_status gz_stopping_go_on(const gz_stopping *goal);

/* GZ_ERROR_NOT_CONVERGED, with a message that says which quantity stalled, or that the iterate is not finite,
 * and what to try. */
gz_status gz_stopping_stalled(const gz_stopping *goal);
gz_status gz_stopping_not_finite(const gz_stopping *goal);

#endif
