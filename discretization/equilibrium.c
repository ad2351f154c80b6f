/* Equilibrium by Newton's method for (b, c).
 *
 * The weights are a product over the axes, so log Z(b, c) = sum_a log Z_a(b_a, c) needs sums along one axis
 * only. (b, c) minimise the convex function log Z - c E, E = sum_a <(v_a - u_a)^2>. Its gradient is the
 * moments <v - u>, <|v - u|^2> of the Maxwellian minus those of the density. Its Hessian, their covariance,
 * has entries on the diagonal and in the row of c. Steps that do not descend are halved.
 */
#include "equilibrium.h"

#include "functionals.h"

#include <math.h>

enum { MOST_ITERATIONS = 60, MOST_HALVINGS = 40 };

/* Limits of the gradient relative to the size of the moments: the round-off of sums along an axis, and the
 * most that is accepted. */
static const double ACCURATE = 1e-15, ACCEPTABLE = 1e-12;

/* The part of a species: log Z_s for the exponent m_s (b.z + c |z|^2), z = v - u, and its share of the particles. */
typedef struct part {
    double mass, share, log_Z;
} part;

/* M_s(v) = exp(m_s (b.(v - u) + c |v - u|^2) - log Z_s) with the mean velocity u, and spread = sum_s share_s m_s
 * <|v - u|^2>_s. */
typedef struct maxwellian {
    size_t species_count;
    part species[GZ_MAX_SPECIES];
    double u[GZ_MAX_DIM], spread, mass; /* mass: sum_s share_s m_s */
    double b[GZ_MAX_DIM], c;
} maxwellian;

/* Value, gradient and Hessian of sum_s share_s log Z_s - c spread in (b, c). */
typedef struct expansion {
    double value, gradient[GZ_MAX_DIM + 1], diagonal[GZ_MAX_DIM + 1], border[GZ_MAX_DIM];
} expansion;

/* Add the sums of a species along axis a to the expansion; returns log Z_a. */
static double expand_axis(const gz_phase_grid *grid, const maxwellian *m, const part *s, int a,
                          expansion *e) {
    const int last = grid->velocity_dim;
    const double first = s->share * s->mass, second = first * s->mass;
    double most = -INFINITY, sum[5] = {0}; /* of z^k, k < 5 */
    for (size_t i = 0; i < grid->nodes; i++) {
        const double z = grid->axis_velocity[i] - m->u[a];
        most = fmax(most, s->mass * (m->b[a] + m->c * z) * z);
    }
    for (size_t i = 0; i < grid->nodes; i++) {
        const double z = grid->axis_velocity[i] - m->u[a];
        const double weight = grid->spacing * (i == 0 || i + 1 == grid->nodes ? 0.5 : 1);
        double term = weight * exp(s->mass * (m->b[a] + m->c * z) * z - most);
        for (int k = 0; k < 5; k++, term *= z) sum[k] += term;
    }
    for (int k = 1; k < 5; k++) sum[k] /= sum[0];
    e->gradient[a] += first * sum[1];
    e->gradient[last] += first * sum[2];
    e->diagonal[a] += second * (sum[2] - sum[1] * sum[1]);
    e->border[a] += second * (sum[3] - sum[1] * sum[2]);
    e->diagonal[last] += second * (sum[4] - sum[2] * sum[2]);
    return log(sum[0]) + most;
}

static expansion expand(const gz_phase_grid *grid, maxwellian *m) {
    const int d = grid->velocity_dim;
    expansion e = {.gradient = {0}};
    for (size_t k = 0; k < m->species_count; k++) {
        part *s = &m->species[k];
        s->log_Z = 0;
        for (int a = 0; a < d; a++) s->log_Z += expand_axis(grid, m, s, a, &e);
        e.value += s->share * s->log_Z;
    }
    e.gradient[d] -= m->spread;
    e.value -= m->c * m->spread;
    return e;
}

/* The largest error of a moment, relative to sqrt(mass spread) for the momentum and to spread for the energy. */
static double lack(const expansion *e, const maxwellian *m, int d) {
    double most = fabs(e->gradient[d]) / m->spread;
    for (int a = 0; a < d; a++) most = fmax(most, fabs(e->gradient[a]) / sqrt(m->mass * m->spread));
    return most;
}

