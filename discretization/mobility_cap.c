/* Capped mobility: m from log f and its velocity neighbours, line by line. */
#include "mobility_cap.h"

#include "mobility_internal.h"
#include "vector_math.h"

#include <string.h>

static const double JUMP = 4;     /* up to this drop of log f to a neighbour, m = f where there is mass */
static const double TAIL = 1e-6;  /* of a cell's largest density: nodes below belong to the tail */
static const double DEEP = 1e-10; /* of it: nodes below belong to the deep tail */
static const double DEEP_STENCIL = 1e-7; /* the same for theta, whose rows reach further */
static const double DROP = 2, POWER = 8; /* of the smooth minimum */
static const double FAR = 40;            /* e^-FAR is nothing beside 1 */

enum { PART = 128 }; /* nodes of a line that are treated side by side */

/* What the neighbours say of the nodes of a part: the largest drop of log f to one of them, and E. */
typedef struct neighbours {
    double drop[PART], steep[PART];
} neighbours;

/* One neighbour of each of `count` nodes. */
static void look(const double *restrict here, const double *restrict there, double *restrict drop,
                 double *restrict steep, size_t count) {
    for (size_t k = 0; k < count; k++) {
        const double fall = here[k] - there[k], power = POWER * (fall - DROP);
        drop[k] = fall > drop[k] ? fall : drop[k];
        steep[k] += exp(power < -FAR  ? -FAR
                        : power > 600 ? 600
                                      : power); /* 600: neither it nor a sum overflows */
    }
}

/* All neighbours of `count` nodes, which lie side by side on a line of the last axis. */
static void look_around(const gz_phase_grid *grid, const double *log_f, size_t node, size_t count,
                        neighbours *n) {
    const int last = grid->velocity_dim - 1;
    const double *here = log_f + node;
    for (size_t k = 0; k < count; k++) n->drop[k] = -INFINITY;
    memset(n->steep, 0, count * sizeof *n->steep);
    for (int a = 0; a < last; a++) {
        const size_t i = gz_phase_grid_node_index(grid, node, a), s = grid->stride[a];
        if (i > 0) look(here, here - s, n->drop, n->steep, count);
        if (i < grid->nodes - 1) look(here, here + s, n->drop, n->steep, count);
    }
    const size_t i = gz_phase_grid_node_index(grid, node, last), first = i == 0,
                 end = i + count == grid->nodes;
    look(here + first, here + first - 1, n->drop + first, n->steep + first, count - first);
    look(here, here + 1, n->drop, n->steep, count - end);
}

static double largest(const double *x, size_t count) {
    double most = x[0];
#pragma omp simd reduction(max : most)
    for (size_t i = 1; i < count; i++) most = x[i] > most ? x[i] : most;
    return most;
}

/* u/(1 + u), u = (f/(threshold most))^2, from (most/f)^2; 0 where that is infinite. */
static inline double chi(double square, double threshold) {
    return 1 / (1 + threshold * threshold * square);
}

/* weight + (1 - weight) x */
static inline double blend(double weight, double x) {
    return weight + (1 - weight) * x;
}

/* m without lambda, and square = (most/f)^2. */
static void cap(const double *restrict log_f, double most, const neighbours *n, double *restrict square,
                double *restrict m, size_t count) {
    for (size_t k = 0; k < count; k++) {
        square[k] = exp(2 * (most - log_f[k]));
        const double mass = chi(square[k], TAIL), drop = n->drop[k] > JUMP ? n->drop[k] : JUMP;
        const double root = sqrt(sqrt(sqrt(1 + n->steep[k]))); /* POWER = 8 */
        m[k] = exp(log_f[k]) * (mass * JUMP / drop + (1 - mass) / root);
    }
}

typedef struct input {
    const double *log_f, *lambda;
} input;

static void cap_part(gz_mobility *k, const input *density, size_t shift, double most, size_t node,
                     size_t count, double *m) {
    neighbours around;
    double square[PART];
    const size_t first = shift + node;
    look_around(k->grid, density->log_f + shift, node, count, &around);
    cap(density->log_f + first, most, &around, square, m + first, count);
    if (!density->lambda) return;
    const double *restrict lambda = density->lambda + first;
    for (size_t p = 0; p < count; p++) m[first + p] *= blend(chi(square[p], DEEP), lambda[p]);
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        if (!k->theta[a]) continue;
        double *restrict theta = k->theta[a] + first;
        for (size_t p = 0; p < count; p++) theta[p] *= blend(chi(square[p], DEEP_STENCIL), lambda[p]);
    }
}

/* Every block of rows looks for the largest density of its cell by itself: that costs less than waiting. */
static void cap_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    const gz_phase_grid *grid = k->grid;
    const input *density = in;
    const size_t shift = cell * grid->node_count, row = grid->stride[0], n = grid->nodes;
    const double most = largest(density->log_f + shift, grid->node_count);
    const size_t line =
        row < n ? rows.end - rows.begin : n; /* of one velocity axis the rows are a part of the line */
    for (size_t first = rows.begin * row; first < rows.end * row; first += line)
        for (size_t i = 0; i < line; i += PART)
            cap_part(k, density, shift, most, first + i, line - i < PART ? line - i : PART, out);
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
