/* Command run: integrate one problem.
 *
 * The deck, the memory, the initial state and the folder are checked before anything is written. Each step is
 * then one row of history.csv, and each output one state of result.h5. However the run ends (finished, not
 * converged, interrupted, disk full), what it has so far is saved, and report.txt says how it ended.
 */
#include "clock.h"
#include "datum.h"
#include "excerpt.h"
#include "interrupt.h"
#include "program.h"
#include "progress.h"
#include "run_files.h"
#include "run_size.h"
#include "wisdom_cache.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double TAIL_WARNING = 1e-8;
static const double MARGIN = 2;     /* this many longest steps and checkpoints must fit before --wall-limit */
static const double FIRST_STEP = 5; /* seconds that the first step may take, whatever the limit */
static const double AFTER_SIGNAL = 0.5; /* seconds that a step may go on after a signal */

enum { LONGEST_SENTENCE = 1024, LONGEST_REASON = 700 };

typedef struct run {
    gz_context *context;
    gz_simulation simulation;
    gz_run_place place;
    gz_checkpoint_texts texts; /* of the checkpoint to go on from */
    gz_run_files files;
    gz_summary summary;
    gz_progress progress;
    bool warned;         /* the warning of the tail was given */
    double begin, limit; /* clock at the start; seconds that the run may take, or INFINITY */
    double deadline;     /* the clock at which the present step is given up */
    double longest_step; /* seconds, with the writing of its files */
    bool out_of_time;
} run;

/* --- before the first step ------------------------------------------------------------------------------ */

static gz_status print_plan(gz_simulation *s, const gz_run_place *place) {
    const gz_phase_grid *grid = s->grid;
    const gz_deck *deck = s->deck;
    gz_schedule ahead = s->schedule;
    gz_run_size size;
    GZ_TRY(gz_run_size_of(s, place, &size));
    if (place->resume) ahead = gz_schedule_make(s->state.time, s->state.step, deck->end, s->schedule.dt);
    printf("deck is fine: ");
    if (grid->species_count > 1) printf("%zu species, ", grid->species_count);
    for (int a = 0; a < grid->space_dim; a++) printf("%zu x ", grid->cells[a]);
    printf("%zu^%d nodes, %.3g MB of working memory\n", grid->nodes, grid->velocity_dim,
           (double)gz_context_allocated_bytes(s->context) / 1e6);
    if (s->control)
        printf("would take steps as time.dt_control chooses them, the first one %.10g at most,", deck->dt);
    else
        printf("would take %ld steps of %.10g", ahead.last - ahead.first, ahead.dt);
    printf(" from t = %.10g to %.10g with %s\n", s->state.time, deck->end, deck->integrator.scheme);
    printf("would write %.0f %sstates into ", size.states, place->resume ? "more " : "");
    gz_print_calmly(stdout, place->directory);
    printf(":\n%s", s->control ? "about " : "");
    gz_run_size_print(&size);
    putchar('\n');
    gz_datum_write(stdout, s, 24);
    printf("dry run: nothing was integrated or written\n");
    return GZ_OK;
}

/* A run writes less than planned where the number of its steps is an estimate, or where it ends early. */
static gz_status check_size(run *r) {
    char warning[GZ_LONGEST_MESSAGE];
    const bool at_most = r->simulation.control || isfinite(r->limit);
    GZ_TRY(gz_run_size_check(&r->simulation, &r->place, at_most, warning));
    if (warning[0]) gz_progress_say(&r->progress, "warning: %s", warning);
    return GZ_OK;
}

/* --- stepping ------------------------------------------------------------------------------------------- */

static void warn_of_tail(run *r, double time, double tail) {
    if (r->warned || !(tail > TAIL_WARNING)) return;
    r->warned = true;
    gz_progress_say(
        &r->progress,
        "warning: at t = %.10g the outermost two layers of the velocity box hold %.1e of the mass; the box "
        "cuts into the density, widen grid.v.half_width",
        time, tail);
}

