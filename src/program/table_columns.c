/* Table columns: a list of names becomes a list of places, and these become a table. */
#include "table_columns.h"

#include "excerpt.h"
#include "study.h"

#include <string.h>

/* Fail with the names of all columns. */
static gz_status fail_unknown(gz_context *context, size_t column_count, const gz_table_column *columns,
                              const char *word) {
    char shown[GZ_SHOWN], names[GZ_LONGEST_MESSAGE] = "";
    for (size_t c = 0, used = 0; c < column_count; c++, used = strlen(names))
        snprintf(names + used, sizeof names - used, "%s%s", c ? ", " : "", columns[c].name);
    return gz_fail(context, GZ_ERROR_USAGE, "--columns: %s is no column; there are: %s",
                   gz_excerpt(word, sizeof shown, shown), names);
}

/* Find the places of `count` names among the columns. */
static gz_status find(gz_context *context, size_t column_count, const gz_table_column *columns, size_t count,
                      char (*names)[GZ_LONGEST_WORD], size_t *places) {
    for (size_t i = 0; i < count; i++) {
        places[i] = 0;
        while (places[i] < column_count && strcmp(columns[places[i]].name, names[i]) != 0) places[i]++;
        if (places[i] == column_count) return fail_unknown(context, column_count, columns, names[i]);
        for (size_t k = 0; k < i; k++)
            if (places[k] == places[i])
                return gz_fail(context, GZ_ERROR_USAGE, "--columns: %s is there twice", names[i]);
    }
    return GZ_OK;
}

/* Turn the list into places, and *count, their number. Release *places with gz_release. */
static gz_status read_list(gz_context *context, size_t column_count, const gz_table_column *columns,
                           const char *list, size_t **places, size_t *count) {
    char(*names)[GZ_LONGEST_WORD] = NULL;
    *places = NULL;
    GZ_TRY(gz_split_words(context, "columns", list, column_count, &names, count));
    gz_status status = gz_allocate(context, *count, sizeof **places, places);
    if (status == GZ_OK) status = find(context, column_count, columns, *count, names, *places);
    if (status != GZ_OK) gz_release(*places);
    gz_release(names);
    return status;
}

gz_status gz_table_check_columns(gz_context *context, size_t column_count, const gz_table_column *columns,
                                 const char *list) {
    size_t *places = NULL, count;
    if (!list) return GZ_OK;
    GZ_TRY(read_list(context, column_count, columns, list, &places, &count));
    gz_release(places);
    return GZ_OK;
}

/* Copy the columns at these places; places = NULL: all. */
static gz_status copy(gz_context *context, const gz_table *table, size_t count, const size_t *places,
                      gz_table *picked) {
    gz_table_column *columns = NULL;
    gz_table_cell *cells = NULL;
    GZ_TRY(gz_allocate(context, count, sizeof *columns, &columns));
    *picked = (gz_table){count, table->row_count, columns, NULL, table->notes, places != NULL};
    GZ_TRY(gz_allocate(context, count * table->row_count, sizeof *cells, &cells));
    picked->cells = cells;
    for (size_t i = 0; i < count; i++) {
        const size_t from = places ? places[i] : i;
        columns[i] = table->columns[from];
        if (places && !columns[i].style) columns[i].style = 'g', columns[i].digits = 6;
        for (size_t row = 0; row < table->row_count; row++)
            cells[row * count + i] = table->cells[row * table->column_count + from];
    }
    return GZ_OK;
}

gz_status gz_table_pick(gz_context *context, const gz_table *table, const char *list, gz_table *picked) {
    size_t *places = NULL, count = table->column_count;
    *picked = (gz_table){0};
    if (list) GZ_TRY(read_list(context, table->column_count, table->columns, list, &places, &count));
    const gz_status status = copy(context, table, count, places, picked);
    if (status != GZ_OK) gz_table_release(picked);
    gz_release(places);
    return status;
}

void gz_table_release(gz_table *picked) {
    gz_release((void *)picked->columns);
    gz_release((void *)picked->cells);
    *picked = (gz_table){0};
}
