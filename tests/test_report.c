/* report.txt: every line of it against history.csv and result.h5 (report_checks.py), for runs of all kinds; a run in
 * several sessions against the unbroken run; what is said of times that dt does not divide.
 */
#include "process.h"
#include "python.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { PATH = 80, TEXT = 1 << 14 };

static void open_all(void) {
    scratch_open();
    setenv("XDG_CACHE_HOME", scratch_path("cache"), 1);
}

TestSuite(report, .init = open_all, .fini = scratch_close);
TestSuite(report_covered, .init = open_all, .fini = scratch_close);

static const char BKW[] = "title: small bkw\n"
                          "grid: {v: {nodes: 19, half_width: 5.0}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.1, end: 1.0}\n"
                          "output: {every: 0.2}\n";

static const char FUZZY[] =
    "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
    "grid: {x: {cells: 6, length: 2}, v: {nodes: 13, half_width: 5.5}}\n"
    "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3, velocity: [0.5, 0],\n"
    "           velocity_wave: [0.2, 0]}]\n"
    "time: {dt: 0.1, end: 0.6}\n"
    "output: {every: 0.2}\n";

static const char WALLS[] = "model: {space_dim: 1, kernel: {gamma: -1}}\n"
                            "grid: {x: {cells: 6, boundary: box}, v: {nodes: 13, half_width: 5.5}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.05, end: 0.3}\n"
                            "output: {every: 0.1}\n";

static const char THREE[] =
    "model: {velocity_dim: 3, space_dim: 1, kernel: {gamma: -3}, kappa: {shape: sigma, sigma: 1}}\n"
    "grid: {x: {cells: 4}, v: {nodes: 9, half_width: 5.0, order: 4}}\n"
    "initial: [{temperature: [1, 1.3, 1.3], mode: 1, temperature_wave: 0.2}]\n"
    "time: {dt: 0.2, end: 0.6}\n"
    "output: {every: 0.4}\n";

static const char SPECIES[] =
    "model: {space_dim: 1, kernel: {gamma: -1}, species: [{name: a}, {name: b, mass: 2}]}\n"
    "grid: {x: {cells: 4}, v: {nodes: 17, half_width: 5.5}}\n"
    "initial: [{species: a, mode: 1, density_wave: 0.3}, {species: b, velocity: 0.2}]\n"
    "time: {dt: 0.05, end: 0.3}\n"
    "output: {every: 0.1}\n";

static void write_all(void) {
    scratch_write("species", SPECIES, strlen(SPECIES));
    scratch_write("bkw", BKW, strlen(BKW));
    scratch_write("fuzzy", FUZZY, strlen(FUZZY));
    scratch_write("walls", WALLS, strlen(WALLS));
    scratch_write("three", THREE, strlen(THREE));
}

/* Run a deck into `out` with more words, separated by blanks. Returns the exit status. */
static int run(const char *deck, const char *out, const char *more) {
    static char text[300];
    const char *words[PROCESS_WORDS] = {"run", deck, "--quiet", "--out", out};
    size_t count = 5;
    snprintf(text, sizeof text, "%s", more);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) words[count++] = word;
    return process_run(words);
}

/* Let the script look at the reports in these folders. */
static void check_reports(size_t count, const char *const *folders) {
    gz_context *context = NULL;
    const char **words = calloc(count + 1, sizeof *words);
    char(*paths)[400] = calloc(count, sizeof *paths);
    words[0] = SHARE;
    for (size_t i = 0; i < count; i++) {
        snprintf(paths[i], sizeof paths[i], "%s", scratch_path(folders[i]));
        words[i + 1] = paths[i];
    }
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_python_run(context, SCRIPT, count + 1, words), GZ_OK, "%s", gz_context_message(context));
    gz_context_destroy(context);
    free(words);
    free(paths);
}

/* --- every line ----------------------------------------------------------------------------------------- */

