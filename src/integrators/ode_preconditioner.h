/* ODE preconditioner: the local solver (local_solver.h) inside the Newton iteration of an implicit ODE method, whose systems
 * are (1 - gamma dF/dy) x = r with gamma about the step. With the mobility m frozen and K replaced by its local part,
 *
 *   log form,  y = log f:   x = (h m + gamma K_local)^-1 (h m r)
 *   flux form, y = f:       x = m (h m + gamma K_local)^-1 (h r),
 *
 * since F is -K log f/(h f) and, near equilibrium, its derivative by f is -K (1/f)/h. In the log form m = f. In the flux
 * form f may be negative or zero, and m is 1/2 (f + sqrt(f^2 + (2 FLOOR max |f|)^2)), with the maximum over the cell. K_local
 * has the capped mobility of m (mobility_cap.h).
 *
 * A correction in the null space of K follows (invariants.h), by which x has the mass of r in every cell, and its momentum and
 * energy. So all vectors of GMRES have none where r has none, and the flux form keeps its invariants to round-off.
 *
 * The mobility is one of its own, since every evaluation of F overwrites that of the equation. Not installed.
 */
#ifndef GZ_ODE_PRECONDITIONER_H
#define GZ_ODE_PRECONDITIONER_H

#include "integrator_method.h"

typedef struct gz_ode_preconditioner gz_ode_preconditioner;

/* All memory is made here; `parts` must outlive the preconditioner. */
gz_status gz_ode_preconditioner_create(const gz_integrator_parts *parts,
                                       gz_ode_preconditioner **preconditioner);
void gz_ode_preconditioner_destroy(gz_ode_preconditioner *preconditioner);

/* Forget what earlier integrations left, so that the next one depends on its start alone. */
void gz_ode_preconditioner_forget(gz_ode_preconditioner *preconditioner);

/* Freeze the mobility of the state y, [cell][node]: f, or log f in the log form. One set-up. */
void gz_ode_preconditioner_freeze(gz_ode_preconditioner *preconditioner, const double *y);

/* Prepare for gamma > 0 with the frozen mobility. GZ_ERROR_NOT_CONVERGED if a factor fails. */
gz_status gz_ode_preconditioner_prepare(gz_ode_preconditioner *preconditioner, double gamma);

/* x ~ (1 - gamma dF/dy)^-1 r, both [cell][node]; they may not overlap. */
gz_status gz_ode_preconditioner_solve(gz_ode_preconditioner *preconditioner, const double *r, double *x);

/* Number of set-ups of its mobility so far. */
long gz_ode_preconditioner_setups(const gz_ode_preconditioner *preconditioner);

#endif
