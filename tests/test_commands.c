/* The commands run and info as processes: files, exit statuses, help, wrong decks, signals, restarts. */
#include "process.h"
#include "schedule.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

TestSuite(commands, .init = scratch_open, .fini = scratch_close);

/* Small enough for milliseconds a step. */
static const char BKW[] = "title: small bkw\n"
                          "grid: {v: {nodes: 15, half_width: 5.0}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.1, end: 0.5}\n"
                          "output: {every: 0.2}\n";

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 4}, v: {nodes: 13, half_width: 5.5}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.1, end: 0.3}\n";

static void write_decks(void) {
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

static size_t lines(const char *text) {
    size_t count = 0;
    for (; *text; text++) count += *text == '\n';
    return count;
}

static bool exists(const char *name) {
    return access(scratch_path(name), F_OK) == 0;
}

static double last_value(const gz_history *history, const char *column) {
    return gz_history_value(history, history->row_count - 1, column);
}

/* The same steps with the same physics. Two processes agree to round-off only: FFTW chooses its plans by
 * timing them.
 */
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

/* --- the command line ------------------------------------------------------------------------------------
 */

Test(commands, help_teaches_and_mistakes_get_a_suggestion) {
    expect(GRAZING("--help"), 0);
    says(process_output(), "run ");
    says(process_output(), "info ");
    says(process_output(), "130 interrupted");
    expect(GRAZING("run", "--help"), 0);
    says(process_output(), "usage: grazing run DECK");
    says(process_output(), "--restart");
    says(process_output(), "--set KEY=VALUE");
    says(process_output(), "history.csv");
    expect(GRAZING("help", "info"), 0);
    says(process_output(), "usage: grazing info DECK");
    expect(GRAZING("--version"), 0);
    says(process_output(), "grazing 0.");
    expect(GRAZING("run", "--version"), 0);
    says(process_output(), "commit");

    expect(process_run((const char *const[]){NULL}), 2);
    says(process_errors(), "usage: grazing COMMAND");
    const struct {
        const char *words[4];
        const char *says;
    } wrong[] = {
        {{"rnu"}, "did you mean run?"},
        {{"frobnicate"}, "grazing --help"},
        {{"--quiet"}, "a command comes first"},
        {{"run"}, "usage: grazing run DECK"},
        {{"info"}, "usage: grazing info DECK"},
        {{"run", "a.yaml", "b.yaml"}, "what is `b.yaml` for?"},
        {{"run", "--drry-run", "a.yaml"}, "did you mean --dry-run?"},
        {{"run", "-q", "a.yaml"}, "unknown option -q"},
        {{"run", "--nothing-like-it", "a.yaml"}, "grazing run --help"},
        {{"run", "a.yaml", "--out"}, "--out needs a value"},
        {{"run", "a.yaml", "--quiet=1"}, "--quiet takes no value"},
        {{"run", "a.yaml", "--threads=0"}, "--threads is 0; allowed: a whole number from 1"},
        {{"run", "a.yaml", "--threads=two"}, "--threads is two"},
        {{"run", "bkw.yaml", "--set=time.dt"}, "--set time.dt: write --set path.to.key=value"},
        {{"run", "bkw.yaml", "--out="}, "--out is empty"},
    };
    write_decks();
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        expect(process_run(wrong[i].words), 2);
        one_error(wrong[i].says, "");
    }
}

