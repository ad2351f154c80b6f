/* Implicit ODE: what the implicit members of SUNDIALS share. The variable y is f in the flux form and log f in the log form.
 * Newton's systems are solved by flexible GMRES, with Jacobian times vector by difference quotients of F, and the local
 * solver as right preconditioner (ode_preconditioner.h). Not installed.
 */
#ifndef GZ_IMPLICIT_ODE_H
#define GZ_IMPLICIT_ODE_H

#include "ode.h"
#include "ode_preconditioner.h"

#include <sundials/sundials_linearsolver.h>

typedef struct gz_implicit_ode {
    gz_ode ode;
    bool logarithm; /* y is log f */
    SUNLinearSolver linear;
    gz_ode_preconditioner *preconditioner;
    long newton, gmres, setups; /* counted up to the last collision */
} gz_implicit_ode;

/* On failure `ode` may be half-built and must be cleared. */
gz_status gz_implicit_ode_init(const gz_integrator_parts *parts, const char *scheme, gz_implicit_ode *ode);
void gz_implicit_ode_free(gz_implicit_ode *ode);

/* What SUNDIALS calls, with data a gz_implicit_ode: y' = F in the variable; the preconditioner is frozen at y unless it may
 * stay as it is (jok), and prepared for gamma; z ~ (1 - gamma dF/dy)^-1 r. */
int gz_implicit_ode_rate(double t, N_Vector y, N_Vector rate, void *data);
int gz_implicit_ode_prepare(double t, N_Vector y, N_Vector rate, int jok, int *renewed, double gamma,
                            void *data);
int gz_implicit_ode_precondition(double t, N_Vector y, N_Vector rate, N_Vector r, N_Vector z, double gamma,
                                 double delta, int side, void *data);

/* The calls in which the members differ; self is the member. A flag below 0 is a failure. */
typedef struct gz_implicit_calls {
    int (*restart)(void *self, double relative,
                   double absolute);                   /* from y at the time 0, with these tolerances */
    int (*advance)(void *self, double end, double *t); /* y from where it is to `end`; t: how far it came */
    void (*count)(void *self, long *newton, long *gmres); /* iterations since the last restart */
} gz_implicit_calls;

/* The `collide` of a member (integrator_method.h). It goes on where the last collision ended, or begins anew. */
gz_status gz_implicit_ode_collide(gz_implicit_ode *ode, const gz_implicit_calls *calls, void *self, double dt,
                                  double *f, double *log_f, gz_step_report *report);

#endif
