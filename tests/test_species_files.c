/* Species in decks, files and commands: what a deck may say, results with an axis of species, restarts, certificates. */
#include "checkpoint.h"
#include "curve_file.h"
#include "deck.h"
#include "functionals.h"
#include "history.h"
#include "process.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
    setenv("GRAZING_PLANS", "guess", 1);
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(species_files, .init = open_all, .fini = close_all);

static const char DECK[] =
    "model:\n"
    "  space_dim: 1\n"
    "  kernel: {gamma: -1, strength: 0.5}\n"
    "  kappa: {shape: exponential, k2: 4}\n"
    "  species:\n"
    "    - {name: light, charge: -1}\n"
    "    - {name: heavy, mass: 2, charge: 1}\n"
    "  rates: [[1, 2], [2, 0.5]]\n"
    "grid: {x: {cells: 3}, v: {nodes: 15, half_width: 6, order: 4}}\n"
    "initial:\n"
    "  - {species: light, temperature: 1.2, velocity: [0.3, 0], mode: 1, density_wave: 0.3}\n"
    "  - {species: heavy, temperature: [2, 1.5], density: 0.7}\n"
    "time: {dt: 0.05, end: 0.2}\n"
    "output: {every: 0.05}\n";

static gz_deck *parse(const char *text, size_t count, const char *const *settings) {
    gz_deck *deck = NULL;
    cr_assert_eq(gz_deck_parse(context, "d.yaml", text, strlen(text), count, settings, &deck), GZ_OK, "%s",
                 gz_context_message(context));
    return deck;
}

/* --- decks ------------------------------------------------------------------------------------------------ */

Test(species_files, a_deck_of_species_is_read_and_written) {
    gz_deck *deck = parse(DECK, 0, NULL);
    const gz_phase_grid_settings *grid = &deck->problem.grid;
    cr_assert_eq(grid->species_count, 2);
    cr_assert_str_eq(grid->species[0].name, "light");
    cr_assert_eq(grid->species[0].mass, 1);
    cr_assert_eq(grid->species[0].charge, -1);
    cr_assert_str_eq(grid->species[1].name, "heavy");
    cr_assert_eq(grid->species[1].mass, 2);
    cr_assert(deck->problem.rates.given);
    cr_assert_eq(deck->problem.rates.value[0][1], 2);
    cr_assert_eq(deck->problem.rates.value[1][1], 0.5);
    cr_assert_str_eq(deck->components[1].species, "heavy");
    char *text, *again;
    cr_assert_eq(gz_deck_text(context, deck, &text), GZ_OK);
    gz_deck *other = parse(text, 0, NULL);
    cr_assert_eq(gz_deck_text(context, other, &again), GZ_OK);
    cr_assert_str_eq(text, again);
    cr_assert_eq(gz_deck_compare(deck, other, 0, NULL), 0);
    gz_deck_destroy(other);
    gz_release(again);
    gz_release(text);
    gz_deck_destroy(deck);
    deck = parse(DECK, 2, (const char *const[]){"model.rates=", "model.species.1.mass=3"});
    cr_assert(!deck->problem.rates.given);
    cr_assert_eq(deck->problem.grid.species[1].mass, 3);
    cr_assert_eq(gz_deck_text(context, deck, &text), GZ_OK);
    cr_assert_null(strstr(text, "rates"));
    gz_release(text);
    gz_deck_destroy(deck);
    static const char PLAIN[] =
        "grid: {v: {nodes: 9, half_width: 5}}\ninitial: [{}]\ntime: {dt: 1, end: 1}\n";
    deck = parse(PLAIN, 0, NULL);
    cr_assert_eq(gz_deck_text(context, deck, &text), GZ_OK);
    cr_assert_null(strstr(text, "species"));
    gz_release(text);
    gz_deck_destroy(deck);
}

