/* What the files of the mobility share. Not installed. */
#ifndef GZ_MOBILITY_INTERNAL_H
#define GZ_MOBILITY_INTERNAL_H

#include "interaction.h"
#include "mobility.h"

struct gz_mobility {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_mobility_settings settings;
    gz_derivative derivative;
    gz_lattice_interaction lattice;
    const gz_interaction_method *method;
    void *interaction;            /* of the method */
    size_t blocks;                /* row ranges a cell is cut into, 1 where there are enough cells */
    double *theta[GZ_MAX_DIM];    /* [cell][node]; NULL with always_wide */
    double *weight;               /* h m */
    double *tensor[GZ_MAX_PAIRS]; /* T */
    double *sawtooth[GZ_MAX_DIM]; /* c */
    double *gradient[GZ_MAX_DIM]; /* q of the last application */
    double *drift[GZ_MAX_DIM];    /* h m q, then b, then the flux; scratch in a set-up */
    double *scratch;              /* [thread][node] */
    size_t applications, setups;
};

/* Run a task on every block of every cell, shared out among threads. scratch: [node] of the thread. */
typedef void (*gz_mobility_task)(gz_mobility *mobility, size_t cell, gz_rows rows, const void *in, void *out,
                                 double *scratch);
void gz_mobility_for_blocks(gz_mobility *mobility, gz_mobility_task task, const void *in, void *out);

/* c = 1/2 min(drift[a]) on each window of axis a: the last part of set_density. */
void gz_mobility_set_sawtooth(gz_mobility *mobility);

/* gradient = G w, drift = h m G w. */
void gz_mobility_take_gradient(gz_mobility *mobility, const double *w);

#endif
