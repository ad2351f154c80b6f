/* Implicit member `cvode_bdf`: CVODE's backward differentiation formulas of order 1 to 5, with steps chosen
 * from the tolerance. Newton's method uses unpreconditioned GMRES without a matrix (Jacobian times vector by
 * difference quotients).
 *
 * In the flux form the variable is f. The formulas keep linear invariants, so mass, momentum and energy are
 * kept up to the error that Newton's method leaves. In the log form the variable is log f, so f > 0 always,
 * but the invariants are kept only up to the tolerance. Source: Hindmarsh et al., ACM TOMS 31 (2005), 363.
 */
#include "ode.h"

#include <cvode/cvode.h>
#include <math.h>
#include <string.h>
#include <sunlinsol/sunlinsol_spgmr.h>

enum { MOST_STEPS = 100000, KRYLOV = 50 };

typedef struct multistep {
    gz_ode ode;
    void *cvode;
    SUNLinearSolver linear;
    bool logarithm; /* the variable is log f */
} multistep;

static int rate(double t, N_Vector y, N_Vector y_rate, void *data) {
    multistep *s = data;
    (void)t;
    double *from = N_VGetArrayPointer(y), *to = N_VGetArrayPointer(y_rate);
    const gz_status status = s->logarithm ? gz_semi_discrete_log_rate(s->ode.equation, from, to)
                                          : gz_semi_discrete_rate(s->ode.equation, from, to);
    return gz_ode_rate_status(&s->ode, status);
}

static void destroy(void *self) {
    multistep *s = self;
    if (!s) return;
    if (s->cvode) CVodeFree(&s->cvode);
    if (s->linear) SUNLinSolFree(s->linear);
    gz_ode_free(&s->ode);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    multistep *s = NULL;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    s->logarithm = parts->settings.space_form == GZ_LOG_FORM;
    GZ_TRY(gz_ode_init(parts, "cvode_bdf", &s->ode));
    GZ_TRY(gz_ode_init_sundials(&s->ode));
    s->cvode = CVodeCreate(CV_BDF, s->ode.sundials);
    s->linear = SUNLinSol_SPGMR(s->ode.y, SUN_PREC_NONE, KRYLOV, s->ode.sundials);
    const double tolerance = gz_ode_tolerance(&s->ode);
    return gz_ode_check_set_up(&s->ode,
                               s->cvode && s->linear &&
                                   CVodeSetErrHandlerFn(s->cvode, gz_ode_complain, &s->ode) == CV_SUCCESS &&
                                   CVodeInit(s->cvode, rate, 0, s->ode.y) == CV_SUCCESS &&
                                   CVodeSetUserData(s->cvode, s) == CV_SUCCESS &&
                                   CVodeSStolerances(s->cvode, tolerance, tolerance) == CV_SUCCESS &&
                                   CVodeSetLinearSolver(s->cvode, s->linear, NULL) == CV_SUCCESS &&
                                   CVodeSetMaxNumSteps(s->cvode, MOST_STEPS) == CV_SUCCESS);
}

/* Begin a new integration from the density f. */
static int restart(multistep *s, const double *f, const double *log_f) {
    gz_ode *ode = &s->ode;
    const double tolerance = gz_ode_tolerance(ode);
    memcpy(ode->values, s->logarithm ? log_f : f, ode->parts->grid->size * sizeof *f);
    const int flag = CVodeReInit(s->cvode, 0, ode->y);
    if (flag < 0) return flag;
    if (s->logarithm) return CVodeSStolerances(s->cvode, 0, tolerance); /* absolute in log f: relative in f */
    return CVodeSStolerances(s->cvode, tolerance, gz_ode_absolute_tolerance(ode, f));
}

/* Integrate over dt: f and, in the log form, log_f are changed in place. The report counts the iterations. */
static gz_status integrate(multistep *s, double dt, double *f, double *log_f, gz_step_report *report) {
    gz_ode *ode = &s->ode;
    const size_t size = ode->parts->grid->size;
    const double begin = gz_ode_goes_on(ode, f) ? ode->time : 0, end = begin + dt;
    double t = begin;
    long newton = 0, gmres = 0, newton_before = 0, gmres_before = 0;
    if (begin > 0) {
        CVodeGetNumNonlinSolvIters(s->cvode, &newton_before);
        CVodeGetNumLinIters(s->cvode, &gmres_before);
    }
    int flag = begin > 0 ? 0 : restart(s, f, log_f);
    if (flag >= 0 && ode->parts->streaming) flag = CVodeSetStopTime(s->cvode, end);
    if (flag >= 0) flag = CVode(s->cvode, end, ode->y, &t, CV_NORMAL);
    CVodeGetNumNonlinSolvIters(s->cvode, &newton);
    CVodeGetNumLinIters(s->cvode, &gmres);
    report->work.newton = newton - newton_before;
    report->work.cg = gmres - gmres_before;
    if (flag < 0) return gz_ode_failure(ode, t - begin, dt);
    for (size_t i = 0; i < size; i++) f[i] = s->logarithm ? exp(ode->values[i]) : ode->values[i];
    if (s->logarithm) memcpy(log_f, ode->values, size * sizeof *log_f);
    gz_ode_remember(ode, f, end);
    return GZ_OK;
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    multistep *s = self;
    gz_ode_begin(&s->ode, f, report);
    const gz_status status = integrate(s, dt, f, log_f, report);
    return gz_ode_end(&s->ode, status, f, log_f, s->logarithm, report);
}

const gz_integrator_method gz_integrator_cvode_bdf = {.name = "cvode_bdf",
                                                      .create = create,
                                                      .destroy = destroy,
                                                      .collide = collide,
                                                      .semi_discrete = true,
                                                      .chooses_steps = true};
