/* Command converge: a ladder of levels over any numeric key of a deck, and the order of its error.
 *
 *   h of a level   from the value of the first key that is varied (ladder.h); levels go from coarse to fine
 *   order          p of e = C h^p, between two levels and fitted to all of them (order_fit.h)
 *   limit          of H at the end, by Richardson extrapolation from the last three levels
 *
 * The decks of all levels are read and checked before the first one is integrated.
 */
#include "budget.h"
#include "convergence.h"
#include "deck_schema.h"
#include "excerpt.h"
#include "folder.h"
#include "interrupt.h"
#include "ladder.h"
#include "program.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const FILES[] = {"converge.csv", "converge.json", "converge.md",
                                    "converge.tex", "converge.png",  NULL};

static void close_ladder(gz_convergence *l) {
    gz_folder_close(&l->folder);
    for (size_t k = 0; k < l->key_count; k++) gz_release(l->values[k]);
    for (size_t k = 0; k < l->level_count; k++) {
        gz_trial_free(&l->trials[k]);
        gz_deck_destroy(l->decks[k]);
    }
}

/* --- before the first level --- */

/* The key at a path such as "initial.0.density"; NULL if there is none or if it is not numeric. */
static const gz_key *find_key(const char *path) {
    static const char SPECIES[] = "model.species.";
    const bool species = strncmp(path, SPECIES, sizeof SPECIES - 1) == 0;
    const gz_key *keys = gz_deck_keys;
    if (species || strncmp(path, "initial.", 8) == 0) {
        const char *dot = strchr(path + (species ? sizeof SPECIES - 1 : 8), '.');
        if (!dot) return NULL;
        keys = species ? gz_species_keys : gz_component_keys;
        path = dot + 1;
    }
    for (; keys->path; keys++)
        if (strcmp(keys->path, path) == 0)
            return keys->type == GZ_KEY_COUNT || keys->type == GZ_KEY_INTEGER || keys->type == GZ_KEY_NUMBER
                       ? keys
                       : NULL;
    return NULL;
}

static gz_status read_vary(gz_convergence *l, const char *text) {
    const char *equals = strchr(text, '=');
    char shown[GZ_SHOWN];
    size_t count = 0;
    if (!equals || equals == text || equals - text >= GZ_LONGEST_WORD)
        return gz_fail(l->context, GZ_ERROR_USAGE,
                       "--vary is %s; it takes KEY=VALUE,VALUE,.. such as time.dt=0.2,0.1,0.05",
                       gz_excerpt(text, sizeof shown, shown));
    if (l->key_count == GZ_MOST_KEYS)
        return gz_fail(l->context, GZ_ERROR_USAGE, "at most %d keys can be varied together", GZ_MOST_KEYS);
    char *key = l->keys[l->key_count];
    snprintf(key, GZ_LONGEST_WORD, "%.*s", (int)(equals - text), text);
    if (!find_key(key))
        return gz_fail(l->context, GZ_ERROR_USAGE,
                       "--vary %s: that is no numeric key of a deck; `grazing info --keys` lists them", key);
    GZ_TRY(gz_split_words(l->context, "vary", equals + 1, GZ_MOST_LEVELS, &l->values[l->key_count], &count));
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
    char *end = NULL, shown[GZ_SHOWN];
    *number = strtod(text, &end);
    if (end == text || *end || !isfinite(*number))
        return gz_fail(context, GZ_ERROR_USAGE, "--%s is %s; allowed: a number", name,
                       gz_excerpt(text, sizeof shown, shown));
    return GZ_OK;
}

