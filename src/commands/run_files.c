/* Run files: restart, opening and writing of the files in a run's folder. */
#include "run_files.h"

#include "checkpoint.h"
#include "clock.h"
#include "files.h"
#include "folder.h"
#include "plans.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_BLOCKS = GZ_SIMULATION_BLOCKS + 1 };

/* --- restart -------------------------------------------------------------------------------------------- */

static gz_status check_same_problem(gz_context *context, const gz_deck *deck, const char *directory) {
    char *path = NULL, *before = NULL;
    gz_status status = gz_path_join(context, directory, "deck.yaml", &path);
    if (status == GZ_OK) status = gz_file_read(context, path, &before, NULL);
    if (status == GZ_OK)
        status = gz_deck_check_same_problem(context, deck, path, before,
                                            "a restart may change title, time, solver, output and "
                                            "grid.unresolved only");
    gz_release(path);
    gz_release(before);
    return gz_agree(context, status);
}

static gz_status has_checkpoint(gz_context *context, const char *directory, bool *found) {
    static const char *const NAMES[] = {"checkpoint.h5", "checkpoint.older.h5"};
    *found = false;
    for (size_t i = 0; i < 2 && !*found; i++) {
        char *path = NULL;
        GZ_TRY(gz_path_join(context, directory, NAMES[i], &path));
        *found = access(path, F_OK) == 0;
        gz_release(path);
    }
    return GZ_OK;
}

gz_status gz_run_files_recall_plans(gz_context *context, const char *directory) {
    bool found = false;
    char *plans = NULL, *known = NULL;
    GZ_TRY(has_checkpoint(context, directory, &found));
    if (!found) return GZ_OK;
    GZ_TRY(gz_plans_text(context, &known));
    gz_status status = gz_checkpoint_read_plans(context, directory, &plans);
    if (status == GZ_OK) {
        gz_plans_forget();
        if (!gz_plans_learn(plans)) gz_plans_learn(known);
    }
    gz_release(plans);
    gz_release(known);
    return status == GZ_ERROR_MEMORY ? status
                                     : GZ_OK; /* gz_run_files_restore will complain of a damaged one */
}

/* What a checkpoint keeps beside the state: the memory of the simulation, and the tally of the summary. */
static size_t list_blocks(gz_simulation *s, gz_summary *summary, gz_memory_block blocks[MOST_BLOCKS]) {
    const size_t count = gz_simulation_memory(s, blocks);
    blocks[count] = gz_summary_tally(summary);
    return count + 1;
}

gz_status gz_run_files_restore(gz_simulation *s, gz_summary *summary, const char *directory, bool *found,
                               bool *older) {
    gz_memory_block blocks[MOST_BLOCKS];
    *older = false;
    GZ_TRY(gz_agree(s->context, has_checkpoint(s->context, directory, found)));
    *found = gz_ranks_all(s->grid->ranks, *found);
    if (!*found) return GZ_OK;
    const size_t count = list_blocks(s, summary, blocks);
    GZ_TRY(check_same_problem(s->context, s->deck, directory));
    GZ_TRY(gz_checkpoint_read(s->context, s->grid, directory, &s->state, count, blocks, older));
    gz_simulation_continue(s);
    return GZ_OK;
}

/* --- opening -------------------------------------------------------------------------------------------- */

static gz_status remove_file(gz_context *context, const char *directory, const char *name) {
    char *path = NULL;
    GZ_TRY(gz_path_join(context, directory, name, &path));
    const int error = unlink(path) == 0 || errno == ENOENT ? 0 : errno;
    const gz_status status = error ? gz_fail_file(context, "remove", path, error) : GZ_OK;
    gz_release(path);
    return status;
}

static bool is_same_file(const char *a, const char *b) {
    struct stat about_a, about_b;
    return stat(a, &about_a) == 0 && stat(b, &about_b) == 0 && about_a.st_dev == about_b.st_dev &&
           about_a.st_ino == about_b.st_ino;
}

static gz_status write_deck(gz_run_files *files, const char *deck_file) {
    char *path = NULL;
    GZ_TRY(gz_path_join(files->context, files->directory, "deck.yaml", &path));
    gz_status status = GZ_OK;
    if (!is_same_file(path, deck_file))
        status = gz_file_write(files->context, path, files->deck_text, strlen(files->deck_text));
    gz_release(path);
    return status;
}

static gz_status open_ledger(gz_run_files *files, const gz_simulation *s, bool resume) {
    const gz_ledger_settings settings = {.velocity_dim = s->grid->velocity_dim,
                                         .error = s->has_exact,
                                         .equilibrium = true,
                                         .fisher = s->deck->output_fisher,
                                         .certificate = s->certifier != NULL,
                                         .walls = gz_simulation_has_walls(s),
                                         .control = s->control != NULL};
    char *path = NULL;
    GZ_TRY(gz_path_join(files->context, files->directory, "history.csv", &path));
    const gz_status status =
        resume ? gz_ledger_resume(files->context, &settings, path, s->state.step, &files->ledger)
               : gz_ledger_create(files->context, &settings, path, &files->ledger);
    gz_release(path);
    return status;
}

