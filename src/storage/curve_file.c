/* Curve file: opening a file checks axes, coordinates and times; f is read one state at a time. */
#include "curve_file.h"
#include "hdf5_doors.h"
#include "hdf5_tools.h"
#include "stored_axes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_NAME = 512 };

struct gz_curve_file {
    gz_context *context;
    const gz_phase_grid *grid;
    char *dataset;
    hid_t file;
    gz_stored_set stored; /* the dataset */
    gz_stored_axes axes;
    gz_number_rules rules;
    size_t count;
    double *times;      /* [count] */
    double *transposed; /* a state in the order of the file, [cell][node] in size; NULL if that is ours */
};

/* --- shape, coordinates, times -------------------------------------------------------------------------- */

/* The extent of an axis of the grid by its role (stored_axes.h). */
static hsize_t extent_of(const gz_phase_grid *grid, int role) {
    if (role > 2 * GZ_MAX_DIM) return grid->species_count;
    return role > GZ_MAX_DIM ? grid->nodes : grid->cells[role - 1];
}

static gz_status check_shape(const gz_curve_file *curve) {
    const gz_stored_axes *axes = &curve->axes;
    const int first = axes->has_time ? 1 : 0, count = axes->count - first;
    hsize_t want[GZ_STORED_AXES];
    bool same = true;
    for (int k = 0; k < count; k++) {
        want[k] = extent_of(curve->grid, axes->role[first + k]);
        same = same && axes->shape[first + k] == want[k];
    }
    char have_text[256], want_text[256];
    gz_hdf5_print_shape(axes->count, axes->shape, have_text, sizeof have_text);
    gz_hdf5_print_shape(count, want, want_text, sizeof want_text);
    if (!same)
        return gz_fail(curve->context, GZ_ERROR_FILES,
                       "dataset '%s' of '%s' has the shape %s%s; the deck's grid needs %s, or that with a "
                       "time axis in front",
                       curve->stored.shown, curve->stored.path, have_text,
                       axes->transposed ? " in the order of the deck's axes" : "", want_text);
    if (curve->count == 0)
        return gz_fail(curve->context, GZ_ERROR_FILES, "dataset '%s' of '%s' holds no state yet",
                       curve->stored.shown, curve->stored.path);
    return GZ_OK;
}

static gz_status read_times(gz_curve_file *curve) {
    if (!curve->axes.has_time) {
        double time = 0;
        GZ_TRY(gz_allocate(curve->context, 1, sizeof(double), &curve->times));
        if (H5Aexists(curve->stored.set, "time") > 0 &&
            gz_hdf5_get_number(curve->stored.set, "time", &time) >= 0)
            curve->times[0] = time;
        return GZ_OK;
    }
    char name[MAX_NAME];
    gz_number_rules rules;
    GZ_TRY(gz_stored_coordinates(&curve->stored, &curve->axes, 0, &curve->times, &rules, name, sizeof name));
    if (!curve->times)
        return gz_fail(curve->context, GZ_ERROR_FILES,
                       "'%s' has no dataset 'time' of %zu numbers beside '%s'", curve->stored.path,
                       curve->count, curve->stored.shown);
    for (size_t i = 1; i < curve->count; i++)
        if (!(curve->times[i] > curve->times[i - 1]))
            return gz_fail(curve->context, GZ_ERROR_FILES,
                           "'%s': time does not increase from state %zu (%g) to state %zu (%g)",
                           curve->stored.path, i - 1, curve->times[i - 1], i, curve->times[i]);
    return GZ_OK;
}

/* --- the curve ------------------------------------------------------------------------------------------ */

static gz_status keep_text(gz_context *context, const char *text, char **kept) {
    GZ_TRY(gz_allocate(context, strlen(text) + 1, 1, kept));
    memcpy(*kept, text, strlen(text));
    return GZ_OK;
}

/* Say which datasets there are. */
static gz_status refuse_name(const gz_curve_file *curve) {
    char list[400];
    gz_hdf5_list(curve->file, list, sizeof list);
    return gz_fail(curve->context, GZ_ERROR_FILES, "'%s' has no dataset '%s'; it has %s", curve->stored.path,
                   curve->stored.shown, list[0] ? list : "none at all");
}

/* Open the dataset, and find its axes and the rules of its numbers. */
static gz_status open_set(gz_curve_file *curve, const char *path, const char *dataset) {
    const bool last = !dataset && !gz_hdf5_has(curve->file, "f") && gz_hdf5_has(curve->file, "f_last");
    const char *name = dataset ? dataset : last ? "f_last" : "f";
    GZ_TRY(keep_text(curve->context, name, &curve->dataset));
    curve->stored = gz_stored_set_of(curve->context, path, curve->dataset, H5I_INVALID_HID);
    if (!gz_hdf5_has(curve->file, name)) return refuse_name(curve);
    GZ_TRY(gz_hdf5_open_set(curve->context, curve->file, path, name, &curve->stored.set));
    GZ_TRY(gz_number_rules_read(&curve->stored, &curve->rules));
    GZ_TRY(gz_stored_axes_find(&curve->stored, curve->grid, &curve->axes));
    curve->count = curve->axes.has_time ? curve->axes.shape[0] : 1;
    return GZ_OK;
}

static gz_status fill(gz_curve_file *curve) {
    GZ_TRY(check_shape(curve));
    GZ_TRY(gz_stored_axes_check(&curve->stored, &curve->axes, curve->grid));
    if (curve->axes.transposed)
        GZ_TRY(gz_allocate(curve->context, curve->grid->size, sizeof(double), &curve->transposed));
    return read_times(curve);
}

