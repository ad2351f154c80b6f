/* Data path: tries one folder after the other. GRAZING_DATA_DIR, the installed one, is defined by CMake. */
#include "data_path.h"
#include "files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

/* The folder of the running program, or "" if the system does not tell it. */
static void program_folder(char *folder, size_t size) {
    const ssize_t length = readlink("/proc/self/exe", folder, size - 1);
    folder[length > 0 ? length : 0] = 0;
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
}

gz_status gz_data_path(gz_context *context, const char *name, char **path) {
    char program[PATH_SIZE], beside[PATH_SIZE + 32], above[PATH_SIZE + 32];
    program_folder(program, sizeof program);
    snprintf(beside, sizeof beside, "%s/share/grazing", program);
    snprintf(above, sizeof above, "%s/../share/grazing", program);
    const char *const folders[] = {getenv("GRAZING_SHARE"), beside, above, GRAZING_DATA_DIR};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!folders[i]) continue;
        GZ_TRY(gz_path_join(context, folders[i], name, path));
        if (access(*path, R_OK) == 0) return GZ_OK;
        gz_release(*path);
        *path = NULL;
    }
    return gz_fail(context, GZ_ERROR_FILES,
                   "cannot find %s in '%s', '%s' or '%s'; set GRAZING_SHARE to the folder that holds it",
                   name, beside, above, GRAZING_DATA_DIR);
}
