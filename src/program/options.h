/* Options: the words of a command line after the command's name, read by tables of what a command knows.
 *
 * `--name value`, `--name=value` and `--flag`; everything else is an argument; after `--` all is. Unknown
 * options are errors with the nearest known one.
 */
#ifndef GZ_OPTIONS_H
#define GZ_OPTIONS_H

#include "context.h"

#include <stdbool.h>

typedef struct gz_option {
    const char *name;  /* without the dashes; NULL ends a table */
    const char *value; /* what it takes, for help: "DIR"; NULL: a flag */
    const char *help;
} gz_option;

/* What every command knows: --set (repeatable), --out, --quiet, --threads, --help, --version. */
extern const gz_option gz_common_options[];

typedef struct gz_option_value {
    const char *name, *value; /* value NULL: a flag */
} gz_option_value;

typedef struct gz_options {
    size_t argument_count, setting_count, value_count;
    const char **arguments; /* in their order */
    const char **settings;  /* of --set, in their order */
    gz_option_value *values;
} gz_options;

/* Read `count` words with the common options and those of `own` (may be NULL). `command` is for messages. The
 * words must outlive the options. GZ_ERROR_USAGE for an unknown option or a missing value. */
gz_status gz_options_parse(gz_context *context, const char *command, const gz_option *own, int count,
                           const char *const *words, gz_options **options);
void gz_options_destroy(gz_options *options);

bool gz_options_has(const gz_options *options, const char *name);

/* The value of the last `--name value`, or NULL. */
const char *gz_options_value(const gz_options *options, const char *name);

/* A whole number from low to high; `fallback` if the option is absent. GZ_ERROR_USAGE if it is not one. */
gz_status gz_options_number(gz_context *context, const gz_options *options, const char *name, long low,
                            long high, long fallback, long *number);

#endif
