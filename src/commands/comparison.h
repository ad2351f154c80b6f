/* Comparison: the rows of `grazing compare`, and their tables (compare_table.c). Not installed. */
#ifndef GZ_COMPARISON_H
#define GZ_COMPARISON_H

#include "options.h"
#include "study.h"

enum { GZ_MOST_ROWS = 400 };

/* The default reference `finest` is the deck's own scheme with the smallest dt of --dt divided by this. */
#define GZ_FINER 8

typedef struct gz_comparison_row {
    char method[GZ_LONGEST_WORD]; /* as given */
    double dt, tolerance;         /* tolerance NAN: not a method of own steps */
    bool own_dt;                  /* NAME@DT */
    gz_deck *deck;
    gz_trial trial;
    gz_errors errors;
} gz_comparison_row;

/* Arrays [2] are by the space form of a row, gz_space_form: variational members are of the log form. */
typedef struct gz_comparison {
    gz_context *context;
    const gz_options *options;
    size_t count;
    gz_comparison_row rows[GZ_MOST_ROWS];
    gz_deck *finest_deck[2]; /* of the reference `finest` in [0] alone, of `forms` both; else NULL */
    gz_trial finest[2];
    gz_reference reference[2];
    double between_forms; /* relative L2 difference of the two finest, of `forms` */
    gz_trial_settings settings;
    long repeat;
    double at_error; /* 0: not asked for */
    bool quiet;
} gz_comparison;

/* Print the tables, unless quiet, and write them and the picture into the folder. */
gz_status gz_comparison_write(const gz_comparison *comparison, const char *directory);

#endif
