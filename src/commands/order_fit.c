/* Order fit: with e = C |h^p - h_r^p|, log e is not linear in p. Two levels are solved by bisection, more by
 * the Gauss-Newton method. */
#include "order_fit.h"

#include "line_fit.h"

#include <math.h>
#include <stdbool.h>

/* log |h^p - h_r^p|, up to a constant that does not depend on h, and its derivative with respect to p. */
static double shape(double h, double reference, double p, double *slope) {
    if (!(reference > 0)) {
        *slope = log(h);
        return p * log(h);
    }
    const double a = log(h / reference);
    *slope = fabs(p * a) < 1e-9 ? 1 / p + a / 2 : -a / expm1(-p * a);
    return log(fabs(expm1(p * a)));
}

double gz_order_between(double h0, double e0, double h1, double e1, double reference) {
    if (!(h0 > 0 && h1 > 0 && e0 > 0 && e1 > 0) || h0 == h1) return NAN;
    const double target = log(e0 / e1);
    if (!(reference > 0)) return target / log(h0 / h1);
    const double a = log(h0 / reference), b = log(h1 / reference);
    if (!(a * b > 0)) return NAN;
    double low = -20, high = 40, slope;
    const double at_low = shape(h0, reference, low, &slope) - shape(h1, reference, low, &slope) - target,
                 at_high = shape(h0, reference, high, &slope) - shape(h1, reference, high, &slope) - target;
    if (!(at_low * at_high < 0)) return NAN;
    for (int i = 0; i < 80; i++) {
        const double p = (low + high) / 2 + 1e-15; /* p = 0 is avoided, where both shapes are -infinity */
        const double at = shape(h0, reference, p, &slope) - shape(h1, reference, p, &slope) - target;
        if (at * at_low > 0)
            low = p;
        else
            high = p;
    }
    return (low + high) / 2;
}

static bool counts(double h, double e, double reference) {
    return h > 0 && e > 0 && isfinite(e) && !(fabs(h - reference) < 1e-12 * h);
}

gz_order_fit gz_order_fit_of(size_t count, const double *h, const double *e, double reference) {
    gz_order_fit fit = {.order = NAN, .interval = NAN, .constant = NAN};
    for (size_t k = 0; k < count; k++) fit.levels += counts(h[k], e[k], reference);
    if (fit.levels < 2) return fit;
    double p = 1, spread = 0, squares = 0, offset = 0, slope;
    for (int round = 0; round < 100; round++) { /* Gauss-Newton; for h_r = 0 one round is enough */
        double mean_slope = 0, mean_rest = 0, rise = 0;
        spread = squares = 0;
        for (size_t k = 0; k < count; k++)
            if (counts(h[k], e[k], reference)) {
                mean_rest += (log(e[k]) - shape(h[k], reference, p, &slope)) / (double)fit.levels;
                mean_slope += slope / (double)fit.levels;
            }
        for (size_t k = 0; k < count; k++)
            if (counts(h[k], e[k], reference)) {
                const double rest = log(e[k]) - shape(h[k], reference, p, &slope) - mean_rest;
                rise += rest * (slope - mean_slope);
                spread += (slope - mean_slope) * (slope - mean_slope);
                squares += rest * rest;
            }
        offset = mean_rest;
        if (!(spread > 0)) return fit;
        const double step = rise / spread;
        p += fmax(-1, fmin(step, 1));
        if (fabs(step) < 1e-12) break;
    }
    fit.order = p;
    fit.constant = exp(reference > 0 ? offset - p * log(reference) : offset);
    if (fit.levels > 2)
        fit.interval =
            gz_student(fit.levels - 2) * sqrt(fmax(squares, 0) / (double)(fit.levels - 2) / spread);
    return fit;
}

double gz_order_limit(const double h[3], const double q[3], double *order) {
    const double before = q[0] - q[2], after = q[1] - q[2];
    *order = before * after > 0 ? gz_order_between(h[0], fabs(before), h[1], fabs(after), h[2]) : NAN;
    if (!(*order > 0)) *order = NAN;
    return q[2] - after / expm1(*order * log(h[1] / h[2]));
}
