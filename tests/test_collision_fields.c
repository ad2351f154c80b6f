/* Collision fields: what the collision of a step did at each point, in memory and in result.h5. */
#include "functionals.h"
#include "result_file.h"
#include "scratch.h"
#include "simulation.h"

#include <criterion/criterion.h>
#include <hdf5.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
}

static void close_context(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(collision_fields, .init = open_context, .fini = close_context);

static const char DECK[] =
    "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
    "grid: {x: {cells: 3}, v: {nodes: 7, half_width: 3, order: 4}, unresolved: allow}\n"
    "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
    "time: {dt: 0.1, end: 0.3}\n"
    "output: {grazing_rate: true}\n";

static gz_simulation make(gz_deck **deck, const char *setting) {
    gz_simulation s;
    cr_assert_eq(gz_deck_parse(context, "case", DECK, strlen(DECK), setting ? 1 : 0, &setting, deck), GZ_OK,
                 "%s", gz_context_message(context));
    cr_assert_eq(gz_simulation_init(context, *deck, &s), GZ_OK, "%s", gz_context_message(context));
    return s;
}

/* Compare with the grazing rate itself on pairs: the density of its action, A, and h (f1 - f0) = -dt/2 div~
 * U. Members with U as an unknown and without, with equal steps and with step control. */
Test(collision_fields, are_those_of_the_grazing_rate) {
    const char *settings[] = {NULL, "solver.minimizer=full_space", "time.scheme=jko",
                              "time.dt_control.tolerance=1e-2"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        gz_deck *deck = NULL;
        gz_simulation s = make(&deck, settings[i]);
        const gz_collision_fields *fields = s.collision;
        gz_step_report report;
        gz_collision collision;
        cr_assert(fields->pairs && isnan(fields->action_density[0]) && isnan(fields->rate.U[3]));
        cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
        double *density = NULL, *divergence = NULL, action, worst = 0, largest = 0, change = 0;
        cr_assert_eq(gz_allocate(context, s.grid->size, sizeof(double), &density), GZ_OK);
        cr_assert_eq(gz_allocate(context, s.grid->size, sizeof(double), &divergence), GZ_OK);
        const gz_mobility *mobility = gz_integrator_mobility(s.integrator);
        cr_assert_eq(gz_integrator_collision(s.integrator, 0, &collision), GZ_OK);
        cr_assert_eq(gz_pair_action(context, mobility, &fields->rate, &action), GZ_OK);
        cr_assert_eq(gz_pair_action_density(context, mobility, &fields->rate, density), GZ_OK);
        cr_assert_eq(gz_pair_half_divergence(context, mobility, &fields->rate, divergence), GZ_OK);
        for (size_t p = 0; p < s.grid->size; p++) {
            const double h = s.grid->node_volume[p % s.grid->node_count];
            worst = fmax(worst, fabs(density[p] - fields->action_density[p]));
            largest = fmax(largest, density[p]);
            change = fmax(change, fabs(divergence[p] - h * fields->divergence[p]));
        }
        cr_assert_float_eq(action, report.action, 1e-12 * action);
        cr_assert_float_eq(gz_integral(s.grid, fields->action_density, NULL), report.action, 1e-12 * action);
        cr_assert_lt(worst, 1e-12 * largest);
        cr_assert_lt(change, 1e-13, "%g", change);
        gz_release(density);
        gz_release(divergence);
        gz_simulation_free(&s);
        gz_deck_destroy(deck);
    }
}

/* If U takes more than 64 MB, only the fields without pairs are there. */
Test(collision_fields, large_grids_have_no_pairs) {
    gz_deck *deck = NULL;
    gz_simulation s = make(&deck, "grid={x: {cells: 4}, v: {nodes: 23, half_width: 3}, unresolved: allow}");
    gz_step_report report;
    cr_assert(!s.collision->pairs && !s.collision->rate.U);
    cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
    cr_assert_float_eq(gz_integral(s.grid, s.collision->action_density, NULL), report.action,
                       1e-12 * report.action);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}

/* Read the last state of a dataset. Returns the rank of the dataset. */
static int read_last(hid_t file, const char *name, double *values) {
    hsize_t size[16], start[16] = {0};
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_dims(space, size, NULL);
    start[0] = size[0] - 1;
    size[0] = 1;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, size, NULL);
    const hid_t memory = H5Screate_simple(rank, size, NULL);
    cr_assert_geq(H5Dread(set, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values), 0);
    H5Sclose(memory);
    H5Sclose(space);
    H5Dclose(set);
    return rank;
}

