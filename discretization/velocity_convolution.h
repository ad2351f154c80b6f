/* Velocity convolution: out_o = sum_i a_{s(o,i)} * in_i on the velocity nodes of every cell, without
 * wrap-around (zero padded).
 *
 * The transforms are real, of length P >= 2n-1 along each axis, and pruned: rows and planes that are known to
 * be zero, or that are not needed, are never transformed. The last complex axis is done in chunks that stay
 * in cache: forward, times the symbol, backward. The symbol of a(z) is real and even or odd in each k, so
 * only an octant of the symbol is stored.
 */
#ifndef GZ_VELOCITY_CONVOLUTION_H
#define GZ_VELOCITY_CONVOLUTION_H

#include "lattice_kernel.h"

typedef struct gz_velocity_convolution gz_velocity_convolution;

gz_status gz_velocity_convolution_create(gz_context *context, const gz_phase_grid *grid,
                                         const gz_lattice_kernel *kernel,
                                         gz_velocity_convolution **convolution);
void gz_velocity_convolution_destroy(gz_velocity_convolution *convolution);

/* in, out: 1..d fields, [cell][node] each; out may be the same fields as in. symbol[o][i]: the index s(o,i)
 * of a_ab (gz_pair_index). */
void gz_velocity_convolution_apply(gz_velocity_convolution *convolution, int inputs, double *const in[],
                                   int outputs, double *const out[], int symbol[GZ_MAX_DIM][GZ_MAX_DIM]);

/* P, the smallest even length >= 2n-1 without prime factors above 7. */
size_t gz_padded_length(size_t nodes);

#endif
