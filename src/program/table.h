/* Table: rows of numbers and words, written as aligned text, CSV, JSON, Markdown and LaTeX from one
 * description.
 *
 * The short forms (text, Markdown, LaTeX) show those columns that have a style and at least one number or
 * word. CSV and JSON hold all columns, with 17 significant digits. A number that is not finite is `-` in a
 * short form, `nan` in CSV and `null` in JSON.
 */
#ifndef GZ_TABLE_H
#define GZ_TABLE_H

#include <stddef.h>
#include <stdio.h>

typedef struct gz_table_column {
    const char *name;    /* heading in CSV and JSON */
    const char *heading; /* heading in the short forms */
    const char *latex;   /* heading in LaTeX; NULL: `heading` */
    char style;          /* in the short forms: e, f, g as in printf; s: words; 0: not shown */
    int digits;
} gz_table_column;

typedef struct gz_table_cell {
    double number;
    const char *text; /* NULL if the cell is a number */
} gz_table_cell;

typedef struct gz_table {
    size_t column_count, row_count;
    const gz_table_column *columns; /* [column_count] */
    const gz_table_cell *cells;     /* [row][column] */
} gz_table;

void gz_table_write_text(FILE *out, const gz_table *table);
void gz_table_write_csv(FILE *out, const gz_table *table);
void gz_table_write_json(FILE *out, const gz_table *table);
void gz_table_write_markdown(FILE *out, const gz_table *table);

/* Write a tabular for the LaTeX package booktabs. */
void gz_table_write_latex(FILE *out, const gz_table *table);

#endif
