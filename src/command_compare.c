/* Command compare: one problem by several integrators: error against work, and what each of them violates.
 *
 *   method        NAME or NAME:FORM, FORM the space form of the methods that are not variational (flux | log)
 *                 NAME@DT: one row with that dt, whatever --dt says (the stable dt of an explicit method)
 *   fixed steps   one row for each --dt
 *   own steps     arkode_erk, cvode_bdf: one row for each --tolerance, if given, over intervals of the deck's
 *                 time.dt (without transport: over the whole time at once); else one for each --dt
 *
 * All decks are read and checked before the first run. A method that blows up, turns negative or does not
 * converge is a row that says so.
 */
#include "at_error.h"
#include "deck_schema.h"
#include "folder.h"
#include "interrupt.h"
#include "program.h"
#include "study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 40, MOST_ROWS = 400, OWN_SETTINGS = 4, LONGEST_SETTING = GZ_LONGEST_WORD + 24 };

/* The default reference `finest` is the deck's own scheme with the smallest dt divided by this. */
static const double FINER = 8;

typedef struct entry {
    char method[GZ_LONGEST_WORD]; /* as given */
    double dt, tolerance;         /* tolerance NAN: not a method of own steps */
    gz_deck *deck;
    gz_trial trial;
    gz_errors errors;
} entry;

typedef struct comparison {
    gz_context *context;
    const gz_options *options;
    size_t count;
    entry entries[MOST_ROWS];
    gz_deck *finest_deck; /* of the reference `finest`, else NULL */
    gz_trial finest;
    gz_reference reference;
    gz_trial_settings settings;
    long repeat;
    double at_error; /* 0: not asked for */
    bool quiet;
} comparison;

static void close_comparison(comparison *c) {
    for (size_t i = 0; i < c->count; i++) {
        gz_trial_destroy(&c->entries[i].trial);
        gz_deck_destroy(c->entries[i].deck);
    }
    gz_trial_destroy(&c->finest);
    gz_deck_destroy(c->finest_deck);
}

/* --- before the first run --- */

static gz_status load(comparison *c, size_t count, char (*own)[LONGEST_SETTING], gz_deck **deck) {
    const gz_options *options = c->options;
    const char **settings = NULL;
    GZ_TRY(gz_allocate(c->context, options->setting_count + OWN_SETTINGS, sizeof *settings, &settings));
    memcpy(settings, options->settings, options->setting_count * sizeof *settings);
    for (size_t i = 0; i < count; i++) settings[options->setting_count + i] = own[i];
    const gz_status status =
        gz_deck_load(c->context, options->arguments[0], options->setting_count + count, settings, deck);
    gz_release(settings);
    return status;
}

static bool chooses_steps(const char *scheme) {
    return strcmp(scheme, "arkode_erk") == 0 || strcmp(scheme, "cvode_bdf") == 0;
}

static bool is_scheme(const char *name) {
    for (size_t i = 0; gz_integrator_name(i); i++)
        if (strcmp(gz_integrator_name(i), name) == 0) return true;
    return false;
}

/* "rk4:log" into its scheme and form ("" if none is given). */
static gz_status read_method(gz_context *context, const char *word, char scheme[GZ_LONGEST_WORD],
                             const char **form) {
    const char *colon = strchr(word, ':');
    snprintf(scheme, GZ_LONGEST_WORD, "%.*s", (int)(colon ? (size_t)(colon - word) : strlen(word)), word);
    *form = colon ? colon + 1 : "";
    if (!is_scheme(scheme)) {
        char names[200] = "";
        for (size_t i = 0, used = 0; gz_integrator_name(i); i++, used = strlen(names))
            snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", gz_integrator_name(i));
        return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s is no method; there are: %s", scheme, names);
    }
    if (!colon) return GZ_OK;
    if (gz_integrator_is_variational(scheme))
        return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s has no space form; write %s", word, scheme);
    if (strcmp(*form, "flux") == 0 || strcmp(*form, "log") == 0) return GZ_OK;
    return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s: the space form is flux or log", word);
}

