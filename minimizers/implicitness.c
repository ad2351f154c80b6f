/* Implicitness: the inverse maps by Newton's method, whose steps are clipped where psi bends. */
#include "implicitness.h"

#include <math.h>

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

double gz_invert_potential(double target, double c, double s, double guess) {
    double d = guess;
    for (int i = 0; i < 60; i++) { /* steps are clipped: the map bends where psi' changes sign */
        double slope;
        const double psi = gz_psi(d, s, &slope);
        const double step = (d - c * psi - target) / (1 - c * slope);
        d -= fmax(-2, fmin(2, step));
        if (fabs(step) <= 1e-15 * fmax(1, fabs(d))) break;
    }
    return d;
}
