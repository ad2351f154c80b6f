/* Sample data for the tests: grids and repeatable random smooth positive densities, rough potentials. */
#ifndef GZ_TESTS_SAMPLE_H
#define GZ_TESTS_SAMPLE_H

#include "phase_grid.h"

/* A uniform number in [0, 1) that depends only on seed and index. */
double sample_uniform(size_t seed, size_t index);

/* A grid with `cells` cells along every x axis of length 1. Fails the test if the grid cannot be made. */
gz_phase_grid *sample_grid(gz_context *context, int space_dim, int velocity_dim, size_t cells, size_t nodes,
                           double half_width);

/* All fields are [cell][node], to be released with gz_release. */
double *sample_zero(gz_context *context, const gz_phase_grid *grid);

/* A rough field: independent entries in [-1, 1]. */
double *sample_noise(gz_context *context, const gz_phase_grid *grid, size_t seed);

/* log f of a smooth positive density: the datum `random` of initial.h with a mass between 0.6 and 2.6. */
double *sample_log_density(gz_context *context, const gz_phase_grid *grid, size_t seed);

double *sample_exp(gz_context *context, const gz_phase_grid *grid, const double *log_f);

/* Fails the test unless free streaming of log f by t is the same to the last bit for one to three threads,
 * and allocates nothing. */
void sample_check_shift(gz_context *context, const gz_phase_grid *grid, double t, const double *log_f);

/* The number of allocations of free streaming. Fails the test unless each failure leaves nothing behind. */
size_t sample_streaming_failures(gz_context *context, const gz_phase_grid *grid);

#endif
