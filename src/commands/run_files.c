/* Run files: opening and writing of the files of a run. */
#include "run_files.h"

#include "checkpoint.h"
#include "clock.h"
#include "files.h"
#include "plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* --- opening -------------------------------------------------------------------------------------------- */

static bool is_same_file(const char *a, const char *b) {
    struct stat about_a, about_b;
    return stat(a, &about_a) == 0 && stat(b, &about_b) == 0 && about_a.st_dev == about_b.st_dev &&
           about_a.st_ino == about_b.st_ino;
}

/* The user's own deck in the folder stays as it is. */
static gz_status write_deck(const gz_run_files *files) {
    char *path = NULL;
    GZ_TRY(gz_path_join(files->context, gz_run_place_end(files->place), "deck.yaml", &path));
    const bool is_own = is_same_file(path, files->place->deck);
    gz_release(path);
    if (is_own) return GZ_OK;
    GZ_TRY(gz_path_join(files->context, files->directory, "deck.yaml", &path));
    const gz_status status = gz_file_write(files->context, path, files->deck_text, strlen(files->deck_text));
    gz_release(path);
    return status;
}

gz_ledger_settings gz_run_ledger_settings(const gz_simulation *s) {
    return (gz_ledger_settings){.velocity_dim = s->grid->velocity_dim,
                                .error = s->has_exact,
                                .equilibrium = true,
                                .fisher = s->deck->output_fisher,
                                .certificate = s->certifier != NULL,
                                .forces = gz_problem_has_kicks(&s->deck->problem),
                                .walls = gz_simulation_has_walls(s),
                                .species_count = s->grid->mixture ? s->grid->species_count : 0,
                                .species = s->grid->species,
                                .theta = strcmp(s->deck->integrator.scheme, "zero_defect4") == 0 ||
                                         s->deck->integrator.zero_defect,
                                .control = s->control != NULL,
                                .bath_temperature = gz_simulation_bath_temperature(s)};
}

static gz_status open_ledger(gz_run_files *files, const gz_simulation *s, const char *seal) {
    const gz_ledger_settings settings = gz_run_ledger_settings(s);
    char *path = NULL;
    GZ_TRY(gz_path_join(files->context, files->directory, "history.csv", &path));
    const gz_status status =
        seal ? gz_ledger_resume(files->context, &settings, path, s->state.step, seal, &files->ledger)
             : gz_ledger_create(files->context, &settings, path, &files->ledger);
    gz_release(path);
    return status;
}

gz_result_settings gz_run_result_settings(const gz_simulation *s, const char *deck_text, const char *run) {
    return (gz_result_settings){.title = s->deck->title,
                                .deck = deck_text,
                                .run = run,
                                .sparse = !s->deck->output_density,
                                .field = s->field,
                                .collision = s->collision};
}

static gz_status open_result(gz_run_files *files, const gz_simulation *s, bool resume) {
    const gz_result_settings settings = gz_run_result_settings(s, files->deck_text, files->run);
    if (!resume)
        return gz_result_create(files->context, s->grid, &settings, files->directory, &files->result);
    /* An interrupted run has stored the state it stopped at. Keep only what an unbroken run would have. */
    const long step = s->state.step;
    GZ_TRY(gz_result_resume(files->context, s->grid, &settings, files->directory, step - 1, &files->result));
    const bool due = step == 0 || gz_schedule_stores(&s->schedule, step, s->deck->output_every);
    return due ? gz_run_files_store(files, s) : GZ_OK;
}

/* Refuse what cannot be continued before anything changes. The ledger is opened last, which cuts it. */
static gz_status check_to_resume(gz_run_files *files, const gz_simulation *s, const char *seal) {
    const gz_result_settings settings = gz_run_result_settings(s, files->deck_text, files->run);
    GZ_TRY(gz_result_check(files->context, s->grid, &settings, files->directory));
    return open_ledger(files, s, seal);
}

/* What the first rank sees is what the checkpoint says. */
static gz_status make_texts(gz_run_files *files, const gz_deck *deck) {
    GZ_TRY(gz_deck_text(files->context, deck, &files->deck_text));
    GZ_TRY(gz_plans_text(files->context, &files->plans));
    return gz_deck_inputs(files->context, deck, &files->inputs);
}

/* Begin with empty files. deck.yaml comes last: whatever ends the run before, there is no deck.yaml without a history. */
static gz_status begin(gz_run_files *files, const gz_simulation *s) {
    gz_run_name(s->grid->ranks, files->run);
    GZ_TRY(GZ_ONCE(files->context, gz_run_place_clear(files->context, files->place)));
    GZ_TRY(open_ledger(files, s, NULL));
    GZ_TRY(open_result(files, s, false));
    return GZ_ONCE(files->context, write_deck(files));
}

