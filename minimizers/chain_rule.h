/* Chain rule: the scalar equation for the implicitness c of a zero_defect step.
 *
 *   F = E - c P = 0,   E = <h f0, e^d - 1 - d>,   P = <h psi, f1 - f0>,   d = log f1 - log f0
 *
 * J = -F where the step's residual R vanishes (iterate.h). A step begins with
 *
 *   c = E/P,   the scale s of psi doubled until c <= 0.7   (such an s exists for every density),
 *
 * or 1/2 where f1 = f0 makes this 0/0. Then c moves by Newton's method, with the step y1 + dc y2 of w,
 *
 *   dc = -(F + <g, y1/(1 - c psi')>) / (<g, (y2 + psi)/(1 - c psi')> - P),   g = dF/dlog f1,
 *
 * or, where w is minimised with c fixed, by the secant of E/P - c. Both are limited to |dc| <= 0.2 and
 * 0.02 <= c + dc <= 0.95; while c swings to and fro, as it can where damped nodes do not follow it, the first
 * limit is halved. A c that stays above 0.9 says that the scale is too short: it is doubled, and c chosen as
 * at the beginning. Source: method "5. The solver", step 3 and "Where it broke".
 */
#ifndef GZ_CHAIN_RULE_H
#define GZ_CHAIN_RULE_H

#include "convex_step.h"
#include "fields.h"

typedef struct gz_chain_rule {
    gz_fields *fields;
    const gz_convex_step *step;
    gz_minimum *at; /* whose implicitness c and scale s are found */
    double mass;
    double E, P;
    double last, largest; /* the last dc, and the largest that is allowed */
    double gap;           /* E/P - c before the last secant step, NaN if there was none */
    int implicit;         /* iterations in a row with c above 0.9 */
} gz_chain_rule;

enum { GZ_CHAIN_RULE_PATIENCE = 3 }; /* of Newton's method, whose c may pass by 0.9 */

/* Begin the step at at->log_f1, with s = 1 and the c of the step's rule. Step and minimum are kept by
 * reference. */
void gz_chain_rule_begin(gz_chain_rule *rule, const gz_convex_step *step, gz_minimum *at, double mass);

/* True where c is to be found with the minimiser: f1 differs from f0 by more than round-off. */
bool gz_chain_rule_applies(const gz_chain_rule *rule);

/* J of a minimiser: 0 with the c of zero_defect, c P - E with another (-KL(f0|f1) for jko). */
double gz_chain_rule_defect(const gz_chain_rule *rule);

/* dF along a change dlog f1 = (y + more psi)/(1 - c psi') with c fixed: <g, dlog f1>, where
 * g = h [(f1 - f0)(1 - c psi') - c psi f1]. */
double gz_chain_rule_slope(gz_chain_rule *rule, const double *y, double more);

/* dc by Newton's method and by the secant, at an evaluated iterate; 0 if it would not be finite. */
double gz_chain_rule_newton(gz_chain_rule *rule, const double *y1, const double *y2);
double gz_chain_rule_secant(gz_chain_rule *rule);

/* Once an iteration, when c has moved: if it has been above 0.9 for `patience` iterations, or for one far
 * from the minimum, double s and choose c anew. True if so: the potential of log f1 is another one then. */
bool gz_chain_rule_stretch(gz_chain_rule *rule, int patience);

#endif
