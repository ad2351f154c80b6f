/* Radial file: goes through the text twice, first to count the rows and then to store them. */
#include "radial_file.h"

#include "files.h"
#include "first_rank.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_LINE = 400, MOST_LINES = 1000000 };

static const char *skip_blanks(const char *text) {
    return text + strspn(text, " \t\r\n");
}

/* The number of numbers in a line: 2 for a row, 0 for an empty line, -1 for anything else. */
static int read_line(const char *line, double *r, double *value) {
    char *end;
    const char *text = skip_blanks(line);
    if (!*text) return 0;
    *r = strtod(text, &end);
    if (end == text) return -1;
    text = skip_blanks(end);
    if (*text == ',') text = skip_blanks(text + 1);
    *value = strtod(text, &end);
    return end == text || *skip_blanks(end) ? -1 : 2;
}

/* The first pass (r is NULL) counts the rows, the second one stores them. */
static gz_status pass(gz_context *context, const char *text, size_t length, const char *path, size_t *count,
                      double *r, double *value) {
    const char *at = text, *const end = text + length;
    *count = 0;
    for (size_t number = 1; at < end; number++) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        const size_t wide = (size_t)((stop ? stop : end) - at);
        char line[LONGEST_LINE];
        double row[2];
        if (wide >= LONGEST_LINE)
            return gz_fail(context, GZ_ERROR_SETTINGS, "%s:%zu: the line is too long for two numbers", path,
                           number);
        memcpy(line, at, wide);
        line[wide] = 0;
        const bool whole = strlen(line) == wide;
        at += wide + 1;
        line[strcspn(line, "#")] = 0;
        const int found = whole ? read_line(line, &row[0], &row[1]) : -1;
        if (found < 0)
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "%s:%zu: a line of a radial table has two numbers, r and value", path, number);
        if (found == 0) continue;
        if (number > MOST_LINES)
            return gz_fail(context, GZ_ERROR_SETTINGS, "%s: more than %d lines", path, MOST_LINES);
        if (r) {
            r[*count] = row[0];
            value[*count] = row[1];
        }
        ++*count;
    }
    return GZ_OK;
}

/* The table of these rows; what it does not allow is said with the file's name. */
static gz_status make_table(gz_context *context, const char *path, size_t count, const double *r,
                            const double *value, gz_radial_table **table) {
    const gz_status status = gz_radial_table_create(context, count, r, value, table);
    if (status != GZ_ERROR_SETTINGS) return status;
    return gz_fail(context, status, "%s: %s", path, gz_context_message(context));
}

static gz_status parse(gz_context *context, const char *text, size_t length, const char *path,
                       gz_radial_table **table) {
    size_t count = 0;
    double *r = NULL, *value = NULL;
    GZ_TRY(pass(context, text, length, path, &count, NULL, NULL));
    gz_status status = gz_allocate(context, count + 1, sizeof *r, &r);
    if (status == GZ_OK) status = gz_allocate(context, count + 1, sizeof *value, &value);
    if (status == GZ_OK) status = pass(context, text, length, path, &count, r, value);
    if (status == GZ_OK) status = make_table(context, path, count, r, value, table);
    gz_release(r);
    gz_release(value);
    return status;
}

static gz_status read_text(gz_context *context, const char *path, char **text, size_t *length) {
    GZ_TRY(gz_file_check(context, path));
    return gz_file_read(context, path, text, length);
}

gz_status gz_radial_file_read(gz_context *context, const char *path, gz_radial_table **table) {
    char *text = NULL;
    size_t length = 0;
    const bool first = gz_ranks_own(gz_context_ranks(context)) == 0;
    *table = NULL;
    GZ_TRY(gz_first_rank_hands_out(context, first ? read_text(context, path, &text, &length) : GZ_OK, &text,
                                   &length));
    const gz_status status = parse(context, text, length, path, table);
    gz_release(text);
    return status;
}
