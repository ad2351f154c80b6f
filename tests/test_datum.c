/* The start is what was asked, or the program says so: info, dry runs, runs, reports, studies, restarts; what the
 * deck may say about it. test_sampling.c has the numbers. */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

TestSuite(datum, .init = scratch_open, .fini = scratch_close);
TestSuite(datum_covered, .init = scratch_open, .fini = scratch_close);

static bool exists(const char *name) {
    return access(scratch_path(name), F_OK) == 0;
}

/* A deck of 25^2 nodes on +-6 with these components, in three steps. */
static void deck_of(const char *initial) {
    char text[1000];
    snprintf(text, sizeof text,
             "grid: {v: {nodes: 25, half_width: 6}}\ntime: {dt: 0.1, end: 0.3}\ninitial: %s\n", initial);
    scratch_write("deck.yaml", text, strlen(text));
}

static double first_value(const char *file, const char *column) {
    gz_history *history = scratch_history(file);
    const double value = gz_history_value(history, 0, column);
    gz_history_destroy(history);
    return value;
}

/* --- refused -------------------------------------------------------------------------------------------- */

typedef struct lost {
    const char *initial, *set[2]; /* the components, and settings */
    const char *says[3];          /* pieces of the message */
} lost;

/* Run the program with these words, and the settings of the case. */
static int run_case(const lost *c, const char *const words[]) {
    const char *all[PROCESS_WORDS] = {NULL};
    size_t count = 0;
    for (; words[count]; count++) all[count] = words[count];
    for (int k = 0; k < 2; k++) {
        all[count++] = "--set";
        all[count++] = c->set[k];
    }
    return process_run(all);
}

/* Beams that are too narrow, lie outside or lie on a node, a box that is too small, a cell that is too cold, one of
 * several components. Info shows what is asked for and what there is before it refuses. */
Test(datum, what_the_grid_does_not_have_is_refused) {
    static const lost CASES[] = {
        {"[{velocity: [0.25, 0.25], temperature: 0.02}]",
         {"title=a", "title=b"},
         {"deck.yaml:3: initial.0: the grid has mass 0.34964",
          "where mass 1, momentum (0.25, 0.25), energy 0.165",
          "off by 6.5e-01; set grid.v.nodes to 87 or more (a spacing of 0.141, not 0.5), or grid.unresolved "
          "to allow"}},
        {"[{velocity: [50, 0]}, {velocity: [1, 0], temperature: 0.5}]",
         {"title=a", "title=b"},
         {"deck.yaml:3: initial.0: the grid has mass 0, ", "mass 1, momentum (50, 0), energy 2502",
          "set grid.v.half_width to 56 and grid.v.nodes to 113 or more"}},
        {"[{density: 2, temperature: 0.016}]",
         {"title=a", "title=b"},
         {"the grid has mass 4.98", "where mass 2"}},
        {"[{}]",
         {"grid.v.half_width=2", "title=b"},
         {"the grid has mass 0.91", "set grid.v.half_width to 6, or"}},
        {"[{mode: 1, temperature_wave: 0.9999}]",
         {"model.space_dim=1", "grid.x.cells=5"},
         {"in cell 2: off by", "set grid.v."}},
        {"[{density: 100}, {density: 100}, {density: 1e-3, temperature: 0.02}]",
         {"title=a", "title=b"},
         {"initial.2: the grid has mass 0.0020", "initial.normalise to true, or grid.unresolved to allow"}}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const lost *c = &CASES[i];
        deck_of(c->initial);
        expect(run_case(c, (const char *const[]){"run", "deck.yaml", NULL}), 3);
        for (int k = 0; k < 3 && c->says[k]; k++) one_error(c->says[k], "grazing: ");
        cr_assert_not(exists("deck.out"));
        expect(run_case(c, (const char *const[]){"run", "deck.yaml", "--dry-run", NULL}), 3);
        one_error(c->says[0], c->says[1]);
        expect(run_case(c, (const char *const[]){"run", "deck.yaml", "--restart", NULL}),
               3); /* there is nothing to go on from */
        cr_assert_not(exists("deck.out"));
        expect(run_case(c, (const char *const[]){"info", "deck.yaml", NULL}), 3);
        says(process_errors(), c->says[0]);
        says(process_output(), "initial.0 asks for");
        says(process_output(), "and the grid has");
        expect(run_case(c, (const char *const[]){"converge", "deck.yaml", "--vary", "time.dt=0.3,0.15,0.1",
                                                 "--no-plot", NULL}),
               3);
        says(process_errors(), c->says[0]);
        expect(run_case(c, (const char *const[]){"compare", "deck.yaml", "--methods", "rkl2", "--dt", "0.1",
                                                 "--no-plot", NULL}),
               3);
        says(process_errors(), c->says[0]);
        expect(run_case(c, (const char *const[]){"converge", "deck.yaml", "--budget", "--no-plot", NULL}), 3);
        says(process_errors(), c->says[0]);
        cr_assert_not(exists("deck.out"));
    }
}

