/* Iterate: an evaluation takes all its fields and sums from one pass over the nodes. Loops are tasks (fields.h). */
#include "iterate.h"

#include "implicitness.h"
#include "vector_math.h"

#include <math.h>
#include <string.h>

static const double MOST_GATHERED = 10; /* `gathered` over mass above which K w is computed anew */

typedef enum sum { ENTROPY_CHANGE, PSI_CHANGE, RESIDUAL, ENTROPY, DISSIPATION, SUMS } sum;

void gz_iterate_free(gz_iterate *s) {
    gz_release(s->R);
    gz_release(s->diag);
    gz_invariants_free(&s->invariants);
    gz_fields_free(&s->fields);
    memset(s, 0, sizeof *s);
}

gz_status gz_iterate_init(gz_context *context, gz_mobility *mobility, gz_iterate *s) {
    memset(s, 0, sizeof *s);
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    s->chain_rule.fields = &s->fields;
    GZ_TRY(gz_fields_init(context, s->grid, &s->fields));
    GZ_TRY(gz_invariants_init(&s->fields, gz_mobility_null_space(mobility), &s->invariants));
    GZ_TRY(gz_allocate(context, s->grid->size, sizeof(double), &s->R));
    return gz_allocate(context, s->grid->size, sizeof(double), &s->diag);
}

/* R = w without its fit by the null vectors of K. K w is scratch. */
static void remove_null_part(gz_iterate *s) {
    const gz_minimum *at = s->at;
    const bool fitted = gz_invariants_fit(&s->invariants, s->step->f0, at->w, at->Kw, s->R) == GZ_OK;
    gz_fields_combine(&s->fields, 1, at->w, fitted ? -1 : 0, s->R);
}

/* phi in a block. */
static const double *potential_in(const gz_iterate *s, gz_block on) {
    static const double NONE[GZ_BLOCK] = {0};
    const double *phi = gz_mobility_potential(s->mobility);
    return phi ? phi + on.node : NONE;
}

/* w = log f1 + phi - c psi */
static void potential_task(const void *self, gz_block on, double *sums) {
    const gz_iterate *s = self;
    const double *restrict l0 = s->step->log_f0 + on.first, *restrict l1 = s->at->log_f1 + on.first,
                           *restrict phi = potential_in(s, on);
    const double c = s->at->implicitness, scale = s->at->scale;
    double *restrict w = s->at->w + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        double slope;
        w[k] = l1[k] + phi[k] - c * gz_psi(l1[k] - l0[k], scale, &slope);
    }
}

void gz_iterate_set_potential(gz_iterate *s) {
    gz_fields_run(&s->fields, potential_task, s);
    remove_null_part(s);
    gz_mobility_apply(s->mobility, s->R, s->at->Kw);
    s->gathered = 0;
}

static void norm_1_task(const void *self, gz_block on, double *sums) {
    const double *restrict x = (const double *)self + on.first;
    double size[GZ_BLOCK];
    for (size_t k = 0; k < on.count; k++) size[k] = fabs(x[k]);
    sums[0] = gz_block_sum(size, on.count);
}

/* The sums are <h f0, 1> and <h f0, log f0 + phi - level>. */
static void start_task(const void *self, gz_block on, double *sums) {
    const gz_iterate *s = self;
    const double *restrict h = s->grid->node_volume + on.node, *restrict f0 = s->step->f0 + on.first,
                           *restrict l0 = s->step->log_f0 + on.first, *restrict phi = potential_in(s, on),
                           level = s->level;
    double mass = 0, entropy = 0;
#pragma omp simd reduction(+ : mass, entropy)
    for (size_t k = 0; k < on.count; k++) {
        const double hf = h[k] * f0[k];
        mass += hf;
        entropy += hf * (l0[k] + phi[k] - level);
    }
    sums[0] = mass;
    sums[1] = entropy;
}

static void start_sums(gz_iterate *s, double level, double *mass, double *entropy) {
    double total[2];
    s->level = level;
    gz_fields_sum(&s->fields, start_task, s, 2, total);
    *mass = total[0];
    *entropy = total[1];
}

gz_status gz_iterate_start(gz_iterate *s, const gz_convex_step *step, gz_minimum *at) {
    s->step = step;
    s->at = at;
    start_sums(s, 0, &s->mass, &at->entropy0);
    start_sums(s, at->entropy0 / s->mass, &s->mass, &s->level_entropy);
    if (!isfinite(s->level_entropy) || !(s->mass > 0))
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                       "the density at the start of the step is not finite");
    at->work = (gz_work){0};
    at->converged = false;
    at->decrement = INFINITY;
    gz_chain_rule_begin(&s->chain_rule, step, at, s->mass);
    gz_iterate_set_potential(s);
    return GZ_OK;
}

