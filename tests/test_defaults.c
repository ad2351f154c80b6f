/* Zero means the default: a member of a settings struct that is left at zero does what a deck does that leaves its key
 * out, bit for bit; or it is refused. The schema says which members there are, so a new key is tested once it exists. */
#include "certify.h"
#include "curve_file.h"
#include "deck_schema.h"
#include "ledger.h"
#include "sample.h"
#include "sample_result.h"
#include "scratch.h"
#include "simulation.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 2, SETTINGS = 6, MOST_KEYS = 200 };

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* the same ones in every simulation */
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(defaults, .init = open_all, .fini = close_all);

/* --- runs, and whether they are the same ---------------------------------------------------------------- */

/* What a run leaves: its last state, and numbers and counters of its last step. */
typedef struct outcome {
    double *f;
    size_t size;
    double numbers[12];
    long counters[10];
} outcome;

static outcome outcome_of(const gz_phase_grid *grid, const gz_state *state, const gz_step_report *r) {
    outcome o = {.size = grid->size,
                 .numbers = {state->time, r->dt, r->entropy_before, r->entropy_after, r->dissipation,
                             r->action, r->defect, r->entropy_streaming, r->left.mass, r->implicitness,
                             r->decrement, r->estimate},
                 .counters = {state->step, r->work.newton, r->work.cg, r->work.applications, r->work.setups,
                              r->rejected_estimate, r->rejected_solver, r->negative, r->converged,
                              r->blew_up}};
    o.f = sample_zero(context, grid);
    memcpy(o.f, state->f, grid->size * sizeof *o.f);
    return o;
}

static void check_same(const outcome *a, const outcome *b, const char *what) {
    cr_assert_eq(a->size, b->size, "%s", what);
    for (size_t i = 0; i < 12; i++)
        cr_assert_eq(memcmp(&a->numbers[i], &b->numbers[i], sizeof(double)), 0,
                     "%s: number %zu: %.17g, %.17g", what, i, a->numbers[i], b->numbers[i]);
    for (size_t i = 0; i < 10; i++)
        cr_assert_eq(a->counters[i], b->counters[i], "%s: counter %zu: %ld, %ld", what, i, a->counters[i],
                     b->counters[i]);
    cr_assert_eq(memcmp(a->f, b->f, a->size * sizeof *a->f), 0, "%s: another density", what);
}

static outcome run(const gz_deck *deck, const char *what) {
    gz_simulation s;
    gz_step_report report;
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK, "%s: %s", what, gz_context_message(context));
    for (int n = 0; n < STEPS; n++)
        cr_assert_eq(gz_simulation_step(&s, &report), GZ_OK, "%s: %s", what, gz_context_message(context));
    const outcome o = outcome_of(s.grid, &s.state, &report);
    gz_simulation_free(&s);
    return o;
}

/* --- member by member ----------------------------------------------------------------------------------- */

/* Component 0 is all defaults; component 1 keeps the state away from equilibrium. */
static const char DECK[] = "grid: {v: {nodes: 9, half_width: 5}, unresolved: allow}\n"
                           "initial: [{}, {velocity: [1, 0.3], temperature: [0.6, 1.2], density: 0.5}]\n"
                           "time: {dt: 0.05, end: 1}\n";

#define SPACE "model.space_dim=1", "grid.x.cells=3"

