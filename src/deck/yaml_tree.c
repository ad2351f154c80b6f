/* YAML tree: turns the events of libfyaml into nodes, looks nodes up, and replaces nodes for --set. */
#include "yaml_tree.h"

#include "excerpt.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 16, SHOWN = 200 };

/* The text that is read: a file called `name`, or the value in the --set option `set`. */
typedef struct source {
    gz_context *context;
    const char *name, *set;
} source;

static gz_status fail_at(const source *from, int line, const char *reason) {
    char shown[SHOWN];
    if (from->set)
        return gz_fail(from->context, GZ_ERROR_SETTINGS, "--set %s: %s",
                       gz_excerpt(from->set, sizeof shown, shown), reason);
    return gz_fail(from->context, GZ_ERROR_SETTINGS, "%s:%d: %s", from->name, line, reason);
}

static gz_status copy_text(gz_context *context, const char *text, size_t length, char **copy) {
    GZ_TRY(gz_allocate(context, length + 1, 1, copy));
    memcpy(*copy, text, length);
    return GZ_OK;
}

/* --- reading -------------------------------------------------------------------------------------------- */

/* A tree under construction: the groups and lists still open, outermost first, and the last child of each. */
typedef struct builder {
    const source *from;
    gz_yaml_node *root;
    gz_yaml_node *open[DEEPEST], *last[DEEPEST];
    int depth;
    char *key; /* a key that was read and still waits for its value */
    int key_line;
    int documents;
} builder;

static bool key_is_next(const builder *b) {
    return b->depth > 0 && b->open[b->depth - 1]->kind == GZ_YAML_GROUP && !b->key;
}

static gz_status add_node(builder *b, gz_yaml_kind kind, int line, gz_yaml_node **added) {
    gz_yaml_node *node = NULL;
    GZ_TRY(gz_allocate(b->from->context, 1, sizeof *node, &node));
    node->kind = kind;
    node->line = b->key ? b->key_line : line;
    node->key = b->key;
    node->set = b->from->set;
    b->key = NULL;
    if (b->depth == 0) {
        b->root = node;
    } else {
        gz_yaml_node **place =
            b->last[b->depth - 1] ? &b->last[b->depth - 1]->next : &b->open[b->depth - 1]->first;
        *place = b->last[b->depth - 1] = node;
    }
    *added = node;
    return GZ_OK;
}

static gz_status open_node(builder *b, gz_yaml_kind kind, int line) {
    if (key_is_next(b)) return fail_at(b->from, line, "a key must be a plain word");
    if (b->depth == DEEPEST) return fail_at(b->from, line, "groups and lists are nested too deeply");
    gz_yaml_node *node = NULL;
    GZ_TRY(add_node(b, kind, line, &node));
    b->last[b->depth] = NULL;
    b->open[b->depth++] = node;
    return GZ_OK;
}

static gz_status add_scalar(builder *b, struct fy_token *token, int line) {
    size_t length = 0;
    const char *text = token ? fy_token_get_text(token, &length) : "";
    if (!text) return fail_at(b->from, line, "this text cannot be read as YAML");
    if (key_is_next(b)) {
        b->key_line = line;
        return copy_text(b->from->context, text, length, &b->key);
    }
    gz_yaml_node *node = NULL;
    GZ_TRY(add_node(b, GZ_YAML_SCALAR, line, &node));
    node->plain = !token || fy_token_scalar_style(token) == FYSS_PLAIN;
    return copy_text(b->from->context, text, length, &node->text);
}

