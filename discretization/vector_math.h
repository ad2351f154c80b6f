/* Vector mathematics: exp, expm1, log and log1p in loops that the compiler vectorises.
 *
 * glibc has these functions for several values at a time (libmvec, errors up to 4 units in the last place); the
 * compiler may call them from a loop of any file that includes this header. Elsewhere a loop calls the plain
 * functions. The last values of a loop, too few for a vector, get the plain function, which may differ in the last
 * digits: a loop that is shared by threads must be cut in the same places for any number of them (blocks, cells).
 */
#ifndef GZ_VECTOR_MATH_H
#define GZ_VECTOR_MATH_H

#include <math.h>

#ifdef GZ_VECTOR_MATH
#    pragma omp declare simd notinbranch
double exp(double x);
#    pragma omp declare simd notinbranch
double expm1(double x);
#    pragma omp declare simd notinbranch
double log1p(double x);
#    pragma omp declare simd notinbranch
double log(double x);
#endif

#endif
