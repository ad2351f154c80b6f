/* Checkpoint: DIR/checkpoint.h5, the state a run goes on from bit for bit.
 *
 * It holds f, log f (f alone underflows below 1e-308 and rounds), named arrays of the integrator's memory
 * (gz_integrator_memory) and the plans of the transforms. Written beside its place, fsynced, renamed; the one
 * before is kept as DIR/checkpoint.older.h5. A line in front of the HDF5 part (its user block) carries length
 * and checksum of all that follows, so that a damaged file is known before anything in it is trusted, and the
 * older one is used. Where several ranks share the cells both calls are collective, and a checkpoint may be
 * read by another number of ranks than wrote it.
 */
#ifndef GZ_CHECKPOINT_H
#define GZ_CHECKPOINT_H

#include "integrator.h"

/* Texts kept with the state; NULL means "". */
typedef struct gz_checkpoint_texts {
    const char *deck;
    const char *plans; /* of the transforms (plans.h): with others the last bits would differ */
} gz_checkpoint_texts;

/* Write a checkpoint into the folder `directory`. On GZ_ERROR_FILES the checkpoints before are untouched. */
GZ_API gz_status gz_checkpoint_write(gz_context *context, const gz_phase_grid *grid, const char *directory,
                                     const gz_checkpoint_texts *texts, const gz_state *state,
                                     size_t block_count, const gz_memory_block *blocks);

/* Read the newest sound checkpoint of `directory` into state (made by gz_state_create) and blocks. *older is
 * set when the newest one was damaged and the one before was taken; gz_context_message then says what was
 * wrong. Where it lacks one of the blocks, as those of another scheme, all of them are left alone.
 * GZ_ERROR_FILES if there is none, or if it belongs to another grid; state and blocks are undefined then. */
GZ_API gz_status gz_checkpoint_read(gz_context *context, const gz_phase_grid *grid, const char *directory,
                                    gz_state *state, size_t block_count, const gz_memory_block *blocks,
                                    bool *older);

/* The plans of the checkpoint that gz_checkpoint_read would take, to be learned before a grid's transforms
 * are made; release with gz_release. */
GZ_API gz_status gz_checkpoint_read_plans(gz_context *context, const char *directory, char **plans);

#endif
