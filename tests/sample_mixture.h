/* Sample mixtures for the tests: a few sets of masses, charges and rates. */
#ifndef GZ_TESTS_SAMPLE_MIXTURE_H
#define GZ_TESTS_SAMPLE_MIXTURE_H

#include "kernel.h"

enum { SAMPLE_MIXTURES = 3 };

/* Mixture `index` on a grid: two species, two with rates of their own, three of which one has no charge. The rates
 * are zeros where the charges give them. */
void sample_mixture(size_t index, gz_phase_grid_settings *grid, gz_rates *rates);

/* log f of a random smooth density of every species, to be released with gz_release. */
double *sample_mixture_log_density(gz_context *context, const gz_phase_grid *grid, size_t seed);

#endif
