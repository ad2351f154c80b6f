/* Run place: the first rank looks at the files and decides; the other ranks are told. */
#include "run_place.h"

#include "excerpt.h"
#include "files.h"
#include "history.h"
#include "result_file.h"
#include "run_restart.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The files of a run that it would write over, but for its deck.yaml. */
static const char *const RESULTS[] = {
    "history.csv", "result.h5", "checkpoint.h5", "checkpoint.older.h5", "report.txt", "result.xmf", NULL};
static const char *const CHECKPOINTS[] = {"checkpoint.h5", "checkpoint.older.h5", NULL};
static const char *const OLD_ALONE[] = {"checkpoint.older.h5", "checkpoint.h5.new", ".result.h5.twin",
                                        ".result.h5.former", NULL};
static const char *const DECK[] = {"deck.yaml", NULL};
static const char *const REPLACEMENT[] = {"replacement", NULL}, *const DONE[] = {"replacement.done", NULL};

enum { LONGEST_PATH = 4096 };

/* --- what is there -------------------------------------------------------------------------------------- */

/* What a folder holds, as far as a run would write over it. */
typedef struct content {
    bool any;
    bool begun;     /* steps were taken, or nobody can tell */
    bool has_state; /* a checkpoint */
    char text[120]; /* "a run up to t = 1.65" */
} content;

static bool exists(const char *directory, const char *const *names) {
    return gz_folder_first(directory, names) != NULL;
}

static bool is_same_file(const char *a, const char *b) {
    struct stat about_a, about_b;
    return stat(a, &about_a) == 0 && stat(b, &about_b) == 0 && about_a.st_dev == about_b.st_dev &&
           about_a.st_ino == about_b.st_ino;
}

/* Say how far the history goes. An empty one was left by a run that was killed as it began. */
static gz_status describe_history(gz_context *context, const char *path, content *c) {
    gz_history *history = NULL;
    struct stat about;
    if (stat(path, &about) == 0 && about.st_size == 0) {
        snprintf(c->text, sizeof c->text, "a run without any state");
        return GZ_OK;
    }
    const gz_status status = gz_history_read(context, path, &history);
    if (status == GZ_ERROR_MEMORY) return status;
    const size_t rows = history ? history->row_count : 0;
    const double time = rows > 0 ? gz_history_value(history, rows - 1, "time") : 0;
    if (!history || isnan(time))
        snprintf(c->text, sizeof c->text, "a run whose history.csv cannot be read");
    else if (rows == 0)
        snprintf(c->text, sizeof c->text, "a run without any state");
    else
        snprintf(c->text, sizeof c->text, "a run up to t = %.10g", time);
    c->begun = !history || isnan(time) || rows > 1;
    gz_history_destroy(history);
    return GZ_OK;
}

static gz_status describe_run(gz_context *context, const char *directory, content *c) {
    char *history = NULL, *result = NULL;
    size_t states = 0;
    GZ_TRY(gz_path_join(context, directory, "history.csv", &history));
    gz_status status = gz_path_join(context, directory, "result.h5", &result);
    if (status == GZ_OK && access(history, F_OK) == 0) {
        status = describe_history(context, history, c);
    } else if (status == GZ_OK) {
        snprintf(c->text, sizeof c->text, "%s without a history.csv", gz_folder_first(directory, RESULTS));
        c->begun = true;
    }
    if (status == GZ_OK) {
        const gz_status counted = gz_result_states(context, result, &states);
        c->begun = c->begun || counted != GZ_OK || states > 1;
        if (counted == GZ_ERROR_MEMORY) status = counted;
    }
    gz_release(history);
    gz_release(result);
    return status;
}

static gz_status look(gz_context *context, const char *directory, const char *deck_file, content *c) {
    char *own = NULL;
    *c = (content){.any = exists(directory, RESULTS), .has_state = exists(directory, CHECKPOINTS)};
    if (c->any) return describe_run(context, directory, c);
    GZ_TRY(gz_path_join(context, directory, DECK[0], &own));
    c->any = c->begun = exists(directory, DECK) && !is_same_file(own, deck_file);
    snprintf(c->text, sizeof c->text, "another %s", DECK[0]);
    gz_release(own);
    return GZ_OK;
}

/* --- the exchange --------------------------------------------------------------------------------------- */

