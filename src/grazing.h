/* grazing: the fuzzy Landau equation by a variational time step.
 *
 *   d_t f + v . grad_x f = div_v int kappa(x-x*) a(v-v*) (f* grad_v f - f grad_v* f*) dx* dv*
 *
 * is integrated so that every step conserves mass, momentum and energy, keeps f > 0, never raises the entropy
 * H(f) = int f log f in a collision, and satisfies to round-off the De Giorgi identity J = 0, which
 * characterises the solutions (Duong & He 2025, Theorem 1.1). This file is the whole public interface; each
 * header below opens with its own formulas. A program reads
 *
 *     gz_problem problem = {.grid = {.nodes = 33, .half_width = 6}, .kernel = {.gamma = -1}};
 *     gz_context *context;                                 threads, the text of the last error
 *     gz_phase_grid *grid;                                 nodes, weights, index arithmetic
 *     gz_integrator *integrator;                           all memory of the steps is made here
 *     gz_state state;                                      f and log f, [cell][node]
 *     gz_step_report report;                               J, D, action, iterations, seconds of a step
 *     gz_context_create(0, &context);
 *     gz_phase_grid_create(context, &problem.grid, &grid);
 *     const gz_integrator_settings how = {.scheme = "zero_defect"};
 *     gz_integrator_create(context, grid, &problem, &how, &integrator);
 *     gz_state_init(context, grid, &state);
 *     ... fill state.f > 0 and state.log_f ...
 *     while (state.time < 1)
 *         if (gz_integrator_step(integrator, 0.05, &state, &report) != GZ_OK)
 *             return fprintf(stderr, "%s\n", gz_context_message(context)), 1;
 *
 * and destroys what it made in reverse order. These rules hold everywhere: a call that can fail returns a
 * gz_status; if it fails it leaves its outputs alone, and gz_context_message(context) gives the reason. A
 * member of a settings struct that is left at zero has its default, which is that of a deck; if it has none,
 * zero is refused. gz_..._destroy accepts NULL. Arrays are row-major, velocities last. To build a program,
 * use find_package(grazing) and link grazing::grazing, or pkg-config --cflags --libs grazing (--static for
 * the static library). tests/consumer/ holds a complete program. */
#ifndef GZ_GRAZING_H
#define GZ_GRAZING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "certify.h"
#include "checkpoint.h"
#include "collision_fields.h"
#include "context.h"
#include "curve_file.h"
#include "datum.h"
#include "deck.h"
#include "derivative.h"
#include "dt_control.h"
#include "equilibrium.h"
#include "field.h"
#include "fisher.h"
#include "force.h"
#include "functionals.h"
#include "history.h"
#include "initial.h"
#include "integrator.h"
#include "kernel.h"
#include "lattice_kernel.h"
#include "least_action.h"
#include "ledger.h"
#include "limiter.h"
#include "mobility.h"
#include "mobility_cap.h"
#include "pair_calculus.h"
#include "phase_grid.h"
#include "radial_table.h"
#include "ranks.h"
#include "result_file.h"
#include "sampling.h"
#include "schedule.h"
#include "simulation.h"
#include "step_certificate.h"
#include "streaming.h"
#include "version.h"
#include "work.h"

#ifdef __cplusplus
}
#endif

#endif
