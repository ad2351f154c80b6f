/* Functionals of a density f on phase space: entropy, moments, extremes.
 *   H(f) = sum h dx f log f;  mass, momentum_i = int v_i f, energy = int |v|^2 f, P_ij = int v_i v_j f.
 * In a mixture these are sums over species, the moments with the masses: mass = sum_s m_s int f_s, momentum_i = sum_s m_s
 * int v_i f_s, and so on. On the grid `one` the moments of the part of a species are those of its number density.
 * Sums are compensated, so that a drift of their values comes from the scheme and not from the summation.
 * They do not depend on the number of threads. All sums run over the whole grid and are collective if ranks
 * share it, except the cell moments, which are those of this rank's own cells. All fields are [cell][node].
 * Nothing is allocated, and nothing can fail. Where f = 0, f log f is 0 whatever log_f holds; a NaN in a
 * field makes the result NaN.
 */
#ifndef GZ_FUNCTIONALS_H
#define GZ_FUNCTIONALS_H

#include "phase_grid.h"

typedef struct gz_moments {
    double mass, momentum[GZ_MAX_DIM], energy;
    double stress[GZ_MAX_PAIRS]; /* P_ij, gz_pair_index; energy is its trace */
    double f_min;
    double tail; /* the part of the mass that lies in the outermost two layers of the velocity box */
} gz_moments;

/* f: [cell][node]. */
GZ_API void gz_moments_of(const gz_phase_grid *grid, const double *f, gz_moments *moments);

/* Of every species of a mixture: the mean number density over x, int f_s/|Omega|, the momentum m_s int v f_s, and the
 * temperature of all of space, m_s/d times the variance of v. */
typedef struct gz_species_moments {
    double density[GZ_MAX_SPECIES];
    double momentum[GZ_MAX_SPECIES * GZ_MAX_DIM]; /* [species][axis], without gaps */
    double temperature[GZ_MAX_SPECIES];
} gz_species_moments;

GZ_API void gz_species_moments_of(const gz_phase_grid *grid, const double *f, gz_species_moments *moments);

/* H(f), with log f given beside f. */
GZ_API double gz_entropy(const gz_phase_grid *grid, const double *f, const double *log_f);

/* int f log|f|: equal to H(f) if f > 0, and a substitute for H for a density that has turned negative in its
 * tail. */
GZ_API double gz_entropy_of_any_sign(const gz_phase_grid *grid, const double *f);

/* KL(f|g) = sum h dx (f log(f/g) - f + g), without cancellation where f is close to g. For a density that has
 * turned negative in its tail pass log|f|; the result is then a substitute for KL, as above for H. */
GZ_API double gz_relative_entropy(const gz_phase_grid *grid, const double *f, const double *log_f,
                                  const double *g, const double *log_g);

/* sqrt(sum h dx (f-g)^2 / sum h dx g^2): error of f relative to the reference g. */
GZ_API double gz_relative_l2(const gz_phase_grid *grid, const double *f, const double *g);

/* sum h dx g f: the integral of any function g against f; g NULL means 1. */
GZ_API double gz_integral(const gz_phase_grid *grid, const double *f, const double *g);

/* sum h dx phi f: the integral of a function phi of v against f; phi: [node]. */
GZ_API double gz_velocity_integral(const gz_phase_grid *grid, const double *f, const double *phi);

/* Velocity moments of each own cell: density [cell], int f dv, mean velocity [axis][cell], and temperature [cell], m_s
 * times the variance divided by d. Mean velocity and temperature are NaN in an empty cell. */
GZ_API void gz_cell_moments(const gz_phase_grid *grid, const double *f, double *density, double *velocity,
                            double *temperature);

/* rho, int v_a f dv, int |v|^2 f dv of each own cell, plain sums: [cell][d + 2]. */
GZ_API void gz_cell_sums(const gz_phase_grid *grid, const double *f, double *sums);

#endif
