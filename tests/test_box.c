/* Bounded domains. Free streaming between walls: exact solutions, what leaves, positivity, fronts. Collisions
 * with a kappa that is not normalised: fft = pairs, J = 0, invariants, the ledger of a run. */
#include "box_streaming.h"
#include "certify.h"
#include "functionals.h"
#include "integrator.h"
#include "ledger.h"
#include "sample.h"
#include "scratch.h"
#include "streaming.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(box, .init = open_context, .fini = close_context);

static gz_phase_grid *make_box(int space_dim, int velocity_dim, size_t cells, size_t nodes) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = velocity_dim,
                                             .cells = {cells, 3, 2},
                                             .length = {1, 1.5, 1},
                                             .boundary = GZ_BOX,
                                             .nodes = nodes,
                                             .half_width = 4};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK, "%s", gz_context_message(context));
    return grid;
}

static gz_streaming *make_streaming(const gz_phase_grid *grid) {
    gz_streaming *streaming = NULL;
    cr_assert_eq(gz_streaming_create(context, grid, &streaming), GZ_OK, "%s", gz_context_message(context));
    return streaming;
}

/* --- a blob that leaves --------------------------------------------------------------------------------- */

/* The integral of exp(-(x - middle)^2/2w^2)/(w sqrt(2 pi)) over (from, to), w = 0.07. */
static double blob(double from, double to, double middle) {
    const double scale = 1 / (sqrt(2) * 0.07), a = (from - middle) * scale, b = (to - middle) * scale;
    return a > 0 ? (erfc(a) - erfc(b)) / 2 : b < 0 ? (erfc(-b) - erfc(-a)) / 2 : (erf(b) - erf(a)) / 2;
}

/* The cell average of a blob, Maxwellian in v, which moves freely from x = 1/2. */
static double exact_average(const gz_phase_grid *grid, size_t i, double t) {
    const size_t cell = i / grid->node_count, p = i % grid->node_count;
    const double dx = grid->length[0] / (double)grid->cells[0], v = grid->node_velocity[0][p];
    const double value = blob((double)cell * dx, (double)(cell + 1) * dx, 0.5 + v * t) / dx;
    return fmax(value, 1e-290) * exp(-grid->node_energy[p] / 2);
}

typedef struct blob_result {
    double error, left_error; /* L1 error of f, error of the mass that left; both relative to the mass */
} blob_result;

static blob_result stream_blob(size_t cells, bool linear, double end, int steps) {
    gz_phase_grid *grid = make_box(1, 2, cells, 17);
    gz_streaming *streaming = make_streaming(grid);
    double *field = sample_zero(context, grid), *f = sample_zero(context, grid);
    gz_outflow left = {0};
    blob_result r = {0};
    for (size_t i = 0; i < grid->size; i++) f[i] = exact_average(grid, i, 0);
    gz_moments before, after;
    gz_moments_of(grid, f, &before);
    const double volume = grid->cell_volume;
    for (size_t i = 0; i < grid->size; i++) field[i] = linear ? f[i] : log(f[i]);
    for (int n = 0; n < steps; n++) {
        if (linear)
            gz_streaming_apply_linear(streaming, end / steps, field);
        else
            gz_streaming_apply(streaming, end / steps, field);
        gz_outflow_add(&left, gz_streaming_outflow(streaming));
        for (size_t i = 0; i < grid->size; i++) f[i] = linear ? field[i] : exp(field[i]);
        gz_moments_of(grid, f, &after);
        cr_assert_float_eq(after.mass + left.mass, before.mass, 1e-14 * before.mass);
        cr_assert_float_eq(after.energy + left.energy, before.energy, 2e-14 * before.energy);
        for (int a = 0; a < 2; a++)
            cr_assert_float_eq(after.momentum[a] + left.momentum[a], 0, 1e-14 * before.mass);
        if (!linear)
            for (size_t i = 0; i < grid->size; i++) cr_assert(f[i] > 0 && isfinite(f[i]));
    }
    double exact_left = before.mass;
    for (size_t i = 0; i < grid->size; i++) {
        const double exact = exact_average(grid, i, end),
                     h = grid->node_volume[i % grid->node_count] * volume;
        r.error += h * fabs(f[i] - exact) / before.mass;
        exact_left -= h * exact;
    }
    r.left_error = fabs(left.mass - exact_left) / before.mass;
    cr_assert_gt(exact_left, 0.1 * before.mass);
    gz_release(field);
    gz_release(f);
    gz_streaming_destroy(streaming);
    gz_phase_grid_destroy(grid);
    return r;
}

/* A blob is carried through the wall; at some velocities half of its mass is in the wall. The order is 5,
 * also for the mass that has left. */
