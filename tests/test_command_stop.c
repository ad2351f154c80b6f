/* Runs that must stop or give way: within a step that does not end, and where another run writes already. */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(command_stop, .init = scratch_open, .fini = scratch_close);

/* Steps that would take hours, each by another inner loop. */
static const char *const ENDLESS[] = {"time.scheme=arkode_erk",
                                      "time.scheme=cvode_bdf",
                                      "time.scheme=rkl2_adaptive",
                                      "time={dt: 0.5, end: 1}",
                                      "time={scheme: jko, inner_steps: 12, dt: 0.5, end: 1}",
                                      "time.scheme=arkode_dirk"};

enum { ENDLESS_COUNT = sizeof ENDLESS / sizeof *ENDLESS };

static const char DECK[] =
    "grid: {v: {nodes: 65, half_width: 6}}\n"
    "time: {dt: 2000, end: 4000, tolerance: 1e-12}\n"
    "solver: {max_iterations: 100000, tolerance: 1e-17}\n"
    "initial: [{velocity: [-1, 0], temperature: 0.5}, {velocity: 1, temperature: 0.5}]\n";

static void wait_milliseconds(long count) {
    nanosleep(&(struct timespec){.tv_sec = count / 1000, .tv_nsec = count % 1000 * 1000000}, NULL);
}

/* Wait until a file is there. */
static void wait_for(const char *name) {
    for (int i = 0; access(scratch_path(name), F_OK) != 0; i++) {
        cr_assert_lt(i, 2000, "no %s", name);
        wait_milliseconds(5);
    }
}

/* Wait until a history.csv has this many rows, where the machine is busy too. */
static void wait_for_rows(const char *name, size_t count) {
    for (int i = 0;; i++) {
        gz_history *history = scratch_history(name);
        const size_t rows = history->row_count;
        gz_history_destroy(history);
        if (rows >= count) return;
        cr_assert_lt(i, 2000, "%zu rows in %s", rows, name);
        wait_milliseconds(5);
    }
}

static double seconds_since(const struct timespec *begin) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - begin->tv_sec) + 1e-9 * (double)(now.tv_nsec - begin->tv_nsec);
}

static void check_report(const char *name, const char *piece) {
    char *report = scratch_read(name, NULL);
    says(report, piece);
    free(report);
}

/* Every signal that asks a run to end, each in another of these steps. */
static const int SIGNALS[ENDLESS_COUNT] = {SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGXCPU, SIGTERM};

Test(command_stop, a_signal_ends_a_long_step) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    for (size_t i = 0; i < ENDLESS_COUNT; i++) {
        char out[8];
        struct timespec begin;
        snprintf(out, sizeof out, "%zu", i);
        const char *const words[] = {"run", "deck.yaml", "--quiet", "--out", out, "--set", ENDLESS[i], NULL};
        const pid_t child = process_start(words);
        char name[40];
        snprintf(name, sizeof name, "%s/result.xmf", out); /* the initial state is stored: the step begins */
        wait_for(name);
        wait_milliseconds(300);
        kill(child, SIGNALS[i]);
        clock_gettime(CLOCK_MONOTONIC, &begin);
        expect(process_wait(child), 130);
        cr_assert_lt(seconds_since(&begin), 20, "%s", ENDLESS[i]);
        one_error("interrupted at t = 0, step 0 of 2; saved the state at t = 0", "go on with --restart");
        snprintf(name, sizeof name, "%s/report.txt", out);
        check_report(name, "interrupted at t = 0, step 0 of 2");
    }
}

static size_t count_rows(void) {
    gz_history *history = scratch_history("o/history.csv");
    const size_t rows = history->row_count;
    gz_history_destroy(history);
    return rows;
}

/* The present step is finished, the program says that it stops, and a signal that it was started to ignore is ignored. */
Test(command_stop, a_signal_lets_a_short_step_end) {
    write_decks();
    const char *const words[] = {"run", "bkw.yaml", "--out", "o", "--set", "time={dt: 1e-4, end: 10}", NULL};
    signal(SIGHUP, SIG_IGN);
    const pid_t child = process_start(words);
    signal(SIGHUP, SIG_DFL);
    wait_for("o/result.xmf");
    kill(child, SIGHUP);
    const size_t before = count_rows();
    for (int i = 0; count_rows() < before + 5; i++) {
        cr_assert_lt(i, 2000, "SIGHUP has ended the run");
        wait_milliseconds(5);
    }
    kill(child, SIGINT);
    expect(process_wait(child), 130);
    says(process_errors(), "\nstopping after this step");
}

