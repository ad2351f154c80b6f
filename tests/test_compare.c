/* The command compare as a process: rows of all kinds of methods, their violations, files, refusals. */
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
                            "grid: {x: {cells: 3}, v: {nodes: 13, half_width: 5.5}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.1, end: 0.2}\n";

static void open_all(void) {
    scratch_open();
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

TestSuite(compare, .init = open_all, .fini = scratch_close);
TestSuite(compare_covered, .init = open_all, .fini = scratch_close);

/* The word in a row (0 is the first) and a column of compare.csv, whose words must have no commas. Valid
 * until the next call. */
static const char *word(const char *name, size_t row, const char *column) {
    static char found[200];
    char *text = scratch_read(name, NULL), *rest = text, *line = strtok_r(rest, "\n", &rest), *part;
    size_t place = 0;
    for (part = strtok_r(line, ",", &line); part && strcmp(part, column) != 0; place++)
        part = strtok_r(line, ",", &line);
    cr_assert_not_null(part, "no column %s", column);
    for (size_t i = 0; i <= row; i++) line = strtok_r(rest, "\n", &rest);
    cr_assert_not_null(line, "no row %zu", row);
    for (; place > 0; place--) line = strchr(line, ',') + 1;
    snprintf(found, sizeof found, "%.*s", (int)strcspn(line, ","), line);
    free(text);
    return found;
}

static double value(size_t row, const char *column) {
    return strtod(word("bkw.out/compare.csv", row, column), NULL);
}

static void has_method(size_t row, const char *method) {
    cr_assert_str_eq(word("bkw.out/compare.csv", row, "method"), method);
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
        cr_assert_lt(value(row, "error_L2"), 0.02, "row %zu", row);
        cr_assert_lt(value(row, "mass_drift"), 1e-8);
        cr_assert_lt(value(row, "energy_drift"), 1e-7);
        cr_assert_gt(value(row, "applications"), 3);
        cr_assert_leq(value(row, "seconds_least"), value(row, "seconds"));
        /* One thread cannot work for longer than the clock runs. */
        const double processor = value(row, "processor_seconds");
        cr_assert(processor > 0 && processor <= 1.01 * value(row, "seconds_least") + 1e-4, "row %zu", row);
        cr_assert_leq(value(row, "seconds"), value(row, "seconds_most"));
    }
    for (size_t row = 0; row < RK4; row++) {
        cr_assert_str_eq(word("bkw.out/compare.csv", row, "outcome"), "fine");
        cr_assert_eq(value(row, "negative"), 0);
        cr_assert_eq(value(row, "H_increases"), 0);
        cr_assert_gt(value(row, "f_min"), 0);
        cr_assert_lt(value(row, "energy_drift"), 1e-13);
        cr_assert_gt(value(row, "J_mean"), 0);
    }
    /* J is zero to round-off, or minus the numerical dissipation. The other methods have no J. */
    cr_assert_lt(fabs(value(ZERO_DEFECT, "J")), 1e-13);
    cr_assert_lt(value(JKO, "J"), -1e-5);
    cr_assert(isnan(value(RKL2, "J")));
    cr_assert_gt(value(JKO, "J_mean"), 100 * value(ZERO_DEFECT, "J_mean"));
    cr_assert_gt(value(JKO, "error_L2"), 2 * value(ZERO_DEFECT, "error_L2"));
    /* Beyond its stability limit rk4 blows up. This is a row, not an abort. */
    for (size_t row = RK4; row < RKL2; row++) {
        cr_assert_eq(strncmp(word("bkw.out/compare.csv", row, "outcome"), "blew up by t = ", 15), 0);
        cr_assert(isnan(value(row, "error_L2")));
    }
    /* The flux form loses positivity in the tail, and the outcome says so. */
    cr_assert_eq(strncmp(word("bkw.out/compare.csv", FLUX, "outcome"), "f <= 0 at ", 10), 0);
    cr_assert_lt(value(FLUX, "f_min"), 0);
    cr_assert_gt(value(FLUX, "negative"), 0);
    cr_assert_gt(value(LOG, "f_min"), 0);
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
    cr_assert_eq(value(1, "steps"), 1);
    cr_assert_float_eq(value(2, "tolerance"), 1e-7, 1e-20);
    cr_assert_lt(value(2, "error_L2"), 0.1 * value(1, "error_L2"));
    cr_assert_gt(value(2, "applications"), value(1, "applications"));
}