/* Move everything in the folder `from` into the folder `to`, over what is there. */
static gz_status move_all(gz_context *context, const char *from, const char *to) {
    gz_status status = GZ_OK;
    DIR *list = opendir(from);
    if (!list) return gz_fail_file(context, "open", from, errno);
    for (const struct dirent *entry; status == GZ_OK && (entry = readdir(list));) {
        char *old = NULL, *new = NULL;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        status = gz_path_join(context, from, entry->d_name, &old);
        if (status == GZ_OK) status = gz_path_join(context, to, entry->d_name, &new);
        if (status == GZ_OK) status = gz_file_rename(context, old, new);
        gz_release(old);
        gz_release(new);
    }
    closedir(list);
    return status;
}

/* Put the files of DIR/replacement.done into DIR. What this finds half done it completes. What is of the old run alone
 * goes: its older checkpoint (the new run has none left), and what a kill may have left behind. */
static gz_status exchange(gz_context *context, const char *directory) {
    char *done = NULL;
    GZ_TRY(gz_path_join(context, directory, DONE[0], &done));
    gz_status status = GZ_OK;
    for (const char *const *name = OLD_ALONE; *name && status == GZ_OK; name++)
        status = gz_folder_remove(context, directory, *name);
    if (status == GZ_OK) status = move_all(context, done, directory);
    if (status == GZ_OK) status = gz_file_sync(context, directory);
    if (status == GZ_OK && rmdir(done) != 0) status = gz_fail_file(context, "remove", done, errno);
    gz_release(done);
    return status;
}

const char *gz_run_place_end(const gz_run_place *place) {
    return place->folder.path;
}

gz_status gz_run_place_finish(gz_context *context, gz_run_place *place) {
    char *done = NULL;
    if (!place->replaces) return GZ_OK;
    GZ_TRY(gz_folder_remove(context, place->directory, CHECKPOINTS[1]));
    GZ_TRY(gz_path_join(context, place->folder.path, DONE[0], &done));
    gz_status status = gz_file_rename(context, place->directory, done);
    gz_release(done);
    return status == GZ_OK ? exchange(context, place->folder.path) : status;
}

/* --- the decision --------------------------------------------------------------------------------------- */

/* What the first rank decides. */
typedef struct decision {
    bool resume, replaces, exchanged;
} decision;

static gz_status refuse(gz_context *context, const gz_run_place *place, const content *old,
                        const content *fresh) {
    char shown[GZ_SHOWN_PATH];
    const char *folder = gz_excerpt(place->folder.path, sizeof shown, shown);
    if (!fresh->any)
        return gz_fail(context, GZ_ERROR_FILES, "'%s' holds %s; --restart, --overwrite or another --out",
                       folder, old->text);
    return gz_fail(context, GZ_ERROR_FILES,
                   "'%s' holds %s, and in '%s' %s that is to replace it; --restart goes on with that one, "
                   "--overwrite begins it anew, or another --out",
                   folder, old->any ? old->text : "no run", REPLACEMENT[0], fresh->text);
}

/* Fails if there are results in the folder, or in its replacement if `c` is of that, but nothing to go on from. */
static gz_status check_restart(gz_context *context, const gz_run_place *place, const content *c,
                               bool is_fresh) {
    char shown[GZ_SHOWN_PATH];
    if (c->has_state || !c->begun) return GZ_OK;
    return gz_fail(
        context, GZ_ERROR_FILES,
        "'%s%s%s' holds %s, but no checkpoint to go on from; --overwrite starts at t = 0, or another --out",
        gz_excerpt(place->folder.path, sizeof shown, shown), is_fresh ? "/" : "",
        is_fresh ? REPLACEMENT[0] : "", c->text);
}

static gz_status decide(gz_context *context, const gz_run_place *place, bool look_only, decision *d) {
    content old, fresh = {0};
    char *replacement = NULL;
    *d = (decision){.exchanged = !look_only && exists(place->folder.path, DONE)};
    if (d->exchanged) GZ_TRY(exchange(context, place->folder.path));
    GZ_TRY(look(context, place->folder.path, place->deck, &old));
    const bool has_fresh = exists(place->folder.path, REPLACEMENT);
    if (has_fresh) {
        GZ_TRY(gz_path_join(context, place->folder.path, REPLACEMENT[0], &replacement));
        const gz_status status = look(context, replacement, place->deck, &fresh);
        gz_release(replacement);
        GZ_TRY(status);
        if (!fresh.any) snprintf(fresh.text, sizeof fresh.text, "a run without any state");
        fresh.any = true;
    }
    d->replaces = place->overwrite ? old.any || has_fresh : place->restart && has_fresh;
    d->resume = place->restart && (has_fresh ? fresh.has_state : old.has_state);
    if (place->restart) return check_restart(context, place, has_fresh ? &fresh : &old, has_fresh);
    return !place->overwrite && (old.any || has_fresh) ? refuse(context, place, &old, &fresh) : GZ_OK;
}

