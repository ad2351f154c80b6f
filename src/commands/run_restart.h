/* Run restart: what a run goes on from, and the proof that it is the same run.
 *
 * The checkpoint says of itself which run it is of: it holds the deck, the name of the run, which result.h5 has too, the
 * seal of history.csv up to its step, and the sums of the files that the deck names. The folder's deck.yaml plays no
 * part: somebody may have edited it.
 */
#ifndef GZ_RUN_RESTART_H
#define GZ_RUN_RESTART_H

#include "checkpoint.h"
#include "run_place.h"
#include "simulation.h"
#include "summary.h"

enum { GZ_RUN_NAME = 33 };

/* Give a run a name that no other run has, the same on all ranks. */
void gz_run_name(const gz_ranks *ranks, char name[GZ_RUN_NAME]);

enum { GZ_RUN_BLOCKS = GZ_SIMULATION_BLOCKS + 1 };

/* What a checkpoint keeps beside the state: the memory of the simulation, and the tally of the summary. Returns the
 * number of blocks. */
size_t gz_run_blocks(gz_simulation *simulation, gz_summary *summary, gz_memory_block blocks[GZ_RUN_BLOCKS]);

/* Read the texts of the checkpoint, and use its plans for all transforms that are made from now on. Release them with
 * gz_checkpoint_release_texts. */
gz_status gz_run_recall(gz_context *context, const gz_run_place *place, gz_checkpoint_texts *texts);

/* Read the checkpoint into simulation->state and the tally of the summary; *older is that of gz_checkpoint_read. Fails
 * with GZ_ERROR_SETTINGS if the checkpoint's deck describes another model, grid or initial state, if a file of it has
 * changed, or if the run has reached its end already. */
gz_status gz_run_restore(gz_simulation *simulation, gz_summary *summary, const gz_run_place *place,
                         const gz_checkpoint_texts *texts, bool *older);

#endif
