/* Fields: blocks and reproducible sums. */
#include "fields.h"

enum { SMALL = 8192 }; /* entries below which starting threads costs more than it saves */

gz_status gz_fields_init(gz_context *context, const gz_phase_grid *grid, gz_fields *fields) {
    fields->context = context;
    fields->grid = grid;
    fields->blocks_a_cell = (grid->node_count + GZ_BLOCK - 1) / GZ_BLOCK;
    fields->blocks = fields->blocks_a_cell * grid->cell_count;
    fields->threads = grid->size < SMALL ? 1 : gz_context_threads(context);
    for (int k = 0; k < GZ_FIELD_SUMS; k++)
        GZ_TRY(gz_allocate(context, fields->blocks, sizeof(double), &fields->partial[k]));
    return GZ_OK;
}

void gz_fields_free(gz_fields *fields) {
    for (int k = 0; k < GZ_FIELD_SUMS; k++) {
        gz_release(fields->partial[k]);
        fields->partial[k] = NULL;
    }
}

gz_block gz_fields_block(const gz_fields *fields, size_t index) {
    const size_t nodes = fields->grid->node_count;
    gz_block block = {.node = index % fields->blocks_a_cell * GZ_BLOCK};
    block.first = index / fields->blocks_a_cell * nodes + block.node;
    block.count = nodes - block.node < GZ_BLOCK ? nodes - block.node : GZ_BLOCK;
    return block;
}

static double own_total(const gz_fields *fields, const double *partial) {
    double sum = 0;
    for (size_t j = 0; j < fields->blocks; j++) sum += partial[j];
    return sum * fields->grid->cell_volume;
}

void gz_fields_totals(const gz_fields *fields, size_t count, double *total) {
    for (size_t k = 0; k < count; k++) total[k] = own_total(fields, fields->partial[k]);
    gz_ranks_sum(fields->grid->ranks, count, total);
}

double gz_fields_total(const gz_fields *fields) {
    double total;
    gz_fields_totals(fields, 1, &total);
    return total;
}

double gz_fields_dot(gz_fields *fields, const double *a, const double *b) {
    double total = gz_fields_own_dot(fields, a, b);
    gz_ranks_sum(fields->grid->ranks, 1, &total);
    return total;
}

double gz_fields_own_dot(gz_fields *fields, const double *a, const double *b) {
#pragma omp parallel for num_threads(fields->threads) schedule(static) if (fields->threads > 1)
    for (size_t j = 0; j < fields->blocks; j++) {
        const gz_block block = gz_fields_block(fields, j);
        double sum = 0;
        for (size_t i = block.first; i < block.first + block.count; i++) sum += a[i] * b[i];
        fields->partial[0][j] = sum;
    }
    return own_total(fields, fields->partial[0]);
}

void gz_fields_combine(const gz_fields *fields, double a, const double *restrict x, double b,
                       double *restrict y) {
#pragma omp parallel for num_threads(fields->threads) schedule(static) if (fields->threads > 1)
    for (size_t i = 0; i < fields->grid->size; i++) y[i] = b == 0 ? a * x[i] : a * x[i] + b * y[i];
}
