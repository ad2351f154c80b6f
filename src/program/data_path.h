/* Data path: files that belong to the program but are not compiled into it (share/grazing). */
#ifndef GZ_DATA_PATH_H
#define GZ_DATA_PATH_H

#include "context.h"

/* The path of share/grazing/`name`, from the first of these folders that has it: $GRAZING_SHARE;
 * share/grazing beside the running program or above its folder, wherever that was moved; the one it was built
 * to be installed in. Release *path with gz_release. GZ_ERROR_FILES if none has it. */
gz_status gz_data_path(gz_context *context, const char *name, char **path);

#endif
