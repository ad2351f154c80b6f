/* Pair matrix: one walk over all columns in order, which first counts the entries and later writes them. */
#include "pair_matrix.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { ENTRIES = 2 * GZ_MAX_DIM * GZ_MAX_STENCIL };

double gz_pair_matrix_bytes(const gz_phase_grid *grid, const gz_derivative *derivative) {
    const double d = grid->velocity_dim, size = (double)grid->size;
    const double stencil = fmax(2 * (double)derivative->reach, 3);
    return size * size / 2 * d * (2 * d * stencil * (sizeof(double) + sizeof(int)) + sizeof(int));
}

/* One entry of G_b at p (side 1) or at q (side -1). */
typedef struct entry {
    int row, axis;
    double coefficient; /* coefficient of G_b times the side, over the mass */
} entry;

static size_t list_entries(const gz_pair_matrix *s, size_t point, double side, entry *list) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    const size_t node = point % grid->node_count, first = point - node;
    const double factor = side / gz_phase_grid_mass(grid, point / grid->node_count);
    size_t count = 0;
    for (int b = 0; b < grid->velocity_dim; b++) {
        const double *theta = gz_mobility_theta(s->mobility, b);
        const gz_stencil_row row =
            gz_derivative_row(gz_mobility_derivative(s->mobility), b, theta ? theta + first : NULL, node);
        for (size_t j = 0; j < row.count; j++)
            list[count++] = (entry){(int)((ptrdiff_t)point + row.offset[j]), b, factor * row.coefficient[j]};
    }
    return count;
}

static double kappa_between(const gz_pair_matrix *s, size_t p, size_t q) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    const size_t cell = p / grid->node_count, other = q / grid->node_count;
    return gz_mobility_rate(s->mobility, cell, other) * gz_kappa_between(s->kappa, grid,
                                                                         gz_phase_grid_x_cell(grid, cell),
                                                                         gz_phase_grid_x_cell(grid, other));
}

/* The d columns of a pair from `column` on, whose entries begin at `at`; returns where the entries end.
 * Without `write` the entries are only counted. */
static size_t pair_columns(gz_pair_matrix *s, size_t p, size_t q, size_t column, size_t at, bool write) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    const size_t d = (size_t)grid->velocity_dim, nodes = grid->node_count;
    entry list[ENTRIES];
    size_t count = list_entries(s, p, 1, list), distinct = 0;
    count += list_entries(s, q, -1, list + count);
    for (size_t k = 0; k < count; k++)
        if (s->place[list[k].row] < 0) s->place[list[k].row] = (int)distinct++;
    if (write) {
        double z[GZ_MAX_DIM], R[GZ_MAX_DIM * GZ_MAX_DIM];
        const double *weight = gz_mobility_weight(s->mobility);
        for (size_t a = 0; a < d; a++)
            z[a] = grid->node_velocity[a][p % nodes] - grid->node_velocity[a][q % nodes];
        gz_pair_root(gz_mobility_lattice(s->mobility), z, R);
        const double scale =
            sqrt(grid->cell_volume * kappa_between(s, p, q)) * sqrt(weight[p]) * sqrt(weight[q]);
        for (size_t a = 0; a < d; a++) {
            double *value = s->value + at + a * distinct;
            s->column[column + a] = (int)(at + a * distinct);
            memset(value, 0, distinct * sizeof *value);
            for (size_t k = 0; k < count; k++) {
                const int place = s->place[list[k].row];
                s->row[at + a * distinct + (size_t)place] = list[k].row;
                value[place] += scale * R[a * d + (size_t)list[k].axis] * list[k].coefficient;
            }
        }
    }
    for (size_t k = 0; k < count; k++) s->place[list[k].row] = -1;
    return at + d * distinct;
}

/* Write all columns, or only count columns and entries. False if an int cannot hold one of the numbers. */
static bool visit(gz_pair_matrix *s, bool write) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    const gz_derivative *g = gz_mobility_derivative(s->mobility);
    const size_t d = (size_t)grid->velocity_dim;
    size_t column = 0, at = 0;
    for (size_t p = 0; p < grid->size; p++)
        for (size_t q = p + 1; q < grid->size; q++) {
            if (!(kappa_between(s, p, q) > 0)) continue;
            at = pair_columns(s, p, q, column, at, write);
            column += d;
            if (at > INT_MAX - 100 || column > INT_MAX - 100) return false;
        }
    for (size_t a = 0; a < d; a++)
        for (size_t p = 0; p < grid->size; p++) {
            if (!gz_derivative_has_window(g, (int)a, p % grid->node_count)) continue;
            if (write) {
                const double root = sqrt(gz_mobility_sawtooth(s->mobility, (int)a)[p]);
                s->column[column] = (int)at;
                for (size_t j = 0; j <= g->saw_degree; j++) {
                    s->row[at + j] = (int)(p + j * grid->stride[a]);
                    s->value[at + j] = root * g->saw[j];
                }
            }
            column++;
            at += g->saw_degree + 1;
            if (at > INT_MAX - 100) return false;
        }
    if (write) s->column[column] = (int)at;
    s->columns = column;
    s->entries = at;
    return true;
}

