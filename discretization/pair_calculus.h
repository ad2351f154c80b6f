/* Pair calculus: the fuzzy Landau gradient and divergence on explicit pairs of phase-space points, O(N^2).
 *
 *   grad~_{pq} g = sqrt(A(v_p - v_q)) P(v_p - v_q) ((Gg)_p - (Gg)_q),   p = (cell, node)           (1.7)
 *   div~ = minus the adjoint of grad~,   <g, div~ U> = - sum_{pq} (h dx)_p (h dx)_q U_pq . grad~_{pq} g
 *
 * over all ordered pairs. <a, b> is the plain sum over cells and nodes times dx, so div~ U is weighted like K
 * (mass per cell and node), and K(m) w = 1/2 div~ U for U = -kappa m m* grad~ w.
 *
 * At equal velocities (z = 0) in different cells sqrt(A) P is the root of gz_lattice_kernel_tensor's
 * near-field value, a multiple of the identity, so that D and div~ agree with K to round-off.
 *
 * In a mixture Gg is divided by the mass of its species, G^T too, and kappa stands for kappa c_st.
 *
 * The sawtooth control is one more dissipation with its own rate V (one entry an axis, cell and window):
 *   V_a = -c_a S_a w,   D += sum c |S w|^2 dx,   Act += sum |V|^2/c dx.
 * A grazing rate is the pair (U, V). Every fast path is tested against this reference, which shares only the
 * stencils with the mobility. Source: (1.7) to (1.13) and Theorem 1.1.
 */
#ifndef GZ_PAIR_CALCULUS_H
#define GZ_PAIR_CALCULUS_H

#include "mobility.h"

typedef struct gz_grazing_rate {
    size_t points; /* N = grid->size */
    int velocity_dim;
    double *U; /* [p][q][velocity_dim]; U_qp = -U_pq for gradients and optimal rates, any elsewhere */
    double *V; /* [axis][cell][node], zero where no window starts */
} gz_grazing_rate;

/* R = sqrt(A(z)) P(z), [velocity_dim][velocity_dim]; at z = 0 the root of the near-field value. */
GZ_API void gz_pair_root(const gz_lattice_kernel *kernel, const double *z, double *R);

/* Create a zero rate of (N^2 + N) d doubles. Destroy leaves an empty rate. */
GZ_API gz_status gz_grazing_rate_init(gz_context *context, const gz_phase_grid *grid, gz_grazing_rate *rate);
GZ_API void gz_grazing_rate_free(gz_grazing_rate *rate);

/* All functions below take the stencils, theta, m, kernels and sawtooth weights from `mobility`. They
 * allocate and release their scratch memory, O(N + cells^2 + (2n)^d). Results do not depend on the number of
 * threads. A rate of another grid is GZ_ERROR_USAGE. The fields g and w are [cell][node]. */

/* rate = (grad~ g, S g). */
GZ_API gz_status gz_pair_gradient(gz_context *context, const gz_mobility *mobility, const double *g,
                                  gz_grazing_rate *rate);

/* rate = (-kappa m m* grad~ w, -c S w). */
GZ_API gz_status gz_pair_optimal_rate(gz_context *context, const gz_mobility *mobility, const double *w,
                                      gz_grazing_rate *rate);

/* half_divergence = 1/2 div~ U - S^T V, [cell][node]: the rate -d(h f)/dt at which mass changes. For the
 * optimal rate this is K(m) w. */
GZ_API gz_status gz_pair_half_divergence(gz_context *context, const gz_mobility *mobility,
                                         const gz_grazing_rate *rate, double *half_divergence);

/* D_m(w) = 1/2 sum (h dx)(h dx)* kappa m m* |grad~ w|^2 + sum c |S w|^2 dx. */
GZ_API gz_status gz_pair_dissipation(gz_context *context, const gz_mobility *mobility, const double *w,
                                     double *dissipation);

/* Act_m(U, V) = 1/2 sum (h dx)(h dx)* |U|^2/(kappa m m*) + sum |V|^2/c dx; infinite if U is not zero where
 * kappa m m* is zero, or V where c is. */
GZ_API gz_status gz_pair_action(gz_context *context, const gz_mobility *mobility, const gz_grazing_rate *rate,
                                double *action);

/* Action density, [cell][node], per dx dv: 1/2 sum_q (h dx)_q |U_pq|^2/(kappa m_p m_q), and |V|^2/c in equal
 * parts on the nodes of a window. The integral of the density is Act_m(U, V). */
GZ_API gz_status gz_pair_action_density(gz_context *context, const gz_mobility *mobility,
                                        const gz_grazing_rate *rate, double *density);

#endif
