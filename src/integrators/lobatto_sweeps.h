/* Lobatto sweeps: the solution of the rows of a Lobatto step (lobatto.h).
 *
 * Sources: Weiser, BIT 55 (2015), 1219 (LU trick of spectral deferred corrections); Walker & Ni (2011) (mixing).
 */
#ifndef GZ_LOBATTO_SWEEPS_H
#define GZ_LOBATTO_SWEEPS_H

#include "lobatto.h"

extern const double GZ_LOBATTO_WEIGHT[GZ_LOBATTO_STAGES]; /* b_i */

/* Solve the rows for the step s->dt from s->log_f0 and f0 = exp(log_f0), with s->mass: all fields of the rows, the
 * rates and the scale. GZ_ERROR_NOT_CONVERGED if the step is refused. */
gz_status gz_lobatto_sweep(gz_lobatto *s, const double *f0);

/* The last row as the scale sees it, with f1 the iterate of the end, [cell][node]. */
gz_scaled_step gz_lobatto_scaled_step(const gz_lobatto *s, const double *f1);

#endif
