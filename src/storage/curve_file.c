/* Curve file: opening a file checks shape, coordinates and times; f is read one state at a time. */
#include "curve_file.h"
#include "files.h"
#include "hdf5_tools.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_RANK = 1 + 2 * GZ_MAX_DIM, MAX_NAME = 512 };

struct gz_curve_file {
    gz_context *context;
    const gz_phase_grid *grid;
    char *path, *dataset;
    hid_t file, set;
    bool has_time; /* true if the first axis of the dataset is time */
    size_t count;
    double *times; /* [count] */
};

/* --- shapes --------------------------------------------------------------------------------------------- */

static int grid_shape(const gz_phase_grid *grid, hsize_t *shape) {
    int rank = 0;
    for (int a = 0; a < grid->space_dim; a++) shape[rank++] = grid->cells[a];
    for (int a = 0; a < grid->velocity_dim; a++) shape[rank++] = grid->nodes;
    return rank;
}

static void print_shape(int rank, const hsize_t *shape, char *text, size_t size) {
    size_t length = (size_t)snprintf(text, size, "[");
    for (int a = 0; a < rank && length < size; a++)
        length += (size_t)snprintf(text + length, size - length, "%s%llu", a > 0 ? "," : "",
                                   (unsigned long long)shape[a]);
    if (length < size) snprintf(text + length, size - length, "]");
}

static gz_status check_shape(gz_curve_file *curve) {
    hsize_t want[MAX_RANK], have[H5S_MAX_RANK] = {0};
    const int want_rank = grid_shape(curve->grid, want);
    const hid_t space = H5Dget_space(curve->set), type = H5Dget_type(curve->set);
    const int rank = H5Sget_simple_extent_dims(space, have, NULL);
    const H5T_class_t class = H5Tget_class(type);
    H5Tclose(type);
    H5Sclose(space);
    if (class != H5T_FLOAT && class != H5T_INTEGER)
        return gz_fail(curve->context, GZ_ERROR_FILES, "dataset '%s' of '%s' does not hold numbers",
                       curve->dataset, curve->path);
    curve->has_time = rank == want_rank + 1;
    curve->count = curve->has_time ? have[0] : 1;
    const hsize_t *points = have + (curve->has_time ? 1 : 0);
    bool same = rank == want_rank || curve->has_time;
    for (int a = 0; same && a < want_rank; a++) same = points[a] == want[a];
    char have_text[256], want_text[256];
    print_shape(rank < 0 ? 0 : rank, have, have_text, sizeof have_text);
    print_shape(want_rank, want, want_text, sizeof want_text);
    if (!same)
        return gz_fail(curve->context, GZ_ERROR_FILES,
                       "dataset '%s' of '%s' has the shape %s; the deck's grid needs %s, or that with a time "
                       "axis in front",
                       curve->dataset, curve->path, have_text, want_text);
    if (curve->count == 0)
        return gz_fail(curve->context, GZ_ERROR_FILES, "dataset '%s' of '%s' holds no state yet",
                       curve->dataset, curve->path);
    return GZ_OK;
}

/* --- coordinates ---------------------------------------------------------------------------------------- */

/* Read a one-dimensional dataset of `count` numbers. */
static herr_t read_numbers(hid_t set, size_t count, double *values) {
    const hid_t space = H5Dget_space(set);
    const bool fits = H5Sget_simple_extent_npoints(space) == (hssize_t)count;
    H5Sclose(space);
    return fits ? H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) : -1;
}

/* Keep the first scale of an axis, and end the iteration over its scales. */
static herr_t keep_scale(hid_t set, unsigned axis, hid_t scale, void *kept) {
    (void)set, (void)axis;
    H5Iinc_ref(scale);
    *(hid_t *)kept = scale;
    return 1;
}

static hid_t open_scale(hid_t set, int axis) {
    hid_t scale = H5I_INVALID_HID;
    H5DSiterate_scales(set, (unsigned)axis, NULL, keep_scale, &scale);
    return scale;
}

/* The grid's coordinate of point i along data axis a; the x axes come first, then the v axes. */
static double grid_coordinate(const gz_phase_grid *grid, int a, size_t i) {
    if (a >= grid->space_dim) return grid->axis_velocity[i];
    return ((double)i + 0.5) * grid->length[a] / (double)grid->cells[a];
}