Test(compare_covered, a_method_may_bring_its_own_dt) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "jko,rk4@0.004,rk4:log@0.001", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot"),
           0);
    has_method(2, "rk4");
    has_method(3, "rk4:log");
    cr_assert_eq(value(2, "steps"), 100);
    cr_assert_eq(value(3, "steps"), 400);
    cr_assert_lt(value(3, "error_L2"), 0.02);
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
        cr_assert_eq(value(row, "dt"), ROWS[row].dt, "row %zu", row);
        const double tolerance = value(row, "tolerance");
        cr_assert(isnan(ROWS[row].tolerance) ? isnan(tolerance) : tolerance == ROWS[row].tolerance);
    }
}

/* The rows of a comparison are these pairs of dt and tolerance, in this order. */
static void has_pairs(const char *table, size_t count, const double (*pairs)[2]) {
    for (size_t row = 0; row < count; row++) {
        cr_assert_eq(strtod(word(table, row, "dt"), NULL), pairs[row][0], "row %zu", row);
        cr_assert_eq(strtod(word(table, row, "tolerance"), NULL), pairs[row][1], "row %zu", row);
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
    static const char WALLS[] = "model: {space_dim: 1}\n"
                                "grid: {x: {cells: 1, boundary: box}, v: {nodes: 13, half_width: 5.5}}\n"
                                "initial: [{temperature: [1, 0.8]}]\n"
                                "time: {dt: 0.1, end: 0.2}\n";
    scratch_write("walls.yaml", WALLS, strlen(WALLS));
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

/* All forms of the table but JSON show the columns that were asked for. */
Test(compare, columns_are_picked) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,jko", "--dt", "0.2,0.1",
                        "--repeat=1", "--no-plot", "--columns", "dt,method,error_L1,outcome"),
           0);
    cr_assert_eq(strncmp(process_output(), " dt  method ", 12), 0, "%s", process_output());
    cr_assert_null(strstr(process_output(), "applications"));
    cr_assert_eq(value(0, "dt"), 0.2);
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
    return strtod(word("bkw.out/at_error.csv", row, column), NULL);
}

/* The work of zero_defect lies between two rows, on the line in the logarithms. No row of jko is that good;
 * every row of the log form is better. */
Test(compare, work_at_one_error) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,jko,cvode_bdf:log", "--dt",
                        "0.4,0.2", "--tolerance=1e-4", "--set", "grid.v.nodes=25", "--set",
                        "grid.v.half_width=6", "--repeat=2", "--no-plot", "--at-error", "1e-3,0.5"),
           0);
    const double e0 = value(0, "error_L2"), e1 = value(1, "error_L2");
    cr_assert(e0 > 1e-3 && e1 < 1e-3, "%g %g", e0, e1);
    const double share = log(1e-3 / e1) / log(e0 / e1);
    const char *const columns[] = {"applications", "setups", "seconds", "processor_seconds"};
    for (size_t k = 0; k < 4; k++) {
        const double w0 = value(0, columns[k]), w1 = value(1, columns[k]);
        const double wanted = w0 < w1 ? w1 * pow(w0 / w1, share) : w1;
        cr_assert_float_eq(at_error(0, columns[k]), wanted, 1e-9 * wanted, "%s", columns[k]);
    }
    cr_assert_eq(at_error(0, "ratio"), 1);
    cr_assert_eq(at_error(0, "ratio_applications"), 1);
    cr_assert_eq(at_error(0, "ratio_processor"), 1);
    cr_assert(isnan(at_error(1, "seconds")));
    cr_assert_str_eq(word("bkw.out/at_error.csv", 1, "remark"), "no row is that good");
    cr_assert_eq(at_error(2, "applications"), value(4, "applications"));
    cr_assert_float_eq(at_error(2, "ratio_applications"),
                       at_error(0, "applications") / value(4, "applications"), 1e-12);
    cr_assert_str_eq(word("bkw.out/at_error.csv", 2, "remark"), "at most: every row is better");
    cr_assert_eq(at_error(2, "work"), value(4, "applications") + value(4, "setups"));
    cr_assert_str_eq(word("bkw.out/at_error.csv", 0, "positive"), "yes");
    says(process_output(), "work at a relative L2 error of 0.001");
    /* The second error is in the same file, and has a table of its own on the screen. */
    cr_assert_eq(at_error(3, "error_L2"), 0.5);
    cr_assert_str_eq(word("bkw.out/at_error.csv", 5, "method"), "cvode_bdf:log");
    says(process_output(), "work at a relative L2 error of 0.5");
}