Test(box, a_blob_leaves_at_the_order_of_the_scheme) {
    for (int linear = 0; linear <= 1; linear++)
        for (int steps = 1; steps <= 9; steps += 8) {
            blob_result r[3];
            for (int k = 0; k < 3; k++) r[k] = stream_blob((size_t)24 << k, linear, 0.3, steps);
            for (int k = 0; k < 3; k++)
                cr_log_info("%s, %d steps, %d cells: error %.1e, of the mass that left %.1e",
                            linear ? "f" : "log f", steps, 24 << k, r[k].error, r[k].left_error);
            cr_log_info("orders %.2f %.2f", log2(r[1].error / r[2].error),
                        log2(r[1].left_error / r[2].left_error));
            cr_assert_gt(log2(r[1].error / r[2].error), 4.5);
            cr_assert_lt(r[2].error, linear ? 1e-5 : 3e-7); /* two to three times the actual errors */
            cr_assert_lt(r[2].left_error, linear ? 2e-7 : 5e-9);
            cr_assert(log2(r[0].left_error / r[2].left_error) > 9 || r[2].left_error < 1e-9);
        }
}

/* --- other properties of the shift ---------------------------------------------------------------------- */

/* A density that does not depend on x empties from the wall where its velocity comes from. Cells keep the
 * part that has not moved on, to the last digit where D is whole, and the front has no overshoot. */
Test(box, a_uniform_density_empties) {
    gz_phase_grid *grid = make_box(1, 2, 20, 9); /* v = -4 .. 4, dx = 1/20 */
    gz_streaming *streaming = make_streaming(grid);
    double *log_f = sample_zero(context, grid);
    gz_streaming_apply(streaming, 1. / 40, log_f); /* D = v/2 is whole or half */
    for (size_t i = 0; i < grid->size; i++) {
        const double D = grid->node_velocity[0][i % grid->node_count] / 2;
        const double cell = (double)(i / grid->node_count), from = D < 0 ? 19 - cell : cell;
        const double expected = fmin(fmax(from + 1 - fabs(D), 0), 1);
        cr_assert_float_eq(exp(log_f[i]), expected, 1e-14);
        if (expected == 0) cr_assert_float_eq(log_f[i], log(1e-30), 1e-12);
    }
    double most = 0;
    for (int n = 0; n < 60; n++) {
        gz_streaming_apply(streaming, 0.0037, log_f);
        for (size_t i = 0; i < grid->size; i++) most = fmax(most, log_f[i]);
    }
    cr_log_info("60 steps of a front: largest f %.6f", exp(most));
    cr_assert_lt(exp(most), 1.05);             /* where log f bends by less than 1, p is the polynomial */
    gz_streaming_apply(streaming, 100, log_f); /* everything is gone */
    for (size_t i = 0; i < grid->size; i++)
        if (grid->node_velocity[0][i % grid->node_count] != 0)
            cr_assert_float_eq(log_f[i], log(1e-30), 1e-12);
        else
            cr_assert_eq(log_f[i], 0);
    gz_release(log_f);
    gz_streaming_destroy(streaming);
    gz_phase_grid_destroy(grid);
}

/* Rough data in any dimension, log f from -600 to 0: the shift is positive and conservative, and its mirror
 * image is the shift of the mirror image. */
Test(box, rough_densities_stay_positive_and_lose_what_leaves) {
    for (int dx = 1; dx <= 3; dx++)
        for (size_t cells = 1; cells <= 6; cells++) {
            gz_phase_grid *grid = make_box(dx, dx == 3 ? 3 : 2, cells, 7);
            gz_streaming *streaming = make_streaming(grid);
            double *log_f = sample_noise(context, grid, cells), *mirror = sample_zero(context, grid);
            for (size_t i = 0; i < grid->size; i++) log_f[i] = 300 * (log_f[i] - 1);
            for (size_t i = 0; i < grid->size; i++)
                mirror[grid->size - 1 - i] = log_f[i]; /* x -> -x, v -> -v */
            double *f = sample_exp(context, grid, log_f);
            gz_moments before, after;
            gz_moments_of(grid, f, &before);
            gz_release(f);
            for (int n = 0; n < 3; n++) {
                const double t = 0.011 * (n + 1);
                gz_streaming_apply(streaming, t, mirror);
                gz_streaming_apply(streaming, t, log_f);
                for (size_t i = 0; i < grid->size; i++) {
                    cr_assert(isfinite(log_f[i]));
                    cr_assert_float_eq(mirror[grid->size - 1 - i], log_f[i], 1e-9);
                }
                f = sample_exp(context, grid, log_f);
                gz_moments_of(grid, f, &after);
                const gz_outflow left = gz_streaming_outflow(streaming);
                cr_assert_float_eq(after.mass + left.mass, before.mass, 1e-14 * before.mass);
                cr_assert_float_eq(after.energy + left.energy, before.energy, 1e-14 * before.energy);
                before = after;
                gz_release(f);
            }
            gz_release(log_f);
            gz_release(mirror);
            gz_streaming_destroy(streaming);
            gz_phase_grid_destroy(grid);
        }
}

