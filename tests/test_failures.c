/* Runs in which something fails underneath: every allocation of the program, and those of CHOLMOD. Each run
 * ends in a status with a sentence, and what was written before is whole and right.
 */
#include "curve_file.h"
#include "deck.h"
#include "fail_malloc.h"
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
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
    setenv("XDG_CACHE_HOME", scratch_path("cache"), 1);
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(failures, .init = open_all, .fini = close_all);

static const char DECK[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                           "grid: {x: {cells: 3}, v: {nodes: 9, half_width: 5, order: 2}}\n"
                           "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                           "time: {dt: 0.02, end: 0.04}\n"
                           "output: {every: 0.02, checkpoint_every: 0}\n";

static void forget(const char *out) {
    static const char *const NAMES[] = {"history.csv", "result.h5",  "checkpoint.h5", "checkpoint.older.h5",
                                        "deck.yaml",   "report.txt", "result.xmf"};
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
        char path[80];
        snprintf(path, sizeof path, "%s/%s", out, NAMES[i]);
        unlink(scratch_path(path));
    }
}

/* Run into a folder, in which nothing is left of an earlier run. */
static int run(const char *out, const char *solver) {
    forget(out);
    return process_fork((const char *const[]){"run", "deck.yaml", "--quiet", "--threads", "1", "--certify",
                                              "--out", out, "--set", solver, NULL});
}

static long count_of(const char *solver, const char *library) {
    fail_malloc_at(0, library);
    const int status = run("counted", solver);
    const long count = fail_malloc_end();
    cr_assert_eq(status, 0, "%s", process_errors());
    return count;
}

/* Every row and every state that is left belongs to the run `whole`, up to round-off, since the solver may
 * have taken another way. */
static void check_what_is_left(const char *out) {
    char path[80];
    gz_history *whole = NULL, *left = NULL;
    snprintf(path, sizeof path, "%s/history.csv", out);
    if (access(scratch_path(path), F_OK) != 0) return;
    cr_assert_eq(gz_history_read(context, scratch_path("whole/history.csv"), &whole), GZ_OK);
    if (gz_history_read(context, scratch_path(path), &left) == GZ_OK && left->row_count > 0) {
        cr_assert_leq(left->row_count, whole->row_count);
        for (size_t i = 0; i < left->row_count; i++)
            cr_assert_float_eq(gz_history_value(left, i, "H"), gz_history_value(whole, i, "H"), 1e-11);
    }
    gz_history_destroy(whole);
    gz_history_destroy(left);
    snprintf(path, sizeof path, "%s/result.h5", out);
    if (access(scratch_path(path), F_OK) != 0) return;
    gz_deck *deck = NULL;
    gz_phase_grid *grid = NULL;
    gz_curve_file *curve = NULL;
    cr_assert_eq(gz_deck_parse(context, "deck", DECK, strlen(DECK), 0, NULL, &deck), GZ_OK);
    cr_assert_eq(gz_phase_grid_create(context, &deck->problem.grid, &grid), GZ_OK);
    if (gz_curve_open(context, grid, scratch_path(path), NULL, &curve) != GZ_OK)
        cr_assert_not_null(strstr(gz_context_message(context), "holds no state yet"), "%s",
                           gz_context_message(context));
    gz_curve_close(curve);
    gz_phase_grid_destroy(grid);
    gz_deck_destroy(deck);
}

typedef void failure(long n, const char *library);

/* Run once with the n-th allocation failing, and all later ones if `begin` is fail_malloc_from. Returns the exit
 * status. */
static int run_failing(failure *begin, long n, const char *library, const char *solver) {
    begin(n, library);
    const int status = run("failed", solver);
    fail_malloc_end();
    const char *errors = process_errors();
    if (status != 0) {
        cr_assert_eq(strncmp(errors, "grazing: ", 9), 0, "%ld: %d %s", n, status, errors);
        cr_assert_eq(strchr(errors, '\n'), errors + strlen(errors) - 1, "%ld: %s", n, errors);
    }
    check_what_is_left("failed");
    return status;
}

/* Without memory, the cache of plans is skipped. Every other failure ends the run. */
Test(failures, each_allocation_of_the_program) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    const char *const solver = "solver.preconditioner=sweeps";
    cr_assert_eq(run("whole", solver), 0, "%s", process_errors());
    const long count = count_of(solver, NULL);
    long survived = 0;
    cr_assert_gt(count, 200);
    for (long n = 1; n <= count; n++) {
        const int status = run_failing(fail_malloc_at, n, NULL, solver);
        survived += status == 0;
        cr_assert(status == 0 || status == 6 || (status == 5 && strstr(process_errors(), "HDF5")),
                  "%ld: %d %s", n, status, process_errors());
    }
    cr_assert_leq(survived, 8, "%ld", survived);
}

/* Where memory does not come back, nothing waits for it, and what is to be cleaned up needs none. */
Test(failures, memory_that_stays_exhausted, .timeout = 120) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    const char *const solvers[] = {"solver.preconditioner=sweeps", "solver.minimizer=dense",
                                   "model.collisions=fokker_planck", "model.field.shape=ampere"};
    for (size_t k = 0; k < 4; k++) {
        cr_assert_eq(run("whole", solvers[k]), 0, "%s", process_errors());
        const long count = count_of(solvers[k], NULL);
        long survived = 0;
        for (long n = 1; n <= count; n += 1 + count / 16) {
            const int status = run_failing(fail_malloc_from, n, NULL, solvers[k]);
            survived += status == 0;
            cr_assert(status == 0 || status == 6 || (status == 5 && strstr(process_errors(), "HDF5")),
                      "%ld: %d %s", n, status, process_errors());
        }
        cr_assert_leq(survived, 4, "%ld", survived);
    }
    cr_assert_eq(run("whole", "solver.preconditioner=factor"), 0, "%s", process_errors());
    const long count = count_of("solver.preconditioner=factor", "libcholmod");
    for (long n = 1; n <= count; n += 1 + count / 8) {
        const int status = run_failing(fail_malloc_from, n, "libcholmod", "solver.preconditioner=factor");
        cr_assert(status == 0 || status == 6, "%ld: %d %s", n, status, process_errors());
    }
}

/* If a factor cannot be made anew, memory has run out, a step fails, or the factor was not needed. */
Test(failures, cholmod) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    const char *const solver = "solver.preconditioner=factor";
    cr_assert_eq(run("whole", solver), 0, "%s", process_errors());
    const long count = count_of(solver, "libcholmod");
    long failed = 0;
    cr_assert_gt(count, 50);
    for (long n = 1; n <= count; n += 1 + count / 40) {
        const int status = run_failing(fail_malloc_at, n, "libcholmod", solver);
        failed += status != 0;
        cr_assert(status == 0 || status == 4 || status == 6, "%ld: %d %s", n, status, process_errors());
    }
    cr_assert_gt(failed, 5);
}
