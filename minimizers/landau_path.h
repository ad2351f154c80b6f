/* Landau path: the Landau distance by Benamou and Brenier's formula, and the true minimising movement step.
 *
 *   d(f0, f1)^2 = min int_0^1 Act_f(U) dt   over paths f and grazing rates U with  d_t f + 1/2 div~ U = 0
 *
 * in M steps of tau = 1/M, with the mobility following the path, m_k = (f^(k-1) + f^k)/2:
 *
 *   d^2 = min over f^1..f^(M-1) of  sum_k tau <sigma_k, K(m_k)^+ sigma_k>,   sigma_k = h (f^k - f^(k-1))/tau,
 *
 * U eliminated by least actions (least_action.h). The true jko step minimises H(f1) + d(f0, f1)^2/(2 dt) over
 * f1 as well, that is, H(f^M) + tau/2 sum_k <sigma_k, K(m_k)^+ sigma_k> with tau = dt/M; the frozen one
 * (convex_step.h) has m = f0 throughout. With K(m_k) u_k = sigma_k and e_k the pair energy of u_k
 * (mobility.h: h e = d<u, K(m) u>/dm) the gradient is
 *
 *   1/h d/df^k = u_k - u_(k+1) - tau/4 (e_k + e_(k+1)),   k < M,
 *                log f^M + u_M - tau/4 e_M,               k = M (free end):
 *
 * where it vanishes U_k = kappa m m* grad~ u_k with -u a potential that solves a Hamilton-Jacobi equation
 * along the path.
 *
 * Unknowns are the logarithms of f^k, so f > 0; mass of each cell, momentum and energy of f^k are set to
 * those of f0 by an exponential factor in the null space of K, so that the actions are finite. Minimised by
 * LD_LBFGS in passes (descent.h), scaled by sqrt(h f), in which H has Hessian 1. Not convex in general (Act
 * is convex in U only): what is found is a local minimum, reached downhill from the straight path. Steepness
 * and sawtooth weights are frozen along a path. Cost: M least actions an evaluation, tens to hundreds of
 * evaluations. Sources: Benamou & Brenier (2000); the metric of Duong & He (2025).
 */
#ifndef GZ_LANDAU_PATH_H
#define GZ_LANDAU_PATH_H

#include "mobility.h"

typedef struct gz_landau_path gz_landau_path;

typedef struct gz_path_report {
    double action;    /* mean over the path of Act: d^2 of a path over unit time */
    double gradient;  /* norm of the gradient in the scaled variables over sqrt(mass) */
    double violation; /* of the end's invariants, before its projection; relative */
    long evaluations, passes;
    long applications; /* of K */
} gz_path_report;

typedef struct gz_path_settings {
    size_t steps;               /* M >= 1 */
    double tolerance;           /* of report.gradient; 0 means 1e-6 */
    long most_evaluations;      /* 0 means 2000 */
    const char *preconditioner; /* of local_solver.h */
} gz_path_settings;

/* All memory is made here, about 10 M fields. The mobility is used and left with another density. */
gz_status gz_landau_path_create(gz_context *context, gz_mobility *mobility, const gz_path_settings *settings,
                                gz_landau_path **path);
void gz_landau_path_destroy(gz_landau_path *path);

/* Minimise H(f1) + dt/2 mean Act over f1 and the path. log_f1: start on entry (the frozen step, for example),
 * minimiser on return; f1: written. [cell][node]. GZ_ERROR_NOT_CONVERGED if the gradient stalls above the
 * tolerance; the report and log_f1 then hold what was reached. */
gz_status gz_landau_path_step(gz_landau_path *path, const double *log_f0, double dt, double *log_f1,
                              double *f1, gz_path_report *report);

/* The distance of two densities f > 0 with the same invariants: sqrt(report->action). What f1 violates is
 * reported and projected out, so that the ends of the path have the same. */
gz_status gz_landau_path_distance(gz_landau_path *path, const double *log_f0, const double *log_f1,
                                  gz_path_report *report);

/* The value and its gradient by the logarithms, at the straight path from f0 to f1 bent by `bend`: for tests.
 * log_f: [steps][cell][node], perturbation of the logarithms of f^1..f^M; gradient the same. free_end: with
 * H(f^M). */
double gz_landau_path_value(gz_landau_path *path, const double *log_f0, const double *log_f1, double dt,
                            bool free_end, const double *bend, double *gradient);

#endif
