/* Implicit member `arkode_dirk`: singly diagonally implicit Runge-Kutta methods whose first stage is explicit (ESDIRK), by
 * ARKODE's ARKStep, with steps chosen from the tolerance by the embedded method, and the Newton iteration of implicit_ode.h.
 * All are L-stable and stiffly accurate, with stages of order 2:
 *
 *   order 3(2)  ESDIRK3(2)5L[2]SA     5 stages
 *   order 4(3)  ESDIRK4(3)6L[2]SA     6 stages
 *   order 5(4)  ESDIRK5(4)7L[2]SA2    7 stages
 *
 * Unlike cvode_bdf they lose nothing where streaming ends an integration. Invariants and positivity are as with
 * cvode_bdf. Source: Kennedy & Carpenter, NASA/TM-2016-219173; Appl. Numer. Math. 146 (2019), 221.
 */
#include "implicit_ode.h"

#include <arkode/arkode_arkstep.h>

enum { MOST_STEPS = 100000, EXTRAPOLATE = 1 /* stages are predicted by the step before */ };

typedef struct diagonally_implicit {
    gz_implicit_ode implicit;
    void *arkode;
} diagonally_implicit;

static void destroy(void *self) {
    diagonally_implicit *s = self;
    if (!s) return;
    if (s->arkode) ARKStepFree(&s->arkode);
    gz_implicit_ode_free(&s->implicit);
    gz_release(s);
}

static ARKODE_DIRKTableID table(int order) {
    if (order == 3) return ARKODE_ESDIRK325L2SA_5_2_3;
    return order == 5 ? ARKODE_ESDIRK547L2SA2_7_4_5 : ARKODE_ESDIRK436L2SA_6_3_4;
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    diagonally_implicit *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    GZ_TRY(gz_implicit_ode_init(parts, "arkode_dirk", &s->implicit));
    gz_ode *ode = &s->implicit.ode;
    s->arkode = ARKStepCreate(NULL, gz_implicit_ode_rate, 0, ode->y, ode->sundials);
    return gz_ode_check_set_up(
        ode,
        s->arkode && ARKStepSetErrHandlerFn(s->arkode, gz_ode_complain, ode) == ARK_SUCCESS &&
            ARKStepSetUserData(s->arkode, &s->implicit) == ARK_SUCCESS &&
            ARKStepSetTableNum(s->arkode, table(parts->settings.ode_order), ARKODE_ERK_NONE) == ARK_SUCCESS &&
            ARKStepSetLinearSolver(s->arkode, s->implicit.linear, NULL) == ARK_SUCCESS &&
            ARKStepSetPreconditioner(s->arkode, gz_implicit_ode_prepare, gz_implicit_ode_precondition) ==
                ARK_SUCCESS &&
            ARKStepSetJacEvalFrequency(s->arkode, 1) == ARK_SUCCESS &&
            ARKStepSetPredictorMethod(s->arkode, EXTRAPOLATE) == ARK_SUCCESS &&
            ARKStepSetDeduceImplicitRhs(s->arkode, 1) == ARK_SUCCESS &&
            ARKStepSetMaxNumSteps(s->arkode, MOST_STEPS) == ARK_SUCCESS);
}

static int restart(void *self, double relative, double absolute) {
    diagonally_implicit *s = self;
    const int flag = ARKStepReInit(s->arkode, NULL, gz_implicit_ode_rate, 0, s->implicit.ode.y);
    return flag < 0 ? flag : ARKStepSStolerances(s->arkode, relative, absolute);
}

static int advance(void *self, double end, double *t) {
    diagonally_implicit *s = self;
    const int flag = ARKStepSetStopTime(s->arkode, end);
    return flag < 0 ? flag : ARKStepEvolve(s->arkode, end, s->implicit.ode.y, t, ARK_NORMAL);
}

static void count(void *self, long *newton, long *gmres) {
    const diagonally_implicit *s = self;
    ARKStepGetNumNonlinSolvIters(s->arkode, newton);
    ARKStepGetNumLinIters(s->arkode, gmres);
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    static const gz_implicit_calls CALLS = {restart, advance, count};
    diagonally_implicit *s = self;
    return gz_implicit_ode_collide(&s->implicit, &CALLS, s, dt, f, log_f, report);
}

const gz_integrator_method gz_integrator_arkode_dirk = {.name = "arkode_dirk",
                                                        .create = create,
                                                        .destroy = destroy,
                                                        .collide = collide,
                                                        .semi_discrete = true,
                                                        .chooses_steps = true};