static gz_status go_on(gz_run_files *files, const gz_simulation *s, const gz_checkpoint_texts *texts) {
    snprintf(files->run, GZ_RUN_NAME, "%s", texts->run);
    GZ_TRY(check_to_resume(files, s, texts->history));
    GZ_TRY(GZ_ONCE(files->context, gz_folder_remove(files->context, files->directory, "report.txt")));
    GZ_TRY(GZ_ONCE(files->context, write_deck(files)));
    return open_result(files, s, true);
}

gz_status gz_run_files_open(gz_simulation *s, gz_run_place *place, const gz_checkpoint_texts *texts,
                            gz_run_files *files) {
    *files =
        (gz_run_files){.context = s->context, .place = place, .directory = place->directory, .stored = -1};
    files->checkpoint_clock = gz_seconds_now();
    GZ_TRY(GZ_ONCE(s->context, make_texts(files, s->deck)));
    GZ_TRY(gz_run_place_take(s->context, place));
    return place->resume ? go_on(files, s, texts) : begin(files, s);
}

/* --- writing -------------------------------------------------------------------------------------------- */

gz_status gz_run_files_store(gz_run_files *files, const gz_simulation *s) {
    if (files->stored == s->state.step) return GZ_OK;
    if (s->field) gz_integrator_field(s->integrator, &s->state, s->field);
    GZ_TRY(gz_result_append(files->result, &s->state));
    files->stored = s->state.step;
    return GZ_OK;
}

gz_status gz_run_files_checkpoint(gz_run_files *files, gz_simulation *s, gz_summary *summary, double pause) {
    const double now = gz_seconds_now();
    if (!gz_ranks_any(s->grid->ranks, now - files->checkpoint_clock >= pause)) return GZ_OK;
    files->checkpoint_clock = now;
    GZ_TRY(gz_ledger_sync(files->ledger));
    char seal[GZ_SEAL];
    const gz_checkpoint_texts texts = {.deck = files->deck_text,
                                       .plans = files->plans,
                                       .run = files->run,
                                       .history = gz_ledger_seal(files->ledger, seal),
                                       .inputs = files->inputs};
    gz_memory_block blocks[GZ_RUN_BLOCKS];
    const size_t count = gz_run_blocks(s, summary, blocks);
    gz_summary_keep(summary);
    GZ_TRY(gz_checkpoint_write(files->context, s->grid, files->directory, &texts, &s->state, count, blocks));
    files->checkpoint_seconds = gz_seconds_now() - now;
    return GZ_OK;
}

static gz_status read_history(gz_run_files *files, gz_history **history) {
    char *path = NULL;
    GZ_TRY(gz_agree(files->context, gz_path_join(files->context, files->directory, "history.csv", &path)));
    const gz_status status = gz_history_read_shared(files->context, path, history);
    gz_release(path);
    return status;
}

gz_status gz_run_files_replay(gz_run_files *files, const gz_simulation *s, gz_summary *summary) {
    gz_history *history = NULL;
    GZ_TRY(read_history(files, &history));
    for (size_t i = 0; i < history->row_count; i++) {
        gz_ledger_row row;
        gz_ledger_totals totals;
        gz_ledger_read(files->ledger, history, i, &row, &totals);
        if (i == 0)
            gz_summary_start(summary, &row);
        else
            gz_summary_add(summary, &row, &totals);
    }
    gz_history_destroy(history);
    gz_summary_resume(summary, &s->state);
    return GZ_OK;
}

static gz_status write_report(gz_run_files *files, const gz_simulation *s, const gz_summary *summary,
                              const gz_report *report) {
    char *text = NULL, *path = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return gz_fail(files->context, GZ_ERROR_MEMORY, "out of memory");
    gz_report_write(out, report, summary, s);
    gz_status status = fclose(out) == 0 ? GZ_OK : gz_fail(files->context, GZ_ERROR_MEMORY, "out of memory");
    if (status == GZ_OK) status = gz_path_join(files->context, files->directory, "report.txt", &path);
    if (status == GZ_OK) status = gz_file_write(files->context, path, text, length);
    gz_release(path);
    free(text);
    return status;
}

static gz_status read_relaxation(gz_run_files *files, gz_summary *summary) {
    gz_history *history = NULL;
    gz_status status = read_history(files, &history);
    if (status == GZ_OK)
        status =
            gz_relaxation_of(files->context, history, summary->initial.moments.mass, &summary->relaxation);
    gz_history_destroy(history);
    return gz_agree(files->context, status);
}

gz_status gz_run_files_finish(gz_run_files *files, const gz_simulation *s, gz_summary *summary,
                              const gz_report *report) {
    GZ_TRY(gz_result_finish(files->result));
    GZ_TRY(read_relaxation(files, summary));
    return GZ_ONCE(files->context, write_report(files, s, summary, report));
}

void gz_run_files_close(gz_run_files *files) {
    gz_release(files->deck_text);
    gz_release(files->plans);
    free(files->inputs);
    gz_ledger_destroy(files->ledger);
    gz_result_destroy(files->result);
    *files = (gz_run_files){0};
}
