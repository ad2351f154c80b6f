/* Convex step: the collision part of one time step as a minimisation over f > 0 and the grazing rate U,
 *
 *   min  <h, (1-c)(f log f - f) + c f log f0> + dt/2 Act_m(U)   subject to   h (f - f0) + dt/2 div~ U = 0,
 *
 * with a frozen mobility m and weights c_i in [0, 1). Its optimality conditions are U = -kappa m m* grad~ w
 * and
 *
 *   R = h (f1 - f0) + dt K(m) w = 0,     w = log f1 - c psi(log f1 - log f0)          (implicitness.h)
 *
 * and its dual problem in w is unconstrained, smooth and convex. With a bath (gz_mobility_potential) there is
 * <phi, h f> beside f log f: then w = log f1 + phi - c psi, and H below is F = H + <phi, h f>. If c is the scalar for which the chain rule
 * is exact, the pair (f1, U) minimises H + 1/2 (D + A) itself, with the De Giorgi defect J = 0: Theorems 1.1
 * and 3.15 of Duong & He (2025).
 */
#ifndef GZ_CONVEX_STEP_H
#define GZ_CONVEX_STEP_H

#include "mobility.h"
#include "work.h"

typedef enum gz_weight_rule {
    GZ_WEIGHT_ZERO_DEFECT, /* the c with J = 0 */
    GZ_WEIGHT_JKO,         /* c = 0: the implicit (minimising movement) step */
    GZ_WEIGHT_FIXED        /* c is given; J is not 0 in general */
} gz_weight_rule;

typedef struct gz_convex_step {
    const double *f0, *log_f0; /* [cell][node] */
    double dt;
    gz_weight_rule rule;
    double implicitness; /* c for GZ_WEIGHT_FIXED */
    double tolerance;    /* for the Newton decrement over sqrt(mass), or 5 |R|_1/mass; 0 means 1e-12 */
    bool relative;       /* tolerance is relative to the first decrement, as for a predictor */
    int max_iterations;  /* 0 means 80 */
} gz_convex_step;

/* The minimiser and how it was found. The arrays belong to the caller. */
typedef struct gz_minimum {
    double *log_f1;      /* in: the start; out: the minimiser */
    double *f1, *w, *Kw; /* out: density and potential of the minimiser, and K(m) w */
    double implicitness; /* the scalar c */
    double scale;        /* the s of psi */
    double decrement;    /* sqrt(<R, M^-1 R>) of the last iterate, with the (preconditioned) Hessian M */
    double residual;     /* |R|_1 / mass */
    double dissipation;  /* D_m(w) */
    double action;       /* Act_m(U); D_m(w) too, since U is the optimal rate of w, except in full_space */
    double entropy0;     /* H(f0) */
    double entropy;      /* H(f1) */
    double defect;       /* J */
    gz_work work;        /* only the iterations are set */
    bool converged;
} gz_minimum;

#endif
