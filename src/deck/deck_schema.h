/* Deck schema: the table of all keys, one entry for each. deck.c, deck_write.c and `info --keys` loop over
 * this table.
 */
#ifndef GZ_DECK_SCHEMA_H
#define GZ_DECK_SCHEMA_H

#include "deck.h"

typedef enum gz_key_type {
    GZ_KEY_TEXT,    /* char *, owned by the deck */
    GZ_KEY_NAME,    /* const char *, one of the constants that available() returns */
    GZ_KEY_WORD,    /* enum, the place of the word in `words` */
    GZ_KEY_FLAG,    /* bool, the place of the word in `words`; without `words`: false|true */
    GZ_KEY_COUNT,   /* size_t */
    GZ_KEY_INTEGER, /* int */
    GZ_KEY_NUMBER,  /* double */
    GZ_KEY_OPTION   /* double, or NaN for the word auto */
} gz_key_type;

/* How many values a key has: one, or one for each axis (written as one value for all axes, or as a list with
 * one entry for each axis). */
typedef enum gz_key_axes { GZ_ONE_VALUE, GZ_PER_SPACE_AXIS, GZ_PER_VELOCITY_AXIS } gz_key_axes;

typedef struct gz_key {
    const char *path; /* dotted path; that of a component key starts at the component */
    gz_key_type type;
    gz_key_axes axes;
    size_t offset;                          /* where the member is in gz_deck, or in gz_component */
    double low, high;                       /* range of a number; low = high = 0: any number */
    bool open;                              /* low and high themselves are not allowed */
    const char *words;                      /* "a|b": every allowed word or whole number */
    const char *(*available)(size_t index); /* names that this build has, NULL past the end */
    const char *fallback; /* default as written in YAML; NULL: the key must be given where it is used */
    bool (*used)(const gz_deck *deck, const gz_component *component); /* NULL: always used */
    const char *help;
} gz_key;

extern const gz_key gz_deck_keys[];      /* ends with an entry whose path is NULL */
extern const gz_key gz_component_keys[]; /* keys of one entry of `initial` */
extern const gz_key gz_species_keys[];   /* keys of one entry of model.species */

/* What keys of both kinds ask for: there are x axes. */
bool gz_key_has_space(const gz_deck *deck, const gz_component *component);

/* Write what a key allows in words, such as "a number from -3 to 1". */
void gz_key_allowed(const gz_key *key, char *buffer, size_t size);

/* The number of values that a key has in this deck. */
int gz_key_count(const gz_key *key, const gz_deck *deck);

/* Write the value of a key on one line, as it stands in a deck. GZ_KEY_VALUE characters are room for every
 * value but a text, which is cut to fit. `base` is the deck or the component. */
enum { GZ_KEY_VALUE = 120 };
void gz_key_show(const gz_key *key, const gz_deck *deck, const void *base, char *buffer, size_t size);

/* model.rates on one line, [[1, 1], [1, 1]], and whether two decks have the same (deck_species.c). */
enum { GZ_RATES_TEXT = 32 * GZ_MAX_SPECIES * GZ_MAX_SPECIES };
void gz_deck_show_rates(const gz_deck *deck, char *buffer, size_t size);
bool gz_deck_same_rates(const gz_deck *a, const gz_deck *b);

/* The start of the word at `place` of a list "a|b|c", and its length; NULL past the end. */
const char *gz_word_at(const char *words, size_t place, size_t *length);

/* True if the key has an effect in this deck. */
bool gz_key_used(const gz_key *key, const gz_deck *deck, const gz_component *component);

#endif
