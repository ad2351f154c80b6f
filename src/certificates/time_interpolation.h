/* Time interpolation: a polynomial through a few states of a curve, and a quadrature along the curve.
 *
 *   p(t) = sum_k L_k(t) p_k,   L_k(t) = prod_{j != k} (t - t_j)/(t_k - t_j)                     (Lagrange)
 *   int_0^1 g = sum_j weight_j g(point_j), exact on degree 2n - 1                         (Gauss, Legendre)
 */
#ifndef GZ_TIME_INTERPOLATION_H
#define GZ_TIME_INTERPOLATION_H

enum { GZ_MAX_GAUSS = 5 };

/* value[k] = L_k(t), slope[k] = L_k'(t), k < count. All times must differ. */
void gz_lagrange(int count, const double *time, double t, double *value, double *slope);

/* Points and weights on [0, 1], 1 <= count <= GZ_MAX_GAUSS. */
void gz_gauss(int count, double *point, double *weight);

#endif
