/* Deck: every key is read, the resolved deck reads back as the same. test_deck_errors.c has the
 * wrong decks.
 */
#include "deck.h"
#include "decks.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(deck, .init = open_context, .fini = close_context);

static gz_status load(const char *text, size_t count, const char *const *settings, gz_deck **deck) {
    return gz_deck_parse(context, "case.yaml", text, strlen(text), count, settings, deck);
}

static gz_deck *load_set(const char *text, const char *setting) {
    gz_deck *deck = NULL;
    cr_assert_eq(load(text, setting ? 1 : 0, &setting, &deck), GZ_OK, "%s: %s", setting ? setting : "",
                 gz_context_message(context));
    return deck;
}

Test(deck, every_key_of_the_contract_arrives) {
    gz_deck *deck = load_set(deck_full, NULL);
    const gz_problem *p = &deck->problem;
    const gz_component *c = &deck->components[0];
    cr_assert_str_eq(deck->title, "fuzzy Landau, 1D2V");
    cr_assert(p->grid.velocity_dim == 2 && p->grid.space_dim == 1);
    cr_assert(p->kernel.shape == GZ_KERNEL_POWER && p->kernel.gamma == 0);
    cr_assert_eq(p->kernel.strength, 1);
    cr_assert(p->kappa.shape == GZ_KAPPA_EXPONENTIAL && p->kappa.k2 == 4);
    cr_assert(!p->collisions_only && !p->always_wide && p->order == 6);
    cr_assert(p->grid.cells[0] == 16 && p->grid.length[0] == 1 && p->grid.boundary == GZ_TORUS);
    cr_assert(p->grid.nodes == 33 && p->grid.half_width == 5);
    cr_assert(deck->component_count == 1 && c->shape == GZ_MAXWELLIAN && c->density == 1);
    cr_assert(c->temperature[0] == 1 && c->temperature[1] == 0.77 && c->mode[0] == 1);
    cr_assert(c->density_wave == 0.4 && c->velocity_wave[0] == 0.3 && c->velocity_wave[1] == 0);
    cr_assert(c->temperature_wave == 0.2);
    cr_assert_str_eq(deck->integrator.scheme, "zero_defect");
    cr_assert_str_eq(deck->integrator.minimizer, "newton");
    cr_assert_str_eq(deck->integrator.mobility, "fft");
    cr_assert_eq(deck->integrator.mobility_at, GZ_AT_PREDICTOR);
    cr_assert(deck->integrator.tolerance == 1e-12 && deck->integrator.max_iterations == 80);
    cr_assert(deck->dt == 0.05 && deck->end == 1 && deck->output_every == 0.1 && deck->output_density);
    cr_assert_str_eq(deck->notes, "");
    gz_deck_destroy(deck);
}

Test(deck, defaults_and_settings) {
    gz_deck *deck = load_set(deck_small, NULL);
    cr_assert(deck->problem.kappa.shape == GZ_KAPPA_UNIFORM && deck->problem.grid.space_dim == 0);
    cr_assert(deck->components[0].temperature[1] == 1 && deck->components[0].density == 1);
    cr_assert(deck->integrator.mobility_at == GZ_AT_PREDICTOR && deck->problem.order == 6);
    gz_deck_destroy(deck);

    deck = load_set(deck_full, "grid.x.cells=[8]");
    cr_assert_eq(deck->problem.grid.cells[0], 8);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "grid.x.cells=12");
    cr_assert_eq(deck->problem.grid.cells[0], 12);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "initial.0.temperature=2");
    cr_assert(deck->components[0].temperature[0] == 2 && deck->components[0].temperature[1] == 2);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "initial.0.temperature.1=3");
    cr_assert(deck->components[0].temperature[0] == 1 && deck->components[0].temperature[1] == 3);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "output={every: 0.5}");
    cr_assert(deck->output_every == 0.5 && deck->output_density);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "output.every="); /* as if it had not been written */
    cr_assert_eq(deck->output_every, 0);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "model.kappa.shape=dirac");
    cr_assert_eq(deck->problem.kappa.shape, GZ_KAPPA_DIRAC);
    cr_assert_str_eq(deck->notes, "model.kappa.k2");
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "grid.v.switch=off");
    cr_assert(deck->problem.always_wide);
    gz_deck_destroy(deck);

    deck = load_set(deck_full, NULL);
    cr_assert(isnan(deck->implicitness) && !deck->integrator.fixed_implicitness &&
              deck->control_tolerance == 0);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "time.implicitness=0");
    cr_assert(deck->integrator.fixed_implicitness && deck->integrator.implicitness == 0);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "time.dt_control={tolerance: 1e-3, by: certificate}");
    cr_assert(deck->control_tolerance == 1e-3 && deck->control_by == GZ_BY_CERTIFICATE);
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "time={scheme: jko, inner_steps: 3, implicitness: 0.5, dt: 1, end: 1}");
    cr_assert(deck->integrator.inner_steps == 3 && !deck->integrator.fixed_implicitness);
    cr_assert_str_eq(deck->notes, "time.implicitness");
    gz_deck_destroy(deck);
    deck = load_set(deck_full, "output.grazing_rate=true");
    cr_assert(deck->output_rate);
    gz_deck_destroy(deck);

    const char *later_wins[] = {"time.dt=0.3", "time.dt=0.4"};
    cr_assert_eq(load(deck_full, 2, later_wins, &deck), GZ_OK);
    cr_assert_eq(deck->dt, 0.4);
    gz_deck_destroy(deck);
}

