/* Deck: from a file's text and the --set options of the command line to a gz_deck.
 *
 * The names are checked first, since an unknown key is the likeliest mistake. Then every key is read in the
 * order of the schema: a value that is given is checked by type and range, a missing one gets its default.
 * The last checks are about what several keys must satisfy together.
 */
#include "deck.h"

#include "deck_reader.h"
#include "first_rank.h"
#include "plain.h"
#include "radial_file.h"
#include "tableau.h"

#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LONGEST_DECK = 1 << 20, LONGEST_PATH = 4096 };

static gz_status append_note(const gz_deck_reader *r, const char *path) {
    const char *old = r->deck->notes, *between = *old ? ", " : "";
    const size_t size = strlen(old) + strlen(between) + strlen(path) + 1;
    char *notes = NULL;
    GZ_TRY(gz_allocate(r->context, size, 1, &notes));
    snprintf(notes, size, "%s%s%s", old, between, path);
    gz_release(r->deck->notes);
    r->deck->notes = notes;
    return GZ_OK;
}

static gz_status fail_missing(const gz_deck_reader *r, const gz_yaml_node *group, const char *path,
                              const gz_key *key) {
    char allowed[GZ_DECK_ALLOWED];
    gz_key_allowed(key, allowed, sizeof allowed);
    return gz_deck_fail(r, group == r->root ? NULL : group, "%s is missing; allowed: %s (%s)", path, allowed,
                        key->help);
}

gz_status gz_deck_read_table(const gz_deck_reader *r, const gz_key *keys, const gz_yaml_node *group,
                             const char *above, void *base) {
    const gz_component *component = keys == gz_component_keys ? base : NULL;
    for (const gz_key *key = keys; key->path; key++) {
        char path[GZ_DECK_PATH];
        snprintf(path, sizeof path, "%s%s", above, key->path);
        const gz_yaml_node *node = gz_yaml_find(group, key->path);
        const gz_yaml_node fallback = {.kind = GZ_YAML_SCALAR, .plain = true, .text = (char *)key->fallback};
        const bool given = !gz_yaml_is_null(node);
        if (!gz_key_used(key, r->deck, component)) {
            if (given) GZ_TRY(append_note(r, path));
        } else if (given) {
            GZ_TRY(gz_deck_read_value(r, node, path, key, base));
        } else if (key->fallback) {
            GZ_TRY(gz_deck_read_value(r, &fallback, path, key, base));
        } else {
            return fail_missing(r, group, path, key);
        }
    }
    return GZ_OK;
}

/* Make a path absolute. A relative path starts at the deck's folder. */
static gz_status anchor_path(const gz_deck_reader *r, char **relative) {
    if (**relative == '/') return GZ_OK;
    char folder[LONGEST_PATH] = "";
    if (r->name[0] != '/' && !getcwd(folder, sizeof folder))
        return gz_fail(r->context, GZ_ERROR_FILES, "the current folder has no path: %s", strerror(errno));
    const char *slash = strrchr(r->name, '/');
    const int deck_folder = slash ? (int)(slash - r->name) : 0;
    const size_t size = strlen(folder) + (size_t)deck_folder + strlen(*relative) + 3;
    char *path = NULL;
    GZ_TRY(gz_allocate(r->context, size, 1, &path));
    snprintf(path, size, "%s%s%.*s/%s", folder, deck_folder && *folder ? "/" : "", deck_folder, r->name,
             *relative);
    gz_release(*relative);
    *relative = path;
    return GZ_OK;
}

