/* Options: each word is looked up first in the command's own table, then in the common one. */
#include "options.h"

#include "excerpt.h"
#include "suggest.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const gz_option gz_common_options[] = {
    {"set", "KEY=VALUE", "change a key of the deck, such as --set time.dt=0.1; may be repeated"},
    {"out", "DIR", "folder for the results; default: beside the deck, with its name and .out for .yaml"},
    {"overwrite", NULL, "replace the results that are there; each stays until the new one is complete"},
    {"quiet", NULL, "print errors only"},
    {"threads", "N", "threads; default: OMP_NUM_THREADS, or all processors"},
    {"help", NULL, "print this"},
    {"version", NULL, "print what this build is"},
    {.name = NULL},
};

/* The option whose name is the first `length` letters of `name`, or NULL. */
static const gz_option *find(const gz_option *table, const char *name, size_t length) {
    for (; table && table->name; table++)
        if (strlen(table->name) == length && strncmp(table->name, name, length) == 0) return table;
    return NULL;
}

static gz_status fail_unknown(gz_context *context, const char *command, const gz_option *own,
                              const char *word) {
    char shown[GZ_SHOWN], *name = shown;
    gz_excerpt(word, sizeof shown, name);
    name[strcspn(name, "=")] = 0;
    gz_suggestion near = gz_suggestion_for(name + strspn(name, "-"));
    for (const gz_option *option = gz_common_options; option->name; option++)
        gz_suggestion_consider(&near, option->name);
    for (const gz_option *option = own; option && option->name; option++)
        gz_suggestion_consider(&near, option->name);
    if (near.word)
        return gz_fail(context, GZ_ERROR_USAGE, "unknown option %s; did you mean --%s? (grazing %s --help)",
                       name, near.word, command);
    return gz_fail(context, GZ_ERROR_USAGE, "unknown option %s; `grazing %s --help` lists all", name,
                   command);
}

/* Take the option at words[i]. *used says how many words it took. */
static gz_status take_option(gz_context *context, const char *command, const gz_option *own, int count,
                             const char *const *words, int i, gz_options *options, int *used) {
    const char *name = words[i] + 2, *equals = strchr(name, '=');
    const size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const gz_option *option = words[i][1] == '-' ? find(own, name, length) : NULL;
    if (!option && words[i][1] == '-') option = find(gz_common_options, name, length);
    if (!option) return fail_unknown(context, command, own, words[i]);
    *used = 1;
    const char *value = equals ? equals + 1 : NULL;
    if (!option->value && value) return gz_fail(context, GZ_ERROR_USAGE, "--%s takes no value", option->name);
    if (option->value && !value) {
        if (i + 1 >= count)
            return gz_fail(context, GZ_ERROR_USAGE, "--%s needs a value: --%s %s", option->name, option->name,
                           option->value);
        value = words[i + 1];
        *used = 2;
    }
    if (strcmp(option->name, "set") == 0)
        options->settings[options->setting_count++] = value;
    else
        options->values[options->value_count++] = (gz_option_value){option->name, value};
    return GZ_OK;
}

static gz_status parse(gz_context *context, const char *command, const gz_option *own, int count,
                       const char *const *words, gz_options *options) {
    const size_t room = (size_t)count;
    GZ_TRY(gz_allocate(context, room, sizeof *options->arguments, &options->arguments));
    GZ_TRY(gz_allocate(context, room, sizeof *options->settings, &options->settings));
    GZ_TRY(gz_allocate(context, room, sizeof *options->values, &options->values));
    bool only_arguments = false;
    for (int i = 0, used = 1; i < count; i += used) {
        used = 1;
        if (!only_arguments && strcmp(words[i], "--") == 0)
            only_arguments = true;
        else if (!only_arguments && words[i][0] == '-' && words[i][1])
            GZ_TRY(take_option(context, command, own, count, words, i, options, &used));
        else
            options->arguments[options->argument_count++] = words[i];
    }
    return GZ_OK;
}

gz_status gz_options_parse(gz_context *context, const char *command, const gz_option *own, int count,
                           const char *const *words, gz_options **options) {
    *options = NULL;
    gz_options *made = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *made, &made));
    const gz_status status = parse(context, command, own, count, words, made);
    if (status == GZ_OK)
        *options = made;
    else
        gz_options_free(made);
    return status;
}

void gz_options_free(gz_options *options) {
    if (!options) return;
    gz_release(options->arguments);
    gz_release(options->settings);
    gz_release(options->values);
    gz_release(options);
}

static const gz_option_value *last(const gz_options *options, const char *name) {
    for (size_t i = options->value_count; i-- > 0;)
        if (strcmp(options->values[i].name, name) == 0) return &options->values[i];
    return NULL;
}

bool gz_options_has(const gz_options *options, const char *name) {
    return last(options, name) != NULL;
}

const char *gz_options_value(const gz_options *options, const char *name) {
    const gz_option_value *found = last(options, name);
    return found ? found->value : NULL;
}

gz_status gz_options_number(gz_context *context, const gz_options *options, const char *name, long low,
                            long high, long fallback, long *number) {
    const char *text = gz_options_value(options, name);
    *number = fallback;
    if (!text) return GZ_OK;
    char *end = NULL, shown[GZ_SHOWN];
    errno = 0;
    const long value = strtol(text, &end, 10);
    if (errno || end == text || *end || value < low || value > high)
        return gz_fail(context, GZ_ERROR_USAGE, "--%s is %s; allowed: a whole number from %ld to %ld", name,
                       gz_excerpt(text, sizeof shown, shown), low, high);
    *number = value;
    return GZ_OK;
}

gz_status gz_options_time(gz_context *context, const gz_options *options, const char *name, double fallback,
                          double *seconds) {
    const char *text = gz_options_value(options, name), *at = text;
    *seconds = fallback;
    if (!text) return GZ_OK;
    double sum = 0;
    bool good = true;
    for (int colons = 0; good; colons++) {
        char *end = NULL;
        const double part = strtod(at, &end);
        good = at[0] >= '0' && at[0] <= '9' && isfinite(part) && (colons == 0 || part < 60);
        sum = 60 * sum + part;
        at = end + 1;
        if (*end == 0) break;
        good = good && *end == ':' && colons < 2 && part == floor(part);
    }
    *seconds = sum;
    if (good && sum > 0) return GZ_OK;
    char shown[GZ_SHOWN];
    return gz_fail(context, GZ_ERROR_USAGE, "--%s %s: seconds, M:SS or H:MM:SS, as 3:30:00", name,
                   gz_excerpt(text, sizeof shown, shown));
}
