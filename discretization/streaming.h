/* Free streaming: the flow of d_t f + v.grad_x f = 0, as a shift of log f, or of f.
 *
 * On the torus log f is shifted by v t along every x axis with a Fourier shift (the unpaired mode of an even
 * axis is left unshifted, which keeps the shift invertible), exponentiated, and each velocity row gets back
 * its exact mass. Positive, invertible, exact in every velocity moment; H is kept to the accuracy of the
 * shift only. A density that has lost its sign has no log f: its shift is that of f itself, linear, exact in
 * mass and in every velocity moment, but free to undershoot where f is steep along x. In a box f leaves
 * through the walls, and `inflow` comes in: box_streaming.h; positive too, not invertible.
 * Source: d_t f + v.grad_x f of (1.1), solved exactly; the first and last part of a Strang step.
 */
#ifndef GZ_STREAMING_H
#define GZ_STREAMING_H

#include "phase_grid.h"

typedef struct gz_streaming gz_streaming;

/* Without x, and on a torus of one cell, it does nothing. */
GZ_API gz_status gz_streaming_create(gz_context *context, const gz_phase_grid *grid,
                                     gz_streaming **streaming);
GZ_API void gz_streaming_destroy(gz_streaming *streaming);

/* log_f: [cell][node], in place; t may be negative. Rows may lie anywhere, log f = -700 included, but a row
 * that is not finite becomes NaN. Rows that do not depend on x are left as they are, to the last bit.
 * Allocates nothing. Collective: ranks exchange their cells for rows, there and back. */
GZ_API void gz_streaming_apply(gz_streaming *streaming, double t, double *log_f);

/* The same shift of f itself, for densities of any sign. */
GZ_API void gz_streaming_apply_linear(gz_streaming *streaming, double t, double *f);

/* What left through the walls of a box in the last shift, minus what came in: before = after + this, to
 * round-off. Zeroes on the torus. Collective. */
typedef struct gz_outflow {
    double mass, momentum[GZ_MAX_DIM], energy; /* energy: int |v|^2 f */
} gz_outflow;

GZ_API gz_outflow gz_streaming_outflow(const gz_streaming *streaming);

GZ_API void gz_outflow_add(gz_outflow *sum, gz_outflow part);

#endif
