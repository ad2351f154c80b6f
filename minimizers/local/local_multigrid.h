/* Local multigrid: one V-cycle on compact levels (compact_level.h), z = V r ~ (diag + dt K_local)^-1 r.
 *
 *   x = p(D^-1 B) D^-1 r                          two Chebyshev steps
 *   x = x + P V (P^T (r - B x))                   the same on half as many nodes an axis; 3^d nodes: solved
 *   x = x + p(D^-1 B) D^-1 (r - B x)
 *
 * A fixed symmetric positive map whose quality hardly depends on h or dt: conjugate gradients with it need nine
 * to thirty iterations where the diagonal alone needs O(n). They take it in single precision. The sweeps of
 * local_cycle.h take it for their coarse correction, in double precision. */
#ifndef GZ_LOCAL_MULTIGRID_H
#define GZ_LOCAL_MULTIGRID_H

#include "mobility.h"
#include "team.h"

typedef struct gz_local_multigrid gz_local_multigrid;

gz_status gz_local_multigrid_create(gz_context *context, const gz_mobility *mobility,
                                    gz_local_multigrid **multigrid);
void gz_local_multigrid_destroy(gz_local_multigrid *multigrid);

/* Take the present mobility, diag > 0 [cell][node] and dt. Cheap where only diag has changed. shared: threads
 * that share every cell, 1 where each has cells of its own. */
void gz_local_multigrid_prepare(gz_local_multigrid *multigrid, int shared, const double *diag, double dt);

/* z = V r in one cell, [node] each; called by every member of the team. place: whose work arrays the team
 * uses, 0 where all threads are in it, else the calling thread's number. r must be complete; each member
 * writes its share of rows of z, and the next cycle must not begin before gz_team_wait. */
void gz_local_multigrid_cycle(const gz_local_multigrid *multigrid, size_t cell, gz_team team, int place,
                              const double *r, double *z);

/* The same in single precision, in about half the time. The map is symmetric to the seventh digit, at every node of every
 * tail; conjugate gradients need no more of it. */
void gz_local_multigrid_single_cycle(const gz_local_multigrid *multigrid, size_t cell, gz_team team,
                                     int place, const double *r, double *z);

#endif
