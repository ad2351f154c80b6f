/* A program may run in a locale with decimal commas: decks, histories, results and checkpoints are those of any other
 * program, messages too, and the locale is left as it was. Needs a locale of that kind, which localedef makes.
 */
#include "checkpoint.h"
#include "curve_file.h"
#include "datum.h"
#include "deck.h"
#include "ledger.h"
#include "result_file.h"
#include "sample.h"
#include "scratch.h"
#include "simulation.h"

#include <criterion/criterion.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char DECK[] =
    "model: {space_dim: 1, kernel: {gamma: -0.5}, kappa: {shape: exponential, k2: 4.5}}\n"
    "grid: {x: {cells: 3, length: 1.25}, v: {nodes: 9, half_width: 5.5, order: 2}}\n"
    "initial: [{temperature: [1, 0.8], mode: 1, density_wave: 0.3}]\n"
    "time: {dt: 0.125, end: 0.25}\n";

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
}

static void close_all(void) {
    setlocale(LC_ALL, "C");
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(locale, .init = open_all, .fini = close_all);

/* Make a locale with decimal commas. False, with the reason, if that is not possible here. */
static bool make_commas(void) {
    char command[400];
    setenv("LOCPATH", scratch_path(""), 1);
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 '%s' >/dev/null 2>&1",
             scratch_path("de_DE.UTF-8"));
    if (system(command) != -1 && setlocale(LC_ALL, "de_DE.UTF-8")) {
        setlocale(LC_ALL, "C");
        return true;
    }
    printf("skipped: localedef makes no locale de_DE here; apt-get install locales\n");
    fflush(stdout);
    return false;
}

/* Set that locale, for the process or, with that of the process back in place, for this thread. */
static void set_commas(bool for_thread) {
    cr_assert_not_null(setlocale(LC_ALL, "de_DE.UTF-8"));
    if (for_thread) {
        uselocale(duplocale(LC_GLOBAL_LOCALE));
        setlocale(LC_ALL, "C");
    }
    cr_assert_str_eq(localeconv()->decimal_point, ",");
}

/* Everything that the library writes, into the scratch folder. */
static void write_all(void) {
    gz_deck *deck = NULL;
    gz_simulation s;
    gz_ledger *ledger = NULL;
    gz_ledger_row row;
    gz_result_file *result = NULL;
    char *text = NULL;
    static const char *const settings[] = {"time.end=0.375"};
    cr_assert_eq(gz_deck_parse(context, "deck", DECK, strlen(DECK), 1, settings, &deck), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_deck_text(context, deck, &text), GZ_OK);
    scratch_write("deck.yaml", text, strlen(text));
    cr_assert_eq(gz_simulation_init(context, deck, &s), GZ_OK, "%s", gz_context_message(context));
    FILE *out = fopen(scratch_path("datum"), "w");
    gz_datum_write(out, &s, 10);
    gz_deck_print_keys(out);
    fclose(out);
    const gz_ledger_settings columns = {.velocity_dim = 2};
    cr_assert_eq(gz_ledger_create(context, &columns, scratch_path("history.csv"), &ledger), GZ_OK);
    gz_ledger_measure(s.grid, &s.state, &row);
    row.time = 0.5;
    cr_assert_eq(gz_ledger_write(ledger, &row), GZ_OK);
    gz_ledger_destroy(ledger);
    const gz_result_settings what = {.title = "t", .deck = text};
    cr_assert_eq(gz_result_create(context, s.grid, &what, scratch_path(""), &result), GZ_OK);
    s.state.time = 0.5;
    cr_assert_eq(gz_result_append(result, &s.state), GZ_OK);
    cr_assert_eq(gz_result_finish(result), GZ_OK);
    gz_result_destroy(result);
    const gz_checkpoint_texts texts = {.deck = text};
    cr_assert_eq(gz_checkpoint_write(context, s.grid, scratch_path(""), &texts, &s.state, 0, NULL), GZ_OK);
    gz_simulation_free(&s);
    gz_deck_destroy(deck);
    gz_release(text);
}

/* Read everything back. */
static void read_all(void) {
    gz_deck *deck = NULL;
    gz_phase_grid *grid = NULL;
    gz_state state;
    bool older;
    cr_assert_eq(gz_deck_load(context, scratch_path("deck.yaml"), 0, NULL, &deck), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(deck->problem.grid.half_width, 5.5);
    gz_history *history = scratch_history("history.csv");
    cr_assert_eq(gz_history_value(history, 0, "time"), 0.5);
    gz_history_destroy(history);
    cr_assert_eq(gz_phase_grid_create(context, &deck->problem.grid, &grid), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    cr_assert_eq(gz_checkpoint_read(context, grid, scratch_path(""), &state, 0, NULL, &older), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(state.time, 0.5);
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    gz_deck_destroy(deck);
}

static void check_refusal(void) {
    gz_deck *deck = NULL;
    static const char *const settings[] = {"model.kernel.gamma=1.5"};
    cr_assert_eq(gz_deck_parse(context, "deck", DECK, strlen(DECK), 1, settings, &deck), GZ_ERROR_SETTINGS);
    cr_assert_not_null(strstr(gz_context_message(context), "1.5"), "%s", gz_context_message(context));
}

static void check_same(const char *name, const char *want) {
    char *have = scratch_read(name, NULL);
    cr_assert_str_eq(have, want, "%s: %s", name, have);
    free(have);
}

Test(locale, of_the_caller_reaches_no_file) {
    static const char *const NAMES[] = {"deck.yaml", "datum", "history.csv", "result.xmf"};
    char *plain[4];
    write_all();
    read_all();
    for (int k = 0; k < 4; k++) plain[k] = scratch_read(NAMES[k], NULL);
    const bool made = make_commas();
    for (int for_thread = 1; made && for_thread >= 0; for_thread--) {
        set_commas(for_thread);
        read_all(); /* what a program with points has written */
        write_all();
        check_refusal();
        for (int k = 0; k < 4; k++) check_same(NAMES[k], plain[k]);
        read_all();
        cr_assert_str_eq(localeconv()->decimal_point, ",");
        if (for_thread) freelocale(uselocale(LC_GLOBAL_LOCALE));
        if (for_thread) cr_assert_str_eq(localeconv()->decimal_point, ".");
        setlocale(LC_ALL, "C");
        read_all(); /* the checkpoint of the other locale */
    }
    for (int k = 0; k < 4; k++) free(plain[k]);
}
