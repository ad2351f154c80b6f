/* Command compare: one problem solved by several integrators: error against work, and violated invariants.
 *
 *   method        NAME or NAME:FORM, where FORM is the space form (flux | log) of a method that is not
 *                 variational. NAME@DT: one row with this dt, whatever --dt says (the stable dt of an
 *                 explicit method)
 *   fixed steps   one row for each --dt
 *   own steps     arkode_erk and cvode_bdf: one row for each --tolerance, over intervals of the deck's
 *                 time.dt (without transport: over the whole time). Without --tolerance: one for each --dt
 *   order         methods as given; the rows of one method from coarse to fine
 *
 * The two space forms of one grid differ by an error of the grid. A row can therefore only converge in dt to
 * a reference of its own form, and unless an exact solution is known each form has a reference of its own.
 *
 * All decks are read and checked before the first run. A method that blows up, turns negative or does not
 * converge is a row that says so.
 */
#include "comparison.h"
#include "folder.h"
#include "interrupt.h"
#include "ladder.h"
#include "program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 40, OWN_SETTINGS = 4 };

static const char *const FILES[] = {"compare.csv", "compare.json", "compare.md",  "compare.tex",
                                    "compare.png", "at_error.csv", "at_error.md", NULL};

static void close_comparison(gz_comparison *c) {
    for (size_t i = 0; i < c->count; i++) {
        gz_trial_free(&c->rows[i].trial);
        gz_deck_destroy(c->rows[i].deck);
    }
    for (int form = 0; form < 2; form++) {
        gz_trial_free(&c->finest[form]);
        gz_deck_destroy(c->finest_deck[form]);
    }
    gz_folder_close(&c->folder);
}

/* --- before the first run --- */

static bool is_scheme(const char *name) {
    for (size_t i = 0; gz_integrator_name(i); i++)
        if (strcmp(gz_integrator_name(i), name) == 0) return true;
    return false;
}

/* Split a method such as "rk4:log" into its scheme and its form, "" if none is given. */
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

/* Add one row. If dt is NULL, the method chooses its steps inside the deck's intervals. */
static gz_status add(gz_comparison *c, const char *method, const char *dt, bool own_dt,
                     const char *tolerance) {
    char own[OWN_SETTINGS][GZ_LONGEST_SETTING], scheme[GZ_LONGEST_WORD];
    const char *form;
    size_t count = 0;
    GZ_TRY(read_method(c->context, method, scheme, &form));
    if (c->count == GZ_MOST_ROWS)
        return gz_fail(c->context, GZ_ERROR_USAGE, "more than %d rows; give fewer methods or steps",
                       GZ_MOST_ROWS);
    gz_comparison_row *e = &c->rows[c->count];
    snprintf(own[count++], GZ_LONGEST_SETTING, "time.scheme=%s", scheme);
    if (*form) snprintf(own[count++], GZ_LONGEST_SETTING, "time.space_form=%s", form);
    if (dt) snprintf(own[count++], GZ_LONGEST_SETTING, "time.dt=%s", dt);
    if (tolerance) snprintf(own[count++], GZ_LONGEST_SETTING, "time.tolerance=%s", tolerance);
    snprintf(e->method, sizeof e->method, "%s", method);
    e->place = 0;
    while (strcmp(c->rows[e->place].method, method) != 0) e->place++;
    GZ_TRY(gz_study_deck(c->context, c->options, count, own, &e->deck));
    c->count++;
    if (!dt && e->deck->end > 0 &&
        !(!e->deck->problem.collisions_only && e->deck->problem.grid.space_dim > 0))
        e->deck->dt = e->deck->end;
    e->dt = e->deck->dt;
    e->own_dt = own_dt;
    e->tolerance = gz_integrator_chooses_steps(scheme) ? e->deck->integrator.ode_tolerance : NAN;
    return GZ_OK;
}

/* Add the row of NAME@DT. */
static gz_status add_at(gz_comparison *c, const char *method, const char *dt) {
    char option[GZ_LONGEST_WORD + 16], value[1][GZ_LONGEST_WORD];
    snprintf(option, sizeof option, "--methods %s@DT", method);
    snprintf(value[0], sizeof value[0], "%s", dt);
    GZ_TRY(gz_ladder_check(c->context, option, 1, value));
    return add(c, method, dt, true, NULL);
}

