/* Deck comparison: whether two resolved decks describe the same problem, and in which keys they differ.
 *
 * The comparison goes through the schema, so that comments, the order of keys and the spelling of numbers do
 * not matter, and a new key is compared as soon as it exists. The groups and keys that do not belong to the
 * problem are named here; what is not named belongs to it. */
#include "deck_reader.h"
#include "excerpt.h"
#include "plain.h"

#include <math.h>
#include <string.h>

enum { SHOWN = 3, LONGEST_VALUE = 64 }; /* differences in a message, and characters of a value */

static bool belongs_to_problem(const gz_key *key) {
    static const char *const FREE[] = {"title", "time", "solver", "output", "grid.unresolved"};
    for (size_t i = 0; i < sizeof FREE / sizeof *FREE; i++) {
        const size_t length = strlen(FREE[i]);
        if (strncmp(key->path, FREE[i], length) == 0 && (!key->path[length] || key->path[length] == '.'))
            return false;
    }
    return true;
}

/* One side of the comparison: a deck, and the component or the species of it whose keys are compared. */
typedef struct side {
    const gz_deck *deck;
    const gz_component *component;  /* NULL for the keys of the deck itself, or of a species */
    const gz_species_text *species; /* NULL for the keys of the deck itself, or of a component */
} side;

static const void *base_of(const side *s) {
    return s->component ? (const void *)s->component : s->species ? (const void *)s->species : s->deck;
}

static bool same_scalar(const gz_key *key, const void *a, const void *b, int axis) {
    switch (key->type) {
    case GZ_KEY_TEXT:
    case GZ_KEY_NAME:
        return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
    case GZ_KEY_FLAG:
        return *(const bool *)a == *(const bool *)b;
    case GZ_KEY_COUNT:
        return ((const size_t *)a)[axis] == ((const size_t *)b)[axis];
    case GZ_KEY_WORD:
    case GZ_KEY_INTEGER:
        return ((const int *)a)[axis] == ((const int *)b)[axis];
    case GZ_KEY_NUMBER:
    case GZ_KEY_OPTION:
        break;
    }
    const double x = ((const double *)a)[axis], y = ((const double *)b)[axis];
    return x == y || (isnan(x) && isnan(y)); /* auto */
}

/* A key that has no effect in either deck is the same in both. */
static bool same_value(const gz_key *key, const side *a, const side *b) {
    const bool used = gz_key_used(key, a->deck, a->component);
    const int count = gz_key_count(key, a->deck);
    if (used != gz_key_used(key, b->deck, b->component)) return false;
    bool same = !used || count == gz_key_count(key, b->deck);
    for (int axis = 0; used && same && axis < count; axis++)
        same = same_scalar(key, (const char *)base_of(a) + key->offset,
                           (const char *)base_of(b) + key->offset, axis);
    return same;
}

/* The differences found so far. */
typedef struct findings {
    size_t count, most;
    gz_deck_difference *first;
} findings;

static void show_value(const gz_key *key, const side *s, char buffer[GZ_DIFFERENCE_VALUE]) {
    if (gz_key_used(key, s->deck, s->component))
        gz_key_show(key, s->deck, base_of(s), buffer, GZ_DIFFERENCE_VALUE);
    else
        snprintf(buffer, GZ_DIFFERENCE_VALUE, "without effect");
}

/* `above` is the path of the table: "" or "initial.0.". */
static void compare_table(const gz_key *keys, const char *above, const side *here, const side *there,
                          findings *found) {
    for (const gz_key *key = keys; key->path; key++) {
        if (keys == gz_deck_keys && !belongs_to_problem(key)) continue;
        if (same_value(key, here, there) || found->count++ >= found->most) continue;
        gz_deck_difference *difference = &found->first[found->count - 1];
        snprintf(difference->key, sizeof difference->key, "%s%s", above, key->path);
        show_value(key, here, difference->here);
        show_value(key, there, difference->there);
    }
}