/* Decks in which, together, every key of a settings struct has an effect at its default. */
static const char *const VARIANTS[][SETTINGS] = {
    {NULL},
    {"model.kernel.gamma=-2"},
    {"model.kernel={shape: bounded}"},
    {"model.kernel={shape: table, path: kernel.txt}"},
    {SPACE, "initial.1={density_wave: 0.3, velocity_wave: [0.2, 0], mode: 1}"},
    {SPACE, "initial.1={density_wave: 0.3, mode: 1}", "model.kappa={shape: exponential, k2: 3}"},
    {SPACE, "initial.1={velocity: 1}", "grid.x.boundary=box", "model.field={shape: convolution}"},
    {SPACE, "initial.1={velocity: 1}", "time.scheme=euler", "time.dt=1e-3"},
    {"time.scheme=jko"},
    {"time.scheme=jko", "time.inner_steps=1", "grid.v={nodes: 7, half_width: 5, order: 2}", "time.dt=0.01"},
    {"time.scheme=euler", "time.dt=1e-3"},
    {"time.scheme=ssprk3", "time.dt=1e-3"},
    {"time.scheme=rk4", "time.dt=1e-3"},
    {"time.scheme=rkl2"},
    {"time.scheme=arkode_erk", "model.collisions=fokker_planck"},
    {"time.scheme=arkode_dirk", "model.collisions=dougherty"},
    {"time.scheme=cvode_bdf"},
    {"time.implicitness=0.5"},
    {"solver.mobility_at=extrapolated"},
    {"solver.minimizer=lbfgs", "grid.v={nodes: 7, half_width: 5, order: 2}"},
    {"solver.minimizer=dense"},
    {"solver.mobility=pairs"},
    {"time.dt_control.tolerance=0.1"},
    {"initial.0={shape: random}"},
    {"initial.0={shape: bkw, time: 0.5}"},
    {"initial.0={shape: file, path: result.h5}"},
    {"initial.0={theta: {theta: 0.1}}", "model.species=[{name: ions, mass: 2}]"},
};

enum { VARIANT_COUNT = sizeof VARIANTS / sizeof *VARIANTS };

static gz_deck *load(size_t variant, const char *more) {
    const char *settings[SETTINGS + 1];
    size_t count = 0;
    gz_deck *deck = NULL;
    while (count < SETTINGS && VARIANTS[variant][count]) {
        settings[count] = VARIANTS[variant][count];
        count++;
    }
    if (more) settings[count++] = more;
    /* The name of the deck is that of a file in the scratch folder, where its files are. */
    cr_assert_eq(
        gz_deck_parse(context, scratch_path("deck.yaml"), DECK, strlen(DECK), count, settings, &deck), GZ_OK,
        "%s: %s", more ? more : "", gz_context_message(context));
    return deck;
}

/* Files that the variants name: a kernel, and a density on the grid. */
static void write_files(void) {
    static const char KERNEL[] = "0 1\n2 1.3\n5 2\n20 0\n";
    scratch_write("kernel.txt", KERNEL, strlen(KERNEL));
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 9, 5);
    gz_result_file *result = sample_result(context, grid, &(gz_result_settings){0});
    cr_assert_eq(sample_append(context, result, grid, 1), GZ_OK);
    cr_assert_eq(gz_result_finish(result), GZ_OK);
    gz_result_destroy(result);
    gz_phase_grid_destroy(grid);
}

/* True for the keys of settings structs; the other members of gz_deck belong to the deck itself. A seed is no
 * setting: 0 is a seed like any other, and that of a deck without one is 1. */
static bool is_setting(const gz_key *keys, const gz_key *key) {
    if (strcmp(key->path, "seed") == 0) return false;
    const size_t problem = offsetof(gz_deck, problem), integrator = offsetof(gz_deck, integrator);
    if (keys == gz_component_keys) return true;
    return (key->offset >= problem && key->offset < problem + sizeof(gz_problem)) ||
           (key->offset >= integrator && key->offset < integrator + sizeof(gz_integrator_settings)) ||
           key->offset == offsetof(gz_deck, control_by);
}

static size_t size_of(const gz_key *key) {
    static const size_t SIZES[] = {
        [GZ_KEY_TEXT] = sizeof(char *),   [GZ_KEY_NAME] = sizeof(char *),  [GZ_KEY_WORD] = sizeof(int),
        [GZ_KEY_FLAG] = sizeof(bool),     [GZ_KEY_COUNT] = sizeof(size_t), [GZ_KEY_INTEGER] = sizeof(int),
        [GZ_KEY_NUMBER] = sizeof(double), [GZ_KEY_OPTION] = sizeof(double)};
    return SIZES[key->type] * (key->axes == GZ_ONE_VALUE ? 1 : GZ_MAX_DIM);
}

