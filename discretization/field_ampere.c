/* Field solver: the midpoint of ampere,  (1 + q P w) x = b,  b = E0 - t/2 P J.
 *
 * Along one axis P z = z - <z> - n <n z>, with n = (-1)^i of the unpaired mode of an even number of cells. So
 *
 *   x = (b + lambda + mu n)/(1 + q w),   lambda = q <w x>, mu = q <n w x>:   two equations for lambda, mu.
 *
 * Along more axes conjugate gradients solve it in the range of P, where 1 + q P w P is symmetric, and positive if
 * 1 + q w is.
 */
#include "field_solver.h"

#include "small_solve.h"

#include <math.h>
#include <string.h>

enum { MOST_ITERATIONS = 200 };

static const double SOLVED = 1e-15; /* residual that is round-off, relative to b */

static double dot(const double *a, const double *b, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++) sum += a[i] * b[i];
    return sum;
}

/* The largest -q w: below 1, the equation is that of a minimum. */
static gz_status check_time(const gz_field_solver *s, double q, double t) {
    double most = 0;
    for (size_t c = 0; c < s->cells; c++) most = fmax(most, -q * s->inertia[c]);
    if (most < 1) return GZ_OK;
    return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                   "dt is too large for the field: matter falls together within %.2g of the %.2g that a kick "
                   "lasts; use a "
                   "smaller dt",
                   t / sqrt(most), t);
}

/* One axis. b: [all cells], x: written. */
static gz_status solve_line(const gz_field_solver *s, double q, const double *b, double *x) {
    const size_t n = s->cells;
    const bool even = n % 2 == 0;
    double A[4] = {0}, lambda[2] = {0};
    for (size_t i = 0; i < n; i++) {
        const double sign = even ? (i % 2 ? -1 : 1) : 0, below = 1 + q * s->inertia[i],
                     g = q * s->inertia[i] / below;
        A[0] += 1 / below;
        A[2] -= sign * g;
        lambda[0] += g * b[i];
        lambda[1] += sign * g * b[i];
    }
    A[3] = A[0];
    if (!gz_small_solve(even ? 2 : 1, A, lambda))
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the field of ampere has no midpoint; use a smaller dt");
    for (size_t i = 0; i < n; i++)
        x[i] = (b[i] + lambda[0] + (i % 2 ? -lambda[1] : lambda[1])) / (1 + q * s->inertia[i]);
    return GZ_OK;
}

/* out = p + q P w p, for p in the range of P. */
static void apply(gz_field_solver *s, double q, const double *p, double *out) {
    const size_t axes = (size_t)s->grid->space_dim;
    for (size_t a = 0; a < axes; a++)
        for (size_t c = 0; c < s->cells; c++) out[a * s->cells + c] = q * s->inertia[c] * p[a * s->cells + c];
    gz_field_solver_project(s, out);
    for (size_t i = 0; i < axes * s->cells; i++) out[i] += p[i];
}

/* More axes. r: b on entry, and then the residual; x: written. */
static gz_status solve_cg(gz_field_solver *s, double q, double *r, double *x) {
    const size_t count = (size_t)s->grid->space_dim * s->cells;
    double *p = s->work + count, *Ap = p + count;
    const double goal = SOLVED * SOLVED * dot(r, r, count);
    double square = dot(r, r, count);
    memset(x, 0, count * sizeof *x);
    memcpy(p, r, count * sizeof *p);
    for (int k = 0; square > goal; k++) {
        if (k == MOST_ITERATIONS)
            return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                           "the field of ampere stalled after %d iterations; use a smaller dt", k);
        apply(s, q, p, Ap);
        const double length = square / dot(p, Ap, count), before = square;
        for (size_t i = 0; i < count; i++) {
            x[i] += length * p[i];
            r[i] -= length * Ap[i];
        }
        square = dot(r, r, count);
        for (size_t i = 0; i < count; i++) p[i] = r[i] + square / before * p[i];
    }
    return GZ_OK;
}

gz_status gz_field_solver_midpoint(gz_field_solver *s, double t, double *E, double *middle) {
    const size_t count = (size_t)s->grid->space_dim * s->cells;
    const double q = s->settings.strength * t * t / 4;
    double *b = s->work;
    GZ_TRY(check_time(s, q, fabs(t)));
    memcpy(b, s->current, count * sizeof *b);
    gz_field_solver_project(s, b);
    for (size_t i = 0; i < count; i++) b[i] = E[i] - t / 2 * b[i];
    if (s->grid->space_dim == 1)
        GZ_TRY(solve_line(s, q, b, middle));
    else
        GZ_TRY(solve_cg(s, q, b, middle));
    for (size_t i = 0; i < count; i++) E[i] = 2 * middle[i] - E[i];
    return GZ_OK;
}
