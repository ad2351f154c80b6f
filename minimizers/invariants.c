/* Invariants: the functions v_1.., |v|^2 are shared by the cells of a group, and every cell has a constant of
 * its own. The constants are eliminated cell by cell (Schur complement), which leaves a (d+1) x (d+1) system
 * for each group. The sums are taken with v_i and |v|^2; the factor of a cell multiplies them afterwards.
 */
#include "invariants.h"

#include "small_solve.h"

#include <math.h>
#include <string.h>

enum { SHARED = GZ_MAX_DIM + 1, SYSTEM = SHARED * SHARED + SHARED };

/* Sums over one block or cell. */
typedef struct sums {
    double change, diag;                 /* sum change, sum diag */
    double first[SHARED], mixed[SHARED]; /* sum change phi_j, sum diag phi_j */
    double second[SHARED][SHARED];       /* sum diag phi_j phi_k */
} sums;

gz_status gz_invariants_init(gz_fields *fields, const gz_null_space *space, gz_invariants *s) {
    s->fields = fields;
    s->space = space;
    GZ_TRY(gz_allocate(fields->context, fields->blocks, sizeof(sums), &s->sums));
    GZ_TRY(gz_allocate(fields->context, gz_null_space_groups(space) * SYSTEM, sizeof(double), &s->systems));
    return gz_allocate(fields->context, fields->grid->cell_count * (SHARED + 1), sizeof(double),
                       &s->coefficient);
}

void gz_invariants_free(gz_invariants *s) {
    gz_release(s->sums);
    gz_release(s->systems);
    gz_release(s->coefficient);
    memset(s, 0, sizeof *s);
}

/* The number of functions that the cells of a group share. */
static int shared_count(const gz_invariants *s) {
    return s->space->moments ? s->fields->grid->velocity_dim + 1 : 0;
}

static const double *shared_vector(const gz_phase_grid *grid, int j) {
    return j < grid->velocity_dim ? grid->node_velocity[j] : grid->node_energy;
}

static void add_to(sums *to, const sums *from) {
    to->change += from->change;
    to->diag += from->diag;
    for (int j = 0; j < SHARED; j++) {
        to->first[j] += from->first[j];
        to->mixed[j] += from->mixed[j];
        for (int k = 0; k <= j; k++) to->second[j][k] += from->second[j][k];
    }
}

/* From the sums of v_i and |v|^2 to those of m_c v_i and m_c |v|^2. */
static void multiply(sums *cell, double factor) {
    for (int j = 0; j < SHARED; j++) {
        cell->first[j] *= factor;
        cell->mixed[j] *= factor;
        for (int k = 0; k <= j; k++) cell->second[j][k] *= factor * factor;
    }
}

/* Add the sums of blocks up to the sums of their cells, which then stand at the beginning of s->sums. */
static void sum_cells(const gz_invariants *s) {
    sums *all = s->sums;
    const size_t a_cell = s->fields->blocks_a_cell;
    for (size_t c = 0; c < s->fields->grid->cell_count; c++) {
        sums cell = all[c * a_cell];
        for (size_t b = 1; b < a_cell; b++) add_to(&cell, &all[c * a_cell + b]);
        multiply(&cell, gz_null_space_factor(s->space, c));
        all[c] = cell;
    }
}

/* What the sums are of: a change and a weight, which is diag or f0. */
typedef struct sums_input {
    const gz_invariants *s;
    const double *change, *weight;
} sums_input;

/* The sums for a violation: diag is h f0, mixed is sum h f0 |phi_j|, and second is not set. */
static void violation_task(const void *self, gz_block on, double *unused) {
    const sums_input *in = self;
    const gz_phase_grid *grid = in->s->fields->grid;
    const double *restrict h = grid->node_volume + on.node, *restrict f0 = in->weight + on.first,
                           *restrict change = in->change + on.first;
    sums *to = (sums *)in->s->sums + on.index;
    double hf[GZ_BLOCK], size[GZ_BLOCK];
    (void)unused;
    *to = (sums){0};
    for (size_t k = 0; k < on.count; k++) hf[k] = h[k] * f0[k];
    to->diag = gz_block_sum(hf, on.count);
    to->change = gz_block_sum(change, on.count);
    for (int j = 0; j < shared_count(in->s); j++) {
        const double *restrict phi = shared_vector(grid, j) + on.node;
        for (size_t k = 0; k < on.count; k++) size[k] = fabs(phi[k]);
        to->first[j] = gz_block_dot(change, phi, on.count);
        to->mixed[j] = gz_block_dot(hf, size, on.count);
    }
}

double gz_invariants_violation(gz_invariants *s, const double *change, const double *f0) {
    const gz_phase_grid *grid = s->fields->grid;
    sums *all = s->sums;
    double total[2 * SHARED + 1] = {0}, *first = total, *scale = total + SHARED, *mass = total + 2 * SHARED;
    double worst_cell = 0;
    gz_fields_run(s->fields, violation_task, &(sums_input){s, change, f0});
    sum_cells(s);
    for (size_t c = 0; c < grid->cell_count; c++) {
        *mass += all[c].diag;
        worst_cell = fmax(worst_cell, fabs(all[c].change));
        for (int j = 0; j < SHARED; j++) {
            first[j] += all[c].first[j];
            scale[j] += all[c].mixed[j];
        }
    }
    gz_ranks_sum(grid->ranks, 2 * SHARED + 1, total);
    gz_ranks_most(grid->ranks, 1, &worst_cell);
    double worst = worst_cell / (s->space->moments ? *mass : *mass / (double)grid->all_cells);
    for (int j = 0; j < shared_count(s); j++) worst = fmax(worst, fabs(first[j]) / scale[j]);
    return worst;
}

