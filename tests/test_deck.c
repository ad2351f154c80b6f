/* Deck: every key is read, a wrong deck gets one clear line, the resolved deck reads back as the same. */
#include "deck.h"
#include "deck_schema.h"
#include "suggest.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(deck, .init = open_context, .fini = close_context);

/* The deck of the contract, with every key. */
static const char FULL[] = "title: fuzzy Landau, 1D2V\n"
                           "model:\n"
                           "  velocity_dim: 2\n"
                           "  space_dim: 1\n"
                           "  kernel: {shape: power, gamma: 0.0, strength: 1.0}   # B|z|^(2+gamma)\n"
                           "  kappa: {shape: exponential, k2: 4.0}\n"
                           "  transport: true\n"
                           "grid:\n"
                           "  x: {cells: [16], length: [1.0], boundary: torus}\n"
                           "  v: {nodes: 33, half_width: 5.0, order: 6, switch: auto}\n"
                           "initial:\n"
                           "  - shape: maxwellian\n"
                           "    density: 1.0\n"
                           "    velocity: [0.0, 0.0]\n"
                           "    temperature: [1.0, 0.77]\n"
                           "    mode: [1]\n"
                           "    density_wave: 0.4\n"
                           "    velocity_wave: [0.3, 0.0]\n"
                           "    temperature_wave: 0.2\n"
                           "time: {scheme: zero_defect, dt: 0.05, end: 1.0}\n"
                           "solver: {minimizer: newton, mobility: fft, mobility_at: predictor, tolerance: "
                           "1.0e-12, max_iterations: 80}\n"
                           "output: {every: 0.1, density: true}\n";

/* The shortest deck. */
static const char SMALL[] = "time: {dt: 0.1, end: 1}\n"
                            "grid: {v: {nodes: 9, half_width: 5}}\n"
                            "initial: [{}]\n";

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
    gz_deck *deck = load_set(FULL, NULL);
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
    gz_deck *deck = load_set(SMALL, NULL);
    cr_assert(deck->problem.kappa.shape == GZ_KAPPA_UNIFORM && deck->problem.grid.space_dim == 0);
    cr_assert(deck->components[0].temperature[1] == 1 && deck->components[0].density == 1);
    cr_assert(deck->integrator.mobility_at == GZ_AT_PREDICTOR && deck->problem.order == 6);
    gz_deck_destroy(deck);

    deck = load_set(FULL, "grid.x.cells=[8]");
    cr_assert_eq(deck->problem.grid.cells[0], 8);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "grid.x.cells=12");
    cr_assert_eq(deck->problem.grid.cells[0], 12);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "initial.0.temperature=2");
    cr_assert(deck->components[0].temperature[0] == 2 && deck->components[0].temperature[1] == 2);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "initial.0.temperature.1=3");
    cr_assert(deck->components[0].temperature[0] == 1 && deck->components[0].temperature[1] == 3);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "output={every: 0.5}");
    cr_assert(deck->output_every == 0.5 && deck->output_density);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "output.every="); /* as if it had not been written */
    cr_assert_eq(deck->output_every, 0);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "model.kappa.shape=dirac");
    cr_assert_eq(deck->problem.kappa.shape, GZ_KAPPA_DIRAC);
    cr_assert_str_eq(deck->notes, "model.kappa.k2");
    gz_deck_destroy(deck);
    deck = load_set(FULL, "grid.v.switch=off");
    cr_assert(deck->problem.always_wide);
    gz_deck_destroy(deck);

    deck = load_set(FULL, NULL);
    cr_assert(isnan(deck->implicitness) && !deck->integrator.fixed_implicitness &&
              deck->control_tolerance == 0);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "time.implicitness=0");
    cr_assert(deck->integrator.fixed_implicitness && deck->integrator.implicitness == 0);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "time.dt_control={tolerance: 1e-3, by: certificate}");
    cr_assert(deck->control_tolerance == 1e-3 && deck->control_by == GZ_BY_CERTIFICATE);
    gz_deck_destroy(deck);
    deck = load_set(FULL, "time={scheme: jko, inner_steps: 3, implicitness: 0.5, dt: 1, end: 1}");
    cr_assert(deck->integrator.inner_steps == 3 && !deck->integrator.fixed_implicitness);
    cr_assert_str_eq(deck->notes, "time.implicitness");
    gz_deck_destroy(deck);
    deck = load_set(FULL, "output.grazing_rate=true");
    cr_assert(deck->output_rate);
    gz_deck_destroy(deck);

    const char *later_wins[] = {"time.dt=0.3", "time.dt=0.4"};
    cr_assert_eq(load(FULL, 2, later_wins, &deck), GZ_OK);
    cr_assert_eq(deck->dt, 0.4);
    gz_deck_destroy(deck);
}

