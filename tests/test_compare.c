/* The command compare as a process: rows of all kinds of methods, their violations, files, refusals. What the rows are
 * compared with: test_compare_reference.c. */
#include "compared.h"
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(compare, .init = compared_open, .fini = scratch_close);
TestSuite(compare_covered, .init = compared_open, .fini = scratch_close);

static void has_method(size_t row, const char *method) {
    cr_assert_str_eq(compared_word("bkw.out/compare.csv", row, "method"), method);
}

Test(compare_covered, every_kind_of_method_has_its_row) {
    enum { ZERO_DEFECT, JKO = 2, RK4 = 4, RKL2 = 6, FLUX = 8, LOG = 10, ROWS = 12 };
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods",
                        "zero_defect,jko,rk4,rkl2,cvode_bdf,cvode_bdf:log", "--dt", "0.2,0.1", "--repeat",
                        "2", "--certify", "--no-plot"),
           0);
    says(process_output(), "errors are relative to the exact solution at t = 0.4; mobility fft, 1 thread;");
    has_method(ZERO_DEFECT, "zero_defect");
    has_method(ROWS - 1, "cvode_bdf:log");
    for (size_t row = 0; row < ROWS; row++) {
        if (row == RK4) row += 2;
        cr_assert_lt(compared_value(row, "error_L2"), 0.02, "row %zu", row);
        cr_assert_lt(compared_value(row, "mass_drift"), 1e-8);
        cr_assert_lt(compared_value(row, "energy_drift"), 1e-7);
        cr_assert_gt(compared_value(row, "applications"), 3);
        cr_assert_leq(compared_value(row, "seconds_least"), compared_value(row, "seconds"));
        /* One thread cannot work for longer than the clock runs. */
        const double processor = compared_value(row, "processor_seconds");
        cr_assert(processor > 0 && processor <= 1.01 * compared_value(row, "seconds_least") + 1e-4, "row %zu",
                  row);
        cr_assert_leq(compared_value(row, "seconds"), compared_value(row, "seconds_most"));
    }
    for (size_t row = 0; row < RK4; row++) {
        cr_assert_str_eq(compared_word("bkw.out/compare.csv", row, "outcome"), "fine");
        cr_assert_eq(compared_value(row, "negative"), 0);
        cr_assert_eq(compared_value(row, "H_increases"), 0);
        cr_assert_gt(compared_value(row, "f_min"), 0);
        cr_assert_lt(compared_value(row, "energy_drift"), 1e-13);
        cr_assert_gt(compared_value(row, "J_mean"), 0);
    }
    /* J is zero to round-off, or minus the numerical dissipation. The other methods have no J. */
    cr_assert_lt(fabs(compared_value(ZERO_DEFECT, "J")), 1e-13);
    cr_assert_lt(compared_value(JKO, "J"), -1e-5);
    cr_assert(isnan(compared_value(RKL2, "J")));
    cr_assert_gt(compared_value(JKO, "J_mean"), 100 * compared_value(ZERO_DEFECT, "J_mean"));
    cr_assert_gt(compared_value(JKO, "error_L2"), 2 * compared_value(ZERO_DEFECT, "error_L2"));
    /* Beyond its stability limit rk4 blows up. This is a row, not an abort. */
    for (size_t row = RK4; row < RKL2; row++) {
        cr_assert_eq(strncmp(compared_word("bkw.out/compare.csv", row, "outcome"), "blew up by t = ", 15), 0);
        cr_assert(isnan(compared_value(row, "error_L2")));
    }
    /* The flux form loses positivity in the tail, and the outcome says so. */
    cr_assert_eq(strncmp(compared_word("bkw.out/compare.csv", FLUX, "outcome"), "f <= 0 at ", 10), 0);
    cr_assert_lt(compared_value(FLUX, "f_min"), 0);
    cr_assert_gt(compared_value(FLUX, "negative"), 0);
    cr_assert_gt(compared_value(LOG, "f_min"), 0);
    char *json = scratch_read("bkw.out/compare.json", NULL);
    says(json, "{\"method\": \"zero_defect\", \"dt\": 0.2");
    says(json, "\"error_L2\": null");
    cr_assert_eq(json[strlen(json) - 2], ']');
    free(json);
    char *markdown = scratch_read("bkw.out/compare.md", NULL);
    says(markdown, "| method | dt | tolerance | steps | error L2 |");
    free(markdown);
}

