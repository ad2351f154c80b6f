/* The command certify, and run --certify, as processes: numbers, files, refusals, exit statuses. */
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NODES = 25, CELLS = NODES * NODES, STATES = 9 };

static const char BKW[] = "grid: {v: {nodes: 25, half_width: 5.5}}\n"
                          "initial: [{shape: bkw, time: 0.5}]\n"
                          "time: {dt: 0.0625, end: 0.5}\n"
                          "output: {every: 0.0625, fisher: true}\n";

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 5}, v: {nodes: 13, half_width: 5.5, order: 4}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.05, end: 0.2}\n"
                            "output: {every: 0.05}\n";

static void open_all(void) {
    scratch_open();
    scratch_write("bkw.yaml", BKW, strlen(BKW));
    scratch_write("fuzzy.yaml", FUZZY, strlen(FUZZY));
}

TestSuite(command_certify, .init = open_all, .fini = scratch_close);

/* The command fails with one line of error, prints nothing, and leaves no certificate behind. */
static void refuses(int status, int wanted, const char *piece, const char *other) {
    expect(status, wanted);
    one_error(piece, other);
    cr_assert_neq(access(scratch_path("no/certificate.csv"), F_OK), 0);
}

static double sum_of(const gz_history *csv, const char *column) {
    double sum = 0;
    for (size_t r = 0; r < csv->row_count; r++) sum += gz_history_value(csv, r, column);
    return sum;
}

/* Write a curve of BKW with this strength from t = 0.5 on, as plain datasets like another program's. */
static void write_curve(const char *name, double strength, int states, double spoil) {
    static double f[STATES * CELLS], time[STATES];
    const hsize_t shape[] = {(hsize_t)states, NODES, NODES};
    for (int k = 0; k < states; k++) {
        time[k] = 0.5 * k / (STATES - 1);
        const double K = 1 - 0.5 * exp(-2 * strength * (0.5 + time[k]));
        for (int i = 0; i < CELLS; i++) {
            const double v0 = -5.5 + 11. * (i / NODES) / (NODES - 1),
                         v1 = -5.5 + 11. * (i % NODES) / (NODES - 1), r2 = v0 * v0 + v1 * v1;
            f[k * CELLS + i] =
                exp(-r2 / (2 * K)) / (8 * atan(1) * K) * ((4 * K - 2) / (2 * K) + (1 - K) * r2 / (2 * K * K));
        }
    }
    if (!isfinite(spoil) || spoil <= 0) f[(states - 1) * CELLS + 7 * NODES + 12] = spoil;
    const hid_t file = H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    cr_assert_geq(H5LTmake_dataset_double(file, "f", 3, shape, f), 0);
    cr_assert_geq(H5LTmake_dataset_double(file, "time", 1, shape, time), 0);
    H5Fclose(file);
}

Test(command_certify, a_run_and_its_curve) {
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--certify"), 0);
    gz_history *history = scratch_history("bkw.out/history.csv");
    for (size_t r = 1; r < history->row_count; r++) {
        cr_assert_lt(fabs(gz_history_value(history, r, "J_least")), 1e-13);
        cr_assert_float_eq(gz_history_value(history, r, "A_least"), gz_history_value(history, r, "A"),
                           1e-8 * gz_history_value(history, r, "A"));
        cr_assert_gt(gz_history_value(history, r, "J_mean"), 0);
        cr_assert_lt(gz_history_value(history, r, "J_mean"), 1e-9);
        cr_assert_gt(gz_history_value(history, r, "cross_fisher"), 0);
    }
    /* The Fisher information of BKW is 2/T_f, with T_f the harmonic mean; near equilibrium it is 2. */
    cr_assert_float_eq(gz_history_value(history, history->row_count - 1, "fisher"), 2, 1e-2);
    expect(GRAZING("certify", "bkw.out/result.h5", "bkw.yaml"), 0);
    says(process_output(), "curve form");
    says(process_output(), "bkw.out/certificate.csv");
    gz_history *csv = scratch_history("bkw.out/certificate.csv");
    cr_assert_eq(csv->row_count, STATES - 1);
    for (size_t r = 0; r < csv->row_count; r++) {
        cr_assert_float_eq(gz_history_value(csv, r, "J_interval"), gz_history_value(history, r + 1, "J_mean"),
                           1e-3 * gz_history_value(csv, r, "J_interval") + 1e-16);
        cr_assert_float_eq(gz_history_value(csv, r, "J_direct_interval"),
                           gz_history_value(csv, r, "J_interval"), 1e-13);
        cr_assert_float_eq(gz_history_value(csv, r, "J_direct_curve"), gz_history_value(csv, r, "J_curve"),
                           0.05 * gz_history_value(csv, r, "J_curve"));
        cr_assert_lt(gz_history_value(csv, r, "mass_interval"), 1e-14);
    }
    cr_assert_lt(sum_of(csv, "J_curve"), 1e-4 * sum_of(csv, "D_curve"));
    const double cubic = sum_of(csv, "J_curve");
    gz_history_destroy(csv);
    expect(GRAZING("certify", "bkw.out/result.h5", "bkw.yaml", "--interpolation", "linear", "--gauss=2",
                   "--quiet", "--out", "linear"),
           0);
    cr_assert_str_eq(process_output(), "");
    csv = scratch_history("linear/certificate.csv");
    cr_assert_gt(sum_of(csv, "J_curve"), 10 * cubic);
    gz_history_destroy(csv);
    gz_history_destroy(history);
    expect(GRAZING_ANEW("certify", "bkw.out/result.h5", "bkw.yaml", "--below", "1e-6"), 0);
    expect(GRAZING_ANEW("certify", "bkw.out/result.h5", "bkw.yaml", "--below", "1e-12"), 1);
    says(process_errors(), "above the 1e-12 of --below");
}

