/* HDF5 tools: what the readers and writers of HDF5 files share.
 *
 * HDF5 serves one thread at a time, unless it was built otherwise: the scopes of several threads take turns, for all
 * contexts of the process. It prints its errors on stderr and forgets them at the next call. Inside a scope it prints nothing, and
 * the scope keeps the reason of the last call that failed, whatever is closed after it. HDF5 calls accept
 * invalid identifiers and then fail, so a chain of calls may be checked once, at its end: the failures that
 * only follow from an earlier one do not hide its reason.
 */
#ifndef GZ_HDF5_TOOLS_H
#define GZ_HDF5_TOOLS_H

#include "context.h"
#include "plain.h"

#include <hdf5.h>

typedef struct gz_hdf5_scope {
    gz_plain plain;
    H5E_auto2_t function; /* the caller's handling of errors */
    void *data;
    char reason[256]; /* "" as long as nothing has failed */
} gz_hdf5_scope;

/* Begin: wait until no other thread is in a scope, make texts plain, and take over the handling of HDF5's errors.
 * End: give all that back. Scopes may lie in each other. Every call of HDF5 is in one. */
void gz_hdf5_enter(gz_hdf5_scope *scope);
void gz_hdf5_leave(const gz_hdf5_scope *scope);

/* Record "cannot ACTION 'path': what HDF5 says" and return GZ_ERROR_FILES. Call it inside a scope. */
gz_status gz_hdf5_fail(gz_context *context, const char *action, const char *path);

/* Write and read attributes of an object: UTF-8 text of any length, a number, a whole number. The functions
 * return a negative value on failure. */
herr_t gz_hdf5_put_text(hid_t object, const char *name, const char *text);
herr_t gz_hdf5_put_number(hid_t object, const char *name, double value);
herr_t gz_hdf5_put_integer(hid_t object, const char *name, long value);
herr_t gz_hdf5_get_text(hid_t object, const char *name, char *text, size_t size);  /* cut to size - 1 bytes */
int gz_hdf5_get_numbers(hid_t object, const char *name, int most, double *values); /* returns their count */
herr_t gz_hdf5_get_whole_text(gz_context *context, hid_t object, const char *name,
                              char **text); /* release with gz_release */
herr_t gz_hdf5_get_number(hid_t object, const char *name, double *value);
herr_t gz_hdf5_get_integer(hid_t object, const char *name, long *value);

/* Write a shape as "[4,9,9]". */
void gz_hdf5_print_shape(int rank, const hsize_t *shape, char *text, size_t size);

/* List the datasets of a file with their shapes: "f [3,9,9], time [3]". A list that is too long ends in
 * "..". */
void gz_hdf5_list(hid_t file, char *text, size_t size);

/* Create a file that exists in memory only. HDF5 knows open files by their names: this one's is made of the address
 * of the context. */
hid_t gz_hdf5_create_in_memory(const gz_context *context);

/* Copy the bytes of an open file, with `prefix` zero bytes in front. Release them with gz_release. */
gz_status gz_hdf5_image(gz_context *context, hid_t file, size_t prefix, char **bytes, size_t *size);

#endif
