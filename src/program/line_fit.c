/* Line fit: the interval is t sqrt(s^2 / sum (x - mean)^2), s^2 the mean square of the residuals. */
#include "line_fit.h"

#include <math.h>

double gz_student(size_t freedom) {
    static const double VALUES[] = {12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228};
    return freedom <= sizeof VALUES / sizeof *VALUES ? VALUES[freedom - 1] : 1.96 + 2.6 / (double)freedom;
}

gz_line_fit gz_line_fit_of(size_t count, const double *x, const double *y) {
    gz_line_fit fit = {NAN, NAN, NAN};
    double mean_x = 0, mean_y = 0, spread = 0, rise = 0, squares = 0;
    for (size_t i = 0; i < count; i++) {
        mean_x += x[i] / (double)count;
        mean_y += y[i] / (double)count;
    }
    for (size_t i = 0; i < count; i++) {
        spread += (x[i] - mean_x) * (x[i] - mean_x);
        rise += (x[i] - mean_x) * (y[i] - mean_y);
    }
    if (!(spread > 0)) return fit;
    fit.slope = rise / spread;
    fit.offset = mean_y - fit.slope * mean_x;
    for (size_t i = 0; i < count; i++) {
        const double rest = y[i] - fit.offset - fit.slope * x[i];
        squares += rest * rest;
    }
    if (count > 2) fit.interval = gz_student(count - 2) * sqrt(squares / (double)(count - 2) / spread);
    return fit;
}
