/* Share cases: data, functionals, operators and steps that must not depend on who shares the work, be it several ranks
 * (test_ranks) or several threads (test_threads). Each check is a few records of the checker.
 *
 * Bounds of round-off: f relative to its largest value, functionals and invariants relative to the sums of absolute
 * values that they consist of, J relative to the mass. Round-off makes a difference of about 1e-15 in an operator and
 * 1e-13 in a step, whose solver stops at a decrement of 1e-12.
 */
#ifndef GZ_TESTS_SHARE_CASES_H
#define GZ_TESTS_SHARE_CASES_H

#include "checker.h"
#include "integrator.h"

/* The problem of all cases: gamma = -1, order 4, kappa exponential. */
gz_problem share_problem(const gz_phase_grid_settings *grid);

/* The mobility with this method, its products, and the functionals of the datum: one case, named by the caller. */
void share_check_operator(checker *c, const gz_problem *problem, const char *method);

/* Steps of dt from the datum; certify: with a certificate of each. One case, named by the caller. */
void share_check_steps(checker *c, const gz_problem *problem, const gz_integrator_settings *how, int steps,
                       double dt, bool certify);

/* Steps of all schemes, the variational ones with certificates on request; rival_dt: the step of the others, which are
 * left out if it is 0. Then the other options of a variational step, and the log form. grid: the name in the cases. */
void share_check_schemes(checker *c, const char *grid, const gz_problem *problem, int steps, double rival_dt,
                         bool certify);
void share_check_variants(checker *c, const char *grid, const gz_problem *problem);

/* All of these on small grids of every kind: the mobility for every kappa, steps in 2D and in 3V for two of them only.
 * And free streaming, and data of all shapes, regularised and normalised. */
void share_check_all(checker *c);

#endif
