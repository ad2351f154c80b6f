/* Capped mobility: m from log f and its velocity neighbours, cell by cell. */
#include "mobility_cap.h"

#include "mobility_internal.h"

#include <math.h>

static const double JUMP = 4;     /* up to this drop of log f to a neighbour, m = f where there is mass */
static const double TAIL = 1e-6;  /* of a cell's largest density: nodes below belong to the tail */
static const double DEEP = 1e-10; /* of it: nodes below belong to the deep tail */
static const double DEEP_STENCIL = 1e-7; /* the same for theta, whose rows reach further */
static const double DROP = 2, POWER = 8; /* of the smooth minimum */
static const double FAR = 40;            /* e^-FAR is nothing beside 1 */

/* What the neighbours say of a node: the largest drop of log f to one of them, and the sum of the smooth minimum. */
typedef struct neighbours {
    double drop, steep;
} neighbours;

static neighbours look_around(const gz_phase_grid *grid, const double *log_f, size_t node) {
    neighbours n = {.drop = -INFINITY};
    for (int a = 0; a < grid->velocity_dim; a++) {
        const size_t i = gz_phase_grid_node_index(grid, node, a), s = grid->stride[a];
        for (int side = 0; side < 2; side++) {
            if (i == (side ? grid->nodes - 1 : 0)) continue;
            const double drop = log_f[node] - log_f[side ? node + s : node - s],
                         power = POWER * (drop - DROP);
            n.drop = fmax(n.drop, drop);
            if (power > -FAR) n.steep += exp(fmin(power, 600)); /* 600: neither it nor a sum overflows */
        }
    }
    return n;
}

static double largest(const double *x, size_t count) {
    double most = x[0];
    for (size_t i = 1; i < count; i++) most = x[i] > most ? x[i] : most;
    return most;
}

/* u/(1 + u), u = (f/(threshold most))^2, from log f - log most. */
static double chi(double log_f, double threshold) {
    return 1 / (1 + exp(2 * (log(threshold) - log_f))); /* 0 where exp overflows */
}

/* weight + (1 - weight) x */
static double blend(double weight, double x) {
    return weight + (1 - weight) * x;
}

/* m/f without lambda. log_f: log f - log max f of the cell. */
static double fraction(neighbours n, double log_f) {
    const double mass = chi(log_f, TAIL);
    return mass * JUMP / fmax(JUMP, n.drop) + (1 - mass) * exp(-log1p(n.steep) / POWER);
}

typedef struct input {
    const double *log_f, *lambda;
} input;

/* Every block of rows looks for the largest density of its cell by itself: that costs less than waiting. */
static void cap_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    const gz_phase_grid *grid = k->grid;
    const input *density = in;
    const size_t shift = cell * grid->node_count, row = grid->stride[0];
    const double *log_f = density->log_f + shift, most = largest(log_f, grid->node_count);
    double *m = (double *)out + shift;
    for (size_t p = rows.begin * row; p < rows.end * row; p++) {
        const neighbours n = look_around(grid, log_f, p);
        m[p] = exp(log_f[p]) * fraction(n, log_f[p] - most);
        if (!density->lambda) continue;
        const double lambda = density->lambda[shift + p];
        m[p] *= blend(chi(log_f[p] - most, DEEP), lambda);
        for (int a = 0; a < grid->velocity_dim; a++)
            if (k->theta[a]) k->theta[a][shift + p] *= blend(chi(log_f[p] - most, DEEP_STENCIL), lambda);
    }
}

void gz_mobility_cap(gz_mobility *k, const double *log_f, const double *lambda, double *m) {
    gz_mobility_set_steepness(k, log_f);
    const input density = {.log_f = log_f, .lambda = lambda};
    gz_mobility_for_blocks(k, cap_task, &density, m);
}

void gz_mobility_set_capped(gz_mobility *k, const double *log_f, const double *lambda, double *m) {
    gz_mobility_cap(k, log_f, lambda, m);
    gz_mobility_set_density(k, m);
}
