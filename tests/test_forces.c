/* Forces and fields in whole runs: every scheme splits them alike, keeps J, H and the energies in its books, and stores what
 * it computed. */
#include "functionals.h"
#include "result_file.h"
#include "scratch.h"
#include "simulation.h"

#include <criterion/criterion.h>
#include <hdf5.h>
#include <hdf5_hl.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_all(void) {
    scratch_open();
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
}

static void close_all(void) {
    gz_context_destroy(context);
    scratch_close();
}

TestSuite(forces, .init = open_all, .fini = close_all);

static const char DECK[] =
    "model: {space_dim: 1, kernel: {gamma: -1, strength: 0.3}, kappa: {shape: exponential, k2: 1}}\n"
    "grid: {x: {cells: 5, length: 6}, v: {nodes: 17, half_width: 5.5}, unresolved: allow}\n"
    "initial: [{temperature: 0.8, density_wave: 0.3, mode: 1}, {velocity: 0.7, mode: 2, velocity_wave: "
    "0.2}]\n"
    "time: {dt: 0.05, end: 0.2}\n";

static const char *const MOTIONS[] = {"model.field.shape=ampere", "model.field.shape=poisson",
                                      "model.force={shape: cosine, strength: 0.4, mode: 1}",
                                      "model.force={shape: uniform, strength: 0.4}"};
enum { MOTION_COUNT = sizeof MOTIONS / sizeof *MOTIONS };

static gz_deck *parse(const char *motion, const char *scheme, const char *more) {
    char name[60];
    const char *strength = strstr(motion, "field") ? "model.field.strength=0.7" : "title=a force";
    const char *settings[] = {motion, strength, name, more};
    gz_deck *deck = NULL;
    snprintf(name, sizeof name, "time.scheme=%s", scheme);
    cr_assert_eq(gz_deck_parse(context, "deck.yaml", DECK, strlen(DECK), more ? 4 : 3, settings, &deck),
                 GZ_OK, "%s", gz_context_message(context));
    return deck;
}

/* Every scheme, with every motion: mass; J and H of the variational ones; what transport reports is what the energies did, but
 * for what the collision does to the kinetic energy, which is nothing. */
Test(forces, every_scheme_keeps_its_books) {
    for (size_t k = 0; gz_integrator_name(k); k++) {
        const char *scheme = gz_integrator_name(k);
        if (strcmp(scheme, "zero_defect4") == 0) continue;
        const bool fixed = !gz_integrator_is_variational(scheme) && !gz_integrator_chooses_steps(scheme);
        for (size_t m = 0; m < MOTION_COUNT; m++) {
            gz_deck *deck = parse(MOTIONS[m], scheme, fixed ? "time.dt=0.002" : "time.tolerance=1e-5");
            gz_simulation s;
            gz_ledger_row before, row;
            gz_step_report report;
            cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK, "%s", gz_context_message(context));
            cr_assert_eq(gz_simulation_measure(&s, NULL, &before), GZ_OK);
            const double mass = before.moments.mass, kinetic = before.moments.energy / 2;
            for (int step = 0; step < 3; step++, before = row) {
                cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK, "%s, %s: %s", scheme, MOTIONS[m],
                             gz_context_message(context));
                cr_assert_eq(gz_simulation_measure(&s, &report, &row), GZ_OK);
                cr_expect_lt(fabs(row.moments.mass - mass), 1e-13 * mass);
                cr_expect_lt(fabs(row.energies.total - before.energies.total - report.energy_transport),
                             1e-12 * kinetic, "%s, %s: %.2e", scheme, MOTIONS[m],
                             row.energies.total - before.energies.total - report.energy_transport);
                cr_expect_lt(fabs(row.energies.kinetic - row.moments.energy / 2), 1e-14 * kinetic);
                if (m == 0) cr_expect_lt(fabs(report.energy_transport), 1e-13 * kinetic, "%s", scheme);
                if (m == 1)
                    cr_expect_lt(fabs(row.moments.momentum[0] - before.moments.momentum[0]), 1e-12 * mass,
                                 "%s", scheme);
                if (!gz_integrator_is_variational(scheme)) continue;
                cr_expect_lt(row.entropy - before.entropy - report.entropy_streaming, 1e-13 * mass);
                if (strcmp(scheme, "zero_defect") == 0) cr_expect_lt(fabs(report.defect), 1e-13 * mass);
            }
            gz_simulation_free(&s);
            gz_deck_destroy(deck);
        }
    }
}

