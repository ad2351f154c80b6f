/* Answers: what the discrete collision operator and its steps say where the answer is known (doc/cases.md).
 *
 * Each function measures one case on a grid of the caller's size and appends rows to a list. The experiment
 * prints them at full size, tests/test_cases.c asks for the same at smaller ones.
 */
#ifndef GRAZING_CASES_ANSWERS_H
#define GRAZING_CASES_ANSWERS_H

#include "bench.h"

typedef struct answer {
    int number; /* of the case in doc/cases.md */
    char problem[48], quantity[64];
    double exact, computed; /* NaN where the quantity is an error itself */
    double error, bound;    /* relative to exact unless the quantity says otherwise */
} answer;

enum { MOST_ANSWERS = 256 };

typedef struct answers {
    answer row[MOST_ANSWERS];
    int count;
    FILE *curves; /* CSV: problem,quantity,t,computed,exact; NULL: not wanted */
} answers;

/* Append; returns true if the error keeps the bound. */
bool answers_add(answers *list, int number, const char *problem, const char *quantity, double exact,
                 double computed, double bound);
bool answers_add_error(answers *list, int number, const char *problem, const char *quantity, double error,
                       double bound);
void answers_add_point(answers *list, const char *problem, const char *quantity, double t, double computed,
                       double exact);

/* Case 1, BKW from `begin` to `end` in `steps` zero_defect steps: relative L2 error, fourth moment, entropy
 * and dissipation (d = 2), and what every step keeps. error, applications: bounds, of K a step. */
void answer_bkw(gz_context *context, answers *list, grid_size size, int order, double strength, double begin,
                double end, int steps, double error, double applications);

/* Case 1, H and D of the exact solution, d = 2, t = 1, B = 1/16, against the numbers of doc/cases.md. */
void answer_bkw_functionals(gz_context *context, answers *list, size_t nodes, double half_width);

/* Case 2, radial data M (1 + a L_k), k = 2 to 4, B = 1: rate of the mode in the operator (no switch), and in
 * `steps` zero_defect steps over one e-folding (with the switch, modes 2 to last_mode). */
void answer_laguerre(gz_context *context, answers *list, grid_size size, double bound);
void answer_laguerre_run(gz_context *context, answers *list, grid_size size, int last_mode, int steps,
                         double bound);

/* Case 3, a datum without symmetry: rates of all entries of the stress tensor's deviator,
 * gamma = 0, B = 1. */
void answer_temperature(gz_context *context, answers *list, grid_size size, int steps, double bound);

/* Case 4, Coulomb, d = 3, bi-Maxwellian (T_perp, T_par): initial dT_par/dt at each number of nodes, and the
 * order between the first and the last. */
void answer_coulomb(gz_context *context, answers *list, double T_perp, double T_par, int count,
                    const size_t *nodes, double half_width, double bound, double order);

/* Case 5, random data, many kernels: dP_ij/dt of the operator against the pair sum of the right-hand side on
 * a grid of `reference` nodes, which must be finer where the kernel is singular: the plain sum is of third
 * order for Coulomb in 2D. */
void answer_stress(gz_context *context, answers *list, grid_size size, size_t reference, size_t seed,
                   double bound);

/* Case 6, fuzzy, gamma = 0, no transport: decay of the Fourier modes 1 to 3 of momentum and energy in the
 * operator, and, for steps > 0, the curves of a run. */
void answer_fuzzy_moments(gz_context *context, answers *list, grid_size size, int steps, double bound);

/* Case 7, limits of kappa, for the operator: uniform, dirac, and data that do not depend on x. Where kappa is
 * uniform the flux form, bilinear in f, is exact, the log form only as exact as the stencil:
 * bound log_form. */
void answer_limits(gz_context *context, answers *list, grid_size size, double log_form);

/* Case 8, a uniform Maxwellian: what three steps of dt = 1 change. */
void answer_equilibrium(gz_context *context, answers *list, grid_size size, double gamma);

#endif
