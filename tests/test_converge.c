/* The command converge as a process, and the fit of orders: limits, levels on other grids, refusals, exit
 * status. */
#include "order_fit.h"
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char BKW[] = "title: small bkw\n"
                          "grid: {v: {nodes: 17, half_width: 5}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.1, end: 0.4}\n";

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 5}, v: {nodes: 13, half_width: 5.5}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.1, end: 0.1}\n";

static void open_all(void) {
    scratch_open();
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

TestSuite(converge, .init = open_all, .fini = scratch_close);
TestSuite(converge_covered, .init = open_all, .fini = scratch_close);

/* A file of the results holds this piece of text. */
static void holds(const char *name, const char *piece) {
    char *text = scratch_read(name, NULL);
    says(text, piece);
    free(text);
}

/* The value in a line (0 is the first level) and a column of converge.csv. */
static double value(const char *name, size_t row, const char *column) {
    char *text = scratch_read(name, NULL), *rest = text, *line = strtok_r(rest, "\n", &rest), *word;
    size_t place = 0;
    for (word = strtok_r(line, ",", &line); word && strcmp(word, column) != 0; place++)
        word = strtok_r(line, ",", &line);
    cr_assert_not_null(word, "no column %s", column);
    for (size_t i = 0; i <= row; i++) line = strtok_r(rest, "\n", &rest);
    cr_assert_not_null(line);
    for (; place > 0; place--) line = strchr(line, ',') + 1;
    const double number = strtod(line, NULL);
    free(text);
    return number;
}

Test(converge, the_fit_finds_the_order_it_was_given) {
    const double orders[] = {0.5, 1, 2, 4, 6}, factors[] = {1.5, 2, 3};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 3; j++) {
            const double p = orders[i];
            double h[5], truth[5], last[5], entropy[5], order;
            for (int k = 0; k < 5; k++) {
                h[k] = 0.3 / pow(factors[j], k);
                truth[k] = 0.7 * pow(h[k], p);
                entropy[k] = -3 + truth[k];
            }
            for (int k = 0; k < 5; k++) last[k] = truth[k] - truth[4];
            const gz_order_fit plain = gz_order_fit_of(5, h, truth, 0),
                               own = gz_order_fit_of(5, h, last, h[4]);
            cr_assert_float_eq(plain.order, p, 1e-12);
            cr_assert_float_eq(own.order, p, 1e-9, "%g instead of %g", own.order, p);
            cr_assert_float_eq(plain.constant, 0.7, 1e-12);
            cr_assert_float_eq(own.constant, 0.7, 1e-8);
            cr_assert_eq(own.levels, 4);
            cr_assert_lt(own.interval, 1e-8);
            cr_assert_float_eq(gz_order_between(h[0], last[0], h[1], last[1], h[4]), p, 1e-9);
            cr_assert_float_eq(gz_order_between(h[0], truth[0], h[1], truth[1], 0), p, 1e-12);
            cr_assert_float_eq(gz_order_limit(h + 1, entropy + 1, &order), -3, 1e-12);
            cr_assert_float_eq(order, p, 1e-6);
        }
    /* Scattered errors have the slope and the 95 % interval of an ordinary regression (one degree). */
    const double h[] = {1, 0.1, 0.01}, e[] = {1, 0.02, 1e-4};
    const gz_order_fit fit = gz_order_fit_of(3, h, e, 0);
    const double rest = log(2) / sqrt(1.5), spread = log(10) * sqrt(2);
    cr_assert_float_eq(fit.order, 2, 1e-12);
    cr_assert_float_eq(fit.interval, 12.706 * rest / spread, 1e-9);
}

Test(converge, what_has_no_order_has_none) {
    const double h[] = {1, 0.5, 0.25}, e[] = {NAN, 0, 1}, up[] = {1, 2, 1.5};
    double order;
    cr_assert(isnan(gz_order_fit_of(3, h, e, 0).order));
    cr_assert(isnan(gz_order_between(1, 1, 1, 2, 0)));
    cr_assert(isnan(gz_order_between(1, 0, 0.5, 1, 0)));
    cr_assert(isnan(gz_order_limit(h, up, &order)));
    cr_assert(isnan(order));
}