typedef char (*word_list)[GZ_LONGEST_WORD];

static gz_status add_all(gz_comparison *c, size_t methods, const word_list method, size_t steps,
                         const word_list dt, size_t tolerances, const word_list tolerance) {
    for (size_t m = 0; m < methods; m++) {
        char scheme[GZ_LONGEST_WORD], *at = strchr(method[m], '@');
        const char *form;
        if (at) *at++ = 0;
        GZ_TRY(read_method(c->context, method[m], scheme, &form));
        if (at)
            GZ_TRY(add_at(c, method[m], at));
        else if (tolerances > 0 && gz_integrator_chooses_steps(scheme))
            for (size_t k = 0; k < tolerances; k++) GZ_TRY(add(c, method[m], NULL, false, tolerance[k]));
        else
            for (size_t k = 0; k < steps; k++) GZ_TRY(add(c, method[m], dt[k], false, NULL));
    }
    return GZ_OK;
}

/* True if the rows are of one method and the first is coarser. */
static bool is_coarser(const gz_comparison_row *a, const gz_comparison_row *b) {
    return a->dt > b->dt || (a->dt == b->dt && a->tolerance > b->tolerance);
}

/* Sort the rows by method, and those of a method from coarse to fine. */
static gz_status sort_rows(gz_comparison *c) {
    for (size_t i = 1; i < c->count; i++)
        for (size_t k = i; k > 0; k--) {
            gz_comparison_row *a = &c->rows[k - 1], *b = &c->rows[k];
            if (a->place < b->place || (a->place == b->place && !is_coarser(b, a))) break;
            const gz_comparison_row kept = *a;
            *a = *b;
            *b = kept;
        }
    for (size_t i = 1; i < c->count; i++) {
        const gz_comparison_row *a = &c->rows[i - 1], *b = &c->rows[i];
        if (a->place == b->place && !is_coarser(a, b))
            return gz_fail(c->context, GZ_ERROR_USAGE, "--methods: %s with dt = %g is there twice", a->method,
                           a->dt);
    }
    return GZ_OK;
}

/* Split the list of an option; *count is 0 if it is not given. Lists of numbers are ladders. */
static gz_status read_list(gz_comparison *c, const char *name, bool is_ladder, word_list *list,
                           size_t *count) {
    const char *text = gz_options_value(c->options, name);
    char option[GZ_LONGEST_WORD];
    if (!text) return GZ_OK;
    GZ_TRY(gz_split_words(c->context, name, text, MOST_WORDS, list, count));
    if (!is_ladder) return GZ_OK;
    snprintf(option, sizeof option, "--%s", name);
    return gz_ladder_check(c->context, option, *count, *list);
}

static gz_status read_rows(gz_comparison *c) {
    static const char *const NAMES[] = {"methods", "dt", "tolerance"};
    word_list lists[3] = {NULL, NULL, NULL};
    size_t counts[3] = {0, 0, 0};
    gz_status status = GZ_OK;
    for (int i = 0; i < 2; i++)
        if (!gz_options_has(c->options, NAMES[i]))
            return gz_fail(
                c->context, GZ_ERROR_USAGE,
                "--%s is missing; such as --methods zero_defect,jko,rk4,cvode_bdf --dt 0.2,0.1,0.05",
                NAMES[i]);
    for (int i = 0; i < 3 && status == GZ_OK; i++)
        status = read_list(c, NAMES[i], i > 0, &lists[i], &counts[i]);
    if (status == GZ_OK) status = add_all(c, counts[0], lists[0], counts[1], lists[1], counts[2], lists[2]);
    for (int i = 0; i < 3; i++) gz_release(lists[i]);
    return status == GZ_OK ? sort_rows(c) : status;
}

/* --- the reference --- */

static gz_space_form form_of(const gz_deck *deck) {
    return gz_integrator_is_variational(deck->integrator.scheme) ? GZ_LOG_FORM : deck->integrator.space_form;
}

