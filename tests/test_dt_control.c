/* Step control: it keeps the tolerance, the error follows, outputs are met, and it says when it gives up. */
#include "simulation.h"

#include <criterion/criterion.h>
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

TestSuite(dt_control, .init = open_context, .fini = close_context);

static const char DECK[] =
    "model: {kernel: {gamma: -1}}\n"
    "grid: {v: {nodes: 13, half_width: 4, order: 4}}\n"
    "initial: [{velocity: [-1, 0], temperature: 0.6}, {velocity: [1, 0], temperature: 0.6}]\n"
    "time: {dt: 0.5, end: 0.6}\n"
    "output: {every: 0.25}\n";

static gz_deck *load(size_t count, const char *const *settings) {
    gz_deck *deck = NULL;
    cr_assert_eq(gz_deck_parse(context, "case", DECK, strlen(DECK), count, settings, &deck), GZ_OK, "%s",
                 gz_context_message(context));
    return deck;
}

typedef struct outcome {
    double *f;
    long steps, rejected_estimate, rejected_solver;
    double largest_dt, smallest_dt;
    int stored;
} outcome;

/* Run to the end, and check what holds for every step. */
static outcome run(size_t count, const char *const *settings) {
    gz_deck *deck = load(count, settings);
    gz_simulation s;
    outcome o = {.smallest_dt = INFINITY};
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK, "%s", gz_context_message(context));
    double time = 0, next = 0.25;
    while (!gz_simulation_is_over(&s)) {
        gz_step_report report;
        gz_ledger_row row;
        cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK, "%s", gz_context_message(context));
        cr_assert_eq(gz_simulation_measure(&s, &report, &row), GZ_OK);
        cr_assert(report.estimate >= 0 &&
                  (!(deck->control_tolerance > 0) || report.estimate <= deck->control_tolerance));
        cr_assert_float_eq(s.state.time, time + report.dt, 1e-14);
        cr_assert_lt(fabs(report.defect), 1e-13);
        time = s.state.time;
        o.rejected_estimate += report.rejected_estimate;
        o.rejected_solver += report.rejected_solver;
        o.largest_dt = fmax(o.largest_dt, report.dt);
        o.smallest_dt = fmin(o.smallest_dt, report.dt);
        cr_assert_leq(s.state.time, next * (1 + 1e-14), "an output was passed");
        if (gz_schedule_stores(&s.schedule, s.state.step, deck->output_every)) {
            cr_assert_float_eq(s.state.time, next, 1e-14);
            next = fmin(next + 0.25, 0.6);
            o.stored++;
        }
    }
    cr_assert_eq(s.state.time, 0.6);
    o.steps = s.state.step;
    cr_assert_eq(gz_allocate(context, s.grid->size, sizeof(double), &o.f), GZ_OK);
    memcpy(o.f, s.state.f, s.grid->size * sizeof(double));
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
    return o;
}

static double distance(const double *f, const double *g) {
    double difference = 0, size = 0;
    for (size_t i = 0; i < 13 * 13; i++) {
        difference += (f[i] - g[i]) * (f[i] - g[i]);
        size += g[i] * g[i];
    }
    return sqrt(difference / size);
}

/* Both the estimate and the error of zero_defect are O(dt^2). The error at the end thus falls with the
 * tolerance, up to the constants of a few steps of different length. */
Test(dt_control, the_error_follows_the_tolerance) {
    const char *fine[] = {"time.dt=0.005", "output.every=0"};
    gz_deck *deck = load(2, fine);
    gz_simulation s;
    gz_step_report report;
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK);
    while (!gz_simulation_is_over(&s)) cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK);
    const char *by[] = {"time.dt_control.by=difference", "time.dt_control.by=certificate"};
    const char *tolerances[2][2] = {{"time.dt_control.tolerance=1e-2", "time.dt_control.tolerance=1e-3"},
                                    {"time.dt_control.tolerance=0.1", "time.dt_control.tolerance=0.01"}};
    for (int b = 0; b < 2; b++) {
        double error[2];
        for (int t = 0; t < 2; t++) {
            const char *settings[] = {by[b], tolerances[b][t]};
            outcome o = run(2, settings);
            error[t] = distance(o.f, s.state.f);
            cr_log_info("%s %s: %ld steps, %ld rejected, dt %.3g to %.3g, error %.2e", by[b],
                        tolerances[b][t], o.steps, o.rejected_estimate, o.smallest_dt, o.largest_dt,
                        error[t]);
            cr_assert_eq(o.stored, 3);
            cr_assert_eq(o.rejected_solver, 0);
            cr_assert_gt(o.largest_dt, 2 * o.smallest_dt);
            gz_release(o.f);
        }
        cr_assert_gt(error[0] / error[1], 4, "%g, %g", error[0], error[1]);
    }
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}

/* If the solver does not converge at a large dt, a smaller dt is tried, and counted with that reason. */
Test(dt_control, a_solver_that_fails_shortens_the_step) {
    const char *settings[] = {"time.dt_control.tolerance=0.5", "solver.max_iterations=4", "time.dt=2"};
    outcome o = run(3, settings);
    cr_assert_gt(o.rejected_solver, 0);
    cr_assert_gt(o.steps, 1);
    gz_release(o.f);
}

/* If no dt is small enough, the state is left as it is, and the message says what was tried. */
Test(dt_control, gives_up_honestly) {
    const char *settings[] = {"time.dt_control.tolerance=1e-300"};
    gz_deck *deck = load(1, settings);
    gz_simulation s;
    gz_step_report report;
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK);
    const double f = s.state.f[80];
    cr_assert_eq(gz_simulation_step(&s, &report), GZ_ERROR_NOT_CONVERGED);
    cr_assert(s.state.step == 0 && s.state.time == 0 && s.state.f[80] == f);
    const char *message = gz_context_message(context);
    cr_assert(strstr(message, "gave up") && strstr(message, "inaccurate"), "%s", message);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}
