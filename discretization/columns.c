/* Columns: a rank packs its rows by the rank that receives them, and all ranks exchange. The cells of a rank
 * are contiguous, so that what it receives is already in place.
 */
#include "columns.h"

#include <string.h>

gz_status gz_columns_init(gz_context *context, const gz_phase_grid *grid, gz_columns *c) {
    const int ranks = gz_ranks_count(grid->ranks), own = gz_ranks_own(grid->ranks);
    *c = (gz_columns){.grid = grid, .count = grid->node_count};
    if (ranks == 1) return GZ_OK;
    c->first = gz_ranks_first(grid->node_count, ranks, own);
    c->count = gz_ranks_first(grid->node_count, ranks, own + 1) - c->first;
    size_t **first[] = {&c->first_node, &c->packed_first, &c->values_first};
    for (int i = 0; i < 3; i++) GZ_TRY(gz_allocate(context, (size_t)ranks + 1, sizeof(size_t), first[i]));
    for (int r = 0; r <= ranks; r++) {
        c->first_node[r] = gz_ranks_first(grid->node_count, ranks, r);
        c->packed_first[r] = c->first_node[r] * grid->cell_count;
        c->values_first[r] = gz_phase_grid_first_cell(grid, r) * c->count;
    }
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &c->packed));
    return gz_allocate(context, grid->all_cells * c->count, sizeof(double), &c->values);
}

void gz_columns_free(gz_columns *c) {
    gz_release(c->values);
    gz_release(c->packed);
    gz_release(c->first_node);
    gz_release(c->packed_first);
    gz_release(c->values_first);
    *c = (gz_columns){0};
}

/* Copy between the field and its packed form. */
static void pack(const gz_columns *c, double *field, bool back) {
    const size_t cells = c->grid->cell_count, nodes = c->grid->node_count;
    const int ranks = gz_ranks_count(c->grid->ranks);
#pragma omp parallel for num_threads(c->grid->threads)
    for (size_t cell = 0; cell < cells; cell++)
        for (int r = 0; r < ranks; r++) {
            const size_t first = c->first_node[r], count = c->first_node[r + 1] - first;
            double *row = field + cell * nodes + first, *part = c->packed + c->packed_first[r] + cell * count;
            memcpy(back ? row : part, back ? part : row, count * sizeof *row);
        }
}

double *gz_columns_take(gz_columns *c, double *field) {
    if (!c->values) return field;
    pack(c, field, false);
    gz_ranks_exchange(c->grid->ranks, c->packed, c->packed_first, c->values, c->values_first);
    return c->values;
}

void gz_columns_give(gz_columns *c, double *field) {
    if (!c->values) return;
    gz_ranks_exchange(c->grid->ranks, c->values, c->values_first, c->packed, c->packed_first);
    pack(c, field, true);
}
