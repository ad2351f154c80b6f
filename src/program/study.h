/* Study: what `compare` and `converge` share. A trial is one integration of a deck; errors measure how far
 * its last state is from a reference.
 *
 *   L1, L2, Linf   |f - g| / |g| with the weights h and dx
 *   entropy        KL(f|g) / mass(g), if f and g are positive
 *
 * A trial that blows up, loses positivity or does not converge is a result like any other: `outcome` says so.
 */
#ifndef GZ_STUDY_H
#define GZ_STUDY_H

#include "datum.h"
#include "options.h"
#include "summary.h"
#include "table.h"

enum { GZ_OUTCOME = GZ_LONGEST_MESSAGE + 40, GZ_MOST_REPEATS = 100 };

typedef struct gz_trial_settings {
    bool certify; /* sum J_mean, the defect of the interval form (certify.h), in summary.mean_total */
} gz_trial_settings;

typedef struct gz_trial {
    gz_phase_grid *grid;
    gz_state state; /* at the end of the run, or where the trial stopped */
    gz_summary summary;
    double entropy;                                     /* H of the state, with log|f| where f < 0 */
    double defect;                                      /* sum of J; NaN for schemes that have no J */
    double seconds_median, seconds_least, seconds_most; /* of the steps alone */
    double processor_seconds;                           /* of all threads; the least of all integrations */
    double seconds[GZ_MOST_REPEATS];                    /* [integrations], ascending */
    size_t integrations;
    long entropy_rises; /* steps whose collision raised H */
    /* Where the steepness switch (derivative.h) has turned a wide stencil down at the end, theta < 1: the
     * share of the nodes at which one fits, and the share of the mass. NaN if the scheme has no switch. */
    double switched_nodes, switched_mass;
    bool finished;
    char outcome[GZ_OUTCOME];    /* "fine", or what went wrong; "..; last step 0.1" if it was shortened */
    char warning[GZ_DATUM_TEXT]; /* that the grid does not have the datum (datum.h); "": it has */
} gz_trial;

/* Integrate a deck. This fails only for a reason that concerns the whole study: an interrupt, no memory, or a
 * deck that cannot be simulated. */
gz_status gz_trial_run(gz_context *context, const gz_deck *deck, const gz_trial_settings *settings,
                       gz_trial *trial);
void gz_trial_free(gz_trial *trial);

/* Print the warning of a trial on stderr, unless it is that of the trial before, which may be NULL. */
void gz_trial_warn(const gz_trial *trial, const gz_trial *before);

/* Integrate once more for its seconds alone, unless the trial did not finish or has had GZ_MOST_REPEATS. */
gz_status gz_trial_time_again(gz_context *context, const gz_deck *deck, gz_trial *trial);

typedef enum gz_reference_kind {
    GZ_REFERENCE_EXACT,
    GZ_REFERENCE_FINEST,
    GZ_REFERENCE_FILE
} gz_reference_kind;

typedef struct gz_reference {
    gz_reference_kind kind;
    const char *path;       /* GZ_REFERENCE_FILE: the file */
    const gz_trial *finest; /* GZ_REFERENCE_FINEST: the trial on the finest level */
} gz_reference;

/* The reference that the word of --reference names; the kind `fallback` if the word is NULL. */
gz_reference gz_reference_of(const char *word, gz_reference_kind fallback);

/* Check a reference before anything is integrated. Fails with GZ_ERROR_USAGE if `exact` is asked for and no
 * exact solution is known, with GZ_ERROR_FILES if a file does not fit the grid or lacks the last time. */
gz_status gz_reference_check(gz_context *context, const gz_reference *reference, const gz_deck *deck);

/* Fails with GZ_ERROR_USAGE unless the finest level knows f wherever the other level does: on the same space,
 * and in a velocity box that is as wide. */
gz_status gz_reference_check_levels(gz_context *context, const gz_phase_grid_settings *level,
                                    const gz_phase_grid_settings *fine);

/* True if every node of the coarse grid is also a node of the fine grid, on the same space. */
bool gz_reference_is_nested(const gz_phase_grid_settings *coarse, const gz_phase_grid_settings *fine);

typedef struct gz_errors {
    double l1, l2, linf, entropy; /* NaN if the trial did not finish or is the reference */
} gz_errors;

gz_status gz_errors_of(gz_context *context, const gz_reference *reference, const gz_deck *deck,
                       const gz_trial *trial, gz_errors *errors);

/* Split a list such as "0.2,0.1" into at most `most` words and copy each of them; *count is their number.
 * Fails with GZ_ERROR_USAGE and the option's name if there are too many words, or if one is empty or too
 * long. Release *words with gz_release. */
enum { GZ_LONGEST_WORD = 80 };
gz_status gz_split_words(gz_context *context, const char *option, const char *list, size_t most,
                         char (**words)[GZ_LONGEST_WORD], size_t *count);

/* Load the deck of the command line, as a study varies it: the first argument with the settings of --set,
 * followed by `count` more settings own[i] = "key=value". Destroy it with gz_deck_destroy. */
enum { GZ_LONGEST_SETTING = 2 * GZ_LONGEST_WORD + 2 };
gz_status gz_study_deck(gz_context *context, const gz_options *options, size_t count,
                        char (*own)[GZ_LONGEST_SETTING], gz_deck **deck);

/* Write a table into directory/name with one of the functions of table.h. */
gz_status gz_study_write(gz_context *context, const char *directory, const char *name, const gz_table *table,
                         void (*writer)(FILE *, const gz_table *));

/* Write directory/NAME.csv, .md and .tex with the picked columns, and NAME.json with all of them. */
gz_status gz_study_write_all(gz_context *context, const char *directory, const char *name,
                             const gz_table *whole, const gz_table *picked);

/* Print which tables NAME the folder has got. */
void gz_study_list(const char *directory, const char *name);

/* Remove what an earlier study has left in the folder, now that its tables are replaced; the list ends with NULL. */
gz_status gz_study_drop(gz_context *context, const char *directory, const char *const *names);

/* Draw directory/NAME.png from directory/NAME.json with share/grazing/study.py; `words` follow the kind of
 * picture on its command line. A missing interpreter is a note on stderr, not a failure. */
gz_status gz_study_draw(gz_context *context, const char *directory, const char *name, bool quiet,
                        size_t count, const char *const *words);

#endif
