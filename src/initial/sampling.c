/* Sampling: sums over the nodes of each cell, the worst cell of all ranks, and the clause about it. */
#include "asked.h"

#include "compensated_sum.h"
#include "plain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { VALUES = 2 + GZ_MAX_DIM };

static const double RESOLVED = 1e-6, USABLE = 1e-2; /* largest `off` */
static const double MOST_NODES = 1e5;               /* that grid.v.nodes allows */

gz_conserved gz_conserved_of(const gz_phase_grid *grid, size_t cells, const double *log_f) {
    gz_sum sums[VALUES] = {{0}};
    for (size_t i = 0; i < cells * grid->node_count; i++) {
        const size_t p = i % grid->node_count;
        const double hf = grid->node_volume[p] * exp(log_f[i]);
        gz_sum_add(&sums[0], hf);
        gz_sum_add(&sums[1], hf * grid->node_energy[p]);
        for (int a = 0; a < grid->velocity_dim; a++) gz_sum_add(&sums[2 + a], hf * grid->node_velocity[a][p]);
    }
    gz_conserved mean = {gz_sum_value(sums[0]) / (double)cells, {0}, gz_sum_value(sums[1]) / (double)cells};
    for (int a = 0; a < GZ_MAX_DIM; a++) mean.momentum[a] = gz_sum_value(sums[2 + a]) / (double)cells;
    return mean;
}

void gz_conserved_add(gz_conserved *to, const gz_conserved *from) {
    to->mass += from->mass;
    to->energy += from->energy;
    for (int a = 0; a < GZ_MAX_DIM; a++) to->momentum[a] += from->momentum[a];
}

void gz_conserved_multiply(gz_conserved *c, double factor) {
    c->mass *= factor;
    c->energy *= factor;
    for (int a = 0; a < GZ_MAX_DIM; a++) c->momentum[a] *= factor;
}

void gz_sampling_weigh(gz_sampling *s, double mass) {
    gz_conserved *all[] = {&s->asked, &s->got, &s->asked_there, &s->got_there};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_conserved_multiply(all[i], mass);
}

/* The relative error of the worst value. A cell that should be empty is right if it is. */
static double off_by(const gz_conserved *asked, const gz_conserved *got) {
    const double mass = fabs(got->mass - asked->mass), energy = fabs(got->energy - asked->energy);
    const double scale = sqrt(asked->mass) * sqrt(asked->energy);
    double most = 0;
    if (!isfinite(mass) || !isfinite(energy)) return INFINITY;
    if (mass > 0) most = mass / asked->mass;
    if (energy > 0) most = fmax(most, energy / asked->energy);
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        const double momentum = fabs(got->momentum[a] - asked->momentum[a]);
        if (momentum > 0) most = fmax(most, momentum / scale);
    }
    return most;
}

/* The sum over ranks of the values times `factor`. */
static gz_conserved over_ranks(const gz_ranks *ranks, const gz_conserved *own, double factor) {
    double values[VALUES] = {own->mass * factor, own->energy * factor};
    for (int a = 0; a < GZ_MAX_DIM; a++) values[2 + a] = own->momentum[a] * factor;
    gz_ranks_sum(ranks, VALUES, values);
    gz_conserved all = {values[0], {0}, values[1]};
    for (int a = 0; a < GZ_MAX_DIM; a++) all.momentum[a] = values[2 + a];
    return all;
}

/* Of the worst cells of all ranks keep the worst; the first one, where several are equal. */
static void agree_on_worst(const gz_phase_grid *grid, double volume, gz_sampling *s) {
    const gz_conserved nothing = {0};
    double most = s->off, cell = (double)s->cell;
    gz_ranks_most(grid->ranks, 1, &most);
    if (s->off < most) cell = INFINITY;
    gz_ranks_least(grid->ranks, 1, &cell);
    const bool here = s->off == most && (double)s->cell == cell;
    s->asked_there = over_ranks(grid->ranks, here ? &s->asked_there : &nothing, volume);
    s->got_there = over_ranks(grid->ranks, here ? &s->got_there : &nothing, volume);
    s->off = s->off_before = most;
    s->cell = (size_t)cell;
}

