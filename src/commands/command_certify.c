/* Command certify: J_T of any stored curve f(t), by the certificates of certify.h.
 *
 * The deck gives the equation and the grid; its initial state, time and scheme play no part. Everything is
 * read and checked before the first certificate. Each interval is then one row of certificate.csv, and one of
 * the printed table if the curve is short.
 */
#include "certificate_table.h"
#include "clock.h"
#include "curve_states.h"
#include "deck.h"
#include "excerpt.h"
#include "files.h"
#include "folder.h"
#include "interrupt.h"
#include "program.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const FILES[] = {"certificate.csv", NULL};

enum { MOST_ROWS = 24 }; /* a longer table shows only some of its rows */

typedef struct certification {
    gz_context *context;
    gz_deck *deck;
    gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_certifier *certifier;
    gz_curve_states *states;
    gz_moments start; /* moments of the first state */
    gz_certificate_row total;
    double below; /* the J of --below; NAN: any J_T is accepted */
    double floor; /* the E of --floor; 0: none */
    gz_folder folder;
    char *path;  /* of certificate.csv */
    char *fresh; /* where it is written if it replaces an older one; NULL: into `path` */
    FILE *csv;
    bool quiet;
} certification;

static void close_certification(certification *c) {
    if (c->csv) fclose(c->csv);
    gz_release(c->path);
    gz_release(c->fresh);
    gz_folder_close(&c->folder);
    gz_curve_states_close(c->states);
    gz_certifier_destroy(c->certifier);
    gz_mobility_destroy(c->mobility);
    gz_phase_grid_destroy(c->grid);
    gz_deck_destroy(c->deck);
}

/* Read an option as a number that is at least `least` and below `most`. Without it *value stays. */
static gz_status read_number(gz_context *context, const gz_options *options, const char *name, double least,
                             double most, const char *allowed, double *value) {
    const char *word = gz_options_value(options, name);
    char *end = NULL, shown[GZ_SHOWN];
    if (!word) return GZ_OK;
    const double read = strtod(word, &end);
    if (end == word || *end || !(read >= least && read < most))
        return gz_fail(context, GZ_ERROR_USAGE, "--%s is %s; allowed: %s", name,
                       gz_excerpt(word, sizeof shown, shown), allowed);
    *value = read;
    return GZ_OK;
}

static gz_status read_settings(gz_context *context, const gz_options *options,
                               gz_certifier_settings *settings, certification *c) {
    char shown[GZ_SHOWN];
    long gauss;
    GZ_TRY(gz_options_number(context, options, "gauss", 1, 5, 0, &gauss));
    settings->gauss_points = (int)gauss;
    const char *word = gz_options_value(options, "interpolation");
    settings->linear = word && strcmp(word, "linear") == 0;
    if (word && !settings->linear && strcmp(word, "cubic") != 0)
        return gz_fail(context, GZ_ERROR_USAGE, "--interpolation is %s; allowed: linear, cubic",
                       gz_excerpt(word, sizeof shown, shown));
    c->below = NAN;
    GZ_TRY(read_number(context, options, "below", 0, INFINITY, "a number from 0 on", &c->below));
    return read_number(context, options, "floor", DBL_MIN, 1, "a number above 0 and below 1", &c->floor);
}

/* Open the curve, and make the mobility and the certifier of the equation on its grid. */
static gz_status open_curve(certification *c, const gz_options *options,
                            const gz_certifier_settings *settings) {
    const gz_problem *problem = &c->deck->problem;
    const gz_mobility_settings mobility = gz_problem_mobility(problem, c->deck->integrator.mobility);
    GZ_TRY(gz_phase_grid_create(c->context, &problem->grid, &c->grid));
    GZ_TRY(gz_curve_states_open(c->context, c->grid, options->arguments[0],
                                gz_options_value(options, "dataset"), c->floor, &c->states));
    GZ_TRY(gz_mobility_create(c->context, c->grid, &mobility, &c->mobility));
    return gz_certifier_create(c->context, problem, c->mobility, settings, &c->certifier);
}

static gz_status measure_start(certification *c) {
    gz_curve_window window;
    double *f = NULL;
    GZ_TRY(gz_curve_states_window(c->states, 0, &window));
    GZ_TRY(gz_allocate(c->context, c->grid->size, sizeof(double), &f));
    for (size_t i = 0; i < c->grid->size; i++) f[i] = exp(window.log_f[0][i]);
    gz_moments_of(c->grid, f, &c->start);
    gz_release(f);
    return GZ_OK;
}

