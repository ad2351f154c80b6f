/* Implicitness: psi, its inverse map, and the node entropy. See implicitness.h. */
#include "implicitness.h"

#include <math.h>

double gz_psi(double d, double s, double *slope) {
    const double r = d / s, q = 1 / (1 + r * r);
    *slope = (1 - r * r) * q * q;
    return d * q;
}

double gz_relative_entropy_node(double d, double expm1_d) {
    if (fabs(d) < 1e-2) return d * d / 2 * (1 + d / 3 * (1 + d / 4 * (1 + d / 5 * (1 + d / 6))));
    return expm1_d - d;
}

double gz_invert_potential(double target, double c, double s, double guess) {
    double d = guess;
    for (int i = 0; i < 60;
         i++) { /* Newton, clipped: the map is increasing but bends where psi' changes sign */
        double slope;
        const double psi = gz_psi(d, s, &slope);
        const double step = (d - c * psi - target) / (1 - c * slope);
        d -= fmax(-2, fmin(2, step));
        if (fabs(step) <= 1e-15 * fmax(1, fabs(d))) break;
    }
    return d;
}
