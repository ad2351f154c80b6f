/* Bench: a problem on a grid, ready to be measured: its operator d_t f = -K(f) log f / h, and its steps. */
#ifndef GRAZING_CASES_BENCH_H
#define GRAZING_CASES_BENCH_H

#include "grazing.h"

/* Dimensions and sizes; the x axes have length 1. */
typedef struct grid_size {
    int space_dim, velocity_dim;
    size_t cells, nodes;
    double half_width;
} grid_size;

typedef struct bench {
    gz_context *context;
    gz_problem problem;
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;
    gz_moments start;    /* of the first state */
    double *rate;        /* [cell][node], d_t f; after bench_rate */
    double worst_defect; /* largest |J| of the steps */
    long applications, steps;
} bench;

/* Any failure of the library ends the program with its message: nothing can be measured then. */
void must(gz_context *context, gz_status status);

gz_problem bench_problem(grid_size size, gz_interaction interaction, gz_kappa kappa, int order);
void bench_open(gz_context *context, const gz_problem *problem, bench *b);
void bench_close(bench *b);

/* Set the state to log f(x, v), or to component `c`. */
void bench_start(bench *b, gz_log_density *log_density, void *data);
void bench_start_component(bench *b, const gz_component *c);

/* b->rate of the present state. */
void bench_rate(bench *b);

void bench_step(bench *b, double dt);

/* Largest relative change of mass, momentum (by mass times the half width) and energy since the start. */
double bench_drift(const bench *b);

/* "1D2V 16 x 33^2" */
const char *bench_name(const bench *b, char name[48]);

/* Uniform in [0, 1), depends on (seed, index) only. */
double random_number(size_t seed, size_t index);

/* log f of two Maxwellians with random weights, velocities and temperatures, and waves in x; data: a
 * random_datum. */
typedef struct random_datum {
    int space_dim, velocity_dim;
    size_t seed;
} random_datum;

double random_bumps(const double *x, const double *v, void *data);

#endif
