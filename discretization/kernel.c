/* Kernels: values and limits of a(z) and kappa(x). See kernel.h. */
#include "kernel.h"

#include <math.h>

gz_status gz_interaction_check(gz_context *context, const gz_interaction *k) {
    if (!(k->strength > 0) || !isfinite(k->strength))
        return gz_fail(context, GZ_ERROR_DECK, "kernel strength is %g; it must be positive", k->strength);
    if (k->shape == GZ_INTERACTION_POWER && !(k->gamma >= -3 && k->gamma <= 1))
        return gz_fail(context, GZ_ERROR_DECK, "kernel gamma is %g; a power kernel allows -3 <= gamma <= 1",
                       k->gamma);
    if (k->shape == GZ_INTERACTION_BOUNDED && !(k->gamma <= 3 && isfinite(k->gamma)))
        return gz_fail(context, GZ_ERROR_DECK, "kernel gamma is %g; a bounded kernel allows gamma <= 3",
                       k->gamma);
    return GZ_OK;
}

gz_status gz_kappa_check(gz_context *context, const gz_kappa *k) {
    if (k->shape == GZ_KAPPA_EXPONENTIAL && !(k->k2 >= 0 && isfinite(k->k2)))
        return gz_fail(context, GZ_ERROR_DECK, "kappa k2 is %g; it must be zero or positive", k->k2);
    if (k->shape == GZ_KAPPA_SIGMA && !(k->sigma > 0 && isfinite(k->sigma)))
        return gz_fail(context, GZ_ERROR_DECK, "kappa sigma is %g; it must be positive", k->sigma);
    return GZ_OK;
}

double gz_interaction_value(const gz_interaction *k, double z2) {
    switch (k->shape) {
    case GZ_INTERACTION_POWER:
        return k->strength * pow(z2, 1 + k->gamma / 2);
    case GZ_INTERACTION_BOUNDED:
        return k->strength * pow(1 + z2, k->gamma / 2);
    }
    return NAN;
}

/* Mean of A over a cube of side h around 0. The cube is 2d equal pyramids z = r (1, y), 0 < r < h/2, |y_i| <
 * 1, with volume element r^(d-1) dr dy; r = (h/2) t^4 tames r^(d-1) A ~ r^(d+1+gamma). Gauss-Legendre on 12
 * points an axis. */
static double mean_over_cell(const gz_interaction *k, int d, double h) {
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
                sum += 4 * wr * 2 * W[j] * gz_interaction_value(k, r * r * (1 + X[j] * X[j]));
                continue;
            }
            for (int m = 0; m < 6; m++)
                sum += 6 * wr * 4 * W[j] * W[m] *
                       gz_interaction_value(k, r * r * (1 + X[j] * X[j] + X[m] * X[m]));
        }
    }
    return sum / pow(h, d);
}

void gz_interaction_tensor(const gz_interaction *k, const gz_phase_grid *grid, const double *z, double *a) {
    const int d = grid->velocity_dim;
    double z2 = 0;
    for (int i = 0; i < d; i++) z2 += z[i] * z[i];
    const bool origin = z2 <= 1e-20 * grid->spacing * grid->spacing;
    const double A =
        origin ? (1 - 1. / d) * mean_over_cell(k, d, grid->spacing) : gz_interaction_value(k, z2);
    for (int i = 0; i < d; i++)
        for (int j = i; j < d; j++)
            a[gz_pair_index(d, i, j)] = A * ((i == j ? 1 : 0) - (origin ? 0 : z[i] * z[j] / z2));
}

bool gz_kappa_is_local(const gz_kappa *kappa, const gz_phase_grid *grid) {
    return grid->cell_count == 1 || kappa->shape == GZ_KAPPA_DIRAC;
}

size_t gz_kappa_extent(const gz_phase_grid *grid, size_t extent[GZ_MAX_DIM]) {
    size_t total = 1;
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        extent[a] = grid->boundary == GZ_BOX && grid->cells[a] > 1 ? 2 * grid->cells[a] : grid->cells[a];
        total *= extent[a];
    }
    return total;
}

/* 1 - <r>, which is 0 at r = 0. */
static double minus_excess(double r2) {
    return -r2 / (1 + sqrt(1 + r2));
}

/* kappa relative to its value at equal x, so that a sharp kernel does not underflow before it is normalised.
 */
static double profile(const gz_kappa *k, double r2) {
    switch (k->shape) {
    case GZ_KAPPA_UNIFORM:
        return 1;
    case GZ_KAPPA_EXPONENTIAL:
        return exp(k->k2 * minus_excess(r2));
    case GZ_KAPPA_SIGMA:
        return exp(minus_excess(r2 / k->sigma));
    case GZ_KAPPA_DIRAC:
        return r2 > 0 ? 0 : 1;
    }
    return NAN;
}

void gz_kappa_values(const gz_kappa *kappa, const gz_phase_grid *grid, double *values) {
    size_t extent[GZ_MAX_DIM];
    const size_t total = gz_kappa_extent(grid, extent);
    double sum = 0, volume = 1;
    for (int a = 0; a < grid->space_dim; a++) volume *= grid->length[a];
    for (size_t i = 0; i < total; i++) {
        double r2 = 0;
        bool unused = false;
        size_t rest = i;
        for (int a = GZ_MAX_DIM - 1; a >= 0; a--) {
            const size_t j = rest % extent[a], image = j < extent[a] - j ? j : extent[a] - j;
            rest /= extent[a];
            if (extent[a] > grid->cells[a] && j == grid->cells[a]) unused = true;
            const double r = (double)image * grid->length[a] / (double)grid->cells[a];
            r2 += r * r;
        }
        values[i] = unused ? 0 : profile(kappa, r2);
        sum += values[i];
    }
    const bool normalise = grid->boundary == GZ_TORUS || grid->space_dim == 0;
    double scale = 1;
    if (normalise)
        scale = 1 / (sum * grid->cell_volume);
    else if (kappa->shape == GZ_KAPPA_EXPONENTIAL)
        scale = exp(-kappa->k2);
    else if (kappa->shape == GZ_KAPPA_DIRAC)
        scale = 1 / grid->cell_volume;
    else if (kappa->shape == GZ_KAPPA_UNIFORM)
        scale = 1 / volume;
    for (size_t i = 0; i < total; i++) values[i] *= scale;
}

double gz_kappa_between(const double *values, const gz_phase_grid *grid, size_t cell, size_t other) {
    size_t extent[GZ_MAX_DIM];
    gz_kappa_extent(grid, extent);
    size_t place = 0;
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        const size_t i = gz_phase_grid_cell_index(grid, cell, a),
                     j = gz_phase_grid_cell_index(grid, other, a);
        place = place * extent[a] + (i + extent[a] - j) % extent[a];
    }
    return values[place];
}
