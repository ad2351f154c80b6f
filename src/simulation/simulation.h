/* Simulation: a deck made ready to step. Data walk one way: deck -> grid, kernels -> f0 -> steps -> ledger
 * rows. The integrator sees neither the deck nor the ledger; this is the one place that knows all three.
 */
#ifndef GZ_SIMULATION_H
#define GZ_SIMULATION_H

#include "collision_fields.h"
#include "deck.h"
#include "ledger.h"
#include "schedule.h"

/* Read-only for everybody but the functions below. */
typedef struct gz_simulation {
    gz_context *context;
    const gz_deck *deck;
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;         /* at the end of the last step */
    gz_schedule schedule;   /* with step control: that of equal steps from now on */
    gz_dt_control *control; /* NULL: equal steps */
    bool has_exact;
    gz_step_certifier *certifier;          /* NULL: steps are not certified */
    gz_step_certificate certificate;       /* of the last step */
    gz_collision_fields *collision;        /* of the last step; NULL: not asked for */
    double *equilibrium, *log_equilibrium; /* of the initial state, NaN where there is none; [cell][node] */
    double *work;                          /* [cell][node] */
} gz_simulation;

/* Make grid and integrator and evaluate the initial state. The deck must outlive the simulation.
 * GZ_ERROR_DECK for a grid that cannot fit into this machine's memory. */
GZ_API gz_status gz_simulation_create(gz_context *context, const gz_deck *deck, gz_simulation *simulation);
GZ_API void gz_simulation_destroy(gz_simulation *simulation);

/* Go on from simulation->state, which the caller has filled with a state of an earlier run: the schedule is
 * that of the deck where the state lies on it, else steps of dt from there to the end. */
GZ_API void gz_simulation_continue(gz_simulation *simulation);

/* What the next step takes from the steps before it beside the state (gz_integrator_memory), of the
 * integrator and of the step control. To be filled before gz_simulation_continue. */
enum { GZ_SIMULATION_BLOCKS = 2 * GZ_MEMORY_BLOCKS };
GZ_API size_t gz_simulation_memory(gz_simulation *simulation, gz_memory_block blocks[GZ_SIMULATION_BLOCKS]);

/* From now on certify every step (step_certificate.h): the ledger rows get its columns. */
GZ_API gz_status gz_simulation_certify(gz_simulation *simulation);

GZ_API bool gz_simulation_is_over(const gz_simulation *simulation);

/* True where free streaming lets mass out: transport in a box. */
GZ_API bool gz_simulation_has_walls(const gz_simulation *simulation);

/* The next step of the schedule. On failure the state is untouched, see gz_integrator_step. */
GZ_API gz_status gz_simulation_step(gz_simulation *simulation, gz_step_report *report);

/* A ledger row of the present state: entropy, moments, D(f), KL to the equilibrium, error where an exact
 * solution is known; report NULL for an initial state. Costs one mobility set-up and one application.
 * GZ_ERROR_INTERNAL if a number in it is not finite. Where f has turned negative, H and KL are those of
 * log|f| and D is NaN. */
GZ_API gz_status gz_simulation_measure(gz_simulation *simulation, const gz_step_report *report,
                                       gz_ledger_row *row);

#endif
