/* Fields: blocks and reproducible sums. */
#include "fields.h"

enum { SMALL = 8192 }; /* entries below which starting threads costs more than it saves */

int gz_field_threads(const gz_phase_grid *grid) {
    return grid->size < SMALL ? 1 : grid->threads;
}

gz_status gz_fields_init(gz_context *context, const gz_phase_grid *grid, gz_fields *fields) {
    fields->context = context;
    fields->grid = grid;
    fields->blocks_a_cell = (grid->node_count + GZ_BLOCK - 1) / GZ_BLOCK;
    fields->blocks = fields->blocks_a_cell * grid->cell_count;
    fields->threads = gz_field_threads(grid);
    return gz_allocate(context, fields->blocks, sizeof *fields->partial, &fields->partial);
}

void gz_fields_free(gz_fields *fields) {
    gz_release(fields->partial);
    fields->partial = NULL;
}

gz_block gz_fields_block(const gz_fields *fields, size_t index) {
    const size_t nodes = fields->grid->node_count;
    gz_block block = {.node = index % fields->blocks_a_cell * GZ_BLOCK};
    block.first = index / fields->blocks_a_cell * nodes + block.node;
    block.count = nodes - block.node < GZ_BLOCK ? nodes - block.node : GZ_BLOCK;
    return block;
}

void gz_fields_totals(const gz_fields *fields, size_t count, double *total) {
    for (size_t k = 0; k < count; k++) {
        double sum = 0;
        for (size_t j = 0; j < fields->blocks; j++) sum += fields->partial[j][k];
        total[k] = sum * fields->grid->cell_volume;
    }
    gz_ranks_sum(fields->grid->ranks, count, total);
}

double gz_fields_total(const gz_fields *fields) {
    double total;
    gz_fields_totals(fields, 1, &total);
    return total;
}

double gz_fields_dot(gz_fields *fields, const double *a, const double *b) {
#pragma omp parallel for num_threads(fields->threads)
    for (size_t j = 0; j < fields->blocks; j++) {
        const gz_block block = gz_fields_block(fields, j);
        double sum = 0;
        for (size_t i = block.first; i < block.first + block.count; i++) sum += a[i] * b[i];
        fields->partial[j][0] = sum;
    }
    return gz_fields_total(fields);
}

void gz_fields_combine(const gz_fields *fields, double a, const double *restrict x, double b,
                       double *restrict y) {
#pragma omp parallel for num_threads(fields->threads)
    for (size_t i = 0; i < fields->grid->size; i++) y[i] = b == 0 ? a * x[i] : a * x[i] + b * y[i];
}
