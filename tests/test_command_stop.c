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
static const char *const ENDLESS[] = {"time.scheme=arkode_erk", "time.scheme=cvode_bdf", "time.scheme=rkl2",
                                      "time={scheme: jko, inner_steps: 40, dt: 0.5, end: 1}"};

enum { ENDLESS_COUNT = sizeof ENDLESS / sizeof *ENDLESS };

static const char DECK[] =
    "grid: {v: {nodes: 65, half_width: 6}}\n"
    "time: {dt: 2000, end: 4000, tolerance: 1e-12}\n"
    "solver: {max_iterations: 100000, tolerance: 1e-15}\n"
    "initial: [{velocity: [-1, 0], temperature: 0.5}, {velocity: 1, temperature: 0.5}]\n";

static void wait_seconds(double seconds) {
    nanosleep(
        &(struct timespec){.tv_sec = (time_t)seconds, .tv_nsec = (long)(1e9 * (seconds - (long)seconds))},
        NULL);
}

/* Wait until a file is there. */
static void wait_for(const char *name) {
    for (int i = 0; access(scratch_path(name), F_OK) != 0; i++) {
        cr_assert_lt(i, 2000, "no %s", name);
        wait_seconds(0.005);
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
        wait_seconds(0.3);
        kill(child, SIGTERM);
        clock_gettime(CLOCK_MONOTONIC, &begin);
        expect(process_wait(child), 130);
        cr_assert_lt(seconds_since(&begin), 20, "%s", ENDLESS[i]);
        one_error("interrupted at t = 0, step 0 of 2; saved the state at t = 0", "go on with --restart");
        snprintf(name, sizeof name, "%s/report.txt", out);
        check_report(name, "interrupted at t = 0, step 0 of 2");
    }
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
                   "time={dt: 0.1, end: 0.3}"),
           0);
    gz_history *history = scratch_history("o/history.csv");
    cr_assert_eq(history->row_count, 4);
    gz_history_destroy(history);
}
