/* Footprint: the memory and the messages of a rank, for a problem of any size and any number of ranks,
 * without making the problem.
 *
 *   memory    a + b nodes + blocks(all cells),   a and b measured on two small grids with the same velocities
 *   messages  An exchange of a field (columns.h) sends (R - 1)/R of a rank's part in R - 1 messages. A
 *             convolution along x takes two exchanges. An application of K takes d convolutions, a set-up
 *             one, the free streaming of a step four exchanges. With kappa uniform one cell is summed over
 *             the ranks instead; with kappa dirac nothing is sent.
 */
#ifndef GZ_FOOTPRINT_H
#define GZ_FOOTPRINT_H

#include "deck.h"

/* What the rank with the largest slab sends. */
typedef struct gz_traffic {
    double messages, bytes;
} gz_traffic;

typedef struct gz_footprint {
    int ranks;
    size_t planes, least_planes; /* along the first x axis: of the largest and of the least slab */
    double nodes;                /* phase-space nodes of the largest slab */
    double bytes_a_node, bytes_fixed;
    double bytes;                             /* memory of the rank with the largest slab */
    gz_traffic application, setup, streaming; /* application, set-up: of K; streaming: of a whole step */
} gz_footprint;

/* Fails with GZ_ERROR_SETTINGS if there are more ranks than cells along the first x axis. */
gz_status gz_footprint_estimate(gz_context *context, const gz_deck *deck, int ranks, gz_footprint *footprint);

#endif