static gz_status decide_for_all(gz_context *context, gz_run_place *place, bool look_only, decision *d) {
    *d = (decision){0};
    GZ_TRY(GZ_ONCE(context, decide(context, place, look_only, d)));
    gz_ranks_broadcast(gz_context_ranks(context), 0, sizeof *d, d);
    return GZ_OK;
}

gz_status gz_run_place_find(gz_context *context, const gz_options *options, bool look_only,
                            gz_run_place *place) {
    decision d;
    *place = (gz_run_place){.deck = options->arguments[0],
                            .overwrite = gz_options_has(options, "overwrite"),
                            .restart = gz_options_has(options, "restart")};
    if (place->overwrite && place->restart)
        return gz_fail(
            context, GZ_ERROR_USAGE,
            "--restart goes on with the run in the folder, --overwrite starts a new one; give one of them");
    GZ_TRY(gz_agree(context, gz_folder_choose(context, options, place->deck, &place->folder)));
    if (!look_only) GZ_TRY(GZ_ONCE(context, gz_folder_lock(context, &place->folder, false)));
    GZ_TRY(decide_for_all(context, place, look_only, &d));
    place->resume = d.resume;
    place->replaces = d.replaces;
    place->exchanged = d.exchanged;
    const size_t room = strlen(place->folder.path) + sizeof "/replacement";
    GZ_TRY(gz_agree(context, gz_allocate(context, room, 1, &place->directory)));
    snprintf(place->directory, room, "%s%s%s", place->folder.path, d.replaces ? "/" : "",
             d.replaces ? REPLACEMENT[0] : "");
    return GZ_OK;
}

static gz_status take(gz_context *context, gz_run_place *place) {
    const bool locked = place->folder.locked;
    GZ_TRY(gz_folder_lock(context, &place->folder, true));
    if (!locked) { /* another run may have come and gone since the look */
        decision d;
        GZ_TRY(decide(context, place, false, &d));
        if (d.replaces != place->replaces || d.resume != place->resume)
            return gz_fail(context, GZ_ERROR_FILES, "another run was writing into '%s' just now; try again",
                           place->folder.path);
    }
    if (place->replaces && mkdir(place->directory, 0777) != 0 && errno != EEXIST)
        return gz_fail_file(context, "make folder", place->directory, errno);
    return GZ_OK;
}

/* Each rank writes its part of result.h5. Fails on all ranks unless each sees a file that the first one makes in the
 * folder for this moment. */
static gz_status check_seen_by_all(gz_context *context, const gz_run_place *place) {
    const gz_ranks *ranks = gz_context_ranks(context);
    char name[GZ_RUN_NAME + sizeof ".seen."] = ".seen.", shown[GZ_SHOWN_PATH], *path = NULL;
    if (gz_ranks_count(ranks) == 1) return GZ_OK;
    gz_run_name(ranks, name + strlen(name));
    GZ_TRY(gz_agree(context, gz_path_join(context, place->folder.path, name, &path)));
    gz_status status = GZ_ONCE(context, gz_file_create(context, path, NULL, 0));
    if (status == GZ_OK && access(path, F_OK) != 0)
        status =
            gz_fail(context, GZ_ERROR_FILES,
                    "rank %d has another folder '%s' than the first rank; let --out be on a disk that all "
                    "ranks share",
                    gz_ranks_own(ranks), gz_excerpt(place->folder.path, sizeof shown, shown));
    status = gz_agree(context, status);
    if (gz_ranks_own(ranks) == 0) unlink(path);
    gz_release(path);
    return status;
}

gz_status gz_run_place_take(gz_context *context, gz_run_place *place) {
    GZ_TRY(GZ_ONCE(context, take(context, place)));
    return check_seen_by_all(context, place);
}

gz_status gz_run_place_clear(gz_context *context, const gz_run_place *place) {
    for (const char *const *name = RESULTS; *name; name++)
        GZ_TRY(gz_folder_remove(context, place->directory, *name));
    return GZ_OK;
}

void gz_run_place_close(gz_run_place *place) {
    gz_release(place->directory);
    gz_folder_close(&place->folder);
    *place = (gz_run_place){0};
}
