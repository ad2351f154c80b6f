/* HDF5 tools: error messages, attributes, files in memory. */
#include "hdf5_tools.h"

#include <stdio.h>
#include <string.h>

enum { MEMORY_STEP = 1 << 16 };

void gz_hdf5_enter(gz_hdf5_scope *scope) {
    H5Eget_auto2(H5E_DEFAULT, &scope->function, &scope->data);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

void gz_hdf5_leave(const gz_hdf5_scope *scope) {
    H5Eset_auto2(H5E_DEFAULT, scope->function, scope->data);
}

/* Keep the description of the innermost error. */
static herr_t keep_innermost(unsigned n, const H5E_error2_t *error, void *reason) {
    if (n == 0 && error->desc) *(const char **)reason = error->desc;
    return 0;
}

gz_status gz_hdf5_fail(gz_context *context, const char *action, const char *path) {
    const char *reason = "HDF5 gives no reason";
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, keep_innermost, &reason);
    /* System errors come as "..., errno = 2, error message = 'No such file or directory', ...". */
    static const char mark[] = "error message = '";
    const char *system_text = strstr(reason, mark);
    if (system_text) {
        system_text += sizeof mark - 1;
        return gz_fail(context, GZ_ERROR_FILES, "cannot %s '%s': %.*s", action, path,
                       (int)strcspn(system_text, "'"), system_text);
    }
    return gz_fail(context, GZ_ERROR_FILES, "cannot %s '%s': HDF5 says: %s", action, path, reason);
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

herr_t gz_hdf5_get_text(hid_t object, const char *name, char *text, size_t size) {
    char *found = NULL;
    const hid_t type = text_type();
    const herr_t done = get(object, name, type, &found);
    if (done >= 0) snprintf(text, size, "%s", found ? found : "");
    H5free_memory(found);
    H5Tclose(type);
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

hid_t gz_hdf5_create_in_memory(void) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, MEMORY_STEP, 0);
    const hid_t file = H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
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
