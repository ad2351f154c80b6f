/* YAML tree: the text of a deck as nodes that know where they came from.
 *
 * libfyaml reads the text and is then done: what remains is a small tree of our own. In this tree `--set
 * path.to.key=value` can replace nodes, and every error can name the line of the file, or the --set, that is
 * to blame. Decks are plain data: one document of groups (mappings), lists and scalars. Aliases are refused.
 */
#ifndef GZ_YAML_TREE_H
#define GZ_YAML_TREE_H

#include "context.h"

#include <stdbool.h>

typedef enum gz_yaml_kind { GZ_YAML_SCALAR, GZ_YAML_LIST, GZ_YAML_GROUP } gz_yaml_kind;

typedef struct gz_yaml_node {
    gz_yaml_kind kind;
    bool plain;      /* a scalar without quotes, which may therefore be a number or a flag */
    int line;        /* line number in the file, or in the value of the --set */
    char *key;       /* the node's key if its parent is a group, else NULL */
    char *text;      /* the value of a scalar, "" for an empty one */
    const char *set; /* the --set "path=value" that this node came from; NULL: the file */
    struct gz_yaml_node *first, *next; /* the first child, the next child of the same parent */
    struct gz_yaml_node *list;         /* of a group: the child whose places its paths count; NULL: none */
} gz_yaml_node;

/* Parse text[length]; messages call it `name`, which usually is a file. Fails with GZ_ERROR_SETTINGS and the
 * line if the text is not YAML, is empty, or is not a group of keys. */
gz_status gz_yaml_parse(gz_context *context, const char *name, const char *text, size_t length,
                        gz_yaml_node **root);
void gz_yaml_destroy(gz_yaml_node *node);

/* Apply one "path.to.key=value", where the value is YAML. Missing groups along the path are created, and a
 * whole number in the path is a place in a list. `assignment` must outlive the tree. */
gz_status gz_yaml_set(gz_context *context, gz_yaml_node *root, const char *assignment);

/* The node at a dotted path below `node`, or NULL. A whole number names a place in a list, or in the list that a
 * group has as its `list`. */
const gz_yaml_node *gz_yaml_find(const gz_yaml_node *node, const char *path);

/* The child of `group` with this key, or NULL. */
const gz_yaml_node *gz_yaml_child(const gz_yaml_node *group, const char *key);

/* The number of children. */
size_t gz_yaml_count(const gz_yaml_node *node);

/* True if nothing was given: for NULL, an empty scalar, `~` and `null`. */
bool gz_yaml_is_null(const gz_yaml_node *node);

/* Write where a node was given: "NAME:LINE", or "--set path=value". */
void gz_yaml_where(const gz_yaml_node *node, const char *name, char *buffer, size_t size);

/* Write the node as YAML on one line, or as much of it as fits (excerpt.h). size <= GZ_LONGEST_MESSAGE. */
void gz_yaml_show(const gz_yaml_node *node, char *buffer, size_t size);

#endif
