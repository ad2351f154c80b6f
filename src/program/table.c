/* Table: one writer for each form. */
#include "table.h"

#include "excerpt.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Characters of words in a cell of the text form, of a line below its rows, and of any number. */
enum { LONGEST_WORDS = 60, LONGEST_LINE = 120, LONGEST_NUMBER = 80 };

static const gz_table_cell *cell_of(const gz_table *t, size_t row, size_t column) {
    return &t->cells[row * t->column_count + column];
}

static bool is_words(const gz_table_column *column) {
    return column->style == 's';
}

static bool is_long(const gz_table_cell *cell) {
    return cell->text && strlen(cell->text) >= LONGEST_WORDS;
}

/* True if the short forms show the column: it was picked, or it has a style and a number or word. */
static bool is_shown(const gz_table *t, size_t column) {
    if (t->picked) return true;
    if (!t->columns[column].style) return false;
    for (size_t row = 0; row < t->row_count; row++) {
        const gz_table_cell *cell = cell_of(t, row, column);
        if (cell->text || isfinite(cell->number)) return true;
    }
    return false;
}

/* What the short forms show in a cell: its words, or its number written into `text`. */
static const char *show(const gz_table_column *column, const gz_table_cell *cell, char text[LONGEST_NUMBER]) {
    if (cell->text) return cell->text;
    if (!isfinite(cell->number))
        snprintf(text, LONGEST_NUMBER, "-");
    else if (column->style == 'e')
        snprintf(text, LONGEST_NUMBER, "%.*e", column->digits, cell->number);
    else if (column->style == 'f' && fabs(cell->number) < 1e15)
        snprintf(text, LONGEST_NUMBER, "%.*f", column->digits, cell->number);
    else
        snprintf(text, LONGEST_NUMBER, "%.*g", column->digits, cell->number);
    return text;
}

static const char *next_line(const char *line) {
    line += strcspn(line, "\n");
    return line + (*line == '\n');
}

/* --- text ----------------------------------------------------------------------------------------------- */

/* A cell of the text form. Long words are cut and get the number *mark + 1. */
static void show_short(const gz_table_column *column, const gz_table_cell *cell, size_t *mark,
                       char text[LONGEST_NUMBER]) {
    if (is_long(cell)) {
        char words[LONGEST_WORDS];
        snprintf(text, LONGEST_NUMBER, "%s [%zu]", gz_excerpt(cell->text, sizeof words, words), ++*mark);
    } else {
        const char *shown = show(column, cell, text);
        if (shown != text) snprintf(text, LONGEST_NUMBER, "%s", shown);
    }
}

static int width_of(const gz_table *t, size_t column) {
    size_t width = strlen(t->columns[column].heading);
    char text[LONGEST_NUMBER];
    for (size_t row = 0, mark = 99; row < t->row_count; row++) {
        show_short(&t->columns[column], cell_of(t, row, column), &mark, text);
        if (strlen(text) > width) width = strlen(text);
    }
    return (int)width;
}

/* Write one line of the text form. The row row_count stands for the headings. *mark: long words so far. */
static void write_line(FILE *out, const gz_table *t, size_t row, size_t *mark) {
    char cell[LONGEST_NUMBER];
    const char *between = "";
    for (size_t c = 0; c < t->column_count; c++) {
        if (!is_shown(t, c)) continue;
        const int width = width_of(t, c);
        const bool last = c + 1 == t->column_count, words = is_words(&t->columns[c]);
        if (row < t->row_count) show_short(&t->columns[c], cell_of(t, row, c), mark, cell);
        fprintf(out, "%s%*s", between,
                words && last ? 0
                : words       ? -width
                              : width,
                row < t->row_count ? cell : t->columns[c].heading);
        between = "  ";
    }
    fputc('\n', out);
}

/* Write `length` letters in lines that end between words; so many characters stand on the first one already. */
static void write_wrapped(FILE *out, const char *text, size_t length, size_t already) {
    for (const char *end = text + length; text < end;) {
        const size_t spaces = strspn(text, " "), all = spaces + strcspn(text + spaces, " \n");
        const bool fits = already + all <= LONGEST_LINE;
        if (fits)
            fprintf(out, "%.*s", (int)all, text);
        else
            fprintf(out, "\n    %.*s", (int)(all - spaces), text + spaces);
        already = fits ? already + all : 4 + all - spaces;
        text += all;
    }
    fputc('\n', out);
}

void gz_table_write_text(FILE *out, const gz_table *t) {
    size_t mark = 0;
    write_line(out, t, t->row_count, &mark);
    for (size_t row = 0; row < t->row_count; row++) write_line(out, t, row, &mark);
    mark = 0;
    for (size_t row = 0; row < t->row_count; row++)
        for (size_t c = 0; c < t->column_count; c++) {
            const gz_table_cell *cell = cell_of(t, row, c);
            if (!is_shown(t, c) || !is_long(cell)) continue;
            const int length = fprintf(out, "%s[%zu] ", mark == 0 ? "\n" : "", mark + 1);
            mark++;
            write_wrapped(out, cell->text, strlen(cell->text), (size_t)length);
        }
    if (t->notes) fputc('\n', out);
    for (const char *line = t->notes; line && *line; line = next_line(line))
        write_wrapped(out, line, strcspn(line, "\n"), 0);
}

