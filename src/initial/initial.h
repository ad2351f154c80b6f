/* Initial data: the density f0 of a run, evaluated as log f0 so that far tails do not underflow.
 *
 *   maxwellian  n(x) prod_a (2 pi T_a(x))^(-1/2) exp(-(v_a - u_a(x))^2 / (2 T_a(x))),
 *               p = 2 pi (phase + sum_i m_i x_i/l_i), n = density (1 + density_wave cos p),
 *               u = velocity + velocity_wave sin p, T_a = temperature_a (1 + temperature_wave cos p)
 *   bkw         (2 pi K)^(-d/2) e^(-|v|^2/2K) [ ((d+2)K - d)/(2K) + (1 - K)|v|^2/(2K^2) ],
 *               K = 1 - C e^(-2(d-1)Bt), C = 1/2 (d = 2) or 1 (d = 3): Bobylev, Krook & Wu, mass and
 *               temperature 1; times n = density it solves the equation with nB for B
 *   file        a stored density, see curve_file.h, on request interpolated (grid_transfer.h)
 *   random      smooth and positive, from a seed: initial_random.h
 *
 * A datum is a sum of components, added as logarithms, each of them regularised on request
 * (regularisation.h): first mollified in x, then in v, then bounded below. log f0 is floored at -690
 * (f = 1e-300).
 */
#ifndef GZ_INITIAL_H
#define GZ_INITIAL_H

#include "integrator.h"

typedef enum gz_component_shape { GZ_MAXWELLIAN, GZ_BKW, GZ_FROM_FILE, GZ_RANDOM } gz_component_shape;

/* One component; each shape reads its own entries. */
typedef struct gz_component {
    gz_component_shape shape;
    double density;                        /* maxwellian: > 0; others: a factor, 0 means 1 */
    double velocity[GZ_MAX_DIM];           /* maxwellian, random: one entry an axis */
    double temperature[GZ_MAX_DIM];        /* the same, > 0; random: 0 means 1 */
    int mode[GZ_MAX_DIM];                  /* maxwellian: whole wave number of each x axis */
    double phase;                          /* of the waves, in turns */
    double density_wave, temperature_wave; /* between -1 and 1 */
    double velocity_wave[GZ_MAX_DIM];
    double time;                        /* bkw: t >= 0 of the formula */
    int seed;                           /* random: >= 0 */
    bool interpolate;                   /* file: from whatever grid it has; false: it must be this one */
    double alpha, beta, theta, theta_a; /* regularisation; 0: none, and a = 9 + |gamma| */
    char *path, *dataset;               /* file: HDF5 file and its dataset; of a curve the last time */
} gz_component;

/* The sum of `count` components on the grid into state->f and state->log_f, time 0, step 0. GZ_ERROR_DECK for
 * a component that is negative somewhere (bkw in d = 3 before t = 5.5 at B = 1/24) or leaves the box empty,
 * GZ_ERROR_FILES for a file that cannot be read, GZ_ERROR_DECK for one whose values are no density; f = 0 is
 * one where beta or theta will lift it. */
GZ_API gz_status gz_initial_state(gz_context *context, const gz_phase_grid *grid,
                                  const gz_interaction *interaction, size_t count,
                                  const gz_component *components, gz_state *state);

/* log f at x[space_dim], v[velocity_dim]; -INFINITY where f = 0. `data` is the caller's. Called from several
 * threads at once. */
typedef double gz_log_density(const double *x, const double *v, void *data);

/* The same from a function of the caller. GZ_ERROR_DECK if it returns NaN or +INFINITY somewhere. */
GZ_API gz_status gz_initial_from_function(gz_context *context, const gz_phase_grid *grid,
                                          gz_log_density *log_density, void *data, gz_state *state);

/* True where the solution is known for all times: bkw alone with gamma = 0 on the torus, or one isotropic
 * maxwellian without waves (an equilibrium). */
GZ_API bool gz_initial_has_exact(const gz_problem *problem, size_t count, const gz_component *components);

/* The exact solution at time t after the initial state, [cell][node]; only where gz_initial_has_exact. */
GZ_API void gz_initial_exact(const gz_phase_grid *grid, const gz_problem *problem,
                             const gz_component *components, double t, double *f);

#endif
