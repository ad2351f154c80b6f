/* Order fit: the order p of e = C |h^p - h_r^p| from a ladder of levels.
 *
 *   h_r = 0   errors against the truth, or a much better reference: p is the slope of log e over log h
 *   h_r > 0   errors against the level h_r of the same ladder. They are too small by that level's own error,
 *             and a plain slope would come out too steep: 1.58 instead of 1 between 4 h_r and 2 h_r
 *
 * Levels whose error is zero or not finite, and the reference itself, are left out.
 */
#ifndef GZ_ORDER_FIT_H
#define GZ_ORDER_FIT_H

#include <stddef.h>

/* The order p from two levels, or NaN if there is no p between -20 and 40. */
double gz_order_between(double h0, double e0, double h1, double e1, double h_reference);

typedef struct gz_order_fit {
    double order;    /* by least squares of log e; NaN if there are fewer than two levels */
    double interval; /* half of the order's 95 % confidence interval (Student); NaN for two levels */
    double constant; /* C */
    size_t levels;   /* number of levels used */
} gz_order_fit;

gz_order_fit gz_order_fit_of(size_t count, const double *h, const double *e, double h_reference);

/* The limit q* of q = q* + C h^p (Richardson) from three levels, the last one the finest, and the order p.
 * Both are NaN if the three values do not close up on a limit. */
double gz_order_limit(const double h[3], const double q[3], double *order);

#endif
