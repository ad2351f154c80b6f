/* Functionals of a density: compensated sums over phase space.
 *
 * The field is cut into SLICES contiguous ranges that depend on its size alone. Within a slice a plain loop
 * computes the terms of one block of nodes, and they are added to LANES compensated sums, which is one vector
 * operation. Then the lanes, the slices and the ranks are added in order, compensated again. So the result
 * does not depend on the number of threads, nothing is allocated, and f is read once.
 */
#include "functionals.h"

#include "compensated_sum.h"
#include "fields.h"

#include <math.h>
#include <string.h>

enum {
    SLICES = 64,
    LANES = 8,
    BLOCK = 128, /* nodes whose terms are computed together: 1 kB */
    SUMS = 2 + GZ_MAX_DIM + GZ_MAX_PAIRS
};

/* The fields under the integral, [cell][node] each; NULL if a field does not occur. */
typedef struct integrand {
    const gz_phase_grid *grid;
    const double *f, *log_f, *g, *log_g;
} integrand;

typedef struct lanes {
    double value[LANES], rest[LANES];
} lanes;

typedef struct accumulator {
    lanes sum[SUMS];
    double least;
} accumulator;

/* Add the terms of `count` <= BLOCK points. node: index of the first one in its cell; point: its index in the
 * field. */
typedef void integrate_block(const integrand *in, size_t node, size_t point, size_t count, accumulator *to);

static void add_terms(lanes *restrict to, const double *restrict term, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++) {
            const double s = to->value[l], x = term[i + l], t = s + x, b = t - s;
            to->rest[l] += (s - (t - b)) + (x - b);
            to->value[l] = t;
        }
    for (size_t l = 0; i < count; i++, l++) {
        gz_sum sum = {to->value[l], to->rest[l]};
        gz_sum_add(&sum, term[i]);
        to->value[l] = sum.value;
        to->rest[l] = sum.rest;
    }
}

static gz_sum total_of(const lanes *from) {
    gz_sum sum = {0};
    for (size_t l = 0; l < LANES; l++) gz_sum_add(&sum, from->value[l]);
    for (size_t l = 0; l < LANES; l++) sum.rest += from->rest[l];
    return sum;
}

/* Add the terms of the points begin..end-1, which may lie in several cells. */
static void integrate_range(const integrand *in, integrate_block *block, size_t begin, size_t end,
                            accumulator *to) {
    const size_t nodes = in->grid->node_count;
    for (size_t point = begin; point < end;) {
        const size_t node = point % nodes;
        size_t count = nodes - node < end - point ? nodes - node : end - point;
        if (count > BLOCK) count = BLOCK;
        block(in, node, point, count, to);
        point += count;
    }
}

/* The slices of a sum over phase space, and what they have summed. */
typedef struct slices {
    const integrand *in;
    integrate_block *block;
    size_t count;
    gz_sum (*part)[SUMS]; /* [slice] */
    double *least;        /* [slice] */
} slices;

static void integrate_slice(const void *self, size_t slice) {
    const slices *s = self;
    accumulator to = {.least = INFINITY};
    const size_t size = s->in->grid->size, each = size / SLICES, more = size % SLICES;
    const size_t begin = each * slice + (slice < more ? slice : more);
    integrate_range(s->in, s->block, begin, begin + each + (slice < more ? 1 : 0), &to);
    for (size_t k = 0; k < s->count; k++) s->part[slice][k] = total_of(&to.sum[k]);
    s->least[slice] = to.least;
}

/* totals[k] = integral over phase space of the k-th term, k < count. Returns the least f of this rank if
 * `block` keeps track of it. */
static double integrate(const integrand *in, integrate_block *block, size_t count, double *totals) {
    gz_sum part[SLICES][SUMS];
    double least[SLICES];
    gz_share(gz_field_threads(in->grid), SLICES, integrate_slice, &(slices){in, block, count, part, least});
    double minimum = INFINITY;
    for (size_t slice = 0; slice < SLICES; slice++) minimum = fmin(minimum, least[slice]);
    gz_sum sum[SUMS] = {{0}};
    for (size_t k = 0; k < count; k++)
        for (size_t slice = 0; slice < SLICES; slice++) {
            gz_sum_add(&sum[k], part[slice][k].value);
            sum[k].rest += part[slice][k].rest;
        }
    gz_ranks_add_sums(in->grid->ranks, count, sum);
    for (size_t k = 0; k < count; k++) totals[k] = gz_sum_value(sum[k]) * in->grid->cell_volume;
    return minimum;
}

