/* References of a study (the exact solution, the finest trial, or a file), and errors against them.
 *
 * A trial on another grid than the finest one is compared on its own nodes. If these are nodes of the finest
 * grid too, the values there are taken. Otherwise the finest trial is interpolated (grid_transfer.h), in
 *
 *   log max(f, 1e-16 max f)
 *
 * since log f of a tail below round-off, or of f <= 0, is noise or nothing. The interpolation in v is of
 * order 12 in the finest h, at least 4 above that of every stencil, and so does not show in the orders.
 */
#include "curve_file.h"
#include "excerpt.h"
#include "grid_transfer.h"
#include "study.h"

#include <math.h>
#include <string.h>

/* What f is lifted to before it is interpolated, over its largest value. */
static const double FLOOR = 1e-16;

gz_reference gz_reference_of(const char *word, gz_reference_kind fallback) {
    if (!word) return (gz_reference){.kind = fallback};
    if (strcmp(word, "exact") == 0) return (gz_reference){.kind = GZ_REFERENCE_EXACT};
    if (strcmp(word, "finest") == 0) return (gz_reference){.kind = GZ_REFERENCE_FINEST};
    return (gz_reference){.kind = GZ_REFERENCE_FILE, .path = word};
}

/* Read the file's state at the end of the run into g. If g is NULL, only check that there is one. */
static gz_status read_file(gz_context *context, const char *path, const gz_phase_grid *grid, double end,
                           double *g) {
    gz_curve_file *curve = NULL;
    GZ_TRY(gz_curve_open(context, grid, path, NULL, &curve));
    const size_t count = gz_curve_count(curve);
    const double *times = gz_curve_times(curve);
    size_t found = count;
    for (size_t k = 0; k < count; k++)
        if (count == 1 || fabs(times[k] - end) <= 1e-9 * fmax(1, end)) found = k;
    char shown[GZ_SHOWN_PATH];
    gz_status status = GZ_OK;
    if (found == count)
        status = gz_fail(
            context, GZ_ERROR_FILES,
            "'%s' holds %zu states from t = %.10g to %.10g, but none at t = %.10g, the end of the run",
            gz_excerpt(path, sizeof shown, shown), count, times[0], times[count - 1], end);
    else if (g)
        status = gz_curve_read(curve, found, g);
    gz_curve_close(curve);
    return status;
}

gz_status gz_reference_check(gz_context *context, const gz_reference *reference, const gz_deck *deck) {
    if (reference->kind == GZ_REFERENCE_EXACT &&
        !gz_initial_has_exact(&deck->problem, deck->component_count, deck->components))
        return gz_fail(context, GZ_ERROR_USAGE,
                       "--reference exact: no exact solution of this deck is known (it is for bkw alone with "
                       "gamma = 0); use finest, or a file");
    if (reference->kind != GZ_REFERENCE_FILE) return GZ_OK;
    gz_phase_grid *grid = NULL;
    GZ_TRY(gz_phase_grid_create(context, &deck->problem.grid, &grid));
    const gz_status status = read_file(context, reference->path, grid, deck->end, NULL);
    gz_phase_grid_destroy(grid);
    return status;
}

/* --- other grids --- */

/* The index of a coordinate on an axis of equidistant points, or -1 if it is none of these points. */
static long place_on(double first, double spacing, size_t count, double value) {
    const double k = round((value - first) / spacing);
    if (k < 0 || k > (double)count - 1 || fabs(first + k * spacing - value) > 1e-9 * spacing) return -1;
    return (long)k;
}

static long velocity_place(const gz_phase_grid_settings *fine, double v) {
    return place_on(-fine->half_width, 2 * fine->half_width / (double)(fine->nodes - 1), fine->nodes, v);
}

static long space_place(const gz_phase_grid_settings *fine, int axis, double x) {
    const double dx = fine->length[axis] / (double)fine->cells[axis];
    return place_on(dx / 2, dx, fine->cells[axis], x);
}

bool gz_reference_is_nested(const gz_phase_grid_settings *coarse, const gz_phase_grid_settings *fine) {
    const double h = 2 * coarse->half_width / (double)(coarse->nodes - 1);
    for (size_t i = 0; i < coarse->nodes; i++)
        if (velocity_place(fine, -coarse->half_width + (double)i * h) < 0) return false;
    for (int a = 0; a < coarse->space_dim; a++)
        for (size_t i = 0; i < coarse->cells[a]; i++)
            if (space_place(fine, a, ((double)i + 0.5) * coarse->length[a] / (double)coarse->cells[a]) < 0)
                return false;
    return true;
}

gz_status gz_reference_check_levels(gz_context *context, const gz_phase_grid_settings *level,
                                    const gz_phase_grid_settings *fine) {
    bool same = level->space_dim == fine->space_dim && level->velocity_dim == fine->velocity_dim &&
                level->boundary == fine->boundary && level->species_count == fine->species_count;
    for (int a = 0; same && a < fine->space_dim; a++)
        same = fabs(level->length[a] - fine->length[a]) <= 1e-9 * fine->length[a];
    if (!same)
        return gz_fail(context, GZ_ERROR_USAGE,
                       "levels of other dimensions, lengths, boundary or number of species than the finest "
                       "one cannot be compared "
                       "with it; use --reference exact");
    if (level->half_width <= fine->half_width * (1 + 1e-12)) return GZ_OK;
    return gz_fail(
        context, GZ_ERROR_USAGE,
        "a level with grid.v.half_width %g reaches beyond the finest one, which knows f up to |v| = "
        "%g; let the finest level have the widest box, or use --reference exact",
        level->half_width, fine->half_width);
}

