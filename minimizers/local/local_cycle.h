/* Local cycle: z ~ M^-1 r, M = diag + dt K_local, by sweeps on M before and after the multigrid V-cycle V.
 *
 *   x <- x + p(D^-1 M) D^-1 (r - M x)            sweeps: Chebyshev polynomial p, D the diagonal of M
 *   x <- x + a V (r - M x)                       what sweeps are slow at (local_multigrid.h)
 *   x <- x + p(D^-1 M) D^-1 (r - M x)
 *
 * from x = 0, twice, and more often while D^-1 (r - M x) is not small at every node, so that a Newton step of
 * log f is right in the far tail too. The step a is 1 unless that would raise the energy <x, M x>/2 - <r, x>.
 * As long as a = 1 the map is the same for all r, symmetric and positive. With any a it lowers the energy
 * from 0, hence <r, z> > 0. Without a, two cycles in a row lost this where V is twice M^-1 or more: V follows
 * a compact operator, which does not bound M.
 *
 * A polynomial that does not depend on r treats every node alike. Conjugate gradients minimise the energy, in
 * which a tail of f = 1e-30 has no weight; their solutions can be off by hundreds there. Neither half is
 * enough alone: sweeps are too slow where w is smooth, and V follows a compact operator that does not bound M
 * at every node of the tail, where a Chebyshev iteration on V M diverges. */
#ifndef GZ_LOCAL_CYCLE_H
#define GZ_LOCAL_CYCLE_H

#include "fields.h"
#include "local_multigrid.h"

typedef struct gz_local_cycle gz_local_cycle;

/* All arguments must outlive the cycle. shared: scratch arrays of the caller, [cell][node] each. */
gz_status gz_local_cycle_create(gz_fields *fields, gz_mobility *mobility, const gz_local_multigrid *multigrid,
                                double *const shared[3], gz_local_cycle **cycle);
void gz_local_cycle_destroy(gz_local_cycle *cycle);

/* Take the present mobility, diag > 0 [cell][node] (kept by reference) and dt, for which the multigrid has
 * been prepared. */
gz_status gz_local_cycle_prepare(gz_local_cycle *cycle, const double *diag, double dt);

/* z ~ M^-1 r, [cell][node], in the cells that are `chosen`, [cell]; NULL: in all. Elsewhere z stays as it is. */
void gz_local_cycle_solve(gz_local_cycle *cycle, const bool *chosen, const double *r, double *z);

#endif
