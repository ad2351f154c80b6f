/* Kernels: the interaction kernel a(z) = A(|z|) P(z), with P(z) = Id - z z^T/|z|^2, and the spatial kernel
 * kappa(x - x*).
 *
 *   power    A = B |z|^(2+gamma), gamma in [-3, 1]   (1.3), Assumption 2.1 case 1
 *   bounded  A = B <z>^gamma, gamma <= 3             Section 4, <z> = sqrt(1 + |z|^2)
 *   table    A = B times a radial table              radial_table.h
 *   function A = B times a function of the caller
 *
 *   uniform      1/|Omega|                            (2.2) with k2 -> 0; sigma -> infinity
 *   exponential  ~ exp(-k2 <x - x*>)                  (2.2)
 *   sigma        ~ exp(-<(x - x*)/sqrt(sigma)>)       Remark 2.2
 *   dirac        1/dx on the own cell                 sigma -> 0: the classical Landau equation
 *   table        ~ a radial table of |x - x*|
 *   function     ~ a function of the caller
 *
 * On the torus |x - x*| is the minimal-image distance and kappa is normalised discretely,
 * sum_j kappa_ij dx = 1. In a box (Assumption 2.1 case 2) kappa is the bare expression, which lies between
 * two positive bounds and is not normalised. For the sigma family the bare expression is exp(1 - <..>), which
 * is 1 at x = x*. A box also allows dirac, as the limit. lattice_kernel.h says how a(z) acts on velocity
 * nodes. */
#ifndef GZ_KERNEL_H
#define GZ_KERNEL_H

#include "phase_grid.h"
#include "radial_table.h"

typedef enum gz_kernel_shape {
    GZ_KERNEL_POWER,
    GZ_KERNEL_BOUNDED,
    GZ_KERNEL_TABLE,
    GZ_KERNEL_FUNCTION
} gz_kernel_shape;

/* A radial function of the caller, finite and >= 0 up to the longest distance of the grid: A/B as a function
 * of |z| > 0, or kappa as a function of |x - x*| >= 0. `data` is passed through. The library calls the
 * function from one thread at a time, only while an object is made with it, mostly at the distances of grid
 * points. */
typedef double gz_radial_function(double r, void *data);

typedef struct gz_kernel {
    gz_kernel_shape shape;
    double gamma;                 /* power, bounded */
    double strength;              /* B > 0; 0 means 1 */
    const gz_radial_table *table; /* table: of the caller, outlives all that is made with it */
    gz_radial_function *function; /* function: A/B from |z| */
    void *data;                   /* function: its second argument */
} gz_kernel;

typedef enum gz_kappa_shape {
    GZ_KAPPA_UNIFORM,
    GZ_KAPPA_EXPONENTIAL,
    GZ_KAPPA_SIGMA,
    GZ_KAPPA_DIRAC,
    GZ_KAPPA_TABLE,
    GZ_KAPPA_FUNCTION
} gz_kappa_shape;

typedef struct gz_kappa {
    gz_kappa_shape shape;
    double k2;                    /* exponential, >= 0; 0 is no decay */
    double sigma;                 /* sigma, > 0: must be given */
    const gz_radial_table *table; /* table: must be given, as for the kernel */
    gz_radial_function *function; /* function: kappa, on the torus up to a factor, from |x - x*| */
    void *data;                   /* function: its second argument */
} gz_kappa;

/* GZ_ERROR_SETTINGS, saying what is allowed, for parameters out of range; a table that ends above 0 before
 * the longest distance of the grid; values that are negative, no number or all zero at the grid's distances;
 * a kappa that is zero at r = 0, in a box anywhere (dirac excepted). */
GZ_API gz_status gz_kernel_check(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel);
GZ_API gz_status gz_kappa_check(gz_context *context, const gz_phase_grid *grid, const gz_kappa *kappa);

/* The rates c_st of collisions between species, symmetric and >= 0: a pair of species has the kernel c_st A(z).
 * Not given, they are q_s^2 q_t^2, as Coulomb collisions have them. */
typedef struct gz_rates {
    bool given;
    double value[GZ_MAX_SPECIES][GZ_MAX_SPECIES]; /* of the species of the grid */
} gz_rates;

/* The rates written out. Fails with GZ_ERROR_SETTINGS where they are negative, not finite or not symmetric. */
GZ_API gz_status gz_rates_resolve(gz_context *context, const gz_phase_grid *grid, const gz_rates *rates,
                                  gz_rates *resolved);

/* B, which is 1 if the strength is left at zero. */
GZ_API double gz_kernel_strength(const gz_kernel *kernel);

/* A(|z|) as a function of z2 = |z|^2 > 0. */
GZ_API double gz_kernel_value(const gz_kernel *kernel, double z2);

/* True where kappa couples only equal cells, so that collisions act in each cell by itself. */
GZ_API bool gz_kappa_is_local(const gz_kappa *kappa, const gz_phase_grid *grid);

/* kappa on all offsets of cells, an array with one axis for each x axis. On the torus an axis of N cells has
 * the offsets 0..N-1 (periodic images). In a box it has 2N entries: the offsets 0..N-1, one unused entry, and
 * the offsets -(N-1)..-1, as a zero-padded cyclic convolution needs them. gz_kappa_extent writes the lengths
 * of the axes to `extent` and returns their product, the size of `values`. */
GZ_API size_t gz_kappa_extent(const gz_phase_grid *grid, size_t extent[GZ_MAX_DIM]);
GZ_API void gz_kappa_values(const gz_kappa *kappa, const gz_phase_grid *grid, double *values);

/* kappa between two cells of the whole grid, read from the array of gz_kappa_values. */
GZ_API double gz_kappa_between(const double *values, const gz_phase_grid *grid, size_t cell, size_t other);

#endif
