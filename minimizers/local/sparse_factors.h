/* Sparse factors: one symmetric positive definite sparse matrix for each x cell, all with the same pattern.
 * CHOLMOD analyses the pattern once and refactors in place for new values.
 *
 * The pattern is given as a list of keys, one for every product that an assembly loop adds somewhere. `place`
 * answers, for each key, where in the value array its product goes. Every matrix is scaled to unit diagonal
 * before it is factored, since densities span twenty decades. The threads share the cells, with one CHOLMOD
 * common each.
 */
#ifndef GZ_SPARSE_FACTORS_H
#define GZ_SPARSE_FACTORS_H

#include "context.h"

#include <stdbool.h>

typedef struct gz_sparse_factors gz_sparse_factors;

/* Key of the entry that couples rows p and q (lower triangle); -1 stands for "no entry". */
int64_t gz_sparse_key(size_t p, size_t q);

/* keys: [count], may repeat, may be -1. place: [count], written, -1 for the key -1. The diagonal is always
 * part of the pattern. */
gz_status gz_sparse_factors_create(gz_context *context, size_t cells, size_t rows, size_t count,
                                   const int64_t *keys, int *place, gz_sparse_factors **factors);
void gz_sparse_factors_destroy(gz_sparse_factors *factors);

/* Where the diagonal entry of a row is in a value array. */
size_t gz_sparse_factors_diagonal(const gz_sparse_factors *factors, size_t row);

/* Fill value[] (zeroed) of the lower triangle of a cell's matrix. Several threads call it at once. */
typedef void (*gz_sparse_assemble)(const void *user, size_t cell, double *value);

/* Assemble and factor all cells. GZ_ERROR_NOT_CONVERGED if a matrix is not positive definite to working
 * accuracy. */
gz_status gz_sparse_factors_update(gz_sparse_factors *factors, gz_sparse_assemble assemble, const void *user);

/* True if a call of CHOLMOD has run out of memory. */
bool gz_sparse_factors_out_of_memory(const gz_sparse_factors *factors);

/* Solve for one cell: b and x are [rows] and may be the same array. thread: number of the caller's thread,
 * below the context's number of threads; different threads may solve at once. Returns false if CHOLMOD ran
 * out of memory. */
bool gz_sparse_factors_solve(gz_sparse_factors *factors, size_t cell, int thread, const double *b, double *x);

#endif