Test(commands, schedule) {
    gz_schedule s = gz_schedule_make(0, 0, 1, 0.1);
    cr_assert(s.last == 10 && s.dt == 0.1);
    cr_assert(gz_schedule_time(&s, 3) == 3 * 0.1 && gz_schedule_time(&s, 10) == 1);
    cr_assert_eq(gz_schedule_stored(&s, 0.2), 5);
    cr_assert_eq(gz_schedule_stored(&s, 0.3), 4);  /* 0.3, 0.6, 0.9 and the end */
    cr_assert_eq(gz_schedule_stored(&s, 0.25), 4); /* met by 0.3, 0.5, 0.8, 1 */
    cr_assert(gz_schedule_stores(&s, 3, 0.25) && !gz_schedule_stores(&s, 4, 0.25));
    cr_assert_eq(gz_schedule_stored(&s, 0.01), 10);
    cr_assert_eq(gz_schedule_stored(&s, 0), 1);
    s = gz_schedule_make(0, 0, 1, 1. / 3);
    cr_assert(s.last == 3 && s.dt == 1. / 3);
    s = gz_schedule_make(0, 0, 1, 0.3); /* the last step is 0.1 */
    cr_assert(s.last == 4 && s.dt == 0.3 && gz_schedule_time(&s, 3) == 3 * 0.3 &&
              gz_schedule_time(&s, 4) == 1);
    s = gz_schedule_make(0, 0, 0.2, 1);
    cr_assert(s.last == 1 && gz_schedule_time(&s, 1) == 0.2);
    s = gz_schedule_make(0, 0, 0, 0.1);
    cr_assert_eq(s.last, 0);
    cr_assert_eq(gz_schedule_stored(&s, 0.1), 0);
    s = gz_schedule_make(0.3, 3, 1, 0.1);
    cr_assert(s.first == 3 && s.last == 10 && gz_schedule_time(&s, 3) == 0.3);
    s = gz_schedule_make(0, 0, 1e5, 0.1); /* a million steps keep their outputs */
    cr_assert_eq(gz_schedule_stored(&s, 0.1), 1000000);
}

/* --- run -------------------------------------------------------------------------------------------------
 */

Test(commands, run_writes_its_files) {
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
    /* At row 0 D(f) is close to that of the exact solution, of which 15 nodes see the first digits. */
    cr_assert_lt(last_value(h, "error"), 0.05);
    cr_assert_lt(last_value(h, "H"), gz_history_value(h, 0, "H"));
    gz_history_destroy(h);

    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out=deep/er", "--threads", "1"), 0);
    cr_assert_str_eq(process_output(), "");
    cr_assert_str_eq(process_errors(), "");
    cr_assert(exists("deep/er/history.csv"));
    assert_same_history("bkw.out/history.csv", "deep/er/history.csv");
    expect(GRAZING("run", "--", "bkw.yaml"), 0);
}

/* H[n] - H[n-1] = J - dt/2 (D_step + A) + dH_streaming, from the file alone. */
Test(commands, the_history_balances) {
    write_decks();
    const char *schemes[] = {"time.scheme=zero_defect", "time.scheme=jko"};
    for (int k = 0; k < 2; k++) {
        expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--set", schemes[k]), 0);
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

Test(commands, the_resolved_deck_gives_the_same_run) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--set", "model.kernel.gamma=-0.3"), 0);
    expect(GRAZING("run", "fuzzy.out/deck.yaml", "--quiet", "--out", "again"), 0);
    assert_same_history("fuzzy.out/history.csv", "again/history.csv");
    cr_assert(same_bytes("fuzzy.out/deck.yaml", "again/deck.yaml"));
    /* A deck that lies in the folder it is run into is not overwritten. */
    const char *own = "# my comment\n"
                      "grid: {v: {nodes: 9, half_width: 5}}\ninitial: [{}]\ntime: {dt: 0.1, end: 0.1}\n";
    scratch_write("again/deck.yaml", own, strlen(own));
    expect(GRAZING("run", "again/deck.yaml", "--quiet", "--out", "again"), 0);
    char *kept = scratch_read("again/deck.yaml", NULL);
    cr_assert_str_eq(kept, own);
    free(kept);
}

Test(commands, uneven_steps_and_the_shortest_run) {
    write_decks();
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--set", "time.dt=0.2"), 0);
    gz_history *h = scratch_history("bkw.out/history.csv");
    cr_assert_eq(h->row_count, 4);
    cr_assert_eq(gz_history_value(h, 2, "dt"), 0.2);
    cr_assert_float_eq(gz_history_value(h, 3, "dt"), 0.1, 1e-15);
    cr_assert_eq(gz_history_value(h, 3, "time"), 0.5);
    gz_history_destroy(h);
    expect(GRAZING("run", "bkw.yaml", "--set", "time.end=0"), 0);
    h = scratch_history("bkw.out/history.csv");
    cr_assert_eq(h->row_count, 1);
    gz_history_destroy(h);
}

Test(commands, notes_and_warnings_come_once) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--set", "model.kappa.shape=dirac", "--set", "grid.v.half_width=3"),
           0);
    const char *warning = strstr(process_errors(), "warning: at t = 0 ");
    cr_assert_not_null(warning);
    cr_assert_null(strstr(warning + 1, "warning"));
    says(process_errors(), "without effect in this deck: model.kappa.k2");
    says(process_output(), "widen grid.v.half_width");
    says(process_errors(), "step 3/3  t 0.3  J ");
    cr_assert_null(strchr(process_errors(), '\r')); /* a pipe gets plain lines */
}

