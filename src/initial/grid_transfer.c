/* Grid transfer: interpolation of log f, axis by axis, between two buffers. */
#include "grid_transfer.h"

#include <math.h>
#include <string.h>

static const double PI = 3.14159265358979323846;
static const double SLACK = 0.1;   /* what log f may leave the range of its neighbours by, at any rate */
static const double MOST_BENT = 4; /* log f that bends by more is not resolved */

enum { MOST_POINTS = 12, AXES = 2 * GZ_MAX_DIM };

/* The interpolation along one axis: from `from` places to `to` places, each through `points` old ones. */
typedef struct axis_transfer {
    size_t from, to;
    size_t points;
    bool periodic;
    double *weight; /* [points], of the present place */
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

/* The weights at s of the trigonometric polynomial through the points 0, 1, .., n - 1 of a period n. */
static void trigonometric(double s, size_t n, double *weight) {
    for (size_t j = 0; j < n; j++) {
        const double x = s - (double)j, angle = PI * x / (double)n;
        const double below = (double)n * (n % 2 == 1 ? sin(angle) : tan(angle));
        weight[j] = fabs(below) > 1e-12 ? sin(PI * x) / below : 1;
    }
}

/* Set the weights of the new place s. Returns the first of the old points. */
static long set_weights(const axis_transfer *t, double s) {
    if (s == floor(s)) { /* an old place, whose value stays as it is */
        memset(t->weight, 0, t->points * sizeof *t->weight);
        t->weight[0] = 1;
        return (long)s;
    }
    if (t->periodic) {
        trigonometric(s, t->from, t->weight);
        return 0;
    }
    const double last = (double)(t->from - t->points),
                 first = fmin(fmax(floor(s - (double)t->points / 2) + 1, 0), last);
    lagrange(s, first, t->points, t->weight);
    return (long)first;
}

/* The old place k: around the torus, or the nearest one of a line. */
static size_t old_place(const axis_transfer *t, long k) {
    const long n = (long)t->from;
    if (t->periodic) return (size_t)((k % n + n) % n);
    return (size_t)(k < 0 ? 0 : k >= n ? n - 1 : k);
}

/* The smaller of two numbers of the same sign in size, or 0 if their signs differ. */
static double smaller(double a, double b) {
    if (a * b <= 0) return 0;
    return fabs(a) < fabs(b) ? fabs(a) : fabs(b);
}

/* Keep a row of results within the values of their two neighbours, as far as these bend. near: the values at
 * the old places -1, 0, 1, 2 from the left neighbour on. At the end of a line a place is there twice, and the
 * second difference that has no third value counts as large as the other one. */
static void limit(const double *const near[4], size_t count, double *row) {
    const bool left = near[0] != near[1], right = near[3] != near[2];
    for (size_t k = 0; k < count; k++) {
        const double a = near[1][k], b = near[2][k];
        double bend_a = near[0][k] - 2 * a + b, bend_b = a - 2 * b + near[3][k];
        if (!left) bend_a = right ? bend_b : 0;
        if (!right) bend_b = left ? bend_a : 0;
        const double slack = SLACK + fmin(smaller(bend_a, bend_b), MOST_BENT) / 4;
        row[k] = fmin(fmax(row[k], fmin(a, b) - slack), fmax(a, b) + slack);
    }
}

/* Interpolate along one axis, from old [outer][from][inner] to new [outer][to][inner]. */
static void transfer_axis(const gz_phase_grid *from, const gz_phase_grid *to, int axis,
                          const axis_transfer *t, size_t outer, size_t inner, const double *old,
                          double *new) {
    for (size_t i = 0; i < t->to; i++) {
        const double s = place_of(from, to, axis, i);
        const long first = set_weights(t, s), left = (long)floor(s);
        for (size_t o = 0; o < outer; o++) {
            const double *line = old + o * t->from * inner, *near[4];
            double *row = new + (o * t->to + i) * inner;
            memset(row, 0, inner * sizeof *row);
            for (size_t j = 0; j < t->points; j++) {
                const double *value = line + old_place(t, first + (long)j) * inner;
                if (t->weight[j] != 0)
                    for (size_t k = 0; k < inner; k++) row[k] += t->weight[j] * value[k];
            }
            for (long j = 0; j < 4; j++) near[j] = line + old_place(t, left - 1 + j) * inner;
            limit(near, inner, row);
        }
    }
}

static gz_status check(gz_context *context, const gz_phase_grid *from, const gz_phase_grid *to) {
    bool same = from->space_dim == to->space_dim && from->velocity_dim == to->velocity_dim &&
                from->boundary == to->boundary && from->species_count == to->species_count;
    for (int a = 0; same && a < to->space_dim; a++)
        same = fabs(from->length[a] - to->length[a]) <= 1e-9 * to->length[a];
    if (!same)
        return gz_fail(
            context, GZ_ERROR_SETTINGS,
            "a density can only be interpolated between grids with the same axes, lengths and species");
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
    size_t size = to->species_count, most = to->size; /* most: largest size of a field between two axes */
    double *buffer[2] = {NULL, NULL}, *weight = NULL;
    size_t most_points = MOST_POINTS;
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
        const bool all = axes[a].periodic || axes[a].from < MOST_POINTS;
        axes[a].points = all ? axes[a].from : MOST_POINTS;
        most_points = axes[a].points > most_points ? axes[a].points : most_points;
        size *= axes[a].from;
    }
    size_t between = size;
    for (int a = 0; a < AXES; a++) {
        between = between / axes[a].from * axes[a].to;
        most = between > most ? between : most;
    }
    for (int k = 0; k < 2; k++)
        GZ_TRY_ELSE(status, gz_allocate(context, most, sizeof(double), &buffer[k]), done);
    GZ_TRY_ELSE(status, gz_allocate(context, most_points, sizeof *weight, &weight), done);
    const double *old = log_from;
    size_t outer = to->species_count, inner = size / outer;
    for (int a = 0; a < AXES; a++) {
        double *new = a == AXES - 1 ? log_to : buffer[a % 2];
        axes[a].weight = weight;
        inner /= axes[a].from;
        transfer_axis(from, to, a, &axes[a], outer, inner, old, new);
        outer *= axes[a].to;
        old = new;
    }
done:
    for (int k = 0; k < 2; k++) gz_release(buffer[k]);
    gz_release(weight);
    return status;
}