Test(species_files, each_difference_of_species_is_seen) {
    static const struct {
        const char *setting, *key, *there;
    } CASES[] = {{"model.species.1.mass=3", "model.species.1.mass", "3"},
                 {"model.species.0.charge=2", "model.species.0.charge", "2"},
                 {"model.rates=[[1, 2], [2, 1]]", "model.rates", "[[1, 2], [2, 1]]"},
                 {"model.rates=", "model.rates", "not given"}};
    gz_deck *deck = parse(DECK, 0, NULL);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        gz_deck *other = parse(DECK, 1, &CASES[i].setting);
        gz_deck_difference found;
        cr_assert_eq(gz_deck_compare(deck, other, 1, &found), 1);
        cr_assert_str_eq(found.key, CASES[i].key);
        cr_assert_str_eq(found.there, CASES[i].there);
        gz_deck_destroy(other);
    }
    gz_deck_destroy(deck);
}

Test(species_files, wrong_species_name_the_key_and_what_is_allowed) {
    static const char *const CASES[][3] = {
        {"model.species=3", "model.species is 3", "a list of 1 to 8 species"},
        {"model.species=[]", "model.species is []", "a list of 1 to 8 species"},
        {"model.species=[a, b]", "model.species.0 is a", "a species, such as"},
        {"model.species.1={mass: 2}", "model.species.1.name is missing", "letters"},
        {"model.species.1.mas=2", "model.species.1.mas (2) is not a key", "mean model.species.1.mass?"},
        {"model.species.1.name=\"heavy ion\"", "name is \"heavy ion\"", "1 to 31 letters"},
        {"model.species.1.name=light", "model.species.1.name is light, as that of species 0", "differ"},
        {"model.species.1.mass=0", "model.species.1.mass is 0", "between 0"},
        {"model.species.1.mass=-2", "model.species.1.mass is -2", "between 0"},
        {"model.rates=[[1, 2], [3, 1]]", "model.rates is [[1, 2], [3, 1]]", "symmetric"},
        {"model.rates=[[1, 2]]", "2 lists of 2 numbers", "model.rates"},
        {"model.rates=[[1], [1]]", "2 lists of 2 numbers", "model.rates"},
        {"model.rates=2", "model.rates is 2", "2 lists of 2 numbers"},
        {"model.rates=[[1, -2], [-2, 1]]", "model.rates.0.1 is -2", "a number from 0"},
        {"model.rates=[[1, x], [2, 1]]", "model.rates.0.1 is x", "a number from 0"},
        {"initial.1.species=ions", "initial.1.species is ions", "allowed: light, heavy"},
        {"initial.1.species=", "initial.1.species is missing", "allowed: light, heavy"},
        {"initial.1.species=light", "no component of species heavy", "every species"},
        {"model.specis=[]", "model.specis", "species, rates"},
        {"model.species=", "model.rates is given without model.species", "d.yaml:8"},
        {"model.collisions=dougherty", "model.collisions is dougherty", "with model.species use landau"},
        {"initial.1={shape: file, path: x, interpolate: true}", "initial.1.species is missing", "its own"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        gz_deck *deck = NULL;
        cr_assert_eq(gz_deck_parse(context, "d.yaml", DECK, strlen(DECK), 1, &CASES[i][0], &deck),
                     GZ_ERROR_SETTINGS, "%s", CASES[i][0]);
        for (int k = 1; k < 3; k++)
            cr_assert_not_null(strstr(gz_context_message(context), CASES[i][k]), "%s: %s does not say %s",
                               CASES[i][0], gz_context_message(context), CASES[i][k]);
        cr_assert_null(deck);
    }
}

/* --- files ------------------------------------------------------------------------------------------------ */

static void run_deck(const char *out) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    expect(GRAZING_ANEW("run", "deck.yaml", "--quiet", "--out", out), 0);
}

