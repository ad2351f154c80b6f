/* Columns: a field seen along x. A *column* is the values of one velocity node in all cells of the whole
 * grid.
 *
 *   rows     [own cell][node]         how fields are kept: each rank has all nodes of its cells
 *   columns  [cell][own node]         each rank has all cells of its nodes, a contiguous range of nodes
 *
 * take and give change one layout into the other by an exchange of all ranks with all, in which each of R
 * ranks sends and receives (R - 1)/R of its part of the field. On one rank the columns are the field itself.
 * Not installed.
 */
#ifndef GZ_COLUMNS_H
#define GZ_COLUMNS_H

#include "phase_grid.h"

typedef struct gz_columns {
    const gz_phase_grid *grid;
    size_t first, count;  /* own nodes */
    double *values;       /* [all_cells][count]; NULL on one rank */
    double *packed;       /* [rank][own cell][nodes of the rank]; NULL on one rank */
    size_t *first_node;   /* [ranks + 1]: first node of each rank */
    size_t *packed_first; /* [ranks + 1]: where the part of a rank begins in `packed` */
    size_t *values_first; /* [ranks + 1]: where the part of a rank begins in `values` */
} gz_columns;

/* On failure `columns` may be half-built and must be cleared. Clear accepts zeroed columns. */
gz_status gz_columns_init(gz_context *context, const gz_phase_grid *grid, gz_columns *columns);
void gz_columns_free(gz_columns *columns);

/* Take the columns of a field, [all_cells][count]; gz_columns_give puts them back. Both are collective. */
double *gz_columns_take(gz_columns *columns, double *field);
void gz_columns_give(gz_columns *columns, double *field);

#endif