/* Store the state if it is due, and write a checkpoint if the last one is older than `pause`. */
static gz_status save(run *r, bool due, double pause) {
    gz_simulation *s = &r->simulation;
    double begin = gz_seconds_now();
    gz_status status = due ? gz_run_files_store(&r->files, s) : GZ_OK;
    r->summary.seconds_files += gz_seconds_now() - begin;
    begin = gz_seconds_now();
    if (status == GZ_OK) status = gz_run_files_checkpoint(&r->files, s, &r->summary, pause);
    r->summary.seconds_files += gz_seconds_now() - begin;
    return status;
}

/* Measure the state, write its row, and store it if it is due. report is NULL for the initial state. */
static gz_status record(run *r, const gz_step_report *report) {
    gz_simulation *s = &r->simulation;
    gz_ledger_row row;
    const double begin = gz_seconds_now();
    GZ_TRY(gz_simulation_measure(s, report, &row));
    const double measured = gz_seconds_now();
    GZ_TRY(gz_ledger_write(r->files.ledger, &row));
    const gz_ledger_totals totals = gz_ledger_totals_of(r->files.ledger);
    if (report)
        gz_summary_add(&r->summary, &row, &totals);
    else
        gz_summary_start(&r->summary, &row);
    r->summary.seconds_measure += measured - begin;
    r->summary.seconds_files += gz_seconds_now() - measured;
    const bool due = !report || gz_schedule_stores(&s->schedule, s->state.step, s->deck->output_every);
    GZ_TRY(save(r, due, report ? s->deck->checkpoint_every : 0));
    warn_of_tail(r, row.time, row.moments.tail);
    return GZ_OK;
}

/* True once the present step must be given up: it is past its deadline, which a signal moves near. */
static bool must_stop(void *data) {
    run *r = data;
    const double now = gz_seconds_now();
    if (gz_interrupted()) r->deadline = fmin(r->deadline, now + AFTER_SIGNAL);
    return now > r->deadline;
}

/* True if one more step and a checkpoint might exceed the limit. Every run tries at least one step. */
static bool is_out_of_time(run *r, long steps) {
    const double spent = gz_seconds_now() - r->begin;
    const double needed = MARGIN * (r->longest_step + r->files.checkpoint_seconds);
    r->out_of_time = gz_ranks_any(r->simulation.grid->ranks, steps > 0 && spent + needed > r->limit);
    return r->out_of_time;
}

/* With step control the number of the last step is an estimate. */
static const char *about(const gz_simulation *s) {
    return s->control ? "about " : "";
}

/* End the run after so many steps, by a signal, or since the next step was given up at its deadline. */
static gz_status stop_here(run *r, long steps) {
    const gz_simulation *s = &r->simulation;
    if (gz_ranks_any(s->grid->ranks, gz_interrupted()))
        return gz_fail(r->context, GZ_INTERRUPTED, "interrupted at t = %.10g, step %ld of %s%ld",
                       s->state.time, s->state.step, about(s), s->schedule.last);
    r->out_of_time = true;
    if (steps > 0) return GZ_OK;
    return gz_fail(
        r->context, GZ_INTERRUPTED,
        "stopped by --wall-limit at t = %.10g, step %ld of %s%ld: the next step takes longer than that, "
        "give it more time or a smaller time.dt",
        s->state.time, s->state.step, about(s), s->schedule.last);
}

