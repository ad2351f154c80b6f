/* Comparison: the rows that --methods, --dt and --tolerance ask for (command_compare.c says which). */
#include "comparison.h"
#include "expected_order.h"
#include "ladder.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 40, OWN_SETTINGS = 5 };

typedef char (*word_list)[GZ_LONGEST_WORD];

static bool is_scheme(const char *name) {
    for (size_t i = 0; gz_integrator_name(i); i++)
        if (strcmp(gz_integrator_name(i), name) == 0) return true;
    return false;
}

/* A method such as arkode_dirk:log:3; parts that are not given are empty. */
typedef struct method_parts {
    char scheme[GZ_LONGEST_WORD], form[GZ_LONGEST_WORD], order[GZ_LONGEST_WORD];
} method_parts;

static bool is_whole(const char *word) {
    return *word && !word[strspn(word, "0123456789")];
}

static bool is_form(const char *word) {
    return strcmp(word, "flux") == 0 || strcmp(word, "log") == 0;
}

static gz_status check_scheme(gz_context *context, const char *scheme) {
    char names[400] = "";
    if (is_scheme(scheme)) return GZ_OK;
    for (size_t i = 0, used = 0; gz_integrator_name(i); i++, used = strlen(names))
        snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", gz_integrator_name(i));
    return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s is no method; there are: %s", scheme, names);
}

static gz_status read_method(gz_context *context, const char *word, method_parts *m) {
    size_t length = strcspn(word, ":");
    *m = (method_parts){0};
    snprintf(m->scheme, sizeof m->scheme, "%.*s", (int)length, word);
    GZ_TRY(check_scheme(context, m->scheme));
    for (const char *rest = word + length; *rest; rest += length) {
        char part[GZ_LONGEST_WORD];
        length = strcspn(++rest, ":");
        snprintf(part, sizeof part, "%.*s", (int)length, rest);
        if (is_whole(part) && !*m->order)
            memcpy(m->order, part, sizeof part);
        else if (is_form(part) && !*m->form && !*m->order)
            memcpy(m->form, part, sizeof part);
        else
            return gz_fail(
                context, GZ_ERROR_USAGE,
                "--methods: %s; allowed: NAME[:FORM][:ORDER], where FORM is the space form, flux or "
                "log, and ORDER a whole number, time.order",
                word);
    }
    if (*m->form && gz_integrator_is_variational(m->scheme))
        return gz_fail(context, GZ_ERROR_USAGE, "--methods: %s has no space form; write %s", word, m->scheme);
    return GZ_OK;
}

typedef struct level {
    const char *dt, *tolerance; /* tolerance NULL: the deck's */
    bool own_dt;                /* dt comes from NAME@DT */
} level;

/* Add one row. If nothing but its tolerance limits the steps of a method, it goes over the whole time at once. */
static gz_status add(gz_comparison *c, const char *method, const level *l) {
    char own[OWN_SETTINGS][GZ_LONGEST_SETTING];
    method_parts m;
    size_t count = 0;
    GZ_TRY(read_method(c->context, method, &m));
    if (c->count == GZ_MOST_ROWS)
        return gz_fail(c->context, GZ_ERROR_USAGE, "more than %d rows; give fewer methods or steps",
                       GZ_MOST_ROWS);
    gz_comparison_row *e = &c->rows[c->count];
    snprintf(own[count++], GZ_LONGEST_SETTING, "time.scheme=%s", m.scheme);
    if (*m.form) snprintf(own[count++], GZ_LONGEST_SETTING, "time.space_form=%s", m.form);
    if (*m.order) snprintf(own[count++], GZ_LONGEST_SETTING, "time.order=%s", m.order);
    snprintf(own[count++], GZ_LONGEST_SETTING, "time.dt=%s", l->dt);
    if (l->tolerance) snprintf(own[count++], GZ_LONGEST_SETTING, "time.tolerance=%s", l->tolerance);
    snprintf(e->method, sizeof e->method, "%s", method);
    e->place = 0;
    while (strcmp(c->rows[e->place].method, method) != 0) e->place++;
    GZ_TRY(gz_study_deck(c->context, c->options, count, own, &e->deck));
    c->count++;
    if (*m.order && strstr(e->deck->notes, "time.order"))
        return gz_fail(c->context, GZ_ERROR_SETTINGS, "--methods: %s: time.order has no effect on %s", method,
                       m.scheme);
    if (l->tolerance && !l->own_dt && !gz_streams(e->deck) && e->deck->end > 0) e->deck->dt = e->deck->end;
    e->dt = e->deck->dt;
    e->own_dt = l->own_dt;
    e->tolerance = gz_integrator_chooses_steps(m.scheme) ? e->deck->integrator.ode_tolerance : NAN;
    return GZ_OK;
}

