/* Tail rule: chi node by node, and the mobilities that it makes of a capped one. */
#include "tail_rule.h"

#include "mobility_cap.h"

#include <math.h>
#include <string.h>

static const double EPS = 1e-8; /* of the largest mean density: where chi is 1/2 in a stiff tail */

gz_status gz_tail_rule_init(gz_context *context, const gz_mobility *mobility, gz_tail_rule *s) {
    const gz_phase_grid *grid = gz_mobility_grid(mobility);
    *s = (gz_tail_rule){.grid = grid};
    GZ_TRY(gz_fields_init(context, grid, &s->fields));
    GZ_TRY(gz_limiter_init(context, mobility, &s->limiter));
    GZ_TRY(gz_allocate(context, grid->node_count, sizeof(double), &s->chi));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->m));
    GZ_TRY(gz_allocate(context, grid->size, sizeof(double), &s->m_end));
    return gz_allocate(context, grid->size, sizeof(double), &s->log_rate);
}

void gz_tail_rule_free(gz_tail_rule *s) {
    double *fields[] = {s->chi, s->m, s->m_end, s->log_rate};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) gz_release(fields[i]);
    gz_limiter_free(&s->limiter);
    gz_fields_free(&s->fields);
    *s = (gz_tail_rule){0};
}

void gz_tail_rule_begin(gz_tail_rule *s, double dt, const double *f0, bool remembers) {
    const gz_phase_grid *grid = s->grid;
    const size_t nodes = grid->node_count;
    double most = 0, stiffest = 0, *rho = s->chi;
    gz_limiter_begin(&s->limiter, dt, f0);
    memset(rho, 0, nodes * sizeof *rho);
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        for (size_t p = 0; p < nodes; p++) rho[p] += f0[cell * nodes + p];
        stiffest = fmax(stiffest, s->limiter.stiffness[cell]);
    }
    gz_ranks_sum(grid->ranks, nodes, rho);
    gz_ranks_most(grid->ranks, 1, &stiffest);
    for (size_t p = 0; p < nodes; p++) most = fmax(most, rho[p]);
    for (size_t p = 0; p < nodes; p++) {
        const double part = rho[p] / (EPS * most), loose = 1 / (stiffest * s->limiter.levelling[p]),
                     u = part * part * (1 + loose * loose * loose * loose);
        s->chi[p] = u < 1e16 ? u / (1 + u) : 1;
    }
    if (remembers) gz_limiter_refine_by(&s->limiter, dt, s->log_rate);
}

/* to = m (a + b chi)/(c + d chi) */
typedef struct product {
    const gz_tail_rule *s;
    const double *m;
    double a, b, c, d, *to;
} product;

static void multiply_task(const void *self, gz_block on, double *sums) {
    const product *of = self;
    const double *m = of->m + on.first, *chi = of->s->chi + on.node;
    double *to = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) to[k] = m[k] * (of->a + of->b * chi[k]) / (of->c + of->d * chi[k]);
}

static void multiply(const gz_tail_rule *s, const double *m, double a, double b, double c, double d,
                     double *to) {
    gz_fields_run(&s->fields, multiply_task, &(product){s, m, a, b, c, d, to});
}

void gz_tail_rule_set(gz_tail_rule *s, gz_stage stage, const double *log_m, gz_mobility *mobility) {
    const bool end = stage == GZ_STAGE_END;
    double *m = end ? s->m_end : s->m;
    gz_mobility_cap(mobility, log_m, s->limiter.lambda, m);
    multiply(s, m, end ? 6 : 0, end ? -5 : 1, 1, 0, m);
    gz_mobility_set_density(mobility, m);
}

void gz_tail_rule_precondition(gz_tail_rule *s, gz_mobility *mobility) {
    multiply(s, s->m_end, 4, -3, 6, -5, s->m);
    gz_mobility_set_weight(mobility, s->m);
}

void gz_tail_rule_restore(gz_tail_rule *s, gz_mobility *mobility) {
    gz_mobility_set_weight(mobility, s->m_end);
}

typedef struct last {
    const gz_tail_rule *s;
    const double *rate, *hf;
} last;

static void remember_task(const void *self, gz_block on, double *sums) {
    const last *of = self;
    const double *rate = of->rate + on.first, *hf = of->hf + on.first, *chi = of->s->chi + on.node,
                 *lambda = of->s->limiter.lambda + on.first;
    double *log_rate = of->s->log_rate + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) log_rate[k] = -rate[k] / (hf[k] * (6 - 5 * chi[k]) * lambda[k]);
}

void gz_tail_rule_remember(gz_tail_rule *s, const double *rate, const double *hf) {
    gz_fields_run(&s->fields, remember_task, &(last){s, rate, hf});
}
