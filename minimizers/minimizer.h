/* Minimizer: the ways to solve the convex step, a family with one contract. A member is a file and a line of
 * minimizer.c.
 *
 *   newton          conjugate gradients preconditioned by local sweeps or sparse factors (CHOLMOD);
 *                   the default
 *   lbfgs, tnewton  NLopt on the dual problem: no linear systems, a hundred to thousands of applications of K
 *   dense           Cholesky factor of the whole Hessian (LAPACK): the reference, for small grids
 *   full_space      over (f, U) on explicit pairs, by the KKT system (CHOLMOD): U itself, for smaller grids
 */
#ifndef GZ_MINIMIZER_H
#define GZ_MINIMIZER_H

#include "convex_step.h"
#include "local_solver.h"
#include "pair_calculus.h"

typedef struct gz_minimizer_method {
    const char *name;

    /* REQUIRED. All memory of later calls is made here; *self may be half-built on failure. preconditioner: a
     * method of local_solver.h, NULL for "auto"; a member that does not use one ignores it. */
    gz_status (*create)(gz_context *context, gz_mobility *mobility, const char *preconditioner, void **self);

    /* REQUIRED. Accepts NULL and half-built objects. */
    void (*destroy)(void *self);

    /* REQUIRED. Solve the step with the present mobility. GZ_ERROR_NOT_CONVERGED (recoverable) if this does
     * not converge: then `minimum` holds the last iterate, converged is false, and the message says which
     * quantity stalled. */
    gz_status (*minimise)(void *self, const gz_convex_step *step, gz_minimum *minimum);

    /* OPTIONAL, for members in which U is an unknown: U of the last minimiser. For the others U is the
     * optimal rate of w (gz_pair_optimal_rate). */
    gz_status (*grazing_rate)(void *self, gz_grazing_rate *rate);

    /* OPTIONAL, for members that work with one: the local solver by sweeps, which others may use between
     * minimisations; NULL if this one has another. */
    gz_local_solver *(*sweeps)(void *self);
} gz_minimizer_method;

extern const gz_minimizer_method gz_minimizer_newton, gz_minimizer_lbfgs, gz_minimizer_tnewton,
    gz_minimizer_dense, gz_minimizer_full_space;

/* Find a member by name; NULL means "newton". Returns NULL for an unknown name. */
const gz_minimizer_method *gz_minimizer_find(const char *name);

/* Names of the members; NULL past the last one. */
const char *gz_minimizer_name(size_t index);

#endif