static gz_status advance(run *r) {
    gz_simulation *s = &r->simulation;
    for (long steps = 0; !gz_simulation_is_over(s) && !is_out_of_time(r, steps); steps++) {
        const double start = gz_seconds_now();
        gz_step_report report;
        r->deadline = fmax(r->begin + r->limit, steps == 0 ? start + FIRST_STEP : 0);
        const bool asked = gz_ranks_any(s->grid->ranks, gz_interrupted());
        const gz_status status = asked ? GZ_INTERRUPTED : gz_simulation_step(s, &report);
        const double taken = gz_seconds_now() - start;
        if (status != GZ_OK) r->summary.seconds_lost += taken;
        if (status == GZ_INTERRUPTED) return stop_here(r, steps);
        if (status != GZ_OK)
            return gz_fail(r->context, status, "step %ld from t = %.10g with dt = %.10g: %s",
                           s->state.step + 1, s->state.time, report.dt, gz_context_message(r->context));
        r->summary.seconds_measure += fmax(taken - report.work.seconds, 0); /* certificates */
        GZ_TRY(record(r, &report));
        gz_progress_step(&r->progress, s, &report);
        r->longest_step = fmax(r->longest_step, gz_seconds_now() - start);
    }
    return GZ_OK;
}

/* --- after the last step -------------------------------------------------------------------------------- */

/* Save what there is. A failure to save counts only if the run itself was fine. */
static gz_status close_run(run *r, gz_status status) {
    gz_simulation *s = &r->simulation;
    char reason[LONGEST_REASON], directory[GZ_SHOWN_PATH], outcome[LONGEST_SENTENCE];
    gz_excerpt(status == GZ_OK ? "" : gz_context_message(r->context), sizeof reason, reason);
    const bool replaces = r->place.replaces && status == GZ_OK && !r->out_of_time;
    const char *end = replaces ? gz_run_place_end(&r->place) : r->files.directory;
    gz_excerpt(r->files.directory, sizeof directory, directory);
    const bool sound = status == GZ_OK || status == GZ_ERROR_NOT_CONVERGED || status == GZ_INTERRUPTED;
    gz_status saved = sound ? save(r, true, 0) : GZ_OK;
    gz_summary_keep(&r->summary);
    if (status == GZ_OK && r->out_of_time)
        snprintf(outcome, LONGEST_SENTENCE,
                 "stopped by --wall-limit at t = %.10g, step %ld of %s%ld; go on with --restart",
                 s->state.time, s->state.step, about(s), s->schedule.last);
    else if (status == GZ_OK)
        snprintf(outcome, LONGEST_SENTENCE, "finished at t = %.10g after %ld steps", s->state.time,
                 s->state.step);
    else if (sound && saved == GZ_OK)
        snprintf(outcome, LONGEST_SENTENCE, "%s; saved the state at t = %.10g in %s", reason, s->state.time,
                 directory);
    else
        snprintf(outcome, LONGEST_SENTENCE, "%s; result.h5 in %s keeps %zu states", reason, directory,
                 gz_result_count(r->files.result));
    const gz_report report = {.outcome = outcome, .notes = gz_time_notes_of(s), .directory = end};
    if (saved == GZ_OK) saved = gz_run_files_finish(&r->files, s, &r->summary, &report);
    if (saved == GZ_OK && replaces) saved = GZ_ONCE(r->context, gz_run_place_finish(r->context, &r->place));
    gz_progress_end(&r->progress);
    if (gz_ranks_own(s->grid->ranks) == 0 && !r->progress.quiet)
        gz_report_write(stdout, &report, &r->summary, s);
    if (status == GZ_OK) return saved;
    return gz_fail(r->context, status, "%s%s", outcome,
                   status == GZ_INTERRUPTED ? "; go on with --restart" : "");
}

/* Say how far the initial state is from what the deck asks for. */
static void warn_of_datum(run *r) {
    char text[GZ_DATUM_TEXT];
    if (gz_datum_warning(&r->simulation, text)) gz_progress_say(&r->progress, "warning: %s", text);
    if (gz_datum_species_warning(&r->simulation, text)) gz_progress_say(&r->progress, "warning: %s", text);
}

static gz_status dry_run(run *r) {
    gz_simulation *s = &r->simulation;
    gz_moments moments;
    gz_moments_of(s->grid, s->state.f, &moments);
    if (!r->place.resume) warn_of_datum(r);
    warn_of_tail(r, s->state.time, moments.tail);
    GZ_TRY(print_plan(s, &r->place));
    return check_size(r);
}

