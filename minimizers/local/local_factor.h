/* Local factor: sparse Cholesky factors of M = diag + dt K_local, one for each x cell. They are the method
 * `factor` of local_solver.h. */
#ifndef GZ_LOCAL_FACTOR_H
#define GZ_LOCAL_FACTOR_H

#include "mobility.h"

typedef struct gz_local_factor gz_local_factor;

gz_status gz_local_factor_create(gz_context *context, const gz_mobility *mobility, gz_local_factor **factor);
void gz_local_factor_destroy(gz_local_factor *factor);

/* Assemble and factor M for the present mobility. */
gz_status gz_local_factor_update(gz_local_factor *factor, const double *diag, double dt);

/* z = M^-1 r in one cell, where r and z are [node]. thread: as for gz_sparse_factors_solve. Returns false if
 * memory ran out. */
bool gz_local_factor_solve(gz_local_factor *factor, size_t cell, int thread, const double *r, double *z);

/* True if CHOLMOD has run out of memory. */
bool gz_local_factor_out_of_memory(const gz_local_factor *factor);

#endif
