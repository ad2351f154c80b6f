/* Pair calculus: the fuzzy Landau gradient and divergence on explicit pairs of phase-space points, O(N^2).
 *
 *   grad~_{pq} g = sqrt(A(v_p - v_q)) P(v_p - v_q) ((Gg)_p - (Gg)_q),   p = (cell, node) (1.7) div~ U: minus
 * the adjoint of grad~,   <g, div~ U> = - sum_{pq} (h dx)_p (h dx)_q  U_pq . grad~_{pq} g, weighted like K
 * (mass per cell and node), so that  K(m) w = 1/2 div~ U  for  U = -kappa m m* grad~ w.
 *
 * The sawtooth control is one more dissipation with its own rate V (one entry an axis, cell and window):
 *   V_a = -c_a S_a w,   D += sum c |S w|^2 dx,   A += sum |V|^2/c dx.
 * A grazing rate is the pair (U, V). This is the reference every fast path is tested against; it shares with
 * the mobility nothing but the stencils.
 */
#ifndef GZ_PAIR_CALCULUS_H
#define GZ_PAIR_CALCULUS_H

#include "mobility.h"

typedef struct gz_grazing_rate {
    size_t points; /* N = grid->size */
    int velocity_dim;
    double *U; /* [p][q][velocity_dim], antisymmetric: U_qp = -U_pq */
    double *V; /* [axis][cell][node], zero where no window starts */
} gz_grazing_rate;

gz_status gz_grazing_rate_create(gz_context *context, const gz_phase_grid *grid, gz_grazing_rate *rate);
void gz_grazing_rate_destroy(gz_grazing_rate *rate);

/* All functions take the stencils, theta, m and the sawtooth weights of `mobility` and allocate their
 * scratch. */

/* rate = (grad~ g, S g). */
gz_status gz_pair_gradient(gz_context *context, const gz_mobility *mobility, const double *g,
                           gz_grazing_rate *rate);

/* rate = (-kappa m m* grad~ w, -c S w). */
gz_status gz_pair_optimal_rate(gz_context *context, const gz_mobility *mobility, const double *w,
                               gz_grazing_rate *rate);

/* half_divergence = 1/2 div~ U - S^T V: the change of mass -d(h f)/dt that the rate makes. [cell][node]. For
 * the optimal rate this is K(m) w. */
gz_status gz_pair_half_divergence(gz_context *context, const gz_mobility *mobility,
                                  const gz_grazing_rate *rate, double *half_divergence);

/* D_m(w) = 1/2 sum (h dx)(h dx)* kappa m m* |grad~ w|^2 + sum c |S w|^2 dx. */
gz_status gz_pair_dissipation(gz_context *context, const gz_mobility *mobility, const double *w,
                              double *dissipation);

/* Act_m(U, V) = 1/2 sum (h dx)(h dx)* |U|^2/(kappa m m*) + sum |V|^2/c dx; infinite where U lives on no
 * mobility. */
gz_status gz_pair_action(gz_context *context, const gz_mobility *mobility, const gz_grazing_rate *rate,
                         double *action);

#endif
