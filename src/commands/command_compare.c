/* Command compare: one problem solved by several integrators: error against work, and violated invariants.
 *
 *   method        NAME or NAME:FORM, where FORM is the space form (flux | log) of a method that is not
 *                 variational. NAME@DT: one row with this dt, whatever --dt says (the stable dt of an
 *                 explicit method)
 *   fixed steps   one row for each --dt
 *   own steps     arkode_erk and cvode_bdf: one row for each --tolerance, over intervals of the deck's
 *                 time.dt (without transport: over the whole time). Without --tolerance: one for each --dt
 *
 * All decks are read and checked before the first run. A method that blows up, turns negative or does not
 * converge is a row that says so.
 */
#include "comparison.h"
#include "deck_schema.h"
#include "folder.h"
#include "interrupt.h"
#include "program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 40, OWN_SETTINGS = 4 };

static void close_comparison(gz_comparison *c) {
    for (size_t i = 0; i < c->count; i++) {
        gz_trial_free(&c->rows[i].trial);
        gz_deck_destroy(c->rows[i].deck);
    }
    for (int form = 0; form < 2; form++) {
        gz_trial_free(&c->finest[form]);
        gz_deck_destroy(c->finest_deck[form]);
    }
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

typedef char (*word_list)[GZ_LONGEST_WORD];

static gz_status add_all(gz_comparison *c, size_t methods, const word_list method, size_t steps,
                         const word_list dt, size_t tolerances, const word_list tolerance) {
    for (size_t m = 0; m < methods; m++) {
        char scheme[GZ_LONGEST_WORD], *at = strchr(method[m], '@');
        const char *form;
        if (at) *at++ = 0;
        GZ_TRY(read_method(c->context, method[m], scheme, &form));
        if (at)
            GZ_TRY(add(c, method[m], at, true, NULL));
        else if (tolerances > 0 && gz_integrator_chooses_steps(scheme))
            for (size_t k = 0; k < tolerances; k++) GZ_TRY(add(c, method[m], NULL, false, tolerance[k]));
        else
            for (size_t k = 0; k < steps; k++) GZ_TRY(add(c, method[m], dt[k], false, NULL));
    }
    return GZ_OK;
}

static gz_status read_rows(gz_comparison *c) {
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

static gz_space_form form_of(const gz_deck *deck) {
    return gz_integrator_is_variational(deck->integrator.scheme) ? GZ_LOG_FORM : deck->integrator.space_form;
}

/* Load the deck of a fine reference. If scheme is NULL, it keeps the deck's own scheme. */
static gz_status load_finest(gz_comparison *c, const char *scheme, const char *form, double dt,
                             gz_deck **deck) {
    char own[2][GZ_LONGEST_SETTING];
    snprintf(own[0], GZ_LONGEST_SETTING, "time.scheme=%s", scheme ? scheme : "");
    snprintf(own[1], GZ_LONGEST_SETTING, "time.space_form=%s", form ? form : "");
    GZ_TRY(gz_study_deck(c->context, c->options, scheme ? form ? 2 : 1 : 0, own, deck));
    (*deck)->dt = dt;
    return GZ_OK;
}

static gz_status read_reference(gz_comparison *c) {
    const gz_deck *deck = c->rows[0].deck;
    const char *word = gz_options_value(c->options, "reference");
    const bool known = gz_initial_has_exact(&deck->problem, deck->component_count, deck->components);
    const bool forms = word && strcmp(word, "forms") == 0;
    c->reference[0] =
        gz_reference_of(forms ? "finest" : word, known ? GZ_REFERENCE_EXACT : GZ_REFERENCE_FINEST);
    GZ_TRY(gz_reference_check(c->context, &c->reference[0], deck));
    if (c->reference[0].kind == GZ_REFERENCE_FINEST) {
        double least = INFINITY, any = INFINITY;
        for (size_t i = 0; i < c->count; i++) {
            any = fmin(any, c->rows[i].dt);
            if (!c->rows[i].own_dt) least = fmin(least, c->rows[i].dt);
        }
        const double dt = (isfinite(least) ? least : any) / GZ_FINER;
        GZ_TRY(load_finest(c, forms ? "rkl2" : NULL, forms ? "flux" : NULL, dt, &c->finest_deck[0]));
        if (forms) GZ_TRY(load_finest(c, "zero_defect", NULL, dt, &c->finest_deck[1]));
        c->reference[0].finest = &c->finest[0];
    }
    c->reference[1] = c->reference[0];
    if (forms) c->reference[1].finest = &c->finest[1];
    return GZ_OK;
}

/* --- runs --- */

static gz_status run_references(gz_comparison *c) {
    const gz_trial_settings plain = {.certify = false};
    for (int form = 0; form < 2 && c->finest_deck[form]; form++) {
        const gz_deck *deck = c->finest_deck[form];
        if (!c->quiet) fprintf(stderr, "reference: %s, dt = %g\n", deck->integrator.scheme, deck->dt);
        GZ_TRY(gz_trial_run(c->context, deck, &plain, &c->finest[form]));
        if (!c->finest[form].finished)
            return gz_fail(c->context, GZ_ERROR_NOT_CONVERGED, "the reference did not reach its end: %s",
                           c->finest[form].outcome);
    }
    if (!c->finest_deck[1]) return GZ_OK;
    gz_errors errors;
    GZ_TRY(gz_errors_of(c->context, &c->reference[1], c->finest_deck[0], &c->finest[0], &errors));
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

static gz_status read_at_error(gz_comparison *c) {
    const char *text = gz_options_value(c->options, "at-error");
    char *end = NULL;
    if (!text) return GZ_OK;
    c->at_error = strtod(text, &end);
    if (end == text || *end || !(c->at_error > 0) || !isfinite(c->at_error))
        return gz_fail(c->context, GZ_ERROR_USAGE, "--at-error is %.60s; allowed: a number above 0", text);
    return GZ_OK;
}

static gz_status work(gz_comparison *c) {
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
    gz_interrupt_watch(c->context);
    GZ_TRY(run_all(c));
    GZ_TRY(time_again(c));
    return gz_comparison_write(c, directory);
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
    {"dt", "DT,DT,..", "time steps of every method"},
    {"tolerance", "E,E,..", "for arkode_erk and cvode_bdf, which then choose their steps by it alone"},
    {"reference", "WORD", "exact, finest, forms or a FILE.h5; see above"},
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
        "difference in the errors of the other. `forms`: each row against a fine run of its own form, rkl2 "
        "or\n"
        "zero_defect, so that errors are those of time alone; the difference of the forms is printed.\n"
        "\n"
        "--at-error interpolates seconds and applications of every method at one error (at_error.csv, .md).\n"
        "\n"
        "The folder gets compare.csv and compare.json (all columns), compare.md, compare.tex and "
        "compare.png:\n"
        "error against seconds and against applications.",
};
