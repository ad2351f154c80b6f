/* Lattice kernel: the weights near z = 0.
 *
 * With S = sum' |j|^(alpha+2), d Q1 = sum' |j|^(alpha-2) sum_i j_i^4 and Q2 = sum' |j|^(alpha-2) j_1^2 j_2^2
 * the second moments sum' |j|^alpha P_ab j_c j_d are (d-1) Q2 for a = b = c = d, S/d - Q2 for
 * a = b, c = d != a, and -Q2 for {a, b} = {c, d}, a != b. Changes e1, e2 of A on the shells |j|^2 = 1, 2
 * cancel these moments if
 *
 *   4 (d-1)/2 e2 = -(d-1) Q2,     2 e1 + (2 + 4 (d-2)) e2 = -(S/d - Q2).
 */
#include "lattice_kernel.h"

#include "lattice_sum.h"

#include <math.h>

/* Mean of A over a cube of side h around 0. The cube consists of 2d equal pyramids z = r (1, y), 0 < r < h/2,
 * |y_i| < 1, with volume element r^(d-1) dr dy. The substitution r = (h/2) t^4 makes r^(d-1) A ~
 * r^(d+1+gamma) smooth. Gauss-Legendre quadrature with 12 points an axis. */
static double mean_over_cell(const gz_kernel *k, int d, double h) {
    static const double X[6] = {0.1252334085114689, 0.3678314989981802, 0.5873179542866174,
                                0.7699026741943047, 0.9041172563704749, 0.9815606342467193};
    static const double W[6] = {0.2491470458134028, 0.2334925365383548, 0.2031674267230659,
                                0.1600783285433462, 0.1069393259953184, 0.0471753363865118};
    double sum = 0;
    for (int i = 0; i < 12; i++) {
        const double t = 0.5 * (1 + (i < 6 ? X[i] : -X[i - 6])), r = h / 2 * pow(t, 4);
        const double wr = 0.5 * W[i % 6] * h / 2 * 4 * pow(t, 3) * pow(r, d - 1);
        for (int j = 0; j < 6; j++) {
            if (d == 2) {
                sum += 4 * wr * 2 * W[j] * gz_kernel_value(k, r * r * (1 + X[j] * X[j]));
                continue;
            }
            for (int m = 0; m < 6; m++)
                sum += 6 * wr * 4 * W[j] * W[m] * gz_kernel_value(k, r * r * (1 + X[j] * X[j] + X[m] * X[m]));
        }
    }
    return sum / pow(h, d);
}

/* Set the weights for A = strength |z|^alpha + smoother terms. */
static void correct(gz_lattice_kernel *s, double strength, double alpha) {
    const int d = s->velocity_dim;
    const double unit = strength * pow(s->spacing, alpha);
    const double S = gz_lattice_zeta(d, -alpha - 2);
    const double Q1 = (gz_lattice_harmonic(d, 2 - alpha) + 3. / (d + 2) * S) / d;
    const double Q2 = (S - d * Q1) / (d * (d - 1));
    const double e2 = -Q2 / 2, e1 = (-(S / d - Q2) - (4 * d - 6) * e2) / 2;
    const double shells = 2 * d * e1 + 2 * d * (d - 1) * e2; /* change of the sum of A on the shells */
    s->origin = fmax(unit * (1 - 1. / d) * (-gz_lattice_zeta(d, -alpha) - shells), 0);
    s->near[0] += unit * e1;
    s->near[1] += unit * e2;
}

gz_status gz_lattice_kernel_init(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                                 gz_lattice_kernel *lattice) {
    GZ_TRY(gz_kernel_check(context, grid, kernel));
    const double h = grid->spacing;
    *lattice =
        (gz_lattice_kernel){.kernel = *kernel,
                            .velocity_dim = grid->velocity_dim,
                            .spacing = h,
                            .near = {gz_kernel_value(kernel, h * h), gz_kernel_value(kernel, 2 * h * h)}};
    switch (kernel->shape) {
    case GZ_KERNEL_POWER:
        correct(lattice, gz_kernel_strength(kernel), 2 + kernel->gamma);
        break;
    case GZ_KERNEL_BOUNDED:
        correct(lattice, gz_kernel_strength(kernel), 0);
        break;
    case GZ_KERNEL_TABLE:
    case GZ_KERNEL_FUNCTION:
        lattice->origin = (1 - 1. / grid->velocity_dim) * mean_over_cell(kernel, grid->velocity_dim, h);
        break;
    }
    if (!(lattice->origin >= 0) || !isfinite(lattice->origin))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the mean of the kernel over |z| < %g is %g; it must be zero or positive, and finite",
                       h / 2, lattice->origin);
    return GZ_OK;
}

void gz_lattice_kernel_tensor(const gz_lattice_kernel *s, const double *z, double *a) {
    const int d = s->velocity_dim;
    double z2 = 0;
    for (int i = 0; i < d; i++) z2 += z[i] * z[i];
    const double shell = round(z2 / (s->spacing * s->spacing)); /* |j|^2 */
    const bool origin = shell == 0;
    const double A = origin       ? s->origin
                     : shell <= 2 ? s->near[(int)shell - 1]
                                  : gz_kernel_value(&s->kernel, z2);
    for (int i = 0; i < d; i++)
        for (int j = i; j < d; j++)
            a[gz_pair_index(d, i, j)] = A * ((i == j ? 1 : 0) - (origin ? 0 : z[i] * z[j] / z2));
}
