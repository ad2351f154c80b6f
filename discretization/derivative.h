/* Derivative: the discrete velocity gradient G, its adjoint, the steepness switch and the sawtooth
 * difference.
 *
 * Along one velocity axis with spacing h, order 2p:
 *
 *   narrow N: rows (-1/2, 0, 1/2)/h, end rows (-3/2, 2, -1/2)/h and (1/2, -2, 3/2)/h;
 *   wide   W: the central stencil of order 2p at distance >= p from both ends, N elsewhere;
 *   G = N + theta (W - N), node by node.
 *
 * Every row is exact on 1, v, v^2 for every theta, hence G |v|^2/2 = v up to the boundary and energy is
 * conserved to round-off. Steepness switch: theta = 1 where log f changes by less than 1 per cell on the
 * stencil, 0 above 2, smoothstep between. Sawtooth difference S: odd difference of degree r = max(2p-1, 3)
 * scaled to amplitude 2/h on the odd-even mode; it kills quadratics and lives on the n - r windows of r + 1
 * nodes, window i starting at node i.
 *
 * All operations act on one cell, arrays of node_count doubles [v1][v2].., and on a range of rows of the
 * first velocity axis: they write these rows only (reading around them), so rows can be shared out among
 * threads.
 */
#ifndef GZ_DERIVATIVE_H
#define GZ_DERIVATIVE_H

#include "phase_grid.h"

typedef struct gz_derivative {
    const gz_phase_grid *grid;
    size_t reach;      /* p */
    size_t saw_degree; /* r */
    double narrow;     /* 1/(2h) */
    double wide[4];    /* coefficients of f(v + k h) - f(v - k h), k = 1..p, over h */
    double saw[8];     /* coefficients of S on its window of r + 1 nodes */
    double end[3];     /* first row; the last is its mirror with opposite sign */
} gz_derivative;

/* order: 2 | 4 | 6 | 8; needs nodes >= 2p + 1 and nodes > r. */
GZ_API gz_status gz_derivative_init(gz_context *context, const gz_phase_grid *grid, int order,
                                    gz_derivative *derivative);

/* Rows begin..end-1 of the first velocity axis. */
typedef struct gz_rows {
    size_t begin, end;
} gz_rows;

/* q = G_a w. theta: [node_count] of axis a, or NULL for theta = 1. */
GZ_API void gz_derivative_apply(const gz_derivative *derivative, int axis, gz_rows rows, const double *theta,
                                const double *w, double *q);

/* out += G_a^T q. scratch: [node_count]. */
GZ_API void gz_derivative_adjoint(const gz_derivative *derivative, int axis, gz_rows rows,
                                  const double *theta, const double *q, double *out, double *scratch);

/* theta_a of the steepness switch from log f. */
GZ_API void gz_derivative_steepness(const gz_derivative *derivative, int axis, gz_rows rows,
                                    const double *log_f, double *theta);

/* Weights of the sawtooth control: c = 1/2 min over the window of `mobility` (= h m T_aa); zero where no
 * window starts. */
GZ_API void gz_derivative_sawtooth_weight(const gz_derivative *derivative, int axis, gz_rows rows,
                                          const double *mobility, double *c);

/* out += S_a^T c S_a w. scratch: [node_count]. */
GZ_API void gz_derivative_sawtooth(const gz_derivative *derivative, int axis, gz_rows rows, const double *c,
                                   const double *w, double *out, double *scratch);

/* rate = factor S_a w on every window (zero where no window starts), factor [node_count] or NULL for 1. */
GZ_API void gz_derivative_sawtooth_difference(const gz_derivative *derivative, int axis, gz_rows rows,
                                              const double *factor, const double *w, double *rate);

/* out += S_a^T rate. */
GZ_API void gz_derivative_sawtooth_adjoint(const gz_derivative *derivative, int axis, gz_rows rows,
                                           const double *rate, double *out);

/* One row of G_a at a node: `count` coefficients for the nodes node + offset[k]
 * (in-cell index differences). */
enum { GZ_MAX_STENCIL = 9 };
GZ_API size_t gz_derivative_row(const gz_derivative *derivative, int axis, const double *theta, size_t node,
                                ptrdiff_t offset[GZ_MAX_STENCIL], double coefficient[GZ_MAX_STENCIL]);

#endif
