/* Table columns: the option --columns, which picks columns of a table by their names and in its own order. */
#ifndef GZ_TABLE_COLUMNS_H
#define GZ_TABLE_COLUMNS_H

#include "context.h"
#include "table.h"

/* Check a list such as "method,dt,error_L2" before there are rows; NULL: all columns. Fails with
 * GZ_ERROR_USAGE if a name is none of the columns, which the message lists, or is there twice. */
gz_status gz_table_check_columns(gz_context *context, size_t column_count, const gz_table_column *columns,
                                 const char *list);

/* Make a table of the columns in the list; NULL: of all columns. It has copies of the columns and cells, and
 * refers to the texts of the first table. A column without a style gets one. Release it with
 * gz_table_release. Fails as gz_table_check_columns does. */
gz_status gz_table_pick(gz_context *context, const gz_table *table, const char *list, gz_table *picked);
void gz_table_release(gz_table *picked);

#endif
