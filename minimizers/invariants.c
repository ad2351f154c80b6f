/* Invariants: the functions v_1.., |v|^2 are shared by all cells, and every cell has a constant of its own.
 * The constants are eliminated cell by cell (Schur complement), which leaves a (d+1) x (d+1) system.
 */
#include "invariants.h"

#include "small_solve.h"

#include <math.h>
#include <string.h>

enum { SHARED = GZ_MAX_DIM + 1 };

/* Sums over one block or cell. */
typedef struct sums {
    double change, diag;                 /* sum change, sum diag */
    double first[SHARED], mixed[SHARED]; /* sum change phi_j, sum diag phi_j */
    double second[SHARED][SHARED];       /* sum diag phi_j phi_k */
} sums;

gz_status gz_invariants_init(gz_fields *fields, bool local, gz_invariants *s) {
    s->fields = fields;
    s->local = local;
    GZ_TRY(gz_allocate(fields->context, fields->blocks, sizeof(sums), &s->sums));
    return gz_allocate(fields->context, fields->grid->cell_count * (SHARED + 1), sizeof(double),
                       &s->coefficient);
}

void gz_invariants_free(gz_invariants *s) {
    gz_release(s->sums);
    gz_release(s->coefficient);
    memset(s, 0, sizeof *s);
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

/* Add the sums of blocks up to the sums of their cells, which then stand at the beginning of s->sums. */
static void sum_cells(const gz_invariants *s) {
    sums *all = s->sums;
    const size_t a_cell = s->fields->blocks_a_cell;
    for (size_t c = 0; c < s->fields->grid->cell_count; c++) {
        sums cell = all[c * a_cell];
        for (size_t b = 1; b < a_cell; b++) add_to(&cell, &all[c * a_cell + b]);
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
    for (int j = 0; j <= grid->velocity_dim; j++) {
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
    double worst = worst_cell / *mass;
    for (int j = 0; j <= grid->velocity_dim; j++) worst = fmax(worst, fabs(first[j]) / scale[j]);
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
    for (int j = 0; j <= grid->velocity_dim; j++) {
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
    for (int j = 0; j <= fields->grid->velocity_dim; j++) {
        const double *restrict phi = shared_vector(fields->grid, j) + on.node, factor = a[1 + j];
        for (size_t k = 0; k < on.count; k++) y[k] += factor * phi[k];
    }
}

/* Solve for the cells first..last-1, which share v_i and |v|^2; together with the cells of all ranks if
 * `ranks` is not NULL. */
static gz_status solve_group(gz_invariants *s, size_t first, size_t last, const gz_ranks *ranks) {
    const int shared = s->fields->grid->velocity_dim + 1;
    const sums *cell = s->sums;
    double system[SHARED * SHARED + SHARED] = {0}, *A = system, *b = system + SHARED * SHARED;
    for (size_t c = first; c < last; c++)
        for (int j = 0; j < shared; j++) {
            b[j] -= cell[c].first[j] - cell[c].mixed[j] * cell[c].change / cell[c].diag;
            for (int k = 0; k <= j; k++)
                A[j * shared + k] +=
                    cell[c].second[j][k] - cell[c].mixed[j] * cell[c].mixed[k] / cell[c].diag;
        }
    gz_ranks_sum(ranks, SHARED * SHARED + SHARED, system);
    if (!gz_small_solve(shared, A, b))
        return gz_fail(
            s->fields->context, GZ_ERROR_NOT_CONVERGED,
            "the density is too degenerate to tell momentum from energy; use a finer velocity grid");
    for (size_t c = first; c < last; c++) {
        double *a = s->coefficient + c * (SHARED + 1);
        a[0] = -cell[c].change / cell[c].diag;
        for (int j = 0; j < shared; j++) {
            a[0] -= cell[c].mixed[j] * b[j] / cell[c].diag;
            a[1 + j] = b[j];
        }
    }
    return GZ_OK;
}

/* Solve for every cell by itself. */
static gz_status solve_cells(gz_invariants *s) {
    for (size_t c = 0; c < s->fields->grid->cell_count; c++) GZ_TRY(solve_group(s, c, c + 1, NULL));
    return GZ_OK;
}

gz_status gz_invariants_step(gz_invariants *s, const double *change, const double *diag, double *y) {
    const gz_phase_grid *grid = s->fields->grid;
    gz_status status;
    gz_fields_run(s->fields, sums_task, &(sums_input){s, change, diag});
    sum_cells(s);
    if (s->local)
        status = solve_cells(s);
    else
        status = solve_group(s, 0, grid->cell_count, grid->ranks);
    GZ_TRY(s->local ? gz_agree(s->fields->context, status) : status);
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
