/* Integrator: the table of the family, and the Strang splitting that all members share. A step works on a
 * copy of the state, which is written back only if the result is a density.
 */
#include "integrator.h"

#include "clock.h"
#include "functionals.h"
#include "integrator_method.h"
#include "tableau.h"
#include "vector_math.h"

#include <float.h>
#include <string.h>

static const gz_integrator_method *const METHODS[] = {
    &gz_integrator_zero_defect, &gz_integrator_zero_defect4, &gz_integrator_jko,
    &gz_integrator_euler,       &gz_integrator_rk2,          &gz_integrator_ssprk3,
    &gz_integrator_rk4,         &gz_integrator_rkl2,         &gz_integrator_rkl2_adaptive,
    &gz_integrator_arkode_erk,  &gz_integrator_arkode_dirk,  &gz_integrator_cvode_bdf};

static const double SAME_DENSITY = 1e-6; /* relative difference allowed between f and exp(log f) */

enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };

struct gz_integrator {
    gz_integrator_parts parts;
    const gz_integrator_method *method;
    void *self;
    bool streams_density; /* true: f is the state, not log f */
    size_t setups_after;  /* set-ups of the mobility at the end of the last collision; 0: no collision yet */
    double after;         /* time that was streamed after the last collision */
    gz_state trial;       /* the copy that a step works on */
};

static const gz_integrator_method *find(const char *name) {
    if (!name) return METHODS[0];
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(METHODS[i]->name, name) == 0) return METHODS[i];
    return NULL;
}

const char *gz_integrator_name(size_t index) {
    return index < METHOD_COUNT ? METHODS[index]->name : NULL;
}

bool gz_integrator_is_variational(const char *name) {
    const gz_integrator_method *method = find(name);
    return method && !method->semi_discrete;
}

bool gz_integrator_chooses_steps(const char *name) {
    const gz_integrator_method *method = find(name);
    return method && method->chooses_steps;
}

bool gz_problem_has_kicks(const gz_problem *problem) {
    return !problem->collisions_only &&
           (problem->force.shape != GZ_FORCE_NONE || problem->field.shape != GZ_FIELD_NONE);
}

gz_mobility_settings gz_problem_mobility(const gz_problem *problem, const char *method) {
    return (gz_mobility_settings){.collisions = problem->collisions,
                                  .kernel = problem->kernel,
                                  .kappa = problem->kappa,
                                  .order = problem->order,
                                  .always_wide = problem->always_wide,
                                  .method = method,
                                  .rates = problem->rates};
}

static gz_status check_settings(gz_context *context, const gz_integrator_settings *settings) {
    if (!(settings->tolerance >= 0) || !isfinite(settings->tolerance))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the solver's tolerance is %g; allowed: 0 (1e-12) or positive", settings->tolerance);
    if (settings->max_iterations < 0)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the solver's max_iterations is %d; allowed: 0 (80) or more",
                       settings->max_iterations);
    if (settings->collisions < 0 || settings->inner_steps < 0)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "collisions is %d and inner_steps is %d; neither can be negative",
                       settings->collisions, settings->inner_steps);
    if (!(settings->ode_tolerance >= 0) || !isfinite(settings->ode_tolerance))
        return gz_fail(context, GZ_ERROR_SETTINGS, "ode_tolerance is %g; allowed: 0 (1e-6) or positive",
                       settings->ode_tolerance);
    if (settings->ode_order != 0 && (settings->ode_order < 3 || settings->ode_order > 5))
        return gz_fail(context, GZ_ERROR_SETTINGS, "ode_order is %d; allowed: 0 (4), 3, 4, 5",
                       settings->ode_order);
    return GZ_OK;
}

