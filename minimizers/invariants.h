/* Invariants: a Newton step restricted to the null space of K, which costs no application of K.
 *
 * Null vectors phi: 1 in every cell, and v_i, |v|^2 in total (in every cell where kappa couples no cells).
 * For them <phi, R> = change of the invariant, so  (phi^T diag phi) a = -phi^T R,  w += phi a  takes what the
 * nonlinearity has left of mass, momentum and energy down to round-off.
 */
#ifndef GZ_INVARIANTS_H
#define GZ_INVARIANTS_H

#include "fields.h"

typedef struct gz_invariants {
    gz_fields *fields;
    bool local;          /* kappa couples no cells */
    void *sums;          /* [block], see invariants.c */
    double *coefficient; /* [cell][1 + d + 1]: coefficients a of 1, v_i, |v|^2 */
} gz_invariants;

gz_status gz_invariants_init(gz_fields *fields, bool local, gz_invariants *invariants);
void gz_invariants_free(gz_invariants *invariants);

/* Largest violation by `change` = h (f1 - f0): of mass in any cell over total mass, of momentum and energy
 * over sum h f0 |v|^k. */
double gz_invariants_violation(gz_invariants *invariants, const double *change, const double *f0);

/* y = phi a, the null-space Newton step for this change and Hessian part diag. [cell][node] each. */
gz_status gz_invariants_step(gz_invariants *invariants, const double *change, const double *diag, double *y);

#endif
