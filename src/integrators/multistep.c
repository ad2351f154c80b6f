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

/* Begin a new integration from the density f. */
static int restart(multistep *s, const double *f, const double *log_f) {
    double relative, absolute;
    gz_implicit_ode_start(&s->implicit, f, log_f, &relative, &absolute);
    const int flag = CVodeReInit(s->cvode, 0, s->implicit.ode.y);
    return flag < 0 ? flag : CVodeSStolerances(s->cvode, relative, absolute);
}

/* Integrate over dt: f and, in the log form, log_f are changed in place. The report counts the iterations. */
static gz_status integrate(multistep *s, double dt, double *f, double *log_f, gz_step_report *report) {
    gz_ode *ode = &s->implicit.ode;
    const double begin = gz_ode_goes_on(ode, f) ? ode->time : 0, end = begin + dt;
    double t = begin;
    long newton = 0, gmres = 0;
    ode->time = 0; /* a collision that fails leaves nothing to go on from */
    int flag = begin > 0 ? 0 : restart(s, f, log_f);
    if (flag >= 0 && ode->parts->streaming) flag = CVodeSetStopTime(s->cvode, end);
    if (flag >= 0) flag = CVode(s->cvode, end, ode->y, &t, CV_NORMAL);
    CVodeGetNumNonlinSolvIters(s->cvode, &newton);
    CVodeGetNumLinIters(s->cvode, &gmres);
    gz_implicit_ode_report(&s->implicit, newton, gmres, report);
    if (flag < 0) return gz_ode_failure(ode, t - begin, dt);
    gz_implicit_ode_finish(&s->implicit, end, f, log_f);
    return GZ_OK;
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    multistep *s = self;
    gz_ode *ode = &s->implicit.ode;
    gz_ode_begin(ode, f, report);
    const gz_status status = integrate(s, dt, f, log_f, report);
    return gz_ode_end(ode, status, f, log_f, s->implicit.logarithm, report);
}

const gz_integrator_method gz_integrator_cvode_bdf = {.name = "cvode_bdf",
                                                      .create = create,
                                                      .destroy = destroy,
                                                      .collide = collide,
                                                      .semi_discrete = true,
                                                      .chooses_steps = true};
