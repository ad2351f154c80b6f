/* Super time stepping: the Runge-Kutta-Legendre method of second order, RKL2. With s stages the length of its
 * stability interval is (s^2 + s - 2)/2, so a step dt costs about sqrt(2 dt radius) evaluations instead of
 * dt radius / 2. It is the strongest explicit rival where diffusion is stiff.
 * Source: Meyer, Balsara & Aslam, J. Comput. Phys. 257 (2014), 594.
 *
 *   Y_0 = f,   Y_1 = Y_0 + mu~_1 dt F_0,
 *   Y_j = mu_j Y_{j-1} + nu_j Y_{j-2} + (1 - mu_j - nu_j) Y_0
 *         + mu~_j dt F(Y_{j-1}) + gamma~_j dt F_0,   j = 2..s,
 *   b_j = (j^2 + j - 2)/(2j (j + 1)),   b_0 = b_1 = b_2 = 1/3,   a_j = 1 - b_j,   w = 4/(s^2 + s - 2),
 *   mu~_1 = b_1 w,   mu_j = (2j - 1)/j b_j/b_{j-1},   nu_j = -(j - 1)/j b_j/b_{j-2},
 *   mu~_j = mu_j w,   gamma~_j = -a_{j-1} mu~_j.
 *
 * s is the least odd number whose interval contains dt times the spectral radius. One power iteration a step
 * keeps the radius up to date (stability.h).
 */
#include "fields.h"
#include "ode.h"
#include "stability.h"

#include <math.h>
#include <string.h>

static const double SAFETY = 1.05; /* factor on the radius, whose estimate approaches from below */
enum { FIRST_ITERATIONS = 200 };

typedef struct rkl2 {
    gz_ode ode;
    gz_power_iteration *power;
    double knows_radius;                /* 1 after the first step */
    double *Y0, *F0, *F, *before, *now; /* [cell][node]; before, now: Y_{j-2} and Y_{j-1} */
} rkl2;

static void destroy(void *self) {
    rkl2 *s = self;
    if (!s) return;
    gz_power_iteration_destroy(s->power);
    gz_ode_free(&s->ode);
    double *work[] = {s->Y0, s->F0, s->F, s->before, s->now};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    rkl2 *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    GZ_TRY(gz_ode_init(parts, "rkl2", &s->ode));
    GZ_TRY(gz_power_iteration_create(parts->context, parts->grid, s->ode.equation, &s->power));
    double **work[] = {&s->Y0, &s->F0, &s->F, &s->before, &s->now};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(parts->context, parts->grid->size, sizeof(double), work[i]));
    return GZ_OK;
}

/* The number of stages for a step dt, at least 3. */
static gz_status choose_stages(rkl2 *s, double dt, long *stages) {
    double radius = 0;
    const int most = s->knows_radius > 0 ? 1 : FIRST_ITERATIONS;
    GZ_TRY(gz_ode_advise(&s->ode, gz_power_iteration_run(s->power, s->Y0, s->F0, 1e-2, most, &radius)));
    s->knows_radius = 1;
    *stages = gz_stability_stages(SAFETY * radius * dt);
    if (*stages == 0)
        return gz_fail(
            s->ode.parts->context, GZ_ERROR_NOT_CONVERGED,
            "rkl2 would need more than 1e5 stages for dt = %g at a spectral radius of %g; try a smaller dt",
            dt, radius);
    return GZ_OK;
}

static double b(long j) {
    const double x = (double)j;
    return j < 2 ? 1. / 3 : (x * x + x - 2) / (2 * x * (x + 1));
}

/* Write Y_j over Y_{j-2} in `before`, and then exchange `before` and `now`. */
static void combine(rkl2 *s, long j, double w, double dt) {
    const double x = (double)j, mu = (2 * x - 1) / x * b(j) / b(j - 1), nu = -(x - 1) / x * b(j) / b(j - 2);
    const double of_F = mu * w * dt, of_F0 = (b(j - 1) - 1) * of_F, rest = 1 - mu - nu;
    double *newest = s->before;
#pragma omp parallel for num_threads(gz_field_threads(s->ode.parts->grid))
    for (size_t i = 0; i < s->ode.parts->grid->size; i++)
        newest[i] = mu * s->now[i] + nu * s->before[i] + rest * s->Y0[i] + of_F * s->F[i] + of_F0 * s->F0[i];
    s->before = s->now;
    s->now = newest;
}

static gz_status step(rkl2 *s, double dt, double *f) {
    const size_t size = s->ode.parts->grid->size;
    long stages = 0;
    memcpy(s->Y0, f, size * sizeof *f);
    memcpy(s->before, f, size * sizeof *f);
    GZ_TRY(gz_ode_advise(&s->ode, gz_semi_discrete_rate(s->ode.equation, s->Y0, s->F0)));
    GZ_TRY(choose_stages(s, dt, &stages));
    const double w = 4 / ((double)stages * ((double)stages + 1) - 2);
    for (size_t i = 0; i < size; i++) s->now[i] = f[i] + b(1) * w * dt * s->F0[i];
    for (long j = 2; j <= stages; j++) {
        GZ_TRY(gz_ode_advise(&s->ode, gz_semi_discrete_rate(s->ode.equation, s->now, s->F)));
        combine(s, j, w, dt);
    }
    memcpy(f, s->now, size * sizeof *f);
    return GZ_OK;
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    rkl2 *s = self;
    gz_ode_begin(&s->ode, f, report);
    return gz_ode_end(&s->ode, step(s, dt, f), f, log_f, false, report);
}

static size_t memory(void *self, gz_memory_block blocks[GZ_MEMORY_BLOCKS]) {
    rkl2 *s = self;
    blocks[0] = (gz_memory_block){.name = "rkl2_direction",
                                  .count = s->ode.parts->grid->size,
                                  .values = gz_power_iteration_direction(s->power),
                                  .is_field = true};
    blocks[1] = (gz_memory_block){.name = "rkl2_knows_radius", .count = 1, .values = &s->knows_radius};
    return 2;
}

const gz_integrator_method gz_integrator_rkl2 = {.name = "rkl2",
                                                 .create = create,
                                                 .destroy = destroy,
                                                 .collide = collide,
                                                 .semi_discrete = true,
                                                 .memory = memory};
