/* Comparison: the tables and the picture of `grazing compare`. */
#include "comparison.h"

#include "at_error.h"
#include "folder.h"
#include "table_columns.h"

#include <math.h>
#include <stdlib.h>

static const gz_table_column COLUMNS[] = {
    {"method", "method", NULL, 's', 0},
    {"dt", "dt", "$\\Delta t$", 'g', 4},
    {"tolerance", "tolerance", "$\\varepsilon$", 'g', 2},
    {"steps", "steps", "$N_t$", 'f', 0},
    {"error_L1", "L1", "$\\|f-f_{ref}\\|_{1}$", 0, 0},
    {"error_L2", "error L2", "$\\|f-f_{ref}\\|_{2}$", 'e', 2},
    {"error_Linf", "Linf", "$\\|f-f_{ref}\\|_{\\infty}$", 0, 0},
    {"relative_entropy", "entropy", "$\\mathcal{H}(f|f_{ref})$", 'e', 1},
    {"seconds", "seconds", "seconds", 'g', 3},
    {"processor_seconds", "processor", "processor seconds", 'g', 3},
    {"seconds_least", "least", "least seconds", 0, 0},
    {"seconds_most", "most", "most seconds", 0, 0},
    {"applications", "applications", "applications of $K$", 'f', 0},
    {"setups", "set-ups", "set-ups of $K$", 'f', 0},
    {"mass_drift", "mass", "$\\delta M$", 'e', 0},
    {"momentum_drift", "momentum", "$\\delta P$", 'e', 0},
    {"energy_drift", "energy", "$\\delta E$", 'e', 0},
    {"f_min", "least f", "$\\min f$", 'e', 0},
    {"negative", "f <= 0", "$\\#\\{f \\le 0\\}$", 'f', 0},
    {"H_increases", "H rises", "$\\#\\{\\Delta\\mathcal{H} > 0\\}$", 'f', 0},
    {"J", "sum J", "$\\sum J$", 'e', 1},
    {"J_mean", "J_mean", "$\\sum J_{mean}$", 'e', 1},
    {"threads", "threads", NULL, 0, 0},
    {"outcome", "outcome", NULL, 's', 0},
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS };

static void fill_row(const gz_comparison *c, const gz_comparison_row *e, gz_table_cell *cell) {
    const gz_trial *t = &e->trial;
    const double numbers[] = {e->dt,
                              e->tolerance,
                              (double)t->summary.steps,
                              e->errors.l1,
                              e->errors.l2,
                              e->errors.linf,
                              e->errors.entropy,
                              t->seconds_median,
                              t->processor_seconds,
                              t->seconds_least,
                              t->seconds_most,
                              (double)t->summary.work.applications,
                              (double)t->summary.work.setups,
                              t->summary.mass_drift,
                              t->summary.momentum_drift,
                              t->summary.energy_drift,
                              t->summary.f_min,
                              (double)t->summary.negative_max,
                              (double)t->entropy_rises,
                              t->defect,
                              t->summary.mean_count == t->summary.steps ? t->summary.mean_total : NAN,
                              gz_context_threads(c->context)};
    *cell++ = (gz_table_cell){.text = e->method};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *cell++ = (gz_table_cell){.number = numbers[i]};
    *cell = (gz_table_cell){.text = t->outcome};
}

static gz_status write_at_error(const gz_comparison *c, const char *directory) {
    gz_work_row rows[GZ_MOST_ROWS];
    if (c->at_error_count == 0) return GZ_OK;
    for (size_t i = 0; i < c->count; i++) {
        const gz_summary *s = &c->rows[i].trial.summary;
        rows[i] = (gz_work_row){.method = c->rows[i].method,
                                .error = c->rows[i].errors.l2,
                                .seconds = c->rows[i].trial.seconds_median,
                                .processor = c->rows[i].trial.processor_seconds,
                                .applications = (double)s->work.applications,
                                .setups = (double)s->work.setups,
                                .positive = s->negative_max == 0};
    }
    return gz_at_error_write(c->context, c->count, rows, c->at_error_count, c->at_errors, directory,
                             c->quiet);
}

static gz_status write_files(const gz_comparison *c, const gz_table *whole, const gz_table *picked,
                             const char *directory) {
    static const char *const OLDER[] = {"at_error.csv", "at_error.md", "compare.png", NULL};
    GZ_TRY(gz_study_write_all(c->context, directory, "compare", whole, picked));
    GZ_TRY(gz_study_drop(c->context, directory, OLDER));
    GZ_TRY(write_at_error(c, directory));
    if (gz_options_has(c->options, "no-plot")) return GZ_OK;
    const char *const words[] = {"--title", c->rows[0].deck->title, "--at-error",
                                 gz_options_value(c->options, "at-error")};
    return gz_study_draw(c->context, directory, "compare", c->quiet, c->at_error_count > 0 ? 4 : 2, words);
}

gz_status gz_comparison_check_columns(const gz_comparison *c) {
    return gz_table_check_columns(c->context, COLUMN_COUNT, COLUMNS, gz_options_value(c->options, "columns"));
}

static gz_status make_notes(const gz_comparison *c, char **notes) {
    size_t length = 0;
    FILE *out = open_memstream(notes, &length);
    if (out) gz_comparison_write_notes(out, c);
    return out && fclose(out) == 0 ? GZ_OK : gz_fail(c->context, GZ_ERROR_MEMORY, "out of memory");
}

gz_status gz_comparison_write(const gz_comparison *c) {
    const char *directory = c->folder.path;
    const char *list = gz_options_value(c->options, "columns");
    gz_table_cell *cells = NULL;
    gz_table picked = {0};
    char *notes = NULL;
    gz_status status;
    GZ_TRY_ELSE(status, gz_allocate(c->context, c->count * COLUMN_COUNT, sizeof *cells, &cells), done);
    GZ_TRY_ELSE(status, make_notes(c, &notes), done);
    for (size_t i = 0; i < c->count; i++) fill_row(c, &c->rows[i], cells + i * COLUMN_COUNT);
    const gz_table table = {COLUMN_COUNT, c->count, COLUMNS, cells, notes, false};
    GZ_TRY_ELSE(status, gz_table_pick(c->context, &table, list, &picked), done);
    if (!c->quiet) {
        gz_table_write_text(stdout, &picked);
        fflush(stdout);
    }
    status = write_files(c, &table, &picked, directory);
    if (!c->quiet && status == GZ_OK) gz_study_list(directory, "compare");
done:
    gz_table_release(&picked);
    gz_release(cells);
    free(notes);
    return status;
}
