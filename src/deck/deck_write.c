/* Deck writing: the resolved deck as YAML, and the list of all keys. */
#include "deck_schema.h"
#include "excerpt.h"
#include "plain.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Write the shortest decimal that reads back as the same double. */
static void show_number(double value, char *buffer, size_t size) {
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (strtod(buffer, NULL) == value) break;
    }
}

static void show_word(const char *words, int place, char *buffer, size_t size) {
    size_t length = 0;
    const char *word = gz_word_at(words, (size_t)place, &length);
    snprintf(buffer, size, "%.*s", (int)length, word ? word : "");
}

/* Write entry `axis` of the member of `base` that belongs to `key`. A text is cut to fit. */
static void show_scalar(const gz_key *key, const void *base, int axis, char *buffer, size_t size) {
    const void *place = (const char *)base + key->offset;
    const char *text = key->type == GZ_KEY_TEXT ? *(char *const *)place : NULL;
    char shown[GZ_KEY_VALUE - 2]; /* a text gets quotes */
    switch (key->type) {
    case GZ_KEY_TEXT:
        snprintf(buffer, size, "\"%s\"", gz_excerpt(text ? text : "", sizeof shown, shown));
        break;
    case GZ_KEY_NAME:
        snprintf(buffer, size, "%s", *(const char *const *)place);
        break;
    case GZ_KEY_WORD:
        show_word(key->words, *(const int *)place, buffer, size);
        break;
    case GZ_KEY_FLAG:
        show_word(key->words ? key->words : "false|true", *(const bool *)place, buffer, size);
        break;
    case GZ_KEY_COUNT:
        snprintf(buffer, size, "%zu", ((const size_t *)place)[axis]);
        break;
    case GZ_KEY_INTEGER:
        snprintf(buffer, size, "%d", ((const int *)place)[axis]);
        break;
    case GZ_KEY_OPTION:
        if (isnan(((const double *)place)[axis])) {
            snprintf(buffer, size, "auto");
            break;
        } /* fall through */
    case GZ_KEY_NUMBER:
        show_number(((const double *)place)[axis], buffer, size);
        break;
    }
}

void gz_key_show(const gz_key *key, const gz_deck *deck, const void *base, char *buffer, size_t size) {
    if (key->axes == GZ_ONE_VALUE) {
        show_scalar(key, base, 0, buffer, size);
        return;
    }
    size_t used = (size_t)snprintf(buffer, size, "[");
    for (int a = 0; a < gz_key_count(key, deck) && used + 1 < size; a++) {
        if (a > 0) used += (size_t)snprintf(buffer + used, size - used, ", ");
        if (used < size) show_scalar(key, base, a, buffer + used, size - used);
        used = strlen(buffer);
    }
    snprintf(buffer + used, size - used, "]");
}

static void write_text(FILE *out, const char *text) {
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '\n')
            fputs("\\n", out);
        else if (*text == '\t')
            fputs("\\t", out);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20 || *text == 0x7f)
            fprintf(out, "\\x%02x", (unsigned)*text);
        else
            fputc(*text, out);
    }
    fputc('"', out);
}

static void write_value(FILE *out, const gz_key *key, const gz_deck *deck, const void *base) {
    if (key->type == GZ_KEY_TEXT) {
        write_text(out, *(char *const *)((const char *)base + key->offset));
    } else {
        char value[GZ_KEY_VALUE];
        gz_key_show(key, deck, base, value, sizeof value);
        fputs(value, out);
    }
    fputc('\n', out);
}

/* Write the key, after the groups on its path that the key before it has not opened yet. */
static void write_key(FILE *out, const char *path, const char *before, int indent) {
    size_t start = 0;
    for (size_t dot; path[dot = start + strcspn(path + start, ".")]; start = dot + 1, indent += 2)
        if (strncmp(path, before, dot + 1) != 0)
            fprintf(out, "%*s%.*s:\n", indent, "", (int)(dot - start), path + start);
    fprintf(out, "%*s%s: ", indent, "", path + start);
}

