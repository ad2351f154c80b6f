/* Checkpoint seal: the header of a checkpoint, in front of its HDF5 part. It is the line
 *
 *   grazing checkpoint, LENGTH bytes follow, checksum SUM
 *
 * filled up with zeros. Length and sum (checksum.h) are of all that follows: a file that was cut or changed is
 * recognised before anything in it is trusted.
 */
#ifndef GZ_CHECKPOINT_SEAL_H
#define GZ_CHECKPOINT_SEAL_H

#include "context.h"

enum { GZ_CHECKPOINT_HEADER = 512 };

/* Fill in the header of a file that has zeros there, and bring the file to the disk. */
gz_status gz_checkpoint_seal(gz_context *context, const char *path);

/* GZ_ERROR_FILES unless length and checksum are what the header says. */
gz_status gz_checkpoint_verify(gz_context *context, const char *path);

/* Fails with GZ_ERROR_FILES on all ranks unless each rank sees the file with the header that the first rank sees.
 * Collective. */
gz_status gz_checkpoint_check_ranks(gz_context *context, const char *path);

#endif