typedef struct wrong {
    const char *text, *setting;
    const char *says[3]; /* pieces of the message */
} wrong;

static void refuse(const char *text, const char *setting, gz_status expected, const char *const says[3]) {
    gz_deck *deck = NULL;
    const gz_status status = load(text, setting ? 1 : 0, &setting, &deck);
    const char *message = gz_context_message(context);
    cr_assert_eq(status, expected, "%s %s: status %d, %s", setting ? setting : "", text, status, message);
    cr_assert_null(deck);
    cr_assert_null(strchr(message, '\n'));
    for (int i = 0; i < 3 && says[i]; i++)
        cr_assert_not_null(strstr(message, says[i]), "`%s` does not say `%s`", message, says[i]);
}

Test(deck, wrong_text_names_file_and_line) {
    const wrong cases[] = {
        {"", NULL, {"case.yaml:1: ", "empty"}},
        {"# nothing\n", NULL, {"empty"}},
        {"3", NULL, {"a group of keys"}},
        {"- title: x\n", NULL, {"a group of keys"}},
        {"title: x\ngrid: {v: {nodes: 9\n", NULL, {"case.yaml:3: "}},
        {"title: x\ngrid: [1, 2\n", NULL, {"case.yaml:3: "}},
        {"title: \"x\n", NULL, {"case.yaml:1: ", "quote"}},
        {"title: x\ntitle: y\n", NULL, {"case.yaml:2: ", "twice", "line 1"}},
        {"time:\n  dt: 1\n  end: 1\n  dt: 2\n", NULL, {"case.yaml:4: time.dt", "twice", "line 2"}},
        {"initial: [{}]\ninitial: [{}]\n", NULL, {"case.yaml:2: initial", "twice"}},
        {"title: x\n---\ntitle: y\n", NULL, {"case.yaml:2: ", "second document"}},
        {"title: &a x\nmodel: *a\n", NULL, {"case.yaml:2: ", "alias"}},
        {"title: x\x01\n", NULL, {"case.yaml:1: ", "UTF-8"}},
        {"title: x\n# \xc3(\n", NULL, {"case.yaml:2: ", "UTF-8"}},
        {"? [a, b]\n: 1\n", NULL, {"case.yaml:1: ", "plain word"}},
        {"[[[[[[[[[[[[[[[[[[[[[[[[[[", NULL, {"nested"}},
        {"titel: x\n", NULL, {"case.yaml:1: titel (x)", "did you mean title?", "model, grid"}},
        {"grid:\n  v:\n    nods: 33\n",
         NULL,
         {"case.yaml:3: grid.v.nods (33)", "mean grid.v.nodes?", "switch"}},
        {"grid:\n  nodes: 33\n",
         NULL,
         {"case.yaml:2: grid.nodes", "mean grid.v.nodes?", "allowed here: x, v"}},
        {"time: 3\n", NULL, {"case.yaml:1: time is 3", "group of the keys scheme, dt, end"}},
        {"inital: []\n", NULL, {"did you mean initial?"}},
        {"time: {dt: 1, end: 1}\n", NULL, {"case.yaml: initial is missing"}},
        {"initial: [{}]\ntime: {dt: 1, end: 1}\n",
         NULL,
         {"case.yaml: grid.v.nodes is missing", "whole number"}},
        {"initial: 3\n", NULL, {"case.yaml:1: initial is 3", "a list"}},
        {"initial: [3]\n", NULL, {"case.yaml:1: initial.0 is 3"}},
        {"initial:\n  - shape: bkw\n    tempertaure: 1\n",
         NULL,
         {"case.yaml:3: initial.0.tempertaure", "mean initial.0.temperature?"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].text, cases[i].setting, GZ_ERROR_SETTINGS, cases[i].says);
}

Test(deck, wrong_values_name_the_setting_and_what_is_allowed) {
    const wrong cases[] = {
        {FULL, "grid.v.nods=33", {"--set grid.v.nods=33: ", "mean grid.v.nodes?"}},
        {FULL, "foo.bar=33", {"--set foo.bar=33: foo", "not a key"}},
        {FULL, "grid.v.nodes=many", {"grid.v.nodes is many", "a whole number from 5"}},
        {FULL, "grid.v.nodes=33.0", {"a whole number"}},
        {FULL, "grid.v.nodes=\"33\"", {"is \"33\"", "a whole number"}},
        {FULL, "grid.v.nodes=3", {"grid.v.nodes is 3", "from 5"}},
        {FULL, "grid.v.nodes=5", {"grid.v.nodes is 5", "order 6 needs at least 7"}},
        {FULL, "grid.v.nodes=99999999999999999999", {"allowed"}},
        {FULL, "grid.v.nodes={a: 1}", {"grid.v.nodes is {a: 1}"}},
        {FULL, "grid.v.half_width=1e300", {"is 1e300", "a number between"}},
        {FULL, "grid.v.half_width=-5", {"is -5"}},
        {FULL, "grid.v.order=5", {"2, 4, 6 or 8"}},
        {FULL, "grid.x.cells=[8, 8]", {"with 2 entries", "allowed: 1, one for each x axis"}},
        {FULL, "grid.x.cells=[0]", {"grid.x.cells.0 is 0"}},
        {FULL, "grid.x.cells=1000001", {"is 1000001"}},
        {FULL, "model.transport=yes", {"model.transport is yes", "true or false"}},
        {FULL, "model.transport=\"true\"", {"true or false"}},
        {FULL, "model.kernel.gamma=2", {"model.kernel.gamma is 2", "-3 to 1"}},
        {FULL, "model.kernel.gamma=0x1", {"allowed: a number"}},
        {FULL, "model.kernel={shape: bounded, gamma: 3.5}", {"gamma is 3.5"}},
        {FULL, "model.kernel.shape=pwer", {"did you mean power?"}},
        {FULL, "model.kappa.k2=", {"model.kappa.k2 is missing"}},
        {FULL, "model.kappa.shape=sigma", {"model.kappa.sigma is missing"}},
        {FULL, "model.space_dim=4", {"model.space_dim is 4", "from 0 to 3"}},
        {SMALL, "model={space_dim: 3}", {"grid.x.cells is missing"}},
        {FULL, "time.dt=0", {"time.dt is 0", "a number between 0"}},
        {FULL, "time.dt=.nan", {"time.dt is .nan"}},
        {FULL, "time.dt=nan", {"time.dt is nan"}},
        {FULL, "time.dt=.inf", {"time.dt is .inf"}},
        {FULL, "time.dt=1e400", {"time.dt is 1e400"}},
        {FULL, "time.dt=0.1s", {"time.dt is 0.1s"}},
        {FULL, "time.dt=1e-15", {"1e+15 steps"}},
        {FULL, "time.end=-1", {"time.end is -1"}},
        {FULL, "time.scheme=zero_defct", {"mean zero_defect?", "jko, zero_defect, euler"}},
        {FULL, "time.scheme=verlet", {"time.scheme is verlet", "allowed: jko"}},
        {FULL, "solver.tolerance=1", {"both excluded"}},
        {FULL, "initial=", {"initial is missing"}},
        {FULL, "initial=[]", {"initial is []"}},
        {FULL, "initial.1.density=2", {"initial is a list of 1", "0 to 0"}},
        {FULL, "initial.x=2", {"initial is a list of 1"}},
        {FULL, "title.x=2", {"title is a single value"}},
        {FULL, "initial.0.temperature=-1", {"initial.0.temperature is -1", "between 0"}},
        {FULL, "initial.0.temperature=[1, 0]", {"initial.0.temperature.1 is 0"}},
        {FULL, "initial.0.temperature=[1]", {"with 1 entries", "2, one for each v axis"}},
        {FULL, "initial.0.density=0", {"initial.0.density is 0"}},
        {FULL, "initial.0.density_wave=1", {"between -1 and 1, both excluded"}},
        {FULL, "initial.0.mode=0", {"initial.0.mode is zero", "wave"}},
        {FULL, "initial.0.mode=9", {"initial.0.mode is 9", "up to 8"}},
        {FULL, "initial.0={shape: bkw}", {"initial.0.time is missing"}},
        {FULL, "initial.0={shape: file}", {"initial.0.path is missing"}},
        {FULL, "title=[a", {"--set title=[a: "}},
        {FULL, "\"a\nb\"=1", {"not a key"}},
        {FULL, "a\nb=\033[1m", {"--set a b= [1m: "}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].text, cases[i].setting, GZ_ERROR_SETTINGS, cases[i].says);
    const char *too_many_axes[] = {"model.space_dim=3", "grid.x={cells: 4}", "initial=[{}]"};
    gz_deck *deck = NULL;
    cr_assert_eq(load(FULL, 3, too_many_axes, &deck), GZ_ERROR_SETTINGS);
    cr_assert_str_eq(
        gz_context_message(context),
        "--set model.space_dim=3: model.space_dim is 3; allowed: at most model.velocity_dim = 2");
    const char *usage[] = {"time.dt", "=3", "", "a..b=3", ".a=3"};
    for (size_t i = 0; i < sizeof usage / sizeof *usage; i++)
        refuse(FULL, usage[i], GZ_ERROR_USAGE, (const char *const[3]){"--set"});
}

/* The message tells a name that this build lacks from a name that nobody knows. */
Test(deck, names_this_build_lacks_end_with_what_it_has) {
    for (const gz_key *key = gz_deck_keys; key->path; key++) {
        if (key->type != GZ_KEY_NAME) continue;
        size_t length = 0;
        const char *word;
        for (size_t i = 0; (word = gz_word_at(key->words, i, &length)); i++) {
            char setting[100];
            snprintf(setting, sizeof setting, "%s=%.*s", key->path, (int)length, word);
            const char *argument = setting;
            gz_deck *deck = NULL;
            bool available = false;
            for (size_t k = 0; key->available(k); k++)
                available = available || strcmp(key->available(k), strchr(setting, '=') + 1) == 0;
            const gz_status status = load(FULL, 1, &argument, &deck);
            cr_assert_eq(status, available ? GZ_OK : GZ_ERROR_SETTINGS, "%s", setting);
            if (!available)
                cr_assert_not_null(
                    strstr(gz_context_message(context), "this version does not have; it has: "));
            gz_deck_destroy(deck);
        }
    }
}

Test(deck, every_key_of_the_schema_refuses_a_group_and_says_what_is_allowed) {
    const gz_key *tables[] = {gz_deck_keys, gz_component_keys};
    const char *above[] = {"", "initial.0."};
    gz_deck *full = load_set(FULL, NULL);
    for (int t = 0; t < 2; t++)
        for (const gz_key *key = tables[t]; key->path; key++) {
            char setting[200], allowed[300];
            snprintf(setting, sizeof setting, "%s%s={z: 1}", above[t], key->path);
            const bool used =
                t == 0 ? gz_key_used(key, full, NULL) : gz_key_used(key, full, &full->components[0]);
            gz_key_allowed(key, allowed, sizeof allowed);
            if (used) refuse(FULL, setting, GZ_ERROR_SETTINGS, (const char *const[3]){key->path, allowed});
            cr_assert(key->help && *key->help);
        }
    gz_deck_destroy(full);
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
        cr_assert_eq(load(FULL,
                          three         ? 7
                          : settings[i] ? 1
                                        : 0,
                          three_axes, &deck),
                     GZ_OK, "%s", gz_context_message(context));
        assert_round_trip(deck, settings[i] ? settings[i] : "full");
        gz_deck_destroy(deck);
    }
    for (int i = 0; i < 300; i++) { /* numbers of all sizes */
        gz_deck *deck = load_set(FULL, NULL);
        const double x = exp(sin(12.9898 * i) * 20) * (1 + DBL_EPSILON * i);
        deck->dt = x;
        deck->end = x * 10;
        deck->components[0].temperature[0] = x * 3.14159;
        deck->components[0].velocity[1] = -x / 3;
        assert_round_trip(deck, "numbers");
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
        cr_assert_eq(gz_deck_parse(context, cases[i].name, FULL, strlen(FULL), 1, &setting, &deck), GZ_OK);
        cr_assert_str_eq(deck->components[0].path, cases[i].path);
        gz_deck_destroy(deck);
    }
    gz_deck *deck = load_set(FULL, setting);
    cr_assert_eq(deck->components[0].path[0], '/');
    cr_assert_str_eq(deck->components[0].path + strlen(deck->components[0].path) - 10, "/data/f.h5");
    gz_deck_destroy(deck);
}

