/* Limiter: the part lambda of the mobility that a step uses in the deep tail (mobility_cap.h), if m is frozen in the step.
 *
 *   lambda = (1 - q) l(4) + q l(1/4),   l(S) = (1 + (s/S)^4)^(-1/4),   q = x^2/(1 + x^2),   x = 16 |d|
 *
 *   s   dt tr T/h^2: how often a step of dt with m = f would level log f with a neighbour. Landau's T is about
 *       rho a(v), with the density rho that the cell meets: in a tail the partners of a collision are near v = 0
 *   d   dt K log f0/(h f0 lambda), with the mobility at f0 and lambda = l(1/4): how far an explicit step with
 *       all of the mobility would move log f
 *
 * lambda s is min(s, S), smoothly. A frozen m of a stiff node does not fall with f: a step that would level the
 * tail a hundred times drains nodes by e^-50 and more, because central differences with coefficients that fall
 * from cell to cell know no maximum principle. With lambda s <= 1/4 it does not. Near equilibrium, where d is
 * small, nothing drains, and up to 4 is allowed: the modes of the tail are multiplied by
 * (1 - lambda s/2)/(1 + lambda s/2) in a step of zero_defect, which damps them best at 2. As dt goes to 0,
 * lambda is 1 + O(dt^4). doc/method.md, 5, "The tail".
 */
#ifndef GZ_LIMITER_H
#define GZ_LIMITER_H

#include "mobility.h"

typedef struct gz_limiter {
    const gz_mobility *mobility;
    double
        *levelling; /* [node], tr T/h^2 over what the cell brings to T: Landau tr a(v)/h^2 sum_y kappa dx */
    double *stiffness; /* [cell], dt times what the cell brings: Landau the density rho */
    double *lambda;    /* [cell][node] */
} gz_limiter;

/* All memory is made here. The mobility must outlive the limiter, and gz_limiter_begin comes first. */
GZ_API gz_status gz_limiter_init(gz_context *context, const gz_mobility *mobility, gz_limiter *limiter);
GZ_API void gz_limiter_free(gz_limiter *limiter);

/* lambda = l(1/4) for a step of dt from f0, [cell][node]. Collective. */
GZ_API void gz_limiter_begin(gz_limiter *limiter, double dt, const double *f0);

/* lambda by the formula, after gz_limiter_begin. K_log_f0: K log f0 with the mobility at f0 and the lambda of
 * gz_limiter_begin, [cell][node]. */
GZ_API void gz_limiter_refine(gz_limiter *limiter, double dt, const double *f0, const double *K_log_f0);

/* The same from a rate of change of log f at the start, with all of the mobility, that is known otherwise:
 * d = dt log_rate. [cell][node] */
GZ_API void gz_limiter_refine_by(gz_limiter *limiter, double dt, const double *log_rate);

#endif
