/* certify --floor: curves with zeros and negative values are refused with the remedy, certified with a floor,
 * and the floor's share of J is what the floor has changed. */
#include "foreign_file.h"
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { NODES = 25, CELLS = NODES * NODES, STATES = 5 };

static const double LARGEST = 0.2,
                    DEPTH = 1e-10; /* of write_curve: about max f, and what is spoiled below it */

static const char BKW[] = "grid: {v: {nodes: 25, half_width: 6}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.1, end: 0.1}\n";

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 5}, v: {nodes: 13, half_width: 5.5, order: 4}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.05, end: 0.15}\n"
                            "output: {every: 0.05}\n";

static void open_all(void) {
    scratch_open();
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

TestSuite(floor, .init = open_all, .fini = scratch_close);
TestSuite(floor_covered, .init = open_all, .fini = scratch_close);

/* Write the exact BKW curve from t = 0.5 to 1. Where f is below DEPTH of its size, it becomes `spoil` times
 * DEPTH, and 0 at every second node; NAN leaves f as it is. The last value of all becomes `last`. */
static void write_curve(const char *name, double spoil, double last) {
    static double f[STATES * CELLS];
    const hsize_t shape[] = {STATES, NODES, NODES};
    for (int k = 0; k < STATES; k++) {
        const double K = 1 - 0.5 * exp(-2 * (0.5 + 0.5 * k / (STATES - 1)));
        for (int i = 0; i < CELLS; i++) {
            const double v0 = -6 + 12. * (i / NODES) / (NODES - 1), v1 = -6 + 12. * (i % NODES) / (NODES - 1),
                         r2 = v0 * v0 + v1 * v1;
            double *value = &f[k * CELLS + i];
            *value =
                exp(-r2 / (2 * K)) / (8 * atan(1) * K) * ((4 * K - 2) / (2 * K) + (1 - K) * r2 / (2 * K * K));
            if (!isnan(spoil) && *value < DEPTH * LARGEST) *value = i % 2 ? 0 : spoil * DEPTH * LARGEST;
        }
    }
    if (last != 0) f[STATES * CELLS - 1] = last;
    const hid_t file = H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(foreign_set(file, "f", 3, shape, H5T_IEEE_F64LE, H5P_DEFAULT, f));
    foreign_axis(file, "time", STATES, 0, 0.5 / (STATES - 1), H5T_IEEE_F64LE);
    H5Fclose(file);
}

typedef struct sums {
    double interval, curve, lifted_interval, lifted_curve; /* J of both forms, and the floor's share */
} sums;

/* Certify a curve, with a floor unless it is NULL. */
static sums certify(const char *curve, const char *deck, const char *floor) {
    sums s = {0};
    expect(floor ? GRAZING_ANEW("certify", curve, deck, "--out", "here", "--floor", floor)
                 : GRAZING_ANEW("certify", curve, deck, "--out", "here"),
           0);
    gz_history *csv = scratch_history("here/certificate.csv");
    for (size_t r = 0; r < csv->row_count; r++) {
        s.interval += gz_history_value(csv, r, "J_interval");
        s.curve += gz_history_value(csv, r, "J_curve");
        s.lifted_interval += gz_history_value(csv, r, "lifted_interval");
        s.lifted_curve += gz_history_value(csv, r, "lifted_curve");
    }
    gz_history_destroy(csv);
    return s;
}

Test(floor, zeros_and_negative_values_are_refused_with_the_remedy) {
    const double spoils[] = {0, -0.5, -3};
    const char *const remedies[] = {"--floor 1e-13", "--floor 1e-10", "--floor 1e-09"};
    for (int k = 0; k < 3; k++) {
        write_curve("curve.h5", spoils[k], 0);
        expect(GRAZING_ANEW("certify", "curve.h5", "bkw.yaml", "--out", "no"), 5);
        one_error("need f > 0 everywhere", "--floor E lifts f to E times its largest value");
        says(process_errors(), remedies[k]);
        says(process_errors(), "state 0");
    }
    const double bad[] = {NAN, INFINITY, -INFINITY};
    for (int k = 0; k < 3; k++)
        for (int floor = 0; floor < 2; floor++) {
            write_curve("curve.h5", -1, bad[k]);
            expect(floor ? GRAZING_ANEW("certify", "curve.h5", "bkw.yaml", "--out", "no", "--floor", "1e-9")
                         : GRAZING_ANEW("certify", "curve.h5", "bkw.yaml", "--out", "no"),
                   5);
            one_error("state 4", "no floor lifts what is no finite number");
        }
    static const double nothing[2 * CELLS];
    const hid_t file = H5Fcreate(scratch_path("nothing.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    H5Dclose(
        foreign_set(file, "f", 3, (const hsize_t[]){2, NODES, NODES}, H5T_IEEE_F64LE, H5P_DEFAULT, nothing));
    foreign_axis(file, "time", 2, 0, 1, H5T_IEEE_F64LE);
    H5Fclose(file);
    expect(GRAZING_ANEW("certify", "nothing.h5", "bkw.yaml", "--out", "no", "--floor", "1e-9"), 5);
    one_error("f is 0", "nothing to lift it to");
}

/* J without the share is that of the curve before it was spoiled, and the share falls with the floor, but not
 * any more where the floor lies far below the negative values. */
Test(floor_covered, its_share_is_what_it_changes_and_falls_with_it) {
    const char *const floors[] = {"1e-08", "1e-09", "1e-10"};
    write_curve("exact.h5", NAN, 0);
    const sums exact = certify("exact.h5", "bkw.yaml", NULL);
    cr_assert_eq(exact.lifted_interval, 0);
    cr_assert_eq(exact.lifted_curve, 0);
    double before = INFINITY;
    write_curve("curve.h5", -1, 0);
    for (int k = 0; k < 3; k++) {
        const sums s = certify("curve.h5", "bkw.yaml", floors[k]);
        says(process_output(), "the floor's share");
        says(process_output(), floors[k]);
        cr_log_info("floor %s: J %.3e %.3e, share %.3e %.3e, exact %.3e %.3e", floors[k], s.interval, s.curve,
                    s.lifted_interval, s.lifted_curve, exact.interval, exact.curve);
        cr_assert_gt(s.lifted_interval, 0);
        cr_assert_float_eq(s.interval - s.lifted_interval, exact.interval, 0.02 * exact.interval);
        cr_assert_float_eq(s.curve - s.lifted_curve, exact.curve, 0.02 * exact.curve);
        cr_assert_float_eq(s.interval - exact.interval, s.lifted_interval, 0.25 * s.lifted_interval);
        cr_assert_lt(s.lifted_interval, before / 4);
        before = s.lifted_interval;
    }
    const sums deep = certify("curve.h5", "bkw.yaml", "1e-14");
    cr_assert_float_eq(deep.interval - deep.lifted_interval, exact.interval, 0.02 * exact.interval);
    cr_log_info("floor 1e-14: share %.3e %.3e", deep.lifted_interval, deep.lifted_curve);
    cr_assert_gt(deep.lifted_interval, before);
}

/* Free streaming carries what was lifted from cell to cell. */
Test(floor, with_transport) {
    expect(GRAZING("run", "fuzzy.yaml", "--quiet"), 0);
    const sums exact = certify("fuzzy.out/result.h5", "fuzzy.yaml", NULL);
    double before = INFINITY;
    const char *const floors[] = {
        "1e-8", "2e-9"}; /* below, the J of the curve's own tail is of the size of the share */
    for (int k = 0; k < 2; k++) {
        const sums s = certify("fuzzy.out/result.h5", "fuzzy.yaml", floors[k]);
        cr_log_info("floor %s: J %.3e %.3e, share %.3e %.3e, exact %.3e %.3e", floors[k], s.interval, s.curve,
                    s.lifted_interval, s.lifted_curve, exact.interval, exact.curve);
        cr_assert_gt(s.lifted_interval, exact.interval);
        cr_assert_float_eq(s.interval - s.lifted_interval, exact.interval, 0.02 * s.interval);
        cr_assert_float_eq(s.curve - s.lifted_curve, exact.curve, 0.05 * exact.curve);
        cr_assert_lt(s.lifted_interval, before / 4);
        before = s.lifted_interval;
    }
}

/* Everything but the column of seconds. */
static void check_same(const gz_history *a, const gz_history *b) {
    cr_assert_eq(a->row_count, b->row_count);
    cr_assert_str_eq(a->header, b->header);
    const size_t columns = a->column_count, seconds = gz_history_column(a, "seconds");
    cr_assert_lt(seconds, columns);
    for (size_t i = 0; i < a->row_count * columns; i++)
        cr_assert(i % columns == seconds || memcmp(&a->values[i], &b->values[i], sizeof(double)) == 0,
                  "column %zu: %g %g", i % columns, a->values[i], b->values[i]);
}

Test(floor, below_the_least_value_nothing_changes) {
    write_curve("exact.h5", NAN, 0);
    expect(GRAZING_ANEW("certify", "exact.h5", "bkw.yaml", "--out", "without"), 0);
    expect(GRAZING_ANEW("certify", "exact.h5", "bkw.yaml", "--out", "with", "--floor", "1e-30"), 0);
    says(process_output(), "0 % of all values lifted");
    gz_history *without = scratch_history("without/certificate.csv"),
               *with = scratch_history("with/certificate.csv");
    check_same(without, with);
    gz_history_destroy(without);
    gz_history_destroy(with);
}

Test(floor, impossible_floors_are_refused) {
    const char *const words[] = {"0", "1", "-1e-9", "nan", "1e-9x", "small"};
    write_curve("exact.h5", NAN, 0);
    for (size_t k = 0; k < sizeof words / sizeof *words; k++) {
        expect(GRAZING_ANEW("certify", "exact.h5", "bkw.yaml", "--out", "no", "--floor", words[k]), 2);
        one_error("--floor is", "a number above 0 and below 1");
    }
}
