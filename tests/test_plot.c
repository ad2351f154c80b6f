/* The command plot as a process: pictures of a run, missing files and folders, no interpreter. */
#include "process.h"
#include "relaxation.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(plot, .init = scratch_open, .fini = scratch_close);
TestSuite(plot_covered, .init = scratch_open, .fini = scratch_close);

static const char DECK[] = "title: small bkw\n"
                           "grid: {v: {nodes: 15, half_width: 5.0}}\n"
                           "initial: [{shape: bkw, time: 0.5}]\n"
                           "time: {dt: 0.1, end: 0.3}\n";

static void make_result(void) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    cr_assert_eq(GRAZING("run", "deck.yaml", "--out", "result", "--quiet"), 0, "%s", process_errors());
}

static bool is_png(const char *name) {
    size_t size = 0;
    char *bytes = scratch_read(name, &size);
    const bool png = size > 8000 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
    free(bytes);
    return png;
}

/* The command fails with this exit status, and with a single line that says why. */
static void check_refused(int status, int want, const char *why) {
    cr_assert_eq(status, want, "%d: %s", status, process_errors());
    cr_assert_not_null(strstr(process_errors(), why), "%s", process_errors());
    const char *end = strchr(process_errors(), '\n');
    cr_assert(end && end[1] == 0, "%s", process_errors());
}

Test(plot_covered, a_run_gets_its_pictures) {
    static const char *const names[] = {"entropy", "relaxation", "defect",  "conservation",
                                        "error",   "slices",     "moments", "overview"};
    make_result();
    cr_assert_eq(GRAZING("plot", "result"), 0, "%s", process_errors());
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "result/%s.png", names[i]);
        cr_assert(is_png(path), "%s", path);
        cr_assert_not_null(strstr(process_output(), path), "%s", process_output());
    }
}

/* Of a mixture each species has its slices, and in space its moments. */
Test(plot_covered, a_mixture_gets_pictures_of_its_species) {
    static const char MIXTURE[] =
        "model: {space_dim: 1, species: [{name: a}, {name: b, mass: 2}]}\n"
        "grid: {v: {nodes: 11, half_width: 4.0}, x: {cells: 3}}\n"
        "initial: [{species: a, velocity: 0.2}, {species: b}]\ntime: {dt: 0.1, end: 0.2}\n";
    static const char *const names[] = {"species",   "slices_a", "slices_b", "moments_a",
                                        "moments_b", "overview", "entropy"};
    scratch_write("deck.yaml", MIXTURE, strlen(MIXTURE));
    cr_assert_eq(GRAZING_ANEW("run", "deck.yaml", "--out", "mixture", "--quiet"), 0, "%s", process_errors());
    cr_assert_eq(GRAZING("plot", "mixture"), 0, "%s", process_errors());
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "mixture/%s.png", names[i]);
        cr_assert(is_png(path), "%s", path);
    }
    cr_assert_null(strstr(process_output(), "mixture/slices.png"));
}

Test(plot_covered, runs_of_different_dimensions_share_their_pictures) {
    static const char *const names[] = {"entropy", "conservation", "moments"};
    static const char *const grids[] = {"model: {velocity_dim: 2, space_dim: 1}\n"
                                        "grid: {v: {nodes: 9, half_width: 4.0}, x: {cells: [3]}}\n",
                                        "model: {velocity_dim: 3, space_dim: 1}\n"
                                        "grid: {v: {nodes: 7, half_width: 4.0}, x: {cells: [4]}}\n"};
    for (int first = 0; first < 2; first++) {
        for (int k = 0; k < 2; k++) {
            char deck[400];
            snprintf(deck, sizeof deck,
                     "%sinitial: [{mode: 1, velocity_wave: 0.2}]\ntime: {dt: 0.1, end: 0.2}\n",
                     grids[(first + k) % 2]);
            scratch_write("deck.yaml", deck, strlen(deck));
            cr_assert_eq(GRAZING_ANEW("run", "deck.yaml", "--out", k ? "two" : "one", "--quiet"), 0, "%s",
                         process_errors());
        }
        cr_assert_eq(GRAZING_ANEW("plot", "one", "two", "--out", "both"), 0, "%s", process_errors());
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            char path[64];
            snprintf(path, sizeof path, "both/%s.png", names[i]);
            cr_assert(is_png(path), "%s", path);
        }
    }
}

