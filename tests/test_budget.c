/* The error budget, converge --budget as a process: its rows, its sum against the true error, refusals. */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char BKW[] = "title: small bkw\n"
                          "grid: {v: {nodes: 25, half_width: 6}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.25, end: 0.5}\n";

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 5}, v: {nodes: 13, half_width: 5, order: 4}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.1, end: 0.2}\n";

static void open_all(void) {
    scratch_open();
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

TestSuite(budget, .init = open_all, .fini = scratch_close);

typedef struct entry {
    char source[20];
    double difference, error, share;
} entry;

/* Read the rows of a budget.csv, whose words have no commas. Returns the number of rows. */
static size_t read_budget(const char *name, entry *entries) {
    char *text = scratch_read(name, NULL), *rest = text, *line = strtok_r(rest, "\n", &rest);
    size_t count = 0;
    cr_assert_str_eq(line, "source,refinement,order,difference,error,share,seconds,outcome");
    while ((line = strtok_r(rest, "\n", &rest)) && count < 5) {
        entry *e = &entries[count++];
        snprintf(e->source, sizeof e->source, "%.*s", (int)strcspn(line, ","), line);
        for (int k = 0; k < 3; k++) line = strchr(line, ',') + 1;
        e->difference = strtod(line, &line);
        e->error = strtod(line + 1, &line);
        e->share = strtod(line + 1, NULL);
    }
    free(text);
    return count;
}

Test(budget, adds_up_to_the_error_against_the_exact_solution) {
    entry entries[5];
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--budget", "--no-plot"), 0);
    cr_assert_eq(read_budget("bkw.out/budget.csv", entries), 3);
    const char *const names[] = {"time", "v grid", "box"};
    double error = 0, share = 0;
    for (size_t k = 0; k < 3; k++) {
        cr_assert_str_eq(entries[k].source, names[k]);
        cr_assert_gt(entries[k].error, 0);
        error += entries[k].error;
        share += entries[k].share;
    }
    cr_assert_float_eq(share, 100, 1e-9);
    cr_assert_float_eq(entries[0].error, entries[0].difference * 4 / 3, 1e-12); /* order 2 */
    const char *exact = strstr(process_output(), "the exact solution is ");
    cr_assert_not_null(exact, "%s", process_output());
    const double truth = strtod(exact + strlen("the exact solution is "), NULL);
    cr_log_info("budget %.2e, truth %.2e", error, truth);
    cr_assert(truth < error && error < 1.5 * truth, "%.2e %.2e", error, truth);
    /* With half the dt, the error of time shrinks by 2^2 and the others stay. */
    entry finer[5];
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--budget", "--no-plot", "--set", "time.dt=0.125", "--out",
                        "finer"),
           0);
    read_budget("finer/budget.csv", finer);
    cr_assert_float_eq(entries[0].error / finer[0].error, 4, 1, "%g", entries[0].error / finer[0].error);
    cr_assert_float_eq(finer[1].error / entries[1].error, 1, 0.2, "%g", finer[1].error / entries[1].error);
}

Test(budget, with_transport_there_are_splitting_and_space) {
    entry entries[5];
    static const char *const NAMES[] = {"time", "splitting", "v grid", "box", "x grid"};
    expect(GRAZING_ANEW("converge", "fuzzy.yaml", "--budget", "--no-plot"), 0);
    cr_assert_eq(read_budget("fuzzy.out/budget.csv", entries), 5);
    for (size_t k = 0; k < 5; k++) {
        cr_assert_str_eq(entries[k].source, NAMES[k]);
        cr_assert(entries[k].error > 0 && entries[k].error < 0.1, "%s: %g", NAMES[k], entries[k].error);
    }
    /* Time and splitting together are the change by dt/2. */
    expect(GRAZING_ANEW("converge", "fuzzy.yaml", "--vary", "time.dt=0.1,0.05,0.025", "--no-plot", "--out",
                        "ladder"),
           0);
    char *text = scratch_read("ladder/converge.csv", NULL), *line = strchr(text, '\n') + 1;
    const double plain = strtod(strchr(strchr(line, ',') + 1, ',') + 1, NULL); /* |f(0.1) - f(0.025)| */
    free(text);
    cr_assert_lt(plain, 1.3 * (entries[0].difference + entries[1].difference));
    cr_assert_gt(plain, fabs(entries[0].difference - entries[1].difference));
    /* Of methods that choose their steps the tolerance is refined; streaming is still split. */
    expect(GRAZING_ANEW("converge", "fuzzy.yaml", "--budget", "--no-plot", "--set", "time.scheme=cvode_bdf"),
           0);
    says(process_output(), "tolerance 1e-06 -> 1e-07");
    cr_assert_eq(read_budget("fuzzy.out/budget.csv", entries), 5);
    cr_assert_lt(entries[0].error, 1e-4);
    cr_assert_gt(entries[1].error, entries[0].error);
}

Test(budget, what_cannot_be_refined_is_a_row) {
    entry entries[5];
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--budget", "--quiet"), 0); /* with its picture */
    size_t size = 0;
    char *bytes = scratch_read("bkw.out/budget.png", &size);
    cr_assert(size > 4000 && memcmp(bytes, "\x89PNG", 4) == 0);
    free(bytes);
    cr_assert_str_eq(process_output(), "");
    cr_assert_eq(process_run((const char *const[]){"run", "bkw.yaml", "--quiet", NULL}), 0);
    static const char FROM_FILE[] = "grid: {v: {nodes: 25, half_width: 6}}\n"
                                    "initial: [{shape: file, path: bkw.out/result.h5}]\n"
                                    "time: {dt: 0.25, end: 0.25}\n";
    scratch_write("file.yaml", FROM_FILE, strlen(FROM_FILE));
    expect(GRAZING_ANEW("converge", "file.yaml", "--budget", "--no-plot"), 0);
    cr_assert_eq(read_budget("file.out/budget.csv", entries), 3);
    cr_assert_float_eq(entries[0].share, 100, 1e-9);
    cr_assert(isnan(entries[1].error) && isnan(entries[2].error));
}

Test(budget, refusals) {
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--budget", "--vary", "time.dt=0.2,0.1,0.05"), 2);
    says(process_errors(), "leave out --vary");
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--budget", "--set", "time.dt_control.tolerance=1e-4"), 2);
    says(process_errors(), "time.dt_control.tolerance=0");
    expect(GRAZING_ANEW("converge", "bkw.yaml", "--budget", "--set", "time.scheme=euler", "--set",
                        "time.end=20", "--no-plot"),
           4);
    says(process_errors(), "the run itself did not reach its end");
    cr_assert_neq(access(scratch_path("bkw.out"), F_OK), 0);
}
