/* Run place: where the files of a run go.
 *
 *   DIR               an empty folder, or one whose run goes on with --restart
 *   DIR/replacement   with --overwrite, as long as DIR holds another run: the old run stays whole until the new one has
 *                     come to its end, whose files then take the place of the old ones
 *
 * A run of DIR/replacement that ended early, by whatever means, goes on with --restart, and is begun anew with
 * --overwrite; without either the next run is refused. For the exchange of the files the folder is first called
 * DIR/replacement.done. If the program is killed in that moment, the next run in DIR completes the exchange.
 */
#ifndef GZ_RUN_PLACE_H
#define GZ_RUN_PLACE_H

#include "folder.h"

typedef struct gz_run_place {
    gz_folder folder;
    char *directory;  /* where the files of this run are written */
    const char *deck; /* the file of the deck */
    bool overwrite;   /* --overwrite is given */
    bool restart;     /* --restart is given */
    bool resume;      /* there is a checkpoint to go on from */
    bool replaces;    /* the directory is DIR/replacement */
    bool exchanged;   /* an earlier exchange of files had been left half done, and was completed */
} gz_run_place;

/* Find the place of a run by the options --out, --restart and --overwrite. Unless `look_only` is set, the folder is
 * locked, if it is there. Changes no file, but completes an exchange. Fails with GZ_ERROR_FILES and a sentence that says
 * what is there and what to do, if the folder holds results that neither option allows for. Collective. Release it with
 * gz_run_place_close, also on failure. */
gz_status gz_run_place_find(gz_context *context, const gz_options *options, bool look_only,
                            gz_run_place *place);

/* Make and lock the folder, and see that it still is as gz_run_place_find has found it, and the same for all ranks.
 * Collective. */
gz_status gz_run_place_take(gz_context *context, gz_run_place *place);

/* Remove what an unfinished run has left in the place, for a run that begins anew there. For the first rank. */
gz_status gz_run_place_clear(gz_context *context, const gz_run_place *place);

/* The folder that the results of a run stand in once it has come to its end. */
const char *gz_run_place_end(const gz_run_place *place);

/* Put the files of a run that has come to its end there. For the first rank. */
gz_status gz_run_place_finish(gz_context *context, gz_run_place *place);

void gz_run_place_close(gz_run_place *place);

#endif
