/* Simulation: makes the objects that a deck describes, steps them, and measures the states. */
#include "simulation.h"

#include "datum.h"
#include "equilibrium.h"
#include "footprint.h"

#include <math.h>
#include <string.h>

/* With a bath and a potential, exp(-V/theta) of the uniform equilibrium, with its mass. */
static void settle_in_potential(gz_simulation *s, double theta) {
    const gz_phase_grid *grid = s->grid;
    double sums[2] = {0}; /* of 1 and of exp(-V/theta) over the cells */
    for (size_t c = 0; c < grid->cell_count; c++) {
        sums[0]++;
        sums[1] += exp(-gz_force_potential(&s->deck->problem.force, grid, c) / theta);
    }
    gz_ranks_sum(grid->ranks, 2, sums);
    for (size_t i = 0; i < grid->size; i++) {
        s->log_equilibrium[i] +=
            log(sums[0] / sums[1]) -
            gz_force_potential(&s->deck->problem.force, grid, i / grid->node_count) / theta;
        s->equilibrium[i] = exp(s->log_equilibrium[i]);
    }
}

/* True if a potential, and no field, holds the density. */
static bool has_potential(const gz_problem *problem) {
    return problem->field.shape == GZ_FIELD_NONE && problem->force.shape != GZ_FORCE_UNIFORM;
}

/* Find the equilibrium that the state relaxes to, from its invariants. It is NaN if this grid has no such
 * Maxwellian, if the invariants leave through walls, if a force or a field moves f (but for a bath in a potential), or if
 * nothing collides. */
static gz_status find_equilibrium(gz_simulation *s) {
    const gz_problem *problem = &s->deck->problem;
    const gz_mobility_settings mobility = gz_problem_mobility(problem, NULL);
    const gz_equilibrium kind =
        !problem->collisions_only && problem->grid.space_dim > 0 ? GZ_EQUILIBRIUM_UNIFORM
        : gz_mobility_null_space_of(&mobility, s->grid).local    ? GZ_EQUILIBRIUM_LOCAL
                                                                 : GZ_EQUILIBRIUM_OF_DENSITY;
    const gz_collision_model *collisions = &problem->collisions;
    const bool kicks = gz_problem_has_kicks(problem), closed = !gz_simulation_has_walls(s);
    if (closed && collisions->kind == GZ_FOKKER_PLANCK && (!kicks || has_potential(problem))) {
        GZ_TRY(gz_equilibrium_with_bath(s->context, s->grid, kind, collisions->temperature, s->state.f,
                                        s->equilibrium, s->log_equilibrium));
        if (kicks) settle_in_potential(s, gz_collision_model_resolved(collisions).temperature);
        return GZ_OK;
    }
    if (closed && !kicks && collisions->kind != GZ_NO_COLLISIONS) {
        const gz_status status =
            gz_equilibrium_of(s->context, s->grid, kind, s->state.f, s->equilibrium, s->log_equilibrium);
        if (status != GZ_ERROR_NOT_CONVERGED) return status;
    }
    for (size_t i = 0; i < s->grid->size; i++) s->equilibrium[i] = s->log_equilibrium[i] = NAN;
    return GZ_OK;
}

static gz_status make_grid(gz_simulation *s) {
    const gz_phase_grid_settings grid = gz_phase_grid_resolved(&s->deck->problem.grid);
    GZ_TRY(gz_footprint_check(s->context, s->deck));
    GZ_TRY(gz_phase_grid_create(s->context, &grid, &s->grid));
    GZ_TRY(gz_state_init(s->context, s->grid, &s->state));
    const size_t size = s->grid->size;
    GZ_TRY(gz_allocate(s->context, size, sizeof(double), &s->work));
    GZ_TRY(gz_allocate(s->context, size, sizeof(double), &s->equilibrium));
    return gz_allocate(s->context, size, sizeof(double), &s->log_equilibrium);
}

static gz_status make_integrator(gz_simulation *s) {
    const gz_deck *deck = s->deck;
    GZ_TRY(gz_integrator_create(s->context, s->grid, &deck->problem, &deck->integrator, &s->integrator));
    const size_t field = (size_t)s->grid->space_dim * s->grid->all_cells;
    if (gz_problem_has_kicks(&deck->problem) && deck->problem.field.shape != GZ_FIELD_NONE)
        GZ_TRY(gz_allocate(s->context, field, sizeof(double), &s->field));
    if (deck->output_rate)
        GZ_TRY(gz_collision_fields_create(s->context, s->grid, deck->problem.collisions.kind, &s->collision));
    if (!(deck->control_tolerance > 0)) return GZ_OK;
    const gz_dt_control_settings control = {
        .tolerance = deck->control_tolerance, .by = deck->control_by, .dt = deck->dt};
    return gz_dt_control_create(s->context, s->grid, &deck->problem, &deck->integrator, &control,
                                &s->control);
}

