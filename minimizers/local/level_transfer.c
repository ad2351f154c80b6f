/* Level transfer: axis by axis, for each row of the first axis separately. */
#include "level_transfer.h"

#include <string.h>

static size_t power(size_t base, int exponent) {
    return exponent == 0 ? 1 : base * power(base, exponent - 1);
}

size_t gz_level_transfer_scratch(const gz_level_transfer *t) {
    return 2 * power(t->fine, t->dim - 1);
}

/* out = middle + (left + right)/2. left or right is NULL beyond an end. */
static void collect(const double *restrict left, const double *restrict middle, const double *restrict right,
                    double *restrict out, size_t count) {
    if (left && right)
        for (size_t k = 0; k < count; k++) out[k] = middle[k] + 0.5 * (left[k] + right[k]);
    else
        for (size_t k = 0; k < count; k++) out[k] = middle[k] + 0.5 * (left ? left : right)[k];
}

/* Line J of the coarse axis from fine lines of `inner` contiguous values. */
static void restrict_line(const gz_level_transfer *t, size_t J, const double *fine, double *out,
                          size_t inner) {
    if (2 * J >= t->fine) {
        memset(out, 0, inner * sizeof *out);
        return;
    }
    const double *middle = fine + 2 * J * inner;
    collect(J > 0 ? middle - inner : NULL, middle, 2 * J + 1 < t->fine ? middle + inner : NULL, out, inner);
}

/* The last axis: [fine] -> [coarse]. */
static void restrict_last(const gz_level_transfer *t, const double *restrict fine, double *restrict coarse) {
    const size_t last = t->fine / 2;
    coarse[0] = fine[0] + 0.5 * fine[1];
    for (size_t J = 1; J < last; J++) coarse[J] = fine[2 * J] + 0.5 * (fine[2 * J - 1] + fine[2 * J + 1]);
    coarse[last] = fine[2 * last] + 0.5 * fine[2 * last - 1];
    if (last + 1 < t->coarse) coarse[last + 1] = 0;
}

void gz_level_restrict(const gz_level_transfer *t, gz_rows rows, const double *fine, double *coarse,
                       double *scratch) {
    const size_t row = power(t->fine, t->dim - 1), coarse_row = power(t->coarse, t->dim - 1);
    double *collected = scratch, *line = scratch + row;
    for (size_t J = rows.begin; J < rows.end; J++) {
        double *out = coarse + J * coarse_row;
        if (t->dim == 1) {
            restrict_line(t, J, fine, out, 1);
            continue;
        }
        restrict_line(t, J, fine, collected, row);
        if (t->dim == 2) {
            restrict_last(t, collected, out);
            continue;
        }
        for (size_t K = 0; K < t->coarse; K++) {
            restrict_line(t, K, collected, line, t->fine);
            restrict_last(t, line, out + K * t->coarse);
        }
    }
}

/* Line i of the fine axis from coarse lines of `inner` contiguous values. */
static void prolong_line(size_t i, const double *coarse, double *restrict out, size_t inner) {
    const double *restrict left = coarse + i / 2 * inner, *restrict right = left + inner;
    if (i % 2 == 0)
        memcpy(out, left, inner * sizeof *out);
    else
        for (size_t k = 0; k < inner; k++) out[k] = 0.5 * (left[k] + right[k]);
}

static void prolong_last_add(const gz_level_transfer *t, const double *restrict coarse,
                             double *restrict fine) {
    const size_t last = t->fine / 2;
    for (size_t J = 0; J < last; J++) {
        fine[2 * J] += coarse[J];
        fine[2 * J + 1] += 0.5 * (coarse[J] + coarse[J + 1]);
    }
    fine[2 * last] += coarse[last];
}

void gz_level_prolong_add(const gz_level_transfer *t, gz_rows rows, const double *coarse, double *fine,
                          double *scratch) {
    const size_t row = power(t->fine, t->dim - 1), coarse_row = power(t->coarse, t->dim - 1);
    double *spread = scratch, *line = scratch + row;
    for (size_t i = rows.begin; i < rows.end; i++) {
        prolong_line(i, coarse, spread, coarse_row);
        if (t->dim == 1) {
            fine[i] += spread[0];
            continue;
        }
        if (t->dim == 2) {
            prolong_last_add(t, spread, fine + i * row);
            continue;
        }
        for (size_t j = 0; j < t->fine; j++) {
            const size_t place = i * row + j * t->fine;
            prolong_line(j, spread, line, t->coarse);
            prolong_last_add(t, line, fine + place);
        }
    }
}
