/* The certificate of one variational step. H, D, A and the new density are recomputed through explicit pairs
 * (pair_calculus.h), never through the solver's own sums:
 *
 *   f1 = f0 - (dt/h) 1/2 div~ U,   J = H(f1) - H(f0) + dt/2 (D_m(w) + Act_m(U)),   U = -kappa m m* grad~ w
 *
 *   zero_defect: |J| <= 1e-13 mass;   jko: J = -KL(f0|f1);
 *   both: mass, momentum, energy, f > 0, H not increasing.
 */
#ifndef GZ_TESTS_CERTIFICATE_H
#define GZ_TESTS_CERTIFICATE_H

#include "integrator.h"

/* Take one step of dt from exp(log_f), [cell][node]. The test fails unless the step either satisfies all of
 * the above, or ends in GZ_ERROR_NOT_CONVERGED with the state untouched and with a message. Returns false in
 * the latter case. `label` names the case in messages. */
bool certify_step(gz_context *context, const char *scheme, const gz_problem *problem, double dt,
                  const double *log_f, const char *label);

#endif
