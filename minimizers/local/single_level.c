/* Single level: the products of a block are added up in one vector of the processor, or two. */
#include "single_level.h"

#include <string.h>

enum { LANES = GZ_SINGLE_LANES };

typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

static size_t field_size(const gz_single_level *l) {
    return l->blocks * LANES + 2 * l->margin;
}

gz_status gz_single_level_init(gz_context *context, const gz_compact_level *compact, size_t slots,
                               gz_single_level *l) {
    *l = (gz_single_level){.dim = compact->dim,
                           .terms = 2 * compact->terms,
                           .nodes = compact->nodes,
                           .blocks = (compact->nodes + LANES - 1) / LANES,
                           .margin = (compact->stride[0] + compact->stride[1] + LANES - 1) / LANES * LANES};
    for (int k = 0; k < compact->terms; k++) {
        l->distance[2 * k] = compact->distance[k];
        l->distance[2 * k + 1] = -compact->distance[k];
    }
    GZ_TRY(gz_allocate(context, slots * l->blocks * (size_t)l->terms * LANES, sizeof(float), &l->entry));
    return gz_allocate(context, slots * GZ_SINGLE_FIELDS * field_size(l), sizeof(float), &l->fields);
}

void gz_single_level_free(gz_single_level *l) {
    gz_release(l->entry);
    gz_release(l->fields);
    *l = (gz_single_level){0};
}

float *gz_single_level_field(const gz_single_level *l, size_t slot, int field) {
    return l->fields + (slot * GZ_SINGLE_FIELDS + (size_t)field) * field_size(l) + l->margin;
}

/* The entries of a block. */
static float *entries_of(const gz_single_level *l, size_t slot, size_t block) {
    return l->entry + (slot * l->blocks + block) * (size_t)l->terms * LANES;
}

/* An entry for `count` nodes: coupling over D. */
static inline void divide(const double *restrict coupling, const double *restrict inverse,
                          float *restrict entry, size_t count) {
    for (size_t i = 0; i < count; i++) entry[i] = (float)(coupling[i] * inverse[i]);
}

void gz_single_level_set(const gz_single_level *l, size_t slot, const gz_compact_level *compact, size_t cell,
                         gz_rows blocks) {
    for (size_t j = blocks.begin; j < blocks.end; j++) {
        const size_t first = cell * l->nodes + j * LANES, left = l->nodes - j * LANES;
        const double *inverse = compact->inverse + first;
        float *to = entries_of(l, slot, j);
        for (int k = 0; k < l->terms; k++, to += LANES) {
            const double *coupling = compact->coupling[k / 2] + first + (k % 2 ? l->distance[k] : 0);
            if (left >= LANES)
                divide(coupling, inverse, to, LANES);
            else
                divide(coupling, inverse, to, left);
        }
    }
}

/* sum = (A - 1) x at the nodes of a block. x: at its first node */
static inline void multiply(int terms, const ptrdiff_t *distance, const float *entry, const float *x,
                            lanes *sum) {
    *sum = (lanes){0};
    for (int k = 0; k < terms; k++) {
        lanes a, y;
        memcpy(&a, entry + k * LANES, sizeof a);
        memcpy(&y, x + distance[k], sizeof y);
        *sum += a * y;
    }
}

static inline void smooth(int terms, const gz_single_level *l, size_t slot, gz_rows blocks,
                          const float *restrict b, bool add, float *restrict x) {
    double of_b, of_product;
    gz_compact_level_smoother(&of_b, &of_product);
    const float f = (float)of_b, g = (float)of_product;
    for (size_t j = blocks.begin; j < blocks.end; j++) {
        lanes sum, own, to;
        multiply(terms, l->distance, entries_of(l, slot, j), b + j * LANES, &sum);
        memcpy(&own, b + j * LANES, sizeof own);
        to = f * own - g * sum;
        if (add) {
            memcpy(&own, x + j * LANES, sizeof own);
            to += own;
        }
        memcpy(x + j * LANES, &to, sizeof to);
    }
}

void gz_single_level_smooth(const gz_single_level *l, size_t slot, gz_rows blocks, const float *b, bool add,
                            float *x) {
    if (l->dim == 1)
        smooth(2, l, slot, blocks, b, add, x);
    else if (l->dim == 2)
        smooth(8, l, slot, blocks, b, add, x);
    else
        smooth(18, l, slot, blocks, b, add, x);
}

static inline void residual(int terms, const gz_single_level *l, size_t slot, gz_rows blocks,
                            const float *restrict b, const float *restrict x, float *restrict out) {
    for (size_t j = blocks.begin; j < blocks.end; j++) {
        lanes sum, own, right;
        multiply(terms, l->distance, entries_of(l, slot, j), x + j * LANES, &sum);
        memcpy(&own, x + j * LANES, sizeof own);
        memcpy(&right, b + j * LANES, sizeof right);
        right = right - own - sum;
        memcpy(out + j * LANES, &right, sizeof right);
    }
}

void gz_single_level_residual(const gz_single_level *l, size_t slot, gz_rows blocks, const float *b,
                              const float *x, float *out) {
    if (l->dim == 1)
        residual(2, l, slot, blocks, b, x, out);
    else if (l->dim == 2)
        residual(8, l, slot, blocks, b, x, out);
    else
        residual(18, l, slot, blocks, b, x, out);
}

/* Line i of the fine axis from coarse lines of `inner` contiguous values. */
static void prolong_line(size_t i, const float *coarse, float *restrict out, size_t inner) {
    const float *restrict left = coarse + i / 2 * inner, *restrict right = left + inner;
    if (i % 2 == 0)
        memcpy(out, left, inner * sizeof *out);
    else
        for (size_t k = 0; k < inner; k++) out[k] = 0.5f * (left[k] + right[k]);
}

static void prolong_last_add(size_t nodes, const float *restrict coarse, float *restrict fine) {
    const size_t last = nodes / 2;
    for (size_t J = 0; J < last; J++) {
        fine[2 * J] += coarse[J];
        fine[2 * J + 1] += 0.5f * (coarse[J] + coarse[J + 1]);
    }
    fine[2 * last] += coarse[last];
}

void gz_single_level_prolong_add(const gz_level_transfer *t, gz_rows rows, const float *coarse, float *fine,
                                 float *scratch) {
    const size_t lines = t->dim == 3 ? t->fine : 1, inner = t->dim == 3   ? t->coarse * t->coarse
                                                            : t->dim == 2 ? t->coarse
                                                                          : 1;
    float *spread = scratch, *line = scratch + inner;
    for (size_t i = rows.begin; i < rows.end; i++) {
        prolong_line(i, coarse, spread, inner);
        if (t->dim == 1) {
            fine[i] += spread[0];
            continue;
        }
        for (size_t j = 0; j < lines; j++) {
            if (t->dim == 3) prolong_line(j, spread, line, t->coarse);
            prolong_last_add(t->fine, t->dim == 3 ? line : spread, fine + (i * lines + j) * t->fine);
        }
    }
}
