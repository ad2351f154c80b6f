/* Command converge: a ladder of levels over any numeric key of a deck, and the order of its error.
 *
 *   h of a level   the value of the first key that is varied; 1/(n - 1) for grid.v.nodes, 1/n for other whole
 *                  numbers
 *   order          p of e = C h^p, between two levels and fitted to all of them (order_fit.h)
 *   limit          of H at the end, by Richardson extrapolation from the last three levels
 *
 * The decks of all levels are read and checked before the first one is integrated, and their grids must nest.
 */
#include "budget.h"
#include "deck_schema.h"
#include "folder.h"
#include "interrupt.h"
#include "order_fit.h"
#include "program.h"
#include "study.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_KEYS = 6, MOST_LEVELS = 40, MORE_COLUMNS = 22 };

typedef struct ladder {
    gz_context *context;
    size_t key_count, level_count;
    char keys[MOST_KEYS][GZ_LONGEST_WORD];
    char (*values[MOST_KEYS])[GZ_LONGEST_WORD]; /* [key][level] */
    gz_deck *decks[MOST_LEVELS];
    gz_trial trials[MOST_LEVELS];
    gz_errors errors[MOST_LEVELS];
    double h[MOST_LEVELS], error[MOST_LEVELS], order[MOST_LEVELS]; /* error: relative L2 */
    gz_reference reference;
    double h_reference; /* 0 unless the reference is the finest level */
    gz_order_fit fit;
    double expected, within; /* expected is NAN if any order will do */
    bool quiet;
} ladder;

static void close_ladder(ladder *l) {
    for (size_t k = 0; k < l->key_count; k++) gz_release(l->values[k]);
    for (size_t k = 0; k < l->level_count; k++) {
        gz_trial_free(&l->trials[k]);
        gz_deck_destroy(l->decks[k]);
    }
}

/* --- before the first level --- */

/* The key at a path such as "initial.0.density"; NULL if there is none or if it is not numeric. */
static const gz_key *find_key(const char *path) {
    const gz_key *keys = gz_deck_keys;
    if (strncmp(path, "initial.", 8) == 0) {
        const char *dot = strchr(path + 8, '.');
        if (!dot) return NULL;
        keys = gz_component_keys;
        path = dot + 1;
    }
    for (; keys->path; keys++)
        if (strcmp(keys->path, path) == 0)
            return keys->type == GZ_KEY_COUNT || keys->type == GZ_KEY_INTEGER || keys->type == GZ_KEY_NUMBER
                       ? keys
                       : NULL;
    return NULL;
}

static gz_status read_vary(ladder *l, const char *text) {
    const char *equals = strchr(text, '=');
    size_t count = 0;
    if (!equals || equals == text || equals - text >= GZ_LONGEST_WORD)
        return gz_fail(l->context, GZ_ERROR_USAGE,
                       "--vary is %.80s; it takes KEY=VALUE,VALUE,.. such as time.dt=0.2,0.1,0.05", text);
    if (l->key_count == MOST_KEYS)
        return gz_fail(l->context, GZ_ERROR_USAGE, "at most %d keys can be varied together", MOST_KEYS);
    char *key = l->keys[l->key_count];
    snprintf(key, GZ_LONGEST_WORD, "%.*s", (int)(equals - text), text);
    if (!find_key(key))
        return gz_fail(l->context, GZ_ERROR_USAGE,
                       "--vary %s: that is no numeric key of a deck; `grazing info --keys` lists them", key);
    GZ_TRY(gz_split_words(l->context, "vary", equals + 1, MOST_LEVELS, &l->values[l->key_count], &count));
    l->key_count++;
    if (l->key_count == 1) l->level_count = count;
    if (count == l->level_count) return GZ_OK;
    return gz_fail(l->context, GZ_ERROR_USAGE,
                   "--vary %s has %zu values, --vary %s has %zu; keys varied together need as many",
                   l->keys[0], l->level_count, key, count);
}

static gz_status read_number(gz_context *context, const gz_options *options, const char *name,
                             double *number) {
    const char *text = gz_options_value(options, name);
    if (!text) return GZ_OK;
    char *end = NULL;
    *number = strtod(text, &end);
    if (end == text || *end || !isfinite(*number))
        return gz_fail(context, GZ_ERROR_USAGE, "--%s is %.60s; allowed: a number", name, text);
    return GZ_OK;
}