/* Read the tables of the kernel, of kappa, of the force and of the field from their files. */
static gz_status read_tables(const gz_deck_reader *r) {
    gz_deck *deck = r->deck;
    gz_problem *p = &deck->problem;
    const struct {
        bool wanted;
        char **path;
        gz_radial_table **table;
        const gz_radial_table **place;
    } tables[] = {
        {p->kernel.shape == GZ_KERNEL_TABLE, &deck->kernel_path, &deck->kernel_table, &p->kernel.table},
        {p->kappa.shape == GZ_KAPPA_TABLE, &deck->kappa_path, &deck->kappa_table, &p->kappa.table},
        {p->force.shape == GZ_FORCE_TABLE, &deck->force_path, &deck->force_table, &p->force.table},
        {p->field.shape == GZ_FIELD_CONVOLUTION && *deck->field_path, &deck->field_path, &deck->field_table,
         &p->field.table}};
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        if (!tables[i].wanted) continue;
        GZ_TRY(anchor_path(r, tables[i].path));
        if (!r->keys_only) GZ_TRY(gz_radial_file_read(r->context, *tables[i].path, tables[i].table));
        *tables[i].place = *tables[i].table;
    }
    return GZ_OK;
}

/* Write a list `initial` out as the group {components: list}, which is what it stands for, so that normalise can
 * be set beside it. */
static gz_status write_out_initial(gz_context *context, gz_yaml_node *root) {
    static const char KEY[] = "components";
    for (gz_yaml_node *initial = root->first; initial; initial = initial->next) {
        if (strcmp(initial->key, "initial") != 0) continue;
        if (initial->kind == GZ_YAML_LIST) {
            gz_yaml_node *list = NULL;
            GZ_TRY(gz_allocate(context, 1, sizeof *list, &list));
            *list = *initial;
            list->key = NULL;
            list->next = NULL;
            initial->kind = GZ_YAML_GROUP;
            initial->first = list;
            GZ_TRY(gz_allocate(context, sizeof KEY, 1, &list->key));
            memcpy(list->key, KEY, sizeof KEY);
        }
        initial->list = (gz_yaml_node *)gz_yaml_child(initial, KEY);
    }
    return GZ_OK;
}

static gz_status resolve(const gz_deck_reader *r) {
    gz_deck *deck = r->deck;
    GZ_TRY(gz_allocate(r->context, 1, 1, &deck->notes));
    GZ_TRY(gz_deck_check_names(r));
    GZ_TRY(gz_deck_read_table(r, gz_deck_keys, r->root, "", deck));
    GZ_TRY(gz_deck_read_species(r));
    GZ_TRY(read_tables(r));
    const gz_yaml_node *list = gz_deck_components(r);
    GZ_TRY(gz_allocate(r->context, gz_yaml_count(list), sizeof *deck->components, &deck->components));
    GZ_TRY(gz_allocate(r->context, gz_yaml_count(list), sizeof *deck->places, &deck->places));
    for (const gz_yaml_node *entry = list->first; entry; entry = entry->next) {
        gz_component *component = &deck->components[deck->component_count];
        char above[GZ_DECK_PATH];
        gz_yaml_where(entry, r->name, deck->places[deck->component_count], GZ_DECK_PLACE);
        snprintf(above, sizeof above, "initial.%zu.", deck->component_count++);
        GZ_TRY(gz_deck_read_table(r, gz_component_keys, entry, above, component));
        if (component->shape == GZ_FROM_FILE) GZ_TRY(anchor_path(r, &component->path));
    }
    if (strcmp(deck->integrator.scheme, "zero_defect") == 0 && !isnan(deck->implicitness)) {
        deck->integrator.fixed_implicitness = true;
        deck->integrator.implicitness = deck->implicitness;
    }
    if (!gz_tableau_find(deck->integrator.scheme)) deck->integrator.zero_defect = false;
    deck->integrator.never_split = deck->control_tolerance > 0 && deck->control_by == GZ_BY_THETA;
    return gz_deck_check(r);
}

