/* Field solver: transforms, Poisson's equation, the projection P, and sums over pairs of cells. */
#include "field_solver.h"

#include "plans.h"

#include <math.h>
#include <string.h>

/* --- what is allowed ------------------------------------------------------------------------------------ */

gz_status gz_field_check(gz_context *context, const gz_phase_grid *grid, const gz_field_settings *settings) {
    static const char *const NAME[] = {"none", "poisson", "ampere", "convolution"};
    const gz_field_shape shape = settings->shape;
    if (shape == GZ_FIELD_NONE) return GZ_OK;
    if (!isfinite(settings->strength))
        return gz_fail(context, GZ_ERROR_SETTINGS, "the strength of the field is %g; it must be finite",
                       settings->strength);
    if (grid->space_dim == 0)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "a field of shape %s needs x axes; set space_dim to 1 or more", NAME[shape]);
    if (shape != GZ_FIELD_CONVOLUTION && grid->boundary == GZ_BOX)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "a field of shape %s needs a periodic x; in a box use convolution", NAME[shape]);
    if (shape != GZ_FIELD_CONVOLUTION) return GZ_OK;
    if (!settings->table && grid->boundary == GZ_TORUS)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "a harmonic psi on a torus has a kink half-way around; use a table, or a box");
    double longest = 0;
    for (int a = 0; a < grid->space_dim; a++) {
        const double length = grid->boundary == GZ_TORUS ? grid->length[a] / 2 : grid->length[a];
        longest += length * length;
    }
    if (settings->table && gz_radial_table_end(settings->table) < sqrt(longest) * (1 - 1e-12))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the table of psi ends at |x| = %g, before the longest distance %g of the grid",
                       gz_radial_table_end(settings->table), sqrt(longest));
    return GZ_OK;
}

/* --- convolution ---------------------------------------------------------------------------------------- */

/* Cells along an axis from `other` to `cell`: on the torus the shorter way round. */
static double distance(const gz_phase_grid *grid, size_t cell, size_t other, int axis) {
    const double count = (double)grid->cells[axis], width = grid->length[axis] / count;
    double steps = (double)gz_phase_grid_cell_index(grid, cell, axis) -
                   (double)gz_phase_grid_cell_index(grid, other, axis);
    if (grid->boundary == GZ_TORUS) {
        if (steps > count / 2) steps -= count;
        if (steps < -count / 2) steps += count;
    }
    return steps * width;
}

/* psi between two cells, and its gradient, which vanishes half-way around a torus. */
static double pair(const gz_field_solver *s, size_t cell, size_t other, double gradient[GZ_MAX_DIM]) {
    const gz_phase_grid *grid = s->grid;
    double d[GZ_MAX_DIM], square = 0;
    for (int a = 0; a < grid->space_dim; a++) {
        d[a] = distance(grid, cell, other, a);
        square += d[a] * d[a];
    }
    const double r = sqrt(square), slope = !s->settings.table ? 1
                                           : r > 0 ? gz_radial_table_slope(s->settings.table, r) / r
                                                   : 0;
    for (int a = 0; a < grid->space_dim; a++) {
        const bool half = grid->boundary == GZ_TORUS && 2 * fabs(d[a]) >= grid->length[a] * (1 - 1e-12);
        gradient[a] = half ? 0 : slope * d[a];
    }
    return s->settings.table ? gz_radial_table_value(s->settings.table, r) : square / 2;
}

/* E = -grad (psi * rho); every rank does all cells, in the same order. */
static void convolve(const gz_field_solver *s, double *E) {
    const gz_phase_grid *grid = s->grid;
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < s->cells; cell++) {
        double sum[GZ_MAX_DIM] = {0}, gradient[GZ_MAX_DIM] = {0};
        for (size_t other = 0; other < s->cells; other++) {
            pair(s, cell, other, gradient);
            for (int a = 0; a < GZ_MAX_DIM; a++) sum[a] += gradient[a] * s->rho[other];
        }
        for (int a = 0; a < grid->space_dim; a++)
            E[(size_t)a * s->cells + cell] = -sum[a] * grid->cell_volume;
    }
}

static double pair_energy(const gz_field_solver *s) {
    double sum = 0, gradient[GZ_MAX_DIM];
    for (size_t cell = 0; cell < s->cells; cell++) {
        double row = 0;
        for (size_t other = 0; other < s->cells; other++)
            row += pair(s, cell, other, gradient) * s->rho[other];
        sum += s->rho[cell] * row;
    }
    return s->settings.strength / 2 * sum * s->grid->cell_volume * s->grid->cell_volume;
}

