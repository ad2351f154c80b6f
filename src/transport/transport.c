/* Transport: shears and kicks of log f, or of f, and what they do to entropy and energy. */
#include "transport.h"

#include "compensated_sum.h"
#include "field_solver.h"
#include "functionals.h"
#include "kick.h"
#include "vector_math.h"

#include <string.h>

struct gz_transport {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_transport_settings settings;
    gz_streaming *streaming;   /* NULL: nothing moves along x */
    gz_kick *kick;             /* NULL: neither force nor field */
    gz_field_solver *solver;   /* NULL: no field */
    double frequency;          /* w of a harmonic force whose motion is a rotation; 0: it is not */
    double *charge;            /* [own cell]: q_s/m_s */
    double *force[GZ_MAX_DIM]; /* [own cell]: -q_s grad V/m_s */
    double *shift[GZ_MAX_DIM]; /* [own cell]: of the present kick */
    double *potential;         /* [own cell]: q_s V */
    double *sums;              /* [own cell][d + 2] */
    double *E;                 /* [axis][all cells]: accelerates in the present kick */
};

void gz_transport_destroy(gz_transport *s) {
    if (!s) return;
    gz_streaming_destroy(s->streaming);
    gz_kick_destroy(s->kick);
    gz_field_solver_destroy(s->solver);
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        gz_release(s->force[a]);
        gz_release(s->shift[a]);
    }
    gz_release(s->charge);
    gz_release(s->potential);
    gz_release(s->sums);
    gz_release(s->E);
    gz_release(s);
}

/* w, where shears and kicks make an exact rotation. */
static double rotation(const gz_phase_grid *grid, const gz_transport_settings *settings) {
    const double *strength = settings->force.strength;
    if (settings->force.shape != GZ_FORCE_HARMONIC || settings->field.shape != GZ_FIELD_NONE) return 0;
    for (int a = 1; a < grid->space_dim; a++)
        if (strength[a] != strength[0]) return 0;
    return sqrt(strength[0]);
}

static gz_status make_kicks(gz_transport *s) {
    const gz_phase_grid *grid = s->grid;
    const size_t cells = grid->cell_count, count = (size_t)grid->velocity_dim + 2;
    if (s->settings.field.shape != GZ_FIELD_NONE) {
        GZ_TRY(gz_field_solver_create(s->context, grid, &s->settings.field, &s->solver));
        GZ_TRY(gz_allocate(s->context, (size_t)grid->space_dim * grid->all_cells, sizeof(double), &s->E));
        s->settings.field = s->solver->settings;
    }
    GZ_TRY(gz_kick_create(s->context, grid, s->settings.density, &s->kick));
    GZ_TRY(gz_allocate(s->context, cells, sizeof(double), &s->charge));
    GZ_TRY(gz_allocate(s->context, cells, sizeof(double), &s->potential));
    GZ_TRY(gz_allocate(s->context, cells * count, sizeof(double), &s->sums));
    for (size_t c = 0; c < cells; c++) {
        const double charge = grid->species[gz_phase_grid_species(grid, c)].charge;
        s->charge[c] = charge / gz_phase_grid_mass(grid, c);
        s->potential[c] = charge * gz_force_potential(&s->settings.force, grid, c);
    }
    for (int a = 0; a < grid->velocity_dim; a++) {
        GZ_TRY(gz_allocate(s->context, cells, sizeof(double), &s->force[a]));
        GZ_TRY(gz_allocate(s->context, cells, sizeof(double), &s->shift[a]));
        for (size_t c = 0; c < cells; c++)
            s->force[a][c] = s->charge[c] * gz_force_acceleration(&s->settings.force, grid, c, a);
    }
    return GZ_OK;
}

