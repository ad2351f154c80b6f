/* Fields: blocks and reproducible sums. */
#include "fields.h"

#include "vector_math.h"

#include <string.h>

enum {
    SMALL = 8192, /* entries below which starting threads costs more than it saves */
    LANES =
        16 /* sums side by side: enough for the processor to start an addition while others are under way */
};

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
    gz_block block = {.index = index, .node = index % fields->blocks_a_cell * GZ_BLOCK};
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

/* A loop on its way through the blocks. */
typedef struct loop {
    const gz_fields *fields;
    gz_block_task *task;
    const void *self;
} loop;

static void run_block(const void *self, size_t j) {
    const loop *l = self;
    double *sums = l->fields->partial[j];
    memset(sums, 0, sizeof l->fields->partial[j]);
    l->task(l->self, gz_fields_block(l->fields, j), sums);
}

void gz_fields_run(const gz_fields *fields, gz_block_task *task, const void *self) {
    gz_share(fields->threads, fields->blocks, run_block, &(loop){fields, task, self});
}

void gz_fields_sum(const gz_fields *fields, gz_block_task *task, const void *self, size_t count,
                   double *total) {
    gz_fields_run(fields, task, self);
    gz_fields_totals(fields, count, total);
}

double gz_fields_sum_one(const gz_fields *fields, gz_block_task *task, const void *self) {
    gz_fields_run(fields, task, self);
    return gz_fields_total(fields);
}

/* The sum of the lanes, in pairs. */
static double sum_of_lanes(double *lane) {
    for (size_t half = LANES / 2; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) lane[l] += lane[l + half];
    return lane[0];
}

double gz_block_sum(const double *restrict a, size_t count) {
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++) lane[l] += a[i + l];
    for (size_t l = 0; i < count; i++, l++) lane[l] += a[i];
    return sum_of_lanes(lane);
}

double gz_block_dot(const double *restrict a, const double *restrict b, size_t count) {
    double lane[LANES] = {0};
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        for (size_t l = 0; l < LANES; l++) lane[l] += a[i + l] * b[i + l];
    for (size_t l = 0; i < count; i++, l++) lane[l] += a[i] * b[i];
    return sum_of_lanes(lane);
}

typedef struct dot_input {
    const double *a, *b;
} dot_input;

static void dot_task(const void *self, gz_block on, double *sums) {
    const dot_input *in = self;
    sums[0] = gz_block_dot(in->a + on.first, in->b + on.first, on.count);
}

double gz_fields_dot(const gz_fields *fields, const double *a, const double *b) {
    return gz_fields_sum_one(fields, dot_task, &(dot_input){a, b});
}

typedef struct combination {
    double a, b;
    const double *x;
    double *y;
} combination;

static void combine_task(const void *self, gz_block on, double *sums) {
    const combination *c = self;
    const double a = c->a, b = c->b, *restrict x = c->x + on.first;
    double *restrict y = c->y + on.first;
    (void)sums;
    if (b == 0)
        for (size_t i = 0; i < on.count; i++) y[i] = a * x[i];
    else
        for (size_t i = 0; i < on.count; i++) y[i] = a * x[i] + b * y[i];
}

void gz_fields_combine(const gz_fields *fields, double a, const double *x, double b, double *y) {
    gz_fields_run(fields, combine_task, &(combination){a, b, x, y});
}

typedef struct density {
    const double *h, *log_f;
    double *mass;
} density;

static void mass_task(const void *self, gz_block on, double *sums) {
    const density *in = self;
    const double *restrict h = in->h + on.node, *restrict log_f = in->log_f + on.first;
    double *restrict mass = in->mass + on.first;
    (void)sums;
    for (size_t i = 0; i < on.count; i++) mass[i] = h[i] * exp(log_f[i]);
}

void gz_fields_mass(const gz_fields *s, const double *log_f, double *mass) {
    gz_fields_run(s, mass_task, &(density){s->grid->node_volume, log_f, mass});
}
