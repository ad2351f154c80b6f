/* Run files: the folder of a run and what lies in it: history.csv, result.h5, deck.yaml, report.txt and
 * checkpoint.h5.
 */
#ifndef GZ_RUN_FILES_H
#define GZ_RUN_FILES_H

#include "result_file.h"
#include "simulation.h"
#include "summary.h"

typedef struct gz_run_files {
    gz_context *context;
    const char *directory;
    char *deck_text; /* the resolved deck */
    char *plans;     /* of the transforms that this run uses */
    gz_ledger *ledger;
    gz_result_file *result;
    long stored;               /* step of the last state in result.h5, -1: none */
    double checkpoint_clock;   /* when the last checkpoint was written */
    double checkpoint_seconds; /* what it took */
} gz_run_files;

/* Read the checkpoint of `directory` into simulation->state. *found is false, and nothing changed, if there
 * is none. GZ_ERROR_DECK if the folder's deck.yaml describes another model, grid or initial state. *older:
 * see gz_checkpoint_read. */
gz_status gz_run_files_restore(gz_simulation *simulation, const char *directory, bool *found, bool *older);

/* If the folder has a checkpoint, take its plans of transforms for those that are made from now on. */
gz_status gz_run_files_recall_plans(gz_context *context, const char *directory);

/* Make the folder and start its files anew, or go on in them after the state's step. deck_file: the deck that
 * was read; it is left alone if it is the folder's own deck.yaml. */
gz_status gz_run_files_open(gz_simulation *simulation, const char *directory, const char *deck_file,
                            bool resume, gz_run_files *files);

/* Append the state to result.h5 unless it is its last one already. */
gz_status gz_run_files_store(gz_run_files *files, const gz_simulation *simulation);

/* Write a checkpoint of the state; `pause`: only if the last one is that many seconds old. */
gz_status gz_run_files_checkpoint(gz_run_files *files, gz_simulation *simulation, double pause);

/* Finish result.h5, read the rate of relaxation off history.csv into the summary, write report.txt. */
gz_status gz_run_files_finish(gz_run_files *files, const gz_simulation *simulation, gz_summary *summary,
                              const char *outcome);

/* Release memory; accepts a half-opened object. */
void gz_run_files_destroy(gz_run_files *files);

#endif
