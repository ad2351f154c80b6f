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

/* Begin a new integration: y of the density f, and the tolerances that go with it. */
void gz_implicit_ode_start(gz_implicit_ode *ode, const double *f, const double *log_f, double *relative,
                           double *absolute);

/* After a collision that ended at `time`: f, and in the log form log_f, from y. */
void gz_implicit_ode_finish(gz_implicit_ode *ode, double time, double *f, double *log_f);

/* Report the iterations, of which SUNDIALS has counted `newton` and `gmres` since the integration began, and the set-ups of
 * the preconditioner. */
void gz_implicit_ode_report(gz_implicit_ode *ode, long newton, long gmres, gz_step_report *report);

#endif
