/* Radial file: reads a radial table (radial_table.h) from a text file of two columns, r and value.
 *
 * Spaces, tabs or a comma separate the columns. Empty lines and everything after a # are ignored.
 */
#ifndef GZ_RADIAL_FILE_H
#define GZ_RADIAL_FILE_H

#include "radial_table.h"

/* Fails with GZ_ERROR_FILES if the file cannot be read, and with GZ_ERROR_SETTINGS if its content is wrong;
 * the message then names the file and the line. */
gz_status gz_radial_file_read(gz_context *context, const char *path, gz_radial_table **table);

#endif