static void assert_round_trip(gz_deck *deck, const char *what) {
    char *text = NULL, *again_text = NULL;
    gz_deck *again = NULL;
    cr_assert_eq(gz_deck_text(context, deck, &text), GZ_OK);
    cr_assert_eq(gz_deck_parse(context, "again.yaml", text, strlen(text), 0, NULL, &again), GZ_OK,
                 "%s: %s\n%s", what, gz_context_message(context), text);
    cr_assert_eq(gz_deck_text(context, again, &again_text), GZ_OK);
    cr_assert_str_eq(text, again_text, "%s", what);
    cr_assert_eq(memcmp(&deck->problem.kernel, &again->problem.kernel, sizeof(gz_kernel)), 0);
    cr_assert_eq(memcmp(deck->problem.grid.cells, again->problem.grid.cells, sizeof deck->problem.grid.cells),
                 0);
    cr_assert_eq(memcmp(&deck->dt, &again->dt, sizeof(double)), 0);
    cr_assert_eq(memcmp(&deck->end, &again->end, sizeof(double)), 0);
    cr_assert_str_eq(deck->title, again->title);
    cr_assert_eq(deck->component_count, again->component_count);
    cr_assert(deck->normalise == again->normalise && deck->allow_unresolved == again->allow_unresolved);
    for (size_t i = 0; i < deck->component_count; i++) {
        const gz_component *a = &deck->components[i], *b = &again->components[i];
        cr_assert_eq(memcmp(a, b, offsetof(gz_component, path)), 0, "%s", what);
        if (a->path) cr_assert_str_eq(a->path, b->path);
    }
    cr_assert_str_eq(again->notes, "", "%s: the resolved deck has keys without effect: %s", what,
                     again->notes);
    gz_release(text);
    gz_release(again_text);
    gz_deck_destroy(again);
}

