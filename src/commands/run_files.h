/* Run files: the folder of a run and the files in it: history.csv, result.h5, deck.yaml, report.txt and
 * checkpoint.h5.
 */
#ifndef GZ_RUN_FILES_H
#define GZ_RUN_FILES_H

#include "report.h"
#include "result_file.h"
#include "simulation.h"

typedef struct gz_run_files {
    gz_context *context;
    const char *directory;
    char *deck_text; /* the resolved deck */
    char *plans;     /* the plans of the transforms that this run uses */
    gz_ledger *ledger;
    gz_result_file *result;
    bool claimed;
    int claim;                 /* the lock of the folder, or what gz_folder_claim says instead */
    long stored;               /* step of the last state in result.h5, or -1 */
    double checkpoint_clock;   /* when the last checkpoint was written, seconds of the clock */
    double checkpoint_seconds; /* how long writing the last checkpoint took */
} gz_run_files;

/* Read the checkpoint of `directory` into simulation->state and the tally of the summary. If there is none, *found is false and nothing
 * changes. *older is that of gz_checkpoint_read. Fails with GZ_ERROR_SETTINGS if the folder's deck.yaml
 * describes another model, grid or initial state. */
gz_status gz_run_files_restore(gz_simulation *simulation, gz_summary *summary, const char *directory,
                               bool *found, bool *older);

/* If the folder has a checkpoint, use its plans for all transforms that are made from now on. */
gz_status gz_run_files_recall_plans(gz_context *context, const char *directory);

/* Make the folder and start its files anew, or with `resume` continue them after the state's step. deck_file
 * is the deck that was read; if it is the folder's own deck.yaml it is not written again. Fails with
 * GZ_ERROR_FILES if another run is writing into the folder, or if what is there cannot be continued; nothing in
 * the folder has changed then. */
gz_status gz_run_files_open(gz_simulation *simulation, const char *directory, const char *deck_file,
                            bool resume, gz_run_files *files);

/* After a restart: add the rows of the steps before it to the summary, and the tally. */
gz_status gz_run_files_replay(gz_run_files *files, const gz_simulation *simulation, gz_summary *summary);

/* Append the state to result.h5, unless it is already the last one there. */
gz_status gz_run_files_store(gz_run_files *files, const gz_simulation *simulation);

/* Write a checkpoint of the state and of the tally, if the last one is at least `pause` seconds old. */
gz_status gz_run_files_checkpoint(gz_run_files *files, gz_simulation *simulation, gz_summary *summary,
                                  double pause);

/* Finish result.h5, read the rate of relaxation from history.csv into the summary, and write report.txt. */
gz_status gz_run_files_finish(gz_run_files *files, const gz_simulation *simulation, gz_summary *summary,
                              const gz_report *report);

/* Release the memory. A half-opened object is accepted. */
void gz_run_files_close(gz_run_files *files);

#endif
