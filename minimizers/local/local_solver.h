/* Local solver: solves (diag + dt K_local) z = r as accurately as asked. It is the preconditioner of a Newton
 * step.
 *
 * K_local = sum_ab G_a^T (h m T_ab) G_b + sawtooth is K without its smoothing non-local part: block diagonal
 * over the x cells, a stencil in v that costs a fraction of K. Conjugate gradients on it, cell by cell, are
 * preconditioned by
 *
 *   sweeps: one multigrid cycle V on nearest neighbours, in single precision (local_multigrid.h): nine to thirty
 *           iterations, more at higher orders. The far tail has no weight in the energy that they minimise; in a cell where they leave
 *           it wrong, two to six cycles of sweeps around V solve instead (local_cycle.h). No matrix is factored
 *   factor: a sparse Cholesky factor of every cell (CHOLMOD, d = 2), kept while it serves: within one
 *           minimisation it is made anew only when the iterations say that it has moved too far away
 *   auto:   sweeps
 */
#ifndef GZ_LOCAL_SOLVER_H
#define GZ_LOCAL_SOLVER_H

#include "fields.h"
#include "mobility.h"

typedef struct gz_local_solver gz_local_solver;

/* method: "auto" (also NULL) | "factor" | "sweeps". `fields` must outlive the solver. */
gz_status gz_local_solver_create(gz_fields *fields, gz_mobility *mobility, const char *method,
                                 gz_local_solver **solver);
void gz_local_solver_destroy(gz_local_solver *solver);

/* True if the solver works by sweeps. */
bool gz_local_solver_sweeps(const gz_local_solver *solver);

/* Forget the factor. Later solutions then depend on nothing that was solved before, so that a run that was
 * stopped goes on bit for bit. */
void gz_local_solver_forget(gz_local_solver *solver);

/* Prepare for the present mobility, diag > 0 [cell][node] (kept by reference) and dt. exact: make the factor
 * anew in any case, for solutions whose smallest entries in the far tail count too. */
gz_status gz_local_solver_prepare(gz_local_solver *solver, const double *diag, double dt, bool exact);

/* How accurate a solution is to be. {0}: so accurate that more would not save applications of K. */
typedef struct gz_local_goal {
    double reduction;  /* of the residual in the norm of the inner preconditioner; 1 or more: z = V r */
    double negligible; /* <r, M^-1 r> below which V r is good enough */
    bool
        again; /* sweeps: r is what the last solution was for, with a reduction of 1: go on from there. Nothing
                          may have happened to the mobility since */
} gz_local_goal;

/* z ~ (diag + dt K_local)^-1 r, close enough to a symmetric positive map for a flexible CG.
 * GZ_ERROR_NOT_CONVERGED if the matrix is not positive definite to working accuracy. */
gz_status gz_local_solver_solve(gz_local_solver *solver, const double *r, double *z, gz_local_goal goal);

/* Factorisations made so far (0 for sweeps), of all cells at once. */
size_t gz_local_solver_factorisations(const gz_local_solver *solver);

#endif
