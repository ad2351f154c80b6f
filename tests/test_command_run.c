/* The command run as a process: its files and their numbers, early ends, signals, restarts. */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

TestSuite(command_run, .init = scratch_open, .fini = scratch_close);
TestSuite(command_run_covered, .init = scratch_open, .fini = scratch_close);

static bool exists(const char *name) {
    return access(scratch_path(name), F_OK) == 0;
}

static double last_value(const gz_history *history, const char *column) {
    return gz_history_value(history, history->row_count - 1, column);
}

/* The two histories have the same steps and the same physics. Two processes agree only to round-off, since
 * FFTW chooses its plans by timing them. */
static void assert_same_history(const char *a_name, const char *b_name) {
    gz_history *a = scratch_history(a_name), *b = scratch_history(b_name);
    const char *same[] = {"step", "time", "dt"},
               *near[] = {"H", "D", "mass", "energy", "P_11", "f_min", "J_total"};
    cr_assert_eq(a->row_count, b->row_count);
    cr_assert_str_eq(a->header, b->header);
    for (size_t r = 0; r < a->row_count; r++) {
        for (size_t c = 0; c < sizeof same / sizeof *same; c++)
            cr_assert_eq(gz_history_value(a, r, same[c]), gz_history_value(b, r, same[c]), "row %zu %s", r,
                         same[c]);
        for (size_t c = 0; c < sizeof near / sizeof *near; c++)
            cr_assert_float_eq(gz_history_value(a, r, near[c]), gz_history_value(b, r, near[c]), 1e-11,
                               "row %zu %s", r, near[c]);
    }
    gz_history_destroy(a);
    gz_history_destroy(b);
}

static bool same_bytes(const char *a_name, const char *b_name) {
    size_t a_size, b_size;
    char *a = scratch_read(a_name, &a_size), *b = scratch_read(b_name, &b_size);
    const bool same = a_size == b_size && memcmp(a, b, a_size) == 0;
    free(a);
    free(b);
    return same;
}

/* --- its files ------------------------------------------------------------------------------------------ */

Test(command_run, run_writes_its_files) {
    write_decks();
    expect(GRAZING("run", "bkw.yaml"), 0);
    const char *files[] = {"history.csv", "result.h5", "result.xmf", "deck.yaml", "report.txt"};
    for (size_t i = 0; i < 5; i++) {
        char name[100];
        snprintf(name, sizeof name, "bkw.out/%s", files[i]);
        cr_assert(exists(name), "%s", name);
    }
    says(process_output(), "finished at t = 0.5 after 5 steps");
    says(process_output(), "no collision raised it");
    says(process_output(), "relative L2 error");
    says(process_output(), "bkw.out: history.csv");
    char *report = scratch_read("bkw.out/report.txt", NULL);
    cr_assert_str_eq(report, process_output());
    free(report);

    gz_history *h = scratch_history("bkw.out/history.csv");
    cr_assert_str_eq(
        h->header, "step,time,dt,H,D,D_step,A,J,J_total,dH_streaming,mass,momentum_1,momentum_2,energy,P_11,"
                   "P_12,P_22,f_min,tail,newton,cg,applications,seconds,error,relative_entropy");
    cr_assert_eq(h->row_count, 6);
    for (size_t r = 0; r < 6; r++) {
        cr_assert_eq(gz_history_value(h, r, "step"), (double)r);
        cr_assert_eq(gz_history_value(h, r, "time"), r == 5 ? 0.5 : (double)r * 0.1);
        cr_assert_lt(fabs(gz_history_value(h, r, "J")), 1e-13);
        cr_assert_gt(gz_history_value(h, r, "D"), 0);
    }
    /* 15 nodes resolve only the first digits of the exact solution. */
    cr_assert_lt(last_value(h, "error"), 0.05);
    cr_assert_lt(last_value(h, "H"), gz_history_value(h, 0, "H"));
    gz_history_destroy(h);

    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out=deep/er", "--threads", "1"), 0);
    cr_assert_str_eq(process_output(), "");
    cr_assert_str_eq(process_errors(), "");
    cr_assert(exists("deep/er/history.csv"));
    assert_same_history("bkw.out/history.csv", "deep/er/history.csv");
    expect(GRAZING("run", "--out", "last", "--", "bkw.yaml"), 0);
}