/* Ions and electrons: the total energy with ampere, the momentum with poisson, J and H. */
Test(forces, a_mixture_keeps_its_books) {
    static const char MIXTURE[] =
        "model: {space_dim: 1, kernel: {gamma: -3, strength: 0.1}, kappa: {shape: exponential, k2: 1},\n"
        "        species: [{name: electrons, mass: 1, charge: -1}, {name: ions, mass: 2}]}\n"
        "grid: {x: {cells: 5, length: 6}, v: {nodes: 19, half_width: 5.5}, unresolved: allow}\n"
        "initial: [{species: electrons, density_wave: 0.3, mode: 1, velocity: 0.3}, {species: ions}]\n"
        "time: {dt: 0.1, end: 0.3}\n";
    static const char *const FIELDS[] = {"model.field.shape=ampere", "model.field.shape=poisson"},
                             *const COLLISIONS[] = {"model.collisions=landau", "model.collisions=none"};
    for (size_t k = 0; k < 4; k++) {
        const char *settings[] = {FIELDS[k % 2], COLLISIONS[k / 2]};
        gz_deck *deck = NULL;
        gz_simulation s;
        gz_ledger_row before, row;
        gz_step_report report;
        cr_assert_eq(gz_deck_parse(context, "d.yaml", MIXTURE, strlen(MIXTURE), 2, settings, &deck), GZ_OK,
                     "%s", gz_context_message(context));
        cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK, "%s", gz_context_message(context));
        cr_assert_eq(gz_simulation_measure(&s, NULL, &before), GZ_OK);
        const double mass = before.moments.mass, kinetic = before.energies.kinetic;
        cr_expect_lt(fabs(kinetic - before.moments.energy / 2), 1e-13 * kinetic);
        cr_expect_gt(before.energies.field, 0.01);
        for (int step = 0; step < 3; step++, before = row) {
            cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK, "%s", gz_context_message(context));
            cr_assert_eq(gz_simulation_measure(&s, &report, &row), GZ_OK);
            cr_expect_lt(fabs(row.moments.mass - mass), 1e-13 * mass);
            cr_expect_lt(fabs(report.defect), 1e-13 * mass);
            cr_expect_lt(row.entropy - before.entropy - report.entropy_streaming, 1e-13 * mass);
            cr_expect_lt(fabs(row.energies.total - before.energies.total - report.energy_transport),
                         1e-12 * kinetic);
            if (k % 2 == 0)
                cr_expect_lt(fabs(report.energy_transport), 1e-13 * kinetic);
            else
                cr_expect_lt(fabs(row.moments.momentum[0] - before.moments.momentum[0]), 1e-13 * mass);
        }
        gz_simulation_free(&s);
        gz_deck_destroy(deck);
    }
}

/* A bath in a potential: f goes to exp(-|v|^2/2 - V), but for what the splitting leaves, of order dt^4 in the relative entropy. */
Test(forces, a_bath_in_a_potential_has_an_equilibrium) {
    static const char BATH[] =
        "model: {velocity_dim: 1, space_dim: 1, collisions: fokker_planck,\n"
        "        force: {shape: cosine, strength: 1, mode: 1}}\n"
        "grid: {x: {cells: 15, length: 6.283185307179586}, v: {nodes: 33, half_width: 6}}\n"
        "initial: [{velocity: 0.5, temperature: 0.7, mode: 1, density_wave: 0.5}]\n"
        "time: {dt: 0.1, end: 12}\n";
    gz_deck *deck = NULL;
    gz_simulation s;
    gz_ledger_row row;
    gz_step_report report;
    double before = INFINITY;
    cr_assert_eq(gz_deck_parse(context, "d.yaml", BATH, strlen(BATH), 0, NULL, &deck), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK, "%s", gz_context_message(context));
    while (!gz_simulation_is_over(&s)) {
        cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK, "%s", gz_context_message(context));
        cr_assert_eq(gz_simulation_measure(&s, &report, &row), GZ_OK);
        if (s.state.time < 8) cr_expect_lt(row.relative_entropy, before, "t = %g", s.state.time);
        before = row.relative_entropy;
    }
    cr_expect(before > 0 && before < 1e-6, "%.2e", before);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}

