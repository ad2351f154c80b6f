/* Study: trials, and the decks, tables and pictures of a study. reference.c has the references and errors. */
#include "study.h"

#include "clock.h"
#include "data_path.h"
#include "excerpt.h"
#include "files.h"
#include "folder.h"
#include "interrupt.h"
#include "python.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* No collision lets max |f| grow by this factor; an explicit method beyond its stability limit does. */
static const double BLOWN_UP = 100;

/* --- one integration --- */

static double largest(const gz_phase_grid *grid, const double *f) {
    double most = 0;
    for (size_t i = 0; i < grid->size; i++) most = fabs(f[i]) <= most ? most : fabs(f[i]); /* NaN too */
    return most;
}

static void take_in(gz_trial *t, const gz_simulation *s, const gz_step_report *report) {
    gz_ledger_row row;
    gz_ledger_measure(s->grid, &s->state, &row);
    row.report = *report;
    row.certificate = s->certificate;
    if (!s->certifier) row.certificate.defect = row.certificate.mean_defect = NAN;
    gz_ledger_totals totals = t->summary.totals;
    gz_ledger_totals_add(&totals, report);
    gz_summary_add(&t->summary, &row, &totals);
    t->defect += report->defect;
    t->entropy_rises +=
        report->entropy_after - report->entropy_before > 2.5e-14 * t->summary.initial.moments.mass;
}

