/* Step certificate: an independent check of every step of a run (`run --certify`).
 *
 *   A_least  least action of all rates that lead from f0 to f1 of the collision, for the mobility of the step
 *   J_least  H(f1) - H(f0) + dt/2 (D_m(w) + A_least): J_least < J if the U of the step is not the cheapest
 *   J_mean   defect of the interval form, which knows nothing of the step: mobility of sqrt(f0 f1)
 *
 * For zero_defect J_least is 0 to round-off, which shows that (f1, U) is the minimiser that it claims to be.
 * J_mean is of the order dt^5 a step and shows how well the mobility of the middle was predicted. Values are
 * NaN if a scheme has no rate of its own (A_least, J_least), if f is not positive (all three), or if the
 * least action was not reached.
 */
#ifndef GZ_STEP_CERTIFICATE_H
#define GZ_STEP_CERTIFICATE_H

#include "certify.h"

typedef struct gz_step_certificate {
    double action, defect, mean_defect; /* A_least, J_least, J_mean */
} gz_step_certificate;

typedef struct gz_step_certifier gz_step_certifier;

GZ_API gz_status gz_step_certifier_create(gz_context *context, const gz_problem *problem,
                                          gz_integrator *integrator, const char *preconditioner,
                                          gz_step_certifier **certifier);
GZ_API void gz_step_certifier_destroy(gz_step_certifier *certifier);

/* Call this before a step; it remembers the state where the step starts. */
GZ_API void gz_step_certifier_begin(gz_step_certifier *certifier, const gz_state *state);

/* Call this after the step, before the mobility is set anew. */
GZ_API gz_step_certificate gz_step_certifier_end(gz_step_certifier *certifier, double dt,
                                                 const gz_state *state);

#endif
