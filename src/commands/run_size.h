/* Run size: the bytes of disk that a run takes, before it begins.
 *
 *   all     in the folder at the end: result.h5 + 2 checkpoint.h5 + history.csv + deck.yaml, report.txt, result.xmf
 *   needed  beyond what is there now, at the worst moment: result.h5 and its hidden twin (result_file.h), and a third
 *           checkpoint while it is written
 *
 * Every dataset counts, with what HDF5 adds; both figures are right within a few per cent. With step control the number
 * of rows of history.csv is that of steps of time.dt, an estimate.
 */
#ifndef GZ_RUN_SIZE_H
#define GZ_RUN_SIZE_H

#include "run_place.h"
#include "simulation.h"

typedef struct gz_run_size {
    double states; /* that result.h5 gets, beside those that it has */
    double result, history, checkpoint, rest;
    double all, needed;
} gz_run_size;

/* The sizes for a run from the present state on; place is NULL for a run into a new folder. On several ranks the first
 * one knows the sizes. Collective. */
gz_status gz_run_size_of(gz_simulation *simulation, const gz_run_place *place, gz_run_size *size);

/* Print "3.58 GB in all, 7.2 GB while it runs: result.h5 ..", without an end of line. */
void gz_run_size_print(const gz_run_size *size);

/* Compare what is needed with what is free where the place is. Less is GZ_ERROR_FILES with both figures and what to
 * change; if the run may also end with less (`at_most`), it is GZ_OK, and the sentence is written into
 * warning[GZ_LONGEST_MESSAGE], which is "" otherwise. Collective. */
gz_status gz_run_size_check(gz_simulation *simulation, const gz_run_place *place, bool at_most,
                            char *warning);

#endif
