/* Result layout: a table of datasets, whose axes are letters. The empty file is built in memory. */
#include "result_layout.h"
#include "files.h"
#include "hdf5_doors.h"
#include "hdf5_tools.h"
#include "result_species.h"
#include "version.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MAX_RANK = 4 + 4 * GZ_MAX_DIM,
    MAX_CHUNK = 1 << 17,   /* most doubles in a chunk of f */
    SCALE_CHUNK = 1 << 9,  /* entries in a chunk of time and step */
    INDEX_BYTES = 1 << 18, /* generous room for HDF5's own bookkeeping of one more state */
};

typedef enum field_when { ALWAYS, WITH_DENSITY, WITH_FIELD, WITH_COLLISION, WITH_PAIRS } field_when;

/* A dataset. `axes` lists its axes, outermost first, as letters: t is time, x and v are all axes of x and of
 * v, y and w are the axes of x and v of the other point of a pair, c is the component of a velocity, and e that of a
 * vector in x, which has no axis where there is one only. s and r are the species of the points of a mixture. */
typedef struct field {
    const char *name, *axes, *long_name;
    bool integer;
    field_when when;
} field;

static const field fields[] = {
    {"step", "t", "number of the time step", true, ALWAYS},
    {"density", "tsx", "density, integral of f dv", false, ALWAYS},
    {"velocity", "tsxc", "mean velocity", false, ALWAYS},
    {"temperature", "tsx", "temperature, 1/d of the variance of v", false, ALWAYS},
    {"f", "tsxv", "phase-space density per dx dv", false, WITH_DENSITY},
    {"field", "tex", "field E of the density", false, WITH_FIELD},
    {"action_density", "tsxv", "action of the grazing rate, 1/2 sum |U|^2/(kappa m m*), per dx dv", false,
     WITH_COLLISION},
    {"divergence", "tsxv", "1/2 div~ U = -(d_t f by collisions), per dx dv", false, WITH_COLLISION},
    {"potential", "tsxv", "potential w of the collision", false, WITH_COLLISION},
    {"mobility", "tsxv", "mobility m of the collision, per dx dv", false, WITH_COLLISION},
    {"theta", "tcsxv", "steepness switch of the stencils of the collision", false, WITH_COLLISION},
    {"sawtooth", "tcsxv", "weight of the sawtooth control of the collision", false, WITH_COLLISION},
    {"U", "tsxvrywc", "grazing rate of the collision from (x, v) with (x_star, v_star)", false, WITH_PAIRS},
    {"V", "tcsxv", "rate of the sawtooth control", false, WITH_PAIRS},
};
static const field last_state = {"f_last", "sxv", "phase-space density per dx dv, last state written", false,
                                 ALWAYS};

enum { FIELD_COUNT = sizeof fields / sizeof *fields };

gz_result_content gz_result_content_of(const gz_result_settings *settings) {
    return (gz_result_content){.density = !settings->sparse,
                               .field = settings->field != NULL,
                               .collision = settings->collision != NULL,
                               .pairs = settings->collision && settings->collision->pairs};
}

/* The index-th field of this content, NULL past the last one. */
static const field *field_at(gz_result_content content, size_t index) {
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const field_when when = fields[i].when;
        const bool there = when == ALWAYS || (when == WITH_DENSITY && content.density) ||
                           (when == WITH_FIELD && content.field) ||
                           (when == WITH_COLLISION && content.collision) ||
                           (when == WITH_PAIRS && content.pairs);
        if (there && index-- == 0) return &fields[i];
    }
    return NULL;
}

const char *gz_result_layout_name(gz_result_content content, size_t index) {
    const field *f = field_at(content, index);
    return f ? f->name : NULL;
}

/* One axis of a dataset. */
typedef struct axis {
    char name[32];
    hsize_t count;
} axis;

static axis make_axis(const char *prefix, int number, const char *suffix, size_t count) {
    axis made = {.count = count};
    if (number > 0)
        snprintf(made.name, sizeof made.name, "%s%d%s", prefix, number, suffix);
    else
        snprintf(made.name, sizeof made.name, "%s%s", prefix, suffix);
    return made;
}

