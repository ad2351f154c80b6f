/* The V-cycle of local_multigrid.h in single precision, for the unknowns of single_level.h.
 *
 *   b in double precision,  c = b/D,   x = p(A) c,   r = D (c - A x),   x = x + P V (P^T r),   x = x + p(A) (c - A x)
 *
 * Only r and b, which follow f over hundreds of decades, are in double precision. Where b/D is so large that single precision
 * could overflow, as far from the solution where f is drained, the cycle in double precision takes over. */
#include "local_multigrid_internal.h"

#include <math.h>

static const double LARGEST = 1e25; /* |b/D| for which nothing overflows */

/* c = b/D on rows of a level. Returns false if some value is too large, or not a number. */
static bool scale(const gz_local_multigrid *s, size_t slot, int l, int place, gz_rows rows) {
    const gz_compact_level *level = &s->level[l];
    const double *restrict inverse = level->inverse + s->held[slot] * level->nodes, *restrict b =
                                                                                        gz_multigrid_field(
                                                                                            s, place, l,
                                                                                            FIELD_B);
    float *restrict c = gz_single_level_field(&s->single[l], slot, GZ_SINGLE_C);
    const size_t first = rows.begin * level->stride[0], end = rows.end * level->stride[0];
    int large = 0;
#pragma omp simd reduction(+ : large)
    for (size_t p = first; p < end; p++) {
        const double value = inverse[p] * b[p];
        large += !(fabs(value) < LARGEST);
        c[p] = (float)value;
    }
    return large == 0;
}

/* True if no member of the team has met a value that is too large. Waits for the team. */
static bool all_small(const gz_local_multigrid *s, gz_team team, bool small) {
    if (team.size == 1) return small;
    s->large[team.rank] = !small;
    gz_team_wait(team);
    for (int rank = 0; rank < team.size; rank++) small = small && !s->large[rank];
    return small;
}

/* r = D residual on a range of blocks. */
static void unscale(const gz_compact_level *level, size_t cell, gz_rows blocks,
                    const float *restrict residual, double *restrict r) {
    const double *restrict D = level->diagonal + cell * level->nodes;
    const size_t end =
        blocks.end * GZ_SINGLE_LANES < level->nodes ? blocks.end * GZ_SINGLE_LANES : level->nodes;
    for (size_t p = blocks.begin * GZ_SINGLE_LANES; p < end; p++) r[p] = D[p] * (double)residual[p];
}

static void solve_coarsest(const gz_local_multigrid *s, size_t cell, const double *b, float *x) {
    const size_t nodes = s->level[s->levels - 1].nodes;
    double exact[27]; /* 3^3 */
    gz_multigrid_solve_coarsest(s, cell, b, exact);
    for (size_t p = 0; p < nodes; p++) x[p] = (float)exact[p];
}

void gz_multigrid_fill_slot(const gz_local_multigrid *s, size_t slot, size_t cell, gz_team team) {
    for (int l = 0; l < s->levels; l++)
        gz_single_level_set(&s->single[l], slot, &s->level[l], cell,
                            gz_team_share(team, s->single[l].blocks));
}

/* The slot that holds the cell. Where there are more cells than threads, it is that of the place, filled if need be. */
static size_t slot_with(const gz_local_multigrid *s, size_t cell, int place) {
    const size_t slot = s->slots == s->grid->cell_count ? cell : (size_t)place;
    if (s->held[slot] != cell) {
        gz_multigrid_fill_slot(s, slot, cell, GZ_ALONE);
        s->held[slot] = cell;
    }
    return slot;
}

/* x of level l for c, which is complete (on the coarsest level for b); x is complete after the next wait. */
static void cycle(const gz_local_multigrid *s, size_t slot, int l, gz_team team, int place) {
    const gz_compact_level *level = &s->level[l], *coarse = level + 1;
    const gz_single_level *single = &s->single[l];
    double *r = gz_multigrid_field(s, place, l, FIELD_RESIDUAL);
    float *c = gz_single_level_field(single, slot, GZ_SINGLE_C),
          *x = gz_single_level_field(single, slot, GZ_SINGLE_X),
          *residual = gz_single_level_field(single, slot, GZ_SINGLE_RESIDUAL);
    const size_t cell = s->held[slot];
    if (l == s->levels - 1) {
        solve_coarsest(s, cell, gz_multigrid_field(s, place, l, FIELD_B), x);
        return;
    }
    const gz_level_transfer *transfer = &s->transfer[l];
    const gz_rows rows = gz_team_share(team, level->n), coarse_rows = gz_team_share(team, coarse->n),
                  blocks = gz_team_share(team, single->blocks);
    gz_single_level_smooth(single, slot, blocks, c, false, x);
    gz_team_wait(team);
    gz_single_level_residual(single, slot, blocks, c, x, residual);
    unscale(level, cell, blocks, residual, r);
    gz_team_wait(team);
    gz_level_restrict(transfer, coarse_rows, r, gz_multigrid_field(s, place, l + 1, FIELD_B),
                      gz_multigrid_scratch(s));
    scale(s, slot, l + 1, place, coarse_rows);
    gz_team_wait(team);
    if (team.size == 1 || coarse->nodes >= SMALL_LEVEL)
        cycle(s, slot, l + 1, team, place);
    else if (team.rank == 0)
        cycle(s, slot, l + 1, GZ_ALONE, place);
    gz_team_wait(team);
    gz_single_level_prolong_add(transfer, rows, gz_single_level_field(single + 1, slot, GZ_SINGLE_X), x,
                                s->single_scratch + (size_t)omp_get_thread_num() * s->scratch_size);
    gz_team_wait(team);
    gz_single_level_residual(single, slot, blocks, c, x, residual);
    gz_team_wait(team);
    gz_single_level_smooth(single, slot, blocks, residual, true, x);
}

void gz_local_multigrid_single_cycle(const gz_local_multigrid *s, size_t cell, gz_team team, int place,
                                     const double *r, double *z) {
    const gz_phase_grid *grid = s->grid;
    const size_t n = grid->nodes, N = s->level[0].n, length = grid->velocity_dim == 1 ? 1 : n,
                 lines = grid->stride[0] / length, row = s->level[0].stride[0];
    const gz_rows own = gz_team_share(team, n);
    const size_t slot = slot_with(s, cell, place);
    const float *x = gz_single_level_field(&s->single[0], slot, GZ_SINGLE_X);
    const gz_rows rows = gz_team_share(team, N);
    gz_multigrid_copy_lines(s, rows, r, n, gz_multigrid_field(s, place, 0, FIELD_B), N);
    if (!all_small(s, team, scale(s, slot, 0, place, rows))) {
        gz_local_multigrid_cycle(s, cell, team, place, r, z);
        return;
    }
    cycle(s, slot, 0, team, place);
    gz_team_wait(team);
    for (size_t i = own.begin; i < own.end; i++)
        for (size_t j = 0; j < lines; j++)
            for (size_t k = 0; k < length; k++)
                z[i * grid->stride[0] + j * n + k] = (double)x[i * row + j * N + k];
}
