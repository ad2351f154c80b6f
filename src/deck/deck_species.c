/* Deck species: the list model.species and the matrix model.rates, c_st, which no table of keys can hold. */
#include "deck_reader.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const gz_key RATE = {
    .path = "", .type = GZ_KEY_NUMBER, .low = 0, .high = 1e12, .help = "rate of two species"};

const gz_yaml_node *gz_deck_species_list(const gz_deck_reader *r) {
    return gz_yaml_find(r->root, "model.species");
}

/* A name is a part of the columns of history.csv. */
static gz_status check_name(const gz_deck_reader *r, const gz_yaml_node *entry, size_t place) {
    const gz_species_text *all = r->deck->species;
    const char *name = all[place].name;
    const gz_yaml_node *node = gz_yaml_child(entry, "name");
    const size_t length = strlen(name),
                 good = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
    char shown[GZ_DECK_SHOWN];
    gz_yaml_show(node, shown, sizeof shown);
    if (length == 0 || good < length || length >= GZ_SPECIES_NAME)
        return gz_deck_fail(r, node,
                            "model.species.%zu.name is %s; allowed: 1 to %d letters, digits and underscores",
                            place, shown, GZ_SPECIES_NAME - 1);
    for (size_t k = 0; k < place; k++)
        if (strcmp(all[k].name, name) == 0)
            return gz_deck_fail(
                r, node, "model.species.%zu.name is %s, as that of species %zu; allowed: names that differ",
                place, shown, k);
    return GZ_OK;
}

static gz_status fail_rates(const gz_deck_reader *r, const gz_yaml_node *node) {
    const size_t count = r->deck->species_count;
    char shown[GZ_DECK_SHOWN];
    gz_yaml_show(node, shown, sizeof shown);
    return gz_deck_fail(
        r, node,
        "model.rates is %s; allowed: %zu lists of %zu numbers, one for each species, c_st >= 0 "
        "and symmetric",
        shown, count, count);
}

static gz_status read_rates(const gz_deck_reader *r, const gz_yaml_node *node) {
    const size_t count = r->deck->species_count;
    gz_rates *rates = &r->deck->problem.rates;
    if (gz_yaml_is_null(node)) return GZ_OK;
    if (node->kind != GZ_YAML_LIST || gz_yaml_count(node) != count) return fail_rates(r, node);
    size_t s = 0;
    for (const gz_yaml_node *row = node->first; row; row = row->next, s++) {
        if (row->kind != GZ_YAML_LIST || gz_yaml_count(row) != count) return fail_rates(r, node);
        size_t t = 0;
        for (const gz_yaml_node *entry = row->first; entry; entry = entry->next, t++) {
            char path[GZ_DECK_PATH];
            snprintf(path, sizeof path, "model.rates.%zu.%zu", s, t);
            GZ_TRY(gz_deck_read_value(r, entry, path, &RATE, &rates->value[s][t]));
        }
    }
    for (s = 0; s < count; s++)
        for (size_t t = 0; t < s; t++)
            if (rates->value[s][t] != rates->value[t][s]) return fail_rates(r, node);
    rates->given = true;
    return GZ_OK;
}

gz_status gz_deck_read_species(const gz_deck_reader *r) {
    gz_deck *deck = r->deck;
    gz_phase_grid_settings *grid = &deck->problem.grid;
    const gz_yaml_node *list = gz_deck_species_list(r), *rates = gz_yaml_find(r->root, "model.rates");
    if (gz_yaml_is_null(list)) {
        if (gz_yaml_is_null(rates)) return GZ_OK;
        return gz_deck_fail(r, rates, "model.rates is given without model.species, whose rates they are");
    }
    GZ_TRY(gz_allocate(r->context, gz_yaml_count(list), sizeof *deck->species, &deck->species));
    for (const gz_yaml_node *entry = list->first; entry; entry = entry->next) {
        const size_t place = deck->species_count++;
        gz_species_text *species = &deck->species[place];
        char above[GZ_DECK_PATH];
        snprintf(above, sizeof above, "model.species.%zu.", place);
        GZ_TRY(gz_deck_read_table(r, gz_species_keys, entry, above, species));
        GZ_TRY(check_name(r, entry, place));
        grid->species[place] = (gz_species){.mass = species->mass, .charge = species->charge};
        memcpy(grid->species[place].name, species->name, strlen(species->name) + 1);
    }
    grid->species_count = deck->species_count;
    return read_rates(r, rates);
}

