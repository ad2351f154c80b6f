/* Options: reads the words of a command line after the command's name, by tables of options.
 *
 * Options are written `--name value`, `--name=value` or `--flag`. Every other word is an argument, and so is
 * every word after `--`. An unknown option is an error that suggests the nearest known one.
 */
#ifndef GZ_OPTIONS_H
#define GZ_OPTIONS_H

#include "context.h"

#include <stdbool.h>

typedef struct gz_option {
    const char *name;  /* without the dashes; NULL ends a table */
    const char *value; /* what the option takes, for the help text: "DIR"; NULL: a flag */
    const char *help;
} gz_option;

/* The options that every command knows: --set (repeatable), --out, --overwrite, --quiet, --threads, --help,
 * --version. */
extern const gz_option gz_common_options[];

typedef struct gz_option_value {
    const char *name, *value; /* value is NULL for a flag */
} gz_option_value;

typedef struct gz_options {
    size_t argument_count, setting_count, value_count;
    const char **arguments; /* in the order of the command line */
    const char **settings;  /* the values of --set, in the order of the command line */
    gz_option_value *values;
} gz_options;

/* Read `count` words with the common options and the options of `own` (which may be NULL). Messages name
 * `command`. The words must outlive the options. Fails with GZ_ERROR_USAGE if an option is unknown or its
 * value is missing. */
gz_status gz_options_parse(gz_context *context, const char *command, const gz_option *own, int count,
                           const char *const *words, gz_options **options);
void gz_options_free(gz_options *options);

bool gz_options_has(const gz_options *options, const char *name);

/* The value of the last `--name value`, or NULL if there is none. */
const char *gz_options_value(const gz_options *options, const char *name);

/* Read an option as a whole number from low to high, or take `fallback` if the option is absent. Fails with
 * GZ_ERROR_USAGE if the value is no such number. */
gz_status gz_options_number(gz_context *context, const gz_options *options, const char *name, long low,
                            long high, long fallback, long *number);

/* Read an option as "90", "1.5", "20:00" or "3:00:00": seconds, with minutes and hours before them; or take `fallback`.
 * Fails with GZ_ERROR_USAGE if the value is no time above 0. */
gz_status gz_options_time(gz_context *context, const gz_options *options, const char *name, double fallback,
                          double *seconds);

#endif
