/* Small solve: A x = b for symmetric positive definite matrices of a few rows, by Cholesky's method. LAPACK would do
 * it, too, but its BLAS first asks for buffers of many megabytes, and OpenBLAS waits for ever where there are none. */
#ifndef GZ_SMALL_SOLVE_H
#define GZ_SMALL_SOLVE_H

#include <stdbool.h>

/* Solve for x, which takes the place of b [n]. A [n][n]: its lower triangle is overwritten by the factor, the rest is
 * not looked at. False if A is not positive definite; b is undefined then. */
bool gz_small_solve(int n, double *A, double *b);

#endif