static gz_phase_grid_settings settings_of(const gz_phase_grid *grid) {
    gz_phase_grid_settings s = {.space_dim = grid->space_dim,
                                .velocity_dim = grid->velocity_dim,
                                .boundary = grid->boundary,
                                .nodes = grid->nodes,
                                .half_width = grid->half_width,
                                .species_count = grid->mixture ? grid->species_count : 0};
    memcpy(s.species, grid->species, sizeof s.species);
    memcpy(s.cells, grid->cells, sizeof s.cells);
    memcpy(s.length, grid->length, sizeof s.length);
    return s;
}

/* Take f of the fine grid at the nodes of the coarse grid. The grids are nested. */
static void restrict_to(const gz_phase_grid *coarse, const gz_phase_grid *fine, const double *f, double *g) {
    const gz_phase_grid_settings s = settings_of(fine);
    for (size_t i = 0; i < coarse->size; i++) {
        const size_t cell = i / coarse->node_count, node = i % coarse->node_count;
        size_t to = gz_phase_grid_species(coarse, cell);
        for (int a = 0; a < coarse->space_dim; a++)
            to = to * fine->cells[a] + (size_t)space_place(&s, a, gz_phase_grid_position(coarse, cell, a));
        for (int a = 0; a < coarse->velocity_dim; a++)
            to = to * fine->nodes + (size_t)velocity_place(&s, coarse->node_velocity[a][node]);
        g[i] = f[to];
    }
}

/* Interpolate f of the fine grid to the nodes of another grid. */
static gz_status interpolate_to(gz_context *context, const gz_phase_grid *grid, const gz_phase_grid *fine,
                                const double *f, double *g) {
    double most = 0, *log_f = NULL;
    GZ_TRY(gz_allocate(context, fine->size, sizeof *log_f, &log_f));
    for (size_t i = 0; i < fine->size; i++) most = fmax(most, f[i]);
    for (size_t i = 0; i < fine->size; i++) log_f[i] = log(fmax(f[i], FLOOR * most));
    const gz_status status = gz_transfer_log(context, fine, log_f, grid, g);
    for (size_t i = 0; status == GZ_OK && i < grid->size; i++) g[i] = exp(g[i]);
    gz_release(log_f);
    return status;
}

static gz_status take_finest(gz_context *context, const gz_phase_grid *grid, const gz_trial *finest,
                             double *g) {
    const gz_phase_grid_settings own = settings_of(grid), fine = settings_of(finest->grid);
    if (!gz_reference_is_nested(&own, &fine))
        return interpolate_to(context, grid, finest->grid, finest->state.f, g);
    restrict_to(grid, finest->grid, finest->state.f, g);
    return GZ_OK;
}

/* --- errors --- */

static gz_status fill(gz_context *context, const gz_reference *reference, const gz_deck *deck,
                      const gz_trial *trial, double *g) {
    switch (reference->kind) {
    case GZ_REFERENCE_EXACT:
        gz_initial_exact(trial->grid, &deck->problem, deck->component_count, deck->components,
                         trial->state.time, g);
        break;
    case GZ_REFERENCE_FINEST:
        return take_finest(context, trial->grid, reference->finest, g);
    case GZ_REFERENCE_FILE:
        return read_file(context, reference->path, trial->grid, deck->end, g);
    }
    return GZ_OK;
}

static double relative_entropy(const gz_phase_grid *grid, const gz_state *state, const double *g,
                               double *log_g) {
    bool positive = true;
    for (size_t i = 0; i < grid->size; i++) {
        positive = positive && state->f[i] > 0 && g[i] > 0;
        log_g[i] = g[i] > 0 ? log(g[i]) : NAN;
    }
    if (!positive) return NAN;
    return gz_relative_entropy(grid, state->f, state->log_f, g, log_g) / gz_integral(grid, g, NULL);
}

static gz_errors measure(const gz_trial *trial, const double *g, double *log_g) {
    const gz_phase_grid *grid = trial->grid;
    double difference = 0, size = 0, worst = 0, largest = 0;
    for (size_t i = 0; i < grid->size; i++) {
        const double volume = grid->node_volume[i % grid->node_count], d = fabs(trial->state.f[i] - g[i]);
        difference += volume * d;
        size += volume * fabs(g[i]);
        worst = fmax(worst, d);
        largest = fmax(largest, fabs(g[i]));
    }
    return (gz_errors){.l1 = difference / size,
                       .l2 = gz_relative_l2(grid, trial->state.f, g),
                       .linf = worst / largest,
                       .entropy = relative_entropy(grid, &trial->state, g, log_g)};
}

gz_status gz_errors_of(gz_context *context, const gz_reference *reference, const gz_deck *deck,
                       const gz_trial *trial, gz_errors *errors) {
    *errors = (gz_errors){NAN, NAN, NAN, NAN};
    if (!trial->finished || reference->finest == trial) return GZ_OK;
    double *g = NULL, *log_g = NULL;
    gz_status status = gz_allocate(context, trial->grid->size, sizeof *g, &g);
    if (status == GZ_OK) status = gz_allocate(context, trial->grid->size, sizeof *log_g, &log_g);
    if (status == GZ_OK) status = fill(context, reference, deck, trial, g);
    if (status == GZ_OK) *errors = measure(trial, g, log_g);
    gz_release(g);
    gz_release(log_g);
    return status;
}
