/* Coarse level: M = diag + dt K_local on a coarser velocity grid, factored by CHOLMOD; what sweeps on the
 * fine grid are slow at.
 *
 * Functions on the coarse nodes are multilinear (P, coarse_transfer.h). The potentials w that matter are
 * smooth even where densities span decades, so linear interpolation of w serves. Matrix of a cell, with Q1
 * elements E of volume |E| and C_ab(E) the sum of h m T_ab over the fine nodes of E:
 *
 *   A = sum_E dt/|E| sum_ab C_ab(E) int_E d_a phi_i d_b phi_j  +  diag(P^T diag).
 */
#ifndef GZ_COARSE_LEVEL_H
#define GZ_COARSE_LEVEL_H

#include "mobility.h"

typedef struct gz_coarse_level gz_coarse_level;

/* ratio: fine nodes a coarse element, >= 1. */
gz_status gz_coarse_level_create(gz_context *context, const gz_mobility *mobility, size_t ratio,
                                 gz_coarse_level **level);
void gz_coarse_level_destroy(gz_coarse_level *level);

/* Assemble and factor for the present mobility, diag [cell][node] > 0, dt. */
gz_status gz_coarse_level_update(gz_coarse_level *level, const double *diag, double dt);

/* z += P A^-1 P^T r in one cell: r, z are [node] of that cell. thread: of the caller, below the context's
 * number of threads. False if CHOLMOD ran out of memory. */
bool gz_coarse_level_correct(gz_coarse_level *level, size_t cell, int thread, const double *r, double *z);

#endif
