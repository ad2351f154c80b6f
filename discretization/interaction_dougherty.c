/* Dougherty's collisions (Lenard & Bernstein's with the mean velocity and temperature of the density):
 *
 *   T_ab = nu T_c delta_ab,    b = nu T_c Pi q,
 *
 * where T_c is the temperature of g = h m in the cell, and Pi the projection in L2(g) onto the vector fields e_i
 * and v. With u the mean velocity of g, the moments S = sum g q, R = sum g q.(v - u), and rho = sum g,
 *
 *   Pi q = S/rho + (v - u) R/(d rho T_c).
 *
 * K(m) = sum_a G_a^T h m nu T_c (Id - Pi) G is symmetric, >= 0, and kills 1, v_i and |v|^2 in every cell. At
 * w = log f it is -h nu div(T_c grad f + (v - u) f), since Pi grad log f = -(v - u)/T_c. Source: Dougherty,
 * Phys. Fluids 7 (1964), 1788.
 */
#include "interaction.h"

#include "compensated_sum.h"

typedef struct cell_moments {
    double density, velocity[GZ_MAX_DIM], temperature;
} cell_moments;

typedef struct dougherty {
    const gz_phase_grid *grid;
    double rate;           /* nu */
    cell_moments *moments; /* [cell], of the last g */
    double *diffusion;     /* [cell], nu T_c */
} dougherty;

static gz_status create(gz_context *context, const gz_phase_grid *grid, const gz_mobility_settings *settings,
                        const gz_lattice_kernel *kernel, void **self) {
    dougherty *s = NULL;
    (void)kernel;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->grid = grid;
    s->rate = settings->collisions.rate;
    GZ_TRY(gz_allocate(context, grid->cell_count, sizeof *s->moments, &s->moments));
    return gz_allocate(context, grid->cell_count, sizeof *s->diffusion, &s->diffusion);
}

static void destroy(void *self) {
    dougherty *s = self;
    if (!s) return;
    gz_release(s->moments);
    gz_release(s->diffusion);
    gz_release(s);
}

/* Density, mean velocity, and temperature about it, of g on one cell. */
static cell_moments moments_of(const gz_phase_grid *grid, const double *g) {
    const int d = grid->velocity_dim;
    gz_sum mass = {0}, first[GZ_MAX_DIM] = {{0}}, second = {0};
    cell_moments m = {0};
    for (size_t node = 0; node < grid->node_count; node++) {
        gz_sum_add(&mass, g[node]);
        for (int a = 0; a < d; a++) gz_sum_add(&first[a], g[node] * grid->node_velocity[a][node]);
    }
    m.density = gz_sum_value(mass);
    for (int a = 0; a < d; a++) m.velocity[a] = gz_sum_value(first[a]) / m.density;
    for (size_t node = 0; node < grid->node_count; node++) {
        double square = 0;
        for (int a = 0; a < d; a++) {
            const double z = grid->node_velocity[a][node] - m.velocity[a];
            square += z * z;
        }
        gz_sum_add(&second, g[node] * square);
    }
    m.temperature = gz_sum_value(second) / (d * m.density);
    return m;
}

static void tensor(void *self, double *g, double *const out[GZ_MAX_PAIRS]) {
    dougherty *s = self;
    const gz_phase_grid *grid = s->grid;
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        s->moments[cell] = moments_of(grid, g + cell * grid->node_count);
        s->diffusion[cell] = s->rate * s->moments[cell].temperature;
    }
    gz_interaction_isotropic(grid, s->diffusion, 1, out);
}

/* b on one cell from g q; field: those of the cell. */
static void project(const gz_phase_grid *grid, double rate, const cell_moments *m,
                    double *const field[GZ_MAX_DIM]) {
    const int d = grid->velocity_dim;
    gz_sum sum[GZ_MAX_DIM] = {{0}}, along = {0};
    for (size_t node = 0; node < grid->node_count; node++) {
        double term = 0;
        for (int a = 0; a < d; a++) {
            gz_sum_add(&sum[a], field[a][node]);
            term += field[a][node] * (grid->node_velocity[a][node] - m->velocity[a]);
        }
        gz_sum_add(&along, term);
    }
    const double slope = rate * gz_sum_value(along) / (d * m->density);
    for (int a = 0; a < d; a++) {
        const double mean = rate * m->temperature * gz_sum_value(sum[a]) / m->density;
        for (size_t node = 0; node < grid->node_count; node++)
            field[a][node] = mean + slope * (grid->node_velocity[a][node] - m->velocity[a]);
    }
}

static void drift(void *self, double *const field[GZ_MAX_DIM]) {
    const dougherty *s = self;
    const gz_phase_grid *grid = s->grid;
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        double *of_cell[GZ_MAX_DIM] = {0};
        for (int a = 0; a < grid->velocity_dim; a++) of_cell[a] = field[a] + cell * grid->node_count;
        project(grid, s->rate, &s->moments[cell], of_cell);
    }
}

const gz_interaction_method gz_interaction_dougherty = {"dougherty", create, destroy, tensor, drift};