gz_status gz_transport_create(gz_context *context, const gz_phase_grid *grid,
                              const gz_transport_settings *settings, gz_transport **transport) {
    *transport = NULL;
    const bool streams = grid->all_cells > 1 || (grid->boundary == GZ_BOX && grid->space_dim > 0),
               kicks = settings->force.shape != GZ_FORCE_NONE || settings->field.shape != GZ_FIELD_NONE;
    GZ_TRY(gz_force_check(context, grid, &settings->force));
    if (!streams && !kicks) return GZ_OK;
    gz_transport *s = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = grid;
    s->settings = *settings;
    s->frequency = rotation(grid, settings);
    if (streams) GZ_TRY_ELSE(status, gz_streaming_create(context, grid, &s->streaming), fail);
    if (streams && kicks) gz_streaming_damp_unpaired(s->streaming);
    if (kicks) GZ_TRY_ELSE(status, make_kicks(s), fail);
    *transport = s;
    return GZ_OK;
fail:
    gz_transport_destroy(s);
    return status;
}

gz_streaming *gz_transport_streaming(gz_transport *s) {
    return s ? s->streaming : NULL;
}

bool gz_transport_has_kicks(const gz_transport *s) {
    return s && s->kick;
}

/* --- energies ------------------------------------------------------------------------------------------- */

static bool has_begun(const gz_transport *s, const double *E) {
    return s->settings.field.shape == GZ_FIELD_AMPERE && E && !isnan(E[0]);
}

void gz_transport_field(gz_transport *s, const double *f, const double *own, double *E) {
    const size_t size = (size_t)s->grid->space_dim * s->grid->all_cells * sizeof *E;
    if (!s->solver) {
        memset(E, 0, size);
    } else if (has_begun(s, own)) {
        memcpy(E, own, size);
    } else {
        gz_cell_sums(s->grid, f, s->sums);
        gz_field_solver_take(s->solver, s->sums);
        gz_field_solver_solve(s->solver, E);
    }
}

static double largest_difference(const double *a, const double *b, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

gz_energies gz_transport_energies(gz_transport *s, const double *f, const double *E) {
    const gz_phase_grid *grid = s->grid;
    const size_t count = (size_t)grid->velocity_dim + 2;
    gz_energies e = {0};
    gz_sum sums[2] = {{0}}; /* kinetic, potential */
    gz_cell_sums(grid, f, s->sums);
    for (size_t c = 0; c < grid->cell_count; c++) {
        gz_sum_add(&sums[0],
                   gz_phase_grid_mass(grid, c) * s->sums[c * count + count - 1] / 2 * grid->cell_volume);
        gz_sum_add(&sums[1], s->potential[c] * s->sums[c * count] * grid->cell_volume);
    }
    gz_ranks_add_sums(grid->ranks, 2, sums);
    e.kinetic = gz_sum_value(sums[0]);
    e.potential = gz_sum_value(sums[1]);
    if (s->solver) {
        gz_field_solver_take(s->solver, s->sums);
        gz_field_solver_solve(s->solver, s->E);
        const bool own = has_begun(s, E);
        e.field = gz_field_solver_energy(s->solver, own ? E : s->E);
        if (own) e.gauss_defect = largest_difference(E, s->E, (size_t)grid->space_dim * grid->all_cells);
    }
    e.total = e.kinetic + e.potential + e.field;
    return e;
}

static double entropy_of(const gz_transport *s, const gz_moved *state) {
    return s->settings.density ? gz_entropy_of_any_sign(s->grid, state->f)
                               : gz_entropy(s->grid, state->f, state->log_f);
}

/* --- motion --------------------------------------------------------------------------------------------- */

static void shear(gz_transport *s, double t, double *field, gz_transport_report *report) {
    if (!s->streaming) return;
    if (s->settings.density)
        gz_streaming_apply_linear(s->streaming, t, field);
    else
        gz_streaming_apply(s->streaming, t, field);
    gz_outflow_add(&report->left, gz_streaming_outflow(s->streaming));
}

/* The field that accelerates in a kick of time t; E of ampere goes on, with the current that the force makes in t/2. */
static gz_status take_field(gz_transport *s, double t, const double *moments, double *E) {
    const size_t cells = s->grid->cell_count, count = (size_t)s->grid->velocity_dim + 2;
    memcpy(s->sums, moments, cells * count * sizeof *moments);
    for (size_t c = 0; c < cells; c++)
        for (int a = 0; a < s->grid->velocity_dim; a++)
            s->sums[c * count + 1 + (size_t)a] += t / 2 * moments[c * count] * s->force[a][c];
    gz_field_solver_take(s->solver, s->sums);
    if (has_begun(s, E)) return gz_field_solver_midpoint(s->solver, t, E, s->E);
    gz_field_solver_solve(s->solver, s->E);
    return GZ_OK;
}

static gz_status kick(gz_transport *s, double t, double *field, double *E) {
    const gz_phase_grid *grid = s->grid;
    const double *moments = gz_kick_measure(s->kick, field), strength = s->settings.field.strength;
    if (s->solver) GZ_TRY(take_field(s, t, moments, E));
    for (int a = 0; a < grid->velocity_dim; a++)
        for (size_t c = 0; c < grid->cell_count; c++) {
            const double own = s->solver && a < grid->space_dim
                                   ? s->E[(size_t)a * grid->all_cells + gz_phase_grid_x_cell(grid, c)]
                                   : 0;
            s->shift[a][c] = t * (s->force[a][c] + strength * s->charge[c] * own);
        }
    return gz_kick_apply(s->kick, s->shift, field);
}

/* Three shears, the second one in v. */
static gz_status flow(gz_transport *s, double t, double *field, double *E, gz_transport_report *report) {
    const double w = s->frequency, quarter = 2 * atan(1);
    if (fabs(w * t) > quarter)
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "dt is too large for the harmonic force: half of it, %g, is more than a quarter of "
                       "the period %g; use "
                       "a smaller dt",
                       fabs(t), 4 * quarter / w);
    const double half = w > 0 ? tan(w * t / 2) / w : t / 2, whole = w > 0 ? sin(w * t) / w : t;
    shear(s, half, field, report);
    GZ_TRY(kick(s, whole, field, E));
    shear(s, half, field, report);
    return GZ_OK;
}

