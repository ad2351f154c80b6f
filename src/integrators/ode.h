/* What the members of the integrator family that integrate the semi-discrete equation share: the equation,
 * their vector for SUNDIALS, and the beginning and end of a collision. Not installed.
 */
#ifndef GZ_ODE_H
#define GZ_ODE_H

#include "integrator_method.h"
#include "semi_discrete.h"

#include <sundials/sundials_context.h>
#include <sundials/sundials_nvector.h>

enum { GZ_ODE_MESSAGE = 256 };

typedef struct gz_ode {
    const gz_integrator_parts *parts;
    const char *scheme;
    gz_semi_discrete *equation;
    SUNContext sundials;
    N_Vector own;                 /* of `values`, with the threads of the context */
    N_Vector y;                   /* the same with those of the other ranks */
    double *values;               /* [cell][node]: f, or log f */
    char message[GZ_ODE_MESSAGE]; /* why the present collision failed, as far as known */
    bool rate_failed;             /* message is that of the equation, which explains best */
    double *last;                 /* [cell][node]: what the last collision returned; see gz_ode_goes_on */
    double time;                  /* of the integration that `last` belongs to */
} gz_ode;

/* Equation alone, and what SUNDIALS needs beside it. `ode` may be half-made on failure: clear it. */
gz_status gz_ode_init(const gz_integrator_parts *parts, const char *scheme, gz_ode *ode);
gz_status gz_ode_init_sundials(gz_ode *ode);
void gz_ode_free(gz_ode *ode);

/* A member that chooses its steps is slow at the start of an integration. Where collisions follow each other
 * without streaming in between it goes on instead: true if f is what the last collision returned, bit for
 * bit. gz_ode_remember keeps what it returns now, at ode->time. */
bool gz_ode_goes_on(const gz_ode *ode, const double *f);
void gz_ode_remember(gz_ode *ode, const double *f, double time);

/* Relative tolerance of the members that choose their steps. */
double gz_ode_tolerance(const gz_ode *ode);

/* What goes with it where f is small: the tolerance times 1e-2 max f. Tails below that are not resolved. */
double gz_ode_absolute_tolerance(const gz_ode *ode, const double *f);

/* Keep in mind how the last evaluation of the rate went; returns what SUNDIALS wants of a rate function. */
int gz_ode_rate_status(gz_ode *ode, gz_status status);

/* Error handler for SUNDIALS (data: the gz_ode): keeps the sentence instead of printing it. */
void gz_ode_complain(int code, const char *module, const char *function, char *message, void *data);

/* Pass on a failure of SUNDIALS at time t of dt, with the sentence that explains it best. */
gz_status gz_ode_failure(const gz_ode *ode, double t, double dt);

/* GZ_ERROR_INTERNAL unless all set-up calls went well. */
gz_status gz_ode_check_set_up(const gz_ode *ode, bool well);

/* Entropy before the collision, and everything a member of this kind has not: NaN. */
void gz_ode_begin(gz_ode *ode, const double *f, gz_step_report *report);

/* The end of a collision. status: how the integration went; where it failed the report tells whether f blew
 * up, and the status is returned. Otherwise this fills log_f (NaN where f <= 0) unless it is given, the entropy
 * after, and the number of values f <= 0. GZ_ERROR_NOT_CONVERGED if f is not finite, and in the log form if it
 * is not positive. */
gz_status gz_ode_end(const gz_ode *ode, gz_status status, const double *f, double *log_f, bool log_f_given,
                     gz_step_report *report);

#endif