/* The place of a component's species, NULL for none. */
static const gz_species_text *find(const gz_deck *deck, const char *name) {
    for (size_t s = 0; s < deck->species_count; s++)
        if (strcmp(deck->species[s].name, name) == 0) return &deck->species[s];
    return NULL;
}

static void list_names(const gz_deck *deck, char *list, size_t size) {
    size_t used = 0;
    list[0] = 0;
    for (size_t s = 0; s < deck->species_count && used < size; s++)
        used += (size_t)snprintf(list + used, size - used, "%s%s", s ? ", " : "", deck->species[s].name);
}

/* What collides a single species so far. */
static gz_status check_company(const gz_deck_reader *r) {
    const gz_problem *problem = &r->deck->problem;
    if (r->deck->species_count == 0) return GZ_OK;
    if (problem->collisions.kind != GZ_LANDAU && problem->collisions.kind != GZ_NO_COLLISIONS)
        return gz_deck_fail(
            r, gz_yaml_find(r->root, "model.collisions"),
            "model.collisions is %s, which knows a single species so far; with model.species use "
            "landau or none",
            gz_collision_name(problem->collisions.kind));
    return GZ_OK;
}

gz_status gz_deck_check_species(const gz_deck_reader *r) {
    const gz_deck *deck = r->deck;
    bool has[GZ_MAX_SPECIES] = {0};
    char names[GZ_DECK_ALLOWED], path[GZ_DECK_PATH], shown[GZ_DECK_SHOWN];
    GZ_TRY(check_company(r));
    list_names(deck, names, sizeof names);
    for (size_t k = 0; deck->species_count > 0 && k < deck->component_count; k++) {
        const gz_component *c = &deck->components[k];
        const bool named = c->species && *c->species, whole = !named && c->shape == GZ_FROM_FILE;
        const gz_species_text *of = named                      ? find(deck, c->species)
                                    : deck->species_count == 1 ? deck->species
                                                               : NULL;
        snprintf(path, sizeof path, "initial.%zu.species", k);
        const gz_yaml_node *node = gz_yaml_find(r->root, path), *entry = gz_yaml_find(r->root, "initial");
        if (named && !of) {
            gz_yaml_show(node, shown, sizeof shown);
            return gz_deck_fail(r, node, "%s is %s; allowed: %s", path, shown, names);
        }
        if (!of && !whole) return gz_deck_fail(r, entry, "%s is missing; allowed: %s", path, names);
        if (whole && c->interpolate)
            return gz_deck_fail(r, entry,
                                "%s is missing, and initial.%zu.interpolate is true: each species is "
                                "interpolated from a file of its own; allowed: %s",
                                path, k, names);
        for (size_t s = 0; s < deck->species_count; s++) has[s] = has[s] || whole || of == &deck->species[s];
    }
    for (size_t s = 0; s < deck->species_count; s++)
        if (!has[s])
            return gz_deck_fail(r, gz_yaml_find(r->root, "initial"),
                                "initial has no component of species %s; every species needs one",
                                deck->species[s].name);
    return GZ_OK;
}

void gz_deck_show_rates(const gz_deck *deck, char *buffer, size_t size) {
    size_t used = (size_t)snprintf(buffer, size, "[");
    for (size_t s = 0; s < deck->species_count; s++)
        for (size_t t = 0; t < deck->species_count && used + 2 < size; t++) {
            used += (size_t)snprintf(buffer + used, size - used, "%s", t > 0 ? ", " : s > 0 ? ", [" : "[");
            if (used + 2 >= size) break;
            gz_key_show(&RATE, deck, &deck->problem.rates.value[s][t], buffer + used, size - used);
            used = strlen(buffer);
            if (t + 1 == deck->species_count) used += (size_t)snprintf(buffer + used, size - used, "]");
        }
    if (used < size) snprintf(buffer + used, size - used, "]");
}

bool gz_deck_same_rates(const gz_deck *a, const gz_deck *b) {
    bool same = a->problem.rates.given == b->problem.rates.given;
    for (size_t s = 0; s < GZ_MAX_SPECIES; s++)
        for (size_t t = 0; t < GZ_MAX_SPECIES; t++)
            same = same && a->problem.rates.value[s][t] == b->problem.rates.value[s][t];
    return same;
}
