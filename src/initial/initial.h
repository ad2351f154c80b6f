/* Initial data: the density f0 of a run, evaluated as log f0 so that far tails do not underflow.
 *
 *   maxwellian  n(x) prod_a (2 pi T_a(x))^(-1/2) exp(-(v_a - u_a(x))^2 / (2 T_a(x))),
 *               p = 2 pi (phase + sum_i m_i x_i/l_i), n = density (1 + density_wave cos p),
 *               u = velocity + velocity_wave sin p, T_a = temperature_a (1 + temperature_wave cos p)
 *   bkw         (2 pi K)^(-d/2) e^(-|v|^2/2K) [ ((d+2)K - d)/(2K) + (1 - K)|v|^2/(2K^2) ],
 *               K = 1 - C e^(-2(d-1)Bt), C = 1/2 (d = 2) or 1 (d = 3): the solution of Bobylev, Krook & Wu
 *               with mass and temperature 1. Multiplied by n = density, it solves the equation with nB for B
 *   file        a stored density (curve_file.h), on request interpolated from another grid (grid_transfer.h)
 *   random      a smooth positive density that depends on a seed (initial_random.h)
 *
 * In a mixture a component belongs to one species of mass m: T_a/m stands for T_a, its waves and files are those of the
 * species alone, and bkw is as it stands, of m = 1. Only a file may hold all species.
 *
 * A datum is the sum of its components, which are added as logarithms. On request a component is first
 * regularised (regularisation.h): mollified in x, then in v, then bounded below. Before that it is compared with
 * what it asks for (sampling.h) and, on request, tilted to have just that on the grid: its exact mass, momentum
 * and energy in every cell. The floor of log f0 is -690 (f = 1e-300).
 */
#ifndef GZ_INITIAL_H
#define GZ_INITIAL_H

#include "integrator.h"
#include "sampling.h"

typedef enum gz_component_shape { GZ_MAXWELLIAN, GZ_BKW, GZ_FROM_FILE, GZ_RANDOM } gz_component_shape;

/* One component. Each shape reads only the members that name it. */
typedef struct gz_component {
    gz_component_shape shape;
    char *species;  /* name among those of the grid; NULL or "": the only one, and of a file all of them */
    double density; /* maxwellian: > 0; other shapes: a factor; 0 means 1 */
    double velocity[GZ_MAX_DIM];           /* maxwellian, random: mean velocity along each v axis */
    double temperature[GZ_MAX_DIM];        /* maxwellian, random: along each v axis, > 0; 0 means 1 */
    int mode[GZ_MAX_DIM];                  /* maxwellian: whole wave number of each x axis */
    double phase;                          /* maxwellian: phase of the waves, in turns */
    double density_wave, temperature_wave; /* maxwellian: amplitudes between -1 and 1 */
    double velocity_wave[GZ_MAX_DIM];      /* maxwellian: amplitude along each v axis */
    double time;                           /* bkw: the t >= 0 of the formula */
    int seed;                              /* random: >= 0; 0 is a seed like any other */
    bool interpolate;                      /* file: from its own grid; false: its grid must be this one */
    double alpha, beta, theta, theta_a;    /* regularisation; 0: none (theta_a = 0: 9 + |gamma|) */
    char *path;                            /* file: HDF5 file; must be given */
    char *dataset;                         /* file: NULL means "f", or "f_last"; of a curve the last time */
} gz_component;

/* Set state->f and state->log_f to the sum of `count` components on the grid, time and step to 0. Fails with
 * GZ_ERROR_SETTINGS if a component is negative somewhere (bkw in d = 3 before t = 5.5 at B = 1/24), leaves
 * the box empty, has a wave of two cells or less, or comes from a file whose values are no density; zeros are
 * allowed if beta or theta lifts them; or if a species has no component. Fails with GZ_ERROR_FILES if a file cannot be read. A component that the
 * grid does not resolve is taken as the nodes have it: gz_initial_state_of tells. */
GZ_API gz_status gz_initial_state(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                                  size_t count, const gz_component *components, gz_state *state);

/* The same; samplings[count], unless it is NULL, says what each component asks for and what the grid has of it.
 * With `normalise` each component is tilted to what it asks for; this is GZ_ERROR_SETTINGS where no density on
 * the grid has it. Judge the samplings with gz_sampling_is_usable before a run. */
GZ_API gz_status gz_initial_state_of(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                                     size_t count, const gz_component *components, bool normalise,
                                     gz_sampling *samplings, gz_state *state);

/* A function that returns log f at x[space_dim], v[velocity_dim], or -INFINITY where f = 0. `data` belongs to
 * the caller. Several threads call the function at once. */
typedef double gz_log_density(const double *x, const double *v, void *data);

/* Set the state from a function of the caller, alike for all species. Fails with GZ_ERROR_SETTINGS where it returns NaN
 * or +INFINITY. */
GZ_API gz_status gz_initial_from_function(gz_context *context, const gz_phase_grid *grid,
                                          gz_log_density *log_density, void *data, gz_state *state);

/* True if the solution is known for all times (exact_solutions.c), without species: for bkw alone with gamma = 0 on the torus, for one
 * isotropic maxwellian without waves, which is an equilibrium, and with collisions other than Landau's for sums of
 * maxwellians, where they do not stream, and for density waves on the torus. */
GZ_API bool gz_initial_has_exact(const gz_problem *problem, size_t count, const gz_component *components);

/* The exact solution a time t after the initial state, [cell][node]. gz_initial_has_exact must be true. */
GZ_API void gz_initial_exact(const gz_phase_grid *grid, const gz_problem *problem, size_t count,
                             const gz_component *components, double t, double *f);

#endif
