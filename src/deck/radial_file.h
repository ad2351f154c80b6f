/* Radial file: a radial table (radial_table.h) as a text file of two columns, r and value.
 *
 * Columns are separated by spaces, tabs or a comma; empty lines and what follows a # do not count.
 */
#ifndef GZ_RADIAL_FILE_H
#define GZ_RADIAL_FILE_H

#include "radial_table.h"

/* GZ_ERROR_FILES if the file cannot be read, GZ_ERROR_DECK, naming file and line, for what it says. */
gz_status gz_radial_file_read(gz_context *context, const char *path, gz_radial_table **table);

#endif