static gz_status read_options(ladder *l, const gz_options *options) {
    l->expected = NAN;
    l->within = 0.1;
    for (size_t i = 0; i < options->value_count; i++)
        if (strcmp(options->values[i].name, "vary") == 0) GZ_TRY(read_vary(l, options->values[i].value));
    if (l->key_count == 0)
        return gz_fail(l->context, GZ_ERROR_USAGE,
                       "--vary is missing: which key, with which values? such as --vary "
                       "time.dt=0.2,0.1,0.05; or --budget");
    if (l->level_count < 2)
        return gz_fail(l->context, GZ_ERROR_USAGE, "--vary %s has one value; a ladder needs two or more",
                       l->keys[0]);
    GZ_TRY(read_number(l->context, options, "expect-order", &l->expected));
    GZ_TRY(read_number(l->context, options, "within", &l->within));
    if (gz_options_has(options, "within") && !gz_options_has(options, "expect-order"))
        return gz_fail(l->context, GZ_ERROR_USAGE, "--within E needs --expect-order P");
    return GZ_OK;
}

static double step_of(const char *key, const char *value) {
    const double number = strtod(value, NULL);
    if (strcmp(key, "grid.v.nodes") == 0) return 1 / (number - 1);
    return find_key(key)->type == GZ_KEY_NUMBER ? number : 1 / number;
}

static gz_status load_levels(ladder *l, const gz_options *options) {
    for (size_t level = 0; level < l->level_count; level++) {
        char own[MOST_KEYS][GZ_LONGEST_SETTING];
        for (size_t k = 0; k < l->key_count; k++)
            snprintf(own[k], GZ_LONGEST_SETTING, "%s=%s", l->keys[k], l->values[k][level]);
        GZ_TRY(gz_study_deck(l->context, options, l->key_count, own, &l->decks[level]));
        l->h[level] = step_of(l->keys[0], l->values[0][level]);
    }
    return GZ_OK;
}

/* If the grid is varied, errors are against the exact solution, if it is known. Otherwise they are against
 * the last level: all levels then have the same error of the grid, which does not hide that of the key. */
static gz_reference_kind default_reference(const ladder *l) {
    const gz_deck *deck = l->decks[0];
    for (size_t k = 0; k < l->key_count; k++)
        if (strncmp(l->keys[k], "grid.", 5) == 0 &&
            gz_initial_has_exact(&deck->problem, deck->component_count, deck->components))
            return GZ_REFERENCE_EXACT;
    return GZ_REFERENCE_FINEST;
}

static gz_status check_reference(ladder *l, const char *word) {
    const size_t last = l->level_count - 1;
    l->reference = gz_reference_of(word, default_reference(l));
    for (size_t k = 0; k < l->level_count; k++) {
        if (l->reference.kind == GZ_REFERENCE_FINEST)
            GZ_TRY(gz_reference_check_nested(l->context, &l->decks[k]->problem.grid,
                                             &l->decks[last]->problem.grid));
        else
            GZ_TRY(gz_reference_check(l->context, &l->reference, l->decks[k]));
    }
    if (l->reference.kind != GZ_REFERENCE_FINEST) return GZ_OK;
    l->reference.finest = &l->trials[last];
    l->h_reference = l->h[last];
    if (l->level_count > 2) return GZ_OK;
    return gz_fail(l->context, GZ_ERROR_USAGE,
                   "two levels give one error against the finest and no order; give three or more");
}

/* --- levels --- */

static gz_status integrate_levels(ladder *l, const gz_trial_settings *settings) {
    for (size_t level = 0; level < l->level_count; level++) {
        gz_trial *trial = &l->trials[level];
        GZ_TRY(gz_trial_run(l->context, l->decks[level], settings, trial));
        if (!l->quiet)
            fprintf(stderr, "level %zu of %zu: %s = %s, %ld steps, %.3g s: %s\n", level + 1, l->level_count,
                    l->keys[0], l->values[0][level], trial->summary.steps, trial->seconds_median,
                    trial->outcome);
    }
    const gz_trial *last = &l->trials[l->level_count - 1];
    if (l->reference.kind == GZ_REFERENCE_FINEST && !last->finished)
        return gz_fail(l->context, GZ_ERROR_NOT_CONVERGED,
                       "the finest level, the reference of all others, did not reach its end: %s",
                       last->outcome);
    return GZ_OK;
}

static gz_status find_orders(ladder *l) {
    for (size_t k = 0; k < l->level_count; k++) {
        GZ_TRY(gz_errors_of(l->context, &l->reference, l->decks[k], &l->trials[k], &l->errors[k]));
        l->error[k] = l->errors[k].l2;
        l->order[k] =
            k == 0 ? NAN
                   : gz_order_between(l->h[k - 1], l->error[k - 1], l->h[k], l->error[k], l->h_reference);
    }
    l->fit = gz_order_fit_of(l->level_count, l->h, l->error, l->h_reference);
    return GZ_OK;
}

