/* No result is destroyed silently: what a folder holds is refused, gone on with, or replaced once the new one is complete;
 * one command writes into it at a time; and a restart is of the run that was there.
 */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void open_all(void) {
    scratch_open();
    write_decks();
}

TestSuite(run_folder, .init = open_all, .fini = scratch_close);

#define RUN(...) GRAZING("run", "bkw.yaml", "--quiet", "--out", "o", __VA_ARGS__)

/* Let the shell do something in the scratch folder. Returns its exit status. */
static int shell(const char *command) {
    char line[600];
    snprintf(line, sizeof line, "cd '%s' && { %s; }", scratch_path(""), command);
    return system(line);
}

static void keep(const char *folder) {
    char line[100];
    snprintf(line, sizeof line, "rm -rf kept && cp -r %s kept", folder);
    cr_assert_eq(shell(line), 0);
}

/* The folder is what it was when it was kept. */
static void assert_kept(const char *folder) {
    char line[100];
    snprintf(line, sizeof line, "diff -r %s kept >&2", folder);
    cr_assert_eq(shell(line), 0, "%s", process_errors());
}

static bool exists(const char *name) {
    return access(scratch_path(name), F_OK) == 0;
}

static double last_time(const char *name) {
    gz_history *history = scratch_history(name);
    const double time = gz_history_value(history, history->row_count - 1, "time");
    gz_history_destroy(history);
    return time;
}

/* --- what is there is refused --------------------------------------------------------------------------- */

Test(run_folder, decks_of_one_name_do_not_share_a_folder) {
    cr_assert_eq(shell("mkdir a b && cp bkw.yaml a && cp bkw.yaml b && echo > no.out && cp bkw.yaml no.yaml"),
                 0);
    expect(GRAZING("run", "a/bkw.yaml", "--quiet"), 0);
    expect(GRAZING("run", "b/bkw.yaml", "--quiet", "--set", "time.end=0.2"), 0);
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--set", "time.end=0.1"), 0);
    cr_assert_eq(last_time("a/bkw.out/history.csv"), 0.5);
    cr_assert_eq(last_time("b/bkw.out/history.csv"), 0.2);
    cr_assert_eq(last_time("bkw.out/history.csv"), 0.1);
    expect(GRAZING("run", "no.yaml", "--quiet"), 5);
    one_error("cannot make folder 'no.out': Not a directory", "with --out DIR");
}

Test(run_folder, a_run_is_not_written_over) {
    expect(RUN("--dry-run"), 0);
    expect(RUN(NULL), 0);
    keep("o");
    expect(RUN(NULL), 5);
    one_error("'o' holds a run up to t = 0.5; --restart, --overwrite or another --out", "");
    expect(RUN("--set", "time.end=9"), 5);
    expect(RUN("--dry-run"), 5);
    assert_kept("o");
    expect(RUN("--restart", "--overwrite"), 2);
    one_error("give one of them", "");
    /* However little is left of it. */
    static const char *const SPOILT[][2] = {
        {"echo nonsense >> o/history.csv", "whose history.csv cannot be read"},
        {"rm o/history.csv", "result.h5 without a history.csv"},
        {"rm o/result.h5 o/checkpoint*", "report.txt without a history.csv"},
        {"rm o/report.txt o/result.xmf", "another deck.yaml"}};
    for (size_t i = 0; i < sizeof SPOILT / sizeof *SPOILT; i++) {
        cr_assert_eq(shell(SPOILT[i][0]), 0);
        keep("o");
        expect(RUN(NULL), 5);
        one_error(SPOILT[i][1], "another --out");
        assert_kept("o");
    }
    cr_assert_eq(shell("rm o/deck.yaml"), 0);
    expect(RUN(NULL), 0);
}

