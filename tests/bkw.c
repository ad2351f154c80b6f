/* The BKW solution: d_t f by the chain rule through K, d_t K = 2(d-1) B (1 - K). */
#include "bkw.h"

#include <math.h>

void bkw(const gz_phase_grid *grid, double strength, double t, double *log_f, double *rate) {
    const double d = grid->velocity_dim, decay = 2 * (d - 1) * strength,
                 C = grid->velocity_dim == 2 ? 0.5 : 1;
    const double K = 1 - C * exp(-decay * t), dK = decay * (1 - K);
    for (size_t i = 0; i < grid->size; i++) {
        const double r2 = grid->node_energy[i % grid->node_count];
        const double p = ((d + 2) * K - d) / (2 * K) + (1 - K) * r2 / (2 * K * K);
        const double dp = d / (2 * K * K) + r2 / 2 * (1 / (K * K) - 2 / (K * K * K)); /* dp/dK */
        const double log_maxwellian = -r2 / (2 * K) - d / 2 * log(8 * atan(1) * K);
        if (log_f) log_f[i] = log_maxwellian + log(p);
        if (rate) rate[i] = exp(log_maxwellian) * dK * (dp + p * (r2 / (2 * K * K) - d / (2 * K)));
    }
}
