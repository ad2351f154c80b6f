/* Data path: files that belong to the program but are not compiled into it (share/grazing). */
#ifndef GZ_DATA_PATH_H
#define GZ_DATA_PATH_H

#include "context.h"

/* Find share/grazing/`name` in the first of these folders that has it: $GRAZING_SHARE; share/grazing beside
 * the running program, or above the program's folder, wherever that was moved; the folder that the
 * installation puts it into. Release *path with gz_release. Fails with GZ_ERROR_FILES if no folder has it. */
gz_status gz_data_path(gz_context *context, const char *name, char **path);

#endif
