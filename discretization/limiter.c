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

/* tr T over what the cell brings to it (set_stiffness), at |v|^2 = z2. sum: of kappa. */
static double trace(const gz_collision_model *model, const gz_kernel *kernel, const gz_phase_grid *grid,
                    double z2, double sum) {
    switch (model->kind) {
    case GZ_LANDAU:
        return sum * (grid->velocity_dim - 1) * gz_kernel_value(kernel, z2);
    case GZ_FOKKER_PLANCK:
        return grid->velocity_dim * model->friction * model->temperature;
    case GZ_DOUGHERTY:
        return grid->velocity_dim * model->rate;
    case GZ_NO_COLLISIONS:
        break;
    }
    return 0;
}

/* The temperature of a cell. */
static double temperature(const gz_phase_grid *grid, const double *f, double density) {
    double energy = 0, square = 0;
    for (size_t p = 0; p < grid->node_count; p++)
        energy += grid->node_volume[p] * f[p] * grid->node_energy[p];
    for (int a = 0; a < grid->velocity_dim; a++) {
        double momentum = 0;
        for (size_t p = 0; p < grid->node_count; p++)
            momentum += grid->node_volume[p] * f[p] * grid->node_velocity[a][p];
        square += momentum * momentum;
    }
    return (energy - square / density) / (grid->velocity_dim * density);
}

gz_status gz_limiter_init(gz_context *context, const gz_mobility *mobility, gz_limiter *s) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    const gz_kernel *kernel = &gz_mobility_get_settings(mobility)->kernel;
    const gz_collision_model *model = &gz_mobility_get_settings(mobility)->collisions;
    const double h2 = grid->spacing * grid->spacing;
    double sum = 0;
    *s = (gz_limiter){.mobility = mobility};
    GZ_TRY(gz_allocate(context, grid->node_count, sizeof(double), &s->levelling));
    GZ_TRY(gz_allocate(context, grid->cell_count, sizeof(double), &s->stiffness));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->lambda));
    if (model->kind == GZ_LANDAU) GZ_TRY(coupling(context, mobility, &sum));
    for (size_t p = 0; p < grid->node_count; p++)
        s->levelling[p] = trace(model, kernel, grid, fmax(grid->node_energy[p], h2), sum) / h2;
    return GZ_OK;
}

/* In a mixture species s meets the densities of all: from n_t in the cells of t to sum_t c_st/m_s^2 n_t. */
static void meet_all_species(gz_limiter *s) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    const size_t cells = grid->one->cell_count, count = grid->species_count;
    for (size_t cell = 0; cell < cells; cell++) {
        double sum[GZ_MAX_SPECIES] = {0};
        for (size_t k = 0; k < count; k++)
            for (size_t t = 0; t < count; t++)
                sum[k] += gz_mobility_rate(s->mobility, k * cells, t * cells) *
                          s->stiffness[t * cells + cell] / (grid->species[k].mass * grid->species[k].mass);
        for (size_t k = 0; k < count; k++) s->stiffness[k * cells + cell] = sum[k];
    }
}

/* dt times what multiplies `trace`: the density, in Dougherty's collisions the temperature, of a bath 1. A cell meets the
 * density at its own place where collisions are local; else, at most, the largest of all. */
static void set_stiffness(gz_limiter *s, double dt, const double *f0) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    const gz_collision_kind kind = gz_mobility_get_settings(s->mobility)->collisions.kind;
    double most[GZ_MAX_SPECIES] = {0};
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const double *f = f0 + cell * grid->node_count;
        double density = 0;
        for (size_t p = 0; p < grid->node_count; p++) density += grid->node_volume[p] * f[p];
        const double factor = kind == GZ_LANDAU      ? density
                              : kind == GZ_DOUGHERTY ? temperature(grid, f, density)
                                                     : 1;
        s->stiffness[cell] = dt * factor;
    }
    if (!gz_mobility_null_space(s->mobility)->local) {
        for (size_t cell = 0; cell < grid->cell_count; cell++) {
            double *of = &most[gz_phase_grid_species(grid, cell)];
            *of = fmax(*of, s->stiffness[cell]);
        }
        gz_ranks_most(grid->ranks, grid->species_count, most);
        for (size_t cell = 0; cell < grid->cell_count; cell++)
            s->stiffness[cell] = most[gz_phase_grid_species(grid, cell)];
    }
    if (grid->mixture) meet_all_species(s);
}

static inline double limit(double s, double largest) {
    const double ratio = s * s / (largest * largest);
    return 1 / sqrt(sqrt(1 + ratio * ratio));
}

static void begin_task(const void *self, size_t cell) {
    const gz_limiter *s = self;
    const size_t nodes = gz_mobility_grid(s->mobility)->node_count;
    const double stiffness = s->stiffness[cell], *restrict levelling = s->levelling;
    double *restrict lambda = s->lambda + cell * nodes;
    for (size_t p = 0; p < nodes; p++) lambda[p] = limit(stiffness * levelling[p], CHANGING);
}

void gz_limiter_begin(gz_limiter *s, double dt, const double *f0) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    set_stiffness(s, dt, f0);
    gz_share(gz_field_threads(grid), grid->cell_count, begin_task, s);
}

typedef struct refinement {
    const gz_limiter *s;
    double dt;
    const double *f0, *rate; /* K log f0; without f0 the rate of log f itself */
} refinement;

/* lambda where an explicit step would change log f by d. */
static inline double refined(double changing, double settled, double d) {
    const double x = fabs(d) / MUCH, near = x > FAR ? FAR : x, q = near * near / (1 + near * near);
    return settled + q * (changing - settled);
}

static void refine_task(const void *self, size_t cell) {
    const refinement *in = self;
    const gz_phase_grid *grid = gz_mobility_grid(in->s->mobility);
    const size_t shift = cell * grid->node_count;
    const double stiffness = in->s->stiffness[cell], dt = in->dt, *restrict levelling = in->s->levelling,
                 *restrict h = grid->node_volume, *restrict rate = in->rate + shift;
    double *restrict lambda = in->s->lambda + shift;
    if (in->f0) {
        const double *restrict f0 = in->f0 + shift;
        for (size_t p = 0; p < grid->node_count; p++)
            lambda[p] = refined(lambda[p], limit(stiffness * levelling[p], SETTLED),
                                dt * rate[p] / (h[p] * f0[p] * lambda[p]));
    } else {
        for (size_t p = 0; p < grid->node_count; p++)
            lambda[p] = refined(lambda[p], limit(stiffness * levelling[p], SETTLED), dt * rate[p]);
    }
}

void gz_limiter_refine(gz_limiter *s, double dt, const double *f0, const double *K_log_f0) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    gz_share(gz_field_threads(grid), grid->cell_count, refine_task, &(refinement){s, dt, f0, K_log_f0});
}

void gz_limiter_refine_by(gz_limiter *s, double dt, const double *log_rate) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    gz_share(gz_field_threads(grid), grid->cell_count, refine_task, &(refinement){s, dt, NULL, log_rate});
}
