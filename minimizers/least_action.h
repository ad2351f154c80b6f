/* Least action: the cheapest grazing rate that makes a given rate of change, for the frozen mobility K(m).
 *
 *   Act*(sigma) = min { Act_m(U) : sigma + 1/2 div~ U = 0 } = <sigma, K^+ sigma> = <u, K u>,
 *   attained by U = kappa m m* grad~ u (and V = c S u for the sawtooth control) with K u = sigma.
 *
 * sigma = h d_t f is mass per cell, node and time. On a solution u = -log f up to the null space of K, so
 * that U is the -kappa f f* grad~ log f of (1.12). If a potential w and K w are known, the solver solves for
 * rho = sigma + K w, by which they miss the equation. This gives the De Giorgi integrand without
 * cancellation:
 *
 *   D_m(w) + 2 <w, sigma> + Act*(sigma) = <rho, K^+ rho> >= 0,     u = K^+ rho - w.
 *
 * Act* is finite only where sigma is orthogonal to the null space of K (null_space.h): mass of every cell, and
 * momentum and energy of every group of cells. A violation is measured, then projected out with weight h m:
 * sigma <- sigma + h m (a + b.v + e |v|^2).
 *
 * The solver runs conjugate gradients on K itself, with residuals kept orthogonal to the null space. They are
 * preconditioned by K_local + shift h m (local_solver.h), where shift is 1e-3 of the relaxation rate. K_local
 * does not see constants in a cell, and the sawtooth control has lifted the odd-even modes; the scaled
 * spectrum of the rest lies within [1/4, 3/2]. Quadratic forms are evaluated as 2 <rho, y> - <y, K y>. This
 * is a lower bound for every y, with an error of second order in the error of y. Source: Theorem 3.15 of
 * Duong & He (2025); doc/method.md, "7. Certifying a curve that somebody else computed".
 */
#ifndef GZ_LEAST_ACTION_H
#define GZ_LEAST_ACTION_H

#include "mobility.h"

/* How far a rate is from the orthogonal complement of the null space of K. */
typedef struct gz_violation {
    double mass;                 /* sum over cells of |d/dt mass of the cell| */
    double momentum[GZ_MAX_DIM]; /* d/dt of the total momentum */
    double energy;               /* d/dt of the total energy */
    double size;                 /* <delta, (h m)^-1 delta> of the delta that was projected out of sigma */
} gz_violation;

typedef struct gz_least_action_report {
    gz_violation violation;
    double action;      /* Act* of the projected sigma */
    double dissipation; /* D_m(w) */
    double product;     /* <w, sigma> of the projected sigma */
    double removed;     /* <1 + w, delta>, the part of dH/dt that was projected out */
    double defect;      /* <rho, K^+ rho> = dissipation + 2 product + action, without cancellation */
    double error;       /* estimate of the solver's error in action and defect */
    long applications;  /* of K */
} gz_least_action_report;

typedef struct gz_least_action gz_least_action;

/* preconditioner: a method of local_solver.h, NULL for "auto". The mobility must outlive the object. */
GZ_API gz_status gz_least_action_create(gz_context *context, gz_mobility *mobility,
                                        const char *preconditioner, gz_least_action **least);
GZ_API void gz_least_action_destroy(gz_least_action *least);

/* Set the relative residual, in the preconditioner's norm, at which a solve ends; the default is 1e-6. u has
 * an error of this size, and actions have an error of its square. */
GZ_API void gz_least_action_set_tolerance(gz_least_action *least, double tolerance);

/* Solve with the present m > 0 of the mobility. sigma: [cell][node], projected on return. w: [cell][node],
 * NULL for 0. u: [cell][node], written, without a component in the null space (weight h m).
 * GZ_ERROR_NOT_CONVERGED if the solve stalls; the report then holds the lower bounds reached. */
GZ_API gz_status gz_least_action_solve(gz_least_action *least, double *sigma, const double *w, double *u,
                                       gz_least_action_report *report);

#endif