Test(converge, orders_in_dt_and_the_exit_status) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.1,0.05,0.025,0.0125", "--expect-order",
                        "2", "--no-plot", "--certify"),
           0);
    says(process_output(), "errors are relative to the last level");
    says(process_output(), "order 2.0");
    says(process_output(), "H tends to -2.8378");
    says(process_errors(), "level 4 of 4: time.dt = 0.0125, 32 steps");
    for (size_t row = 0; row < 3; row++) {
        cr_assert_lt(fabs(value("bkw.out/converge.csv", row, "J")), 1e-12);
        cr_assert_gt(value("bkw.out/converge.csv", row, "J_mean"), 0);
    }
    cr_assert_float_eq(value("bkw.out/converge.csv", 2, "order"), 2, 0.05);
    holds("bkw.out/converge.md", "| time.dt | steps | error L2 | order |");
    holds("bkw.out/converge.tex", "\\begin{tabular}");
    holds("bkw.out/converge.tex", "\\cdot 10^{-");
    cr_assert_neq(access(scratch_path("bkw.out/converge.png"), F_OK), 0);
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.05,0.025,0.0125,0.00625", "--set",
                        "time.scheme=jko", "--expect-order", "1", "--no-plot", "--quiet"),
           0);
    cr_assert_str_eq(process_output(), "");
    cr_assert_str_eq(process_errors(), "");
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.1,0.05,0.025", "--set",
                        "time.scheme=jko", "--expect-order=2", "--within=0.2", "--no-plot", "--quiet"),
           1);
    says(process_errors(), "expected 2 within 0.2");
}

/* A level whose dt does not divide the time has a shorter last step, which is no step of its dt: it says so. */
Test(converge, a_shortened_step_is_named) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.2,0.15,0.1", "--no-plot"), 0);
    says(process_errors(), "time.dt = 0.2, 2 steps");
    says(process_errors(), "time.dt = 0.15, 3 steps");
    says(process_errors(), "s: fine; last step 0.1\n");
    holds("bkw.out/converge.csv", ",fine; last step 0.1\n");
    holds("bkw.out/converge.csv", ",fine\n");
}

Test(converge, errors_in_h_against_the_exact_solution_and_nested_levels) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "grid.v.nodes=17,25,33", "--set", "time.dt=0.02",
                        "--set", "grid.v.order=4", "--no-plot", "--out", "exact"),
           0);
    says(process_output(), "errors are relative to the exact solution");
    cr_assert_lt(value("exact/converge.csv", 2, "error_L2"),
                 0.5 * value("exact/converge.csv", 1, "error_L2"));
    cr_assert_float_eq(value("exact/converge.csv", 0, "h"), 1. / 16, 1e-15);
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "grid.v.nodes=13,25,49", "--set", "time.dt=0.2",
                        "--set", "grid.v.order=2", "--reference", "finest", "--no-plot", "--out", "nested"),
           0);
    /* Order 2 is reached from above on such grids. */
    cr_assert_gt(value("nested/converge.csv", 1, "order"), 1.8);
    expect(GRAZING_ANEW("converge", "fuzzy.yaml", "--vary", "grid.x.cells=3,9,27", "--no-plot"), 0);
    cr_assert_lt(value("fuzzy.out/converge.csv", 1, "error_L2"),
                 0.2 * value("fuzzy.out/converge.csv", 0, "error_L2"));
}

/* 17, 25, 33 nodes against 49: the errors against the finest level are those against the exact solution, as
 * far as the interpolation goes; and 4, 6 cells against 16 are as far away as 4, 12 are from 36, which nest. */