/* One row. dt NULL: steps of the method's own choice over the deck's intervals. */
static gz_status add(comparison *c, const char *method, const char *dt, const char *tolerance) {
    char own[OWN_SETTINGS][LONGEST_SETTING], scheme[GZ_LONGEST_WORD];
    const char *form;
    size_t count = 0;
    GZ_TRY(read_method(c->context, method, scheme, &form));
    if (c->count == MOST_ROWS)
        return gz_fail(c->context, GZ_ERROR_USAGE, "more than %d rows; give fewer methods or steps",
                       MOST_ROWS);
    entry *e = &c->entries[c->count];
    snprintf(own[count++], LONGEST_SETTING, "time.scheme=%s", scheme);
    if (*form) snprintf(own[count++], LONGEST_SETTING, "time.space_form=%s", form);
    if (dt) snprintf(own[count++], LONGEST_SETTING, "time.dt=%s", dt);
    if (tolerance) snprintf(own[count++], LONGEST_SETTING, "time.tolerance=%s", tolerance);
    snprintf(e->method, sizeof e->method, "%s", method);
    GZ_TRY(load(c, count, own, &e->deck));
    c->count++;
    if (!dt && e->deck->end > 0 && !(e->deck->problem.transport && e->deck->problem.grid.space_dim > 0))
        e->deck->dt = e->deck->end;
    e->dt = e->deck->dt;
    e->tolerance = chooses_steps(scheme) ? e->deck->integrator.ode_tolerance : NAN;
    return GZ_OK;
}

typedef char (*word_list)[GZ_LONGEST_WORD];

static gz_status add_all(comparison *c, size_t methods, const word_list method, size_t steps,
                         const word_list dt, size_t tolerances, const word_list tolerance) {
    for (size_t m = 0; m < methods; m++) {
        char scheme[GZ_LONGEST_WORD], *at = strchr(method[m], '@');
        const char *form;
        if (at) *at++ = 0;
        GZ_TRY(read_method(c->context, method[m], scheme, &form));
        if (at)
            GZ_TRY(add(c, method[m], at, NULL));
        else if (tolerances > 0 && chooses_steps(scheme))
            for (size_t k = 0; k < tolerances; k++) GZ_TRY(add(c, method[m], NULL, tolerance[k]));
        else
            for (size_t k = 0; k < steps; k++) GZ_TRY(add(c, method[m], dt[k], NULL));
    }
    return GZ_OK;
}

static gz_status read_rows(comparison *c) {
    const char *methods = gz_options_value(c->options, "methods"), *dt = gz_options_value(c->options, "dt"),
               *tolerance = gz_options_value(c->options, "tolerance");
    word_list lists[3] = {NULL, NULL, NULL};
    size_t counts[3] = {0, 0, 0};
    if (!methods || !dt)
        return gz_fail(c->context, GZ_ERROR_USAGE,
                       "--%s is missing; such as --methods zero_defect,jko,rk4,cvode_bdf --dt 0.2,0.1,0.05",
                       methods ? "dt" : "methods");
    gz_status status = gz_split_words(c->context, "methods", methods, MOST_WORDS, &lists[0], &counts[0]);
    if (status == GZ_OK) status = gz_split_words(c->context, "dt", dt, MOST_WORDS, &lists[1], &counts[1]);
    if (status == GZ_OK && tolerance)
        status = gz_split_words(c->context, "tolerance", tolerance, MOST_WORDS, &lists[2], &counts[2]);
    if (status == GZ_OK) status = add_all(c, counts[0], lists[0], counts[1], lists[1], counts[2], lists[2]);
    for (size_t i = 0; i < 3; i++) gz_release(lists[i]);
    return status;
}

static gz_status read_reference(comparison *c) {
    const gz_deck *deck = c->entries[0].deck;
    const bool known = gz_initial_has_exact(&deck->problem, deck->component_count, deck->components);
    c->reference = gz_reference_of(gz_options_value(c->options, "reference"),
                                   known ? GZ_REFERENCE_EXACT : GZ_REFERENCE_FINEST);
    GZ_TRY(gz_reference_check(c->context, &c->reference, deck));
    if (c->reference.kind != GZ_REFERENCE_FINEST) return GZ_OK;
    double least = INFINITY;
    for (size_t i = 0; i < c->count; i++) least = fmin(least, c->entries[i].dt);
    GZ_TRY(load(c, 0, NULL, &c->finest_deck));
    c->finest_deck->dt = least / FINER;
    c->reference.finest = &c->finest;
    return GZ_OK;
}

/* --- runs --- */

static gz_status run_reference(comparison *c) {
    if (!c->finest_deck) return GZ_OK;
    const gz_trial_settings plain = {.certify = false};
    if (!c->quiet)
        fprintf(stderr, "reference: %s, dt = %g\n", c->finest_deck->integrator.scheme, c->finest_deck->dt);
    GZ_TRY(gz_trial_run(c->context, c->finest_deck, &plain, &c->finest));
    if (c->finest.finished) return GZ_OK;
    return gz_fail(c->context, GZ_ERROR_NOT_CONVERGED, "the reference did not reach its end: %s",
                   c->finest.outcome);
}

