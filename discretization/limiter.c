/* Limiter: lambda, node by node. */
#include "limiter.h"

#include "fields.h"

#include <math.h>

static const double CHANGING = 1. / 4, SETTLED = 4; /* largest lambda s */
static const double MUCH = 1. / 16;                 /* a change of log f in an explicit step */
static const double FAR = 1e8;                      /* its square is nothing beside 1 */

void gz_limiter_free(gz_limiter *s) {
    double *fields[] = {s->levelling, s->stiffness, s->lambda};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) gz_release(fields[i]);
    *s = (gz_limiter){0};
}

/* sum_y kappa(x, y) dx: the same for every x of a torus, and at most this in a box. */
static gz_status coupling(gz_context *context, const gz_mobility *mobility, double *sum) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const gz_kappa *of = &gz_mobility_get_settings(mobility)->kappa;
    size_t extent[GZ_MAX_DIM];
    const size_t count = gz_kappa_extent(grid, extent);
    double *kappa = NULL;
    GZ_TRY(gz_allocate(context, count, sizeof *kappa, &kappa));
    gz_kappa_values(of, grid, kappa);
    *sum = 0;
    for (size_t i = 0; i < count; i++) *sum += kappa[i] * grid->cell_volume;
    gz_release(kappa);
    return GZ_OK;
}

gz_status gz_limiter_init(gz_context *context, const gz_mobility *mobility, gz_limiter *s) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const gz_kernel *kernel = &gz_mobility_get_settings(mobility)->kernel;
    const double h2 = grid->spacing * grid->spacing;
    double sum = 0;
    *s = (gz_limiter){.mobility = mobility};
    GZ_TRY(gz_allocate(context, grid->node_count, sizeof(double), &s->levelling));
    GZ_TRY(gz_allocate(context, grid->cell_count, sizeof(double), &s->stiffness));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->lambda));
    GZ_TRY(coupling(context, mobility, &sum));
    for (size_t p = 0; p < grid->node_count; p++)
        s->levelling[p] =
            sum * (grid->velocity_dim - 1) * gz_kernel_value(kernel, fmax(grid->node_energy[p], h2)) / h2;
    return GZ_OK;
}

/* A cell meets its own density where kappa is local; else, at most, the largest of all. */
static void set_stiffness(gz_limiter *s, double dt, const double *f0) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    double most = 0;
#pragma omp parallel for num_threads(gz_field_threads(grid)) reduction(max : most)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const double *f = f0 + cell * grid->node_count;
        double density = 0;
        for (size_t p = 0; p < grid->node_count; p++) density += grid->node_volume[p] * f[p];
        s->stiffness[cell] = dt * density;
        most = fmax(most, dt * density);
    }
    if (gz_kappa_is_local(&gz_mobility_get_settings(s->mobility)->kappa, grid)) return;
    gz_ranks_most(grid->ranks, 1, &most);
    for (size_t cell = 0; cell < grid->cell_count; cell++) s->stiffness[cell] = most;
}

static double limit(double s, double largest) {
    const double square = s * s / (largest * largest);
    return 1 / sqrt(sqrt(1 + square * square));
}

void gz_limiter_begin(gz_limiter *s, double dt, const double *f0) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    set_stiffness(s, dt, f0);
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t i = 0; i < grid->size; i++)
        s->lambda[i] =
            limit(s->stiffness[i / grid->node_count] * s->levelling[i % grid->node_count], CHANGING);
}

/* lambda of entry i, where an explicit step would change log f by d. */
static void refine_entry(gz_limiter *s, const gz_phase_grid *grid, size_t i, double d) {
    const double changing = s->lambda[i],
                 settled =
                     limit(s->stiffness[i / grid->node_count] * s->levelling[i % grid->node_count], SETTLED),
                 x = fabs(d) / MUCH, q = x > FAR ? 1 : x * x / (1 + x * x);
    s->lambda[i] = settled + q * (changing - settled);
}

void gz_limiter_refine(gz_limiter *s, double dt, const double *f0, const double *K_log_f0) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t i = 0; i < grid->size; i++)
        refine_entry(s, grid, i,
                     dt * K_log_f0[i] / (grid->node_volume[i % grid->node_count] * f0[i] * s->lambda[i]));
}

void gz_limiter_refine_by(gz_limiter *s, double dt, const double *log_rate) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t i = 0; i < grid->size; i++) refine_entry(s, grid, i, dt * log_rate[i]);
}
