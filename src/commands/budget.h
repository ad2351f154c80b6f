/* Budget: where the error of a run comes from. Each source of error is refined once, while the others stay,
 * and the distance by which this moves the last state is the error of the source. Where the order p of this
 * error is known, the quotient allows for the error that the refined run still has:
 *
 *   source     refined run                                       error
 *   time       the collision between two shifts in two halves    |f - f'| / (1 - 2^-p), p of the scheme
 *   splitting  steps of dt/2, against the run of `time`          |f' - f''| / (1 - 2^-2)
 *   v grid     2n - 1 nodes                                      |f - f'| / (1 - 2^-p), p of the stencil
 *   box        some layers of nodes more on every side           |f - f'|
 *   x grid     three times the cells                             |f - f'|
 *
 * All distances are relative L2 on the nodes of the run itself. Without free streaming there is no splitting,
 * and `time` takes steps of dt/2. For methods that choose their steps, it takes a tenth of their tolerance.
 */
#ifndef GZ_BUDGET_H
#define GZ_BUDGET_H

#include "options.h"

/* The command `converge DECK --budget`: prints the table, and writes budget.csv, .md, .tex and .png. */
gz_status gz_budget(gz_context *context, const gz_options *options);

#endif
