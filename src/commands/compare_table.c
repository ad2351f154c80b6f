/* Comparison: the tables and the picture of `grazing compare`. */
#include "comparison.h"

#include "at_error.h"
#include "folder.h"

#include <math.h>

static const gz_table_column COLUMNS[] = {
    {"method", "method", NULL, 's', 0},
    {"dt", "dt", "$\\Delta t$", 'g', 4},
    {"tolerance", "tolerance", NULL, 'g', 2},
    {"steps", "steps", NULL, 'f', 0},
    {"error_L1", "L1", NULL, 0, 0},
    {"error_L2", "error L2", "$L^2$ error", 'e', 2},
    {"error_Linf", "Linf", NULL, 0, 0},
    {"relative_entropy", "entropy", "$\\mathcal{H}(f|g)$", 'e', 1},
    {"seconds", "seconds", NULL, 'g', 3},
    {"processor_seconds", "processor", NULL, 'g', 3},
    {"seconds_least", "least", NULL, 0, 0},
    {"seconds_most", "most", NULL, 0, 0},
    {"applications", "applications", NULL, 'f', 0},
    {"setups", "set-ups", NULL, 'f', 0},
    {"mass_drift", "mass", NULL, 'e', 0},
    {"momentum_drift", "momentum", NULL, 'e', 0},
    {"energy_drift", "energy", NULL, 'e', 0},
    {"f_min", "least f", NULL, 'e', 0},
    {"negative", "f <= 0", NULL, 'f', 0},
    {"H_increases", "H rises", NULL, 'f', 0},
    {"J", "sum J", "$\\sum J$", 'e', 1},
    {"J_mean", "J_mean", NULL, 'e', 1},
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

static void print(const gz_comparison *c, const gz_table *table) {
    const gz_deck *deck = c->rows[0].deck;
    gz_table_write_text(stdout, table);
    printf("\nerrors are relative to ");
    const gz_deck *const *finest = (const gz_deck *const *)c->finest_deck;
    if (finest[1])
        printf("%s (flux form) and %s (log form) with dt = %g, which differ by %.2e,",
               finest[0]->integrator.scheme, finest[1]->integrator.scheme, finest[0]->dt, c->between_forms);
    else if (finest[0])
        printf("%s with dt = %g", finest[0]->integrator.scheme, finest[0]->dt);
    else
        printf("%s", c->reference[0].path ? c->reference[0].path : "the exact solution");
    printf(" at t = %g; mobility %s, %d thread%s; seconds of the steps, median of %ld;\nprocessor: of all "
           "threads together, least of them; no other process is in it\n",
           deck->end, deck->integrator.mobility, gz_context_threads(c->context),
           gz_context_threads(c->context) == 1 ? "" : "s", c->repeat);
}

static gz_status write_at_error(const gz_comparison *c, const char *directory) {
    gz_work_row rows[GZ_MOST_ROWS];
    if (!(c->at_error > 0)) return GZ_OK;
    for (size_t i = 0; i < c->count; i++)
        rows[i] = (gz_work_row){c->rows[i].method, c->rows[i].errors.l2, c->rows[i].trial.seconds_median,
                                c->rows[i].trial.processor_seconds,
                                (double)c->rows[i].trial.summary.work.applications};
    return gz_at_error_write(c->context, c->count, rows, c->at_error, directory, c->quiet);
}

static gz_status write_files(const gz_comparison *c, const gz_table *table, const char *directory) {
    GZ_TRY(gz_folder_make(c->context, directory));
    GZ_TRY(gz_study_write(c->context, directory, "compare.csv", table, gz_table_write_csv));
    GZ_TRY(gz_study_write(c->context, directory, "compare.json", table, gz_table_write_json));
    GZ_TRY(gz_study_write(c->context, directory, "compare.md", table, gz_table_write_markdown));
    GZ_TRY(gz_study_write(c->context, directory, "compare.tex", table, gz_table_write_latex));
    GZ_TRY(write_at_error(c, directory));
    if (gz_options_has(c->options, "no-plot")) return GZ_OK;
    const char *const words[] = {"--title", c->rows[0].deck->title, "--at-error",
                                 gz_options_value(c->options, "at-error")};
    return gz_study_draw(c->context, directory, "compare", c->quiet, c->at_error > 0 ? 4 : 2, words);
}

gz_status gz_comparison_write(const gz_comparison *c, const char *directory) {
    gz_table_cell *cells = NULL;
    GZ_TRY(gz_allocate(c->context, c->count * COLUMN_COUNT, sizeof *cells, &cells));
    for (size_t i = 0; i < c->count; i++) fill_row(c, &c->rows[i], cells + i * COLUMN_COUNT);
    const gz_table table = {COLUMN_COUNT, c->count, COLUMNS, cells};
    if (!c->quiet) {
        print(c, &table);
        fflush(stdout);
    }
    const gz_status status = write_files(c, &table, directory);
    if (!c->quiet && status == GZ_OK)
        printf("\n%s: compare.csv compare.json compare.md compare.tex\n", directory);
    gz_release(cells);
    return status;
}
