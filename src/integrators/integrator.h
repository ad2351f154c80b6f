/* Integrators: advance a density by one time step. There is one contract, one file for each kind of scheme,
 * and one table (integrator.c).
 *
 * Strang splitting: free streaming dt/2, collision dt, free streaming dt/2. The variational members (`jko`,
 * `zero_defect`) report the De Giorgi defect of the collision, J = H(f1) - H(f0) + dt/2 (D_m(w) + Act_m(U)).
 * `zero_defect4` is not split: its three stages live at their own times, and it reports
 * J = H(f1) - H(S f0) + dt/2 sum_i b_i (D_m_i(w_i) + Act_m_i(U_i)), with S f0 the start, streamed by dt.
 * The other members are rivals to compare with. They integrate the semi-discrete equation of the same space
 * (semi_discrete.h) by a Runge-Kutta or multistep method: euler, ssprk3, rk4 and rkl2 take the step dt;
 * rkl2_adaptive, arkode_erk, arkode_dirk and cvode_bdf take steps of their own inside dt, chosen from a
 * tolerance.
 */
#ifndef GZ_INTEGRATOR_H
#define GZ_INTEGRATOR_H

#include "field.h"
#include "force.h"
#include "pair_calculus.h"
#include "streaming.h"
#include "work.h"

/* The equation and its discretisation. */
typedef struct gz_problem {
    gz_phase_grid_settings grid;
    gz_collision_model collisions; /* default landau, which has kernel and kappa */
    gz_kernel kernel;
    gz_kappa kappa;
    gz_rates rates;       /* of the species of the grid */
    bool collisions_only; /* true: no free streaming, no force and no field */
    gz_force force;
    gz_field_settings field;
    int order;        /* order of the velocity stencil: 2 | 4 | 6 | 8; 0 means 6 */
    bool always_wide; /* true: no steepness switch (in decks grid.v.switch: off) */
} gz_problem;

/* True if there is a force or a field that moves f. */
GZ_API bool gz_problem_has_kicks(const gz_problem *problem);

/* Settings for the mobility of a problem. method: how to convolve (mobility.h), NULL for "fft". */
GZ_API gz_mobility_settings gz_problem_mobility(const gz_problem *problem, const char *method);

/* The state at which zero_defect takes its mobility (variational.c). */
typedef enum gz_mobility_at {
    GZ_AT_PREDICTOR,
    GZ_AT_START,
    GZ_AT_EXTRAPOLATED,
    GZ_AT_FIXED_POINT,
    GZ_AT_LOCAL
} gz_mobility_at;

/* How the semi-discrete equation is written: with derivatives of f, or of log f. */
typedef enum gz_space_form { GZ_FLUX_FORM, GZ_LOG_FORM } gz_space_form;

typedef struct gz_integrator_settings {
    const char *scheme;         /* "zero_defect" (also NULL) | "jko" | .. : gz_integrator_name */
    const char *minimizer;      /* "newton" (also NULL) | .. : gz_minimizer_name */
    const char *preconditioner; /* "auto" (also NULL) | "factor" | "sweeps": local_solver.h */
    const char *mobility;       /* "fft" (also NULL) | "pairs" */
    gz_mobility_at mobility_at; /* of zero_defect; the default is the predictor */
    bool fixed_implicitness;    /* zero_defect with c = implicitness instead of the c with J = 0 */
    double implicitness;        /* c, 0 to below 1 */
    int inner_steps;            /* jko: steps of the path that the mobility follows; 0: mobility of f0 */
    int collisions;             /* collisions of dt/collisions each between two shifts; 0 means 1 */
    double tolerance;           /* tolerance of the solver; 0 means 1e-12 */
    int max_iterations;         /* iterations of the solver; 0 means 80 */
    gz_space_form space_form;   /* for members that are not variational; default the flux form */
    double ode_tolerance;       /* relative, for members that choose their steps; 0 means 1e-6 */
    int ode_order;              /* arkode_dirk: 3 | 4 | 5; 0 means 4 */
    bool zero_defect;           /* euler, rk2, ssprk3, rk4: J = 0, in the log form (certified_explicit.c) */
    bool never_split; /* zero_defect4: a refused step fails, so that step control can take a smaller dt */
} gz_integrator_settings;

/* A density with its logarithm, [cell][node] each. In the flux form f may turn negative;
 * log_f is NaN there. */
typedef struct gz_state {
    double time;
    long step;
    double *f, *log_f;
    double *
        field; /* E of ampere, [x axis][cell of the whole grid], the same on all ranks; NULL without x. NaN in a state
                      that has not begun, which begins with the E of poisson */
} gz_state;

