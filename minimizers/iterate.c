/* Iterate: an evaluation takes all its fields and sums from one pass over the nodes. */
#include "iterate.h"

#include "implicitness.h"

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
    const bool local = gz_kappa_is_local(&gz_mobility_get_settings(mobility)->kappa, s->grid);
    GZ_TRY(gz_invariants_init(&s->fields, local, &s->invariants));
    GZ_TRY(gz_allocate(context, s->grid->size, sizeof(double), &s->R));
    return gz_allocate(context, s->grid->size, sizeof(double), &s->diag);
}

/* rest = w without its fit by the null vectors of K with weight h f0. K rest = K w, but where f1 is nearly
 * Maxwellian, K w would spend its digits on cancelling the fit. weight: scratch. */
static void remove_null_part(gz_iterate *s, double *weight, double *rest) {
    const double *w = s->at->w;
    const size_t size = s->grid->size, nodes = s->grid->node_count;
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t i = 0; i < size; i++) {
        weight[i] = s->grid->node_volume[i % nodes] * s->step->f0[i];
        rest[i] = -weight[i] * w[i];
    }
    const bool fitted = gz_invariants_step(&s->invariants, rest, weight, rest) == GZ_OK;
    gz_fields_combine(&s->fields, 1, w, fitted ? -1 : 0, rest);
}

void gz_iterate_set_potential(gz_iterate *s) {
    gz_minimum *at = s->at;
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t i = 0; i < s->grid->size; i++) {
        double slope;
        const double d = at->log_f1[i] - s->step->log_f0[i];
        at->w[i] = at->log_f1[i] - at->implicitness * gz_psi(d, at->scale, &slope);
    }
    remove_null_part(s, at->Kw, s->R);
    gz_mobility_apply(s->mobility, s->R, at->Kw);
    s->gathered = 0;
}

/* |x|_1 dx. */
static double norm_1(gz_iterate *s, const double *x) {
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        double norm = 0;
        for (size_t i = block.first; i < block.first + block.count; i++) norm += fabs(x[i]);
        s->fields.partial[b][0] = norm;
    }
    return gz_fields_total(&s->fields);
}

/* <h f0, 1> and <h f0, log f0 - level>. */
static void start_sums(gz_iterate *s, double level, double *mass, double *entropy) {
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        double block_mass = 0, block_entropy = 0;
        for (size_t k = 0; k < block.count; k++) {
            const double hf = s->grid->node_volume[block.node + k] * s->step->f0[block.first + k];
            block_mass += hf;
            block_entropy += hf * (s->step->log_f0[block.first + k] - level);
        }
        s->fields.partial[b][0] = block_mass;
        s->fields.partial[b][1] = block_entropy;
    }
    double total[2];
    gz_fields_totals(&s->fields, 2, total);
    *mass = total[0];
    *entropy = total[1];
}

gz_status gz_iterate_start(gz_iterate *s, const gz_convex_step *step, gz_minimum *at) {
    s->step = step;
    s->at = at;
    start_sums(s, 0, &s->mass, &at->entropy0);
    s->level = at->entropy0 / s->mass;
    start_sums(s, s->level, &s->mass, &s->level_entropy);
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

bool gz_iterate_evaluate(gz_iterate *s) {
    const gz_convex_step *step = s->step;
    gz_minimum *at = s->at;
    const double c = at->implicitness, dt = step->dt;
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t b = 0; b < s->fields.blocks; b++) {
        const gz_block block = gz_fields_block(&s->fields, b);
        double total[SUMS] = {0};
        for (size_t k = 0; k < block.count; k++) {
            const size_t i = block.first + k;
            const double h = s->grid->node_volume[block.node + k], f0 = step->f0[i];
            const double d = at->log_f1[i] - step->log_f0[i], e = expm1(d), change = f0 * e;
            const double f1 = d < -1 ? exp(at->log_f1[i]) : f0 + change; /* f1 never cancels to zero */
            double slope;
            const double psi = gz_psi(d, at->scale, &slope);
            at->f1[i] = f1;
            s->diag[i] = h * f1 / (1 - c * slope);
            s->R[i] = h * change + dt * at->Kw[i];
            total[ENTROPY_CHANGE] += h * f0 * gz_relative_entropy_node(d, e);
            total[PSI_CHANGE] += h * psi * change;
            total[RESIDUAL] += fabs(s->R[i]);
            total[ENTROPY] += h * f1 * (at->log_f1[i] - s->level);
            total[DISSIPATION] += (at->w[i] - s->level) * at->Kw[i];
        }
        memcpy(s->fields.partial[b], total, sizeof total);
    }
    double value[SUMS];
    bool finite = isfinite(c);
    gz_fields_totals(&s->fields, SUMS, value);
    for (int k = 0; k < SUMS; k++) finite = finite && isfinite(value[k]);
    s->chain_rule.E = value[ENTROPY_CHANGE];
    s->chain_rule.P = value[PSI_CHANGE];
    at->entropy = at->entropy0 + (value[ENTROPY] - s->level_entropy);
    at->dissipation = at->action = value[DISSIPATION];
    at->residual = value[RESIDUAL] / s->mass;
    at->defect = value[ENTROPY] - s->level_entropy + dt * value[DISSIPATION];
    return finite;
}

void gz_iterate_move(gz_iterate *s, const double *y, const double *Ky) {
    gz_minimum *at = s->at;
    const double c = at->implicitness;
    if (Ky) s->gathered += s->step->dt * norm_1(s, Ky);
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t i = 0; i < s->grid->size; i++) {
        const double l0 = s->step->log_f0[i], d = at->log_f1[i] - l0;
        double slope;
        gz_psi(d, at->scale, &slope);
        at->w[i] += y[i];
        if (Ky) at->Kw[i] += Ky[i];
        const double moved = gz_invert_potential(at->w[i] - l0, c, at->scale, d + y[i] / (1 - c * slope));
        at->log_f1[i] = fmax(l0 + moved, GZ_LOG_FLOOR);
    }
}

gz_status gz_iterate_restore_invariants(gz_iterate *s, double *y) {
    gz_minimum *at = s->at;
    const size_t size = s->grid->size, nodes = s->grid->node_count;
    double *change = s->R; /* h (f1 - f0), in the array of R, which the evaluation at the end sets again */
    if (s->gathered > MOST_GATHERED * s->mass) gz_iterate_set_potential(s);
    GZ_TRY(gz_invariants_step(&s->invariants, at->Kw, s->diag, y));
#pragma omp parallel for num_threads(s->fields.threads)
    for (size_t i = 0; i < size; i++) at->Kw[i] += s->diag[i] * y[i];
    for (int k = 0; k < 3; k++) {
#pragma omp parallel for num_threads(s->fields.threads)
        for (size_t i = 0; i < size; i++)
            change[i] = s->grid->node_volume[i % nodes] * (at->f1[i] - s->step->f0[i]);
        if (gz_invariants_violation(&s->invariants, change, s->step->f0) <= 1e-15) break;
        GZ_TRY(gz_invariants_step(&s->invariants, change, s->diag, y));
        gz_iterate_move(s, y, NULL);
        gz_iterate_evaluate(s);
    }
    gz_iterate_evaluate(s);
    return GZ_OK;
}
