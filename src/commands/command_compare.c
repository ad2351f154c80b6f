/* Command compare: one problem solved by several integrators: error against work, and violated invariants.
 *
 *   method        NAME[:FORM][:ORDER]; FORM is the space form (flux | log) of a method that is not
 *                 variational, ORDER the time.order of a method that has several. NAME@DT: with this dt
 *                 alone, whatever --dt says (the stable dt of an explicit method)
 *   fixed steps   one row for each --dt
 *   own steps     methods that choose their steps (rkl2_adaptive, arkode_erk, arkode_dirk, cvode_bdf): one row for
 *                 each pair of --dt, the intervals between two shifts, and --tolerance. Without transport there are
 *                 no shifts, and one row for each --tolerance goes over the whole time. Without --tolerance: one for
 *                 each --dt
 *   order         methods as given; the rows of one method from coarse to fine, first by dt
 *
 * The two space forms of one grid differ by an error of the grid. A row can therefore only converge in dt to
 * a reference of its own form, and unless an exact solution is known each form has a reference of its own
 * (compare_reference.c).
 *
 * All decks are read and checked before the first run. A method that blows up, turns negative or does not
 * converge is a row that says so.
 */
#include "comparison.h"
#include "folder.h"
#include "interrupt.h"
#include "ladder.h"
#include "program.h"

#include <stdlib.h>

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

/* Say on stderr what a row has come to. */
static void announce(const gz_comparison *c, size_t i) {
    const gz_comparison_row *e = &c->rows[i];
    char text[GZ_LEVEL];
    fprintf(stderr, "%zu of %zu: %s, %s, %.3g s: %s\n", i + 1, c->count, e->method,
            gz_comparison_level(e, text), e->trial.seconds_median, e->trial.outcome);
    gz_trial_warn(&e->trial, i > 0 ? &c->rows[i - 1].trial : NULL);
}

static gz_status run_all(gz_comparison *c) {
    GZ_TRY(gz_comparison_run_references(c));
    for (size_t i = 0; i < c->count; i++) {
        gz_comparison_row *e = &c->rows[i];
        GZ_TRY(gz_trial_run(c->context, e->deck, &c->settings, &e->trial));
        GZ_TRY(gz_errors_of(c->context, &c->reference[gz_comparison_form(e->deck)], e->deck, &e->trial,
                            &e->errors));
        if (!c->quiet) announce(c, i);
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
    char(*words)[GZ_LONGEST_WORD] = NULL;
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
    GZ_TRY(gz_comparison_read_rows(c));
    GZ_TRY(gz_comparison_read_reference(c));
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
    {"methods", "NAME,NAME,..", "time.scheme of the rows, as NAME[:FORM][:ORDER][@DT]; see above"},
    {"dt", "DT,DT,..", "time steps of every method, above 0, in any order"},
    {"tolerance", "E,E,..",
     "for methods that choose their steps (rkl2_adaptive, arkode_erk, arkode_dirk, cvode_bdf); see above"},
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
        "A method is NAME[:FORM][:ORDER][@DT]: time.scheme, time.space_form (flux or log), time.order of a\n"
        "scheme that has several orders, and a dt of its own in place of those of --dt; such as\n"
        "zero_defect, cvode_bdf:log, rk4@5e-4.\n"
        "\n"
        "--tolerance: a method that chooses its steps has a row for every pair of dt and tolerance, where dt "
        "is\n"
        "the interval of a collision between two shifts. Without transport nothing but the tolerance limits\n"
        "its steps: it has a row for every tolerance, over the whole time, and NAME@DT rows over intervals.\n"
        "The picture joins those pairs that no other pair of the method beats in both error and work.\n"
        "\n"
        "--reference: `exact` (default where the solution is known); `forms` (default else: each row\n"
        "against a fine run of its own space form: for log zero_defect4 with the smallest dt / 8, or\n"
        "zero_defect with walls, forces or fields; for flux arkode_dirk of order 5 with tolerance 1e-8, or "
        "with\n"
        "transport rkl2 with the smallest dt / 8); `finest` (for all rows the deck's own scheme with the\n"
        "smallest dt / 8); or a file with the same grid that holds the end of the run. The space forms flux\n"
        "and log differ by an error of the grid, at which rows of the other form stagnate if there is one\n"
        "reference for both: a line under the table says so. With `forms` errors are those of time alone,\n"
        "and the difference of the forms is printed.\n"
        "\n"
        "How good a fine run is, a second one tells, with twice its step and ten times its tolerance: their\n"
        "relative L2 difference stands under the table, with a warning if it is more than a tenth of an\n"
        "error in the table or of an E of --at-error. Where x does not resolve the data, zero_defect4 is\n"
        "of first order only, and this shows it.\n"
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
