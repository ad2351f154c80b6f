/* Options of the minimizers and schemes as a user meets them: info --spectrum, distance, and the deck keys
 * for step control, inner steps, the grazing rate and the minimizers. */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(command_options, .init = scratch_open, .fini = scratch_close);

static const char FUZZY[] =
    "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}, transport: false}\n"
    "grid: {x: {cells: 3}, v: {nodes: 7, half_width: 3, order: 4}, unresolved: allow}\n"
    "initial: [{temperature: [1, 0.7], mode: 1, density_wave: 0.3}]\n"
    "time: {dt: 0.1, end: 0.3}\n";

static void write_deck(void) {
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

/* The value of a column in the last row. */
static double last_value(const char *file, const char *column) {
    gz_history *history = scratch_history(file);
    const double value = gz_history_value(history, history->row_count - 1, column);
    gz_history_destroy(history);
    return value;
}

Test(command_options, info_shows_the_spectrum) {
    write_deck();
    expect(GRAZING("info", "fuzzy.yaml", "--spectrum"), 0);
    says(process_output(), "6 expected: mass of each cell, momentum v1..v2 and energy\n");
    says(process_output(), "6 found before the widest gap");
    expect(GRAZING("info", "fuzzy.yaml", "--spectrum", "--set", "model.kappa.shape=dirac"), 0);
    says(process_output(), "12 expected: mass of each cell, momentum v1..v2 and energy of each cell");
    says(process_output(), "12 found");
    expect(
        GRAZING("info", "fuzzy.yaml", "--spectrum", "--set", "grid.x.cells=100", "--set", "grid.v.nodes=65"),
        6);
    says(process_errors(), "the matrix of 422500 x 422500 needs");
}

/* Distances between the states of a run: symmetric, zero from a state to itself, and equal to the action of
 * the step between them. States with other invariants are refused unless they are to be projected. */
Test(command_options, distance) {
    write_deck();
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "a", "--set", "time.end=0.1"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "b", "--set", "time.end=0.2"), 0);
    expect(GRAZING("distance", "a/result.h5", "b/result.h5", "fuzzy.yaml", "--steps", "2", "--quiet"), 0);
    const double there = atof(process_output());
    expect(GRAZING("distance", "b/result.h5", "a/result.h5", "fuzzy.yaml", "--steps", "2", "--quiet"), 0);
    const double back = atof(process_output());
    expect(GRAZING("distance", "a/result.h5", "a/result.h5", "fuzzy.yaml", "--quiet"), 0);
    cr_assert_lt(atof(process_output()), 1e-12);
    /* For one step of dt, d^2 = dt^2 A up to the change of the mobility. */
    const double A = last_value("b/history.csv", "A");
    cr_assert(there > 0 && fabs(there - back) < 1e-5 * there);
    cr_assert_float_eq(there, 0.1 * sqrt(A), 0.03 * there, "%g, %g", there, 0.1 * sqrt(A));
    expect(GRAZING("distance", "a/result.h5", "b/result.h5", "fuzzy.yaml", "--steps", "3"), 0);
    says(process_output(), "inner steps");
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "c", "--set", "initial.0.density=1.1"), 0);
    expect(GRAZING("distance", "a/result.h5", "c/result.h5", "fuzzy.yaml"), 5);
    says(process_errors(), "the distance is infinite");
    says(process_errors(), "--project");
    expect(GRAZING("distance", "a/result.h5", "c/result.h5", "fuzzy.yaml", "--project", "--steps", "1"), 0);
    says(process_output(), "projected out");
    /* Advice is about what the command has: it has no dt. */
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "cold", "--set", "time.end=0", "--set",
                   "initial.0.temperature=[0.05,0.05]"),
           0);
    expect(GRAZING("distance", "a/result.h5", "cold/result.h5", "fuzzy.yaml", "--project"), 4);
    says(process_errors(), "take densities that differ less in mass, momentum and energy");
    expect(GRAZING("distance", "a/result.h5", "fuzzy.yaml"), 2);
    expect(GRAZING("distance", "a/result.h5", "nothing.h5", "fuzzy.yaml"), 5);
    expect(GRAZING("distance", "a/result.h5", "b/result.h5", "fuzzy.yaml", "--set", "grid.v.nodes=11"), 5);
}

Test(command_options, step_control_leaves_its_reasons) {
    write_deck();
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "o", "--set", "time.dt_control.tolerance=1e-3"),
           0);
    cr_assert_eq(last_value("o/history.csv", "time"), 0.3);
    cr_assert(last_value("o/history.csv", "estimate") <= 1e-3 &&
              last_value("o/history.csv", "rejected_solver") == 0);
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "p", "--set",
                   "time.dt_control={tolerance: 0.1, by: certificate}"),
           0);
    cr_assert_leq(last_value("p/history.csv", "estimate"), 0.1);
    expect(GRAZING("run", "fuzzy.yaml", "--out", "r", "--set", "time.dt_control={tolerance: 0.1, by: error}"),
           3);
    says(process_errors(), "allowed: difference, certificate or theta");
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "s", "--set", "time.dt_control.tolerance=1e-200"),
           4);
    says(process_errors(), "step control gave up");
}

/* A deck can choose every minimizer, every place of the mobility, a fixed c, and the inner steps of jko. */
Test(command_options, decks_choose_minimizers_and_schemes) {
    write_deck();
    const char *fine[] = {"solver.minimizer=lbfgs",        "solver.minimizer=tnewton",
                          "solver.minimizer=dense",        "solver.minimizer=full_space",
                          "solver.mobility_at=start",      "solver.mobility_at=extrapolated",
                          "solver.mobility_at=fixed_point"};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        expect(GRAZING_ANEW("run", "fuzzy.yaml", "--quiet", "--out", "o", "--set", fine[i], "--set",
                            "output.grazing_rate=true"),
               0);
        cr_assert_lt(fabs(last_value("o/history.csv", "J")), 1e-13, "%s", fine[i]);
    }
    expect(GRAZING_ANEW("run", "fuzzy.yaml", "--quiet", "--out", "o", "--set", "time.implicitness=0.5"), 0);
    const double J = fabs(last_value("o/history.csv", "J"));
    cr_assert(J > 1e-10 && J < 1e-2, "%g", J);
    expect(GRAZING("run", "fuzzy.yaml", "--out", "o", "--set", "time.implicitness=1"), 3);
    says(process_errors(), "auto, or a number from 0 to 0.99");
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--out", "frozen", "--set", "time.scheme=jko"), 0);
    expect(GRAZING("run", "fuzzy.yaml", "--out", "true", "--set",
                   "time={scheme: jko, inner_steps: 2, dt: 0.1, end: 0.3}", "--set",
                   "output.grazing_rate=true"),
           0);
    says(process_errors(), "without effect in this deck: output.grazing_rate");
    const double one = last_value("frozen/history.csv", "H"), two = last_value("true/history.csv", "H");
    cr_assert(last_value("true/history.csv", "J") < 0 && one != two && fabs(one - two) < 1e-2 * fabs(one));
    expect(GRAZING("run", "fuzzy.yaml", "--out", "stalled", "--set",
                   "solver={minimizer: dense, max_iterations: 1}"),
           4);
    says(process_errors(), "stalled");
    says(process_errors(), "try a smaller dt or more max_iterations");
    expect(GRAZING("run", "fuzzy.yaml", "--out", "large", "--set", "solver.minimizer=dense", "--set",
                   "grid.x.cells=100", "--set", "grid.v.nodes=65"),
           6);
    says(process_errors(), "minimizer dense");
}
