/* Phase grid: checks of the settings, coordinates, weights and index sets. */
#include "phase_grid.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

gz_phase_grid_settings gz_phase_grid_resolved(const gz_phase_grid_settings *settings) {
    gz_phase_grid_settings resolved = *settings;
    if (resolved.velocity_dim == 0) resolved.velocity_dim = 2;
    if (resolved.inflow == 0) resolved.inflow = 1e-30;
    for (int a = 0; a < GZ_MAX_DIM; a++)
        if (resolved.length[a] == 0) resolved.length[a] = 1;
    return resolved;
}

static gz_status check_species(gz_context *context, const gz_phase_grid_settings *s) {
    if (s->species_count > GZ_MAX_SPECIES)
        return gz_fail(context, GZ_ERROR_SETTINGS, "there are %zu species; at most %d are allowed",
                       s->species_count, GZ_MAX_SPECIES);
    for (size_t k = 0; k < s->species_count; k++) {
        const gz_species *of = &s->species[k];
        if (!memchr(of->name, 0, sizeof of->name))
            return gz_fail(context, GZ_ERROR_SETTINGS, "the name of species %zu has no end", k);
        if (!(of->mass > 0) || !isfinite(of->mass))
            return gz_fail(context, GZ_ERROR_SETTINGS, "the mass of species %zu is %g; it must be positive",
                           k, of->mass);
        if (!isfinite(of->charge))
            return gz_fail(context, GZ_ERROR_SETTINGS, "the charge of species %zu is %g; it must be a number",
                           k, of->charge);
    }
    return GZ_OK;
}

static gz_status check(gz_context *context, const gz_phase_grid_settings *s) {
    if (s->velocity_dim < 1 || s->velocity_dim > 3)
        return gz_fail(context, GZ_ERROR_SETTINGS, "velocity_dim is %d; it must be 1, 2 or 3",
                       s->velocity_dim);
    if (s->space_dim < 0 || s->space_dim > s->velocity_dim)
        return gz_fail(context, GZ_ERROR_SETTINGS, "space_dim is %d; it must lie in 0..velocity_dim = %d",
                       s->space_dim, s->velocity_dim);
    if (s->boundary != GZ_TORUS && s->boundary != GZ_BOX)
        return gz_fail(context, GZ_ERROR_SETTINGS, "boundary is %d; it must be torus or box",
                       (int)s->boundary);
    for (int a = 0; a < s->space_dim; a++) {
        if (s->cells[a] < 1)
            return gz_fail(context, GZ_ERROR_SETTINGS, "cells of x axis %d must be at least 1", a + 1);
        if (!(s->length[a] > 0) || !isfinite(s->length[a]))
            return gz_fail(context, GZ_ERROR_SETTINGS, "length of x axis %d is %g; it must be positive",
                           a + 1, s->length[a]);
    }
    if (!(s->inflow > 0) || !isfinite(s->inflow))
        return gz_fail(context, GZ_ERROR_SETTINGS, "inflow is %g; it must be positive", s->inflow);
    if (s->nodes < 5)
        return gz_fail(context, GZ_ERROR_SETTINGS, "nodes is %zu; it must be at least 5", s->nodes);
    if (!(s->half_width > 0) || !isfinite(s->half_width))
        return gz_fail(context, GZ_ERROR_SETTINGS, "half_width is %g; it must be positive", s->half_width);
    GZ_TRY(check_species(context, s));
    double size = s->species_count > 1 ? (double)s->species_count : 1;
    for (int a = 0; a < s->space_dim; a++) size *= (double)s->cells[a];
    size *= pow((double)s->nodes, s->velocity_dim);
    const int ranks = gz_ranks_count(gz_context_ranks(context));
    if (size > 1e12 * ranks)
        return gz_fail(context, GZ_ERROR_SETTINGS, "the grid would have %.2g nodes; use a smaller one", size);
    const size_t planes = s->space_dim > 0 ? s->cells[0] : 1;
    if (planes < (size_t)ranks)
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "%d ranks share the cells along the first x axis, which has %zu; use %zu rank%s at most or "
            "more cells",
            ranks, planes, planes, planes == 1 ? "" : "s");
    return GZ_OK;
}

