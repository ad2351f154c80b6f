/* Deck names: which keys a deck may hold, and which key an unknown one was meant to be.
 *
 * To find the nearest key, the slips in the last part of the path decide first, and the slips in the whole
 * path break ties. Both `grid.v.nods` and a `nodes` in the wrong group thus lead to grid.v.nodes.
 */
#include "deck_reader.h"
#include "excerpt.h"
#include "suggest.h"

#include <string.h>

enum { MOST_COMPONENTS = 1000 };

static const char *last_part(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot ? dot + 1 : path;
}

/* True if `path` is a group, that is, if some key lies below it. */
static bool is_group(const gz_key *keys, const char *path) {
    const size_t length = strlen(path);
    for (const gz_key *key = keys; key->path; key++)
        if (strncmp(key->path, path, length) == 0 && key->path[length] == '.') return true;
    return false;
}

static bool is_key(const gz_key *keys, const char *path) {
    for (const gz_key *key = keys; key->path; key++)
        if (strcmp(key->path, path) == 0) return true;
    return false;
}

/* Write the key or group nearest to `path` into nearest[GZ_DECK_PATH], or "" if none is near. */
static void find_nearest(const gz_key *keys, const char *path, char *nearest) {
    const int far = gz_suggestion_for(last_part(path)).slips;
    int least = 1 << 20;
    nearest[0] = 0;
    for (const gz_key *key = keys; key->path; key++)
        for (size_t end = strcspn(key->path, "."); end > 0;) {
            char candidate[GZ_DECK_PATH];
            snprintf(candidate, sizeof candidate, "%.*s", (int)end, key->path);
            const int slips = gz_slips(last_part(path), last_part(candidate));
            const int cost = 64 * slips + gz_slips(path, candidate);
            if (slips < far && cost < least) {
                least = cost;
                memcpy(nearest, candidate, end + 1);
            }
            end = key->path[end] ? end + 1 + strcspn(key->path + end + 1, ".") : 0;
        }
}

/* List what a group may hold, as "nodes, half_width, order, switch". The prefix is "" or "grid.v." */
static void list_keys(const gz_key *keys, const char *prefix, char *list, size_t size) {
    const char *before = "";
    const size_t skip = strlen(prefix);
    list[0] = 0;
    for (const gz_key *key = keys; key->path; key++) {
        if (strncmp(key->path, prefix, skip) != 0) continue;
        const char *part = key->path + skip;
        const size_t length = strcspn(part, "."), used = strlen(list);
        if (strncmp(before, part, length + 1) != 0)
            snprintf(list + used, size - used, "%s%.*s", used ? ", " : "", (int)length, part);
        before = part;
    }
    const size_t used = strlen(list);
    if (keys == gz_deck_keys && strcmp(prefix, "initial.") == 0)
        snprintf(list + used, size - used, ", components");
    if (keys == gz_deck_keys && strcmp(prefix, "model.") == 0)
        snprintf(list + used, size - used, ", species, rates");
}

/* True for what is no key of the table but read by itself. */
static bool is_list(const gz_key *keys, const char *path) {
    static const char *const LISTS[] = {"initial.components", "model.species", "model.rates"};
    bool found = false;
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) found = found || strcmp(path, LISTS[i]) == 0;
    return found && keys == gz_deck_keys;
}

static gz_status fail_unknown(const gz_deck_reader *r, const gz_key *keys, const gz_yaml_node *node,
                              const char *above, const char *prefix, const char *path) {
    char nearest[GZ_DECK_PATH], shown[GZ_DECK_SHOWN], list[GZ_DECK_ALLOWED];
    find_nearest(keys, path, nearest);
    gz_yaml_show(node, shown, sizeof shown);
    list_keys(keys, prefix, list, sizeof list);
    if (nearest[0])
        return gz_deck_fail(r, node, "%s%s (%s) is not a key; did you mean %s%s? allowed here: %s", above,
                            path, shown, above, nearest, list);
    return gz_deck_fail(r, node, "%s%s (%s) is not a key; allowed here: %s", above, path, shown, list);
}

/* True for an `initial` that is no group: check_initial says what is allowed. */
static bool is_no_initial(const gz_key *keys, const char *path, const gz_yaml_node *node) {
    return keys == gz_deck_keys && strcmp(path, "initial") == 0 && node->kind != GZ_YAML_GROUP;
}