/* The columns of species add up to those of the mixture, and are the moments of f in result.h5. */
Test(species_files, columns_and_datasets_are_those_of_the_species) {
    run_deck("out");
    gz_history *h = scratch_history("out/history.csv");
    const char *const NEW[] = {"density_light",     "density_heavy",    "momentum_light_1",
                               "momentum_light_2",  "momentum_heavy_1", "momentum_heavy_2",
                               "temperature_light", "temperature_heavy"};
    for (size_t i = 0; i < 8; i++)
        cr_assert_eq(gz_history_column(h, NEW[i]), h->column_count - 8 + i, "%s", NEW[i]);
    gz_deck *deck = parse(DECK, 0, NULL);
    gz_phase_grid *grid = NULL;
    gz_curve_file *curve = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &deck->problem.grid, &grid), GZ_OK);
    cr_assert_eq(gz_curve_open(context, grid, scratch_path("out/result.h5"), NULL, &curve), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_curve_count(curve), 5);
    double *f = sample_zero(context, grid);
    for (size_t k = 0; k < 5; k++) {
        gz_species_moments m;
        gz_moments all;
        cr_assert_eq(gz_curve_read(curve, k, f), GZ_OK);
        gz_species_moments_of(grid, f, &m);
        gz_moments_of(grid, f, &all);
        cr_assert_float_eq(gz_history_value(h, k, "density_heavy"), m.density[1], 1e-14);
        cr_assert_float_eq(gz_history_value(h, k, "momentum_heavy_1"), m.momentum[2], 1e-14);
        cr_assert_float_eq(gz_history_value(h, k, "temperature_light"), m.temperature[0], 1e-14);
        cr_assert_float_eq(gz_history_value(h, k, "mass"), m.density[0] + 2 * m.density[1], 1e-14);
        cr_assert_float_eq(gz_history_value(h, k, "momentum_1"), m.momentum[0] + m.momentum[2], 1e-14);
        double energy = 0; /* d T_s n_s + |m_s u_s n_s|^2/(m_s n_s) */
        for (size_t s = 0; s < 2; s++)
            energy += 2 * m.temperature[s] * m.density[s] +
                      m.momentum[2 * s] * m.momentum[2 * s] / (grid->species[s].mass * m.density[s]) +
                      m.momentum[2 * s + 1] * m.momentum[2 * s + 1] / (grid->species[s].mass * m.density[s]);
        cr_assert_float_eq(gz_history_value(h, k, "energy"), energy, 1e-13);
        cr_assert_float_eq(all.energy, energy, 1e-13);
    }
    cr_assert_lt(fabs(gz_history_value(h, 4, "density_light") - gz_history_value(h, 0, "density_light")),
                 1e-13);
    gz_release(f);
    gz_curve_close(curve);
    gz_phase_grid_destroy(grid);
    gz_deck_destroy(deck);
    gz_history_destroy(h);
    const hid_t file = H5Fopen(scratch_path("out/result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    static const struct {
        const char *name;
        int rank;
        hsize_t size[5];
    } SETS[] = {{"f", 5, {5, 2, 3, 15, 15}},   {"density", 3, {5, 2, 3}}, {"velocity", 4, {5, 2, 3, 2}},
                {"temperature", 3, {5, 2, 3}}, {"species", 1, {2}},       {"species_mass", 1, {2}},
                {"species_charge", 1, {2}}};
    for (size_t i = 0; i < sizeof SETS / sizeof *SETS; i++) {
        hsize_t size[9];
        const hid_t set = H5Dopen2(file, SETS[i].name, H5P_DEFAULT), space = H5Dget_space(set);
        cr_assert_eq(H5Sget_simple_extent_dims(space, size, NULL), SETS[i].rank, "%s", SETS[i].name);
        for (int a = 0; a < SETS[i].rank; a++) cr_assert_eq(size[a], SETS[i].size[a], "%s", SETS[i].name);
        H5Sclose(space);
        H5Dclose(set);
    }
    double mass[2];
    const hid_t set = H5Dopen2(file, "species_mass", H5P_DEFAULT);
    cr_assert_geq(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, mass), 0);
    cr_assert(mass[0] == 1 && mass[1] == 2);
    H5Dclose(set);
    H5Fclose(file);
}

