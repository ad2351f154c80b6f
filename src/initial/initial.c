/* Initial data: each component in turn is written into state->f as log f, and then added to state->log_f. */
#include "initial.h"

#include "closed_forms.h"
#include "curve_file.h"
#include "functionals.h"
#include "grid_transfer.h"
#include "initial_random.h"
#include "initial_species.h"
#include "normalisation.h"
#include "plain.h"
#include "regularisation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* A wave has to leave density and temperature positive. At the Nyquist number, two cells a wave, all its values
 * are alike up to the sign, and beyond it is another wave. */
static gz_status check_waves(gz_context *context, const gz_phase_grid *grid, const gz_component *c) {
    bool wave = c->density_wave != 0 || c->temperature_wave != 0;
    for (int a = 0; a < grid->velocity_dim; a++) wave = wave || c->velocity_wave[a] != 0;
    if (!wave) return GZ_OK;
    if (!(fabs(c->density_wave) < 1) || !(fabs(c->temperature_wave) < 1))
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "the waves of a component have the amplitudes %g (density) and %g (temperature); they must "
            "lie between -1 and 1",
            c->density_wave, c->temperature_wave);
    for (int a = 0; a < grid->space_dim; a++)
        if (2 * (size_t)labs(c->mode[a]) >= grid->cells[a])
            return gz_fail(
                context, GZ_ERROR_SETTINGS,
                "the wave number of a component is %d on x axis %d; %zu cells carry wave numbers below %g",
                c->mode[a], a + 1, grid->cells[a], (double)grid->cells[a] / 2);
    return GZ_OK;
}

static gz_status check(gz_context *context, const gz_phase_grid *grid, const gz_component *c) {
    if (!(c->density > 0) || !isfinite(c->density))
        return gz_fail(context, GZ_ERROR_SETTINGS, "the density of a component is %g; it must be positive",
                       c->density);
    const bool has_temperature = c->shape == GZ_MAXWELLIAN || c->shape == GZ_RANDOM;
    for (int a = 0; has_temperature && a < grid->velocity_dim; a++)
        if (!(c->temperature[a] > 0) || !isfinite(c->temperature[a]))
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "the temperature of a component is %g along v axis %d; it must be positive",
                           c->temperature[a], a + 1);
    if (c->shape == GZ_FROM_FILE && !c->path)
        return gz_fail(context, GZ_ERROR_SETTINGS, "a component from a file has no path");
    return c->shape == GZ_MAXWELLIAN && grid->space_dim > 0 ? check_waves(context, grid, c) : GZ_OK;
}

/* --- file ----------------------------------------------------------------------------------------------- */

/* Describe where point i of a field lies, for messages: "cell 3, v = (0.5, -1)", "cell 3 of ions, v = .." */
static void describe_place(const gz_phase_grid *grid, size_t i, char *buffer, size_t size) {
    const size_t p = i % grid->node_count;
    char cell[GZ_CELL_NAME];
    const gz_plain plain = gz_plain_enter();
    gz_phase_grid_name_cell(grid, i / grid->node_count, cell);
    int used = snprintf(buffer, size, "%s, v = (", cell);
    for (int a = 0; a < grid->velocity_dim; a++)
        used +=
            snprintf(buffer + used, size - (size_t)used, "%s%g", a ? ", " : "", grid->node_velocity[a][p]);
    snprintf(buffer + used, size - (size_t)used, ")");
    gz_plain_leave(&plain);
}

/* What messages call the dataset. */
static const char *dataset_of(const gz_component *c) {
    return c->dataset ? c->dataset : "f";
}

/* How a deck can take a value of a file that is no density. */
static const char *remedy_for(const gz_component *c, double value) {
    if (c->interpolate || !isfinite(value)) return "";
    return value < 0 ? " (store 0 where it is negative; beta or theta lift zeros)"
                     : " (beta or theta lift zeros)";
}

