/* Mobility, internal: what the files of the mobility share. Not installed. */
#ifndef GZ_MOBILITY_INTERNAL_H
#define GZ_MOBILITY_INTERNAL_H

#include "cell_stencil.h"
#include "interaction.h"
#include "mobility.h"

struct gz_mobility {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_mobility_settings settings;
    gz_derivative derivative;
    gz_lattice_kernel lattice;
    gz_null_space null_space;
    double *phi, *eta; /* phi [node], log f + phi [cell][node]; NULL where phi = 0 */
    const gz_interaction_method *method;
    void *interaction;            /* of the method */
    size_t blocks;                /* ranges of rows that a cell is cut into; 1 if there are enough cells */
    double *theta[GZ_MAX_DIM];    /* [cell][node]; NULL with always_wide */
    double *weight;               /* h m */
    double *tensor[GZ_MAX_PAIRS]; /* T */
    double *sawtooth[GZ_MAX_DIM]; /* c */
    double *diagonal;             /* of K_local, where has_diagonal */
    bool has_diagonal;
    double *drift[GZ_MAX_DIM]; /* h m q, then b; scratch in a set-up */
    gz_cell_stencil stencil;
    size_t applications, setups;
};

/* Run a task on every block of rows of every cell. The threads share the blocks. */
typedef void (*gz_mobility_task)(gz_mobility *mobility, size_t cell, gz_rows rows, const void *in, void *out);
void gz_mobility_for_blocks(gz_mobility *mobility, gz_mobility_task run, const void *in, void *out);

/* The form K(m): its fields on all cells. Another form may have other weights, stencils and sawtooth fields.
 */
gz_cell_fields gz_mobility_form(const gz_mobility *mobility);

/* Set T from the density m, and the sawtooth weights c = 1/2 min(weight T_aa) with the weight of the form. */
void gz_mobility_set_form(gz_mobility *mobility, const double *m, const gz_cell_fields *form);

/* Set form->drift to b for the potential w, with one forward and one inverse transform an axis; to NULL where b = 0. */
void gz_mobility_make_drift(gz_mobility *mobility, const double *w, gz_cell_fields *form);

/* out = sum_a G_a^T [ weight (T q - b)_a ] + sawtooth. */
void gz_mobility_apply_form(gz_mobility *mobility, const gz_cell_fields *form, const double *w, double *out);

#endif