Test(deck, the_resolved_deck_reads_back_bit_for_bit) {
    const char *settings[] = {
        NULL,
        "time.dt=0.30000000000000004",
        "time.dt=0.333333333333333314829616256247",
        "time.end=12345678.912345679",
        "title=\"quote \\\" backslash \\\\ tab \\t line \\n ü: # {\"",
        "title=''",
        "model={velocity_dim: 3, space_dim: 2, kappa: {shape: sigma, sigma: 1e-3}}",
        "model.kappa={shape: dirac}",
        "model.space_dim=0",
        "initial.0={shape: bkw, time: 0.1}",
        "initial.0={shape: file, path: /a/b c.h5, dataset: 'x \"y\"'}",
        "initial.0={shape: file, path: data/f.h5, interpolate: true, theta: {theta: 0.1}}",
        "initial.0={shape: random, seed: 12, alpha: 0.2, beta: 0.1, theta: {theta: 0.01, a: 12.5}}",
        "initial.normalise=true",
        "grid.unresolved=allow",
        "initial={normalise: true, components: [{theta: {theta: 0.1}}, {shape: random}, {shape: bkw, time: "
        "1}]}",
        "initial={normalise: false, components: [{temperature: 0.1}]}",
        "initial=[{temperature: 0.1}, {density: 2, velocity: [-0.1, 3]}, {shape: bkw, time: 1}]"};
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const char *three_axes[] = {settings[i],
                                    "grid.x.cells=[4, 6]",
                                    "grid.x.length=[0.1, 7]",
                                    "initial.0.mode=[1, -2]",
                                    "initial.0.velocity=0",
                                    "initial.0.velocity_wave=0",
                                    "initial.0.temperature=[1, 2, 3.3]"};
        const bool three = settings[i] && strncmp(settings[i], "model={", 7) == 0;
        gz_deck *deck = NULL;
        cr_assert_eq(load(deck_full,
                          three         ? 7
                          : settings[i] ? 1
                                        : 0,
                          three_axes, &deck),
                     GZ_OK, "%s", gz_context_message(context));
        assert_round_trip(deck, settings[i] ? settings[i] : "full");
        gz_deck_destroy(deck);
    }
    for (int i = 0; i < 300; i++) { /* numbers of all sizes */
        gz_deck *deck = load_set(deck_full, NULL);
        const double x = exp(sin(12.9898 * i) * 20) * (1 + DBL_EPSILON * i);
        deck->dt = x;
        deck->end = x * 10;
        deck->components[0].temperature[0] = x * 3.14159;
        deck->components[0].velocity[1] = -x / 3;
        assert_round_trip(deck, "numbers");
        gz_deck_destroy(deck);
    }
}

/* A list and a group are two ways to write the components; paths with numbers lead to them either way. */
Test(deck, components_are_a_list_or_in_a_group) {
    static const char LIST[] = "grid: {v: {nodes: 9, half_width: 5}}\ntime: {dt: 0.1, end: 1}\n"
                               "initial:\n  - {density: 2}\n  - {density: 3}\n",
                      GROUP[] = "grid: {v: {nodes: 9, half_width: 5}}\ntime: {dt: 0.1, end: 1}\n"
                                "initial:\n  components:\n    - {density: 2}\n    - {density: 3}\n";
    static const char *const SETTINGS[] = {"initial.normalise=true", "initial.1.density=4",
                                           "initial.components.0.density=5", "initial.0.velocity=[0, 0.5]"};
    for (int k = 0; k < 2; k++) {
        gz_deck *deck = NULL;
        cr_assert_eq(load(k ? GROUP : LIST, 4, SETTINGS, &deck), GZ_OK, "%s", gz_context_message(context));
        cr_assert(deck->normalise && !deck->allow_unresolved && deck->component_count == 2);
        cr_assert(deck->components[0].density == 5 && deck->components[1].density == 4);
        cr_assert_eq(deck->components[0].velocity[1], 0.5);
        cr_assert_str_eq(deck->places[1], k ? "case.yaml:6" : "case.yaml:5");
        gz_deck_destroy(deck);
        const char *const replaced[] = {"initial=[{density: 7}]", "initial.normalise=true",
                                        "initial.0.seed=1"};
        cr_assert_eq(load(k ? GROUP : LIST, 3, replaced, &deck), GZ_OK, "%s", gz_context_message(context));
        cr_assert(deck->normalise && deck->component_count == 1 && deck->components[0].density == 7);
        cr_assert_str_eq(deck->places[0], "--set initial=[{density: 7}]");
        gz_deck_destroy(deck);
    }
}

Test(deck, paths_start_at_the_folder_of_the_deck) {
    const char *setting = "initial.0={shape: file, path: data/f.h5}";
    const struct {
        const char *name, *path;
    } cases[] = {{"/runs/one/case.yaml", "/runs/one/data/f.h5"}, {"/case.yaml", "/data/f.h5"}};
    for (size_t i = 0; i < 2; i++) {
        gz_deck *deck = NULL;
        cr_assert_eq(gz_deck_parse(context, cases[i].name, deck_full, strlen(deck_full), 1, &setting, &deck),
                     GZ_OK);
        cr_assert_str_eq(deck->components[0].path, cases[i].path);
        gz_deck_destroy(deck);
    }
    gz_deck *deck = load_set(deck_full, setting);
    cr_assert_eq(deck->components[0].path[0], '/');
    cr_assert_str_eq(deck->components[0].path + strlen(deck->components[0].path) - 10, "/data/f.h5");
    gz_deck_destroy(deck);
}
