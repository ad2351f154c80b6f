/* Fisher and cross-Fisher information of a density, Section 2.4 of Duong & He (2025):
 *
 *   I(f) = int f <v>^gamma |grad_v log f|^2,    C(f) = int f <v>^gamma |v x grad_v log f|^2,
 *   |v x g|^2 = sum_{i<j} (v_i g_j - v_j g_i)^2,   <v> = sqrt(1 + |v|^2)
 *
 * with gamma of the interaction kernel and the discrete gradient G log f; the cross product in d = 2 is its
 * one entry. Their sum is bounded by the dissipation, I + C <= C(f) (1 + D(f)) (2.17), which is what the
 * theorem's chain rule rests on; C(f) is not explicit. O(N): no pairs are left in them. Exact for
 * Maxwellians, since G is exact on quadratics.
 */
#ifndef GZ_FISHER_H
#define GZ_FISHER_H

#include "mobility.h"

typedef struct gz_fisher {
    double information, cross; /* I(f), C(f) */
} gz_fisher;

/* f, log_f: [cell][node]. Takes stencils, gamma and the present steepness of the mobility; gamma = 0 leaves
 * the weight out. Independent of the number of threads; allocates nothing. */
GZ_API gz_fisher gz_fisher_of(const gz_mobility *mobility, const double *f, const double *log_f);

#endif