/* The dt of the fine runs. */
static double fine_dt(const gz_comparison *c) {
    double least = INFINITY, any = INFINITY;
    for (size_t i = 0; i < c->count; i++) {
        any = fmin(any, c->rows[i].dt);
        if (!c->rows[i].own_dt) least = fmin(least, c->rows[i].dt);
    }
    return (isfinite(least) ? least : any) / GZ_FINER;
}

/* Load the deck of the fine run in a form, by rkl2 or zero_defect. */
static gz_status load_form(gz_comparison *c, gz_space_form form) {
    char own[2][2][GZ_LONGEST_SETTING] = {{"time.scheme=rkl2", "time.space_form=flux"},
                                          {"time.scheme=zero_defect"}};
    return gz_study_deck(c->context, c->options, form == GZ_FLUX_FORM ? 2 : 1, own[form],
                         &c->finest_deck[form]);
}

/* Load the decks of the fine runs. With the reference `finest` the other form, if there are rows of it, has a
 * fine run too, which says where these rows stagnate. */
static gz_status load_fine(gz_comparison *c) {
    if (!c->forms) {
        gz_deck *deck = NULL;
        GZ_TRY(gz_study_deck(c->context, c->options, 0, NULL, &deck));
        c->own = form_of(deck);
        c->finest_deck[c->own] = deck;
    }
    for (int form = 0; form < 2; form++) {
        if (c->used[form] && !c->finest_deck[form]) GZ_TRY(load_form(c, (gz_space_form)form));
        if (c->finest_deck[form]) c->finest_deck[form]->dt = fine_dt(c);
        c->reference[form].finest = &c->finest[c->forms ? form : (int)c->own];
    }
    return GZ_OK;
}

static gz_status read_reference(gz_comparison *c) {
    const gz_deck *deck = c->rows[0].deck;
    const char *word = gz_options_value(c->options, "reference");
    const bool known = gz_initial_has_exact(&deck->problem, deck->component_count, deck->components);
    c->forms = word ? strcmp(word, "forms") == 0 : !known;
    for (size_t i = 0; i < c->count; i++) c->used[form_of(c->rows[i].deck)] = true;
    c->between_forms = NAN;
    const gz_reference reference = gz_reference_of(c->forms ? "finest" : word, GZ_REFERENCE_EXACT);
    GZ_TRY(gz_reference_check(c->context, &reference, deck));
    c->reference[0] = c->reference[1] = reference;
    return reference.kind == GZ_REFERENCE_FINEST ? load_fine(c) : GZ_OK;
}

/* --- runs --- */

static gz_status run_references(gz_comparison *c) {
    const gz_trial_settings plain = {.certify = false};
    for (int form = 0; form < 2; form++) {
        const gz_deck *deck = c->finest_deck[form];
        if (!deck) continue;
        if (!c->quiet) fprintf(stderr, "reference: %s, dt = %g\n", deck->integrator.scheme, deck->dt);
        GZ_TRY(gz_trial_run(c->context, deck, &plain, &c->finest[form]));
        if (!c->finest[form].finished)
            return gz_fail(c->context, GZ_ERROR_NOT_CONVERGED, "the reference did not reach its end: %s",
                           c->finest[form].outcome);
    }
    if (!c->finest_deck[0] || !c->finest_deck[1]) return GZ_OK;
    const gz_reference log_form = {.kind = GZ_REFERENCE_FINEST, .finest = &c->finest[GZ_LOG_FORM]};
    gz_errors errors;
    GZ_TRY(gz_errors_of(c->context, &log_form, c->finest_deck[0], &c->finest[0], &errors));
    c->between_forms = errors.l2;
    return GZ_OK;
}

static gz_status run_all(gz_comparison *c) {
    GZ_TRY(run_references(c));
    for (size_t i = 0; i < c->count; i++) {
        gz_comparison_row *e = &c->rows[i];
        GZ_TRY(gz_trial_run(c->context, e->deck, &c->settings, &e->trial));
        GZ_TRY(gz_errors_of(c->context, &c->reference[form_of(e->deck)], e->deck, &e->trial, &e->errors));
        if (!c->quiet)
            fprintf(stderr, "%zu of %zu: %s, dt = %g, %.3g s: %s\n", i + 1, c->count, e->method, e->dt,
                    e->trial.seconds_median, e->trial.outcome);
        if (!c->quiet) gz_trial_warn(&e->trial, i > 0 ? &c->rows[i - 1].trial : NULL);
        gz_state_free(&e->trial.state);
    }
    return GZ_OK;
}

