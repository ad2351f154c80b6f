/* Comparison: what the rows are compared with. The references `forms` and `finest` are fine runs, with the smallest
 * dt of --dt divided by GZ_FINER, or with the steps that a tolerance of their own asks for. How good one of them is, a
 * second run tells, with twice the step and ten times the tolerance: the relative L2 difference of the two, which is more
 * than the error of the fine one.
 */
#include "comparison.h"
#include "expected_order.h"

#include <math.h>
#include <string.h>

enum { MOST_SETTINGS = 5 };

gz_space_form gz_comparison_form(const gz_deck *deck) {
    return gz_integrator_is_variational(deck->integrator.scheme) ? GZ_LOG_FORM : deck->integrator.space_form;
}

bool gz_comparison_whole(const gz_deck *deck) {
    return gz_integrator_chooses_steps(deck->integrator.scheme) && !gz_streams(deck) &&
           GZ_COARSER_STEP * deck->dt >= deck->end;
}

/* The dt of the fine runs. If every row brings its own dt, none has one of --dt. */
static double fine_dt(const gz_comparison *c) {
    double least = INFINITY;
    for (size_t i = 0; i < c->count; i++) least = fmin(least, c->rows[i].own_dt ? c->rows[i].dt : INFINITY);
    for (size_t i = 0; i < c->count; i++)
        if (!c->rows[i].own_dt) least = c->least_dt;
    return least / GZ_FINER;
}

/* The settings of the fine run in a form, unless it is the deck's own scheme. Where the splitting limits the steps of the
 * flux form, a cheap one of order 2 serves as well as any. zero_defect4 streams freely within its steps, which walls,
 * forces and fields do not allow. */
static const char *const *fine_settings(const gz_deck *deck, gz_space_form form) {
    static const char *const STREAMED[] = {"time.scheme=rkl2", "time.space_form=flux", NULL},
                             *const STILL[] = {"time.scheme=arkode_dirk", "time.space_form=flux",
                                               "time.order=5", "time.tolerance=1e-8", NULL},
                             *const SPLIT[] = {"time.scheme=zero_defect", NULL},
                             *const LOG[] = {"time.scheme=zero_defect4", NULL};
    if (form == GZ_FLUX_FORM) return gz_streams(deck) ? STREAMED : STILL;
    const bool walls = gz_streams(deck) && deck->problem.grid.boundary == GZ_BOX;
    return walls || gz_problem_has_kicks(&deck->problem) ? SPLIT : LOG;
}

/* Load the deck of the fine run in a form, with equal steps, or with the method's own steps over the whole time. settings
 * NULL: the deck's own. */
static gz_status load_form(gz_comparison *c, const char *const *settings, gz_space_form form) {
    char own[MOST_SETTINGS][GZ_LONGEST_SETTING] = {"time.dt_control.tolerance=0"};
    size_t count = 1;
    for (; settings && settings[count - 1]; count++)
        snprintf(own[count], GZ_LONGEST_SETTING, "%s", settings[count - 1]);
    GZ_TRY(gz_study_deck(c->context, c->options, count, own, &c->finest_deck[form]));
    gz_deck *deck = c->finest_deck[form];
    const bool whole = settings && gz_integrator_chooses_steps(deck->integrator.scheme) && !gz_streams(deck);
    deck->dt = whole && deck->end > 0 ? deck->end / GZ_COARSER_STEP : fine_dt(c);
    return GZ_OK;
}

/* Load the decks of the fine runs. With the reference `finest` the other form, if there are rows of it, has a
 * fine run too, which says where these rows stagnate. */
static gz_status load_fine(gz_comparison *c) {
    const gz_deck *deck = c->rows[0].deck;
    if (!c->forms) {
        gz_deck *own = NULL;
        GZ_TRY(gz_study_deck(c->context, c->options, 0, NULL, &own));
        c->own = gz_comparison_form(own);
        gz_deck_destroy(own);
        GZ_TRY(load_form(c, NULL, c->own));
    }
    for (int form = 0; form < 2; form++) {
        if (c->used[form] && !c->finest_deck[form])
            GZ_TRY(load_form(c, fine_settings(deck, (gz_space_form)form), (gz_space_form)form));
        c->reference[form].finest = &c->finest[c->forms ? form : (int)c->own];
    }
    return GZ_OK;
}

gz_status gz_comparison_read_reference(gz_comparison *c) {
    const gz_deck *deck = c->rows[0].deck;
    const char *word = gz_options_value(c->options, "reference");
    const bool known = gz_initial_has_exact(&deck->problem, deck->component_count, deck->components);
    c->forms = word ? strcmp(word, "forms") == 0 : !known;
    for (size_t i = 0; i < c->count; i++) c->used[gz_comparison_form(c->rows[i].deck)] = true;
    c->between_forms = NAN;
    const gz_reference reference = gz_reference_of(c->forms ? "finest" : word, GZ_REFERENCE_EXACT);
    GZ_TRY(gz_reference_check(c->context, &reference, deck));
    c->reference[0] = c->reference[1] = reference;
    return reference.kind == GZ_REFERENCE_FINEST ? load_fine(c) : GZ_OK;
}

static void announce(const gz_comparison *c, const gz_deck *deck, const char *purpose) {
    if (c->quiet) return;
    fprintf(stderr, "reference: %s", deck->integrator.scheme);
    gz_comparison_write_steps(stderr, deck, 1, 1);
    fprintf(stderr, "%s\n", purpose);
}

/* Measure how good the fine run of a form is. */
static gz_status rate(gz_comparison *c, int form) {
    const gz_reference fine = {.kind = GZ_REFERENCE_FINEST, .finest = &c->finest[form]};
    gz_deck deck = *c->finest_deck[form];
    gz_trial trial;
    gz_errors errors;
    deck.dt *= GZ_COARSER_STEP;
    deck.integrator.ode_tolerance *= GZ_COARSER_TOLERANCE;
    announce(c, &deck, ", to see how good it is");
    GZ_TRY(gz_trial_run(c->context, &deck, &(gz_trial_settings){0}, &trial));
    const gz_status status = gz_errors_of(c->context, &fine, &deck, &trial, &errors);
    if (status == GZ_OK && errors.l2 > 0) c->good_to[form] = errors.l2;
    snprintf(c->unrated[form], GZ_OUTCOME, "%s", trial.finished ? "no difference" : trial.outcome);
    gz_trial_free(&trial);
    return status;
}

gz_status gz_comparison_run_references(gz_comparison *c) {
    c->good_to[0] = c->good_to[1] = NAN;
    for (int form = 0; form < 2; form++) {
        const gz_deck *deck = c->finest_deck[form];
        if (!deck) continue;
        announce(c, deck, "");
        GZ_TRY(gz_trial_run(c->context, deck, &(gz_trial_settings){0}, &c->finest[form]));
        if (!c->finest[form].finished)
            return gz_fail(c->context, GZ_ERROR_NOT_CONVERGED, "the reference did not reach its end: %s",
                           c->finest[form].outcome);
        if (c->forms || form == (int)c->own) GZ_TRY(rate(c, form));
    }
    if (!c->finest_deck[0] || !c->finest_deck[1]) return GZ_OK;
    const gz_reference log_form = {.kind = GZ_REFERENCE_FINEST, .finest = &c->finest[GZ_LOG_FORM]};
    gz_errors errors;
    GZ_TRY(gz_errors_of(c->context, &log_form, c->finest_deck[0], &c->finest[0], &errors));
    c->between_forms = errors.l2;
    return GZ_OK;
}