/* True if the key has an effect here, and the value that it has by default. */
static bool is_at_default(size_t variant, const gz_deck *deck, const gz_key *keys, const gz_key *key) {
    const bool of_component = keys == gz_component_keys;
    const gz_component *component = of_component ? &deck->components[0] : NULL;
    char setting[200], has[GZ_KEY_VALUE], defaults[GZ_KEY_VALUE];
    if (!key->fallback || !is_setting(keys, key) || !gz_key_used(key, deck, component)) return false;
    snprintf(setting, sizeof setting, "%s%s=%s", of_component ? "initial.0." : "", key->path, key->fallback);
    /* A deck with another shape or dimension may not be one at all, so the default is not tried out there. */
    if (strcmp(key->path, "model.space_dim") == 0 || key->type == GZ_KEY_WORD || key->type == GZ_KEY_NAME ||
        key->words) {
        gz_key_show(key, deck, of_component ? (const void *)component : deck, has, sizeof has);
        return strcmp(has, key->fallback) == 0;
    }
    gz_deck *other = load(variant, setting);
    gz_key_show(key, deck, of_component ? (const void *)component : deck, has, sizeof has);
    gz_key_show(key, other, of_component ? (const void *)&other->components[0] : other, defaults,
                sizeof defaults);
    gz_deck_destroy(other);
    return strcmp(has, defaults) == 0;
}

/* Members of a deck at zero, and what they were. */
typedef struct zeroed {
    size_t count;
    struct {
        void *place;
        size_t size;
        char before[GZ_MAX_DIM * sizeof(double)];
    } members[MOST_KEYS];
} zeroed;

static void set_to_zero(zeroed *z, void *base, const gz_key *key) {
    void *place = (char *)base + key->offset;
    cr_assert_lt(z->count, MOST_KEYS);
    z->members[z->count].place = place;
    z->members[z->count].size = size_of(key);
    memcpy(z->members[z->count].before, place, size_of(key));
    memset(place, 0, size_of(key));
    z->count++;
}

static void put_back(zeroed *z) {
    while (z->count > 0) {
        z->count--;
        memcpy(z->members[z->count].place, z->members[z->count].before, z->members[z->count].size);
    }
}

/* The run with some members at zero is the run of the deck. */
static void compare(const gz_deck *deck, const outcome *expected, const char *what) {
    outcome o = run(deck, what);
    check_same(expected, &o, what);
    gz_release(o.f);
}

Test(defaults, each_member_at_zero_does_what_the_deck_does) {
    const gz_key *tables[] = {gz_deck_keys, gz_component_keys};
    bool tested[2][MOST_KEYS] = {{false}};
    write_files();
    for (size_t v = 0; v < VARIANT_COUNT; v++) {
        gz_deck *deck = load(v, NULL);
        outcome expected = run(deck, VARIANTS[v][0]);
        zeroed one = {0}, all = {0};
        for (size_t t = 0; t < 2; t++)
            for (size_t k = 0; tables[t][k].path; k++) {
                const gz_key *key = &tables[t][k];
                void *base = t == 0 ? (void *)deck : &deck->components[0];
                char what[200];
                if (!is_at_default(v, deck, tables[t], key)) continue;
                tested[t][k] = true;
                snprintf(what, sizeof what, "%s at zero, with %s", key->path,
                         VARIANTS[v][0] ? VARIANTS[v][0] : "defaults");
                set_to_zero(&one, base, key);
                compare(deck, &expected, what);
                put_back(&one);
            }
        /* And all at once. What has an effect is known before anything is changed. */
        const gz_key *zero[2 * MOST_KEYS];
        size_t count = 0, first_of_component = 0;
        for (size_t t = 0; t < 2; t++) {
            if (t == 1) first_of_component = count;
            for (size_t k = 0; tables[t][k].path; k++)
                if (is_at_default(v, deck, tables[t], &tables[t][k])) zero[count++] = &tables[t][k];
        }
        for (size_t i = 0; i < count; i++)
            set_to_zero(&all, i < first_of_component ? (void *)deck : &deck->components[0], zero[i]);
        compare(deck, &expected, "all at zero");
        put_back(&all);
        gz_release(expected.f);
        gz_deck_destroy(deck);
    }
    for (size_t t = 0; t < 2; t++)
        for (size_t k = 0; tables[t][k].path; k++)
            if (tables[t][k].fallback && is_setting(tables[t], &tables[t][k]))
                cr_assert(tested[t][k], "%s has its default in no variant", tables[t][k].path);
}