/* H[n] - H[n-1] = J - dt/2 (D_step + A) + dH_streaming, from the file alone. */
Test(command_run, the_history_balances) {
    write_decks();
    const char *schemes[] = {"time.scheme=zero_defect", "time.scheme=jko"};
    for (int k = 0; k < 2; k++) {
        expect(GRAZING_ANEW("run", "fuzzy.yaml", "--quiet", "--set", schemes[k]), 0);
        gz_history *h = scratch_history("fuzzy.out/history.csv");
        cr_assert_eq(h->row_count, 4);
        cr_assert_eq(gz_history_column(h, "error"), h->column_count); /* no exact solution, no column */
        double total = 0;
        for (size_t r = 1; r < h->row_count; r++) {
            const double change = gz_history_value(h, r, "H") - gz_history_value(h, r - 1, "H");
            const double J = gz_history_value(h, r, "J"), dt = gz_history_value(h, r, "dt");
            const double path = gz_history_value(h, r, "D_step") + gz_history_value(h, r, "A");
            total += J;
            cr_assert_float_eq(change, J - dt / 2 * path + gz_history_value(h, r, "dH_streaming"), 1e-13);
            cr_assert_float_eq(gz_history_value(h, r, "J_total"), total, 1e-15);
            cr_assert_float_eq(dt, 0.1, 1e-15);
            cr_assert(k == 0 ? fabs(J) < 1e-13 : J < -1e-8);
            cr_assert_float_eq(gz_history_value(h, r, "mass"), gz_history_value(h, 0, "mass"), 1e-13);
            cr_assert_float_eq(gz_history_value(h, r, "energy"), gz_history_value(h, 0, "energy"), 2e-13);
        }
        gz_history_destroy(h);
    }
}

Test(command_run, the_resolved_deck_gives_the_same_run) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--set", "model.kernel.gamma=-0.3"), 0);
    expect(GRAZING("run", "fuzzy.out/deck.yaml", "--quiet", "--out", "again"), 0);
    assert_same_history("fuzzy.out/history.csv", "again/history.csv");
    cr_assert(same_bytes("fuzzy.out/deck.yaml", "again/deck.yaml"));
    /* A deck in the folder of its own run is not overwritten. */
    const char *own = "# my comment\n"
                      "grid: {v: {nodes: 9, half_width: 5}}\ninitial: [{}]\ntime: {dt: 0.1, end: 0.1}\n";
    scratch_write("again/deck.yaml", own, strlen(own));
    expect(GRAZING_ANEW("run", "again/deck.yaml", "--quiet", "--out", "again"), 0);
    char *kept = scratch_read("again/deck.yaml", NULL);
    cr_assert_str_eq(kept, own);
    free(kept);
}

Test(command_run, uneven_steps_and_the_shortest_run) {
    write_decks();
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--set", "time.dt=0.2"), 0);
    gz_history *h = scratch_history("bkw.out/history.csv");
    cr_assert_eq(h->row_count, 4);
    cr_assert_eq(gz_history_value(h, 2, "dt"), 0.2);
    cr_assert_float_eq(gz_history_value(h, 3, "dt"), 0.1, 1e-15);
    cr_assert_eq(gz_history_value(h, 3, "time"), 0.5);
    gz_history_destroy(h);
    expect(GRAZING_ANEW("run", "bkw.yaml", "--set", "time.end=0"), 0);
    h = scratch_history("bkw.out/history.csv");
    cr_assert_eq(h->row_count, 1);
    gz_history_destroy(h);
}

