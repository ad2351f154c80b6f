/* Lattice sums by Ewald's method. With E_p(x) = int_1^inf t^-p exp(-x t) dt and a harmonic Y of degree l
 * (0 or 4),
 *
 *   Gamma(s/2) pi^(-s/2) sum' Y(j) |j|^-s = sum' Y(j) [E_(1-s/2)(pi |j|^2) + E_(1-(d+2l-s)/2)(pi |j|^2)]
 *                                           - [2/s + 2/(d-s) for l = 0].
 */
#include "lattice_sum.h"

#include <math.h>

enum { REACH = 3 }; /* |j_i| <= REACH; the terms beyond are of the size exp(-16 pi) = 1e-22 */

static const double PI = 3.14159265358979323846;

/* E_p(x) by its continued fraction and Lentz's method; x >= pi here. */
static double exponential_integral(double p, double x) {
    double b = x + p, c = 1e300, d = 1 / b, product = d;
    for (int i = 1; i < 200; i++) {
        const double a = -i * (p - 1 + i);
        b += 2;
        d = 1 / (a * d + b);
        c = b + a / c;
        product *= c * d;
        if (fabs(c * d - 1) < 1e-16) break;
    }
    return product * exp(-x);
}

/* 1/Gamma, which is zero at the poles of Gamma. */
static double reciprocal_gamma(double x) {
    return x <= 0 && x == floor(x) ? 0 : 1 / tgamma(x);
}

static double lattice_sum(int d, double s, int degree) {
    double sum = 0;
    for (int i = -REACH; i <= REACH; i++)
        for (int j = -REACH; j <= REACH; j++)
            for (int k = d == 3 ? -REACH : 0; k <= (d == 3 ? REACH : 0); k++) {
                const double x = i * i, y = j * j, z = k * k, square = x + y + z;
                if (square == 0) continue;
                const double Y = degree == 0 ? 1 : x * x + y * y + z * z - 3. / (d + 2) * square * square;
                sum += Y * (exponential_integral(1 - s / 2, PI * square) +
                            exponential_integral(1 - (d + 2 * degree - s) / 2, PI * square));
            }
    /* 1/Gamma(s/2) = (s/2)/Gamma(1 + s/2) cancels the pole at s = 0 */
    const double poles = degree == 0 ? 1 + s / (d - s) : 0;
    return pow(PI, s / 2) * reciprocal_gamma(1 + s / 2) * (s / 2 * sum - poles);
}

double gz_lattice_zeta(int d, double s) {
    return lattice_sum(d, s, 0);
}

double gz_lattice_harmonic(int d, double s) {
    return lattice_sum(d, s, 4);
}
