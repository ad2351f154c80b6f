/* Sample data for the tests: grids and repeatable random smooth positive densities, rough potentials. */
#ifndef GZ_TESTS_SAMPLE_H
#define GZ_TESTS_SAMPLE_H

#include "phase_grid.h"

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

#endif
