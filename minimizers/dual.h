/* Dual problem of the convex step, for c and s given: minimise over the potential w, without constraints,
 *
 *   G(w) = <h, Phi(w)> - <h f0, w> + dt/2 <w, K w>,   dPhi/dw = f1(w),
 *   w = log f1 - c psi(log f1 - log f0)   (c < 1).
 *
 * Smooth and convex; the constraint and f1 > 0 are automatic, and its minimiser is that of the step. With
 * d = log f1 - log f0 at an iterate and y a change of w that changes log f1 by delta,
 *
 *   y = delta - c (psi(d + delta) - psi(d)),   b = int_0^delta (e^t - 1) (1 - c psi'(d + t)) dt >= 0,
 *   G(w + y) - G(w) = <R, y> + <h f1, b> + dt/2 <y, K y>         value: a Bregman difference, no cancellation
 *   R + h f1 (e^delta - 1) + dt K y                              gradient
 *   h f1 e^delta/(1 - c psi'(d + delta)) + dt K                  Hessian
 *
 * For c = 0, b = e^delta - 1 - delta; else Phi has no closed form and b is a Gauss sum.
 */
#ifndef GZ_DUAL_H
#define GZ_DUAL_H

#include "iterate.h"

/* G(w + y) - G(w) at an evaluated iterate, y [cell][node]. gradient: written. Ky: K y is written (one
 * application). Finite for every finite y: beyond |delta| = 300 the exponential goes on as its tangent. */
double gz_dual_difference(gz_iterate *iterate, const double *y, double *Ky, double *gradient);

/* Hessian at w + y times p, [cell][node] each; one application. out and p must not overlap. */
void gz_dual_hessian(gz_iterate *iterate, const double *y, const double *p, double *out);

/* Diagonal of the local Hessian at the iterate, diag + dt diag(K_local). Positive. */
void gz_dual_local_diagonal(gz_iterate *iterate, double *diagonal);

#endif
