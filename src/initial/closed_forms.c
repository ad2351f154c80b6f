/* Closed forms: Maxwellians with waves in x, and the solution of Bobylev, Krook & Wu. */
#include "closed_forms.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

static const double REACH = 6;         /* half width beyond the mean velocity, in units of sqrt(T) */
static const double BKW_SPACING = 0.8; /* in units of sqrt(K) */

double gz_log_add(double a, double b) {
    const double high = a > b ? a : b, low = a > b ? b : a;
    return low == -INFINITY ? high : high + log1p(exp(low - high));
}

gz_component gz_component_resolved(const gz_component *given) {
    gz_component c = *given;
    if (c.density == 0) c.density = 1;
    for (int a = 0; a < GZ_MAX_DIM; a++)
        if (c.temperature[a] == 0) c.temperature[a] = 1;
    return c;
}

/* --- maxwellian ----------------------------------------------------------------------------------------- */

gz_local_maxwellian gz_maxwellian_at(const gz_phase_grid *grid, const gz_component *c, size_t cell) {
    double phase = 2 * PI * c->phase;
    for (int a = 0; a < grid->space_dim; a++)
        phase += 2 * PI * c->mode[a] * gz_phase_grid_position(grid, cell, a) / grid->length[a];
    const double wave = grid->space_dim > 0 ? cos(phase) : 0, sine = grid->space_dim > 0 ? sin(phase) : 0;
    gz_local_maxwellian here = {.density = c->density * (1 + c->density_wave * wave)};
    here.constant = log(here.density);
    for (int a = 0; a < grid->velocity_dim; a++) {
        here.temperature[a] = c->temperature[a] * (1 + c->temperature_wave * wave);
        here.constant -= 0.5 * log(2 * PI * here.temperature[a]);
        here.mean[a] = c->velocity[a] + c->velocity_wave[a] * sine;
        here.half_inverse[a] = 1 / (2 * here.temperature[a]);
    }
    return here;
}

double gz_maxwellian_log(const gz_local_maxwellian *here, const gz_phase_grid *grid, size_t node) {
    double value = here->constant;
    for (int a = 0; a < grid->velocity_dim; a++) {
        const double offset = grid->node_velocity[a][node] - here->mean[a];
        value -= offset * offset * here->half_inverse[a];
    }
    return value;
}

static void ask_for_maxwellian(int d, const gz_local_maxwellian *here, gz_conserved *of, gz_asked *asked) {
    gz_conserved sum = {.mass = here->density};
    for (int a = 0; a < d; a++) {
        const double u = here->mean[a], T = here->temperature[a];
        sum.momentum[a] = here->density * u;
        sum.energy += here->density * (u * u + T);
        asked->spacing = fmin(asked->spacing, sqrt(T));
        asked->half_width = fmax(asked->half_width, fabs(u) + REACH * sqrt(T));
    }
    gz_conserved_add(of, &sum);
}

void gz_add_maxwellian(const gz_phase_grid *grid, const gz_component *c, double *log_f, gz_asked *asked) {
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const gz_local_maxwellian here = gz_maxwellian_at(grid, c, cell);
        double *row = log_f + cell * grid->node_count;
        for (size_t p = 0; p < grid->node_count; p++)
            row[p] = gz_log_add(row[p], gz_maxwellian_log(&here, grid, p));
    }
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const gz_local_maxwellian here = gz_maxwellian_at(grid, c, cell);
        ask_for_maxwellian(grid->velocity_dim, &here, &asked->of[cell], asked);
    }
}

/* --- bkw ------------------------------------------------------------------------------------------------ */

gz_bkw gz_bkw_at(int d, double strength, double time) {
    const double C = d == 2 ? 0.5 : 1, K = 1 - C * exp(-2 * (d - 1) * strength * time);
    return (gz_bkw){.K = K,
                    .constant = -0.5 * d * log(2 * PI * K),
                    .even = ((d + 2) * K - d) / (2 * K),
                    .curved = (1 - K) / (2 * K * K)};
}

double gz_bkw_log(const gz_bkw *s, double v2) {
    const double factor = s->even + s->curved * v2;
    return factor < 0 ? NAN : s->constant - v2 / (2 * s->K) + log(factor);
}

gz_status gz_add_bkw(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                     const gz_component *c, double *log_f, gz_asked *asked) {
    const int d = grid->velocity_dim;
    if (d < 2)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the bkw solution needs two or three velocity axes; with one use maxwellian");
    const double strength = gz_kernel_strength(kernel) * c->density, log_factor = log(c->density);
    const gz_bkw s = gz_bkw_at(d, strength, c->time);
    double least = INFINITY;
    for (size_t p = 0; p < grid->node_count; p++)
        least = fmin(least, s.even + s.curved * grid->node_energy[p]);
    if (!(s.K > 0) || !(least >= 0))
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "the bkw solution is negative at time %g; with d = %d and strength times density %g it is a "
            "density from time %.4g on",
            c->time, d, strength, log(2.5) / (4 * strength));
    const gz_conserved sum = {.mass = c->density, .energy = c->density * d};
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        double *row = log_f + cell * grid->node_count;
        for (size_t p = 0; p < grid->node_count; p++)
            row[p] = gz_log_add(row[p], log_factor + gz_bkw_log(&s, grid->node_energy[p]));
        gz_conserved_add(&asked->of[cell], &sum);
    }
    asked->spacing = fmin(asked->spacing, BKW_SPACING * sqrt(s.K));
    asked->half_width = fmax(asked->half_width, REACH);
    return GZ_OK;
}
