/* HDF5 tools: error messages, attributes, lists of datasets, files in memory. */
#include "hdf5_tools.h"

#include "excerpt.h"
#include "hdf5_doors.h"
#include "hdf5_exit.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { MEMORY_STEP = 1 << 16, MOST_LISTED = 1000, LISTED_DEPTH = 2, MOST_TEXT = 1 << 16 };

/* HDF5 keeps its tables in the process, so the lock is in the process too, like that of FFTW (plans.c). */
static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local int nested; /* scopes that this thread is in */

/* What an error stack says. */
typedef struct stack_reason {
    const char *text;
    bool of_arguments; /* a call on an identifier that is not valid, after an earlier call has failed */
} stack_reason;

/* Keep the description of the innermost error. The entries of a search for plugins hide it. */
static herr_t keep_innermost(unsigned n, const H5E_error2_t *error, void *kept) {
    (void)n;
    if (error->maj_num == H5E_PLUGIN || !error->desc) return 0;
    *(stack_reason *)kept = (stack_reason){error->desc, error->maj_num == H5E_ARGS};
    return 1;
}

/* HDF5 calls this whenever one of its functions has failed, with the scope as data. */
static herr_t keep_reason(hid_t stack, void *data) {
    gz_hdf5_scope *scope = data;
    stack_reason reason = {NULL, false};
    H5Ewalk2(stack, H5E_WALK_UPWARD, keep_innermost, &reason);
    if (!reason.text || (reason.of_arguments && scope->reason[0])) return 0;
    /* System errors come as "..., errno = 2, error message = 'No such file or directory', ...". */
    static const char mark[] = "error message = '", says[] = "HDF5 says: ";
    const char *system_text = strstr(reason.text, mark);
    if (system_text) {
        system_text += sizeof mark - 1;
        gz_excerpt_of(strcspn(system_text, "'"), system_text, sizeof scope->reason, scope->reason);
    } else {
        const size_t length = sizeof says - 1;
        memcpy(scope->reason, says, length);
        gz_excerpt(reason.text, sizeof scope->reason - length, scope->reason + length);
    }
    return 0;
}

void gz_hdf5_enter(gz_hdf5_scope *scope) {
    if (nested++ == 0) pthread_mutex_lock(&library);
    scope->plain = gz_plain_enter();
    scope->reason[0] = 0;
    H5Eget_auto2(H5E_DEFAULT, &scope->function, &scope->data);
    H5Eset_auto2(H5E_DEFAULT, keep_reason, scope);
}

void gz_hdf5_leave(const gz_hdf5_scope *scope) {
    H5Eset_auto2(H5E_DEFAULT, scope->function, scope->data);
    gz_plain_leave(&scope->plain);
    if (--nested == 0) pthread_mutex_unlock(&library);
}

void gz_hdf5_skip_exit(void) {
    H5dont_atexit();
}

gz_status gz_hdf5_fail(gz_context *context, const char *action, const char *path) {
    H5E_auto2_t function = NULL;
    void *data = NULL;
    H5Eget_auto2(H5E_DEFAULT, &function, &data);
    const gz_hdf5_scope *scope = function == keep_reason ? data : NULL;
    char shown[GZ_SHOWN_PATH];
    return gz_fail(context, GZ_ERROR_FILES, "cannot %s '%s': %s", action,
                   gz_excerpt(path, sizeof shown, shown),
                   scope && scope->reason[0] ? scope->reason : "HDF5 gives no reason");
}

static herr_t put(hid_t object, const char *name, hid_t type, const void *value) {
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const herr_t done = H5Awrite(attribute, type, value);
    H5Aclose(attribute);
    H5Sclose(space);
    return done;
}

static herr_t get(hid_t object, const char *name, hid_t type, void *value) {
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
    const hid_t space = H5Aget_space(attribute);
    const herr_t done = H5Sget_simple_extent_npoints(space) == 1 ? H5Aread(attribute, type, value) : -1;
    H5Sclose(space);
    H5Aclose(attribute);
    return done;
}

static hid_t text_type(void) {
    const hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    return type;
}

herr_t gz_hdf5_put_text(hid_t object, const char *name, const char *text) {
    const hid_t type = text_type();
    const herr_t done = put(object, name, type, &text);
    H5Tclose(type);
    return done;
}

herr_t gz_hdf5_put_number(hid_t object, const char *name, double value) {
    return put(object, name, H5T_NATIVE_DOUBLE, &value);
}

herr_t gz_hdf5_put_integer(hid_t object, const char *name, long value) {
    return put(object, name, H5T_NATIVE_LONG, &value);
}

/* Attributes of other programs may have a fixed length or be ASCII, which HDF5 does not convert. */
herr_t gz_hdf5_get_text(hid_t object, const char *name, char *text, size_t size) {
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), stored = H5Aget_type(attribute);
    const bool is_text = H5Tget_class(stored) == H5T_STRING, variable = H5Tis_variable_str(stored) > 0;
    char *found = NULL;
    herr_t done = -1;
    if (is_text && variable) {
        done = get(object, name, stored, &found);
        if (done >= 0) snprintf(text, size, "%s", found ? found : "");
    } else if (is_text) {
        const size_t length = H5Tget_size(stored);
        found = length <= MOST_TEXT ? H5allocate_memory(length, false) : NULL;
        done = found ? get(object, name, stored, found) : -1;
        if (done >= 0) snprintf(text, size, "%.*s", (int)length, found);
    }
    H5free_memory(found);
    H5Tclose(stored);
    H5Aclose(attribute);
    return done;
}