/* --- transforms ----------------------------------------------------------------------------------------- */

static gz_status plan(gz_field_solver *s) {
    const gz_phase_grid *grid = s->grid;
    const int rank = grid->space_dim;
    int shape[GZ_MAX_DIM];
    s->modes = 1;
    for (int a = 0; a < rank; a++) {
        shape[a] = (int)grid->cells[a];
        s->modes *= a == rank - 1 ? grid->cells[a] / 2 + 1 : grid->cells[a];
    }
    GZ_TRY(gz_allocate(s->context, s->cells, sizeof(double), &s->real));
    GZ_TRY(gz_allocate(s->context, (size_t)rank * s->modes, sizeof(fftw_complex), &s->spectrum));
    const unsigned effort = gz_plans_effort(s->context);
    gz_plans_lock();
    s->forward = fftw_plan_dft_r2c(rank, shape, s->real, s->spectrum, effort);
    s->backward = fftw_plan_dft_c2r(rank, shape, s->spectrum, s->real, effort);
    gz_plans_unlock();
    if (s->forward && s->backward) return GZ_OK;
    return gz_fail(s->context, GZ_ERROR_INTERNAL, "FFTW made no plan along x; use other numbers of x cells");
}

static gz_status set_waves(gz_field_solver *s) {
    const gz_phase_grid *grid = s->grid;
    size_t inner = 1; /* modes between neighbours along axis a */
    for (int a = grid->space_dim - 1; a >= 0; a--) {
        const size_t cells = grid->cells[a], extent = a == grid->space_dim - 1 ? cells / 2 + 1 : cells;
        GZ_TRY(gz_allocate(s->context, s->modes, sizeof(double), &s->wave[a]));
        for (size_t mode = 0; mode < s->modes; mode++) {
            const size_t j = mode / inner % extent;
            const double whole = 2 * j < cells ? (double)j : 2 * j == cells ? 0 : -(double)(cells - j);
            s->wave[a][mode] = 8 * atan(1) * whole / grid->length[a];
        }
        inner *= extent;
    }
    return GZ_OK;
}

static double square_of(const gz_field_solver *s, size_t mode) {
    double sum = 0;
    for (int a = 0; a < s->grid->space_dim; a++) sum += s->wave[a][mode] * s->wave[a][mode];
    return sum;
}

static void transform(const gz_field_solver *s, const double *field, fftw_complex *spectrum) {
    memcpy(s->real, field, s->cells * sizeof *field);
    fftw_execute_dft_r2c(s->forward, s->real, spectrum);
}

static void transform_back(const gz_field_solver *s, fftw_complex *spectrum, double *field) {
    fftw_execute_dft_c2r(s->backward, spectrum, s->real);
    for (size_t c = 0; c < s->cells; c++) field[c] = s->real[c] / (double)s->cells;
}

/* E^ = -i k rho^/|k|^2 */
static void solve_poisson(gz_field_solver *s, double *E) {
    const int d = s->grid->space_dim;
    fftw_complex *last = s->spectrum + (size_t)(d - 1) * s->modes;
    transform(s, s->rho, last);
    for (size_t mode = 0; mode < s->modes; mode++) {
        const double square = square_of(s, mode), re = last[mode][0], im = last[mode][1];
        for (int a = 0; a < d; a++) {
            const double factor = square > 0 ? s->wave[a][mode] / square : 0;
            s->spectrum[(size_t)a * s->modes + mode][0] = factor * im;
            s->spectrum[(size_t)a * s->modes + mode][1] = -factor * re;
        }
    }
    for (int a = 0; a < d; a++)
        transform_back(s, s->spectrum + (size_t)a * s->modes, E + (size_t)a * s->cells);
}