gz_status gz_integrator_create(gz_context *context, const gz_phase_grid *grid, const gz_problem *problem,
                               const gz_integrator_settings *settings, gz_integrator **integrator) {
    *integrator = NULL;
    const gz_integrator_method *method = find(settings->scheme);
    if (!method) return gz_fail(context, GZ_ERROR_SETTINGS, "unknown scheme '%s'", settings->scheme);
    if (settings->inner_steps > 0 && method != &gz_integrator_jko)
        return gz_fail(context, GZ_ERROR_SETTINGS, "inner steps are for jko; %s has none", method->name);
    if (settings->inner_steps > 0 && problem->collisions.kind != GZ_LANDAU)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "inner steps follow the Landau distance; %s collisions have none",
                       gz_collision_name(problem->collisions.kind));
    if (settings->inner_steps > 0) method = &gz_integrator_landau_jko;
    if (settings->zero_defect && (!settings->scheme || !gz_tableau_find(settings->scheme)))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "zero_defect is a setting of euler, rk2, ssprk3 and rk4; %s has none", method->name);
    if (settings->zero_defect) method = &gz_integrator_certified_explicit;
    if (problem->collisions.kind == GZ_NO_COLLISIONS) method = &gz_integrator_no_collisions;
    GZ_TRY(check_settings(context, settings));
    gz_integrator *s = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->method = method;
    s->streams_density = method->semi_discrete && settings->space_form == GZ_FLUX_FORM;
    s->parts = (gz_integrator_parts){.context = context, .grid = grid, .settings = *settings};
    if (settings->zero_defect) s->parts.settings.space_form = GZ_LOG_FORM;
    const gz_mobility_settings mobility = gz_problem_mobility(problem, settings->mobility);
    GZ_TRY_ELSE(status, gz_mobility_create(context, grid, &mobility, &s->parts.mobility), fail);
    const gz_transport_settings transport = {problem->force, problem->field, s->streams_density};
    if (!problem->collisions_only)
        GZ_TRY_ELSE(status, gz_transport_create(context, grid, &transport, &s->parts.transport), fail);
    s->parts.streaming = gz_transport_streaming(s->parts.transport);
    GZ_TRY_ELSE(status, gz_state_init(context, grid, &s->trial), fail);
    GZ_TRY_ELSE(status, method->create(&s->parts, &s->self), fail);
    *integrator = s;
    return GZ_OK;
fail:
    gz_integrator_destroy(s);
    return status;
}

void gz_integrator_destroy(gz_integrator *s) {
    if (!s) return;
    s->method->destroy(s->self);
    gz_mobility_destroy(s->parts.mobility);
    gz_transport_destroy(s->parts.transport);
    gz_state_free(&s->trial);
    gz_release(s);
}

gz_mobility *gz_integrator_mobility(gz_integrator *s) {
    return s->parts.mobility;
}

size_t gz_integrator_memory(gz_integrator *s, gz_memory_block blocks[GZ_MEMORY_BLOCKS]) {
    return s->method->memory ? s->method->memory(s->self, blocks) : 0;
}

/* A collision can be looked at until the mobility is set anew. */
static gz_status check_collision(const gz_integrator *s, bool has) {
    if (!has)
        return gz_fail(s->parts.context, GZ_ERROR_USAGE, "scheme %s has no collision to show",
                       s->method->name);
    if (s->setups_after == 0 || gz_mobility_setups(s->parts.mobility) != s->setups_after)
        return gz_fail(s->parts.context, GZ_ERROR_USAGE,
                       "no collision to show: there was no step, or the mobility has been set anew since");
    return GZ_OK;
}

size_t gz_integrator_stages(const gz_integrator *s) {
    return s->method->stages ? s->method->stages(s->self) : 1;
}

gz_status gz_integrator_collision(gz_integrator *s, size_t stage, gz_collision *collision) {
    GZ_TRY(check_collision(s, s->method->collision != NULL));
    if (stage >= gz_integrator_stages(s))
        return gz_fail(s->parts.context, GZ_ERROR_USAGE, "stage %zu of a step with %zu", stage,
                       gz_integrator_stages(s));
    s->method->collision(s->self, stage, collision);
    collision->after = s->after;
    s->setups_after = gz_mobility_setups(s->parts.mobility);
    return GZ_OK;
}

gz_status gz_integrator_grazing_rate(gz_integrator *s, size_t stage, gz_grazing_rate *rate) {
    const gz_collision_kind kind = gz_mobility_get_settings(s->parts.mobility)->collisions.kind;
    gz_collision collision;
    if (kind != GZ_LANDAU)
        return gz_fail(s->parts.context, GZ_ERROR_USAGE, "%s collisions have no rate on pairs",
                       gz_collision_name(kind));
    GZ_TRY(gz_integrator_collision(s, stage, &collision));
    return s->method->grazing_rate(s->self, &collision, rate);
}

/* A density that may be negative must be finite. Any other state must have f > 0, and f and log f must be
 * finite and belong together. They are advanced side by side, so in a long run they may part by round-off. */
