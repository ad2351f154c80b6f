/* History: reads a history.csv back, for restarts, certificates and tests.
 *
 * The file is a header line and rows of numbers, one for each step (ledger.h). A last line that the end of
 * the process cut short is left out. Any other line that is not a row of numbers is an error that names it.
 */
#ifndef GZ_HISTORY_H
#define GZ_HISTORY_H

#include "context.h"

typedef struct gz_history {
    size_t row_count, column_count;
    char *header;        /* the header line, without its end */
    double *values;      /* [row][column] */
    size_t *row_end;     /* [row]: byte offset of the end of the row's line */
    size_t *name_offset; /* [column]: where the column's name starts in header_names */
    char *header_names;  /* the names of all columns, each closed by 0 */
} gz_history;

GZ_API gz_status gz_history_read(gz_context *context, const char *path, gz_history **history);

/* The same of the file that the first rank sees, for all ranks. Collective. */
gz_status gz_history_read_shared(gz_context *context, const char *path, gz_history **history);
GZ_API void gz_history_destroy(gz_history *history);

/* The index of a column, or column_count if no column has this name. */
GZ_API size_t gz_history_column(const gz_history *history, const char *name);

/* The value of a column in a row, or NaN if there is no such column. */
GZ_API double gz_history_value(const gz_history *history, size_t row, const char *name);

#endif
