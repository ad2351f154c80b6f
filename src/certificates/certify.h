/* Certify: how far a curve f(t) is from solving the equation, whoever computed it, in the equation's own
 * norm.
 *
 *   J = H(f_1) - H(f_0) + 1/2 int (D(f) + Act*(d_t f + v.grad_x f)) dt = 1/2 int <rho, K^+ rho> dt >= 0,
 *   rho = h (d_t f + v.grad_x f) + K(f) log f:  what f leaves of the equation               (Theorem 1.1)
 *
 * with the least action Act* over all grazing rates that move the curve (least_action.h). Two forms:
 *
 *   interval   the states f0, f1 at the ends of dt and nothing between them. Both are streamed to the middle;
 *              sigma = h (f1 - f0)/dt, the mobility of the geometric mean sqrt(f0 f1), and the potential w
 *              of a zero_defect step (implicitness.h), for which the chain rule is exact. It asks: did a
 *              zero_defect step lead from f0 to f1?
 *   curve      log f interpolated in time in the frame of free streaming, cubic through the four states
 *              around the interval (or linear); D with w = log f_t and Act* at Gauss points. It asks: does
 *              this continuous curve solve the semi-discrete equation?
 *
 * A curve whose rate is wrong by a factor 1 + e has J = e^2/2 int D dt. Mobilities are capped as those of the
 * integrators (mobility_cap.h). Where mass of a cell, momentum or energy are not kept, Act* is infinite: the
 * violation is reported and what remains after projecting it out (weight h f) is certified. An interpolated
 * log f violates them too, by the error of the interpolation. Method: "7. Certifying a curve".
 */
#ifndef GZ_CERTIFY_H
#define GZ_CERTIFY_H

#include "integrator.h"
#include "least_action.h"

typedef struct gz_certifier_settings {
    int gauss_points;           /* of the curve form, 1..5; 0 means 3 */
    bool linear;                /* log f linear in time; default cubic */
    const char *preconditioner; /* of local_solver.h, NULL for "auto" */
} gz_certifier_settings;

/* Integrals over a piece of time; those of longer pieces are sums. */
typedef struct gz_certificate {
    double defect;          /* J in the form 1/2 int <rho, K^+ rho> dt, free of cancellation */
    double entropy_change;  /* H(f_1) - H(f_0) */
    double dissipation;     /* int D_m(w) dt */
    double action;          /* int Act* dt */
    double product;         /* int <w, sigma> dt: the entropy change by the chain rule */
    double removed;         /* what the projection took out of it */
    double sawtooth;        /* the sawtooth control's part of the action */
    double error;           /* of the solver, in the defect */
    gz_violation violation; /* int |.| dt; size: half the integral, comparable with the defect */
    double implicitness;    /* c of the interval form; not summed */
    long applications;      /* of K */
} gz_certificate;

/* H(f_1) - H(f_0) + 1/2 int (D + Act*) dt - removed: the defect as it is defined, with cancellation; for the
 * curve form also with the errors of quadrature and of free streaming in H. */
GZ_API double gz_certificate_direct(const gz_certificate *certificate);

/* sum += part. */
GZ_API void gz_certificate_add(gz_certificate *sum, const gz_certificate *part);

/* Consecutive states around an interval. */
typedef struct gz_curve_window {
    int count;              /* 2..4 */
    int first;              /* the interval is from state `first` to the next */
    double time[4];         /* increasing */
    const double *log_f[4]; /* [cell][node] */
} gz_curve_window;

/* The first state of the window around an interval (0, 1, ..) of a curve with `states` >= 2 states: one
 * before and one after it, two on one side at the ends. */
GZ_API size_t gz_curve_window_begin(size_t states, size_t interval, int *count);

typedef struct gz_certifier gz_certifier;

/* The mobility is used and left with another density; it must outlive the certifier. */
GZ_API gz_status gz_certifier_create(gz_context *context, const gz_problem *problem, gz_mobility *mobility,
                                     const gz_certifier_settings *settings, gz_certifier **certifier);
GZ_API void gz_certifier_destroy(gz_certifier *certifier);

/* GZ_ERROR_NOT_CONVERGED if a least action is not reached. */
GZ_API gz_status gz_certify_interval(gz_certifier *certifier, const gz_curve_window *window,
                                     gz_certificate *certificate);
GZ_API gz_status gz_certify_curve(gz_certifier *certifier, const gz_curve_window *window,
                                  gz_certificate *certificate);

/* The interval form for the last step of an integrator, with its own potential and the mobility that it has
 * left in place. state: after the step. For zero_defect J = 0 to round-off: the rate that the step took is
 * the cheapest one. For jko direct is -KL(f0|f1), its numerical dissipation. */
GZ_API gz_status gz_certify_collision(gz_certifier *certifier, const gz_collision *collision, double dt,
                                      const gz_state *state, gz_certificate *certificate);

#endif