/* Read the checkpoint, if there is one to go on from. */
static gz_status restore(run *r) {
    gz_simulation *s = &r->simulation;
    bool older = false;
    if (r->place.exchanged)
        gz_progress_say(&r->progress, "note: an earlier run with --overwrite was ended while its files "
                                      "replaced the older ones; this is done now");
    if (!r->place.resume) {
        if (r->place.restart)
            gz_progress_say(&r->progress, "note: %s has no checkpoint; starting at t = 0",
                            r->place.directory);
        return gz_datum_check(s);
    }
    GZ_TRY(gz_run_restore(s, &r->summary, &r->place, &r->texts, &older));
    if (older) gz_progress_say(&r->progress, "note: %s", gz_context_message(r->context));
    gz_progress_say(&r->progress, "going on from step %ld, t = %.10g", s->state.step, s->state.time);
    return GZ_OK;
}

static gz_status run_in_folder(run *r, const gz_options *options) {
    gz_simulation *s = &r->simulation;
    const bool quiet = gz_options_has(options, "quiet"), first = gz_ranks_own(s->grid->ranks) == 0,
               resume = r->place.resume;
    r->progress = gz_progress_begin(quiet || !first, 0);
    if (s->deck->notes[0])
        gz_progress_say(&r->progress, "note: given, but without effect in this deck: %s", s->deck->notes);
    GZ_TRY(restore(r));
    const gz_time_notes notes = gz_time_notes_of(s);
    if (notes.end[0]) gz_progress_say(&r->progress, "%s", notes.end);
    if (notes.states[0]) gz_progress_say(&r->progress, "%s", notes.states);
    if (gz_options_has(options, "dry-run")) return dry_run(r);
    GZ_TRY(check_size(r));
    gz_interrupt_watch(r->context, first && !quiet);
    gz_context_set_stop(r->context, must_stop, r);
    GZ_TRY(gz_run_files_open(s, &r->place, &r->texts, &r->files));
    r->progress = gz_progress_begin(quiet || !first, s->state.time);
    if (r->place.folder.no_locks)
        gz_progress_say(&r->progress, "note: no file can be locked here; let no other command write into %s",
                        r->place.folder.path);
    if (r->place.replaces)
        gz_progress_say(&r->progress, "note: the run in %s stays until this one, in %s, has come to its end",
                        r->place.folder.path, r->place.directory);
    if (!resume) warn_of_datum(r);
    gz_status status = resume ? gz_run_files_replay(&r->files, s, &r->summary) : record(r, NULL);
    if (status == GZ_OK) status = advance(r);
    return close_run(r, status);
}

static gz_status run_deck(gz_context *context, const gz_options *options) {
    const char *deck_file = options->arguments[0];
    gz_deck *deck = NULL;
    run r = {.context = context, .begin = gz_seconds_now(), .deadline = INFINITY};
    gz_status status;
    r.summary = gz_summary_begin(r.begin);
    GZ_TRY(gz_options_time(context, options, "wall-limit", INFINITY, &r.limit));
    GZ_TRY(gz_agree(context,
                    gz_deck_load(context, deck_file, options->setting_count, options->settings, &deck)));
    GZ_TRY_ELSE(status, gz_run_place_find(context, options, gz_options_has(options, "dry-run"), &r.place),
                done);
    if (r.place.resume) GZ_TRY_ELSE(status, gz_run_recall(context, &r.place, &r.texts), done);
    GZ_TRY_ELSE(status, gz_simulation_prepare(context, deck, &r.simulation), done);
    if (gz_options_has(options, "certify"))
        GZ_TRY_ELSE(status, gz_agree(context, gz_simulation_certify(&r.simulation)), done);
    gz_wisdom_cache_keep(context); /* now, since the run may be killed later */
    status = run_in_folder(&r, options);
done:
    gz_context_set_stop(context, NULL, NULL);
    gz_run_files_close(&r.files);
    gz_run_place_close(&r.place);
    gz_checkpoint_release_texts(&r.texts);
    gz_simulation_free(&r.simulation);
    gz_deck_destroy(deck);
    return status;
}

