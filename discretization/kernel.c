/* Kernels: values of a(z) and kappa(x), and checks of their parameters and values. */
#include "kernel.h"

#include <math.h>

double gz_kernel_strength(const gz_kernel *k) {
    return k->strength != 0 ? k->strength : 1;
}

double gz_kernel_value(const gz_kernel *k, double z2) {
    const double B = gz_kernel_strength(k);
    switch (k->shape) {
    case GZ_KERNEL_POWER:
        return B * pow(z2, 1 + k->gamma / 2);
    case GZ_KERNEL_BOUNDED:
        return B * pow(1 + z2, k->gamma / 2);
    case GZ_KERNEL_TABLE:
        return B * gz_radial_table_value(k->table, sqrt(z2));
    case GZ_KERNEL_FUNCTION:
        return B * k->function(sqrt(z2), k->data);
    }
    return NAN;
}

bool gz_kappa_is_local(const gz_kappa *kappa, const gz_phase_grid *grid) {
    return grid->all_cells == 1 || kappa->shape == GZ_KAPPA_DIRAC;
}

size_t gz_kappa_extent(const gz_phase_grid *grid, size_t extent[GZ_MAX_DIM]) {
    size_t total = 1;
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        extent[a] = grid->cells[a] == 1 ? 1 : (grid->boundary == GZ_BOX ? 2 : 1) * grid->cells[a];
        total *= extent[a];
    }
    return total;
}

/* Squared distance of two cells with this difference; NAN for the unused entries that only pad. */
static double distance2(const gz_phase_grid *grid, const size_t extent[GZ_MAX_DIM], size_t difference) {
    double r2 = 0;
    for (int a = GZ_MAX_DIM - 1; a >= 0; a--) {
        const size_t j = difference % extent[a], image = j < extent[a] - j ? j : extent[a] - j;
        difference /= extent[a];
        if (extent[a] > grid->cells[a] && j == grid->cells[a]) return NAN;
        const double r = (double)image * grid->length[a] / (double)grid->cells[a];
        r2 += r * r;
    }
    return r2;
}

/* 1 - <r>, which is 0 at r = 0. */
static double minus_excess(double r2) {
    return -r2 / (1 + sqrt(1 + r2));
}

/* kappa up to a factor. The formulas are relative to the value at equal x, so that a sharp kernel does not
 * underflow before it is normalised. */
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
    case GZ_KAPPA_FUNCTION:
        return k->function(sqrt(r2), k->data);
    }
    return NAN;
}

static bool is_normalised(const gz_phase_grid *grid) {
    return grid->boundary == GZ_TORUS || grid->space_dim == 0;
}

/* The factor that turns a profile into the bare expression. */
static double bare_scale(const gz_kappa *k, const gz_phase_grid *grid) {
    double volume = 1;
    for (int a = 0; a < grid->space_dim; a++) volume *= grid->length[a];
    switch (k->shape) {
    case GZ_KAPPA_EXPONENTIAL:
        return exp(-k->k2);
    case GZ_KAPPA_DIRAC:
        return 1 / grid->cell_volume;
    case GZ_KAPPA_UNIFORM:
        return 1 / volume;
    default:
        return 1;
    }
}

void gz_kappa_values(const gz_kappa *kappa, const gz_phase_grid *grid, double *values) {
    size_t extent[GZ_MAX_DIM];
    const size_t total = gz_kappa_extent(grid, extent);
    double sum = 0;
    for (size_t i = 0; i < total; i++) {
        const double r2 = distance2(grid, extent, i);
        values[i] = isnan(r2) ? 0 : profile(kappa, r2);
        sum += values[i];
    }
    const double scale = is_normalised(grid) ? 1 / (sum * grid->cell_volume) : bare_scale(kappa, grid);
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

gz_status gz_rates_resolve(gz_context *context, const gz_phase_grid *grid, const gz_rates *rates,
                           gz_rates *resolved) {
    *resolved = *rates;
    resolved->given = true;
    for (size_t s = 0; s < grid->species_count; s++)
        for (size_t t = 0; t < grid->species_count; t++) {
            const double q = grid->species[s].charge * grid->species[t].charge, c = rates->value[s][t];
            if (!rates->given) {
                resolved->value[s][t] = q * q;
                continue;
            }
            if (!(c >= 0) || !isfinite(c))
                return gz_fail(context, GZ_ERROR_SETTINGS,
                               "the rate of species %zu with %zu is %g; it must be zero or positive", s, t,
                               c);
            if (c != rates->value[t][s])
                return gz_fail(
                    context, GZ_ERROR_SETTINGS,
                    "the rate of species %zu with %zu is %g, that of %zu with %zu is %g; they must be equal",
                    s, t, c, t, s, rates->value[t][s]);
        }
    return GZ_OK;
}

/* --- checks --------------------------------------------------------------------------------------------- */

/* A table is constant beyond its end. If the grid has longer distances, that constant must be 0. */
static gz_status check_table(gz_context *context, const char *what, const gz_radial_table *table,
                             double distance) {
    if (!table) return gz_fail(context, GZ_ERROR_SETTINGS, "the %s table is missing", what);
    const double end = gz_radial_table_end(table);
    if (end < distance && gz_radial_table_value(table, end) > 0)
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "the %s table ends at r = %g with a value above 0, but the grid has distances up to %g; "
            "extend the table",
            what, end, distance);
    return GZ_OK;
}

