/* Result layout: see result_layout.h. */
#include "result_layout.h"
#include "files.h"
#include "hdf5_tools.h"
#include "version.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_RANK = 1 + 2 * GZ_MAX_DIM,
    MAX_CHUNK = 1 << 17,   /* doubles in a chunk of f */
    SCALE_CHUNK = 1 << 9,  /* entries in a chunk of time and step */
    INDEX_BYTES = 1 << 18, /* room for HDF5's own bookkeeping of one more state, generously */
};

/* Axes of a dataset, outermost first: letters t (time), x (all of them), v (all of them), c (component). */
typedef struct field {
    const char *name, *axes, *long_name;
    bool integer;
} field;

static const field fields[] = {
    {"step", "t", "number of the time step", true},
    {"density", "tx", "density, integral of f dv", false},
    {"velocity", "txc", "mean velocity", false},
    {"temperature", "tx", "temperature, 1/d of the variance of v", false},
    {"f", "txv", "phase-space density per dx dv", false}, /* the last: left out without density */
};
static const field last_state = {"f_last", "xv", "phase-space density per dx dv, last state written", false};

enum { FIELD_COUNT = sizeof fields / sizeof *fields };

const char *gz_result_layout_name(bool density, size_t index) {
    return index < FIELD_COUNT - (density ? 0 : 1) ? fields[index].name : NULL;
}

/* One axis of a dataset. */
typedef struct axis {
    char name[16];
    hsize_t count;
} axis;

static axis make_axis(const char *prefix, int number, size_t count) {
    axis made = {.count = count};
    if (number > 0)
        snprintf(made.name, sizeof made.name, "%s%d", prefix, number);
    else
        snprintf(made.name, sizeof made.name, "%s", prefix);
    return made;
}

/* Spell out a field's axes; returns the rank. */
static int list_axes(const gz_phase_grid *grid, const char *letters, axis *axes) {
    int rank = 0;
    for (; *letters; letters++) switch (*letters) {
        case 't':
            axes[rank++] = make_axis("time", 0, 0);
            break;
        case 'x':
            for (int a = 0; a < grid->space_dim; a++) axes[rank++] = make_axis("x", a + 1, grid->cells[a]);
            break;
        case 'v':
            for (int a = 0; a < grid->velocity_dim; a++) axes[rank++] = make_axis("v", a + 1, grid->nodes);
            break;
        default:
            axes[rank++] = make_axis("component", 0, (size_t)grid->velocity_dim);
        }
    return rank;
}

/* Chunks are one state, its outer axes halved until the size is moderate. */
static void choose_chunk(int rank, const axis *axes, hsize_t *chunk) {
    hsize_t size = 1;
    for (int a = 0; a < rank; a++) {
        chunk[a] = axes[a].count > 0 ? axes[a].count : (rank == 1 ? SCALE_CHUNK : 1);
        size *= chunk[a];
    }
    for (int a = 0; a < rank && size > MAX_CHUNK; a++)
        while (size > MAX_CHUNK && chunk[a] > 1) {
            size /= chunk[a];
            chunk[a] = (chunk[a] + 1) / 2;
            size *= chunk[a];
        }
}

static herr_t describe(hid_t set, const char *long_name) {
    const herr_t named = gz_hdf5_put_text(set, "long_name", long_name);
    return gz_hdf5_put_text(set, "units", "1") < 0 ? -1 : named;
}

