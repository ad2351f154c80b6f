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

void gz_implicit_ode_start(gz_implicit_ode *s, const double *f, const double *log_f, double *relative,
                           double *absolute) {
    gz_ode *ode = &s->ode;
    const double tolerance = gz_ode_tolerance(ode);
    memcpy(ode->values, s->logarithm ? log_f : f, ode->parts->grid->size * sizeof *f);
    gz_ode_preconditioner_forget(s->preconditioner);
    s->newton = s->gmres = 0;
    *relative = s->logarithm ? 0 : tolerance; /* absolute in log f is relative in f */
    *absolute = s->logarithm ? tolerance : gz_ode_absolute_tolerance(ode, f);
}

void gz_implicit_ode_finish(gz_implicit_ode *s, double time, double *f, double *log_f) {
    const size_t size = s->ode.parts->grid->size;
    memcpy(s->logarithm ? log_f : f, s->ode.values, size * sizeof *f);
    if (s->logarithm)
        for (size_t i = 0; i < size; i++) f[i] = exp(log_f[i]);
    gz_ode_remember(&s->ode, f, time);
}

void gz_implicit_ode_report(gz_implicit_ode *s, long newton, long gmres, gz_step_report *report) {
    const long setups = gz_ode_preconditioner_setups(s->preconditioner);
    report->work.newton = newton - s->newton;
    report->work.cg = gmres - s->gmres;
    report->work.setups = setups - s->setups;
    s->newton = newton;
    s->gmres = gmres;
    s->setups = setups;
}
