/* RKL2 with steps of its own (rkl2_stages.h), chosen from an estimate of the error of each:
 *
 *   e = k(s) (Y_s - Y_0 - dt/2 (F_0 + F_s)),   k(s) = (1/6 - c_3)/(1/4 - c_3),
 *   c_3(s) = (s^2 + s - 6)/(9 (s^2 + s - 2)),
 *   err = rms of e/(rtol |Y_0| + atol), rtol = time.tolerance.
 *
 * The stability polynomial is 1 + z + z^2/2 + c_3 z^3 + .., so a step is wrong by -(1/6 - c_3) dt^3 f''', and the
 * trapezoidal rule in the bracket by a further -1/12 of it: k is the step's share, 6/11 for s = 3 and 2/5 for many
 * stages. On f' = lambda f with lambda dt = -0.03, e is 1.007 times the error, measured, for 3 to 31 stages; with the
 * 0.8 of RKC, which leaves the error of Y_s in the bracket out, it would be 1.5 to 2.0 times. F_s is the F_0 of the
 * next step, so e is free. A step with err > 1 is refused, as is one where f is not positive (log form) or not finite,
 * and tried again shorter. The errors of all steps add up to O(rtol^{2/3}).
 *
 * Source of the estimate, of the first step, and of the next one, 0.8 dt_n (dt_n/dt_{n-1}) err_{n-1}^{1/3}/err_n^{2/3}:
 * Sommeijer, Shampine & Verwer, J. Comput. Appl. Math. 88 (1998), 315. A step grows three times at most, in place of
 * ten, and not at all after a refusal: in the log form positivity, which the estimate does not foresee, limits the
 * steps in a tail that has just been streamed.
 */
#include "ranks.h"
#include "rkl2_stages.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Steps of a collision, refusals in a row, and accepted steps between two looks at the radius. */
enum { MOST_STEPS = 1000000, MOST_REFUSALS = 20, STEPS_A_RADIUS = 25 };

static const double LEAST_CHANGE = 0.1, MOST_CHANGE = 3; /* of a step, to the next */
static const double LONGEST = 4e9;                       /* dt radius of a step that 1e5 stages can do */

/* What is known from one step to the next; 0: nothing yet. */
enum { NEXT, BEFORE, ERROR_BEFORE, RADIUS, RADIUS_AGE, CONTROL };

typedef struct adaptive {
    gz_rkl2 rkl2;
    double control[CONTROL];
    double tolerance, least; /* rtol, atol */
} adaptive;

static void destroy(void *self) {
    adaptive *s = self;
    if (!s) return;
    gz_rkl2_free(&s->rkl2);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    adaptive *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    GZ_TRY(gz_rkl2_init(parts, "rkl2_adaptive", &s->rkl2));
    return gz_ode_init_last(&s->rkl2.ode);
}

/* The status of an evaluation, which gz_ode_failure explains if nothing helps. */
static gz_status noted(gz_ode *ode, gz_status status) {
    gz_ode_rate_status(ode, status);
    return status;
}

static gz_status rate(adaptive *s, const double *f, double *of_f) {
    return noted(&s->rkl2.ode, gz_semi_discrete_rate(s->rkl2.ode.equation, f, of_f));
}

/* The weighted norm of of_step (Y_s - Y_0) + of_F0 F_0 + of_F F_s. The sum has a fixed order, since steps depend
 * on it. */
static double norm(const adaptive *s, double of_step, double of_F0, double of_F) {
    const gz_rkl2 *r = &s->rkl2;
    const gz_phase_grid *grid = r->ode.parts->grid;
    double sums[] = {0, (double)grid->size};
    for (size_t i = 0; i < grid->size; i++) {
        const double e = of_step * (r->now[i] - r->Y0[i]) + of_F0 * r->F0[i] + of_F * r->F[i],
                     relative = e / (s->tolerance * fabs(r->Y0[i]) + s->least);
        sums[0] += relative * relative;
    }
    gz_ranks_sum(grid->ranks, 2, sums);
    return sqrt(sums[0] / sums[1]);
}

static double error_of(const adaptive *s, double dt, long stages) {
    const double n = (double)stages * ((double)stages + 1), c3 = (n - 6) / (9 * (n - 2)),
                 k = (1. / 6 - c3) / (1. / 4 - c3);
    return norm(s, k, -k * dt / 2, -k * dt / 2);
}

/* Look at the radius where it is old, once, or anew until it settles. */
static gz_status see_radius(adaptive *s, bool anew) {
    if (!anew && s->control[RADIUS_AGE] < STEPS_A_RADIUS) return GZ_OK;
    s->control[RADIUS_AGE] = 0;
    return noted(&s->rkl2.ode,
                 gz_rkl2_radius(&s->rkl2, anew ? GZ_RKL2_FIRST_ITERATIONS : 1, &s->control[RADIUS]));
}

/* The first step, from the error of an Euler step of 1/radius or dt. */
static gz_status choose_first(adaptive *s, double dt) {
    gz_rkl2 *r = &s->rkl2;
    memset(s->control, 0, sizeof s->control);
    GZ_TRY(see_radius(s, true));
    const double trial = fmin(dt, 1 / s->control[RADIUS]);
    for (size_t i = 0; i < r->ode.parts->grid->size; i++) r->now[i] = r->Y0[i] + trial * r->F0[i];
    const gz_status status = rate(s, r->now, r->F);
    if (status != GZ_OK && status != GZ_ERROR_NOT_CONVERGED) return status;
    const double error = status == GZ_OK ? norm(s, 0, -trial, trial) : 1;
    s->control[NEXT] = fmin(dt, 0.1 * trial / sqrt(fmax(error, 1e-30)));
    return GZ_OK;
}