static gz_status check_value(gz_context *context, const char *what, double r, double value) {
    if (value >= 0 && isfinite(value)) return GZ_OK;
    return gz_fail(context, GZ_ERROR_SETTINGS, "the %s function is %g at r = %g; it must be zero or positive",
                   what, value, r);
}

/* The longest |v - v*| of two nodes. */
static double longest_difference(const gz_phase_grid *grid) {
    const double width = 2 * grid->half_width;
    return sqrt(grid->velocity_dim * width * width);
}

/* The longest |x - x*| of two positions. */
static double longest_distance(const gz_phase_grid *grid) {
    const double part = grid->boundary == GZ_TORUS ? 0.5 : 1;
    double sum = 0;
    for (int a = 0; a < grid->space_dim; a++) sum += grid->length[a] * grid->length[a];
    return part * sqrt(sum);
}

/* Check A at every |z| = sqrt(j) h up to the longest difference of velocities. */
static gz_status check_kernel_values(gz_context *context, const gz_phase_grid *grid, const gz_kernel *k) {
    const size_t steps = grid->nodes - 1, last = (size_t)grid->velocity_dim * steps * steps;
    bool positive = false;
    for (size_t j = 1; j <= last; j++) {
        const double z2 = (double)j * grid->spacing * grid->spacing, value = gz_kernel_value(k, z2);
        GZ_TRY(check_value(context, "kernel", sqrt(z2), value));
        positive = positive || value > 0;
    }
    if (positive) return GZ_OK;
    return gz_fail(
        context, GZ_ERROR_SETTINGS,
        "the kernel is zero at all distances of velocity nodes, %g to %g; without collisions there "
        "is nothing to solve",
        grid->spacing, sqrt((double)last) * grid->spacing);
}

gz_status gz_kernel_check(gz_context *context, const gz_phase_grid *grid, const gz_kernel *k) {
    if (!(k->strength >= 0) || !isfinite(k->strength))
        return gz_fail(context, GZ_ERROR_SETTINGS, "kernel strength is %g; it must be positive, or 0 for 1",
                       k->strength);
    switch (k->shape) {
    case GZ_KERNEL_POWER:
        if (k->gamma >= -3 && k->gamma <= 1) return GZ_OK;
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "kernel gamma is %g; a power kernel allows -3 <= gamma <= 1", k->gamma);
    case GZ_KERNEL_BOUNDED:
        if (k->gamma <= 3 && isfinite(k->gamma)) return GZ_OK;
        return gz_fail(context, GZ_ERROR_SETTINGS, "kernel gamma is %g; a bounded kernel allows gamma <= 3",
                       k->gamma);
    case GZ_KERNEL_TABLE:
        GZ_TRY(check_table(context, "kernel", k->table, longest_difference(grid)));
        return check_kernel_values(context, grid, k);
    case GZ_KERNEL_FUNCTION:
        if (!k->function) return gz_fail(context, GZ_ERROR_SETTINGS, "the kernel function is missing");
        return check_kernel_values(context, grid, k);
    }
    return gz_fail(context, GZ_ERROR_SETTINGS, "unknown kernel shape %d", (int)k->shape);
}

/* Check kappa at every distance of two cells. In a box a formula may underflow at long distances, but not at
 * equal x. */
static gz_status check_kappa_values(gz_context *context, const gz_phase_grid *grid, const gz_kappa *k) {
    const bool formula = k->shape != GZ_KAPPA_TABLE && k->shape != GZ_KAPPA_FUNCTION,
               bare = !is_normalised(grid);
    const double scale = bare ? bare_scale(k, grid) : 1;
    size_t extent[GZ_MAX_DIM];
    const size_t total = gz_kappa_extent(grid, extent);
    for (size_t i = 0; i < total; i++) {
        const double r2 = distance2(grid, extent, i);
        if (isnan(r2)) continue;
        const double value = scale * profile(k, r2);
        GZ_TRY(check_value(context, "kappa", sqrt(r2), value));
        if (value == 0 && r2 == 0)
            return gz_fail(context, GZ_ERROR_SETTINGS, "kappa is zero at x = x*; it must be positive there");
        if (value == 0 && bare && !formula)
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "kappa is zero at |x - x*| = %g; in a box it must be positive at every distance",
                           sqrt(r2));
    }
    return GZ_OK;
}

gz_status gz_kappa_check(gz_context *context, const gz_phase_grid *grid, const gz_kappa *k) {
    switch (k->shape) {
    case GZ_KAPPA_UNIFORM:
    case GZ_KAPPA_DIRAC:
        break;
    case GZ_KAPPA_EXPONENTIAL:
        if (k->k2 >= 0 && isfinite(k->k2)) break;
        return gz_fail(context, GZ_ERROR_SETTINGS, "kappa k2 is %g; it must be zero or positive", k->k2);
    case GZ_KAPPA_SIGMA:
        if (k->sigma > 0 && isfinite(k->sigma)) break;
        return gz_fail(context, GZ_ERROR_SETTINGS, "kappa sigma is %g; it must be positive", k->sigma);
    case GZ_KAPPA_TABLE:
        GZ_TRY(check_table(context, "kappa", k->table, longest_distance(grid)));
        break;
    case GZ_KAPPA_FUNCTION:
        if (k->function) break;
        return gz_fail(context, GZ_ERROR_SETTINGS, "the kappa function is missing");
    default:
        return gz_fail(context, GZ_ERROR_SETTINGS, "unknown kappa shape %d", (int)k->shape);
    }
    return check_kappa_values(context, grid, k);
}
