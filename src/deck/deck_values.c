/* Deck values: reads one node of the YAML tree into one member of the deck, and checks its type and range. */
#include "deck_reader.h"
#include "suggest.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

gz_status gz_deck_fail(const gz_deck_reader *r, const gz_yaml_node *node, const char *format, ...) {
    char where[2 * GZ_DECK_PATH], text[GZ_LONGEST_MESSAGE];
    if (node)
        gz_yaml_where(node, r->name, where, sizeof where);
    else
        snprintf(where, sizeof where, "%s", r->name);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return gz_fail(r->context, GZ_ERROR_SETTINGS, "%s: %s", where, text);
}

/* Fail with a message like "grid.v.nodes is 3; allowed: a whole number from 5 to 100000". */
static gz_status fail_value(const gz_deck_reader *r, const gz_yaml_node *node, const char *path,
                            const gz_key *key) {
    char shown[GZ_DECK_SHOWN], allowed[GZ_DECK_ALLOWED];
    gz_yaml_show(node, shown, sizeof shown);
    gz_key_allowed(key, allowed, sizeof allowed);
    return gz_deck_fail(r, node, "%s is %s; allowed: %s", path, shown, allowed);
}

/* True for a decimal number with nothing after it; hexadecimal numbers and nan are not accepted. */
static bool looks_like_number(const char *text, bool whole) {
    size_t digits = 0;
    if (*text == '-' || *text == '+') text++;
    for (; *text >= '0' && *text <= '9'; text++) digits++;
    if (whole) return digits > 0 && !*text;
    if (*text == '.')
        for (text++; *text >= '0' && *text <= '9'; text++) digits++;
    if (digits == 0) return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        if (*text == '-' || *text == '+') text++;
        if (*text < '0' || *text > '9') return false;
        while (*text >= '0' && *text <= '9') text++;
    }
    return !*text;
}

static bool in_range(const gz_key *key, double value) {
    if (!isfinite(value)) return false;
    if (key->low == 0 && key->high == 0) return true;
    return key->open ? value > key->low && value < key->high : value >= key->low && value <= key->high;
}

/* The place of `text` in "a|b|c", or -1 if `text` is not in the list. */
static int word_place(const char *words, const char *text) {
    size_t length = 0;
    const char *word;
    for (size_t i = 0; (word = gz_word_at(words, i, &length)); i++)
        if (strlen(text) == length && strncmp(word, text, length) == 0) return (int)i;
    return -1;
}

static gz_status fail_word(const gz_deck_reader *r, const gz_yaml_node *node, const char *path,
                           const gz_key *key) {
    gz_suggestion near = gz_suggestion_for(node->text);
    char words[GZ_DECK_ALLOWED], shown[GZ_DECK_SHOWN], allowed[GZ_DECK_ALLOWED];
    snprintf(words, sizeof words, "%s", key->words ? key->words : "true|false");
    char *rest = words;
    for (char *word; (word = strtok_r(rest, "|", &rest));) gz_suggestion_consider(&near, word);
    if (!near.word) return fail_value(r, node, path, key);
    gz_yaml_show(node, shown, sizeof shown);
    gz_key_allowed(key, allowed, sizeof allowed);
    return gz_deck_fail(r, node, "%s is %s; did you mean %s? allowed: %s", path, shown, near.word, allowed);
}

/* A name that the schema knows but this build lacks gets an error message of its own. */
static gz_status read_name(const gz_deck_reader *r, const gz_yaml_node *node, const char *path,
                           const gz_key *key, const char **place) {
    char names[GZ_DECK_ALLOWED] = "";
    for (size_t i = 0; key->available(i); i++) {
        if (strcmp(key->available(i), node->text) == 0) {
            *place = key->available(i);
            return GZ_OK;
        }
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", key->available(i));
    }
    if (word_place(key->words, node->text) < 0) return fail_word(r, node, path, key);
    return gz_deck_fail(r, node, "%s is %s, which this version does not have; it has: %s", path, node->text,
                        names);
}