/* Check that the scale of data axis a, if it has one, holds the coordinates of the grid. */
static gz_status check_coordinates(gz_curve_file *curve, int a, size_t count) {
    const hid_t scale = open_scale(curve->set, a + (curve->has_time ? 1 : 0));
    if (scale < 0) return GZ_OK;
    double *values = NULL;
    gz_status status = gz_allocate(curve->context, count, sizeof(double), &values);
    if (status == GZ_OK && read_numbers(scale, count, values) >= 0) {
        const double size = fabs(grid_coordinate(curve->grid, a, count - 1)) + 1e-300;
        for (size_t i = 0; status == GZ_OK && i < count; i++) {
            const double want = grid_coordinate(curve->grid, a, i);
            if (fabs(values[i] - want) <= 1e-9 * size) continue;
            status =
                gz_fail(curve->context, GZ_ERROR_FILES,
                        "'%s': point %zu of %s axis %d lies at %g, in the deck's grid at %g; use the same "
                        "%s",
                        curve->path, i, a < curve->grid->space_dim ? "x" : "v",
                        a < curve->grid->space_dim ? a + 1 : a + 1 - curve->grid->space_dim, values[i], want,
                        a < curve->grid->space_dim ? "length" : "half_width");
        }
    }
    gz_release(values);
    H5Idec_ref(scale);
    return status;
}

/* Open the times of the curve: the scale of the first axis, or the dataset `time` in the same group. */
static hid_t open_time(const gz_curve_file *curve) {
    const hid_t scale = open_scale(curve->set, 0);
    if (scale >= 0) return scale;
    char name[MAX_NAME];
    const char *slash = strrchr(curve->dataset, '/');
    const int group = slash ? (int)(slash - curve->dataset) + 1 : 0;
    snprintf(name, sizeof name, "%.*stime", group, curve->dataset);
    return H5Dopen2(curve->file, name, H5P_DEFAULT);
}

static gz_status read_times(gz_curve_file *curve) {
    GZ_TRY(gz_allocate(curve->context, curve->count, sizeof(double), &curve->times));
    if (!curve->has_time) {
        double time = 0;
        if (gz_hdf5_get_number(curve->set, "time", &time) >= 0) curve->times[0] = time;
        return GZ_OK;
    }
    const hid_t set = open_time(curve);
    const herr_t done = read_numbers(set, curve->count, curve->times);
    if (set >= 0) H5Idec_ref(set);
    if (done < 0)
        return gz_fail(curve->context, GZ_ERROR_FILES,
                       "'%s' has no dataset 'time' of %zu numbers beside '%s'", curve->path, curve->count,
                       curve->dataset);
    for (size_t i = 1; i < curve->count; i++)
        if (!(curve->times[i] > curve->times[i - 1]))
            return gz_fail(curve->context, GZ_ERROR_FILES,
                           "'%s': time does not increase from state %zu (%g) to state %zu (%g)", curve->path,
                           i - 1, curve->times[i - 1], i, curve->times[i]);
    return GZ_OK;
}

/* --- the curve ------------------------------------------------------------------------------------------ */

static gz_status keep_text(gz_context *context, const char *text, char **kept) {
    GZ_TRY(gz_allocate(context, strlen(text) + 1, 1, kept));
    memcpy(*kept, text, strlen(text));
    return GZ_OK;
}

static gz_status open_set(gz_curve_file *curve, const char *dataset) {
    const char *name = dataset ? dataset : "f";
    curve->set = H5Dopen2(curve->file, name, H5P_DEFAULT);
    if (curve->set < 0 && !dataset) {
        name = "f_last";
        curve->set = H5Dopen2(curve->file, name, H5P_DEFAULT);
    }
    if (curve->set < 0)
        return gz_fail(curve->context, GZ_ERROR_FILES, "'%s' has no dataset '%s'", curve->path,
                       dataset ? dataset : "f");
    return keep_text(curve->context, name, &curve->dataset);
}

static gz_status fill(gz_curve_file *curve) {
    GZ_TRY(check_shape(curve));
    hsize_t shape[MAX_RANK];
    const int rank = grid_shape(curve->grid, shape);
    for (int a = 0; a < rank; a++) GZ_TRY(check_coordinates(curve, a, shape[a]));
    return read_times(curve);
}

static gz_status make(gz_context *context, const gz_phase_grid *grid, const char *path, const char *dataset,
                      gz_curve_file **curve) {
    GZ_TRY(gz_allocate(context, 1, sizeof **curve, curve));
    (*curve)->context = context;
    (*curve)->grid = grid;
    (*curve)->file = (*curve)->set = H5I_INVALID_HID;
    GZ_TRY(keep_text(context, path, &(*curve)->path));
    GZ_TRY(gz_file_check(context, path));
    (*curve)->file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    if ((*curve)->file < 0) return gz_hdf5_fail(context, "read", path);
    return open_set(*curve, dataset);
}

