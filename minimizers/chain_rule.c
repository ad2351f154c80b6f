/* Chain rule: E and P are summed over the nodes in one pass; every change of c goes through limited(). */
#include "chain_rule.h"

#include "implicitness.h"

static const double TINY_CHANGE = 1e-26; /* E over mass at which f1 = f0 to round-off */
static const double LARGEST_CHOICE = 0.7, LARGEST_SCALE = 1e6;
static const double LEAST = 0.02, LARGEST = 0.95, LARGEST_STEP = 0.2;
static const double WIDEST_SECANT = 4; /* secant step over E/P - c, the step of a fixed-point iteration */
static const double IMPLICIT = 0.9;    /* c above which the scale may be too short */
static const double FAR = 0.02;        /* decrement over sqrt(mass) above which one c > IMPLICIT is enough */

/* E and P of the present log f1. */
static void take_sums(gz_chain_rule *s) {
    const gz_fields *fields = s->fields;
#pragma omp parallel for num_threads(fields->threads)
    for (size_t b = 0; b < fields->blocks; b++) {
        const gz_block block = gz_fields_block(fields, b);
        double E = 0, P = 0;
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            const double d = s->at->log_f1[i] - s->step->log_f0[i], e = expm1(d);
            const double hf = fields->grid->node_volume[block.node + k] * s->step->f0[i];
            double slope;
            P += hf * gz_psi(d, s->at->scale, &slope) * e;
            E += hf * gz_relative_entropy_node(d, e);
        }
        fields->partial[b][0] = E;
        fields->partial[b][1] = P;
    }
    double total[2];
    gz_fields_totals(fields, 2, total);
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

double gz_chain_rule_slope(gz_chain_rule *s, const double *y, double more) {
    const gz_fields *fields = s->fields;
    const gz_convex_step *step = s->step;
    const gz_minimum *at = s->at;
    const double c = at->implicitness;
#pragma omp parallel for num_threads(fields->threads)
    for (size_t b = 0; b < fields->blocks; b++) {
        const gz_block block = gz_fields_block(fields, b);
        double total = 0;
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            double slope;
            const double psi = gz_psi(at->log_f1[i] - step->log_f0[i], at->scale, &slope),
                         rise = 1 - c * slope;
            const double g = fields->grid->node_volume[block.node + k] *
                             ((at->f1[i] - step->f0[i]) * rise - c * psi * at->f1[i]);
            total += g * (y[i] + more * psi) / rise;
        }
        fields->partial[b][0] = total;
    }
    return gz_fields_total(fields);
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