void gz_sampling_measure(const gz_phase_grid *grid, gz_asked *asked, const double *log_f, gz_sampling *s) {
    const size_t cells = grid->cell_count / asked->groups; /* of a group */
    const double volume = grid->cell_volume * (double)cells;
    gz_conserved all_asked = {0}, all_got = {0};
    *s = (gz_sampling){.off = -1, .whole = cells > 1};
#pragma omp parallel for num_threads(grid->threads)
    for (size_t g = 0; g < asked->groups; g++)
        asked->got[g] = gz_conserved_of(grid, cells, log_f + g * cells * grid->node_count);
    for (size_t g = 0; g < asked->groups; g++) {
        const double off = off_by(&asked->of[g], &asked->got[g]);
        const double mass = s->whole ? 1 : gz_phase_grid_mass(grid, g);
        gz_conserved of = asked->of[g], got = asked->got[g];
        gz_conserved_multiply(&of, mass);
        gz_conserved_multiply(&got, mass);
        gz_conserved_add(&all_asked, &of);
        gz_conserved_add(&all_got, &got);
        if (off <= s->off) continue;
        s->off = off;
        s->cell = gz_phase_grid_x_cell(grid, g);
        s->asked_there = of;
        s->got_there = got;
    }
    s->asked = over_ranks(grid->ranks, &all_asked, volume);
    s->got = over_ranks(grid->ranks, &all_got, volume);
    agree_on_worst(grid, volume, s);
    s->spacing = asked->spacing;
    s->half_width = asked->half_width;
    gz_ranks_least(grid->ranks, 1, &s->spacing);
    gz_ranks_most(grid->ranks, 1, &s->half_width);
}

bool gz_sampling_is_resolved(const gz_sampling *s) {
    return s->off <= RESOLVED;
}

bool gz_sampling_is_usable(const gz_sampling *s) {
    return s->off <= USABLE;
}

/* --- the clause ----------------------------------------------------------------------------------------- */

typedef struct text {
    char *buffer;
    size_t size, used;
} text;

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
add(text *t, const char *format, ...) {
    va_list arguments;
    if (t->used >= t->size) return;
    va_start(arguments, format);
    t->used += (size_t)vsnprintf(t->buffer + t->used, t->size - t->used, format, arguments);
    va_end(arguments);
}

/* Momentum that is the round-off of a sum is shown as 0. */
static void add_values(text *t, int d, const gz_conserved *c) {
    const double round_off = 1e-14 * sqrt(c->mass) * sqrt(c->energy);
    add(t, "mass %.10g, momentum (", c->mass);
    for (int a = 0; a < d; a++)
        add(t, "%s%.6g", a ? ", " : "", fabs(c->momentum[a]) > round_off ? c->momentum[a] : 0);
    add(t, "), energy %.10g", c->energy);
}

void gz_conserved_show(const gz_conserved *conserved, int velocity_dim, char *buffer, size_t size) {
    text t = {buffer, size, 0};
    const gz_plain plain = gz_plain_enter();
    buffer[0] = 0;
    add_values(&t, velocity_dim, conserved);
    gz_plain_leave(&plain);
}

/* The least number with two digits that is not below x > 0. */
static double rounded_up(double x) {
    const double digit = pow(10, floor(log10(x)) - 1);
    return ceil(x / digit * (1 - 1e-12)) * digit;
}

/* What to set: the half width and the nodes that the component needs, where the grid's are not enough. */
static void add_remedy(text *t, const gz_sampling *s, const gz_phase_grid *grid) {
    const bool wider = s->half_width > grid->half_width * (1 + 1e-9);
    const double half_width = wider ? rounded_up(s->half_width) : grid->half_width,
                 nodes = ceil(2 * half_width / s->spacing * (1 - 1e-12)) + 1;
    const bool finer = nodes > (double)grid->nodes;
    if (!wider && !finer)
        add(t, s->whole ? "take grid.x.cells and grid.v from the file" : "refine grid.v.nodes");
    if (wider) add(t, "set grid.v.half_width to %g%s", half_width, finer ? " and " : "");
    if (finer && nodes > MOST_NODES)
        add(t, "raise its temperature, which asks for a spacing of %.2g", s->spacing);
    else if (finer)
        add(t, "%sgrid.v.nodes to %.0f or more", wider ? "" : "set ", nodes + (fmod(nodes, 2) == 0));
    if (finer && !wider && nodes <= MOST_NODES)
        add(t, " (a spacing of %.3g, not %.3g)", s->spacing, grid->spacing);
}

void gz_sampling_describe(const gz_sampling *s, const gz_phase_grid *grid, char *buffer, size_t size) {
    text t = {buffer, size, 0};
    const gz_plain plain = gz_plain_enter();
    buffer[0] = 0;
    add(&t, "the grid has ");
    add_values(&t, grid->velocity_dim, &s->got_there);
    add(&t, " where ");
    add_values(&t, grid->velocity_dim, &s->asked_there);
    add(&t, " are asked for");
    if (!s->whole && grid->all_cells > 1) add(&t, " in cell %zu", s->cell);
    add(&t, ": off by %.1e; ", s->off);
    add_remedy(&t, s, grid);
    if (s->can_be_normalised) add(&t, ", or initial.normalise to true");
    gz_plain_leave(&plain);
}