/* The file that grows: the older certificate stays until this one is complete. */
static const char *growing(const certification *c) {
    return c->fresh ? c->fresh : c->path;
}

static gz_status open_csv(certification *c) {
    GZ_TRY(gz_path_join(c->context, c->folder.path, FILES[0], &c->path));
    if (gz_folder_first(c->folder.path, FILES))
        GZ_TRY(gz_path_join(c->context, c->folder.path, "certificate.csv.new", &c->fresh));
    c->csv = fopen(growing(c), "w");
    if (!c->csv) return gz_fail_file(c->context, "write", growing(c), errno);
    gz_certificate_csv_header(c->csv, c->grid->velocity_dim);
    return GZ_OK;
}

static gz_status certify_one(certification *c, size_t interval, gz_certificate_row *row) {
    const double begin = gz_seconds_now();
    gz_curve_window window;
    GZ_TRY(gz_curve_states_window(c->states, interval, &window));
    *row = (gz_certificate_row){
        .interval = interval, .begin = window.time[window.first], .end = window.time[window.first + 1]};
    gz_status status = gz_certify_interval(c->certifier, &window, &row->interval_form);
    if (status == GZ_OK) status = gz_certify_curve(c->certifier, &window, &row->curve_form);
    if (status != GZ_OK)
        return gz_fail(c->context, status, "interval %zu, t = %g to %g: %s", interval, row->begin, row->end,
                       gz_context_message(c->context));
    row->seconds = gz_seconds_now() - begin;
    gz_certificate_add(&c->total.interval_form, &row->interval_form);
    gz_certificate_add(&c->total.curve_form, &row->curve_form);
    c->total.seconds += row->seconds;
    return GZ_OK;
}

static gz_status certify_all(certification *c) {
    const size_t intervals = gz_curve_states_count(c->states) - 1,
                 every = (intervals + MOST_ROWS - 1) / MOST_ROWS;
    if (!c->quiet) gz_certificate_print_header(stdout);
    for (size_t k = 0; k < intervals; k++) {
        gz_certificate_row row;
        if (gz_interrupted())
            return gz_fail(c->context, GZ_INTERRUPTED, "interrupted at t = %g; %s holds %zu of %zu intervals",
                           gz_curve_states_time(c->states, k), growing(c), k, intervals);
        GZ_TRY(certify_one(c, k, &row));
        gz_certificate_csv_row(c->csv, c->grid->velocity_dim, &row);
        if (!c->quiet && (k % every == 0 || k == intervals - 1)) {
            gz_certificate_print_row(stdout, &row);
            fflush(stdout);
        }
    }
    if (!c->quiet && every > 1) printf("every %zuth of %zu intervals is shown\n", every, intervals);
    return GZ_OK;
}

static double percent(double part, double whole) {
    return whole > 0 ? 100 * part / whole : 0;
}

static void print_floor(const certification *c) {
    const gz_floor_report *floor = gz_curve_states_floor(c->states);
    const gz_certificate *interval = &c->total.interval_form, *curve = &c->total.curve_form;
    printf("%-24s f >= %.3g, %g times its largest value; %.3g %% of all values lifted, the least from %.3g; "
           "mass "
           "+%.1e\n",
           "floor", floor->value, c->floor, percent((double)floor->lifted, (double)floor->values),
           floor->least, floor->mass / c->start.mass);
    printf("%-24s J = %.4e (%.3g %%) in the interval form, %.4e (%.3g %%) in the curve form\n",
           "the floor's share", interval->lifted, percent(interval->lifted, interval->defect), curve->lifted,
           percent(curve->lifted, curve->defect));
}