Test(run_folder, a_restart_needs_a_checkpoint_unless_nothing_has_begun) {
    expect(RUN("--restart"), 0);
    cr_assert_eq(last_time("o/history.csv"), 0.5);
    cr_assert_eq(shell("rm o/checkpoint*"), 0);
    keep("o");
    expect(RUN("--restart", "--set", "time.end=1"), 5);
    one_error("'o' holds a run up to t = 0.5, but no checkpoint to go on from; --overwrite starts at t = 0",
              "--out");
    cr_assert_eq(shell("rm -rf d && cp -r o d && cp bkw.yaml d/checkpoint.h5"), 0); /* and it must be sound */
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "d", "--restart", "--set", "time.end=1"), 5);
    one_error("'d/checkpoint.h5' is damaged", "; --overwrite starts at t = 0, or another --out");
    cr_assert_eq(shell("cp bkw.yaml d/checkpoint.older.h5"), 0);
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "d", "--restart", "--set", "time.end=1"), 5);
    one_error("'d/checkpoint.older.h5' is damaged", "; --overwrite starts at t = 0, or another --out");
    /* The history alone may be lost, or be that of a run which was killed as it began. */
    cr_assert_eq(shell("head -2 o/history.csv > h && cp h o/history.csv && cp -r o kept/o"), 0);
    expect(RUN("--restart", "--set", "time.end=1"), 5);
    cr_assert_eq(shell("rm -r kept/o o/result.*"), 0);
    expect(GRAZING("run", "bkw.yaml", "--out", "o", "--restart", "--set", "time.end=1"), 0);
    says(process_errors(), "note: o has no checkpoint; starting at t = 0");
    cr_assert_eq(last_time("o/history.csv"), 1);
}

/* --- replaced ------------------------------------------------------------------------------------------- */

Test(run_folder, a_run_is_replaced_when_the_new_one_is_complete) {
    expect(RUN(NULL), 0);
    keep("o");
    /* One that ends early stays beside it and can be gone on with. */
    expect(RUN("--overwrite", "--set", "time={dt: 0.05, end: 0.3}", "--wall-limit", "1e-9"), 0);
    cr_assert(exists("o/replacement/checkpoint.h5"));
    expect(RUN(NULL), 5);
    one_error(
        "'o' holds a run up to t = 0.5, and in 'replacement' a run up to t = 0.05 that is to replace it",
        "--restart goes on with that one, --overwrite begins it anew, or another --out");
    cr_assert_eq(shell("mv o/replacement r"), 0);
    assert_kept("o");
    cr_assert_eq(shell("mv r o/replacement"), 0);
    expect(RUN("--restart", "--set", "time={dt: 0.05, end: 0.3}"), 0);
    cr_assert_eq(last_time("o/history.csv"), 0.3);
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "p", "--set", "time={dt: 0.05, end: 0.3}"), 0);
    cr_assert_eq(
        shell(
            "cd o && ls -A > ../of_o && cd ../p && ls -A | grep -v older > ../of_p && diff ../of_o ../of_p"),
        0);
    /* So does one that takes no step at all, and one that cannot begin leaves nothing. */
    keep("o");
    expect(RUN("--overwrite", "--set", "solver.max_iterations=1", "--set", "time.dt=0.5"), 4);
    cr_assert(exists("o/replacement/report.txt"));
    expect(RUN("--overwrite", "--set", "grid.v.half_width=1"), 3);
    cr_assert_eq(shell("rm -r o/replacement"), 0);
    expect(RUN("--overwrite", "--set", "grid.v.half_width=1"), 3);
    assert_kept("o");
    expect(RUN("--restart", "--set", "time.end=0.4"), 0);
    /* Only what is left of a replacement counts, if there is one. */
    expect(RUN("--overwrite", "--wall-limit", "1e-9"), 0);
    cr_assert_eq(shell("rm o/replacement/check*"), 0);
    expect(RUN("--restart"), 5);
    one_error("'o/replacement' holds a run up to t = 0.1, but no checkpoint to go on from", "--overwrite");
}

/* Whatever moment of the exchange a kill has met. */
Test(run_folder, a_killed_exchange_is_completed) {
    static const char *const MOVED[] = {"true", "mv o/replacement.done/checkpoint.h5 o",
                                        "mv o/replacement.done/[r-z]* o", "mv o/replacement.done/* o"};
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "new", "--set", "time.end=0.2"), 0);
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "old"), 0);
    cr_assert_eq(shell("rm new/checkpoint.older.h5"), 0);
    keep("new");
    for (size_t i = 0; i < sizeof MOVED / sizeof *MOVED; i++) {
        cr_assert_eq(shell("rm -rf o && cp -r old o && cp -r new o/replacement.done"), 0);
        cr_assert_eq(shell(MOVED[i]), 0);
        expect(RUN(NULL), 5);
        one_error("'o' holds a run up to t = 0.2;", "");
        assert_kept("o");
    }
}