/* Newton step in (b, c); false if the Hessian has lost its sign to round-off. */
static bool newton_step(const expansion *e, int d, double step[GZ_MAX_DIM + 1]) {
    double schur = e->diagonal[d], rest = e->gradient[d];
    for (int a = 0; a < d; a++) {
        if (!(e->diagonal[a] > 0)) return false;
        schur -= e->border[a] * e->border[a] / e->diagonal[a];
        rest -= e->border[a] * e->gradient[a] / e->diagonal[a];
    }
    if (!(schur > 0)) return false;
    step[d] = -rest / schur;
    for (int a = 0; a < d; a++) step[a] = -(e->gradient[a] + e->border[a] * step[d]) / e->diagonal[a];
    return true;
}

static maxwellian moved(const maxwellian *m, int d, const double *step, double length) {
    maxwellian to = *m;
    for (int a = 0; a < d; a++) to.b[a] += length * step[a];
    to.c += length * step[d];
    return to;
}

/* Find b, c and log Z for u and spread; false if there is no such Maxwellian. */
static bool fit(const gz_phase_grid *grid, maxwellian *m) {
    const int d = grid->velocity_dim;
    double step[GZ_MAX_DIM + 1];
    if (!(m->spread > 0) || !isfinite(m->spread)) return false;
    for (int a = 0; a < d; a++) m->b[a] = 0;
    m->c = -d / (2 * m->spread);
    expansion e = expand(grid, m);
    for (int i = 0; i < MOST_ITERATIONS && lack(&e, m, d) > ACCURATE; i++) {
        if (!newton_step(&e, d, step)) return false;
        double length = 1;
        maxwellian next = moved(m, d, step, length);
        expansion there = expand(grid, &next);
        for (int k = 0; k < MOST_HALVINGS && !(there.value <= e.value + 1e-14 * (1 + fabs(e.value))); k++) {
            length /= 2;
            next = moved(m, d, step, length);
            there = expand(grid, &next);
        }
        /* If round-off ends the descent, keep the better of the two. */
        const bool better = lack(&there, m, d) < lack(&e, m, d);
        if (!better && lack(&e, m, d) < ACCEPTABLE) break;
        *m = next;
        e = there;
    }
    return lack(&e, m, d) < ACCEPTABLE;
}

/* g = rho M_s on one cell. */
static void fill(const gz_phase_grid *grid, const maxwellian *m, const part *s, double rho, double *g,
                 double *log_g) {
    const double start = log(rho) - s->log_Z;
    for (size_t node = 0; node < grid->node_count; node++) {
        double sum = start;
        for (int a = 0; a < grid->velocity_dim; a++) {
            const double z = grid->node_velocity[a][node] - m->u[a];
            sum += s->mass * (m->b[a] + m->c * z) * z;
        }
        log_g[node] = sum;
        g[node] = exp(sum);
    }
}

/* The species with n_s particles. */
static maxwellian with_particles(const gz_phase_grid *grid, const double *n) {
    maxwellian m = {.species_count = grid->species_count};
    double all = 0;
    for (size_t s = 0; s < grid->species_count; s++) all += n[s];
    for (size_t s = 0; s < grid->species_count; s++) {
        m.species[s] = (part){.mass = grid->species[s].mass, .share = n[s] / all};
        m.mass += m.species[s].share * m.species[s].mass;
    }
    return m;
}

/* u and spread of all of space. */
static maxwellian of_all(const gz_phase_grid *grid, const double *n, const gz_moments *moments) {
    maxwellian m = with_particles(grid, n);
    m.spread = moments->energy * m.mass / moments->mass;
    for (int a = 0; a < grid->velocity_dim; a++) {
        m.u[a] = moments->momentum[a] / moments->mass;
        m.spread -= m.mass * m.u[a] * m.u[a];
    }
    return m;
}