herr_t gz_hdf5_get_whole_text(gz_context *context, hid_t object, const char *name, char **text) {
    char *found = NULL;
    const hid_t type = text_type();
    herr_t done = get(object, name, type, &found);
    *text = NULL;
    const size_t size = found ? strlen(found) + 1 : 1;
    if (done >= 0 && gz_allocate(context, size, 1, text) != GZ_OK) done = -1;
    if (done >= 0 && found) memcpy(*text, found, size);
    H5free_memory(found);
    H5Tclose(type);
    return done;
}

herr_t gz_hdf5_get_number(hid_t object, const char *name, double *value) {
    return get(object, name, H5T_NATIVE_DOUBLE, value);
}

herr_t gz_hdf5_get_integer(hid_t object, const char *name, long *value) {
    return get(object, name, H5T_NATIVE_LONG, value);
}

int gz_hdf5_get_numbers(hid_t object, const char *name, int most, double *values) {
    const hid_t attribute = H5Aopen(object, name, H5P_DEFAULT), space = H5Aget_space(attribute);
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    const bool fits = count > 0 && count <= most;
    const herr_t done = fits ? H5Aread(attribute, H5T_NATIVE_DOUBLE, values) : -1;
    H5Sclose(space);
    H5Aclose(attribute);
    return done < 0 ? -1 : (int)count;
}

void gz_hdf5_print_shape(int rank, const hsize_t *shape, char *text, size_t size) {
    size_t length = (size_t)snprintf(text, size, "[");
    for (int a = 0; a < rank && length < size; a++)
        length += (size_t)snprintf(text + length, size - length, "%s%llu", a > 0 ? "," : "",
                                   (unsigned long long)shape[a]);
    if (length < size) snprintf(text + length, size - length, "]");
}

/* A list of datasets in the making. */
typedef struct dataset_list {
    char *text;
    size_t size, length;
    int objects; /* how many more objects to look at: groups may form circles */
} dataset_list;

static void add_to_list(dataset_list *list, hid_t set) {
    char name[512] = "", shown[GZ_SHOWN_PATH], shape[128], entry[sizeof shown + sizeof shape + 4];
    H5Iget_name(set, name, sizeof name);
    if (gz_hdf5_lies_elsewhere(set)) {
        snprintf(shape, sizeof shape, "(elsewhere)");
    } else {
        hsize_t extent[H5S_MAX_RANK] = {0};
        const hid_t space = H5Dget_space(set);
        const int rank = H5Sget_simple_extent_dims(space, extent, NULL);
        H5Sclose(space);
        gz_hdf5_print_shape(rank, extent, shape, sizeof shape);
    }
    gz_excerpt(name + (name[0] == '/'), sizeof shown, shown);
    snprintf(entry, sizeof entry, "%s%s %s", list->length > 0 ? ", " : "", shown, shape);
    const bool fits = list->length + strlen(entry) + sizeof ", .." <= list->size;
    list->length +=
        (size_t)snprintf(list->text + list->length, list->size - list->length, "%s", fits ? entry : ", ..");
    if (!fits) list->objects = 0;
}

static void list_group(dataset_list *list, hid_t group, int depth) {
    H5G_info_t info = {.nlinks = 0};
    H5Gget_info(group, &info);
    for (hsize_t i = 0; i < info.nlinks && list->objects > 0; i++, list->objects--) {
        const hid_t object = gz_hdf5_open_member(group, i);
        if (object < 0) continue;
        if (H5Iget_type(object) == H5I_DATASET) add_to_list(list, object);
        if (H5Iget_type(object) == H5I_GROUP && depth > 0) list_group(list, object, depth - 1);
        H5Oclose(object);
    }
}

void gz_hdf5_list(hid_t file, char *text, size_t size) {
    dataset_list list = {text, size, 0, MOST_LISTED};
    const hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    text[0] = 0;
    list_group(&list, root, LISTED_DEPTH);
    H5Gclose(root);
}

hid_t gz_hdf5_create_in_memory(const gz_context *context) {
    char name[60];
    snprintf(name, sizeof name, "grazing in memory, %p", (const void *)context);
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, MEMORY_STEP, 0);
    const hid_t file = H5Fcreate(name, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    return file;
}

gz_status gz_hdf5_image(gz_context *context, hid_t file, size_t prefix, char **bytes, size_t *size) {
    *bytes = NULL;
    const ssize_t length = H5Fflush(file, H5F_SCOPE_GLOBAL) < 0 ? -1 : H5Fget_file_image(file, NULL, 0);
    if (length < 0) return gz_hdf5_fail(context, "build", "an HDF5 file in memory");
    *size = prefix + (size_t)length;
    GZ_TRY(gz_allocate(context, *size, 1, bytes));
    if (H5Fget_file_image(file, *bytes + prefix, (size_t)length) == length) return GZ_OK;
    gz_release(*bytes);
    *bytes = NULL;
    return gz_hdf5_fail(context, "build", "an HDF5 file in memory");
}
