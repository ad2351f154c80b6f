/* Field solver: E (field.h) from the density and current of the cells, by Fourier transforms along x.
 *
 *   poisson   E^ = -i k rho^/|k|^2:   Gauss' law and momentum (int rho E = 0) exact; energy O(dt^2)
 *   ampere    for a time t, with q = strength t^2/4,
 *
 *                (1 + q P w) Em = E0 - t/2 P J,   kick by strength Em t,   E1 = 2 Em - E0,   w = rho
 *
 *             Since J grows by strength rho Em t in the kick, strength/2 int (|E1|^2 - |E0|^2) is the energy that the kick
 *             takes: their sum is exact to round-off. Gauss' law and momentum O(dt^2)
 *   convolution   sums over all cells: momentum exact, energy O(dt^2)
 *
 * Species have charges: rho = sum_s q_s rho_s, J = sum_s q_s J_s, w = sum_s q_s^2 rho_s/m_s.
 *
 * k is zero along an axis at its unpaired mode, where streaming moves nothing either. Cells of all ranks take part, and every
 * rank has the whole of rho, J and E: fields of x alone are small. Not installed.
 * Source: the midpoint rule for E' = -P J, J' = strength rho E.
 */
#ifndef GZ_FIELD_SOLVER_H
#define GZ_FIELD_SOLVER_H

#include "field.h"

#include <fftw3.h>

enum { GZ_FIELD_WORK = 3 };

typedef struct gz_field_solver {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_field_settings settings; /* with the strength written out */
    size_t cells, modes;        /* of the whole grid; of its half spectrum */
    double *rho, *current;      /* [all cells], [axis][all cells]: charge and current of the last sources */
    double *
        inertia; /* [all cells]: sum_s q_s^2 rho_s/m_s, by which a field makes a current; rho itself without a mixture */
    double *wave[GZ_MAX_DIM]; /* [modes]: k along each x axis */
    double *real;             /* [all cells] */
    fftw_complex *spectrum;   /* [axis][modes] */
    fftw_plan forward, backward;
    double *work; /* ampere: [GZ_FIELD_WORK][axis][all cells] */
} gz_field_solver;

gz_status gz_field_solver_create(gz_context *context, const gz_phase_grid *grid,
                                 const gz_field_settings *settings, gz_field_solver **solver);
void gz_field_solver_destroy(gz_field_solver *solver);

/* Take rho, J and w from the moments of the own cells, [cell][d + 2] (kick.h); with another force, J in the middle of the kick but
 * for what the field does. Collective. */
void gz_field_solver_take(gz_field_solver *solver, const double *moments);

/* E, [axis][all cells], of the last rho: of poisson, also for ampere, or of convolution. */
void gz_field_solver_solve(gz_field_solver *solver, double *E);

/* ampere: E goes from E0 to E1, and `middle` is Em; [axis][all cells] each. GZ_ERROR_NOT_CONVERGED where gravity is so strong
 * that t is too long for the midpoint rule. */
gz_status gz_field_solver_midpoint(gz_field_solver *solver, double t, double *E, double *middle);

/* The energy of the field E and of the last rho. */
double gz_field_solver_energy(const gz_field_solver *solver, const double *E);

/* E = P E, [axis][all cells]. */
void gz_field_solver_project(gz_field_solver *solver, double *E);

#endif