/* The words of --dt and of --tolerance. */
typedef struct ladders {
    size_t steps, tolerances;
    word_list dt, tolerance;
    bool own_dt;
} ladders;

/* Add the rows of one method: one for each dt. With tolerances, a method that chooses its steps has one for each
 * pair of both; without transport dt does not matter to it, and it has one for each tolerance. */
static gz_status add_ladder(gz_comparison *c, const char *method, const char *scheme, const ladders *l) {
    const size_t tolerances = gz_integrator_chooses_steps(scheme) ? l->tolerances : 0;
    for (size_t i = 0; i < l->steps; i++) {
        level row = {.dt = l->dt[i], .own_dt = l->own_dt};
        if (tolerances == 0) GZ_TRY(add(c, method, &row));
        for (size_t k = 0; k < tolerances; k++) {
            row.tolerance = l->tolerance[k];
            GZ_TRY(add(c, method, &row));
        }
        if (tolerances > 0 && !gz_streams(c->rows[c->count - 1].deck)) break;
    }
    return GZ_OK;
}

/* Add the rows of NAME@DT. */
static gz_status add_at(gz_comparison *c, const char *method, const char *scheme, const char *dt,
                        const ladders *all) {
    char option[GZ_LONGEST_WORD + 16], value[1][GZ_LONGEST_WORD];
    snprintf(option, sizeof option, "--methods %s@DT", method);
    snprintf(value[0], sizeof value[0], "%s", dt);
    GZ_TRY(gz_ladder_check(c->context, option, 1, value));
    const ladders one = {1, all->tolerances, value, all->tolerance, true};
    return add_ladder(c, method, scheme, &one);
}

static gz_status add_all(gz_comparison *c, size_t methods, const word_list method, const ladders *l) {
    for (size_t i = 0; i < methods; i++) {
        char *at = strchr(method[i], '@');
        method_parts m;
        if (at) *at++ = 0;
        GZ_TRY(read_method(c->context, method[i], &m));
        GZ_TRY(at ? add_at(c, method[i], m.scheme, at, l) : add_ladder(c, method[i], m.scheme, l));
    }
    return GZ_OK;
}

const char *gz_comparison_level(const gz_comparison_row *row, char text[GZ_LEVEL]) {
    const int used = snprintf(text, GZ_LEVEL, "dt = %g", row->dt);
    if (row->tolerance > 0)
        snprintf(text + used, GZ_LEVEL - (size_t)used, ", tolerance = %g", row->tolerance);
    return text;
}

/* True if the first of two rows of one method is coarser. Pairs of dt and tolerance go by dt first. */
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
        if (a->place != b->place || is_coarser(a, b)) continue;
        char text[GZ_LEVEL];
        return gz_fail(c->context, GZ_ERROR_USAGE, "--methods: %s with %s is there twice", a->method,
                       gz_comparison_level(a, text));
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
    c->least_dt = INFINITY;
    for (size_t i = 0; i < counts[1] && status == GZ_OK; i++)
        c->least_dt = fmin(c->least_dt, strtod(lists[1][i], NULL));
    const ladders all = {counts[1], counts[2], lists[1], lists[2], false};
    if (status == GZ_OK) status = add_all(c, counts[0], lists[0], &all);
    for (int i = 0; i < 3; i++) gz_release(lists[i]);
    return status == GZ_OK ? sort_rows(c) : status;
}
