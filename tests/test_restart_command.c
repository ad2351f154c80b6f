/* A run of the program that was stopped, by its limit or by a kill, and goes on in another process is the
 * unbroken run, bit for bit, in every file. test_restart.c asks the same of the library.
 */
#include "curve_file.h"
#include "deck.h"
#include "history.h"
#include "plans.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void open_all(void) {
    scratch_open();
    setenv("XDG_CACHE_HOME", scratch_path("cache"), 1);
}

TestSuite(restart_command, .init = open_all, .fini = scratch_close);

enum { WORDS = 24, PATH = 120 };

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 4}, v: {nodes: 13, half_width: 5}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.02, end: 0.4}\n"
                            "output: {every: 0.06}\n";

static pid_t start(const char *out, const char *more) {
    static char text[400];
    const char *words[WORDS] = {"run", "deck.yaml", "--quiet", "--out", out};
    size_t count = 5;
    snprintf(text, sizeof text, "%s", more);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) words[count++] = word;
    scratch_write("deck.yaml", FUZZY, strlen(FUZZY));
    return process_start(words);
}

static int run(const char *out, const char *more) {
    return process_wait(start(out, more));
}

static const char *in_folder(const char *out, const char *name) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/%s", out, name);
    return scratch_path(path);
}

static bool exists(const char *out, const char *name) {
    return access(in_folder(out, name), F_OK) == 0;
}

static void drop_cache(void) {
    unlink(scratch_path("cache/grazing/plans"));
}

/* The rows of b are the first rows of a, except for their seconds. Returns the number of rows of b. */
static size_t compare_histories(gz_context *context, const char *a, const char *b) {
    gz_history *h[2] = {NULL, NULL};
    cr_assert_eq(gz_history_read(context, in_folder(a, "history.csv"), &h[0]), GZ_OK);
    cr_assert_eq(gz_history_read(context, in_folder(b, "history.csv"), &h[1]), GZ_OK, "%s",
                 gz_context_message(context));
    const size_t columns = h[0]->column_count, seconds = gz_history_column(h[0], "seconds"),
                 rows = h[1]->row_count;
    cr_assert(columns == h[1]->column_count && seconds < columns && rows <= h[0]->row_count);
    for (size_t i = 0; i < rows * columns; i++)
        cr_assert(i % columns == seconds || memcmp(&h[0]->values[i], &h[1]->values[i], sizeof(double)) == 0,
                  "row %zu, column %zu: %.17g and %.17g", i / columns, i % columns, h[0]->values[i],
                  h[1]->values[i]);
    gz_history_destroy(h[0]);
    gz_history_destroy(h[1]);
    return rows;
}

/* The states of b equal the states of a at the same times. Returns the number of states of b. */
static size_t compare_results(gz_context *context, const char *a, const char *b) {
    gz_deck *deck = NULL;
    gz_phase_grid *grid = NULL;
    gz_curve_file *curve[2] = {NULL, NULL};
    cr_assert_eq(gz_deck_parse(context, "deck", FUZZY, strlen(FUZZY), 0, NULL, &deck), GZ_OK);
    cr_assert_eq(gz_phase_grid_create(context, &deck->problem.grid, &grid), GZ_OK);
    cr_assert_eq(gz_curve_open(context, grid, in_folder(a, "result.h5"), NULL, &curve[0]), GZ_OK);
    cr_assert_eq(gz_curve_open(context, grid, in_folder(b, "result.h5"), NULL, &curve[1]), GZ_OK, "%s",
                 gz_context_message(context));
    double *f[2] = {sample_zero(context, grid), sample_zero(context, grid)};
    const size_t count = gz_curve_count(curve[1]);
    for (size_t i = 0, k = 0; i < count; i++) {
        while (k < gz_curve_count(curve[0]) && gz_curve_times(curve[0])[k] < gz_curve_times(curve[1])[i]) k++;
        cr_assert_lt(k, gz_curve_count(curve[0]));
        if (gz_curve_times(curve[0])[k] > gz_curve_times(curve[1])[i]) continue; /* b was stopped there */
        cr_assert_eq(gz_curve_read(curve[0], k, f[0]), GZ_OK);
        cr_assert_eq(gz_curve_read(curve[1], i, f[1]), GZ_OK);
        cr_assert_eq(memcmp(f[0], f[1], grid->size * sizeof(double)), 0, "state %zu", i);
    }
    gz_release(f[0]);
    gz_release(f[1]);
    gz_curve_close(curve[0]);
    gz_curve_close(curve[1]);
    gz_phase_grid_destroy(grid);
    gz_deck_destroy(deck);
    return count;
}

