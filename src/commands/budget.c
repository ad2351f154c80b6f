/* Budget: plans one refined deck for each source, runs them all, and tabulates the differences. */
#include "budget.h"

#include "expected_order.h"
#include "folder.h"
#include "interrupt.h"
#include "study.h"
#include "table_columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef enum source_kind { TIME, SPLITTING, VELOCITY, BOX, SPACE, SOURCE_COUNT } source_kind;

static const char *const NAMES[SOURCE_COUNT] = {"time", "splitting", "v grid", "box", "x grid"};

typedef struct source {
    char change[GZ_LONGEST_SETTING]; /* what is refined, in words; "" if the deck has no such source */
    double order, ratio;             /* of the refinement; order NaN: the difference is the error */
    gz_deck *deck;
    gz_trial trial;
    double difference, error;
} source;

typedef struct budget {
    gz_context *context;
    const gz_options *options;
    gz_deck *deck;
    gz_trial run;
    double exact; /* error against the exact solution, NaN if none is known */
    source sources[SOURCE_COUNT];
    gz_folder folder;
    bool quiet;
} budget;

static const char *const FILES[] = {"budget.csv", "budget.json", "budget.md",
                                    "budget.tex", "budget.png",  NULL};

static void close_budget(budget *b) {
    gz_folder_close(&b->folder);
    for (int k = 0; k < SOURCE_COUNT; k++) {
        gz_trial_free(&b->sources[k].trial);
        gz_deck_destroy(b->sources[k].deck);
    }
    gz_trial_free(&b->run);
    gz_deck_destroy(b->deck);
}

/* --- before the first run --- */

static gz_status plan_time(budget *b) {
    const gz_deck *deck = b->deck;
    source *time = &b->sources[TIME], *splitting = &b->sources[SPLITTING];
    char half[1][GZ_LONGEST_SETTING];
    snprintf(half[0], GZ_LONGEST_SETTING, "time.dt=%.17g", deck->dt / 2);
    *time = (source){.order = gz_order_in_dt(&deck->integrator), .ratio = 2};
    if (gz_integrator_chooses_steps(deck->integrator.scheme)) {
        const double tolerance = deck->integrator.ode_tolerance;
        char tenth[1][GZ_LONGEST_SETTING];
        snprintf(tenth[0], GZ_LONGEST_SETTING, "time.tolerance=%.17g", tolerance / 10);
        snprintf(time->change, sizeof time->change, "tolerance %.4g -> %.4g", tolerance, tolerance / 10);
        time->order = NAN;
        GZ_TRY(gz_study_deck(b->context, b->options, 1, tenth, &time->deck));
    } else if (gz_streams(deck)) {
        snprintf(time->change, sizeof time->change, "collision of %.4g -> 2 of %.4g", deck->dt, deck->dt / 2);
        GZ_TRY(gz_study_deck(b->context, b->options, 0, NULL, &time->deck));
        time->deck->integrator.collisions = 2;
    } else {
        snprintf(time->change, sizeof time->change, "dt %.4g -> %.4g", deck->dt, deck->dt / 2);
        GZ_TRY(gz_study_deck(b->context, b->options, 1, half, &time->deck));
    }
    if (!gz_streams(deck)) return GZ_OK;
    *splitting = (source){.order = 2, .ratio = 2};
    snprintf(splitting->change, sizeof splitting->change, "shifts of %.4g -> %.4g", deck->dt / 2,
             deck->dt / 4);
    return gz_study_deck(b->context, b->options, 1, half, &splitting->deck);
}

static gz_status plan_velocity(budget *b) {
    const gz_phase_grid_settings *grid = &b->deck->problem.grid;
    source *s = &b->sources[VELOCITY], *box = &b->sources[BOX];
    char own[2][GZ_LONGEST_SETTING];
    const size_t fine = 2 * grid->nodes - 1, layers = 2 + grid->nodes / 24, wide = grid->nodes + 2 * layers;
    const double half_width = grid->half_width * (double)(wide - 1) / (double)(grid->nodes - 1);
    *s = (source){.order = b->deck->problem.order, .ratio = 2};
    snprintf(s->change, sizeof s->change, "nodes %zu -> %zu", grid->nodes, fine);
    snprintf(own[0], GZ_LONGEST_SETTING, "grid.v.nodes=%zu", fine);
    GZ_TRY(gz_study_deck(b->context, b->options, 1, own, &s->deck));
    *box = (source){.order = NAN};
    snprintf(box->change, sizeof box->change, "half width %.4g -> %.4g", grid->half_width, half_width);
    snprintf(own[0], GZ_LONGEST_SETTING, "grid.v.nodes=%zu", wide);
    snprintf(own[1], GZ_LONGEST_SETTING, "grid.v.half_width=%.17g", half_width);
    return gz_study_deck(b->context, b->options, 2, own, &box->deck);
}