/* What one step did. A quantity that a member does not have is NaN. */
typedef struct gz_step_report {
    double dt;
    double entropy_before, entropy_after; /* around the collision; with a bath F = H + <phi, h f> */
    double dissipation, action;           /* D_m(w), Act_m(U): columns D_step, A */
    double defect;                        /* J */
    double entropy_streaming;             /* dH_streaming: what streaming and kicks did to H */
    double energy_transport; /* dE_transport: what they did to the energy; 0 without force and field */
    double bath_energy,
        bath_entropy;    /* what a bath gained: minus the change of int |v|^2/2 f, and this over theta */
    gz_outflow left;     /* what left through the walls of a box, minus what came in */
    double implicitness; /* the scalar c */
    double theta; /* of zero_defect4, and of explicit methods with zero_defect: the scale of all potentials is
                                             1 + theta */
    double decrement, residual; /* of the solver when it stopped */
    gz_work work;
    double estimate;                         /* estimated error of the step, if dt is controlled */
    long rejected_estimate, rejected_solver; /* earlier attempts: inaccurate, not converged */
    long negative;                           /* number of values f <= 0 in the state after the step */
    long split;   /* 1: zero_defect4 was refused, and a split step of zero_defect taken in its place */
    bool blew_up; /* the step failed since f, or its rate of change, was no longer finite */
    bool converged;
} gz_step_report;

typedef struct gz_integrator gz_integrator;

GZ_API gz_status gz_integrator_create(gz_context *context, const gz_phase_grid *grid,
                                      const gz_problem *problem, const gz_integrator_settings *settings,
                                      gz_integrator **integrator);
GZ_API void gz_integrator_destroy(gz_integrator *integrator);

/* Advance by dt > 0. On any failure (GZ_ERROR_NOT_CONVERGED, non-finite numbers, GZ_INTERRUPTED of gz_go_on)
 * `state` is untouched, the report says how far the solver came, and the message says what stalled and what to
 * try. Allocates nothing. */
GZ_API gz_status gz_integrator_step(gz_integrator *integrator, double dt, gz_state *state,
                                    gz_step_report *report);

/* The mobility that the integrator works with (for D(f) of a state, and for tests). */
GZ_API gz_mobility *gz_integrator_mobility(gz_integrator *integrator);

/* One stage of the last collision as the variational problem saw it; if a step has several collisions, of the
 * last of them. The grazing rate is U = -kappa m m* grad~ w with the m of the stage. The arrays, [cell][node]
 * each, belong to the integrator and are valid until the next stage or step. */
typedef struct gz_collision {
    const double *f0,
        *log_f0;     /* start of the collision: streamed by dt/2, or to the end of a step that is not split */
    const double *w; /* potential */
    const double *Kw; /* K(m) w; sum_i b_i K(m_i) w_i, each streamed to the end, is h (f0 - f1)/dt up to the
                                  solver's residual */
    double weight;    /* b_i; 1 where there is one stage */
    double after;     /* time of free streaming from the end of the collision to the state */
} gz_collision;

/* Number of stages of the last step: 3 for zero_defect4, and 1 for the other variational members, and where one
 * of them took the place of zero_defect4. */
GZ_API size_t gz_integrator_stages(const gz_integrator *integrator);

/* Stage 0, 1, .. of the last collision, whose m gz_integrator_mobility holds from now on. GZ_ERROR_USAGE for
 * members that minimise nothing, before the first step, past the last stage, or if the mobility has been set anew
 * since the collision. */
GZ_API gz_status gz_integrator_collision(gz_integrator *integrator, size_t stage, gz_collision *collision);

/* The grazing rate (U, V) of a stage of the last collision on explicit pairs, under the conditions of
 * gz_integrator_collision, which this call includes. `rate` must be made on the same grid. */
GZ_API gz_status gz_integrator_grazing_rate(gz_integrator *integrator, size_t stage, gz_grazing_rate *rate);

/* What the next step takes from earlier steps beside the state: arrays that a checkpoint keeps. If they are
 * filled with the values of another integrator, the next step is the one that integrator would take. The
 * history that cvode_bdf, arkode_dirk and arkode_erk keep without transport is not among them; it begins anew. */
typedef struct gz_memory_block {
    const char *name; /* name of the dataset, for example "rkl2_direction" */
    size_t count;
    double *values; /* [count] */
    bool is_field;  /* true: [cell][node] of own cells; false: the same on all ranks */
    bool optional;  /* true: a checkpoint that lacks it is read all the same, and leaves it as it is */
} gz_memory_block;

enum { GZ_MEMORY_BLOCKS = 8 }; /* at most */

/* Write the blocks and return their number. The values belong to the integrator. */
GZ_API size_t gz_integrator_memory(gz_integrator *integrator, gz_memory_block blocks[GZ_MEMORY_BLOCKS]);

/* Names of the family, NULL past its end. */
GZ_API const char *gz_integrator_name(size_t index);

/* True for members that minimise and report J; false for members that integrate the semi-discrete equation
 * and for unknown names. */
GZ_API bool gz_integrator_is_variational(const char *name);

/* True for members that choose their steps from a tolerance; false for members that take the step dt and for
 * unknown names. */
GZ_API bool gz_integrator_chooses_steps(const char *name);

/* The energies of a state (field.h). Collective. */
GZ_API gz_energies gz_integrator_energies(gz_integrator *integrator, const gz_state *state);

/* E of a state, [x axis][cell of the whole grid]: zero without a field. Collective. */
GZ_API void gz_integrator_field(gz_integrator *integrator, const gz_state *state, double *E);

GZ_API gz_status gz_state_init(gz_context *context, const gz_phase_grid *grid, gz_state *state);
GZ_API void gz_state_copy(const gz_phase_grid *grid, const gz_state *from, gz_state *to);
GZ_API void gz_state_free(gz_state *state);

#endif
