/* Dual problem of the convex step, for given c and s: minimise over the potential w, without constraints,
 *
 *   G(w) = <h, Phi(w)> - <h f0, w> + dt/2 <w, K w>,   dPhi/dw = f1(w),
 *   w = log f1 - c psi(log f1 - log f0)   (c < 1).
 *
 * G is smooth and convex. The constraint and f1 > 0 hold by themselves, and the minimiser of G is that of the
 * step. With d = log f1 - log f0 at an iterate, and a change y of w that changes log f1 by delta,
 *
 *   y = delta - c (psi(d + delta) - psi(d)),   b = int_0^delta (e^t - 1) (1 - c psi'(d + t)) dt >= 0,
 *   G(w + y) - G(w) = <R, y> + <h f1, b> + dt/2 <y, K y>         value: a Bregman difference, no cancellation
 *   R + h f1 (e^delta - 1) + dt K y                              gradient
 *   h f1 e^delta/(1 - c psi'(d + delta)) + dt K                  Hessian
 *
 * For c = 0, b = e^delta - 1 - delta. For other c, Phi has no closed form and b is computed as a Gauss sum.
 */
#ifndef GZ_DUAL_H
#define GZ_DUAL_H

#include "iterate.h"

/* G(w + y) - G(w) at an evaluated iterate, y [cell][node]. gradient and Ky = K y are written; K y takes one
 * application. The value is finite for every finite y: beyond delta = 300 the exponential continues as its
 * tangent. */
double gz_dual_difference(gz_iterate *iterate, const double *y, double *Ky, double *gradient);

/* out = the Hessian at w + y, times p; [cell][node] each. Takes one application. out and p must not
 * overlap. */
void gz_dual_hessian(gz_iterate *iterate, const double *y, const double *p, double *out);

/* Diagonal of the local Hessian at the iterate: diag + dt diag(K_local) > 0. */
void gz_dual_local_diagonal(gz_iterate *iterate, double *diagonal);

#endif
