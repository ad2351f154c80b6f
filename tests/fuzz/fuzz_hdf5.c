/* Fuzzer of HDF5 input: curves, initial files and checkpoints.
 *
 * The bytes are a recipe for a file: which datasets it gets, of which type, shape, values, scales and
 * attributes, and where it is then cut. The target is our own code and not HDF5, which is to refuse files of
 * wrong bytes itself. A checkpoint is sealed with its right checksum, since no other one would be read.
 * Whatever is read must end in a status with a message.
 */
#include "checkpoint.h"
#include "checkpoint_seal.h"
#include "curve_file.h"
#include "deck.h"
#include "files.h"
#include "hdf5_tools.h"

#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct recipe {
    const uint8_t *data;
    size_t size, at;
} recipe;

static unsigned next(recipe *r) {
    return r->at < r->size ? r->data[r->at++] : 0;
}

static void demand(bool truth) {
    if (!truth) abort();
}

enum { CELLS = 2, NODES = 5, RANK = 4, MOST = 512 };

static const char *const NAMES[] = {"f",  "f_last", "log_f", "time",           "x1",   "v1",
                                    "v2", "deck",   "grid",  "rkl2_direction", "step", "plans"};

static const char *name_of(recipe *r) {
    return NAMES[next(r) % (sizeof NAMES / sizeof *NAMES)];
}

static hid_t type_of(unsigned kind) {
    const hid_t types[] = {H5T_NATIVE_DOUBLE, H5T_NATIVE_DOUBLE, H5T_IEEE_F32BE,
                           H5T_NATIVE_INT8,   H5T_STD_U64BE,     H5T_NATIVE_LDOUBLE};
    hid_t type;
    switch (kind % 10) {
    case 6:
        type = H5Tcopy(H5T_C_S1);
        H5Tset_size(type, 1 + kind / 10);
        return type;
    case 7:
        return H5Tcreate(H5T_OPAQUE, 3);
    case 8:
        return H5Tvlen_create(H5T_NATIVE_DOUBLE);
    case 9:
        type = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(type, "r", 0, H5T_NATIVE_DOUBLE);
        H5Tinsert(type, "i", 8, H5T_NATIVE_DOUBLE);
        return type;
    default:
        return H5Tcopy(types[kind % 10]);
    }
}

static double value_of(recipe *r) {
    static const double SPECIAL[] = {0,         -0.0,  1,      -1,   NAN, INFINITY,
                                     -INFINITY, 1e308, 1e-320, -690, 5e9, 0.25};
    const unsigned kind = next(r);
    return kind < 128 ? kind / 64. : SPECIAL[kind % (sizeof SPECIAL / sizeof *SPECIAL)];
}

/* The shape that the readers look for, or another one. */
static hid_t space_of(recipe *r) {
    const hsize_t right[] = {1 + next(r) % 3, CELLS, NODES, NODES};
    hsize_t shape[RANK];
    const unsigned kind = next(r);
    if (kind % 8 == 6) return H5Screate(H5S_SCALAR);
    if (kind % 8 == 7) return H5Screate(H5S_NULL);
    int rank = RANK;
    for (int a = 0; a < RANK; a++) shape[a] = right[a];
    if (kind % 8 > 2) {
        rank = 1 + (int)(next(r) % RANK);
        for (int a = 0; a < rank; a++) shape[a] = kind % 8 == 3 ? right[RANK - rank + a] : next(r) % 9;
        if (kind % 8 == 4) shape[0] = CELLS * NODES * NODES;
    }
    return H5Screate_simple(rank, shape, NULL);
}

static void put_dataset(recipe *r, hid_t file) {
    const char *name = name_of(r);
    const unsigned kind = next(r);
    const hid_t type = type_of(kind), space = space_of(r);
    if (H5Lexists(file, name, H5P_DEFAULT) > 0) H5Ldelete(file, name, H5P_DEFAULT);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    double values[MOST];
    const double base = value_of(r), slope = value_of(r) / 100;
    for (size_t i = 0; i < MOST; i++) values[i] = base + slope * (double)i;
    values[next(r)] = value_of(r);
    if (kind % 10 < 6 && H5Sget_simple_extent_npoints(space) <= MOST)
        H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values);
    H5Dclose(set);
    H5Sclose(space);
    H5Tclose(type);
}

static void attach_scale(recipe *r, hid_t file) {
    const hid_t set = H5Dopen2(file, name_of(r), H5P_DEFAULT),
                scale = H5Dopen2(file, name_of(r), H5P_DEFAULT);
    const unsigned axis = next(r) % RANK;
    if (set >= 0 && scale >= 0) H5DSattach_scale(set, scale, axis);
    H5Dclose(set);
    H5Dclose(scale);
}

/* Label an axis of a dataset, or name one that is a scale. */
static void put_label(recipe *r, hid_t file) {
    const hid_t set = H5Dopen2(file, name_of(r), H5P_DEFAULT);
    const unsigned axis = next(r) % (RANK + 1);
    if (set >= 0 && axis < RANK) H5DSset_label(set, axis, name_of(r));
    if (set >= 0 && axis == RANK) H5DSset_scale(set, name_of(r));
    H5Dclose(set);
}

