/* Grid transfer: Lagrange interpolation of log f, axis by axis, between two buffers. */
#include "grid_transfer.h"

#include <math.h>
#include <string.h>

enum { MOST_POINTS = 6, AXES = 2 * GZ_MAX_DIM };

/* The interpolation along one axis: from `from` places to `to` places, each through `points` old ones. */
typedef struct axis_transfer {
    size_t from, to;
    size_t points;
    bool periodic;
} axis_transfer;

/* The new place i in units of old places: old cell centres and old nodes are whole numbers. */
static double place_of(const gz_phase_grid *from, const gz_phase_grid *to, int axis, size_t i) {
    if (axis < GZ_MAX_DIM)
        return ((double)i + 0.5) * (double)from->cells[axis] / (double)to->cells[axis] - 0.5;
    return (to->axis_velocity[i] + from->half_width) / from->spacing;
}

/* The Lagrange weights at s for the points first, first + 1, .. */
static void lagrange(double s, double first, size_t points, double *weight) {
    for (size_t j = 0; j < points; j++) {
        weight[j] = 1;
        for (size_t k = 0; k < points; k++)
            if (k != j) weight[j] *= (s - (first + (double)k)) / ((double)j - (double)k);
    }
}

/* Interpolate along one axis, from old [outer][from][inner] to new [outer][to][inner]. */
static void transfer_axis(const gz_phase_grid *from, const gz_phase_grid *to, int axis,
                          const axis_transfer *t, size_t outer, size_t inner, const double *old,
                          double *new) {
    for (size_t i = 0; i < t->to; i++) {
        const double s = place_of(from, to, axis, i), half = (double)t->points / 2;
        double first = floor(s - half) + 1, weight[MOST_POINTS];
        if (!t->periodic) first = fmin(fmax(first, 0), (double)(t->from - t->points));
        lagrange(s, first, t->points, weight);
        for (size_t o = 0; o < outer; o++) {
            double *row = new + (o * t->to + i) * inner;
            memset(row, 0, inner * sizeof *row);
            for (size_t j = 0; j < t->points; j++) {
                const long n = (long)t->from, place = ((long)first + (long)j) % n;
                const double *value = old + (o * t->from + (size_t)(place < 0 ? place + n : place)) * inner;
                if (weight[j] != 0)
                    for (size_t k = 0; k < inner; k++) row[k] += weight[j] * value[k];
            }
        }
    }
}

static gz_status check(gz_context *context, const gz_phase_grid *from, const gz_phase_grid *to) {
    bool same = from->space_dim == to->space_dim && from->velocity_dim == to->velocity_dim &&
                from->boundary == to->boundary;
    for (int a = 0; same && a < to->space_dim; a++)
        same = fabs(from->length[a] - to->length[a]) <= 1e-9 * to->length[a];
    if (!same)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "a density can only be interpolated between grids with the same axes and lengths");
    if (to->half_width > from->half_width * (1 + 1e-12))
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "the density is known up to |v| = %g; it cannot be interpolated to a grid.v.half_width "
            "of %g",
            from->half_width, to->half_width);
    return GZ_OK;
}

gz_status gz_transfer_log(gz_context *context, const gz_phase_grid *from, const double *log_from,
                          const gz_phase_grid *to, double *log_to) {
    axis_transfer axes[AXES];
    size_t size = 1, most = to->size; /* most: largest size of a field between two axes */
    double *buffer[2] = {NULL, NULL};
    gz_status status = GZ_OK;
    GZ_TRY(check(context, from, to));
    for (int a = 0; a < AXES; a++) {
        const bool space = a < GZ_MAX_DIM, used = a - GZ_MAX_DIM < to->velocity_dim;
        axes[a] = (axis_transfer){.from = space  ? from->cells[a]
                                          : used ? from->nodes
                                                 : 1,
                                  .to = space  ? to->cells[a]
                                        : used ? to->nodes
                                               : 1,
                                  .periodic = space && from->boundary == GZ_TORUS};
        axes[a].points = axes[a].from < MOST_POINTS ? axes[a].from : MOST_POINTS;
        size *= axes[a].from;
    }
    size_t between = size;
    for (int a = 0; a < AXES; a++) {
        between = between / axes[a].from * axes[a].to;
        most = between > most ? between : most;
    }
    for (int k = 0; k < 2; k++)
        GZ_TRY_ELSE(status, gz_allocate(context, most, sizeof(double), &buffer[k]), done);
    const double *old = log_from;
    size_t outer = 1, inner = size;
    for (int a = 0; a < AXES; a++) {
        double *new = a == AXES - 1 ? log_to : buffer[a % 2];
        inner /= axes[a].from;
        transfer_axis(from, to, a, &axes[a], outer, inner, old, new);
        outer *= axes[a].to;
        old = new;
    }
done:
    for (int k = 0; k < 2; k++) gz_release(buffer[k]);
    return status;
}
