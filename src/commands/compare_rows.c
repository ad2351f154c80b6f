/* Comparison: the rows that --methods, --dt and --tolerance ask for (command_compare.c says which). */
#include "comparison.h"
#include "ladder.h"

#include <math.h>
#include <string.h>

enum { MOST_WORDS = 40, OWN_SETTINGS = 4 };

typedef char (*word_list)[GZ_LONGEST_WORD];

static bool is_scheme(const char *name) {
    for (size_t i = 0; gz_integrator_name(i); i++)
        if (strcmp(gz_integrator_name(i), name) == 0) return true;
    return false;
}

/* Split a method such as "rk4:log" into its scheme and its form, "" if none is given. */
static gz_status read_method(gz_context *context, const char *word, char scheme[GZ_LONGEST_WORD],
                             const char **form) {
    const char *colon = strchr(word, ':');
    snprintf(scheme, GZ_LONGEST_WORD, "%.*s", (int)(colon ? (size_t)(colon - word) : strlen(word)), word);
    *form = colon ? colon + 1 : "";
    if (!is_scheme(scheme)) {
        char names[200] = "";
        for (size_t i = 0, used = 0; gz_integrator_name(i); i++, used = strlen(names))
            snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", gz_integrator_name(i));
        return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s is no method; there are: %s", scheme, names);
    }
    if (!colon) return GZ_OK;
    if (gz_integrator_is_variational(scheme))
        return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s has no space form; write %s", word, scheme);
    if (strcmp(*form, "flux") == 0 || strcmp(*form, "log") == 0) return GZ_OK;
    return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s: the space form is flux or log", word);
}

/* Add one row. If dt is NULL, the method chooses its steps inside the deck's intervals. */
static gz_status add(gz_comparison *c, const char *method, const char *dt, bool own_dt,
                     const char *tolerance) {
    char own[OWN_SETTINGS][GZ_LONGEST_SETTING], scheme[GZ_LONGEST_WORD];
    const char *form;
    size_t count = 0;
    GZ_TRY(read_method(c->context, method, scheme, &form));
    if (c->count == GZ_MOST_ROWS)
        return gz_fail(c->context, GZ_ERROR_USAGE, "more than %d rows; give fewer methods or steps",
                       GZ_MOST_ROWS);
    gz_comparison_row *e = &c->rows[c->count];
    snprintf(own[count++], GZ_LONGEST_SETTING, "time.scheme=%s", scheme);
    if (*form) snprintf(own[count++], GZ_LONGEST_SETTING, "time.space_form=%s", form);
    if (dt) snprintf(own[count++], GZ_LONGEST_SETTING, "time.dt=%s", dt);
    if (tolerance) snprintf(own[count++], GZ_LONGEST_SETTING, "time.tolerance=%s", tolerance);
    snprintf(e->method, sizeof e->method, "%s", method);
    e->place = 0;
    while (strcmp(c->rows[e->place].method, method) != 0) e->place++;
    GZ_TRY(gz_study_deck(c->context, c->options, count, own, &e->deck));
    c->count++;
    if (!dt && e->deck->end > 0 &&
        !(!e->deck->problem.collisions_only && e->deck->problem.grid.space_dim > 0))
        e->deck->dt = e->deck->end;
    e->dt = e->deck->dt;
    e->own_dt = own_dt;
    e->tolerance = gz_integrator_chooses_steps(scheme) ? e->deck->integrator.ode_tolerance : NAN;
    return GZ_OK;
}

/* Add the row of NAME@DT. */
static gz_status add_at(gz_comparison *c, const char *method, const char *dt) {
    char option[GZ_LONGEST_WORD + 16], value[1][GZ_LONGEST_WORD];
    snprintf(option, sizeof option, "--methods %s@DT", method);
    snprintf(value[0], sizeof value[0], "%s", dt);
    GZ_TRY(gz_ladder_check(c->context, option, 1, value));
    return add(c, method, dt, true, NULL);
}

static gz_status add_all(gz_comparison *c, size_t methods, const word_list method, size_t steps,
                         const word_list dt, size_t tolerances, const word_list tolerance) {
    for (size_t m = 0; m < methods; m++) {
        char scheme[GZ_LONGEST_WORD], *at = strchr(method[m], '@');
        const char *form;
        if (at) *at++ = 0;
        GZ_TRY(read_method(c->context, method[m], scheme, &form));
        if (at)
            GZ_TRY(add_at(c, method[m], at));
        else if (tolerances > 0 && gz_integrator_chooses_steps(scheme))
            for (size_t k = 0; k < tolerances; k++) GZ_TRY(add(c, method[m], NULL, false, tolerance[k]));
        else
            for (size_t k = 0; k < steps; k++) GZ_TRY(add(c, method[m], dt[k], false, NULL));
    }
    return GZ_OK;
}

/* True if the rows are of one method and the first is coarser. */
static bool is_coarser(const gz_comparison_row *a, const gz_comparison_row *b) {
    return a->dt > b->dt || (a->dt == b->dt && a->tolerance > b->tolerance);
}

/* Sort the rows by method, and those of a method from coarse to fine. */
static gz_status sort_rows(gz_comparison *c) {
    for (size_t i = 1; i < c->count; i++)
        for (size_t k = i; k > 0; k--) {
            gz_comparison_row *a = &c->rows[k - 1], *b = &c->rows[k];
            if (a->place < b->place || (a->place == b->place && !is_coarser(b, a))) break;
            const gz_comparison_row kept = *a;
            *a = *b;
            *b = kept;
        }
    for (size_t i = 1; i < c->count; i++) {
        const gz_comparison_row *a = &c->rows[i - 1], *b = &c->rows[i];
        if (a->place == b->place && !is_coarser(a, b))
            return gz_fail(c->context, GZ_ERROR_USAGE, "--methods: %s with dt = %g is there twice", a->method,
                           a->dt);
    }
    return GZ_OK;
}

/* Split the list of an option; *count is 0 if it is not given. Lists of numbers are ladders. */
static gz_status read_list(gz_comparison *c, const char *name, bool is_ladder, word_list *list,
                           size_t *count) {
    const char *text = gz_options_value(c->options, name);
    char option[GZ_LONGEST_WORD];
    if (!text) return GZ_OK;
    GZ_TRY(gz_split_words(c->context, name, text, MOST_WORDS, list, count));
    if (!is_ladder) return GZ_OK;
    snprintf(option, sizeof option, "--%s", name);
    return gz_ladder_check(c->context, option, *count, *list);
}

gz_status gz_comparison_read_rows(gz_comparison *c) {
    static const char *const NAMES[] = {"methods", "dt", "tolerance"};
    word_list lists[3] = {NULL, NULL, NULL};
    size_t counts[3] = {0, 0, 0};
    gz_status status = GZ_OK;
    for (int i = 0; i < 2; i++)
        if (!gz_options_has(c->options, NAMES[i]))
            return gz_fail(
                c->context, GZ_ERROR_USAGE,
                "--%s is missing; such as --methods zero_defect,jko,rk4,cvode_bdf --dt 0.2,0.1,0.05",
                NAMES[i]);
    for (int i = 0; i < 3 && status == GZ_OK; i++)
        status = read_list(c, NAMES[i], i > 0, &lists[i], &counts[i]);
    if (status == GZ_OK) status = add_all(c, counts[0], lists[0], counts[1], lists[1], counts[2], lists[2]);
    for (int i = 0; i < 3; i++) gz_release(lists[i]);
    return status == GZ_OK ? sort_rows(c) : status;
}
