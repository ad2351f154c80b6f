/* Footprint: the memory and the messages of a rank, for a problem of any size and any number of ranks,
 * without making the problem.
 *
 *   memory    a + b cells + blocks(all cells),   a and b measured on two short rows of cells. Where a cell has many
 *             nodes, they are measured for two smaller velocity grids and go on along a straight line in the nodes
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

/* Bytes of the sparse factors of a deck that wants them (solver.preconditioner factor), which are made later: 1.4 kB
 * (n/33)^1.2 a node in d = 2 (fill-in of a nested dissection, measured at 33^2 and 65^2), 15 kB (n/17)^1.3 in d = 3
 * (measured from 13^3 to 25^3). */
double gz_footprint_factors(const gz_deck *deck, double nodes);

/* GZ_ERROR_MEMORY if a run of this deck, on the ranks of the context, needs more than there is (gz_check_memory). A
 * grid that is far from that is not measured. */
gz_status gz_footprint_check(gz_context *context, const gz_deck *deck);

#endif
