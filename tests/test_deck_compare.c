/* Deck comparison: how a deck is written does not matter, and every key of model, grid and initial state
 * does. */
#include "deck.h"
#include "deck_schema.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(deck_compare, .init = open_context, .fini = close_context);

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: [8], length: [0.1]}, v: {nodes: 33, half_width: 5}}\n"
                            "initial: [{temperature: [1, 0.77], mode: 1, density_wave: 0.1}, {velocity: 2}]\n"
                            "time: {dt: 0.05, end: 1}\n";

static gz_deck *load(const char *text, size_t count, const char *const *settings) {
    gz_deck *deck = NULL;
    cr_assert_eq(gz_deck_parse(context, "case.yaml", text, strlen(text), count, settings, &deck), GZ_OK, "%s",
                 gz_context_message(context));
    return deck;
}

/* --- what does not matter ------------------------------------------------------------------------------- */

Test(deck_compare, the_same_problem_in_other_words_is_the_same) {
    static const char *const OTHERS[] = {
        /* Other order, blocks for braces, comments, quotes where they are allowed, defaults written out. */
        "# a comment\n"
        "time: {end: 1, dt: 0.05}\n"
        "initial:\n"
        "  - density_wave: 1e-1      # a tenth\n"
        "    mode: [1]\n"
        "    temperature:\n"
        "      - 1.0\n"
        "      - 77e-2\n"
        "    shape: \"maxwellian\"\n"
        "    phase: -0.0\n"
        "  - {velocity: [2, 2.0], density: 1}\n"
        "grid:\n"
        "  v: {order: 6, half_width: 5.00, nodes: 33, switch: auto}\n"
        "  x: {length: 1e-1, cells: 8}\n"
        "model:\n"
        "  kappa: {k2: 4.0, shape: exponential}\n"
        "  kernel: {gamma: -1.0e0, strength: 1}\n"
        "  velocity_dim: 2\n"
        "  space_dim: 1\n",
        /* What a run may change: title, time, solver, output; and a key without effect. */
        "title: another\n"
        "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4, sigma: 3}}\n"
        "grid: {x: {cells: [8], length: [0.1]}, v: {nodes: 33, half_width: 5}}\n"
        "initial: [{temperature: [1, 0.77], mode: 1, density_wave: 0.1}, {velocity: 2, seed: 7}]\n"
        "time: {dt: 0.1, end: 7, scheme: jko}\n"
        "solver: {minimizer: dense, tolerance: 1e-9}\n"
        "output: {every: 0.5, density: false}\n"};
    gz_deck *here = load(FUZZY, 0, NULL);
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++) {
        gz_deck *there = load(OTHERS[i], 0, NULL);
        gz_deck_difference first = {0};
        const size_t count = gz_deck_compare(here, there, 1, &first);
        cr_assert_eq(count, 0, "%zu: %s is %s and %s", i, first.key, first.here, first.there);
        cr_assert_eq(gz_deck_compare(there, here, 0, NULL), 0);
        gz_deck_destroy(there);
    }
    char *text = NULL;
    cr_assert_eq(gz_deck_text(context, here, &text), GZ_OK);
    cr_assert_eq(gz_deck_check_same_problem(context, here, "resolved", text, "no"), GZ_OK);
    gz_release(text);
    gz_deck_destroy(here);
}

/* --- what does ------------------------------------------------------------------------------------------ */

/* Decks in which, together, every key has an effect: settings of FUZZY. */
static const char *const VARIANTS[][4] = {
    {NULL},
    {"grid.x.boundary=box"},
    {"model.kappa={shape: sigma, sigma: 0.5}"},
    {"initial.1={shape: bkw, time: 1}"},
    {"initial.1={shape: file, path: f.h5}"},
    {"initial.1={shape: random, seed: 3, theta: {theta: 0.1, a: 12}}"},
    {"time.scheme=arkode_dirk"},
    {"model.species=[{name: a}, {name: b, mass: 2}]", "initial.0.species=a", "initial.1.species=b"},
    {"time.scheme=rk4"},
    {"model.collisions=fokker_planck"},
    {"model.collisions=dougherty"},
    {"time.scheme=jko", "time.dt_control.tolerance=0.1"},
    {"model.force.shape=cosine", "model.force.strength=1", "model.force.mode=1"},
    {"model.field.shape=convolution", "grid.x.boundary=box"},
};

