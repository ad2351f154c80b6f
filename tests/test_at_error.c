/* Work at one error from made-up rows: ladders of one setting and of two, rows that others beat, and the table. */
#include "at_error.h"
#include "scratch.h"
#include "work_envelope.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

TestSuite(at_error, .init = scratch_open, .fini = scratch_close);

/* error = work^-2, in any order of the rows. */
Test(at_error, a_power_law_is_met_exactly) {
    const double errors[] = {1e-4, 1, 1e-6, 1e-2}, work[] = {100, 1, 1000, 10};
    for (double error = 0.9; error > 1e-6; error /= 3) {
        const gz_bracket b = gz_work_bracket(4, errors, work, error);
        const double wanted = 1 / sqrt(error);
        cr_assert_float_eq(gz_bracket_value(&b, 4, work), wanted, 1e-12 * wanted, "%g", error);
        cr_assert(!b.is_bound);
    }
}

/* Pairs of dt (three of them) and tolerance, error = dt^2 + tolerance. Row 3 has a fine dt for a coarse tolerance:
 * it is the most accurate of the rows that are not good enough, and dearer than a good one. */
Test(at_error, on_a_ladder_of_two_settings_beaten_rows_do_not_count) {
    const double errors[] = {1.1e-2, 2e-3, 1.1e-3, 1.01e-3, 1.05e-4, 1.0e-5};
    const double work[] = {10, 80, 40, 400, 50, 500};
    const gz_bracket b = gz_work_bracket(6, errors, work, 2e-4);
    cr_assert_eq(b.good, 4);
    cr_assert_eq(b.bad, 2, "row %zu", b.bad); /* not 3, which is more accurate and dearer than a good row */
    const double share = log(2e-4 / 1.05e-4) / log(1.1e-3 / 1.05e-4);
    cr_assert_float_eq(b.share, share, 1e-14);
    cr_assert_float_eq(gz_bracket_value(&b, 6, work), 50 * pow(40. / 50, share), 1e-12);
}

Test(at_error, what_cannot_be_bracketed_is_told) {
    const double errors[] = {1e-3, 1e-4, NAN, 1e-9}, work[] = {10, 20, 1, NAN};
    gz_bracket b = gz_work_bracket(4, errors, work, 1e-5);
    cr_assert(b.good == 4 && isnan(gz_bracket_value(&b, 4, work)));
    b = gz_work_bracket(4, errors, work, 1e-2);
    cr_assert(b.good == 0 && b.bad == 0 && b.is_bound);
    cr_assert_eq(gz_bracket_value(&b, 4, work), 10);
    b = gz_work_bracket(4, errors, work, 1e-3); /* met by a row */
    cr_assert(b.good == 0 && b.bad == 0 && b.is_bound);
    /* Longer steps that cost more and are worse: the least work lies inside the ladder and is no bound. */
    const double dearer[] = {30, 20, 1, NAN};
    b = gz_work_bracket(4, errors, dearer, 5e-4);
    cr_assert(b.good == 1 && b.bad == 1 && !b.is_bound);
    cr_assert_eq(gz_bracket_value(&b, 4, dearer), 20);
}

static void holds(const char *text, const char *piece) {
    cr_assert_not_null(strstr(text, piece), "no `%s` in:\n%s", piece, text);
}

/* The word up to a separator; *rest goes on behind it. */
static char *cut(char **rest, const char *separator) {
    char *begin = *rest, *end = begin + strcspn(begin, separator);
    *rest = *end ? end + 1 : end;
    *end = 0;
    return begin;
}

/* Applications and set-ups come from the two rows that their sum has found, whatever is cheapest in each of them. */
Test(at_error, the_table_of_several_errors) {
    static const gz_work_row ROWS[] = {
        {"a", 1e-2, 1, 1, 100, 100, true},     {"a", 1e-4, 10, 10, 1000, 1000, true},
        {"b", 1e-2, 2, 2, 50, 400, false},     {"b", 1e-4, 20, 20, 5000, 4000, true},
        {"b", 1e-6, 200, 200, 50000, 0, true}, {"b", 1e-4, 30, 30, 9000, 10, true},
        {"c", 1e-5, 0.5, 0.5, 30, 0, true},
    };
    const double errors[] = {1e-3, 1e-5};
    gz_context *context = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_at_error_write(context, 7, ROWS, 2, errors, scratch_path("."), true), GZ_OK);
    char *text = scratch_read("at_error.csv", NULL);
    const struct {
        const char *method, *positive, *remark;
        double error, seconds, applications, setups, ratio_work;
    } WANTED[] = {
        {"a", "yes", "", 1e-3, sqrt(10), 100 * sqrt(10), 100 * sqrt(10), 1},
        {"b", "no", "", 1e-3, 2 * sqrt(10), 500, 400 * sqrt(10), 200 * sqrt(10) / (500 + 400 * sqrt(10))},
        {"c", "yes", "at most: every row is better", 1e-3, 0.5, 30, 0, 200 * sqrt(10) / 30},
        {"a", "", "no row is that good", 1e-5, NAN, NAN, NAN, NAN},
        {"b", "yes", "", 1e-5, 20 * sqrt(10), 5000 * sqrt(10), 2000, NAN},
        {"c", "yes", "at most: every row is better", 1e-5, 0.5, 30, 0, NAN},
    };
    char *rest = text, *line = cut(&rest, "\n");
    cr_assert_str_eq(line, "method,error_L2,seconds,processor_seconds,applications,setups,work,ratio,"
                           "ratio_processor,ratio_applications,ratio_setups,ratio_work,positive,remark");
    for (size_t i = 0; i < sizeof WANTED / sizeof *WANTED; i++) {
        line = cut(&rest, "\n");
        cr_assert_str_eq(cut(&line, ","), WANTED[i].method);
        double numbers[11];
        for (size_t k = 0; k < 11; k++) numbers[k] = strtod(cut(&line, ","), NULL);
        const double wanted[] = {WANTED[i].error,   WANTED[i].seconds,
                                 WANTED[i].seconds, WANTED[i].applications,
                                 WANTED[i].setups,  WANTED[i].applications + WANTED[i].setups};
        for (size_t k = 0; k < 6; k++)
            cr_assert(isnan(wanted[k]) ? isnan(numbers[k])
                                       : fabs(numbers[k] - wanted[k]) <= 1e-12 * wanted[k],
                      "row %zu, column %zu: %g", i, k, numbers[k]);
        if (i < 3) cr_assert_float_eq(numbers[10], WANTED[i].ratio_work, 1e-12);
        cr_assert_str_eq(cut(&line, ","), WANTED[i].positive, "row %zu", i);
        cr_assert_str_eq(line, WANTED[i].remark);
    }
    free(text);
    text = scratch_read("at_error.md", NULL);
    holds(text, "| b | 1.0e-05 | 63.2 | 63.2 | 15811 | 2000 | 17811 |");
    free(text);
    gz_context_destroy(context);
}
