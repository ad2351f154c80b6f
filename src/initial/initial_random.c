/* Random data: each parameter is a uniform number of its own index, so that their order does not matter. */
#include "initial_random.h"

#include <math.h>
#include <stdint.h>

/* A uniform number in [0, 1) that depends only on seed and index. */
static double uniform(uint64_t seed, uint64_t index) {
    uint64_t z = seed * 0x9E3779B97F4A7C15u + (index + 1) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    z ^= z >> 31;
    return (double)(z >> 11) * 0x1p-53;
}

static double weight(uint64_t seed) {
    return 0.3 + uniform(seed, 4);
}

void gz_random_maxwellians(const gz_phase_grid *grid, const gz_component *random, gz_component bumps[2]) {
    const uint64_t first = 2 * (uint64_t)random->seed;
    const double density = random->density, unit = density / (weight(first) + weight(first + 1));
    for (uint64_t k = 0; k < 2; k++) {
        const uint64_t seed = first + k;
        gz_component *bump = &bumps[k];
        *bump = (gz_component){.shape = GZ_MAXWELLIAN,
                               .density = unit * weight(seed),
                               .phase = uniform(seed, 0),
                               .density_wave = 0.4 * uniform(seed, 5),
                               .temperature_wave = 0.2 * uniform(seed, 13)};
        for (int a = 0; a < grid->space_dim; a++) {
            const int wave_number = 1 + (int)(2 * uniform(seed, 1 + (uint64_t)a)),
                      most = (int)(grid->cells[a] / 2);
            bump->mode[a] = wave_number < most ? wave_number : most;
        }
        for (int a = 0; a < grid->velocity_dim; a++) {
            const double T = random->temperature[a];
            bump->velocity[a] = random->velocity[a] + sqrt(T) * (1.6 * uniform(seed, 6 + (uint64_t)a) - 0.8);
            bump->velocity_wave[a] = 0.3 * sqrt(T) * uniform(seed, 9);
            bump->temperature[a] = T * (0.6 + 0.7 * uniform(seed, 10 + (uint64_t)a));
        }
    }
}
