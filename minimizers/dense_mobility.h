/* Dense mobility: K(m) as a matrix, column by column, and its spectrum.
 *
 * The eigenvalues of K itself say little, as they are weighted by the density; those of the scaled
 * (h m)^-1/2 K (h m)^-1/2 are relaxation rates of perturbations w = delta f/f. Its null vectors are
 * sqrt(h m) phi for the null vectors phi of K: functions of x (1 in every cell), v_i, |v|^2; in every cell
 * apart where kappa couples no cells. Hence their number
 *
 *   d + 2 homogeneous,    nx + d + 1 fuzzy,    nx (d + 2) dirac,
 *
 * and a gap after them. Method "3. Mobility".
 */
#ifndef GZ_DENSE_MOBILITY_H
#define GZ_DENSE_MOBILITY_H

#include "mobility.h"

/* GZ_ERROR_DECK if a matrix of the grid's size would not fit into this machine; `user` names who wants it,
 * `remedy` what to do. */
gz_status gz_dense_mobility_check(gz_context *context, const gz_phase_grid *grid, const char *user,
                                  const char *remedy);

/* matrix = K(m), [size][size], made symmetric to the last bit. One application a column. column: [size],
 * scratch. */
void gz_dense_mobility_fill(gz_mobility *mobility, double *matrix, double *column);

typedef struct gz_spectrum {
    size_t size;
    double *eigenvalue;   /* [size], increasing, of (h m)^-1/2 K (h m)^-1/2 */
    size_t null_expected; /* d + 2, nx + d + 1, nx (d + 2) */
    size_t null_found;    /* eigenvalues before the widest gap of ratios */
    double gap;           /* the ratio of the eigenvalues around that gap */
    double mass, momentum,
        energy; /* largest |S u|/(|S| |u|) over these null vectors u, S the scaled matrix */
} gz_spectrum;

/* All eigenvalues, for the present mobility: O(size^3) operations, 2 size^2 doubles. */
gz_status gz_spectrum_create(gz_context *context, gz_mobility *mobility, gz_spectrum *spectrum);
void gz_spectrum_destroy(gz_spectrum *spectrum);

#endif
