/* Deck reader: what the files that read a deck share; not for users of the library.
 *
 *   deck_values.c  reads one value of the YAML tree into the deck and checks its type and range
 *   deck_names.c   checks that every key exists, and suggests a key where one does not
 *   deck_species.c reads the species and their rates
 *   deck_checks.c  checks what several keys must satisfy together
 *   deck.c         calls these in order
 *   deck_compare.c compares two decks key by key
 */
#ifndef GZ_DECK_READER_H
#define GZ_DECK_READER_H

#include "deck_schema.h"
#include "yaml_tree.h"

enum { GZ_DECK_PATH = 200, GZ_DECK_SHOWN = 80, GZ_DECK_ALLOWED = 300 };

typedef struct gz_deck_reader {
    gz_context *context;
    const char *name; /* the file, for messages */
    const gz_yaml_node *root;
    gz_deck *deck;
    bool keys_only; /* files of tables are not read */
} gz_deck_reader;

/* Parse a deck that is only compared with another: the files of tables that it names are not read, as they
 * may be gone. */
gz_status gz_deck_parse_keys(gz_context *context, const char *name, const char *text, gz_deck **deck);

/* Fail with GZ_ERROR_SETTINGS and a message that starts with "deck.yaml:7: ", or with "deck.yaml: " if node
 * is NULL. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
gz_status
gz_deck_fail(const gz_deck_reader *reader, const gz_yaml_node *node, const char *format, ...);

/* Read a node into the member of `base` (the gz_deck or a gz_component) that belongs to `key`. `path` is the
 * key's full path, for messages. */
gz_status gz_deck_read_value(const gz_deck_reader *reader, const gz_yaml_node *node, const char *path,
                             const gz_key *key, void *base);

/* Read all keys of a table from `group`: the root, or an entry of a list whose path is `above`. `base` is the gz_deck, a
 * gz_component or a gz_species_text. */
gz_status gz_deck_read_table(const gz_deck_reader *reader, const gz_key *keys, const gz_yaml_node *group,
                             const char *above, void *base);

/* Read model.species and model.rates, and check that every component of `initial` has a species and every species
 * a component. */
gz_status gz_deck_read_species(const gz_deck_reader *reader);
gz_status gz_deck_check_species(const gz_deck_reader *reader);

/* The list of species; NULL if there is none. */
const gz_yaml_node *gz_deck_species_list(const gz_deck_reader *reader);

/* Refuse keys that the schema does not know, keys given twice, and values where a group of keys belongs. */
gz_status gz_deck_check_names(const gz_deck_reader *reader);

/* The list of components: `initial` itself, or `components` in it; NULL if there is none. */
const gz_yaml_node *gz_deck_components(const gz_deck_reader *reader);

/* Refuse values that contradict each other. */
gz_status gz_deck_check(const gz_deck_reader *reader);

#endif
