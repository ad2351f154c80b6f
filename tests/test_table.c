/* Tables: special letters and long words in every form, notes, and columns picked by name. */
#include "table_columns.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char LONG[] =
    "stopped at t = 0.25: the solver made no progress after eighty iterations, and its last decrement was "
    "far above the tolerance; try a smaller dt, or another minimizer";

static const gz_table_column COLUMNS[] = {
    {"name", "name_of the row", NULL, 's', 0}, {"dt", "dt", "$\\Delta t$", 'g', 4},
    {"error", "error", NULL, 'e', 2},          {"hidden", "hidden", NULL, 0, 0},
    {"empty", "empty", NULL, 'f', 2},          {"outcome", "outcome", NULL, 's', 0},
};

enum { COUNT = sizeof COLUMNS / sizeof *COLUMNS };

static const gz_table_cell CELLS[] = {
    {.text = "a_b"},  {.number = 0.1}, {.number = 1.25e-5}, {.number = 7},   {.number = NAN},
    {.text = "fine"}, {.text = "|c|"}, {.number = 0.05},    {.number = NAN}, {.number = 8},
    {.number = NAN},  {.text = LONG},  {.text = "50 % "},   {.number = 1},   {.number = 1},
    {.number = 9},    {.number = NAN}, {.text = LONG},
};

static const gz_table TABLE = {COUNT, 3, COLUMNS, CELLS, "first note\nsecond note: 5 %\n", false};

/* What a writer makes of a table. Release it with free. */
static char *written(void (*writer)(FILE *, const gz_table *), const gz_table *table) {
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    writer(out, table);
    fclose(out);
    return text;
}

static void holds(const char *text, const char *piece) {
    cr_assert_not_null(strstr(text, piece), "no `%s` in:\n%s", piece, text);
}

/* The words of a text without the line breaks that wrapping has put between them. */
static char *unwrapped(const char *text) {
    char *copy = calloc(strlen(text) + 1, 1), *to = copy;
    for (; *text; text++) {
        if (*text != '\n' && *text != ' ')
            *to++ = *text;
        else if (to > copy && to[-1] != ' ')
            *to++ = ' ';
    }
    return copy;
}

Test(table, long_words_are_cut_between_words_and_stand_whole_below) {
    char *text = written(gz_table_write_text, &TABLE);
    holds(text, "stopped at t = 0.25: the solver made no progress after ... [1]\n");
    holds(text, " progress after ... [2]\n");
    holds(text, "\n[1] stopped at t = 0.25");
    holds(text, "\n\nfirst note\nsecond note: 5 %\n");
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        cr_assert_leq(strcspn(line, "\n"), 120, "%s", line);
    char *words = unwrapped(strstr(text, "[2] stopped"));
    holds(words, LONG);
    free(words);
    free(text);
}

Test(table, markdown_and_latex_have_the_whole_words) {
    char *text = written(gz_table_write_markdown, &TABLE);
    holds(text, "| name_of the row | dt | error | outcome |\n");
    holds(text, "| \\|c\\| | 0.05 | - | stopped");
    holds(text, LONG);
    holds(text, "|\n\nfirst note\n\nsecond note: 5 %\n");
    free(text);
    text = written(gz_table_write_latex, &TABLE);
    holds(text, "\\begin{tabular}{lrrp{0.4\\linewidth}}");
    holds(text, "name\\_of the row & $\\Delta t$ & error & outcome \\\\\n");
    holds(text, "a\\_b & $0.1$ & $1.25\\cdot 10^{-5}$ & fine \\\\\n");
    holds(text, "$|$c$|$ & $0.05$ & -- & stopped");
    holds(text, LONG);
    holds(text, "50 \\%  & ");
    holds(text, "\\end{tabular}\n% first note\n% second note: 5 %\n");
    free(text);
}

Test(table, every_special_letter_of_latex_is_escaped) {
    const gz_table_column columns[] = {{"key", "a_b%&#$", NULL, 's', 0}};
    const gz_table_cell cells[] = {{.text = "_ % & # $ { } ~ ^ \\ < > |"}};
    const gz_table table = {1, 1, columns, cells, NULL, false};
    char *text = written(gz_table_write_latex, &table);
    holds(text, "a\\_b\\%\\&\\#\\$ \\\\\n");
    holds(text, "\\_ \\% \\& \\# \\$ \\{ \\} \\textasciitilde{} \\textasciicircum{} \\textbackslash{} $<$ "
                "$>$ $|$ \\\\");
    free(text);
}

/* The largest double has 309 digits before its point. */
Test(table, numbers_of_any_size_stay_whole) {
    const gz_table_column columns[] = {{"H", "H", NULL, 'f', 8}};
    const gz_table_cell cells[] = {{.number = -1.5e300}, {.number = 2.5}};
    const gz_table table = {1, 2, columns, cells, NULL, false};
    char *text = written(gz_table_write_text, &table);
    holds(text, "-1.5e+300\n");
    holds(text, "2.50000000\n");
    free(text);
}

Test(table, columns_are_picked_by_name) {
    gz_context *context = NULL;
    gz_table picked;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_table_pick(context, &TABLE, "hidden,name,empty", &picked), GZ_OK);
    char *text = written(gz_table_write_csv, &picked);
    cr_assert_str_eq(text, "hidden,name,empty\n7,a_b,nan\n8,|c|,nan\n9,50 % ,nan\n");
    free(text);
    text = written(gz_table_write_markdown, &picked); /* every column that was asked for, full or not */
    holds(text, "| hidden | name_of the row | empty |\n|---:|---|---:|\n| 7 | a_b | - |\n");
    free(text);
    text = written(gz_table_write_text, &picked);
    holds(text, "hidden  name_of the row  empty\n     7  a_b                  -\n");
    free(text);
    text = written(gz_table_write_latex, &picked);
    holds(text, "hidden & name\\_of the row & empty");
    free(text);
    gz_table_release(&picked);
    cr_assert_eq(gz_table_pick(context, &TABLE, NULL, &picked), GZ_OK);
    cr_assert_eq(picked.column_count, COUNT);
    gz_table_release(&picked);
    cr_assert_eq(gz_table_check_columns(context, COUNT, COLUMNS, "dt,eror"), GZ_ERROR_USAGE);
    cr_assert_str_eq(gz_context_message(context),
                     "--columns: eror is no column; there are: name, dt, error, hidden, empty, outcome");
    cr_assert_eq(gz_table_check_columns(context, COUNT, COLUMNS, "dt,error,dt"), GZ_ERROR_USAGE);
    cr_assert_str_eq(gz_context_message(context), "--columns: dt is there twice");
    cr_assert_eq(gz_table_check_columns(context, COUNT, COLUMNS, NULL), GZ_OK);
    gz_context_destroy(context);
}
