/* Transport: the reversible part of a step, d_t f + v.grad_x f + a.grad_v f = 0 with a = -grad V + strength E.
 *
 *   shear t/2 (streaming.h),   kick by a t (kick.h),   shear t/2
 *
 * which is of order 2 in t and its own inverse with -t, but for the interpolation and the unpaired mode of an even axis, which
 * the shears damp where there are kicks. E comes from the density between the
 * shears, and ampere's E goes along with f (field_solver.h). Shears and kicks leave the entropy as it is, up to the
 * interpolation. In a box with a harmonic force of the same strength w^2 along all x axes and no field the times are
 * tan(w t/2)/w, sin(w t)/w, tan(w t/2)/w: the product of the three is the rotation in phase space itself, and keeps its
 * energy (up to the interpolation, and what leaves). Without force and field all of it is one shear.
 *
 * What the map does to entropy and energy is measured and reported, not assumed.
 * Source: L dE with E = int (|v|^2/2 + V) f + field energy; Strang splitting; Cheng & Knorr (1976).
 */
#ifndef GZ_TRANSPORT_H
#define GZ_TRANSPORT_H

#include "field.h"
#include "force.h"
#include "streaming.h"

typedef struct gz_transport gz_transport;

typedef struct gz_transport_settings {
    gz_force force;
    gz_field_settings field;
    bool density; /* f is the state, of any sign; else log f */
} gz_transport_settings;

/* In a mixture V and E act on the charges: a_s = (q_s/m_s) (-grad V + strength E), rho and J are those of charges, and the kinetic
 * energy is int m_s |v|^2/2 f_s. *transport is NULL where nothing moves: no force, no field, and one periodic cell or none. */
gz_status gz_transport_create(gz_context *context, const gz_phase_grid *grid,
                              const gz_transport_settings *settings, gz_transport **transport);
void gz_transport_destroy(gz_transport *transport);

/* What transport moves: f and log f [cell][node], and E of ampere [axis][all cells]. An E that begins with a NaN has not
 * begun: it becomes that of poisson. */
typedef struct gz_moved {
    double *f, *log_f, *field;
} gz_moved;

/* What it did; NaN energies where there is neither force nor field. */
typedef struct gz_transport_report {
    double entropy; /* H after minus before */
    double energy;  /* energy_total after minus before */
    gz_outflow left;
} gz_transport_report;

/* Transport by t, of any sign, and add to the report. The state is log f (or f), and the other follows from it: with `density`
 * log f is NaN where f <= 0. GZ_ERROR_NOT_CONVERGED where dt is too large for the force; the arrays are undefined then.
 * Collective. */
gz_status gz_transport_apply(gz_transport *transport, double t, const gz_moved *state,
                             gz_transport_report *report);

/* Transport log f, [cell][node], by t alone; not with `density`. field: E of ampere, which goes along; with NULL, or one that has
 * not begun, it is that of poisson. */
gz_status gz_transport_log(gz_transport *transport, double t, double *log_f, double *field);

/* The energies of a state. E: [axis][all cells] of ampere (NaN: as poisson). Collective. */
gz_energies gz_transport_energies(gz_transport *transport, const double *f, const double *E);

/* The field of a state, [axis][all cells]: of poisson or convolution from its density, of ampere the own E once it has begun.
 * Zero without a field. Collective. */
void gz_transport_field(gz_transport *transport, const double *f, const double *own, double *E);

/* The shear alone; NULL if nothing moves along x. */
gz_streaming *gz_transport_streaming(gz_transport *transport);

/* True if there is a force or a field. */
bool gz_transport_has_kicks(const gz_transport *transport);

#endif