static gz_status make_state(gz_simulation *s, bool check) {
    const gz_deck *deck = s->deck;
    GZ_TRY(gz_agree(s->context,
                    gz_allocate(s->context, deck->component_count, sizeof *s->samplings, &s->samplings)));
    GZ_TRY(gz_initial_state_of(s->context, s->grid, &deck->problem.kernel, deck->component_count,
                               deck->components, deck->normalise, s->samplings, &s->state));
    return check ? gz_datum_check(s) : GZ_OK;
}

static gz_status make_room_to_keep(gz_simulation *s) {
    gz_memory_block blocks[GZ_SIMULATION_BLOCKS];
    const size_t count = gz_simulation_memory(s, blocks);
    size_t size = 0;
    for (size_t i = 0; i < count; i++) size += blocks[i].count;
    return gz_allocate(s->context, size, sizeof(double), &s->kept);
}

/* Copy the memory of integrator and step control to s->kept, or back from there. */
static void keep_memory(gz_simulation *s, bool back) {
    gz_memory_block blocks[GZ_SIMULATION_BLOCKS];
    const size_t count = gz_simulation_memory(s, blocks);
    double *kept = s->kept;
    for (size_t i = 0; i < count; kept += blocks[i++].count)
        memcpy(back ? blocks[i].values : kept, back ? kept : blocks[i].values,
               blocks[i].count * sizeof *kept);
}

static gz_status make(gz_context *context, const gz_deck *deck, bool check, gz_simulation *s) {
    *s = (gz_simulation){.context = context, .deck = deck};
    gz_status status;
    GZ_TRY_ELSE(status, gz_deck_check_ranks(context, deck), fail);
    GZ_TRY_ELSE(status, gz_agree(context, make_grid(s)), fail);
    GZ_TRY_ELSE(status, make_state(s, check), fail);
    GZ_TRY_ELSE(status, find_equilibrium(s), fail);
    GZ_TRY_ELSE(status, gz_agree(context, make_integrator(s)), fail);
    GZ_TRY_ELSE(status, gz_agree(context, make_room_to_keep(s)), fail);
    s->has_exact = gz_initial_has_exact(&deck->problem, deck->component_count, deck->components);
    s->schedule = gz_schedule_make(0, 0, deck->end, deck->dt);
    return GZ_OK;
fail:
    gz_simulation_free(s);
    return status;
}

gz_status gz_simulation_init(gz_context *context, const gz_deck *deck, gz_simulation *s) {
    return make(context, deck, true, s);
}

gz_status gz_simulation_prepare(gz_context *context, const gz_deck *deck, gz_simulation *s) {
    return make(context, deck, false, s);
}

void gz_simulation_free(gz_simulation *s) {
    gz_step_certifier_destroy(s->certifier);
    gz_dt_control_destroy(s->control);
    gz_collision_fields_destroy(s->collision);
    gz_integrator_destroy(s->integrator);
    gz_release(s->samplings);
    gz_release(s->work);
    gz_release(s->field);
    gz_release(s->equilibrium);
    gz_release(s->log_equilibrium);
    gz_release(s->kept);
    gz_state_free(&s->state);
    gz_phase_grid_destroy(s->grid);
    *s = (gz_simulation){0};
}

size_t gz_simulation_memory(gz_simulation *s, gz_memory_block blocks[GZ_SIMULATION_BLOCKS]) {
    size_t count = gz_integrator_memory(s->integrator, blocks);
    if (s->field && s->deck->problem.field.shape == GZ_FIELD_AMPERE)
        blocks[count] = (gz_memory_block){.name = "field",
                                          .count = (size_t)s->grid->space_dim * s->grid->all_cells,
                                          .values = s->state.field},
        count++;
    return count + (s->control ? gz_dt_control_memory(s->control, blocks + count) : 0);
}

void gz_simulation_continue(gz_simulation *s) {
    const gz_schedule whole = gz_schedule_make(0, 0, s->deck->end, s->deck->dt);
    const bool on_it =
        s->state.step <= whole.last && gz_schedule_time(&whole, s->state.step) == s->state.time;
    s->schedule = on_it ? whole : gz_schedule_make(s->state.time, s->state.step, s->deck->end, s->deck->dt);
}

gz_status gz_simulation_certify(gz_simulation *s) {
    return gz_step_certifier_create(s->context, &s->deck->problem, s->integrator,
                                    s->deck->integrator.preconditioner, &s->certifier);
}

bool gz_simulation_is_over(const gz_simulation *s) {
    return s->state.step >= s->schedule.last;
}