/* A wave of two cells has no amplitude to speak of: that of a cosine is zero, whatever was asked for. */
Test(datum, a_wave_at_the_nyquist_number_is_refused) {
    deck_of("[{mode: 4, density_wave: 0.3}]");
    const char *const phases[] = {"0", "0.25", "0.1", "-0.5"};
    for (int i = 0; i < 4; i++) {
        char phase[40];
        snprintf(phase, sizeof phase, "initial.0.phase=%s", phases[i]);
        expect(GRAZING("run", "deck.yaml", "--set", "model.space_dim=1", "--set", "grid.x.cells=8", "--set",
                       phase),
               3);
        one_error("deck.yaml:3: initial.0.mode is 4 on x axis 1; 8 cells carry wave numbers up to 3",
                  "set grid.x.cells to 9 or more");
    }
    expect(GRAZING("run", "deck.yaml", "--dry-run", "--set", "model.space_dim=1", "--set", "grid.x.cells=9"),
           0);
}

/* --- warned, and allowed -------------------------------------------------------------------------------- */

/* Between 1e-6 and 1e-2 every command says once what to change, and goes on. Below, none says anything. */
Test(datum_covered, what_the_grid_nearly_has_is_told) {
    const char *const warning = "deck.yaml:3: initial.0: the grid has mass 0.99999";
    deck_of("[{}]");
    expect(GRAZING("info", "deck.yaml", "--set", "grid.v.half_width=5"), 0);
    says(process_output(), warning);
    says(process_output(), "set grid.v.half_width to 6, or initial.normalise to true\n");
    cr_assert_null(strstr(process_output(), "grid.unresolved"));
    const char *const *runs[] = {
        (const char *const[]){"run", "deck.yaml", "--set", "grid.v.half_width=5", NULL},
        (const char *const[]){"run", "deck.yaml", "--set", "grid.v.half_width=5", "--dry-run", "--overwrite",
                              NULL},
        (const char *const[]){"converge", "deck.yaml", "--set", "grid.v.half_width=5", "--vary",
                              "time.dt=0.3,0.15,0.1", "--no-plot", NULL},
        (const char *const[]){"compare", "deck.yaml", "--set", "grid.v.half_width=5", "--methods", "rkl2,jko",
                              "--dt", "0.1,0.05", "--no-plot", NULL}};
    for (int i = 0; i < 4; i++) {
        expect(process_run(runs[i]), 0);
        const char *first = strstr(process_errors(), warning);
        cr_assert_not_null(first, "%d: %s", i, process_errors());
        cr_assert_null(strstr(first + 1, warning), "%d says it twice: %s", i, process_errors());
    }
    expect(GRAZING_ANEW("run", "deck.yaml", "--dry-run", "--set", "grid.v.half_width=5"), 0);
    says(process_errors(), "warning: at t = 0 the outermost two layers of the velocity box hold ");
    says(process_output(), "initial.0 asks for");
    says(process_output(), "and the grid has        mass 0.99999");
    expect(GRAZING_ANEW("run", "deck.yaml", "--dry-run", "--quiet", "--set", "grid.v.half_width=5"), 0);
    cr_assert_str_eq(process_errors(), "");
    expect(GRAZING("info", "deck.yaml", "--set", "grid.v.half_width=7"), 0);
    cr_assert_null(strstr(process_output(), "warning"));
    expect(GRAZING_ANEW("run", "deck.yaml", "--dry-run", "--set", "grid.v.half_width=7"), 0);
    cr_assert_str_eq(process_errors(), "");
}

/* With grid.unresolved: allow a run starts from what there is, and its report has both. The key is no part of the
 * problem: a run that has begun goes on without it, and is not judged again. */
