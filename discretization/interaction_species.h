/* Interaction of species: a decorator of the interaction family for a mixture.
 *
 *   T_s = sum_t c_st/m_s^2    (kappa (x) a) * g_t,
 *   b_s = sum_t c_st/(m_s m_t) (kappa (x) a) * g_t
 *
 * With g = h f for T and g = h f q, q = Gw, for b the mobility of mobility.h is that of
 *
 *   <w, K w> = 1/2 sum_st sum (h dx)(h dx)* kappa c_st f_s f_t* A |P (G w_s/m_s - (G w_t/m_t)*)|^2 + sawtooth,
 *
 * whose null vectors are 1 of each species and cell, m_s v_i and m_s |v|^2. The sums over t are done first, node by
 * node, so that each species is convolved once, by a member of the family on the grid of one species. Source: the
 * Landau operator of a mixture, Coulomb: c_st = q_s^2 q_t^2 (Landau 1936; Hinton 1983, Handbook of Plasma Physics I).
 */
#ifndef GZ_INTERACTION_SPECIES_H
#define GZ_INTERACTION_SPECIES_H

#include "interaction.h"

/* Its `create` is NULL: gz_interaction_species_create makes the object. It is not in the table of interaction.c. */
extern const gz_interaction_method gz_interaction_species;

/* `method` convolves a species; settings->rates: c_st, resolved. *self may be half-built on failure. */
gz_status gz_interaction_species_create(gz_context *context, const gz_phase_grid *grid,
                                        const gz_interaction_method *method,
                                        const gz_mobility_settings *settings, const gz_lattice_kernel *kernel,
                                        void **self);

#endif
