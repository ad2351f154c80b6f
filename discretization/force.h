/* Force: the acceleration a = -grad V of an external potential V(x) for particles of mass 1, at the centres of cells.
 *
 *   none
 *   uniform   a = strength; V = -strength.(x - c)            the same everywhere; a torus has no V, which is 0 there
 *   cosine    V = sum_a strength_a cos(2 pi mode_a x_a/length_a)
 *   harmonic  V = sum_a strength_a (x_a - c_a)^2/2           in a box: on a torus it has a kink at the seam
 *   table     V = a table of x_1 (radial_table.h), on a torus with V(0) = V(length)
 *
 * c is the centre of the box. Axes of x that the grid does not have contribute nothing but the acceleration of `uniform`.
 * Source: the Hamiltonian part of Duong, Peletier & Zimmer, Nonlinearity 26 (2013), (11): L dE with E = int (|v|^2/2 + V) f.
 */
#ifndef GZ_FORCE_H
#define GZ_FORCE_H

#include "phase_grid.h"
#include "radial_table.h"

typedef enum gz_force_shape {
    GZ_FORCE_NONE,
    GZ_FORCE_UNIFORM,
    GZ_FORCE_COSINE,
    GZ_FORCE_HARMONIC,
    GZ_FORCE_TABLE
} gz_force_shape;

typedef struct gz_force {
    gz_force_shape shape;
    double strength[GZ_MAX_DIM];  /* of each v axis (uniform) or x axis (cosine; harmonic: >= 0) */
    int mode[GZ_MAX_DIM];         /* cosine: whole wave number along each x axis */
    const gz_radial_table *table; /* table: of the caller, outlives all that is made with it */
} gz_force;

/* GZ_ERROR_SETTINGS, saying what is allowed, for a force that this grid cannot have. */
GZ_API gz_status gz_force_check(gz_context *context, const gz_phase_grid *grid, const gz_force *force);

/* The acceleration along velocity axis `axis`, and V, at the centre of an own cell. */
GZ_API double gz_force_acceleration(const gz_force *force, const gz_phase_grid *grid, size_t cell, int axis);
GZ_API double gz_force_potential(const gz_force *force, const gz_phase_grid *grid, size_t cell);

#endif
