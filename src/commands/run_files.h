/* Run files: the folder of a run and the files in it: history.csv, result.h5, deck.yaml, report.txt and
 * checkpoint.h5.
 */
#ifndef GZ_RUN_FILES_H
#define GZ_RUN_FILES_H

#include "report.h"
#include "result_file.h"
#include "run_restart.h"
#include "simulation.h"

typedef struct gz_run_files {
    gz_context *context;
    gz_run_place *place;
    const char *directory; /* that of the place */
    char run[GZ_RUN_NAME]; /* the name of the run, through all restarts */
    char *deck_text;       /* the resolved deck */
    char *plans;           /* the plans of the transforms that this run uses */
    char *inputs;          /* the sums of the files that the deck names */
    gz_ledger *ledger;
    gz_result_file *result;
    long stored;               /* step of the last state in result.h5, or -1 */
    double checkpoint_clock;   /* when the last checkpoint was written, seconds of the clock */
    double checkpoint_seconds; /* how long writing the last checkpoint took */
} gz_run_files;

/* Which columns and datasets the files of this run have. The texts must outlive the settings. */
gz_ledger_settings gz_run_ledger_settings(const gz_simulation *simulation);
gz_result_settings gz_run_result_settings(const gz_simulation *simulation, const char *deck_text,
                                          const char *run);

/* Take the place and start the files anew, or if the place says so, continue them after the state's step, which was read
 * from the checkpoint with these texts. A deck in the folder of its own run is not written again. Fails with
 * GZ_ERROR_FILES if another command is writing there, or if what is there cannot be continued; nothing in the folder
 * has changed then. */
gz_status gz_run_files_open(gz_simulation *simulation, gz_run_place *place, const gz_checkpoint_texts *texts,
                            gz_run_files *files);

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