/* The terms are mass, tail, momentum [d], stress [d(d+1)/2]. */
static void moments_block(const integrand *in, size_t node, size_t point, size_t count, accumulator *to) {
    const gz_phase_grid *grid = in->grid;
    const int d = grid->velocity_dim;
    const double *f = in->f + point, *h = grid->node_volume + node;
    const double mass = gz_phase_grid_mass(grid, point / grid->node_count);
    const double inside = grid->half_width - 1.5 * grid->spacing;
    double m[BLOCK] = {0}, first[BLOCK] = {0}, second[BLOCK] = {0}, tail[BLOCK] = {0};
    for (size_t i = 0; i < count; i++) m[i] = mass * (h[i] * f[i]);
    for (int a = 0; a < d; a++) {
        const double *v = grid->node_velocity[a] + node;
        for (size_t i = 0; i < count; i++) tail[i] = fabs(v[i]) > inside ? m[i] : tail[i];
        for (size_t i = 0; i < count; i++) first[i] = m[i] * v[i];
        add_terms(&to->sum[2 + a], first, count);
        for (int b = a; b < d; b++) {
            const double *u = grid->node_velocity[b] + node;
            for (size_t i = 0; i < count; i++) second[i] = first[i] * u[i];
            add_terms(&to->sum[2 + d + gz_pair_index(d, a, b)], second, count);
        }
    }
    add_terms(&to->sum[0], m, count);
    add_terms(&to->sum[1], tail, count);
    for (size_t i = 0; i < count; i++) to->least = f[i] < to->least ? f[i] : to->least;
}

void gz_moments_of(const gz_phase_grid *grid, const double *f, gz_moments *moments) {
    const int d = grid->velocity_dim, pairs = gz_pair_count(d);
    double totals[SUMS] = {0};
    gz_moments made = {0};
    made.f_min =
        integrate(&(integrand){.grid = grid, .f = f}, moments_block, (size_t)(2 + d + pairs), totals);
    gz_ranks_least(grid->ranks, 1, &made.f_min);
    made.mass = totals[0];
    made.tail = totals[1] / totals[0];
    for (int a = 0; a < d; a++) {
        made.momentum[a] = totals[2 + a];
        made.energy += totals[2 + d + gz_pair_index(d, a, a)];
    }
    for (int k = 0; k < pairs; k++) made.stress[k] = totals[2 + d + k];
    if (isnan(made.mass)) made.f_min = NAN;
    *moments = made;
}

static void entropy_block(const integrand *in, size_t node, size_t point, size_t count, accumulator *to) {
    const double *f = in->f + point, *log_f = in->log_f + point, *h = in->grid->node_volume + node;
    double term[BLOCK] = {0};
    for (size_t i = 0; i < count; i++) term[i] = f[i] == 0 ? 0 : h[i] * f[i] * log_f[i];
    add_terms(&to->sum[0], term, count);
}

double gz_entropy(const gz_phase_grid *grid, const double *f, const double *log_f) {
    double total;
    integrate(&(integrand){.grid = grid, .f = f, .log_f = log_f}, entropy_block, 1, &total);
    return total;
}

static void entropy_of_any_sign_block(const integrand *in, size_t node, size_t point, size_t count,
                                      accumulator *to) {
    const double *f = in->f + point, *h = in->grid->node_volume + node;
    double term[BLOCK] = {0};
    for (size_t i = 0; i < count; i++) term[i] = f[i] == 0 ? 0 : h[i] * f[i] * log(fabs(f[i]));
    add_terms(&to->sum[0], term, count);
}

double gz_entropy_of_any_sign(const gz_phase_grid *grid, const double *f) {
    double total;
    integrate(&(integrand){.grid = grid, .f = f}, entropy_of_any_sign_block, 1, &total);
    return total;
}

/* e^-d - 1 + d for |d| <= 1/4, by its series: after 12 terms the relative error is 1e-16. */
static double bregman_series(double d) {
    double sum = 1;
    for (int k = 13; k >= 3; k--) sum = 1 - d / k * sum;
    return 0.5 * d * d * sum;
}

/* f log(f/g) - f + g = f (e^-d - 1 + d), d = log f - log g. Beyond |d| = 1/4 the plain form loses less than a
 * digit. */
static void relative_entropy_block(const integrand *in, size_t node, size_t point, size_t count,
                                   accumulator *to) {
    const double *h = in->grid->node_volume + node, *f = in->f + point, *g = in->g + point;
    const double *log_f = in->log_f + point, *log_g = in->log_g + point;
    double term[BLOCK] = {0};
    for (size_t i = 0; i < count; i++) {
        const double d = log_f[i] - log_g[i];
        const double plain = f[i] == 0 ? g[i] : f[i] * d - f[i] + g[i];
        term[i] = h[i] * (fabs(d) <= 0.25 && f[i] > 0 ? f[i] * bregman_series(d) : plain);
    }
    add_terms(&to->sum[0], term, count);
}

double gz_relative_entropy(const gz_phase_grid *grid, const double *f, const double *log_f, const double *g,
                           const double *log_g) {
    double total;
    integrate(&(integrand){.grid = grid, .f = f, .log_f = log_f, .g = g, .log_g = log_g},
              relative_entropy_block, 1, &total);
    return total;
}

