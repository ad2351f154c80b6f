/* Certified scale: Newton's method on sums over the nodes, one pass over the fields a step. */
#include "certified_scale.h"

#include "vector_math.h"

#include <float.h>

static const double CLOSE = 0.5;     /* largest relative change of f1 by which a node closes */
static const double SETTLED = 1e-16; /* step of theta */
static const double STILL = 1e-11;   /* dt D over the mass, below which theta is round-off */

typedef struct node {
    double f, change; /* of the end; by how much it differs from the iterate */
    bool closed;
} node;

static node close_node(const gz_scaled_step *step, double h, double scale, size_t i) {
    const double f = step->start[i] - scale * step->rate[i] / h;
    if (!step->f1)
        return (node){.f = f > 0 ? f : 0, .change = f > 0 ? 0 : fmin(f, -DBL_MIN), .closed = f > 0};
    const double change = f - step->f1[i];
    const bool closed = fabs(change) < CLOSE * step->f1[i];
    return (node){.f = closed ? f : step->f1[i], .change = change, .closed = closed};
}

typedef struct trial {
    const gz_phase_grid *grid;
    const gz_scaled_step *step;
    double factor; /* 1 + theta */
} trial;

/* sums: H(f1) - H(s), sum of G (log f1 + phi + 1) over closed nodes, |R|_1, its open part, sum h s. */
static void trial_task(const void *self, gz_block on, double *sums) {
    const trial *in = self;
    const gz_scaled_step *step = in->step;
    const double *h = in->grid->node_volume + on.node;
    node at[GZ_BLOCK];
    double log_f[GZ_BLOCK];
    for (size_t k = 0; k < on.count; k++) {
        at[k] = close_node(step, h[k], step->dt * in->factor, on.first + k);
        log_f[k] = at[k].f > 0 ? at[k].f : 1;
    }
    for (size_t k = 0; k < on.count; k++) log_f[k] = log(log_f[k]);
    for (size_t k = 0; step->potential && k < on.count; k++) {
        const size_t i = on.first + k;
        const double phi = step->potential[on.node + k];
        sums[0] += h[k] * phi * (at[k].f - step->start[i]);
        sums[1] += at[k].closed ? step->rate[i] * phi : 0;
    }
    for (size_t k = 0; k < on.count; k++) {
        const size_t i = on.first + k;
        sums[0] += h[k] * (at[k].f * log_f[k] - step->start[i] * step->log_start[i]);
        sums[1] += at[k].closed ? step->rate[i] * (log_f[k] + 1) : 0;
        sums[2] += h[k] * fabs(at[k].change);
        sums[3] += at[k].closed ? 0 : h[k] * fabs(at[k].change);
        sums[4] += h[k] * step->start[i];
    }
}

/* J of scale->theta, and *slope = dJ/dtheta, *mass = sum h s. */
static void evaluate(gz_fields *fields, const gz_scaled_step *step, gz_certified_scale *scale, double *slope,
                     double *mass) {
    const double factor = 1 + scale->theta;
    double total[5];
    gz_fields_sum(fields, trial_task, &(trial){fields->grid, step, factor}, 5, total);
    scale->entropy_change = total[0];
    scale->defect = total[0] + step->dt * factor * factor * step->dissipation;
    scale->residual = total[2];
    scale->open = total[3];
    *slope = 2 * factor * step->dt * step->dissipation - step->dt * total[1];
    *mass = total[4];
}

void gz_certified_scale_find(gz_fields *fields, const gz_scaled_step *step, double limit, int most,
                             gz_certified_scale *scale) {
    double slope, mass;
    evaluate(fields, step, scale, &slope, &mass);
    scale->estimate = 0;
    for (int k = 0; k < most && step->dt * step->dissipation > STILL * mass; k++) {
        const double before = scale->theta;
        const double next = before - scale->defect / slope;
        if (k == 0) scale->estimate = next;
        scale->theta = fmax(-limit, fmin(limit, next));
        if (!(fabs(scale->theta - before) > SETTLED)) break;
        evaluate(fields, step, scale, &slope, &mass);
    }
}

typedef struct taken {
    const trial *at;
    double *f, *log_f;
} taken;

static void take_task(const void *self, gz_block on, double *sums) {
    const taken *in = self;
    const gz_scaled_step *step = in->at->step;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        const size_t i = on.first + k;
        const node at =
            close_node(step, in->at->grid->node_volume[on.node + k], step->dt * in->at->factor, i);
        if (at.closed) in->log_f[i] = log(at.f);
        in->f[i] = at.f;
    }
}

void gz_certified_scale_take(const gz_fields *fields, const gz_scaled_step *step, double theta, double *f,
                             double *log_f) {
    gz_fields_run(fields, take_task, &(taken){&(trial){fields->grid, step, 1 + theta}, f, log_f});
}
