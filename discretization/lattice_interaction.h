/* Lattice interaction: a(z) on the differences z = jh of velocity nodes, with weights near z = 0 that make
 * sums as good as integrals.
 *
 * A sum over nodes of a(z) g(z) with smooth g errs because A(|z|) P(z) is singular at z = 0. Where
 * A = c |z|^alpha + smoother there, the error is h^(d+alpha) (constant . g(0) + constant . h^2 g''(0) + ..).
 * The two constants are known lattice sums (lattice_sum.h), and are cancelled by
 *
 *   a(0)                a positive multiple of Id,
 *   A(h), A(h sqrt 2)   on the 2d nearest and the 2d(d-1) next differences, P as it is,
 *
 * so that errors are of order h^(d+alpha+4): alpha = 2 + gamma for `power`, 0 for `bounded`. Every pair keeps
 * a positive A and its projection, so conservation and positivity do not notice. Homogeneous problems do not
 * see a(0) (its interactions cancel); it carries those of equal velocities at different x. For gamma > 0 it
 * would have to be slightly negative and is 0: order d + 2 + gamma in x-dependent problems. `table` and
 * `function` have no known singularity; there a(0) = (1 - 1/d) mean of A over a cell, and A is as it is.
 */
#ifndef GZ_LATTICE_INTERACTION_H
#define GZ_LATTICE_INTERACTION_H

#include "kernel.h"

typedef struct gz_lattice_interaction {
    gz_interaction interaction;
    int velocity_dim;
    double spacing;
    double origin;  /* a(0) = origin Id */
    double near[2]; /* A at |z| = h and h sqrt 2 */
} gz_lattice_interaction;

/* Checks the interaction too. Holds pointers of the settings, which must outlive it. */
GZ_API gz_status gz_lattice_interaction_init(gz_context *context, const gz_phase_grid *grid,
                                             const gz_interaction *interaction,
                                             gz_lattice_interaction *lattice);

/* a(z) as d(d+1)/2 entries (gz_pair_index), z a difference of velocity nodes. */
GZ_API void gz_lattice_interaction_tensor(const gz_lattice_interaction *lattice, const double *z, double *a);

#endif
