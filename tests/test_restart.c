/* A run that was stopped and goes on is the unbroken run, bit for bit, for all kernels, dimensions,
 * integrators, step control and threads. This is tested in the library, where the process forgets in between
 * what FFTW measured, and with the program in processes of their own.
 */
#include "checkpoint.h"
#include "curve_file.h"
#include "history.h"
#include "plans.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"
#include "simulation.h"

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

TestSuite(restart, .init = open_all, .fini = scratch_close);

/* --- in the library ------------------------------------------------------------------------------------- */

enum { SETTINGS = 8, STEPS = 4, STOP = 2 };

static const char DECK[] = "model: {kappa: {shape: exponential, k2: 4}}\n"
                           "grid: {v: {nodes: 13, half_width: 5}}\n"
                           "initial: [{temperature: 0.8, density_wave: 0.3, mode: 1}, {velocity: 1}]\n"
                           "time: {dt: 0.05, end: 0.2}\n";

/* The variations of the deck, as settings separated by blanks. */
static const char *const VARIATIONS[] = {
    "model.kernel.gamma=0",
    "model.kernel.gamma=-3",
    "model.kernel.gamma=1 grid.v.order=8",
    "model.kernel.shape=bounded model.kernel.gamma=2",
    "solver.mobility=moments",
    "solver.mobility=pairs",
    "model.velocity_dim=3 grid.v.nodes=9 model.kernel.gamma=-3",
    "model.space_dim=1 grid.x.cells=4",
    "model.space_dim=1 grid.x.cells=4 grid.x.boundary=box model.transport=false",
    "model.space_dim=1 grid.x.cells=8 grid.x.boundary=box",
    "model.space_dim=1 grid.x.cells=4 model.kappa.shape=dirac",
    "model.space_dim=2 grid.x.cells=3 grid.v.nodes=9",
    "model.space_dim=1 model.velocity_dim=3 grid.x.cells=3 grid.v.nodes=7 grid.v.order=4",
    "time.scheme=jko time.inner_steps=2 grid.v.nodes=7 grid.v.order=2 time.dt=0.01 time.end=0.04",
    "time.scheme=jko",
    "time.implicitness=0.5",
    "solver.mobility_at=start",
    "solver.mobility_at=extrapolated",
    "solver.mobility_at=extrapolated model.space_dim=1 grid.x.cells=3",
    "solver.mobility_at=fixed_point",
    "solver.preconditioner=factor",
    "solver.preconditioner=factor model.space_dim=1 grid.x.cells=3",
    "solver.minimizer=lbfgs grid.v.nodes=9 grid.v.order=2",
    "solver.minimizer=tnewton grid.v.nodes=9 grid.v.order=2",
    "solver.minimizer=dense grid.v.nodes=9",
    "time.dt_control.tolerance=0.003",
    "time.dt_control.tolerance=0.1 time.dt_control.by=certificate",
    "time.dt_control.tolerance=0.1 time.dt_control.by=certificate solver.mobility_at=extrapolated",
    "time.scheme=euler time.dt=1e-4",
    "time.scheme=ssprk3 time.dt=1e-3",
    "time.scheme=rk4 time.dt=1e-3",
    "time.scheme=rkl2",
    "time.scheme=rkl2 model.space_dim=1 grid.x.cells=3",
    "time.scheme=arkode_erk model.space_dim=1 grid.x.cells=3",
    "time.scheme=cvode_bdf model.space_dim=1 grid.x.cells=3",
};

enum { VARIATION_COUNT = sizeof VARIATIONS / sizeof *VARIATIONS };

static gz_deck *load(gz_context *context, const char *variation) {
    char words[400];
    const char *settings[SETTINGS];
    size_t count = 0;
    gz_deck *deck = NULL;
    snprintf(words, sizeof words, "%s", variation);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) settings[count++] = word;
    cr_assert_eq(gz_deck_parse(context, "deck", DECK, strlen(DECK), count, settings, &deck), GZ_OK, "%s: %s",
                 variation, gz_context_message(context));
    return deck;
}

