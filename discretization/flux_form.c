/* Flux form: Q(f) by the tensor, drift and stencils of the mobility. See flux_form.h. */
#include "flux_form.h"

#include "mobility_internal.h"

#include <string.h>

/* h T_aa into drift[a], from which the sawtooth weights are made. */
static void diffusion_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                           double *scratch) {
    (void)in, (void)out, (void)scratch;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const double *h = k->grid->node_volume;
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        const double *T = k->tensor[gz_pair_index(k->grid->velocity_dim, a, a)] + shift;
        double *diffusion = k->drift[a] + shift;
        for (size_t p = rows.begin * row; p < rows.end * row; p++) diffusion[p] = h[p] * T[p];
    }
}

/* q_a = G_a f and h q_a. */
static void gradient_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                          double *scratch) {
    (void)out, (void)scratch;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const double *restrict h = k->grid->node_volume;
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        double *restrict q = k->gradient[a] + shift, *restrict g = k->drift[a] + shift;
        gz_derivative_apply(&k->derivative, a, rows, NULL, (const double *)in + shift, q);
        for (size_t p = rows.begin * row; p < rows.end * row; p++) g[p] = h[p] * q[p];
    }
}

/* Flux h (T q - f b')_a into drift[a], where b' is now. */
static void flux_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out, double *scratch) {
    (void)in, (void)out, (void)scratch;
    const int d = k->grid->velocity_dim;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const double *restrict h = k->grid->node_volume, *restrict hf = k->weight + shift;
    for (int a = 0; a < d; a++) {
        double *restrict b = k->drift[a] + shift;
        for (size_t p = rows.begin * row; p < rows.end * row; p++) b[p] *= -hf[p];
        for (int c = 0; c < d; c++) {
            const double *restrict T = k->tensor[gz_pair_index(d, a, c)] + shift, *restrict q =
                                                                                      k->gradient[c] + shift;
            for (size_t p = rows.begin * row; p < rows.end * row; p++) b[p] += h[p] * T[p] * q[p];
        }
    }
}

/* out = sum_a G_a^T flux_a + S_a^T c_a S_a f. */
static void divergence_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                            double *scratch) {
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    double *target = (double *)out + shift;
    memset(target + rows.begin * row, 0, (rows.end - rows.begin) * row * sizeof *target);
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        gz_derivative_adjoint(&k->derivative, a, rows, NULL, k->drift[a] + shift, target, scratch);
        gz_derivative_sawtooth(&k->derivative, a, rows, k->sawtooth[a] + shift, (const double *)in + shift,
                               target, scratch);
    }
}

void gz_flux_form_apply(gz_mobility *k, const double *f, double *out) {
    gz_mobility_set_tensor(k, f);
    gz_mobility_for_blocks(k, diffusion_task, NULL, NULL);
    gz_mobility_set_sawtooth(k);
    k->applications++;
    gz_mobility_for_blocks(k, gradient_task, f, NULL);
    k->method->drift(k->interaction, k->drift);
    gz_mobility_for_blocks(k, flux_task, NULL, NULL);
    gz_mobility_for_blocks(k, divergence_task, f, out);
}