Test(plot, what_cannot_be_drawn_is_one_line_and_an_exit_status) {
    check_refused(GRAZING("plot"), 2, "usage");
    check_refused(GRAZING("plot", "--format", "pdf", "result"), 2, "png or svg");
    check_refused(GRAZING("plot", "--set", "time.dt=1", "result"), 2, "--set");
    check_refused(GRAZING("plot", "none"), 5, "none/history.csv");
    check_refused(GRAZING("plot", "--", "--odd name"), 5, "--odd name/history.csv");
}

Test(plot, without_an_interpreter_it_says_what_to_install) {
    setenv("GRAZING_PYTHON", "/no/python", 1);
    check_refused(GRAZING("plot", "result"), 5, "python3-matplotlib");
    cr_assert_not_null(strstr(process_errors(), "/no/python"));
    setenv("GRAZING_PYTHON", "false", 1); /* an interpreter without the modules */
    check_refused(GRAZING("plot", "result"), 5, "python3-h5py");
}

Test(plot, the_script_is_looked_for_where_grazing_share_says) {
    static const char script[] = "import sys\nprint('drawn', *sys.argv[1:])\n";
    static const char broken[] = "import sys\nprint('one', file=sys.stderr)\nsys.exit('the last line')\n";
    setenv("GRAZING_SHARE", scratch_path(""), 1);
    unsetenv("GRAZING_PYTHON"); /* and the interpreter where it usually is */
    scratch_write("plot.py", script, strlen(script));
    cr_assert_eq(GRAZING("plot", "a", "b", "--out", "c", "--quiet"), 0, "%s", process_errors());
    cr_assert_str_eq(process_output(), "drawn --out c --quiet -- a b\n");
    scratch_write("plot.py", broken, strlen(broken));
    check_refused(GRAZING("plot", "a"), 1, "the last line");
}

/* The rate at which a run relaxes is that of its report; several runs, or one that is too short, have none.
 */
Test(plot, the_script_is_given_the_rate_of_a_run) {
    static const char script[] = "import sys\nprint('drawn', *sys.argv[1:])\n";
    gz_context *context = NULL;
    gz_relaxation fit;
    char expected[200];
    make_result();
    cr_assert_eq(GRAZING("run", "deck.yaml", "--out", "longer", "--quiet", "--set", "time.end=1"), 0);
    gz_history *history = scratch_history("longer/history.csv");
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_relaxation_of(context, history, gz_history_value(history, 0, "mass"), &fit), GZ_OK);
    cr_assert(gz_relaxation_falls(&fit) && fit.rate > 1 && fit.end == 1);
    setenv("GRAZING_SHARE", scratch_path(""), 1);
    scratch_write("plot.py", script, strlen(script));
    snprintf(expected, sizeof expected, "drawn --decay=%.4g,%.17g,%.17g -- longer\n", fit.rate, fit.begin,
             fit.end);
    cr_assert_eq(GRAZING("plot", "longer"), 0, "%s", process_errors());
    cr_assert_str_eq(process_output(), expected);
    cr_assert_eq(GRAZING("plot", "result"), 0, "%s", process_errors());
    cr_assert_str_eq(process_output(), "drawn -- result\n");
    cr_assert_eq(GRAZING("plot", "longer", "result"), 0, "%s", process_errors());
    cr_assert_str_eq(process_output(), "drawn -- longer result\n");
    gz_history_destroy(history);
    gz_context_destroy(context);
}
