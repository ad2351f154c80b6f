/* Scratch folders and hostile disks for the tests of files. */
#ifndef GZ_TESTS_SCRATCH_H
#define GZ_TESTS_SCRATCH_H

#include "history.h"

#include <stddef.h>

/* Make an empty folder for this test. scratch_close removes the folder and everything in it. */
void scratch_open(void);
void scratch_close(void);

/* The path "FOLDER/name", or the folder itself for the name "". Valid for the next fifteen calls. */
const char *scratch_path(const char *name);

/* Read or write a whole file as text, or fail the test. The text of scratch_read is released with free. */
char *scratch_read(const char *name, size_t *size);
void scratch_write(const char *name, const char *text, size_t size);

/* Read a history.csv. Fails the test if it cannot be read. Destroy as usual. */
gz_history *scratch_history(const char *name);

/* The number of entries in the folder. */
size_t scratch_count(void);

/* From now on no file can grow beyond `bytes`, as if the disk were full. 0 lifts the limit. */
void scratch_limit(size_t bytes);

#endif
