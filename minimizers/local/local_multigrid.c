/* Local multigrid: the levels of a cell lie beside each other in the work of a place, fields with margins of
 * zeros, and the coarsest level is solved by a dense Cholesky factor. One thread takes a whole cell, or the
 * threads of a team share its rows and wait for each other between the parts of a cycle. */
#include "local_multigrid_internal.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum { COARSEST = 3 }; /* nodes an axis of the level that is solved */

static const double FLOOR = 1e-12; /* of a pivot over its diagonal entry */

void gz_local_multigrid_destroy(gz_local_multigrid *s) {
    if (!s) return;
    for (int l = 0; l < s->levels; l++) {
        gz_compact_level_free(&s->level[l]);
        gz_single_level_free(&s->single[l]);
    }
    double *arrays[] = {s->factor, s->memory, s->scratch};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) gz_release(arrays[i]);
    gz_release(s->single_scratch);
    gz_release(s->work);
    gz_release(s->large);
    gz_release(s->held);
    gz_release(s);
}

static gz_status make_levels(gz_local_multigrid *s) {
    const gz_phase_grid *grid = s->grid;
    double spacing = grid->spacing;
    for (size_t n = grid->nodes;; n = (n | 1) / 2 + 1, spacing *= 2) {
        gz_compact_level *level = &s->level[s->levels++];
        GZ_TRY(gz_compact_level_init(s->context, grid->velocity_dim, grid->cell_count, n, spacing, level));
        GZ_TRY(gz_single_level_init(s->context, level, s->slots, &s->single[s->levels - 1]));
        if (s->levels > 1)
            s->transfer[s->levels - 2] =
                (gz_level_transfer){grid->velocity_dim, s->level[s->levels - 2].n, level->n};
        if (level->n <= COARSEST) return GZ_OK;
    }
}

static gz_status make_work(gz_local_multigrid *s) {
    const size_t threads = (size_t)gz_context_threads(s->context), coarsest = s->level[s->levels - 1].nodes;
    size_t a_place = 0;
    for (int l = 0; l < s->levels; l++) a_place += FIELDS * (s->level[l].nodes + 2 * s->level[l].margin);
    s->scratch_size = gz_level_transfer_scratch(&s->transfer[0]);
    GZ_TRY(gz_allocate(s->context, s->grid->cell_count * coarsest * coarsest, sizeof(double), &s->factor));
    GZ_TRY(gz_allocate(s->context, threads * (size_t)s->levels, sizeof *s->work, &s->work));
    GZ_TRY(gz_allocate(s->context, threads * a_place, sizeof(double), &s->memory));
    GZ_TRY(gz_allocate(s->context, threads * s->scratch_size, sizeof(double), &s->scratch));
    GZ_TRY(gz_allocate(s->context, threads * s->scratch_size, sizeof(float), &s->single_scratch));
    GZ_TRY(gz_allocate(s->context, threads, sizeof *s->large, &s->large));
    double *next = s->memory;
    for (size_t w = 0; w < threads * (size_t)s->levels; w++) {
        const gz_compact_level *level = &s->level[w % (size_t)s->levels];
        for (int k = 0; k < FIELDS; k++, next += level->nodes + 2 * level->margin)
            s->work[w].field[k] = next + level->margin;
    }
    return GZ_OK;
}

gz_status gz_local_multigrid_create(gz_context *context, const gz_mobility *mobility,
                                    gz_local_multigrid **multigrid) {
    *multigrid = NULL;
    gz_local_multigrid *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    const size_t threads = (size_t)gz_context_threads(context), cells = s->grid->cell_count;
    s->slots = cells <= threads ? cells : threads;
    gz_status status = gz_allocate(context, s->slots, sizeof *s->held, &s->held);
    if (status == GZ_OK) status = make_levels(s);
    if (status == GZ_OK) status = make_work(s);
    if (status != GZ_OK) {
        gz_local_multigrid_destroy(s);
        return status;
    }
    *multigrid = s;
    return GZ_OK;
}

void gz_multigrid_copy_lines(const gz_local_multigrid *s, gz_rows rows, const double *in, size_t from,
                             double *out, size_t to) {
    const int d = s->grid->velocity_dim;
    const size_t n = s->grid->nodes, length = d == 1 ? 1 : n, lines = s->grid->stride[0] / length;
    const size_t in_row = d == 3   ? from * from
                          : d == 2 ? from
                                   : 1,
                 out_row = d == 3   ? to * to
                           : d == 2 ? to
                                    : 1;
    for (size_t i = rows.begin; i < (rows.end < n ? rows.end : n); i++)
        for (size_t j = 0; j < lines; j++)
            memcpy(out + i * out_row + j * to, in + i * in_row + j * from, length * sizeof *out);
}

