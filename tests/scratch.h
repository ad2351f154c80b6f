/* Scratch folders and hostile disks for the tests of files. */
#ifndef GZ_TESTS_SCRATCH_H
#define GZ_TESTS_SCRATCH_H

#include "history.h"

#include <stddef.h>

/* Make an empty folder for this test; scratch_close removes it with all it holds. */
void scratch_open(void);
void scratch_close(void);

/* "FOLDER/name"; name "" gives the folder. Valid until the sixteenth next call. */
const char *scratch_path(const char *name);

/* Whole files as text; scratch_read fails the test if the file cannot be read. Release with free. */
char *scratch_read(const char *name, size_t *size);
void scratch_write(const char *name, const char *text, size_t size);

/* A history.csv; fails the test if it cannot be read. Destroy as usual. */
gz_history *scratch_history(const char *name);

/* Number of entries in the folder. */
size_t scratch_count(void);

/* From now on no file can grow beyond `bytes`: what a full disk looks like. 0 lifts the limit. */
void scratch_limit(size_t bytes);

#endif
