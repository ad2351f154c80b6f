/* RKL2: the number of stages, and their recursion. */
#include "rkl2_stages.h"

#include "fields.h"

#include <string.h>

static const double SAFETY = 1.05; /* factor on the radius, whose estimate approaches from below */

void gz_rkl2_free(gz_rkl2 *s) {
    gz_power_iteration_destroy(s->power);
    gz_ode_free(&s->ode);
    double *work[] = {s->Y0, s->F0, s->F, s->before, s->now};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
}

gz_status gz_rkl2_init(const gz_integrator_parts *parts, const char *scheme, gz_rkl2 *s) {
    GZ_TRY(gz_ode_init(parts, scheme, &s->ode));
    GZ_TRY(gz_power_iteration_create(parts->context, parts->grid, s->ode.equation, &s->power));
    double **work[] = {&s->Y0, &s->F0, &s->F, &s->before, &s->now};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(parts->context, parts->grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

gz_status gz_rkl2_radius(gz_rkl2 *s, int most, double *radius) {
    return gz_power_iteration_run(s->power, s->Y0, s->F0, 1e-2, most, radius);
}

gz_status gz_rkl2_count(const gz_rkl2 *s, double dt, double radius, long *stages) {
    *stages = gz_stability_stages(SAFETY * radius * dt);
    if (*stages > 0) return GZ_OK;
    return gz_fail(s->ode.parts->context, GZ_ERROR_NOT_CONVERGED,
                   "%s would need more than 1e5 stages for dt = %g at a spectral radius of %g", s->ode.scheme,
                   dt, radius);
}

static double b(long j) {
    const double x = (double)j;
    return j < 2 ? 1. / 3 : (x * x + x - 2) / (2 * x * (x + 1));
}

/* Write Y_j over Y_{j-2} in `before`, and then exchange `before` and `now`. */
static void combine(gz_rkl2 *s, long j, double w, double dt) {
    const double x = (double)j, mu = (2 * x - 1) / x * b(j) / b(j - 1), nu = -(x - 1) / x * b(j) / b(j - 2);
    const double of_F = mu * w * dt, of_F0 = (b(j - 1) - 1) * of_F, rest = 1 - mu - nu;
    double *newest = s->before;
#pragma omp parallel for num_threads(gz_field_threads(s->ode.parts->grid))
    for (size_t i = 0; i < s->ode.parts->grid->size; i++)
        newest[i] = mu * s->now[i] + nu * s->before[i] + rest * s->Y0[i] + of_F * s->F[i] + of_F0 * s->F0[i];
    s->before = s->now;
    s->now = newest;
}

gz_status gz_rkl2_step(gz_rkl2 *s, double dt, long stages) {
    const size_t size = s->ode.parts->grid->size;
    const double w = 4 / ((double)stages * ((double)stages + 1) - 2);
    memcpy(s->before, s->Y0, size * sizeof *s->Y0);
    for (size_t i = 0; i < size; i++) s->now[i] = s->Y0[i] + b(1) * w * dt * s->F0[i];
    for (long j = 2; j <= stages; j++) {
        GZ_TRY(gz_semi_discrete_rate(s->ode.equation, s->now, s->F));
        combine(s, j, w, dt);
    }
    return GZ_OK;
}