Test(report, says_what_is_so) {
    static const struct {
        const char *out, *deck, *more;
        int status;
    } RUNS[] = {
        {"exact", "bkw", "", 0},
        {"fuzzy.o", "fuzzy", "", 0},
        {"left", "walls", "", 0},
        {"3v", "three", "", 0},
        {"mixture", "species", "", 0},
        {"bath", "fuzzy", "--set model.collisions=fokker_planck", 0},
        {"jko", "fuzzy", "--set time.scheme=jko", 0},
        {"cvode", "bkw", "--set time.scheme=cvode_bdf", 0},
        {"rk4", "bkw", "--set time.scheme=rk4 --set time.dt=0.002", 0},
        {"negative", "fuzzy", "--set time.scheme=rkl2", 0},
        {"path", "bkw",
         "--set time.scheme=jko --set time.inner_steps=2 --set grid.v.half_width=3 --set grid.v.nodes=7 "
         "--set "
         "grid.v.order=2 --set grid.unresolved=allow --set time.dt=0.01 --set time.end=0.02",
         0},
        {"lbfgs", "bkw", "--set solver.minimizer=lbfgs --set time.end=0.2", 0},
        {"control", "bkw", "--set time.dt_control.tolerance=0.02", 0},
        {"certified", "fuzzy", "--certify", 0},
        {"none", "bkw", "--set time.end=0", 0},
        {"sparse", "fuzzy", "--set output.density=false", 0},
        {"between", "fuzzy", "--set output.every=0.25", 0},
        {"shorter", "fuzzy", "--set time.dt=0.25", 0},
        {"failed", "fuzzy", "--set solver.max_iterations=1", 4},
        {"longer", "bkw", "--set time.end=0.35", 0},
        {"longer", "bkw", "--set time.dt=0.2 --restart", 0},
        {"other", "walls", "--wall-limit 1e-9", 0},
        {"other", "walls", "--restart --wall-limit 1e-9", 0},
        {"other", "walls", "--restart --set time.dt=0.07 --set time.scheme=rkl2", 0},
    };
    enum { COUNT = sizeof RUNS / sizeof *RUNS };
    const char *folders[COUNT];
    size_t count = 0;
    write_all();
    for (size_t i = 0; i < COUNT; i++) {
        cr_assert_eq(run(RUNS[i].deck, RUNS[i].out, RUNS[i].more), RUNS[i].status, "%s: %s", RUNS[i].out,
                     process_errors());
        if (i + 1 == COUNT || strcmp(RUNS[i].out, RUNS[i + 1].out) != 0) folders[count++] = RUNS[i].out;
    }
    check_reports(count, folders);
}

/* --- sessions ------------------------------------------------------------------------------------------- */

/* The lines of a report that do not depend on sessions: without restarts and seconds. */
static void read_lines(const char *out, char *text) {
    char name[PATH];
    snprintf(name, sizeof name, "%s/report.txt", out);
    char *all = scratch_read(name, NULL);
    bool seconds = false;
    text[0] = 0;
    for (char *line = strtok(all, "\n"); line; line = strtok(NULL, "\n")) {
        seconds = (seconds || strncmp(line, "phase ", 6) == 0) && strncmp(line, "largest |J|", 11) != 0;
        if (seconds || strncmp(line, "restarts ", 9) == 0 || strstr(line, ": history.csv")) continue;
        strcat(strcat(text, line), "\n");
    }
    free(all);
}

static void assert_same_report(const char *a, const char *b) {
    static char text[2][TEXT];
    read_lines(a, text[0]);
    read_lines(b, text[1]);
    cr_assert_str_eq(text[0], text[1]);
    cr_assert_gt(strlen(text[0]), 500);
}

/* The number in a line of a report. */
static double number_of(const char *out, const char *line) {
    char name[PATH];
    snprintf(name, sizeof name, "%s/report.txt", out);
    char *text = scratch_read(name, NULL);
    const char *found = strstr(text, line);
    cr_assert_not_null(found, "no `%s` in %s", line, text);
    const double value = strtod(found + strlen(line), NULL);
    free(text);
    return value;
}

Test(report_covered, of_several_sessions_is_that_of_the_whole_run) {
    static const char *const DECKS[][4] = {
        {"bkw", "--certify", "--certify --wall-limit 1e-9 --restart", "--certify --restart"},
        {"fuzzy", "--certify", "--certify --wall-limit 1e-9 --restart", "--certify --restart"},
        {"walls", "", "--wall-limit 1e-9 --restart", "--restart"}};
    write_all();
    for (int i = 0; i < 3; i++) {
        char whole[PATH], cut[PATH];
        snprintf(whole, sizeof whole, "whole%d", i);
        snprintf(cut, sizeof cut, "cut%d", i);
        const char *deck = DECKS[i][0], *cut_short = DECKS[i][2], *go_on = DECKS[i][3];
        cr_assert_eq(run(deck, whole, DECKS[i][1]), 0, "%s", process_errors());
        for (int k = 0; k < 2; k++) cr_assert_eq(run(deck, cut, cut_short), 0, "%s", process_errors());
        const double before = number_of(cut, "\nall ");
        cr_assert_eq(run(deck, cut, go_on), 0, "%s", process_errors());
        assert_same_report(whole, cut);
        cr_assert_eq(number_of(cut, "\nrestarts "), 2);
        const double seconds = number_of(cut, "\nall ");
        cr_assert_gt(seconds, before);
        /* A session that would have nothing to do is refused, and leaves the report as it is. */
        cr_assert_eq(run(deck, cut, go_on), 3, "%s", process_errors());
        assert_same_report(whole, cut);
        cr_assert_eq(number_of(cut, "\nrestarts "), 2);
        cr_assert_eq(number_of(cut, "\nall "), seconds);
        check_reports(1, (const char *const[]){cut});
    }
}