Test(commands, a_dry_run_writes_nothing) {
    write_decks();
    const size_t before = scratch_count();
    expect(GRAZING("run", "bkw.yaml", "--dry-run"), 0);
    says(process_output(), "would take 5 steps of 0.1");
    says(process_output(), "4 states");
    says(process_output(), "bkw.out");
    cr_assert_eq(scratch_count(), before);
    expect(GRAZING("run", "bkw.yaml", "--dry-run", "--set", "time.dt=-1"), 3);
    expect(GRAZING("run", "bkw.yaml", "--dry-run", "--out", "bkw.yaml/below"), 5);
    cr_assert_eq(scratch_count(), before);
}

/* --- what goes wrong -------------------------------------------------------------------------------------
 */

Test(commands, a_wrong_deck_is_one_line_and_leaves_everything_alone) {
    write_decks();
    expect(GRAZING("run", "bkw.yaml", "--quiet"), 0);
    char *history = scratch_read("bkw.out/history.csv", NULL),
         *report = scratch_read("bkw.out/report.txt", NULL);
    const size_t before = scratch_count();
    const struct {
        const char *setting, *piece;
    } wrong[] = {
        {"grid.v.nods=9", "did you mean grid.v.nodes?"},
        {"grid.v.nodes=nine", "a whole number"},
        {"initial.0={temperature: -1}", "initial.0.temperature is -1"},
        {"grid.v={nodes: 5, half_width: 5, order: 8}", "needs at least 9"},
        {"time.dt=0", "time.dt is 0"},
        {"time.dt=.nan", "time.dt is .nan"},
        {"time.end=1e300", "time.end is 1e300"},
        {"grid.v.half_width=1e300", "is 1e300"},
        {"grid.v.nodes=1e300", "is 1e300"},
        {"grid.v.nodes=100000", "this machine has"},
        {"model={velocity_dim: 3}", "negative at time 0.5"}, /* with B = 0.1 below */
        {"initial.0={velocity: [400, 0]}", "on this grid; do its velocity"},
        {"solver.mobility_at=end", "allowed: start, predictor, extrapolated or fixed_point"},
        {"solver.minimizer=nelder", "allowed: newton"},
        {"model={space_dim: 1}", "grid.x.cells is missing"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const bool slow_bkw = strncmp(wrong[i].setting, "model={vel", 10) == 0;
        expect(GRAZING("run", "bkw.yaml", "--set", wrong[i].setting, "--set",
                       slow_bkw ? "model.kernel.strength=0.1" : "title=x"),
               3);
        one_error(wrong[i].piece, "");
    }
    expect(GRAZING("run", "bkw.yaml", "--set", "initial.0={shape: file, path: none.h5}"), 5);
    one_error("none.h5", "");
    const struct {
        const char *text, *piece;
        int status;
    } files[] = {{"", "empty", 3},
                 {"grid: {v: {nodes: 9", "wrong.yaml:2: ", 3},
                 {"title: x\ntitle: y\n", "wrong.yaml:2: title is given twice", 3},
                 {"\x89HDF\r\n\x1a\n", "UTF-8", 3}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        scratch_write("wrong.yaml", files[i].text, strlen(files[i].text));
        expect(GRAZING("run", "wrong.yaml", "--out", "bkw.out"), files[i].status);
        one_error(files[i].piece, "wrong.yaml");
    }
    expect(GRAZING("run", "missing.yaml"), 5);
    one_error("missing.yaml", "No such file");
    expect(GRAZING("run", "."), 5);
    one_error("folder", "");
    expect(GRAZING("run", "bkw.yaml", "--out", "bkw.yaml"), 5);
    one_error("bkw.yaml", "Not a directory");
    expect(GRAZING("run", "bkw.yaml", "--out", "/proc/none"), 5);
    one_error("/proc/none", "");

    cr_assert_eq(scratch_count(), before + 1); /* wrong.yaml */
    char *history_now = scratch_read("bkw.out/history.csv", NULL),
         *report_now = scratch_read("bkw.out/report.txt", NULL);
    cr_assert_str_eq(history, history_now);
    cr_assert_str_eq(report, report_now);
    free(history);
    free(report);
    free(history_now);
    free(report_now);
}

Test(commands, not_converged_keeps_the_last_good_state) {
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
    /* More iterations, and the run goes on from there. */
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--restart"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "unbroken"), 0);
    assert_same_history("fuzzy.out/history.csv", "unbroken/history.csv");
}

/* Every file has room for so many bytes: history.csv takes 2.4 kB, result.h5 50 kB, a checkpoint 10 kB. */
Test(commands, a_full_disk_ends_with_what_fits) {
    const size_t limits[] = {2200, 8000, 30000, 46000};
    write_decks();
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        scratch_limit(limits[i]);
        const int status = GRAZING("run", "bkw.yaml", "--quiet");
        scratch_limit(0);
        expect(status, 5);
        one_error("bkw.out/", "File too large");
        gz_history *h = scratch_history("bkw.out/history.csv");
        cr_assert_leq(h->row_count, 6);
        gz_history_destroy(h);
        cr_assert_not(exists("bkw.out/result.h5.new"));
    }
    expect(GRAZING("run", "bkw.yaml", "--quiet"), 0);
}