/* Turn the letters of a field into its axes. Returns their number. */
static int list_axes(const gz_phase_grid *grid, const char *letters, axis *axes) {
    int rank = 0;
    for (; *letters; letters++) {
        const bool star = *letters == 'y' || *letters == 'w' || *letters == 'r';
        switch (*letters) {
        case 't':
            axes[rank++] = make_axis("time", 0, "", 0);
            break;
        case 's':
        case 'r':
            if (grid->mixture)
                axes[rank++] = make_axis("species", 0, star ? "_star" : "", grid->species_count);
            break;
        case 'x':
        case 'y':
            for (int a = 0; a < grid->space_dim; a++)
                axes[rank++] = make_axis("x", a + 1, star ? "_star" : "", grid->cells[a]);
            break;
        case 'v':
        case 'w':
            for (int a = 0; a < grid->velocity_dim; a++)
                axes[rank++] = make_axis("v", a + 1, star ? "_star" : "", grid->nodes);
            break;
        case 'e':
            if (grid->space_dim > 1) axes[rank++] = make_axis("direction", 0, "", (size_t)grid->space_dim);
            break;
        default:
            axes[rank++] = make_axis("component", 0, "", (size_t)grid->velocity_dim);
        }
    }
    return rank;
}

/* A chunk is one state, whose outer axes are halved until the chunk has at most MAX_CHUNK numbers. */
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

/* Make a dataset over these axes, with their dimension scales attached if with_scales is set. The dataset is
 * empty if its first axis still grows. */
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

/* Make a dimension scale of values [count]; NULL for the time axis, which grows. */
static herr_t make_scale(hid_t file, const axis *a, const char *long_name, const double *values) {
    const field f = {.name = a->name, .long_name = long_name};
    herr_t done = make_set(file, &f, 1, a, false);
    const hid_t set = H5Dopen2(file, a->name, H5P_DEFAULT);
    if (values) done |= H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    done |= H5DSset_scale(set, a->name);
    H5Dclose(set);
    return done;
}

static herr_t make_space_scales(gz_context *context, const gz_phase_grid *grid, bool star, hid_t file) {
    herr_t done = 0;
    for (int a = 0; a < grid->space_dim; a++) {
        double *values = NULL;
        if (gz_allocate(context, grid->cells[a], sizeof(double), &values) != GZ_OK) return -1;
        for (size_t i = 0; i < grid->cells[a]; i++) values[i] = gz_phase_grid_axis_position(grid, a, i);
        const axis x = make_axis("x", a + 1, star ? "_star" : "", grid->cells[a]);
        done |= make_scale(file, &x, "position, centre of the cell", values);
        gz_release(values);
    }
    return done;
}

/* Make the scales of species, x and v, or with `star` those of the other point of a pair. */
static herr_t make_point_scales(gz_context *context, const gz_phase_grid *grid, bool star, hid_t file) {
    herr_t done = gz_result_species_write(grid, star, file);
    done |= make_space_scales(context, grid, star, file);
    for (int a = 0; a < grid->velocity_dim; a++) {
        const axis v = make_axis("v", a + 1, star ? "_star" : "", grid->nodes);
        done |= make_scale(file, &v, "velocity, node of the grid", grid->axis_velocity);
    }
    return done;
}

static herr_t make_scales(gz_context *context, const gz_phase_grid *grid, gz_result_content content,
                          hid_t file) {
    const axis time = make_axis("time", 0, "", 0);
    herr_t done = make_scale(file, &time, "time", NULL);
    done |= make_point_scales(context, grid, false, file);
    if (content.pairs) done |= make_point_scales(context, grid, true, file);
    const axis direction = make_axis("direction", 0, "", (size_t)grid->space_dim);
    if (content.field && grid->space_dim > 1)
        done |= make_scale(file, &direction, "x axis", (const double[]){1, 2, 3});
    const axis component = make_axis("component", 0, "", (size_t)grid->velocity_dim);
    return done | make_scale(file, &component, "velocity axis", (const double[]){1, 2, 3});
}