/* --- struct by struct ----------------------------------------------------------------------------------- */

static outcome run_structs(const char *scheme, double dt, int space_dim) {
    const gz_problem problem = {
        .grid = {.space_dim = space_dim, .cells = {3, 3}, .nodes = 9, .half_width = 5}};
    const gz_integrator_settings how = {.scheme = scheme};
    const gz_component components[] = {{0}, {.velocity = {1}, .mode = {1}, .density_wave = 0.3}};
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_phase_grid_create(context, &problem.grid, &grid), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, grid, &problem, &how, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    cr_assert_eq(gz_initial_state(context, grid, &problem.kernel, 2, components, &state), GZ_OK, "%s",
                 gz_context_message(context));
    for (int n = 0; n < STEPS; n++)
        cr_assert_eq(gz_integrator_step(integrator, dt, &state, &report), GZ_OK, "%s: %s", scheme,
                     gz_context_message(context));
    const outcome o = outcome_of(grid, &state, &report);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    return o;
}

/* The least that a program must say against the least that a deck must say, for every scheme. */
Test(defaults, structs_at_zero_are_the_shortest_deck) {
    for (int space_dim = 0; space_dim <= 2; space_dim++)
        for (size_t i = 0; gz_integrator_name(i); i++) {
            const char *scheme = gz_integrator_name(i);
            const double dt = gz_integrator_is_variational(scheme) ? 0.0625 : 0.0009765625;
            char text[500], where[100] = "";
            gz_deck *deck = NULL;
            if (space_dim > 0) snprintf(where, sizeof where, "x: {cells: 3}, ");
            snprintf(text, sizeof text,
                     "model: {space_dim: %d}\ngrid: {%sv: {nodes: 9, half_width: 5}}\n"
                     "initial: [{}, {velocity: [1, 0]%s}]\ntime: {scheme: %s, dt: %.17g, end: 1}\n",
                     space_dim, where,
                     space_dim == 0   ? ""
                     : space_dim == 1 ? ", mode: [1], density_wave: 0.3"
                                      : ", mode: [1, 0], density_wave: 0.3",
                     scheme, dt);
            cr_assert_eq(gz_deck_parse(context, "deck", text, strlen(text), 0, NULL, &deck), GZ_OK, "%s",
                         gz_context_message(context));
            outcome of_deck = run(deck, scheme), of_structs = run_structs(scheme, dt, space_dim);
            check_same(&of_deck, &of_structs, scheme);
            gz_release(of_deck.f);
            gz_release(of_structs.f);
            gz_deck_destroy(deck);
        }
}

/* A result file has f unless it is told otherwise, as output.density is true in a deck. */
Test(defaults, a_result_file_has_the_density) {
    write_files();
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 9, 5);
    gz_curve_file *curve = NULL;
    gz_deck *deck = load(0, NULL);
    cr_assert(deck->output_density);
    cr_assert_eq(gz_curve_open(context, grid, scratch_path("result.h5"), "f", &curve), GZ_OK, "%s",
                 gz_context_message(context));
    gz_curve_close(curve);
    gz_deck_destroy(deck);
    gz_phase_grid_destroy(grid);
}