/* The error of zero_defect at the end, against four times as many steps. */
static double error_with(const char *motion, int steps, const double *reference, double *f) {
    char dt[40];
    snprintf(dt, sizeof dt, "time.dt=%.17g", 0.4 / steps);
    gz_deck *deck = parse(motion, "zero_defect", dt);
    gz_simulation s;
    gz_step_report report;
    deck->end = 0.4;
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK);
    while (!gz_simulation_is_over(&s))
        cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK, "%s", gz_context_message(context));
    memcpy(f, s.state.f, s.grid->size * sizeof *f);
    const double error = reference ? gz_relative_l2(s.grid, f, reference) : 0;
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
    return error;
}

Test(forces, zero_defect_keeps_its_order) {
    enum { SIZE = 5 * 17 * 17 };
    static double reference[SIZE], f[SIZE];
    for (size_t m = 0; m < MOTION_COUNT; m++) {
        error_with(MOTIONS[m], 32, NULL, reference);
        const double coarse = error_with(MOTIONS[m], 4, reference, f),
                     fine = error_with(MOTIONS[m], 8, reference, f), order = log2(coarse / fine);
        cr_expect(order > 1.9 && order < 2.3, "%s: %.2e, %.2e: order %.2f", MOTIONS[m], coarse, fine, order);
    }
}

/* The certificate of a step takes transport back, E of ampere included: the action that the step took is the least one, up to
 * the interpolation on the way back (1.2e-8 here). */
Test(forces, steps_certify_themselves) {
    for (size_t m = 0; m < MOTION_COUNT; m++) {
        gz_deck *deck = parse(MOTIONS[m], "zero_defect", "grid.v={nodes: 25, half_width: 6}");
        gz_simulation s;
        gz_step_report report;
        cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK, "%s", gz_context_message(context));
        cr_assert_eq(gz_simulation_certify(&s), GZ_OK);
        for (int step = 0; step < 3; step++) {
            cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
            cr_expect(fabs(s.certificate.defect) < 1e-7 && fabs(s.certificate.mean_defect) < 1e-8,
                      "%s: %.2e, %.2e", MOTIONS[m], s.certificate.defect, s.certificate.mean_defect);
        }
        gz_simulation_free(&s);
        gz_deck_destroy(deck);
    }
}

/* result.h5 has the field and the moments of every state, the first one included. */
Test(forces, what_is_stored_is_what_was_computed) {
    gz_deck *deck = parse("model.field.shape=ampere", "zero_defect", "model.force.shape=none");
    gz_simulation s;
    gz_result_file *result = NULL;
    gz_step_report report;
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK);
    const gz_result_settings settings = {.field = s.field};
    cr_assert_eq(gz_result_create(context, s.grid, &settings, scratch_path(""), &result), GZ_OK);
    double E[3][5], velocity[3][5][2], stored_E[3][5], stored[3][5][2];
    for (int k = 0; k < 3; k++) {
        double cells[4][5];
        if (k > 0) cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
        gz_integrator_field(s.integrator, &s.state, s.field);
        memcpy(E[k], s.field, sizeof E[k]);
        gz_cell_moments(s.grid, s.state.f, cells[0], cells[1], cells[3]);
        for (int c = 0; c < 5; c++)
            for (int a = 0; a < 2; a++) velocity[k][c][a] = cells[1 + a][c];
        cr_assert_eq(gz_result_append(result, &s.state), GZ_OK);
    }
    gz_result_destroy(result);
    const hid_t file = H5Fopen(scratch_path("result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    cr_assert_geq(H5LTread_dataset_double(file, "field", &stored_E[0][0]), 0);
    cr_assert_geq(H5LTread_dataset_double(file, "velocity", &stored[0][0][0]), 0);
    H5Fclose(file);
    cr_expect_arr_eq(stored_E, E, sizeof E);
    cr_expect_arr_eq(stored, velocity, sizeof velocity);
    cr_expect(E[0][0] != 0 && E[0][0] != E[1][0] && E[1][0] == E[1][0]);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}
