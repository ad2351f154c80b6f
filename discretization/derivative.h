/* Derivative: the discrete velocity gradient G and the sawtooth difference S, row by row.
 *
 * Along one velocity axis with spacing h, order 2p:
 *
 *   narrow N: rows (-1/2, 0, 1/2)/h, end rows (-3/2, 2, -1/2)/h and (1/2, -2, 3/2)/h;
 *   wide   W: the central stencil of order 2p at distance >= p from both ends, N elsewhere;
 *   G = N + theta (W - N), node by node.
 *
 * Every row is exact on 1, v, v^2 for every theta. Hence G |v|^2/2 = v up to the boundary, and energy is
 * conserved to round-off. S is the odd difference of degree r = max(2p-1, 3), scaled to amplitude 2/h on the
 * odd-even mode. It kills quadratics and has one row for each of the n - r windows of r + 1 nodes; window i
 * starts at node i.
 *
 * This file is the definition: a product with G, S or their adjoints is a loop over the rows of one cell,
 * whose fields are arrays of node_count doubles [v1][v2]... cell_stencil.h has the same stencils fused and
 * fast, for the mobility; stencil_control.h says where theta comes from.
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
    double end[3];     /* first row; the last row is its mirror image with opposite sign */
} gz_derivative;

/* order: 2 | 4 | 6 | 8. The grid must have nodes >= 2p + 1 and nodes > r + 1. */
GZ_API gz_status gz_derivative_init(gz_context *context, const gz_phase_grid *grid, int order,
                                    gz_derivative *derivative);

/* A row of G at a node: coefficient[k] belongs to the node offset[k] places further on in the cell. */
enum { GZ_MAX_STENCIL = 8 };
typedef struct gz_stencil_row {
    size_t count;
    ptrdiff_t offset[GZ_MAX_STENCIL];
    double coefficient[GZ_MAX_STENCIL];
} gz_stencil_row;

/* theta: [node] of axis a, or NULL for theta = 1. */
GZ_API gz_stencil_row gz_derivative_row(const gz_derivative *derivative, int axis, const double *theta,
                                        size_t node);

/* The product of the row with a field; w points at the row's own node. */
GZ_API double gz_stencil_row_times(const gz_stencil_row *row, const double *w);

/* q = G_a w. */
GZ_API void gz_derivative_apply(const gz_derivative *derivative, int axis, const double *theta,
                                const double *w, double *q);

/* out += G_a^T q. */
GZ_API void gz_derivative_adjoint(const gz_derivative *derivative, int axis, const double *theta,
                                  const double *q, double *out);

/* True if a window of S_a starts at the node; its row then has saw[j] at the nodes node + j stride[a]. */
GZ_API bool gz_derivative_has_window(const gz_derivative *derivative, int axis, size_t node);

/* rate = S_a w, zero where no window starts. */
GZ_API void gz_derivative_sawtooth(const gz_derivative *derivative, int axis, const double *w, double *rate);

/* out += S_a^T rate. */
GZ_API void gz_derivative_sawtooth_adjoint(const gz_derivative *derivative, int axis, const double *rate,
                                           double *out);

#endif
