/* Invariants: see invariants.h. With phi = (v_1.., |v|^2) shared among cells and a constant of its own in
 * every cell, the constants are eliminated cell by cell (Schur complement), leaving a (d+1) x (d+1) system.
 */
#include "invariants.h"

#include <lapacke.h>
#include <math.h>
#include <string.h>

enum { SHARED = GZ_MAX_DIM + 1 };

/* Sums over one cell. */
typedef struct cell_sums {
    double change, diag;                 /* sum change, sum diag */
    double first[SHARED], mixed[SHARED]; /* sum change phi_j, sum diag phi_j */
    double second[SHARED][SHARED];       /* sum diag phi_j phi_k */
} cell_sums;

gz_status gz_invariants_init(gz_fields *fields, bool local, gz_invariants *s) {
    s->fields = fields;
    s->local = local;
    GZ_TRY(gz_allocate(fields->context, fields->grid->cell_count, sizeof(cell_sums), &s->sums));
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

double gz_invariants_violation(gz_invariants *s, const double *change, const double *f0) {
    const gz_phase_grid *grid = s->fields->grid;
    double sums[2 * SHARED + 1] = {0}, *first = sums, *scale = sums + SHARED, *mass = sums + 2 * SHARED;
    double worst_cell = 0;
    for (size_t c = 0; c < grid->cell_count; c++) {
        double cell = 0;
        for (size_t node = 0; node < grid->node_count; node++) {
            const size_t i = c * grid->node_count + node;
            const double hf = grid->node_volume[node] * f0[i];
            *mass += hf;
            cell += change[i];
            for (int j = 0; j <= grid->velocity_dim; j++) {
                const double phi = shared_vector(grid, j)[node];
                first[j] += change[i] * phi;
                scale[j] += hf * fabs(phi);
            }
        }
        worst_cell = fmax(worst_cell, fabs(cell));
    }
    gz_ranks_sum(grid->ranks, 2 * SHARED + 1, sums);
    gz_ranks_most(grid->ranks, 1, &worst_cell);
    double worst = worst_cell / *mass;
    for (int j = 0; j <= grid->velocity_dim; j++) worst = fmax(worst, fabs(first[j]) / scale[j]);
    return worst;
}

static void sum_cell(const gz_invariants *s, size_t cell, const double *change, const double *diag,
                     cell_sums *sums) {
    const gz_phase_grid *grid = s->fields->grid;
    const int shared = grid->velocity_dim + 1;
    memset(sums, 0, sizeof *sums);
    for (size_t node = 0; node < grid->node_count; node++) {
        const size_t i = cell * grid->node_count + node;
        sums->change += change[i];
        sums->diag += diag[i];
        for (int j = 0; j < shared; j++) {
            const double phi = shared_vector(grid, j)[node];
            sums->first[j] += change[i] * phi;
            sums->mixed[j] += diag[i] * phi;
            for (int k = 0; k <= j; k++) sums->second[j][k] += diag[i] * phi * shared_vector(grid, k)[node];
        }
    }
}

/* Solve for the cells first..last-1, which share v_i and |v|^2, with those of all ranks if `ranks` is not
 * NULL. */
static gz_status solve_group(gz_invariants *s, size_t first, size_t last, const gz_ranks *ranks) {
    const int shared = s->fields->grid->velocity_dim + 1;
    const cell_sums *sums = s->sums;
    double system[SHARED * SHARED + SHARED] = {0}, *A = system, *b = system + SHARED * SHARED;
    for (size_t c = first; c < last; c++)
        for (int j = 0; j < shared; j++) {
            b[j] -= sums[c].first[j] - sums[c].mixed[j] * sums[c].change / sums[c].diag;
            for (int k = 0; k <= j; k++)
                A[j * shared + k] +=
                    sums[c].second[j][k] - sums[c].mixed[j] * sums[c].mixed[k] / sums[c].diag;
        }
    gz_ranks_sum(ranks, SHARED * SHARED + SHARED, system);
    const lapack_int n = shared;
    /* The lower triangle row by row is the upper one column by column, which LAPACK takes as it is. */
    if (LAPACKE_dposv_work(LAPACK_COL_MAJOR, 'U', n, 1, A, n, b, n) != 0)
        return gz_fail(
            s->fields->context, GZ_ERROR_NOT_CONVERGED,
            "the density is too degenerate to tell momentum from energy; use a finer velocity grid");
    for (size_t c = first; c < last; c++) {
        double *a = s->coefficient + c * (SHARED + 1);
        a[0] = -sums[c].change / sums[c].diag;
        for (int j = 0; j < shared; j++) {
            a[0] -= sums[c].mixed[j] * b[j] / sums[c].diag;
            a[1 + j] = b[j];
        }
    }
    return GZ_OK;
}

/* Every cell by itself. */
static gz_status solve_cells(gz_invariants *s) {
    for (size_t c = 0; c < s->fields->grid->cell_count; c++) GZ_TRY(solve_group(s, c, c + 1, NULL));
    return GZ_OK;
}

gz_status gz_invariants_step(gz_invariants *s, const double *change, const double *diag, double *y) {
    const gz_phase_grid *grid = s->fields->grid;
    cell_sums *sums = s->sums;
    gz_status status;
#pragma omp parallel for num_threads(s->fields->threads) schedule(static) if (s->fields->threads > 1)
    for (size_t c = 0; c < grid->cell_count; c++) sum_cell(s, c, change, diag, &sums[c]);
    if (s->local)
        status = solve_cells(s);
    else
        status = solve_group(s, 0, grid->cell_count, grid->ranks);
    GZ_TRY(s->local ? gz_agree(s->fields->context, status) : status);
    for (size_t c = 0; c < grid->cell_count; c++) {
        const double *a = s->coefficient + c * (SHARED + 1);
        for (size_t node = 0; node < grid->node_count; node++) {
            double sum = a[0];
            for (int j = 0; j <= grid->velocity_dim; j++) sum += a[1 + j] * shared_vector(grid, j)[node];
            y[c * grid->node_count + node] = sum;
        }
    }
    return GZ_OK;
}
