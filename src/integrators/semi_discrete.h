/* Semi-discrete equation: the collision operator as an ordinary differential equation, d_t f = F(f), in the
 * discrete space of the variational step, with the same stencils, kernel and sawtooth control.
 *
 *   log form    F(f) = -K(m) (log f + phi) / h,   m = f capped (mobility_cap.h), steepness switch from f:
 *                                         what jko and zero_defect integrate, as dt -> 0
 *   flux form   F(f) = -Q(f) / h          (flux_form.h), defined for every f
 *
 * Both forms keep the mass in each cell, and total momentum and energy, to round-off. Their difference
 * vanishes at the order of the stencil. The log form keeps H decreasing, but it is far stiffer for explicit
 * methods, because the rate of a node in the tail is amplified by the density ratio to its neighbour. Method
 * "8. The explicit rivals". Not installed.
 */
#ifndef GZ_SEMI_DISCRETE_H
#define GZ_SEMI_DISCRETE_H

#include "integrator.h"

typedef struct gz_semi_discrete gz_semi_discrete;

/* The mobility must outlive the equation; every evaluation overwrites it. */
gz_status gz_semi_discrete_create(gz_context *context, gz_mobility *mobility, gz_space_form form,
                                  gz_semi_discrete **equation);
void gz_semi_discrete_destroy(gz_semi_discrete *equation);

gz_space_form gz_semi_discrete_form(const gz_semi_discrete *equation);

/* rate = F(f), [cell][node]; must not overlap f. GZ_ERROR_NOT_CONVERGED if the rate is not finite, and in the
 * log form if f <= 0 at some node; GZ_INTERRUPTED if gz_go_on says so. */
gz_status gz_semi_discrete_rate(gz_semi_discrete *equation, const double *f, double *rate);

/* rate = F(f)/f for f = exp(log_f): the log form in the variable log f. */
gz_status gz_semi_discrete_log_rate(gz_semi_discrete *equation, const double *log_f, double *rate);

/* out = J v, the derivative of the rate along v, by a difference quotient with one evaluation; rate = F(f).
 * In the flux form J is the derivative of F by f. In the log form it is the derivative of F/f by log f, so
 * that v and out are relative changes of f. */
gz_status gz_semi_discrete_derivative(gz_semi_discrete *equation, const double *f, const double *rate,
                                      const double *v, double *out);

/* True if the last evaluation found a rate that is not finite: the density has blown up. */
bool gz_semi_discrete_blew_up(const gz_semi_discrete *equation);

/* Number of evaluations so far. */
long gz_semi_discrete_evaluations(const gz_semi_discrete *equation);

#endif
