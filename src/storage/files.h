/* Files: the few operations on files that every writer needs, with errors as sentences.
 *
 * A whole file appears at once: `path`.new is written and then renamed. Such a file survives the end of the
 * process. A file that must also survive a crash of the machine is first brought to the disk by gz_file_sync.
 * Space is reserved before a library writes, so that a full disk is met here, where it can be reported, and
 * not inside the library.
 */
#ifndef GZ_FILES_H
#define GZ_FILES_H

#include "context.h"

/* Record "cannot ACTION 'path': REASON (errno)" and return GZ_ERROR_FILES. */
gz_status gz_fail_file(gz_context *context, const char *action, const char *path, int error);

/* Fails with GZ_ERROR_FILES if `path` is not a regular file: reading a pipe would wait forever. */
gz_status gz_file_check(gz_context *context, const char *path);

/* Set *path to "directory/name". Release it with gz_release. */
gz_status gz_path_join(gz_context *context, const char *directory, const char *name, char **path);

/* Read a whole file as text with a closing 0. Release it with gz_release. length may be NULL. */
gz_status gz_file_read(gz_context *context, const char *path, char **text, size_t *length);

/* Write all `size` bytes at the file's position. Returns 0, or the errno of the failure. */
int gz_write_all(int descriptor, const void *data, size_t size);

/* Write a file, over an older one if there is one. On failure the file is gone. */
gz_status gz_file_create(gz_context *context, const char *path, const void *data, size_t size);

/* Make `path` a file of these bytes. It replaces an older file at once, or leaves it untouched on failure. */
gz_status gz_file_write(gz_context *context, const char *path, const void *data, size_t size);

/* Make `to` a copy of `from`. On failure `to` is gone. */
gz_status gz_file_copy(gz_context *context, const char *from, const char *to);

/* Make sure that the disk has room for `bytes` behind the end of the file, whose length may grow by them. What of them
 * is not used gz_file_trim gives back. */
gz_status gz_file_reserve(gz_context *context, const char *path, size_t bytes);
gz_status gz_file_trim(gz_context *context, const char *path);

/* Let two files exchange their names at once. False, with nothing changed, if the file system cannot. */
bool gz_file_exchange(const char *a, const char *b);

/* The checksum of a whole file (checksum.h). */
gz_status gz_file_sum(gz_context *context, const char *path, uint64_t *sum);

/* Bring a file to the disk itself (fsync). */
gz_status gz_file_sync(gz_context *context, const char *path);

/* Rename `from` to `to`, which replaces an older `to` at once. */
gz_status gz_file_rename(gz_context *context, const char *from, const char *to);

#endif
