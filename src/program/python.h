/* Python: run the scripts that draw pictures, by an interpreter that has what they need.
 *
 * The interpreter is $GRAZING_PYTHON where that is set, else python3 on the PATH, else /usr/bin/python3 (the
 * one the system's packages belong to): the first that has numpy, h5py and matplotlib.
 */
#ifndef GZ_PYTHON_H
#define GZ_PYTHON_H

#include "context.h"

/* Run `script` with these words and wait for it; it shares the standard output. Where it fails, the last line
 * of its standard error becomes the message and its exit status, 2 or 5, the status (GZ_ERROR_INTERNAL for
 * any other). GZ_ERROR_FILES if there is no such interpreter: the message says what to install. */
gz_status gz_python_run(gz_context *context, const char *script, size_t count, const char *const *words);

#endif
