/* De Giorgi functional of one step, over all feasible pairs of a density f and a grazing rate U on explicit
 * pairs of points.
 *
 * With the coordinates u of an antisymmetric rate (pair_matrix.h) the constraint h (f - f0) + dt/2 div~ U = 0
 * gives f = f0 + dt E u/h, so that only u is free. For any u with f > 0,
 *
 *   J = H(f) - H(f0) + dt/2 (D_m(w) + Act_m(U)),   w = log f - c psi(log f - log f0),
 *     = dt/2 |u + E^T w|^2 dx >= 0,                c = c(f) with the exact chain rule (implicitness.h).
 *
 * J is zero exactly where u = -E^T w, the rate of the equation. So a zero_defect step minimises J, with
 * minimum 0: the discrete form of Theorem 3.15 of Duong & He (2025). The gradient, with r = u + E^T w,
 * d_i = 1 - c psi'_i, g = h [(f - f0) d - c psi f] and P = <h psi, f - f0>, is
 *
 *   dJ/du = dt dx ( r + dt E^T gamma ),    gamma_i = [(E r)_i d_i - g_i <E r, psi>/P]/(h f)_i.
 *
 * This is for tests and demonstrations on tiny grids. The minimizers of practical use solve the convex step
 * (minimizer.h).
 */
#ifndef GZ_DE_GIORGI_H
#define GZ_DE_GIORGI_H

#include "pair_matrix.h"

typedef struct gz_de_giorgi_step {
    const double *f0, *log_f0; /* [cell][node] */
    double dt;
    double scale; /* s of psi, one for all pairs; 0 means 1 */
} gz_de_giorgi_step;

typedef struct gz_de_giorgi_value {
    double defect;       /* J by its definition, with compensated sums */
    double square;       /* J as a square: equal to `defect` by the chain rule, and free of cancellation */
    double dissipation;  /* D_m(w) */
    double action;       /* Act_m(U) */
    double implicitness; /* c */
} gz_de_giorgi_value;

typedef struct gz_de_giorgi gz_de_giorgi;

/* Every call of gz_de_giorgi_begin takes the mobility as it is then. */
gz_status gz_de_giorgi_create(gz_context *context, const gz_mobility *mobility, gz_de_giorgi **de_giorgi);
void gz_de_giorgi_destroy(gz_de_giorgi *de_giorgi);

/* Begin a step. Its fields are kept by reference. */
void gz_de_giorgi_begin(gz_de_giorgi *de_giorgi, const gz_de_giorgi_step *step);

/* The pair matrix, which gives the coordinates of a rate and their number. */
const gz_pair_matrix *gz_de_giorgi_pairs(const gz_de_giorgi *de_giorgi);

/* J at u. gradient: [columns], or NULL. Returns false where f is not positive everywhere: the pair is then
 * not admissible. */
bool gz_de_giorgi_evaluate(gz_de_giorgi *de_giorgi, const double *u, gz_de_giorgi_value *value,
                           double *gradient);

/* f of the last evaluation, [cell][node]. */
const double *gz_de_giorgi_density(const gz_de_giorgi *de_giorgi);

/* The largest t <= most for which f at u + t direction stays above `least` times f at u. */
double gz_de_giorgi_range(gz_de_giorgi *de_giorgi, const double *u, const double *direction, double least,
                          double most);

/* Minimise J over u from an admissible start by NLopt's LD_LBFGS, restarted until J <= goal or until the
 * evaluations are used up. u: [columns], the start on entry, the result on return. GZ_ERROR_NOT_CONVERGED if
 * J stays above the goal. */
gz_status gz_de_giorgi_minimise(gz_de_giorgi *de_giorgi, double *u, double goal, long most_evaluations,
                                long *evaluations);

#endif