/* Read log f of the last density of a curve. Zeros become -INFINITY if they are allowed. */
static gz_status read_log(gz_context *context, const gz_phase_grid *grid, const gz_component *c, bool zeros,
                          double *log_f) {
    gz_curve_file *curve = NULL;
    GZ_TRY(gz_curve_open(context, grid, c->path, c->dataset, &curve));
    const gz_status status = gz_curve_read(curve, gz_curve_count(curve) - 1, log_f);
    gz_curve_close(curve);
    GZ_TRY(status);
    for (size_t i = 0; i < grid->size; i++) {
        if (!(log_f[i] >= 0) || !isfinite(log_f[i]) || (log_f[i] == 0 && !zeros)) {
            char place[120];
            describe_place(grid, i, place, sizeof place);
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "%s: dataset %s is %g at %s; a density must be positive and finite everywhere%s",
                           c->path, dataset_of(c), log_f[i], place, remedy_for(c, log_f[i]));
        }
        log_f[i] = log(log_f[i]);
    }
    return GZ_OK;
}

/* A stored density asks for what it has on its own grid: in every cell, or over all of space if the cells are
 * not the same. */
static void ask_for_stored(const gz_phase_grid *grid, const gz_phase_grid *stored, double factor,
                           const double *values, gz_asked *asked) {
    bool same = true;
    for (int a = 0; a < grid->space_dim; a++) same = same && stored->cells[a] == grid->cells[a];
    asked->groups = same ? grid->cell_count : 1;
    for (size_t k = 0; k < asked->groups; k++) {
        const size_t cells = stored->cell_count / asked->groups;
        gz_conserved of = gz_conserved_of(stored, cells, values + k * cells * stored->node_count);
        gz_conserved_multiply(&of, factor);
        asked->of[k] = of;
    }
    asked->spacing = stored->spacing;
    asked->half_width = stored->half_width;
}

/* Read log f on the grid of the file, and interpolate it to this grid. */
static gz_status read_interpolated(gz_context *context, const gz_phase_grid *grid, const gz_component *c,
                                   double *log_f, gz_asked *asked) {
    gz_phase_grid_settings settings;
    gz_phase_grid *stored = NULL;
    double *values = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(gz_check_one_rank(context, "a density interpolated from another grid",
                             "write it with time.end 0 on one rank, and start from that file"));
    GZ_TRY(gz_curve_grid(context, grid, c->path, c->dataset, &settings));
    GZ_TRY(gz_phase_grid_create(context, &settings, &stored));
    GZ_TRY_ELSE(status,
                gz_check_memory(context, 2 * (double)stored->size * sizeof(double), c->path,
                                "interpolate it to a smaller grid before"),
                done);
    GZ_TRY_ELSE(status, gz_allocate(context, stored->size, sizeof(double), &values), done);
    GZ_TRY_ELSE(status, read_log(context, stored, c, false, values), done);
    GZ_TRY_ELSE(status, gz_transfer_log(context, stored, values, grid, log_f), done);
    ask_for_stored(grid, stored, c->density, values, asked);
done:
    gz_release(values);
    gz_phase_grid_destroy(stored);
    return status;
}

/* If the file has another shape, nothing is wrong with the file: say what the user can do. */
static gz_status hint_at_interpolation(gz_context *context, const gz_phase_grid *grid,
                                       const gz_component *c) {
    gz_phase_grid_settings s;
    GZ_TRY(gz_curve_grid(context, grid, c->path, c->dataset, &s));
    bool same = s.nodes == grid->nodes;
    for (int a = 0; a < grid->space_dim; a++) same = same && s.cells[a] == grid->cells[a];
    if (same) return GZ_OK;
    return gz_fail(
        context, GZ_ERROR_FILES,
        "dataset '%s' of '%s' has other cells or nodes than the deck's grid (%zu nodes an axis, not "
        "%zu); use its grid, or in a deck interpolate: true",
        dataset_of(c), c->path, s.nodes, grid->nodes);
}

