/* Stored axes: names of axes from dimension scales and labels, a permutation from names, coordinates. */
#include "stored_axes.h"

#include "hdf5_doors.h"
#include "hdf5_tools.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { TIME = 0, X1 = 1, V1 = 1 + GZ_MAX_DIM, SPECIES = 1 + 2 * GZ_MAX_DIM, NOBODY = -1, NAME_SIZE = 256 };

static const char *const NAMES[GZ_STORED_AXES][2] = {{"time", "t"}, {"x1", "x"},           {"x2", "y"},
                                                     {"x3", "z"},   {"v1", "vx"},          {"v2", "vy"},
                                                     {"v3", "vz"},  {"species", "species"}};

const char *gz_axis_name(int role) {
    return NAMES[role][0];
}

static int role_of(const char *name) {
    for (int role = 0; role < GZ_STORED_AXES; role++)
        if (strcasecmp(name, NAMES[role][0]) == 0 || strcasecmp(name, NAMES[role][1]) == 0) return role;
    return NOBODY;
}

/* --- names ---------------------------------------------------------------------------------------------- */

/* What an axis of the dataset says about itself. */
typedef struct axis_tag {
    int role; /* NOBODY if its name is not one of ours */
    char name[NAME_SIZE];
    hid_t scale; /* its dimension scale, to be given back with H5Idec_ref; negative: none */
} axis_tag;

/* Read the name that a scale gives itself; "" if there is none. */
static void read_title(hid_t scale, char title[NAME_SIZE]) {
    title[0] = 0;
    if (H5Aexists(scale, "NAME") <= 0 || gz_hdf5_get_text(scale, "NAME", title, NAME_SIZE) < 0) title[0] = 0;
}

/* True if an attribute is a list with one entry for each axis, of the class that HDF5's functions for dimension
 * scales take it for without looking: texts of any length, or lists of references. */
static bool is_axis_list(hid_t set, const char *name, int rank, H5T_class_t class) {
    if (H5Aexists(set, name) <= 0) return false;
    const hid_t attribute = H5Aopen(set, name, H5P_DEFAULT), space = H5Aget_space(attribute);
    const hid_t type = H5Aget_type(attribute), entry = class == H5T_VLEN ? H5Tget_super(type) : H5Tcopy(type);
    const bool answer =
        H5Sget_simple_extent_npoints(space) == rank && H5Tget_class(type) == class &&
        (class == H5T_VLEN ? H5Tequal(entry, H5T_STD_REF_OBJ) : H5Tis_variable_str(entry)) > 0;
    H5Tclose(entry);
    H5Tclose(type);
    H5Sclose(space);
    H5Aclose(attribute);
    return answer;
}

/* Keep the first scale of the axis, or the first one with a name of ours. */
static herr_t look_at_scale(hid_t set, unsigned axis, hid_t scale, void *found) {
    axis_tag *tag = found;
    char path[NAME_SIZE] = "", title[NAME_SIZE] = "";
    (void)set, (void)axis;
    H5Iget_name(scale, path, sizeof path);
    read_title(scale, title);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const int role = role_of(name) != NOBODY ? role_of(name) : role_of(title);
    if (tag->scale >= 0 && (tag->role != NOBODY || role == NOBODY)) return 0;
    if (tag->scale >= 0) H5Idec_ref(tag->scale);
    H5Iinc_ref(scale);
    tag->scale = scale;
    tag->role = role;
    snprintf(tag->name, sizeof tag->name, "%s", name);
    return 0;
}

static axis_tag tag_of(hid_t set, int rank, int axis) {
    axis_tag tag = {.role = NOBODY, .scale = H5I_INVALID_HID};
    if (is_axis_list(set, "DIMENSION_LIST", rank, H5T_VLEN))
        H5DSiterate_scales(set, (unsigned)axis, NULL, look_at_scale, &tag);
    if (tag.role != NOBODY) return tag;
    char label[NAME_SIZE] = "";
    if (is_axis_list(set, "DIMENSION_LABELS", rank, H5T_STRING))
        H5DSget_label(set, (unsigned)axis, label, sizeof label);
    tag.role = role_of(label);
    if (label[0]) snprintf(tag.name, sizeof tag.name, "%s", label);
    return tag;
}

static void print_names(int rank, char names[][NAME_SIZE], char *text, size_t size) {
    size_t length = (size_t)snprintf(text, size, "[");
    for (int a = 0; a < rank && length < size; a++) {
        char shown[GZ_SHOWN];
        length += (size_t)snprintf(text + length, size - length, "%s%s", a > 0 ? "," : "",
                                   names[a][0] ? gz_excerpt(names[a], sizeof shown, shown) : "?");
    }
    if (length < size) snprintf(text + length, size - length, "]");
}

