/* Fields: loops over [cell][node] arrays, and sums that do not depend on the number of threads. A loop is
 *
 *   #pragma omp parallel for num_threads(gz_field_threads(grid))   over entries that cost little, or blocks
 *   #pragma omp parallel for num_threads(grid->threads)            over items of some work: cells, logarithms
 *
 * and no more: its iterations are dealt out evenly, and no result depends on who gets which.
 *
 * A block is a run of at most GZ_BLOCK nodes of one cell. It fits the first-level cache, so that an operation
 * on several fields reads each of them once. A sum is taken in each block, then over the blocks in order,
 * then over the ranks that share the cells. The last part makes sums collective. */
#ifndef GZ_FIELDS_H
#define GZ_FIELDS_H

#include "phase_grid.h"

enum { GZ_BLOCK = 1024, GZ_FIELD_SUMS = 5 };

typedef struct gz_block {
    size_t first; /* index in a field */
    size_t node;  /* index in the cell */
    size_t count;
} gz_block;

typedef struct gz_fields {
    gz_context *context;
    const gz_phase_grid *grid;
    size_t blocks_a_cell, blocks;
    int threads;                      /* gz_field_threads of the grid */
    double (*partial)[GZ_FIELD_SUMS]; /* [block]: room for the sums of one loop */
} gz_fields;

/* Threads of a loop over a field: those of the grid, but 1 if the field is so small that starting them costs
 * more than it saves. */
int gz_field_threads(const gz_phase_grid *grid);

gz_status gz_fields_init(gz_context *context, const gz_phase_grid *grid, gz_fields *fields);
void gz_fields_free(gz_fields *fields);

gz_block gz_fields_block(const gz_fields *fields, size_t index);

/* cell_volume times the sum of partial[block][0] over blocks and ranks. */
double gz_fields_total(const gz_fields *fields);

/* total[k] = cell_volume times the sum of partial[block][k] over blocks and ranks, for k < count. */
void gz_fields_totals(const gz_fields *fields, size_t count, double *total);

/* <a, b> = sum a b dx. */
double gz_fields_dot(gz_fields *fields, const double *a, const double *b);

/* y = a x + b y; y is not read if b = 0. */
void gz_fields_combine(const gz_fields *fields, double a, const double *x, double b, double *y);

#endif
