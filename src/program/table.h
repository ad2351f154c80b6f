/* Table: rows of numbers and words, written as aligned text, CSV, JSON, Markdown and LaTeX from one
 * description.
 *
 * The short forms (text, Markdown, LaTeX) show those columns that have a style and at least one number or
 * word, and the notes below the rows. CSV and JSON hold all columns, with 17 significant digits. A number
 * that is not finite is `-` in a short form, `nan` in CSV and `null` in JSON. Long words are cut in the text
 * form alone, between words, and stand whole below its rows. table_columns.h picks columns by their names.
 */
#ifndef GZ_TABLE_H
#define GZ_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

typedef struct gz_table_column {
    const char *name;    /* heading in CSV and JSON */
    const char *heading; /* heading in the short forms */
    const char *latex;   /* heading in LaTeX, as LaTeX; NULL: `heading` with its special letters escaped */
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
    const char *notes;              /* lines for below the rows of the short forms; NULL: none */
    bool picked;                    /* true: the short forms show every column, with numbers or without */
} gz_table;

/* Long words get a number and stand whole below the rows; then come the notes, after an empty line. */
void gz_table_write_text(FILE *out, const gz_table *table);
void gz_table_write_csv(FILE *out, const gz_table *table);
void gz_table_write_json(FILE *out, const gz_table *table);

/* Notes are paragraphs below the table. */
void gz_table_write_markdown(FILE *out, const gz_table *table);

/* Write a tabular for the LaTeX package booktabs, with the notes as comments. Columns of long words wrap. */
void gz_table_write_latex(FILE *out, const gz_table *table);

#endif
