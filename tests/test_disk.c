/* A disk that fails: each call that changes a file of a short run fails once. The run ends with status 5 and a sentence
 * that names the file, or did not need the call; what was written before is whole, and a restart comes to the same end.
 */
#include "curve_file.h"
#include "deck.h"
#include "fail_io.h"
#include "hdf5_exit.h"
#include "history.h"
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static gz_context *context;

static void open_all(void) {
    gz_hdf5_skip_exit(); /* as the program says, which is forked from this process */
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
    setenv("XDG_CACHE_HOME", scratch_path("cache"), 1);
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(disk, .init = open_all, .fini = close_all, .timeout = 200);

static const char DECK[] = "grid: {v: {nodes: 9, half_width: 5, order: 2}}\n"
                           "initial: [{temperature: [1, 0.8]}]\n"
                           "time: {dt: 0.02, end: 0.06}\n"
                           "output: {every: 0.02, checkpoint_every: 0}\n";

static int run(const char *out, const char *more) {
    return process_fork(
        (const char *const[]){"run", "deck.yaml", "--quiet", "--threads", "1", "--out", out, more, NULL});
}

/* The rows of the run are those of the whole one. Returns their number; a history that was never begun has none. */
static size_t compare_rows(const char *name) {
    gz_history *whole = scratch_history("whole/history.csv"), *have = NULL;
    size_t rows = 0;
    if (gz_history_read(context, scratch_path(name), &have) == GZ_OK) {
        rows = have->row_count;
        cr_assert_leq(rows, whole->row_count);
        for (size_t i = 0; i < rows; i++)
            cr_assert_eq(gz_history_value(have, i, "H"), gz_history_value(whole, i, "H"));
    }
    gz_history_destroy(have);
    gz_history_destroy(whole);
    return rows;
}

/* The states of result.h5 can be read, if there are any. Returns their number. */
static size_t count_states(const char *name) {
    gz_deck *deck = NULL;
    gz_phase_grid *grid = NULL;
    gz_curve_file *curve = NULL;
    double f[81];
    size_t count = 0;
    cr_assert_eq(gz_deck_parse(context, "deck", DECK, strlen(DECK), 0, NULL, &deck), GZ_OK);
    cr_assert_eq(gz_phase_grid_create(context, &deck->problem.grid, &grid), GZ_OK);
    if (access(scratch_path(name), F_OK) == 0) {
        if (gz_curve_open(context, grid, scratch_path(name), NULL, &curve) == GZ_OK)
            count = gz_curve_count(curve);
        else
            cr_assert_not_null(strstr(gz_context_message(context), "holds no state yet"), "%s",
                               gz_context_message(context));
        for (size_t i = 0; i < count; i++) cr_assert_eq(gz_curve_read(curve, i, f), GZ_OK);
    }
    gz_curve_close(curve);
    gz_phase_grid_destroy(grid);
    gz_deck_destroy(deck);
    return count;
}

static void forget(void) {
    static const char *const NAMES[] = {"history.csv", "result.h5",  "checkpoint.h5", "checkpoint.older.h5",
                                        "deck.yaml",   "report.txt", "result.xmf"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[80];
        snprintf(path, sizeof path, "failed/%s", NAMES[i]);
        unlink(scratch_path(path));
    }
}

Test(disk, each_call_fails_once) {
    const char *what;
    scratch_write("deck.yaml", DECK, strlen(DECK));
    cr_assert_eq(run("whole", "--set=title=x"), 0, "%s", process_errors());
    cr_assert_eq(run("failed", "--set=title=x"), 0, "%s", process_errors());
    forget();
    fail_io_at(0, scratch_path("failed"));
    cr_assert_eq(run("failed", "--set=title=x"), 0, "%s", process_errors());
    const long count = fail_io_end(&what);
    long refused = 0;
    cr_assert_gt(count, 100);
    for (long n = 1; n <= count; n += 1 + count / 35) {
        forget();
        fail_io_at(n, scratch_path("failed"));
        const int status = run("failed", "--set=title=x");
        fail_io_end(&what);
        cr_assert(status == 0 || status == 5, "%ld, %s: %d %s", n, what, status, process_errors());
        refused += status == 5;
        if (status == 5) {
            cr_assert_not_null(strstr(process_errors(), "failed"), "%ld, %s: %s", n, what, process_errors());
            cr_assert_eq(strchr(process_errors(), '\n'), process_errors() + strlen(process_errors()) - 1);
        }
        compare_rows("failed/history.csv");
        count_states("failed/result.h5");
        const int again = run("failed", "--restart");
        const bool finished =
            again == 3 && strstr(process_errors(), "it is finished"); /* all is there below */
        cr_assert(finished || (status == 5 && again == 0), "%ld, %s: %d, %s", n, what, status,
                  process_errors());
        cr_assert_eq(compare_rows("failed/history.csv"), 4, "%ld, %s", n, what);
        cr_assert_eq(count_states("failed/result.h5"), 4, "%ld, %s", n, what);
    }
    cr_assert_gt(refused, 10);
}
