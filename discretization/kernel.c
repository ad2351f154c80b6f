/* Kernels: values and limits of a(z) and kappa(x). See kernel.h. */
#include "kernel.h"

#include <math.h>

/* A table is constant beyond its end, which only 0 can mean. */
static gz_status check_table(gz_context *context, const char *what, const gz_radial_table *table,
                             double distance) {
    if (!table) return gz_fail(context, GZ_ERROR_DECK, "the %s table is missing", what);
    const double end = gz_radial_table_end(table);
    if (end < distance && gz_radial_table_value(table, end) > 0)
        return gz_fail(
            context, GZ_ERROR_DECK,
            "the %s table ends at r = %g with a value above 0, but the grid has distances up to %g; "
            "extend the table",
            what, end, distance);
    return GZ_OK;
}

/* Length of the longest difference of two positions, or of two velocities. */
static double longest(int dim, const double *extent) {
    double sum = 0;
    for (int a = 0; a < dim; a++) sum += extent[a] * extent[a];
    return sqrt(sum);
}

gz_status gz_interaction_check(gz_context *context, const gz_phase_grid *grid, const gz_interaction *k) {
    const double width = 2 * grid->half_width, widths[GZ_MAX_DIM] = {width, width, width};
    if (!(k->strength > 0) || !isfinite(k->strength))
        return gz_fail(context, GZ_ERROR_DECK, "kernel strength is %g; it must be positive", k->strength);
    switch (k->shape) {
    case GZ_INTERACTION_POWER:
        if (k->gamma >= -3 && k->gamma <= 1) return GZ_OK;
        return gz_fail(context, GZ_ERROR_DECK, "kernel gamma is %g; a power kernel allows -3 <= gamma <= 1",
                       k->gamma);
    case GZ_INTERACTION_BOUNDED:
        if (k->gamma <= 3 && isfinite(k->gamma)) return GZ_OK;
        return gz_fail(context, GZ_ERROR_DECK, "kernel gamma is %g; a bounded kernel allows gamma <= 3",
                       k->gamma);
    case GZ_INTERACTION_TABLE:
        return check_table(context, "kernel", k->table, longest(grid->velocity_dim, widths));
    case GZ_INTERACTION_FUNCTION:
        if (!k->function) return gz_fail(context, GZ_ERROR_DECK, "the kernel function is missing");
        for (double r = 0.01 * grid->spacing; r < 2 * longest(grid->velocity_dim, widths); r *= 1.1)
            if (!(k->function(r, k->data) >= 0) || !isfinite(k->function(r, k->data)))
                return gz_fail(context, GZ_ERROR_DECK,
                               "the kernel function is %g at |z| = %g; it must be zero or positive",
                               k->function(r, k->data), r);
        return GZ_OK;
    }
    return gz_fail(context, GZ_ERROR_DECK, "unknown kernel shape %d", (int)k->shape);
}

gz_status gz_kappa_check(gz_context *context, const gz_phase_grid *grid, const gz_kappa *k) {
    if (k->shape == GZ_KAPPA_EXPONENTIAL && !(k->k2 >= 0 && isfinite(k->k2)))
        return gz_fail(context, GZ_ERROR_DECK, "kappa k2 is %g; it must be zero or positive", k->k2);
    if (k->shape == GZ_KAPPA_SIGMA && !(k->sigma > 0 && isfinite(k->sigma)))
        return gz_fail(context, GZ_ERROR_DECK, "kappa sigma is %g; it must be positive", k->sigma);
    if (k->shape != GZ_KAPPA_TABLE) return GZ_OK;
    const double distance = longest(grid->space_dim, grid->length) / (grid->boundary == GZ_TORUS ? 2 : 1);
    GZ_TRY(check_table(context, "kappa", k->table, distance));
    if (gz_radial_table_value(k->table, 0) > 0) return GZ_OK;
    return gz_fail(context, GZ_ERROR_DECK, "the kappa table is zero at r = 0; it must be positive there");
}

double gz_interaction_value(const gz_interaction *k, double z2) {
    switch (k->shape) {
    case GZ_INTERACTION_POWER:
        return k->strength * pow(z2, 1 + k->gamma / 2);
    case GZ_INTERACTION_BOUNDED:
        return k->strength * pow(1 + z2, k->gamma / 2);
    case GZ_INTERACTION_TABLE:
        return k->strength * gz_radial_table_value(k->table, sqrt(z2));
    case GZ_INTERACTION_FUNCTION:
        return k->strength * k->function(sqrt(z2), k->data);
    }
    return NAN;
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
    case GZ_KAPPA_TABLE:
        return gz_radial_table_value(k->table, sqrt(r2));
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