static gz_status take_event(builder *b, const struct fy_event *event) {
    struct fy_token *token = NULL;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        token = event->document_start.document_start;
        break;
    case FYET_MAPPING_START:
        token = event->mapping_start.mapping_start;
        break;
    case FYET_SEQUENCE_START:
        token = event->sequence_start.sequence_start;
        break;
    case FYET_SCALAR:
        token = event->scalar.value;
        break;
    case FYET_ALIAS:
        token = event->alias.anchor;
        break;
    default:
        break;
    }
    const struct fy_mark *mark = token ? fy_token_start_mark(token) : NULL;
    const int line = mark ? mark->line + 1 : 0;
    switch (event->type) {
    case FYET_DOCUMENT_START:
        if (++b->documents > 1) return fail_at(b->from, line, "a second document starts here; a deck is one");
        return GZ_OK;
    case FYET_MAPPING_START:
        return open_node(b, GZ_YAML_GROUP, line);
    case FYET_SEQUENCE_START:
        return open_node(b, GZ_YAML_LIST, line);
    case FYET_MAPPING_END:
    case FYET_SEQUENCE_END:
        b->depth--;
        if (!b->open[b->depth]->line && b->open[b->depth]->first)
            b->open[b->depth]->line = b->open[b->depth]->first->line;
        return GZ_OK;
    case FYET_SCALAR:
        return add_scalar(b, token, line);
    case FYET_ALIAS:
        return fail_at(b->from, line, "a deck has no aliases (*name); write the value out");
    default:
        return GZ_OK;
    }
}

/* Errors are taken from libfyaml's diagnostic object; nothing may reach stderr. */
static void discard(struct fy_diag *diag, void *user, const char *text, size_t length) {
    (void)diag, (void)user, (void)text, (void)length;
}

static gz_status run_parser(builder *b, struct fy_parser *parser, struct fy_diag *diag) {
    gz_status status = GZ_OK;
    struct fy_event *event;
    while (status == GZ_OK && (event = fy_parser_parse(parser))) {
        status = take_event(b, event);
        fy_parser_event_free(parser, event);
    }
    if (status != GZ_OK || !fy_parser_get_stream_error(parser)) return status;
    void *place = NULL;
    const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &place);
    return fail_at(b->from, error ? error->line : 1, error ? error->msg : "this is not YAML");
}

/* The first line with a control character or broken UTF-8, which libfyaml lets pass; 0 if there is none. */
static int line_of_bad_byte(const char *text, size_t length) {
    int line = 1;
    for (size_t i = 0; i < length; i++) {
        const unsigned char c = (unsigned char)text[i];
        if (c == '\n') line++;
        if ((c < 0x20 && c != '\n' && c != '\t' && c != '\r') || c == 0x7f) return line;
        if (c < 0x80) continue;
        const size_t more = c >= 0xf0 && c < 0xf5 ? 3 : c >= 0xe0 ? 2 : 1;
        if (c < 0xc2 || c > 0xf4 || i + more >= length) return line;
        for (size_t k = 1; k <= more; k++)
            if (((unsigned char)text[i + k] & 0xc0) != 0x80) return line;
        i += more;
    }
    return 0;
}

/* Parse a text; *root is NULL if the text is empty. */
static gz_status parse(const source *from, const char *text, size_t length, gz_yaml_node **root) {
    *root = NULL;
    const int bad = line_of_bad_byte(text, length);
    if (bad) return fail_at(from, bad, "a byte that is no text (UTF-8); is this a YAML file?");
    const struct fy_diag_cfg quiet = {.output_fn = discard, .level = FYET_ERROR, .module_mask = ~0u};
    struct fy_diag *diag = fy_diag_create(&quiet);
    if (diag) fy_diag_set_collect_errors(diag, true);
    const struct fy_parse_cfg settings = {.flags = FYPCF_QUIET, .diag = diag};
    struct fy_parser *parser = diag ? fy_parser_create(&settings) : NULL;
    builder b = {.from = from};
    gz_status status;
    if (!parser || fy_parser_set_string(parser, text, length) != 0)
        status = gz_fail(from->context, GZ_ERROR_MEMORY, "libfyaml cannot start: out of memory");
    else
        status = run_parser(&b, parser, diag);
    gz_release(b.key);
    if (parser) fy_parser_destroy(parser);
    if (diag) fy_diag_destroy(diag);
    if (status != GZ_OK)
        gz_yaml_destroy(b.root);
    else
        *root = b.root;
    return status;
}