/* --- what has no default -------------------------------------------------------------------------------- */

static void refused(gz_status status, const char *says) {
    cr_assert_eq(status, GZ_ERROR_SETTINGS, "%d instead of `%s`", status, says);
    cr_assert_not_null(strstr(gz_context_message(context), says), "`%s` does not say `%s`",
                       gz_context_message(context), says);
}

Test(defaults, where_zero_makes_no_sense_it_is_refused) {
    gz_phase_grid *grid = NULL, *made = sample_grid(context, 1, 2, 3, 9, 5);
    gz_mobility *mobility = NULL;
    gz_dt_control *control = NULL;
    gz_ledger *ledger = NULL;
    gz_state state;
    const gz_problem problem = {.grid = {.nodes = 9, .half_width = 5}};
    const gz_integrator_settings how = {0};
    const struct {
        gz_phase_grid_settings settings;
        const char *says;
    } grids[] = {{{.half_width = 5}, "nodes is 0"},
                 {{.nodes = 9}, "half_width is 0"},
                 {{.space_dim = 1, .nodes = 9, .half_width = 5}, "cells of x axis 1"}};
    for (size_t i = 0; i < sizeof grids / sizeof *grids; i++)
        refused(gz_phase_grid_create(context, &grids[i].settings, &grid), grids[i].says);
    const struct {
        gz_mobility_settings settings;
        const char *says;
    } mobilities[] = {{{.kernel.shape = GZ_KERNEL_TABLE}, "kernel table is missing"},
                      {{.kernel.shape = GZ_KERNEL_FUNCTION}, "kernel function is missing"},
                      {{.kappa.shape = GZ_KAPPA_SIGMA}, "kappa sigma is 0"},
                      {{.kappa.shape = GZ_KAPPA_TABLE}, "kappa table is missing"},
                      {{.kappa.shape = GZ_KAPPA_FUNCTION}, "kappa function is missing"}};
    for (size_t i = 0; i < sizeof mobilities / sizeof *mobilities; i++)
        refused(gz_mobility_create(context, made, &mobilities[i].settings, &mobility), mobilities[i].says);
    const gz_dt_control_settings controls[] = {{0}, {.tolerance = 0.1}, {.dt = 0.1}};
    for (size_t i = 0; i < sizeof controls / sizeof *controls; i++)
        refused(gz_dt_control_create(context, made, &problem, &how, &controls[i], &control), "both must be");
    cr_assert_eq(gz_state_init(context, made, &state), GZ_OK);
    refused(
        gz_initial_state(context, made, &problem.kernel, 1, &(gz_component){.shape = GZ_FROM_FILE}, &state),
        "no path");
    cr_assert_neq(gz_ledger_create(context, &(gz_ledger_settings){0}, scratch_path("h.csv"), &ledger), GZ_OK);
    gz_state_free(&state);
    gz_phase_grid_destroy(made);
}

/* What lies below zero is not taken for a default. */
Test(defaults, negative_numbers_are_refused) {
    const gz_problem problem = {.grid = {.nodes = 9, .half_width = 5}};
    const gz_integrator_settings settings[] = {{.tolerance = -1},     {.max_iterations = -1},
                                               {.collisions = -1},    {.scheme = "jko", .inner_steps = -1},
                                               {.ode_tolerance = -1}, {.ode_tolerance = NAN}};
    const gz_component components[] = {{.density = -1},
                                       {.density = NAN},
                                       {.temperature = {1, -1}},
                                       {.shape = GZ_RANDOM, .temperature = {-1}}};
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state;
    cr_assert_eq(gz_phase_grid_create(context, &problem.grid, &grid), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        refused(gz_integrator_create(context, grid, &problem, &settings[i], &integrator), " is ");
    for (size_t i = 0; i < sizeof components / sizeof *components; i++)
        refused(gz_initial_state(context, grid, &problem.kernel, 1, &components[i], &state),
                "must be positive");
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
}
