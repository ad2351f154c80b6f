/* Damping: Newton's method for the node's equation, divided by hf + k so that no large k/hf overflows. */
#include "damping.h"

#include <math.h>

static const double LARGEST_FALL = 15, LARGEST_RISE = 30;

double gz_damped_change(double dl, double hf, double k) {
    if (gz_is_undamped(dl)) return dl;
    const double ratio = fmin(fmax(k, 0) / hf, 1e250);
    dl = fmin(dl, LARGEST_RISE);
    double x = dl > 0 ? fmin(dl, log1p((1 + ratio) * dl)) : dl;
    for (int i = 0; i < 30; i++) {
        const double e = exp(fmin(x, 300));
        const double move = ((e - 1 + ratio * x) / (1 + ratio) - dl) / ((e + ratio) / (1 + ratio));
        x = fmax(x - move, -LARGEST_FALL);
        if (fabs(move) < 1e-12 * fabs(x) || (x == -LARGEST_FALL && move > 0)) break;
    }
    return x;
}