static gz_status fill(gz_context *context, gz_phase_grid *grid) {
    const int d = grid->velocity_dim;
    const size_t n = grid->nodes;
    GZ_TRY(gz_allocate(context, n, sizeof(double), &grid->axis_velocity));
    GZ_TRY(gz_allocate(context, grid->node_count, sizeof(double), &grid->node_volume));
    GZ_TRY(gz_allocate(context, grid->node_count, sizeof(double), &grid->node_energy));
    for (int a = 0; a < d; a++)
        GZ_TRY(gz_allocate(context, grid->node_count, sizeof(double), &grid->node_velocity[a]));
    /* The velocities are symmetric to the last bit, so that odd moments of even densities vanish. */
    for (size_t i = 0; i < n; i++) {
        const double k = (double)i - (double)(n - 1) / 2;
        grid->axis_velocity[i] = k * grid->spacing;
    }
    for (size_t p = 0; p < grid->node_count; p++) {
        double volume = 1, energy = 0;
        for (int a = 0; a < d; a++) {
            const size_t i = gz_phase_grid_node_index(grid, p, a);
            const double v = grid->axis_velocity[i];
            grid->node_velocity[a][p] = v;
            energy += v * v;
            volume *= i == 0 || i == n - 1 ? grid->spacing / 2 : grid->spacing;
        }
        grid->node_volume[p] = volume;
        grid->node_energy[p] = energy;
    }
    return GZ_OK;
}

/* The species, and the grid of one of them, which borrows the arrays. */
static gz_status add_species(gz_context *context, gz_phase_grid *grid, const gz_phase_grid_settings *s) {
    grid->mixture = s->species_count > 0;
    grid->species_count = grid->mixture ? s->species_count : 1;
    grid->species[0] = (gz_species){"", 1, 1};
    grid->one = grid;
    if (!grid->mixture) return GZ_OK;
    gz_phase_grid *one = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *one, &one));
    *one = *grid;
    one->one = one;
    one->mixture = false;
    one->species_count = 1;
    grid->one = one;
    memcpy(grid->species, s->species, s->species_count * sizeof *s->species);
    grid->cell_count *= s->species_count;
    grid->size *= s->species_count;
    GZ_TRY(gz_allocate(context, grid->cell_count, sizeof(double), &grid->cell_mass));
    GZ_TRY(gz_allocate(context, grid->cell_count, sizeof(size_t), &grid->cell_place));
    for (size_t c = 0; c < grid->cell_count; c++) {
        grid->cell_mass[c] = grid->species[c / one->cell_count].mass;
        grid->cell_place[c] = c % one->cell_count;
    }
    return GZ_OK;
}

gz_status gz_phase_grid_create(gz_context *context, const gz_phase_grid_settings *given,
                               gz_phase_grid **grid) {
    *grid = NULL;
    const gz_phase_grid_settings settings = gz_phase_grid_resolved(given);
    GZ_TRY(check(context, &settings));
    gz_phase_grid *made = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *made, &made));
    made->space_dim = settings.space_dim;
    made->velocity_dim = settings.velocity_dim;
    made->boundary = settings.boundary;
    made->inflow = settings.inflow;
    made->threads = gz_context_threads(context);
    made->nodes = settings.nodes;
    made->half_width = settings.half_width;
    made->spacing = 2 * settings.half_width / (double)(settings.nodes - 1);
    made->ranks = gz_context_ranks(context);
    made->all_cells = 1;
    made->cell_volume = 1;
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        const bool used = a < settings.space_dim;
        made->cells[a] = used ? settings.cells[a] : 1;
        made->length[a] = used ? settings.length[a] : 1;
        made->all_cells *= made->cells[a];
        made->cell_volume *= made->length[a] / (double)made->cells[a];
    }
    const int own = gz_ranks_own(made->ranks);
    made->first_cell = gz_phase_grid_first_cell(made, own);
    made->cell_count = gz_phase_grid_first_cell(made, own + 1) - made->first_cell;
    made->node_count = 1;
    for (int a = made->velocity_dim - 1; a >= 0; a--) {
        made->stride[a] = made->node_count;
        made->node_count *= made->nodes;
    }
    made->size = made->cell_count * made->node_count;
    gz_status status = fill(context, made);
    if (status == GZ_OK) status = add_species(context, made, &settings);
    if (status != GZ_OK) {
        gz_phase_grid_destroy(made);
        return status;
    }
    *grid = made;
    return GZ_OK;
}