static gz_status run_all(comparison *c) {
    GZ_TRY(run_reference(c));
    for (size_t i = 0; i < c->count; i++) {
        entry *e = &c->entries[i];
        GZ_TRY(gz_trial_run(c->context, e->deck, &c->settings, &e->trial));
        GZ_TRY(gz_errors_of(c->context, &c->reference, e->deck, &e->trial, &e->errors));
        if (!c->quiet)
            fprintf(stderr, "%zu of %zu: %s, dt = %g, %.3g s: %s\n", i + 1, c->count, e->method, e->dt,
                    e->trial.seconds_median, e->trial.outcome);
        gz_state_destroy(&e->trial.state);
    }
    return GZ_OK;
}

/* In rounds over all rows, so that what else the machine does meanwhile meets all of them alike. */
static gz_status time_again(comparison *c) {
    for (long round = 2; round <= c->repeat; round++) {
        if (!c->quiet) fprintf(stderr, "seconds, round %ld of %ld\n", round, c->repeat);
        for (size_t i = 0; i < c->count; i++)
            GZ_TRY(gz_trial_time_again(c->context, c->entries[i].deck, &c->entries[i].trial));
    }
    return GZ_OK;
}

/* --- tables --- */

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

static void fill_row(const comparison *c, const entry *e, gz_table_cell *cell) {
    const gz_trial *t = &e->trial;
    const double numbers[] = {e->dt,
                              e->tolerance,
                              (double)t->summary.steps,
                              e->errors.l1,
                              e->errors.l2,
                              e->errors.linf,
                              e->errors.entropy,
                              t->seconds_median,
                              t->seconds_least,
                              t->seconds_most,
                              (double)t->summary.applications,
                              (double)t->summary.setups,
                              t->summary.mass_drift,
                              t->summary.momentum_drift,
                              t->summary.energy_drift,
                              t->summary.f_min,
                              (double)t->summary.negative_max,
                              (double)t->entropy_rises,
                              t->defect,
                              t->summary.mean_count > 0 ? t->summary.mean_total : NAN,
                              gz_context_threads(c->context)};
    *cell++ = (gz_table_cell){.text = e->method};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        *cell++ = (gz_table_cell){.number = numbers[i]};
    *cell = (gz_table_cell){.text = t->outcome};
}

static void print(const comparison *c, const gz_table *table) {
    const gz_deck *deck = c->entries[0].deck;
    gz_table_write_text(stdout, table);
    printf("\nerrors are relative to ");
    if (c->finest_deck)
        printf("%s with dt = %g", c->finest_deck->integrator.scheme, c->finest_deck->dt);
    else
        printf("%s", c->reference.path ? c->reference.path : "the exact solution");
    printf(" at t = %g; mobility %s, %d thread%s; seconds of the steps, median of %ld\n", deck->end,
           deck->integrator.mobility, gz_context_threads(c->context),
           gz_context_threads(c->context) == 1 ? "" : "s", c->repeat);
}

static gz_status write_at_error(const comparison *c, const char *directory) {
    gz_work_row rows[MOST_ROWS];
    if (!(c->at_error > 0)) return GZ_OK;
    for (size_t i = 0; i < c->count; i++)
        rows[i] =
            (gz_work_row){c->entries[i].method, c->entries[i].errors.l2, c->entries[i].trial.seconds_median,
                          (double)c->entries[i].trial.summary.applications};
    return gz_at_error_write(c->context, c->count, rows, c->at_error, directory, c->quiet);
}

static gz_status write_files(const comparison *c, const gz_table *table, const char *directory) {
    GZ_TRY(gz_folder_make(c->context, directory));
    GZ_TRY(gz_study_write(c->context, directory, "compare.csv", table, gz_table_write_csv));
    GZ_TRY(gz_study_write(c->context, directory, "compare.json", table, gz_table_write_json));
    GZ_TRY(gz_study_write(c->context, directory, "compare.md", table, gz_table_write_markdown));
    GZ_TRY(gz_study_write(c->context, directory, "compare.tex", table, gz_table_write_latex));
    GZ_TRY(write_at_error(c, directory));
    if (gz_options_has(c->options, "no-plot")) return GZ_OK;
    const char *const words[] = {"--title", c->entries[0].deck->title, "--at-error",
                                 gz_options_value(c->options, "at-error")};
    return gz_study_draw(c->context, directory, "compare", c->quiet, c->at_error > 0 ? 4 : 2, words);
}

