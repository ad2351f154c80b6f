/* Runs with collisions other than Landau's: history.csv, report.txt, restarts, and all commands. */
#include "history.h"
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(collision_runs, .init = scratch_open, .fini = scratch_close);

static const char DECK[] = "model: {velocity_dim: 1, space_dim: 1, collisions: fokker_planck,\n"
                           "        bath: {friction: 0.9, temperature: 1.25}}\n"
                           "grid: {x: {cells: 8, length: 3}, v: {nodes: 33, half_width: 7}}\n"
                           "initial: [{velocity: 0.4, temperature: 0.8, mode: 1, density_wave: 0.4}]\n"
                           "time: {dt: 0.1, end: 0.8}\n"
                           "output: {every: 0.4}\n";

static void check_history(const char *path, const char *scheme, size_t rows) {
    gz_history *h = scratch_history(path);
    cr_assert_eq(h->row_count, rows, "%s: %zu rows", scheme, h->row_count);
    const bool has_defect = strncmp(scheme, "zero", 4) == 0 || strcmp(scheme, "jko") == 0;
    double falls = 0;
    for (size_t r = 1; r < h->row_count; r++) {
        const double change = gz_history_value(h, r, "H") - gz_history_value(h, r - 1, "H"),
                     bath = gz_history_value(h, r, "bath_energy") - gz_history_value(h, r - 1, "bath_energy"),
                     path_length = gz_history_value(h, r, "D_step") + gz_history_value(h, r, "A"),
                     J = gz_history_value(h, r, "J"), dH = gz_history_value(h, r, "dH_streaming");
        if (has_defect)
            cr_expect_lt(fabs(change - (J - 0.05 * path_length + dH + bath / 1.25)), 1e-13, "%s row %zu",
                         scheme, r);
        cr_expect_lt(change - dH - bath / 1.25, 1e-13, "%s row %zu: F rises", scheme, r);
        falls += gz_history_value(h, r, "relative_entropy") < gz_history_value(h, r - 1, "relative_entropy");
        cr_expect_lt(fabs(gz_history_value(h, r, "mass") / gz_history_value(h, 0, "mass") - 1), 1e-13);
        cr_expect_lt(fabs(gz_history_value(h, r, "energy") / 2 + gz_history_value(h, r, "bath_energy") -
                          gz_history_value(h, 0, "energy") / 2),
                     1e-12, "%s row %zu", scheme, r);
    }
    cr_expect_eq(falls, (double)(rows - 1), "%s: KL to the bath's Maxwellian", scheme);
    gz_history_destroy(h);
}

Test(collision_runs, the_history_balances) {
    static const char *const SCHEMES[] = {"zero_defect", "zero_defect4", "jko", "rkl2"};
    scratch_write("bath.yaml", DECK, strlen(DECK));
    for (size_t i = 0; i < 4; i++) {
        char setting[40];
        snprintf(setting, sizeof setting, "time.scheme=%s", SCHEMES[i]);
        expect(GRAZING_ANEW("run", "bath.yaml", "--quiet", "--set", setting), 0);
        check_history("bath.out/history.csv", SCHEMES[i], 9);
        says(process_output(), "");
    }
    char *report = scratch_read("bath.out/report.txt", NULL);
    says(report, "no collision raised the free energy F");
    says(report, "energy with the bath");
    free(report);
}

Test(collision_runs, a_restart_goes_on_with_the_energy_of_the_bath) {
    scratch_write("bath.yaml", DECK, strlen(DECK));
    expect(GRAZING("run", "bath.yaml", "--quiet", "--out", "whole"), 0);
    expect(GRAZING("run", "bath.yaml", "--quiet", "--out", "parts", "--set", "time.end=0.4"), 0);
    expect(GRAZING("run", "bath.yaml", "--quiet", "--out", "parts", "--restart"), 0);
    gz_history *whole = scratch_history("whole/history.csv"), *parts = scratch_history("parts/history.csv");
    cr_assert_eq(whole->row_count, parts->row_count);
    static const char *const COLUMNS[] = {"H", "J", "energy", "bath_energy", "relative_entropy"};
    for (size_t r = 0; r < whole->row_count; r++)
        for (size_t c = 0; c < 5; c++)
            cr_expect_eq(gz_history_value(whole, r, COLUMNS[c]), gz_history_value(parts, r, COLUMNS[c]),
                         "row %zu, %s", r, COLUMNS[c]);
    gz_history_destroy(whole);
    gz_history_destroy(parts);
}

Test(collision_runs, all_commands_know_them) {
    static const char *const KINDS[] = {"fokker_planck", "dougherty", "none"};
    scratch_write("bath.yaml", DECK, strlen(DECK));
    for (size_t i = 0; i < 3; i++) {
        char kind[40];
        snprintf(kind, sizeof kind, "model.collisions=%s", KINDS[i]);
        expect(GRAZING("info", "bath.yaml", "--step", "--spectrum", "--stability", "--set", kind), 0);
        says(process_output(), KINDS[i]);
        expect(
            GRAZING_ANEW("run", "bath.yaml", "--quiet", "--set", kind, "--set", "output.grazing_rate=true"),
            0);
        expect(GRAZING_ANEW("converge", "bath.yaml", "--set", kind, "--set", "time.end=0.2", "--vary",
                            "time.dt=0.1,0.05,0.025"),
               0);
        expect(GRAZING_ANEW("compare", "bath.yaml", "--set", kind, "--set", "time.end=0.2", "--methods",
                            "zero_defect,rkl2,arkode_dirk", "--dt", "0.1"),
               0);
        expect(GRAZING_ANEW("certify", "bath.out/result.h5", "bath.yaml", "--set", kind), i < 2 ? 0 : 3);
    }
    expect(
        GRAZING_ANEW("run", "bath.yaml", "--quiet", "--certify", "--set", "time.dt_control.tolerance=1e-3"),
        0);
    expect(GRAZING("distance", "bath.out/result.h5", "bath.out/result.h5", "bath.yaml"), 3);
    says(process_errors(), "model.collisions landau; the deck has fokker_planck");
}
