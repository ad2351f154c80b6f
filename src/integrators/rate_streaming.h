/* Rate streaming: carries log densities and rates of change from one time inside a step to another.
 *
 * A log density l goes along with free streaming: S_t l (streaming.h). A rate F goes along with the density
 * e^B that it changes. S is a nonlinear map, and its derivative at B takes F to
 *
 *   S_t F = h e^(B') [ shift_t (F / (h e^B)) + a(v) ],     B' = S_t B,
 *
 * where shift_t moves each velocity row along x linearly, and a(v) gives each row back its sum over x. So
 * mass, momentum and energy of a rate stay exact. B has to be close to the log density whose rate F is: a
 * base that differs by O(dt) would cost an order.
 * Source: doc/method.md, "4. One time step".
 */
#ifndef GZ_RATE_STREAMING_H
#define GZ_RATE_STREAMING_H

#include "fields.h"
#include "streaming.h"

typedef struct gz_rate_streaming {
    const gz_phase_grid *grid;
    gz_streaming *streaming; /* NULL: nothing moves, and S is the identity */
    gz_fields fields;
    double *sums; /* [species][2][node] */
    double *mass; /* h e^(B'), [cell][node] */
} gz_rate_streaming;

gz_status gz_rate_streaming_init(gz_context *context, const gz_phase_grid *grid, gz_streaming *streaming,
                                 gz_rate_streaming *s);
void gz_rate_streaming_free(gz_rate_streaming *s);

/* out = S_t log_f. [cell][node]. Collective. */
void gz_stream_log(const gz_rate_streaming *s, double t, const double *log_f, double *out);

/* out = S_t F for the bases B and B' = S_t B. Collective. */
void gz_stream_rate(const gz_rate_streaming *s, double t, const double *F, const double *B,
                    const double *streamed_B, double *out);

#endif