static gz_status plan_space(budget *b) {
    const gz_phase_grid_settings *grid = &b->deck->problem.grid;
    source *s = &b->sources[SPACE];
    if (grid->space_dim == 0) return GZ_OK;
    char own[1][GZ_LONGEST_SETTING] = {"grid.x.cells=["};
    *s = (source){.order = NAN};
    snprintf(s->change, sizeof s->change, "cells %zu -> %zu", grid->cells[0], 3 * grid->cells[0]);
    for (int a = 0; a < grid->space_dim; a++) {
        const size_t used = strlen(own[0]);
        snprintf(own[0] + used, GZ_LONGEST_SETTING - used, "%zu%s", 3 * grid->cells[a],
                 a + 1 < grid->space_dim ? ", " : "]");
    }
    return gz_study_deck(b->context, b->options, 1, own, &s->deck);
}

static gz_status plan(budget *b) {
    static const char *const OTHERS[] = {"vary", "reference", "expect-order", "within", "certify"};
    for (size_t i = 0; i < sizeof OTHERS / sizeof *OTHERS; i++)
        if (gz_options_has(b->options, OTHERS[i]))
            return gz_fail(b->context, GZ_ERROR_USAGE,
                           "--budget refines every source by itself; leave out --%s", OTHERS[i]);
    GZ_TRY(gz_study_deck(b->context, b->options, 0, NULL, &b->deck));
    if (b->deck->control_tolerance > 0)
        return gz_fail(b->context, GZ_ERROR_USAGE,
                       "--budget halves equal steps, but this deck controls its dt; add --set "
                       "time.dt_control.tolerance=0");
    GZ_TRY(plan_time(b));
    GZ_TRY(plan_velocity(b));
    return plan_space(b);
}

/* --- runs --- */

static gz_status run(budget *b, const char *name, const gz_deck *deck, gz_trial *trial) {
    const gz_trial_settings plain = {.certify = false};
    const gz_status status = gz_trial_run(b->context, deck, &plain, trial);
    const bool refined = deck != b->deck;
    if (refined && (status == GZ_ERROR_FILES ||
                    status == GZ_ERROR_SETTINGS)) /* the initial state exists on one grid only */
        snprintf(trial->outcome, sizeof trial->outcome, "%s", gz_context_message(b->context));
    else
        GZ_TRY(status);
    if (!b->quiet) gz_trial_warn(trial, refined ? &b->run : NULL);
    if (!b->quiet) fprintf(stderr, "%s: %.3g s: %s\n", name, trial->seconds_median, trial->outcome);
    return GZ_OK;
}

/* Find the relative L2 difference of `trial` to a finer one; NaN if one of them did not finish. */
static gz_status difference(budget *b, const gz_deck *deck, const gz_trial *trial, const gz_trial *finer,
                            double *distance) {
    const gz_reference reference = {.kind = GZ_REFERENCE_FINEST, .finest = finer};
    gz_errors errors;
    *distance = NAN;
    if (!trial->finished || !finer->finished) return GZ_OK;
    GZ_TRY(gz_errors_of(b->context, &reference, deck, trial, &errors));
    *distance = errors.l2;
    return GZ_OK;
}

static gz_status run_all(budget *b) {
    GZ_TRY(run(b, "the run", b->deck, &b->run));
    if (!b->run.finished)
        return gz_fail(b->context, GZ_ERROR_NOT_CONVERGED, "the run itself did not reach its end: %s",
                       b->run.outcome);
    gz_errors errors;
    const gz_reference exact = {.kind = GZ_REFERENCE_EXACT};
    b->exact = NAN;
    if (gz_initial_has_exact(&b->deck->problem, b->deck->component_count, b->deck->components)) {
        GZ_TRY(gz_errors_of(b->context, &exact, b->deck, &b->run, &errors));
        b->exact = errors.l2;
    }
    for (int k = 0; k < SOURCE_COUNT; k++) {
        source *s = &b->sources[k];
        if (!s->deck) continue;
        GZ_TRY(run(b, NAMES[k], s->deck, &s->trial));
        const gz_trial *from = k == SPLITTING ? &b->sources[TIME].trial : &b->run;
        GZ_TRY(difference(b, b->deck, from, &s->trial, &s->difference));
        s->error = isnan(s->order) ? s->difference : s->difference / (1 - pow(s->ratio, -s->order));
    }
    return GZ_OK;
}