Test(converge_covered, levels_need_not_nest) {
    static const char *const references[] = {"exact", "finest"};
    double error[2][3];
    for (int k = 0; k < 2; k++) {
        expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "grid.v.nodes=17,25,33,57", "--set",
                            "time.dt=0.005", "--set", "grid.v.order=6", "--set", "grid.v.half_width=6",
                            "--set", "time.end=0.05", "--reference", references[k], "--no-plot"),
               0);
        for (size_t row = 0; row < 3; row++) error[k][row] = value("bkw.out/converge.csv", row, "error_L2");
    }
    says(process_output(),
         "relative to the last level, by interpolation of log f to the nodes of each level");
    for (size_t row = 0; row < 3; row++)
        cr_assert_float_eq(error[1][row], error[0][row], 0.1 * error[0][row], "row %zu: %g against %g", row,
                           error[1][row], error[0][row]);
    const char *const cells[] = {"grid.x.cells=4,6,16", "grid.x.cells=4,12,36"};
    double first[2];
    for (int k = 0; k < 2; k++) {
        expect(GRAZING_ANEW("converge", "fuzzy.yaml", "--vary", cells[k], "--no-plot"), 0);
        first[k] = value("fuzzy.out/converge.csv", 0, "error_L2");
        cr_assert_eq(strstr(process_output(), "by interpolation") != NULL, k == 0);
    }
    cr_assert_float_eq(first[0], first[1], 0.01 * first[1], "%g, %g", first[0], first[1]);
}

/* The finest level is the one with the smallest h, wherever it stands in the list. */
Test(converge, levels_are_sorted) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.05,0.1,0.0125,0.025", "--vary",
                        "solver.tolerance=1e-11,1e-10,1e-13,1e-12", "--no-plot", "--expect-order=2"),
           0);
    const double dt[] = {0.1, 0.05, 0.025, 0.0125};
    for (size_t row = 0; row < 4; row++) {
        cr_assert_eq(value("bkw.out/converge.csv", row, "time.dt"), dt[row]);
        const double tolerance = value("bkw.out/converge.csv", row, "solver.tolerance");
        cr_assert_float_eq(tolerance, pow(10, -10 - (double)row), 1e-6 * tolerance);
        cr_assert_eq(isnan(value("bkw.out/converge.csv", row, "error_L2")), row == 3);
    }
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "grid.v.half_width=6,5,4", "--vary",
                        "grid.v.nodes=25,21,17", "--reference=finest", "--no-plot"),
           0);
    cr_assert_eq(value("bkw.out/converge.csv", 2, "grid.v.half_width"), 6);
    cr_assert(isnan(value("bkw.out/converge.csv", 2, "error_L2")));
    says(process_output(), "no order is expected in grid.v.nodes while the box");
}