gz_status gz_yaml_parse(gz_context *context, const char *name, const char *text, size_t length,
                        gz_yaml_node **root) {
    const source from = {.context = context, .name = name};
    GZ_TRY(parse(&from, text, length, root));
    if (*root && (*root)->kind == GZ_YAML_GROUP) return GZ_OK;
    const bool empty = gz_yaml_is_null(*root);
    gz_yaml_destroy(*root);
    *root = NULL;
    return fail_at(&from, 1,
                   empty
                       ? "the deck is empty; `grazing info --keys` lists what it may hold"
                       : "a deck is a group of keys (`time: {dt: 0.1, end: 1}`), not a single value or list");
}

void gz_yaml_destroy(gz_yaml_node *node) {
    if (!node) return;
    for (gz_yaml_node *child = node->first, *next; child; child = next) {
        next = child->next;
        gz_yaml_destroy(child);
    }
    gz_release(node->key);
    gz_release(node->text);
    gz_release(node);
}

/* --- looking -------------------------------------------------------------------------------------------- */

/* The node whose places or keys a part of a path names: a number in a group names a place in its list. */
static const gz_yaml_node *named_in(const gz_yaml_node *node, const char *part) {
    return node->list && part[0] >= '0' && part[0] <= '9' ? node->list : node;
}

/* The child that one part of a path names, by its key in a group or by its place in a list. */
static gz_yaml_node *child_named(const gz_yaml_node *parent, const char *part, size_t length) {
    const gz_yaml_node *node = named_in(parent, part);
    gz_yaml_node *child = node->first;
    if (node->kind == GZ_YAML_LIST) {
        char *end = NULL;
        unsigned long place = strtoul(part, &end, 10);
        if (part[0] < '0' || part[0] > '9' || end != part + length) return NULL;
        while (child && place-- > 0) child = child->next;
        return child;
    }
    while (child && (strncmp(child->key, part, length) != 0 || child->key[length])) child = child->next;
    return child;
}

const gz_yaml_node *gz_yaml_child(const gz_yaml_node *group, const char *key) {
    return child_named(group, key, strlen(key));
}

const gz_yaml_node *gz_yaml_find(const gz_yaml_node *node, const char *path) {
    while (node && *path) {
        const size_t length = strcspn(path, ".");
        node = child_named(node, path, length);
        path += length + (path[length] == '.');
    }
    return node;
}

size_t gz_yaml_count(const gz_yaml_node *node) {
    size_t count = 0;
    for (const gz_yaml_node *child = node->first; child; child = child->next) count++;
    return count;
}

bool gz_yaml_is_null(const gz_yaml_node *node) {
    if (!node) return true;
    if (node->kind != GZ_YAML_SCALAR || !node->plain) return false;
    return !node->text[0] || strcmp(node->text, "~") == 0 || strcmp(node->text, "null") == 0;
}

void gz_yaml_where(const gz_yaml_node *node, const char *name, char *buffer, size_t size) {
    char shown[SHOWN];
    if (node->set)
        snprintf(buffer, size, "--set %s", gz_excerpt(node->set, sizeof shown, shown));
    else
        snprintf(buffer, size, "%s:%d", name, node->line);
}

static void append(char *buffer, size_t size, const char *text) {
    const size_t used = strlen(buffer);
    snprintf(buffer + used, size - used, "%s", text);
}

static void show(const gz_yaml_node *node, char *buffer, size_t size) {
    if (node->kind == GZ_YAML_SCALAR) {
        append(buffer, size, node->plain ? "" : "\"");
        append(buffer, size, node->text);
        append(buffer, size, node->plain ? "" : "\"");
        return;
    }
    append(buffer, size, node->kind == GZ_YAML_LIST ? "[" : "{");
    for (const gz_yaml_node *child = node->first; child; child = child->next) {
        if (child->key) append(buffer, size, child->key), append(buffer, size, ": ");
        show(child, buffer, size);
        if (child->next) append(buffer, size, ", ");
        if (strlen(buffer) + 1 >= size) return;
    }
    append(buffer, size, node->kind == GZ_YAML_LIST ? "]" : "}");
}

void gz_yaml_show(const gz_yaml_node *node, char *buffer, size_t size) {
    char text[GZ_LONGEST_MESSAGE] = "";
    show(node, text, size < sizeof text ? size + 1 : sizeof text);
    gz_excerpt(text, size, buffer);
    for (char *c = buffer; *c; c++)
        if (*c == '\n') *c = ' ';
}

