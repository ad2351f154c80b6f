/* Checkpoint: DIR/checkpoint.h5, the state a run goes on from bit for bit.
 *
 * It holds f, log f (f alone underflows below 1e-308 and rounds) and named arrays of the integrator's memory.
 * Written beside its place, fsynced, renamed; the one before is kept as DIR/checkpoint.older.h5. A line in
 * front of the HDF5 part (its user block) carries length and checksum of all that follows, so that a damaged
 * file is known before anything in it is trusted, and the older one is used. Where several ranks share the
 * cells both calls are collective, and a checkpoint may be read by another number of ranks than wrote it.
 */
#ifndef GZ_CHECKPOINT_H
#define GZ_CHECKPOINT_H

#include "integrator.h"

/* Memory that must survive a restart beside the state, the same on all ranks; values belong to the caller. */
typedef struct gz_memory_block {
    const char *name; /* of the dataset, for example "previous_increment" */
    size_t count;
    double *values; /* [count] */
} gz_memory_block;

/* Write a checkpoint into the folder `directory`. deck: text kept with it, NULL means "". On GZ_ERROR_FILES
 * the checkpoints before are untouched. */
gz_status gz_checkpoint_write(gz_context *context, const gz_phase_grid *grid, const char *directory,
                              const char *deck, const gz_state *state, size_t block_count,
                              const gz_memory_block *blocks);

/* Read the newest sound checkpoint of `directory` into state (made by gz_state_create) and blocks. *older is
 * set when the newest one was damaged and the one before was taken; gz_context_message then says what was
 * wrong. GZ_ERROR_FILES if there is none, or if it belongs to another grid; state and blocks are undefined
 * then. */
gz_status gz_checkpoint_read(gz_context *context, const gz_phase_grid *grid, const char *directory,
                             gz_state *state, size_t block_count, const gz_memory_block *blocks, bool *older);

#endif
