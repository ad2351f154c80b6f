/* Convergence: the table and the picture of `grazing converge`. */
#include "convergence.h"

#include "excerpt.h"
#include "expected_order.h"
#include "folder.h"
#include "table_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const gz_table_column MORE[] = {
    {"steps", "steps", "$N_t$", 'f', 0},
    {"error_L2", "error L2", "$\\|f-f_{ref}\\|_{2}$", 'e', 3},
    {"order", "order", "order", 'f', 2},
    {"error_L1", "L1", "$\\|f-f_{ref}\\|_{1}$", 'e', 2},
    {"error_Linf", "Linf", "$\\|f-f_{ref}\\|_{\\infty}$", 'e', 2},
    {"relative_entropy", "entropy", "$\\mathcal{H}(f|f_{ref})$", 'e', 2},
    {"J", "sum J", "$\\sum J$", 'e', 1},
    {"J_mean", "J_mean", "$\\sum J_{mean}$", 0, 0},
    {"H", "H", "$\\mathcal{H}$", 'f', 8},
    {"seconds", "seconds", "seconds", 'g', 3},
    {"applications", "applications", "applications of $K$", 'f', 0},
    {"f_min", "f_min", "$\\min f$", 0, 0},
    {"mass_drift", "mass", "$\\delta M$", 0, 0},
    {"momentum_drift", "momentum", "$\\delta P$", 0, 0},
    {"energy_drift", "energy", "$\\delta E$", 0, 0},
    {"switched_nodes", "nodes with theta < 1", "nodes with $\\theta < 1$", 0, 0},
    {"switched_mass", "mass with theta < 1", "mass with $\\theta < 1$", 0, 0},
    {"h", "h", "$h$", 0, 0},
    {"outcome", "outcome", "outcome", 's', 0},
};

enum { MORE_COLUMNS = sizeof MORE / sizeof *MORE, MOST_COLUMNS = GZ_MOST_KEYS + MORE_COLUMNS };

/* The heading of a key in LaTeX, or NULL for the key itself. */
static const char *latex_of(const char *key) {
    static const char *const NAMES[][2] = {{"time.dt", "$\\Delta t$"},
                                           {"time.tolerance", "$\\varepsilon$"},
                                           {"grid.v.nodes", "$n_v$"},
                                           {"grid.v.half_width", "$L$"},
                                           {"grid.v.order", "$p$"},
                                           {"grid.x.cells", "$n_x$"},
                                           {"model.kernel.gamma", "$\\gamma$"}};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (strcmp(NAMES[i][0], key) == 0) return NAMES[i][1];
    return NULL;
}

/* Fill the columns: one for each key, then MORE. Returns their number. */
static size_t fill_columns(const gz_convergence *l, gz_table_column columns[MOST_COLUMNS]) {
    for (size_t k = 0; k < l->key_count; k++)
        columns[k] = (gz_table_column){l->keys[k], l->keys[k], latex_of(l->keys[k]), 'g', 6};
    memcpy(columns + l->key_count, MORE, sizeof MORE);
    return l->key_count + MORE_COLUMNS;
}

static void fill_row(const gz_convergence *l, size_t level, gz_table_cell *cell) {
    const gz_trial *t = &l->trials[level];
    const gz_errors *e = &l->errors[level];
    const double numbers[] = {(double)t->summary.steps,
                              e->l2,
                              l->order[level],
                              e->l1,
                              e->linf,
                              e->entropy,
                              t->defect,
                              t->summary.mean_count == t->summary.steps ? t->summary.mean_total : NAN,
                              t->entropy,
                              t->seconds_median,
                              (double)t->summary.work.applications,
                              t->summary.f_min,
                              t->summary.mass_drift,
                              t->summary.momentum_drift,
                              t->summary.energy_drift,
                              t->switched_nodes,
                              t->switched_mass,
                              l->h[level]};
    for (size_t k = 0; k < l->key_count; k++)
        *cell++ = (gz_table_cell){.number = strtod(l->values[k][level], NULL)};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *cell++ = (gz_table_cell){.number = numbers[i]};
    *cell = (gz_table_cell){.text = t->outcome};
}