enum { VARIANT_COUNT = sizeof VARIANTS / sizeof *VARIANTS };

static gz_deck *load_variant(size_t variant) {
    size_t count = 0;
    while (count < 4 && VARIANTS[variant][count]) count++;
    return load(FUZZY, count, VARIANTS[variant]);
}

/* Give a member another value of its type. */
static void change(const gz_key *key, void *base, int axis) {
    static char another[] = "another";
    void *place = (char *)base + key->offset;
    double *number;
    switch (key->type) {
    case GZ_KEY_TEXT:
    case GZ_KEY_NAME:
        *(char **)place = another;
        return;
    case GZ_KEY_FLAG:
        *(bool *)place = !*(bool *)place;
        return;
    case GZ_KEY_COUNT:
        ((size_t *)place)[axis]++;
        return;
    case GZ_KEY_WORD:
    case GZ_KEY_INTEGER:
        ((int *)place)[axis] += ((int *)place)[axis] > 1 ? -1 : 1;
        return;
    case GZ_KEY_NUMBER:
    case GZ_KEY_OPTION:
        number = &((double *)place)[axis];
        *number = isnan(*number) ? 0.5 : nextafter(*number, INFINITY);
        return;
    }
}

static bool is_named(const char *path, size_t count, const gz_deck_difference *differences) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(differences[i].key, path) == 0)
            return strcmp(differences[i].here, differences[i].there) != 0;
    return false;
}

/* Change one value of `there`, see that it is noticed if it belongs to the problem and only then, restore. */
static void check_key(const gz_deck *here, gz_deck *there, const gz_key *key, const char *above, void *base,
                      size_t size) {
    enum { MOST = 100 };
    gz_deck_difference differences[MOST];
    char path[GZ_DIFFERENCE_KEY];
    const bool matters = *above || strncmp(key->path, "model.", 6) == 0 ||
                         strncmp(key->path, "initial.", 8) == 0 ||
                         (strncmp(key->path, "grid.", 5) == 0 && strcmp(key->path, "grid.unresolved") != 0);
    void *before = malloc(size);
    snprintf(path, sizeof path, "%s%s", above, key->path);
    memcpy(before, base, size);
    for (int axis = 0; axis < gz_key_count(key, here); axis++) {
        change(key, base, axis);
        const size_t count = gz_deck_compare(here, there, MOST, differences);
        cr_assert_eq(matters, count > 0, "%s, axis %d: %zu differences", path, axis, count);
        if (matters) cr_assert(is_named(path, count, differences), "%s, axis %d", path, axis);
        memcpy(base, before, size);
    }
    free(before);
}

/* A key or a group that is new shows here: it is used by none of the variants, or belongs to no known group.
 */