static void evaluate_task(const void *self, gz_block on, double *sums) {
    const gz_iterate *s = self;
    const gz_minimum *at = s->at;
    const double *restrict volume = s->grid->node_volume + on.node, *restrict f0 = s->step->f0 + on.first,
                           *restrict l0 = s->step->log_f0 + on.first, *restrict l1 = at->log_f1 + on.first,
                           *restrict w = at->w + on.first, *restrict Kw = at->Kw + on.first,
                           *restrict phi = potential_in(s, on);
    double *restrict f1 = at->f1 + on.first, *restrict diag = s->diag + on.first,
                     *restrict R = s->R + on.first;
    const double c = at->implicitness, scale = at->scale, dt = s->step->dt, level = s->level;
    double entropy_change = 0, psi_change = 0, residual = 0, entropy = 0, dissipation = 0;
#pragma omp simd reduction(+ : entropy_change, psi_change, residual, entropy, dissipation)
    for (size_t k = 0; k < on.count; k++) {
        const double h = volume[k], d = l1[k] - l0[k], e = expm1(d), change = f0[k] * e, far = exp(l1[k]);
        double slope;
        const double psi = gz_psi(d, scale, &slope);
        f1[k] = d < -1 ? far : f0[k] + change; /* it never cancels to zero */
        diag[k] = h * f1[k] / (1 - c * slope);
        R[k] = h * change + dt * Kw[k];
        entropy_change += h * f0[k] * gz_relative_entropy_node(d, e);
        psi_change += h * psi * change;
        residual += fabs(R[k]);
        entropy += h * f1[k] * (l1[k] + phi[k] - level);
        dissipation += (w[k] - level) * Kw[k];
    }
    sums[ENTROPY_CHANGE] = entropy_change;
    sums[PSI_CHANGE] = psi_change;
    sums[RESIDUAL] = residual;
    sums[ENTROPY] = entropy;
    sums[DISSIPATION] = dissipation;
}

bool gz_iterate_evaluate(gz_iterate *s) {
    gz_minimum *at = s->at;
    double value[SUMS];
    bool finite = isfinite(at->implicitness);
    gz_fields_sum(&s->fields, evaluate_task, s, SUMS, value);
    for (int k = 0; k < SUMS; k++) finite = finite && isfinite(value[k]);
    s->chain_rule.E = value[ENTROPY_CHANGE];
    s->chain_rule.P = value[PSI_CHANGE];
    at->entropy = at->entropy0 + (value[ENTROPY] - s->level_entropy);
    at->dissipation = at->action = value[DISSIPATION];
    at->residual = value[RESIDUAL] / s->mass;
    at->defect = value[ENTROPY] - s->level_entropy + s->step->dt * value[DISSIPATION];
    return finite;
}

typedef struct step_input {
    const gz_iterate *s;
    const double *y, *Ky;
} step_input;

static void move_task(const void *self, gz_block on, double *sums) {
    const step_input *in = self;
    const gz_minimum *at = in->s->at;
    const double *restrict l0 = in->s->step->log_f0 + on.first, *restrict y = in->y + on.first,
                           *restrict phi = potential_in(in->s, on);
    const double c = at->implicitness, scale = at->scale;
    double *restrict w = at->w + on.first, *restrict l1 = at->log_f1 + on.first,
                     *restrict Kw = at->Kw + on.first;
    double d[GZ_BLOCK], eta0[GZ_BLOCK];
    (void)sums;
    if (in->Ky)
        for (size_t k = 0; k < on.count; k++) Kw[k] += in->Ky[on.first + k];
    for (size_t k = 0; k < on.count; k++) {
        double slope;
        d[k] = l1[k] - l0[k];
        eta0[k] = l0[k] + phi[k];
        gz_psi(d[k], scale, &slope);
        w[k] += y[k];
        d[k] += y[k] / (1 - c * slope);
    }
    gz_invert_potentials(on.count, w, eta0, c, scale, d);
    for (size_t k = 0; k < on.count; k++) {
        const double moved = l0[k] + d[k];
        l1[k] = moved < GZ_LOG_FLOOR ? GZ_LOG_FLOOR : moved; /* a NaN stays one */
    }
}

void gz_iterate_move(gz_iterate *s, const double *y, const double *Ky) {
    if (Ky) s->gathered += s->step->dt * gz_fields_sum_one(&s->fields, norm_1_task, Ky);
    gz_fields_run(&s->fields, move_task, &(step_input){s, y, Ky});
}

/* K w += diag y */
static void add_weighted_task(const void *self, gz_block on, double *sums) {
    const step_input *in = self;
    const double *restrict diag = in->s->diag + on.first, *restrict y = in->y + on.first;
    double *restrict Kw = in->s->at->Kw + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) Kw[k] += diag[k] * y[k];
}

/* R = h (f1 - f0) */
static void change_task(const void *self, gz_block on, double *sums) {
    const gz_iterate *s = self;
    const double *restrict h = s->grid->node_volume + on.node, *restrict f0 = s->step->f0 + on.first,
                           *restrict f1 = s->at->f1 + on.first;
    double *restrict change = s->R + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) change[k] = h[k] * (f1[k] - f0[k]);
}

gz_status gz_iterate_restore_invariants(gz_iterate *s, double *y) {
    const double *change = s->R; /* the evaluation at the end sets R again */
    if (s->gathered > MOST_GATHERED * s->mass) gz_iterate_set_potential(s);
    GZ_TRY(gz_invariants_step(&s->invariants, s->at->Kw, s->diag, y));
    gz_fields_run(&s->fields, add_weighted_task, &(step_input){.s = s, .y = y});
    for (int k = 0; k < 3; k++) {
        gz_fields_run(&s->fields, change_task, s);
        if (gz_invariants_violation(&s->invariants, change, s->step->f0) <= 1e-15) break;
        GZ_TRY(gz_invariants_step(&s->invariants, change, s->diag, y));
        gz_iterate_move(s, y, NULL);
        gz_iterate_evaluate(s);
    }
    gz_iterate_evaluate(s);
    return GZ_OK;
}
