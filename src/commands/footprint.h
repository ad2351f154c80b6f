/* Footprint: what a rank of a problem needs and sends, for a problem of any size and any number of ranks, without
 * making it.
 *
 *   memory    a + b nodes + blocks(all cells),   a and b measured on two small grids with the same velocities
 *   messages  an exchange of a field (columns.h) sends (R - 1)/R of a rank's part in R - 1 messages; a
 *             convolution along x takes two, an application of K d convolutions, a set-up one, the free
 *             streaming of a step four exchanges. kappa uniform sums one cell over ranks instead, dirac sends
 *             nothing.
 */
#ifndef GZ_FOOTPRINT_H
#define GZ_FOOTPRINT_H

#include "deck.h"

/* What one thing sends, of the largest rank. */
typedef struct gz_traffic {
    double messages, bytes;
} gz_traffic;

typedef struct gz_footprint {
    int ranks;
    size_t planes, least_planes; /* of the first x axis, largest and least rank */
    double nodes;                /* phase-space nodes of the largest rank */
    double bytes_a_node, bytes_fixed;
    double bytes;                             /* of the largest rank: their sum */
    gz_traffic application, setup, streaming; /* of K; of K; of a whole step */
} gz_footprint;

/* GZ_ERROR_DECK for more ranks than the first x axis has cells. */
gz_status gz_footprint_estimate(gz_context *context, const gz_deck *deck, int ranks, gz_footprint *footprint);

#endif
