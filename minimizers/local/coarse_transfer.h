/* Coarse transfer: maps between the velocity nodes of a cell and every `ratio`-th of them, axis by axis.
 *
 * Coarse nodes of an axis are the nodes 0, r, 2r, .. and the last one, so the last element may be shorter.
 *   prolong   P: multilinear interpolation                            [coarse]^d -> [fine]^d
 *   restrict  P^T                                                     [fine]^d -> [coarse]^d
 *   collect   sums over elements (boxes between coarse nodes), a node on a face shared by its neighbours;
 *             the element of an axis has the index of its left node, the last index stays 0
 */
#ifndef GZ_COARSE_TRANSFER_H
#define GZ_COARSE_TRANSFER_H

#include "phase_grid.h"

/* Fine node i of an axis goes to coarse places first[i] and first[i] + 1 with weights
 * 1 - right[i], right[i]. */
typedef struct gz_axis_map {
    size_t *first; /* [fine] */
    double *right; /* [fine] */
} gz_axis_map;

typedef struct gz_coarse_transfer {
    int dim;
    size_t fine, coarse; /* nodes an axis */
    size_t nodes;        /* coarse^dim */
    size_t *place;       /* [coarse]: fine index of a coarse node */
    gz_axis_map linear, element;
    double *work; /* [thread][2][work_size]: intermediate results */
    size_t work_size;
} gz_coarse_transfer;

/* Needs fine >= 3 and ratio >= 1. On failure `transfer` may be half-built: clear it. */
gz_status gz_coarse_transfer_init(gz_context *context, const gz_phase_grid *grid, size_t ratio,
                                  gz_coarse_transfer *transfer);
void gz_coarse_transfer_free(gz_coarse_transfer *transfer);

/* fine: [fine]^dim, coarse: [coarse]^dim. thread: of the caller, below the context's number of threads. */
void gz_coarse_restrict(const gz_coarse_transfer *transfer, int thread, const double *fine, double *coarse);

/* coarse = element sums of a b. */
void gz_coarse_collect(const gz_coarse_transfer *transfer, int thread, const double *a, const double *b,
                       double *coarse);

/* fine += P coarse. */
void gz_coarse_prolong_add(const gz_coarse_transfer *transfer, int thread, const double *coarse,
                           double *fine);

#endif
