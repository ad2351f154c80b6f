/* Implicitness: the inverse maps by Newton's method, whose steps are clipped where psi bends. */
#include "implicitness.h"

#include <math.h>
#include <stdbool.h>

static const double ENOUGH = 1e-9; /* a Newton step after which no other one follows */

double gz_psi_change(double d, double delta, double s) {
    const double a = d / s, b = (d + delta) / s;
    return delta * (1 - a * b) / ((1 + a * a) * (1 + b * b));
}

double gz_invert_change(double y, double d, double c, double s) {
    if (c == 0) return y;
    double slope;
    gz_psi(d, s, &slope);
    double delta = fabs(y) < s ? y / (1 - c * slope) : y;
    for (int i = 0; i < 60; i++) { /* steps are clipped to the length on which psi bends */
        gz_psi(d + delta, s, &slope);
        const double step = (delta - c * gz_psi_change(d, delta, s) - y) / (1 - c * slope);
        delta -= fmax(-2 * s, fmin(2 * s, step));
        if (fabs(step) <= 1e-15 * fabs(delta)) break;
    }
    return delta;
}

/* A step of Newton's method at every node. Returns true if some step was so long that another one is needed: the error
 * of d is below 100 times the square of the last step, also where c is close to 1. */
static bool improve(size_t count, const double *restrict w, const double *restrict log_f0, double c, double s,
                    double *restrict d) {
    const double longest = 2; /* steps are clipped: the map bends where psi' changes sign */
    double worst = 0;
#pragma omp simd reduction(max : worst)
    for (size_t k = 0; k < count; k++) {
        double slope;
        const double psi = gz_psi(d[k], s, &slope);
        const double step = (d[k] - c * psi - (w[k] - log_f0[k])) / (1 - c * slope), size = fabs(step);
        d[k] -= step < -longest ? -longest : step > longest ? longest : step;
        worst = size > worst ? size : worst;
    }
    return worst > ENOUGH;
}

void gz_invert_potentials(size_t count, const double *w, const double *log_f0, double c, double s,
                          double *d) {
    for (int i = 0; i < 60; i++)
        if (!improve(count, w, log_f0, c, s, d)) return;
}
