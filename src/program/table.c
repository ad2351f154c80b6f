/* Table: one writer for each form. */
#include "table.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_CELL = 160 };

static const gz_table_cell *cell_of(const gz_table *t, size_t row, size_t column) {
    return &t->cells[row * t->column_count + column];
}

static bool is_words(const gz_table_column *column) {
    return column->style == 's';
}

/* True if the short forms show the column: it has a style, and at least one number or word. */
static bool is_shown(const gz_table *t, size_t column) {
    if (!t->columns[column].style) return false;
    for (size_t row = 0; row < t->row_count; row++) {
        const gz_table_cell *cell = cell_of(t, row, column);
        if (cell->text || isfinite(cell->number)) return true;
    }
    return false;
}

/* Write a cell as the short forms show it. */
static void show(const gz_table_column *column, const gz_table_cell *cell, char text[LONGEST_CELL]) {
    if (cell->text)
        snprintf(text, LONGEST_CELL, "%s", cell->text);
    else if (!isfinite(cell->number))
        snprintf(text, LONGEST_CELL, "-");
    else if (column->style == 'e')
        snprintf(text, LONGEST_CELL, "%.*e", column->digits, cell->number);
    else if (column->style == 'f')
        snprintf(text, LONGEST_CELL, "%.*f", column->digits, cell->number);
    else
        snprintf(text, LONGEST_CELL, "%.*g", column->digits, cell->number);
}

static int width_of(const gz_table *t, size_t column) {
    size_t width = strlen(t->columns[column].heading);
    char text[LONGEST_CELL];
    for (size_t row = 0; row < t->row_count; row++) {
        show(&t->columns[column], cell_of(t, row, column), text);
        if (strlen(text) > width) width = strlen(text);
    }
    return (int)width;
}

/* Write one line of the text form. The row row_count stands for the headings. */
static void write_line(FILE *out, const gz_table *t, size_t row) {
    char text[LONGEST_CELL];
    const char *between = "";
    for (size_t c = 0; c < t->column_count; c++) {
        if (!is_shown(t, c)) continue;
        const int width = width_of(t, c);
        const bool last = c + 1 == t->column_count, words = is_words(&t->columns[c]);
        if (row == t->row_count)
            snprintf(text, sizeof text, "%s", t->columns[c].heading);
        else
            show(&t->columns[c], cell_of(t, row, c), text);
        fprintf(out, "%s%*s", between, words && last ? 0 : words ? -width : width, text);
        between = "  ";
    }
    fputc('\n', out);
}

void gz_table_write_text(FILE *out, const gz_table *t) {
    write_line(out, t, t->row_count);
    for (size_t row = 0; row < t->row_count; row++) write_line(out, t, row);
}

/* Write words in quotes. `escape` comes before a quote, and before a backslash if `escape` is one itself. */
static void write_quoted(FILE *out, const char *text, char escape) {
    fputc('"', out);
    for (; *text; text++) {
        if (*text == '"' || (*text == '\\' && escape == '\\')) fputc(escape, out);
        fputc(*text, out);
    }
    fputc('"', out);
}

void gz_table_write_csv(FILE *out, const gz_table *t) {
    for (size_t c = 0; c < t->column_count; c++) fprintf(out, "%s%s", c ? "," : "", t->columns[c].name);
    fputc('\n', out);
    for (size_t row = 0; row < t->row_count; row++)
        for (size_t c = 0; c < t->column_count; c++) {
            const gz_table_cell *cell = cell_of(t, row, c);
            if (cell->text && strpbrk(cell->text, ",\""))
                write_quoted(out, cell->text, '"');
            else if (cell->text)
                fputs(cell->text, out);
            else if (isfinite(cell->number))
                fprintf(out, "%.17g", cell->number);
            else
                fputs("nan", out);
            fputc(c + 1 < t->column_count ? ',' : '\n', out);
        }
}

void gz_table_write_json(FILE *out, const gz_table *t) {
    fputs("[", out);
    for (size_t row = 0; row < t->row_count; row++) {
        fputs(row ? ",\n {" : "\n {", out);
        for (size_t c = 0; c < t->column_count; c++) {
            const gz_table_cell *cell = cell_of(t, row, c);
            fprintf(out, "%s\"%s\": ", c ? ", " : "", t->columns[c].name);
            if (cell->text)
                write_quoted(out, cell->text, '\\');
            else if (isfinite(cell->number))
                fprintf(out, "%.17g", cell->number);
            else
                fputs("null", out);
        }
        fputs("}", out);
    }
    fputs("\n]\n", out);
}

void gz_table_write_markdown(FILE *out, const gz_table *t) {
    char text[LONGEST_CELL];
    fputc('|', out);
    for (size_t c = 0; c < t->column_count; c++)
        if (is_shown(t, c)) fprintf(out, " %s |", t->columns[c].heading);
    fputs("\n|", out);
    for (size_t c = 0; c < t->column_count; c++)
        if (is_shown(t, c)) fputs(is_words(&t->columns[c]) ? "---|" : "---:|", out);
    fputc('\n', out);
    for (size_t row = 0; row < t->row_count; row++) {
        fputc('|', out);
        for (size_t c = 0; c < t->column_count; c++) {
            if (!is_shown(t, c)) continue;
            show(&t->columns[c], cell_of(t, row, c), text);
            fprintf(out, " %s |", text);
        }
        fputc('\n', out);
    }
}

/* Write "1.234e-05" as "$1.234\cdot 10^{-5}$", and words with their special letters escaped. */
static void write_latex_cell(FILE *out, const char *text, bool words) {
    const char *e = words ? NULL : strchr(text, 'e');
    char *end = NULL;
    const long exponent = e ? strtol(e + 1, &end, 10) : 0;
    if (e && end != e + 1) {
        fprintf(out, "$%.*s\\cdot 10^{%ld}$", (int)(e - text), text, exponent);
    } else if (!words) {
        fprintf(out, strcmp(text, "-") == 0 ? "--" : "$%s$", text);
    } else {
        for (; *text; text++) {
            if (strchr("_%&#$", *text)) fputc('\\', out);
            if (strchr("<>", *text))
                fprintf(out, "$%c$", *text);
            else
                fputc(*text, out);
        }
    }
}

void gz_table_write_latex(FILE *out, const gz_table *t) {
    char text[LONGEST_CELL];
    fputs("\\begin{tabular}{", out);
    for (size_t c = 0; c < t->column_count; c++)
        if (is_shown(t, c)) fputc(is_words(&t->columns[c]) ? 'l' : 'r', out);
    fputs("}\n\\toprule\n", out);
    for (size_t row = 0; row <= t->row_count; row++) {
        const char *between = "";
        for (size_t c = 0; c < t->column_count; c++) {
            const gz_table_column *column = &t->columns[c];
            if (!is_shown(t, c)) continue;
            fputs(between, out);
            between = " & ";
            if (row == 0 && column->latex) {
                fputs(column->latex, out);
                continue;
            }
            if (row > 0) show(column, cell_of(t, row - 1, c), text);
            write_latex_cell(out, row > 0 ? text : column->heading, row == 0 || is_words(column));
        }
        fputs(row == 0 ? " \\\\\n\\midrule\n" : " \\\\\n", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", out);
}