static gz_status set_from_file(gz_context *context, const gz_phase_grid *grid, const gz_component *c,
                               double *log_f, gz_asked *asked) {
    const double log_factor = log(c->density);
    const bool zeros = c->beta > 0 || c->theta > 0;
    if (!c->interpolate) GZ_TRY(hint_at_interpolation(context, grid, c));
    GZ_TRY(c->interpolate ? read_interpolated(context, grid, c, log_f, asked)
                          : read_log(context, grid, c, zeros, log_f));
    for (size_t i = 0; i < grid->size; i++) log_f[i] += log_factor;
    if (!c->interpolate) ask_for_stored(grid, grid, 1, log_f, asked);
    return GZ_OK;
}

/* --- states --------------------------------------------------------------------------------------------- */

/* Set f = exp(log f), after log f has got its floor. NaN and +INFINITY are refused. */
static gz_status exponentiate(gz_context *context, const gz_phase_grid *grid, gz_state *state) {
    for (size_t i = 0; i < grid->size; i++) {
        double *log_f = &state->log_f[i];
        if (isnan(*log_f) || *log_f == INFINITY) {
            char place[120];
            describe_place(grid, i, place, sizeof place);
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "log f of the initial state is %g at %s; it must be a number", *log_f, place);
        }
        *log_f = fmax(*log_f, GZ_LOG_FLOOR);
        state->f[i] = exp(*log_f);
    }
    return GZ_OK;
}

/* Complete the state at time 0, and refuse what is no density. status: how this rank has fared so far. */
static gz_status finish(gz_context *context, const gz_phase_grid *grid, gz_status status, gz_state *state) {
    if (status == GZ_OK) status = exponentiate(context, grid, state);
    GZ_TRY(gz_agree(context, status));
    const double mass = gz_integral(grid, state->f, NULL);
    if (!isfinite(mass) || mass < 1e-200)
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "the initial state has mass %g on this grid; do its velocity and temperature fit into the "
            "half_width %g with spacing %g?",
            mass, grid->half_width, grid->spacing);
    state->time = 0;
    state->step = 0;
    return GZ_OK;
}

static void clear(const gz_phase_grid *grid, double *log_f) {
    for (size_t i = 0; i < grid->size; i++) log_f[i] = -INFINITY;
}

/* Set log f of one component, and what it asks for. */
static gz_status set_shape(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                           const gz_component *c, double *log_f, gz_asked *asked) {
    asked->groups = grid->cell_count;
    asked->spacing = INFINITY;
    asked->half_width = 0;
    for (size_t k = 0; k < asked->groups; k++) asked->of[k] = (gz_conserved){0};
    clear(grid, log_f);
    GZ_TRY(check(context, grid, c));
    switch (c->shape) {
    case GZ_MAXWELLIAN:
        gz_add_maxwellian(grid, c, log_f, asked);
        break;
    case GZ_BKW:
        GZ_TRY(gz_add_bkw(context, grid, kernel, c, log_f, asked));
        break;
    case GZ_FROM_FILE:
        GZ_TRY(set_from_file(context, grid, c, log_f, asked));
        break;
    case GZ_RANDOM: {
        gz_component bumps[2];
        gz_random_maxwellians(grid, c, bumps);
        for (int k = 0; k < 2; k++) gz_add_maxwellian(grid, &bumps[k], log_f, asked);
        break;
    }
    }
    return GZ_OK;
}

/* Regularise one species. */
static gz_status regularise(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                            const gz_component *c, double *log_f) {
    if (c->alpha > 0) GZ_TRY(gz_mollify_space(context, grid, c->alpha, log_f));
    if (c->beta > 0) GZ_TRY(gz_agree(context, gz_mollify_velocity(context, grid, c->beta, log_f)));
    if (c->theta > 0) {
        const double a = c->theta_a > 0 ? c->theta_a : 9 + fabs(kernel->gamma);
        gz_bound_below(grid, c->theta, a, log_f);
    }
    return GZ_OK;
}