/* Repeat the runs in rounds over all rows, so that other work of the machine disturbs all rows alike. */
static gz_status time_again(gz_comparison *c) {
    for (long round = 2; round <= c->repeat; round++) {
        if (!c->quiet) fprintf(stderr, "seconds, round %ld of %ld\n", round, c->repeat);
        for (size_t i = 0; i < c->count; i++)
            GZ_TRY(gz_trial_time_again(c->context, c->rows[i].deck, &c->rows[i].trial));
    }
    return GZ_OK;
}

/* --- the command --- */

static gz_status read_at_errors(gz_comparison *c) {
    const char *text = gz_options_value(c->options, "at-error");
    word_list words = NULL;
    size_t count = 0;
    if (!text) return GZ_OK;
    GZ_TRY(gz_split_words(c->context, "at-error", text, GZ_MOST_AT_ERRORS, &words, &count));
    const gz_status status = gz_ladder_check(c->context, "--at-error", count, words);
    for (size_t i = 0; i < count && status == GZ_OK; i++) c->at_errors[i] = strtod(words[i], NULL);
    if (status == GZ_OK) c->at_error_count = count;
    gz_release(words);
    return status;
}

static gz_status work(gz_comparison *c) {
    const gz_options *options = c->options;
    GZ_TRY(gz_options_number(c->context, options, "repeat", 1, GZ_MOST_REPEATS, 3, &c->repeat));
    GZ_TRY(read_at_errors(c));
    GZ_TRY(gz_comparison_check_columns(c));
    c->settings.certify = gz_options_has(options, "certify");
    GZ_TRY(read_rows(c));
    GZ_TRY(read_reference(c));
    GZ_TRY(gz_folder_open(c->context, options, options->arguments[0], FILES, &c->folder));
    gz_interrupt_watch(c->context, false);
    GZ_TRY(run_all(c));
    GZ_TRY(time_again(c));
    return gz_comparison_write(c);
}

static gz_status compare(gz_context *context, const gz_options *options) {
    gz_comparison *c = NULL;
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
    {"dt", "DT,DT,..", "time steps of every method, above 0, in any order"},
    {"tolerance", "E,E,..", "for arkode_erk and cvode_bdf, which then choose their steps by it alone"},
    {"reference", "WORD", "exact, forms, finest or a FILE.h5; see above"},
    {"columns", "NAME,NAME,..",
     "the columns of the tables, in this order; such as method,dt,error_L2,seconds"},
    {"at-error", "E,E,..",
     "also the work of every method at these L2 errors, and the first one's relative to it"},
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
        "converge is a row that says so; the exit status is 0. The rows of a method go from coarse to fine.\n"
        "\n"
        "--reference: `exact` (default where the solution is known); `forms` (default else: each row "
        "against\n"
        "a fine run of its own space form, rkl2 or zero_defect with the smallest dt / 8); `finest` (for all\n"
        "rows the deck's own scheme with that dt); or a file with the same grid that holds the end of the\n"
        "run. The space forms flux and log differ by an error of the grid, at which rows of the other form\n"
        "stagnate if there is one reference for both: a line under the table says so. With `forms` errors\n"
        "are those of time alone, and the difference of the forms is printed.\n"
        "\n"
        "--at-error interpolates seconds, applications and set-ups of every method at one error or several\n"
        "(at_error.csv, .md), between rows that no other row of the method beats in both error and work. A\n"
        "right-hand side of most methods is one application and one set-up, so `work` counts both together;\n"
        "`positive` tells whether the rows that were used keep f > 0.\n"
        "\n"
        "The folder gets compare.csv, compare.md and compare.tex (the columns of --columns; without it\n"
        "compare.csv has all, the others those that are shown), compare.json (all columns) and compare.png:\n"
        "error against seconds and against work. One that holds these is refused without "
        "--overwrite.",
};
