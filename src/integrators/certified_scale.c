/* Certified scale: Newton's method on sums over the nodes, one pass over the fields a step. */
#include "certified_scale.h"

#include <float.h>
#include <math.h>

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

/* J of scale->theta, and *slope = dJ/dtheta, *mass = sum h s. */
static void evaluate(gz_fields *fields, const gz_scaled_step *step, gz_certified_scale *scale, double *slope,
                     double *mass) {
    const double factor = 1 + scale->theta;
#pragma omp parallel for num_threads(fields->threads)
    for (size_t b = 0; b < fields->blocks; b++) {
        const gz_block block = gz_fields_block(fields, b);
        double *sums = fields->partial[b], H = 0, turn = 0, all = 0, open = 0, start = 0;
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            const double h = fields->grid->node_volume[block.node + k];
            const node at = close_node(step, h, step->dt * factor, i);
            const double log_f = at.f > 0 ? log(at.f) : 0;
            H += h * (at.f * log_f - step->start[i] * step->log_start[i]);
            if (at.closed) turn += step->rate[i] * (log_f + 1);
            all += h * fabs(at.change);
            if (!at.closed) open += h * fabs(at.change);
            start += h * step->start[i];
        }
        sums[0] = H, sums[1] = turn, sums[2] = all, sums[3] = open, sums[4] = start;
    }
    double total[5];
    gz_fields_totals(fields, 5, total);
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

void gz_certified_scale_take(const gz_fields *fields, const gz_scaled_step *step, double theta, double *f,
                             double *log_f) {
    const gz_phase_grid *grid = fields->grid;
    const double factor = step->dt * (1 + theta);
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->size; i++) {
        const node at = close_node(step, grid->node_volume[i % grid->node_count], factor, i);
        if (at.closed) log_f[i] = log(at.f);
        f[i] = at.f;
    }
}