/* A dataset over these axes, its dimension scales attached where there are any. Empty where an axis is. */
static herr_t make_set(hid_t file, const field *f, int rank, const axis *axes, bool with_scales) {
    hsize_t size[MAX_RANK] = {0}, most[MAX_RANK] = {0}, chunk[MAX_RANK] = {0};
    const bool grows = rank > 0 && axes[0].count == 0;
    for (int a = 0; a < rank; a++) {
        size[a] = axes[a].count;
        most[a] = size[a] > 0 ? size[a] : H5S_UNLIMITED;
    }
    const hid_t type = f->integer ? H5T_STD_I64LE : H5T_IEEE_F64LE;
    const hid_t space = rank > 0 ? H5Screate_simple(rank, size, most) : H5Screate(H5S_SCALAR);
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    herr_t done = 0;
    if (grows) {
        choose_chunk(rank, axes, chunk);
        done |= H5Pset_chunk(create, rank, chunk);
    }
    if (!f->integer) done |= H5Pset_fill_value(create, H5T_NATIVE_DOUBLE, &(double){NAN});
    const hid_t set = H5Dcreate2(file, f->name, type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    done |= describe(set, f->long_name);
    for (int a = 0; with_scales && a < rank; a++) {
        const hid_t scale = H5Dopen2(file, axes[a].name, H5P_DEFAULT);
        done |= H5DSattach_scale(set, scale, (unsigned)a);
        H5Dclose(scale);
    }
    H5Dclose(set);
    H5Pclose(create);
    H5Sclose(space);
    return set < 0 ? -1 : done;
}

/* A dimension scale; values [count], none for the growing time axis. */
static herr_t make_scale(hid_t file, const axis *a, const char *long_name, const double *values) {
    const field f = {.name = a->name, .long_name = long_name};
    herr_t done = make_set(file, &f, 1, a, false);
    const hid_t set = H5Dopen2(file, a->name, H5P_DEFAULT);
    if (values) done |= H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    done |= H5DSset_scale(set, a->name);
    H5Dclose(set);
    return done;
}

static herr_t make_space_scales(gz_context *context, const gz_phase_grid *grid, hid_t file) {
    herr_t done = 0;
    size_t stride = grid->cell_count;
    for (int a = 0; a < grid->space_dim; a++) {
        double *values = NULL;
        if (gz_allocate(context, grid->cells[a], sizeof(double), &values) != GZ_OK) return -1;
        stride /= grid->cells[a];
        for (size_t i = 0; i < grid->cells[a]; i++) values[i] = gz_phase_grid_position(grid, i * stride, a);
        const axis x = make_axis("x", a + 1, grid->cells[a]);
        done |= make_scale(file, &x, "position, centre of the cell", values);
        gz_release(values);
    }
    return done;
}

static herr_t make_scales(gz_context *context, const gz_phase_grid *grid, hid_t file) {
    const axis time = make_axis("time", 0, 0);
    herr_t done = make_scale(file, &time, "time", NULL);
    done |= make_space_scales(context, grid, file);
    for (int a = 0; a < grid->velocity_dim; a++) {
        const axis v = make_axis("v", a + 1, grid->nodes);
        done |= make_scale(file, &v, "velocity, node of the grid", grid->axis_velocity);
    }
    const axis component = make_axis("component", 0, (size_t)grid->velocity_dim);
    return done | make_scale(file, &component, "velocity axis", (const double[]){1, 2, 3});
}

static herr_t make_fields(const gz_phase_grid *grid, bool density, hid_t file) {
    axis axes[MAX_RANK];
    herr_t done = 0;
    for (size_t i = 0; gz_result_layout_name(density, i); i++) {
        const int rank = list_axes(grid, fields[i].axes, axes);
        done |= make_set(file, &fields[i], rank, axes, true);
    }
    if (density) return done;
    const int rank = list_axes(grid, last_state.axes, axes);
    done |= make_set(file, &last_state, rank, axes, true);
    const hid_t set = H5Dopen2(file, last_state.name, H5P_DEFAULT);
    done |= gz_hdf5_put_number(set, "time", NAN);
    done |= gz_hdf5_put_integer(set, "step", -1);
    H5Dclose(set);
    return done;
}

static herr_t make_attributes(gz_context *context, const gz_result_settings *settings, hid_t file) {
    herr_t done = gz_hdf5_put_text(file, "title", settings->title ? settings->title : "");
    done |= gz_hdf5_put_text(file, "deck", settings->deck ? settings->deck : "");
    done |= gz_hdf5_put_text(file, "version", GZ_VERSION);
    done |= gz_hdf5_put_text(file, "commit", GZ_COMMIT);
    done |= gz_hdf5_put_text(file, "compiler", GZ_COMPILER);
    return done | gz_hdf5_put_integer(file, "threads", gz_context_threads(context));
}

gz_status gz_result_layout_write(gz_context *context, const gz_phase_grid *grid,
                                 const gz_result_settings *settings, const char *path) {
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    char *bytes = NULL;
    size_t size = 0;
    const hid_t file = gz_hdf5_create_in_memory();
    herr_t done = make_attributes(context, settings, file);
    done |= make_scales(context, grid, file);
    done |= make_fields(grid, settings->density, file);
    gz_status status =
        done < 0 ? gz_hdf5_fail(context, "build", path) : gz_hdf5_image(context, file, 0, &bytes, &size);
    H5Fclose(file);
    gz_hdf5_leave(&scope);
    if (status == GZ_OK) status = gz_file_write(context, path, bytes, size);
    gz_release(bytes);
    return status;
}

/* Whether a dataset of the file has these axes, whatever the length of its time. */
static bool has_shape(const gz_phase_grid *grid, hid_t file, const field *f) {
    axis axes[MAX_RANK];
    const int rank = list_axes(grid, f->axes, axes);
    const hid_t set = H5Dopen2(file, f->name, H5P_DEFAULT);
    const hid_t space = H5Dget_space(set);
    bool same = H5Sget_simple_extent_ndims(space) == rank;
    hsize_t size[MAX_RANK] = {0};
    same = same && H5Sget_simple_extent_dims(space, size, NULL) == rank;
    for (int a = 0; same && a < rank; a++) same = axes[a].count == 0 || axes[a].count == size[a];
    H5Sclose(space);
    H5Dclose(set);
    return same;
}

gz_status gz_result_layout_check(gz_context *context, const gz_phase_grid *grid, bool density, hid_t file,
                                 const char *path) {
    const field time = {.name = "time", .axes = "t"};
    const char *wrong = has_shape(grid, file, &time) ? NULL : time.name;
    for (size_t i = 0; !wrong && gz_result_layout_name(density, i); i++)
        if (!has_shape(grid, file, &fields[i])) wrong = fields[i].name;
    if (!wrong && !density && !has_shape(grid, file, &last_state)) wrong = last_state.name;
    if (!wrong) return GZ_OK;
    return gz_fail(context, GZ_ERROR_FILES,
                   "'%s' was written for another deck: its dataset '%s' is missing or has another shape; "
                   "start again in another folder",
                   path, wrong);
}

size_t gz_result_layout_growth(const gz_phase_grid *grid, bool density) {
    axis axes[MAX_RANK];
    hsize_t chunk[MAX_RANK];
    size_t bytes = INDEX_BYTES;
    for (size_t i = 0; gz_result_layout_name(density, i); i++) {
        const int rank = list_axes(grid, fields[i].axes, axes);
        choose_chunk(rank, axes, chunk);
        size_t size = sizeof(double) * chunk[0];
        for (int a = 1; a < rank; a++) size *= (axes[a].count + chunk[a] - 1) / chunk[a] * chunk[a];
        bytes += size;
    }
    return bytes + (density ? 0 : grid->size * sizeof(double));
}
