/* Order fit: the order p of e = C |h^p - h_r^p| from a ladder of levels.
 *
 *   h_r = 0   errors against the truth (or a much better reference): the slope of log e over log h
 *   h_r > 0   errors against the level h_r of the same ladder, which are too small by its own error; a plain
 *             slope would come out too steep: 1.58 instead of 1 between 4 h_r and 2 h_r
 *
 * Levels whose error is zero or not finite, and the reference itself, are left out.
 */
#ifndef GZ_ORDER_FIT_H
#define GZ_ORDER_FIT_H

#include <stddef.h>

/* p from two levels; NaN if there is none between -20 and 40. */
double gz_order_between(double h0, double e0, double h1, double e1, double h_reference);

typedef struct gz_order_fit {
    double order;    /* by least squares of log e; NaN with fewer than two levels */
    double interval; /* half of its 95 % confidence interval (Student); NaN with two levels */
    double constant; /* C */
    size_t levels;   /* used */
} gz_order_fit;

gz_order_fit gz_order_fit_of(size_t count, const double *h, const double *e, double h_reference);

/* Limit of q = q* + C h^p from three levels, the last one the finest, and the p that it has there
 * (Richardson). NaN both if the three do not close up on a limit. */
double gz_order_limit(const double h[3], const double q[3], double *order);

#endif
