/* Level transfer: linear interpolation P along every velocity axis from [coarse]^dim nodes to [fine]^dim, and
 * its transpose. Coarse node J of an axis lies at fine node 2J. `fine` is odd. `coarse` may be one more than
 * (fine + 1)/2; the additional node gets and gives nothing.
 */
#ifndef GZ_LEVEL_TRANSFER_H
#define GZ_LEVEL_TRANSFER_H

#include "derivative.h"

typedef struct gz_level_transfer {
    int dim;
    size_t fine, coarse;
} gz_level_transfer;

/* Number of doubles of scratch that a transfer needs. */
size_t gz_level_transfer_scratch(const gz_level_transfer *transfer);

/* coarse = P^T fine on `rows` of the coarse first axis. */
void gz_level_restrict(const gz_level_transfer *transfer, gz_rows rows, const double *fine, double *coarse,
                       double *scratch);

/* fine += P coarse on `rows` of the fine first axis. */
void gz_level_prolong_add(const gz_level_transfer *transfer, gz_rows rows, const double *coarse, double *fine,
                          double *scratch);

#endif
