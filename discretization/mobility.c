/* Mobility: the chosen member of the interaction family (interaction.h) does the convolutions T and b, and
 * this file applies the stencils, cell by cell. If there are fewer cells than threads, each cell is cut into
 * blocks of rows, and the two phases of cell_stencil.h run over all blocks.
 */
#include "mobility.h"

#include "clock.h"
#include "interaction_species.h"
#include "mobility_internal.h"
#include "stencil_control.h"

#include <math.h>
#include <omp.h>

enum { DEFAULT_ORDER = 6 };

gz_null_space gz_mobility_null_space_of(const gz_mobility_settings *settings, const gz_phase_grid *grid) {
    const gz_collision_kind kind = settings->collisions.kind;
    return (gz_null_space){.moments = kind == GZ_LANDAU || kind == GZ_DOUGHERTY,
                           .local = kind != GZ_LANDAU || gz_kappa_is_local(&settings->kappa, grid),
                           .groups = grid->one->cell_count,
                           .group = grid->cell_place,
                           .factor = grid->cell_mass};
}

const char *gz_collision_name(gz_collision_kind kind) {
    static const char *const NAMES[] = {"landau", "fokker_planck", "dougherty", "none"};
    return NAMES[kind];
}

static gz_status check_positive(gz_context *context, const char *name, double value) {
    if (value > 0 && isfinite(value)) return GZ_OK;
    return gz_fail(context, GZ_ERROR_SETTINGS, "the %s of collisions is %g; it must be positive", name,
                   value);
}

gz_collision_model gz_collision_model_resolved(const gz_collision_model *model) {
    gz_collision_model made = *model;
    double *numbers[] = {&made.friction, &made.temperature, &made.rate};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (*numbers[i] == 0) *numbers[i] = 1;
    return made;
}

static gz_status check_collisions(gz_context *context, const gz_phase_grid *grid,
                                  const gz_collision_model *model) {
    GZ_TRY(check_positive(context, "friction", model->friction));
    GZ_TRY(check_positive(context, "temperature", model->temperature));
    GZ_TRY(check_positive(context, "rate", model->rate));
    if (model->kind != GZ_LANDAU && model->kind != GZ_NO_COLLISIONS && grid->mixture)
        return gz_fail(context, GZ_ERROR_SETTINGS, "species have landau collisions or none, not %s",
                       gz_collision_name(model->kind));
    if (model->kind == GZ_LANDAU && grid->velocity_dim < 2)
        return gz_fail(context, GZ_ERROR_SETTINGS,
                       "landau collisions need two velocity axes: with one a(z) = A (1 - z^2/|z|^2) = 0");
    return GZ_OK;
}

/* phi = |v|^2/(2 theta) of a bath. */
static gz_status make_potential(gz_mobility *k) {
    const double theta = k->settings.collisions.temperature;
    if (k->settings.collisions.kind != GZ_FOKKER_PLANCK) return GZ_OK;
    GZ_TRY(gz_allocate(k->context, k->grid->node_count, sizeof(double), &k->phi));
    GZ_TRY(gz_allocate(k->context, k->grid->size, sizeof(double), &k->eta));
    for (size_t p = 0; p < k->grid->node_count; p++) k->phi[p] = k->grid->node_energy[p] / (2 * theta);
    return GZ_OK;
}

static void eta_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const double *log_f = (const double *)in + shift;
    double *eta = (double *)out + shift;
    for (size_t p = rows.begin * row; p < rows.end * row; p++) eta[p] = log_f[p] + k->phi[p];
}

const double *gz_mobility_entropy_variable(gz_mobility *k, const double *log_f) {
    if (!k->phi) return log_f;
    gz_mobility_for_blocks(k, eta_task, log_f, k->eta);
    return k->eta;
}