gz_status gz_curve_open(gz_context *context, const gz_phase_grid *grid, const char *path, const char *dataset,
                        gz_curve_file **curve) {
    gz_curve_file *made = NULL;
    gz_hdf5_scope scope;
    *curve = NULL;
    gz_hdf5_enter(&scope);
    gz_status status = make(context, grid, path, dataset, &made);
    if (status == GZ_OK) status = fill(made);
    gz_hdf5_leave(&scope);
    if (status == GZ_OK)
        *curve = made;
    else
        gz_curve_close(made);
    return status;
}

/* Read the first and the last value of the scale of an axis of `count` points; false if it has no scale. */
static bool read_ends(const gz_curve_file *curve, int axis, size_t count, double ends[2]) {
    double *values = NULL;
    const hid_t scale = open_scale(curve->set, axis);
    if (scale < 0) return false;
    bool found = gz_allocate(curve->context, count, sizeof(double), &values) == GZ_OK;
    found = found && read_numbers(scale, count, values) >= 0;
    if (found) {
        ends[0] = values[0];
        ends[1] = values[count - 1];
    }
    gz_release(values);
    H5Idec_ref(scale);
    return found;
}

static gz_status find_grid(const gz_curve_file *curve, gz_phase_grid_settings *settings) {
    const gz_phase_grid *grid = curve->grid;
    const int dx = grid->space_dim, rank_wanted = dx + grid->velocity_dim;
    hsize_t shape[H5S_MAX_RANK] = {0};
    const hid_t space = H5Dget_space(curve->set);
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL), first = rank - rank_wanted;
    H5Sclose(space);
    bool fits = first == 0 || first == 1;
    for (int a = dx; fits && a < rank_wanted; a++) fits = shape[first + a] == shape[first + dx];
    if (!fits || shape[first + dx] < 5)
        return gz_fail(curve->context, GZ_ERROR_FILES,
                       "dataset '%s' of '%s' is no density on %d x axes and %d equal v axes", curve->dataset,
                       curve->path, dx, grid->velocity_dim);
    *settings = (gz_phase_grid_settings){.space_dim = dx,
                                         .velocity_dim = grid->velocity_dim,
                                         .boundary = grid->boundary,
                                         .nodes = shape[first + dx],
                                         .half_width = grid->half_width};
    double ends[2];
    for (int a = 0; a < dx; a++) {
        const size_t cells = settings->cells[a] = shape[first + a];
        settings->length[a] = grid->length[a];
        if (cells > 1 && read_ends(curve, first + a, cells, ends))
            settings->length[a] = (ends[1] - ends[0]) * (double)cells / (double)(cells - 1);
    }
    if (read_ends(curve, first + dx, settings->nodes, ends)) settings->half_width = ends[1];
    return GZ_OK;
}

gz_status gz_curve_grid(gz_context *context, const gz_phase_grid *grid, const char *path, const char *dataset,
                        gz_phase_grid_settings *settings) {
    gz_curve_file *made = NULL;
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    gz_status status = make(context, grid, path, dataset, &made);
    if (status == GZ_OK) status = find_grid(made, settings);
    gz_curve_close(made);
    gz_hdf5_leave(&scope);
    return status;
}

void gz_curve_close(gz_curve_file *curve) {
    if (!curve) return;
    if (curve->set >= 0) H5Dclose(curve->set);
    if (curve->file >= 0) H5Fclose(curve->file);
    gz_release(curve->path);
    gz_release(curve->dataset);
    gz_release(curve->times);
    gz_release(curve);
}

size_t gz_curve_count(const gz_curve_file *curve) {
    return curve->count;
}

const double *gz_curve_times(const gz_curve_file *curve) {
    return curve->times;
}

gz_status gz_curve_read(gz_curve_file *curve, size_t index, double *f) {
    if (index >= curve->count)
        return gz_fail(curve->context, GZ_ERROR_USAGE, "'%s' has %zu states; state %zu does not exist",
                       curve->path, curve->count, index);
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    hsize_t start[MAX_RANK + 1] = {index}, part[MAX_RANK + 1] = {1};
    const int first = curve->has_time ? 1 : 0, rank = first + grid_shape(curve->grid, part + first);
    if (!curve->has_time) start[0] = 0;
    if (curve->grid->space_dim > 0) { /* this rank's slab */
        start[first] = curve->grid->first_cell / gz_phase_grid_plane(curve->grid);
        part[first] = gz_phase_grid_planes(curve->grid);
    }
    const hid_t space = H5Dget_space(curve->set), memory = H5Screate_simple(rank, part, NULL);
    herr_t done = H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, part, NULL);
    done |= H5Dread(curve->set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, f);
    H5Sclose(memory);
    H5Sclose(space);
    const gz_status status = done < 0 ? gz_hdf5_fail(curve->context, "read", curve->path) : GZ_OK;
    gz_hdf5_leave(&scope);
    return status;
}
