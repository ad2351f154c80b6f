/* Descent: the objective keeps the best point seen, and stops NLopt by force when a pass is over. */
#include "descent.h"

#include <math.h>
#include <string.h>

static double objective(unsigned n, const double *z, double *gradient, void *data) {
    gz_descent *s = data;
    const double unit = s->norm * s->norm;
    for (unsigned i = 0; i < n; i++) s->y[i] = s->norm * z[i] / s->scale[i];
    const double value = s->function(s->self, s->y, s->slope) / unit;
    double squared = 0;
    for (unsigned i = 0; i < n; i++) {
        const double slope = s->slope[i] / (s->scale[i] * s->norm);
        squared += slope * slope;
        if (gradient) gradient[i] = slope;
    }
    const double norm = sqrt(squared), round_off = 1e-13 * fabs(s->best_value);
    s->evaluations++;
    if (value < s->best_value - round_off || (value <= s->best_value + round_off && norm < s->best_norm)) {
        s->best_value = value;
        s->best_norm = norm;
        memcpy(s->best, s->y, n * sizeof *s->y);
    }
    if (s->best_norm <= s->enough || s->evaluations >= s->most || gz_go_on(s->context) != GZ_OK)
        nlopt_force_stop(s->algorithm);
    return value;
}

gz_status gz_descent_init(gz_context *context, size_t size, nlopt_algorithm algorithm, int vectors,
                          gz_descent *s) {
    memset(s, 0, sizeof *s);
    s->context = context;
    s->size = size;
    s->furthest = INFINITY;
    double **work[] = {&s->scale, &s->z, &s->best, &s->y, &s->slope};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(context, size, sizeof(double), work[i]));
    s->algorithm = nlopt_create(algorithm, (unsigned)size);
    if (!s->algorithm || nlopt_set_min_objective(s->algorithm, objective, s) < 0 ||
        nlopt_set_vector_storage(s->algorithm, (unsigned)vectors) < 0 ||
        nlopt_set_maxeval(s->algorithm, 0) < 0)
        return gz_fail(context, GZ_ERROR_MEMORY, "out of memory: NLopt's optimizer for %zu unknowns", size);
    return GZ_OK;
}

/* The bounds of z for those of y. slope is scratch. */
static void set_bounds(gz_descent *s) {
    if (isinf(s->furthest)) return;
    for (size_t i = 0; i < s->size; i++) s->slope[i] = s->furthest * s->scale[i] / s->norm;
    nlopt_set_upper_bounds(s->algorithm, s->slope);
    for (size_t i = 0; i < s->size; i++) s->slope[i] = -s->slope[i];
    nlopt_set_lower_bounds(s->algorithm, s->slope);
}

void gz_descent_free(gz_descent *s) {
    nlopt_destroy(s->algorithm);
    double *work[] = {s->scale, s->z, s->best, s->y, s->slope};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    memset(s, 0, sizeof *s);
}

double gz_descent_norm(const gz_descent *s, const double *gradient) {
    double squared = 0;
    for (size_t i = 0; i < s->size; i++) {
        const double slope = gradient[i] / s->scale[i];
        squared += slope * slope;
    }
    return sqrt(squared);
}

long gz_descent_pass(gz_descent *s, gz_descent_function function, void *self, double norm, double fall,
                     long most, double *y, double *fallen) {
    s->function = function;
    s->self = self;
    s->norm = norm;
    s->enough = fall;
    s->most = most;
    s->evaluations = 0;
    s->best_value = 0;
    s->best_norm = INFINITY;
    memset(s->z, 0, s->size * sizeof *s->z);
    memset(s->best, 0, s->size * sizeof *s->best);
    set_bounds(s);
    nlopt_set_force_stop(s->algorithm, 0);
    double value;
    nlopt_optimize(s->algorithm, s->z, &value);
    memcpy(y, s->best, s->size * sizeof *y);
    *fallen = isfinite(s->best_norm) ? s->best_norm : NAN;
    return s->evaluations;
}