bool gz_simulation_has_walls(const gz_simulation *s) {
    return !s->deck->problem.collisions_only && s->grid->boundary == GZ_BOX && s->grid->space_dim > 0;
}

double gz_simulation_bath_temperature(const gz_simulation *s) {
    const gz_collision_model collisions = gz_collision_model_resolved(&s->deck->problem.collisions);
    return collisions.kind == GZ_FOKKER_PLANCK ? collisions.temperature : 0;
}

/* Take a step of controlled length, which does not go beyond the next stored state or the end. */
static gz_status controlled_step(gz_simulation *s, gz_step_report *report) {
    const double target = gz_schedule_next_stored(&s->schedule, s->state.time, s->deck->output_every);
    GZ_TRY(gz_dt_control_step(s->control, s->integrator, target, &s->state, report));
    /* The new schedule has equal steps of this length, and this step is its first one. */
    const double begin = s->state.time - report->dt;
    s->schedule = gz_schedule_make(begin, s->state.step - 1, s->schedule.end, report->dt);
    return GZ_OK;
}

static gz_status scheduled_step(gz_simulation *s, gz_step_report *report) {
    const double next = gz_schedule_time(&s->schedule, s->state.step + 1);
    const bool last = s->state.step + 1 == s->schedule.last;
    /* Equal steps get the same dt to the last bit. Only the last step may differ. */
    const double dt = last ? gz_schedule_last_dt(&s->schedule) : s->schedule.dt;
    GZ_TRY(gz_integrator_step(s->integrator, dt, &s->state, report));
    s->state.time = next;
    return GZ_OK;
}

gz_status gz_simulation_step(gz_simulation *s, gz_step_report *report) {
    if (s->certifier) gz_step_certifier_begin(s->certifier, &s->state);
    keep_memory(s, false);
    const gz_status status = s->control ? controlled_step(s, report) : scheduled_step(s, report);
    if (status != GZ_OK) keep_memory(s, true);
    GZ_TRY(status);
    if (s->collision) GZ_TRY(gz_collision_fields_measure(s->collision, s->integrator));
    if (s->certifier) s->certificate = gz_step_certifier_end(s->certifier, report->dt, &s->state);
    return GZ_OK;
}

static bool all_numbers(const gz_phase_grid *grid, const double *values) {
    bool all = true;
    for (size_t i = 0; all && i < grid->size; i++) all = !isnan(values[i]);
    return gz_ranks_all(grid->ranks, all);
}

gz_status gz_simulation_measure(gz_simulation *s, const gz_step_report *report, gz_ledger_row *row) {
    gz_mobility *mobility = gz_integrator_mobility(s->integrator);
    gz_ledger_measure(s->grid, &s->state, row);
    if (report) {
        row->report = *report;
        row->certificate = s->certifier ? s->certificate : (gz_step_certificate){NAN, NAN, NAN};
    }
    if (gz_problem_has_kicks(&s->deck->problem))
        row->energies = gz_integrator_energies(s->integrator, &s->state);
    const bool has_logarithm = all_numbers(s->grid, s->state.log_f);
    const double *log_f = s->state.log_f;
    if (has_logarithm) {
        gz_mobility_set_steepness(mobility, s->state.log_f);
        gz_mobility_set_density(mobility, s->state.f);
        const double *eta = gz_mobility_entropy_variable(mobility, s->state.log_f);
        gz_mobility_apply(mobility, eta, s->work);
        row->dissipation = gz_mobility_dissipation(mobility, eta, s->work);
        if (s->deck->output_fisher) row->fisher = gz_fisher_of(mobility, s->state.f, s->state.log_f);
    } else {
        for (size_t i = 0; i < s->grid->size; i++) s->work[i] = log(fabs(s->state.f[i]));
        log_f = s->work;
        row->entropy = gz_entropy_of_any_sign(s->grid, s->state.f);
        row->dissipation = NAN;
        row->fisher = (gz_fisher){NAN, NAN};
    }
    row->relative_entropy =
        gz_relative_entropy(s->grid, s->state.f, log_f, s->equilibrium, s->log_equilibrium);
    if (s->has_exact) {
        gz_initial_exact(s->grid, &s->deck->problem, s->deck->component_count, s->deck->components,
                         s->state.time, s->work);
        row->error = gz_relative_l2(s->grid, s->state.f, s->work);
    }
    const double all = row->entropy + (has_logarithm ? row->dissipation : 0) + row->moments.mass +
                       row->moments.energy + row->error;
    if (isfinite(all)) return GZ_OK;
    return gz_fail(s->context, GZ_ERROR_INTERNAL,
                   "the state at step %ld (t = %.10g) is not finite: H = %g, D = %g, mass = %g, energy = %g",
                   s->state.step, s->state.time, row->entropy, row->dissipation, row->moments.mass,
                   row->moments.energy);
}