Test(command_certify, another_strength_is_told_in_words) {
    write_curve("curve.h5", 1.1, STATES, 1);
    expect(GRAZING("certify", "curve.h5", "bkw.yaml", "--set", "grid.v.order=8", "--out", "here"), 0);
    says(process_output(), "% too fast along");
    gz_history *csv = scratch_history("here/certificate.csv");
    const double r = -sum_of(csv, "product_curve") / sum_of(csv, "D_curve");
    cr_assert_float_eq(r, 1.1, 0.02);
    cr_assert_geq(sum_of(csv, "J_curve"), 0.5 * (r - 1) * (r - 1) * sum_of(csv, "D_curve"));
    gz_history_destroy(csv);
}

Test(command_certify, a_fuzzy_run_with_transport) {
    expect(GRAZING("run", "fuzzy.yaml", "--quiet", "--certify"), 0);
    gz_history *history = scratch_history("fuzzy.out/history.csv");
    for (size_t r = 1; r < history->row_count; r++)
        cr_assert_lt(fabs(gz_history_value(history, r, "J_least")), 1e-13);
    gz_history_destroy(history);
    expect(GRAZING("certify", "fuzzy.out/result.h5", "fuzzy.yaml"), 0);
    gz_history *csv = scratch_history("fuzzy.out/certificate.csv");
    cr_assert_eq(csv->row_count, 4);
    cr_assert_lt(sum_of(csv, "mass_interval"), 1e-13);
    cr_assert_lt(sum_of(csv, "J_interval"), 1e-3 * sum_of(csv, "D_interval"));
    cr_assert_gt(sum_of(csv, "J_curve"), sum_of(csv, "J_interval")); /* splitting and interpolation */
    gz_history_destroy(csv);
}

Test(command_certify, refusals_name_what_is_wrong) {
    const char *deck = "bkw.yaml";
    write_curve("negative.h5", 1, 3, -1e-9);
    write_curve("zero.h5", 1, 3, 0);
    write_curve("nan.h5", 1, 3, NAN);
    write_curve("infinite.h5", 1, 3, INFINITY);
    write_curve("one.h5", 1, 1, 1);
    write_curve("good.h5", 1, 3, 1);
    scratch_write("text.h5", "no", 2);
    refuses(GRAZING("certify", "negative.h5", deck, "--out", "no"), 5, "f is -1e-09", "v = (-2.29167, 0)");
    says(process_errors(), "t = 0.125 (state 2, 1 of its 625 nodes)");
    refuses(GRAZING("certify", "zero.h5", deck, "--out", "no"), 5, "f is 0 at", "need f > 0 everywhere");
    refuses(GRAZING("certify", "nan.h5", deck, "--out", "no"), 5, "f is nan at", "'nan.h5'");
    refuses(GRAZING("certify", "infinite.h5", deck, "--out", "no"), 5, "f is inf at", "'infinite.h5'");
    refuses(GRAZING("certify", "one.h5", deck, "--out", "no"), 5, "holds one state", "two");
    refuses(GRAZING("certify", "text.h5", deck, "--out", "no"), 5, "text.h5", "cannot");
    refuses(GRAZING("certify", "none.h5", deck, "--out", "no"), 5, "none.h5", "cannot");
    refuses(GRAZING("certify", "good.h5", deck, "--dataset", "g", "--out", "no"), 5, "no dataset", "'g'");
    refuses(GRAZING("certify", "good.h5", "fuzzy.yaml", "--out", "no"), 5, "shape", "[5,13,13]");
    refuses(GRAZING("certify", "good.h5", deck, "--gauss", "6", "--out", "no"), 2, "--gauss", "1 to 5");
    refuses(GRAZING("certify", "good.h5", deck, "--interpolation", "quintic"), 2, "quintic", "linear, cubic");
    refuses(GRAZING("certify", "good.h5", deck, "--below", "-1"), 2, "--below is -1", "from 0 on");
    refuses(GRAZING("certify", "good.h5", deck, "--set", "grid.v.nodes=4"), 3, "grid.v.nodes", "4");
    refuses(GRAZING("certify", "good.h5"), 2, "something is missing", "CURVE.h5 DECK");
    scratch_write("file", "", 0);
    refuses(GRAZING("certify", "good.h5", deck, "--out", "file"), 5, "make folder", "file");
}