static void wait_for(const char *name) {
    for (int i = 0; !exists(name); i++) {
        cr_assert_lt(i, 2000, "no %s", name);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

Test(run_folder, a_kill_leaves_the_old_run_and_the_new_one) {
    const char *const words[] = {
        "run", "bkw.yaml", "--quiet", "--out", "o", "--overwrite", "--set", "time={dt: 1e-4, end: 10}", NULL};
    expect(RUN(NULL), 0);
    keep("o");
    const pid_t child = process_start(words);
    wait_for("o/replacement/checkpoint.h5");
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "o", "--restart"), 5);
    one_error("another command is writing into 'o'", "--out");
    kill(child, SIGKILL);
    expect(process_wait(child), 1000 + SIGKILL);
    expect(RUN("--restart", "--set", "time={dt: 0.1, end: 0.2}"), 0);
    cr_assert_eq(last_time("o/history.csv"), 0.2);
    cr_assert(!exists("o/replacement") && !exists("o/.lock"));
}

/* --- the same for studies ------------------------------------------------------------------------------- */

typedef struct study {
    const char *words[PROCESS_WORDS], *file;
} study;

static const study STUDIES[] = {
    {{"converge", "bkw.yaml", "--vary", "time.dt=0.5,0.25,0.125"}, "converge.csv"},
    {{"compare", "bkw.yaml", "--methods", "jko", "--dt", "0.5", "--repeat=1", "--at-error=1"}, "compare.csv"},
    {{"converge", "bkw.yaml", "--budget", "--set", "time.dt=0.5"}, "budget.csv"},
    {{"certify", "curve/result.h5", "bkw.yaml"}, "certificate.csv"}};

enum { STUDY_COUNT = sizeof STUDIES / sizeof *STUDIES };

/* Run a study into the folder `o`, with one more word or none. */
static int run_study(const study *s, const char *more) {
    const char *words[PROCESS_WORDS];
    size_t count = 0;
    while (s->words[count]) words[count] = s->words[count], count++;
    words[count++] = "--quiet";
    words[count++] = "--out";
    words[count++] = "o";
    if (strcmp(s->words[0], "certify") != 0) words[count++] = "--no-plot";
    words[count++] = more;
    words[count] = NULL;
    return process_run(words);
}

Test(run_folder, the_table_of_a_study_is_not_written_over) {
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "curve"), 0);
    for (size_t i = 0; i < STUDY_COUNT; i++)
        expect(run_study(&STUDIES[i], NULL), 0); /* they share the folder */
    expect(RUN(NULL), 0);
    keep("o");
    for (size_t i = 0; i < STUDY_COUNT; i++) {
        char holds[80];
        snprintf(holds, sizeof holds, "'o' holds %s; --overwrite or another --out", STUDIES[i].file);
        expect(run_study(&STUDIES[i], NULL), 5);
        one_error(holds, "");
    }
    assert_kept("o");
    for (size_t i = 0; i < STUDY_COUNT; i++) expect(run_study(&STUDIES[i], "--overwrite"), 0);
    /* Nothing of an older study stays beside the table of a new one. */
    cr_assert_eq(shell("touch o/compare.png"), 0);
    cr_assert(exists("o/at_error.csv") && exists("o/at_error.md"));
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "jko", "--dt", "0.5", "--repeat=1", "--quiet",
                        "--no-plot", "--out", "o"),
           0);
    cr_assert(exists("o/compare.csv") && !exists("o/compare.png") && !exists("o/at_error.csv") &&
              !exists("o/at_error.md"));
}

