/* YAML tree: the text of a deck as nodes that know where they came from.
 *
 * libfyaml reads the text; what stays is a small tree of our own, in which `--set path.to.key=value` can
 * replace nodes and every error can name the line of the file, or the --set, that is to blame. Decks are
 * plain data: one document of groups (mappings), lists and scalars; aliases are refused.
 */
#ifndef GZ_YAML_TREE_H
#define GZ_YAML_TREE_H

#include "context.h"

#include <stdbool.h>

typedef enum gz_yaml_kind { GZ_YAML_SCALAR, GZ_YAML_LIST, GZ_YAML_GROUP } gz_yaml_kind;

typedef struct gz_yaml_node {
    gz_yaml_kind kind;
    bool plain;      /* of a scalar: written without quotes, so that it may be a number or a flag */
    int line;        /* in the file or in the value of `setting` */
    char *key;       /* within a group, else NULL */
    char *text;      /* of a scalar, "" for an empty one */
    const char *set; /* the "path=value" this node came from, NULL: from the file */
    struct gz_yaml_node *first, *next; /* children: first, and the next one of the same parent */
} gz_yaml_node;

/* Parse text[length]. name: for messages, usually the file. GZ_ERROR_DECK with the line for text that is not
 * YAML, is empty, or is no group of keys. */
gz_status gz_yaml_parse(gz_context *context, const char *name, const char *text, size_t length,
                        gz_yaml_node **root);
void gz_yaml_destroy(gz_yaml_node *node);

/* Apply one "path.to.key=value", the value being YAML. Groups on the way are made where they are missing; a
 * whole number in the path is the place in a list. `assignment` must outlive the tree. */
gz_status gz_yaml_set(gz_context *context, gz_yaml_node *root, const char *assignment);

/* The node at a dotted path below `node`, or NULL. */
const gz_yaml_node *gz_yaml_find(const gz_yaml_node *node, const char *path);

/* The child of a group with that key, or NULL. */
const gz_yaml_node *gz_yaml_child(const gz_yaml_node *group, const char *key);

size_t gz_yaml_count(const gz_yaml_node *node);

/* True for an absent node and for an empty scalar, `~` and `null`: nothing was given. */
bool gz_yaml_is_null(const gz_yaml_node *node);

/* Where a node was given: "NAME:LINE", or "--set path=value". */
void gz_yaml_where(const gz_yaml_node *node, const char *name, char *buffer, size_t size);

/* The node as it would be written on one line, cut to fit. */
void gz_yaml_show(const gz_yaml_node *node, char *buffer, size_t size);

#endif