void gz_phase_grid_destroy(gz_phase_grid *grid) {
    if (!grid) return;
    gz_release(grid->axis_velocity);
    gz_release(grid->node_volume);
    gz_release(grid->node_energy);
    for (int a = 0; a < GZ_MAX_DIM; a++) gz_release(grid->node_velocity[a]);
    gz_release(grid->cell_mass);
    gz_release(grid->cell_place);
    if (grid->one != grid) gz_release(grid->one);
    gz_release(grid);
}

size_t gz_phase_grid_species(const gz_phase_grid *grid, size_t cell) {
    return cell / grid->one->cell_count;
}

double gz_phase_grid_mass(const gz_phase_grid *grid, size_t cell) {
    return grid->cell_mass ? grid->cell_mass[cell] : 1;
}

size_t gz_phase_grid_x_cell(const gz_phase_grid *grid, size_t cell) {
    return grid->first_cell + cell % grid->one->cell_count;
}

size_t gz_phase_grid_cell_index(const gz_phase_grid *grid, size_t cell, int axis) {
    for (int a = GZ_MAX_DIM - 1; a > axis; a--) cell /= grid->cells[a];
    return cell % grid->cells[axis];
}

size_t gz_phase_grid_whole_size(const gz_phase_grid *grid) {
    return grid->species_count * grid->all_cells * grid->node_count;
}

size_t gz_phase_grid_whole(const gz_phase_grid *grid, size_t i) {
    const size_t cell = i / grid->node_count;
    return (gz_phase_grid_species(grid, cell) * grid->all_cells + gz_phase_grid_x_cell(grid, cell)) *
               grid->node_count +
           i % grid->node_count;
}

void gz_phase_grid_name_cell(const gz_phase_grid *grid, size_t cell, char name[GZ_CELL_NAME]) {
    const size_t species = gz_phase_grid_species(grid, cell), x_cell = gz_phase_grid_x_cell(grid, cell);
    if (grid->mixture)
        snprintf(name, GZ_CELL_NAME, "cell %zu of %s", x_cell, grid->species[species].name);
    else
        snprintf(name, GZ_CELL_NAME, "cell %zu", x_cell);
}

double gz_phase_grid_position(const gz_phase_grid *grid, size_t cell, int axis) {
    return gz_phase_grid_axis_position(
        grid, axis, gz_phase_grid_cell_index(grid, gz_phase_grid_x_cell(grid, cell), axis));
}

double gz_phase_grid_axis_position(const gz_phase_grid *grid, int axis, size_t index) {
    return ((double)index + 0.5) * grid->length[axis] / (double)grid->cells[axis];
}

size_t gz_phase_grid_plane(const gz_phase_grid *grid) {
    return grid->all_cells / grid->cells[0];
}

size_t gz_phase_grid_planes(const gz_phase_grid *grid) {
    return grid->one->cell_count / gz_phase_grid_plane(grid);
}

size_t gz_phase_grid_first_cell(const gz_phase_grid *grid, int rank) {
    return gz_ranks_first(grid->cells[0], gz_ranks_count(grid->ranks), rank) * gz_phase_grid_plane(grid);
}

size_t gz_phase_grid_node_index(const gz_phase_grid *grid, size_t node, int axis) {
    return node / grid->stride[axis] % grid->nodes;
}

int gz_pair_count(int velocity_dim) {
    return velocity_dim * (velocity_dim + 1) / 2;
}

int gz_pair_index(int velocity_dim, int a, int b) {
    const int low = a < b ? a : b, high = a < b ? b : a;
    return low * velocity_dim - low * (low - 1) / 2 + (high - low);
}
