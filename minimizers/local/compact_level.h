/* Compact level: an operator B on nearest neighbours only, close to M = diag + dt K_local in energy.
 *
 *   <w, B w> = <w, diag w> + sum over edges e of axis a of C_aa(e) (difference of w over h)^2
 *              + 2 sum over nodes inside, a < b, of C_ab (N_a w) (N_b w)
 *
 * C_ab = dt h m T_ab at a node; at an edge it is the mean over the two nodes. N_a is the narrow central
 * difference (w_+ - w_-)/2h. B is positive since ((u + v)/2)^2 <= (u^2 + v^2)/2 for the two differences
 * beside a node, and B <= 2 diag(B) for the same reason. Both bounds hold for all coefficients, without an
 * estimate. Where stencils are wide and log f is smooth, B is within a factor of three of M for all h, dt.
 *
 * A coarser level has the same form, with twice the spacing, and with C and diag summed by the transposed
 * linear interpolation. Levels have an odd number of nodes an axis. Where an even number is asked for, they
 * have one node more, whose measure is zero.
 */
#ifndef GZ_COMPACT_LEVEL_H
#define GZ_COMPACT_LEVEL_H

#include "phase_grid.h"
#include "team.h"

enum { GZ_COMPACT_TERMS = GZ_MAX_DIM * GZ_MAX_DIM };

typedef struct gz_compact_level {
    int dim;
    size_t n, nodes, stride[GZ_MAX_DIM]; /* of this level */
    size_t margin;                       /* zeros before and after an array, for reading neighbours */
    double spacing;
    int terms; /* d^2: d edges, then two diagonals for each a < b */
    /* [cell][node] each, after `margin` zeros: */
    double *diagonal, *inverse;         /* D, the diagonal of B, and 1/D; 1 where there is no measure */
    double *coupling[GZ_COMPACT_TERMS]; /* entry of B between a node and the node `distance` later */
    ptrdiff_t distance[GZ_COMPACT_TERMS];
    double *memory;
} gz_compact_level;

/* nodes: the least number of nodes an axis. On failure `level` may be half-built: clear it. */
gz_status gz_compact_level_init(gz_context *context, int dim, size_t cells, size_t nodes, double spacing,
                                gz_compact_level *level);
void gz_compact_level_free(gz_compact_level *level);

/* Take C_ab, a <= b. C: [node] with `margin` zeros before and after; overwritten where a < b. */
void gz_compact_level_set(const gz_compact_level *level, size_t cell, int a, int b, double *C);

/* Finish with diag, [node], on rows of the first axis, once every C_ab is set. A later call may change diag
 * alone. */
void gz_compact_level_finish(const gz_compact_level *level, size_t cell, gz_rows rows, const double *diag);

/* out = b - B x on rows of the first axis. x has margins; out must not overlap it. */
void gz_compact_level_residual(const gz_compact_level *level, size_t cell, gz_rows rows, const double *b,
                               const double *x, double *out);

/* Two Chebyshev steps x = p(D^-1 B) D^-1 b for eigenvalues in (1/3, 2), D the diagonal, p of degree one:
 *   begin  t = x after the first step,
 *   end    x = [x +] after the second; t has margins. */
void gz_compact_level_smooth_begin(const gz_compact_level *level, size_t cell, gz_rows rows, const double *b,
                                   double *t);
void gz_compact_level_smooth_end(const gz_compact_level *level, size_t cell, gz_rows rows, const double *b,
                                 const double *t, bool add, double *x);

/* Both steps in one: x = of_b D^-1 b - of_product D^-1 (B - D) D^-1 b. */
void gz_compact_level_smoother(double *of_b, double *of_product);

#endif