/* --- the match ------------------------------------------------------------------------------------------ */

static void list_roles(const gz_phase_grid *grid, bool has_time, gz_stored_axes *axes) {
    axes->has_time = has_time;
    axes->count = 0;
    if (has_time) axes->role[axes->count++] = TIME;
    if (grid->mixture) axes->role[axes->count++] = SPECIES;
    for (int a = 0; a < grid->space_dim; a++) axes->role[axes->count++] = X1 + a;
    for (int a = 0; a < grid->velocity_dim; a++) axes->role[axes->count++] = V1 + a;
}

/* Set the places from the roles of the dataset's axes. False if the names do not fit. */
static bool place_axes(const int *roles, gz_stored_axes *axes) {
    bool in_place = true;
    for (int k = 0; k < axes->count; k++) {
        axes->place[k] = k;
        in_place = in_place && (roles[k] == NOBODY || roles[k] == axes->role[k]);
    }
    if (in_place) return true;
    axes->transposed = true;
    for (int k = 0; k < axes->count; k++) {
        int found = NOBODY;
        for (int a = 0; a < axes->count; a++)
            if (roles[a] == axes->role[k]) found = a;
        if (found == NOBODY) return false;
        axes->place[k] = found;
    }
    return true;
}

static gz_status refuse_rank(const gz_stored_set *s, const gz_stored_axes *axes, const gz_phase_grid *grid,
                             int rank, const hsize_t *shape) {
    char have[256];
    gz_hdf5_print_shape(rank < 0 ? 0 : rank, shape, have, sizeof have);
    return gz_fail(s->context, GZ_ERROR_FILES,
                   "dataset '%s' of '%s' has the shape %s; the deck's grid has %s%d x axes and %d v axes, "
                   "%d in all, and there may be a time axis in front",
                   s->shown, s->path, have, grid->mixture ? "an axis of species, " : "", grid->space_dim,
                   grid->velocity_dim, axes->count - (axes->has_time ? 1 : 0));
}

gz_status gz_stored_axes_find(const gz_stored_set *s, const gz_phase_grid *grid, gz_stored_axes *axes) {
    hsize_t shape[H5S_MAX_RANK] = {0};
    char names[GZ_STORED_AXES][NAME_SIZE], have[512], want[128];
    int roles[GZ_STORED_AXES];
    const hid_t space = H5Dget_space(s->set);
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    H5Sclose(space);
    *axes = (gz_stored_axes){0};
    list_roles(grid, rank == grid->mixture + grid->space_dim + grid->velocity_dim + 1, axes);
    if (rank != axes->count) return refuse_rank(s, axes, grid, rank, shape);
    for (int a = 0; a < rank; a++) {
        const axis_tag tag = tag_of(s->set, rank, a);
        roles[a] = tag.role;
        memcpy(names[a], tag.name, sizeof names[a]);
        if (tag.scale >= 0) H5Idec_ref(tag.scale);
    }
    const bool fits = place_axes(roles, axes);
    for (int k = 0; k < rank; k++) axes->shape[k] = shape[axes->place[k]];
    if (fits) return GZ_OK;
    print_names(rank, names, have, sizeof have);
    for (int k = 0; k < rank; k++) snprintf(names[k], sizeof names[k], "%s", gz_axis_name(axes->role[k]));
    print_names(rank, names, want, sizeof want);
    return gz_fail(s->context, GZ_ERROR_FILES,
                   "the axes of dataset '%s' of '%s' are %s by their dimension scales or labels; the "
                   "deck's grid needs %s, in any order if all have these names",
                   s->shown, s->path, have, want);
}

/* --- coordinates ---------------------------------------------------------------------------------------- */

/* True for the scale that netCDF makes for a dimension without coordinates: it has a name, but no values. */
static bool is_bare(hid_t scale) {
    static const char mark[] = "This is a netCDF dimension but not a netCDF variable";
    char title[NAME_SIZE];
    read_title(scale, title);
    return strncmp(title, mark, sizeof mark - 1) == 0;
}

/* Open the dataset of this name in the group of the density; negative if there is none. */
static gz_status open_beside(const gz_stored_set *s, const char *name, char *path, size_t size, hid_t *set) {
    const char *slash = strrchr(s->name, '/');
    snprintf(path, size, "%.*s%s", slash ? (int)(slash - s->name) + 1 : 0, s->name, name);
    const hid_t file = H5Iget_file_id(s->set);
    *set = H5I_INVALID_HID;
    const gz_status status =
        gz_hdf5_has(file, path) ? gz_hdf5_open_set(s->context, file, s->path, path, set) : GZ_OK;
    H5Fclose(file);
    return status;
}