/* --- tables --- */

typedef struct sheet {
    gz_table_column columns[MOST_KEYS + MORE_COLUMNS];
    gz_table_cell cells[MOST_LEVELS * (MOST_KEYS + MORE_COLUMNS)];
    gz_table table;
} sheet;

static void fill_columns(const ladder *l, sheet *s) {
    static const gz_table_column MORE[] = {
        {"steps", "steps", NULL, 'f', 0},
        {"error_L2", "error L2", "$L^2$ error", 'e', 3},
        {"order", "order", NULL, 'f', 2},
        {"error_L1", "L1", "$L^1$", 'e', 2},
        {"error_Linf", "Linf", "$L^\\infty$", 'e', 2},
        {"relative_entropy", "entropy", "$\\mathcal{H}(f|g)$", 'e', 2},
        {"J", "sum J", "$\\sum J$", 'e', 1},
        {"J_mean", "J_mean", NULL, 0, 0},
        {"H", "H", "$\\mathcal{H}$", 'f', 8},
        {"seconds", "seconds", NULL, 'g', 3},
        {"applications", "applications", NULL, 'f', 0},
        {"f_min", "f_min", NULL, 0, 0},
        {"mass_drift", "mass", NULL, 0, 0},
        {"momentum_drift", "momentum", NULL, 0, 0},
        {"energy_drift", "energy", NULL, 0, 0},
        {"h", "h", NULL, 0, 0},
        {"outcome", "outcome", NULL, 's', 0},
    };
    const size_t more = sizeof MORE / sizeof *MORE;
    for (size_t k = 0; k < l->key_count; k++)
        s->columns[k] = (gz_table_column){l->keys[k], l->keys[k], NULL, 'g', 6};
    memcpy(s->columns + l->key_count, MORE, sizeof MORE);
    s->table = (gz_table){l->key_count + more, l->level_count, s->columns, s->cells};
}

static void fill_cells(const ladder *l, sheet *s) {
    gz_table_cell *cell = s->cells;
    for (size_t level = 0; level < l->level_count; level++) {
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
                                  l->h[level]};
        for (size_t k = 0; k < l->key_count; k++)
            *cell++ = (gz_table_cell){.number = strtod(l->values[k][level], NULL)};
        for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
            *cell++ = (gz_table_cell){.number = numbers[i]};
        *cell++ = (gz_table_cell){.text = t->outcome};
    }
}

static void print_fit(const ladder *l) {
    static const char *const NAMES[] = {"the exact solution", "the last level", "the file"};
    const size_t n = l->level_count;
    printf("\nerrors are relative to %s%s%s\n", NAMES[l->reference.kind], l->reference.path ? " " : "",
           l->reference.path ? l->reference.path : "");
    if (isfinite(l->fit.interval))
        printf("order %.3f +- %.3f (95 %%, least squares over %zu levels)\n", l->fit.order, l->fit.interval,
               l->fit.levels);
    else if (isfinite(l->fit.order))
        printf("order %.3f (from two levels)\n", l->fit.order);
    else
        printf("no order: fewer than two levels have an error\n");
    if (n < 3) return;
    double entropies[3], order;
    for (size_t k = 0; k < 3; k++) entropies[k] = l->trials[n - 3 + k].entropy;
    const double limit = gz_order_limit(&l->h[n - 3], entropies, &order);
    if (isfinite(limit))
        printf("H tends to %.12g (Richardson, order %.2f; the last level is off by %.1e)\n", limit, order,
               entropies[2] - limit);
    else
        printf("H of the last three levels does not close up on a limit\n");
}

static gz_status write_files(const ladder *l, const sheet *s, const gz_options *options,
                             const char *directory) {
    GZ_TRY(gz_folder_make(l->context, directory));
    GZ_TRY(gz_study_write(l->context, directory, "converge.csv", &s->table, gz_table_write_csv));
    GZ_TRY(gz_study_write(l->context, directory, "converge.md", &s->table, gz_table_write_markdown));
    GZ_TRY(gz_study_write(l->context, directory, "converge.tex", &s->table, gz_table_write_latex));
    if (gz_options_has(options, "no-plot")) return GZ_OK;
    char order[40];
    snprintf(order, sizeof order, "%.6g", l->fit.order);
    const char *const words[] = {"--key", l->keys[0], "--order", order, "--title", l->decks[0]->title};
    return gz_study_draw(l->context, directory, "converge", l->quiet, 6, words);
}

/* --- the verdict --- */

