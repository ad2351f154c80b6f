/* Known answers (doc/cases.md 1 to 7) at sizes that fit a test: the rows of experiments/cases against their
 * bounds. Equilibria (8) in every dimension are in test_dimensions, errors of BKW runs in test_bkw. */
#include "answers.h"

#include <criterion/criterion.h>

static gz_context *context;
static answers *list;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    cr_assert_eq(gz_allocate(context, 1, sizeof *list, &list), GZ_OK);
}

static void close_context(void) {
    gz_release(list);
    gz_context_destroy(context);
}

TestSuite(cases, .init = open_context, .fini = close_context);

static void check(void) {
    cr_assert_gt(list->count, 0);
    cr_assert_lt(list->count, MOST_ANSWERS);
    for (int i = 0; i < list->count; i++) {
        const answer *row = &list->row[i];
        cr_log_info("%s, %s: %.2e, at most %.1e", row->problem, row->quantity, row->error, row->bound);
        cr_expect(row->error <= row->bound, "%s, %s: %.2e, at most %.1e", row->problem, row->quantity,
                  row->error, row->bound);
    }
}

Test(cases, bkw) {
    answer_bkw_functionals(context, list, 97, 6);
    answer_bkw(context, list, (grid_size){0, 2, 1, 33, 6}, 6, 1, 0.5, 1.5, 4, 1.5e-4, 8);
    check();
}

Test(cases, laguerre_modes_of_the_operator) {
    answer_laguerre(context, list, (grid_size){0, 2, 1, 65, 8}, 1e-4);
    answer_laguerre(context, list, (grid_size){0, 3, 1, 57, 8}, 1e-4);
    check();
}

/* The steps make an error of (rate dt)^2/12 = 6e-4, the grid makes the rest. */
Test(cases, laguerre_modes_of_a_run) {
    answer_laguerre_run(context, list, (grid_size){0, 2, 1, 49, 7}, 2, 12, 1e-3);
    check();
}

Test(cases, temperature_tensor) {
    answer_temperature(context, list, (grid_size){0, 2, 1, 33, 6}, 12, 2e-3);
    answer_temperature(context, list, (grid_size){0, 3, 1, 21, 5}, 4, 1e-2);
    check();
}

Test(cases, coulomb_in_three_dimensions) {
    static const size_t NODES[] = {25, 41};
    answer_coulomb(context, list, 1.3, 1, 2, NODES, 6.5, 3e-4, 3.5);
    answer_coulomb(context, list, 1, 1.3, 2, NODES, 6.5, 3e-4, 3.5);
    check();
}

Test(cases, stress_of_random_data) {
    answer_stress(context, list, (grid_size){0, 2, 1, 33, 6}, 97, 1, 1e-3);
    answer_stress(context, list, (grid_size){1, 2, 3, 33, 6}, 65, 3, 1e-3);
    check();
}

/* These grids are coarser, since all pairs of a fine grid in three dimensions take too long. */
Test(cases, stress_of_random_data_in_three_dimensions) {
    answer_stress(context, list, (grid_size){0, 3, 1, 21, 6}, 25, 2, 1.5e-2);
    answer_stress(context, list, (grid_size){1, 3, 2, 13, 5}, 17, 2, 3e-2);
    check();
}

Test(cases, fuzzy_moments) {
    answer_fuzzy_moments(context, list, (grid_size){1, 2, 16, 33, 7}, 0, 1e-6);
    answer_fuzzy_moments(context, list, (grid_size){2, 2, 8, 33, 7}, 0, 1e-6);
    answer_fuzzy_moments(context, list, (grid_size){1, 3, 8, 25, 7}, 0, 1e-6);
    check();
}

Test(cases, limits_of_kappa) {
    answer_limits(context, list, (grid_size){1, 2, 8, 33, 7}, 1e-4);
    answer_limits(context, list, (grid_size){2, 2, 3, 33, 7}, 1e-4);
    answer_limits(context, list, (grid_size){1, 3, 3, 17, 5}, 2e-3);
    answer_limits(context, list, (grid_size){3, 3, 2, 13, 5}, 2e-2);
    check();
}