static gz_status check_state(const gz_integrator *s, const gz_state *state, const char *when) {
    const gz_phase_grid *grid = s->parts.grid;
    const bool streams_density = s->streams_density;
    size_t first = grid->size;
#pragma omp parallel for simd num_threads(grid->threads) reduction(min : first)
    for (size_t i = 0; i < grid->size; i++) {
        const double f = state->f[i], log_f = state->log_f[i];
        const bool same = (f > 0) & (fabs(exp(log_f) - f) <= SAME_DENSITY * f + DBL_MIN) &
                          (fabs(log_f) <= DBL_MAX),
                   sound = (fabs(f) <= DBL_MAX) & (streams_density | same);
        first = (!sound & (i < first)) ? i : first;
    }
    gz_status status = GZ_OK;
    if (first < grid->size) {
        char cell[GZ_CELL_NAME];
        gz_phase_grid_name_cell(grid, first / grid->node_count, cell);
        status = gz_fail(s->parts.context, GZ_ERROR_NOT_CONVERGED,
                         "the state %s is no density: in %s, node %zu f is %g and log f is %g", when, cell,
                         first % grid->node_count, state->f[first], state->log_f[first]);
    }
    return gz_agree(s->parts.context, status);
}

/* Transport for half a step; the report gets what it did. */
static gz_status transport(gz_integrator *s, double t, gz_step_report *report) {
    if (!s->parts.transport) return GZ_OK;
    const double begin = gz_seconds_now();
    const gz_moved trial = {s->trial.f, s->trial.log_f, s->trial.field};
    gz_transport_report done = {0};
    GZ_TRY(gz_transport_apply(s->parts.transport, t, &trial, &done));
    report->entropy_streaming += done.entropy;
    report->energy_transport += done.energy;
    gz_outflow_add(&report->left, done.left);
    gz_context_spend(s->parts.context, GZ_PHASE_STREAMING, begin);
    return GZ_OK;
}

static void add_collision(const gz_step_report *next, int count, gz_step_report *sum) {
    sum->defect += next->defect;
    sum->dissipation += (next->dissipation - sum->dissipation) / count;
    sum->action += (next->action - sum->action) / count;
    sum->entropy_after = next->entropy_after;
    sum->implicitness = next->implicitness;
    sum->decrement = fmax(sum->decrement, next->decrement);
    sum->residual = fmax(sum->residual, next->residual);
    gz_work_add(&sum->work, &next->work);
    sum->negative = next->negative;
    sum->blew_up = next->blew_up;
    sum->converged = next->converged;
}

/* int |v|^2/2 f of the trial, where there is a bath. */
static double bath_opposite(const gz_integrator *s) {
    const gz_phase_grid *grid = s->parts.grid;
    if (!gz_mobility_potential(s->parts.mobility)) return 0;
    return gz_velocity_integral(grid, s->trial.f, grid->node_energy) / 2;
}

/* What the bath gained since then. */
static void report_bath(const gz_integrator *s, double before, gz_step_report *report) {
    if (!gz_mobility_potential(s->parts.mobility)) return;
    report->bath_energy = before - bath_opposite(s);
    report->bath_entropy =
        report->bath_energy / gz_mobility_get_settings(s->parts.mobility)->collisions.temperature;
}

/* All collisions between two shifts, reported as one: J is their sum, D_step and A are their means. */
static gz_status collide(gz_integrator *s, double dt, gz_step_report *report) {
    const double before = bath_opposite(s);
    const int count = s->parts.settings.collisions > 1 ? s->parts.settings.collisions : 1;
    gz_status status = s->method->collide(s->self, dt / count, s->trial.f, s->trial.log_f, report);
    for (int k = 2; k <= count && status == GZ_OK; k++) {
        gz_step_report next = {.dt = dt / count};
        status = s->method->collide(s->self, dt / count, s->trial.f, s->trial.log_f, &next);
        add_collision(&next, k, report);
    }
    if (status == GZ_OK) report_bath(s, before, report);
    return status;
}

/* The counts of the mobility, the phases and the clocks so far. */
static gz_work counted(const gz_integrator *s) {
    gz_work work = {.applications = (long)gz_mobility_applications(s->parts.mobility),
                    .setups = (long)gz_mobility_setups(s->parts.mobility),
                    .seconds = gz_seconds_now(),
                    .processor_seconds = gz_processor_seconds()};
    for (gz_phase phase = 0; phase < GZ_PHASE_COUNT; phase++)
        work.seconds_in[phase] = gz_context_seconds(s->parts.context, phase);
    return work;
}

/* The number of values f <= 0. Collective. */
static long count_negative(const gz_phase_grid *grid, const double *f) {
    long negative = 0;
#pragma omp parallel for num_threads(grid->threads) reduction(+ : negative)
    for (size_t i = 0; i < grid->size; i++) negative += f[i] <= 0;
    double total = (double)negative;
    gz_ranks_sum(grid->ranks, 1, &total);
    return (long)total;
}

