/* Semi-discrete equation: the collision operator as an ordinary differential equation, d_t f = F(f), in the
 * discrete space of the variational step: same stencils, same interaction, same sawtooth control.
 *
 *   log form    F(f) = -K(m) log f / h,   m = f capped (mobility_cap.h), steepness switch from f:
 *                                         what jko and zero_defect integrate, as dt -> 0
 *   flux form   F(f) = -Q(f) / h          (flux_form.h), defined for every f
 *
 * Both keep mass in each cell, total momentum and energy to round-off; the difference vanishes at the
 * stencil's order. The log form keeps H decreasing and is far stiffer for explicit methods, because a tail
 * node's rate is amplified by its neighbour's density ratio. Method "8. The explicit rivals". Not installed.
 */
#ifndef GZ_SEMI_DISCRETE_H
#define GZ_SEMI_DISCRETE_H

#include "integrator.h"

typedef struct gz_semi_discrete gz_semi_discrete;

/* The mobility must outlive it and is overwritten by every evaluation. */
gz_status gz_semi_discrete_create(gz_context *context, gz_mobility *mobility, gz_space_form form,
                                  gz_semi_discrete **equation);
void gz_semi_discrete_destroy(gz_semi_discrete *equation);

gz_space_form gz_semi_discrete_form(const gz_semi_discrete *equation);

/* rate = F(f), [cell][node]; not overlapping f. GZ_ERROR_NOT_CONVERGED where the rate is not finite, and in
 * the log form where f <= 0. */
gz_status gz_semi_discrete_rate(gz_semi_discrete *equation, const double *f, double *rate);

/* rate = F(f)/f for f = exp(log_f): the log form in the variable log f. */
gz_status gz_semi_discrete_log_rate(gz_semi_discrete *equation, const double *log_f, double *rate);

/* out = J v, the derivative along v of the rate, by a difference quotient of one evaluation; rate = F(f).
 * Flux form: of F in the variable f. Log form: of F/f in the variable log f, v and out being relative changes
 * of f. */
gz_status gz_semi_discrete_derivative(gz_semi_discrete *equation, const double *f, const double *rate,
                                      const double *v, double *out);

/* True where the last evaluation found a rate that is not finite: the density has blown up. */
bool gz_semi_discrete_blew_up(const gz_semi_discrete *equation);

/* Evaluations so far. */
long gz_semi_discrete_evaluations(const gz_semi_discrete *equation);

#endif