gz_status gz_mobility_create(gz_context *context, const gz_phase_grid *grid,
                             const gz_mobility_settings *settings, gz_mobility **mobility) {
    *mobility = NULL;
    const gz_interaction_method *method = gz_interaction_find(settings);
    const gz_collision_model collisions = gz_collision_model_resolved(&settings->collisions);
    if (!method)
        return gz_fail(context, GZ_ERROR_SETTINGS, "unknown mobility '%s'; allowed: fft, pairs, moments",
                       settings->method);
    GZ_TRY(check_collisions(context, grid, &collisions));
    gz_lattice_kernel lattice = {0};
    if (collisions.kind == GZ_LANDAU) {
        GZ_TRY(gz_lattice_kernel_init(context, grid, &settings->kernel, &lattice));
        GZ_TRY(gz_kappa_check(context, grid, &settings->kappa));
    }
    gz_mobility *k = NULL;
    gz_status status = GZ_OK;
    GZ_TRY(gz_allocate(context, 1, sizeof *k, &k));
    k->context = context;
    k->grid = grid;
    k->settings = *settings;
    k->lattice = lattice;
    k->null_space = gz_mobility_null_space_of(settings, grid);
    k->settings.method = method->name;
    k->settings.collisions = collisions;
    if (settings->order == 0) k->settings.order = DEFAULT_ORDER;
    k->method = grid->one == grid || collisions.kind == GZ_NO_COLLISIONS ? method : &gz_interaction_species;
    const size_t threads = (size_t)gz_context_threads(context), size = grid->size, bytes = sizeof(double);
    k->blocks = grid->cell_count >= threads ? 1 : threads / grid->cell_count;
    GZ_TRY_ELSE(status, make_potential(k), fail);
    GZ_TRY_ELSE(status, gz_rates_resolve(context, grid, &settings->rates, &k->settings.rates), fail);
    GZ_TRY_ELSE(status, gz_derivative_init(context, grid, k->settings.order, &k->derivative), fail);
    GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->weight), fail);
    GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->diagonal), fail);
    GZ_TRY_ELSE(status, gz_cell_stencil_init(context, &k->derivative, &k->stencil), fail);
    for (int a = 0; a < grid->velocity_dim; a++) {
        if (!settings->always_wide)
            GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->theta[a]), fail);
        GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->sawtooth[a]), fail);
        GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->drift[a]), fail);
    }
    for (int p = 0; p < gz_pair_count(grid->velocity_dim); p++)
        GZ_TRY_ELSE(status, gz_allocate(context, size, bytes, &k->tensor[p]), fail);
    if (k->method == method)
        GZ_TRY_ELSE(status, method->create(context, grid, &k->settings, &k->lattice, &k->interaction), fail);
    else
        GZ_TRY_ELSE(
            status,
            gz_interaction_species_create(context, grid, method, &k->settings, &k->lattice, &k->interaction),
            fail);
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
        gz_release(k->drift[a]);
    }
    for (int p = 0; p < GZ_MAX_PAIRS; p++) gz_release(k->tensor[p]);
    gz_release(k->phi);
    gz_release(k->eta);
    gz_release(k->weight);
    gz_release(k->diagonal);
    gz_cell_stencil_free(&k->stencil);
    k->method->destroy(k->interaction);
    gz_release(k);
}

/* The rows of a block of a cell. */
static gz_rows block_rows(const gz_mobility *k, size_t block) {
    const size_t n = k->grid->nodes;
    return (gz_rows){block * n / k->blocks, (block + 1) * n / k->blocks};
}

/* A task on its way through the blocks. */
typedef struct errand {
    gz_mobility *k;
    gz_mobility_task run;
    const void *in;
    void *out;
} errand;

static void run_block(const void *self, size_t j) {
    const errand *e = self;
    e->run(e->k, j / e->k->blocks, block_rows(e->k, j % e->k->blocks), e->in, e->out);
}

void gz_mobility_for_blocks(gz_mobility *k, gz_mobility_task run, const void *in, void *out) {
    gz_share(gz_context_threads(k->context), k->grid->cell_count * k->blocks, run_block,
             &(errand){k, run, in, out});
}

static void steepness_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    (void)out;
    const size_t shift = cell * k->grid->node_count;
    for (int a = 0; a < k->grid->velocity_dim; a++)
        gz_stencil_steepness(&k->derivative, a, rows, (const double *)in + shift, k->theta[a] + shift);
}

