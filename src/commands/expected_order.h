/* Expected order: what the order of a ladder should be by the scheme and the stencil, and what lowers it.
 *
 *   time.dt        the order of the scheme, at most the 2 of Strang splitting if there is free streaming
 *   grid.v.nodes   the order of the stencil; the steepness switch turns it down to 2 where log f is steep
 *   grid.x.cells   none on a torus, where x is spectral
 *
 * Errors against the exact solution also hold those that the ladder does not reduce.
 */
#ifndef GZ_EXPECTED_ORDER_H
#define GZ_EXPECTED_ORDER_H

#include "convergence.h"

/* The order in dt of a scheme's collisions. */
double gz_order_in_dt(const gz_integrator_settings *settings);

/* True if steps are split into transport and collisions: not in one periodic cell without a force, where nothing moves. */
bool gz_streams(const gz_deck *deck);

/* Write a line for every varied key whose order is known, after the levels have been integrated. */
void gz_expected_order_write(FILE *out, const gz_convergence *convergence);

#endif
