/* Result states: how many states a result.h5 holds, read from the length of its time axis alone. */
#include "hdf5_doors.h"
#include "hdf5_tools.h"
#include "result_file.h"

#include <unistd.h>

gz_status gz_result_states(gz_context *context, const char *path, size_t *count) {
    gz_hdf5_scope scope;
    *count = 0;
    if (access(path, F_OK) != 0) return GZ_OK;
    gz_hdf5_enter(&scope);
    hid_t file, set = H5I_INVALID_HID;
    gz_status status = gz_hdf5_open_file(context, path, H5F_ACC_RDONLY, &file);
    if (status == GZ_OK) status = gz_hdf5_open_set(context, file, path, "time", &set);
    if (status == GZ_OK) {
        const hid_t space = H5Dget_space(set);
        const hssize_t points = H5Sget_simple_extent_npoints(space);
        if (points < 0) status = gz_hdf5_fail(context, "read", path);
        if (points > 0) *count = (size_t)points;
        H5Sclose(space);
    }
    if (set >= 0) H5Dclose(set);
    if (file >= 0) H5Fclose(file);
    gz_hdf5_leave(&scope);
    return status;
}