/* E^ = k (k.E^)/|k|^2 */
void gz_field_solver_project(gz_field_solver *s, double *E) {
    const int d = s->grid->space_dim;
    const size_t modes = s->modes;
    for (int a = 0; a < d; a++) transform(s, E + (size_t)a * s->cells, s->spectrum + (size_t)a * modes);
    for (size_t mode = 0; mode < modes; mode++) {
        const double square = square_of(s, mode);
        double re = 0, im = 0;
        for (int a = 0; a < d; a++) {
            re += s->wave[a][mode] * s->spectrum[(size_t)a * modes + mode][0];
            im += s->wave[a][mode] * s->spectrum[(size_t)a * modes + mode][1];
        }
        for (int a = 0; a < d; a++) {
            const double factor = square > 0 ? s->wave[a][mode] / square : 0;
            s->spectrum[(size_t)a * modes + mode][0] = factor * re;
            s->spectrum[(size_t)a * modes + mode][1] = factor * im;
        }
    }
    for (int a = 0; a < d; a++) transform_back(s, s->spectrum + (size_t)a * modes, E + (size_t)a * s->cells);
}

/* --- the solver ----------------------------------------------------------------------------------------- */

static gz_status fill(gz_field_solver *s) {
    const size_t d = (size_t)s->grid->space_dim;
    GZ_TRY(gz_allocate(s->context, (1 + d) * s->cells, sizeof(double), &s->rho));
    s->current = s->rho + s->cells;
    s->inertia = s->rho;
    if (s->grid->mixture) GZ_TRY(gz_allocate(s->context, s->cells, sizeof(double), &s->inertia));
    if (s->settings.shape == GZ_FIELD_CONVOLUTION) return GZ_OK;
    GZ_TRY(plan(s));
    GZ_TRY(set_waves(s));
    if (s->settings.shape != GZ_FIELD_AMPERE) return GZ_OK;
    return gz_allocate(s->context, GZ_FIELD_WORK * d * s->cells, sizeof(double), &s->work);
}

gz_status gz_field_solver_create(gz_context *context, const gz_phase_grid *grid,
                                 const gz_field_settings *settings, gz_field_solver **solver) {
    *solver = NULL;
    GZ_TRY(gz_field_check(context, grid, settings));
    gz_field_solver *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = grid;
    s->settings = *settings;
    if (s->settings.strength == 0) s->settings.strength = 1;
    s->cells = grid->all_cells;
    const gz_status status = fill(s);
    if (status != GZ_OK) {
        gz_field_solver_destroy(s);
        return status;
    }
    *solver = s;
    return GZ_OK;
}

void gz_field_solver_destroy(gz_field_solver *s) {
    if (!s) return;
    gz_plans_lock();
    fftw_destroy_plan(s->forward);
    fftw_destroy_plan(s->backward);
    gz_plans_unlock();
    for (int a = 0; a < GZ_MAX_DIM; a++) gz_release(s->wave[a]);
    if (s->inertia != s->rho) gz_release(s->inertia);
    gz_release(s->rho);
    gz_release(s->real);
    gz_release(s->spectrum);
    gz_release(s->work);
    gz_release(s);
}

void gz_field_solver_take(gz_field_solver *s, const double *moments) {
    const gz_phase_grid *grid = s->grid;
    const size_t d = (size_t)grid->space_dim, count = (size_t)grid->velocity_dim + 2;
    memset(s->rho, 0, (1 + d) * s->cells * sizeof *s->rho);
    if (grid->mixture) memset(s->inertia, 0, s->cells * sizeof *s->inertia);
    for (size_t c = 0; c < grid->cell_count; c++) {
        const size_t x = gz_phase_grid_x_cell(grid, c);
        const double charge = grid->species[gz_phase_grid_species(grid, c)].charge;
        for (size_t k = 0; k <= d; k++) s->rho[k * s->cells + x] += charge * moments[c * count + k];
        if (grid->mixture)
            s->inertia[x] += charge * charge / gz_phase_grid_mass(grid, c) * moments[c * count];
    }
    gz_ranks_sum(grid->ranks, (1 + d) * s->cells, s->rho);
    if (grid->mixture) gz_ranks_sum(grid->ranks, s->cells, s->inertia);
}

void gz_field_solver_solve(gz_field_solver *s, double *E) {
    if (s->settings.shape == GZ_FIELD_CONVOLUTION)
        convolve(s, E);
    else
        solve_poisson(s, E);
}

double gz_field_solver_energy(const gz_field_solver *s, const double *E) {
    if (s->settings.shape == GZ_FIELD_CONVOLUTION) return pair_energy(s);
    double sum = 0;
    for (size_t i = 0; i < (size_t)s->grid->space_dim * s->cells; i++) sum += E[i] * E[i];
    return s->settings.strength / 2 * sum * s->grid->cell_volume;
}
