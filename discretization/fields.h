/* Fields: loops over [cell][node] arrays, and sums that do not depend on the number of threads.
 *
 * A block is a run of at most GZ_BLOCK nodes of one cell. It fits the first-level cache, so that an operation
 * on several fields reads each of them once. A loop is a task that works on one block; the threads share the
 * blocks, and no result depends on who gets which. Inside a block the compiler may work on several nodes side by
 * side, since a block is the same for any number of threads. A sum is taken in each block, then over the blocks in
 * order, then over the ranks that share the cells. The last part makes sums collective.
 *
 * Where items have some work in them (cells, pairs), a loop is a plain `#pragma omp parallel for` or gz_share. */
#ifndef GZ_FIELDS_H
#define GZ_FIELDS_H

#include "team.h"

enum { GZ_BLOCK = 1024, GZ_FIELD_SUMS = 5 };

typedef struct gz_block {
    size_t index; /* among the blocks */
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

/* What a loop does in one block. self: the caller's. sums: [GZ_FIELD_SUMS], zero on entry; what the task adds there is
 * the block's part of the sums. */
typedef void gz_block_task(const void *self, gz_block on, double *sums);

/* Run the task on every block. */
void gz_fields_run(const gz_fields *fields, gz_block_task *task, const void *self);

/* Run the task on every block; total[k] = cell_volume times the sum over blocks and ranks, k < count. */
void gz_fields_sum(const gz_fields *fields, gz_block_task *task, const void *self, size_t count,
                   double *total);
double gz_fields_sum_one(const gz_fields *fields, gz_block_task *task, const void *self);

/* The plain sums of a and of a b over `count` entries. */
double gz_block_sum(const double *a, size_t count);
double gz_block_dot(const double *a, const double *b, size_t count);

/* cell_volume times the sum of partial[block][0] over blocks and ranks. */
double gz_fields_total(const gz_fields *fields);

/* total[k] = cell_volume times the sum of partial[block][k] over blocks and ranks, for k < count. */
void gz_fields_totals(const gz_fields *fields, size_t count, double *total);

/* <a, b> = sum a b dx. */
double gz_fields_dot(const gz_fields *fields, const double *a, const double *b);

/* mass = h exp(log_f). */
void gz_fields_mass(const gz_fields *fields, const double *log_f, double *mass);

/* y = a x + b y; y is not read if b = 0. */
void gz_fields_combine(const gz_fields *fields, double a, const double *x, double b, double *y);

#endif
