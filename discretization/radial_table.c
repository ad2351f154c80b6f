/* Radial table: monotone cubic interpolation. The slopes are computed once; a value is found by bisection. */
#include "radial_table.h"

#include <math.h>
#include <stdbool.h>

struct gz_radial_table {
    size_t count;
    double *r, *value, *slope; /* [count] */
};

void gz_radial_table_destroy(gz_radial_table *s) {
    if (!s) return;
    gz_release(s->r);
    gz_release(s->value);
    gz_release(s->slope);
    gz_release(s);
}

static gz_status check(gz_context *context, size_t count, const double *r, const double *value) {
    if (count < 2)
        return gz_fail(context, GZ_ERROR_SETTINGS, "a radial table needs at least 2 values, not %zu", count);
    if (r[0] != 0)
        return gz_fail(context, GZ_ERROR_SETTINGS, "a radial table must begin at r = 0, not %g", r[0]);
    bool positive = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(r[i]) || (i > 0 && !(r[i] > r[i - 1])))
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "r must increase in a radial table; value %zu is at r = %g", i + 1, r[i]);
        if (!(value[i] >= 0) || !isfinite(value[i]))
            return gz_fail(context, GZ_ERROR_SETTINGS,
                           "a radial table has the value %g at r = %g; it must be zero or positive", value[i],
                           r[i]);
        positive = positive || value[i] > 0;
    }
    if (!positive) return gz_fail(context, GZ_ERROR_SETTINGS, "a radial table is zero everywhere");
    return GZ_OK;
}

static double secant(const gz_radial_table *s, size_t i) {
    return (s->value[i + 1] - s->value[i]) / (s->r[i + 1] - s->r[i]);
}

/* Weighted harmonic mean of the neighbouring secants if their signs agree, else 0 (Fritsch and Butland). */
static double inner_slope(const gz_radial_table *s, size_t i) {
    const double left = secant(s, i - 1), right = secant(s, i);
    if (!(left * right > 0)) return 0;
    const double before = s->r[i] - s->r[i - 1], after = s->r[i + 1] - s->r[i];
    return 3 * (before + after) / ((2 * after + before) / left + (after + 2 * before) / right);
}

/* Slope of the parabola through three points at an end, limited to keep the end piece monotone. */
static double end_slope(double near, double far, double first, double second) {
    const double slope = first + (first - second) * near / (near + far);
    if (slope * first <= 0) return 0;
    return fabs(slope) > 3 * fabs(first) ? 3 * first : slope;
}

static void set_slopes(gz_radial_table *s) {
    const size_t n = s->count;
    for (size_t i = 1; i + 1 < n; i++) s->slope[i] = inner_slope(s, i);
    if (n == 2) {
        s->slope[0] = s->slope[1] = secant(s, 0);
        return;
    }
    const double *r = s->r;
    s->slope[0] = end_slope(r[1] - r[0], r[2] - r[1], secant(s, 0), secant(s, 1));
    s->slope[n - 1] = end_slope(r[n - 1] - r[n - 2], r[n - 2] - r[n - 3], secant(s, n - 2), secant(s, n - 3));
}

gz_status gz_radial_table_create(gz_context *context, size_t count, const double *r, const double *value,
                                 gz_radial_table **table) {
    *table = NULL;
    gz_radial_table *s = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(check(context, count, r, value));
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    double **arrays[] = {&s->r, &s->value, &s->slope};
    for (size_t k = 0; k < 3; k++)
        GZ_TRY_ELSE(status, gz_allocate(context, count, sizeof(double), arrays[k]), fail);
    s->count = count;
    for (size_t i = 0; i < count; i++) {
        s->r[i] = r[i];
        s->value[i] = value[i];
    }
    set_slopes(s);
    *table = s;
    return GZ_OK;
fail:
    gz_radial_table_destroy(s);
    return status;
}

double gz_radial_table_end(const gz_radial_table *s) {
    return s->r[s->count - 1];
}

/* The piece that holds r, and where r lies in it: t from 0 to 1. */
static size_t piece_at(const gz_radial_table *s, double r, double *t) {
    size_t low = 0, high = s->count - 1; /* r[low] <= r < r[high] */
    while (high - low > 1) {
        const size_t middle = (low + high) / 2;
        if (s->r[middle] <= r)
            low = middle;
        else
            high = middle;
    }
    *t = (r - s->r[low]) / (s->r[high] - s->r[low]);
    return low;
}

double gz_radial_table_value(const gz_radial_table *s, double r) {
    if (!(r < gz_radial_table_end(s))) return s->value[s->count - 1];
    double t;
    const size_t i = piece_at(s, r, &t);
    const double width = s->r[i + 1] - s->r[i], u = 1 - t;
    return u * u * (1 + 2 * t) * s->value[i] + t * t * (3 - 2 * t) * s->value[i + 1] +
           t * u * width * (u * s->slope[i] - t * s->slope[i + 1]);
}

double gz_radial_table_slope(const gz_radial_table *s, double r) {
    if (!(r < gz_radial_table_end(s))) return 0;
    double t;
    const size_t i = piece_at(s, r, &t);
    const double u = 1 - t;
    return 6 * t * u * secant(s, i) + u * (1 - 3 * t) * s->slope[i] + t * (3 * t - 2) * s->slope[i + 1];
}
