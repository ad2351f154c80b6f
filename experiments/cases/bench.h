/* Bench: a problem on a grid, to measure its collision operator d_t f = -K(f) log f / h and its steps. */
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
    double *rate;        /* [cell][node], d_t f, which bench_rate computes */
    double worst_defect; /* largest |J| of the steps */
    long applications, steps;
} bench;

/* Ends the program with the library's message unless status is GZ_OK. */
void must(gz_context *context, gz_status status);

gz_problem bench_problem(grid_size size, gz_kernel kernel, gz_kappa kappa, int order);
void bench_open(gz_context *context, const gz_problem *problem, bench *b);
void bench_close(bench *b);

/* Set the state to log f(x, v), or to component `c`. */
void bench_start(bench *b, gz_log_density *log_density, void *data);
void bench_start_component(bench *b, const gz_component *c);

/* Computes b->rate, the collision operator at the present state. */
void bench_rate(bench *b);

void bench_step(bench *b, double dt);

/* Largest change of mass, momentum and energy since the start, relative to the mass, to sqrt(mass energy), and to
 * the energy. */
double bench_drift(const bench *b);

/* The problem's name, for example "1D2V 16 x 33^2"; returns `name`. */
const char *bench_name(const bench *b, char name[48]);

/* A number uniform in [0, 1) that depends on (seed, index) only. */
double random_number(size_t seed, size_t index);

/* random_bumps is log f for a sum of two Maxwellians with random weights, velocities and temperatures, and
 * with waves in x; its data is a random_datum. */
typedef struct random_datum {
    int space_dim, velocity_dim;
    size_t seed;
} random_datum;

double random_bumps(const double *x, const double *v, void *data);

#endif
