/* States and results of a run that did not happen: each state depends on its step only. */
#include "sample_result.h"

#include "curve_file.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <string.h>

gz_state sample_state(gz_context *context, const gz_phase_grid *grid, long step) {
    double *log_f = sample_log_density(context, grid, (size_t)step + 1);
    return (gz_state){
        .time = 0.1 * (double)step, .step = step, .f = sample_exp(context, grid, log_f), .log_f = log_f};
}

const gz_result_settings sample_whole = {.title = "a title", .deck = "title: a title\n"};
const gz_result_settings sample_sparse = {.title = "a title", .deck = "title: a title\n", .sparse = true};

gz_result_file *sample_result(gz_context *context, const gz_phase_grid *grid,
                              const gz_result_settings *settings) {
    gz_result_file *result = NULL;
    cr_assert_eq(gz_result_create(context, grid, settings, scratch_path(""), &result), GZ_OK, "%s",
                 gz_context_message(context));
    return result;
}

gz_status sample_append(gz_context *context, gz_result_file *result, const gz_phase_grid *grid, long step) {
    gz_state s = sample_state(context, grid, step);
    const gz_status status = gz_result_append(result, &s);
    gz_state_free(&s);
    return status;
}

void sample_append_steps(gz_context *context, gz_result_file *result, const gz_phase_grid *grid, long first,
                         long last) {
    for (long step = first; step <= last; step++)
        cr_assert_eq(sample_append(context, result, grid, step), GZ_OK, "%s", gz_context_message(context));
}

void sample_check_result(gz_context *context, const gz_phase_grid *grid, size_t count, bool only_last) {
    gz_curve_file *curve = NULL;
    cr_assert_eq(gz_curve_open(context, grid, scratch_path("result.h5"), NULL, &curve), GZ_OK, "%s",
                 gz_context_message(context));
    double *f = sample_zero(context, grid);
    cr_assert_eq(gz_curve_count(curve), only_last ? 1 : count);
    for (size_t i = 0; i < gz_curve_count(curve); i++) {
        gz_state s = sample_state(context, grid, (long)(only_last ? count - 1 : i));
        cr_assert_eq(gz_curve_times(curve)[i], s.time);
        cr_assert_eq(gz_curve_read(curve, i, f), GZ_OK, "%s", gz_context_message(context));
        cr_assert_eq(memcmp(f, s.f, grid->size * sizeof *f), 0);
        gz_state_free(&s);
    }
    cr_assert_eq(gz_curve_read(curve, gz_curve_count(curve), f), GZ_ERROR_USAGE);
    gz_release(f);
    gz_curve_close(curve);
}
