/* Interaction: the convolution with kappa (x) a over phase space, a family of methods with one contract.
 *
 *   tensor: T_ab = (kappa (x) a_ab) * g,                 drift: b_a = sum_b (kappa (x) a_ab) * g_b,
 *   ((kappa (x) a) * g)(cell i, node v) = sum_j sum_v* kappa_ij dx a(v - v*) g(j, v*)
 *                                                                       (linear in v, no wrap-around).
 *
 * Each member of the family is one file and one line in the table of interaction.c. All members agree to
 * round-off. tensor and drift are collective.
 */
#ifndef GZ_INTERACTION_H
#define GZ_INTERACTION_H

#include "lattice_kernel.h"

typedef struct gz_interaction_method {
    const char *name;

    /* REQUIRED. All memory of later calls is made here; *self may be half-built on failure. */
    gz_status (*create)(gz_context *context, const gz_phase_grid *grid, const gz_lattice_kernel *kernel,
                        const gz_kappa *kappa, void **self);

    /* REQUIRED. Accepts NULL and half-built objects. */
    void (*destroy)(void *self);

    /* REQUIRED. g: [cell][node], used as scratch; tensor: d(d+1)/2 fields, written. */
    void (*tensor)(void *self, double *g, double *const tensor[GZ_MAX_PAIRS]);

    /* REQUIRED. field: d fields, g_b on entry and b_a on return. */
    void (*drift)(void *self, double *const field[GZ_MAX_DIM]);
} gz_interaction_method;

extern const gz_interaction_method gz_interaction_fft;
extern const gz_interaction_method gz_interaction_pairs;
extern const gz_interaction_method gz_interaction_moments; /* gamma = 0 only */

/* Find a member by name; NULL means "fft". Returns NULL for an unknown name. */
const gz_interaction_method *gz_interaction_find(const char *name);

/* Names of the family, NULL past its end. */
const char *gz_interaction_name(size_t index);

#endif
