/* Comparison: what the numbers of the table mean, and how far they can be trusted. */
#include "comparison.h"
#include "excerpt.h"

#include <math.h>

static const char *const FORMS[] = {"flux", "log"};

/* With one reference for rows of both forms, say which rows cannot converge to it, and how close they come. */
static void write_forms(FILE *out, const gz_comparison *c) {
    if (!c->used[0] || !c->used[1] || c->forms || c->reference[0].kind == GZ_REFERENCE_EXACT) return;
    if (c->reference[0].kind == GZ_REFERENCE_FILE)
        fputs("rows of one space form stagnate at its difference to the form of this file", out);
    else
        fprintf(out, "rows of the %s form stagnate at %.1e, the difference of the space forms",
                FORMS[!c->own], c->between_forms);
    fputs("; --reference forms compares like with like\n", out);
}

void gz_comparison_write_steps(FILE *out, const gz_deck *deck, double coarser, double looser) {
    const char *before = " with";
    if (!gz_comparison_whole(deck)) {
        fprintf(out, "%s dt = %g", before, coarser * deck->dt);
        before = " and";
    }
    if (gz_integrator_chooses_steps(deck->integrator.scheme))
        fprintf(out, "%s tolerance = %g", before, looser * deck->integrator.ode_tolerance);
}

static void write_reference(FILE *out, const gz_comparison *c) {
    const gz_deck *const *fine = (const gz_deck *const *)c->finest_deck;
    fputs("errors are relative to ", out);
    if (c->reference[0].kind != GZ_REFERENCE_FINEST) {
        gz_print_calmly(out, c->reference[0].path ? c->reference[0].path : "the exact solution");
    } else if (c->forms && c->used[0] && c->used[1]) {
        for (int form = 0; form < 2; form++) {
            fprintf(out, "%s%s (%s form)", form ? " and " : "", fine[form]->integrator.scheme, FORMS[form]);
            gz_comparison_write_steps(out, fine[form], 1, 1);
        }
        fprintf(out, ", which differ by %.2e,", c->between_forms);
    } else {
        const gz_deck *one = fine[!c->forms ? c->own : c->used[0] ? GZ_FLUX_FORM : GZ_LOG_FORM];
        fputs(one->integrator.scheme, out);
        gz_comparison_write_steps(out, one, 1, 1);
    }
}

/* An error says something if it is this many times what the reference is good to. */
#define TRUSTED 10

/* Warn of errors that the fine run of a form is not good enough for. */
static void warn(FILE *out, const gz_comparison *c, int form) {
    const double limit = TRUSTED * c->good_to[form];
    const gz_comparison_row *least = NULL;
    size_t count = 0;
    for (size_t i = 0; i < c->count; i++) {
        const gz_comparison_row *e = &c->rows[i];
        if (c->forms && (int)gz_comparison_form(e->deck) != form) continue;
        if (!(e->errors.l2 < limit)) continue;
        if (!least || e->errors.l2 < least->errors.l2) least = e;
        count++;
    }
    char text[GZ_LEVEL];
    if (count > 0)
        fprintf(out,
                "warning: %zu error%s below %d times that, the least %.1e of %s with %s; give %sanother "
                "--reference\n",
                count, count == 1 ? " is" : "s are", TRUSTED, least->errors.l2, least->method,
                gz_comparison_level(least, text),
                gz_comparison_whole(c->finest_deck[form]) ? "" : "a smaller --dt or ");
    for (size_t k = 0; k < c->at_error_count; k++)
        if (c->at_errors[k] < limit)
            fprintf(out, "warning: --at-error %g is below %d times that\n", c->at_errors[k], TRUSTED);
}

/* Say how good each fine run is that rows are compared with. */
static void write_quality(FILE *out, const gz_comparison *c) {
    for (int form = 0; form < 2; form++) {
        const gz_deck *deck = c->finest_deck[form];
        if (!deck || !(c->forms || form == (int)c->own)) continue;
        const char *scheme = deck->integrator.scheme;
        if (isnan(c->good_to[form]))
            fprintf(out, "how good %s (%s form) is, is not known: %s", scheme, FORMS[form], c->unrated[form]);
        else
            fprintf(out, "%s (%s form) is good to %.1e, its difference", scheme, FORMS[form],
                    c->good_to[form]);
        if (!isnan(c->good_to[form])) fputs(" to one", out);
        gz_comparison_write_steps(out, deck, GZ_COARSER_STEP, GZ_COARSER_TOLERANCE);
        fputc('\n', out);
        warn(out, c, form);
    }
}

void gz_comparison_write_notes(FILE *out, const gz_comparison *c) {
    const gz_deck *deck = c->rows[0].deck;
    write_reference(out, c);
    fprintf(out,
            " at t = %g; mobility %s, %d thread%s; seconds of the steps, median of %ld\nprocessor: of all "
            "threads together, least of them; no other process is in it\n",
            deck->end,
            deck->integrator.mobility ? deck->integrator.mobility
                                      : gz_collision_name(deck->problem.collisions.kind),
            gz_context_threads(c->context), gz_context_threads(c->context) == 1 ? "" : "s", c->repeat);
    write_quality(out, c);
    write_forms(out, c);
}
