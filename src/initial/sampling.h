/* Sampling: what a component of the datum asks for, and what the grid has of it.
 *
 *   asked   int (1, v, |v|^2) f(x_c, v) dv           in closed form; of a file the sums on the grid of the file
 *   got     sum_k h_k (1, v_k, |v_k|^2) f(x_c, v_k)   the component as the nodes have it, not regularised yet
 *   off     the largest over the cells c of
 *           |got - asked|/asked of mass and energy, and of momentum |got - asked|/sqrt(mass energy)
 *
 * A component takes point values at the centres x_c, so that these are exact integrals over v at each x_c.
 * The trapezoidal rule in v is off by 2 exp(-2 pi^2 T/h^2) of the mass of a Maxwellian along an axis, and by
 * 4 pi^2 T/h^2 times as much of its energy: by 2e-7 at a spacing of h = sqrt(T), by some 10 % at 2 sqrt(T),
 * and by nearly all of it for a narrow beam between the nodes. What lies outside the box is lost.
 */
#ifndef GZ_SAMPLING_H
#define GZ_SAMPLING_H

#include "phase_grid.h"

typedef struct gz_conserved {
    double mass, momentum[GZ_MAX_DIM], energy; /* int f, int v f, int |v|^2 f */
} gz_conserved;

typedef struct gz_sampling {
    gz_conserved asked, got;             /* over phase space, with the masses of species */
    double off;                          /* of the worst cell, relative */
    double off_before;                   /* the same before the component was normalised */
    size_t cell;                         /* the worst cell, counted in the whole grid */
    gz_conserved asked_there, got_there; /* in the worst cell, over its part of x */
    bool whole; /* compared over all of space at once, as a file has other cells; `there` is all of space */
    double spacing, half_width; /* of a velocity grid on which `off` is below 1e-6 */
    bool can_be_normalised;     /* this grid has densities with the values asked for */
} gz_sampling;

/* True if the grid is off by 1e-6 at most; and if it is off by 1e-2 at most, beyond which a run that starts
 * here does not start from what was asked for. */
GZ_API bool gz_sampling_is_resolved(const gz_sampling *sampling);
GZ_API bool gz_sampling_is_usable(const gz_sampling *sampling);

/* Write "mass 1, momentum (0.5, 0), energy 2.25" into buffer[size]. GZ_CONSERVED_TEXT characters are enough. */
enum { GZ_CONSERVED_TEXT = 160 };
GZ_API void gz_conserved_show(const gz_conserved *conserved, int velocity_dim, char *buffer, size_t size);

/* Write what is off and which grid would not be, as one clause of at most `size` characters: "the grid has
 * mass .. where mass .. are asked for in cell 3: off by 7.4e-01; set grid.v.nodes to 87 or more, or
 * initial.normalise to true". */
GZ_API void gz_sampling_describe(const gz_sampling *sampling, const gz_phase_grid *grid, char *buffer,
                                 size_t size);

#endif
