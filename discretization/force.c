/* Force: one sum over the axes for each shape. */
#include "force.h"

#include <math.h>

static gz_status check_harmonic(gz_context *context, const gz_phase_grid *grid, const gz_force *force) {
    if (grid->boundary != GZ_BOX)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "a harmonic force on a torus has a kink at the seam; use a cosine, or a box");
    for (int a = 0; a < grid->space_dim; a++)
        if (!(force->strength[a] >= 0))
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "the strength of a harmonic force is %g along x axis %d; allowed: 0 or more",
                           force->strength[a], a + 1);
    return GZ_OK;
}

static gz_status check_table(gz_context *context, const gz_phase_grid *grid, const gz_force *force) {
    const double length = grid->length[0];
    if (!force->table)
        return gz_fail(context, GZ_ERROR_SETTINGS, "a force of shape table needs a table of x and V");
    if (gz_radial_table_end(force->table) < length * (1 - 1e-12))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the table of the potential ends at x = %g, before the length %g of the first x axis",
                       gz_radial_table_end(force->table), length);
    const double first = gz_radial_table_value(force->table, 0),
                 last = gz_radial_table_value(force->table, length);
    if (grid->boundary == GZ_TORUS && fabs(first - last) > 1e-9 * (fabs(first) + fabs(last)))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the table of the potential is %g at x = 0 and %g at x = %g, where a torus comes back "
                       "to 0; it must "
                       "be periodic",
                       first, last, length);
    return GZ_OK;
}

gz_status gz_force_check(gz_context *context, const gz_phase_grid *grid, const gz_force *force) {
    if (force->shape == GZ_FORCE_NONE) return GZ_OK;
    for (int a = 0; a < GZ_MAX_DIM; a++)
        if (!isfinite(force->strength[a]))
            return gz_fail(context, GZ_ERROR_SETTINGS, "the strength of the force is %g; it must be finite",
                           force->strength[a]);
    if (grid->space_dim == 0 && force->shape != GZ_FORCE_UNIFORM)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "a force that depends on x needs space_dim 1 or more; without x it is uniform");
    if (force->shape == GZ_FORCE_COSINE && !force->mode[0] && !force->mode[1] && !force->mode[2])
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the mode of a cosine force is zero; set the wave number of an x axis, such as 1");
    if (force->shape == GZ_FORCE_HARMONIC) return check_harmonic(context, grid, force);
    return force->shape == GZ_FORCE_TABLE ? check_table(context, grid, force) : GZ_OK;
}

/* 2 pi mode/length of an x axis. */
static double wave_number(const gz_force *force, const gz_phase_grid *grid, int axis) {
    return 8 * atan(1) * force->mode[axis] / grid->length[axis];
}

static double from_centre(const gz_phase_grid *grid, size_t cell, int axis) {
    return gz_phase_grid_position(grid, cell, axis) - grid->length[axis] / 2;
}

double gz_force_acceleration(const gz_force *force, const gz_phase_grid *grid, size_t cell, int axis) {
    const double strength = force->strength[axis];
    if (force->shape == GZ_FORCE_NONE) return 0;
    if (force->shape == GZ_FORCE_UNIFORM) return strength;
    if (axis >= grid->space_dim) return 0;
    const double x = gz_phase_grid_position(grid, cell, axis);
    if (force->shape == GZ_FORCE_HARMONIC) return -strength * from_centre(grid, cell, axis);
    if (force->shape == GZ_FORCE_TABLE) return axis == 0 ? -gz_radial_table_slope(force->table, x) : 0;
    const double k = wave_number(force, grid, axis);
    return strength * k * sin(k * x);
}

double gz_force_potential(const gz_force *force, const gz_phase_grid *grid, size_t cell) {
    double sum = 0;
    if (force->shape == GZ_FORCE_NONE || (force->shape == GZ_FORCE_UNIFORM && grid->boundary == GZ_TORUS))
        return 0;
    if (force->shape == GZ_FORCE_TABLE)
        return gz_radial_table_value(force->table, gz_phase_grid_position(grid, cell, 0));
    for (int a = 0; a < grid->space_dim; a++) {
        const double x = from_centre(grid, cell, a);
        if (force->shape == GZ_FORCE_UNIFORM) sum -= force->strength[a] * x;
        if (force->shape == GZ_FORCE_HARMONIC) sum += force->strength[a] * x * x / 2;
        if (force->shape == GZ_FORCE_COSINE)
            sum +=
                force->strength[a] * cos(wave_number(force, grid, a) * gz_phase_grid_position(grid, cell, a));
    }
    return sum;
}
