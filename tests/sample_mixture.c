/* Sample mixtures for the tests. */
#include "sample_mixture.h"

#include "sample.h"

#include <string.h>

void sample_mixture(size_t index, gz_phase_grid_settings *grid, gz_rates *rates) {
    static const gz_species SPECIES[SAMPLE_MIXTURES][3] = {{{"light", 1, -1}, {"heavy", 4, 1}},
                                                           {{"a", 1.7, 2}, {"b", 0.6, 1}},
                                                           {{"e", 1, -1}, {"i", 3, 1}, {"n", 2, 0}}};
    static const size_t COUNTS[SAMPLE_MIXTURES] = {2, 2, 3};
    grid->species_count = COUNTS[index];
    memcpy(grid->species, SPECIES[index], sizeof SPECIES[index]);
    *rates = (gz_rates){0};
    if (index == 1) *rates = (gz_rates){true, {{0, 1.3}, {1.3, 0.4}}};
    if (index == 2) *rates = (gz_rates){true, {{1, 0.5, 0.2}, {0.5, 2, 0}, {0.2, 0, 0.7}}};
}

double *sample_mixture_log_density(gz_context *context, const gz_phase_grid *grid, size_t seed) {
    double *log_f = sample_zero(context, grid);
    for (size_t s = 0; s < grid->species_count; s++) {
        double *part = sample_log_density(context, grid->one, seed + 17 * s);
        memcpy(log_f + s * grid->one->size, part, grid->one->size * sizeof *part);
        gz_release(part);
    }
    return log_f;
}