/* u and spread of one place. work: density [cell], velocity [axis][cell], temperature [cell]. */
static maxwellian of_place(const gz_phase_grid *grid, const double *work, size_t place) {
    const size_t cells = grid->cell_count, d = (size_t)grid->velocity_dim, between = grid->one->cell_count;
    double n[GZ_MAX_SPECIES];
    for (size_t s = 0; s < grid->species_count; s++) n[s] = work[s * between + place];
    maxwellian m = with_particles(grid, n);
    for (size_t s = 0; s < m.species_count; s++)
        for (size_t a = 0; a < d; a++)
            m.u[a] +=
                m.species[s].share * m.species[s].mass / m.mass * work[(1 + a) * cells + s * between + place];
    for (size_t s = 0; s < m.species_count; s++) {
        const double *own = work + s * between + place;
        double square = 0; /* |u_s - u|^2 */
        for (size_t a = 0; a < d; a++)
            square += (own[(1 + a) * cells] - m.u[a]) * (own[(1 + a) * cells] - m.u[a]);
        m.spread += m.species[s].share * ((double)d * own[(1 + d) * cells] + m.species[s].mass * square);
    }
    return m;
}

gz_status gz_equilibrium_of(gz_context *context, const gz_phase_grid *grid, gz_equilibrium kind,
                            const double *f, double *g, double *log_g) {
    const size_t cells = grid->cell_count, places = grid->one->cell_count, nodes = grid->node_count;
    const size_t d = (size_t)grid->velocity_dim;
    double *work = NULL, n[GZ_MAX_SPECIES];
    GZ_TRY(gz_agree(context, gz_allocate(context, (2 + d) * cells, sizeof *work, &work)));
    gz_cell_moments(grid, f, work, work + cells, work + (1 + d) * cells);
    gz_moments all;
    gz_moments_of(grid, f, &all);
    for (size_t s = 0; s < grid->species_count; s++)
        n[s] = grid->mixture ? gz_integral(grid->one, f + s * grid->one->size, NULL) : all.mass;
    maxwellian m = of_all(grid, n, &all);
    bool found = kind == GZ_EQUILIBRIUM_LOCAL || fit(grid, &m);
    for (size_t place = 0; place < places && found; place++) {
        if (kind == GZ_EQUILIBRIUM_LOCAL) {
            m = of_place(grid, work, place);
            found = fit(grid, &m);
        }
        for (size_t s = 0; s < grid->species_count; s++) {
            const size_t cell = s * places + place;
            const double mean = n[s] / ((double)grid->all_cells * grid->cell_volume);
            fill(grid, &m, &m.species[s], kind == GZ_EQUILIBRIUM_UNIFORM ? mean : work[cell],
                 g + cell * nodes, log_g + cell * nodes);
        }
    }
    gz_release(work);
    if (gz_ranks_all(grid->ranks, found)) return GZ_OK;
    return gz_fail(context, GZ_ERROR_NOT_CONVERGED,
                   "no Maxwellian on this velocity grid has the density's mean velocity and energy; its "
                   "temperature is %g, the square of the spacing %g",
                   m.spread / (double)d, grid->spacing * grid->spacing);
}

gz_status gz_equilibrium_with_bath(gz_context *context, const gz_phase_grid *grid, gz_equilibrium kind,
                                   double temperature, const double *f, double *g, double *log_g) {
    const size_t cells = grid->cell_count, nodes = grid->node_count;
    double *work = NULL;
    GZ_TRY(gz_agree(context,
                    gz_allocate(context, (2 + (size_t)grid->velocity_dim) * cells, sizeof *work, &work)));
    gz_cell_moments(grid, f, work, work + cells, work + (1 + (size_t)grid->velocity_dim) * cells);
    const double mean = gz_integral(grid, f, NULL) / ((double)grid->all_cells * grid->cell_volume);
    maxwellian m = {.species_count = 1, .species = {{1, 1, 0}}, .c = -1 / (2 * temperature)};
    expand(grid, &m); /* for log Z */
    for (size_t cell = 0; cell < cells; cell++)
        fill(grid, &m, m.species, kind == GZ_EQUILIBRIUM_UNIFORM ? mean : work[cell], g + cell * nodes,
             log_g + cell * nodes);
    gz_release(work);
    return GZ_OK;
}
