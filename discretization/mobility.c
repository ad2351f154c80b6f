/* Mobility: K(m) w = sum_a G_a^T [ h m (T q - b)_a ] + sawtooth. See mobility.h; the convolutions T and b are
 * done by the chosen member of the interaction family (interaction.h), the stencils here, cell by cell, or by
 * rows of a single cell.
 */
#include "mobility.h"

#include "interaction.h"
#include "mobility_internal.h"

#include <omp.h>
#include <string.h>

gz_status gz_mobility_create(gz_context *context, const gz_phase_grid *grid,
                             const gz_mobility_settings *settings, gz_mobility **mobility) {
    *mobility = NULL;
    const gz_interaction_method *method = gz_interaction_find(settings->method);
    if (!method)
        return gz_fail(context, GZ_ERROR_DECK, "unknown mobility '%s'; allowed: fft, pairs, moments",
                       settings->method);
    gz_lattice_interaction lattice;
    GZ_TRY(gz_lattice_interaction_init(context, grid, &settings->interaction, &lattice));
    GZ_TRY(gz_kappa_check(context, grid, &settings->kappa));
    gz_mobility *k = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(gz_allocate(context, 1, sizeof *k, &k));
    k->context = context;
    k->grid = grid;
    k->settings = *settings;
    k->lattice = lattice;
    k->settings.method = method->name;
    k->method = method;
    const size_t threads = (size_t)gz_context_threads(context), size = grid->size, bytes = sizeof(double);
    k->blocks = grid->cell_count >= threads ? 1 : threads / grid->cell_count;
    GZ_TRY_ELSE(status, gz_derivative_init(context, grid, settings->order, &k->derivative), fail);
    GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->weight), fail);
    GZ_TRY_ELSE(status, gz_allocate(context, threads * grid->node_count, bytes, &k->scratch), fail);
    for (int a = 0; a < grid->velocity_dim; a++) {
        if (!settings->always_wide)
            GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->theta[a]), fail);
        GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->sawtooth[a]), fail);
        GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->gradient[a]), fail);
        GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->drift[a]), fail);
    }
    for (int p = 0; p < gz_pair_count(grid->velocity_dim); p++)
        GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->tensor[p]), fail);
    GZ_TRY_ELSE(status, method->create(context, grid, &k->lattice, &settings->kappa, &k->interaction), fail);
    *mobility = k;
    return GZ_OK;
fail:
    gz_mobility_destroy(k);
    return status;
}

void gz_mobility_destroy(gz_mobility *k) {
    if (!k) return;
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        gz_release(k->theta[a]);
        gz_release(k->sawtooth[a]);
        gz_release(k->gradient[a]);
        gz_release(k->drift[a]);
    }
    for (int p = 0; p < GZ_MAX_PAIRS; p++) gz_release(k->tensor[p]);
    gz_release(k->weight);
    gz_release(k->scratch);
    k->method->destroy(k->interaction);
    gz_release(k);
}

/* Rows of block j of a cell. */
static gz_rows block_rows(const gz_mobility *k, size_t block) {
    const size_t n = k->grid->nodes;
    return (gz_rows){block * n / k->blocks, (block + 1) * n / k->blocks};
}

void gz_mobility_for_blocks(gz_mobility *k, gz_mobility_task task, const void *in, void *out) {
    const size_t count = k->grid->cell_count * k->blocks;
#pragma omp parallel for num_threads(gz_context_threads(k->context)) schedule(static) if (count > 1)
    for (size_t j = 0; j < count; j++) {
        double *scratch = k->scratch + (size_t)omp_get_thread_num() * k->grid->node_count;
        task(k, j / k->blocks, block_rows(k, j % k->blocks), in, out, scratch);
    }
}

static const double *theta_of(const gz_mobility *k, int axis, size_t cell) {
    return k->theta[axis] ? k->theta[axis] + cell * k->grid->node_count : NULL;
}

static void steepness_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                           double *scratch) {
    (void)out, (void)scratch;
    const size_t shift = cell * k->grid->node_count;
    for (int a = 0; a < k->grid->velocity_dim; a++)
        gz_derivative_steepness(&k->derivative, a, rows, (const double *)in + shift, k->theta[a] + shift);
}

void gz_mobility_set_steepness(gz_mobility *k, const double *log_f) {
    if (!k->settings.always_wide) gz_mobility_for_blocks(k, steepness_task, log_f, NULL);
}

static void weight_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                        double *scratch) {
    (void)scratch;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const double *m = (const double *)in + shift;
    double *copy = (double *)out + shift, *weight = k->weight + shift;
    for (size_t p = rows.begin * row; p < rows.end * row; p++)
        copy[p] = weight[p] = k->grid->node_volume[p] * m[p];
}

/* h m T_aa into drift[a], which is free between applications. */
static void diffusion_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                           double *scratch) {
    (void)in, (void)out, (void)scratch;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        const double *T = k->tensor[gz_pair_index(k->grid->velocity_dim, a, a)];
        for (size_t p = shift + rows.begin * row; p < shift + rows.end * row; p++)
            k->drift[a][p] = k->weight[p] * T[p];
    }
}

