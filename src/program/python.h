/* Python: runs the scripts that draw pictures, with an interpreter that has the modules they need.
 *
 * If $GRAZING_PYTHON is set, it is the interpreter. Otherwise it is the first of python3 on the PATH and
 * /usr/bin/python3 (which the system's packages belong to) that has numpy, h5py and matplotlib.
 */
#ifndef GZ_PYTHON_H
#define GZ_PYTHON_H

#include "context.h"

/* Run `script` with these words and wait for its end. It shares the standard output. If it fails, the last
 * line of its standard error becomes the message, and its exit status becomes the status: 2 and 5 as they
 * are, any other as GZ_ERROR_INTERNAL. Fails with GZ_ERROR_FILES if there is no such interpreter; the message
 * says what to install. */
gz_status gz_python_run(gz_context *context, const char *script, size_t count, const char *const *words);

#endif
