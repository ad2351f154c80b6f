/* Budget: where the error of a run comes from. Every source is refined once, alone; how far the state at the
 * end moves is its error, up to what the refined run still has of it:
 *
 *   source     refined run                                       error
 *   time       the collision between two shifts in two halves    |f - f'| / (1 - 2^-p), p of the scheme
 *   splitting  steps of dt/2, against that run                   |f' - f''| / (1 - 2^-2)
 *   v grid     2n - 1 nodes                                      |f - f'| / (1 - 2^-p), p of the stencil
 *   box        some layers of nodes more on every side           |f - f'|
 *   x grid     three times the cells                             |f - f'|
 *
 * in relative L2 on the nodes of the run itself. Without free streaming there is no splitting and time is
 * plain dt/2; methods that choose their steps get a tenth of their tolerance instead.
 */
#ifndef GZ_BUDGET_H
#define GZ_BUDGET_H

#include "options.h"

/* The command `converge DECK --budget`: table on standard output, budget.csv, .md, .tex, .png in a folder. */
gz_status gz_budget(gz_context *context, const gz_options *options);

#endif