/* Give the file, or one of its datasets, an attribute. */
static void put_attribute(recipe *r, hid_t file) {
    static const char *const TEXTS[] = {"2 cells on 1, 5^2 nodes on +-3", "", "(fftw-3.3.10 fftw_wisdom",
                                        "1e-3"};
    static const char *const OF_SETS[] = {"scale_factor", "add_offset", "_FillValue", "missing_value",
                                          "valid_range",  "valid_min",  "units",      "_Unsigned"};
    const hid_t set = next(r) % 2 ? H5Dopen2(file, name_of(r), H5P_DEFAULT) : H5I_INVALID_HID;
    const hid_t object = set >= 0 ? set : file;
    const char *name = set >= 0 ? OF_SETS[next(r) % (sizeof OF_SETS / sizeof *OF_SETS)] : name_of(r);
    if (H5Aexists(object, name) > 0) H5Adelete(object, name);
    switch (next(r) % 4) {
    case 0:
        gz_hdf5_put_number(object, name, value_of(r));
        break;
    case 1:
        gz_hdf5_put_integer(object, name, (long)next(r) - 3);
        break;
    case 2:
        gz_hdf5_put_text(object, name, TEXTS[next(r) % 4]);
        break;
    default: {
        const hid_t type = type_of(next(r)), space = space_of(r);
        H5Aclose(H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT));
        H5Sclose(space);
        H5Tclose(type);
    }
    }
    H5Dclose(set);
}

static void build(recipe *r, gz_context *context, const char *path, size_t prefix) {
    char *bytes = NULL;
    size_t size = 0;
    const hid_t file = gz_hdf5_create_in_memory(context);
    for (unsigned i = next(r) % 16; i > 0; i--) switch (next(r) % 5) {
        case 0:
            put_attribute(r, file);
            break;
        case 1:
            attach_scale(r, file);
            break;
        case 2:
            put_label(r, file);
            break;
        case 3:
            H5Gclose(H5Gcreate2(file, name_of(r), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
            break;
        default:
            put_dataset(r, file);
        }
    demand(gz_hdf5_image(context, file, prefix, &bytes, &size) == GZ_OK);
    H5Fclose(file);
    const unsigned cut = next(r);
    demand(gz_file_create(context, path, bytes, cut > 240 ? size * (cut - 240) / 16 : size) == GZ_OK);
    gz_release(bytes);
}

static void check(const gz_context *context, gz_status status) {
    if (status != GZ_OK) demand(gz_context_message(context)[0] != 0);
}

static void read_curve(gz_context *context, const gz_phase_grid *grid, const char *path,
                       const char *dataset) {
    gz_curve_file *curve = NULL;
    double f[CELLS * NODES * NODES];
    const gz_status status = gz_curve_open(context, grid, path, dataset, &curve);
    check(context, status);
    demand((status == GZ_OK) == (curve != NULL));
    if (curve)
        for (size_t i = 0; i < gz_curve_count(curve); i++) check(context, gz_curve_read(curve, i, f));
    gz_curve_close(curve);
}

static void read_initial(gz_context *context, const gz_phase_grid *grid, char *path) {
    const gz_component component = {.shape = GZ_FROM_FILE, .path = path};
    gz_state state;
    demand(gz_state_init(context, grid, &state) == GZ_OK);
    const gz_status status =
        gz_initial_state(context, grid, &(gz_kernel){.strength = 1}, 1, &component, &state);
    check(context, status);
    for (size_t i = 0; status == GZ_OK && i < grid->size; i++)
        demand(state.f[i] > 0 && isfinite(state.log_f[i]));
    gz_state_free(&state);
}

static void read_checkpoint(gz_context *context, const gz_phase_grid *grid, const char *folder,
                            const char *path) {
    gz_state state;
    double more[CELLS * NODES * NODES];
    const gz_memory_block block = {
        .name = "rkl2_direction", .count = CELLS * NODES * NODES, .values = more, .is_field = true};
    bool older = false;
    gz_checkpoint_texts texts;
    demand(gz_checkpoint_seal(context, path) == GZ_OK && gz_state_init(context, grid, &state) == GZ_OK);
    check(context, gz_checkpoint_read(context, grid, folder, &state, 1, &block, &older));
    check(context, gz_checkpoint_read_texts(context, folder, &texts));
    gz_checkpoint_release_texts(&texts);
    gz_state_free(&state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static char folder[64], curve[96], checkpoint[96];
    static const gz_phase_grid_settings SETTINGS = {
        .space_dim = 1, .velocity_dim = 2, .cells = {CELLS}, .length = {1}, .nodes = NODES, .half_width = 3};
    if (!folder[0]) {
        H5set_free_list_limits(-1, -1, -1, -1, -1, -1); /* or each file maps and unmaps HDF5's large tables */
        snprintf(folder, sizeof folder, "%s/grazing-fuzz-XXXXXX",
                 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
        demand(mkdtemp(folder) != NULL);
        snprintf(curve, sizeof curve, "%s/curve.h5", folder);
        snprintf(checkpoint, sizeof checkpoint, "%s/checkpoint.h5", folder);
    }
    recipe r = {data, size, 0};
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    gz_hdf5_scope scope;
    demand(gz_context_create(1, &context) == GZ_OK);
    demand(gz_phase_grid_create(context, &SETTINGS, &grid) == GZ_OK);
    gz_hdf5_enter(&scope);
    if (next(&r) % 2) {
        build(&r, context, curve, 0);
        read_curve(context, grid, curve, NULL);
        read_curve(context, grid, curve, name_of(&r));
        read_initial(context, grid, curve);
    } else {
        build(&r, context, checkpoint, GZ_CHECKPOINT_HEADER);
        read_checkpoint(context, grid, folder, checkpoint);
    }
    gz_hdf5_leave(&scope);
    demand(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL) == 0);
    unlink(curve);
    unlink(checkpoint);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
    return 0;
}
