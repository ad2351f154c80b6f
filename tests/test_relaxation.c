/* The relaxation of runs: the column relative_entropy, and the rate in the report against known rates. */
#include "process.h"
#include "relaxation.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(relaxation, .init = open_all, .fini = close_all);

/* Run a deck into `out`, and fit the rate to its history. */
static gz_relaxation relax(const char *deck, const char *scheme, gz_history **history) {
    char setting[60];
    gz_relaxation fit;
    snprintf(setting, sizeof setting, "time.scheme=%s", scheme);
    scratch_write("deck.yaml", deck, strlen(deck));
    cr_assert_eq(GRAZING("run", "deck.yaml", "--out", "out", "--overwrite", "--set", setting), 0, "%s",
                 process_errors());
    *history = scratch_history("out/history.csv");
    cr_assert_eq(gz_relaxation_of(context, *history, 1, &fit), GZ_OK);
    char said[60];
    if (fit.rate <= fit.interval)
        snprintf(said, sizeof said, "; no longer falls for t from %.4g to", fit.begin);
    else
        snprintf(said, sizeof said, "falls like exp(-%.4g t)", fit.rate);
    cr_assert_not_null(strstr(process_output(), said), "no `%s` in %s", said, process_output());
    return fit;
}

/* Laguerre mode 2 of BKW decays at 4B, the temperature tensor at 4dB (cases.md 2 and 3). KL decays twice as
 * fast, up to the errors of dt, of the stencils in the tail, and of the square of the deviation. */
Test(relaxation, rates_are_those_of_maxwell_molecules) {
    static const struct {
        const char *initial;
        double rate;
    } CASES[] = {{"{shape: bkw, time: 1.5}", 8}, {"{temperature: [1.002, 0.998]}", 16}};
    for (size_t i = 0; i < 2; i++) {
        char deck[300];
        gz_history *history;
        snprintf(deck, sizeof deck,
                 "grid: {v: {nodes: 33, half_width: 6, order: 6}}\ninitial: [%s]\ntime: {dt: "
                 "0.02, end: 0.6}\n",
                 CASES[i].initial);
        const gz_relaxation fit = relax(deck, "zero_defect", &history);
        cr_log_info("rate %.4f +- %.4f", fit.rate, fit.interval);
        cr_assert_float_eq(fit.rate, CASES[i].rate, 0.01 * CASES[i].rate, "%.4f", fit.rate);
        cr_assert_lt(fit.interval, 0.005 * fit.rate);
        cr_assert_float_eq(fit.begin, 0.3, 0.011);
        cr_assert_eq(fit.end, 0.6);
        gz_history_destroy(history);
    }
}

/* H - KL is the entropy of the equilibrium, equal in every row, even if the state has turned negative. */
Test(relaxation, entropy_minus_its_distance_stays) {
    static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, transport: %s,\n"
                                "        kappa: {shape: %s}}\n"
                                "grid: {x: {cells: 5}, v: {nodes: 15, half_width: 6, order: 4}}\n"
                                "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                                "time: {dt: 0.05, end: 0.5}\n";
    static const char *const CASES[][3] = {{"true", "dirac", "zero_defect"},
                                           {"false", "uniform", "zero_defect"},
                                           {"false", "dirac", "zero_defect"},
                                           {"true", "uniform", "rkl2"}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char deck[400];
        gz_history *history;
        snprintf(deck, sizeof deck, FUZZY, CASES[i][0], CASES[i][1]);
        relax(deck, CASES[i][2], &history);
        const double rest =
            gz_history_value(history, 0, "H") - gz_history_value(history, 0, "relative_entropy");
        for (size_t row = 0; row < history->row_count; row++) {
            const double KL = gz_history_value(history, row, "relative_entropy");
            cr_assert_float_eq(gz_history_value(history, row, "H") - KL, rest, 1e-13, "case %zu row %zu", i,
                               row);
            if (i < 3 && row > 0)
                cr_assert_lt(KL, gz_history_value(history, row - 1, "relative_entropy"), "case %zu", i);
        }
        gz_history_destroy(history);
    }
}

/* The equilibrium of the flux form is not the Maxwellian: the distance stops at the error of that form. */
Test(relaxation, what_no_longer_falls_is_said_to) {
    gz_history *history;
    const gz_relaxation fit =
        relax("grid: {v: {nodes: 21, half_width: 5}}\ninitial: [{shape: bkw, time: 0.5}]\n"
              "time: {dt: 0.25, end: 8}\n",
              "rkl2", &history);
    cr_assert(fabs(fit.rate) < 1e-3 && fit.last > 1e-8, "%g %g", fit.rate, fit.last);
    gz_history_destroy(history);
}

static gz_relaxation fit_of(const char *text) {
    gz_relaxation fit;
    scratch_write("h.csv", text, strlen(text));
    gz_history *history = scratch_history("h.csv");
    cr_assert_eq(gz_relaxation_of(context, history, 1, &fit), GZ_OK);
    gz_history_destroy(history);
    return fit;
}

Test(relaxation, the_fit_stops_at_round_off_and_at_too_few_rows) {
    char text[4000] = "time,relative_entropy\n";
    for (int k = 0; k <= 40; k++) { /* exp(-3t) on a floor of 3e-22 */
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "%d,%.17g\n", k, fmax(exp(-3. * k), 3e-22));
    }
    const gz_relaxation fit = fit_of(text);
    cr_assert_float_eq(fit.rate, 3, 1e-12);
    cr_assert_float_eq(fit.interval, 0, 1e-9);
    cr_assert_eq(fit.begin, 8);
    cr_assert_eq(fit.end, 16); /* exp(-48) = 1.4e-21, exp(-51) below 1e-21 */
    cr_assert_eq(fit.rows, 9);
    cr_assert_eq(fit.last, 3e-22);
    cr_assert(isnan(fit_of("time,relative_entropy\n0,1\n1,0.5\n2,0\n").rate));
    cr_assert(isnan(fit_of("time,relative_entropy\n0,nan\n1,nan\n2,nan\n3,nan\n").rate));
    cr_assert(isnan(fit_of("time,H\n0,1\n1,2\n2,3\n").first));
}
