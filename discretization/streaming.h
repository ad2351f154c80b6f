/* Free streaming: the flow of d_t f + v.grad_x f = 0, as a shift of log f, or of f.
 *
 * On the torus a Fourier shift moves log f by v t along every x axis. The unpaired mode of an even axis is
 * left where it is, which keeps the shift invertible. Then log f is exponentiated, and each velocity row gets
 * back its exact mass. The map is positive, invertible and exact in every velocity moment; it keeps H only to
 * the accuracy of the shift. A density that has lost its sign has no log f, so f itself is shifted. This is
 * linear and exact in mass and in every velocity moment, but may undershoot where f is steep along x. In a
 * box f leaves through the walls and `inflow` comes in (box_streaming.h); this map is positive too, but not
 * invertible.
 * Source: d_t f + v.grad_x f of (1.1), solved exactly; the first and last part of a Strang step.
 */
#ifndef GZ_STREAMING_H
#define GZ_STREAMING_H

#include "phase_grid.h"

typedef struct gz_streaming gz_streaming;

/* Without x axes, and on a torus of one cell, streaming does nothing. */
GZ_API gz_status gz_streaming_create(gz_context *context, const gz_phase_grid *grid,
                                     gz_streaming **streaming);
GZ_API void gz_streaming_destroy(gz_streaming *streaming);

/* Let the unpaired mode of an even axis decay by exp(-|k v t|), which cannot be undone, in place of leaving it where it is.
 * For motions that are not streaming alone: kicks couple all modes, and one of log f that stays while the others move grows
 * on and on, until ampere's E has nothing to do with the density. */
GZ_API void gz_streaming_damp_unpaired(gz_streaming *streaming);

/* log_f: [cell][node], shifted in place; t may be negative. A row is the values of one velocity node. Rows
 * may have any finite values, log f = -700 included; a row that is not finite becomes NaN. Rows that do not
 * depend on x are left as they are, to the last bit. Allocates nothing. Collective: ranks exchange cells for
 * rows and back. */
GZ_API void gz_streaming_apply(gz_streaming *streaming, double t, double *log_f);

/* Shift f itself, for densities of any sign. */
GZ_API void gz_streaming_apply_linear(gz_streaming *streaming, double t, double *f);

/* What left through the walls of a box in the last shift, minus what came in: the moments before the shift
 * are those after it plus the outflow, to round-off; with the masses of the species. All zero on the torus. Collective. */
typedef struct gz_outflow {
    double mass, momentum[GZ_MAX_DIM], energy; /* energy: int |v|^2 f */
} gz_outflow;

GZ_API gz_outflow gz_streaming_outflow(const gz_streaming *streaming);

GZ_API void gz_outflow_add(gz_outflow *sum, gz_outflow part);

#endif