Test(box, shifts_ignore_threads_and_allocate_nothing) {
    gz_phase_grid *grid = make_box(2, 2, 6, 9);
    double *log_f = sample_log_density(context, grid, 4);
    sample_check_shift(context, grid, 0.1, log_f);
    cr_assert_eq(sample_streaming_failures(context, grid), 4);
    gz_release(log_f);
    gz_phase_grid_destroy(grid);
}

/* --- collisions ----------------------------------------------------------------------------------------- */

static gz_problem box_problem(size_t seed, bool transport) {
    const gz_kappa kappas[] = {{.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2},
                               {.shape = GZ_KAPPA_SIGMA, .sigma = 0.1},
                               {.shape = GZ_KAPPA_UNIFORM},
                               {.shape = GZ_KAPPA_DIRAC}};
    const gz_problem problem = {.grid = {.space_dim = 1 + (int)(seed % 2),
                                         .velocity_dim = 2,
                                         .cells = {1 + seed % 5, 2},
                                         .length = {0.7, 1},
                                         .boundary = GZ_BOX,
                                         .nodes = 13,
                                         .half_width = 5},
                                .kernel = {GZ_KERNEL_POWER, .gamma = (double)(seed % 3) - 2, .strength = 1},
                                .kappa = kappas[seed % 4],
                                .collisions_only = !transport,
                                .order = 4};
    return problem;
}

Test(box, fast_collisions_are_the_pair_sums) {
    for (size_t seed = 0; seed < 24; seed++) {
        const gz_problem p = box_problem(seed, false);
        gz_phase_grid *grid = NULL;
        cr_assert_eq(gz_phase_grid_create(context, &p.grid, &grid), GZ_OK);
        double *log_f = sample_log_density(context, grid, seed), *f = sample_exp(context, grid, log_f);
        double *K[2], largest = 0;
        for (int pairs = 0; pairs <= 1; pairs++) {
            const gz_mobility_settings how = gz_problem_mobility(&p, pairs ? "pairs" : "fft");
            gz_mobility *mobility = NULL;
            cr_assert_eq(gz_mobility_create(context, grid, &how, &mobility), GZ_OK, "%s",
                         gz_context_message(context));
            K[pairs] = sample_zero(context, grid);
            gz_mobility_set_steepness(mobility, log_f);
            gz_mobility_set_density(mobility, f);
            gz_mobility_apply(mobility, log_f, K[pairs]);
            gz_mobility_destroy(mobility);
        }
        for (size_t i = 0; i < grid->size; i++) largest = fmax(largest, fabs(K[1][i]));
        for (size_t i = 0; i < grid->size; i++)
            cr_assert_float_eq(K[0][i], K[1][i], 1e-12 * largest, "seed %zu", seed);
        for (int pairs = 0; pairs <= 1; pairs++) gz_release(K[pairs]);
        gz_release(log_f);
        gz_release(f);
        gz_phase_grid_destroy(grid);
    }
}

/* Steps with and without transport: J = 0 and f > 0. Mass, momentum and energy, together with what left, are
 * kept; without transport nothing leaves. */
