/* Certified scale: the factor 1 + theta of all potentials with which a Runge-Kutta step has the De Giorgi
 * defect J = 0.
 *
 * A step with nodes i, weights b_i > 0, mobilities m_i and rates F_i = K(m_i) log f_i takes the potentials
 * w_i = (1 + theta) log f_i. With a bath log f + phi stands for every log f, and F(f) = H + <phi, h f> for H. With G = sum_i b_i F_i and D = sum_i b_i <log f_i, F_i>,
 *
 *   h (f1 - s) + dt (1 + theta) G = 0,
 *   J(theta) = H(f1) - H(s) + dt (1 + theta)^2 D = 0,     J' = 2 (1 + theta) dt D - dt <log f1 + 1, G>.
 *
 * The first line holds by construction, and is what the rates do to the start s (streamed to the end of the
 * step). The second is one equation for one number, and J' ~ dt D > 0. A step of order p has
 * theta = O(dt^p), so that theta keeps the order and measures the error of the step. H falls by
 * dt (1 + theta)^2 D.
 *
 * An implicit method has an iterate f1 for the end, and closes a node by the first line only where this
 * changes f1 by less than half. The other nodes are open: they keep f1, and their residuals
 * R = h (f1 - s) + dt (1 + theta) G are what is left of the first line. Source: doc/method.md, "4. One time step".
 */
#ifndef GZ_CERTIFIED_SCALE_H
#define GZ_CERTIFIED_SCALE_H

#include "fields.h"

typedef struct gz_scaled_step {
    const double *start, *log_start; /* s and its logarithm, [cell][node] */
    const double *rate;              /* G, [cell][node] */
    const double *f1;        /* iterate of the end, [cell][node]; NULL: every node with f1 > 0 closes */
    double dt, dissipation;  /* D */
    const double *potential; /* phi, [node]; NULL: 0 */
} gz_scaled_step;

typedef struct gz_certified_scale {
    double theta;
    double estimate;       /* of theta by the first step of Newton's method, not limited */
    double defect;         /* J */
    double entropy_change; /* H(f1) - H(s), with a bath of F */
    double residual;       /* |R|_1 of the iterate */
    double open;           /* its part on open nodes; without an iterate their mass, taken as positive */
} gz_certified_scale;

/* Find theta by at most so many steps of Newton's method from scale->theta, with |theta| <= limit. Collective. */
void gz_certified_scale_find(gz_fields *fields, const gz_scaled_step *step, double limit, int most,
                             gz_certified_scale *scale);

/* f and log f of the end, [cell][node], and G dt (1 + theta) as it is. f may be step->f1. */
void gz_certified_scale_take(const gz_fields *fields, const gz_scaled_step *step, double theta, double *f,
                             double *log_f);

#endif
