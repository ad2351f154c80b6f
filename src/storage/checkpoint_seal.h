/* Checkpoint seal: the header of a checkpoint, which carries length and checksum of the HDF5 part behind it.
 *
 * The header is a line in the first GZ_CHECKPOINT_HEADER bytes, the user block of the HDF5 file. A damaged file is thus
 * recognised before HDF5 reads any of it.
 */
#ifndef GZ_CHECKPOINT_SEAL_H
#define GZ_CHECKPOINT_SEAL_H

#include "context.h"

enum { GZ_CHECKPOINT_HEADER = 512 };

/* Fill in the header and bring the file to the disk. */
gz_status gz_checkpoint_seal(gz_context *context, const char *path);

/* Fails with GZ_ERROR_FILES unless length and checksum are what the header says. */
gz_status gz_checkpoint_verify(gz_context *context, const char *path);

/* Fails with GZ_ERROR_FILES on all ranks unless each rank sees the file with the header that the first rank sees.
 * Collective. */
gz_status gz_checkpoint_check_ranks(gz_context *context, const char *path);

#endif