static gz_status write_all(const comparison *c, const char *directory) {
    gz_table_cell *cells = NULL;
    GZ_TRY(gz_allocate(c->context, c->count * COLUMN_COUNT, sizeof *cells, &cells));
    for (size_t i = 0; i < c->count; i++) fill_row(c, &c->entries[i], cells + i * COLUMN_COUNT);
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

static gz_status read_at_error(comparison *c) {
    const char *text = gz_options_value(c->options, "at-error");
    char *end = NULL;
    if (!text) return GZ_OK;
    c->at_error = strtod(text, &end);
    if (end == text || *end || !(c->at_error > 0) || !isfinite(c->at_error))
        return gz_fail(c->context, GZ_ERROR_USAGE, "--at-error is %.60s; allowed: a number above 0", text);
    return GZ_OK;
}

static gz_status work(comparison *c) {
    const gz_options *options = c->options;
    const char *directory = gz_options_value(options, "out");
    char name[GZ_FOLDER_NAME];
    gz_folder_of_deck(options->arguments[0], name);
    if (!directory) directory = name;
    GZ_TRY(gz_options_number(c->context, options, "repeat", 1, GZ_MOST_REPEATS, 3, &c->repeat));
    GZ_TRY(read_at_error(c));
    c->settings.certify = gz_options_has(options, "certify");
    GZ_TRY(read_rows(c));
    GZ_TRY(read_reference(c));
    GZ_TRY(gz_folder_check(c->context, directory));
    gz_interrupt_watch();
    GZ_TRY(run_all(c));
    GZ_TRY(time_again(c));
    return write_all(c, directory);
}

static gz_status compare(gz_context *context, const gz_options *options) {
    comparison *c = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *c, &c));
    c->context = context;
    c->options = options;
    c->quiet = gz_options_has(options, "quiet");
    const gz_status status = work(c);
    close_comparison(c);
    gz_release(c);
    return status;
}

static const gz_option OPTIONS[] = {
    {"methods", "NAME,NAME,..",
     "time.scheme of the rows; NAME:log, NAME:flux: space form; NAME@DT: with this dt alone"},
    {"dt", "DT,DT,..", "time steps of every method"},
    {"tolerance", "E,E,..", "for arkode_erk and cvode_bdf, which then choose their steps by it alone"},
    {"reference", "WORD", "exact, finest or a FILE.h5; see above"},
    {"at-error", "E", "also the work of every method at this L2 error, and the first one's relative to it"},
    {"repeat", "N", "integrations for the median of the seconds; default 3"},
    {"certify", NULL, "column J_mean: the defect of every step by an independent certificate"},
    {"no-plot", NULL, "draw no picture"},
    {.name = NULL},
};

const gz_command gz_command_compare = {
    .name = "compare",
    .summary = "the same problem by several integrators: error against work, violations",
    .arguments = "DECK --methods NAME,.. --dt DT,..",
    .least = 1,
    .most = 1,
    .options = OPTIONS,
    .run = compare,
    .help =
        "    grazing compare DECK --methods zero_defect,jko,rk4,rkl2 --dt 0.2,0.1,0.05\n"
        "    grazing compare DECK --methods zero_defect,rk4@5e-4 --dt 0.2,0.1\n"
        "    grazing compare DECK --methods zero_defect,cvode_bdf:log --dt 0.2,0.1 --tolerance 1e-4,1e-6\n"
        "\n"
        "integrates the deck once for each method and dt and compares the last states: relative L1, L2 and\n"
        "largest errors, relative entropy; seconds of the steps (median of --repeat), applications and\n"
        "set-ups of the mobility; largest drifts of mass, momentum, energy; the least f, the most values\n"
        "f <= 0, the steps that raised H, the sum of J. A method that blows up, turns negative or does not\n"
        "converge is a row that says so; the exit status is 0.\n"
        "\n"
        "--reference: `exact` (default where the solution is known), `finest` (default else: the deck's own\n"
        "scheme with the smallest dt / 8), or a file with the same grid that holds the end of the run. The\n"
        "space forms flux and log differ by an error of the grid, so a reference in one form leaves that\n"
        "difference in the errors of the other.\n"
        "\n"
        "--at-error interpolates seconds and applications of every method at one error (at_error.csv, .md).\n"
        "\n"
        "The folder gets compare.csv and compare.json (all columns), compare.md, compare.tex and "
        "compare.png:\n"
        "error against seconds and against applications.",
};
