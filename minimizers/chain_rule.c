/* Chain rule: E and P are summed over the nodes in one pass; every change of c goes through limited(). */
#include "chain_rule.h"

#include "implicitness.h"
#include "vector_math.h"

static const double TINY_CHANGE = 1e-26; /* E over mass at which f1 = f0 to round-off */
static const double LARGEST_CHOICE = 0.7, LARGEST_SCALE = 1e6;
static const double LEAST = 0.02, LARGEST = 0.95, LARGEST_STEP = 0.2;
static const double WIDEST_SECANT = 4; /* secant step over E/P - c, the step of a fixed-point iteration */
static const double IMPLICIT = 0.9;    /* c above which the scale may be too short */
static const double FAR = 0.02;        /* decrement over sqrt(mass) above which one c > IMPLICIT is enough */

/* The sums are E and P of the present log f1. */
static void add_sums(const void *self, gz_block on, double *sums) {
    const gz_chain_rule *s = self;
    const double *restrict h = s->fields->grid->node_volume + on.node, *restrict f0 = s->step->f0 + on.first,
                           *restrict l0 = s->step->log_f0 + on.first, *restrict l1 = s->at->log_f1 + on.first;
    const double scale = s->at->scale;
    double E = 0, P = 0;
#pragma omp simd reduction(+ : E, P)
    for (size_t k = 0; k < on.count; k++) {
        const double d = l1[k] - l0[k], e = expm1(d), hf = h[k] * f0[k];
        double slope;
        P += hf * gz_psi(d, scale, &slope) * e;
        E += hf * gz_relative_entropy_node(d, e);
    }
    sums[0] = E;
    sums[1] = P;
}

static void take_sums(gz_chain_rule *s) {
    double total[2];
    gz_fields_sum(s->fields, add_sums, s, 2, total);
    s->E = total[0];
    s->P = total[1];
}

static void choose(gz_chain_rule *s) {
    gz_minimum *at = s->at;
    if (s->step->rule == GZ_WEIGHT_JKO) at->implicitness = 0;
    if (s->step->rule == GZ_WEIGHT_FIXED) at->implicitness = s->step->implicitness;
    if (s->step->rule != GZ_WEIGHT_ZERO_DEFECT) return;
    for (;; at->scale *= 2) {
        take_sums(s);
        at->implicitness = s->P > TINY_CHANGE * s->mass ? s->E / s->P : 0.5;
        if (at->implicitness <= LARGEST_CHOICE || at->scale > LARGEST_SCALE || !isfinite(at->implicitness))
            break;
    }
}

void gz_chain_rule_begin(gz_chain_rule *s, const gz_convex_step *step, gz_minimum *at, double mass) {
    *s = (gz_chain_rule){
        .fields = s->fields, .step = step, .at = at, .mass = mass, .largest = LARGEST_STEP, .gap = NAN};
    at->scale = 1;
    choose(s);
}

bool gz_chain_rule_applies(const gz_chain_rule *s) {
    return s->step->rule == GZ_WEIGHT_ZERO_DEFECT && s->E > TINY_CHANGE * s->mass;
}

double gz_chain_rule_defect(const gz_chain_rule *s) {
    return s->step->rule == GZ_WEIGHT_ZERO_DEFECT ? 0 : s->at->implicitness * s->P - s->E;
}

typedef struct slope_input {
    const gz_chain_rule *rule;
    const double *y;
    double more;
} slope_input;

static void add_slope(const void *self, gz_block on, double *sums) {
    const slope_input *in = self;
    const gz_chain_rule *s = in->rule;
    const double *restrict h = s->fields->grid->node_volume + on.node, *restrict y = in->y + on.first,
                           *restrict f0 = s->step->f0 + on.first, *restrict f1 = s->at->f1 + on.first,
                           *restrict l0 = s->step->log_f0 + on.first, *restrict l1 = s->at->log_f1 + on.first;
    const double c = s->at->implicitness, scale = s->at->scale, more = in->more;
    double total = 0;
#pragma omp simd reduction(+ : total)
    for (size_t k = 0; k < on.count; k++) {
        double slope;
        const double psi = gz_psi(l1[k] - l0[k], scale, &slope), rise = 1 - c * slope;
        const double g = h[k] * ((f1[k] - f0[k]) * rise - c * psi * f1[k]);
        total += g * (y[k] + more * psi) / rise;
    }
    sums[0] = total;
}

double gz_chain_rule_slope(gz_chain_rule *s, const double *y, double more) {
    return gz_fields_sum_one(s->fields, add_slope, &(slope_input){s, y, more});
}

/* The step dc within its limits; 0 if dc is not finite. */
static double limited(gz_chain_rule *s, double dc) {
    const double c = s->at->implicitness;
    if (!isfinite(dc)) return 0;
    s->largest = dc * s->last < 0 ? s->largest / 2 : fmin(2 * s->largest, LARGEST_STEP);
    s->last = fmax(fmax(-s->largest, LEAST - c), fmin(fmin(s->largest, LARGEST - c), dc));
    return s->last;
}

double gz_chain_rule_newton(gz_chain_rule *s, const double *y1, const double *y2) {
    const double F = s->E - s->at->implicitness * s->P;
    return limited(s, -(F + gz_chain_rule_slope(s, y1, 0)) / (gz_chain_rule_slope(s, y2, 1) - s->P));
}

double gz_chain_rule_secant(gz_chain_rule *s) {
    const double gap = s->E / s->P - s->at->implicitness, dc = -gap * s->last / (gap - s->gap);
    s->gap = gap;
    return limited(s, fabs(dc) <= WIDEST_SECANT * fabs(gap) ? dc : gap);
}

bool gz_chain_rule_stretch(gz_chain_rule *s, int patience) {
    gz_minimum *at = s->at;
    const bool implicit = s->step->rule == GZ_WEIGHT_ZERO_DEFECT && at->implicitness > IMPLICIT;
    s->implicit = implicit ? s->implicit + 1 : 0;
    if (s->implicit < (at->decrement > FAR * sqrt(s->mass) ? 1 : patience)) return false;
    s->implicit = 0;
    s->gap = NAN;
    at->scale *= 2;
    choose(s);
    return true;
}
