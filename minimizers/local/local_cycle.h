/* Local cycle: z ~ M^-1 r, M = diag + dt K_local, by a few sweeps and a coarse level; no factor of M.
 *
 *   x <- x + p(D^-1 M) D^-1 (r - M x)            sweeps: Chebyshev polynomial p, D the diagonal of M
 *   x <- x + P A^-1 P^T (r - M x)                coarse level (coarse_level.h)
 *   x <- x + p(D^-1 M) D^-1 (r - M x)
 *
 * from x = 0, twice: a fixed symmetric positive map of r; more often while D^-1 (r - M x) is not small at
 * every node, so that a Newton step of log f is right in the far tail too.
 *
 * A polynomial that does not depend on r treats every node alike. Conjugate gradients minimise the energy, in
 * which a tail of f = 1e-30 has no weight; their solutions can be off by hundreds there.
 */
#ifndef GZ_LOCAL_CYCLE_H
#define GZ_LOCAL_CYCLE_H

#include "fields.h"
#include "mobility.h"

typedef struct gz_local_cycle gz_local_cycle;

/* `fields` and `mobility` must outlive the cycle; shared: scratch of the caller, [cell][node] each. */
gz_status gz_local_cycle_create(gz_fields *fields, gz_mobility *mobility, double *const shared[3],
                                gz_local_cycle **cycle);
void gz_local_cycle_destroy(gz_local_cycle *cycle);

/* Take the present mobility, diag > 0 [cell][node] (kept by reference), dt. */
gz_status gz_local_cycle_prepare(gz_local_cycle *cycle, const double *diag, double dt);

/* z ~ M^-1 r, [cell][node]. The first solution with a matrix makes its coarse level. */
gz_status gz_local_cycle_solve(gz_local_cycle *cycle, const double *r, double *z);

#endif
