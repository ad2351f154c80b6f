/* Study: what `compare` and `converge` share: integrate a deck as a trial, and measure how far its last state
 * is from a reference.
 *
 *   L1, L2, Linf   |f - g| / |g| with the weights h and dx
 *   entropy        KL(f|g) / mass(g), where both are positive
 *
 * A trial that blows up, loses positivity or does not converge is a result like any other: `outcome` says so.
 */
#ifndef GZ_STUDY_H
#define GZ_STUDY_H

#include "options.h"
#include "summary.h"
#include "table.h"

enum { GZ_OUTCOME = 120, GZ_MOST_REPEATS = 100 };

typedef struct gz_trial_settings {
    bool certify; /* sum of J_mean, the defect of the interval form (certify.h), in summary.mean_total */
} gz_trial_settings;

typedef struct gz_trial {
    gz_phase_grid *grid;
    gz_state state; /* at the end, or where it stopped */
    gz_summary summary;
    double entropy;                                     /* H of that state; int f log|f| where f < 0 */
    double defect;                                      /* sum of J; NaN for schemes without one */
    double seconds_median, seconds_least, seconds_most; /* of the steps alone */
    double processor_seconds;                           /* of all threads, least of the integrations */
    double seconds[GZ_MOST_REPEATS];                    /* [integrations], ascending */
    size_t integrations;
    long entropy_rises; /* steps whose collision raised H */
    bool finished;
    char outcome[GZ_OUTCOME]; /* "fine", or what went wrong */
} gz_trial;

/* Integrate. Fails for what concerns the whole study only: interrupted, no memory, a deck that cannot be. */
gz_status gz_trial_run(gz_context *context, const gz_deck *deck, const gz_trial_settings *settings,
                       gz_trial *trial);
void gz_trial_destroy(gz_trial *trial);

/* Integrate once more for its seconds alone; not if it did not finish, or GZ_MOST_REPEATS are done. */
gz_status gz_trial_time_again(gz_context *context, const gz_deck *deck, gz_trial *trial);

typedef enum gz_reference_kind {
    GZ_REFERENCE_EXACT,
    GZ_REFERENCE_FINEST,
    GZ_REFERENCE_FILE
} gz_reference_kind;

typedef struct gz_reference {
    gz_reference_kind kind;
    const char *path;       /* of the file */
    const gz_trial *finest; /* of the finest */
} gz_reference;

/* From the word of --reference; NULL: `fallback`. */
gz_reference gz_reference_of(const char *word, gz_reference_kind fallback);

/* Before anything is integrated: GZ_ERROR_USAGE for `exact` where none is known, GZ_ERROR_FILES for a file
 * that does not fit the grid or does not hold the end of the run. */
gz_status gz_reference_check(gz_context *context, const gz_reference *reference, const gz_deck *deck);

/* GZ_ERROR_USAGE unless every node of the coarse grid is one of the fine grid. */
gz_status gz_reference_check_nested(gz_context *context, const gz_phase_grid_settings *coarse,
                                    const gz_phase_grid_settings *fine);

typedef struct gz_errors {
    double l1, l2, linf, entropy; /* NaN where a trial has not finished, or is the reference */
} gz_errors;

gz_status gz_errors_of(gz_context *context, const gz_reference *reference, const gz_deck *deck,
                       const gz_trial *trial, gz_errors *errors);

/* Numbers of a list "0.2,0.1": at most `most` words, each copied; *count of them. GZ_ERROR_USAGE with the
 * option's name if there is none, an empty one or too many. Release *words with gz_release. */
enum { GZ_LONGEST_WORD = 80 };
gz_status gz_split_words(gz_context *context, const char *option, const char *list, size_t most,
                         char (**words)[GZ_LONGEST_WORD], size_t *count);

/* The deck of the command line as a study varies it: its first argument with the settings of --set and then
 * `count` more, own[i] = "key=value". Destroy with gz_deck_destroy. */
enum { GZ_LONGEST_SETTING = 2 * GZ_LONGEST_WORD + 2 };
gz_status gz_study_deck(gz_context *context, const gz_options *options, size_t count,
                        char (*own)[GZ_LONGEST_SETTING], gz_deck **deck);

/* Write a table into directory/name by one of the functions of table.h. */
gz_status gz_study_write(gz_context *context, const char *directory, const char *name, const gz_table *table,
                         void (*writer)(FILE *, const gz_table *));

/* Draw directory/NAME.png from directory/NAME.csv by share/grazing/study.py with `words` after the kind; a
 * missing interpreter is a note on stderr, not a failure. */
gz_status gz_study_draw(gz_context *context, const char *directory, const char *name, bool quiet,
                        size_t count, const char *const *words);

#endif