gz_status gz_transport_log(gz_transport *s, double t, double *log_f, double *field) {
    gz_transport_report unused = {0};
    if (s->kick) return flow(s, t, log_f, field, &unused);
    shear(s, t, log_f, &unused);
    return GZ_OK;
}

/* log f from f, NaN where there is none. */
static void take_logarithm(const gz_phase_grid *grid, const double *f, double *log_f) {
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const double *restrict from = f + cell * grid->node_count;
        double *restrict to = log_f + cell * grid->node_count;
        for (size_t p = 0; p < grid->node_count; p++) to[p] = from[p] > 0 ? log(from[p]) : NAN;
    }
}

/* f from log f, which gets its floor. */
static void take_exponential(const gz_phase_grid *grid, double *log_f, double *f) {
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        double *restrict to = f + cell * grid->node_count, *restrict l = log_f + cell * grid->node_count;
        for (size_t p = 0; p < grid->node_count; p++) {
            l[p] = l[p] < GZ_LOG_FLOOR ? GZ_LOG_FLOOR : l[p]; /* a NaN stays one */
            to[p] = exp(l[p]);
        }
    }
}

gz_status gz_transport_apply(gz_transport *s, double t, const gz_moved *state, gz_transport_report *report) {
    if (s->settings.field.shape == GZ_FIELD_AMPERE && isnan(state->field[0]))
        gz_transport_field(s, state->f, NULL, state->field);
    const double entropy = entropy_of(s, state),
                 energy = s->kick ? gz_transport_energies(s, state->f, state->field).total : NAN;
    double *field = s->settings.density ? state->f : state->log_f;
    if (s->kick)
        GZ_TRY(flow(s, t, field, state->field, report));
    else
        shear(s, t, field, report);
    if (s->settings.density)
        take_logarithm(s->grid, state->f, state->log_f);
    else
        take_exponential(s->grid, state->log_f, state->f);
    report->entropy += entropy_of(s, state) - entropy;
    if (s->kick) report->energy += gz_transport_energies(s, state->f, state->field).total - energy;
    return GZ_OK;
}