/* --- set-up --- */

/* A field of the grid's nodes, summed for every level by P^T, into a field of the place. */
static void sum_on_levels(const gz_local_multigrid *s, gz_team team, int place, const double *in, int field) {
    double *scratch = gz_multigrid_scratch(s), *own = gz_multigrid_field(s, place, 0, field);
    const gz_rows rows = gz_team_share(team, s->level[0].n);
    const size_t row = s->level[0].stride[0];
    memset(own + rows.begin * row, 0, (rows.end - rows.begin) * row * sizeof *own);
    gz_multigrid_copy_lines(s, rows, in, s->grid->nodes, own, s->level[0].n);
    for (int l = 1; l < s->levels; l++) {
        double *next = gz_multigrid_field(s, place, l, field);
        gz_team_wait(team);
        gz_level_restrict(&s->transfer[l - 1], gz_team_share(team, s->level[l].n), own, next, scratch);
        own = next;
    }
}

/* C = dt h m T_ab in a cell. */
static void set_product(const gz_local_multigrid *s, size_t cell, int a, int b, double dt,
                        double *restrict C) {
    const size_t nodes = s->grid->node_count, shift = cell * nodes;
    const double *restrict weight = gz_mobility_weight(s->mobility) + shift, *restrict T =
                                                                                 gz_mobility_tensor(
                                                                                     s->mobility, a, b) +
                                                                                 shift;
    for (size_t p = 0; p < nodes; p++) C[p] = dt * weight[p] * T[p];
}

/* Couplings of a cell by one entry of the tensor. */
static void set_pair(const gz_local_multigrid *s, size_t cell, int a, int b, double dt) {
    const int thread = omp_get_thread_num();
    double *product = gz_multigrid_field(s, thread, 0, FIELD_RESIDUAL);
    set_product(s, cell, a, b, dt, product);
    sum_on_levels(s, GZ_ALONE, thread, product, FIELD_X);
    for (int l = 0; l < s->levels; l++)
        gz_compact_level_set(&s->level[l], cell, a, b, gz_multigrid_field(s, thread, l, FIELD_X));
}

/* L L^T = B of the coarsest level, from products with unit vectors. */
static void factor_coarsest(const gz_local_multigrid *s, size_t cell, int place) {
    const gz_compact_level *level = &s->level[s->levels - 1];
    const size_t n = level->nodes;
    double *L = s->factor + cell * n * n, *x = gz_multigrid_field(s, place, s->levels - 1, FIELD_X),
           *zero = gz_multigrid_field(s, place, s->levels - 1, FIELD_T);
    memset(x, 0, n * sizeof *x);
    memset(zero, 0, n * sizeof *zero);
    for (size_t i = 0; i < n; i++) {
        x[i] = -1;
        gz_compact_level_residual(level, cell, (gz_rows){0, level->n}, zero, x, L + i * n);
        x[i] = 0;
        if (!(L[i * n + i] > 0)) L[i * n + i] = 1; /* a node without measure */
    }
    for (size_t j = 0; j < n; j++)
        for (size_t i = j; i < n; i++) {
            double sum = L[i * n + j];
            for (size_t k = 0; k < j; k++) sum -= L[i * n + k] * L[j * n + k];
            L[i * n + j] = i > j ? sum / L[j * n + j] : sqrt(fmax(sum, FLOOR * L[j * n + j]));
        }
}

/* The diagonals of a cell and what follows from them. */
static void finish_cell(const gz_local_multigrid *s, size_t cell, gz_team team, int place,
                        const double *diag) {
    sum_on_levels(s, team, place, diag + cell * s->grid->node_count, FIELD_X);
    gz_team_wait(team);
    for (int l = 0; l < s->levels; l++)
        gz_compact_level_finish(&s->level[l], cell, gz_team_share(team, s->level[l].n),
                                gz_multigrid_field(s, place, l, FIELD_X));
    gz_team_wait(team);
    if (s->slots == s->grid->cell_count) gz_multigrid_fill_slot(s, cell, cell, team);
    if (team.rank == 0) factor_coarsest(s, cell, place);
}

/* Diagonals of the cells, and the step for which their couplings are made. */
typedef struct preparation {
    const gz_local_multigrid *s;
    const double *diag;
    double dt;
} preparation;

static void pair_task(const void *self, size_t j) {
    const preparation *of = self;
    const int d = of->s->grid->velocity_dim;
    const size_t pairs = (size_t)gz_pair_count(d);
    for (int a = 0; a < d; a++)
        for (int b = a; b < d; b++)
            if ((size_t)gz_pair_index(d, a, b) == j % pairs) set_pair(of->s, j / pairs, a, b, of->dt);
}

