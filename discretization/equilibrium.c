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

/* m(v) = exp(b.(v - u) + c |v - u|^2 - log Z) with the mean velocity u and <|v - u|^2> = spread. */
typedef struct maxwellian {
    double u[GZ_MAX_DIM], spread;
    double b[GZ_MAX_DIM], c, log_Z;
} maxwellian;

/* Value, gradient and Hessian of log Z - c spread in (b, c). */
typedef struct expansion {
    double value, gradient[GZ_MAX_DIM + 1], diagonal[GZ_MAX_DIM + 1], border[GZ_MAX_DIM];
} expansion;

/* Add the sums along axis a to the expansion; returns log Z_a. */
static double expand_axis(const gz_phase_grid *grid, const maxwellian *m, int a, expansion *e) {
    const int last = grid->velocity_dim;
    double most = -INFINITY, sum[5] = {0}; /* of z^k, k < 5 */
    for (size_t i = 0; i < grid->nodes; i++) {
        const double z = grid->axis_velocity[i] - m->u[a];
        most = fmax(most, (m->b[a] + m->c * z) * z);
    }
    for (size_t i = 0; i < grid->nodes; i++) {
        const double z = grid->axis_velocity[i] - m->u[a];
        const double weight = grid->spacing * (i == 0 || i + 1 == grid->nodes ? 0.5 : 1);
        double term = weight * exp((m->b[a] + m->c * z) * z - most);
        for (int k = 0; k < 5; k++, term *= z) sum[k] += term;
    }
    for (int k = 1; k < 5; k++) sum[k] /= sum[0];
    e->gradient[a] = sum[1];
    e->gradient[last] += sum[2];
    e->diagonal[a] = sum[2] - sum[1] * sum[1];
    e->border[a] = sum[3] - sum[1] * sum[2];
    e->diagonal[last] += sum[4] - sum[2] * sum[2];
    return log(sum[0]) + most;
}

static expansion expand(const gz_phase_grid *grid, maxwellian *m) {
    const int d = grid->velocity_dim;
    expansion e = {.gradient = {0}};
    m->log_Z = 0;
    for (int a = 0; a < d; a++) m->log_Z += expand_axis(grid, m, a, &e);
    e.gradient[d] -= m->spread;
    e.value = m->log_Z - m->c * m->spread;
    return e;
}

/* The largest error of a moment, relative to sqrt(spread) for <v - u> and to spread for <|v - u|^2>. */
static double lack(const expansion *e, int d, double spread) {
    double most = fabs(e->gradient[d]) / spread;
    for (int a = 0; a < d; a++) most = fmax(most, fabs(e->gradient[a]) / sqrt(spread));
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
    for (int i = 0; i < MOST_ITERATIONS && lack(&e, d, m->spread) > ACCURATE; i++) {
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
        const bool better = lack(&there, d, m->spread) < lack(&e, d, m->spread);
        if (!better && lack(&e, d, m->spread) < ACCEPTABLE) break;
        *m = next;
        e = there;
    }
    return lack(&e, d, m->spread) < ACCEPTABLE;
}

/* g = rho m on one cell. */
static void fill(const gz_phase_grid *grid, const maxwellian *m, double rho, double *g, double *log_g) {
    const double start = log(rho) - m->log_Z;
    for (size_t node = 0; node < grid->node_count; node++) {
        double sum = start;
        for (int a = 0; a < grid->velocity_dim; a++) {
            const double z = grid->node_velocity[a][node] - m->u[a];
            sum += (m->b[a] + m->c * z) * z;
        }
        log_g[node] = sum;
        g[node] = exp(sum);
    }
}

static maxwellian of_all(const gz_phase_grid *grid, const gz_moments *moments) {
    maxwellian m = {.spread = moments->energy / moments->mass};
    for (int a = 0; a < grid->velocity_dim; a++) {
        m.u[a] = moments->momentum[a] / moments->mass;
        m.spread -= m.u[a] * m.u[a];
    }
    return m;
}

gz_status gz_equilibrium_of(gz_context *context, const gz_phase_grid *grid, gz_equilibrium kind,
                            const double *f, double *g, double *log_g) {
    const size_t cells = grid->cell_count, nodes = grid->node_count;
    const int d = grid->velocity_dim;
    double *work = NULL;
    GZ_TRY(gz_agree(context, gz_allocate(context, (2 + (size_t)d) * cells, sizeof *work, &work)));
    double *density = work, *velocity = work + cells, *temperature = work + (1 + (size_t)d) * cells;
    gz_cell_moments(grid, f, density, velocity, temperature);
    gz_moments all;
    gz_moments_of(grid, f, &all);
    const double mean = all.mass / ((double)grid->all_cells * grid->cell_volume);
    maxwellian m = of_all(grid, &all);
    bool found = kind == GZ_EQUILIBRIUM_LOCAL || fit(grid, &m);
    for (size_t cell = 0; cell < cells && found; cell++) {
        if (kind == GZ_EQUILIBRIUM_LOCAL) {
            for (int a = 0; a < d; a++) m.u[a] = velocity[(size_t)a * cells + cell];
            m.spread = d * temperature[cell];
            found = fit(grid, &m);
        }
        fill(grid, &m, kind == GZ_EQUILIBRIUM_UNIFORM ? mean : density[cell], g + cell * nodes,
             log_g + cell * nodes);
    }
    gz_release(work);
    if (gz_ranks_all(grid->ranks, found)) return GZ_OK;
    return gz_fail(context, GZ_ERROR_NOT_CONVERGED,
                   "no Maxwellian on this velocity grid has the density's mean velocity and energy; its "
                   "temperature is %g, the square of the spacing %g",
                   m.spread / d, grid->spacing * grid->spacing);
}

gz_status gz_equilibrium_with_bath(gz_context *context, const gz_phase_grid *grid, gz_equilibrium kind,
                                   double temperature, const double *f, double *g, double *log_g) {
    const size_t cells = grid->cell_count, nodes = grid->node_count;
    double *work = NULL;
    GZ_TRY(gz_agree(context,
                    gz_allocate(context, (2 + (size_t)grid->velocity_dim) * cells, sizeof *work, &work)));
    gz_cell_moments(grid, f, work, work + cells, work + (1 + (size_t)grid->velocity_dim) * cells);
    const double mean = gz_integral(grid, f, NULL) / ((double)grid->all_cells * grid->cell_volume);
    maxwellian m = {.c = -1 / (2 * temperature)};
    expand(grid, &m); /* for log Z */
    for (size_t cell = 0; cell < cells; cell++)
        fill(grid, &m, kind == GZ_EQUILIBRIUM_UNIFORM ? mean : work[cell], g + cell * nodes,
             log_g + cell * nodes);
    gz_release(work);
    return GZ_OK;
}