/* --- signals and restarts --------------------------------------------------------------------------------
 */

/* Wait until history.csv of a run has so many lines. */
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

Test(commands, an_interrupted_run_goes_on_to_the_same_end) {
    write_decks();
    const char *const whole[] = {"run",   "bkw.yaml", "--quiet",     "--out",
                                 "whole", "--set",    "time.end=30", NULL};
    expect(process_run(whole), 0);
    const int signals[] = {SIGINT, SIGTERM};
    for (int k = 0; k < 2; k++) {
        const char *const words[] = {"run", "bkw.yaml", "--quiet",     "--out",
                                     "cut", "--set",    "time.end=30", NULL};
        const char *const again[] = {"run",   "bkw.yaml",    "--quiet",   "--out", "cut",
                                     "--set", "time.end=30", "--restart", NULL};
        if (exists("cut/history.csv")) cr_assert_eq(unlink(scratch_path("cut/history.csv")), 0);
        const pid_t child = process_start(words);
        wait_for_lines("cut/history.csv", 7);
        kill(child, signals[k]);
        expect(process_wait(child), 130);
        one_error("interrupted at t = ", "go on with --restart");
        char *report = scratch_read("cut/report.txt", NULL);
        says(report, "interrupted");
        free(report);
        expect(process_run(again), 0);
        assert_same_history("whole/history.csv", "cut/history.csv");
        gz_history *h = scratch_history("cut/history.csv");
        cr_assert_eq(h->row_count, 301);
        gz_history_destroy(h);
    }
    size_t whole_size, cut_size; /* the state stored at the interruption is not left among the outputs */
    free(scratch_read("whole/result.h5", &whole_size));
    free(scratch_read("cut/result.h5", &cut_size));
    cr_assert_eq(whole_size, cut_size);
}

/* It has written no checkpoint yet, and the one of an earlier run in the folder is not its own. */
Test(commands, a_killed_run_starts_again) {
    write_decks();
    expect(GRAZING("run", "bkw.yaml", "--quiet"), 0);
    cr_assert_eq(unlink(scratch_path("bkw.out/history.csv")), 0);
    const char *const words[] = {"run", "bkw.yaml", "--quiet", "--set", "time.end=30", NULL};
    const pid_t child = process_start(words);
    wait_for_lines("bkw.out/history.csv", 4);
    kill(child, SIGKILL);
    expect(process_wait(child), 1000 + SIGKILL);
    expect(GRAZING("run", "bkw.yaml", "--restart"), 0);
    says(process_errors(), "has no checkpoint; starting at t = 0");
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "unbroken"), 0);
    assert_same_history("bkw.out/history.csv", "unbroken/history.csv");
}

