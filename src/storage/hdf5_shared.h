/* HDF5 files that all ranks write together, each its own part. hdf5_shared_serial.c, and hdf5_shared_mpi.c on
 * top of a parallel HDF5. What is not as large as a field (layout, lengths, reading) is done by one rank, or
 * by each for itself, with HDF5 as it is without ranks.
 */
#ifndef GZ_HDF5_SHARED_H
#define GZ_HDF5_SHARED_H

#include "ranks.h"

#include <hdf5.h>

/* Open a file to write into it. Collective, as everything is that changes its layout: opening it, the length
 * of a dataset, attributes, closing. Data are written by each rank in its own time; the slabs of ranks are
 * contiguous in a file, so that nothing would be gained by writing them together. Negative on failure. */
hid_t gz_hdf5_open_shared(const gz_ranks *ranks, const char *path);

#endif