Test(datum, what_is_allowed_is_told_and_goes_on) {
    deck_of("[{velocity: [50, 0]}, {velocity: [1, 0], temperature: 0.5}]");
    expect(GRAZING("run", "deck.yaml", "--set", "grid.unresolved=allow"), 0);
    says(process_errors(), "warning: deck.yaml:3: initial.0: the grid has mass 0, ");
    cr_assert_float_eq(first_value("deck.out/history.csv", "mass"), 1, 1e-8);
    char *report = scratch_read("deck.out/report.txt", NULL);
    says(report, "initial.0 asks for       mass 1, momentum (50, 0), energy 2502\n");
    says(report, "and the grid has         mass 0, momentum (0, 0), energy 0; off by 1.0e+00\n");
    says(report, "initial.1 asks for       mass 1, momentum (1, 0), energy 2\n");
    free(report);
    char *deck = scratch_read("deck.out/deck.yaml", NULL);
    says(deck, "  unresolved: allow\n");
    free(deck);
    expect(GRAZING_ANEW("run", "deck.yaml", "--set", "time.end=0.5"), 3);
    expect(GRAZING("run", "deck.yaml", "--set", "time.end=0.5", "--restart"), 0);
    says(process_errors(), "going on from step 3");
    cr_assert_null(strstr(process_errors(), "initial.0"));
    expect(GRAZING("run", "deck.yaml", "--set", "time.end=0.6", "--restart", "--dry-run"), 0);
    cr_assert_null(strstr(process_errors(), "initial.0"));
}

/* --- normalised ----------------------------------------------------------------------------------------- */

/* The key can be set on a list and in a group, on the command line and in the deck, which is written back as it
 * reads. Both give the same start, which is exact. */
Test(datum_covered, a_normalised_start_is_exact) {
    deck_of("[{density: 2, velocity: [0.5, 0], temperature: 0.03}, {velocity: [1, 0], temperature: 0.5}]");
    expect(GRAZING("run", "deck.yaml"), 3);
    says(process_errors(), "or initial.normalise to true");
    expect(GRAZING("run", "deck.yaml", "--set", "initial.normalise=true"), 0);
    cr_assert_null(strstr(process_errors(), "initial.0: "));
    cr_assert_float_eq(first_value("deck.out/history.csv", "mass"), 3, 1e-13);
    cr_assert_float_eq(first_value("deck.out/history.csv", "momentum_1"), 2, 1e-13);
    cr_assert_float_eq(first_value("deck.out/history.csv", "energy"), 2 * (0.25 + 0.06) + 2, 1e-13);
    char *report = scratch_read("deck.out/report.txt", NULL);
    says(report, " before it was normalised\n");
    free(report);
    char *deck = scratch_read("deck.out/deck.yaml", NULL);
    says(deck, "initial:\n  normalise: true\n  components:\n    - shape: maxwellian\n      density: 2\n");
    expect(GRAZING("run", "deck.out/deck.yaml", "--out", "again", "--set", "initial.1.density=3"), 0);
    cr_assert_float_eq(first_value("again/history.csv", "mass"), 5, 1e-13);
    expect(GRAZING_ANEW("run", "deck.out/deck.yaml", "--out", "again"), 0);
    char *again = scratch_read("again/deck.yaml", NULL);
    cr_assert_str_eq(deck, again);
    cr_assert_eq(first_value("deck.out/history.csv", "H"), first_value("again/history.csv", "H"));
    free(deck);
    free(again);
    /* It is part of the problem: with it and without it are two initial states. */
    expect(GRAZING("run", "deck.yaml", "--restart", "--set", "grid.unresolved=allow"), 3);
    says(process_errors(), "initial.normalise is true there, false here");
    deck_of("{normalise: true, components: [{velocity: [0.25, 0.25], temperature: 0.02}]}");
    expect(GRAZING_ANEW("run", "deck.yaml"), 3);
    one_error("initial.0: it cannot be normalised: its temperature is 0.02", "refine grid.v.nodes");
    expect(GRAZING_ANEW("run", "deck.yaml", "--set", "grid.unresolved=allow"),
           3); /* it would not be normalised */
    one_error("initial.0: it cannot be normalised: its temperature is 0.02", "refine grid.v.nodes");
}

Test(datum, the_keys_are_listed) {
    expect(GRAZING("info", "--keys"), 0);
    says(process_output(), "initial.normalise          [false]  true or false\n");
    says(process_output(), "grid.unresolved            [refuse]  refuse or allow\n");
    says(process_output(), "{normalise: true, components: a list}");
}
