/* Normalisation by Newton's method in every cell. Steps that do not descend are halved. */
#include "normalisation.h"

#include "small_solve.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST = GZ_MAX_DIM + 1, MOST_ITERATIONS = 100, MOST_HALVINGS = 40 };

/* Limits of the gradient, whose entries are of order 1: the round-off of the sums, and the most that is
 * accepted. */
static const double ACCURATE = 1e-15, ACCEPTABLE = 1e-12;

/* Cells, and the mean velocity and width that their density should have. */
typedef struct group {
    const gz_phase_grid *grid;
    const double *log_f; /* [cells][node] */
    size_t cells;
    double mean[GZ_MAX_DIM], width; /* u, s */
} group;

/* F with gradient and Hessian at x = (b, c). */
typedef struct expansion {
    double value, gradient[MOST], hessian[MOST * MOST];
} expansion;

/* The functions z and |z|^2 - 1 at a node, and the exponent b.z + c (|z|^2 - 1). */
static double tilt(const group *g, size_t p, const double *x, double *phi) {
    const int d = g->grid->velocity_dim;
    double sum = 0;
    phi[d] = -1;
    for (int a = 0; a < d; a++) {
        phi[a] = (g->grid->node_velocity[a][p] - g->mean[a]) / g->width;
        phi[d] += phi[a] * phi[a];
        sum += x[a] * phi[a];
    }
    return sum + x[d] * phi[d];
}

static expansion expand(const group *g, const double *x) {
    const int count = g->grid->velocity_dim + 1;
    const size_t nodes = g->grid->node_count, size = g->cells * nodes;
    double phi[MOST], most = -INFINITY, total = 0;
    expansion e = {0};
    for (size_t i = 0; i < size; i++) most = fmax(most, g->log_f[i] + tilt(g, i % nodes, x, phi));
    for (size_t i = 0; i < size; i++) {
        const double exponent = g->log_f[i] + tilt(g, i % nodes, x, phi);
        const double weight = g->grid->node_volume[i % nodes] * exp(exponent - most);
        total += weight;
        for (int j = 0; j < count; j++) {
            e.gradient[j] += weight * phi[j];
            for (int k = 0; k <= j; k++) e.hessian[j * count + k] += weight * phi[j] * phi[k];
        }
    }
    for (int j = 0; j < count; j++) e.gradient[j] /= total;
    for (int j = 0; j < count; j++)
        for (int k = 0; k <= j; k++)
            e.hessian[j * count + k] = e.hessian[j * count + k] / total - e.gradient[j] * e.gradient[k];
    e.value = log(total) + most;
    return e;
}

static double lack(const expansion *e, int count) {
    double most = 0;
    for (int j = 0; j < count; j++)
        most = isnan(e->gradient[j]) ? INFINITY : fmax(most, fabs(e->gradient[j]));
    return most;
}

/* The Newton step, or where all of the density sits on one node, whose covariance vanishes, the way downhill. No
 * entry is longer than 1: the tilt of a narrow beam has to stop just before the beam fills the box. */
static void find_step(const expansion *e, int count, double *step) {
    double matrix[MOST * MOST], longest = 1;
    memcpy(matrix, e->hessian, sizeof matrix);
    for (int j = 0; j < count; j++) step[j] = -e->gradient[j];
    if (!gz_small_solve(count, matrix, step))
        for (int j = 0; j < count; j++) step[j] = -e->gradient[j];
    for (int j = 0; j < count; j++) longest = fmax(longest, fabs(step[j]));
    for (int j = 0; j < count; j++) step[j] /= longest;
}

static void move(int count, const double *x, const double *step, double length, double *to) {
    for (int j = 0; j < count; j++) to[j] = x[j] + length * step[j];
}

/* Find (b, c), and F there; false if there is no such density. */
static bool fit(const group *g, double *x, double *value) {
    const int count = g->grid->velocity_dim + 1;
    double step[MOST], next[MOST];
    expansion e = expand(g, x);
    for (int i = 0; i < MOST_ITERATIONS && lack(&e, count) > ACCURATE; i++) {
        double length = 1;
        find_step(&e, count, step);
        move(count, x, step, length, next);
        expansion there = expand(g, next);
        for (int k = 0; k < MOST_HALVINGS && !(there.value <= e.value + 1e-14 * (1 + fabs(e.value))); k++) {
            length /= 2;
            move(count, x, step, length, next);
            there = expand(g, next);
        }
        /* If round-off ends the descent, keep the better of the two. */
        if (!(lack(&there, count) < lack(&e, count)) && lack(&e, count) < ACCEPTABLE) break;
        memcpy(x, next, sizeof next);
        e = there;
    }
    *value = e.value;
    return lack(&e, count) < ACCEPTABLE;
}

/* --- which values there are ----------------------------------------------------------------------------- */

/* The least and the largest <|v - u|^2> of densities on the nodes with the mean velocity u: on the two nodes
 * around u along each axis, and on the corners of the box. */
