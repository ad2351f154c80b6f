/* Simulation: times of the steps, going on from a state, D(f) of a row, failing allocations, memory. */
#include "pair_calculus.h"
#include "simulation.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(simulation, .init = open_context, .fini = close_context);

static const char FUZZY[] = "model: {space_dim: 1, kernel: {gamma: -1}, kappa: {shape: exponential, k2: 4}}\n"
                            "grid: {x: {cells: 3}, v: {nodes: 9, half_width: 4}}\n"
                            "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
                            "time: {dt: 0.1, end: 0.5}\n";

static gz_deck *load(const char *setting) {
    gz_deck *deck = NULL;
    cr_assert_eq(gz_deck_parse(context, "case", FUZZY, strlen(FUZZY), setting ? 1 : 0, &setting, &deck),
                 GZ_OK, "%s", gz_context_message(context));
    return deck;
}

static void create(const gz_deck *deck, gz_simulation *simulation) {
    cr_assert_eq(gz_simulation_init(context, deck, simulation), GZ_OK, "%s", gz_context_message(context));
}

Test(simulation, steps_end_at_multiples_of_dt) {
    gz_deck *deck = load("time={dt: 0.2, end: 0.5}");
    gz_simulation s;
    gz_step_report report;
    create(deck, &s);
    const double times[] = {0.2, 0.4, 0.5}, steps[] = {0.2, 0.2, 0.5 - 0.4};
    for (int n = 0; n < 3; n++) {
        cr_assert_not(gz_simulation_is_over(&s));
        cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK, "%s", gz_context_message(context));
        cr_assert(s.state.time == times[n] && s.state.step == n + 1 && report.dt == steps[n]);
    }
    cr_assert(gz_simulation_is_over(&s));
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}

/* The state in the middle of a run, put into a fresh simulation, leads to the same end. */
Test(simulation, going_on_from_a_state) {
    gz_deck *deck = load(NULL);
    gz_simulation whole, rest;
    gz_step_report report;
    create(deck, &whole);
    create(deck, &rest);
    const size_t bytes = whole.grid->size * sizeof(double);
    while (!gz_simulation_is_over(&whole)) {
        cr_assert_eq(gz_simulation_step(&whole, &report), GZ_OK);
        if (whole.state.step != 2) continue;
        memcpy(rest.state.f, whole.state.f, bytes);
        memcpy(rest.state.log_f, whole.state.log_f, bytes);
        rest.state.time = whole.state.time;
        rest.state.step = 2;
    }
    gz_simulation_continue(&rest);
    cr_assert(rest.schedule.first == 0 && rest.schedule.last == 5);
    while (!gz_simulation_is_over(&rest)) cr_assert_eq(gz_simulation_step(&rest, &report), GZ_OK);
    cr_assert(rest.state.time == whole.state.time && rest.state.step == whole.state.step);
    /* They agree only to the solver's tolerance: factors kept from step to step are not part of a state. */
    const double distance = gz_relative_l2(whole.grid, rest.state.f, whole.state.f);
    cr_assert_lt(distance, 1e-10, "%g", distance);
    rest.state.time = 0.25; /* not on the deck's schedule: steps of dt from here on */
    rest.state.step = 2;
    gz_simulation_continue(&rest);
    cr_assert(rest.schedule.start == 0.25 && rest.schedule.first == 2 && rest.schedule.last == 5);
    gz_simulation_free(&whole);
    gz_simulation_free(&rest);
    gz_deck_destroy(deck);
}

/* D(f) of a row is the pair sum of the dissipation with log f. Numbers that are not finite are refused. */
Test(simulation, a_row_measures_the_state) {
    gz_deck *deck = load(NULL);
    gz_simulation s;
    gz_ledger_row row;
    create(deck, &s);
    cr_assert_eq(gz_simulation_measure(&s, NULL, &row), GZ_OK);
    double dissipation = 0;
    cr_assert_eq(
        gz_pair_dissipation(context, gz_integrator_mobility(s.integrator), s.state.log_f, &dissipation),
        GZ_OK);
    cr_assert_float_eq(row.dissipation, dissipation, 1e-13);
    cr_assert_eq(row.entropy, gz_entropy(s.grid, s.state.f, s.state.log_f));
    cr_assert(row.step == 0 && row.report.dt == 0);
    s.state.f[7] = NAN;
    cr_assert_eq(gz_simulation_measure(&s, NULL, &row), GZ_ERROR_INTERNAL);
    cr_assert_not_null(strstr(gz_context_message(context), "not finite"));
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
}

Test(simulation, a_failing_allocation_anywhere_is_reported) {
    gz_deck *deck = load(NULL);
    gz_status status = GZ_ERROR_MEMORY;
    size_t n = 0;
    while (status == GZ_ERROR_MEMORY) {
        gz_simulation s;
        gz_context_fail_allocation(context, ++n);
        status = gz_simulation_init(context, deck, &s);
        gz_context_fail_allocation(context, 0);
        gz_simulation_free(&s);
    }
    cr_assert_eq(status, GZ_OK);
    cr_assert_gt(n, 50);
    gz_deck_destroy(deck);
}

Test(simulation, a_grid_beyond_the_memory_is_refused) {
    gz_deck *deck = load("grid={x: {cells: 100000}, v: {nodes: 1001, half_width: 4}}");
    gz_simulation s;
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_ERROR_MEMORY);
    cr_assert_not_null(strstr(gz_context_message(context), "GB left; reduce grid.v.nodes"));
    gz_deck_destroy(deck);
}