Test(command_run, notes_and_warnings_come_once) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--set", "model.kappa.shape=dirac", "--set", "grid.v.half_width=3",
                   "--set", "grid.unresolved=allow"),
           0);
    const char *warning = strstr(process_errors(), "warning: at t = 0 ");
    cr_assert_not_null(warning);
    cr_assert_null(strstr(warning + 1, "warning"));
    says(process_errors(), "without effect in this deck: model.kappa.k2");
    says(process_output(), "widen grid.v.half_width");
    says(process_errors(), "step 3/3  t 0.3  J ");
    cr_assert_null(strchr(process_errors(), '\r')); /* a pipe gets plain lines */
}

/* --- what ends it early --------------------------------------------------------------------------------- */

Test(command_run, not_converged_keeps_the_last_good_state) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--set", "solver.max_iterations=1"), 4);
    says(process_errors(), "grazing: step 1 from t = 0 with dt = 0.1: ");
    says(process_errors(), "saved the state at t = 0 in fuzzy.out");
    cr_assert(exists("fuzzy.out/result.h5") && exists("fuzzy.out/checkpoint.h5"));
    char *report = scratch_read("fuzzy.out/report.txt", NULL);
    says(report, "step 1 from t = 0");
    free(report);
    gz_history *h = scratch_history("fuzzy.out/history.csv");
    cr_assert_eq(h->row_count, 1);
    gz_history_destroy(h);
    /* With more iterations the run goes on from there. */
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--restart"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "unbroken"), 0);
    assert_same_history("fuzzy.out/history.csv", "unbroken/history.csv");
}

/* Each file has room for so many bytes. history.csv needs 2.4 kB, result.h5 50 kB, a checkpoint 10 kB. */
Test(command_run, a_full_disk_ends_with_what_fits) {
    const size_t limits[] = {2200, 8000, 30000, 46000};
    write_decks();
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char out[8], name[40];
        snprintf(out, sizeof out, "%zu", i);
        scratch_limit(limits[i]);
        const int status = GRAZING("run", "bkw.yaml", "--quiet", "--out", out);
        scratch_limit(0);
        expect(status, 5);
        one_error(out, "File too large");
        snprintf(name, sizeof name, "%zu/history.csv", i);
        gz_history *h = scratch_history(name);
        cr_assert_leq(h->row_count, 6);
        gz_history_destroy(h);
        snprintf(name, sizeof name, "%zu/result.h5.new", i);
        cr_assert_not(exists(name));
    }
    expect(GRAZING_ANEW("run", "bkw.yaml", "--quiet", "--out", "0"), 0);
}

/* --- signals and restarts ------------------------------------------------------------------------------- */