/* Read the text through `r` into *deck, which is NULL if that fails. */
static gz_status parse(gz_deck_reader *r, const char *text, size_t length, size_t count,
                       const char *const *settings, gz_deck **deck) {
    gz_context *context = r->context;
    gz_yaml_node *root = NULL;
    *deck = NULL;
    if (length > LONGEST_DECK)
        return gz_fail(context, GZ_ERROR_SETTINGS, "%s: %.3g MB are no deck; decks have at most 1 MB",
                       r->name, (double)length / 1e6);
    const gz_plain plain = gz_plain_enter();
    gz_status status = gz_yaml_parse(context, r->name, text, length, &root);
    if (status == GZ_OK) status = write_out_initial(context, root);
    for (size_t i = 0; i < count && status == GZ_OK; i++) {
        status = gz_yaml_set(context, root, settings[i]);
        if (status == GZ_OK) status = write_out_initial(context, root);
    }
    if (status == GZ_OK) status = gz_allocate(context, 1, sizeof *r->deck, &r->deck);
    r->root = root;
    if (status == GZ_OK) status = resolve(r);
    gz_yaml_destroy(root);
    gz_plain_leave(&plain);
    if (status == GZ_OK)
        *deck = r->deck;
    else
        gz_deck_destroy(r->deck);
    return status;
}

gz_status gz_deck_parse(gz_context *context, const char *name, const char *text, size_t length, size_t count,
                        const char *const *settings, gz_deck **deck) {
    gz_deck_reader r = {.context = context, .name = name};
    return parse(&r, text, length, count, settings, deck);
}

gz_status gz_deck_parse_keys(gz_context *context, const char *name, const char *text, gz_deck **deck) {
    gz_deck_reader r = {.context = context, .name = name, .keys_only = true};
    return parse(&r, text, strlen(text), 0, NULL, deck);
}

/* Read a file that may be a deck: of one that is too long, as much as shows that. */
static gz_status read_file(gz_context *context, const char *file, char **text, size_t *length) {
    FILE *in = fopen(file, "rb");
    if (!in) return gz_fail(context, GZ_ERROR_FILES, "%s: %s", file, strerror(errno));
    struct stat about;
    gz_status status = GZ_OK;
    if (fstat(fileno(in), &about) == 0 && S_ISDIR(about.st_mode))
        status = gz_fail(context, GZ_ERROR_FILES, "%s: is a folder; give the deck file in it", file);
    if (status == GZ_OK) status = gz_allocate(context, LONGEST_DECK + 2, 1, text);
    if (status == GZ_OK) {
        *length = fread(*text, 1, LONGEST_DECK + 1, in);
        if (ferror(in))
            status = gz_fail(context, GZ_ERROR_FILES, "%s: cannot be read: %s", file, strerror(errno));
    }
    fclose(in);
    return status;
}

gz_status gz_deck_load(gz_context *context, const char *file, size_t count, const char *const *settings,
                       gz_deck **deck) {
    char *text = NULL;
    size_t length = 0;
    const bool first = gz_ranks_own(gz_context_ranks(context)) == 0;
    *deck = NULL;
    GZ_TRY(gz_first_rank_hands_out(context, first ? read_file(context, file, &text, &length) : GZ_OK, &text,
                                   &length));
    const gz_status status = gz_deck_parse(context, file, text, length, count, settings, deck);
    gz_release(text);
    return status;
}

void gz_deck_destroy(gz_deck *deck) {
    if (!deck) return;
    for (const gz_key *key = gz_deck_keys; key->path; key++)
        if (key->type == GZ_KEY_TEXT) gz_release(*(char **)((char *)deck + key->offset));
    for (size_t i = 0; i < deck->component_count; i++)
        for (const gz_key *key = gz_component_keys; key->path; key++)
            if (key->type == GZ_KEY_TEXT) gz_release(*(char **)((char *)&deck->components[i] + key->offset));
    for (size_t i = 0; i < deck->species_count; i++) gz_release(deck->species[i].name);
    gz_release(deck->species);
    gz_radial_table_destroy(deck->kernel_table);
    gz_radial_table_destroy(deck->kappa_table);
    gz_radial_table_destroy(deck->force_table);
    gz_radial_table_destroy(deck->field_table);
    gz_release(deck->components);
    gz_release(deck->places);
    gz_release(deck->notes);
    gz_release(deck);
}
