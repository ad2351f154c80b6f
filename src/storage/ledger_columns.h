/* Ledger columns: the lines of history.csv (ledger.h), composed of the values of a row and taken apart again. Not installed. */
#ifndef GZ_LEDGER_COLUMNS_H
#define GZ_LEDGER_COLUMNS_H

#include "ledger.h"

enum { GZ_LEDGER_LINE = 4096 };

/* The values that the columns of a row are taken from. */
typedef struct gz_ledger_entry {
    gz_ledger_row row;
    gz_ledger_totals totals;
} gz_ledger_entry;

/* A line under construction. */
typedef struct gz_ledger_line {
    size_t length;
    char text[GZ_LEDGER_LINE];
} gz_ledger_line;

void gz_ledger_compose_header(const gz_ledger_settings *settings, gz_ledger_line *header);
void gz_ledger_compose_row(const gz_ledger_settings *settings, const gz_ledger_entry *from,
                           gz_ledger_line *row);

/* The inverse of gz_ledger_compose_row: take the values of all wanted columns. */
void gz_ledger_take_row(const gz_ledger_settings *settings, const double *values, gz_ledger_entry *to);

#endif
