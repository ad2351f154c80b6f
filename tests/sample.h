/* Sample data for the tests: grids and repeatable random smooth positive densities, rough potentials, results
 * of runs. */
#ifndef GZ_TESTS_SAMPLE_H
#define GZ_TESTS_SAMPLE_H

#include "result_file.h"

/* A uniform number in [0, 1) that depends only on (seed, index). */
double sample_uniform(size_t seed, size_t index);

/* `cells` along every x axis of length 1; fails the test if the grid cannot be made. Destroy as usual. */
gz_phase_grid *sample_grid(gz_context *context, int space_dim, int velocity_dim, size_t cells, size_t nodes,
                           double half_width);

/* All fields are [cell][node], to be released with gz_release. */
double *sample_zero(gz_context *context, const gz_phase_grid *grid);

/* Rough: independent entries in [-1, 1]. */
double *sample_noise(gz_context *context, const gz_phase_grid *grid, size_t seed);

/* log f of a smooth positive density: the datum `random` of initial.h with a mass between 0.6 and 2.6. */
double *sample_log_density(gz_context *context, const gz_phase_grid *grid, size_t seed);

double *sample_exp(gz_context *context, const gz_phase_grid *grid, const double *log_f);

/* Fails the test unless free streaming of log f by t is the same to the last bit for one to three threads,
 * and allocates nothing. */
void sample_check_shift(gz_context *context, const gz_phase_grid *grid, double t, const double *log_f);

/* How many allocations there are whose failure makes free streaming fail, and leaves nothing. */
size_t sample_streaming_failures(gz_context *context, const gz_phase_grid *grid);

/* The state of a step, t = 0.1 step: a density that depends on the step. Destroy as usual. */
gz_state sample_state(gz_context *context, const gz_phase_grid *grid, long step);

/* result.h5 in the scratch folder, by settings with all densities or with the last alone. */
extern const gz_result_settings sample_whole, sample_sparse;
gz_result_file *sample_result(gz_context *context, const gz_phase_grid *grid,
                              const gz_result_settings *settings);

/* Append the sample states of one step, and of the steps first..last, which must succeed. */
gz_status sample_append(gz_context *context, gz_result_file *result, const gz_phase_grid *grid, long step);
void sample_append_steps(gz_context *context, gz_result_file *result, const gz_phase_grid *grid, long first,
                         long last);

/* Fails the test unless result.h5 holds the states of the steps 0..count-1, or count - 1 alone if it is
 * sparse. */
void sample_check_result(gz_context *context, const gz_phase_grid *grid, size_t count, bool only_last);

#endif
