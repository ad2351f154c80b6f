/* Pair matrix: the fuzzy Landau gradient on explicit pairs as a sparse matrix E. This is the calculus of
 * pair_calculus.h in coordinates that make the action a plain sum of squares.
 *
 *   rows     points p = (cell, node)
 *   columns  (p, q, a) for each pair p < q with kappa > 0 and each axis a, then the windows (a, p) of the
 *            sawtooth control
 *
 *   E^T w  = sqrt(h_p h_q dx kappa m_p m_q) (grad~_pq w)_a,    sqrt(c) S_a w
 *   U_pq   = sqrt(kappa m_p m_q/(h_p h_q dx)) u = -U_qp,       V_a = sqrt(c) u
 *
 * for an antisymmetric rate (U, V) with coordinates u. Then
 *
 *   K(m) = E E^T,    1/2 div~ U = -E u,    Act_m(U) = |u|^2 dx,    D_m(w) = |E^T w|^2 dx,
 *   optimal: u = -E^T w.
 *
 * A column has the entries of the stencils at p and q. There are N^2 d/2 columns, so E is for small grids.
 */
#ifndef GZ_PAIR_MATRIX_H
#define GZ_PAIR_MATRIX_H

#include "pair_calculus.h"

typedef struct gz_pair_matrix {
    const gz_mobility *mobility;
    size_t rows, columns, entries;
    int *column;   /* [columns + 1]: where a column begins, compressed columns */
    int *row;      /* [entries]; no row occurs twice in a column */
    double *value; /* [entries], for the mobility as it was at the last update */
    double *kappa; /* gz_kappa_values */
    int *place;    /* [rows]: place of a row in the column being filled, -1 elsewhere */
} gz_pair_matrix;

/* A rough upper bound of the bytes of a pair matrix, from the size of the grid alone. */
double gz_pair_matrix_bytes(const gz_phase_grid *grid, const gz_derivative *derivative);

/* The pattern; values come with update. GZ_ERROR_SETTINGS where it has more entries than an int counts. */
gz_status gz_pair_matrix_init(gz_context *context, const gz_mobility *mobility, gz_pair_matrix *matrix);
void gz_pair_matrix_free(gz_pair_matrix *matrix);

/* Take the present m, stencils and sawtooth weights of the mobility. */
void gz_pair_matrix_update(gz_pair_matrix *matrix);

/* out = E u, [rows]; u [columns]. */
void gz_pair_matrix_apply(const gz_pair_matrix *matrix, const double *u, double *out);

/* u = E^T w. */
void gz_pair_matrix_adjoint(const gz_pair_matrix *matrix, const double *w, double *u);

/* rate = the (U, V) with the coordinates u; `rate` must be made on the grid of the matrix. */
void gz_pair_matrix_rate(const gz_pair_matrix *matrix, const double *u, gz_grazing_rate *rate);

#endif
