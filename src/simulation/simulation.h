/* Simulation: a deck made ready to step.
 *
 * Data walk one way: deck -> grid, kernels -> f0 -> steps -> ledger rows. The integrator sees neither the
 * deck nor the ledger; this is the one place that knows all three.
 */
#ifndef GZ_SIMULATION_H
#define GZ_SIMULATION_H

#include "collision_fields.h"
#include "deck.h"
#include "ledger.h"
#include "schedule.h"

/* All members are read-only, except for the functions below. */
typedef struct gz_simulation {
    gz_context *context;
    const gz_deck *deck;
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;         /* at the end of the last step */
    gz_schedule schedule;   /* with step control: equal steps from the last step on */
    gz_dt_control *control; /* NULL: the steps are those of the schedule */
    bool has_exact;
    gz_sampling *samplings; /* what each component asks for, and what the grid has; [deck->component_count] */
    gz_step_certifier *certifier;          /* NULL: steps are not certified */
    gz_step_certificate certificate;       /* of the last step */
    gz_collision_fields *collision;        /* of the last step; NULL: the deck does not ask for them */
    double *equilibrium, *log_equilibrium; /* of the initial state, or NaN; [cell][node] */
    double *work;                          /* [cell][node] */
    double *field; /* for result files: E of a state, [x axis][cell of the whole grid]; NULL: no field */
    double *kept;  /* the blocks of gz_simulation_memory as before the last step */
} gz_simulation;

/* Make grid and integrator, and evaluate the initial state. The deck must outlive the simulation. Fails with
 * GZ_ERROR_SETTINGS if the grid cannot fit into this machine's memory, or if it does not resolve the initial state
 * and the deck does not allow that (datum.h). */
GZ_API gz_status gz_simulation_init(gz_context *context, const gz_deck *deck, gz_simulation *simulation);

/* The same, but the initial state is taken as the grid has it: for callers that go on from the state of an earlier
 * run, or that call gz_datum_check by themselves. */
GZ_API gz_status gz_simulation_prepare(gz_context *context, const gz_deck *deck, gz_simulation *simulation);
GZ_API void gz_simulation_free(gz_simulation *simulation);

/* Go on from simulation->state, which the caller has filled with a state of an earlier run. If it lies on
 * the deck's schedule, that schedule continues; otherwise steps of dt go from the state to the end. */
GZ_API void gz_simulation_continue(gz_simulation *simulation);

/* The arrays that the next step needs from earlier steps, beside the state: those of the integrator
 * (gz_integrator_memory) and of the step control. Fill them before gz_simulation_continue. */
enum { GZ_SIMULATION_BLOCKS = 2 * GZ_MEMORY_BLOCKS + 1 };
GZ_API size_t gz_simulation_memory(gz_simulation *simulation, gz_memory_block blocks[GZ_SIMULATION_BLOCKS]);

/* From now on certify every step (step_certificate.h). The ledger rows hold the certificate. */
GZ_API gz_status gz_simulation_certify(gz_simulation *simulation);

GZ_API bool gz_simulation_is_over(const gz_simulation *simulation);

/* True if free streaming lets mass out, which transport in a box does. */
GZ_API bool gz_simulation_has_walls(const gz_simulation *simulation);

/* The temperature of the heat bath that the density collides with; 0: there is none. */
GZ_API double gz_simulation_bath_temperature(const gz_simulation *simulation);

/* Take the next step of the schedule. On failure, and if gz_go_on ends the step with GZ_INTERRUPTED, the state
 * and the blocks of gz_simulation_memory are what they were before. */
GZ_API gz_status gz_simulation_step(gz_simulation *simulation, gz_step_report *report);

/* Make a ledger row of the present state: entropy, moments, D(f), KL to the equilibrium, and the error where
 * an exact solution is known. `report` is that of the last step, or NULL for an initial state. This costs one
 * set-up and one application of the mobility. Where f has turned negative, H and KL are taken with log|f| and
 * D is NaN. Fails with GZ_ERROR_INTERNAL if a number of the row is not finite. */
GZ_API gz_status gz_simulation_measure(gz_simulation *simulation, const gz_step_report *report,
                                       gz_ledger_row *row);

#endif
