/* Exact solutions: which data have one, and what they are a time t later.
 *
 *   landau         bkw with gamma = 0; an equilibrium
 *   fokker_planck  each Maxwellian by itself, since the equation is linear (Ornstein & Uhlenbeck):
 *                  u e^(-gamma t),  theta + (T - theta) e^(-2 gamma t);   and a density wave on the torus, M the
 *                  Maxwellian of the bath (Kolmogorov):
 *                  f = M n [1 + w e^(-k^2 s/2) cos(k.(x - v a) + phase)],  a = (1 - e^(-gamma t))/gamma,
 *                  s = (2 theta/gamma) [t - 2 a + (1 - e^(-2 gamma t))/(2 gamma)]
 *   dougherty      each Maxwellian by itself, with the mean velocity U and the temperature T of them all in the cell,
 *                  which stay: U + (u - U) e^(-nu t),  T + (T_i - T) e^(-2 nu t)
 *   none           a density wave of any Maxwellian: a = t and s = 0
 *
 * Maxwellians by themselves must not stream: there is no transport, or they have no waves. Nothing is known with a force,
 * a field or species.
 */
#include "closed_forms.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

static bool moves(const gz_problem *problem) {
    return !problem->collisions_only && problem->grid.space_dim > 0;
}

/* A Maxwellian whose density, mean velocity and temperature are as its formula says in every cell. */
static bool is_pure(const gz_component *c) {
    return c->shape == GZ_MAXWELLIAN && !(c->beta > 0) && !(c->theta > 0);
}

static bool has_velocity_or_temperature_wave(const gz_component *c) {
    bool has = c->temperature_wave != 0;
    for (int a = 0; a < GZ_MAX_DIM; a++) has = has || c->velocity_wave[a] != 0;
    return has;
}

static bool has_wave(const gz_component *c) {
    return c->density_wave != 0 || has_velocity_or_temperature_wave(c);
}

/* At rest, and isotropic with this temperature. */
static bool is_of_bath(const gz_problem *problem, const gz_component *c) {
    const double theta = gz_collision_model_resolved(&problem->collisions).temperature;
    bool is = true;
    for (int a = 0; a < gz_phase_grid_resolved(&problem->grid).velocity_dim; a++)
        is = is && c->velocity[a] == 0 && c->temperature[a] == theta;
    return is;
}

/* A density wave on the torus. */
static bool is_mode(const gz_problem *problem, const gz_component *c) {
    if (has_velocity_or_temperature_wave(c) || c->alpha > 0) return false;
    return problem->collisions.kind == GZ_NO_COLLISIONS ||
           (problem->collisions.kind == GZ_FOKKER_PLANCK && is_of_bath(problem, c));
}

static bool is_equilibrium(const gz_problem *problem, const gz_component *c) {
    bool isotropic = true;
    for (int a = 0; a < gz_phase_grid_resolved(&problem->grid).velocity_dim; a++)
        isotropic = isotropic && c->temperature[a] == c->temperature[0];
    return isotropic && !(problem->grid.space_dim > 0 && has_wave(c));
}

static bool has_exact(const gz_problem *problem, size_t count, const gz_component *c) {
    const gz_kernel *kernel = &problem->kernel;
    const bool waves = problem->grid.space_dim > 0 && has_wave(c);
    if (problem->collisions.kind == GZ_LANDAU) {
        if (count == 1 && c->shape == GZ_BKW && !(c->beta > 0) && !(c->theta > 0))
            return kernel->shape == GZ_KERNEL_POWER && kernel->gamma == 0;
        return count == 1 && is_pure(c) && is_equilibrium(problem, c);
    }
    return is_pure(c) && (!waves || (!moves(problem) && !(c->alpha > 0)) || is_mode(problem, c));
}

bool gz_initial_has_exact(const gz_problem *problem, size_t count, const gz_component *components) {
    const bool free = problem->force.shape == GZ_FORCE_NONE && problem->field.shape == GZ_FIELD_NONE &&
                      problem->grid.species_count == 0;
    bool known = count > 0 && free && (problem->grid.space_dim == 0 || problem->grid.boundary == GZ_TORUS);
    for (size_t i = 0; i < count && known; i++) {
        const gz_component c = gz_component_resolved(&components[i]);
        known = has_exact(problem, count, &c);
    }
    return known;
}

/* Mean velocity and temperature of all components in a cell. */
static gz_local_maxwellian sum_of(const gz_phase_grid *grid, size_t count, const gz_component *components,
                                  size_t cell) {
    const int d = grid->velocity_dim;
    gz_local_maxwellian sum = {.density = 0};
    double energy = 0;
    for (size_t i = 0; i < count; i++) {
        const gz_component c = gz_component_resolved(&components[i]);
        const gz_local_maxwellian part = gz_maxwellian_at(grid, &c, cell);
        sum.density += part.density;
        for (int a = 0; a < d; a++) {
            sum.mean[a] += part.density * part.mean[a];
            energy += part.density * (part.mean[a] * part.mean[a] + part.temperature[a]);
        }
    }
    for (int a = 0; a < d; a++) {
        sum.mean[a] /= sum.density;
        energy -= sum.density * sum.mean[a] * sum.mean[a];
    }
    for (int a = 0; a < d; a++) sum.temperature[a] = energy / (d * sum.density);
    return sum;
}