static const gz_option OPTIONS[] = {
    {"certify", NULL,
     "certify every step independently: columns A_least, J_least, J_mean; takes about twice the time"},
    {"restart", NULL, "go on from the checkpoint in the folder; in an empty folder, start at t = 0"},
    {"wall-limit", "TIME",
     "stop in time: seconds, M:SS or H:MM:SS; saves the state for --restart; status 0, or 130 if no step "
     "fits in"},
    {"dry-run", NULL, "check everything, say what would be done, write nothing"},
    {.name = NULL},
};

const gz_command gz_command_run = {
    .name = "run",
    .shared = true,
    .summary = "integrate one problem and certify every step",
    .arguments = "DECK",
    .least = 1,
    .most = 1,
    .options = OPTIONS,
    .run = run_deck,
    .help =
        "DECK is a YAML file; `grazing info --keys` lists what it may hold. The smallest one, which "
        "relaxes two streams:\n"
        "\n"
        "    grid: {v: {nodes: 37, half_width: 7}}\n"
        "    time: {dt: 0.1, end: 1}\n"
        "    initial: [{velocity: [-1, 0], temperature: 0.5}, {velocity: [1, 0], temperature: 0.5}]\n"
        "\n"
        "The folder gets\n"
        "    history.csv   a row for each step: H, D, the defect J, moments, iterations, seconds\n"
        "    result.h5     f and its moments at every output, with named axes (h5py, xarray; result.xmf "
        "for ParaView)\n"
        "    deck.yaml     the deck with every default and --set written out\n"
        "    report.txt    work, seconds by phase, conservation: the table printed at the end, of the whole "
        "run\n"
        "                  through all restarts; drift of the momentum: |P - P0| / sqrt(mass energy)\n"
        "    checkpoint.h5 the state to go on from, and what tells that the other files are of the same run\n"
        "\n"
        "One that holds a run is refused. --restart goes on with it: title, solver, time and output may "
        "change "
        "then, and\n"
        "grid.unresolved, but not whether there is time.dt_control, nor output.density, output.fisher, "
        "output.grazing_rate\n"
        "or --certify, which say what columns and datasets there are. --overwrite replaces it: the new run "
        "stands in\n"
        "DIR/replacement until it has come to its end, and the old one stays whole until then. If it ends "
        "early or is\n"
        "killed, --restart goes on with it, and --overwrite begins it anew.\n"
        "\n"
        "The last step is shorter where time.dt does not divide time.end; states are stored at the ends of "
        "steps, at\n"
        "the multiples of output.every that they reach. A note says so where they do not meet.\n"
        "\n"
        "A build with MPI shares the x cells among ranks: mpirun -n 8 grazing run DECK; the files are the "
        "same.\n"
        "The first rank reads the deck and its tables for all; stored densities and --out must be on a disk "
        "that all share.\n"
        "--dry-run says how large the files get; a run that the disk has no room for is refused with status "
        "5, or "
        "warned of\n"
        "where it may end with less (time.dt_control, --wall-limit).\n"
        "A bad deck changes nothing in the folder, nor does an initial state whose mass, momentum or energy "
        "the grid\n"
        "misses by more than 1 % (grid.unresolved: allow starts it, initial.normalise: true mends it), nor "
        "does a\n"
        "second run while one is writing there. A step that does not converge ends the run with status 4, "
        "the last\n"
        "good state is saved. Ctrl-C, SIGTERM, SIGHUP, SIGUSR1 and SIGXCPU end it with 130 after the "
        "present step, or,\n"
        "where that takes longer than half a second, after the one before; a second Ctrl-C ends it at "
        "once.\n"
        "Transforms are planned once: the\n"
        "choices are kept in $XDG_CACHE_HOME/grazing/plans (~/.cache) and in checkpoints, so that a restart "
        "goes on\n"
        "bit for bit (same threads); GRAZING_PLANS=guess does without the file.",
};
