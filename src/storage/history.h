/* History: read a history.csv back, for restarts, certificates and tests.
 *
 * The file is a header line and rows of numbers, one a step (ledger.h). A last line that was cut short by the
 * end of the process is left out; anything else that is no row of numbers is an error with its line number.
 */
#ifndef GZ_HISTORY_H
#define GZ_HISTORY_H

#include "context.h"

typedef struct gz_history {
    size_t row_count, column_count;
    char *header;        /* the header line, without its end */
    double *values;      /* [row][column] */
    size_t *row_end;     /* [row]: byte offset behind the row's line */
    size_t *name_offset; /* [column]: where the column's name starts in header_names */
    char *header_names;  /* the names, each closed by 0 */
} gz_history;

GZ_API gz_status gz_history_read(gz_context *context, const char *path, gz_history **history);
GZ_API void gz_history_destroy(gz_history *history);

/* Index of a column; column_count if there is none of that name. */
GZ_API size_t gz_history_column(const gz_history *history, const char *name);

/* One value; NaN if there is no such column. */
GZ_API double gz_history_value(const gz_history *history, size_t row, const char *name);

#endif
