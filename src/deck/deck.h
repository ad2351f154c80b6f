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

/* Where something was given, for messages: "deck.yaml:7", or "--set initial.0.density=2". */
enum { GZ_DECK_PLACE = 240 };
typedef char gz_deck_place[GZ_DECK_PLACE];

/* A species as it stands in a deck. problem.grid has the same. */
typedef struct gz_species_text {
    char *name;
    double mass, charge;
} gz_species_text;

/* A deck comes from gz_deck_load or gz_deck_parse and is not filled by hand: its own members, unlike those of
 * the settings in it, have no defaults at zero. In YAML `initial` is the list of components, or the group
 * `{normalise: true, components: [..]}`; component i is initial.i either way. */
typedef struct gz_deck {
    char *title;
    gz_problem problem;                                       /* its tables are those below */
    char *kernel_path, *kappa_path, *force_path, *field_path; /* absolute paths of the table files */
    gz_radial_table *kernel_table, *kappa_table, *force_table, *field_table;
    size_t species_count; /* 0: no mixture */
    gz_species_text *species;
    gz_integrator_settings integrator; /* its strings are constants, not owned by the deck */
    double dt, end;                    /* the run goes from time 0 to end in steps of dt */
    double implicitness;               /* fixed c of zero_defect; NaN (auto in YAML): the c with J = 0 */
    double control_tolerance;          /* error allowed in a step; 0: all steps have the length dt */
    gz_dt_estimate control_by;         /* how the error of a step is estimated */
    size_t component_count;
    gz_component *components; /* the initial density is their sum */
    gz_deck_place *places;    /* [component_count] */
    bool normalise;           /* each component gets what it asks for on the grid */
    bool allow_unresolved;    /* a run may begin with components that the grid does not resolve */
    double output_every;      /* time between stored states; 0: only the first and the last are stored */
    double checkpoint_every;  /* seconds between checkpoints */
    bool output_density;      /* store f at every output, not only its moments */
    bool output_fisher;       /* add the columns fisher and cross_fisher to history.csv */
    bool output_rate;         /* store what the collision of each step did (collision_fields.h) */
    char *notes;              /* "a, b": the keys that were given but have no effect; "" if there is none */
} gz_deck;

/* Read the deck in `file` and apply `count` settings "path.to.key=value" in their order. The first rank reads the file,
 * and the tables that it names; all ranks get what it has read. Collective. Fails with
 * GZ_ERROR_FILES if the file cannot be read, GZ_ERROR_SETTINGS if its content is wrong, and GZ_ERROR_USAGE if
 * a setting has no path or no `=`. */
GZ_API gz_status gz_deck_load(gz_context *context, const char *file, size_t count,
                              const char *const *settings, gz_deck **deck);

/* Read a deck from text[length] instead. Messages call it `name`, and relative paths start at the folder of
 * `name`, as if it were a file. */
GZ_API gz_status gz_deck_parse(gz_context *context, const char *name, const char *text, size_t length,
                               size_t count, const char *const *settings, gz_deck **deck);

GZ_API void gz_deck_destroy(gz_deck *deck);

/* Write the resolved deck as YAML, with every key that has an effect. Parsing this text gives the same deck,
 * bit for bit, and the same text again. Release the text with gz_release. */
GZ_API gz_status gz_deck_text(gz_context *context, const gz_deck *deck, char **text);

/* A key that has different values in two decks, or has an effect in one of them only. */
enum { GZ_DIFFERENCE_KEY = 80, GZ_DIFFERENCE_VALUE = 120 };
typedef struct gz_deck_difference {
    char key[GZ_DIFFERENCE_KEY];                                /* "initial.0.density" */
    char here[GZ_DIFFERENCE_VALUE], there[GZ_DIFFERENCE_VALUE]; /* as they stand in a deck, cut to fit */
} gz_deck_difference;

/* Compare the problems that two decks describe, key by key. All keys belong to the problem but title, time,
 * solver, output and grid.unresolved. Returns the number of keys that differ, and describes the first `most` of
 * them in the order of the schema. */
GZ_API size_t gz_deck_compare(const gz_deck *here, const gz_deck *there, size_t most,
                              gz_deck_difference *differences);

/* Check that the deck in `text`, which comes from the file `name`, describes the same problem as this one. If
 * it does not, this is GZ_ERROR_SETTINGS with "NAME has another model, grid or initial state than this deck:
 * model.kernel.gamma is -3 there, -1 here; REMEDY". */
GZ_API gz_status gz_deck_check_same_problem(gz_context *context, const gz_deck *deck, const char *name,
                                            const char *text, const char *remedy);

/* A line "KEY SUM" for each file that the deck names (tables, stored densities): a sum of its bytes (files.h). Release
 * the text with free. */
GZ_API gz_status gz_deck_inputs(gz_context *context, const gz_deck *deck, char **text);

/* Check that these files are what they were in `text`, from gz_deck_inputs of a deck that describes the same problem.
 * Fails with GZ_ERROR_SETTINGS, "the file of initial.0.path has changed since the run of NAME began". */
GZ_API gz_status gz_deck_check_inputs(gz_context *context, const gz_deck *deck, const char *name,
                                      const char *text);

/* Check that every rank sees the same stored densities under the paths of the deck, from which each reads its part.
 * Fails with GZ_ERROR_FILES on all ranks, "rank 1 has another initial.0.path than the first rank". Collective. */
GZ_API gz_status gz_deck_check_ranks(gz_context *context, const gz_deck *deck);

/* Print every key with its default, its allowed values and its help. */
GZ_API void gz_deck_print_keys(FILE *out);

#endif
