/* Comparison: the rows of `grazing compare` (compare_rows.c), their references (compare_reference.c), tables
 * (compare_table.c) and the notes below them (compare_notes.c). */
#ifndef GZ_COMPARISON_H
#define GZ_COMPARISON_H

#include "folder.h"
#include "study.h"

enum { GZ_MOST_ROWS = 400, GZ_MOST_AT_ERRORS = 20 };

/* The fine runs of the references `finest` and `forms` that do not choose their steps have the smallest dt of --dt divided
 * by this. */
#define GZ_FINER 8

/* The runs that tell how good these are have this multiple of their step and of their tolerance. */
#define GZ_COARSER_STEP      2
#define GZ_COARSER_TOLERANCE 10

typedef struct gz_comparison_row {
    char method[GZ_LONGEST_WORD]; /* as given in --methods */
    size_t place;                 /* of the method: the number of the first row that was made for it */
    double dt, tolerance;         /* tolerance is NAN unless the method chooses its steps */
    bool own_dt;                  /* dt was given as NAME@DT */
    gz_deck *deck;
    gz_trial trial;
    gz_errors errors;
} gz_comparison_row;

/* Arrays [2] are indexed by the space form of a row (gz_space_form), which is log for variational methods. */
typedef struct gz_comparison {
    gz_context *context;
    const gz_options *options;
    size_t count;
    gz_comparison_row rows[GZ_MOST_ROWS];
    double least_dt;         /* of --dt */
    bool used[2];            /* whether there are rows of the form */
    gz_deck *finest_deck[2]; /* fine runs of the references `forms` and `finest`; NULL: none of this form */
    gz_trial finest[2];
    gz_reference reference[2];
    bool forms;        /* true: the reference `forms`, each row against the fine run of its own form */
    gz_space_form own; /* reference `finest`: its form, the one of the deck's own scheme */
    double good_to[2]; /* relative L2 difference of a fine run to the coarser one; NAN: not known */
    char unrated[2][GZ_OUTCOME]; /* why it is not */
    double between_forms;        /* relative L2 difference of the two fine runs, if there are two */
    gz_trial_settings settings;
    long repeat;
    size_t at_error_count; /* 0: --at-error is not given */
    double at_errors[GZ_MOST_AT_ERRORS];
    gz_folder folder;
    bool quiet;
} gz_comparison;

/* The words "dt = 0.1", or "dt = 0.1, tolerance = 0.001" of a method that chooses its steps. Returns `text`. */
enum { GZ_LEVEL = 64 };
const char *gz_comparison_level(const gz_comparison_row *row, char text[GZ_LEVEL]);

/* Read the rows from the options, load their decks, and sort them: methods as given, the rows of one method from
 * coarse to fine. Fails with GZ_ERROR_USAGE, or as the deck does. */
gz_status gz_comparison_read_rows(gz_comparison *comparison);

/* The space form of a row, which is the log form for variational methods. */
gz_space_form gz_comparison_form(const gz_deck *deck);

/* Read --reference and load the decks of the fine runs. Fails as gz_reference_check does. */
gz_status gz_comparison_read_reference(gz_comparison *comparison);

/* Integrate the fine runs, and the coarser ones that tell how good those are that rows are compared with. Fails with GZ_ERROR_NOT_CONVERGED if a fine one does not reach its end. */
gz_status gz_comparison_run_references(gz_comparison *comparison);

/* True if nothing but its tolerance limits the steps of a fine run. */
bool gz_comparison_whole(const gz_deck *deck);

/* Write " with dt = 0.1", " with tolerance = 1e-8" or both, whichever limits the steps, of a run with coarser steps and a
 * looser tolerance than the deck's by these factors. */
void gz_comparison_write_steps(FILE *out, const gz_deck *deck, double coarser, double looser);

/* Write the lines for below the table: what the numbers mean, and how good the references are. */
void gz_comparison_write_notes(FILE *out, const gz_comparison *comparison);

/* Check the list of --columns. Fails with GZ_ERROR_USAGE if a name is none of the table's columns. */
gz_status gz_comparison_check_columns(const gz_comparison *comparison);

/* Print the tables, unless quiet, and write them and the picture into the folder. */
gz_status gz_comparison_write(const gz_comparison *comparison);

#endif
