/* Invariants: a Newton step restricted to the null space of K, which costs no application of K.
 *
 * The null vectors phi are 1 in every cell, and m_c v_i, m_c |v|^2 over every group of cells, with the groups
 * and the factors m_c of null_space.h. <phi, R> is the change of the invariant that belongs to phi. So the step
 *
 *   (phi^T diag phi) a = -phi^T R,   w += phi a
 *
 * takes the error of mass, momentum and energy that the nonlinearity has left down to round-off.
 */
#ifndef GZ_INVARIANTS_H
#define GZ_INVARIANTS_H

#include "fields.h"
#include "null_space.h"

typedef struct gz_invariants {
    gz_fields *fields;
    const gz_null_space *space;
    void *sums;          /* [block], of a type that invariants.c defines */
    double *systems;     /* [group][(GZ_MAX_DIM + 1) (GZ_MAX_DIM + 2)]: matrix, and right-hand side */
    double *coefficient; /* [cell][GZ_MAX_DIM + 2]: coefficients a of 1, v_i, |v|^2 */
} gz_invariants;

/* space: the null space of K, kept by reference. */
gz_status gz_invariants_init(gz_fields *fields, const gz_null_space *space, gz_invariants *invariants);
void gz_invariants_free(gz_invariants *invariants);

/* Largest relative violation by `change` = h (f1 - f0): of the mass of any cell over the total mass, and of
 * momentum and energy over sum h f0 |phi|. Where masses are all that is kept, a cell's is relative to their mean. */
double gz_invariants_violation(gz_invariants *invariants, const double *change, const double *f0);

/* y = phi a, the Newton step in the null space for this change and the part diag of the Hessian. [cell][node]
 * each. */
gz_status gz_invariants_step(gz_invariants *invariants, const double *change, const double *diag, double *y);

/* fit = phi a, the fit of x by the null space with the weight h f0. K (x - fit) = K x, but where x is nearly in the null
 * space, K x would spend its digits on cancelling the fit. weight: scratch. [cell][node] each. */
gz_status gz_invariants_fit(gz_invariants *invariants, const double *f0, const double *x, double *weight,
                            double *fit);

#endif
