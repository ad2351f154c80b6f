/* Interaction: the tensor T and the drift b of K(m), a family of methods with one contract. Those of the Landau
 * equation convolve with kappa (x) a over phase space,
 *
 *   tensor: T_ab = (kappa (x) a_ab) * g,                 drift: b_a = sum_b (kappa (x) a_ab) * g_b,
 *   ((kappa (x) a) * g)(cell i, node v) = sum_j sum_v* kappa_ij dx a(v - v*) g(j, v*)
 *                                                                       (linear in v, no wrap-around).
 *
 * and agree to round-off. Other collisions have one member each, with T and b of their own. A member is one file
 * and one line in a table of interaction.c. tensor and drift are collective.
 */
#ifndef GZ_INTERACTION_H
#define GZ_INTERACTION_H

#include "mobility.h"

typedef struct gz_interaction_method {
    const char *name;

    /* REQUIRED. All memory of later calls is made here; *self may be half-built on failure. */
    gz_status (*create)(gz_context *context, const gz_phase_grid *grid, const gz_mobility_settings *settings,
                        const gz_lattice_kernel *kernel, void **self);

    /* REQUIRED. Accepts NULL and half-built objects. */
    void (*destroy)(void *self);

    /* REQUIRED. g: [cell][node], used as scratch; tensor: d(d+1)/2 fields, written. */
    void (*tensor)(void *self, double *g, double *const tensor[GZ_MAX_PAIRS]);

    /* OPTIONAL. field: d fields, g_b on entry and b_a on return, for the g of the last tensor. NULL: b = 0. */
    void (*drift)(void *self, double *const field[GZ_MAX_DIM]);
} gz_interaction_method;

extern const gz_interaction_method gz_interaction_fft;
extern const gz_interaction_method gz_interaction_pairs;
extern const gz_interaction_method gz_interaction_moments; /* gamma = 0 only */
extern const gz_interaction_method gz_interaction_bath;
extern const gz_interaction_method gz_interaction_dougherty;
extern const gz_interaction_method gz_interaction_none;

/* The member for these settings: of the Landau equation the one with the name settings->method, NULL meaning
 * "fft". Returns NULL for an unknown name. */
const gz_interaction_method *gz_interaction_find(const gz_mobility_settings *settings);

/* tensor: the multiple diffusion[cell * stride] of Id in each cell. */
void gz_interaction_isotropic(const gz_phase_grid *grid, const double *diffusion, size_t stride,
                              double *const tensor[GZ_MAX_PAIRS]);

/* Names of the members for the Landau equation, NULL past their end. */
const char *gz_interaction_name(size_t index);

#endif