/* above: path of the table, "" or "initial.0."; prefix: path of the group in the table, "" or "grid.v." */
static gz_status check_group(const gz_deck_reader *r, const gz_key *keys, const gz_yaml_node *group,
                             const char *above, const char *prefix) {
    for (const gz_yaml_node *node = group->first; node; node = node->next) {
        char path[GZ_DECK_PATH], shown[GZ_DECK_SHOWN];
        const int length = snprintf(path, sizeof path, "%s%s", prefix, node->key);
        if (length >= (int)sizeof path)
            return gz_deck_fail(r, node, "%s is not a key", gz_excerpt(path, sizeof shown, shown));
        const bool deeper = is_group(keys, path);
        if (!deeper && !is_list(keys, path) && !is_key(keys, path))
            return fail_unknown(r, keys, node, above, prefix, path);
        const gz_yaml_node *first = gz_yaml_child(group, node->key);
        if (first != node)
            return gz_deck_fail(r, node, "%s%s is given twice, first in line %d; keep one", above, path,
                                first->line);
        if (!deeper || gz_yaml_is_null(node) || is_no_initial(keys, path, node)) continue;
        char below[GZ_DECK_PATH + 1], list[GZ_DECK_ALLOWED];
        snprintf(below, sizeof below, "%s.", path);
        if (node->kind != GZ_YAML_GROUP) {
            gz_yaml_show(node, shown, sizeof shown);
            list_keys(keys, below, list, sizeof list);
            return gz_deck_fail(r, node, "%s%s is %s; allowed: a group of the keys %s", above, path, shown,
                                list);
        }
        GZ_TRY(check_group(r, keys, node, above, below));
    }
    return GZ_OK;
}

static gz_status check_initial(const gz_deck_reader *r) {
    const gz_yaml_node *initial = gz_yaml_child(r->root, "initial"), *list = gz_deck_components(r);
    const char *allowed = "a list of components, such as `initial: [{shape: maxwellian, temperature: 1}]`";
    if (gz_yaml_is_null(initial)) return gz_deck_fail(r, initial, "initial is missing; allowed: %s", allowed);
    if (gz_yaml_is_null(list))
        return gz_deck_fail(r, initial, "initial.components is missing; allowed: %s", allowed);
    char shown[GZ_DECK_SHOWN];
    gz_yaml_show(list, shown, sizeof shown);
    if (list->kind != GZ_YAML_LIST || !list->first)
        return gz_deck_fail(r, list, "initial is %s; allowed: %s", shown, allowed);
    if (gz_yaml_count(list) > MOST_COMPONENTS)
        return gz_deck_fail(r, list, "initial has %zu components; at most %d are allowed",
                            gz_yaml_count(list), MOST_COMPONENTS);
    size_t place = 0;
    for (const gz_yaml_node *entry = list->first; entry; entry = entry->next, place++) {
        char above[GZ_DECK_PATH];
        snprintf(above, sizeof above, "initial.%zu.", place);
        if (entry->kind != GZ_YAML_GROUP) {
            gz_yaml_show(entry, shown, sizeof shown);
            return gz_deck_fail(r, entry,
                                "initial.%zu is %s; allowed: a component, such as {shape: maxwellian}", place,
                                shown);
        }
        GZ_TRY(check_group(r, gz_component_keys, entry, above, ""));
    }
    return GZ_OK;
}

static gz_status check_species(const gz_deck_reader *r) {
    const gz_yaml_node *list = gz_deck_species_list(r);
    char shown[GZ_DECK_SHOWN];
    if (gz_yaml_is_null(list)) return GZ_OK;
    gz_yaml_show(list, shown, sizeof shown);
    const size_t count = list->kind == GZ_YAML_LIST ? gz_yaml_count(list) : 0;
    if (count == 0 || count > GZ_MAX_SPECIES)
        return gz_deck_fail(r, list,
                            "model.species is %s; allowed: a list of 1 to %d species, such as `[{name: ions, "
                            "mass: 4, charge: 1}]`",
                            shown, GZ_MAX_SPECIES);
    size_t place = 0;
    for (const gz_yaml_node *entry = list->first; entry; entry = entry->next, place++) {
        char above[GZ_DECK_PATH];
        snprintf(above, sizeof above, "model.species.%zu.", place);
        gz_yaml_show(entry, shown, sizeof shown);
        if (entry->kind != GZ_YAML_GROUP)
            return gz_deck_fail(r, entry,
                                "model.species.%zu is %s; allowed: a species, such as {name: ions, mass: 4}",
                                place, shown);
        GZ_TRY(check_group(r, gz_species_keys, entry, above, ""));
    }
    return GZ_OK;
}

const gz_yaml_node *gz_deck_components(const gz_deck_reader *r) {
    const gz_yaml_node *initial = gz_yaml_child(r->root, "initial");
    return initial && initial->kind == GZ_YAML_GROUP ? gz_yaml_child(initial, "components") : initial;
}

gz_status gz_deck_check_names(const gz_deck_reader *r) {
    GZ_TRY(check_group(r, gz_deck_keys, r->root, "", ""));
    GZ_TRY(check_species(r));
    return check_initial(r);
}