Test(compare_covered, adaptive_methods_follow_their_tolerance) {
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "fine", "--set", "time.scheme=cvode_bdf", "--set",
                   "time.tolerance=1e-11", "--set", "time.space_form=log", "--set", "time.dt=0.4"),
           0);
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,cvode_bdf:log", "--dt", "0.05",
                        "--tolerance", "1e-4,1e-7", "--reference", "fine/result.h5", "--repeat=1",
                        "--no-plot"),
           0);
    cr_assert_eq(compared_value(1, "steps"), 1);
    cr_assert_float_eq(compared_value(2, "tolerance"), 1e-7, 1e-20);
    cr_assert_lt(compared_value(2, "error_L2"), 0.1 * compared_value(1, "error_L2"));
    cr_assert_gt(compared_value(2, "applications"), compared_value(1, "applications"));
}

Test(compare_covered, a_method_may_bring_its_own_dt) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "jko,rk4@0.004,rk4:log@0.001", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot"),
           0);
    has_method(2, "rk4");
    has_method(3, "rk4:log");
    cr_assert_eq(compared_value(2, "steps"), 100);
    cr_assert_eq(compared_value(3, "steps"), 400);
    cr_assert_lt(compared_value(3, "error_L2"), 0.02);
}

/* Whatever the order of the options, the rows of a method go from coarse to fine, methods as they are given. */
Test(compare, ladders_are_sorted) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,rk4@0.001,cvode_bdf,rk4@2e-3",
                        "--dt", "0.1,0.2", "--tolerance", "1e-4,1e-2,1e-3", "--repeat=1", "--no-plot"),
           0);
    static const struct {
        const char *method;
        double dt, tolerance;
    } ROWS[] = {{"zero_defect", 0.2, NAN}, {"zero_defect", 0.1, NAN}, {"rk4", 2e-3, NAN},
                {"rk4", 1e-3, NAN},        {"cvode_bdf", 0.4, 1e-2},  {"cvode_bdf", 0.4, 1e-3},
                {"cvode_bdf", 0.4, 1e-4}};
    for (size_t row = 0; row < sizeof ROWS / sizeof *ROWS; row++) {
        has_method(row, ROWS[row].method);
        cr_assert_eq(compared_value(row, "dt"), ROWS[row].dt, "row %zu", row);
        const double tolerance = compared_value(row, "tolerance");
        cr_assert(isnan(ROWS[row].tolerance) ? isnan(tolerance) : tolerance == ROWS[row].tolerance);
    }
}

/* The rows of a comparison are these pairs of dt and tolerance, in this order. */
static void has_pairs(const char *table, size_t count, const double (*pairs)[2]) {
    for (size_t row = 0; row < count; row++) {
        cr_assert_eq(strtod(compared_word(table, row, "dt"), NULL), pairs[row][0], "row %zu", row);
        cr_assert_eq(strtod(compared_word(table, row, "tolerance"), NULL), pairs[row][1], "row %zu", row);
    }
    char *text = scratch_read(table, NULL);
    size_t lines = 0;
    for (const char *c = text; *c; c++) lines += *c == '\n';
    cr_assert_eq(lines, count + 1, "%s", text);
    free(text);
}

/* Shifts limit dt, so a method that chooses its steps climbs both ladders. Without transport nothing but the
 * tolerance limits it. NAME@DT is a rung of its own, with every tolerance. */