Test(compare, without_an_exact_solution_the_reference_is_finer) {
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,jko", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot"),
           0);
    says(process_output(), "errors are relative to zero_defect with dt = 0.00625 at t = 0.2");
    const double ratio = strtod(word("fuzzy.out/compare.csv", 0, "error_L2"), NULL) /
                         strtod(word("fuzzy.out/compare.csv", 1, "error_L2"), NULL);
    cr_assert_float_eq(ratio, 4, 0.5, "%g", ratio);
}

/* The relative difference of the forms that the output names after this piece of text. */
static double difference_after(const char *piece) {
    const char *found = strstr(process_output(), piece);
    cr_assert_not_null(found, "no `%s`: %s", piece, process_output());
    return strtod(found + strlen(piece), NULL);
}

static double fuzzy_value(size_t row, const char *column) {
    return strtod(word("fuzzy.out/compare.csv", row, column), NULL);
}

/* Without an exact solution each row is compared with its own form, and so every method shows its order. With
 * one reference for all, the rows of the other form stagnate, and the table says where. */
Test(compare, by_default_no_row_stagnates_at_the_difference_of_the_forms) {
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,rkl2", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot"),
           0);
    const double between = difference_after("with dt = 0.00625, which differ by ");
    says(process_output(), "errors are relative to rkl2 (flux form) and zero_defect (log form)");
    for (size_t row = 0; row < 4; row += 2) {
        const double ratio = fuzzy_value(row, "error_L2") / fuzzy_value(row + 1, "error_L2");
        cr_assert(ratio > 3 && ratio < 6, "row %zu: %g", row, ratio);
        cr_assert_lt(fuzzy_value(row, "error_L2"), between / 4);
    }
    cr_assert_null(strstr(process_output(), "stagnate"));
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,rkl2", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot", "--reference=finest"),
           0);
    const double stuck = difference_after("rows of the flux form stagnate at ");
    cr_assert_float_eq(stuck, between, 0.05 * between);
    for (size_t row = 2; row < 4; row++) cr_assert_float_eq(fuzzy_value(row, "error_L2"), stuck, 0.1 * stuck);
    says(process_output(), "--reference forms compares like with like");
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,rkl2", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot", "--reference=finest", "--set", "time.scheme=rkl2"),
           0);
    says(process_output(), "rows of the log form stagnate at ");
}

Test(compare, one_file_for_both_forms_is_said_to_fit_one) {
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "fine"), 0);
    const char *const methods[] = {"zero_defect,jko", "zero_defect,rkl2"};
    for (int both = 0; both < 2; both++) {
        expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", methods[both], "--dt", "0.1", "--repeat=1",
                            "--no-plot", "--reference", "fine/result.h5"),
               0);
        cr_assert_eq(strstr(process_output(), "rows of one space form stagnate at its difference") != NULL,
                     both);
    }
}

/* Each space form has its own fine run: errors in time are of order 2, though the forms differ by more. */
Test(compare, forms_have_references_of_their_own) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,rkl2,rkl2:log,rk4@0.004", "--dt",
                        "0.1,0.05", "--repeat=1", "--no-plot", "--reference", "forms"),
           0);
    const char *piece = strstr(process_output(), "which differ by ");
    says(process_output(), "rkl2 (flux form) and zero_defect (log form) with dt = 0.00625, which differ by ");
    const double between = strtod(piece + strlen("which differ by "), NULL);
    cr_assert(between > 1e-3 && between < 0.1, "%g", between);
    for (size_t row = 0; row < 6; row += 2) {
        const double ratio = value(row, "error_L2") / value(row + 1, "error_L2");
        cr_assert(ratio > 2.5 && ratio < 6, "row %zu: %g", row, ratio);
        cr_assert_lt(value(row + 1, "error_L2"), between / 4, "row %zu", row);
    }
    cr_assert_lt(value(6, "error_L2"), 1e-5); /* of order 4, and of the flux form */
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