static void limits(const group *g, double *least, double *largest) {
    const double h = g->grid->spacing, L = g->grid->half_width;
    *least = *largest = 0;
    for (int a = 0; a < g->grid->velocity_dim; a++) {
        const double above = fmod(g->mean[a] + L, h); /* of the node below u */
        *least += above * (h - above);
        *largest += (L - g->mean[a]) * (L + g->mean[a]);
    }
}

/* Why no density on the nodes has the values of a group. */
typedef enum obstacle { NONE, BEYOND_THE_BOX, TOO_COLD, TOO_HOT } obstacle;

static obstacle obstacle_of(const group *g) {
    double least, largest;
    for (int a = 0; a < g->grid->velocity_dim; a++)
        if (!(fabs(g->mean[a]) < g->grid->half_width)) return BEYOND_THE_BOX;
    limits(g, &least, &largest);
    if (!(g->width * g->width > least)) return TOO_COLD;
    return g->width * g->width < largest ? NONE : TOO_HOT;
}

static gz_status refuse(gz_context *context, const group *g, obstacle why, const char *where) {
    const int d = g->grid->velocity_dim;
    const double temperature = g->width * g->width / d;
    double least, largest;
    limits(g, &least, &largest);
    if (why == BEYOND_THE_BOX)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "it cannot be normalised: its mean velocity%s lies outside the box; widen "
                       "grid.v.half_width, now %g",
                       where, g->grid->half_width);
    if (why == TOO_COLD)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "it cannot be normalised: its temperature is %.4g%s, and that of a density on nodes "
                       "around its mean velocity is above %.4g; refine grid.v.nodes (the spacing is %g)",
                       temperature, where, least / d, g->grid->spacing);
    return gz_fail(context, GZ_ERROR_SETTINGS,
                   "it cannot be normalised: its temperature is %.4g%s, and that of a density in the box is "
                   "below %.4g; widen grid.v.half_width, now %g",
                   temperature, where, largest / d, g->grid->half_width);
}

/* --- cells ---------------------------------------------------------------------------------------------- */

/* Group k of a density, or without its log f. */
static group group_of(const gz_phase_grid *grid, const gz_asked *asked, size_t k, const double *log_f) {
    const gz_conserved *of = &asked->of[k];
    group g = {.grid = grid, .cells = grid->cell_count / asked->groups};
    double spread = of->energy / of->mass;
    if (log_f) g.log_f = log_f + k * g.cells * grid->node_count;
    for (int a = 0; a < grid->velocity_dim; a++) {
        g.mean[a] = of->momentum[a] / of->mass;
        spread -= g.mean[a] * g.mean[a];
    }
    g.width = sqrt(spread);
    return g;
}

/* Tilt group k; false if Newton's method does not find the tilt. */
static bool normalise(const gz_phase_grid *grid, const gz_asked *asked, size_t k, double *log_f) {
    double x[MOST] = {0}, phi[MOST], value;
    if (asked->of[k].mass == 0) return true; /* an empty cell stays empty */
    const group g = group_of(grid, asked, k, log_f);
    if (!fit(&g, x, &value)) return false;
    const double scale = log(asked->of[k].mass * (double)g.cells) - value;
    double *row = log_f + (g.log_f - log_f);
    for (size_t i = 0; i < g.cells * grid->node_count; i++)
        row[i] += scale + tilt(&g, i % grid->node_count, x, phi);
    return true;
}

bool gz_can_normalise(const gz_phase_grid *grid, const gz_asked *asked) {
    for (size_t k = 0; k < asked->groups; k++) {
        const group g = group_of(grid, asked, k, NULL);
        if (asked->of[k].mass > 0 && obstacle_of(&g) != NONE) return false;
    }
    return true;
}

gz_status gz_normalise(gz_context *context, const gz_phase_grid *grid, const gz_asked *asked, double *log_f) {
    char where[40] = "";
    for (size_t k = 0; k < asked->groups; k++) {
        const group g = group_of(grid, asked, k, log_f);
        const obstacle why = asked->of[k].mass > 0 ? obstacle_of(&g) : NONE;
        if (asked->groups > 1) snprintf(where, sizeof where, " in cell %zu", gz_phase_grid_x_cell(grid, k));
        if (why != NONE) return refuse(context, &g, why, where);
    }
    size_t failed = asked->groups;
#pragma omp parallel for num_threads(grid->threads) reduction(min : failed)
    for (size_t k = 0; k < asked->groups; k++)
        if (!normalise(grid, asked, k, log_f) && k < failed) failed = k;
    if (failed == asked->groups) return GZ_OK;
    return gz_fail(
        context, GZ_ERROR_SETTINGS,
        "it cannot be normalised: Newton's method finds no tilt that gives cell %zu its mass, momentum and "
        "energy; refine grid.v.nodes",
        gz_phase_grid_x_cell(grid, failed));
}