/* The terms are (f-g)^2 and g^2. */
static void squares_block(const integrand *in, size_t node, size_t point, size_t count, accumulator *to) {
    const double *h = in->grid->node_volume + node, *f = in->f + point, *g = in->g + point;
    double term[BLOCK] = {0};
    for (size_t i = 0; i < count; i++) term[i] = h[i] * (f[i] - g[i]) * (f[i] - g[i]);
    add_terms(&to->sum[0], term, count);
    for (size_t i = 0; i < count; i++) term[i] = h[i] * g[i] * g[i];
    add_terms(&to->sum[1], term, count);
}

double gz_relative_l2(const gz_phase_grid *grid, const double *f, const double *g) {
    double totals[2];
    integrate(&(integrand){.grid = grid, .f = f, .g = g}, squares_block, 2, totals);
    return sqrt(totals[0] / totals[1]);
}

static void product_block(const integrand *in, size_t node, size_t point, size_t count, accumulator *to) {
    const double *f = in->f + point, *h = in->grid->node_volume + node;
    double term[BLOCK] = {0};
    for (size_t i = 0; i < count; i++) term[i] = h[i] * f[i];
    if (in->g)
        for (size_t i = 0; i < count; i++) term[i] *= in->g[point + i];
    add_terms(&to->sum[0], term, count);
}

double gz_integral(const gz_phase_grid *grid, const double *f, const double *g) {
    double total;
    integrate(&(integrand){.grid = grid, .f = f, .g = g}, product_block, 1, &total);
    return total;
}

static void velocity_block(const integrand *in, size_t node, size_t point, size_t count, accumulator *to) {
    const double *f = in->f + point, *h = in->grid->node_volume + node, *phi = in->g + node;
    double term[BLOCK] = {0};
    for (size_t i = 0; i < count; i++) term[i] = h[i] * f[i] * phi[i];
    add_terms(&to->sum[0], term, count);
}

double gz_velocity_integral(const gz_phase_grid *grid, const double *f, const double *phi) {
    double total;
    integrate(&(integrand){.grid = grid, .f = f, .g = phi}, velocity_block, 1, &total);
    return total;
}

void gz_species_moments_of(const gz_phase_grid *grid, const double *f, gz_species_moments *moments) {
    const size_t d = (size_t)grid->velocity_dim;
    *moments = (gz_species_moments){0};
    for (size_t s = 0; s < grid->species_count; s++) {
        const double mass = grid->species[s].mass;
        gz_moments of;
        gz_moments_of(grid->one, f + s * grid->one->size, &of);
        double variance = of.energy / of.mass;
        for (size_t a = 0; a < d; a++) {
            const double u = of.momentum[a] / of.mass;
            variance -= u * u;
            moments->momentum[s * d + a] = mass * of.momentum[a];
        }
        moments->density[s] = of.mass / ((double)grid->all_cells * grid->cell_volume);
        moments->temperature[s] = mass * variance / (double)d;
    }
}

void gz_cell_moments(const gz_phase_grid *grid, const double *f, double *density, double *velocity,
                     double *temperature) {
    const int d = grid->velocity_dim;
    const size_t cells = grid->cell_count, nodes = grid->node_count;
    const integrand in = {.grid = grid, .f = f};
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t cell = 0; cell < cells; cell++) {
        accumulator to = {.least = INFINITY};
        integrate_range(&in, moments_block, cell * nodes, (cell + 1) * nodes, &to);
        const double rho = gz_sum_value(total_of(&to.sum[0]));
        double variance = 0;
        for (int a = 0; a < d; a++) {
            const double u = gz_sum_value(total_of(&to.sum[2 + a])) / rho;
            variance += gz_sum_value(total_of(&to.sum[2 + d + gz_pair_index(d, a, a)])) / rho - u * u;
            velocity[(size_t)a * cells + cell] = u;
        }
        const double mass = gz_phase_grid_mass(grid, cell);
        density[cell] = rho / mass;
        temperature[cell] = mass * variance / d;
    }
}

void gz_cell_sums(const gz_phase_grid *grid, const double *f, double *sums) {
    const int d = grid->velocity_dim;
    const size_t cells = grid->cell_count, nodes = grid->node_count;
#pragma omp parallel for num_threads(gz_field_threads(grid))
    for (size_t cell = 0; cell < cells; cell++) {
        double *to = sums + cell * ((size_t)d + 2), hf[GZ_BLOCK];
        memset(to, 0, ((size_t)d + 2) * sizeof *to);
        for (size_t first = 0; first < nodes; first += GZ_BLOCK) {
            const size_t count = nodes - first < GZ_BLOCK ? nodes - first : GZ_BLOCK;
            for (size_t k = 0; k < count; k++)
                hf[k] = grid->node_volume[first + k] * f[cell * nodes + first + k];
            to[0] += gz_block_sum(hf, count);
            for (int a = 0; a < d; a++) to[1 + a] += gz_block_dot(hf, grid->node_velocity[a] + first, count);
            to[1 + d] += gz_block_dot(hf, grid->node_energy + first, count);
        }
    }
}