/* result.h5 holds what is in memory, the pairs along axes of their own; a resumed file continues so. */
Test(collision_fields, are_in_the_result) {
    gz_deck *deck = NULL;
    gz_simulation s = make(&deck, NULL);
    const gz_result_settings settings = {.collision = s.collision};
    gz_result_file *result = NULL;
    gz_step_report report;
    cr_assert_eq(gz_result_create(context, s.grid, &settings, scratch_path(""), &result), GZ_OK);
    cr_assert_eq(gz_result_append(result, &s.state), GZ_OK);
    cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
    cr_assert_eq(gz_result_append(result, &s.state), GZ_OK);
    gz_result_destroy(result);
    cr_assert_eq(gz_result_resume(context, s.grid, &settings, scratch_path(""), 1, &result), GZ_OK);
    cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
    cr_assert_eq(gz_result_append(result, &s.state), GZ_OK);
    cr_assert_eq(gz_result_finish(result), GZ_OK);
    gz_result_destroy(result);

    const size_t size = s.grid->size;
    double *values = NULL;
    cr_assert_eq(gz_allocate(context, size * size * 2, sizeof(double), &values), GZ_OK);
    const hid_t file = H5Fopen(scratch_path("result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    cr_assert_eq(read_last(file, "action_density", values), 4);
    cr_assert_eq(memcmp(values, s.collision->action_density, size * sizeof(double)), 0);
    cr_assert_eq(read_last(file, "divergence", values), 4);
    cr_assert_eq(memcmp(values, s.collision->divergence, size * sizeof(double)), 0);
    cr_assert_eq(read_last(file, "sawtooth", values), 5);
    cr_assert_eq(memcmp(values, s.collision->sawtooth, size * 2 * sizeof(double)), 0);
    cr_assert_eq(read_last(file, "U", values), 8);
    cr_assert_eq(memcmp(values, s.collision->rate.U, size * size * 2 * sizeof(double)), 0);
    cr_assert_eq(read_last(file, "V", values), 5);
    cr_assert_eq(memcmp(values, s.collision->rate.V, size * 2 * sizeof(double)), 0);
    H5Fclose(file);
    gz_release(values);

    /* A file without collision fields cannot be continued with them. */
    const gz_result_settings plain = {0};
    cr_assert_eq(gz_result_create(context, s.grid, &plain, scratch_path(""), &result), GZ_OK);
    gz_result_destroy(result);
    cr_assert_eq(gz_result_resume(context, s.grid, &settings, scratch_path(""), 0, &result), GZ_ERROR_FILES);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}

/* --- D from the file alone ------------------------------------------------------------------------------ */

enum { CELLS = 3, NODES = 7, PLANE = NODES * NODES, SIZE = CELLS * PLANE };

/* The derivative of w along an axis at a node: order 2 and, with the weight theta, order 4. */
static double slope(const double *w, const double *theta, size_t node, int axis, double h) {
    const size_t s = axis == 0 ? NODES : 1, i = node / s % NODES;
    if (i == 0) return (-1.5 * w[node] + 2 * w[node + s] - 0.5 * w[node + 2 * s]) / h;
    if (i == NODES - 1) return (1.5 * w[node] - 2 * w[node - s] + 0.5 * w[node - 2 * s]) / h;
    const double narrow = (w[node + s] - w[node - s]) / 2;
    if (i == 1 || i == NODES - 2) return narrow / h;
    const double wide = 4 * narrow / 3 - (w[node + 2 * s] - w[node - 2 * s]) / 12;
    return (narrow + theta[node] * (wide - narrow)) / h;
}

/* The square of S w where a window of four nodes starts, times its weight. */
static double sawtooth_square(const double *w, const double *c, size_t node, int axis, double h) {
    const size_t s = axis == 0 ? NODES : 1;
    if (node / s % NODES > NODES - 4) return 0;
    const double third = w[node + 3 * s] - 3 * w[node + 2 * s] + 3 * w[node + s] - w[node];
    return c[node] * pow(third / (4 * h), 2);
}

/* kappa between two cells of length 1/CELLS on the circle of length 1, normalised. */
static double kappa(size_t i, size_t j) {
    double sum = 0, values[CELLS];
    for (size_t k = 0; k < CELLS; k++) {
        const double x = (double)(k < CELLS - k ? k : CELLS - k) / CELLS;
        sum += values[k] = exp(-4 * sqrt(1 + x * x));
    }
    return values[(i + CELLS - j) % CELLS] / (sum / CELLS);
}

/* 1/2 sum over pairs of (h dx)(h dx)* kappa m m* e . a(v - v*) e, e the difference of the gradients, and the
 * sawtooth control, from potential, mobility, theta and sawtooth of a result.h5. */
static double dissipation_of_file(const gz_phase_grid *grid, const gz_lattice_kernel *lattice) {
    static double w[SIZE], m[SIZE], theta[2 * SIZE], c[2 * SIZE], e[2][SIZE];
    const double h = 1.0, dx = 1.0 / CELLS;
    const hid_t file = H5Fopen(scratch_path("result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    read_last(file, "potential", w);
    read_last(file, "mobility", m);
    read_last(file, "theta", theta);
    read_last(file, "sawtooth", c);
    H5Fclose(file);
    double D = 0;
    for (size_t p = 0; p < SIZE; p++)
        for (int a = 0; a < 2; a++) {
            const size_t cell = p / PLANE * PLANE, at = (size_t)a * SIZE + cell;
            e[a][p] = slope(w + cell, theta + at, p - cell, a, h);
            D += dx * sawtooth_square(w + cell, c + at, p - cell, a, h);
        }
    for (size_t p = 0; p < SIZE; p++)
        for (size_t q = 0; q < SIZE; q++) {
            const size_t i = p % PLANE, j = q % PLANE;
            const double z[] = {(double)(i / NODES) - (double)(j / NODES),
                                (double)(i % NODES) - (double)(j % NODES)};
            double A[GZ_MAX_PAIRS];
            gz_lattice_kernel_tensor(lattice, z, A);
            const double e1 = e[0][p] - e[0][q], e2 = e[1][p] - e[1][q];
            const double square = A[gz_pair_index(2, 0, 0)] * e1 * e1 +
                                  2 * A[gz_pair_index(2, 0, 1)] * e1 * e2 +
                                  A[gz_pair_index(2, 1, 1)] * e2 * e2;
            D += 0.5 * grid->node_volume[i] * grid->node_volume[j] * dx * dx * kappa(p / PLANE, q / PLANE) *
                 m[p] * m[q] * square;
        }
    return D;
}

Test(collision_fields, give_the_dissipation) {
    const char *settings[] = {NULL, "time={scheme: jko, dt: 0.1, end: 0.3}"};
    for (size_t i = 0; i < 2; i++) {
        gz_deck *deck = NULL;
        gz_simulation s = make(&deck, settings[i]);
        const gz_result_settings with = {.collision = s.collision};
        gz_result_file *result = NULL;
        gz_step_report report;
        cr_assert_eq(s.grid->size, SIZE);
        cr_assert_eq(gz_result_create(context, s.grid, &with, scratch_path(""), &result), GZ_OK);
        cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
        cr_assert_eq(gz_result_append(result, &s.state), GZ_OK);
        gz_result_destroy(result);
        const gz_mobility *mobility = gz_integrator_mobility(s.integrator);
        const double D = dissipation_of_file(s.grid, gz_mobility_lattice(mobility));
        cr_assert_float_eq(D, report.dissipation, 1e-12 * D, "%.15g %.15g", D, report.dissipation);
        gz_simulation_free(&s);
        gz_deck_destroy(deck);
    }
}

/* Once the mobility has been set anew, the collision is no longer available. */
Test(collision_fields, need_the_mobility_of_the_step) {
    gz_deck *deck = NULL;
    gz_simulation s = make(&deck, NULL);
    gz_step_report report;
    gz_ledger_row row;
    cr_assert_eq(gz_collision_fields_measure(s.collision, s.integrator), GZ_ERROR_USAGE);
    cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
    cr_assert_eq(gz_simulation_measure(&s, &report, &row), GZ_OK);
    cr_assert_eq(gz_collision_fields_measure(s.collision, s.integrator), GZ_ERROR_USAGE);
    cr_assert(strstr(gz_context_message(context), "set anew"));
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}
