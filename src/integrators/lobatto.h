/* Lobatto step: collocation of order 4 for log f, free streaming included, with the De Giorgi defect J = 0.
 *
 * With F_i = K(m_i) log f_i at the times 0, 1/2 and 1 of the step, and S the streaming from the time of a rate to that
 * of the row (rate_streaming.h),
 *
 *   h f_h = h S f0 - dt ( 5/24 S F_0 + 1/3 F_h - 1/24 S F_1 )
 *   h f_1 = h S f0 - dt (1 + theta) ( 1/6 S F_0 + 2/3 S F_h + 1/6 F_1 ),
 *
 * theta being the certified scale (certified_scale.h) for the weights 1/6, 2/3, 1/6. Without theta this is the
 * Lobatto IIIA method, whose stability function is the Pade approximation (2,2) of exp.
 *
 * The mobilities m_i, and the part of F_1 in the first row, follow the tail rule (tail_rule.h).
 *
 * The rows are solved by sweeps. A sweep sets the mobilities (in the first two sweeps; in the second it follows log f
 * by a limited move), applies K to both log f_i, and corrects them by the local solver, the second row with the
 * correction of the first (the LU trick of spectral deferred corrections):
 *
 *   (h f_h + dt/3 K_local) d_h = -R_h,   (h f_1 + dt/4 K_local) d_1 = -R_1 + 2 S (R_h + h f_h d_h).
 *
 * The corrections are mixed (mixing.h) and damped (damping.h). The first sweep is left out of the mixing where it says nothing:
 * from a local equilibrium F_0 = 0, whatever streaming does to it afterwards. A first sweep with the rates of the start costs no
 * application of K; what it missed in the last step is added, scaled to this one. The sweeps end when |R_1|_1 is below
 * 1e-4 of the mass and the far tail holds its part of the last row, which is then closed exactly. Two sweeps cost 7
 * applications of K and 5 set-ups.
 *
 * The local systems are solved by sweeps to a fixed reduction, whatever solves a split step, so that the step is a
 * function of the datum, of dt, and of what it remembers of the last step.
 *
 * Sources: doc/method.md, "4. One time step"; Hairer, Lubich & Wanner, Geometric Numerical Integration, II.1
 * (Lobatto IIIA); Weiser, BIT 55 (2015), 1219 (LU trick).
 */
#ifndef GZ_LOBATTO_H
#define GZ_LOBATTO_H

#include "certified_scale.h"
#include "deflation.h"
#include "integrator_method.h"
#include "invariants.h"
#include "mixing.h"
#include "rate_streaming.h"
#include "tail_rule.h"

enum { GZ_LOBATTO_STAGES = 3, GZ_LOBATTO_ROWS = 2, GZ_LOBATTO_MIDDLE = 0, GZ_LOBATTO_END = 1 };

/* One implicit row: the node at the time 1/2 or 1 of the step. Arrays are [cell][node]. */
typedef struct gz_lobatto_row {
    gz_mobility *mobility; /* m_i */
    gz_local_solver *local;
    gz_deflation deflation;
    double *start;    /* S log f0 */
    double *f0;       /* S f0 */
    double *hf;       /* h f_i */
    double *log_f;    /* log f_i */
    double *log_m;    /* log of the density of m_i */
    double *rate;     /* F_i */
    double product;   /* <log f_i, F_i> */
    double *residual; /* R_i */
    double *next;     /* log f_i + d_i */
    double *first;    /* log f_i of the first sweep */
    double *missed;   /* memory: what the first sweep of the last step missed, at the end of that step */
    double *rate0;    /* S F_0 */
} gz_lobatto_row;

typedef struct gz_lobatto {
    const gz_integrator_parts *parts;
    gz_fields fields;
    gz_rate_streaming streaming;
    gz_lobatto_row row[GZ_LOBATTO_ROWS];
    gz_mixing mixing;
    gz_invariants invariants;
    gz_tail_rule tail;
    gz_mobility *own; /* of the first row; the second has the integrator's */
    /* fit: of log f0 + phi in the null space of K, minus phi */
    double *log_f0, *fit, *F0, *mean_rate, *scratch[4]; /* [cell][node] */
    double *change; /* memory: change of log f in the first sweep of the last step, at its end */
    double last_dt; /* memory: 0 if there is none */
    double dt, mass;
    double product0; /* <log f0, F_0> */
    gz_certified_scale scale;
} gz_lobatto;

gz_status gz_lobatto_init(const gz_integrator_parts *parts, gz_lobatto *lobatto);
void gz_lobatto_free(gz_lobatto *lobatto);

/* Forget the last step. */
void gz_lobatto_forget(gz_lobatto *lobatto);

/* Take a step. f, log_f: [cell][node], changed in place. GZ_ERROR_NOT_CONVERGED if it is refused: f and log_f
 * are then untouched, and the message says why. Fills the report of the collision and of the streaming. */
gz_status gz_lobatto_step(gz_lobatto *lobatto, double dt, double *f, double *log_f, gz_step_report *report);

/* Stage 0, 1 or 2 of the last step; sets the integrator's mobility to that of the stage. */
void gz_lobatto_stage(gz_lobatto *lobatto, size_t stage, gz_collision *collision);

#endif