/* --- setting -------------------------------------------------------------------------------------------- */

static gz_status append_group(const source *from, gz_yaml_node *parent, const char *key, size_t length,
                              gz_yaml_node **added) {
    gz_yaml_node *node = NULL;
    GZ_TRY(gz_allocate(from->context, 1, sizeof *node, &node));
    node->kind = GZ_YAML_GROUP;
    node->set = from->set;
    const gz_status status = copy_text(from->context, key, length, &node->key);
    if (status != GZ_OK) {
        gz_release(node);
        return status;
    }
    gz_yaml_node **place = &parent->first;
    while (*place) place = &(*place)->next;
    *place = *added = node;
    return GZ_OK;
}

/* Replace the content of `node` by that of `value`; the key and the place of `node` stay. */
static void replace(gz_yaml_node *node, gz_yaml_node *value) {
    const gz_yaml_node old = *node;
    *node = *value;
    node->key = old.key;
    node->next = old.next;
    value->first = old.first;
    value->text = old.text;
    value->key = NULL;
    gz_yaml_destroy(value);
}

/* Find the node at a path, and create groups for keys that are missing on the way. */
static gz_status walk(const source *from, gz_yaml_node *root, const char *path, size_t length,
                      gz_yaml_node **found) {
    gz_yaml_node *node = root;
    for (const char *part = path, *end = path + length; part < end;) {
        const size_t letters = strcspn(part, ".=");
        const size_t before = part > path ? (size_t)(part - path) - 1 : 0;
        char reason[2 * SHOWN], shown[SHOWN], last[GZ_SHOWN];
        if (letters == 0)
            return gz_fail(from->context, GZ_ERROR_USAGE,
                           "--set %s: the path has an empty part; write --set path.to.key=value",
                           gz_excerpt(from->set, sizeof shown, shown));
        if (gz_yaml_is_null(node)) node->kind = GZ_YAML_GROUP; /* `grid:` with nothing below it */
        if (node->kind == GZ_YAML_SCALAR) {
            snprintf(reason, sizeof reason, "%s is a single value, it has no part `%s`",
                     gz_excerpt_of(before, path, sizeof shown, shown),
                     gz_excerpt_of(letters, part, sizeof last, last));
            return fail_at(from, 0, reason);
        }
        gz_yaml_node *child = child_named(node, part, letters);
        if (!child && named_in(node, part)->kind == GZ_YAML_LIST) {
            const size_t count = gz_yaml_count(named_in(node, part));
            snprintf(reason, sizeof reason, "%s is a list of %zu; its places are 0 to %zu, it has no `%s`",
                     gz_excerpt_of(before, path, sizeof shown, shown), count, count ? count - 1 : 0,
                     gz_excerpt_of(letters, part, sizeof last, last));
            return fail_at(from, 0, reason);
        }
        if (!child) GZ_TRY(append_group(from, node, part, letters, &child));
        node = child;
        part += letters + 1;
    }
    *found = node;
    return GZ_OK;
}

gz_status gz_yaml_set(gz_context *context, gz_yaml_node *root, const char *assignment) {
    const source from = {.context = context, .set = assignment};
    const char *equals = strchr(assignment, '=');
    char shown[SHOWN];
    if (!equals || equals == assignment)
        return gz_fail(context, GZ_ERROR_USAGE,
                       "--set %s: write --set path.to.key=value, for example --set time.dt=0.1",
                       gz_excerpt(assignment, sizeof shown, shown));
    gz_yaml_node *value = NULL, *node = NULL;
    GZ_TRY(parse(&from, equals + 1, strlen(equals + 1), &value));
    gz_status status = walk(&from, root, assignment, (size_t)(equals - assignment), &node);
    if (status == GZ_OK && !value) { /* an empty value counts as if the key had not been written */
        const source nothing = from;
        status = parse(&nothing, "~", 1, &value);
    }
    if (status == GZ_OK)
        replace(node, value);
    else
        gz_yaml_destroy(value);
    return status;
}
