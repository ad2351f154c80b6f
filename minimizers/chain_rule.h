/* Chain rule: the scalar equation for the implicitness c of a zero_defect step.
 *
 *   F = E - c P = 0,   E = <h f0, e^d - 1 - d>,   P = <h psi, f1 - f0>,   d = log f1 - log f0
 *
 * J = -F where the step's residual R vanishes (iterate.h). A step begins with
 *
 *   c = E/P,   the scale s of psi doubled until c <= 0.7   (such an s exists for every density),
 *
 * or with c = 1/2 where f1 = f0 makes this 0/0. Then Newton's method moves c by dc, and w by y1 + dc y2:
 *
 *   dc = -(F + <g, y1/(1 - c psi')>) / (<g, (y2 + psi)/(1 - c psi')> - P),   g = dF/dlog f1.
 *
 * Where w is minimised with c fixed, the secant of E/P - c moves c instead. Both steps are limited to
 * |dc| <= 0.2 and 0.02 <= c + dc <= 0.95. While c swings to and fro, as it can where damped nodes do not
 * follow it, the limit of |dc| is halved. If c stays above 0.9, the scale is too short: s is doubled, and c
 * is chosen as at the beginning. Source: doc/method.md, "5. The solver", step 3 and "Where it broke".
 */
#ifndef GZ_CHAIN_RULE_H
#define GZ_CHAIN_RULE_H

#include "convex_step.h"
#include "fields.h"

typedef struct gz_chain_rule {
    gz_fields *fields;
    const gz_convex_step *step;
    gz_minimum *at; /* the minimum whose c and s are found */
    double mass;
    double E, P;
    double last, largest; /* the last dc, and the largest |dc| allowed now */
    double gap;           /* E/P - c before the last secant step, NaN if there was none */
    int implicit;         /* number of iterations in a row with c above 0.9 */
} gz_chain_rule;

enum { GZ_CHAIN_RULE_PATIENCE = 3 }; /* for Newton's method, whose c may exceed 0.9 on its way */

/* Begin the step at at->log_f1, with s = 1 and the c of the step's rule. The step and the minimum are kept by
 * reference. */
void gz_chain_rule_begin(gz_chain_rule *rule, const gz_convex_step *step, gz_minimum *at, double mass);

/* True where c is found together with the minimiser: for zero_defect, if f1 differs from f0 by more than
 * round-off. */
bool gz_chain_rule_applies(const gz_chain_rule *rule);

/* J of a minimiser: 0 with the c of zero_defect, c P - E with any other c (-KL(f0|f1) for jko). */
double gz_chain_rule_defect(const gz_chain_rule *rule);

/* The change of F along dlog f1 = (y + more psi)/(1 - c psi') with c fixed: <g, dlog f1>, where g = h
 * [(f1 - f0)(1 - c psi') - c psi f1]. */
double gz_chain_rule_slope(gz_chain_rule *rule, const double *y, double more);

/* dc by Newton's method and by the secant, at an evaluated iterate and within the limits; 0 if dc would not
 * be finite. */
double gz_chain_rule_newton(gz_chain_rule *rule, const double *y1, const double *y2);
double gz_chain_rule_secant(gz_chain_rule *rule);

/* Call this once an iteration, after c has moved. If c was above 0.9 in `patience` iterations in a row, or in
 * the last one while the iterate is far from the minimum, double s and choose c anew. Returns true if so; the
 * caller must then recompute the potential w of log f1. */
bool gz_chain_rule_stretch(gz_chain_rule *rule, int patience);

#endif
