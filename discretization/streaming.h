/* Free streaming: the exact flow of d_t f + v.grad_x f = 0 on the torus, as a shift of log f, or of f.
 *
 * log f is shifted by v t along every x axis with a Fourier shift (the unpaired mode of an even axis is left
 * unshifted, which keeps the shift invertible), exponentiated, and each velocity row gets back its exact
 * mass. Positive, invertible, exact in every velocity moment; H is kept to the accuracy of the shift only.
 * A density that has lost its sign has no log f: its shift is that of f itself, linear, exact in mass and in
 * every velocity moment, but free to undershoot where f is steep along x.
 * Source: d_t f + v.grad_x f of (1.1), solved exactly; the first and last part of a Strang step.
 */
#ifndef GZ_STREAMING_H
#define GZ_STREAMING_H

#include "phase_grid.h"

typedef struct gz_streaming gz_streaming;

/* Torus only (GZ_ERROR_DECK otherwise). Works for space_dim 0 or one cell, where it does nothing. */
gz_status gz_streaming_create(gz_context *context, const gz_phase_grid *grid, gz_streaming **streaming);
void gz_streaming_destroy(gz_streaming *streaming);

/* log_f: [cell][node], in place; t may be negative. Rows may lie anywhere, log f = -700 included, but a row
 * that is not finite becomes NaN. Rows that do not depend on x are left as they are, to the last bit.
 * Allocates nothing. Collective: ranks exchange their cells for rows, there and back. */
void gz_streaming_apply(gz_streaming *streaming, double t, double *log_f);

/* The same shift of f itself, for densities of any sign. */
void gz_streaming_apply_linear(gz_streaming *streaming, double t, double *f);

#endif