/* The first step may take some seconds, however short the limit, so that runs of limited length get on. */
Test(command_stop, the_wall_limit_ends_a_long_step) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "o", "--set", ENDLESS[0], "--wall-limit", "1"),
           130);
    one_error("stopped by --wall-limit at t = 0, step 0 of 2: the next step takes longer", "time.dt");
    check_report("o/report.txt", "stopped by --wall-limit at t = 0");
    /* With a step that it can take, the run goes on from there. */
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "o", "--restart", "--set",
                   "time={dt: 0.1, end: 0.3}", "--set", "solver.tolerance=1e-12"),
           0);
    gz_history *history = scratch_history("o/history.csv");
    cr_assert_eq(history->row_count, 4);
    gz_history_destroy(history);
}

/* --- folders -------------------------------------------------------------------------------------------- */

enum { FILES = 5 };
static const char *const NAMES[FILES] = {"history.csv", "result.h5", "deck.yaml", "report.txt",
                                         "checkpoint.h5"};

typedef struct content {
    char *text[FILES];
    size_t size[FILES];
} content;

static content read_all(void) {
    content all;
    for (size_t i = 0; i < FILES; i++) {
        char name[40];
        snprintf(name, sizeof name, "o/%s", NAMES[i]);
        all.text[i] = scratch_read(name, &all.size[i]);
    }
    return all;
}

/* The files in the folder are what they were. */
static void assert_unchanged(content *before) {
    content now = read_all();
    for (size_t i = 0; i < FILES; i++) {
        cr_assert(now.size[i] == before->size[i] && memcmp(now.text[i], before->text[i], now.size[i]) == 0,
                  "%s", NAMES[i]);
        free(now.text[i]);
        free(before->text[i]);
    }
}

Test(command_stop, a_second_run_keeps_out_of_the_folder) {
    write_decks();
    const char *const words[] = {
        "run", "bkw.yaml", "--quiet", "--out", "o", "--set", "time={dt: 1e-4, end: 10}", NULL};
    const char *const others[][2] = {{NULL}, {"--restart"}};
    const pid_t first = process_start(words);
    wait_for("o/result.xmf");
    for (int i = 0; i < 2; i++) {
        /* process_wait speaks of the last process started. */
        expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "o", others[i][0]), 5);
        one_error("another command is writing into 'o'", "--out");
    }
    wait_for_rows("o/history.csv", 2);
    kill(first, SIGINT);
    expect(process_wait(first), 130);
    gz_history *history = scratch_history("o/history.csv"); /* every line is whole */
    cr_assert_gt(history->row_count, 1);
    cr_assert_float_eq(gz_history_value(history, 1, "dt"), 1e-4, 1e-15);
    gz_history_destroy(history);
    /* The lock ends with the process. */
    expect(GRAZING_ANEW("run", "bkw.yaml", "--quiet", "--out", "o"), 0);
}

Test(command_stop, a_refused_restart_changes_nothing) {
    static const char *const REFUSED[][2] = {{"output.density=false", "'f_last'"},
                                             {"output.fisher=true", ",fisher,cross_fisher' here"},
                                             {"output.grazing_rate=true", "output.grazing_rate"},
                                             {"time.dt_control.tolerance=0.1", "time.dt_control"},
                                             {"grid.v.nodes=17", "grid.v.nodes"}};
    write_decks();
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "o"), 0);
    for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) {
        content before = read_all();
        const int status = GRAZING("run", "bkw.yaml", "--quiet", "--out", "o", "--restart", "--set",
                                   "time.end=1", "--set", REFUSED[i][0]);
        cr_assert(status == 5 || status == 3, "%d: %s", status, process_errors());
        one_error(REFUSED[i][1], "");
        assert_unchanged(&before);
    }
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "o", "--restart", "--set", "time.end=1"), 0);
}