/* What a Maxwellian relaxes to, and how fast. */
static double target_of(const gz_phase_grid *grid, const gz_problem *problem, size_t count,
                        const gz_component *components, size_t cell, gz_local_maxwellian *to) {
    const gz_collision_model model = gz_collision_model_resolved(&problem->collisions);
    if (model.kind == GZ_DOUGHERTY) {
        *to = sum_of(grid, count, components, cell);
        return model.rate;
    }
    *to = (gz_local_maxwellian){.density = 0};
    for (int a = 0; a < grid->velocity_dim; a++) to->temperature[a] = model.temperature;
    return model.kind == GZ_FOKKER_PLANCK ? model.friction : 0;
}

/* Add the Maxwellian of a component in a cell, a time t later. */
static void add_relaxed(const gz_phase_grid *grid, const gz_component *c, const gz_local_maxwellian *to,
                        double rate, size_t cell, double t, double *f) {
    gz_local_maxwellian here = gz_maxwellian_at(grid, c, cell);
    here.constant = log(here.density);
    for (int a = 0; a < grid->velocity_dim; a++) {
        here.mean[a] = to->mean[a] + (here.mean[a] - to->mean[a]) * exp(-rate * t);
        here.temperature[a] =
            to->temperature[a] + (here.temperature[a] - to->temperature[a]) * exp(-2 * rate * t);
        here.constant -= 0.5 * log(2 * PI * here.temperature[a]);
        here.half_inverse[a] = 1 / (2 * here.temperature[a]);
    }
    for (size_t p = 0; p < grid->node_count; p++) f[p] += exp(gz_maxwellian_log(&here, grid, p));
}

/* Add the density wave of a component in a cell, a time t later. */
static void add_mode(const gz_phase_grid *grid, const gz_problem *problem, const gz_component *c, size_t cell,
                     double t, double *f) {
    const gz_collision_model model = gz_collision_model_resolved(&problem->collisions);
    const double g = model.friction, theta = model.temperature;
    const bool bath = model.kind == GZ_FOKKER_PLANCK;
    const double a = bath ? -expm1(-g * t) / g : t,
                 s = bath ? 2 * theta / g * (t - 2 * a - expm1(-2 * g * t) / (2 * g)) : 0;
    double k[GZ_MAX_DIM] = {0}, square = 0, phase = 2 * PI * c->phase;
    for (int axis = 0; axis < grid->space_dim; axis++) {
        k[axis] = 2 * PI * c->mode[axis] / grid->length[axis];
        square += k[axis] * k[axis];
        phase += k[axis] * gz_phase_grid_position(grid, cell, axis);
    }
    gz_component flat = *c;
    flat.density_wave = 0;
    const gz_local_maxwellian here = gz_maxwellian_at(grid, &flat, cell);
    const double wave = c->density_wave * exp(-square * s / 2);
    for (size_t p = 0; p < grid->node_count; p++) {
        double shifted = phase;
        for (int axis = 0; axis < grid->space_dim; axis++)
            shifted -= k[axis] * a * grid->node_velocity[axis][p];
        f[p] += exp(gz_maxwellian_log(&here, grid, p)) * (1 + wave * cos(shifted));
    }
}

static void set_bkw(const gz_phase_grid *grid, const gz_problem *problem, const gz_component *c, double t,
                    double *f) {
    const double strength = gz_kernel_strength(&problem->kernel) * c->density;
    const gz_bkw s = gz_bkw_at(grid->velocity_dim, strength, c->time + t);
    for (size_t i = 0; i < grid->size; i++)
        f[i] = c->density * exp(gz_bkw_log(&s, grid->node_energy[i % grid->node_count]));
}

void gz_initial_exact(const gz_phase_grid *grid, const gz_problem *problem, size_t count,
                      const gz_component *components, double t, double *f) {
    memset(f, 0, grid->size * sizeof *f);
    for (size_t i = 0; i < count; i++) {
        const gz_component c = gz_component_resolved(&components[i]);
        const bool mode = moves(problem) && has_wave(&c);
        if (c.shape == GZ_BKW) {
            set_bkw(grid, problem, &c, t, f);
            continue;
        }
        for (size_t cell = 0; cell < grid->cell_count; cell++) {
            double *of_cell = f + cell * grid->node_count;
            gz_local_maxwellian to;
            const double rate = target_of(grid, problem, count, components, cell, &to);
            if (mode)
                add_mode(grid, problem, &c, cell, t, of_cell);
            else
                add_relaxed(grid, &c, &to, rate, cell, t, of_cell);
        }
    }
}
