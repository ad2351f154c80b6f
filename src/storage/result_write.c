/* Result write: hyperslabs of one state. HDF5 keeps chunks in memory until their dataset is closed: only then it is known
 * whether they could be written. */
#include "result_write.h"

#include <string.h>

enum { MAX_RANK = 4 + 4 * GZ_MAX_DIM, ALL_COMPONENTS = -1, NO_SPACE = -1 };

/* Set the length of a dataset's time axis. */
static herr_t set_count(hid_t file, const char *name, size_t count) {
    hsize_t size[MAX_RANK] = {0};
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    herr_t done = H5Sget_simple_extent_dims(space, size, NULL) < 0 ? -1 : 0;
    size[0] = count;
    done |= H5Dset_extent(set, size);
    H5Sclose(space);
    return done | H5Dclose(set);
}

/* Write this rank's part of a dataset, `size` entries from `start` on along each axis. Along the first x axis
 * this is the rank's slab, whatever start and size say; x_axis counts without the species of a mixture. The first rank
 * writes a dataset without x axes. */
static herr_t write_part(const gz_result_target *to, hid_t set, int x_axis, hsize_t *start, hsize_t *size,
                         hid_t type, const void *data) {
    const gz_phase_grid *grid = to->grid;
    const hid_t space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_ndims(space);
    const bool has_space = x_axis != NO_SPACE && grid->space_dim > 0;
    if (has_space) {
        start[x_axis + grid->mixture] = grid->first_cell / gz_phase_grid_plane(grid);
        size[x_axis + grid->mixture] = gz_phase_grid_planes(grid);
    }
    const hid_t memory = rank > 0 ? H5Screate_simple(rank, size, NULL) : H5I_INVALID_HID;
    herr_t done = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL);
    if (has_space || gz_ranks_own(grid->ranks) == 0)
        done |= H5Dwrite(set, type, memory, space, H5P_DEFAULT, data);
    H5Sclose(memory);
    H5Sclose(space);
    return done;
}

/* Write a state's values into a dataset, whose time axis is long enough: all components, or a single one. */
static herr_t write_slice(const gz_result_target *to, const char *name, int x_axis, int component, hid_t type,
                          const void *data) {
    hsize_t start[MAX_RANK] = {to->index}, size[MAX_RANK] = {0};
    const hid_t set = H5Dopen2(to->file, name, H5P_DEFAULT), space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_dims(space, size, NULL);
    size[0] = 1;
    if (component != ALL_COMPONENTS && rank > 0) {
        start[rank - 1] = (hsize_t)component;
        size[rank - 1] = 1;
    }
    herr_t done = write_part(to, set, x_axis, start, size, type, data);
    H5Sclose(space);
    done |= H5Dclose(set);
    return rank < 0 ? -1 : done;
}

static herr_t write_last(const gz_result_target *to, const gz_state *state) {
    hsize_t start[MAX_RANK] = {0}, size[MAX_RANK] = {0};
    const hid_t set = H5Dopen2(to->file, "f_last", H5P_DEFAULT), space = H5Dget_space(set);
    const hid_t time = H5Aopen(set, "time", H5P_DEFAULT), step = H5Aopen(set, "step", H5P_DEFAULT);
    herr_t done = H5Sget_simple_extent_dims(space, size, NULL) < 0 ? -1 : 0;
    done |= write_part(to, set, 0, start, size, H5T_NATIVE_DOUBLE, state->f);
    done |= H5Awrite(time, H5T_NATIVE_DOUBLE, &state->time);
    done |= H5Awrite(step, H5T_NATIVE_LONG, &state->step);
    H5Aclose(step);
    H5Aclose(time);
    H5Sclose(space);
    return done | H5Dclose(set);
}

herr_t gz_result_set_counts(hid_t file, gz_result_content content, size_t count) {
    herr_t done = set_count(file, "time", count);
    for (size_t i = 0; gz_result_layout_name(content, i); i++)
        done |= set_count(file, gz_result_layout_name(content, i), count);
    return done;
}

static herr_t write_collision(const gz_result_target *to, const gz_collision_fields *fields) {
    const hid_t number = H5T_NATIVE_DOUBLE;
    herr_t done = write_slice(to, "action_density", 1, ALL_COMPONENTS, number, fields->action_density);
    done |= write_slice(to, "divergence", 1, ALL_COMPONENTS, number, fields->divergence);
    done |= write_slice(to, "potential", 1, ALL_COMPONENTS, number, fields->potential);
    done |= write_slice(to, "mobility", 1, ALL_COMPONENTS, number, fields->mobility);
    done |= write_slice(to, "theta", 2, ALL_COMPONENTS, number, fields->theta);
    done |= write_slice(to, "sawtooth", 2, ALL_COMPONENTS, number, fields->sawtooth);
    if (!fields->pairs) return done;
    done |= write_slice(to, "U", 1, ALL_COMPONENTS, number, fields->rate.U);
    return done | write_slice(to, "V", 2, ALL_COMPONENTS, number, fields->rate.V);
}

/* The own cells of E, which has no axis of species, go through `packed`, [x axis][own x cell]. */
static herr_t write_field(const gz_result_target *to, const double *field, double *packed) {
    const gz_phase_grid *grid = to->grid;
    const size_t cells = grid->one->cell_count;
    const int x_axis = (grid->space_dim > 1 ? 2 : 1) - grid->mixture;
    for (int a = 0; a < grid->space_dim; a++)
        memcpy(packed + (size_t)a * cells, field + (size_t)a * grid->all_cells + grid->first_cell,
               cells * sizeof *packed);
    return write_slice(to, "field", x_axis, ALL_COMPONENTS, H5T_NATIVE_DOUBLE, packed);
}

herr_t gz_result_write_state(const gz_result_target *to, gz_result_content content,
                             const gz_result_values *values, const gz_state *state) {
    const size_t cells = to->grid->cell_count;
    const hid_t number = H5T_NATIVE_DOUBLE;
    herr_t done = gz_result_set_counts(to->file, content, to->index + 1);
    done |= write_slice(to, "time", NO_SPACE, ALL_COMPONENTS, number, &state->time);
    done |= write_slice(to, "step", NO_SPACE, ALL_COMPONENTS, H5T_NATIVE_LONG, &state->step);
    done |= write_slice(to, "density", 1, ALL_COMPONENTS, number, values->density);
    done |= write_slice(to, "temperature", 1, ALL_COMPONENTS, number, values->temperature);
    for (int a = 0; a < to->grid->velocity_dim; a++)
        done |= write_slice(to, "velocity", 1, a, number, values->velocity + (size_t)a * cells);
    if (values->field) done |= write_field(to, values->field, values->packed);
    if (values->collision) done |= write_collision(to, values->collision);
    return done | (content.density ? write_slice(to, "f", 1, ALL_COMPONENTS, number, state->f)
                                   : write_last(to, state));
}
