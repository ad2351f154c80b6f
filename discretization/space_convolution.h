/* Space convolution: (kappa g)_i = sum_j kappa_ij dx g_j along the cells of a field, for each node alike.
 *
 * kappa acts on x alone and a(z) on v alone. So kappa (x) a is applied as one small transform along x of the
 * bare field (n^d columns), followed by velocity transforms cell by cell, and zero-padded spectra need no
 * transform along x. The convolution is the identity for dirac or for one cell, a mean for uniform on the
 * torus, and an FFT otherwise (zero-padded in a box). If several ranks share the cells, the mean is a sum
 * over ranks, and the FFT needs an exchange there and back (columns.h).
 */
#ifndef GZ_SPACE_CONVOLUTION_H
#define GZ_SPACE_CONVOLUTION_H

#include "kernel.h"

typedef struct gz_space_convolution gz_space_convolution;

gz_status gz_space_convolution_create(gz_context *context, const gz_phase_grid *grid, const gz_kappa *kappa,
                                      gz_space_convolution **convolution);
void gz_space_convolution_destroy(gz_space_convolution *convolution);

/* field: [cell][node], in place. Collective. */
void gz_space_convolution_apply(gz_space_convolution *convolution, double *field);

/* Eigenvalue of kappa for the plane wave with the integer wave numbers `mode` (torus only):
 * sum_j kappa_0j dx cos(2 pi mode.x_j). values_scratch: [cell of the whole grid]. */
double gz_kappa_eigenvalue(const gz_kappa *kappa, const gz_phase_grid *grid, const int mode[GZ_MAX_DIM],
                           double *values_scratch);

#endif
