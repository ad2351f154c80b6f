/* Single level: a compact level (compact_level.h) in single precision, for unknowns x and right-hand sides b/D.
 *
 *   A = D^-1 B,   D the diagonal of B
 *
 * Its entries, x and b/D are of the size of log f and its changes, in every tail, so that single precision has the range
 * for them; B and b follow f over hundreds of decades. A has the diagonal 1. It is not symmetric, so each node has its own
 * entries for all neighbours.
 */
#ifndef GZ_SINGLE_LEVEL_H
#define GZ_SINGLE_LEVEL_H

#include "compact_level.h"
#include "level_transfer.h"

enum { GZ_SINGLE_LANES = 8, GZ_SINGLE_TERMS = 2 * GZ_COMPACT_TERMS };

/* Fields of a slot: c = b/D, x, and c - A x. */
enum { GZ_SINGLE_C, GZ_SINGLE_X, GZ_SINGLE_RESIDUAL, GZ_SINGLE_FIELDS };

/* Nodes are treated in blocks of GZ_SINGLE_LANES; a field has `margin` zeros before the first node and behind the last
 * block. */
typedef struct gz_single_level {
    int dim, terms;
    size_t nodes, blocks, margin;
    ptrdiff_t distance[GZ_SINGLE_TERMS];
    float *entry;  /* [slot][block][term][lane]: a slot holds a cell */
    float *fields; /* [slot][field][node], with margins */
} gz_single_level;

gz_status gz_single_level_init(gz_context *context, const gz_compact_level *compact, size_t slots,
                               gz_single_level *level);
void gz_single_level_free(gz_single_level *level);

/* A field of a slot, [node]. */
float *gz_single_level_field(const gz_single_level *level, size_t slot, int field);

/* Put a cell of the finished compact level into a slot, on a range of blocks. */
void gz_single_level_set(const gz_single_level *level, size_t slot, const gz_compact_level *compact,
                         size_t cell, gz_rows blocks);

/* x = [x +] the two Chebyshev steps of compact_level.h for b, on a range of blocks. */
void gz_single_level_smooth(const gz_single_level *level, size_t slot, gz_rows blocks, const float *b,
                            bool add, float *x);

/* out = b - A x on a range of blocks. */
void gz_single_level_residual(const gz_single_level *level, size_t slot, gz_rows blocks, const float *b,
                              const float *x, float *out);

/* fine += P coarse on `rows` of the fine first axis (level_transfer.h). scratch: [2][fine^(dim - 1)] */
void gz_single_level_prolong_add(const gz_level_transfer *transfer, gz_rows rows, const float *coarse,
                                 float *fine, float *scratch);

#endif
