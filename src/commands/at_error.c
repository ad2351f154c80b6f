/* At error: interpolates seconds, processor seconds and applications alike, and tabulates them. */
#include "at_error.h"

#include "study.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 400 };

double gz_work_at_error(size_t count, const double *errors, const double *work, double error,
                        bool *is_bound) {
    size_t good = count, bad = count; /* the cheapest row that is good enough, and the best row that is not */
    *is_bound = false;
    for (size_t k = 0; k < count; k++) {
        if (!(errors[k] > 0) || !(work[k] > 0)) continue;
        if (errors[k] <= error && (good == count || work[k] < work[good])) good = k;
        if (errors[k] > error && (bad == count || errors[k] < errors[bad])) bad = k;
    }
    if (good == count) return NAN;
    *is_bound = bad == count;
    if (bad == count || work[bad] >= work[good]) return work[good];
    const double share = log(error / errors[good]) / log(errors[bad] / errors[good]);
    return work[good] * pow(work[bad] / work[good], share);
}

enum { SECONDS, PROCESSOR, APPLICATIONS, KINDS };

/* Find each kind of work of one method at the error. Returns a remark. */
static const char *look_up(size_t count, const gz_work_row *rows, const char *method, double error,
                           double work[KINDS]) {
    double errors[MOST_ROWS], of[KINDS][MOST_ROWS];
    size_t found = 0;
    bool is_bound = false;
    for (size_t i = 0; i < count && found < MOST_ROWS; i++) {
        if (strcmp(rows[i].method, method) != 0) continue;
        errors[found] = rows[i].error;
        of[SECONDS][found] = rows[i].seconds;
        of[PROCESSOR][found] = rows[i].processor;
        of[APPLICATIONS][found++] = rows[i].applications;
    }
    for (int kind = 0; kind < KINDS; kind++)
        work[kind] = gz_work_at_error(found, errors, of[kind], error, &is_bound);
    return isnan(work[SECONDS]) ? "no row is that good" : is_bound ? "at most: every row is better" : "";
}

static const gz_table_column COLUMNS[] = {
    {"method", "method", NULL, 's', 0},
    {"error_L2", "error L2", "$L^2$ error", 'e', 1},
    {"seconds", "seconds", NULL, 'g', 3},
    {"processor_seconds", "processor", NULL, 'g', 3},
    {"applications", "applications", NULL, 'f', 0},
    {"ratio", "first : this", NULL, 'f', 2},
    {"ratio_processor", "in processor", NULL, 'f', 2},
    {"ratio_applications", "in applications", NULL, 'f', 2},
    {"remark", "remark", NULL, 's', 0},
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

/* Fill one row for each method, in the order of the methods' first rows. Returns the number of rows. */
static size_t fill(size_t count, const gz_work_row *rows, double error, gz_table_cell *cells) {
    double first[KINDS] = {NAN, NAN, NAN};
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = false;
        double work[KINDS];
        for (size_t k = 0; k < i; k++) seen = seen || strcmp(rows[k].method, rows[i].method) == 0;
        if (seen) continue;
        const char *remark = look_up(count, rows, rows[i].method, error, work);
        if (i == 0) memcpy(first, work, sizeof first);
        gz_table_cell *cell = cells + filled++ * COLUMN_COUNT;
        *cell++ = (gz_table_cell){.text = rows[i].method};
        *cell++ = (gz_table_cell){.number = error};
        for (int kind = 0; kind < KINDS; kind++) *cell++ = (gz_table_cell){.number = work[kind]};
        for (int kind = 0; kind < KINDS; kind++)
            *cell++ = (gz_table_cell){.number = first[kind] / work[kind]};
        *cell = (gz_table_cell){.text = remark};
    }
    return filled;
}

gz_status gz_at_error_write(gz_context *context, size_t count, const gz_work_row *rows, double error,
                            const char *directory, bool quiet) {
    gz_table_cell *cells = NULL;
    GZ_TRY(gz_allocate(context, count * COLUMN_COUNT, sizeof *cells, &cells));
    const gz_table table = {COLUMN_COUNT, fill(count, rows, error, cells), COLUMNS, cells, NULL, false};
    if (!quiet) {
        printf("\nwork at a relative L2 error of %g, and what the first method needs of it\n", error);
        gz_table_write_text(stdout, &table);
        fflush(stdout);
    }
    gz_status status = gz_study_write(context, directory, "at_error.csv", &table, gz_table_write_csv);
    if (status == GZ_OK)
        status = gz_study_write(context, directory, "at_error.md", &table, gz_table_write_markdown);
    gz_release(cells);
    return status;
}