static size_t lines(const char *text) {
    size_t count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

/* Wait until the history.csv of a run has this many lines. */
static void wait_for_lines(const char *name, size_t count) {
    for (int i = 0; i < 2000; i++) {
        if (exists(name)) {
            char *text = scratch_read(name, NULL);
            const size_t now = lines(text);
            free(text);
            if (now >= count) return;
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    cr_assert_fail("the run does not get on");
}

Test(command_run, an_interrupted_run_goes_on_to_the_same_end) {
    write_decks();
    const char *const whole[] = {"run",   "bkw.yaml",    "--quiet", "--out",          "whole",
                                 "--set", "time.end=30", "--set",   "grid.v.nodes=9", NULL};
    expect(process_run(whole), 0);
    const int signals[] = {SIGINT, SIGTERM};
    for (int k = 0; k < 2; k++) {
        const char *cut = k ? "b" : "a", *history = k ? "b/history.csv" : "a/history.csv";
        const char *const words[] = {"run",   "bkw.yaml",    "--quiet", "--out",          cut,
                                     "--set", "time.end=30", "--set",   "grid.v.nodes=9", NULL};
        const char *const again[] = {"run",         "bkw.yaml", "--quiet",        "--out",     cut, "--set",
                                     "time.end=30", "--set",    "grid.v.nodes=9", "--restart", NULL};
        const pid_t child = process_start(words);
        wait_for_lines(history, 7);
        kill(child, signals[k]);
        expect(process_wait(child), 130);
        one_error("interrupted at t = ", "go on with --restart");
        char *report = scratch_read(k ? "b/report.txt" : "a/report.txt", NULL);
        says(report, "interrupted");
        free(report);
        expect(process_run(again), 0);
        assert_same_history("whole/history.csv", history);
        gz_history *h = scratch_history(history);
        cr_assert_eq(h->row_count, 301);
        gz_history_destroy(h);
    }
    size_t whole_size, cut_size; /* the state stored at the interruption is not left among the outputs */
    free(scratch_read("whole/result.h5", &whole_size));
    free(scratch_read("b/result.h5", &cut_size));
    cr_assert_eq(whole_size, cut_size);
}

/* A run can go on from its start before any other checkpoint is due. */
Test(command_run, a_killed_run_starts_again) {
    write_decks();
    const char *const words[] = {"run", "bkw.yaml", "--quiet", "--set", "time.end=30", NULL};
    const pid_t child = process_start(words);
    wait_for_lines("bkw.out/history.csv", 4);
    kill(child, SIGKILL);
    expect(process_wait(child), 1000 + SIGKILL);
    expect(GRAZING("run", "bkw.yaml", "--restart"), 0);
    says(process_errors(), "going on from step 0, t = 0");
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "unbroken"), 0);
    assert_same_history("bkw.out/history.csv", "unbroken/history.csv");
}

Test(command_run_covered, a_finished_run_can_be_extended_but_not_changed) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--quiet"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--restart"), 3); /* nothing left to do */
    one_error("has come to t = 0.3, and time.end is 0.3: it is finished; a larger time.end goes on",
              "fuzzy.out");
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--restart", "--set", "time.end=0.6"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "unbroken", "--set", "time.end=0.6"), 0);
    gz_history *a = scratch_history("fuzzy.out/history.csv"), *b = scratch_history("unbroken/history.csv");
    cr_assert_eq(a->row_count, 7);
    cr_assert_float_eq(last_value(a, "H"), last_value(b, "H"), 1e-11);
    gz_history_destroy(a);
    gz_history_destroy(b);
    char *before = scratch_read("fuzzy.out/history.csv", NULL);
    expect(GRAZING("run", "fuzzy.yaml", "--restart", "--set", "model.kernel.gamma=0"), 3);
    says(process_errors(), "another model, grid or initial state");
    says(process_errors(), ": model.kernel.gamma is -1 there, 0 here; a restart may change");
    expect(GRAZING("run", "fuzzy.yaml", "--restart", "--set", "initial.0.density_wave=0.1"), 3);
    char *after = scratch_read("fuzzy.out/history.csv", NULL);
    cr_assert_str_eq(before, after);
    free(before);
    free(after);
    /* A new run in the folder leaves no checkpoint of the old one behind. */
    expect(GRAZING_ANEW("run", "fuzzy.yaml", "--quiet", "--set", "time.end=0"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--restart"), 0);
    a = scratch_history("fuzzy.out/history.csv");
    cr_assert_eq(a->row_count, 4);
    gz_history_destroy(a);
}

/* A result can be the initial state of another run. */
Test(command_run, a_run_from_a_stored_state) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--quiet"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "next", "--set",
                   "initial.0={shape: file, path: fuzzy.out/result.h5}"),
           0);
    gz_history *a = scratch_history("fuzzy.out/history.csv"), *b = scratch_history("next/history.csv");
    cr_assert_float_eq(last_value(a, "H"), gz_history_value(b, 0, "H"), 1e-14);
    gz_history_destroy(a);
    gz_history_destroy(b);
    expect(GRAZING("run", "fuzzy.yaml", "--set", "initial.0={shape: file, path: fuzzy.out/result.h5}",
                   "--set", "grid.v.nodes=15"),
           5);
}