Test(deck, files_that_are_no_decks) {
    gz_deck *deck = NULL;
    cr_assert_eq(gz_deck_load(context, "no/such/deck.yaml", 0, NULL, &deck), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "no/such/deck.yaml"));
    cr_assert_eq(gz_deck_load(context, "/", 0, NULL, &deck), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "folder"));
    cr_assert_eq(gz_deck_load(context, "/dev/null", 0, NULL, &deck), GZ_ERROR_SETTINGS);
    cr_assert_eq(gz_deck_load(context, "/dev/zero", 0, NULL, &deck), GZ_ERROR_SETTINGS);
    cr_assert_not_null(strstr(gz_context_message(context), "1 MB"));
    cr_assert_null(deck);
}

/* A deck that is cut anywhere, or has a changed byte, is read, or refused in one line; nothing hangs. */
Test(deck, damaged_decks_are_read_or_refused) {
    const size_t length = strlen(FULL);
    char *text = malloc(length + 1);
    size_t refused = 0;
    for (size_t i = 0; i < 3 * length; i++) {
        memcpy(text, FULL, length + 1);
        size_t cut = length;
        if (i < length)
            cut = i;
        else
            text[i % length] = (char)(33 + (i * 7919) % 94);
        gz_deck *deck = NULL;
        const gz_status status = gz_deck_parse(context, "case.yaml", text, cut, 0, NULL, &deck);
        cr_assert(status == GZ_OK || status == GZ_ERROR_SETTINGS, "%d", status);
        cr_assert_eq(deck == NULL, status != GZ_OK);
        if (status != GZ_OK) {
            refused++;
            cr_assert_eq(strncmp(gz_context_message(context), "case.yaml", 9), 0);
            cr_assert_null(strchr(gz_context_message(context), '\n'));
        }
        gz_deck_destroy(deck);
    }
    cr_assert_gt(refused, length);
    free(text);
}

