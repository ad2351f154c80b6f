/* ODE: the common part of the integrators of the semi-discrete equation: the equation, their vector for
 * SUNDIALS, and the beginning and end of a collision. Not installed.
 */
#ifndef GZ_ODE_H
#define GZ_ODE_H

#include "integrator_method.h"
#include "semi_discrete.h"

#include <sundials/sundials_context.h>
#include <sundials/sundials_nvector.h>

typedef struct gz_ode {
    const gz_integrator_parts *parts;
    const char *scheme;
    gz_semi_discrete *equation;
    SUNContext sundials;
    N_Vector own;                     /* wraps `values`; uses the threads of the context */
    N_Vector y;                       /* `own` with norms and products over all ranks */
    double *values;                   /* [cell][node]: f, or log f */
    char message[GZ_LONGEST_MESSAGE]; /* why the present collision failed, as far as known */
    gz_status rate_status;            /* of the last evaluation; a failed one explains best, in `message` */
    double *last;                     /* [cell][node]: f after the last collision; see gz_ode_goes_on */
    double time;                      /* time that the integration had reached at `last` */
} gz_ode;

/* Make the equation alone, and then what SUNDIALS needs beside it. On failure `ode` may be half-built and
 * must be cleared. */
gz_status gz_ode_init(const gz_integrator_parts *parts, const char *scheme, gz_ode *ode);
gz_status gz_ode_init_sundials(gz_ode *ode);
gz_status gz_ode_init_last(gz_ode *ode); /* room for gz_ode_remember; part of gz_ode_init_sundials */
void gz_ode_free(gz_ode *ode);

/* A member that chooses its steps is slow at the start of an integration. If collisions follow each other
 * without streaming in between, it continues its integration instead. goes_on is true if f is what the last
 * collision returned, bit for bit; remember keeps the f that a collision returns, and the time of the
 * integration. */
bool gz_ode_goes_on(const gz_ode *ode, const double *f);
void gz_ode_remember(gz_ode *ode, const double *f, double time);

/* Relative tolerance of the members that choose their steps. */
double gz_ode_tolerance(const gz_ode *ode);

/* The absolute tolerance that goes with it: the relative one times 1e-2 max f. Tails below are not
 * resolved. */
double gz_ode_absolute_tolerance(const gz_ode *ode, const double *f);

/* The status of an evaluation of the rate or of what is made of it, with advice where it failed (gz_advise). */
gz_status gz_ode_advise(const gz_ode *ode, gz_status status);

/* Remember how the last evaluation of the rate went; returns what SUNDIALS expects of a rate function. */
int gz_ode_rate_status(gz_ode *ode, gz_status status);

/* Error handler for SUNDIALS (data: the gz_ode), which keeps the message instead of printing it. */
void gz_ode_complain(int code, const char *module, const char *function, char *message, void *data);

/* Report a failure of SUNDIALS after the time t of dt, with the message that explains it best; an interrupt
 * stays one. */
gz_status gz_ode_failure(const gz_ode *ode, double t, double dt);

/* GZ_ERROR_INTERNAL unless all set-up calls succeeded (`well`). */
gz_status gz_ode_check_set_up(const gz_ode *ode, bool well);

/* Begin a collision: report the entropy before it, and NaN for all quantities that these members do not
 * have. */
void gz_ode_begin(gz_ode *ode, const double *f, gz_step_report *report);

/* End a collision. status: how the integration went. If it failed, the report says whether f blew up, and the
 * status is returned. Otherwise this fills log_f (NaN where f <= 0) unless it is given, and reports the
 * entropy after the collision and the number of values f <= 0. GZ_ERROR_NOT_CONVERGED if f is not finite, and
 * in the log form if f is not positive. */
gz_status gz_ode_end(const gz_ode *ode, gz_status status, const double *f, double *log_f, bool log_f_given,
                     gz_step_report *report);

#endif
