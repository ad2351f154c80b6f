/* HDF5 tools: what the readers and writers of HDF5 files share.
 *
 * HDF5 prints its errors on stderr and keeps them on a stack. Here the printing is off inside a scope, and
 * the innermost entry of the stack becomes the reason in our message. HDF5 calls accept invalid identifiers
 * and then fail, so a chain of calls may be checked once, at its end.
 */
#ifndef GZ_HDF5_TOOLS_H
#define GZ_HDF5_TOOLS_H

#include "context.h"

#include <hdf5.h>

typedef struct gz_hdf5_scope {
    H5E_auto2_t function;
    void *data;
} gz_hdf5_scope;

/* Switch HDF5's own error printing off, and restore it. */
void gz_hdf5_enter(gz_hdf5_scope *scope);
void gz_hdf5_leave(const gz_hdf5_scope *scope);

/* Record "cannot ACTION 'path': what HDF5 says" and return GZ_ERROR_FILES. Call at once after the failure. */
gz_status gz_hdf5_fail(gz_context *context, const char *action, const char *path);

/* Write and read attributes of an object: UTF-8 text of any length, a number, a whole number. The functions
 * return a negative value on failure. */
herr_t gz_hdf5_put_text(hid_t object, const char *name, const char *text);
herr_t gz_hdf5_put_number(hid_t object, const char *name, double value);
herr_t gz_hdf5_put_integer(hid_t object, const char *name, long value);
herr_t gz_hdf5_get_text(hid_t object, const char *name, char *text, size_t size); /* cut to size - 1 bytes */
herr_t gz_hdf5_get_whole_text(gz_context *context, hid_t object, const char *name,
                              char **text); /* release with gz_release */
herr_t gz_hdf5_get_number(hid_t object, const char *name, double *value);
herr_t gz_hdf5_get_integer(hid_t object, const char *name, long *value);

/* Create a file that exists in memory only. */
hid_t gz_hdf5_create_in_memory(void);

/* Copy the bytes of an open file, with `prefix` zero bytes in front. Release them with gz_release. */
gz_status gz_hdf5_image(gz_context *context, hid_t file, size_t prefix, char **bytes, size_t *size);

#endif