/* Open the coordinates of axis k, to be given back with H5Idec_ref. Negative: there are none. A scale of
 * another name holds coordinates of x or v, but it need not hold times. */
static gz_status open_coordinates(const gz_stored_set *s, const gz_stored_axes *axes, int k, char *name,
                                  size_t size, hid_t *set) {
    const int role = axes->role[k];
    const axis_tag tag = tag_of(s->set, axes->count, axes->place[k]);
    if (tag.scale >= 0 && !is_bare(tag.scale) && (tag.role == role || role != TIME)) {
        snprintf(name, size, "%s", tag.name);
        *set = tag.scale;
        return GZ_OK;
    }
    if (tag.scale >= 0) H5Idec_ref(tag.scale);
    GZ_TRY(open_beside(s, gz_axis_name(role), name, size, set));
    if (*set < 0 || !is_bare(*set)) return GZ_OK;
    H5Dclose(*set);
    *set = H5I_INVALID_HID;
    return GZ_OK;
}

/* Read `count` values of an open dataset into new memory. */
static gz_status read_coordinates(const gz_stored_set *list, size_t count, double **values,
                                  gz_number_rules *rules) {
    GZ_TRY(gz_hdf5_check_set(list->context, list->path, list->name, list->set));
    GZ_TRY(gz_allocate(list->context, count, sizeof(double), values));
    const gz_status status = gz_stored_list(list, count, rules, *values);
    if (status == GZ_OK) return GZ_OK;
    gz_release(*values);
    *values = NULL;
    return status;
}

gz_status gz_stored_coordinates(const gz_stored_set *s, const gz_stored_axes *axes, int k, double **values,
                                gz_number_rules *rules, char *name, size_t size) {
    hid_t set;
    *values = NULL;
    GZ_TRY(open_coordinates(s, axes, k, name, size, &set));
    if (set < 0) return GZ_OK;
    const gz_stored_set list = gz_stored_set_of(s->context, s->path, name, set);
    const gz_status status = read_coordinates(&list, axes->shape[k], values, rules);
    H5Idec_ref(set);
    return status;
}

/* Compare the coordinates of axis k with the grid's, and read their units. */
static gz_status check_axis(const gz_stored_set *s, const gz_stored_axes *axes, const gz_phase_grid *grid,
                            int k, char *units) {
    const bool in_x = axes->role[k] < V1;
    const int axis = axes->role[k] - (in_x ? X1 : V1);
    char name[NAME_SIZE];
    gz_number_rules rules = {0};
    double *values = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(gz_stored_coordinates(s, axes, k, &values, &rules, name, sizeof name));
    const double close = gz_number_resolution(&rules, in_x ? grid->length[axis] : grid->half_width);
    for (size_t i = 0; values && status == GZ_OK && i < axes->shape[k]; i++) {
        const double want = in_x ? gz_phase_grid_axis_position(grid, axis, i) : grid->axis_velocity[i];
        if (fabs(values[i] - want) <= close) continue;
        status = gz_fail(s->context, GZ_ERROR_FILES,
                         "'%s': point %zu of axis %s of dataset '%s' lies at %.10g by dataset '%s', in the "
                         "grid at %.10g; %s",
                         s->path, i, gz_axis_name(axes->role[k]), s->shown, values[i], name, want,
                         in_x ? "cell i of a length L is centred at (i + 1/2) L/cells: use the same length"
                              : "the nodes are equidistant from -L to L: use the same half_width L");
    }
    gz_release(values);
    memcpy(units, rules.units, sizeof rules.units);
    return status;
}

gz_status gz_stored_axes_check(const gz_stored_set *s, const gz_stored_axes *axes,
                               const gz_phase_grid *grid) {
    char units[2][GZ_UNITS_SIZE] = {"", ""}; /* those met so far, of x and of v */
    for (int k = axes->has_time ? 1 : 0; k < axes->count; k++) {
        char own[GZ_UNITS_SIZE], *met = units[axes->role[k] >= V1];
        if (axes->role[k] == SPECIES) continue; /* names, not coordinates */
        GZ_TRY(check_axis(s, axes, grid, k, own));
        if (own[0] && met[0] && strcmp(own, met) != 0)
            return gz_fail(s->context, GZ_ERROR_FILES,
                           "'%s': the units of axis %s of dataset '%s' are '%s', those of another axis "
                           "'%s'; units are not converted, store both axes in the same",
                           s->path, gz_axis_name(axes->role[k]), s->shown, own, met);
        if (own[0]) memcpy(met, own, sizeof own);
    }
    return GZ_OK;
}
