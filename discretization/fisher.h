/* Fisher and cross-Fisher information of a density, Section 2.4 of Duong & He (2025):
 *
 *   I(f) = int f <v>^gamma |grad_v log f|^2,    C(f) = int f <v>^gamma |v x grad_v log f|^2,
 *   |v x g|^2 = sum_{i<j} (v_i g_j - v_j g_i)^2,   <v> = sqrt(1 + |v|^2)
 *
 * with the gamma of the interaction kernel and the discrete gradient G log f. In d = 2 the cross product has
 * one entry. The dissipation bounds their sum: I + C <= c(f) (1 + D(f)) (2.17), with a factor c(f) that is
 * not explicit. The chain rule of the theorem rests on this bound. The cost is O(N), since no sum over pairs
 * remains. The values are exact for Maxwellians, since G is exact on quadratics.
 */
#ifndef GZ_FISHER_H
#define GZ_FISHER_H

#include "mobility.h"

typedef struct gz_fisher {
    double information, cross; /* I(f), C(f) */
} gz_fisher;

/* f, log_f: [cell][node]. The stencils, gamma and the steepness are the present ones of the mobility; with
 * gamma = 0 the weight is 1. The result does not depend on the number of threads. Allocates nothing. */
GZ_API gz_fisher gz_fisher_of(const gz_mobility *mobility, const double *f, const double *log_f);

#endif