/* Check the values of all keys, and sort the levels. */
static gz_status sort_levels(gz_convergence *l) {
    char option[GZ_LONGEST_WORD + 8];
    for (size_t k = 0; k < l->key_count; k++) {
        snprintf(option, sizeof option, "--vary %s", l->keys[k]);
        GZ_TRY(gz_ladder_check(l->context, option, l->level_count, l->values[k]));
        for (size_t j = 0; j < k; j++)
            if (strcmp(l->keys[j], l->keys[k]) == 0)
                return gz_fail(l->context, GZ_ERROR_USAGE, "%s is given twice; one ladder a key", option);
    }
    const bool whole = find_key(l->keys[0])->type != GZ_KEY_NUMBER;
    for (size_t level = 0; level < l->level_count; level++)
        l->h[level] = gz_ladder_h(l->keys[0], whole, l->values[0][level]);
    gz_ladder_sort(l->level_count, l->h, l->key_count, l->values);
    for (size_t k = 1; k < l->key_count; k++)
        if (!gz_ladder_is_monotone(l->level_count, l->values[k]))
            return gz_fail(
                l->context, GZ_ERROR_USAGE,
                "--vary %s goes up and down while %s goes from coarse to fine; keys that are varied "
                "together must be monotone, value for value",
                l->keys[k], l->keys[0]);
    return GZ_OK;
}

static gz_status read_options(gz_convergence *l, const gz_options *options) {
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
    GZ_TRY(sort_levels(l));
    GZ_TRY(read_number(l->context, options, "expect-order", &l->expected));
    GZ_TRY(read_number(l->context, options, "within", &l->within));
    if (gz_options_has(options, "within") && !gz_options_has(options, "expect-order"))
        return gz_fail(l->context, GZ_ERROR_USAGE, "--within E needs --expect-order P");
    return GZ_OK;
}

static gz_status load_levels(gz_convergence *l, const gz_options *options) {
    for (size_t level = 0; level < l->level_count; level++) {
        char own[GZ_MOST_KEYS][GZ_LONGEST_SETTING];
        for (size_t k = 0; k < l->key_count; k++)
            snprintf(own[k], GZ_LONGEST_SETTING, "%s=%s", l->keys[k], l->values[k][level]);
        GZ_TRY(gz_study_deck(l->context, options, l->key_count, own, &l->decks[level]));
    }
    return GZ_OK;
}

/* If the grid is varied, errors are against the exact solution, if it is known. Otherwise they are against
 * the last level: all levels then have the same error of the grid, which does not hide that of the key. */
static gz_reference_kind default_reference(const gz_convergence *l) {
    const gz_deck *deck = l->decks[0];
    for (size_t k = 0; k < l->key_count; k++)
        if (strncmp(l->keys[k], "grid.", 5) == 0 &&
            gz_initial_has_exact(&deck->problem, deck->component_count, deck->components))
            return GZ_REFERENCE_EXACT;
    return GZ_REFERENCE_FINEST;
}

static gz_status check_reference(gz_convergence *l, const char *word) {
    const size_t last = l->level_count - 1;
    l->reference = gz_reference_of(word, default_reference(l));
    for (size_t k = 0; k < l->level_count; k++) {
        const gz_phase_grid_settings *grid = &l->decks[k]->problem.grid,
                                     *fine = &l->decks[last]->problem.grid;
        if (l->reference.kind == GZ_REFERENCE_FINEST) {
            GZ_TRY(gz_reference_check_levels(l->context, grid, fine));
            l->interpolated = l->interpolated || !gz_reference_is_nested(grid, fine);
        } else {
            GZ_TRY(gz_reference_check(l->context, &l->reference, l->decks[k]));
        }
    }
    if (l->reference.kind != GZ_REFERENCE_FINEST) return GZ_OK;
    l->reference.finest = &l->trials[last];
    l->h_reference = l->h[last];
    if (l->level_count > 2) return GZ_OK;
    return gz_fail(l->context, GZ_ERROR_USAGE,
                   "two levels give one error against the finest and no order; give three or more");
}

/* --- levels --- */