static void sums_task(const void *self, gz_block on, double *unused) {
    const sums_input *in = self;
    const gz_phase_grid *grid = in->s->fields->grid;
    const double *restrict diag = in->weight + on.first, *restrict change = in->change + on.first;
    sums *to = (sums *)in->s->sums + on.index;
    double product[GZ_BLOCK];
    (void)unused;
    *to = (sums){0};
    to->change = gz_block_sum(change, on.count);
    to->diag = gz_block_sum(diag, on.count);
    for (int j = 0; j < shared_count(in->s); j++) {
        const double *restrict phi = shared_vector(grid, j) + on.node;
        for (size_t k = 0; k < on.count; k++) product[k] = diag[k] * phi[k];
        to->first[j] = gz_block_dot(change, phi, on.count);
        to->mixed[j] = gz_block_sum(product, on.count);
        for (int k = 0; k <= j; k++)
            to->second[j][k] = gz_block_dot(product, shared_vector(grid, k) + on.node, on.count);
    }
}

typedef struct fit_output {
    const gz_invariants *s;
    double *y;
} fit_output;

/* y = the fit, from the coefficients of the cell. */
static void fit_task(const void *self, gz_block on, double *unused) {
    const fit_output *to = self;
    const gz_fields *fields = to->s->fields;
    const double *a = to->s->coefficient + on.index / fields->blocks_a_cell * (SHARED + 1);
    double *restrict y = to->y + on.first;
    (void)unused;
    for (size_t k = 0; k < on.count; k++) y[k] = a[0];
    for (int j = 0; j < shared_count(to->s); j++) {
        const double *restrict phi = shared_vector(fields->grid, j) + on.node, factor = a[1 + j];
        for (size_t k = 0; k < on.count; k++) y[k] += factor * phi[k];
    }
}

/* Solve for the coefficients of v_i and |v|^2, which the cells of a group share. */
static gz_status solve_groups(gz_invariants *s) {
    const gz_null_space *space = s->space;
    const int shared = shared_count(s);
    const size_t cells = s->fields->grid->cell_count, groups = gz_null_space_groups(space);
    const sums *cell = s->sums;
    memset(s->systems, 0, groups * SYSTEM * sizeof *s->systems);
    for (size_t c = 0; c < cells; c++) {
        double *A = s->systems + gz_null_space_group(space, c) * SYSTEM, *b = A + SHARED * SHARED;
        for (int j = 0; j < shared; j++) {
            b[j] -= cell[c].first[j] - cell[c].mixed[j] * cell[c].change / cell[c].diag;
            for (int k = 0; k <= j; k++)
                A[j * shared + k] +=
                    cell[c].second[j][k] - cell[c].mixed[j] * cell[c].mixed[k] / cell[c].diag;
        }
    }
    if (!space->local) gz_ranks_sum(s->fields->grid->ranks, SYSTEM, s->systems);
    for (size_t g = 0; g < groups; g++) {
        double *A = s->systems + g * SYSTEM;
        if (!gz_small_solve(shared, A, A + SHARED * SHARED))
            return gz_fail(
                s->fields->context, GZ_ERROR_NOT_CONVERGED,
                "the density is too degenerate to tell momentum from energy; use a finer velocity grid");
    }
    return GZ_OK;
}

/* The coefficients of every cell. */
static void set_coefficients(gz_invariants *s) {
    const gz_null_space *space = s->space;
    const sums *cell = s->sums;
    for (size_t c = 0; c < s->fields->grid->cell_count; c++) {
        const double *b = s->systems + gz_null_space_group(space, c) * SYSTEM + SHARED * SHARED;
        double *a = s->coefficient + c * (SHARED + 1);
        a[0] = -cell[c].change / cell[c].diag;
        for (int j = 0; j < shared_count(s); j++) {
            a[0] -= cell[c].mixed[j] * b[j] / cell[c].diag;
            a[1 + j] = gz_null_space_factor(space, c) * b[j];
        }
    }
}

gz_status gz_invariants_step(gz_invariants *s, const double *change, const double *diag, double *y) {
    gz_fields_run(s->fields, sums_task, &(sums_input){s, change, diag});
    sum_cells(s);
    const gz_status status = solve_groups(s);
    GZ_TRY(s->space->local ? gz_agree(s->fields->context, status) : status);
    set_coefficients(s);
    gz_fields_run(s->fields, fit_task, &(fit_output){s, y});
    return GZ_OK;
}

typedef struct weighed {
    const double *h, *f0, *x;
    double *weight, *product;
} weighed;

static void weigh_task(const void *self, gz_block on, double *unused) {
    const weighed *in = self;
    const double *restrict h = in->h + on.node, *restrict f0 = in->f0 + on.first,
                           *restrict x = in->x + on.first;
    double *restrict weight = in->weight + on.first, *restrict product = in->product + on.first;
    (void)unused;
    for (size_t k = 0; k < on.count; k++) {
        weight[k] = h[k] * f0[k];
        product[k] = -weight[k] * x[k];
    }
}

gz_status gz_invariants_fit(gz_invariants *s, const double *f0, const double *x, double *weight,
                            double *fit) {
    gz_fields_run(s->fields, weigh_task, &(weighed){s->fields->grid->node_volume, f0, x, weight, fit});
    return gz_invariants_step(s, fit, weight, fit);
}