static herr_t make_fields(const gz_phase_grid *grid, gz_result_content content, hid_t file) {
    axis axes[MAX_RANK];
    herr_t done = 0;
    const field *f;
    for (size_t i = 0; (f = field_at(content, i)); i++) {
        const int rank = list_axes(grid, f->axes, axes);
        done |= make_set(file, f, rank, axes, true);
    }
    if (content.density) return done;
    const int rank = list_axes(grid, last_state.axes, axes);
    done |= make_set(file, &last_state, rank, axes, true);
    const hid_t set = H5Dopen2(file, last_state.name, H5P_DEFAULT);
    done |= gz_hdf5_put_number(set, "time", NAN);
    done |= gz_hdf5_put_integer(set, "step", -1);
    H5Dclose(set);
    return done;
}

/* Write a text attribute, unless the file says so already: a text that is replaced leaves a hole in the file. */
static herr_t say(gz_context *context, hid_t file, const char *name, const char *text) {
    char *said = NULL;
    const bool has = H5Aexists(file, name) > 0;
    const bool same =
        has && gz_hdf5_get_whole_text(context, file, name, &said) >= 0 && strcmp(said, text) == 0;
    gz_release(said);
    if (same) return 0;
    return (has && H5Adelete(file, name) < 0) ? -1 : gz_hdf5_put_text(file, name, text);
}

static herr_t say_number(hid_t file, const char *name, long value) {
    long said = 0;
    const bool has = H5Aexists(file, name) > 0;
    if (has && gz_hdf5_get_integer(file, name, &said) >= 0 && said == value) return 0;
    return (has && H5Adelete(file, name) < 0) ? -1 : gz_hdf5_put_integer(file, name, value);
}

herr_t gz_result_layout_describe(gz_context *context, const gz_result_settings *settings, hid_t file) {
    herr_t done = say(context, file, "title", settings->title ? settings->title : "");
    done |= say(context, file, "deck", settings->deck ? settings->deck : "");
    done |= say(context, file, "run", settings->run ? settings->run : "");
    done |= say(context, file, "version", GZ_VERSION);
    done |= say(context, file, "commit", GZ_COMMIT);
    done |= say(context, file, "compiler", GZ_COMPILER);
    return done | say_number(file, "threads", gz_context_threads(context));
}

/* Build a result without states in memory. Release the bytes with gz_release. */
static gz_status build(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                       const char *path, char **bytes, size_t *size) {
    gz_hdf5_scope scope;
    gz_hdf5_enter(&scope);
    const hid_t file = gz_hdf5_create_in_memory(context);
    herr_t done = gz_result_layout_describe(context, settings, file);
    const gz_result_content content = gz_result_content_of(settings);
    done |= make_scales(context, grid, content, file);
    done |= make_fields(grid, content, file);
    const gz_status status =
        done < 0 ? gz_hdf5_fail(context, "build", path) : gz_hdf5_image(context, file, 0, bytes, size);
    H5Fclose(file);
    gz_hdf5_leave(&scope);
    return status;
}

gz_status gz_result_layout_write(gz_context *context, const gz_phase_grid *grid,
                                 const gz_result_settings *settings, const char *path) {
    char *bytes = NULL;
    size_t size = 0;
    GZ_TRY(build(context, grid, settings, path, &bytes, &size));
    const gz_status status = gz_file_write(context, path, bytes, size);
    gz_release(bytes);
    return status;
}

/* Set *same if the file has this dataset with these axes. Its time axis may have any length. */
static gz_status check_shape(gz_context *context, const gz_phase_grid *grid, hid_t file, const char *path,
                             const field *f, bool *same) {
    axis axes[MAX_RANK];
    hsize_t size[H5S_MAX_RANK] = {0};
    hid_t set;
    *same = false;
    if (!gz_hdf5_has(file, f->name)) return GZ_OK;
    GZ_TRY(gz_hdf5_open_set(context, file, path, f->name, &set));
    const int rank = list_axes(grid, f->axes, axes);
    const hid_t space = H5Dget_space(set);
    *same = H5Sget_simple_extent_dims(space, size, NULL) == rank;
    for (int a = 0; *same && a < rank; a++) *same = axes[a].count == 0 || axes[a].count == size[a];
    H5Sclose(space);
    H5Dclose(set);
    return GZ_OK;
}

