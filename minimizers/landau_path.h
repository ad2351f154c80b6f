/* Landau path: the Landau distance by Benamou and Brenier's formula, and the true minimising movement step.
 *
 *   d(f0, f1)^2 = min int_0^1 Act_f(U) dt   over paths f and grazing rates U with  d_t f + 1/2 div~ U = 0
 *
 * In M steps of tau = 1/M, with a mobility m_k = (f^(k-1) + f^k)/2 that follows the path, this becomes
 *
 *   d^2 = min over f^1..f^(M-1) of  sum_k tau <sigma_k, K(m_k)^+ sigma_k>,   sigma_k = h (f^k - f^(k-1))/tau,
 *
 * where least actions (least_action.h) have eliminated U. The true jko step also minimises over f1: it
 * minimises H(f1) + d(f0, f1)^2/(2 dt), that is, H(f^M) + tau/2 sum_k <sigma_k, K(m_k)^+ sigma_k> with
 * tau = dt/M. The frozen jko step (convex_step.h) has m = f0 throughout. With K(m_k) u_k = sigma_k and the
 * pair energy e_k of u_k (mobility.h: h e = d<u, K(m) u>/dm) the gradient is
 *
 *   1/h d/df^k = u_k - u_(k+1) - tau/4 (e_k + e_(k+1)),   k < M,
 *                log f^M + u_M - tau/4 e_M,               k = M (free end).
 *
 * Where the gradient vanishes, U_k = kappa m m* grad~ u_k, and the potential -u solves a Hamilton-Jacobi
 * equation along the path.
 *
 * The unknowns are the logarithms of f^k, so that f > 0. An exponential factor in the null space of K gives
 * every f^k the mass in each cell, momentum and energy of f0, so that the actions are finite. The
 * minimisation is LD_LBFGS in passes (descent.h), scaled by sqrt(h f), in which H has Hessian 1. Between fixed
 * ends the Hessian along the path is about that of the differences of neighbours, tridiag(-1, 2, -1), whose
 * Cholesky factor changes the variables once more: without it the evaluations grow in proportion to M. (With a
 * free end it does not help.) The problem is not convex in general, since Act is convex in U only: the result
 * is a local minimum, reached downhill from the straight path.
 *
 * Steepness and sawtooth weights are frozen along a path: they are those of sqrt(f0 f1). If the end is free, a
 * first minimisation has the f1 at which it starts, and a second one the f1 that the first one found. So the step minimises
 * one functional, whose d is the distance of its ends up to the difference between these two minimisers. An evaluation costs M least actions,
 * and a minimisation takes tens to hundreds of evaluations. Sources: Benamou & Brenier (2000); the metric of
 * Duong & He (2025).
 */
#ifndef GZ_LANDAU_PATH_H
#define GZ_LANDAU_PATH_H

#include "mobility.h"

typedef struct gz_landau_path gz_landau_path;

typedef struct gz_path_report {
    double action;    /* mean of Act over the path: its squared length over unit time */
    double gradient;  /* norm of the gradient in the scaled variables, over sqrt(mass) */
    double violation; /* relative error of the end's invariants before their projection */
    long evaluations, passes;
    long applications; /* of K */
} gz_path_report;

typedef struct gz_path_settings {
    size_t steps;               /* M >= 1: must be given */
    double tolerance;           /* for report.gradient; 0 means 1e-6 */
    long most_evaluations;      /* 0 means 2000 */
    const char *preconditioner; /* a method of local_solver.h; NULL for "auto" */
} gz_path_settings;

/* All memory is made here, about 12 M fields, and 40 M in NLopt. Calls leave the mobility with another density. */
gz_status gz_landau_path_create(gz_context *context, gz_mobility *mobility, const gz_path_settings *settings,
                                gz_landau_path **path);
void gz_landau_path_destroy(gz_landau_path *path);

/* Minimise H(f1) + dt/2 mean Act over f1 and the path. log_f1: the start on entry (the frozen step, for
 * example), the minimiser on return. f1: written. [cell][node] each. GZ_ERROR_NOT_CONVERGED if the gradient
 * stalls above the tolerance; the report and log_f1 then hold what was reached. */
gz_status gz_landau_path_step(gz_landau_path *path, const double *log_f0, double dt, double *log_f1,
                              double *f1, gz_path_report *report);

/* The distance of two densities f > 0 with the same invariants is sqrt(report->action). If the invariants of
 * f1 differ from those of f0, the difference is reported and projected out of f1. */
gz_status gz_landau_path_distance(gz_landau_path *path, const double *log_f0, const double *log_f1,
                                  gz_path_report *report);

/* For tests: the value and its gradient by the logarithms, at the straight path from f0 to f1 bent by `bend`.
 * bend: [steps][cell][node], a change of the logarithms of f^1..f^M. gradient: has the shape of bend.
 * free_end: the value includes H(f^M). */
double gz_landau_path_value(gz_landau_path *path, const double *log_f0, const double *log_f1, double dt,
                            bool free_end, const double *bend, double *gradient);

#endif