/* Write an entry of a list: a component or a species. */
static void write_entry(FILE *out, const gz_deck *deck, const gz_key *keys, const void *base, int indent) {
    const char *before = "";
    const gz_component *component = keys == gz_component_keys ? base : NULL;
    for (const gz_key *key = keys; key->path; key++) {
        if (!gz_key_used(key, deck, component)) continue;
        if (*before)
            write_key(out, key->path, before, indent + 2);
        else
            fprintf(out, "%*s- %s: ", indent, "", key->path);
        write_value(out, key, deck, base);
        before = key->path;
    }
}

static void write_species(FILE *out, const gz_deck *deck) {
    if (deck->species_count > 0) fputs("  species:\n", out);
    for (size_t s = 0; s < deck->species_count; s++)
        write_entry(out, deck, gz_species_keys, &deck->species[s], 4);
    if (!deck->problem.rates.given) return;
    char rates[GZ_RATES_TEXT];
    gz_deck_show_rates(deck, rates, sizeof rates);
    fprintf(out, "  rates: %s\n", rates);
}

static bool is_of_model(const char *path) {
    return strncmp(path, "model.", 6) == 0;
}

/* The components alone are short for a group of them that are not normalised. */
static bool is_short(const gz_key *key, const gz_deck *deck) {
    return strncmp(key->path, "initial.", 8) == 0 && !deck->normalise;
}

static void write_deck(FILE *out, const gz_deck *deck) {
    const char *before = "";
    for (const gz_key *key = gz_deck_keys; key->path; key++) {
        if (!gz_key_used(key, deck, NULL) || is_short(key, deck)) continue;
        if (is_of_model(before) && !is_of_model(key->path)) write_species(out, deck);
        write_key(out, key->path, before, 0);
        write_value(out, key, deck, deck);
        before = key->path;
    }
    fputs(deck->normalise ? "  components:\n" : "initial:\n", out);
    for (size_t i = 0; i < deck->component_count; i++)
        write_entry(out, deck, gz_component_keys, &deck->components[i], deck->normalise ? 4 : 2);
}

gz_status gz_deck_text(gz_context *context, const gz_deck *deck, char **text) {
    *text = NULL;
    char *written = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&written, &length);
    if (!out) return gz_fail(context, GZ_ERROR_MEMORY, "out of memory: %s", strerror(errno));
    const gz_plain plain = gz_plain_enter();
    write_deck(out, deck);
    gz_plain_leave(&plain);
    const bool failed = ferror(out) != 0;
    gz_status status =
        fclose(out) != 0 || failed ? gz_fail(context, GZ_ERROR_MEMORY, "out of memory") : GZ_OK;
    if (status == GZ_OK) status = gz_allocate(context, length + 1, 1, text);
    if (status == GZ_OK) memcpy(*text, written, length);
    free(written);
    return status;
}

static void print_key(FILE *out, const char *above, const gz_key *key) {
    char allowed[300], path[100];
    gz_key_allowed(key, allowed, sizeof allowed);
    snprintf(path, sizeof path, "%s%s", above, key->path);
    const char *fallback = !key->fallback ? "must be given" : *key->fallback ? key->fallback : "empty";
    fprintf(out, "%-26s [%s]  %s\n%-26s   %s\n", path, fallback, allowed, "", key->help);
}

void gz_deck_print_keys(FILE *out) {
    const gz_plain plain = gz_plain_enter();
    for (const gz_key *key = gz_deck_keys; key->path; key++) print_key(out, "", key);
    fputs("\nmodel.species: a list of species, each with\n", out);
    for (const gz_key *key = gz_species_keys; key->path; key++) print_key(out, "  ", key);
    fputs("\nmodel.rates: lists of numbers, one list for each species: c_st >= 0, symmetric, the kernel of "
          "species s and "
          "t is c_st A; default q_s^2 q_t^2\n",
          out);
    fputs("\ninitial: a list of components, or {normalise: true, components: a list}; each component with\n",
          out);
    for (const gz_key *key = gz_component_keys; key->path; key++) print_key(out, "  ", key);
    gz_plain_leave(&plain);
}