/* A run that goes on is the unbroken one, bit for bit; of another mass it is refused. */
Test(species_files, a_restart_is_the_unbroken_run) {
    run_deck("whole");
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "half", "--set", "time.end=0.1"), 0);
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "half", "--restart"), 0);
    gz_history *a = scratch_history("whole/history.csv"), *b = scratch_history("half/history.csv");
    cr_assert_eq(a->row_count, b->row_count);
    const size_t seconds = gz_history_column(a, "seconds");
    for (size_t i = 0; i < a->row_count * a->column_count; i++)
        if (i % a->column_count != seconds)
            cr_assert_eq(memcmp(&a->values[i], &b->values[i], sizeof(double)), 0);
    gz_history_destroy(a);
    gz_history_destroy(b);
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "half", "--restart", "--set", "time.end=0.3",
                   "--set", "model.species.1.mass=2.5"),
           3);
    says(process_errors(), "model.species.1.mass is 2 there, 2.5 here");
}

/* The last state of a mixture, or a species from a file without species, is a datum. */
Test(species_files, densities_from_files) {
    run_deck("out");
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "all", "--set", "time.end=0", "--set",
                   "initial=[{shape: file, path: out/result.h5}]"),
           0);
    gz_history *a = scratch_history("out/history.csv"), *b = scratch_history("all/history.csv");
    cr_assert_float_eq(gz_history_value(a, 4, "H"), gz_history_value(b, 0, "H"), 1e-12);
    cr_assert_float_eq(gz_history_value(a, 4, "momentum_heavy_1"), gz_history_value(b, 0, "momentum_heavy_1"),
                       1e-13);
    gz_history_destroy(a);
    gz_history_destroy(b);
    static const char SINGLE[] = "model: {space_dim: 1, transport: false}\n"
                                 "grid: {x: {cells: 3}, v: {nodes: 15, half_width: 6, order: 4}}\n"
                                 "initial: [{temperature: 1.5, velocity: [0.2, 0.1]}]\n"
                                 "time: {dt: 1, end: 0}\n";
    scratch_write("single.yaml", SINGLE, strlen(SINGLE));
    expect(GRAZING("run", "single.yaml", "--quiet", "--out", "single"), 0);
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "part", "--set", "time.end=0", "--set",
                   "initial.1={species: heavy, shape: file, path: single/result.h5}"),
           0);
    a = scratch_history("single/history.csv");
    b = scratch_history("part/history.csv");
    const double n = gz_history_value(a, 0, "mass"), u = gz_history_value(a, 0, "momentum_1") / n,
                 w = gz_history_value(a, 0, "momentum_2") / n,
                 variance = (gz_history_value(a, 0, "energy") / n - u * u - w * w) / 2;
    cr_assert_float_eq(gz_history_value(b, 0, "temperature_heavy"), 2 * variance, 1e-13);
    cr_assert_float_eq(gz_history_value(b, 0, "momentum_heavy_1"), 2 * n * u, 1e-14);
    gz_history_destroy(a);
    gz_history_destroy(b);
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "wrong", "--set",
                   "initial=[{shape: file, path: single/result.h5}]"),
           5);
    says(process_errors(), "the deck's grid needs [species,x1,v1,v2]");
}

/* --- commands --------------------------------------------------------------------------------------------- */

