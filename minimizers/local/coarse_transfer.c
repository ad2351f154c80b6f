/* Coarse transfer: one axis at a time. See coarse_transfer.h.
 *
 * While axis a is done an array is [outer][axis][inner] with outer = fine^a and inner = coarse^(dim-1-a).
 */
#include "coarse_transfer.h"

#include <string.h>

static size_t power(size_t base, int exponent) {
    size_t result = 1;
    for (int i = 0; i < exponent; i++) result *= base;
    return result;
}

static gz_status fill(gz_context *context, size_t ratio, gz_coarse_transfer *t) {
    const size_t fine = t->fine, coarse = t->coarse, threads = (size_t)gz_context_threads(context);
    GZ_TRY(gz_allocate(context, coarse, sizeof *t->place, &t->place));
    gz_axis_map *maps[] = {&t->linear, &t->element};
    for (int m = 0; m < 2; m++) {
        GZ_TRY(gz_allocate(context, fine, sizeof(size_t), &maps[m]->first));
        GZ_TRY(gz_allocate(context, fine, sizeof(double), &maps[m]->right));
    }
    for (size_t j = 0; j < coarse; j++) t->place[j] = j + 1 < coarse ? j * ratio : fine - 1;
    for (size_t i = 0; i < fine; i++) {
        const size_t left = i / ratio < coarse - 1 ? i / ratio : coarse - 2;
        const size_t from = t->place[left], to = t->place[left + 1];
        t->linear.first[i] = left;
        t->linear.right[i] = (double)(i - from) / (double)(to - from);
        const bool shared = i == from && left > 0;
        t->element.first[i] = shared ? left - 1 : left;
        t->element.right[i] = shared ? 0.5 : 0;
    }
    t->work_size = power(fine, t->dim - 1) * coarse;
    return gz_allocate(context, threads * 2 * t->work_size, sizeof(double), &t->work);
}

gz_status gz_coarse_transfer_init(gz_context *context, const gz_phase_grid *grid, size_t ratio,
                                  gz_coarse_transfer *t) {
    *t = (gz_coarse_transfer){.dim = grid->velocity_dim, .fine = grid->nodes};
    t->coarse = (t->fine - 2) / ratio + 2;
    t->nodes = power(t->coarse, t->dim);
    return fill(context, ratio, t);
}

void gz_coarse_transfer_free(gz_coarse_transfer *t) {
    gz_release(t->place);
    gz_release(t->linear.first);
    gz_release(t->linear.right);
    gz_release(t->element.first);
    gz_release(t->element.right);
    gz_release(t->work);
    *t = (gz_coarse_transfer){0};
}

/* out [outer][coarse][inner] = map^T applied to in [outer][fine][inner], times b where it is given. */
static void gather_axis(const gz_coarse_transfer *t, const gz_axis_map *map, size_t outer, size_t inner,
                        const double *restrict in, const double *restrict b, double *restrict out) {
    memset(out, 0, outer * t->coarse * inner * sizeof *out);
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < t->fine; i++) {
            const size_t row = (o * t->fine + i) * inner;
            double *low = out + (o * t->coarse + map->first[i]) * inner;
            const double right = map->right[i], left = 1 - right;
            for (size_t k = 0; k < inner; k++) {
                const double value = b ? in[row + k] * b[row + k] : in[row + k];
                low[k] += left * value;
                if (right != 0) low[k + inner] += right * value;
            }
        }
}

static void gather(const gz_coarse_transfer *t, const gz_axis_map *map, int thread, const double *a,
                   const double *b, double *coarse) {
    double *work[2];
    for (int j = 0; j < 2; j++) work[j] = t->work + ((size_t)thread * 2 + (size_t)j) * t->work_size;
    for (int axis = t->dim - 1; axis >= 0; axis--) {
        double *out = axis == 0 ? coarse : work[axis % 2];
        gather_axis(t, map, power(t->fine, axis), power(t->coarse, t->dim - 1 - axis), a, b, out);
        a = out;
        b = NULL;
    }
}

void gz_coarse_restrict(const gz_coarse_transfer *t, int thread, const double *fine, double *coarse) {
    gather(t, &t->linear, thread, fine, NULL, coarse);
}

void gz_coarse_collect(const gz_coarse_transfer *t, int thread, const double *a, const double *b,
                       double *coarse) {
    gather(t, &t->element, thread, a, b, coarse);
}

/* out [outer][fine][inner] = (keep ? out : 0) + linear interpolation of in [outer][coarse][inner]. */
static void interpolate_axis(const gz_coarse_transfer *t, size_t outer, size_t inner, bool keep,
                             const double *restrict in, double *restrict out) {
    for (size_t o = 0; o < outer; o++)
        for (size_t i = 0; i < t->fine; i++) {
            const double *low = in + (o * t->coarse + t->linear.first[i]) * inner;
            double *row = out + (o * t->fine + i) * inner;
            const double right = t->linear.right[i], left = 1 - right;
            for (size_t k = 0; k < inner; k++)
                row[k] = (keep ? row[k] : 0) + left * low[k] + right * low[k + inner];
        }
}

void gz_coarse_prolong_add(const gz_coarse_transfer *t, int thread, const double *coarse, double *fine) {
    double *work[2];
    for (int j = 0; j < 2; j++) work[j] = t->work + ((size_t)thread * 2 + (size_t)j) * t->work_size;
    for (int axis = 0; axis < t->dim; axis++) {
        const bool last = axis == t->dim - 1;
        double *out = last ? fine : work[axis % 2];
        interpolate_axis(t, power(t->fine, axis), power(t->coarse, t->dim - 1 - axis), last, coarse, out);
        coarse = out;
    }
}