static gz_status make(gz_context *context, const gz_phase_grid *grid, const char *path, const char *dataset,
                      gz_curve_file **curve) {
    GZ_TRY(gz_allocate(context, 1, sizeof **curve, curve));
    (*curve)->context = context;
    (*curve)->grid = grid;
    (*curve)->file = (*curve)->stored.set = H5I_INVALID_HID;
    GZ_TRY(gz_hdf5_open_file(context, path, H5F_ACC_RDONLY, &(*curve)->file));
    return open_set(*curve, path, dataset);
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

/* Find the length of axis k of the grid, which is `stretch` times the distance of its first and last
 * coordinate. *length stays as it is if the file has no coordinates, or if it is what they mean. */
static gz_status find_length(const gz_curve_file *curve, int k, double stretch, double *length) {
    char name[MAX_NAME];
    gz_number_rules rules;
    double *values = NULL;
    GZ_TRY(gz_stored_coordinates(&curve->stored, &curve->axes, k, &values, &rules, name, sizeof name));
    const double found = values ? (values[curve->axes.shape[k] - 1] - values[0]) * stretch : *length;
    if (values && !(fabs(found - *length) <= gz_number_resolution(&rules, *length))) *length = found;
    gz_release(values);
    return GZ_OK;
}

static gz_status find_grid(const gz_curve_file *curve, gz_phase_grid_settings *settings) {
    const gz_phase_grid *grid = curve->grid;
    const int first = (curve->axes.has_time ? 1 : 0) + grid->mixture, dx = grid->space_dim;
    const hsize_t *cells = curve->axes.shape + first, *nodes = cells + dx;
    bool fits = nodes[0] >= 5;
    for (int a = 0; a < grid->velocity_dim; a++) fits = fits && nodes[a] == nodes[0];
    if (!fits)
        return gz_fail(curve->context, GZ_ERROR_FILES,
                       "dataset '%s' of '%s' is no density on %d x axes and %d equal v axes",
                       curve->stored.shown, curve->stored.path, dx, grid->velocity_dim);
    *settings = (gz_phase_grid_settings){.space_dim = dx,
                                         .velocity_dim = grid->velocity_dim,
                                         .boundary = grid->boundary,
                                         .nodes = nodes[0],
                                         .half_width = grid->half_width,
                                         .species_count = grid->mixture ? grid->species_count : 0};
    memcpy(settings->species, grid->species, sizeof grid->species);
    for (int a = 0; a < dx; a++) {
        settings->cells[a] = cells[a];
        settings->length[a] = grid->length[a];
        if (cells[a] < 2) continue;
        const double stretch = (double)cells[a] / (double)(cells[a] - 1);
        GZ_TRY(find_length(curve, first + a, stretch, &settings->length[a]));
    }
    GZ_TRY(find_length(curve, first + dx, 0.5, &settings->half_width));
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
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    if (curve->stored.set >= 0) H5Dclose(curve->stored.set);
    if (curve->file >= 0) H5Fclose(curve->file);
    gz_hdf5_leave(&scope);
    gz_release(curve->dataset);
    gz_release(curve->times);
    gz_release(curve->transposed);
    gz_release(curve);
}

size_t gz_curve_count(const gz_curve_file *curve) {
    return curve->count;
}

const double *gz_curve_times(const gz_curve_file *curve) {
    return curve->times;
}

/* Set f from the values of a block in the order of the file. part: the extents of the block's axes there. */
static void transpose(const gz_curve_file *curve, const hsize_t *part, double *f) {
    const gz_stored_axes *axes = &curve->axes;
    size_t stride[GZ_STORED_AXES] = {0}, index[GZ_STORED_AXES] = {0}, to = 0, step = 1;
    for (int k = axes->count; k-- > (axes->has_time ? 1 : 0); step *= part[axes->place[k]])
        stride[axes->place[k]] = step;
    for (size_t i = 0; i < curve->grid->size; i++) {
        f[to] = curve->transposed[i];
        for (int a = axes->count; a-- > 0;) { /* the next place in the order of the file */
            to += stride[a];
            if (++index[a] < part[a]) break;
            to -= stride[a] * part[a];
            index[a] = 0;
        }
    }
}

gz_status gz_curve_read(gz_curve_file *curve, size_t index, double *f) {
    const gz_stored_axes *axes = &curve->axes;
    const gz_phase_grid *grid = curve->grid;
    if (index >= curve->count)
        return gz_fail(curve->context, GZ_ERROR_USAGE, "'%s' has %zu states; state %zu does not exist",
                       curve->stored.path, curve->count, index);
    hsize_t start[GZ_STORED_AXES] = {0}, part[GZ_STORED_AXES];
    for (int k = 0; k < axes->count; k++) part[axes->place[k]] = axes->shape[k];
    if (axes->has_time) {
        start[axes->place[0]] = index;
        part[axes->place[0]] = 1;
    }
    if (grid->space_dim > 0) { /* this rank's slab */
        const int slab = axes->place[(axes->has_time ? 1 : 0) + grid->mixture];
        start[slab] = grid->first_cell / gz_phase_grid_plane(grid);
        part[slab] = gz_phase_grid_planes(grid);
    }
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    const gz_status status = gz_stored_block(&curve->stored, &curve->rules, axes->count, start, part,
                                             curve->transposed ? curve->transposed : f);
    gz_hdf5_leave(&scope);
    if (status == GZ_OK && curve->transposed) transpose(curve, part, f);
    return status;
}
