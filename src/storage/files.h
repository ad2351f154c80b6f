/* Files: the few operations on files that every writer needs, with errors as sentences.
 *
 * Whole files appear at once: `path`.new is written and then renamed. That survives the end of the process;
 * what must survive the end of the machine is brought to the disk by gz_file_sync first. Space is reserved
 * before a library writes, so that a full disk is met here, where it can be reported, and not inside it.
 */
#ifndef GZ_FILES_H
#define GZ_FILES_H

#include "context.h"

/* Record "cannot ACTION 'path': REASON (errno)" and return GZ_ERROR_FILES. */
gz_status gz_fail_file(gz_context *context, const char *action, const char *path, int error);

/* GZ_ERROR_FILES for a path that leads to something else than a file: a pipe would be waited for. */
gz_status gz_file_check(gz_context *context, const char *path);

/* *path = "directory/name"; release with gz_release. */
gz_status gz_path_join(gz_context *context, const char *directory, const char *name, char **path);

/* The whole file as text with a closing 0; release with gz_release. length may be NULL. */
gz_status gz_file_read(gz_context *context, const char *path, char **text, size_t *length);

/* Write all `size` bytes at the file's position; 0 or the errno of the failure. */
int gz_write_all(int descriptor, const void *data, size_t size);

/* Write a new file, or over an older one; on failure it is gone. */
gz_status gz_file_create(gz_context *context, const char *path, const void *data, size_t size);

/* Make `path` a file of these bytes; an older one is replaced at once, or untouched on failure. */
gz_status gz_file_write(gz_context *context, const char *path, const void *data, size_t size);

/* Make `to` a copy of `from`. On failure `to` is gone. */
gz_status gz_file_copy(gz_context *context, const char *from, const char *to);

/* Make sure that the disk has room for `bytes` after the present end of the file: it grows by that. */
gz_status gz_file_reserve(gz_context *context, const char *path, size_t bytes);

/* Bring a file to the disk itself. */
gz_status gz_file_sync(gz_context *context, const char *path);

/* Rename, replacing `to` at once. */
gz_status gz_file_rename(gz_context *context, const char *from, const char *to);

#endif
