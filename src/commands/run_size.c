/* Run size: each writer says what its files take; here they are added up. */
#include "run_size.h"

#include "checkpoint.h"
#include "excerpt.h"
#include "files.h"
#include "plans.h"
#include "result_xdmf.h"
#include "run_files.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

static const double REPORT = 4e3; /* bytes of report.txt */

/* The steps that are ahead, and the states that will be stored at their ends. */
static void count(const gz_simulation *s, bool resume, double *steps, double *states) {
    const double every = s->deck->output_every;
    gz_schedule ahead = s->schedule;
    if (resume) ahead = gz_schedule_make(s->state.time, s->state.step, s->deck->end, s->schedule.dt);
    *steps = (double)(ahead.last - ahead.first);
    *states = (resume ? 0 : 1) +
              (double)(s->control ? gz_schedule_met(&ahead, every) : gz_schedule_stored(&ahead, every));
}

/* The size of a file that the run goes on with, 0 if there is none; of result.h5 also its states. */
static gz_status look_at(gz_context *context, const gz_run_place *place, const char *name, double *size,
                         size_t *states) {
    char *path = NULL;
    struct stat about;
    *size = 0;
    if (!place || !place->resume) return GZ_OK;
    GZ_TRY(gz_path_join(context, place->directory, name, &path));
    if (stat(path, &about) == 0) *size = (double)about.st_size;
    const gz_status status = states ? gz_result_states(context, path, states) : GZ_OK;
    gz_release(path);
    return status;
}

static gz_status size_result(gz_simulation *s, const gz_run_place *place, const char *deck_text,
                             gz_run_size *size) {
    const char run[GZ_RUN_NAME] = "";
    const gz_result_settings settings = gz_run_result_settings(s, deck_text, run);
    double old;
    size_t there = 0;
    GZ_TRY(look_at(s->context, place, "result.h5", &old, &there));
    GZ_TRY(gz_result_size(s->context, s->grid, &settings, (double)there + size->states, &size->result));
    size->result = fmax(size->result, old);
    size->needed += 2 * size->result - old;
    return GZ_OK;
}

static gz_status size_checkpoint(gz_simulation *s, const char *deck_text, const char *plans, bool resume,
                                 gz_run_size *size) {
    gz_summary summary = gz_summary_begin(0);
    gz_memory_block blocks[GZ_RUN_BLOCKS];
    const size_t block_count = gz_run_blocks(s, &summary, blocks);
    const gz_checkpoint_texts texts = {.deck = deck_text, .plans = plans};
    GZ_TRY(
        gz_checkpoint_size(s->context, s->grid, &texts, &s->state, block_count, blocks, &size->checkpoint));
    size->needed += (resume ? 1 : 3) * size->checkpoint;
    return GZ_OK;
}

static gz_status size_all(gz_simulation *s, const gz_run_place *place, const char *deck_text,
                          const char *plans, gz_run_size *size) {
    const bool resume = place && place->resume;
    const gz_ledger_settings ledger = gz_run_ledger_settings(s);
    double steps, old;
    count(s, resume, &steps, &size->states);
    GZ_TRY(size_result(s, place, deck_text, size));
    GZ_TRY(size_checkpoint(s, deck_text, plans, resume, size));
    GZ_TRY(look_at(s->context, place, "history.csv", &old, NULL));
    size->history = gz_ledger_size(&ledger, steps + (resume ? 0 : 1));
    GZ_TRY(gz_result_xdmf_size(s->context, s->grid, s->deck->output_density, size->states, &size->rest));
    size->rest += (double)strlen(deck_text) + REPORT;
    size->needed += size->history + size->rest;
    size->history += old;
    size->all = size->result + 2 * size->checkpoint + size->history + size->rest;
    return GZ_OK;
}

static gz_status size_files(gz_simulation *s, const gz_run_place *place, gz_run_size *size) {
    char *deck_text = NULL, *plans = NULL;
    gz_status status = gz_deck_text(s->context, s->deck, &deck_text);
    if (status == GZ_OK) status = gz_plans_text(s->context, &plans);
    if (status == GZ_OK) status = size_all(s, place, deck_text, plans, size);
    gz_release(plans);
    gz_release(deck_text);
    return status;
}

gz_status gz_run_size_of(gz_simulation *s, const gz_run_place *place, gz_run_size *size) {
    *size = (gz_run_size){0};
    return GZ_ONCE(s->context, size_files(s, place, size));
}

static void print_bytes(char text[32], double bytes) {
    static const char *const NAMES[] = {"MB", "GB", "TB"};
    int unit = 0;
    for (bytes /= 1e6; bytes >= 1e3 && unit < 2; unit++) bytes /= 1e3;
    snprintf(text, 32, "%.4g %s", bytes, NAMES[unit]);
}

void gz_run_size_print(const gz_run_size *size) {
    char all[32], needed[32], result[32], history[32], checkpoint[32];
    print_bytes(all, size->all);
    print_bytes(needed, size->needed);
    print_bytes(result, size->result);
    print_bytes(history, size->history);
    print_bytes(checkpoint, 2 * size->checkpoint);
    printf("%s in all (result.h5 %s, two checkpoints %s, history.csv %s), %s more while it runs", all, result,
           checkpoint, history, needed);
}

/* The bytes that are free where the place is; INFINITY if the system does not say. */
static double free_bytes(gz_context *context, const gz_run_place *place) {
    struct statvfs about;
    char *path = NULL;
    if (gz_path_join(context, place->folder.path, "", &path) != GZ_OK) return INFINITY;
    bool known = statvfs(path, &about) == 0;
    for (char *slash; !known && (slash = strrchr(path, '/'));) { /* the nearest folder above that exists */
        slash[slash == path] = 0;
        known = statvfs(path, &about) == 0;
        if (slash == path) break;
    }
    if (!known) known = statvfs(".", &about) == 0;
    gz_release(path);
    return known ? (double)about.f_bavail * (double)about.f_frsize : INFINITY;
}

static gz_status compare(gz_context *context, const gz_run_size *size, const gz_run_place *place,
                         bool at_most, char *warning) {
    const double available = free_bytes(context, place);
    char shown[GZ_SHOWN_PATH], needed[32], there[32];
    if (size->needed <= available) return GZ_OK;
    print_bytes(needed, size->needed);
    print_bytes(there, available);
    const gz_status status = gz_fail(
        context, GZ_ERROR_FILES,
        "the files of this run would take %s%s more, and %s are free where '%s' is; take a larger "
        "output.every, output.density: false or output.grazing_rate: false, or another disk with --out",
        at_most ? "up to " : "", needed, there, gz_excerpt(place->folder.path, sizeof shown, shown));
    if (!at_most) return status;
    snprintf(warning, GZ_LONGEST_MESSAGE, "%s", gz_context_message(context));
    return GZ_OK;
}

gz_status gz_run_size_check(gz_simulation *s, const gz_run_place *place, bool at_most, char *warning) {
    gz_run_size size;
    warning[0] = 0;
    GZ_TRY(gz_run_size_of(s, place, &size));
    return GZ_ONCE(s->context, compare(s->context, &size, place, at_most, warning));
}