Test(compare, methods_that_choose_their_steps_have_pairs) {
    static const double PAIRS[][2] = {{0.2, 1e-2}, {0.2, 1e-4},  {0.1, 1e-2},
                                      {0.1, 1e-4}, {0.05, 1e-2}, {0.05, 1e-4}},
                        WHOLE[][2] = {{0.2, 1e-2}, {0.2, 1e-4}, {0.05, 1e-2}, {0.05, 1e-4}};
    static const struct {
        const char *deck, *table, *setting;
        bool pairs;
    } CASES[] = {{"fuzzy.yaml", "fuzzy.out/compare.csv", "model.transport=true", true},
                 {"walls.yaml", "walls.out/compare.csv", "model.transport=true", true},
                 {"fuzzy.yaml", "fuzzy.out/compare.csv", "model.transport=false", false}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        expect(GRAZING_ANEW("compare", CASES[i].deck, "--methods", "cvode_bdf,cvode_bdf@0.05", "--dt",
                            "0.1,0.2", "--tolerance", "1e-4,1e-2", "--repeat=1", "--no-plot", "--set",
                            CASES[i].setting),
               0);
        has_pairs(CASES[i].table, CASES[i].pairs ? 6 : 4, CASES[i].pairs ? PAIRS : WHOLE);
        says(process_errors(), "cvode_bdf, dt = 0.05, tolerance = 0.0001, ");
    }
}

/* NAME:ORDER and NAME:FORM:ORDER are what the deck's keys say. */
Test(compare, methods_have_orders) {
    expect(GRAZING_ANEW(
               "compare", "bkw.yaml", "--methods",
               "arkode_dirk,arkode_dirk:4,arkode_dirk:3,arkode_dirk:log,arkode_dirk:log:4,arkode_dirk:log:5",
               "--dt=0.1", "--tolerance=1e-4", "--repeat=1", "--no-plot"),
           0);
    const size_t with[] = {1, 0, 0, 4, 3, 3};
    const bool same[] = {true, true, false, true, true, false};
    for (size_t row = 0; row < 6; row++) {
        const bool equal = compared_value(row, "error_L2") == compared_value(with[row], "error_L2") &&
                           compared_value(row, "setups") == compared_value(with[row], "setups");
        cr_assert_eq(equal, same[row], "row %zu", row);
        cr_assert_eq(compared_value(row, "negative") == 0, row > 2, "row %zu", row);
    }
}

/* All forms of the table but JSON show the columns that were asked for. */
Test(compare, columns_are_picked) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,jko", "--dt", "0.2,0.1",
                        "--repeat=1", "--no-plot", "--columns", "dt,method,error_L1,outcome"),
           0);
    cr_assert_eq(strncmp(process_output(), " dt  method ", 12), 0, "%s", process_output());
    cr_assert_null(strstr(process_output(), "applications"));
    cr_assert_eq(compared_value(0, "dt"), 0.2);
    static const struct {
        const char *name, *first;
    } FILES[] = {
        {"bkw.out/compare.csv", "dt,method,error_L1,outcome\n"},
        {"bkw.out/compare.md", "| dt | method | L1 | outcome |\n"},
        {"bkw.out/compare.tex",
         "\\begin{tabular}{rlrl}\n\\toprule\n$\\Delta t$ & method & $\\|f-f_{ref}\\|_{1}$ & outcome "},
        {"bkw.out/compare.json", "[\n {\"method\": \"zero_defect\", \"dt\": 0.2"}};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char *text = scratch_read(FILES[i].name, NULL);
        cr_assert_eq(strncmp(text, FILES[i].first, strlen(FILES[i].first)), 0, "%s:\n%s", FILES[i].name,
                     text);
        free(text);
    }
}

