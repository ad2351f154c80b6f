/* Sample states of a run, and the results that hold them. */
#ifndef GZ_TESTS_SAMPLE_RESULT_H
#define GZ_TESTS_SAMPLE_RESULT_H

#include "result_file.h"

/* The state of a step at t = 0.1 step, with a density that depends on the step. Destroy as usual. */
gz_state sample_state(gz_context *context, const gz_phase_grid *grid, long step);

/* A result.h5 in the scratch folder, with settings that store all densities or only the last one. */
extern const gz_result_settings sample_whole, sample_sparse;
gz_result_file *sample_result(gz_context *context, const gz_phase_grid *grid,
                              const gz_result_settings *settings);

/* Append the sample state of one step; append those of the steps first..last, which must succeed. */
gz_status sample_append(gz_context *context, gz_result_file *result, const gz_phase_grid *grid, long step);
void sample_append_steps(gz_context *context, gz_result_file *result, const gz_phase_grid *grid, long first,
                         long last);

/* Fails the test unless result.h5 holds the states of the steps 0..count-1, or with only_last the state count
 * - 1 alone. */
void sample_check_result(gz_context *context, const gz_phase_grid *grid, size_t count, bool only_last);

#endif