/* A line says which order to expect, and where the switch has lowered it. */
Test(converge, the_expected_order_is_named) {
    const char *const nodes = "grid.v.nodes=17,21,25";
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", nodes, "--set", "time.dt=0.2", "--no-plot"), 0);
    says(process_output(),
         "order 6 expects order 6 in h; the switch turns it down to 2 where log f is steep");
    says(process_output(), "all errors hold that of dt = 0.2");
    const double share = value("bkw.out/converge.csv", 0, "switched_nodes"),
                 mass = value("bkw.out/converge.csv", 0, "switched_mass");
    cr_assert(share > 0.05 && share <= 1 && mass > 0 && mass <= 1, "%g %g", share, mass);
    static const char AT[] = "theta < 1 at ";
    const char *named = strstr(process_output(), AT);
    cr_assert_float_eq(strtod(named + strlen(AT), NULL), 100 * share, 0.06);
    cr_assert_lt(value("bkw.out/converge.csv", 2, "switched_mass"), mass);
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", nodes, "--set", "time.dt=0.2", "--no-plot", "--set",
                        "grid.v.switch=off", "--reference=finest"),
           0);
    says(process_output(), "the stencil of order 6 expects order 6 in h; the switch is off\n");
    cr_assert(isnan(value("bkw.out/converge.csv", 0, "switched_nodes")));
    cr_assert_null(strstr(process_output(), "all errors hold"));
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", nodes, "--set", "time.dt=0.2", "--no-plot", "--set",
                        "time.scheme=rkl2"),
           0);
    says(process_output(), "the stencil of order 6 expects order 6 in h\n"); /* the flux form has no switch */
    static const struct {
        const char *deck, *scheme, *piece;
    } CASES[] = {
        {"bkw.yaml", "zero_defect", "zero_defect expects order 2 in dt\n"},
        {"bkw.yaml", "jko", "jko expects order 1 in dt\n"},
        {"bkw.yaml", "cvode_bdf", "cvode_bdf chooses its steps by time.tolerance; dt gives no order\n"},
        {"fuzzy.yaml", "zero_defect4", "zero_defect4 streams within its stages and expects order 4 in dt"},
        {"fuzzy.yaml", "rk4", "rk4 with Strang splitting expects order 2 in dt\n"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char scheme[40];
        snprintf(scheme, sizeof scheme, "time.scheme=%s", CASES[i].scheme);
        expect(GRAZING_ANEW("converge", CASES[i].deck, "--vary", "time.dt=0.02,0.01,0.005", "--set", scheme,
                            "--set", "time.end=0.04", "--no-plot"),
               0);
        says(process_output(), CASES[i].piece);
    }
}

/* All forms of the table but JSON show the columns that were asked for. */
Test(converge, columns_are_picked) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--no-plot", "--columns",
                        "order,time.dt,error_L1,h"),
           0);
    says(process_output(), "order  time.dt        L1     h\n");
    holds("bkw.out/converge.csv", "order,time.dt,error_L1,h\nnan,0.2");
    holds("bkw.out/converge.md", "| order | time.dt | L1 | h |\n");
    holds("bkw.out/converge.md", "\nerrors are relative to the last level\n");
    holds("bkw.out/converge.tex", "\norder & $\\Delta t$ & $\\|f-f_{ref}\\|_{1}$ & $h$ \\\\\n");
    holds("bkw.out/converge.json", "\"applications\": ");
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "model.kernel.strength=0.5,1,2", "--vary",
                        "initial.0.time=0.4,0.5,0.6", "--no-plot", "--reference", "exact"),
           0);
    holds("bkw.out/converge.tex", "model.kernel.strength & initial.0.time & $N_t$ &");
}

Test(converge, tied_keys_of_any_kind) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "initial.0.time=0.4,0.5,0.6", "--vary",
                        "model.kernel.strength=0.5,1,2", "--no-plot", "--reference", "exact"),
           0);
    cr_assert_float_eq(value("bkw.out/converge.csv", 0, "model.kernel.strength"), 2, 1e-15);
    cr_assert_lt(value("bkw.out/converge.csv", 0, "error_L2"), 0.02);
}

Test(converge, a_file_is_a_reference_too) {
    expect(GRAZING("run", "bkw.yaml", "--set", "time.dt=0.0125", "--quiet", "--out", "fine"), 0);
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.2,0.1", "--reference", "fine/result.h5",
                        "--no-plot", "--expect-order=2", "--within=0.2"),
           0);
    says(process_output(), "order 2.1");
    says(process_output(), "(from two levels)");
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.2,0.1", "--reference", "fine/result.h5",
                        "--set", "time.end=0.3", "--no-plot"),
           5);
    says(process_errors(), "none at t = 0.3");
}

Test(converge, a_level_that_is_lost_is_a_row_and_status_4) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.4,0.002,0.001", "--set",
                        "time.scheme=rk4", "--set", "time.end=2", "--no-plot"),
           4);
    says(process_output(), "blew up by t = ");
    says(process_errors(), "level time.dt = 0.4 did not reach its end");
}