/* What went wrong is told in whole words: in the table cut between two of them, and whole below it. */
Test(compare, long_outcomes_are_whole) {
    static const char END[] = "where the log form is not defined; try a smaller dt or time.space_form flux";
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "rk4:log", "--dt", "0.2,0.1", "--repeat=1",
                        "--no-plot"),
           0);
    says(process_output(), " ... [1]\n");
    says(process_output(), " ... [2]\n");
    says(process_output(), "\n[2] stopped at t = 0: rk4 stopped after 0.05 of dt = 0.1: f lost positivity");
    says(process_output(), "space_form flux\n");
    static const char *const FILES[] = {"bkw.out/compare.csv", "bkw.out/compare.md", "bkw.out/compare.json"};
    for (size_t i = 0; i < sizeof FILES / sizeof *FILES; i++) {
        char *text = scratch_read(FILES[i], NULL);
        says(text, END);
        free(text);
    }
}

static double at_error(size_t row, const char *column) {
    return strtod(compared_word("bkw.out/at_error.csv", row, column), NULL);
}

/* The work of zero_defect lies between two rows, on the line in the logarithms. No row of jko is that good;
 * every row of the log form is better. */
Test(compare, work_at_one_error) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,jko,cvode_bdf:log", "--dt",
                        "0.4,0.2", "--tolerance=1e-4", "--set", "grid.v.nodes=25", "--set",
                        "grid.v.half_width=6", "--repeat=2", "--no-plot", "--at-error", "1e-3,0.5"),
           0);
    const double e0 = compared_value(0, "error_L2"), e1 = compared_value(1, "error_L2");
    cr_assert(e0 > 1e-3 && e1 < 1e-3, "%g %g", e0, e1);
    const double share = log(1e-3 / e1) / log(e0 / e1);
    const char *const columns[] = {"applications", "setups", "seconds", "processor_seconds"};
    for (size_t k = 0; k < 4; k++) {
        const double w0 = compared_value(0, columns[k]), w1 = compared_value(1, columns[k]);
        const double wanted = w0 < w1 ? w1 * pow(w0 / w1, share) : w1;
        cr_assert_float_eq(at_error(0, columns[k]), wanted, 1e-9 * wanted, "%s", columns[k]);
    }
    cr_assert_eq(at_error(0, "ratio"), 1);
    cr_assert_eq(at_error(0, "ratio_applications"), 1);
    cr_assert_eq(at_error(0, "ratio_processor"), 1);
    cr_assert(isnan(at_error(1, "seconds")));
    cr_assert_str_eq(compared_word("bkw.out/at_error.csv", 1, "remark"), "no row is that good");
    cr_assert_eq(at_error(2, "applications"), compared_value(4, "applications"));
    cr_assert_float_eq(at_error(2, "ratio_applications"),
                       at_error(0, "applications") / compared_value(4, "applications"), 1e-12);
    cr_assert_str_eq(compared_word("bkw.out/at_error.csv", 2, "remark"), "at most: every row is better");
    cr_assert_eq(at_error(2, "work"), compared_value(4, "applications") + compared_value(4, "setups"));
    cr_assert_str_eq(compared_word("bkw.out/at_error.csv", 0, "positive"), "yes");
    says(process_output(), "work at a relative L2 error of 0.001");
    /* The second error is in the same file, and has a table of its own on the screen. */
    cr_assert_eq(at_error(3, "error_L2"), 0.5);
    cr_assert_str_eq(compared_word("bkw.out/at_error.csv", 5, "method"), "cvode_bdf:log");
    says(process_output(), "work at a relative L2 error of 0.5");
}

