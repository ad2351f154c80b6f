/* History: the whole file is read as text and then parsed line by line. */
#include "history.h"
#include "files.h"
#include "first_rank.h"
#include "plain.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static size_t count_of(const char *text, char wanted) {
    size_t count = 0;
    for (; *text; text++) count += *text == wanted;
    return count;
}

/* Keep the header, and split a copy of it into the names of the columns. */
static gz_status read_header(gz_context *context, const char *path, const char *text, gz_history *history) {
    const size_t length = strcspn(text, "\n");
    if (text[length] == 0)
        return gz_fail(context, GZ_ERROR_FILES, "'%s' has no complete header line; it is no history.csv",
                       path);
    GZ_TRY(gz_allocate(context, length + 1, 1, &history->header));
    GZ_TRY(gz_allocate(context, length + 1, 1, &history->header_names));
    memcpy(history->header, text, length);
    memcpy(history->header_names, text, length);
    history->column_count = count_of(history->header, ',') + 1;
    GZ_TRY(gz_allocate(context, history->column_count, sizeof(size_t), &history->name_offset));
    size_t column = 1;
    for (size_t i = 0; i < length; i++)
        if (history->header_names[i] == ',') {
            history->header_names[i] = 0;
            history->name_offset[column++] = i + 1;
        }
    return GZ_OK;
}

/* Parse one line into values [column]. False if the line is not a row of that many numbers. */
static bool read_row(const char *line, size_t column_count, double *values) {
    for (size_t i = 0; i < column_count; i++) {
        char *end = NULL;
        values[i] = strtod(line, &end);
        if (end == line || *end != (i + 1 < column_count ? ',' : '\n')) return false;
        line = end + 1;
    }
    return true;
}

static gz_status read_rows(gz_context *context, const char *path, const char *text, gz_history *history) {
    const char *line = text + strlen(history->header) + 1;
    const size_t most = count_of(line, '\n'), columns = history->column_count;
    GZ_TRY(gz_allocate(context, most * columns, sizeof(double), &history->values));
    GZ_TRY(gz_allocate(context, most, sizeof(size_t), &history->row_end));
    for (size_t row = 0; row < most; row++) {
        if (!read_row(line, columns, history->values + row * columns))
            return gz_fail(context, GZ_ERROR_FILES, "line %zu of '%s' is not a row of %zu numbers", row + 2,
                           path, columns);
        line = strchr(line, '\n') + 1;
        history->row_end[row] = (size_t)(line - text);
        history->row_count++;
    }
    return GZ_OK;
}

static gz_status parse(gz_context *context, const char *path, const char *text, gz_history **history) {
    gz_history *made = NULL;
    gz_status status = GZ_OK;
    GZ_TRY_ELSE(status, gz_allocate(context, 1, sizeof *made, &made), done);
    GZ_TRY_ELSE(status, read_header(context, path, text, made), done);
    const gz_plain plain = gz_plain_enter();
    status = read_rows(context, path, text, made);
    gz_plain_leave(&plain);
    if (status != GZ_OK) goto done;
    *history = made;
    made = NULL;
done:
    gz_history_destroy(made);
    return status;
}

gz_status gz_history_read(gz_context *context, const char *path, gz_history **history) {
    char *text = NULL;
    *history = NULL;
    GZ_TRY(gz_file_read(context, path, &text, NULL));
    const gz_status status = parse(context, path, text, history);
    gz_release(text);
    return status;
}

gz_status gz_history_read_shared(gz_context *context, const char *path, gz_history **history) {
    char *text = NULL;
    const bool first = gz_ranks_own(gz_context_ranks(context)) == 0;
    *history = NULL;
    GZ_TRY(gz_first_rank_hands_out(context, first ? gz_file_read(context, path, &text, NULL) : GZ_OK, &text,
                                   NULL));
    const gz_status status = gz_agree(context, parse(context, path, text, history));
    gz_release(text);
    if (status == GZ_OK) return GZ_OK;
    gz_history_destroy(*history);
    *history = NULL;
    return status;
}

void gz_history_destroy(gz_history *history) {
    if (!history) return;
    gz_release(history->header);
    gz_release(history->header_names);
    gz_release(history->name_offset);
    gz_release(history->values);
    gz_release(history->row_end);
    gz_release(history);
}

size_t gz_history_column(const gz_history *history, const char *name) {
    size_t column = 0;
    while (column < history->column_count &&
           strcmp(history->header_names + history->name_offset[column], name) != 0)
        column++;
    return column;
}

double gz_history_value(const gz_history *history, size_t row, const char *name) {
    const size_t column = gz_history_column(history, name);
    if (column == history->column_count) return NAN;
    return history->values[row * history->column_count + column];
}
