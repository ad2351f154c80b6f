/* Deck reader: what the files that read a deck share; not for users of the library.
 *
 *   deck_values.c  one value of the tree into the deck, by type and range
 *   deck_names.c   which keys there may be, what an unknown one may have meant
 *   deck_checks.c  what several keys must satisfy together
 *   deck.c         the order of it all
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
} gz_deck_reader;

/* Fail with "deck.yaml:7: ..", or with just the file where there is no node. Always GZ_ERROR_DECK. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
gz_status
gz_deck_fail(const gz_deck_reader *reader, const gz_yaml_node *node, const char *format, ...);

/* Read a node into the member of `key` in `base` (the deck or a component). path: for messages. */
gz_status gz_deck_read_value(const gz_deck_reader *reader, const gz_yaml_node *node, const char *path,
                             const gz_key *key, void *base);

/* Refuse what the schema does not know, keys given twice, and values where a group of keys belongs. */
gz_status gz_deck_check_names(const gz_deck_reader *reader);

/* Refuse values that do not go together. */
gz_status gz_deck_check(const gz_deck_reader *reader);

#endif
