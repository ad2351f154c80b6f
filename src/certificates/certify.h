/* Certify: how far a curve f(t), whoever computed it, is from solving the equation, in the norm of the
 * equation itself.
 *
 *   J = H(f_1) - H(f_0) + 1/2 int (D(f) + Act*(d_t f + v.grad_x f)) dt = 1/2 int <rho, K^+ rho> dt >= 0,
 *   rho = h (d_t f + v.grad_x f) + K(f) log f:  the residual of f in the equation           (Theorem 1.1)
 *
 * with the least action Act* over all grazing rates that move the curve (least_action.h). There are two
 * forms:
 *
 *   interval   uses only the states f0, f1 at the ends of dt. Both are streamed to the middle;
 *              sigma = h (f1 - f0)/dt, the mobility is that of the geometric mean sqrt(f0 f1), and the
 *              potential w is that of a zero_defect step (implicitness.h), for which the chain rule is exact.
 *              The question is: did a zero_defect step lead from f0 to f1?
 *   curve      interpolates log f in time in the frame of free streaming, cubic through the four states
 *              around the interval (or linear), and takes D with w = log f_t and Act* at Gauss points. The
 *              question is: does this continuous curve solve the semi-discrete equation?
 *
 * With a force or a field the frame is that of transport (transport.h), kicks included, in whose error of order 2 the curve
 * form takes eight pieces for each state; E of ampere goes along
 * where the states have it, else it is that of poisson.
 *
 * A curve whose rate is wrong by a factor 1 + e has J = e^2/2 int D dt. Mobilities are capped as in the
 * integrators (mobility_cap.h). If the mass of a cell, momentum or energy is not conserved, Act* is infinite;
 * the violation is then reported, and the rest that a projection (weight h f) leaves is certified. An
 * interpolated log f violates conservation too, by the error of the interpolation.
 *
 * A curve with f <= 0 somewhere has no log f. If f has been lifted there, a part of J belongs to the lifting:
 * J = 1/4 int sum kappa m m* |grad~ y|^2 dt with y = K^+ rho is a sum over pairs of points, and the pairs with
 * a point that is lifted, or has a lifted neighbour along v, are its share. On curves with a known J the rest
 * is this J within a few per cent, as long as the lifted f is a small part of all. Method: "7. Certifying a
 * curve".
 */
#ifndef GZ_CERTIFY_H
#define GZ_CERTIFY_H

#include "integrator.h"
#include "least_action.h"

typedef struct gz_certifier_settings {
    int gauss_points;           /* Gauss points of the curve form, 1..5; 0 means 3 */
    bool linear;                /* true: log f is linear in time; default cubic */
    const char *preconditioner; /* a name of local_solver.h; NULL for "auto" */
} gz_certifier_settings;

/* Integrals over a piece of time. Sums of certificates belong to longer pieces. */
typedef struct gz_certificate {
    double defect;          /* J in the form 1/2 int <rho, K^+ rho> dt, free of cancellation */
    double entropy_change;  /* H(f_1) - H(f_0), with a bath of F = H + <phi, h f> */
    double dissipation;     /* int D_m(w) dt */
    double action;          /* int Act* dt */
    double product;         /* int <w, sigma> dt: the entropy change by the chain rule */
    double removed;         /* the part of the entropy change that the projection took out */
    double sawtooth;        /* the part of the action that belongs to the sawtooth control */
    double error;           /* error of the defect that the solver left */
    double lifted;          /* the part of the defect in pairs with a point at or beside a lifted one */
    gz_violation violation; /* int |.| dt; size: half the integral, comparable with the defect */
    double implicitness;    /* c of the interval form; not summed */
    long applications;      /* applications of K */
} gz_certificate;

/* H(f_1) - H(f_0) + 1/2 int (D + Act*) dt - removed: the defect by its definition, which suffers from
 * cancellation. In the curve form it also has the errors of quadrature and of free streaming in H. */
GZ_API double gz_certificate_direct(const gz_certificate *certificate);

/* sum += part. */
GZ_API void gz_certificate_add(gz_certificate *sum, const gz_certificate *part);

/* Consecutive states around an interval. */
typedef struct gz_curve_window {
    int count;              /* 2..4 */
    int first;              /* the interval begins at state `first` and ends at the next */
    double time[4];         /* increasing */
    const double *log_f[4]; /* [cell][node] */
    const double *field[4]; /* E of ampere, as in gz_state; NULL: that of poisson */
    const bool *lifted; /* [cell][node]: f was lifted here in one of the states; NULL: nowhere. One rank */
} gz_curve_window;

/* The first state of the window around an interval (0, 1, ..) of a curve with `states` >= 2 states. The
 * window has one state before the interval and one after it, or two on one side at an end of the curve.
 * *count: the number of states in the window. */
GZ_API size_t gz_curve_window_begin(size_t states, size_t interval, int *count);

typedef struct gz_certifier gz_certifier;

/* The mobility must outlive the certifier, which sets other densities in it and does not restore them. */
GZ_API gz_status gz_certifier_create(gz_context *context, const gz_problem *problem, gz_mobility *mobility,
                                     const gz_certifier_settings *settings, gz_certifier **certifier);
GZ_API void gz_certifier_destroy(gz_certifier *certifier);

/* GZ_ERROR_NOT_CONVERGED if a least action is not reached. */
GZ_API gz_status gz_certify_interval(gz_certifier *certifier, const gz_curve_window *window,
                                     gz_certificate *certificate);
GZ_API gz_status gz_certify_curve(gz_certifier *certifier, const gz_curve_window *window,
                                  gz_certificate *certificate);

/* The interval form for the last step of an integrator whose mobility is the certifier's, with the potentials
 * and the mobilities of the step. state: after the step. For zero_defect and zero_defect4 J = 0 to round-off,
 * since the rate that the step took is the cheapest one. For jko gz_certificate_direct gives -KL(f0|f1), the
 * numerical dissipation. Where the step has several stages, the rate of each is -K(m_i) w_i, and the actions
 * are summed with their weights. */
GZ_API gz_status gz_certify_collision(gz_certifier *certifier, gz_integrator *integrator, double dt,
                                      const gz_state *state, gz_certificate *certificate);

#endif