static gz_status read_scalar(const gz_deck_reader *r, const gz_yaml_node *node, const char *path,
                             const gz_key *key, void *place) {
    const char *text = node->text;
    if (node->kind != GZ_YAML_SCALAR) return fail_value(r, node, path, key);
    switch (key->type) {
    case GZ_KEY_TEXT: {
        char *copy = NULL;
        GZ_TRY(gz_allocate(r->context, strlen(text) + 1, 1, &copy));
        memcpy(copy, text, strlen(text) + 1);
        gz_release(*(char **)place);
        *(char **)place = copy;
        return GZ_OK;
    }
    case GZ_KEY_NAME:
        return read_name(r, node, path, key, place);
    case GZ_KEY_WORD:
    case GZ_KEY_FLAG: {
        const char *const booleans = "false|true"; /* which are texts where they are quoted */
        const int word = word_place(key->words ? key->words : booleans, text);
        const bool is_text = key->type == GZ_KEY_FLAG && !node->plain && word_place(booleans, text) >= 0;
        if (word < 0 || is_text) return fail_word(r, node, path, key);
        const char *name;
        if (key->available) GZ_TRY(read_name(r, node, path, key, &name));
        if (key->type == GZ_KEY_FLAG)
            *(bool *)place = word == 1;
        else
            *(int *)place = word;
        return GZ_OK;
    }
    case GZ_KEY_COUNT:
    case GZ_KEY_INTEGER:
    case GZ_KEY_NUMBER:
        break;
    case GZ_KEY_OPTION:
        if (strcmp(text, "auto") != 0) break;
        *(double *)place = NAN;
        return GZ_OK;
    }
    const bool fractional = key->type == GZ_KEY_NUMBER || key->type == GZ_KEY_OPTION;
    if (!node->plain || !looks_like_number(text, !fractional)) return fail_value(r, node, path, key);
    if (key->words && word_place(key->words, text) < 0) return fail_value(r, node, path, key);
    const double value = strtod(text, NULL);
    if (!in_range(key, value)) return fail_value(r, node, path, key);
    if (fractional)
        *(double *)place = value + 0.0; /* -0 becomes 0 */
    else if (key->type == GZ_KEY_COUNT)
        *(size_t *)place = (size_t)value;
    else
        *(int *)place = (int)value;
    return GZ_OK;
}

static size_t size_of(const gz_key *key) {
    return key->type == GZ_KEY_COUNT     ? sizeof(size_t)
           : key->type == GZ_KEY_INTEGER ? sizeof(int)
                                         : sizeof(double);
}

gz_status gz_deck_read_value(const gz_deck_reader *r, const gz_yaml_node *node, const char *path,
                             const gz_key *key, void *base) {
    char *place = (char *)base + key->offset;
    if (key->axes == GZ_ONE_VALUE) return read_scalar(r, node, path, key, place);
    const size_t axes = (size_t)gz_key_count(key, r->deck);
    if (node->kind == GZ_YAML_SCALAR) {
        for (size_t a = 0; a < axes; a++) GZ_TRY(read_scalar(r, node, path, key, place + a * size_of(key)));
        return GZ_OK;
    }
    if (node->kind == GZ_YAML_GROUP) return fail_value(r, node, path, key);
    if (gz_yaml_count(node) != axes) {
        char shown[GZ_DECK_SHOWN];
        gz_yaml_show(node, shown, sizeof shown);
        return gz_deck_fail(r, node, "%s is %s with %zu entries; allowed: %zu, one for each %s axis", path,
                            shown, gz_yaml_count(node), axes, key->axes == GZ_PER_SPACE_AXIS ? "x" : "v");
    }
    gz_key entry_key = *key;
    entry_key.axes = GZ_ONE_VALUE;
    size_t a = 0;
    for (const gz_yaml_node *entry = node->first; entry; entry = entry->next, a++) {
        char entry_path[GZ_DECK_PATH];
        snprintf(entry_path, sizeof entry_path, "%s.%zu", path, a);
        GZ_TRY(read_scalar(r, entry, entry_path, &entry_key, place + a * size_of(key)));
    }
    return GZ_OK;
}
