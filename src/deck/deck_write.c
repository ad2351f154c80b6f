/* Deck writing: the resolved deck as YAML, and the list of all keys. */
#include "deck_schema.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Write the shortest decimal that reads back as the same double. */
static void write_number(FILE *out, double value) {
    char text[32];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fputs(text, out);
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

static void write_word(FILE *out, const char *words, int place) {
    size_t length = 0;
    const char *word = gz_word_at(words, (size_t)place, &length);
    fprintf(out, "%.*s", (int)length, word ? word : "");
}

/* Write entry `axis` of the member of `base` that belongs to `key`. */
static void write_scalar(FILE *out, const gz_key *key, const void *base, int axis) {
    const void *place = (const char *)base + key->offset;
    switch (key->type) {
    case GZ_KEY_TEXT:
        write_text(out, *(char *const *)place);
        break;
    case GZ_KEY_NAME:
        fputs(*(const char *const *)place, out);
        break;
    case GZ_KEY_WORD:
        write_word(out, key->words, *(const int *)place);
        break;
    case GZ_KEY_FLAG:
        write_word(out, key->words ? key->words : "false|true", *(const bool *)place);
        break;
    case GZ_KEY_COUNT:
        fprintf(out, "%zu", ((const size_t *)place)[axis]);
        break;
    case GZ_KEY_INTEGER:
        fprintf(out, "%d", ((const int *)place)[axis]);
        break;
    case GZ_KEY_OPTION:
        if (isnan(((const double *)place)[axis])) {
            fputs("auto", out);
            break;
        } /* fall through */
    case GZ_KEY_NUMBER:
        write_number(out, ((const double *)place)[axis]);
        break;
    }
}

static void write_value(FILE *out, const gz_key *key, const gz_deck *deck, const void *base) {
    if (key->axes == GZ_ONE_VALUE) {
        write_scalar(out, key, base, 0);
    } else {
        for (int a = 0; a < gz_key_count(key, deck); a++) {
            fputs(a ? ", " : "[", out);
            write_scalar(out, key, base, a);
        }
        fputc(']', out);
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

static void write_component(FILE *out, const gz_deck *deck, const gz_component *component) {
    const char *before = "";
    for (const gz_key *key = gz_component_keys; key->path; key++) {
        if (!gz_key_used(key, deck, component)) continue;
        if (*before)
            write_key(out, key->path, before, 4);
        else
            fprintf(out, "  - %s: ", key->path);
        write_value(out, key, deck, component);
        before = key->path;
    }
}

static void write_deck(FILE *out, const gz_deck *deck) {
    const char *before = "";
    for (const gz_key *key = gz_deck_keys; key->path; key++) {
        if (!gz_key_used(key, deck, NULL)) continue;
        write_key(out, key->path, before, 0);
        write_value(out, key, deck, deck);
        before = key->path;
    }
    fputs("initial:\n", out);
    for (size_t i = 0; i < deck->component_count; i++) write_component(out, deck, &deck->components[i]);
}

gz_status gz_deck_text(gz_context *context, const gz_deck *deck, char **text) {
    *text = NULL;
    char *written = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&written, &length);
    if (!out) return gz_fail(context, GZ_ERROR_MEMORY, "out of memory: %s", strerror(errno));
    const locale_t plain = newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
    const locale_t old = plain ? uselocale(plain) : (locale_t)0;
    write_deck(out, deck);
    if (plain) {
        uselocale(old);
        freelocale(plain);
    }
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
    for (const gz_key *key = gz_deck_keys; key->path; key++) print_key(out, "", key);
    fputs("\ninitial: a list of components, each with\n", out);
    for (const gz_key *key = gz_component_keys; key->path; key++) print_key(out, "  ", key);
}
