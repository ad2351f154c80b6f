/* Deck schema: the table of all keys. One line a key; deck.c, deck_write.c and `info --keys` loop over it.
 */
#ifndef GZ_DECK_SCHEMA_H
#define GZ_DECK_SCHEMA_H

#include "deck.h"

typedef enum gz_key_type {
    GZ_KEY_TEXT,    /* char *, owned by the deck */
    GZ_KEY_NAME,    /* const char *, one of available(), a constant */
    GZ_KEY_WORD,    /* enum: place in `words` */
    GZ_KEY_FLAG,    /* bool: place in `words`, which default to false|true */
    GZ_KEY_COUNT,   /* size_t */
    GZ_KEY_INTEGER, /* int */
    GZ_KEY_NUMBER,  /* double */
    GZ_KEY_OPTION   /* double, or the word auto: NaN */
} gz_key_type;

/* How many values: one, or one an axis (one value for all axes, or a list with one entry an axis). */
typedef enum gz_key_axes { GZ_ONE_VALUE, GZ_PER_SPACE_AXIS, GZ_PER_VELOCITY_AXIS } gz_key_axes;

typedef struct gz_key {
    const char *path; /* dotted; below `initial` relative to the component */
    gz_key_type type;
    gz_key_axes axes;
    size_t offset;                          /* in gz_deck, below `initial` in gz_component */
    double low, high;                       /* of numbers; low = high = 0: any */
    bool open;                              /* low and high themselves are not allowed */
    const char *words;                      /* "a|b": all words of the contract, also for whole numbers */
    const char *(*available)(size_t index); /* names this build has, NULL past the end */
    const char *fallback; /* default, as written in YAML; NULL: must be given where it is used */
    bool (*used)(const gz_deck *deck, const gz_component *component); /* NULL: always */
    const char *help;
} gz_key;

extern const gz_key gz_deck_keys[];      /* ends with path NULL */
extern const gz_key gz_component_keys[]; /* of one entry of `initial` */

/* What a key allows, in words: "a number from -3 to 1". */
void gz_key_allowed(const gz_key *key, char *buffer, size_t size);

/* Number of values of a key in this deck. */
int gz_key_count(const gz_key *key, const gz_deck *deck);

/* Length of the word at `place` of a list "a|b|c" and its start, or NULL past the end. */
const char *gz_word_at(const char *words, size_t place, size_t *length);

/* True where the key has an effect. */
bool gz_key_used(const gz_key *key, const gz_deck *deck, const gz_component *component);

#endif