static void compare_lengths(const char *name, size_t a, size_t b, findings *found) {
    if (a == b || found->count++ >= found->most) return;
    gz_deck_difference *difference = &found->first[found->count - 1];
    snprintf(difference->key, sizeof difference->key, "%s", name);
    snprintf(difference->here, sizeof difference->here, "a list of %zu", a);
    snprintf(difference->there, sizeof difference->there, "a list of %zu", b);
}

static void show_rates(const gz_deck *deck, char buffer[GZ_DIFFERENCE_VALUE]) {
    char rates[GZ_RATES_TEXT];
    gz_deck_show_rates(deck, rates, sizeof rates);
    if (deck->problem.rates.given)
        gz_excerpt(rates, GZ_DIFFERENCE_VALUE, buffer);
    else
        snprintf(buffer, GZ_DIFFERENCE_VALUE, "not given");
}

static void compare_species(const gz_deck *here, const gz_deck *there, findings *found) {
    compare_lengths("model.species", here->species_count, there->species_count, found);
    for (size_t s = 0; s < here->species_count && s < there->species_count; s++) {
        char above[GZ_DIFFERENCE_KEY];
        snprintf(above, sizeof above, "model.species.%zu.", s);
        compare_table(gz_species_keys, above, &(side){here, NULL, &here->species[s]},
                      &(side){there, NULL, &there->species[s]}, found);
    }
    if (gz_deck_same_rates(here, there) || found->count++ >= found->most) return;
    gz_deck_difference *difference = &found->first[found->count - 1];
    snprintf(difference->key, sizeof difference->key, "model.rates");
    show_rates(here, difference->here);
    show_rates(there, difference->there);
}

size_t gz_deck_compare(const gz_deck *here, const gz_deck *there, size_t most,
                       gz_deck_difference *differences) {
    findings found = {.most = most, .first = differences};
    const gz_plain plain = gz_plain_enter();
    compare_table(gz_deck_keys, "", &(side){here, NULL, NULL}, &(side){there, NULL, NULL}, &found);
    compare_species(here, there, &found);
    compare_lengths("initial", here->component_count, there->component_count, &found);
    for (size_t i = 0; i < here->component_count && i < there->component_count; i++) {
        char above[GZ_DIFFERENCE_KEY];
        snprintf(above, sizeof above, "initial.%zu.", i);
        compare_table(gz_component_keys, above, &(side){here, &here->components[i], NULL},
                      &(side){there, &there->components[i], NULL}, &found);
    }
    gz_plain_leave(&plain);
    return found.count;
}

gz_status gz_deck_check_same_problem(gz_context *context, const gz_deck *deck, const char *name,
                                     const char *text, const char *remedy) {
    gz_deck *other = NULL;
    GZ_TRY(gz_deck_parse_keys(context, name, text, &other));
    gz_deck_difference first[SHOWN];
    const size_t count = gz_deck_compare(deck, other, SHOWN, first);
    gz_deck_destroy(other);
    if (count == 0) return GZ_OK;
    char list[SHOWN * sizeof *first]; /* more than enough, since values are cut */
    int used = 0;
    for (size_t i = 0; i < count && i < SHOWN; i++) {
        char there_now[LONGEST_VALUE], here_now[LONGEST_VALUE];
        used += snprintf(list + used, sizeof list - (size_t)used, "%s%s is %s there, %s here", i ? "; " : "",
                         first[i].key, gz_excerpt(first[i].there, sizeof there_now, there_now),
                         gz_excerpt(first[i].here, sizeof here_now, here_now));
    }
    if (count > SHOWN) snprintf(list + used, sizeof list - (size_t)used, "; and %zu more", count - SHOWN);
    return gz_fail(context, GZ_ERROR_SETTINGS,
                   "%s has another model, grid or initial state than this deck: %s; %s", name, list, remedy);
}
