/* Run restart: compares decks and sums, then reads the state. */
#include "run_restart.h"

#include "checksum.h"
#include "clock.h"
#include "deck.h"
#include "excerpt.h"
#include "files.h"
#include "plans.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

void gz_run_name(const gz_ranks *ranks, char name[GZ_RUN_NAME]) {
    uint64_t bits[2];
    if (getrandom(bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits) {
        const double now[] = {gz_seconds_now(), (double)getpid()};
        bits[0] = gz_checksum_add_bytes(GZ_CHECKSUM_OF_NO_BYTES, now, sizeof now);
        bits[1] = gz_checksum_add_bytes(bits[0], now, sizeof now);
    }
    snprintf(name, GZ_RUN_NAME, "%016" PRIx64 "%016" PRIx64, bits[0], bits[1]);
    gz_ranks_broadcast(ranks, 0, GZ_RUN_NAME, name);
}

size_t gz_run_blocks(gz_simulation *s, gz_summary *summary, gz_memory_block blocks[GZ_RUN_BLOCKS]) {
    const size_t count = gz_simulation_memory(s, blocks);
    blocks[count] = gz_summary_tally(summary);
    return count + 1;
}

gz_status gz_run_recall(gz_context *context, const gz_run_place *place, gz_checkpoint_texts *texts) {
    char *known = NULL;
    GZ_TRY(gz_agree(context, gz_plans_text(context, &known)));
    gz_status status = gz_checkpoint_read_texts(context, place->directory, texts);
    if (status == GZ_ERROR_FILES)
        status = gz_fail(context, status, "%s; --overwrite starts at t = 0, or another --out",
                         gz_context_message(context));
    if (status == GZ_OK) {
        gz_plans_forget();
        if (!gz_plans_learn(texts->plans)) gz_plans_learn(known);
    }
    gz_release(known);
    return status;
}

static gz_status check_same_run(gz_context *context, const gz_deck *deck, const gz_run_place *place,
                                const gz_checkpoint_texts *texts) {
    char shown[GZ_SHOWN_PATH], name[GZ_SHOWN_PATH + 20];
    snprintf(name, sizeof name, "the checkpoint in '%s'", gz_excerpt(place->directory, sizeof shown, shown));
    GZ_TRY(gz_deck_check_same_problem(
        context, deck, name, texts->deck,
        "a restart may change title, time, solver, output and grid.unresolved only"));
    return gz_deck_check_inputs(context, deck, name, texts->inputs);
}

/* A run that has come to its end has a report. Without one it was killed just before, and only has to write it. */
static gz_status check_unfinished(gz_simulation *s, const gz_run_place *place) {
    static const char *const REPORT[] = {"report.txt", NULL};
    char shown[GZ_SHOWN_PATH];
    const double time = s->state.time, end = s->deck->end;
    const bool ended = !place->replaces && gz_folder_first(place->directory, REPORT);
    if (time < end || (time == end && !ended)) return GZ_OK;
    return gz_fail(
        s->context, GZ_ERROR_SETTINGS,
        "the run in '%s' has come to t = %.10g, and time.end is %.10g: it is finished; a larger time.end "
        "goes on with it",
        gz_excerpt(place->directory, sizeof shown, shown), time, end);
}

gz_status gz_run_restore(gz_simulation *s, gz_summary *summary, const gz_run_place *place,
                         const gz_checkpoint_texts *texts, bool *older) {
    gz_memory_block blocks[GZ_RUN_BLOCKS];
    const size_t count = gz_run_blocks(s, summary, blocks);
    GZ_TRY(GZ_ONCE(s->context, check_same_run(s->context, s->deck, place, texts)));
    GZ_TRY(gz_checkpoint_read(s->context, s->grid, place->directory, &s->state, count, blocks, older));
    gz_simulation_continue(s);
    return GZ_ONCE(s->context, check_unfinished(s, place));
}
