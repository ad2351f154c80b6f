/* run, certify and distance read the files of other programs alike. */
#include "foreign_file.h"
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NODES = 17, CELLS = NODES * NODES, STATES = 2 };

static const char DECK[] = "grid: {v: {nodes: 17, half_width: 6}}\n"
                           "time: {dt: 0.1, end: 0.1}\n"
                           "initial: [{shape: file, path: curve.h5}]\n";

static void open_all(void) {
    scratch_open();
    scratch_write("deck.yaml", DECK, strlen(DECK));
}

TestSuite(foreign_commands, .init = open_all, .fini = scratch_close);

/* How write_curve writes the Maxwellian that is colder along v2. */
typedef struct spelling {
    bool transposed, packed;
    double half_width; /* of an unattached dataset v1; 0: none */
    const char *dataset;
} spelling;

static void write_curve(const char *name, spelling how) {
    static double f[STATES * CELLS];
    const hsize_t shape[] = {STATES, NODES, NODES};
    const char *set = how.dataset ? how.dataset : "f";
    const double factor = how.packed ? 0.25 : 1;
    for (int i = 0; i < STATES * CELLS; i++) {
        const double first = 0.75 * (i / NODES % NODES) - 6, second = 0.75 * (i % NODES) - 6,
                     v1 = how.transposed ? second : first, v2 = how.transposed ? first : second;
        f[i] = exp(-v1 * v1 / 2 - v2 * v2 / 1.4) / (8 * atan(1) * sqrt(0.7)) / factor;
    }
    const hid_t file = H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(foreign_set(file, set, 3, shape, H5T_IEEE_F64LE, H5P_DEFAULT, f));
    foreign_axis(file, "time", STATES, 0, 0.1, H5T_IEEE_F64LE);
    foreign_label(file, set, 0, "time");
    foreign_label(file, set, 1, how.transposed ? "v2" : "v1");
    foreign_label(file, set, 2, how.transposed ? "v1" : "v2");
    if (how.packed) foreign_numbers(file, set, "scale_factor", 1, &factor);
    if (how.half_width > 0)
        foreign_axis(file, "v1", NODES, -how.half_width, how.half_width / 8, H5T_IEEE_F64LE);
    H5Fclose(file);
}

static void check_no_distance(const char *a, const char *b) {
    expect(GRAZING("distance", a, b, "deck.yaml", "--quiet", "--steps", "1"), 0);
    cr_assert_lt(fabs(strtod(process_output(), NULL)), 1e-12, "%s", process_output());
}

static double certified(const char *curve) {
    expect(GRAZING_ANEW("certify", curve, "deck.yaml", "--quiet", "--out", "certificate"), 0);
    gz_history *csv = scratch_history("certificate/certificate.csv");
    const double J = gz_history_value(csv, 0, "J_curve");
    gz_history_destroy(csv);
    return J;
}

Test(foreign_commands, what_a_file_says_is_read_by_all) {
    const spelling spellings[] = {{.transposed = true}, {.packed = true}, {.half_width = 6}};
    write_curve("plain.h5", (spelling){0});
    const double J = certified("plain.h5");
    cr_assert_gt(J, 1e-3); /* nothing moves, but the equation would */
    for (size_t k = 0; k < sizeof spellings / sizeof *spellings; k++) {
        write_curve("curve.h5", spellings[k]);
        check_no_distance("plain.h5", "curve.h5");
        cr_assert_float_eq(certified("curve.h5"), J, 1e-10 * J);
        expect(GRAZING_ANEW("run", "deck.yaml", "--quiet", "--out", "out", "--set", "time.end=0"), 0);
        check_no_distance("plain.h5", "out/result.h5");
    }
}

Test(foreign_commands, what_does_not_fit_is_refused_by_all_for_one_reason) {
    static const struct {
        spelling how;
        const char *words[2];
    } cases[] = {{{.half_width = 5}, {"point 0 of axis v1 of dataset 'f' lies at -5", "in the grid at -6"}},
                 {{.dataset = "g"}, {"has no dataset 'f'", "it has g [2,17,17], time [2]"}}};
    write_curve("plain.h5", (spelling){0});
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        write_curve("curve.h5", cases[k].how);
        expect(GRAZING_ANEW("certify", "curve.h5", "deck.yaml"), 5);
        one_error(cases[k].words[0], cases[k].words[1]);
        expect(GRAZING("distance", "plain.h5", "curve.h5", "deck.yaml"), 5);
        one_error(cases[k].words[0], cases[k].words[1]);
        expect(GRAZING("run", "deck.yaml"), 5);
        one_error(cases[k].words[0], cases[k].words[1]);
    }
}

/* A run that keeps its last density alone writes f_last. */
Test(foreign_commands, distance_takes_the_last_density_of_a_run) {
    write_curve("curve.h5", (spelling){0});
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "whole"), 0);
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "last", "--set", "output.density=false"), 0);
    check_no_distance("whole/result.h5", "last/result.h5");
}