/* Try a step; the result is `now`, where the rate is F. */
static gz_status attempt(adaptive *s, double dt, double *error) {
    gz_rkl2 *r = &s->rkl2;
    long stages = 0;
    GZ_TRY(noted(&r->ode, gz_rkl2_count(r, dt, s->control[RADIUS], &stages)));
    GZ_TRY(noted(&r->ode, gz_rkl2_step(r, dt, stages)));
    GZ_TRY(rate(s, r->now, r->F));
    *error = error_of(s, dt, stages);
    if (*error <= 1) return GZ_OK;
    snprintf(r->ode.message, sizeof r->ode.message,
             "the estimated error of a step %.3g is %.3g times the tolerance", dt, *error);
    return GZ_ERROR_NOT_CONVERGED;
}

/* Go on from the end of a step; the next one is at most most_change times as long. */
static void accept(adaptive *s, double dt, double error, double most_change) {
    gz_rkl2 *r = &s->rkl2;
    double *c = s->control;
    const size_t bytes = r->ode.parts->grid->size * sizeof *r->F;
    const double now = fmax(error, 1e-12),
                 trend = c[BEFORE] > 0 ? dt / c[BEFORE] * cbrt(c[ERROR_BEFORE] / now) : 1;
    memcpy(r->Y0, r->now, bytes);
    memcpy(r->F0, r->F, bytes);
    c[NEXT] = dt * fmin(most_change, fmax(LEAST_CHANGE, 0.8 * trend / cbrt(now)));
    c[BEFORE] = dt;
    c[ERROR_BEFORE] = now;
    c[RADIUS_AGE]++;
}

/* Take one step of at most `left` from Y0, in smaller attempts until one is accepted. */
static gz_status step(adaptive *s, double left, double *taken) {
    gz_status status = GZ_ERROR_NOT_CONVERGED;
    for (int refused = 0; refused <= MOST_REFUSALS && status == GZ_ERROR_NOT_CONVERGED; refused++) {
        double error = INFINITY;
        GZ_TRY(see_radius(s, refused == 1));
        const double most = fmin(s->control[NEXT], LONGEST / s->control[RADIUS]);
        *taken = left / ceil(left / most * (1 - 1e-12));
        status = attempt(s, *taken, &error);
        if (status == GZ_OK) accept(s, *taken, error, refused > 0 ? 1 : MOST_CHANGE);
        if (status == GZ_ERROR_NOT_CONVERGED)
            s->control[NEXT] = *taken * fmax(LEAST_CHANGE, 0.8 / cbrt(error));
    }
    return status;
}

static gz_status integrate(adaptive *s, double dt, double *f) {
    gz_rkl2 *r = &s->rkl2;
    gz_ode *ode = &r->ode;
    const size_t bytes = ode->parts->grid->size * sizeof *f;
    const bool goes_on = gz_ode_goes_on(ode, f);
    const double begin = goes_on ? ode->time : 0;
    double t = 0, taken = 0;
    long steps = 0;
    gz_status status = GZ_OK;
    ode->time = 0; /* F0 belongs to no f that is left until all is well */
    s->tolerance = gz_ode_tolerance(ode);
    s->least = gz_ode_absolute_tolerance(ode, f);
    memcpy(r->Y0, f, bytes);
    if (!goes_on) GZ_TRY(gz_ode_advise(ode, gz_semi_discrete_rate(ode->equation, r->Y0, r->F0)));
    if (s->control[NEXT] == 0 || (!goes_on && !ode->parts->transport)) status = choose_first(s, dt);
    while (status == GZ_OK && t < dt) {
        status = steps++ < MOST_STEPS ? step(s, dt - t, &taken)
                                      : noted(ode, gz_fail(ode->parts->context, GZ_ERROR_NOT_CONVERGED,
                                                           "%d steps do not suffice", MOST_STEPS));
        if (status == GZ_OK) t = taken < dt - t ? t + taken : dt;
    }
    if (status == GZ_ERROR_NOT_CONVERGED) return gz_ode_failure(ode, t, dt);
    GZ_TRY(status);
    memcpy(f, r->Y0, bytes);
    gz_ode_remember(ode, f, begin + dt);
    return GZ_OK;
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    adaptive *s = self;
    gz_ode_begin(&s->rkl2.ode, f, report);
    return gz_ode_end(&s->rkl2.ode, integrate(s, dt, f), f, log_f, false, report);
}

/* With streaming a step does not begin where another ended, so F_0 and its f are not among the blocks. */
static size_t memory(void *self, gz_memory_block blocks[GZ_MEMORY_BLOCKS]) {
    adaptive *s = self;
    gz_rkl2 *r = &s->rkl2;
    const size_t size = r->ode.parts->grid->size;
    blocks[0] = (gz_memory_block){.name = "rkl2_adaptive_direction",
                                  .count = size,
                                  .values = gz_power_iteration_direction(r->power),
                                  .is_field = true};
    blocks[1] = (gz_memory_block){.name = "rkl2_adaptive_control", .count = CONTROL, .values = s->control};
    if (r->ode.parts->transport) return 2;
    blocks[2] = (gz_memory_block){.name = "rkl2_adaptive_time", .count = 1, .values = &r->ode.time};
    blocks[3] = (gz_memory_block){
        .name = "rkl2_adaptive_last", .count = size, .values = r->ode.last, .is_field = true};
    blocks[4] =
        (gz_memory_block){.name = "rkl2_adaptive_rate", .count = size, .values = r->F0, .is_field = true};
    return 5;
}

const gz_integrator_method gz_integrator_rkl2_adaptive = {.name = "rkl2_adaptive",
                                                          .create = create,
                                                          .destroy = destroy,
                                                          .collide = collide,
                                                          .semi_discrete = true,
                                                          .memory = memory,
                                                          .chooses_steps = true};