/* A killed run leaves no report; its successor counts the steps that the checkpoint knows of, once. */
Test(report_covered, after_a_kill) {
    static const char *const MORE =
        "--set time.dt=0.002 --set output.checkpoint_every=0 --set output.every=0.2";
    const char *const words[] = {"run",
                                 "bkw",
                                 "--quiet",
                                 "--out",
                                 "cut",
                                 "--set",
                                 "time.dt=0.002",
                                 "--set",
                                 "output.checkpoint_every=0",
                                 NULL};
    write_all();
    cr_assert_eq(run("bkw", "whole", MORE), 0, "%s", process_errors());
    const pid_t child = process_start(words);
    for (int i = 0; access(scratch_path("cut/checkpoint.older.h5"), F_OK) != 0; i++) {
        cr_assert_lt(i, 2000);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    kill(child, SIGKILL);
    expect(process_wait(child), 1000 + SIGKILL);
    cr_assert_neq(access(scratch_path("cut/report.txt"), F_OK), 0);
    cr_assert_eq(run("bkw", "cut", "--restart --set time.dt=0.002 --set output.checkpoint_every=0"), 0, "%s",
                 process_errors());
    assert_same_report("whole", "cut");
    check_reports(1, (const char *const[]){"cut"});
}

/* --- times that dt does not divide ---------------------------------------------------------------------- */

/* The grid is coarse, which other warnings say. */
static void no_time_is_noted(void) {
    cr_assert_null(strstr(process_errors(), "time.dt"), "%s", process_errors());
    cr_assert_null(strstr(process_errors(), "output.every"), "%s", process_errors());
}

Test(report, times_that_dt_does_not_divide_are_named) {
    static const char
        STATES[] = "warning: output.every = 0.25 is no multiple of time.dt = 0.1: states are stored at "
                   "the ends of the steps that reach its multiples, t = 0.3, 0.5, 0.6; take "
                   "output.every 0.2 or 0.3, or time.dt 0.0833333333333 or 0.125",
        END[] = "note: time.dt = 0.25 does not divide time.end = 0.6, so that the last step (3) is 0.1; "
                "0.2 or 0.3 would divide it";
    write_all();
    expect(GRAZING("run", "fuzzy", "--dry-run", "--set", "output.every=0.25"), 0);
    says(process_errors(), STATES);
    says(process_output(), "4 states");
    expect(GRAZING("info", "fuzzy", "--set", "output.every=0.25"), 0);
    says(process_output(), STATES);
    expect(GRAZING("run", "fuzzy", "--dry-run", "--set", "time.dt=0.25"), 0);
    says(process_errors(), END);
    expect(GRAZING("run", "fuzzy", "--out", "o", "--set", "time.dt=0.25"), 0);
    says(process_errors(), END);
    says(process_output(), END);
    says(process_output(), "dt = 0.25, the last one 0.1,");
    /* A deck whose times fit, and one with step control, which meets all of them, need no note. */
    expect(GRAZING("run", "fuzzy", "--dry-run"), 0);
    no_time_is_noted();
    expect(GRAZING("run", "fuzzy", "--dry-run", "--set", "output.every=0.25", "--set",
                   "time.dt_control.tolerance=0.1"),
           0);
    no_time_is_noted();
    says(process_output(), "would take steps as time.dt_control chooses them");
    says(process_output(), "4 states");
    /* What is still to be done after a restart. */
    expect(GRAZING_ANEW("run", "fuzzy", "--quiet", "--out", "o"), 0);
    expect(GRAZING("run", "fuzzy", "--out", "o", "--restart", "--dry-run", "--set", "time.end=1"), 0);
    says(process_output(), "would take 4 steps of 0.1 from t = 0.6 to 1");
    says(process_output(), "2 more states");
}