/* Take all steps. `measure` is true for the first integration of a trial only. work: of the steps alone. */
static gz_status integrate(gz_simulation *s, gz_trial *t, bool measure, gz_work *work) {
    const double limit = BLOWN_UP * largest(s->grid, s->state.f);
    *work = (gz_work){0};
    while (!gz_simulation_is_over(s)) {
        gz_step_report report;
        const gz_status status = gz_interrupted() ? GZ_INTERRUPTED : gz_simulation_step(s, &report);
        if (status == GZ_INTERRUPTED)
            return gz_fail(s->context, GZ_INTERRUPTED,
                           "interrupted at t = %.10g with %s, dt = %.10g; no table was "
                           "written",
                           s->state.time, s->deck->integrator.scheme, s->deck->dt);
        if (status == GZ_ERROR_NOT_CONVERGED || status == GZ_ERROR_INTERNAL) {
            if (report.blew_up)
                snprintf(t->outcome, sizeof t->outcome, "blew up by t = %.4g", s->state.time + report.dt);
            else
                snprintf(t->outcome, sizeof t->outcome, "stopped at t = %.4g: %s", s->state.time,
                         gz_context_message(s->context));
            t->finished = false;
            return GZ_OK;
        }
        GZ_TRY(status);
        gz_work_add(work, &report.work);
        if (!measure) continue;
        take_in(t, s, &report);
        if (largest(s->grid, s->state.f) <= limit) continue;
        snprintf(t->outcome, sizeof t->outcome, "blew up by t = %.4g", s->state.time);
        t->finished = false;
        return GZ_OK;
    }
    return GZ_OK;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The flux form, and a stencil of order 2, have no switch. */
static bool has_switch(const gz_deck *deck) {
    return !deck->problem.always_wide && deck->problem.order > 2 &&
           (gz_integrator_is_variational(deck->integrator.scheme) ||
            deck->integrator.space_form == GZ_LOG_FORM);
}

static void measure_switch(const gz_simulation *s, gz_trial *t) {
    const gz_phase_grid *grid = s->grid;
    gz_mobility *mobility = gz_integrator_mobility(s->integrator);
    const size_t reach = gz_mobility_derivative(mobility)->reach;
    double fit = 0, switched = 0, mass = 0, all = 0;
    gz_mobility_set_steepness(mobility, s->state.log_f);
    for (size_t i = 0; i < grid->size; i++) {
        const size_t p = i % grid->node_count;
        bool fits = false, is_switched = false;
        for (int a = 0; a < grid->velocity_dim; a++) {
            const size_t k = gz_phase_grid_node_index(grid, p, a);
            if (k < reach || k + reach >= grid->nodes) continue;
            fits = true;
            is_switched = is_switched || gz_mobility_theta(mobility, a)[i] < 1;
        }
        const double here = grid->node_volume[p] * s->state.f[i];
        fit += fits;
        switched += is_switched;
        mass += is_switched ? here : 0;
        all += here;
    }
    t->switched_nodes = switched / fit;
    t->switched_mass = mass / all;
}

/* The integration that is measured. The trial takes over its grid and its last state. */
static gz_status first_run(gz_context *context, const gz_deck *deck, bool certify, gz_trial *t,
                           gz_work *work) {
    gz_simulation s;
    GZ_TRY(gz_simulation_init(context, deck, &s));
    gz_ledger_row row;
    gz_ledger_measure(s.grid, &s.state, &row);
    gz_datum_warning(&s, t->warning);
    t->summary = gz_summary_begin(gz_seconds_now());
    gz_summary_start(&t->summary, &row);
    t->finished = true;
    gz_status status = certify ? gz_simulation_certify(&s) : GZ_OK;
    if (status == GZ_OK) status = integrate(&s, t, true, work);
    t->switched_nodes = t->switched_mass = NAN;
    if (status == GZ_OK && t->finished && has_switch(deck)) measure_switch(&s, t);
    t->grid = s.grid;
    t->state = s.state;
    s.grid = NULL;
    s.state = (gz_state){0};
    gz_simulation_free(&s);
    return status;
}

static void take_time(gz_trial *t, const gz_work *work) {
    const size_t count = ++t->integrations;
    t->processor_seconds =
        count == 1 ? work->processor_seconds : fmin(t->processor_seconds, work->processor_seconds);
    t->seconds[count - 1] = work->seconds;
    qsort(t->seconds, count, sizeof *t->seconds, by_size);
    t->seconds_least = t->seconds[0];
    t->seconds_most = t->seconds[count - 1];
    t->seconds_median = (t->seconds[(count - 1) / 2] + t->seconds[count / 2]) / 2;
}

gz_status gz_trial_time_again(gz_context *context, const gz_deck *deck, gz_trial *t) {
    gz_simulation s;
    gz_work work;
    if (!t->finished || t->integrations == GZ_MOST_REPEATS) return GZ_OK;
    GZ_TRY(gz_simulation_init(context, deck, &s));
    const gz_status status = integrate(&s, t, false, &work);
    if (status == GZ_OK && t->finished) take_time(t, &work);
    gz_simulation_free(&s);
    return status;
}

/* Where time.dt does not divide the time, the outcome says how long the last step was. */
static void add_last_step(gz_trial *t, const gz_deck *deck) {
    const double last = t->summary.last.report.dt;
    const size_t used = strlen(t->outcome);
    if (deck->control_tolerance > 0 || t->summary.steps == 0 || fabs(last - deck->dt) <= 1e-8 * deck->dt)
        return;
    snprintf(t->outcome + used, sizeof t->outcome - used, "; last step %.4g", last);
}

static void conclude(gz_trial *t, const gz_deck *deck) {
    t->entropy = gz_entropy_of_any_sign(t->grid, t->state.f);
    if (!t->finished) return;
    if (t->summary.negative_max > 0)
        snprintf(t->outcome, sizeof t->outcome, "f <= 0 at %ld of %zu nodes", t->summary.negative_max,
                 t->grid->size);
    else if (t->entropy_rises > 0)
        snprintf(t->outcome, sizeof t->outcome, "H rose in %ld of %ld steps", t->entropy_rises,
                 t->summary.steps);
    else
        snprintf(t->outcome, sizeof t->outcome, "fine");
    add_last_step(t, deck);
}

gz_status gz_trial_run(gz_context *context, const gz_deck *deck, const gz_trial_settings *settings,
                       gz_trial *t) {
    *t = (gz_trial){0};
    gz_work work;
    const gz_status status = first_run(context, deck, settings->certify, t, &work);
    if (status != GZ_OK) {
        gz_trial_free(t);
        return status;
    }
    take_time(t, &work);
    conclude(t, deck);
    return GZ_OK;
}

void gz_trial_warn(const gz_trial *t, const gz_trial *before) {
    if (t->warning[0] && (!before || strcmp(t->warning, before->warning) != 0))
        fprintf(stderr, "warning: %s\n", t->warning);
}

void gz_trial_free(gz_trial *t) {
    gz_state_free(&t->state);
    gz_phase_grid_destroy(t->grid);
    *t = (gz_trial){0};
}

/* --- words, decks, tables, pictures --- */

gz_status gz_split_words(gz_context *context, const char *option, const char *list, size_t most,
                         char (**words)[GZ_LONGEST_WORD], size_t *count) {
    size_t room = 1;
    for (const char *c = list; *c; c++) room += *c == ',';
    *count = 0;
    if (room > most)
        return gz_fail(context, GZ_ERROR_USAGE, "--%s has %zu entries; at most %zu are allowed", option, room,
                       most);
    GZ_TRY(gz_allocate(context, room, sizeof **words, words));
    for (const char *begin = list;;) {
        const size_t length = strcspn(begin, ",");
        if (length == 0 || length >= GZ_LONGEST_WORD) {
            char shown[GZ_SHOWN];
            gz_release(*words);
            *words = NULL;
            return gz_fail(context, GZ_ERROR_USAGE, "--%s %s has an entry that is empty or too long", option,
                           gz_excerpt(list, sizeof shown, shown));
        }
        memcpy((*words)[(*count)++], begin, length);
        if (!begin[length]) return GZ_OK;
        begin += length + 1;
    }
}

gz_status gz_study_deck(gz_context *context, const gz_options *options, size_t count,
                        char (*own)[GZ_LONGEST_SETTING], gz_deck **deck) {
    const size_t given = options->setting_count;
    const char **settings = NULL;
    GZ_TRY(gz_allocate(context, given + count + 1, sizeof *settings, &settings));
    for (size_t i = 0; i < given; i++) settings[i] = options->settings[i];
    for (size_t i = 0; i < count; i++) settings[given + i] = own[i];
    const gz_status status = gz_deck_load(context, options->arguments[0], given + count, settings, deck);
    gz_release(settings);
    return status;
}

gz_status gz_study_write(gz_context *context, const char *directory, const char *name, const gz_table *table,
                         void (*writer)(FILE *, const gz_table *)) {
    char *text = NULL, *path = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (!out) return gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    writer(out, table);
    gz_status status = fclose(out) == 0 ? GZ_OK : gz_fail(context, GZ_ERROR_MEMORY, "out of memory");
    if (status == GZ_OK) status = gz_path_join(context, directory, name, &path);
    if (status == GZ_OK) status = gz_file_write(context, path, text, length);
    gz_release(path);
    free(text);
    return status;
}

gz_status gz_study_write_all(gz_context *context, const char *directory, const char *name,
                             const gz_table *whole, const gz_table *picked) {
    static void (*const WRITERS[])(FILE *, const gz_table *) = {
        gz_table_write_json, gz_table_write_csv, gz_table_write_markdown, gz_table_write_latex};
    static const char *const ENDINGS[] = {"json", "csv", "md", "tex"};
    for (int form = 0; form < 4; form++) {
        char file[40];
        snprintf(file, sizeof file, "%s.%s", name, ENDINGS[form]);
        GZ_TRY(gz_study_write(context, directory, file, form == 0 ? whole : picked, WRITERS[form]));
    }
    return GZ_OK;
}

void gz_study_list(const char *directory, const char *name) {
    putchar('\n');
    gz_print_calmly(stdout, directory);
    printf(": %s.csv %s.json %s.md %s.tex\n", name, name, name, name);
}

gz_status gz_study_drop(gz_context *context, const char *directory, const char *const *names) {
    for (; *names; names++) GZ_TRY(gz_folder_remove(context, directory, *names));
    return GZ_OK;
}

gz_status gz_study_draw(gz_context *context, const char *directory, const char *name, bool quiet,
                        size_t count, const char *const *words) {
    char *script = NULL;
    const char *all[16] = {name, directory};
    for (size_t i = 0; i < count && i < 14; i++) all[2 + i] = words[i];
    gz_status status = gz_data_path(context, "study.py", &script);
    if (status == GZ_OK) status = gz_python_run(context, script, 2 + count, all);
    gz_release(script);
    if (status != GZ_OK && !quiet) fprintf(stderr, "note: no picture: %s\n", gz_context_message(context));
    return GZ_OK;
}
