/* Field: the field E(x) of the particles themselves, which accelerates them by a = strength E.
 *
 *   none
 *   poisson      div E = rho - <rho>, curl E = 0, <E> = 0                        rho = int f dv
 *   ampere       d_t E = -P J, which begins with the E of poisson                J = int v f dv
 *   convolution  E = -grad (psi * rho), with psi = |x|^2/2 (harmonic) or a table of |x|
 *
 * P projects onto gradients without mean. Like charges repel with strength > 0 (a plasma against its neutralising
 * background) and attract with strength < 0 (gravity); convolution follows psi. The energy of the field is
 *
 *   poisson, ampere: strength/2 int |E|^2,     convolution: strength/2 int int psi(x - x*) rho rho*.
 *
 * Which of Gauss' law, momentum and energy are exact depends on the shape: field_solver.h.
 * Source: L dE with E = int |v|^2/2 f + field energy; the mean field is (11) of Duong, Peletier & Zimmer (2013).
 */
#ifndef GZ_FIELD_H
#define GZ_FIELD_H

#include "phase_grid.h"
#include "radial_table.h"

typedef enum gz_field_shape {
    GZ_FIELD_NONE,
    GZ_FIELD_POISSON,
    GZ_FIELD_AMPERE,
    GZ_FIELD_CONVOLUTION
} gz_field_shape;

typedef struct gz_field_settings {
    gz_field_shape shape;
    double strength; /* 0 means 1 */
    const gz_radial_table
        *table; /* convolution: psi, of the caller, outlives all that is made with it; NULL: harmonic */
} gz_field_settings;

/* Energies of a density and its field. */
typedef struct gz_energies {
    double kinetic;      /* int |v|^2/2 f */
    double potential;    /* int V f (force.h) */
    double field;        /* as above */
    double total;        /* their sum */
    double gauss_defect; /* ampere: largest |E - E of poisson|; else 0 */
} gz_energies;

/* GZ_ERROR_SETTINGS, saying what is allowed, for a field that this grid cannot have. */
GZ_API gz_status gz_field_check(gz_context *context, const gz_phase_grid *grid,
                                const gz_field_settings *settings);

#endif