/* Transport and collisions by Strang splitting. */
static gz_status advance_split(gz_integrator *s, double dt, gz_step_report *report) {
    GZ_TRY(transport(s, dt / 2, report));
    GZ_TRY(collide(s, dt, report));
    s->setups_after = gz_mobility_setups(s->parts.mobility);
    s->after = s->parts.transport ? dt / 2 : 0;
    return transport(s, dt / 2, report);
}

/* The whole step by the member, or split where there is no other way. */
static gz_status advance_trial(gz_integrator *s, double dt, gz_step_report *report) {
    report->theta = NAN;
    s->setups_after = 0;
    if (!s->method->advance) return advance_split(s, dt, report);
    const double before = bath_opposite(s);
    const gz_status status = s->method->advance(s->self, dt, s->trial.f, s->trial.log_f, report);
    if (status == GZ_ERROR_NOT_CONVERGED && !s->parts.settings.never_split) {
        report->split = 1;
        return advance_split(s, dt, report);
    }
    if (status == GZ_OK) report_bath(s, before, report); /* streaming keeps int |v|^2 f */
    s->setups_after = status == GZ_OK ? gz_mobility_setups(s->parts.mobility) : 0;
    s->after = 0;
    return status;
}

/* Copy `state` to the trial, advance the trial, and copy it back if it is a density. */
static gz_status advance(gz_integrator *s, double dt, gz_state *state, gz_step_report *report) {
    GZ_TRY(check_state(s, state, "before the step"));
    gz_state_copy(s->parts.grid, state, &s->trial);
    GZ_TRY(advance_trial(s, dt, report));
    if (s->parts.transport && s->streams_density)
        report->negative = count_negative(s->parts.grid, s->trial.f);
    const gz_status sound = check_state(s, &s->trial, "after the step");
    report->converged = report->converged && sound == GZ_OK;
    GZ_TRY(sound);
    gz_state_copy(s->parts.grid, &s->trial, state);
    state->time += dt;
    state->step++;
    return GZ_OK;
}

gz_status gz_integrator_step(gz_integrator *s, double dt, gz_state *state, gz_step_report *report) {
    *report = (gz_step_report){.dt = dt};
    if (!(dt > 0) || !isfinite(dt))
        return gz_fail(s->parts.context, GZ_ERROR_USAGE, "dt is %g; it must be positive", dt);
    const gz_work before = counted(s);
    const gz_status status = advance(s, dt, state, report);
    const gz_work after = counted(s), work = gz_work_between(&before, &after);
    gz_work_add(&report->work, &work);
    return status;
}

static size_t field_size(const gz_phase_grid *grid) {
    return (size_t)grid->space_dim * grid->all_cells;
}

gz_energies gz_integrator_energies(gz_integrator *s, const gz_state *state) {
    if (gz_transport_has_kicks(s->parts.transport))
        return gz_transport_energies(s->parts.transport, state->f, state->field);
    gz_moments moments;
    gz_moments_of(s->parts.grid, state->f, &moments);
    return (gz_energies){.kinetic = moments.energy / 2, .total = moments.energy / 2};
}

void gz_integrator_field(gz_integrator *s, const gz_state *state, double *E) {
    const gz_phase_grid *grid = s->parts.grid;
    if (s->parts.transport)
        gz_transport_field(s->parts.transport, state->f, state->field, E);
    else
        memset(E, 0, field_size(grid) * sizeof *E);
}

gz_status gz_state_init(gz_context *context, const gz_phase_grid *grid, gz_state *state) {
    *state = (gz_state){0};
    gz_status status = gz_allocate(context, grid->size, sizeof(double), &state->f);
    if (status == GZ_OK) status = gz_allocate(context, grid->size, sizeof(double), &state->log_f);
    if (status == GZ_OK && grid->space_dim > 0)
        status = gz_allocate(context, field_size(grid), sizeof(double), &state->field);
    for (size_t i = 0; status == GZ_OK && i < field_size(grid); i++) state->field[i] = NAN;
    if (status != GZ_OK) gz_state_free(state);
    return status;
}

void gz_state_copy(const gz_phase_grid *grid, const gz_state *from, gz_state *to) {
    to->time = from->time;
    to->step = from->step;
    memcpy(to->f, from->f, grid->size * sizeof *to->f);
    memcpy(to->log_f, from->log_f, grid->size * sizeof *to->log_f);
    if (to->field) memcpy(to->field, from->field, field_size(grid) * sizeof *to->field);
}

void gz_state_free(gz_state *state) {
    gz_release(state->f);
    gz_release(state->log_f);
    gz_release(state->field);
    *state = (gz_state){0};
}
