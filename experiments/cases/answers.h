/* Answers: what the discrete collision operator and its steps give where doc/cases.md knows the answer.
 * Each function measures one case on a grid of the caller's size and appends rows to a list. The experiment
 * prints the rows of large grids; tests/test_cases.c calls the functions with smaller ones.
 */
#ifndef GRAZING_CASES_ANSWERS_H
#define GRAZING_CASES_ANSWERS_H

#include "bench.h"

typedef struct answer {
    int number; /* of the case, as doc/cases.md counts */
    char problem[48], quantity[64];
    double exact, computed; /* NaN where the quantity is an error itself */
    double error, bound;    /* relative to exact unless the quantity says otherwise */
} answer;

enum { MOST_ANSWERS = 256 };

typedef struct answers {
    answer row[MOST_ANSWERS];
    int count;
    FILE *curves; /* CSV file problem,quantity,t,computed,exact; NULL if no curves are wanted */
} answers;

/* Append a row, or a point of a curve. The first two return true if the error is within the bound. */
bool answers_add(answers *list, int number, const char *problem, const char *quantity, double exact,
                 double computed, double bound);
bool answers_add_error(answers *list, int number, const char *problem, const char *quantity, double error,
                       double bound);
void answers_add_point(answers *list, const char *problem, const char *quantity, double t, double computed,
                       double exact);

/* Case 1, BKW from `begin` to `end` in `steps` zero_defect steps: relative L2 error, fourth moment, entropy
 * (d = 2), applications of K a step, and what every step must keep. `error` bounds the relative L2 error,
 * `applications` the applications of K. */
void answer_bkw(gz_context *context, answers *list, grid_size size, int order, double strength, double begin,
                double end, int steps, double error, double applications);

/* Case 1, d = 2: H and D of the exact solution at t = 1 for B = 1/16, against the numbers of doc/cases.md. */
void answer_bkw_functionals(gz_context *context, answers *list, size_t nodes, double half_width);

/* Case 2, radial data M (1 + a L_k), k = 2 to 4, B = 1: the decay rate of the mode, first in the operator
 * without the steepness switch; answer_laguerre_run takes it from `steps` zero_defect steps over one
 * e-folding, with the switch, for the modes 2 to last_mode. */
void answer_laguerre(gz_context *context, answers *list, grid_size size, double bound);
void answer_laguerre_run(gz_context *context, answers *list, grid_size size, int last_mode, int steps,
                         double bound);

/* Case 3, a datum without symmetry, gamma = 0, B = 1: the decay of all entries of the stress tensor's
 * deviator over `steps` zero_defect steps. */
void answer_temperature(gz_context *context, answers *list, grid_size size, int steps, double bound);

/* Case 4, Coulomb, d = 3, bi-Maxwellian (T_perp, T_par): the initial dT_par/dt for each of `count` numbers of
 * nodes, and the order in h between the first and the last. `bound` bounds the error on the last grid,
 * `order` is the least order wanted. */
void answer_coulomb(gz_context *context, answers *list, double T_perp, double T_par, int count,
                    const size_t *nodes, double half_width, double bound, double order);

/* Case 5, random data, many kernels: dP_ij/dt of the operator against a plain sum over all pairs of nodes of
 * a grid with `reference` nodes an axis. This grid must be finer if the kernel is singular, because the plain
 * sum is of third order only for Coulomb in 2D. */
void answer_stress(gz_context *context, answers *list, grid_size size, size_t reference, size_t seed,
                   double bound);

/* Case 6, fuzzy, gamma = 0, no transport: the decay rates of the Fourier modes 1 to 3 of momentum and energy
 * in the operator; if steps > 0, also a run of that many steps, whose momentum modes become curves. */
void answer_fuzzy_moments(gz_context *context, answers *list, grid_size size, int steps, double bound);

/* Case 7, limits of kappa, for the operator: kappa uniform, kappa dirac, and data that do not depend on x.
 * For kappa uniform the x-average must obey the homogeneous equation. The flux form, which is bilinear in f,
 * does so exactly, the log form only up to the error of the stencil, which log_form bounds. */
void answer_limits(gz_context *context, answers *list, grid_size size, double log_form);

/* Case 8, a uniform Maxwellian, which is an equilibrium: the change of log f in three steps of dt = 1. */
void answer_equilibrium(gz_context *context, answers *list, grid_size size, double gamma);

#endif
