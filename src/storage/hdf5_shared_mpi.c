/* HDF5 files of several ranks: through the MPI driver of HDF5. A single rank uses the ordinary driver. */
#include "hdf5_shared.h"

#include "ranks_mpi.h"

hid_t gz_hdf5_open_shared(const gz_ranks *ranks, const char *path) {
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    if (gz_ranks_count(ranks) > 1) H5Pset_fapl_mpio(access, gz_ranks_communicator(ranks), MPI_INFO_NULL);
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, access);
    H5Pclose(access);
    return file;
}
