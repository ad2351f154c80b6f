/* Integrators: advance a density by one time step. One contract, one file a family, one table (integrator.c).
 *
 * Strang splitting: free streaming dt/2, collision dt, free streaming dt/2. The variational members (`jko`,
 * `zero_defect`) report the De Giorgi defect of the collision, J = H(f1) - H(f0) + dt/2 (D_m(w) + Act_m(U)).
 * The others integrate the semi-discrete equation of the same space (semi_discrete.h) by a Runge-Kutta or
 * multistep method: euler, ssprk3, rk4, rkl2 with the step dt; arkode_erk and cvode_bdf with steps of their
 * own inside dt, chosen from a tolerance. They are here to be compared with.
 */
#ifndef GZ_INTEGRATOR_H
#define GZ_INTEGRATOR_H

#include "pair_calculus.h"
#include "streaming.h"
#include "work.h"

/* The equation and its discretisation. */
typedef struct gz_problem {
    gz_phase_grid_settings grid;
    gz_kernel kernel;
    gz_kappa kappa;
    bool transport;   /* false: collisions only */
    int order;        /* of the velocity stencil: 2 | 4 | 6 | 8 */
    bool always_wide; /* grid.v.switch: off */
} gz_problem;

/* The settings of its mobility; method: the way to convolve, see there, NULL for "fft". */
GZ_API gz_mobility_settings gz_problem_mobility(const gz_problem *problem, const char *method);

typedef enum gz_mobility_at {
    GZ_AT_START,
    GZ_AT_PREDICTOR,
    GZ_AT_EXTRAPOLATED,
    GZ_AT_FIXED_POINT
} gz_mobility_at;

/* What the semi-discrete equation is written in: derivatives of f, or of log f. */
typedef enum gz_space_form { GZ_FLUX_FORM, GZ_LOG_FORM } gz_space_form;

typedef struct gz_integrator_settings {
    const char *scheme;         /* "zero_defect" (also NULL) | "jko" | .. : gz_integrator_name */
    const char *minimizer;      /* "newton" (also NULL) | .. : gz_minimizer_name */
    const char *preconditioner; /* "auto" (also NULL) | "factor" | "sweeps": local_solver.h */
    const char *mobility;       /* "fft" (also NULL) | "pairs" */
    gz_mobility_at mobility_at; /* of zero_defect; default the start, in decks the predictor */
    bool fixed_implicitness;    /* zero_defect with c = implicitness instead of the c with J = 0 */
    double implicitness;        /* c, 0 to below 1 */
    int inner_steps;            /* of jko's path, which the mobility follows; 0: it is frozen at the start */
    int collisions;             /* of dt/collisions each, between the two shifts of a step; 0 means 1 */
    double tolerance;           /* of the solver; 0 means 1e-12 */
    int max_iterations;         /* of the solver; 0 means 80 */
    gz_space_form space_form;   /* of members that are not variational; default the flux form */
    double ode_tolerance;       /* relative, of members that choose their steps; 0 means 1e-6 */
} gz_integrator_settings;

/* A density with its logarithm, [cell][node] each. In the flux form f may turn negative;
 * log_f is NaN there. */
typedef struct gz_state {
    double time;
    long step;
    double *f, *log_f;
} gz_state;

/* What one step did. NaN where a member has no such quantity. */
typedef struct gz_step_report {
    double dt;
    double entropy_before, entropy_after; /* around the collision */
    double dissipation, action;           /* D_m(w), Act_m(U): columns D_step, A */
    double defect;                        /* J */
    double entropy_streaming;             /* dH_streaming: what the shifts did to H */
    gz_outflow left;                      /* what left through the walls of a box, minus what came in */
    double implicitness;                  /* the scalar c */
    double decrement, residual;           /* of the solver at its end */
    gz_work work;
    double estimate;                         /* of the step's error, where dt is controlled (dt_control.h) */
    long rejected_estimate, rejected_solver; /* attempts before it: inaccurate, not converged */
    long negative;                           /* values f <= 0 of the state after the step */
    bool blew_up; /* the step failed since f, or its rate of change, was no longer finite */
    bool converged;
} gz_step_report;

typedef struct gz_integrator gz_integrator;

GZ_API gz_status gz_integrator_create(gz_context *context, const gz_phase_grid *grid,
                                      const gz_problem *problem, const gz_integrator_settings *settings,
                                      gz_integrator **integrator);
GZ_API void gz_integrator_destroy(gz_integrator *integrator);

/* Advance by dt > 0. On any failure (GZ_ERROR_NOT_CONVERGED, non-finite numbers) `state` is untouched, the
 * report says how far the solver came, and the message says what stalled and what to try.
 * Allocates nothing. */
GZ_API gz_status gz_integrator_step(gz_integrator *integrator, double dt, gz_state *state,
                                    gz_step_report *report);

/* The mobility the integrator works with (for D(f) of a state and for tests). */
GZ_API gz_mobility *gz_integrator_mobility(gz_integrator *integrator);

/* The last collision (of several in a step: the last of them) as the variational problem saw it: the grazing
 * rate is U = -kappa m m* grad~ w with the m that gz_integrator_mobility still holds. Views, [cell][node]
 * each, valid until the next step. */
typedef struct gz_collision {
    const double *f0, *log_f0; /* before the collision, after the first half of free streaming */
    const double *w;           /* potential */
    const double *Kw;          /* K(m) w = h (f0 - f1)/dt up to the solver's residual */
} gz_collision;

/* GZ_ERROR_USAGE for members that minimise nothing, before the first step, or where the mobility was set anew
 * since. */
GZ_API gz_status gz_integrator_collision(const gz_integrator *integrator, gz_collision *collision);

/* The grazing rate (U, V) of the last collision on explicit pairs, under the same conditions. rate: of the
 * same grid. */
GZ_API gz_status gz_integrator_grazing_rate(gz_integrator *integrator, gz_grazing_rate *rate);

/* What the next step takes from the steps before it beside the state: arrays that a checkpoint keeps. Filled
 * from outside, the next step is that of the integrator they came from. cvode_bdf and arkode_erk without
 * transport keep a history of their own, which is not among them: they begin anew. */
typedef struct gz_memory_block {
    const char *name; /* of the dataset, for example "rkl2_direction" */
    size_t count;
    double *values; /* [count] */
    bool is_field;  /* [cell][node]: a rank holds its cells; others are the same on all ranks */
} gz_memory_block;

enum { GZ_MEMORY_BLOCKS = 4 }; /* at most */

/* The number of blocks that were written; their values belong to the integrator. */
GZ_API size_t gz_integrator_memory(gz_integrator *integrator, gz_memory_block blocks[GZ_MEMORY_BLOCKS]);

/* Names of the family, NULL past its end. */
GZ_API const char *gz_integrator_name(size_t index);

/* True for the members that minimise and report J, false for those that integrate the semi-discrete equation
 * and for unknown names. */
GZ_API bool gz_integrator_is_variational(const char *name);

/* True for the members that choose their steps from a tolerance, false for those with the step dt and for
 * unknown names. */
GZ_API bool gz_integrator_chooses_steps(const char *name);

GZ_API gz_status gz_state_init(gz_context *context, const gz_phase_grid *grid, gz_state *state);
GZ_API void gz_state_free(gz_state *state);

#endif