static gz_status integrate_levels(gz_convergence *l, const gz_trial_settings *settings) {
    for (size_t level = 0; level < l->level_count; level++) {
        gz_trial *trial = &l->trials[level];
        GZ_TRY(gz_trial_run(l->context, l->decks[level], settings, trial));
        if (!l->quiet) gz_trial_warn(trial, level > 0 ? trial - 1 : NULL);
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

static gz_status find_orders(gz_convergence *l) {
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

/* --- the verdict --- */

static gz_status judge(const gz_convergence *l) {
    for (size_t k = 0; k < l->level_count; k++)
        if (!l->trials[k].finished)
            return gz_fail(l->context, GZ_ERROR_NOT_CONVERGED, "level %s = %s did not reach its end: %s",
                           l->keys[0], l->values[0][k], l->trials[k].outcome);
    if (isnan(l->expected) || fabs(l->fit.order - l->expected) <= l->within) return GZ_OK;
    return gz_fail(l->context, GZ_ERROR_INTERNAL, "the order is %.3f; expected %g within %g", l->fit.order,
                   l->expected, l->within);
}

static gz_status climb(gz_convergence *l) {
    const gz_options *options = l->options;
    const gz_trial_settings settings = {.certify = gz_options_has(options, "certify")};
    GZ_TRY(read_options(l, options));
    GZ_TRY(gz_convergence_check_columns(l));
    GZ_TRY(load_levels(l, options));
    GZ_TRY(check_reference(l, gz_options_value(options, "reference")));
    GZ_TRY(gz_folder_open(l->context, options, options->arguments[0], FILES, &l->folder));
    gz_interrupt_watch(l->context, false);
    GZ_TRY(integrate_levels(l, &settings));
    GZ_TRY(find_orders(l));
    GZ_TRY(gz_convergence_write(l));
    return judge(l);
}

static gz_status converge(gz_context *context, const gz_options *options) {
    gz_convergence *l = NULL;
    if (gz_options_has(options, "budget")) return gz_budget(context, options);
    GZ_TRY(gz_allocate(context, 1, sizeof *l, &l));
    l->context = context;
    l->options = options;
    l->quiet = gz_options_has(options, "quiet");
    const gz_status status = climb(l);
    close_ladder(l);
    gz_release(l);
    return status;
}

static const gz_option OPTIONS[] = {
    {"vary", "KEY=V,V,..", "the ladder, in any order; repeated: keys that go up together, value for value"},
    {"budget", NULL, "instead of a ladder: refine time, splitting, v grid, box, x grid once each; see above"},
    {"reference", "WORD", "exact, finest (the last level) or a FILE.h5; see above"},
    {"expect-order", "P", "exit with status 1 unless the fitted order is P .."},
    {"within", "E", ".. within E; default 0.1"},
    {"columns", "LIST", "the columns of the tables, in this order; such as time.dt,error_L2,order"},
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
        "    grazing converge DECK --vary grid.v.nodes=17,25,33 --set grid.v.order=4\n"
        "    grazing converge DECK --vary time.dt=0.2,0.1,0.05 --vary grid.x.cells=5,9,15\n"
        "    grazing converge DECK --budget\n"
        "\n"
        "runs the deck once a level and compares the last states: relative L1, L2 and largest errors,\n"
        "relative entropy, the order between levels and that fitted to all L2 errors, J, H and its\n"
        "Richardson limit, seconds. A level is as fine as the first key says: h is its value, 1/(n - 1) for\n"
        "grid.v.nodes, 1/n for other whole numbers, 1/L for grid.v.half_width. Levels are sorted from "
        "coarse\n"
        "to fine; values must be above 0, and each is there once.\n"
        "\n"
        "Lines under the table say which order the scheme or the stencil expects, and where the steepness\n"
        "switch has turned the stencil down to order 2 (columns switched_nodes, switched_mass).\n"
        "\n"
        "--reference: `exact` where the solution is known (default if a key of grid is varied); `finest`, "
        "the\n"
        "last level (default else; orders allow for its own error); or a file with the same grid that holds\n"
        "the end of the run. Levels on other grids than the last one are compared on their own nodes. If\n"
        "these are not among those of the last, its log f is interpolated: in v by polynomials of order 12,\n"
        "above every stencil, in x by the trigonometric polynomial of the torus.\n"
        "\n"
        "--budget says where the error of the deck's own run comes from: collisions in halves of dt (time), "
        "all\n"
        "of a step in halves against that (splitting), 2n - 1 nodes (v grid), a wider box, three times the\n"
        "cells (x grid); each alone, by how far it moves the last state, with its share of the sum.\n"
        "\n"
        "The folder gets converge.csv, converge.md and converge.tex (the columns of --columns; without it\n"
        "converge.csv has all, the others those that are shown), converge.json (all columns) and\n"
        "converge.png; or those of budget. One that holds these is refused without --overwrite.",
};
