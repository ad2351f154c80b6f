/* Fuzzer of the deck: the input bytes are its text, and after a zero byte the settings `path=value`.
 *
 * A deck that is refused says why in one line. A deck that is accepted is written back; reading this text
 * gives the same text again. If its grid is small, its initial state is made, or refused.
 */
#include "deck.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SETTINGS = 8, SMALL = 4096, LONGEST = 1 << 14 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool truth) {
    if (!truth) abort();
}

static void check_message(const gz_context *context) {
    const char *message = gz_context_message(context);
    demand(message[0] != 0 && !strchr(message, '\n'));
}

static double node_count(const gz_phase_grid_settings *grid) {
    double count = pow((double)grid->nodes, grid->velocity_dim);
    for (int a = 0; a < grid->space_dim; a++) count *= (double)grid->cells[a];
    return count;
}

static void make_state(gz_context *context, const gz_deck *deck) {
    gz_phase_grid *grid = NULL;
    gz_state state = {0};
    gz_status status = gz_phase_grid_create(context, &deck->problem.grid, &grid);
    if (status == GZ_OK) status = gz_state_init(context, grid, &state);
    if (status == GZ_OK)
        status = gz_initial_state(context, grid, &deck->problem.kernel, deck->component_count,
                                  deck->components, &state);
    if (status == GZ_OK)
        for (size_t i = 0; i < grid->size; i++) demand(state.f[i] > 0 && isfinite(state.log_f[i]));
    else
        check_message(context);
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
}

static void write_back(gz_context *context, const gz_deck *deck) {
    char *text = NULL, *again_text = NULL;
    gz_deck *again = NULL;
    demand(gz_deck_text(context, deck, &text) == GZ_OK);
    demand(gz_deck_parse(context, "again", text, strlen(text), 0, NULL, &again) == GZ_OK);
    demand(gz_deck_text(context, again, &again_text) == GZ_OK);
    demand(strcmp(text, again_text) == 0);
    gz_deck_destroy(again);
    gz_release(text);
    gz_release(again_text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size > LONGEST) return 0;
    char *words = malloc(size + 1);
    const char *settings[SETTINGS];
    size_t count = 0;
    gz_context *context = NULL;
    gz_deck *deck = NULL;
    if (!words || gz_context_create(1, &context) != GZ_OK) abort();
    memcpy(words, data, size);
    words[size] = 0;
    const size_t length = strlen(words);
    for (size_t at = length; at < size && count < SETTINGS; at += strlen(words + at))
        settings[count++] = words + ++at;
    const gz_status status = gz_deck_parse(context, "deck.yaml", words, length, count, settings, &deck);
    if (status == GZ_OK) {
        write_back(context, deck);
        if (node_count(&deck->problem.grid) <= SMALL) make_state(context, deck);
    } else {
        demand(deck == NULL);
        check_message(context);
    }
    gz_deck_destroy(deck);
    gz_context_destroy(context);
    free(words);
    return 0;
}
