/* Explicit Runge-Kutta members, by ARKODE's ERKStep with these Butcher tables:
 *
 *   euler, rk2, ssprk3, rk4   as many stages as their order (tableau.c)
 *   arkode_erk  order 3(2), 4 stages, first same as last: Bogacki & Shampine, Appl. Math. Lett. 2 (1989),
 *               321; steps chosen from the tolerance. Collisions are diffusive, so what matters is the length
 *               of the stability interval per evaluation: 2.5/3 here, but 0.7 and 0.55 at orders 4 and 5.
 */
#include "ode.h"
#include "tableau.h"

#include <arkode/arkode_erkstep.h>
#include <string.h>

enum { MOST_STEPS = 1000000 };

typedef struct runge_kutta {
    gz_ode ode;
    void *arkode;
    int stages;    /* stages of a fixed step; 0: steps are adaptive */
    int remaining; /* evaluations that the fixed step still needs */
} runge_kutta;

/* ARKODE evaluates F once more at the end of a step, for a next step that starts there. Here a fixed step
 * starts from a reset, since the density may have been streamed, so this evaluation is skipped. */
static int rate(double t, N_Vector y, N_Vector y_rate, void *data) {
    runge_kutta *s = data;
    (void)t;
    if (s->stages > 0 && s->remaining-- <= 0) {
        N_VConst(0, y_rate);
        return 0;
    }
    return gz_ode_rate_status(
        &s->ode, gz_semi_discrete_rate(s->ode.equation, N_VGetArrayPointer(y), N_VGetArrayPointer(y_rate)));
}

static void destroy(void *self) {
    runge_kutta *s = self;
    if (!s) return;
    if (s->arkode) ERKStepFree(&s->arkode);
    gz_ode_free(&s->ode);
    gz_release(s);
}

static bool set_table(runge_kutta *s, const gz_tableau *fixed) {
    if (!fixed) return ERKStepSetTableNum(s->arkode, ARKODE_BOGACKI_SHAMPINE_4_2_3) == ARK_SUCCESS;
    gz_tableau t = *fixed;
    ARKodeButcherTable made = ARKodeButcherTable_Create(t.stages, t.order, 0, t.c, t.A, t.b, NULL);
    if (!made) return false;
    const bool well = ERKStepSetTable(s->arkode, made) == ARK_SUCCESS;
    ARKodeButcherTable_Free(made);
    return well;
}

static gz_status create(const gz_integrator_parts *parts, const char *scheme, const gz_tableau *fixed,
                        void **self) {
    runge_kutta *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    s->stages = fixed ? fixed->stages : 0;
    GZ_TRY(gz_ode_init(parts, scheme, &s->ode));
    GZ_TRY(gz_ode_init_sundials(&s->ode));
    s->arkode = ERKStepCreate(rate, 0, s->ode.y, s->ode.sundials);
    return gz_ode_check_set_up(
        &s->ode, s->arkode && ERKStepSetErrHandlerFn(s->arkode, gz_ode_complain, &s->ode) == ARK_SUCCESS &&
                     ERKStepSetUserData(s->arkode, s) == ARK_SUCCESS && set_table(s, fixed) &&
                     ERKStepSetMaxNumSteps(s->arkode, MOST_STEPS) == ARK_SUCCESS);
}

static gz_status fixed_step(runge_kutta *s, double dt, double *f) {
    double t = 0;
    s->remaining = s->stages;
    memcpy(s->ode.values, f, s->ode.parts->grid->size * sizeof *f);
    int flag = ERKStepReset(s->arkode, 0, s->ode.y);
    if (flag >= 0) flag = ERKStepSetFixedStep(s->arkode, dt);
    if (flag >= 0) flag = ERKStepEvolve(s->arkode, dt, s->ode.y, &t, ARK_ONE_STEP);
    if (flag < 0) return gz_ode_failure(&s->ode, t, dt);
    memcpy(f, s->ode.values, s->ode.parts->grid->size * sizeof *f);
    return GZ_OK;
}

static gz_status adaptive_steps(runge_kutta *s, double dt, double *f) {
    gz_ode *ode = &s->ode;
    const double begin = gz_ode_goes_on(ode, f) ? ode->time : 0, end = begin + dt;
    double t = begin;
    int flag = 0;
    ode->time = 0; /* a collision that fails leaves nothing to go on from */
    if (begin == 0) {
        memcpy(ode->values, f, ode->parts->grid->size * sizeof *f);
        const double tolerance = gz_ode_tolerance(ode);
        flag =
            ERKStepReInit(s->arkode, rate, 0, ode->y); /* no step sizes are left of the integration before */
        if (flag >= 0) flag = ERKStepSStolerances(s->arkode, tolerance, gz_ode_absolute_tolerance(ode, f));
    }
    if (flag >= 0) flag = ERKStepSetStopTime(s->arkode, end);
    if (flag >= 0) flag = ERKStepEvolve(s->arkode, end, ode->y, &t, ARK_NORMAL);
    if (flag < 0) return gz_ode_failure(ode, t - begin, dt);
    memcpy(f, ode->values, ode->parts->grid->size * sizeof *f);
    gz_ode_remember(ode, f, end);
    return GZ_OK;
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    runge_kutta *s = self;
    gz_ode_begin(&s->ode, f, report);
    const gz_status status = s->stages > 0 ? fixed_step(s, dt, f) : adaptive_steps(s, dt, f);
    return gz_ode_end(&s->ode, status, f, log_f, false, report);
}

static gz_status create_fixed(const gz_integrator_parts *parts, void **self) {
    return create(parts, parts->settings.scheme, gz_tableau_find(parts->settings.scheme), self);
}

static gz_status create_adaptive(const gz_integrator_parts *parts, void **self) {
    return create(parts, "arkode_erk", NULL, self);
}

const gz_integrator_method gz_integrator_euler = {
    .name = "euler", .create = create_fixed, .destroy = destroy, .collide = collide, .semi_discrete = true};
const gz_integrator_method gz_integrator_rk2 = {
    .name = "rk2", .create = create_fixed, .destroy = destroy, .collide = collide, .semi_discrete = true};
const gz_integrator_method gz_integrator_ssprk3 = {
    .name = "ssprk3", .create = create_fixed, .destroy = destroy, .collide = collide, .semi_discrete = true};
const gz_integrator_method gz_integrator_rk4 = {
    .name = "rk4", .create = create_fixed, .destroy = destroy, .collide = collide, .semi_discrete = true};
const gz_integrator_method gz_integrator_arkode_erk = {.name = "arkode_erk",
                                                       .create = create_adaptive,
                                                       .destroy = destroy,
                                                       .collide = collide,
                                                       .semi_discrete = true,
                                                       .chooses_steps = true};