/* True if the result has this name of its run, or if none is asked for. */
static bool is_of_run(gz_context *context, const char *run, hid_t file) {
    char *said = NULL;
    if (!run) return true;
    const bool same = gz_hdf5_get_whole_text(context, file, "run", &said) >= 0 && strcmp(said, run) == 0;
    gz_release(said);
    return same;
}

gz_status gz_result_layout_check(gz_context *context, const gz_phase_grid *grid,
                                 const gz_result_settings *settings, hid_t file, const char *path) {
    const gz_result_content content = gz_result_content_of(settings);
    static const field time = {.name = "time", .axes = "t"};
    const field *next = &time;
    for (size_t i = 0; next; i++) {
        bool same;
        GZ_TRY(check_shape(context, grid, file, path, next, &same));
        if (!same)
            return gz_fail(
                context, GZ_ERROR_FILES,
                "'%s' was written for another deck: its dataset '%s' is missing or has another shape; keep "
                "grid, output.density and output.grazing_rate as they were, or start again in another folder",
                path, next->name);
        if (next == &last_state) break;
        next = field_at(content, i);
        if (!next && !content.density) next = &last_state;
    }
    if (is_of_run(context, settings->run, file)) return GZ_OK;
    return gz_fail(context, GZ_ERROR_FILES,
                   "'%s' is of another run than the checkpoint beside it; put the right one there, or start "
                   "again in another folder",
                   path);
}

/* The chunks that `states` states of a dataset take, and the bytes of each. */
static double count_chunks(const gz_phase_grid *grid, const field *f, double states, double *bytes) {
    axis axes[MAX_RANK];
    hsize_t chunk[MAX_RANK] = {1};
    const int rank = list_axes(grid, f->axes, axes);
    choose_chunk(rank, axes, chunk);
    double count = ceil(states / (double)chunk[0]);
    *bytes = (double)chunk[0] * sizeof(double);
    for (int a = 1; a < rank; a++) {
        count *= ceil((double)axes[a].count / (double)chunk[a]);
        *bytes *= (double)chunk[a];
    }
    return count;
}

/* HDF5 keeps a tree of the chunks of a dataset. Its nodes have room for 64 chunks; those of a dataset that grows at its
 * end are filled to nine tenths. A node has a header, 64 places and 65 keys with the chunk's offsets. */
static double tree_bytes(const gz_phase_grid *grid, const field *f, double chunks) {
    axis axes[MAX_RANK];
    const int rank = list_axes(grid, f->axes, axes);
    const double node = 24 + 64 * 8 + 65 * (8 + 8 * (rank + 1.0)), most = 64, usual = 0.9 * most;
    return node * (chunks <= most ? chunks > 0 : 1 + ceil(chunks / usual));
}

size_t gz_result_layout_growth(const gz_phase_grid *grid, gz_result_content content) {
    double bytes = INDEX_BYTES, size;
    const field *f;
    for (size_t i = 0; (f = field_at(content, i)); i++) bytes += count_chunks(grid, f, 1, &size) * size;
    return (size_t)bytes + (content.density ? 0 : gz_phase_grid_whole_size(grid) * sizeof(double));
}

gz_status gz_result_size(gz_context *context, const gz_phase_grid *grid, const gz_result_settings *settings,
                         double states, double *bytes) {
    static const field time = {.name = "time", .axes = "t"};
    const gz_result_content content = gz_result_content_of(settings);
    char *empty = NULL;
    size_t length = 0;
    GZ_TRY(build(context, grid, settings, "result.h5", &empty, &length));
    gz_release(empty);
    *bytes = (double)length;
    const field *f = &time;
    for (size_t i = 0; f; f = field_at(content, i++)) {
        double size;
        const double chunks = count_chunks(grid, f, states, &size);
        *bytes += chunks * size + tree_bytes(grid, f, chunks);
    }
    if (!content.density && states > 0) *bytes += (double)gz_phase_grid_whole_size(grid) * sizeof(double);
    return GZ_OK;
}
