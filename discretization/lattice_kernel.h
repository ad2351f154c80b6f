/* Lattice kernel: a(z) on the differences z = jh of velocity nodes, with weights near z = 0 that make
 * sums over nodes as accurate as integrals.
 *
 * A sum over nodes of a(z) g(z) with smooth g has an error because A(|z|) P(z) is singular at z = 0. If
 * A = c |z|^alpha + smoother terms there, the error is h^(d+alpha) (constant . g(0) + constant . h^2 g''(0)
 * + ..). The two constants are known lattice sums (lattice_sum.h). They are cancelled by
 *
 *   a(0)                a positive multiple of Id,
 *   A(h), A(h sqrt 2)   changed values of A on the 2d nearest and the 2d(d-1) next differences; P unchanged,
 *
 * so that errors are of order h^(d+alpha+4), with alpha = 2 + gamma for `power` and 0 for `bounded`. Every
 * pair keeps a positive A and its projection P, so conservation and positivity are not touched. Homogeneous
 * problems do not see a(0), whose terms cancel; at different x it carries the interaction of equal
 * velocities. For gamma > 0 a(0) would have to be slightly negative and is set to 0; x-dependent problems
 * then have the order d + 2 + gamma. The singularity of `table` and `function` is unknown: a(0) is (1 - 1/d)
 * times the mean of A over a cell, and A is left as it is.
 */
#ifndef GZ_LATTICE_KERNEL_H
#define GZ_LATTICE_KERNEL_H

#include "kernel.h"

typedef struct gz_lattice_kernel {
    gz_kernel kernel;
    int velocity_dim;
    double spacing;
    double origin;  /* a(0) = origin Id */
    double near[2]; /* A at |z| = h and h sqrt 2 */
} gz_lattice_kernel;

/* Checks the kernel too. `lattice` keeps the pointers of `kernel`, which must outlive it.
 */
GZ_API gz_status gz_lattice_kernel_init(gz_context *context, const gz_phase_grid *grid,
                                        const gz_kernel *kernel, gz_lattice_kernel *lattice);

/* a(z) as d(d+1)/2 entries (gz_pair_index), z a difference of velocity nodes. */
GZ_API void gz_lattice_kernel_tensor(const gz_lattice_kernel *lattice, const double *z, double *a);

#endif
