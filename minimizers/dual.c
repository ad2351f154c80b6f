/* Dual problem: values, gradients and Hessians take one application of K and go node by node. */
#include "dual.h"

#include "implicitness.h"

#include <math.h>

/* Beyond this delta, e^delta continues linearly: 1e130 times a density is as good as infinite for a line
 * search. */
static const double LARGEST_CHANGE = 300;

/* Gauss-Legendre nodes and weights on [-1, 1], 10 points. Their error is 3e-13 on panels of length 1, since
 * the nearest singularity, that of psi', is at a distance s >= 1. */
static const double GAUSS[][2] = {{0.14887433898163122, 0.29552422471475298},
                                  {0.43339539412924721, 0.26926671930999652},
                                  {0.67940956829902444, 0.21908636251598201},
                                  {0.86506336668898454, 0.14945134915058036},
                                  {0.97390652851717174, 0.066671344308688069}};

enum { GAUSS_PAIRS = sizeof GAUSS / sizeof *GAUSS };

/* int_0^delta (e^t - 1) psi'(d + t) dt. Below t = -40, e^t is lost in 1. */
static double damped_part(double d, double delta, double s) {
    if (delta < -40) return damped_part(d, -40, s) - gz_psi_change(d - 40, delta + 40, s);
    const int panels = (int)ceil(fabs(delta));
    const double half = delta / (2 * fmax(panels, 1));
    double sum = 0;
    for (int k = 0; k < panels; k++)
        for (int j = 0; j < 2 * GAUSS_PAIRS; j++) {
            const double t = half * (2 * k + 1 + (j % 2 ? 1 : -1) * GAUSS[j / 2][0]);
            double slope;
            gz_psi(d + t, s, &slope);
            sum += GAUSS[j / 2][1] * expm1(t) * slope;
        }
    return half * sum;
}

/* The b of one node, and *growth = e^delta - 1, for a change y of w. */
static double node_difference(double d, double y, double c, double s, double *growth) {
    const double delta = gz_invert_change(y, d, c, s);
    const double within = fmin(delta, LARGEST_CHANGE), beyond = delta - within;
    const double e = expm1(within);
    *growth = e + (1 + e) * beyond;
    double b = gz_relative_entropy_node(within, e) + beyond * (e + (1 + e) * beyond / 2);
    if (c > 0) b -= c * damped_part(d, within, s);
    return b;
}

double gz_dual_difference(gz_iterate *s, const double *y, double *Ky, double *gradient) {
    const gz_minimum *at = s->at;
    const double dt = s->step->dt;
    gz_mobility_apply(s->mobility, y, Ky);
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t j = 0; j < s->fields.blocks; j++) {
        const gz_block block = gz_fields_block(&s->fields, j);
        double sum = 0;
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            const double d = at->log_f1[i] - s->step->log_f0[i];
            const double hf = s->grid->node_volume[block.node + k] * at->f1[i];
            double growth;
            const double b = node_difference(d, y[i], at->implicitness, at->scale, &growth);
            sum += s->R[i] * y[i] + hf * b + dt / 2 * y[i] * Ky[i];
            gradient[i] = s->R[i] + hf * growth + dt * Ky[i];
        }
        s->fields.partial[j][0] = sum;
    }
    return gz_fields_total(&s->fields);
}

void gz_dual_hessian(gz_iterate *s, const double *y, const double *p, double *out) {
    const gz_minimum *at = s->at;
    const double c = at->implicitness, dt = s->step->dt;
    gz_mobility_apply(s->mobility, p, out);
    for (size_t i = 0; i < s->grid->size; i++) {
        const double d = at->log_f1[i] - s->step->log_f0[i], delta = gz_invert_change(y[i], d, c, at->scale);
        const double h = s->grid->node_volume[i % s->grid->node_count];
        double slope;
        gz_psi(d + delta, at->scale, &slope);
        out[i] = h * at->f1[i] * exp(fmin(delta, LARGEST_CHANGE)) / (1 - c * slope) * p[i] + dt * out[i];
    }
}

void gz_dual_local_diagonal(gz_iterate *s, double *diagonal) {
    const double *local = gz_mobility_local_diagonal(s->mobility);
    for (size_t i = 0; i < s->grid->size; i++) diagonal[i] = s->diag[i] + s->step->dt * local[i];
}
