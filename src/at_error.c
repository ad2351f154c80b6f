/* At error: see at_error.h. */
#include "at_error.h"

#include "study.h"

#include <math.h>
#include <string.h>

enum { MOST_ROWS = 400 };

double gz_work_at_error(size_t count, const double *errors, const double *work, double error,
                        bool *is_bound) {
    size_t good = count, bad = count; /* the cheapest row that is good enough, the best that is not */
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

/* Seconds and applications of one method at the error; returns a remark. */
static const char *look_up(size_t count, const gz_work_row *rows, const char *method, double error,
                           double *seconds, double *applications) {
    double errors[MOST_ROWS], of_seconds[MOST_ROWS], of_applications[MOST_ROWS];
    size_t found = 0;
    bool is_bound;
    for (size_t i = 0; i < count && found < MOST_ROWS; i++) {
        if (strcmp(rows[i].method, method) != 0) continue;
        errors[found] = rows[i].error;
        of_seconds[found] = rows[i].seconds;
        of_applications[found++] = rows[i].applications;
    }
    *applications = gz_work_at_error(found, errors, of_applications, error, &is_bound);
    *seconds = gz_work_at_error(found, errors, of_seconds, error, &is_bound);
    return isnan(*seconds) ? "no row is that good" : is_bound ? "at most: every row is better" : "";
}

static const gz_table_column COLUMNS[] = {
    {"method", "method", NULL, 's', 0},      {"error_L2", "error L2", "$L^2$ error", 'e', 1},
    {"seconds", "seconds", NULL, 'g', 3},    {"applications", "applications", NULL, 'f', 0},
    {"ratio", "first : this", NULL, 'f', 2}, {"ratio_applications", "in applications", NULL, 'f', 2},
    {"remark", "remark", NULL, 's', 0},
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

/* One row a method, in the order of their first rows; returns how many. */
static size_t fill(size_t count, const gz_work_row *rows, double error, gz_table_cell *cells) {
    double first[2] = {NAN, NAN};
    size_t filled = 0;
    for (size_t i = 0; i < count; i++) {
        bool seen = false;
        double seconds, applications;
        for (size_t k = 0; k < i; k++) seen = seen || strcmp(rows[k].method, rows[i].method) == 0;
        if (seen) continue;
        const char *remark = look_up(count, rows, rows[i].method, error, &seconds, &applications);
        if (i == 0) first[0] = seconds, first[1] = applications;
        const gz_table_cell row[] = {{.text = rows[i].method},
                                     {.number = error},
                                     {.number = seconds},
                                     {.number = applications},
                                     {.number = first[0] / seconds},
                                     {.number = first[1] / applications},
                                     {.text = remark}};
        memcpy(cells + filled++ * COLUMN_COUNT, row, sizeof row);
    }
    return filled;
}

gz_status gz_at_error_write(gz_context *context, size_t count, const gz_work_row *rows, double error,
                            const char *directory, bool quiet) {
    gz_table_cell *cells = NULL;
    GZ_TRY(gz_allocate(context, count * COLUMN_COUNT, sizeof *cells, &cells));
    const gz_table table = {COLUMN_COUNT, fill(count, rows, error, cells), COLUMNS, cells};
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
