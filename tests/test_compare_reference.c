/* What the rows of compare are compared with: fine runs of each space form, and how good these are. */
#include "compared.h"
#include "process.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

TestSuite(compare_reference, .init = compared_open, .fini = scratch_close);

Test(compare_reference, without_an_exact_solution_the_reference_is_finer) {
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,jko", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot"),
           0);
    says(process_output(), "errors are relative to zero_defect4 with dt = 0.00625 at t = 0.2");
    const double ratio = strtod(compared_word("fuzzy.out/compare.csv", 0, "error_L2"), NULL) /
                         strtod(compared_word("fuzzy.out/compare.csv", 1, "error_L2"), NULL);
    cr_assert_float_eq(ratio, 4, 0.5, "%g", ratio);
}

/* The relative difference of the forms that the output names after this piece of text. */
static double difference_after(const char *piece) {
    const char *found = strstr(process_output(), piece);
    cr_assert_not_null(found, "no `%s`: %s", piece, process_output());
    return strtod(found + strlen(piece), NULL);
}

static double fuzzy_value(size_t row, const char *column) {
    return strtod(compared_word("fuzzy.out/compare.csv", row, column), NULL);
}

/* Without an exact solution each row is compared with its own form, and so every method shows its order. With
 * one reference for all, the rows of the other form stagnate, and the table says where. */
Test(compare_reference, by_default_no_row_stagnates_at_the_difference_of_the_forms) {
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,rkl2", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot"),
           0);
    const double between = difference_after("which differ by");
    says(process_output(),
         "errors are relative to rkl2 (flux form) with dt = 0.00625 and zero_defect4 (log form) with "
         "dt = 0.00625, which differ by");
    for (size_t row = 0; row < 4; row += 2) {
        const double ratio = fuzzy_value(row, "error_L2") / fuzzy_value(row + 1, "error_L2");
        cr_assert(ratio > 3 && ratio < 6, "row %zu: %g", row, ratio);
        cr_assert_lt(fuzzy_value(row, "error_L2"), between / 4);
    }
    cr_assert_null(strstr(process_output(), "stagnate"));
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,rkl2", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot", "--reference=finest"),
           0);
    const double stuck = difference_after("rows of the flux form stagnate at ");
    cr_assert_float_eq(stuck, between, 0.05 * between);
    for (size_t row = 2; row < 4; row++) cr_assert_float_eq(fuzzy_value(row, "error_L2"), stuck, 0.1 * stuck);
    says(process_output(), "--reference forms compares like with like");
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect,rkl2", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot", "--reference=finest", "--set", "time.scheme=rkl2"),
           0);
    says(process_output(), "rows of the log form stagnate at ");
}

Test(compare_reference, one_file_for_both_forms_is_said_to_fit_one) {
    expect(GRAZING("run", "bkw.yaml", "--quiet", "--out", "fine"), 0);
    const char *const methods[] = {"zero_defect,jko", "zero_defect,rkl2"};
    for (int both = 0; both < 2; both++) {
        expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", methods[both], "--dt", "0.1", "--repeat=1",
                            "--no-plot", "--reference", "fine/result.h5"),
               0);
        cr_assert_eq(strstr(process_output(), "rows of one space form stagnate at its difference") != NULL,
                     both);
    }
}

/* Each space form has its own fine run: errors in time are of order 2, though the forms differ by more. */
Test(compare_reference, forms_have_references_of_their_own) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect,rkl2,rkl2:log,rk4@0.004", "--dt",
                        "0.1,0.05", "--repeat=1", "--no-plot", "--reference", "forms"),
           0);
    const char *piece = strstr(process_output(), "which differ by");
    says(process_output(), "arkode_dirk (flux form) with tolerance = 1e-08 and zero_defect4 (log form) with "
                           "dt = 0.00625,");
    says(process_output(), "arkode_dirk (flux form) is good to ");
    says(process_output(), ", its difference to one with tolerance = 1e-07\n");
    const double between = strtod(piece + strlen("which differ by"), NULL);
    cr_assert(between > 1e-3 && between < 0.1, "%g", between);
    for (size_t row = 0; row < 6; row += 2) {
        const double ratio = compared_value(row, "error_L2") / compared_value(row + 1, "error_L2");
        cr_assert(ratio > 2.5 && ratio < 6, "row %zu: %g", row, ratio);
        cr_assert_lt(compared_value(row + 1, "error_L2"), between / 4, "row %zu", row);
    }
    cr_assert_lt(compared_value(6, "error_L2"), 1e-5); /* of order 4, and of the flux form */
}