static gz_status conclude(certification *c) {
    const bool failed = ferror(c->csv) != 0;
    const int error = fclose(c->csv) == 0 ? 0 : errno;
    c->csv = NULL;
    if (failed || error) return gz_fail_file(c->context, "write", growing(c), error ? error : EIO);
    if (c->fresh) GZ_TRY(gz_file_rename(c->context, c->fresh, c->path));
    if (!c->quiet) {
        putchar('\n');
        gz_certificate_print_total(stdout, &c->total, &c->start);
        if (c->floor > 0) print_floor(c);
        putchar('\n');
        gz_print_calmly(stdout, c->path);
        putchar('\n');
    }
    if (!(c->total.curve_form.defect > c->below)) return GZ_OK;
    return gz_fail(c->context, GZ_ERROR_INTERNAL, "the curve form's J_T is %.4e, above the %g of --below",
                   c->total.curve_form.defect, c->below);
}

static gz_status certify(gz_context *context, const gz_options *options) {
    const char *deck_file = options->arguments[1];
    gz_certifier_settings settings = {0};
    certification c = {.context = context, .quiet = gz_options_has(options, "quiet")};
    gz_status status;
    GZ_TRY(read_settings(context, options, &settings, &c));
    GZ_TRY(gz_deck_load(context, deck_file, options->setting_count, options->settings, &c.deck));
    settings.preconditioner = c.deck->integrator.preconditioner;
    GZ_TRY_ELSE(status, open_curve(&c, options, &settings), done);
    GZ_TRY_ELSE(status, measure_start(&c), done);
    GZ_TRY_ELSE(status, gz_folder_open(context, options, deck_file, FILES, &c.folder), done);
    gz_interrupt_watch(context, false);
    GZ_TRY_ELSE(status, open_csv(&c), done);
    GZ_TRY_ELSE(status, certify_all(&c), done);
    status = conclude(&c);
done:
    close_certification(&c);
    return status;
}

static const gz_option OPTIONS[] = {
    {"dataset", "NAME", "of the densities in the file; default f, with axes [time,x..,v..]"},
    {"interpolation", "WORD", "of log f in time, in the frame of free streaming: cubic (default) or linear"},
    {"gauss", "N", "points in time an interval for the curve form, 1 to 5; default 3"},
    {"floor", "E", "lift f to E times the largest f of the curve where it is smaller, zero or negative"},
    {"below", "J", "exit with status 1 if the curve form's J_T is above this"},
    {.name = NULL},
};

const gz_command gz_command_certify = {
    .name = "certify",
    .summary = "J_T of any curve f(t): how far it is from solving the equation",
    .arguments = "CURVE.h5 DECK",
    .least = 2,
    .most = 2,
    .options = OPTIONS,
    .run = certify,
    .help =
        "CURVE.h5 holds densities f[time,x..,v..] > 0 and a dataset `time`: a result.h5, another solver's "
        "output, a table.\n"
        "DECK gives the equation and the grid; its initial state, time and scheme play no part.\n"
        "\n"
        "    J_T = H(f_T) - H(f_0) + 1/2 int (D(f) + Act*(d_t f + v.grad f)) dt >= 0\n"
        "\n"
        "is zero for solutions only; Act* is the least action of all grazing rates that move the curve. Two "
        "forms:\n"
        "    interval   between two states, by one zero_defect step with the mobility of their geometric "
        "mean\n"
        "    curve      of log f interpolated in time: an a posteriori error of any method; a rate that is "
        "wrong by a\n"
        "               factor 1 + e gives e^2/2 int D dt\n"
        "Where mass in a cell, momentum or energy are not kept, Act* is infinite: the violation is reported "
        "and what\n"
        "remains after projecting it out is certified. The folder gets certificate.csv, a row for each "
        "interval;\n"
        "an older one is refused without --overwrite, with which certificate.csv.new grows until it is "
        "complete.\n"
        "\n"
        "A curve with f <= 0 somewhere has no H and is refused. --floor E certifies max(f, E max f) instead, "
        "with the\n"
        "largest f of the whole curve, and prints the floor's share of J: the part in pairs of velocities of "
        "which one is\n"
        "lifted or beside a lifted one. J without it is that of the curve where nothing was lifted. Choose E "
        "about as large\n"
        "as the negative values: a larger one lifts what is right, and far below them log f jumps at the "
        "floor.\n"
        "\n"
        "Files: axes that are named (dimension scales or labels time, x1.., v1..) may come in any order. "
        "Coordinates, attached\n"
        "or as datasets x1.., v1.. beside f, must be the grid's. scale_factor and add_offset are applied; "
        "missing values\n"
        "(_FillValue, missing_value, valid_range) are refused.",
};
