/* Mixing: Anderson's acceleration of a fixed-point iteration x <- g(x) over a field x, or over several.
 *
 * With the residual r = g(x) - x, and the differences d_j r and d_j g of the last rounds,
 *
 *   x <- g - sum_j a_j d_j g,   where a minimises  sum h e^x (r - sum_j a_j d_j r)^2.
 *
 * The plain iteration gains the factor of its largest eigenvalue a round, and does not end where that is -1 or
 * less; this one finds the few largest eigenvalues and goes where their parts of the residual vanish. The
 * weight is that of a logarithm x of a density: its far tail has no say in a, and is stirred by it. So a long
 * iteration mixes in every other round only, and in a plain one the tail settles. Sources: Anderson (1965);
 * Walker & Ni (2011); Pratapa, Suryanarayana & Pask (2016).
 */
#ifndef GZ_MIXING_H
#define GZ_MIXING_H

#include "fields.h"

enum { GZ_MIXING_DEPTH = 4, GZ_MIXING_FIELDS = 2 }; /* at most */

typedef struct gz_mixing_settings {
    int depth;  /* rounds that are remembered */
    int fields; /* that x consists of */
    int period; /* one round of so many is mixed, beginning with the last of them */
    double
        leap; /* the first round is forgotten if the residual of the second is so many times larger; 0: never */
} gz_mixing_settings;

/* The values that belong to one field of x, [cell][node] each. */
typedef struct gz_mixing_field {
    double *r, *g;                                                 /* of the last round */
    double *weight;                                                /* h e^x */
    double *change_r[GZ_MIXING_DEPTH], *change_g[GZ_MIXING_DEPTH]; /* the oldest is replaced */
} gz_mixing_field;

typedef struct gz_mixing {
    gz_fields fields;
    gz_mixing_settings settings;
    int rounds; /* since gz_mixing_begin */
    bool leapt; /* the first of them was forgotten */
    gz_mixing_field field[GZ_MIXING_FIELDS];
} gz_mixing;

/* All memory is made here: 2 depth + 3 fields for each field of x. */
gz_status gz_mixing_init(gz_context *context, const gz_phase_grid *grid, const gz_mixing_settings *settings,
                         gz_mixing *mixing);
void gz_mixing_free(gz_mixing *mixing);

/* Forget the former rounds. */
void gz_mixing_begin(gz_mixing *mixing);

/* x: the argument of g on entry, the next one on return. g: its value there. [field][cell][node]. Collective. */
void gz_mixing_next(gz_mixing *mixing, double *const *g, double *const *x);

#endif
