/* HDF5 files that all ranks write together, each rank its own part of the fields.
 *
 * hdf5_shared_serial.c serves a single rank; hdf5_shared_mpi.c needs a parallel HDF5. Only data as large as a
 * field are written this way. The first rank alone, or every rank for itself, does the rest (building
 * the layout, reading) with ordinary HDF5.
 */
#ifndef GZ_HDF5_SHARED_H
#define GZ_HDF5_SHARED_H

#include "ranks.h"

#include <hdf5.h>

/* Open a file to write into it. Every call that changes the layout is collective: opening and closing the
 * file, setting the length of a dataset, writing attributes. Data, in contrast, are written by each rank in
 * its own time: the slabs of the ranks are contiguous in the file, so that collective writes would gain
 * nothing. Returns a negative value on failure. */
hid_t gz_hdf5_open_shared(const gz_ranks *ranks, const char *path);

#endif