static size_t compare(const char *a, const char *b) {
    gz_context *context = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    const size_t rows = compare_histories(context, a, b);
    compare_results(context, a, b);
    gz_context_destroy(context);
    return rows;
}

static void check_report(const char *out, const char *phrase) {
    char path[PATH];
    snprintf(path, sizeof path, "%s/report.txt", out);
    char *report = scratch_read(path, NULL);
    cr_assert_not_null(strstr(report, phrase), "%s", report);
    free(report);
}

/* A limit of nearly nothing gives one step a run. Without a cache, the plans come from the checkpoint. */
Test(restart_command, wall_limit) {
    cr_assert_eq(run("whole", ""), 0, "%s", process_errors());
    cr_assert_eq(run("cut", "--wall-limit 1e-9"), 0, "%s", process_errors());
    check_report("cut", "stopped by --wall-limit at t = 0.02, step 1 of 20; go on with --restart");
    cr_assert_eq(compare("whole", "cut"), 2);
    for (int step = 2; step <= 4; step++) {
        drop_cache();
        cr_assert_eq(run("cut", "--restart --wall-limit 0:0:0.000001"), 0, "%s", process_errors());
        cr_assert_eq(compare("whole", "cut"), (size_t)step + 1);
    }
    drop_cache();
    cr_assert_eq(run("cut", "--restart --wall-limit 1:00:00"), 0, "%s", process_errors());
    check_report("cut", "finished at t = 0.4 after 20 steps");
    cr_assert_eq(compare("whole", "cut"), 21);
    static const char *const BAD[] = {"0",      "-1", "x",  "",    "1x",  "1:60", "1:2:3:4",
                                      "1.5:00", ":1", "1:", "nan", "inf", "1e999"};
    for (size_t i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        char words[40];
        snprintf(words, sizeof words, "--wall-limit=%s", BAD[i]);
        cr_assert_eq(run("bad", words), 2, "%s", words);
        cr_assert_not(exists("bad", "."));
    }
}

Test(restart_command, plans_are_cached) {
    cr_assert_eq(run("a", "--wall-limit 1e-9"), 0, "%s", process_errors());
    char *first = scratch_read("cache/grazing/plans", NULL);
    cr_assert_eq(run("a", "--wall-limit 1e-9 --overwrite"), 0);
    char *second = scratch_read("cache/grazing/plans", NULL);
    cr_assert_str_eq(first, second);
    /* Another size adds its plans to the cache; the first size keeps its own. */
    cr_assert_eq(run("b", "--wall-limit 1e-9 --set grid.v.nodes=16"), 0);
    char *third = scratch_read("cache/grazing/plans", NULL);
    cr_assert_gt(strlen(third), strlen(first));
    cr_assert_eq(run("c", "--wall-limit 1e-9"), 0);
    cr_assert_eq(compare("a", "c"), 2);
    /* A damaged cache costs only time, and is repaired. */
    scratch_write("cache/grazing/plans", third, strlen(third) / 2);
    cr_assert_eq(run("d", "--wall-limit 1e-9"), 0, "%s", process_errors());
    char *repaired = scratch_read("cache/grazing/plans", NULL);
    cr_assert(gz_plans_learn(strchr(repaired, '\n') + 1) && !gz_plans_learn("(fftw-3.3.10 fftw_wisdom"));
    /* The cache cannot be written. */
    drop_cache();
    cr_assert_eq(mkdir(scratch_path("cache/grazing/plans"), 0700), 0);
    cr_assert_eq(run("e", "--wall-limit 1e-9"), 0, "%s", process_errors());
    cr_assert_str_eq(process_errors(), "");
    cr_assert_eq(rmdir(scratch_path("cache/grazing/plans")), 0);
    /* GRAZING_PLANS=guess does without the cache. */
    setenv("GRAZING_PLANS", "guess", 1);
    for (int i = 0; i < 2; i++) cr_assert_eq(run(i ? "g" : "f", "--wall-limit 1e-9"), 0);
    cr_assert_eq(compare("f", "g"), 2);
    cr_assert_not(exists("cache", "grazing/plans"));
    unsetenv("GRAZING_PLANS");
    free(first);
    free(second);
    free(third);
    free(repaired);
}