void gz_mobility_set_steepness(gz_mobility *k, const double *log_f) {
    const double begin = gz_seconds_now();
    if (!k->settings.always_wide) gz_mobility_for_blocks(k, steepness_task, log_f, NULL);
    k->has_diagonal = false;
    gz_context_spend(k->context, GZ_PHASE_SETUP, begin);
}

static void weight_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const double *m = (const double *)in + shift;
    double *copy = (double *)out + shift, *weight = k->weight + shift;
    for (size_t p = rows.begin * row; p < rows.end * row; p++)
        copy[p] = weight[p] = k->grid->node_volume[p] * m[p];
}

/* drift[a] = weight T_aa. The drift is scratch between applications. */
static void diffusion_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    (void)out;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const gz_cell_fields fields = gz_cell_fields_at(k->grid, in, cell);
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        const double *T = fields.tensor[gz_pair_index(k->grid->velocity_dim, a, a)];
        double *diffusion = k->drift[a] + shift;
        for (size_t p = rows.begin * row; p < rows.end * row; p++) diffusion[p] = fields.weight[p] * T[p];
    }
}

static void sawtooth_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    (void)in, (void)out;
    const size_t shift = cell * k->grid->node_count;
    for (int a = 0; a < k->grid->velocity_dim; a++)
        gz_stencil_sawtooth_weight(&k->derivative, a, rows, k->drift[a] + shift, k->sawtooth[a] + shift);
}

void gz_mobility_set_weight(gz_mobility *k, const double *m) {
    k->has_diagonal = false;
    gz_mobility_for_blocks(k, weight_task, m, k->drift[0]);
}

void gz_mobility_set_tensor(gz_mobility *k, const double *m) {
    const double begin = gz_seconds_now();
    k->setups++;
    k->has_diagonal = false;
    gz_mobility_for_blocks(k, weight_task, m, k->drift[0]);
    k->method->tensor(k->interaction, k->drift[0], k->tensor);
    gz_context_spend(k->context, GZ_PHASE_SETUP, begin);
}

void gz_mobility_set_form(gz_mobility *k, const double *m, const gz_cell_fields *form) {
    gz_mobility_set_tensor(k, m);
    const double begin = gz_seconds_now();
    gz_mobility_for_blocks(k, diffusion_task, form, NULL);
    gz_mobility_for_blocks(k, sawtooth_task, NULL, NULL);
    gz_context_spend(k->context, GZ_PHASE_SETUP, begin);
}

gz_cell_fields gz_mobility_form(const gz_mobility *k) {
    gz_cell_fields form = {.weight = k->weight};
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        form.theta[a] = k->theta[a];
        form.sawtooth[a] = k->sawtooth[a];
    }
    for (int p = 0; p < gz_pair_count(k->grid->velocity_dim); p++) form.tensor[p] = k->tensor[p];
    return form;
}

void gz_mobility_set_density(gz_mobility *k, const double *m) {
    const gz_cell_fields form = gz_mobility_form(k);
    gz_mobility_set_form(k, m, &form);
}

/* What gradient_task needs beside the mobility. */
typedef struct gradient_input {
    const gz_cell_fields *form;
    const double *w;
} gradient_input;

/* drift[a] = weight G_a w. */
static void gradient_task(gz_mobility *k, size_t cell, gz_rows rows, const void *in, void *out) {
    const gradient_input *input = in;
    const size_t shift = cell * k->grid->node_count, row = k->grid->stride[0];
    const gz_cell_fields fields = gz_cell_fields_at(k->grid, input->form, cell);
    double *q[GZ_MAX_DIM] = {0};
    (void)out;
    for (int a = 0; a < k->grid->velocity_dim; a++) q[a] = k->drift[a] + shift;
    gz_cell_stencil_gradient(&k->stencil, omp_get_thread_num(), fields.theta, rows, input->w + shift, q);
    for (int a = 0; a < k->grid->velocity_dim; a++) {
        double *drift = k->drift[a] + shift;
        for (size_t p = rows.begin * row; p < rows.end * row; p++) drift[p] *= fields.weight[p];
    }
}

