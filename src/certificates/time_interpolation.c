/* Time interpolation: L_k and its derivative by the product rule; Gauss points as zeros of a Legendre
 * polynomial, by Newton's method.
 */
#include "time_interpolation.h"

#include <math.h>

void gz_lagrange(int count, const double *time, double t, double *value, double *slope) {
    for (int k = 0; k < count; k++) {
        value[k] = 1;
        slope[k] = 0;
        for (int j = 0; j < count; j++) {
            if (j == k) continue;
            const double factor = (t - time[j]) / (time[k] - time[j]);
            slope[k] = slope[k] * factor + value[k] / (time[k] - time[j]);
            value[k] *= factor;
        }
    }
}

/* The value at x of the Legendre polynomial of degree n, and its derivative there; |x| < 1. */
static double legendre(int n, double x, double *slope) {
    double before = 1, now = x;
    for (int k = 2; k <= n; k++) {
        const double next = ((2 * k - 1) * x * now - (k - 1) * before) / k;
        before = now;
        now = next;
    }
    *slope = n * (x * now - before) / (x * x - 1);
    return now;
}

void gz_gauss(int count, double *point, double *weight) {
    for (int j = 0; j < count; j++) {
        double x = -cos(4 * atan(1) * (j + 0.75) / (count + 0.5)), slope = 1;
        for (int i = 0; i < 8; i++) { /* Newton's method from Tricomi's guess; four steps suffice */
            const double value = legendre(count, x, &slope);
            x -= value / slope;
        }
        point[j] = (1 + x) / 2;
        weight[j] = 1 / ((1 - x * x) * slope * slope);
    }
}
