/* A wrong deck gets one clear line: file, line, key, value, and what is allowed. Nothing crashes or hangs. */
#include "deck.h"
#include "deck_schema.h"
#include "decks.h"
#include "suggest.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(deck_errors, .init = open_context, .fini = close_context);

static gz_status load(const char *text, size_t count, const char *const *settings, gz_deck **deck) {
    return gz_deck_parse(context, "case.yaml", text, strlen(text), count, settings, deck);
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

Test(deck_errors, wrong_text_names_file_and_line) {
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

Test(deck_errors, wrong_values_name_the_setting_and_what_is_allowed) {
    const wrong cases[] = {
        {deck_full, "grid.v.nods=33", {"--set grid.v.nods=33: ", "mean grid.v.nodes?"}},
        {deck_full, "foo.bar=33", {"--set foo.bar=33: foo", "not a key"}},
        {deck_full, "grid.v.nodes=many", {"grid.v.nodes is many", "a whole number from 5"}},
        {deck_full, "grid.v.nodes=33.0", {"a whole number"}},
        {deck_full, "grid.v.nodes=\"33\"", {"is \"33\"", "a whole number"}},
        {deck_full, "grid.v.nodes=3", {"grid.v.nodes is 3", "from 5"}},
        {deck_full, "grid.v.nodes=5", {"grid.v.nodes is 5", "order 6 needs at least 7"}},
        {deck_full, "grid.v.nodes=99999999999999999999", {"allowed"}},
        {deck_full, "grid.v.nodes={a: 1}", {"grid.v.nodes is {a: 1}"}},
        {deck_full, "grid.v.half_width=1e300", {"is 1e300", "a number between"}},
        {deck_full, "grid.v.half_width=-5", {"is -5"}},
        {deck_full, "grid.v.order=5", {"2, 4, 6 or 8"}},
        {deck_full, "grid.x.cells=[8, 8]", {"with 2 entries", "allowed: 1, one for each x axis"}},
        {deck_full, "grid.x.cells=[0]", {"grid.x.cells.0 is 0"}},
        {deck_full, "grid.x.cells=1000001", {"is 1000001"}},
        {deck_full, "model.transport=yes", {"model.transport is yes", "true or false"}},
        {deck_full, "model.transport=\"true\"", {"true or false"}},
        {deck_full, "model.kernel.gamma=2", {"model.kernel.gamma is 2", "-3 to 1"}},
        {deck_full, "model.kernel.gamma=0x1", {"allowed: a number"}},
        {deck_full, "model.kernel={shape: bounded, gamma: 3.5}", {"gamma is 3.5"}},
        {deck_full, "model.kernel.shape=pwer", {"did you mean power?"}},
        {deck_full, "model.kappa.k2=", {"model.kappa.k2 is missing"}},
        {deck_full, "model.kappa.shape=sigma", {"model.kappa.sigma is missing"}},
        {deck_full, "model.collisions=landu", {"did you mean landau?", "fokker_planck, dougherty or none"}},
        {deck_small, "model.velocity_dim=1", {"model.velocity_dim is 1", "landau needs two"}},
        {deck_small,
         "model={collisions: fokker_planck, bath: {friction: 0}}",
         {"model.bath.friction is 0", "a number between 0"}},
        {deck_small,
         "model={collisions: fokker_planck, bath: {temperature: -1}}",
         {"model.bath.temperature is -1", "a number between 0"}},
        {deck_small, "model={collisions: dougherty, dougherty: {rate: 0}}", {"model.dougherty.rate is 0"}},
        {deck_small, "model={collisions: dougherty, rate: 1}", {"model.rate", "not a key"}},
        {deck_full, "model.space_dim=4", {"model.space_dim is 4", "from 0 to 3"}},
        {deck_small, "model={space_dim: 3}", {"grid.x.cells is missing"}},
        {deck_full, "time.dt=0", {"time.dt is 0", "a number between 0"}},
        {deck_full, "time.dt=.nan", {"time.dt is .nan"}},
        {deck_full, "time.dt=nan", {"time.dt is nan"}},
        {deck_full, "time.dt=.inf", {"time.dt is .inf"}},
        {deck_full, "time.dt=1e400", {"time.dt is 1e400"}},
        {deck_full, "time.dt=0.1s", {"time.dt is 0.1s"}},
        {deck_full, "time.dt=1e-15", {"1e+15 steps"}},
        {deck_full, "time.end=-1", {"time.end is -1"}},
        {deck_full, "time.scheme=zero_defct", {"mean zero_defect?", "jko, zero_defect, zero_defect4, euler"}},
        {deck_full,
         "time={scheme: rk4, dt: 0.1, end: 1, zero_defect: true, space_form: flux}",
         {"time.space_form is flux", "leave time.space_form out"}},
        {deck_full, "time.dt_control={tolerance: 0.1, by: theta}", {"by is theta", "zero_defect4"}},
        {deck_full, "time.scheme=verlet", {"time.scheme is verlet", "allowed: jko"}},
        {deck_full, "solver.tolerance=1", {"both excluded"}},
        {deck_full, "initial=", {"initial is missing"}},
        {deck_full, "initial=[]", {"initial is []"}},
        {deck_full, "initial.1.density=2", {"initial is a list of 1", "0 to 0"}},
        {deck_full, "initial.x=2", {"initial.x (2) is not a key", "allowed here: normalise, components"}},
        {deck_full, "initial.normalize=true", {"initial.normalize", "did you mean initial.normalise?"}},
        {deck_full, "initial.normalise=yes", {"initial.normalise is yes", "true or false"}},
        {deck_full, "initial={normalise: true}", {"initial.components is missing", "a list of components"}},
        {deck_full, "initial={components: []}", {"initial is []", "a list of components"}},
        {deck_full, "initial={components: [3]}", {"initial.0 is 3"}},
        {deck_full, "initial.components.1.density=2", {"initial.components is a list of 1", "0 to 0"}},
        {deck_full,
         "initial={normalise: true, components: [{tempertaure: 1}]}",
         {"mean initial.0.temperature?"}},
        {deck_full, "grid.unresolved=ignore", {"grid.unresolved is ignore", "refuse or allow"}},
        {deck_full, "title.x=2", {"title is a single value"}},
        {deck_full, "initial.0.temperature=-1", {"initial.0.temperature is -1", "between 0"}},
        {deck_full, "initial.0.temperature=[1, 0]", {"initial.0.temperature.1 is 0"}},
        {deck_full, "initial.0.temperature=[1]", {"with 1 entries", "2, one for each v axis"}},
        {deck_full, "initial.0.density=0", {"initial.0.density is 0"}},
        {deck_full, "initial.0.density_wave=1", {"between -1 and 1, both excluded"}},
        {deck_full, "initial.0.mode=0", {"initial.0.mode is zero", "wave"}},
        {deck_full, "initial.0.mode=9", {"initial.0.mode is 9", "up to 7"}},
        {deck_full, "initial.0.mode=8", {"initial.0.mode is 8", "up to 7", "set grid.x.cells to 17 or more"}},
        {deck_full,
         "initial.0={mode: -8, phase: 0.25, velocity_wave: 0.1}",
         {"initial.0.mode is -8", "up to 7"}},
        {deck_full, "initial.0={shape: bkw}", {"initial.0.time is missing"}},
        {deck_full, "initial.0={shape: file}", {"initial.0.path is missing"}},
        {deck_full, "title=[a", {"--set title=[a: "}},
        {deck_full, "\"a\nb\"=1", {"not a key"}},
        {deck_full, "a\nb=\033[1m", {"--set a b= [1m: "}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse(cases[i].text, cases[i].setting, GZ_ERROR_SETTINGS, cases[i].says);
    const char *too_many_axes[] = {"model.space_dim=3", "grid.x={cells: 4}", "initial=[{}]"};
    gz_deck *deck = NULL;
    cr_assert_eq(load(deck_full, 3, too_many_axes, &deck), GZ_ERROR_SETTINGS);
    cr_assert_str_eq(
        gz_context_message(context),
        "--set model.space_dim=3: model.space_dim is 3; allowed: at most model.velocity_dim = 2");
    const char *usage[] = {"time.dt", "=3", "", "a..b=3", ".a=3"};
    for (size_t i = 0; i < sizeof usage / sizeof *usage; i++)
        refuse(deck_full, usage[i], GZ_ERROR_USAGE, (const char *const[3]){"--set"});
}

/* The cut is not inside a letter of two bytes. */
Test(deck_errors, a_long_key_is_cut_between_letters) {
    static const struct {
        const char *above, *says;
    } cases[] = {{"", "\xc3\xa4... is not a key"},
                 {"title.", "title is a single value, it has no part `x\xc3\xa4"},
                 {"title.", "\xc3\xa4...`"},
                 {"initial.0.mode.", "\xc3\xa4...`"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char setting[400];
        snprintf(setting, sizeof setting, "%sx", cases[i].above);
        while (strlen(setting) < 300) strcat(setting, "\xc3\xa4");
        strcat(setting, "=1");
        refuse(deck_full, setting, GZ_ERROR_SETTINGS, (const char *const[3]){cases[i].says});
    }
}

/* The message tells a name that this build lacks from a name that nobody knows. */
Test(deck_errors, names_this_build_lacks_end_with_what_it_has) {
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
            const gz_status status = load(deck_full, 1, &argument, &deck);
            cr_assert_eq(status, available ? GZ_OK : GZ_ERROR_SETTINGS, "%s", setting);
            if (!available)
                cr_assert_not_null(
                    strstr(gz_context_message(context), "this version does not have; it has: "));
            gz_deck_destroy(deck);
        }
    }
}

Test(deck_errors, every_key_of_the_schema_refuses_a_group_and_says_what_is_allowed) {
    const gz_key *tables[] = {gz_deck_keys, gz_component_keys};
    const char *above[] = {"", "initial.0."};
    gz_deck *full = NULL;
    cr_assert_eq(load(deck_full, 0, NULL, &full), GZ_OK);
    for (int t = 0; t < 2; t++)
        for (const gz_key *key = tables[t]; key->path; key++) {
            char setting[200], allowed[300];
            snprintf(setting, sizeof setting, "%s%s={z: 1}", above[t], key->path);
            const bool used =
                t == 0 ? gz_key_used(key, full, NULL) : gz_key_used(key, full, &full->components[0]);
            gz_key_allowed(key, allowed, sizeof allowed);
            if (used)
                refuse(deck_full, setting, GZ_ERROR_SETTINGS, (const char *const[3]){key->path, allowed});
            cr_assert(key->help && *key->help);
        }
    gz_deck_destroy(full);
}

Test(deck_errors, files_that_are_no_decks) {
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
Test(deck_errors, damaged_decks_are_read_or_refused) {
    const size_t length = strlen(deck_full);
    char *text = malloc(length + 1);
    size_t refused = 0;
    for (size_t i = 0; i < 3 * length; i++) {
        memcpy(text, deck_full, length + 1);
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

Test(deck_errors, a_failing_allocation_anywhere_is_reported) {
    const char *fine[] = {"model.kappa.shape=dirac", "initial.0={shape: file, path: x.h5}"};
    const char *unknown[] = {"model.kappa.shape=dirac", "a.b=1"};
    const char *const *settings[] = {fine, unknown};
    for (int t = 0; t < 2; t++) {
        gz_status status = GZ_ERROR_MEMORY;
        size_t n = 0;
        while (status == GZ_ERROR_MEMORY) {
            gz_deck *deck = NULL;
            gz_context_fail_allocation(context, ++n);
            status = load(deck_full, 2, settings[t], &deck);
            gz_context_fail_allocation(context, 0);
            cr_assert_eq(deck == NULL, status != GZ_OK);
            gz_deck_destroy(deck);
        }
        cr_assert_eq(status, t == 0 ? GZ_OK : GZ_ERROR_SETTINGS);
        cr_assert_gt(n, 50);
    }
}

Test(deck_errors, suggestions) {
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

/* Forces and fields: what the grid, the boundary or the scheme cannot have; at last what has no effect. */
Test(deck_errors, forces_and_fields) {
    static const char TORUS[] =
        "model:\n  space_dim: 1\n  FORCE\ngrid: {x: {cells: 8}, v: {nodes: 17, half_width: 5}}\n"
        "time: {dt: 1, end: 1}\ninitial: [{}]\n";
    const wrong cases[] = {
        {"force: {shape: wave}",
         NULL,
         {"case.yaml:3: model.force.shape", "none, uniform, cosine, harmonic or table"}},
        {"force: {shape: uniform}",
         NULL,
         {"model.force.strength is missing", "list with one for each v axis"}},
        {"force: {shape: uniform, strength: [1]}", NULL, {"model.force.strength"}},
        {"force: {shape: harmonic, strength: 1}",
         NULL,
         {"case.yaml:3: model.force.shape", "use cosine", "box"}},
        {"force: {shape: harmonic, strength: -1}",
         "grid.x.boundary=box",
         {"model.force.strength is -1", "0 or more"}},
        {"force: {shape: cosine, strength: 1, mode: 1}",
         "model.space_dim=0",
         {"model.space_dim is 0", "uniform"}},
        {"force: {shape: cosine, strength: 1, mode: 0}", NULL, {"case.yaml:3: model.force.mode is zero"}},
        {"force: {shape: cosine, strength: 1}", NULL, {"model.force.mode is missing"}},
        {"force: {shape: table}", NULL, {"model.force.path is missing"}},
        {"force: {shape: cosine, strength: 1, mode: 0.5}", NULL, {"model.force.mode", "whole number"}},
        {"field: {shape: maxwell}", NULL, {"model.field.shape", "none, poisson, ampere or convolution"}},
        {"field: {shape: poisson}",
         "model.space_dim=0",
         {"case.yaml:3: model.field.shape is poisson", "model.space_dim is 0"}},
        {"field: {shape: ampere}", "grid.x.boundary=box", {"model.field.shape is ampere", "convolution"}},
        {"field: {shape: poisson, strength: 0}",
         NULL,
         {"case.yaml:3: model.field.strength is 0", "any other number"}},
        {"field: {shape: poisson, strength: .inf}", NULL, {"model.field.strength"}},
        {"field: {shape: convolution}", NULL, {"kink", "model.field.path"}},
        {"field: {shape: ampere}",
         "time.scheme=zero_defect4",
         {"time.scheme is zero_defect4", "use zero_defect"}},
        {"force: {shape: uniform, strength: 1}", "time.scheme=zero_defect4", {"use zero_defect"}},
        {"field: {shape: poisson, path: a}", NULL, {NULL, "model.field.path"}},
        {"field: {shape: ampere}", "model.transport=false", {NULL, "model.field.shape"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[400];
        const char *place = strstr(TORUS, "FORCE");
        snprintf(text, sizeof text, "%.*s%s%s", (int)(place - TORUS), TORUS, cases[i].text,
                 place + strlen("FORCE"));
        if (cases[i].says[0]) {
            refuse(text, cases[i].setting, GZ_ERROR_SETTINGS, cases[i].says);
            continue;
        }
        gz_deck *deck = NULL;
        cr_assert_eq(load(text, cases[i].setting ? 1 : 0, &cases[i].setting, &deck), GZ_OK, "%s",
                     gz_context_message(context));
        cr_expect_not_null(strstr(deck->notes, cases[i].says[1]), "%s", deck->notes);
        gz_deck_destroy(deck);
    }
}