Test(box, steps_keep_their_invariants) {
    for (size_t seed = 0; seed < 24; seed++) {
        const bool transport = seed % 6 > 1;
        const gz_problem p = box_problem(seed, transport);
        const gz_integrator_settings how = {.scheme = seed % 5 ? "zero_defect" : "jko",
                                            .mobility_at = GZ_AT_PREDICTOR};
        gz_phase_grid *grid = NULL;
        gz_integrator *integrator = NULL;
        gz_state state;
        cr_assert_eq(gz_phase_grid_create(context, &p.grid, &grid), GZ_OK);
        cr_assert_eq(gz_integrator_create(context, grid, &p, &how, &integrator), GZ_OK, "%s",
                     gz_context_message(context));
        cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
        double *log_f = sample_log_density(context, grid, seed), *f = sample_exp(context, grid, log_f);
        memcpy(state.log_f, log_f, grid->size * sizeof *f);
        memcpy(state.f, f, grid->size * sizeof *f);
        gz_moments before, after;
        gz_moments_of(grid, f, &before);
        gz_outflow left = {0};
        for (int n = 0; n < 4; n++) {
            gz_step_report report;
            cr_assert_eq(gz_integrator_step(integrator, 0.1, &state, &report), GZ_OK, "seed %zu: %s", seed,
                         gz_context_message(context));
            if (seed % 5) cr_assert_lt(fabs(report.defect), 1e-13 * before.mass, "seed %zu", seed);
            cr_assert_leq(report.entropy_after, report.entropy_before + 1e-14);
            gz_outflow_add(&left, report.left);
            gz_moments_of(grid, state.f, &after);
            cr_assert_float_eq(after.mass + left.mass, before.mass, 1e-13 * before.mass);
            cr_assert_float_eq(after.energy + left.energy, before.energy, 1e-13 * before.energy);
            for (int a = 0; a < 2; a++)
                cr_assert_float_eq(after.momentum[a] + left.momentum[a], before.momentum[a],
                                   1e-13 * (before.mass + before.energy), "seed %zu", seed);
            for (size_t i = 0; i < grid->size; i++) cr_assert_gt(state.f[i], 0);
        }
        cr_assert_eq(transport, left.mass > 0.05 * before.mass);
        if (!transport) cr_assert(left.mass == 0 && left.energy == 0);
        gz_release(log_f);
        gz_release(f);
        gz_state_free(&state);
        gz_integrator_destroy(integrator);
        gz_phase_grid_destroy(grid);
    }
}

/* Explicit rivals stream f itself. Certificates are refused, since they would have to stream backwards. */
Test(box, rivals_run_and_certificates_are_refused) {
    const gz_problem p = box_problem(4, true);
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &p.grid, &grid), GZ_OK);
    const gz_integrator_settings how = {.scheme = "rk4"};
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    gz_moments before, after;
    cr_assert_eq(gz_integrator_create(context, grid, &p, &how, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    double *log_f = sample_log_density(context, grid, 4), *f = sample_exp(context, grid, log_f);
    memcpy(state.log_f, log_f, grid->size * sizeof *f);
    memcpy(state.f, f, grid->size * sizeof *f);
    gz_moments_of(grid, state.f, &before);
    cr_assert_eq(gz_integrator_step(integrator, 1e-3, &state, &report), GZ_OK);
    gz_moments_of(grid, state.f, &after);
    cr_assert_float_eq(after.mass + report.left.mass, before.mass, 1e-13 * before.mass);
    cr_assert_gt(report.left.mass, 0);
    const gz_certifier_settings settings = {0};
    gz_certifier *certifier = NULL;
    cr_assert_eq(gz_certifier_create(context, &p, gz_integrator_mobility(integrator), &settings, &certifier),
                 GZ_ERROR_SETTINGS);
    cr_assert_not_null(strstr(gz_context_message(context), "walls"));
    gz_release(log_f);
    gz_release(f);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
}

/* history.csv has the running sums of what left. They go on after a restart. */
Test(box, the_ledger_adds_up_what_left) {
    const gz_ledger_settings settings = {.velocity_dim = 2, .walls = true};
    gz_ledger *ledger = NULL;
    scratch_open();
    cr_assert_eq(gz_ledger_create(context, &settings, scratch_path("history.csv"), &ledger), GZ_OK);
    const long steps[] = {0, 1, 2, 3, 3, 4}; /* stopped after 3, restarted from 2 */
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
        if (k == 4) {
            gz_ledger_destroy(ledger);
            cr_assert_eq(gz_ledger_resume(context, &settings, scratch_path("history.csv"), 2, NULL, &ledger),
                         GZ_OK, "%s", gz_context_message(context));
        }
        const double part = steps[k] > 0 ? ldexp(1, -(int)steps[k]) : 0;
        const gz_ledger_row row = {.step = steps[k], .report = {.left = {part, {2 * part, -part}, 3 * part}}};
        cr_assert_eq(gz_ledger_write(ledger, &row), GZ_OK);
    }
    gz_ledger_destroy(ledger);
    gz_history *history = scratch_history("history.csv");
    double sum = 0;
    for (size_t row = 0; row < history->row_count; row++) {
        sum += row > 0 ? ldexp(1, -(int)row) : 0;
        cr_assert_eq(gz_history_value(history, row, "mass_left"), sum);
        cr_assert_eq(gz_history_value(history, row, "momentum_left_1"), 2 * sum);
        cr_assert_eq(gz_history_value(history, row, "momentum_left_2"), -sum);
        cr_assert_eq(gz_history_value(history, row, "energy_left"), 3 * sum);
    }
    cr_assert_eq(history->row_count, 5);
    gz_history_destroy(history);
    scratch_close();
}