/* A command that cannot get its folder, or does not come to its table, leaves nothing. */
Test(run_folder, one_command_writes_at_a_time) {
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "curve"), 0);
    cr_assert_eq(mkdir(scratch_path("o"), 0700), 0);
    const int lock = open(scratch_path("o/.lock"), O_RDWR | O_CREAT, 0600);
    cr_assert_eq(flock(lock, LOCK_EX), 0);
    static const char *const MORE[] = {NULL, "--overwrite"};
    for (int k = 0; k < 2; k++) {
        for (size_t i = 0; i < STUDY_COUNT; i++) {
            expect(run_study(&STUDIES[i], MORE[k]), 5);
            one_error("another command is writing into 'o'", "--out");
        }
        expect(RUN(MORE[k]), 5);
        one_error("another command is writing into 'o'", "--out");
    }
    close(lock);
    cr_assert_eq(shell("rmdir o 2>/dev/null || { rm o/.lock && rmdir o; }"), 0);
    expect(GRAZING("converge", "bkw.yaml", "--vary", "time.dt=0.5,0.25,0.125", "--quiet", "--out", "o",
                   "--no-plot", "--set", "solver.max_iterations=1"),
           4);
    cr_assert_not(exists("o"));
}

/* --- the same run --------------------------------------------------------------------------------------- */

Test(run_folder, a_restart_is_of_the_same_run) {
    static const char *const FILES[] = {"history.csv", "result.h5", "checkpoint.h5"};
    /* The other run has the same rows and states, but for the seconds. */
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "p", "--set", "title=another"), 0);
    for (size_t i = 0; i < 3; i++) {
        char line[120];
        cr_assert_eq(shell("rm -rf o"), 0);
        expect(RUN(NULL), 0);
        snprintf(line, sizeof line, "cp p/%s o", FILES[i]);
        cr_assert_eq(shell(line), 0);
        keep("o");
        expect(RUN("--restart", "--set", "time.end=1"), 5);
        one_error(i == 0 ? "o/history.csv' is of another run than the checkpoint"
                         : "another run than the checkpoint",
                  "in another folder");
        assert_kept("o");
    }
    /* Not the folder's deck.yaml counts, which somebody may have edited, but what the checkpoint knows. */
    cr_assert_eq(shell("rm -rf o"), 0);
    expect(RUN(NULL), 0);
    cr_assert_eq(shell("sed -i 's/gamma: .*/gamma: -2/' o/deck.yaml && grep -q 'gamma: -2' o/deck.yaml"), 0);
    keep("o");
    expect(RUN("--restart", "--set", "time.end=1", "--set", "model.kernel.gamma=-2"), 3);
    one_error("the checkpoint in 'o' has another model, grid or initial state",
              "model.kernel.gamma is 0 there, -2 here");
    assert_kept("o");
    expect(RUN("--restart", "--set", "time.end=1"), 0);
}

Test(run_folder, a_file_of_the_deck_that_has_changed_is_another_datum) {
    static const char *const datum = "initial=[{shape: file, path: a/result.h5}]";
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "a"), 0);
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "b", "--set", "time.end=0.1"), 0);
    expect(RUN("--set", datum), 0);
    keep("o");
    cr_assert_eq(shell("cp a/result.h5 r && cp b/result.h5 a"), 0);
    expect(RUN("--set", datum, "--restart", "--set", "time.end=1"), 3);
    one_error("the file of initial.0.path has changed since the run of the checkpoint in 'o' began",
              "put the former one");
    assert_kept("o");
    cr_assert_eq(shell("cp r a/result.h5"), 0);
    expect(RUN("--set", datum, "--restart", "--set", "time.end=1"), 0);
}

Test(run_folder, a_run_that_has_come_to_its_end_is_finished) {
    expect(RUN(NULL), 0);
    keep("o");
    expect(RUN("--restart"), 3);
    one_error("the run in 'o' has come to t = 0.5, and time.end is 0.5: it is finished; a larger time.end",
              "");
    expect(RUN("--restart", "--set", "time.end=0.3"), 3);
    one_error("has come to t = 0.5, and time.end is 0.3", "");
    expect(RUN("--restart", "--dry-run"), 3);
    assert_kept("o");
    /* Killed just before its report, it still writes that. */
    cr_assert_eq(shell("rm o/report.txt"), 0);
    expect(RUN("--restart"), 0);
    cr_assert(exists("o/report.txt"));
}
