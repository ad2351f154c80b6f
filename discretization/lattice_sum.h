/* Lattice sums: sums over the integer points of d dimensions without the origin, continued analytically.
 *
 *   Z(s) = sum' |j|^-s                        (Epstein's zeta function; pole at s = d, Z(0) = -1)
 *   Y(s) = sum' |j|^-s Y4(j),   Y4(j) = sum_i j_i^4 - 3/(d+2) |j|^4     (the cubic harmonic of degree 4)
 *
 * They give the error of the punctured trapezoidal rule at a singularity: for smooth g that decays,
 *   h^d sum' |jh|^a g(jh) - int |z|^a g(z) dz = h^(d+a) Z(-a) g(0) + O(h^(d+a+2)).
 * Source: Ewald's method, that is, the theta function's symmetry under t -> 1/t in
 *   Gamma(s/2) pi^(-s/2) sum' Y(j) |j|^-s = int_0^inf t^(s/2-1) sum' Y(j) exp(-pi t |j|^2) dt.
 */
#ifndef GZ_LATTICE_SUM_H
#define GZ_LATTICE_SUM_H

/* Z(s) to 1e-14. d: 2 | 3; s: any value but d. */
double gz_lattice_zeta(int d, double s);

/* Y(s). d: 2 | 3; s: any value. */
double gz_lattice_harmonic(int d, double s);

#endif
