/* HDF5 doors: the only ways by which a file that somebody else may have made is opened, and a dataset in it.
 *
 * HDF5 follows a file wherever it points: through links into other files, to numbers that lie in any file or pipe of
 * the machine (external storage), and to datasets made of other datasets, itself among them (virtual datasets). It
 * takes the memory that the file asks for, and believes the lengths of lists. So what is behind these doors
 *
 *   lies in the file itself,
 *   holds whole or floating point numbers of at most 16 bytes,
 *   is not much larger than what the file stores, nor are the blocks (chunks) in which HDF5 reads it.
 *
 * Everything else is refused with a sentence. All calls need a scope (hdf5_tools.h).
 */
#ifndef GZ_HDF5_DOORS_H
#define GZ_HDF5_DOORS_H

#include "context.h"

#include <hdf5.h>
#include <stdbool.h>

/* Open a file, H5F_ACC_RDONLY or H5F_ACC_RDWR. GZ_ERROR_FILES if it is no regular file or cannot be read. On failure
 * *file is negative. */
gz_status gz_hdf5_open_file(gz_context *context, const char *path, unsigned access, hid_t *file);

/* True if there is an object of this name or a link of it, wherever that leads. */
bool gz_hdf5_has(hid_t file, const char *name);

/* Open a dataset. path: of the file, for messages. GZ_ERROR_FILES if there is none or if it is refused. On failure
 * *set is negative. */
gz_status gz_hdf5_open_set(gz_context *context, hid_t file, const char *path, const char *name, hid_t *set);

/* Check a dataset that was opened in another way. */
gz_status gz_hdf5_check_set(gz_context *context, const char *path, const char *name, hid_t set);

/* True if the values of a dataset do not lie in the file. To ask such a dataset for its shape may open others. */
bool gz_hdf5_lies_elsewhere(hid_t set);

/* Open object number i of a group; negative where its link leads out of the file. */
hid_t gz_hdf5_open_member(hid_t group, hsize_t i);

#endif
