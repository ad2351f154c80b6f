/* Checkpoint: DIR/checkpoint.h5, from which a stopped run goes on bit for bit.
 *
 * A checkpoint holds f and log f (f alone is rounded, and underflows below 1e-308), named arrays of the
 * integrator's memory (gz_integrator_memory) and the plans of the transforms. A new checkpoint is written
 * beside its place, fsynced and renamed; the one before it is kept as DIR/checkpoint.older.h5. A line in
 * front of the HDF5 part (in its user block) carries the length and the checksum of all that follows. A
 * damaged file is thus recognised before anything in it is trusted, and the older one is used.
 *
 * Where several ranks share the cells, both writing and reading are collective. The number of ranks that read
 * a checkpoint may differ from the number that wrote it.
 */
#ifndef GZ_CHECKPOINT_H
#define GZ_CHECKPOINT_H

#include "integrator.h"

/* Texts that are kept with the state. NULL means "". */
typedef struct gz_checkpoint_texts {
    const char *deck;
    const char *plans;   /* of the transforms (plans.h); other plans would change the last bits */
    const char *run;     /* the name of the run, which its result.h5 has too (result_file.h) */
    const char *history; /* the seal of history.csv up to this state (ledger.h) */
    const char *inputs;  /* the sums of the files that the deck names (deck.h) */
} gz_checkpoint_texts;

/* Write a checkpoint into the folder `directory`. If this fails with GZ_ERROR_FILES, the checkpoints that
 * were there before are untouched. */
GZ_API gz_status gz_checkpoint_write(gz_context *context, const gz_phase_grid *grid, const char *directory,
                                     const gz_checkpoint_texts *texts, const gz_state *state,
                                     size_t block_count, const gz_memory_block *blocks);

/* The bytes of such a checkpoint; nothing is written. For any one rank. */
GZ_API gz_status gz_checkpoint_size(gz_context *context, const gz_phase_grid *grid,
                                    const gz_checkpoint_texts *texts, const gz_state *state,
                                    size_t block_count, const gz_memory_block *blocks, double *bytes);

/* Read the newest sound checkpoint of `directory` into state (made by gz_state_init) and blocks. *older is
 * set if the newest one was damaged and the one before it was taken; gz_context_message then says what was
 * wrong. Of the optional blocks those are read that the file has; of the others all, or none if the file lacks
 * one, since another scheme wrote it. Fails with GZ_ERROR_FILES if there is no checkpoint or if its grid is
 * another one; state and blocks are undefined then. */
GZ_API gz_status gz_checkpoint_read(gz_context *context, const gz_phase_grid *grid, const char *directory,
                                    gz_state *state, size_t block_count, const gz_memory_block *blocks,
                                    bool *older);

/* Read the texts of the checkpoint that gz_checkpoint_read would take; those that it lacks are "". The first rank reads
 * them, and all get them. The plans must be
 * learned before the transforms of a grid are made. Release them with gz_checkpoint_release_texts. */
GZ_API gz_status gz_checkpoint_read_texts(gz_context *context, const char *directory,
                                          gz_checkpoint_texts *texts);
GZ_API void gz_checkpoint_release_texts(gz_checkpoint_texts *texts);

#endif
