/* Implicit member `cvode_bdf`: CVODE's backward differentiation formulas of order 1 to 5, with steps chosen from the
 * tolerance, and the Newton iteration of implicit_ode.h.
 *
 * In the flux form the variable is f. The formulas keep linear invariants, so mass, momentum and energy are
 * kept up to the error that Newton's method leaves. In the log form the variable is log f, so f > 0 always,
 * but the invariants are kept only up to the tolerance. Source: Hindmarsh et al., ACM TOMS 31 (2005), 363.
 */
#include "implicit_ode.h"

#include <cvode/cvode.h>

enum { MOST_STEPS = 100000 };

typedef struct multistep {
    gz_implicit_ode implicit;
    void *cvode;
} multistep;

static void destroy(void *self) {
    multistep *s = self;
    if (!s) return;
    if (s->cvode) CVodeFree(&s->cvode);
    gz_implicit_ode_free(&s->implicit);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    multistep *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    GZ_TRY(gz_implicit_ode_init(parts, "cvode_bdf", &s->implicit));
    gz_ode *ode = &s->implicit.ode;
    s->cvode = CVodeCreate(CV_BDF, ode->sundials);
    return gz_ode_check_set_up(
        ode, s->cvode && CVodeSetErrHandlerFn(s->cvode, gz_ode_complain, ode) == CV_SUCCESS &&
                 CVodeInit(s->cvode, gz_implicit_ode_rate, 0, ode->y) == CV_SUCCESS &&
                 CVodeSetUserData(s->cvode, &s->implicit) == CV_SUCCESS &&
                 CVodeSStolerances(s->cvode, 1e-6, 1e-6) == CV_SUCCESS &&
                 CVodeSetLinearSolver(s->cvode, s->implicit.linear, NULL) == CV_SUCCESS &&
                 CVodeSetPreconditioner(s->cvode, gz_implicit_ode_prepare, gz_implicit_ode_precondition) ==
                     CV_SUCCESS &&
                 CVodeSetJacEvalFrequency(s->cvode, 1) == CV_SUCCESS &&
                 CVodeSetMaxNumSteps(s->cvode, MOST_STEPS) == CV_SUCCESS);
}

static int restart(void *self, double relative, double absolute) {
    multistep *s = self;
    const int flag = CVodeReInit(s->cvode, 0, s->implicit.ode.y);
    return flag < 0 ? flag : CVodeSStolerances(s->cvode, relative, absolute);
}

static int advance(void *self, double end, double *t) {
    multistep *s = self;
    const int flag = s->implicit.ode.parts->transport ? CVodeSetStopTime(s->cvode, end) : 0;
    return flag < 0 ? flag : CVode(s->cvode, end, s->implicit.ode.y, t, CV_NORMAL);
}

static void count(void *self, long *newton, long *gmres) {
    const multistep *s = self;
    CVodeGetNumNonlinSolvIters(s->cvode, newton);
    CVodeGetNumLinIters(s->cvode, gmres);
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    static const gz_implicit_calls CALLS = {restart, advance, count};
    multistep *s = self;
    return gz_implicit_ode_collide(&s->implicit, &CALLS, s, dt, f, log_f, report);
}

const gz_integrator_method gz_integrator_cvode_bdf = {.name = "cvode_bdf",
                                                      .create = create,
                                                      .destroy = destroy,
                                                      .collide = collide,
                                                      .semi_discrete = true,
                                                      .chooses_steps = true};