/* --- table --- */

static const gz_table_column COLUMNS[] = {
    {"source", "source", NULL, 's', 0},   {"refinement", "refinement", NULL, 's', 0},
    {"order", "order", "$p$", 'f', 0},    {"difference", "difference", "$\\|f-f'\\|_{2}$", 'e', 2},
    {"error", "error", NULL, 'e', 2},     {"share", "share %", "share [\\%]", 'f', 1},
    {"seconds", "seconds", NULL, 'g', 3}, {"outcome", "outcome", NULL, 's', 0},
};

enum { COLUMN_COUNT = sizeof COLUMNS / sizeof *COLUMNS, LONGEST_NOTE = 300 };

static double total_of(const budget *b) {
    double total = 0;
    for (int k = 0; k < SOURCE_COUNT; k++)
        if (b->sources[k].deck && isfinite(b->sources[k].error)) total += b->sources[k].error;
    return total;
}

static gz_table fill_table(const budget *b, double total, gz_table_cell *cells) {
    gz_table table = {COLUMN_COUNT, 0, COLUMNS, cells, NULL, false};
    for (int k = 0; k < SOURCE_COUNT; k++) {
        const source *s = &b->sources[k];
        if (!s->deck) continue;
        const gz_table_cell row[] = {{.text = NAMES[k]},
                                     {.text = s->change},
                                     {.number = s->order},
                                     {.number = s->difference},
                                     {.number = s->error},
                                     {.number = total > 0 ? 100 * s->error / total : NAN},
                                     {.number = s->trial.seconds_median},
                                     {.text = s->trial.outcome}};
        memcpy(cells + table.row_count++ * COLUMN_COUNT, row, sizeof row);
    }
    return table;
}

static void write_note(const budget *b, double total, char note[LONGEST_NOTE]) {
    const int used =
        snprintf(note, LONGEST_NOTE, "relative L2 at t = %g of %s with dt = %g: the errors add up to %.2e",
                 b->deck->end, b->deck->integrator.scheme, b->deck->dt, total);
    if (isfinite(b->exact))
        snprintf(note + used, LONGEST_NOTE - (size_t)used, "; the exact solution is %.2e away\n", b->exact);
    else
        snprintf(note + used, LONGEST_NOTE - (size_t)used, "\n");
}

static gz_status write_files(const budget *b, const gz_table *whole, const gz_table *picked) {
    static const char *const OLDER[] = {"budget.png", NULL};
    const char *directory = b->folder.path;
    GZ_TRY(gz_study_write_all(b->context, directory, "budget", whole, picked));
    GZ_TRY(gz_study_drop(b->context, directory, OLDER));
    if (gz_options_has(b->options, "no-plot")) return GZ_OK;
    const char *const words[] = {"--title", b->deck->title};
    return gz_study_draw(b->context, directory, "budget", b->quiet, 2, words);
}

static gz_status write_table(const budget *b, const char *list) {
    gz_table_cell cells[SOURCE_COUNT * COLUMN_COUNT];
    char note[LONGEST_NOTE];
    const double total = total_of(b);
    gz_table table = fill_table(b, total, cells), picked;
    write_note(b, total, note);
    table.notes = note;
    GZ_TRY(gz_table_pick(b->context, &table, list, &picked));
    if (!b->quiet) {
        gz_table_write_text(stdout, &picked);
        fflush(stdout);
    }
    const gz_status status = write_files(b, &table, &picked);
    gz_table_release(&picked);
    return status;
}

static gz_status work(budget *b) {
    const char *list = gz_options_value(b->options, "columns");
    GZ_TRY(gz_table_check_columns(b->context, COLUMN_COUNT, COLUMNS, list));
    GZ_TRY(plan(b));
    GZ_TRY(gz_folder_open(b->context, b->options, b->options->arguments[0], FILES, &b->folder));
    gz_interrupt_watch(b->context, false);
    GZ_TRY(run_all(b));
    GZ_TRY(write_table(b, list));
    if (!b->quiet) gz_study_list(b->folder.path, "budget");
    return GZ_OK;
}

gz_status gz_budget(gz_context *context, const gz_options *options) {
    budget *b = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *b, &b));
    b->context = context;
    b->options = options;
    b->quiet = gz_options_has(options, "quiet");
    const gz_status status = work(b);
    close_budget(b);
    gz_release(b);
    return status;
}
