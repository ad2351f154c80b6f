/* Line fit: y = offset + slope x by least squares, with the 95 % confidence of the slope (Student). */
#ifndef GZ_LINE_FIT_H
#define GZ_LINE_FIT_H

#include <stddef.h>

typedef struct gz_line_fit {
    double slope, offset; /* NaN if there are fewer than two different x */
    double interval;      /* half of the slope's 95 % confidence interval; NaN for fewer than 3 points */
} gz_line_fit;

gz_line_fit gz_line_fit_of(size_t count, const double *x, const double *y);

/* The two-sided 95 % quantile of Student's t with `freedom` >= 1 degrees of freedom. */
double gz_student(size_t freedom);

#endif