static gz_result_settings result_settings(const gz_run_files *files, const gz_simulation *s) {
    return (gz_result_settings){.title = s->deck->title,
                                .deck = files->deck_text,
                                .sparse = !s->deck->output_density,
                                .collision = s->collision};
}

static gz_status open_result(gz_run_files *files, const gz_simulation *s, bool resume) {
    const gz_result_settings settings = result_settings(files, s);
    if (!resume)
        return gz_result_create(files->context, s->grid, &settings, files->directory, &files->result);
    /* An interrupted run has stored the state it stopped at. Keep only what an unbroken run would have. */
    const long step = s->state.step;
    GZ_TRY(gz_result_resume(files->context, s->grid, &settings, files->directory, step - 1, &files->result));
    const bool due = step == 0 || gz_schedule_stores(&s->schedule, step, s->deck->output_every);
    return due ? gz_run_files_store(files, s) : GZ_OK;
}

static gz_status claim(gz_run_files *files, bool make) {
    GZ_TRY(gz_folder_claim(files->context, files->directory, make, &files->claim));
    files->claimed = true;
    return GZ_OK;
}

/* Refuse what cannot be continued before anything changes. The ledger is opened last, which cuts it. */
static gz_status check_to_resume(gz_run_files *files, const gz_simulation *s) {
    const gz_result_settings settings = result_settings(files, s);
    GZ_TRY(gz_result_check(files->context, s->grid, &settings, files->directory));
    return open_ledger(files, s, true);
}

gz_status gz_run_files_open(gz_simulation *s, const char *directory, const char *deck_file, bool resume,
                            gz_run_files *files) {
    static const char *const OF_AN_OLDER_RUN[] = {"report.txt", "checkpoint.h5", "checkpoint.older.h5"};
    *files = (gz_run_files){.context = s->context, .directory = directory, .stored = -1};
    files->checkpoint_clock = gz_seconds_now();
    GZ_TRY(gz_agree(s->context, gz_deck_text(s->context, s->deck, &files->deck_text)));
    GZ_TRY(gz_agree(s->context, gz_plans_text(s->context, &files->plans)));
    GZ_TRY(GZ_ONCE(s->context, gz_folder_make(s->context, directory)));
    GZ_TRY(GZ_ONCE(s->context, claim(files, !resume)));
    if (resume) GZ_TRY(check_to_resume(files, s));
    for (size_t i = 0; i < (resume ? 1 : 3); i++)
        GZ_TRY(GZ_ONCE(s->context, remove_file(s->context, directory, OF_AN_OLDER_RUN[i])));
    GZ_TRY(GZ_ONCE(s->context, write_deck(files, deck_file)));
    if (!resume) GZ_TRY(open_ledger(files, s, false));
    return open_result(files, s, resume);
}

/* --- writing -------------------------------------------------------------------------------------------- */

gz_status gz_run_files_store(gz_run_files *files, const gz_simulation *s) {
    if (files->stored == s->state.step) return GZ_OK;
    GZ_TRY(gz_result_append(files->result, &s->state));
    files->stored = s->state.step;
    return GZ_OK;
}

gz_status gz_run_files_checkpoint(gz_run_files *files, gz_simulation *s, gz_summary *summary, double pause) {
    const double now = gz_seconds_now();
    if (!gz_ranks_any(s->grid->ranks, now - files->checkpoint_clock >= pause)) return GZ_OK;
    files->checkpoint_clock = now;
    GZ_TRY(gz_ledger_sync(files->ledger));
    const gz_checkpoint_texts texts = {.deck = files->deck_text, .plans = files->plans};
    gz_memory_block blocks[MOST_BLOCKS];
    const size_t count = list_blocks(s, summary, blocks);
    gz_summary_keep(summary);
    GZ_TRY(gz_checkpoint_write(files->context, s->grid, files->directory, &texts, &s->state, count, blocks));
    files->checkpoint_seconds = gz_seconds_now() - now;
    return GZ_OK;
}

static gz_status read_history(gz_run_files *files, gz_history **history) {
    char *path = NULL;
    GZ_TRY(gz_path_join(files->context, files->directory, "history.csv", &path));
    const gz_status status = gz_history_read(files->context, path, history);
    gz_release(path);
    return status;
}

gz_status gz_run_files_replay(gz_run_files *files, const gz_simulation *s, gz_summary *summary) {
    gz_history *history = NULL;
    GZ_TRY(gz_agree(files->context, read_history(files, &history)));
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
    return status;
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
    gz_ledger_destroy(files->ledger);
    gz_result_destroy(files->result);
    if (files->claimed && files->claim >= 0) close(files->claim);
    *files = (gz_run_files){0};
}
