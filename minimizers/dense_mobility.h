/* Dense mobility: K(m) as a matrix, column by column, and its spectrum.
 *
 * The eigenvalues of K itself say little, since the density weights them. The eigenvalues of the scaled
 * matrix S = (h m)^-1/2 K (h m)^-1/2 are the relaxation rates of perturbations w = delta f/f. The null
 * vectors of S are sqrt(h m) phi for the null vectors phi of K (null_space.h): 1 in every cell, and v_i, |v|^2
 * in every group of cells. Hence their number
 *
 *   d + 2 homogeneous,    nx + d + 1 fuzzy,    nx (d + 2) dirac,    nx with a bath
 *
 * and a gap in the spectrum after them. Source: doc/method.md, "3. Mobility".
 */
#ifndef GZ_DENSE_MOBILITY_H
#define GZ_DENSE_MOBILITY_H

#include "mobility.h"

/* GZ_ERROR_SETTINGS if a matrix of the grid's size would not fit into this machine. `user` names who wants
 * the matrix, `remedy` says what to do. */
gz_status gz_dense_mobility_check(gz_context *context, const gz_phase_grid *grid, const char *user,
                                  const char *remedy);

/* matrix = K(m), [size][size], made symmetric to the last bit. Takes one application of K for each column.
 * column: [size], scratch. */
void gz_dense_mobility_fill(gz_mobility *mobility, double *matrix, double *column);

typedef struct gz_spectrum {
    size_t size;
    double *eigenvalue;            /* [size], increasing, of (h m)^-1/2 K (h m)^-1/2 */
    size_t null_expected;          /* number of null vectors by the rule above */
    size_t null_found;             /* number of eigenvalues before the widest gap */
    double gap;                    /* ratio of the two eigenvalues at that gap */
    double mass, momentum, energy; /* largest |S u|/(|S| |u|) over the known null vectors u */
} gz_spectrum;

/* All eigenvalues for the present mobility. Takes O(size^3) operations and 2 size^2 doubles. */
gz_status gz_spectrum_init(gz_context *context, gz_mobility *mobility, gz_spectrum *spectrum);
void gz_spectrum_free(gz_spectrum *spectrum);

#endif
