/* Tail rule of zero_defect4: which mobilities the three stages have where there is little mass.
 *
 *   chi(v) = u/(1 + u),  u = (rho_v/(EPS max rho_v))^2 (1 + s^-4),
 *   m_0 = chi m(f_0),  m_h = chi m(f_h),  m_1 = (6 - 5 chi) m(f_1),  and chi^2/(6 - 5 chi) F_1 in the row of f_h,
 *
 * with rho_v the mean of f0 over x, which free streaming leaves as it is, s the stiffness of a node (limiter.h:
 * how often dt would level log f with a neighbour), and m(f) the capped and limited mobility (mobility_cap.h).
 * Where there is mass, and where nothing is stiff, chi is 1: the step is that of Lobatto. In a stiff tail it is
 * backward Euler, which damps what is stiff: no rate of the start enters. The weights 1/6, 2/3, 1/6 of the rates
 * keep the sum 1 for every chi. Any m >= 0 is admissible, so that J = 0 and the invariants stay exact.
 *
 * The limiter asks how fast log f changes in the tail. F_0 does not say, since chi is 0 there; the rate F_1 of
 * the step before does. After a start, and after a refused step, log f counts as changing.
 * Source: doc/method.md, "4. One time step" and 5, "The tail".
 */
#ifndef GZ_TAIL_RULE_H
#define GZ_TAIL_RULE_H

#include "fields.h"
#include "limiter.h"

typedef enum gz_stage { GZ_STAGE_START, GZ_STAGE_MIDDLE, GZ_STAGE_END } gz_stage;

typedef struct gz_tail_rule {
    const gz_phase_grid *grid;
    gz_fields fields;
    gz_limiter limiter;
    double *chi;   /* [node] */
    double *m;     /* scratch, [cell][node] */
    double *m_end; /* m_1, [cell][node] */
    double *
        log_rate; /* memory: d log f/dt at the end of the last step, with all of the mobility, [cell][node] */
} gz_tail_rule;

gz_status gz_tail_rule_init(gz_context *context, const gz_mobility *mobility, gz_tail_rule *rule);
void gz_tail_rule_free(gz_tail_rule *rule);

/* chi and the limiter for a step of dt from f0, [cell][node]. remembers: log_rate is that of the last step.
 * Collective. */
void gz_tail_rule_begin(gz_tail_rule *rule, double dt, const double *f0, bool remembers);

/* Set the mobility of a stage whose mobility is to be that of exp(log_m), [cell][node]. Collective. */
void gz_tail_rule_set(gz_tail_rule *rule, gz_stage stage, const double *log_m, gz_mobility *mobility);

/* In the mobility of the last stage replace m_1 by m_1 (4 - 3 chi)/(6 - 5 chi) in K_local. With dt/4 this
 * preconditions the last row: it is backward Euler in the tail, and has the 1/4 of the LU trick elsewhere. */
void gz_tail_rule_precondition(gz_tail_rule *rule, gz_mobility *mobility);

/* Put m_1 back. */
void gz_tail_rule_restore(gz_tail_rule *rule, gz_mobility *mobility);

/* The part of F_1 in the row of f_h at a node. */
static inline double gz_tail_rule_part(double chi) {
    return chi * chi / (6 - 5 * chi);
}

/* Remember the rate F_1, given h f_1, at the end of a step. */
void gz_tail_rule_remember(gz_tail_rule *rule, const double *rate, const double *hf);

#endif