static void sawtooth_weight_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                                 double *scratch) {
    (void)in, (void)out, (void)scratch;
    const size_t shift = cell * k->grid->node_count;
    for (int a = 0; a < k->grid->velocity_dim; a++)
        gz_derivative_sawtooth_weight(&k->derivative, a, rows, k->drift[a] + shift, k->sawtooth[a] + shift);
}

void gz_mobility_set_tensor(gz_mobility *k, const double *m) {
    k->setups++;
    gz_mobility_for_blocks(k, weight_task, m, k->gradient[0]);
    k->method->tensor(k->interaction, k->gradient[0], k->tensor);
}

void gz_mobility_set_sawtooth(gz_mobility *k) {
    gz_mobility_for_blocks(k, sawtooth_weight_task, NULL, NULL);
}

void gz_mobility_set_density(gz_mobility *k, const double *m) {
    gz_mobility_set_tensor(k, m);
    gz_mobility_for_blocks(k, diffusion_task, NULL, NULL);
    gz_mobility_set_sawtooth(k);
}

/* q_a = G_a w and h m q_a. */
static void gradient_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                          double *scratch) {
    (void)out, (void)scratch;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const double *restrict weight = k->weight + shift;
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        double *restrict q = k->gradient[a] + shift, *restrict g = k->drift[a] + shift;
        gz_derivative_apply(&k->derivative, a, rows, theta_of(k, a, cell), (const double *)in + shift, q);
        for (size_t p = rows.begin * row; p < rows.end * row; p++) g[p] = weight[p] * q[p];
    }
}

/* Flux h m (T q - b)_a into drift[a], where b is now; without b for the local part. */
static void flux(gz_mobility *k, size_t cell, gz_rows rows, double keep_b) {
    const int d = k->grid->velocity_dim;
    const size_t first = cell * k->grid->node_count + rows.begin * k->grid->stride[0];
    const size_t count = (rows.end - rows.begin) * k->grid->stride[0];
    const double *restrict weight = k->weight + first, *restrict q0 = k->gradient[0] + first,
                           *restrict q1 = k->gradient[1] + first;
    for (int a = 0; a < d; a++) {
        double *restrict b = k->drift[a] + first;
        const double *restrict T0 = k->tensor[gz_pair_index(d, a, 0)] + first,
                               *restrict T1 = k->tensor[gz_pair_index(d, a, 1)] + first;
        if (d == 2) {
            for (size_t p = 0; p < count; p++)
                b[p] = weight[p] * (T0[p] * q0[p] + T1[p] * q1[p] - keep_b * b[p]);
        } else {
            const double *restrict T2 = k->tensor[gz_pair_index(d, a, 2)] + first, *restrict q2 =
                                                                                       k->gradient[2] + first;
            for (size_t p = 0; p < count; p++)
                b[p] = weight[p] * (T0[p] * q0[p] + T1[p] * q1[p] + T2[p] * q2[p] - keep_b * b[p]);
        }
    }
}

static void flux_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out, double *scratch) {
    (void)in, (void)out, (void)scratch;
    flux(k, cell, rows, 1);
}

static void local_flux_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                            double *scratch) {
    (void)in, (void)out, (void)scratch;
    flux(k, cell, rows, 0);
}

/* out = sum_a G_a^T flux_a + S_a^T c_a S_a w. */
static void divergence_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out,
                            double *scratch) {
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    double *target = (double *)out + shift;
    memset(target + rows.begin * row, 0, (rows.end - rows.begin) * row * sizeof *target);
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        gz_derivative_adjoint(&k->derivative, a, rows, theta_of(k, a, cell), k->drift[a] + shift, target,
                              scratch);
        gz_derivative_sawtooth(&k->derivative, a, rows, k->sawtooth[a] + shift, (const double *)in + shift,
                               target, scratch);
    }
}

void gz_mobility_take_gradient(gz_mobility *k, const double *w) {
    gz_mobility_for_blocks(k, gradient_task, w, NULL);
}

void gz_mobility_apply(gz_mobility *k, const double *w, double *out) {
    k->applications++;
    gz_mobility_take_gradient(k, w);
    k->method->drift(k->interaction, k->drift);
    gz_mobility_for_blocks(k, flux_task, NULL, NULL);
    gz_mobility_for_blocks(k, divergence_task, w, out);
}

void gz_mobility_apply_local(gz_mobility *k, const double *w, double *out) {
    gz_mobility_take_gradient(k, w);
    gz_mobility_for_blocks(k, local_flux_task, NULL, NULL);
    gz_mobility_for_blocks(k, divergence_task, w, out);
}

void gz_mobility_apply_local_cell(gz_mobility *k, size_t cell, const double *w, double *out,
                                  double *scratch) {
    const gz_rows all = {0, k->grid->nodes};
    gradient_task(k, cell, all, w, NULL, scratch);
    flux(k, cell, all, 0);
    divergence_task(k, cell, all, w, out, scratch);
}

double gz_mobility_dissipation(const gz_mobility *k, const double *w, const double *Kw) {
    double sum = 0;
    for (size_t c = 0; c < k->grid->cell_count; c++) {
        double cell = 0;
        for (size_t p = c * k->grid->node_count; p < (c + 1) * k->grid->node_count; p++) cell += w[p] * Kw[p];
        sum += cell;
    }
    return sum * k->grid->cell_volume;
}