static void create(gz_context *context, const gz_deck *deck, const char *name, gz_simulation *s) {
    cr_assert_eq(gz_simulation_init(context, deck, s), GZ_OK, "%s: %s", name, gz_context_message(context));
}

static void run_steps(gz_simulation *s, const char *name, long last, gz_step_report *report) {
    while (s->state.step < last && !gz_simulation_is_over(s))
        cr_assert_eq(gz_simulation_step(s, report), GZ_OK, "%s: %s", name, gz_context_message(s->context));
}

static void save(gz_simulation *s) {
    char *plans = NULL;
    gz_memory_block blocks[GZ_SIMULATION_BLOCKS];
    cr_assert_eq(gz_plans_text(s->context, &plans), GZ_OK);
    const gz_checkpoint_texts texts = {.plans = plans};
    const size_t count = gz_simulation_memory(s, blocks);
    cr_assert_eq(gz_checkpoint_write(s->context, s->grid, scratch_path(""), &texts, &s->state, count, blocks),
                 GZ_OK);
    gz_release(plans);
}

static void recall_plans(gz_context *context) {
    char *plans = NULL;
    gz_plans_forget();
    cr_assert_eq(gz_checkpoint_read_plans(context, scratch_path(""), &plans), GZ_OK);
    cr_assert(gz_plans_learn(plans));
    gz_release(plans);
}

static void restore(gz_simulation *s) {
    gz_memory_block blocks[GZ_SIMULATION_BLOCKS];
    bool older = false;
    const size_t count = gz_simulation_memory(s, blocks);
    cr_assert_eq(gz_checkpoint_read(s->context, s->grid, scratch_path(""), &s->state, count, blocks, &older),
                 GZ_OK);
    gz_simulation_continue(s);
}

static void check_same(const gz_simulation *a, const gz_step_report *of_a, const gz_simulation *b,
                       const gz_step_report *of_b, const char *name) {
    const size_t bytes = a->grid->size * sizeof(double);
    double difference = 0;
    for (size_t i = 0; i < a->grid->size; i++)
        difference = fmax(difference, fabs(a->state.f[i] - b->state.f[i]));
    cr_assert(a->state.time == b->state.time && a->state.step == b->state.step, "%s: step %ld, %ld", name,
              a->state.step, b->state.step);
    cr_assert_eq(memcmp(a->state.f, b->state.f, bytes), 0, "%s: differs by %g", name, difference);
    cr_assert_eq(memcmp(a->state.log_f, b->state.log_f, bytes), 0, "%s", name);
    const double one[] = {of_a->dt, of_a->defect, of_a->dissipation, of_a->decrement, of_a->estimate},
                 two[] = {of_b->dt, of_b->defect, of_b->dissipation, of_b->decrement, of_b->estimate};
    cr_assert_eq(memcmp(one, two, sizeof one), 0, "%s", name);
    cr_assert(of_a->work.newton == of_b->work.newton && of_a->work.cg == of_b->work.cg, "%s", name);
}

static void check_variation(const char *variation, int threads) {
    gz_context *context = NULL;
    gz_simulation whole, rest;
    gz_step_report of_whole, of_rest;
    cr_assert_eq(gz_context_create(threads, &context), GZ_OK);
    gz_deck *deck = load(context, variation);
    gz_plans_forget();
    create(context, deck, variation, &whole);
    run_steps(&whole, variation, STOP, &of_whole);
    save(&whole);
    run_steps(&whole, variation, STEPS, &of_whole);
    recall_plans(context);
    create(context, deck, variation, &rest);
    restore(&rest);
    run_steps(&rest, variation, STEPS, &of_rest);
    check_same(&whole, &of_whole, &rest, &of_rest, variation);
    gz_simulation_free(&whole);
    gz_simulation_free(&rest);
    gz_deck_destroy(deck);
    gz_context_destroy(context);
}

Test(restart, is_the_unbroken_run) {
    for (size_t i = 0; i < VARIATION_COUNT; i++) check_variation(VARIATIONS[i], 1 + (int)(i % 2));
}