Test(compare, refusals) {
    static const struct {
        const char *words[8];
        int status;
        const char *piece;
    } CASES[] = {
        {{"bkw.yaml"}, 2, "--methods is missing"},
        {{"bkw.yaml", "--methods", "jko"}, 2, "--dt is missing"},
        {{"bkw.yaml", "--methods", "jo", "--dt", "0.1"},
         2,
         "jo is no method; there are: zero_defect, zero_defect4, jko"},
        {{"bkw.yaml", "--methods", "jko:log", "--dt", "0.1"}, 2, "write jko"},
        {{"bkw.yaml", "--methods", "rk4:lag", "--dt", "0.1"}, 2, "flux or log, and ORDER a whole number"},
        {{"bkw.yaml", "--methods", "rk4:", "--dt", "0.1"}, 2, "rk4:; allowed: NAME[:FORM][:ORDER]"},
        {{"bkw.yaml", "--methods", "rk4:3:log", "--dt", "0.1"}, 2, "rk4:3:log; allowed: NAME[:FORM][:ORDER]"},
        {{"bkw.yaml", "--methods", "rk4:log:flux", "--dt", "0.1"}, 2, "rk4:log:flux; allowed: NAME"},
        {{"bkw.yaml", "--methods", "rk4:3:4", "--dt", "0.1"}, 2, "rk4:3:4; allowed: NAME"},
        {{"bkw.yaml", "--methods", "rk4:-3", "--dt", "0.1"}, 2, "rk4:-3; allowed: NAME"},
        {{"bkw.yaml", "--methods", "rk4:3", "--dt", "0.1"}, 3, "time.order"},
        {{"bkw.yaml", "--methods", "arkode_dirk:6", "--dt", "0.1"}, 3, "allowed: 3, 4 or 5"},
        {{"bkw.yaml", "--methods", "rk4:log:3@0.1", "--dt", "0.1"}, 3, "time.order"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "-1"}, 2, "--dt: -1 is not above 0"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1,0"}, 2, "--dt: 0 is not above 0"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1,nan"}, 2, "--dt: nan is no number"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1,inf"}, 2, "--dt: inf is no number"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1,x"}, 2, "--dt: x is no number"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1,0.2,1e-1"},
         2,
         "0.1 and 1e-1 are the same level twice"},
        {{"bkw.yaml", "--methods", "jko", "--dt=1", "--tolerance", "1e-3,-1"}, 2, "--tolerance: -1 is not"},
        {{"bkw.yaml", "--methods", "jko,rk4@-1", "--dt", "0.1"}, 2, "--methods rk4@DT: -1 is not above 0"},
        {{"bkw.yaml", "--methods", "jko,rk4,jko@0.1", "--dt", "0.1"}, 2, "jko with dt = 0.1 is there twice"},
        {{"fuzzy.yaml", "--methods", "cvode_bdf,cvode_bdf@0.1", "--dt", "0.2,0.1", "--tolerance", "1e-3"},
         2,
         "cvode_bdf with dt = 0.1, tolerance = 0.001 is there twice"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1", "--columns", "dt,eror"},
         2,
         "eror is no column; there are: method, dt, tolerance, steps, error_L1, "},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1", "--repeat", "0"}, 2, "--repeat is 0"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1", "--at-error", "small"},
         2,
         "--at-error: small is no number"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1", "--at-error", "1e-3,0"},
         2,
         "--at-error: 0 is not above 0"},
        {{"bkw.yaml", "--methods", "jko", "--dt", "0.1", "--reference", "no.h5"}, 5, "no.h5"},
        {{"fuzzy.yaml", "--methods", "jko", "--dt", "0.1", "--reference", "exact"}, 2, "no exact solution"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const char *words[10] = {"compare"};
        for (size_t k = 0; k < 8; k++) words[k + 1] = CASES[i].words[k];
        expect(process_run(words), CASES[i].status);
        says(process_errors(), CASES[i].piece);
        cr_assert_str_eq(process_output(), "");
    }
    cr_assert_neq(access(scratch_path("bkw.out"), F_OK), 0);
}

/* It is drawn from all columns, whatever the tables show. */
Test(compare, the_picture) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,rk4,rkl2", "--dt", "0.2,0.1",
                        "--quiet", "--at-error=1e-3,1e-4", "--columns=method,outcome"),
           0);
    cr_assert_str_eq(process_output(), "");
    size_t size = 0;
    char *bytes = scratch_read("bkw.out/compare.png", &size);
    cr_assert(size > 8000 && memcmp(bytes, "\x89PNG", 4) == 0);
    free(bytes);
}