Test(converge, refusals) {
    static const struct {
        const char *words[6];
        int status;
        const char *piece;
    } CASES[] = {
        {{"bkw.yaml"}, 2, "--vary is missing"},
        {{"bkw.yaml", "--vary", "time.dt"}, 2, "KEY=VALUE,VALUE"},
        {{"bkw.yaml", "--vary", "time.dt=0.1"}, 2, "has one value"},
        {{"bkw.yaml", "--vary", "time.dt=0.1,,0.2"}, 2, "empty"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0.1"}, 2, "give three or more"},
        {{"bkw.yaml", "--vary", "time.scheme=jko,rk4"}, 2, "no numeric key"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0.1,x"}, 2, "--vary time.dt: x is no number"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0.1,nan"}, 2, "nan is no number"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0,0.1"}, 2, "--vary time.dt: 0 is not above 0"},
        {{"bkw.yaml", "--vary", "model.kernel.gamma=-1,1,2"},
         2,
         "--vary model.kernel.gamma: -1 is not above 0"},
        {{"bkw.yaml", "--vary", "grid.v.nodes=17,33,17"}, 2, "17 and 17 are the same level twice"},
        {{"bkw.yaml", "--vary", "time.dt=3,2,1", "--vary", "grid.v.nodes=17,25,21"}, 2, "must be monotone"},
        {{"bkw.yaml", "--vary", "time.dt=3,2,1", "--vary", "time.dt=3,2,1"}, 2, "one ladder a key"},
        {{"bkw.yaml", "--vary", "time.dt=3,2,1", "--columns=time.dt,eror"},
         2,
         "--columns: eror is no column; there are: time.dt, steps, error_L2, order, "},
        {{"bkw.yaml", "--budget", "--columns=eror"}, 2, "there are: source, refinement, order, difference, "},
        {{"bkw.yaml", "--vary", "grid.v.nodes=17,25,33", "--vary", "grid.v.half_width=6,5,4",
          "--reference=finest"},
         2,
         "let the finest level have the widest box"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--vary", "time.end=1,2"}, 2, "need as many"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--within=1"}, 2, "needs --expect-order"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--expect-order=two"}, 2, "allowed: a number"},
        {{"bkw.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--reference=no.h5"}, 5, "no.h5"},
        {{"fuzzy.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--reference=exact"}, 2, "no exact solution"},
        {{"fuzzy.yaml", "--vary", "grid.x.length=3,2,1"}, 2, "lengths, boundary or number of species"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *words[8] = {"converge"};
        for (size_t k = 0; k < 6; k++) words[k + 1] = CASES[i].words[k];
        expect(process_run(words), CASES[i].status);
        says(process_errors(), CASES[i].piece);
        cr_assert_str_eq(process_output(), "");
        cr_assert_neq(access(scratch_path("bkw.out"), F_OK), 0);
    }
}

/* It is drawn from all columns, whatever the tables show. */
Test(converge, the_picture) {
    expect(
        GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--quiet", "--columns=order"),
        0);
    size_t size = 0;
    char *bytes = scratch_read("bkw.out/converge.png", &size);
    cr_assert(size > 8000 && memcmp(bytes, "\x89PNG", 4) == 0);
    free(bytes);
    /* The picture is drawn anew from the table alone. */
    expect(GRAZING("plot", "bkw.out", "--out", "again"), 0);
    says(process_output(), "again/converge.png");
    bytes = scratch_read("again/converge.png", &size);
    cr_assert(size > 8000 && memcmp(bytes, "\x89PNG", 4) == 0);
    free(bytes);
    /* Without an interpreter the tables are still written. */
    setenv("GRAZING_PYTHON", "false", 1);
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--vary", "time.dt=0.2,0.1,0.05", "--out", "bare"), 0);
    unsetenv("GRAZING_PYTHON");
    says(process_errors(), "note: no picture:");
    holds("bare/converge.csv", "time.dt,steps,error_L2");
}
