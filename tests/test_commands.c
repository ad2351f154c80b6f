/* The command line, its help and mistakes; what run refuses or plans before a first step; what info says. */
#include "process.h"
#include "schedule.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

TestSuite(commands, .init = scratch_open, .fini = scratch_close);
TestSuite(commands_covered, .init = scratch_open, .fini = scratch_close);

/* --- the command line ----------------------------------------------------------------------------------- */

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
    cr_assert_eq(gz_schedule_stored(&s, 0.25), 4); /* reached at 0.3, 0.5, 0.8, 1 */
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
    cr_assert(gz_schedule_meets(&s, 0) && gz_schedule_meets(&s, 0.2) && gz_schedule_meets(&s, 5));
    cr_assert(!gz_schedule_meets(&s, 0.25) && gz_schedule_meets(&s, 0.5) && !gz_schedule_meets(&s, 0.05));
    cr_assert(gz_schedule_last_dt(&s) == s.dt && gz_schedule_met(&s, 0.25) == 3);
    cr_assert(gz_schedule_met(&s, 0) == 1 && gz_schedule_met(&s, 1e-300) > 1000000);
    cr_assert(!gz_schedule_meets(&s, 1e-300) && gz_schedule_make(0, 0, 1, 1e-300).last > 1000000);
    cr_assert(gz_schedule_reaches(&s, 0.31) == 4 && gz_schedule_reaches(&s, 0.4) == 4);
    s = gz_schedule_make(0.35, 3, 1, 0.1); /* its steps lie between the multiples of 0.1 and of 0.2 */
    cr_assert(!gz_schedule_meets(&s, 0.2) && !gz_schedule_meets(&s, 0.1) && gz_schedule_meets(&s, 1));
    cr_assert_float_eq(gz_schedule_last_dt(&s), 0.05, 1e-15);
    cr_assert(gz_schedule_reaches(&s, 0.4) == 4 && gz_schedule_reaches(&s, 2) == s.last);
    s = gz_schedule_make(0, 0, 1e5, 0.1); /* a million steps keep their outputs */
    cr_assert(gz_schedule_meets(&s, 0.3) && gz_schedule_last_dt(&s) == s.dt);
    cr_assert_eq(gz_schedule_stored(&s, 0.1), 1000000);
}

/* --- before the first step ------------------------------------------------------------------------------ */

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

Test(commands_covered, a_wrong_deck_is_one_line_and_leaves_everything_alone) {
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
        {"model={velocity_dim: 3}", "negative at time 0.5"}, /* with B = 0.1 below */
        {"initial.0={velocity: [400, 0]}", "on this grid; do its velocity"},
        {"solver.mobility_at=end", "allowed: predictor, start, extrapolated, fixed_point or local"},
        {"solver.minimizer=nelder", "allowed: newton"},
        {"model={space_dim: 1}", "grid.x.cells is missing"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const bool slow_bkw = strncmp(wrong[i].setting, "model={vel", 10) == 0;
        expect(GRAZING_ANEW("run", "bkw.yaml", "--set", wrong[i].setting, "--set",
                            slow_bkw ? "model.kernel.strength=0.1" : "title=x"),
               3);
        one_error(wrong[i].piece, "");
    }
    expect(GRAZING_ANEW("run", "bkw.yaml", "--set", "grid.v.nodes=100000"), 6);
    one_error("GB left; reduce grid.v.nodes", "");
    expect(GRAZING_ANEW("run", "bkw.yaml", "--set", "initial.0={shape: file, path: none.h5}"), 5);
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
        expect(GRAZING_ANEW("run", "wrong.yaml", "--out", "bkw.out"), files[i].status);
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

/* --- info ----------------------------------------------------------------------------------------------- */

/* The number after `word` in the output. */
static double number_after(const char *word) {
    const char *place = strstr(process_output(), word);
    cr_assert_not_null(place, "no `%s`: %s", word, process_output());
    return strtod(place + strlen(word), NULL);
}

/* The memory planned for more cells is what they take. Differences are compared, since only one of the
 * numbers includes the deck and the like. A rank sends its part of d fields, there and back. */
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
                            "padded transforms       28 ",
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