void gz_mobility_make_drift(gz_mobility *k, const double *w, gz_cell_fields *form) {
    const gradient_input input = {form, w};
    if (!k->method->drift) return;
    gz_mobility_for_blocks(k, gradient_task, &input, NULL);
    k->method->drift(k->interaction, k->drift);
    for (int a = 0; a < k->grid->velocity_dim; a++) form->drift[a] = k->drift[a];
}

/* The form, applied to whole cells. */
typedef struct application {
    const gz_mobility *k;
    const gz_cell_fields *form;
    const double *w;
    double *out;
} application;

static void apply_cell(const void *self, size_t cell) {
    const application *of = self;
    const size_t shift = cell * of->k->grid->node_count;
    const gz_cell_fields fields = gz_cell_fields_at(of->k->grid, of->form, cell);
    gz_cell_stencil_apply(&of->k->stencil, omp_get_thread_num(), &fields, of->w + shift, of->out + shift);
}

void gz_mobility_apply_form(gz_mobility *k, const gz_cell_fields *form, const double *w, double *out) {
    const size_t nodes = k->grid->node_count, cells = k->grid->cell_count, count = cells * k->blocks;
    const gz_cell_stencil *stencil = &k->stencil;
    if (k->blocks == 1) {
        gz_share(gz_context_threads(k->context), cells, apply_cell, &(application){k, form, w, out});
        return;
    }
#pragma omp parallel num_threads((int)count)
    {
#pragma omp for
        for (size_t j = 0; j < count; j++) {
            const size_t cell = j / k->blocks, block = j % k->blocks;
            const gz_cell_fields fields = gz_cell_fields_at(k->grid, form, cell);
            gz_cell_stencil_fluxes(stencil, omp_get_thread_num(), (int)(j - block), &fields,
                                   block_rows(k, block), w + cell * nodes, out + cell * nodes);
        }
#pragma omp for
        for (size_t j = 0; j < count; j++) {
            const size_t cell = j / k->blocks, block = j % k->blocks;
            gz_cell_stencil_gather(stencil, (int)(j - block), block_rows(k, block), out + cell * nodes);
        }
    }
}

void gz_mobility_apply(gz_mobility *k, const double *w, double *out) {
    gz_cell_fields form = gz_mobility_form(k);
    const double begin = gz_seconds_now();
    k->applications++;
    gz_mobility_make_drift(k, w, &form);
    gz_mobility_apply_form(k, &form, w, out);
    gz_context_spend(k->context, GZ_PHASE_APPLY, begin);
}

void gz_mobility_apply_local(gz_mobility *k, const double *w, double *out) {
    const gz_cell_fields form = gz_mobility_form(k);
    gz_mobility_apply_form(k, &form, w, out);
}

void gz_mobility_apply_local_cell(gz_mobility *k, size_t cell, gz_team team, const double *w, double *out) {
    const gz_cell_fields form = gz_mobility_form(k), fields = gz_cell_fields_at(k->grid, &form, cell);
    const gz_rows rows = gz_team_share(team, k->grid->nodes);
    if (team.size == 1) {
        gz_cell_stencil_apply(&k->stencil, omp_get_thread_num(), &fields, w, out);
        return;
    }
    gz_cell_stencil_fluxes(&k->stencil, team.rank, 0, &fields, rows, w, out);
    gz_team_wait(team);
    gz_cell_stencil_gather(&k->stencil, 0, rows, out);
}

double gz_mobility_dissipation(const gz_mobility *k, const double *w, const double *Kw) {
    double sum = 0;
    for (size_t c = 0; c < k->grid->cell_count; c++) {
        double cell = 0;
        for (size_t p = c * k->grid->node_count; p < (c + 1) * k->grid->node_count; p++) cell += w[p] * Kw[p];
        sum += cell;
    }
    gz_ranks_sum(k->grid->ranks, 1, &sum);
    return sum * k->grid->cell_volume;
}
