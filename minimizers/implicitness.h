/* Implicitness: which mean of log f0 and log f1 a step's potential w is.
 *
 *   d = log f1 - log f0,   psi(d) = d q,   q = 1/(1 + (d/s)^2),   w = log f1 - c psi(d) = (1 - c_i) log f1 +
 * c_i log f0, c_i = c q.
 *
 * About c = 1/2 in the bulk gives second order; c_i -> 0 where a node changes by orders of magnitude (an
 * L-stable tail). The zero_defect choice of the scalar c makes the chain rule exact, H(f1) - H(f0) = <w, h
 * (f1 - f0)>, hence J = 0:
 *
 *   c = <h f0, e^d - 1 - d> / <h psi, f1 - f0>.                        discrete form of Theorem 1.1 and
 * Theorem 3.15
 *
 * For c < 1, w increases with log f1 (|psi'| <= 1), so the map can be inverted node by node.
 */
#ifndef GZ_IMPLICITNESS_H
#define GZ_IMPLICITNESS_H

/* psi(d) and its derivative (1 - (d/s)^2) q^2. s = INFINITY gives psi = d. */
double gz_psi(double d, double s, double *slope);

/* e^d - 1 - d without cancellation, given expm1(d). */
double gz_relative_entropy_node(double d, double expm1_d);

/* psi(d + delta) - psi(d) without cancellation. */
double gz_psi_change(double d, double delta, double s);

/* The delta with delta - c (psi(d + delta) - psi(d)) = y, for c < 1: accurate relative to y. */
double gz_invert_change(double y, double d, double c, double s);

/* The d with d - c psi(d) = target, for c < 1, from a guess. */
double gz_invert_potential(double target, double c, double s, double guess);

#endif
