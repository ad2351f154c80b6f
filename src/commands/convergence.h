/* Convergence: the ladder of `grazing converge` (command_converge.c), and its tables (converge_table.c). */
#ifndef GZ_CONVERGENCE_H
#define GZ_CONVERGENCE_H

#include "folder.h"
#include "order_fit.h"
#include "study.h"

enum { GZ_MOST_KEYS = 6, GZ_MOST_LEVELS = 40 };

/* Levels go from coarse to fine. */
typedef struct gz_convergence {
    gz_context *context;
    const gz_options *options;
    size_t key_count, level_count;
    char keys[GZ_MOST_KEYS][GZ_LONGEST_WORD];
    char (*values[GZ_MOST_KEYS])[GZ_LONGEST_WORD]; /* [key][level] */
    gz_deck *decks[GZ_MOST_LEVELS];
    gz_trial trials[GZ_MOST_LEVELS];
    gz_errors errors[GZ_MOST_LEVELS];
    double h[GZ_MOST_LEVELS], error[GZ_MOST_LEVELS], order[GZ_MOST_LEVELS]; /* error: relative L2 */
    gz_reference reference;
    bool interpolated;  /* whether the nodes of some level are not among those of the reference */
    double h_reference; /* 0 unless the reference is the finest level */
    gz_order_fit fit;
    double expected, within; /* expected is NAN if any order will do */
    gz_folder folder;
    bool quiet;
} gz_convergence;

/* Check the list of --columns, once the keys are known. Fails with GZ_ERROR_USAGE if a name is none of the
 * table's columns. */
gz_status gz_convergence_check_columns(const gz_convergence *convergence);

/* Print the table, unless quiet, and write it and the picture into the folder. */
gz_status gz_convergence_write(const gz_convergence *convergence);

#endif