/* Sums over threads are taken in an order that does not depend on which thread comes first. */
Test(restart, more_threads_than_processors_do_not_matter) {
    const size_t some[] = {1, 7, 31, 33};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) check_variation(VARIATIONS[some[i]], 3);
}

/* A text that is no wisdom is refused, and what is known stays. */
Test(restart, damaged_plans_are_refused) {
    gz_context *context = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_deck *deck = load(context, VARIATIONS[0]);
    gz_simulation s;
    create(context, deck, "", &s);
    char *plans = NULL, *after = NULL;
    cr_assert_eq(gz_plans_text(context, &plans), GZ_OK);
    const size_t size = strlen(plans);
    for (size_t at = 0; at < size; at += 1 + size / 60) {
        char *damaged = calloc(size + 1, 1);
        memcpy(damaged, plans, at);
        gz_plans_learn(damaged);
        memcpy(damaged, plans, size);
        damaged[at] = '#';
        gz_plans_learn(damaged);
        free(damaged);
        gz_simulation again;
        create(context, deck, "", &again);
        gz_simulation_free(&again);
    }
    cr_assert_not(gz_plans_learn("not at all"));
    cr_assert_eq(gz_plans_text(context, &after), GZ_OK);
    cr_assert_geq(strlen(after), size);
    gz_release(plans);
    gz_release(after);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
    gz_context_destroy(context);
}

/* --- with the program ----------------------------------------------------------------------------------- */

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
Test(restart, wall_limit) {
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

Test(restart, plans_are_cached) {
    cr_assert_eq(run("a", "--wall-limit 1e-9"), 0, "%s", process_errors());
    char *first = scratch_read("cache/grazing/plans", NULL);
    cr_assert_eq(run("a", "--wall-limit 1e-9"), 0);
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
    cr_assert(gz_plans_learn(repaired) && !gz_plans_learn("(fftw-3.3.10 fftw_wisdom"));
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

/* Kill the program at random moments, look at its files, let it go on: GRAZING_KILLS times, else 12. */
Test(restart, kills) {
    const char *wish = getenv("GRAZING_KILLS");
    const long wanted = wish ? strtol(wish, NULL, 10) : 12;
    const char *const every = "--set output.checkpoint_every=0 --restart";
    struct timespec begin, end;
    cr_assert_eq(run("warm", ""), 0, "%s", process_errors());
    clock_gettime(CLOCK_MONOTONIC, &begin);
    cr_assert_eq(run("whole", every), 0, "%s", process_errors());
    clock_gettime(CLOCK_MONOTONIC, &end);
    const double whole = (double)(end.tv_sec - begin.tv_sec) + 1e-9 * (double)(end.tv_nsec - begin.tv_nsec);
    long kills = 0, opened = 0, finished = 0;
    for (size_t i = 0; kills < wanted; i++) {
        const pid_t child = start("cut", every);
        const double wait = 0.7 * whole * sample_uniform(3, i);
        nanosleep(&(struct timespec){.tv_sec = (time_t)wait, .tv_nsec = (long)(1e9 * fmod(wait, 1))}, NULL);
        kill(child, SIGKILL);
        const int status = process_wait(child);
        cr_assert(status == 1000 + SIGKILL || status == 0, "%d %s", status, process_errors());
        kills += status != 0;
        if (exists("cut", "checkpoint.h5")) {
            opened++;
            compare("whole", "cut");
        }
        if (status == 0) {
            cr_assert_eq(compare("whole", "cut"), 21);
            finished++;
            static const char *const NAMES[] = {"history.csv", "result.h5", "checkpoint.h5",
                                                "checkpoint.older.h5"};
            for (size_t k = 0; k < sizeof NAMES / sizeof *NAMES; k++) unlink(in_folder("cut", NAMES[k]));
        }
    }
    cr_assert_eq(run("cut", every), 0, "%s", process_errors());
    cr_assert_eq(compare("whole", "cut"), 21);
    cr_log_info("%ld kills, files looked at %ld times, %ld runs came to their end", kills, opened, finished);
}