/* Wait for the end of a process: true if the run has come to its end, now or before its last kill; false if it was
 * killed. */
static bool has_ended(pid_t child) {
    const int status = process_wait(child);
    const bool ended = status == 0 || (status == 3 && strstr(process_errors(), "it is finished"));
    cr_assert(status == 1000 + SIGKILL || ended, "%d %s", status, process_errors());
    return ended;
}

/* Kill a process after a random share of `whole` seconds. Returns false if the run was faster. */
static bool kill_within(pid_t child, double whole, size_t draw) {
    const double wait = whole * sample_uniform(3, draw);
    nanosleep(&(struct timespec){.tv_sec = (time_t)wait, .tv_nsec = (long)(1e9 * fmod(wait, 1))}, NULL);
    kill(child, SIGKILL);
    return !has_ended(child);
}

/* Run it to its end. Returns how long that took, in seconds. */
static double seconds_of(const char *out, const char *more) {
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    cr_assert_eq(run(out, more), 0, "%s", process_errors());
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
}

static long kills_wanted(void) {
    const char *wish = getenv("GRAZING_KILLS");
    return wish ? strtol(wish, NULL, 10) : 12;
}

/* Kill the program at random moments, look at its files, let it go on: GRAZING_KILLS times, else 12. */
Test(restart_command, kills) {
    const char *const every = "--set output.checkpoint_every=0 --restart";
    cr_assert_eq(run("warm", ""), 0, "%s", process_errors());
    const double whole = seconds_of("whole", every);
    long kills = 0, opened = 0, finished = 0;
    for (size_t i = 0; kills < kills_wanted(); i++) {
        const bool killed = kill_within(start("cut", every), 0.7 * whole, i);
        kills += killed;
        if (exists("cut", "checkpoint.h5")) {
            opened++;
            compare("whole", "cut");
        }
        if (!killed) {
            cr_assert_eq(compare("whole", "cut"), 21);
            finished++;
            static const char *const NAMES[] = {
                "history.csv", "result.h5",  "checkpoint.h5", "checkpoint.older.h5",
                "report.txt",  "result.xmf", "deck.yaml"};
            for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) unlink(in_folder("cut", NAMES[k]));
        }
    }
    cr_assert(has_ended(start("cut", every)));
    cr_assert_eq(compare("whole", "cut"), 21);
    cr_log_info("%ld kills, files looked at %ld times, %ld runs came to their end", kills, opened, finished);
}

/* The same of runs that replace another one. Whatever moment is met, there is the old run whole, or the new one, or both,
 * and the next command goes on with what it finds: a replacement if there is one, else the run that is there. */
Test(restart_command, kills_of_a_replacement) {
    const char *const fresh = "--set output.checkpoint_every=0 --set time.end=0.2 --overwrite",
                      *const again = "--set output.checkpoint_every=0 --set time.end=0.2 --restart";
    cr_assert_eq(run("whole", ""), 0, "%s", process_errors());
    cr_assert_eq(run("cut", ""), 0, "%s", process_errors());
    const double whole = seconds_of("new", "--set output.checkpoint_every=0 --set time.end=0.2");
    long replaced = 0;
    for (size_t i = 0; i < (size_t)kills_wanted() / 2; i++) {
        kill_within(start("cut", fresh), 1.2 * whole, 100 + i);
        const bool has_new = exists("cut", "replacement") || exists("cut", "replacement.done");
        const size_t rows = compare("whole", "cut");
        cr_assert(rows == 21 || rows == 11, "%zu", rows);
        cr_assert(has_ended(start("cut", again)));
        cr_assert_not(exists("cut", "replacement") || exists("cut", "replacement.done"));
        cr_assert_eq(compare("whole", "cut"), has_new ? 11 : rows);
        replaced += has_new;
        if (rows == 21 && !has_new) continue;
        cr_assert_eq(run("cut", "--overwrite"), 0, "%s", process_errors());
    }
    cr_log_info("%ld replacements were killed and came to their end", replaced);
}
