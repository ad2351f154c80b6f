/* Implicitness: which mean of log f0 and log f1 the potential w of a step is.
 *
 *   d = log f1 - log f0,   psi(d) = d q,   q = 1/(1 + (d/s)^2),
 *   w = log f1 - c psi(d) = (1 - c_i) log f1 + c_i log f0,   c_i = c q.
 *
 * c is about 1/2 in the bulk, which gives second order. c_i -> 0 where a node changes by orders of magnitude,
 * so that the tail is L-stable. The zero_defect choice of the scalar c makes the chain rule exact,
 * H(f1) - H(f0) = <w, h (f1 - f0)>, hence J = 0:
 *
 *   c = <h f0, e^d - 1 - d> / <h psi, f1 - f0>.              discrete form of Theorem 1.1 and Theorem 3.15
 *
 * For c < 1, w increases with log f1 (|psi'| <= 1), so the map can be inverted node by node.
 */
#ifndef GZ_IMPLICITNESS_H
#define GZ_IMPLICITNESS_H

#include <math.h>
#include <stddef.h>

/* psi(d) and its derivative (1 - (d/s)^2) q^2. s = INFINITY gives psi = d. */
static inline double gz_psi(double d, double s, double *slope) {
    const double r = d / s, q = 1 / (1 + r * r);
    *slope = (1 - r * r) * q * q;
    return d * q;
}

/* e^d - 1 - d without cancellation, given expm1(d). */
static inline double gz_relative_entropy_node(double d, double expm1_d) {
    if (fabs(d) < 1e-2) return d * d / 2 * (1 + d / 3 * (1 + d / 4 * (1 + d / 5 * (1 + d / 6))));
    return expm1_d - d;
}

/* psi(d + delta) - psi(d) without cancellation. */
double gz_psi_change(double d, double delta, double s);

/* The delta with delta - c (psi(d + delta) - psi(d)) = y, for c < 1. Its error is relative to y. */
double gz_invert_change(double y, double d, double c, double s);

/* The d with d - c psi(d) = w - log f0, for c < 1, at `count` nodes side by side. d: guesses on entry. */
void gz_invert_potentials(size_t count, const double *w, const double *log_f0, double c, double s, double *d);

#endif