static void finish_task(const void *self, size_t cell) {
    const preparation *of = self;
    finish_cell(of->s, cell, GZ_ALONE, omp_get_thread_num(), of->diag);
}

void gz_local_multigrid_prepare(gz_local_multigrid *s, int shared, const double *diag, double dt) {
    const size_t cells = s->grid->cell_count, pairs = (size_t)gz_pair_count(s->grid->velocity_dim);
    const preparation of = {s, diag, dt};
    for (size_t slot = 0; slot < s->slots; slot++) s->held[slot] = s->slots == cells ? slot : cells;
    if (s->setups != gz_mobility_setups(s->mobility) || s->dt != dt) {
        gz_share(s->grid->threads, cells * pairs, pair_task, &of);
        s->setups = gz_mobility_setups(s->mobility);
        s->dt = dt;
    }
    if (shared > 1) {
#pragma omp parallel num_threads(shared)
        for (size_t cell = 0; cell < cells; cell++)
            finish_cell(s, cell, (gz_team){omp_get_thread_num(), omp_get_num_threads()}, 0, diag);
    } else {
        gz_share(s->grid->threads, cells, finish_task, &of);
    }
}

/* --- cycle --- */

void gz_multigrid_solve_coarsest(const gz_local_multigrid *s, size_t cell, const double *b, double *x) {
    const size_t n = s->level[s->levels - 1].nodes;
    const double *L = s->factor + cell * n * n;
    for (size_t i = 0; i < n; i++) {
        double sum = b[i];
        for (size_t k = 0; k < i; k++) sum -= L[i * n + k] * x[k];
        x[i] = sum / L[i * n + i];
    }
    for (size_t i = n; i-- > 0;) {
        double sum = x[i];
        for (size_t k = i + 1; k < n; k++) sum -= L[k * n + i] * x[k];
        x[i] = sum / L[i * n + i];
    }
}

/* x of level l for b, of which each member has its own rows; x is complete after the next wait. */
static void cycle(const gz_local_multigrid *s, size_t cell, int l, gz_team team, int place) {
    const gz_compact_level *level = &s->level[l], *coarse = level + 1;
    double *b = gz_multigrid_field(s, place, l, FIELD_B), *x = gz_multigrid_field(s, place, l, FIELD_X),
           *t = gz_multigrid_field(s, place, l, FIELD_T),
           *residual = gz_multigrid_field(s, place, l, FIELD_RESIDUAL);
    if (l == s->levels - 1) {
        gz_multigrid_solve_coarsest(s, cell, b, x);
        return;
    }
    double *coarse_b = gz_multigrid_field(s, place, l + 1, FIELD_B),
           *coarse_x = gz_multigrid_field(s, place, l + 1, FIELD_X);
    const gz_level_transfer *transfer = &s->transfer[l];
    const gz_rows rows = gz_team_share(team, level->n), coarse_rows = gz_team_share(team, coarse->n);
    double *scratch = gz_multigrid_scratch(s);
    gz_compact_level_smooth_begin(level, cell, rows, b, t);
    gz_team_wait(team);
    gz_compact_level_smooth_end(level, cell, rows, b, t, false, x);
    gz_team_wait(team);
    gz_compact_level_residual(level, cell, rows, b, x, residual);
    gz_team_wait(team);
    gz_level_restrict(transfer, coarse_rows, residual, coarse_b, scratch);
    if (team.size == 1 || coarse->nodes >= SMALL_LEVEL) {
        cycle(s, cell, l + 1, team, place);
    } else {
        gz_team_wait(team);
        if (team.rank == 0) cycle(s, cell, l + 1, GZ_ALONE, place);
    }
    gz_team_wait(team);
    gz_level_prolong_add(transfer, rows, coarse_x, x, scratch);
    gz_team_wait(team);
    gz_compact_level_residual(level, cell, rows, b, x, residual);
    gz_compact_level_smooth_begin(level, cell, rows, residual, t);
    gz_team_wait(team);
    gz_compact_level_smooth_end(level, cell, rows, residual, t, true, x);
}

void gz_local_multigrid_cycle(const gz_local_multigrid *s, size_t cell, gz_team team, int place,
                              const double *r, double *z) {
    const gz_compact_level *level = &s->level[0];
    const size_t n = s->grid->nodes, N = level->n;
    const gz_rows rows = gz_team_share(team, N);
    gz_multigrid_copy_lines(s, rows, r, n, gz_multigrid_field(s, place, 0, FIELD_B),
                            N); /* beyond the grid it stays zero */
    cycle(s, cell, 0, team, place);
    gz_multigrid_copy_lines(s, rows, gz_multigrid_field(s, place, 0, FIELD_X), N, z, n);
    if (N != n) gz_team_wait(team); /* the caller's shares are of n rows */
}
