/* Implicit ODE: the functions that SUNDIALS calls, and the change of variables. */
#include "implicit_ode.h"

#include "vector_math.h"

#include <math.h>
#include <string.h>
#include <sunlinsol/sunlinsol_spfgmr.h>

enum { KRYLOV = 50 };

gz_status gz_implicit_ode_init(const gz_integrator_parts *parts, const char *scheme, gz_implicit_ode *s) {
    s->logarithm = parts->settings.space_form == GZ_LOG_FORM;
    GZ_TRY(gz_ode_init(parts, scheme, &s->ode));
    GZ_TRY(gz_ode_init_sundials(&s->ode));
    GZ_TRY(gz_ode_preconditioner_create(parts, &s->preconditioner));
    s->linear = SUNLinSol_SPFGMR(s->ode.y, SUN_PREC_RIGHT, KRYLOV, s->ode.sundials);
    return gz_ode_check_set_up(&s->ode, s->linear != NULL);
}

void gz_implicit_ode_free(gz_implicit_ode *s) {
    if (s->linear) SUNLinSolFree(s->linear);
    gz_ode_preconditioner_destroy(s->preconditioner);
    gz_ode_free(&s->ode);
}

int gz_implicit_ode_rate(double t, N_Vector y, N_Vector rate, void *data) {
    gz_implicit_ode *s = data;
    (void)t;
    double *from = N_VGetArrayPointer(y), *to = N_VGetArrayPointer(rate);
    return gz_ode_rate_status(&s->ode, s->logarithm ? gz_semi_discrete_log_rate(s->ode.equation, from, to)
                                                    : gz_semi_discrete_rate(s->ode.equation, from, to));
}

int gz_implicit_ode_prepare(double t, N_Vector y, N_Vector rate, int jok, int *renewed, double gamma,
                            void *data) {
    gz_implicit_ode *s = data;
    (void)t, (void)rate;
    *renewed = !jok;
    if (!jok) gz_ode_preconditioner_freeze(s->preconditioner, N_VGetArrayPointer(y));
    return gz_ode_rate_status(&s->ode, gz_ode_preconditioner_prepare(s->preconditioner, gamma));
}

int gz_implicit_ode_precondition(double t, N_Vector y, N_Vector rate, N_Vector r, N_Vector z, double gamma,
                                 double delta, int side, void *data) {
    gz_implicit_ode *s = data;
    (void)t, (void)y, (void)rate, (void)gamma, (void)delta, (void)side;
    return gz_ode_rate_status(&s->ode, gz_ode_preconditioner_solve(s->preconditioner, N_VGetArrayPointer(r),
                                                                   N_VGetArrayPointer(z)));
}

/* Begin a new integration: y of the density f. In log f an absolute tolerance is relative in f. */
static int start(gz_implicit_ode *s, const gz_implicit_calls *calls, void *self, const double *f,
                 const double *log_f) {
    const gz_ode *ode = &s->ode;
    const double tolerance = gz_ode_tolerance(ode);
    memcpy(ode->values, s->logarithm ? log_f : f, ode->parts->grid->size * sizeof *f);
    gz_ode_preconditioner_forget(s->preconditioner);
    s->newton = s->gmres = 0;
    return calls->restart(self, s->logarithm ? 0 : tolerance,
                          s->logarithm ? tolerance : gz_ode_absolute_tolerance(ode, f));
}

/* After a collision that ended at `time`: f, and in the log form log_f, from y. */
static void finish(gz_implicit_ode *s, double time, double *f, double *log_f) {
    const size_t size = s->ode.parts->grid->size;
    memcpy(s->logarithm ? log_f : f, s->ode.values, size * sizeof *f);
    if (s->logarithm)
        for (size_t i = 0; i < size; i++) f[i] = exp(log_f[i]);
    gz_ode_remember(&s->ode, f, time);
}

/* Report the iterations, and the set-ups of the preconditioner. */
static void count(gz_implicit_ode *s, const gz_implicit_calls *calls, void *self, gz_step_report *report) {
    const long setups = gz_ode_preconditioner_setups(s->preconditioner);
    long newton = 0, gmres = 0;
    calls->count(self, &newton, &gmres);
    report->work.newton = newton - s->newton;
    report->work.cg = gmres - s->gmres;
    report->work.setups = setups - s->setups;
    s->newton = newton;
    s->gmres = gmres;
    s->setups = setups;
}

static gz_status integrate(gz_implicit_ode *s, const gz_implicit_calls *calls, void *self, double dt,
                           double *f, double *log_f, gz_step_report *report) {
    gz_ode *ode = &s->ode;
    const double begin = gz_ode_goes_on(ode, f) ? ode->time : 0, end = begin + dt;
    double t = begin;
    ode->time = 0; /* a collision that fails leaves nothing to go on from */
    int flag = begin > 0 ? 0 : start(s, calls, self, f, log_f);
    if (flag >= 0) flag = calls->advance(self, end, &t);
    count(s, calls, self, report);
    if (flag < 0) return gz_ode_failure(ode, t - begin, dt);
    finish(s, end, f, log_f);
    return GZ_OK;
}

gz_status gz_implicit_ode_collide(gz_implicit_ode *s, const gz_implicit_calls *calls, void *self, double dt,
                                  double *f, double *log_f, gz_step_report *report) {
    gz_ode_begin(&s->ode, f, report);
    const gz_status status = integrate(s, calls, self, dt, f, log_f, report);
    return gz_ode_end(&s->ode, status, f, log_f, s->logarithm, report);
}