static gz_status judge(const ladder *l) {
    for (size_t k = 0; k < l->level_count; k++)
        if (!l->trials[k].finished)
            return gz_fail(l->context, GZ_ERROR_NOT_CONVERGED, "level %s = %s did not reach its end: %s",
                           l->keys[0], l->values[0][k], l->trials[k].outcome);
    if (isnan(l->expected) || fabs(l->fit.order - l->expected) <= l->within) return GZ_OK;
    return gz_fail(l->context, GZ_ERROR_INTERNAL, "the order is %.3f; expected %g within %g", l->fit.order,
                   l->expected, l->within);
}

static gz_status climb(ladder *l, const gz_options *options) {
    const char *directory = gz_options_value(options, "out");
    char name[GZ_FOLDER_NAME];
    const gz_trial_settings settings = {.certify = gz_options_has(options, "certify")};
    sheet *s = NULL;
    gz_folder_of_deck(options->arguments[0], name);
    if (!directory) directory = name;
    GZ_TRY(read_options(l, options));
    GZ_TRY(load_levels(l, options));
    GZ_TRY(check_reference(l, gz_options_value(options, "reference")));
    GZ_TRY(gz_folder_check(l->context, directory));
    gz_interrupt_watch(l->context);
    GZ_TRY(integrate_levels(l, &settings));
    GZ_TRY(find_orders(l));
    GZ_TRY(gz_allocate(l->context, 1, sizeof *s, &s));
    fill_columns(l, s);
    fill_cells(l, s);
    if (!l->quiet) {
        gz_table_write_text(stdout, &s->table);
        print_fit(l);
        fflush(stdout);
    }
    const gz_status status = write_files(l, s, options, directory);
    if (!l->quiet && status == GZ_OK) printf("\n%s: converge.csv converge.md converge.tex\n", directory);
    gz_release(s);
    return status == GZ_OK ? judge(l) : status;
}

static gz_status converge(gz_context *context, const gz_options *options) {
    ladder *l = NULL;
    if (gz_options_has(options, "budget")) return gz_budget(context, options);
    GZ_TRY(gz_allocate(context, 1, sizeof *l, &l));
    l->context = context;
    l->quiet = gz_options_has(options, "quiet");
    const gz_status status = climb(l, options);
    close_ladder(l);
    gz_release(l);
    return status;
}

static const gz_option OPTIONS[] = {
    {"vary", "KEY=V,V,..", "the ladder, coarse to fine; repeated: keys that go up together"},
    {"budget", NULL, "instead of a ladder: refine time, splitting, v grid, box, x grid once each; see above"},
    {"reference", "WORD", "exact, finest (the last level) or a FILE.h5; see above"},
    {"expect-order", "P", "exit with status 1 unless the fitted order is P .."},
    {"within", "E", ".. within E; default 0.1"},
    {"certify", NULL, "column J_mean: the defect of every step by an independent certificate"},
    {"no-plot", NULL, "draw no picture"},
    {.name = NULL},
};

const gz_command gz_command_converge = {
    .name = "converge",
    .summary = "a ladder over any numeric key: errors, observed order, limit; an error budget",
    .arguments = "DECK --vary KEY=V,V,.. | --budget",
    .least = 1,
    .most = 1,
    .options = OPTIONS,
    .run = converge,
    .help =
        "    grazing converge DECK --vary time.dt=0.2,0.1,0.05,0.025 --expect-order 2 --within 0.1\n"
        "    grazing converge DECK --vary grid.v.nodes=17,33,65 --set grid.v.order=4\n"
        "    grazing converge DECK --vary time.dt=0.2,0.1,0.05 --vary grid.x.cells=5,15,45\n"
        "    grazing converge DECK --budget\n"
        "\n"
        "runs the deck once a level and compares the last states: relative L1, L2 and largest errors,\n"
        "relative entropy, the order between levels and that fitted to all L2 errors, J, H and its\n"
        "Richardson limit, seconds. A level is as fine as the first key says: h is its value, 1/(n - 1) for\n"
        "grid.v.nodes, 1/n for other whole numbers.\n"
        "\n"
        "--reference: `exact` where the solution is known (default if a key of grid is varied); `finest`, "
        "the\n"
        "last level (default else; orders allow for its own error); or a file with the same grid that holds\n"
        "the end of the run. Levels on other grids than the last one are compared on their own nodes, which\n"
        "must be among those of the last.\n"
        "\n"
        "--budget says where the error of the deck's own run comes from: collisions in halves of dt (time), "
        "all\n"
        "of a step in halves against that (splitting), 2n - 1 nodes (v grid), a wider box, three times the\n"
        "cells (x grid); each alone, by how far it moves the last state, with its share of the sum.\n"
        "\n"
        "The folder gets converge.csv, converge.md, converge.tex and converge.png; or those of budget.",
};
