/* Deck keys: what an entry of the schema says: its words, its number of values, whether it is used, what it allows. */
#include "deck_schema.h"

#include <stdio.h>
#include <string.h>

const char *gz_word_at(const char *words, size_t place, size_t *length) {
    for (;; words++) {
        *length = strcspn(words, "|");
        if (place-- == 0) return *length ? words : NULL;
        words += *length;
        if (!*words) return NULL;
    }
}

int gz_key_count(const gz_key *key, const gz_deck *deck) {
    if (key->axes == GZ_PER_SPACE_AXIS) return deck->problem.grid.space_dim;
    return key->axes == GZ_PER_VELOCITY_AXIS ? deck->problem.grid.velocity_dim : 1;
}

bool gz_key_used(const gz_key *key, const gz_deck *deck, const gz_component *component) {
    return !key->used || key->used(deck, component);
}

/* Turn "a|b|c" into "a, b or c". */
static void list_words(const char *words, char *buffer, size_t size) {
    buffer[0] = 0;
    size_t length = 0;
    const char *word;
    for (size_t i = 0, used = 0; (word = gz_word_at(words, i, &length)); i++, used = strlen(buffer)) {
        const char *between = i == 0 ? "" : word[length] ? ", " : " or ";
        snprintf(buffer + used, size - used, "%s%.*s", between, (int)length, word);
    }
}

static void range(const gz_key *key, const char *kind, char *buffer, size_t size) {
    snprintf(buffer, size, key->open ? "%s between %g and %g, both excluded" : "%s from %g to %g", kind,
             key->low, key->high);
}

void gz_key_allowed(const gz_key *key, char *buffer, size_t size) {
    switch (key->type) {
    case GZ_KEY_TEXT:
        snprintf(buffer, size, "a text");
        return;
    case GZ_KEY_NAME:
    case GZ_KEY_WORD:
        list_words(key->words, buffer, size);
        return;
    case GZ_KEY_FLAG:
        list_words(key->words ? key->words : "true|false", buffer, size);
        return;
    case GZ_KEY_COUNT:
    case GZ_KEY_INTEGER:
        if (key->words)
            list_words(key->words, buffer, size);
        else
            range(key, "a whole number", buffer, size);
        break;
    case GZ_KEY_NUMBER:
        range(key, "a number", buffer, size);
        break;
    case GZ_KEY_OPTION:
        range(key, "auto, or a number", buffer, size);
        break;
    }
    const size_t used = strlen(buffer);
    if (key->axes != GZ_ONE_VALUE)
        snprintf(buffer + used, size - used, ", or a list with one for each %s axis",
                 key->axes == GZ_PER_SPACE_AXIS ? "x" : "v");
}
