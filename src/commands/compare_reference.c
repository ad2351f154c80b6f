/* Comparison: what the rows are compared with. */
#include "comparison.h"

#include <math.h>
#include <string.h>

gz_space_form gz_comparison_form(const gz_deck *deck) {
    return gz_integrator_is_variational(deck->integrator.scheme) ? GZ_LOG_FORM : deck->integrator.space_form;
}

/* The dt of the fine runs. */
static double fine_dt(const gz_comparison *c) {
    double least = INFINITY, any = INFINITY;
    for (size_t i = 0; i < c->count; i++) {
        any = fmin(any, c->rows[i].dt);
        if (!c->rows[i].own_dt) least = fmin(least, c->rows[i].dt);
    }
    return (isfinite(least) ? least : any) / GZ_FINER;
}

/* Load the deck of the fine run in a form, by rkl2 or zero_defect. */
static gz_status load_form(gz_comparison *c, gz_space_form form) {
    char own[2][2][GZ_LONGEST_SETTING] = {{"time.scheme=rkl2", "time.space_form=flux"},
                                          {"time.scheme=zero_defect"}};
    return gz_study_deck(c->context, c->options, form == GZ_FLUX_FORM ? 2 : 1, own[form],
                         &c->finest_deck[form]);
}

/* Load the decks of the fine runs. With the reference `finest` the other form, if there are rows of it, has a
 * fine run too, which says where these rows stagnate. */
static gz_status load_fine(gz_comparison *c) {
    if (!c->forms) {
        gz_deck *deck = NULL;
        GZ_TRY(gz_study_deck(c->context, c->options, 0, NULL, &deck));
        c->own = gz_comparison_form(deck);
        c->finest_deck[c->own] = deck;
    }
    for (int form = 0; form < 2; form++) {
        if (c->used[form] && !c->finest_deck[form]) GZ_TRY(load_form(c, (gz_space_form)form));
        if (c->finest_deck[form]) c->finest_deck[form]->dt = fine_dt(c);
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

gz_status gz_comparison_run_references(gz_comparison *c) {
    const gz_trial_settings plain = {.certify = false};
    for (int form = 0; form < 2; form++) {
        const gz_deck *deck = c->finest_deck[form];
        if (!deck) continue;
        if (!c->quiet) fprintf(stderr, "reference: %s, dt = %g\n", deck->integrator.scheme, deck->dt);
        GZ_TRY(gz_trial_run(c->context, deck, &plain, &c->finest[form]));
        if (!c->finest[form].finished)
            return gz_fail(c->context, GZ_ERROR_NOT_CONVERGED, "the reference did not reach its end: %s",
                           c->finest[form].outcome);
    }
    if (!c->finest_deck[0] || !c->finest_deck[1]) return GZ_OK;
    const gz_reference log_form = {.kind = GZ_REFERENCE_FINEST, .finest = &c->finest[GZ_LOG_FORM]};
    gz_errors errors;
    GZ_TRY(gz_errors_of(c->context, &log_form, c->finest_deck[0], &c->finest[0], &errors));
    c->between_forms = errors.l2;
    return GZ_OK;
}