/* --- CSV and JSON --------------------------------------------------------------------------------------- */

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

/* --- Markdown ------------------------------------------------------------------------------------------- */

/* Write one cell; a bar would end it. */
static void write_markdown_cell(FILE *out, const char *text) {
    fputc(' ', out);
    for (; *text; text++) fprintf(out, "%s%c", *text == '|' ? "\\" : "", *text);
    fputs(" |", out);
}

/* Write every line of the notes, with `before` in front of it. */
static void write_notes(FILE *out, const char *notes, const char *before) {
    for (const char *line = notes; line && *line; line = next_line(line))
        fprintf(out, "%s%.*s\n", before, (int)strcspn(line, "\n"), line);
}

void gz_table_write_markdown(FILE *out, const gz_table *t) {
    char number[LONGEST_NUMBER];
    fputc('|', out);
    for (size_t c = 0; c < t->column_count; c++)
        if (is_shown(t, c)) write_markdown_cell(out, t->columns[c].heading);
    fputs("\n|", out);
    for (size_t c = 0; c < t->column_count; c++)
        if (is_shown(t, c)) fputs(is_words(&t->columns[c]) ? "---|" : "---:|", out);
    fputc('\n', out);
    for (size_t row = 0; row < t->row_count; row++) {
        fputc('|', out);
        for (size_t c = 0; c < t->column_count; c++)
            if (is_shown(t, c)) write_markdown_cell(out, show(&t->columns[c], cell_of(t, row, c), number));
        fputc('\n', out);
    }
    write_notes(out, t->notes, "\n");
}

/* --- LaTeX ---------------------------------------------------------------------------------------------- */

static void write_latex_words(FILE *out, const char *text) {
    static const struct {
        char letter;
        const char *latex;
    } SPECIAL[] = {{'\\', "\\textbackslash{}"},
                   {'~', "\\textasciitilde{}"},
                   {'^', "\\textasciicircum{}"},
                   {'<', "$<$"},
                   {'>', "$>$"},
                   {'|', "$|$"},
                   {'_', "\\_"},
                   {'%', "\\%"},
                   {'&', "\\&"},
                   {'#', "\\#"},
                   {'$', "\\$"},
                   {'{', "\\{"},
                   {'}', "\\}"}};
    for (; *text; text++) {
        size_t k = 0;
        while (k < sizeof SPECIAL / sizeof *SPECIAL && SPECIAL[k].letter != *text) k++;
        if (k < sizeof SPECIAL / sizeof *SPECIAL)
            fputs(SPECIAL[k].latex, out);
        else
            fputc(*text, out);
    }
}

/* Write "1.234e-05" as "$1.234\cdot 10^{-5}$". */
static void write_latex_number(FILE *out, const char *text) {
    const char *e = strchr(text, 'e');
    if (e)
        fprintf(out, "$%.*s\\cdot 10^{%ld}$", (int)(e - text), text, strtol(e + 1, NULL, 10));
    else
        fprintf(out, strcmp(text, "-") == 0 ? "--" : "$%s$", text);
}

static bool has_long_words(const gz_table *t, size_t column) {
    bool found = false;
    for (size_t row = 0; row < t->row_count; row++) found = found || is_long(cell_of(t, row, column));
    return found;
}

static void write_latex_heading(FILE *out, const gz_table_column *column) {
    if (column->latex)
        fputs(column->latex, out);
    else
        write_latex_words(out, column->heading);
}

void gz_table_write_latex(FILE *out, const gz_table *t) {
    fputs("\\begin{tabular}{", out);
    for (size_t c = 0; c < t->column_count; c++)
        if (is_shown(t, c))
            fputs(has_long_words(t, c) ? "p{0.4\\linewidth}" : is_words(&t->columns[c]) ? "l" : "r", out);
    fputs("}\n\\toprule\n", out);
    for (size_t row = 0; row <= t->row_count; row++) { /* row 0: the headings */
        const char *between = "";
        for (size_t c = 0; c < t->column_count; c++) {
            const gz_table_column *column = &t->columns[c];
            char number[LONGEST_NUMBER];
            if (!is_shown(t, c)) continue;
            fputs(between, out);
            between = " & ";
            const gz_table_cell *cell = row > 0 ? cell_of(t, row - 1, c) : NULL;
            if (!cell)
                write_latex_heading(out, column);
            else if (cell->text)
                write_latex_words(out, cell->text);
            else
                write_latex_number(out, show(column, cell, number));
        }
        fputs(row == 0 ? " \\\\\n\\midrule\n" : " \\\\\n", out);
    }
    fputs("\\bottomrule\n\\end{tabular}\n", out);
    write_notes(out, t->notes, "% ");
}
