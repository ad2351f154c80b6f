/* At error: looks up each kind of work of each method, and tabulates it. */
#include "at_error.h"

#include "comparison.h"
#include "study.h"
#include "work_envelope.h"

#include <math.h>
#include <string.h>

enum { SECONDS, PROCESSOR, APPLICATIONS, SETUPS, WORK, KINDS };

typedef struct finding {
    double work[KINDS];
    const char *positive, *remark;
} finding;

/* The rows of one method by columns. */
typedef struct method_rows {
    size_t count;
    double errors[GZ_MOST_ROWS], of[KINDS][GZ_MOST_ROWS];
    bool positive[GZ_MOST_ROWS];
} method_rows;

static void pick(size_t count, const gz_work_row *rows, const char *method, method_rows *m) {
    m->count = 0;
    for (size_t i = 0; i < count && m->count < GZ_MOST_ROWS; i++) {
        if (strcmp(rows[i].method, method) != 0) continue;
        m->errors[m->count] = rows[i].error;
        m->of[SECONDS][m->count] = rows[i].seconds;
        m->of[PROCESSOR][m->count] = rows[i].processor;
        m->of[APPLICATIONS][m->count] = rows[i].applications;
        m->of[SETUPS][m->count] = rows[i].setups;
        m->of[WORK][m->count] = rows[i].applications + rows[i].setups;
        m->positive[m->count++] = rows[i].positive;
    }
}

/* Find each kind of work of one method at the error. */
static finding look_up(const method_rows *m, double error) {
    static const int CARRIERS[] = {SECONDS, PROCESSOR, WORK};
    finding found = {.positive = "", .remark = "no row is that good"};
    gz_bracket brackets[KINDS];
    bool positive = true;
    for (size_t i = 0; i < sizeof CARRIERS / sizeof *CARRIERS; i++) {
        const int kind = CARRIERS[i];
        const gz_bracket b = brackets[kind] = gz_work_bracket(m->count, m->errors, m->of[kind], error);
        found.work[kind] = gz_bracket_value(&b, m->count, m->of[kind]);
        if (b.good < m->count) positive = positive && m->positive[b.good] && m->positive[b.bad];
    }
    found.work[APPLICATIONS] = gz_bracket_value(&brackets[WORK], m->count, m->of[APPLICATIONS]);
    found.work[SETUPS] = gz_bracket_value(&brackets[WORK], m->count, m->of[SETUPS]);
    found.work[WORK] = found.work[APPLICATIONS] + found.work[SETUPS];
    if (brackets[WORK].good == m->count) return found;
    found.positive = positive ? "yes" : "no";
    found.remark = brackets[WORK].is_bound ? "at most: every row is better" : "";
    return found;
}

static const gz_table_column COLUMNS[] = {
    {"method", "method", NULL, 's', 0},
    {"error_L2", "error L2", "$L^2$ error", 'e', 1},
    {"seconds", "seconds", NULL, 'g', 3},
    {"processor_seconds", "processor", NULL, 'g', 3},
    {"applications", "applications", NULL, 'f', 0},
    {"setups", "set-ups", NULL, 'f', 0},
    {"work", "work", NULL, 'f', 0},
    {"ratio", "first : this", NULL, 'f', 2},
    {"ratio_processor", "in processor", NULL, 'f', 2},
    {"ratio_applications", "in applications", NULL, 'f', 2},
    {"ratio_setups", "in set-ups", NULL, 0, 0},
    {"ratio_work", "in work", NULL, 'f', 2},
    {"positive", "f > 0", NULL, 's', 0},
    {"remark", "remark", NULL, 's', 0},
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

/* Fill one row for each method, in the order of the methods' first rows. Returns the number of rows. */
static size_t fill(size_t count, const gz_work_row *rows, double error, method_rows *m,
                   gz_table_cell *cells) {
    double first[KINDS] = {0};
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = false;
        for (size_t k = 0; k < i; k++) seen = seen || strcmp(rows[k].method, rows[i].method) == 0;
        if (seen) continue;
        pick(count, rows, rows[i].method, m);
        const finding found = look_up(m, error);
        if (i == 0) memcpy(first, found.work, sizeof first);
        gz_table_cell *cell = cells + filled++ * COLUMN_COUNT;
        *cell++ = (gz_table_cell){.text = rows[i].method};
        *cell++ = (gz_table_cell){.number = error};
        for (int kind = 0; kind < KINDS; kind++) *cell++ = (gz_table_cell){.number = found.work[kind]};
        for (int kind = 0; kind < KINDS; kind++)
            *cell++ = (gz_table_cell){.number = first[kind] / found.work[kind]};
        *cell++ = (gz_table_cell){.text = found.positive};
        *cell = (gz_table_cell){.text = found.remark};
    }
    return filled;
}

static void print(double error, size_t methods, const gz_table_cell *cells) {
    const gz_table table = {COLUMN_COUNT, methods, COLUMNS, cells, NULL, false};
    printf("\nwork at a relative L2 error of %g, and what the first method needs of it\n", error);
    gz_table_write_text(stdout, &table);
    fflush(stdout);
}

gz_status gz_at_error_write(gz_context *context, size_t count, const gz_work_row *rows, size_t error_count,
                            const double *errors, const char *directory, bool quiet) {
    gz_table_cell *cells = NULL;
    method_rows *m = NULL;
    size_t filled = 0;
    gz_status status = gz_allocate(context, error_count * count * COLUMN_COUNT, sizeof *cells, &cells);
    if (status == GZ_OK) status = gz_allocate(context, 1, sizeof *m, &m);
    for (size_t k = 0; k < error_count && status == GZ_OK; k++) {
        gz_table_cell *begin = cells + filled * COLUMN_COUNT;
        const size_t methods = fill(count, rows, errors[k], m, begin);
        if (!quiet) print(errors[k], methods, begin);
        filled += methods;
    }
    const gz_table table = {COLUMN_COUNT,
                            filled,
                            COLUMNS,
                            cells,
                            "work: applications and set-ups of the mobility together\n"
                            "f > 0: whether f stays positive in all rows that were used\n",
                            false};
    if (status == GZ_OK)
        status = gz_study_write(context, directory, "at_error.csv", &table, gz_table_write_csv);
    if (status == GZ_OK)
        status = gz_study_write(context, directory, "at_error.md", &table, gz_table_write_markdown);
    gz_release(m);
    gz_release(cells);
    return status;
}