Test(deck, a_failing_allocation_anywhere_is_reported) {
    const char *fine[] = {"model.kappa.shape=dirac", "initial.0={shape: file, path: x.h5}"};
    const char *unknown[] = {"model.kappa.shape=dirac", "a.b=1"};
    const char *const *settings[] = {fine, unknown};
    for (int t = 0; t < 2; t++) {
        gz_status status = GZ_ERROR_MEMORY;
        size_t n = 0;
        while (status == GZ_ERROR_MEMORY) {
            gz_deck *deck = NULL;
            gz_context_fail_allocation(context, ++n);
            status = load(FULL, 2, settings[t], &deck);
            gz_context_fail_allocation(context, 0);
            cr_assert_eq(deck == NULL, status != GZ_OK);
            gz_deck_destroy(deck);
        }
        cr_assert_eq(status, t == 0 ? GZ_OK : GZ_ERROR_SETTINGS);
        cr_assert_gt(n, 50);
    }
}

Test(deck, suggestions) {
    cr_assert_eq(gz_slips("nodes", "nodes"), 0);
    cr_assert_eq(gz_slips("nods", "nodes"), 1);
    cr_assert_eq(gz_slips("ndoes", "nodes"), 1);
    cr_assert_eq(gz_slips("", "abc"), 3);
    cr_assert_eq(gz_slips("kitten", "sitting"), 3);
    gz_suggestion near = gz_suggestion_for("comapre");
    gz_suggestion_consider(&near, "converge");
    cr_assert_null(near.word);
    gz_suggestion_consider(&near, "compare");
    cr_assert_str_eq(near.word, "compare");
}