/* What a reference is good to is the error of a row with twice its step, and ten times its tolerance, against it. */
Test(compare_reference, references_are_rated) {
    static const struct {
        const char *scheme, *twice, *piece;
    } CASES[] = {{"rkl2", "rkl2@0.0125", "\nrkl2 (flux form) is good to "},
                 {"zero_defect4", "zero_defect4@0.0125", "\nzero_defect4 (log form) is good to "},
                 {"cvode_bdf", "cvode_bdf@0.0125", "\ncvode_bdf (flux form) is good to "}};
    double good[3];
    for (int i = 0; i < 3; i++) {
        char scheme[40];
        snprintf(scheme, sizeof scheme, "time.scheme=%s", CASES[i].scheme);
        expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", CASES[i].scheme, "--dt", "0.1,0.05",
                            "--repeat=1", "--no-plot", "--reference", "finest", "--set", scheme),
               0);
        good[i] = difference_after(CASES[i].piece);
    }
    says(process_output(), "its difference to one with dt = 0.0125 and tolerance = 1e-05\n");
    for (int i = 0; i < 3; i++) {
        char scheme[40];
        snprintf(scheme, sizeof scheme, "time.scheme=%s", CASES[i].scheme);
        expect(GRAZING_ANEW("run", "bkw.yaml", "--quiet", "--out", "fine", "--set", scheme, "--set",
                            "time.dt=0.00625"),
               0);
        expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", CASES[i].twice, "--dt=1", "--tolerance=1e-5",
                            "--repeat=1", "--no-plot", "--reference", "fine/result.h5"),
               0);
        cr_assert_float_eq(good[i], compared_value(0, "error_L2"), 0.051 * good[i], "%s: %g", CASES[i].scheme,
                           good[i]);
    }
}

/* Errors that the reference is not good enough for, and those that it is good enough for. That of rk4 is too small for
 * either form, and counts for its own alone. */
Test(compare_reference, too_small_errors_are_warned_of) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "zero_defect4,rkl2,rk4@0.004", "--dt", "0.1,0.05",
                        "--repeat=1", "--no-plot", "--reference", "forms", "--at-error", "1e-3,1e-10"),
           0);
    const double flux = difference_after("arkode_dirk (flux form) is good to ");
    cr_assert(compared_value(4, "error_L2") < 10 * flux && compared_value(3, "error_L2") > 10 * flux);
    char *markdown = scratch_read("bkw.out/compare.md", NULL);
    says(markdown, "warning: 1 error is below 10 times that, the least ");
    says(markdown, "of rk4 with dt = 0.004; give another --reference");
    says(markdown, "warning: --at-error 1e-10 is below 10 times that");
    cr_assert_null(strstr(markdown, "--at-error 0.001"));
    const char *log_form = strstr(markdown, "zero_defect4 (log form) is good to ");
    cr_assert_not_null(log_form);
    cr_assert_null(strstr(log_form, "error is"), "%s", log_form);
    free(markdown);
}

/* The step of the reference is stable, twice as much is not. */
Test(compare_reference, a_reference_without_a_rating_says_so) {
    expect(GRAZING_ANEW("compare", "bkw.yaml", "--methods", "rkl2", "--dt", "0.032", "--repeat=1",
                        "--no-plot", "--reference", "finest", "--set", "time.scheme=rk4"),
           0);
    says(process_output(), "how good rk4 (flux form) is, is not known: blew up by t = ");
    says(process_output(), " with dt = 0.008\n");
    says(process_errors(), "reference: rk4 with dt = 0.008, to see how good it is\n");
}

/* zero_defect4 streams within its steps, which walls do not allow. Step control would take the fine steps away. */
Test(compare_reference, every_deck_has_a_fine_run) {
    expect(GRAZING_ANEW("compare", "walls.yaml", "--methods", "zero_defect", "--dt", "0.1", "--repeat=1",
                        "--no-plot"),
           0);
    says(process_output(), "errors are relative to zero_defect with dt = 0.0125 at t = 0.2");
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect", "--dt", "0.1", "--repeat=1",
                        "--no-plot", "--set", "model.field.shape=poisson"),
           0);
    says(process_output(), "errors are relative to zero_defect with dt = 0.0125 at t = 0.2");
    /* A row over the whole time, and one with a dt of its own, do not say how fine that is. */
    expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "cvode_bdf:log,cvode_bdf:log@0.01", "--dt",
                        "0.1", "--tolerance=1e-3", "--repeat=1", "--no-plot", "--set",
                        "model.transport=false"),
           0);
    says(process_output(), "errors are relative to zero_defect4 with dt = 0.0125 at t = 0.2");
    double good[2];
    for (int controlled = 0; controlled < 2; controlled++) {
        expect(GRAZING_ANEW("compare", "fuzzy.yaml", "--methods", "zero_defect", "--dt", "0.1", "--repeat=1",
                            "--no-plot", "--set",
                            controlled ? "time.dt_control.tolerance=1e-2" : "time.dt_control.tolerance=0"),
               0);
        good[controlled] = difference_after("zero_defect4 (log form) is good to ");
    }
    cr_assert_eq(good[0], good[1]);
}