Test(deck_compare, every_key_of_the_schema_is_compared) {
    static const char *const GROUPS[] = {"title", "model", "grid", "time", "solver", "output", "initial"};
    const gz_key *tables[] = {gz_deck_keys, gz_component_keys};
    gz_deck *here[VARIANT_COUNT], *there[VARIANT_COUNT];
    for (size_t v = 0; v < VARIANT_COUNT; v++) {
        here[v] = load_variant(v);
        there[v] = load_variant(v);
        cr_assert_eq(gz_deck_compare(here[v], there[v], 0, NULL), 0);
    }
    for (size_t t = 0; t < 2; t++)
        for (const gz_key *key = tables[t]; key->path; key++) {
            bool known = t == 1, used = false;
            for (size_t g = 0; g < sizeof GROUPS / sizeof *GROUPS; g++)
                known = known || strncmp(key->path, GROUPS[g], strcspn(key->path, ".")) == 0;
            cr_assert(known, "%s belongs to a new group: to the problem, or not?", key->path);
            for (size_t v = 0; v < VARIANT_COUNT; v++) {
                gz_component *component = t == 1 ? &there[v]->components[1] : NULL;
                if (!gz_key_used(key, here[v], component)) continue;
                used = true;
                if (component)
                    check_key(here[v], there[v], key, "initial.1.", component, sizeof *component);
                else
                    check_key(here[v], there[v], key, "", there[v], sizeof *there[v]);
            }
            /* Tables of radial functions need files: model.kernel.path and model.kappa.path are below. */
            const bool needs_file = t == 0 && strcmp(key->path + strlen(key->path) - 5, ".path") == 0;
            cr_assert(used || needs_file, "%s is used in no variant", key->path);
        }
    for (size_t v = 0; v < VARIANT_COUNT; v++) {
        gz_deck_destroy(here[v]);
        gz_deck_destroy(there[v]);
    }
}

static void refused(const gz_deck *deck, const char *text, const char *says) {
    cr_assert_eq(gz_deck_check_same_problem(context, deck, "old.yaml", text, "what now"), GZ_ERROR_SETTINGS);
    const char *message = gz_context_message(context);
    cr_assert_eq(strncmp(message, "old.yaml", 8), 0, "%s", message);
    cr_assert_not_null(strstr(message, says), "`%s` does not say `%s`", message, says);
}

Test(deck_compare, a_refusal_names_the_keys_with_both_values) {
    static const char *const SETTINGS[] = {"model.kernel.gamma=-3", "grid.v.nodes=17", "grid.x.length=0.25",
                                           "initial.0.temperature=1e-3", "initial.2={density: 2}"};
    gz_deck *deck = load(FUZZY, 1, SETTINGS);
    refused(deck, FUZZY, ": model.kernel.gamma is -1 there, -3 here; what now");
    gz_deck_destroy(deck);
    deck = load(FUZZY, 3, SETTINGS);
    refused(
        deck, FUZZY,
        ": model.kernel.gamma is -1 there, -3 here; grid.x.length is [0.1] there, [0.25] here; grid.v.nodes "
        "is 33 there, 17 here; what now");
    gz_deck_destroy(deck);
    deck = load(FUZZY, 4, SETTINGS);
    refused(deck, FUZZY, "; and 1 more; what now");
    gz_deck_destroy(deck);
    static const char *const MORE[] = {"initial=[{}]"}, *const RANDOM[] = {"initial.1={shape: random}"};
    deck = load(FUZZY, 1, MORE);
    refused(deck, FUZZY, ": initial is a list of 2 there, a list of 1 here; ");
    gz_deck_destroy(deck);
    deck = load(FUZZY, 1, RANDOM);
    refused(deck, FUZZY, "; initial.1.seed is without effect there, 1 here; ");
    refused(deck, "model: {gama: 1}\n", "old.yaml:1: model.gama");
    gz_deck_destroy(deck);
}

/* A file of a table that has gone since is no reason not to compare. */
Test(deck_compare, tables_are_compared_by_their_path) {
    static const char *const NAMES[] = {"kernel", "kappa"};
    gz_deck *deck = load(FUZZY, 0, NULL);
    for (size_t i = 0; i < 2; i++) {
        char text[sizeof FUZZY + 200], says[200];
        snprintf(
            text, sizeof text,
            "model: {space_dim: 1, %s: {shape: table, path: /no/such/file}}\n"
            "grid: {x: {cells: 8}, v: {nodes: 9, half_width: 5}}\ninitial: [{}]\ntime: {dt: 1, end: 1}\n",
            NAMES[i]);
        snprintf(says, sizeof says, "model.%s.shape is table there, %s here", NAMES[i],
                 i == 0 ? "power" : "exponential");
        refused(deck, text, says);
    }
    gz_deck_destroy(deck);
}