Test(species_files, commands_know_species) {
    run_deck("out");
    size_t size;
    char *report = scratch_read("out/report.txt", &size);
    says(report, "2 species, 3 x 15^2 nodes");
    says(report, "\nlight                    density 1 -> 1, temperature 1.19999");
    says(report, "\nheavy                    density 0.7 -> 0.7, temperature 1.75");
    free(report);
    expect(GRAZING("info", "deck.yaml"), 0);
    says(process_output(), "2 species x 3 cells x 225 nodes = 1350");
    says(process_output(), "light, mass 1, charge -1, rates 1 2");
    says(process_output(),
         "species heavy: the spacing 0.857 is 0.92 of sqrt(T/m) = 0.935, and half of it is fine");
    says(process_output(), "set grid.v.nodes to 27 or more");
    expect(GRAZING("info", "deck.yaml", "--set", "grid.v.nodes=31"), 0);
    cr_assert_null(strstr(process_output(), "half of it is fine"));
    expect(GRAZING("info", "--keys"), 0);
    says(process_output(), "model.species: a list of species");
    says(process_output(), "  mass ");
    says(process_output(), "model.rates: ");
    expect(GRAZING("run", "deck.yaml", "--dry-run"), 0);
    says(process_output(), "deck is fine: 2 species, 3 x 15^2 nodes");
    expect(GRAZING("certify", "out/result.h5", "deck.yaml", "--out", "certificate"), 0);
    says(process_output(), "curve form ");
    expect(GRAZING("compare", "deck.yaml", "--methods", "zero_defect,zero_defect4,rkl2", "--dt", "0.1,0.05",
                   "--quiet", "--out", "comparison"),
           0);
    expect(GRAZING("converge", "deck.yaml", "--vary", "grid.v.nodes=15,17,21", "--quiet", "--out", "ladder"),
           0);
    expect(GRAZING("converge", "deck.yaml", "--vary", "model.species.1.mass=2,2.1,2.2", "--quiet", "--out",
                   "masses"),
           0);
    expect(
        GRAZING("converge", "deck.yaml", "--budget", "--quiet", "--out", "budget", "--set", "time.end=0.1"),
        0);
    expect(GRAZING("info", "deck.yaml", "--ranks", "3"), 0);
    says(process_output(), "450 nodes"); /* of a rank: a plane of two species */
}

/* The distance of two states of a run without transport, whose masses, momentum and energy are the same. */
Test(species_files, the_distance_of_two_mixtures) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "a", "--set", "model.transport=false", "--set",
                   "time.end=0.05"),
           0);
    expect(GRAZING("run", "deck.yaml", "--quiet", "--out", "b", "--set", "model.transport=false", "--set",
                   "time.end=0.1"),
           0);
    expect(GRAZING("distance", "a/result.h5", "b/result.h5", "deck.yaml", "--steps", "2", "--quiet"), 0);
    const double d = atof(process_output());
    cr_assert(d > 1e-4 && d < 1, "%g", d);
}

/* The datasets of the grazing rate have the axis too, U twice. */
Test(species_files, the_grazing_rate_of_a_mixture) {
    scratch_write("deck.yaml", DECK, strlen(DECK));
    expect(GRAZING("run", "deck.yaml", "--quiet", "--certify", "--out", "out", "--set",
                   "output.grazing_rate=true", "--set",
                   "grid={x: {cells: 2}, v: {nodes: 7, half_width: 5, order: 4}}", "--set",
                   "grid.unresolved=allow", "--set", "initial.0={species: light}", "--set", "time.end=0.05"),
           0);
    const hid_t file = H5Fopen(scratch_path("out/result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    static const struct {
        const char *name;
        int rank;
        hsize_t size[10];
    } SETS[] = {{"theta", 6, {2, 2, 2, 2, 7, 7}},
                {"action_density", 5, {2, 2, 2, 7, 7}},
                {"U", 10, {2, 2, 2, 7, 7, 2, 2, 7, 7, 2}},
                {"species_star", 1, {2}}};
    for (size_t i = 0; i < sizeof SETS / sizeof *SETS; i++) {
        hsize_t size[12];
        const hid_t set = H5Dopen2(file, SETS[i].name, H5P_DEFAULT), space = H5Dget_space(set);
        cr_assert_eq(H5Sget_simple_extent_dims(space, size, NULL), SETS[i].rank, "%s", SETS[i].name);
        for (int a = 0; a < SETS[i].rank; a++) cr_assert_eq(size[a], SETS[i].size[a], "%s", SETS[i].name);
        H5Sclose(space);
        H5Dclose(set);
    }
    H5Fclose(file);
}