/* Set log f of one component: sampled, compared with what it asks for, normalised on request, regularised. */
static gz_status set_component(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                               const gz_component *c, bool normalise, double *log_f, gz_asked *asked,
                               gz_sampling *sampling) {
    GZ_TRY(gz_agree(context, set_shape(context, grid, kernel, c, log_f, asked)));
    gz_sampling_measure(grid, asked, log_f, sampling);
    sampling->can_be_normalised = gz_ranks_all(grid->ranks, gz_can_normalise(grid, asked));
    if (c->shape == GZ_FROM_FILE && sampling->asked.mass == 0)
        return gz_fail(context, GZ_ERROR_SETTINGS, "%s: dataset %s is zero everywhere, which is no density",
                       c->path, dataset_of(c));
    if (normalise) {
        const double before = sampling->off;
        GZ_TRY(gz_agree(context, gz_normalise(context, grid, asked, log_f)));
        gz_sampling_measure(grid, asked, log_f, sampling);
        sampling->off_before = before;
        sampling->can_be_normalised = true;
    }
    for (size_t s = 0; s < grid->species_count; s++)
        GZ_TRY(regularise(context, grid->one, kernel, c, log_f + s * grid->one->size));
    return GZ_OK;
}

static gz_status add_components(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                                size_t count, const gz_component *components, bool normalise,
                                gz_sampling *samplings, gz_asked *asked, gz_state *state) {
    double *const scratch = state->f;
    gz_sampling ignored;
    GZ_TRY(gz_component_species_check(context, grid, count, components));
    clear(grid, state->log_f);
    for (size_t k = 0; k < count; k++) {
        const int of = gz_component_species(grid, &components[k]);
        const gz_phase_grid *on = of == GZ_EVERY_SPECIES ? grid : grid->one;
        const double mass = of == GZ_EVERY_SPECIES ? 1 : grid->species[of].mass;
        double *log_f = state->log_f + (of == GZ_EVERY_SPECIES ? 0 : (size_t)of) * grid->one->size;
        gz_component c = gz_component_resolved(&components[k]);
        for (int a = 0; a < GZ_MAX_DIM; a++) c.temperature[a] /= mass; /* from here on the variance of v */
        gz_sampling *sampling = samplings ? &samplings[k] : &ignored;
        const gz_status status = set_component(context, on, kernel, &c, normalise, scratch, asked, sampling);
        if (status == GZ_ERROR_SETTINGS && normalise)
            return gz_fail(context, status, "initial.%zu: %s", k, gz_context_message(context));
        GZ_TRY(status);
        gz_sampling_weigh(sampling, mass);
        for (size_t i = 0; i < on->size; i++) log_f[i] = gz_log_add(log_f[i], scratch[i]);
    }
    return GZ_OK;
}

gz_status gz_initial_state_of(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                              size_t count, const gz_component *components, bool normalise,
                              gz_sampling *samplings, gz_state *state) {
    gz_conserved *values = NULL;
    GZ_TRY(gz_agree(context, gz_allocate(context, 2 * grid->cell_count, sizeof *values, &values)));
    gz_asked asked = {.of = values, .got = values + grid->cell_count};
    const gz_status status =
        add_components(context, grid, kernel, count, components, normalise, samplings, &asked, state);
    gz_release(values);
    return finish(context, grid, status, state);
}

gz_status gz_initial_state(gz_context *context, const gz_phase_grid *grid, const gz_kernel *kernel,
                           size_t count, const gz_component *components, gz_state *state) {
    return gz_initial_state_of(context, grid, kernel, count, components, false, NULL, state);
}

gz_status gz_initial_from_function(gz_context *context, const gz_phase_grid *grid,
                                   gz_log_density *log_density, void *data, gz_state *state) {
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        double x[GZ_MAX_DIM], v[GZ_MAX_DIM];
        for (int a = 0; a < grid->space_dim; a++) x[a] = gz_phase_grid_position(grid, cell, a);
        for (size_t p = 0; p < grid->node_count; p++) {
            for (int a = 0; a < grid->velocity_dim; a++) v[a] = grid->node_velocity[a][p];
            state->log_f[cell * grid->node_count + p] = log_density(x, v, data);
        }
    }
    return finish(context, grid, GZ_OK, state);
}
