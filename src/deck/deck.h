/* Deck: the YAML file that describes a run, resolved into what the library works with.
 *
 * Every key is one line of the table in deck_schema.c: path, type, allowed values, default, help. Reading,
 * checking, writing back and `grazing info --keys` all follow that table. Unknown keys, wrong types and
 * impossible values are errors that name the line (or the --set), the key, the value and what is allowed.
 */
#ifndef GZ_DECK_H
#define GZ_DECK_H

#include "dt_control.h"
#include "initial.h"

#include <stdio.h>

typedef struct gz_deck {
    char *title;
    gz_problem problem;             /* its tables are the two below */
    char *kernel_path, *kappa_path; /* files of tables, absolute */
    gz_radial_table *kernel_table, *kappa_table;
    gz_integrator_settings integrator; /* its names point to constants */
    double dt, end;                    /* from 0 to end in steps of dt */
    double implicitness;               /* c of zero_defect; NaN (auto): the c with J = 0 */
    double control_tolerance;          /* of step control, 0: equal steps */
    gz_dt_estimate control_by;
    size_t component_count;
    gz_component *components; /* of the initial state */
    double output_every;      /* time between stored states; 0: first and last only */
    double checkpoint_every;  /* seconds between checkpoints */
    bool output_density;      /* store f, not only its moments */
    bool output_fisher;       /* columns fisher, cross_fisher in history.csv */
    bool output_rate;         /* store what the collision of a step did (collision_fields.h) */
    char *notes;              /* keys that were given but have no effect, one sentence; "" if there is none */
} gz_deck;

/* Read the deck in `file` and apply `count` settings "path.to.key=value" in their order. GZ_ERROR_FILES if
 * the file cannot be read, GZ_ERROR_DECK for what it says,
 * GZ_ERROR_USAGE for a setting without path or `=`. */
GZ_API gz_status gz_deck_load(gz_context *context, const char *file, size_t count,
                              const char *const *settings, gz_deck **deck);

/* The same from text[length]; name stands for the file in messages, and its folder for relative paths. */
GZ_API gz_status gz_deck_parse(gz_context *context, const char *name, const char *text, size_t length,
                               size_t count, const char *const *settings, gz_deck **deck);

GZ_API void gz_deck_destroy(gz_deck *deck);

/* The resolved deck as YAML, every key that has an effect written out, release with gz_release. Parsing it
 * gives the same deck, bit for bit, and the same text. */
GZ_API gz_status gz_deck_text(gz_context *context, const gz_deck *deck, char **text);

/* Every key with its default, what it allows and what it is for. */
GZ_API void gz_deck_print_keys(FILE *out);

#endif