static void write_fit(FILE *out, const gz_convergence *l) {
    if (isfinite(l->fit.interval))
        fprintf(out, "order %.3f +- %.3f (95 %%, least squares over %zu levels)\n", l->fit.order,
                l->fit.interval, l->fit.levels);
    else if (isfinite(l->fit.order))
        fprintf(out, "order %.3f (from two levels)\n", l->fit.order);
    else
        fprintf(out, "no order: fewer than two levels have an error\n");
}

static void write_limit(FILE *out, const gz_convergence *l) {
    const size_t n = l->level_count;
    if (n < 3) return;
    double entropies[3], order;
    for (size_t k = 0; k < 3; k++) entropies[k] = l->trials[n - 3 + k].entropy;
    const double limit = gz_order_limit(&l->h[n - 3], entropies, &order);
    if (isfinite(limit))
        fprintf(out, "H tends to %.12g (Richardson, order %.2f; the last level is off by %.1e)\n", limit,
                order, entropies[2] - limit);
    else
        fprintf(out, "H of the last three levels does not close up on a limit\n");
}

static void write_notes(FILE *out, const gz_convergence *l) {
    static const char *const NAMES[] = {"the exact solution", "the last level", "the file"};
    fprintf(out, "errors are relative to %s%s", NAMES[l->reference.kind], l->reference.path ? " " : "");
    if (l->reference.path) gz_print_calmly(out, l->reference.path);
    if (l->interpolated) fprintf(out, ", by interpolation of log f to the nodes of each level");
    fputc('\n', out);
    write_fit(out, l);
    gz_expected_order_write(out, l);
    write_limit(out, l);
}

static gz_status make_notes(const gz_convergence *l, char **notes) {
    size_t length = 0;
    FILE *out = open_memstream(notes, &length);
    if (out) write_notes(out, l);
    return out && fclose(out) == 0 ? GZ_OK : gz_fail(l->context, GZ_ERROR_MEMORY, "out of memory");
}

static gz_status draw(const gz_convergence *l, const char *directory) {
    char order[40];
    snprintf(order, sizeof order, "%.6g", l->fit.order);
    const char *const words[] = {"--key", l->keys[0], "--order", order, "--title", l->decks[0]->title};
    return gz_study_draw(l->context, directory, "converge", l->quiet, 6, words);
}

static gz_status write_files(const gz_convergence *l, const gz_table *whole, const gz_table *picked,
                             const char *directory) {
    static const char *const OLDER[] = {"converge.png", NULL};
    GZ_TRY(gz_study_write_all(l->context, directory, "converge", whole, picked));
    GZ_TRY(gz_study_drop(l->context, directory, OLDER));
    return gz_options_has(l->options, "no-plot") ? GZ_OK : draw(l, directory);
}

gz_status gz_convergence_check_columns(const gz_convergence *l) {
    gz_table_column columns[MOST_COLUMNS];
    return gz_table_check_columns(l->context, fill_columns(l, columns), columns,
                                  gz_options_value(l->options, "columns"));
}

gz_status gz_convergence_write(const gz_convergence *l) {
    const char *directory = l->folder.path;
    const char *list = gz_options_value(l->options, "columns");
    gz_table_column columns[MOST_COLUMNS];
    const size_t count = fill_columns(l, columns);
    gz_table_cell *cells = NULL;
    gz_table picked = {0};
    char *notes = NULL;
    gz_status status;
    GZ_TRY_ELSE(status, gz_allocate(l->context, l->level_count * count, sizeof *cells, &cells), done);
    GZ_TRY_ELSE(status, make_notes(l, &notes), done);
    for (size_t level = 0; level < l->level_count; level++) fill_row(l, level, cells + level * count);
    const gz_table table = {count, l->level_count, columns, cells, notes, false};
    GZ_TRY_ELSE(status, gz_table_pick(l->context, &table, list, &picked), done);
    if (!l->quiet) {
        gz_table_write_text(stdout, &picked);
        fflush(stdout);
    }
    status = write_files(l, &table, &picked, directory);
    if (!l->quiet && status == GZ_OK) gz_study_list(directory, "converge");
done:
    gz_table_release(&picked);
    gz_release(cells);
    free(notes);
    return status;
}