static gz_status fill(gz_context *context, gz_pair_matrix *s) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    size_t extent[GZ_MAX_DIM];
    GZ_TRY(gz_allocate(context, gz_kappa_extent(grid, extent), sizeof(double), &s->kappa));
    gz_kappa_values(&gz_mobility_get_settings(s->mobility)->kappa, grid, s->kappa);
    GZ_TRY(gz_allocate(context, s->rows, sizeof *s->place, &s->place));
    for (size_t p = 0; p < s->rows; p++) s->place[p] = -1;
    if (!visit(s, false))
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "the pair matrix of %zu points has more than %d entries; use a smaller grid", s->rows,
                       INT_MAX);
    GZ_TRY(gz_allocate(context, s->columns + 1, sizeof *s->column, &s->column));
    GZ_TRY(gz_allocate(context, s->entries, sizeof *s->row, &s->row));
    return gz_allocate(context, s->entries, sizeof *s->value, &s->value);
}

gz_status gz_pair_matrix_init(gz_context *context, const gz_mobility *mobility, gz_pair_matrix *s) {
    const gz_collision_kind kind = gz_mobility_get_settings(mobility)->collisions.kind;
    if (kind != GZ_LANDAU)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "minimizer full_space works on pairs, which %s collisions do not have; use newton",
                       gz_collision_name(kind));
    *s = (gz_pair_matrix){.mobility = mobility, .rows = gz_mobility_grid(mobility)->size};
    GZ_TRY(gz_check_one_rank(context, "a matrix of pairs", "use the minimizer newton"));
    const gz_status status = fill(context, s);
    if (status != GZ_OK) gz_pair_matrix_free(s);
    return status;
}

void gz_pair_matrix_free(gz_pair_matrix *s) {
    gz_release(s->column);
    gz_release(s->row);
    gz_release(s->value);
    gz_release(s->kappa);
    gz_release(s->place);
    *s = (gz_pair_matrix){0};
}

void gz_pair_matrix_update(gz_pair_matrix *s) {
    visit(s, true);
}

void gz_pair_matrix_apply(const gz_pair_matrix *s, const double *u, double *out) {
    memset(out, 0, s->rows * sizeof *out);
    for (size_t j = 0; j < s->columns; j++)
        for (int k = s->column[j]; k < s->column[j + 1]; k++) out[s->row[k]] += s->value[k] * u[j];
}

void gz_pair_matrix_adjoint(const gz_pair_matrix *s, const double *w, double *u) {
    for (size_t j = 0; j < s->columns; j++) {
        u[j] = 0;
        for (int k = s->column[j]; k < s->column[j + 1]; k++) u[j] += s->value[k] * w[s->row[k]];
    }
}

void gz_pair_matrix_rate(const gz_pair_matrix *s, const double *u, gz_grazing_rate *rate) {
    const gz_phase_grid *grid = gz_mobility_grid(s->mobility);
    const gz_derivative *g = gz_mobility_derivative(s->mobility);
    const size_t d = (size_t)grid->velocity_dim, size = grid->size;
    const double *weight = gz_mobility_weight(s->mobility);
    memset(rate->U, 0, size * size * d * sizeof *rate->U);
    memset(rate->V, 0, size * d * sizeof *rate->V);
    for (size_t p = 0; p < size; p++)
        for (size_t q = p + 1; q < size; q++) {
            const double kappa = kappa_between(s, p, q);
            if (!(kappa > 0)) continue;
            const double volume =
                grid->node_volume[p % grid->node_count] * grid->node_volume[q % grid->node_count];
            const double scale = sqrt(kappa / grid->cell_volume) * sqrt(weight[p]) * sqrt(weight[q]) / volume;
            for (size_t a = 0; a < d; a++) {
                rate->U[(p * size + q) * d + a] = scale * u[a];
                rate->U[(q * size + p) * d + a] = -scale * u[a];
            }
            u += d;
        }
    for (size_t a = 0; a < d; a++)
        for (size_t p = 0; p < size; p++) {
            if (!gz_derivative_has_window(g, (int)a, p % grid->node_count)) continue;
            rate->V[a * size + p] = sqrt(gz_mobility_sawtooth(s->mobility, (int)a)[p]) * *u++;
        }
}