Test(commands, a_finished_run_can_be_extended_but_not_changed) {
    write_decks();
    expect(GRAZING("run", "fuzzy.yaml", "--quiet"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--restart"), 0); /* nothing left to do */
    says(process_output(), "finished at t = 0.3 after 3 steps");
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
    expect(GRAZING("run", "fuzzy.yaml", "--restart", "--set", "initial.0.density_wave=0.1"), 3);
    char *after = scratch_read("fuzzy.out/history.csv", NULL);
    cr_assert_str_eq(before, after);
    free(before);
    free(after);
    /* A new run in the folder leaves no checkpoint of the old one behind. */
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--set", "time.end=0"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--restart"), 0);
    a = scratch_history("fuzzy.out/history.csv");
    cr_assert_eq(a->row_count, 4);
    gz_history_destroy(a);
}

/* A result is an initial state of another run. */
Test(commands, a_run_from_a_stored_state) {
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

/* --- info ------------------------------------------------------------------------------------------------
 */

/* The number after `word` in the output. */
static double number_after(const char *word) {
    const char *place = strstr(process_output(), word);
    cr_assert_not_null(place, "no `%s`: %s", word, process_output());
    return strtod(place + strlen(word), NULL);
}

/* What is planned for more cells is what they take (the deck and its like are in one number and not in the
 * other); what a rank of many sends is its part of the field, d fields there and back. */
Test(commands, info_plans_ranks) {
    write_decks();
    const char *const cells = "grid.x.cells=64";
    double there[2], planned[2];
    for (int i = 0; i < 2; i++) {
        const char *const set = i ? cells : "grid.x.cells=8";
        expect(GRAZING("info", "fuzzy.yaml", "--threads", "1", "--set", set), 0);
        there[i] = number_after("fields and plans");
        expect(GRAZING("info", "fuzzy.yaml", "--threads", "1", "--set", set, "--ranks", "1"), 0);
        planned[i] = number_after("memory a rank");
    }
    cr_assert_float_eq(planned[1] - planned[0], there[1] - there[0], 0.02 * there[1], "%g MB, there are %g",
                       planned[1] - planned[0], there[1] - there[0]);
    cr_assert_eq(number_after("application of K"), 0);
    expect(GRAZING("info", "fuzzy.yaml", "--set", cells, "--ranks", "16"), 0);
    cr_assert_eq(number_after("application of K"), 2 * 2 * 15);
    cr_assert_eq(number_after("streaming of a step"), 4 * 15);
    cr_assert_float_eq(number_after("60 messages, "), 4 * 4 * 169 * 8e-6 * 15 / 16, 1e-4);
    expect(
        GRAZING("info", "fuzzy.yaml", "--set", cells, "--ranks", "16", "--set", "model.kappa={shape: dirac}"),
        0);
    cr_assert_eq(number_after("application of K"), 0);
    expect(GRAZING("info", "fuzzy.yaml", "--ranks", "5"), 3);
    one_error("5 ranks", "use 4 ranks at most");
}

Test(commands, info_says_what_a_deck_means_and_writes_nothing) {
    write_decks();
    const size_t before = scratch_count();
    expect(GRAZING("info", "fuzzy.yaml"), 0);
    const char *pieces[] = {"4 cells x 169 nodes = 676",
                            "order 6",
                            "0.75 -0.15 0.0166667",
                            "gamma = -1",
                            "eigenvalues along x1 modes 0..3: 1 ",
                            "padded transforms       25 ",
                            "mass 0.99",
                            "bytes a node",
                            "an application of K",
                            "s a step"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) says(process_output(), pieces[i]);
    cr_assert_null(strstr(process_output(), "the run "));
    expect(GRAZING("info", "fuzzy.yaml", "--step"), 0);
    says(process_output(), "the run  ");
    says(process_output(), "for 3 steps");
    expect(GRAZING("info", "bkw.yaml"), 0);
    says(process_output(), "exact solution");
    expect(GRAZING("info", "bkw.yaml", "--stability", "--set", "time.scheme=rkl2"), 0);
    says(process_output(), "flux form: spectral radius");
    says(process_output(), "dt at most euler");
    says(process_output(), "an evaluation of d_t f");
    expect(GRAZING("info", "--keys"), 0);
    says(process_output(), "grid.v.half_width");
    says(process_output(), "temperature_wave");
    says(process_output(), "[must be given]");
    expect(GRAZING("info", "fuzzy.yaml", "--set", "time.dt=0"), 3);
    cr_assert_eq(scratch_count(), before);
}
