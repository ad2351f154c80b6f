/* Lobatto fields: a task for each operation. */
#include "lobatto_fields.h"

#include "damping.h"
#include "functionals.h"
#include "lobatto_sweeps.h"

#include <math.h>

static const double TO_MIDDLE[] = {5. / 24, 1. / 3, -1. / 24};

/* What a task works on; each has some of these. */
typedef struct operation {
    const gz_lobatto *s;
    const gz_lobatto_row *row;
    double factor;
    const double *a, *b, *c;
    double *to, *also;
} operation;

static void density_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *h = of->s->fields.grid->node_volume + on.node, *hf = of->a + on.first;
    double *f = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) f[k] = hf[k] / h[k];
}

void gz_lobatto_density(const gz_lobatto *s, const double *hf, double *f) {
    gz_fields_run(&s->fields, density_task, &(operation){.s = s, .a = hf, .to = f});
}

static void move_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *from = of->a + on.first, *to = of->b + on.first, *local = of->c + on.first,
                 *hf = of->row->hf + on.first;
    double *log_f = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        const double x = from[k] + gz_damped_change(to[k] - from[k], hf[k], of->factor * local[k]);
        log_f[k] = x < GZ_LOG_FLOOR ? GZ_LOG_FLOOR : x; /* a NaN stays one */
    }
}

void gz_lobatto_move(const gz_lobatto *s, const gz_lobatto_row *row, double tau, const double *from,
                     const double *to, double *log_f) {
    const double *local = gz_mobility_local_diagonal(row->mobility);
    gz_fields_run(&s->fields, move_task,
                  &(operation){.row = row, .factor = tau, .a = from, .b = to, .c = local, .to = log_f});
}

static void first_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *log_f0 = of->s->log_f0 + on.first, *F0 = of->s->F0 + on.first, *hf = of->row->hf + on.first,
                 *d = of->a + on.first, dt = of->s->dt;
    double *r = of->to + on.first, *to = of->also + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        to[k] = log_f0[k] + d[k];
        r[k] = 2 * (hf[k] * d[k] - r[k]) - dt * F0[k];
    }
}

void gz_lobatto_first(const gz_lobatto *s, const double *d, double *r, double *to) {
    const gz_lobatto_row *row = &s->row[GZ_LOBATTO_END];
    gz_fields_run(&s->fields, first_task, &(operation){.s = s, .row = row, .a = d, .to = r, .also = to});
}

static void compare_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const gz_lobatto_row *end = &of->s->row[GZ_LOBATTO_END];
    const double *h = of->s->fields.grid->node_volume + on.node, *first = end->first + on.first,
                 *start = end->start + on.first, *f0 = end->f0 + on.first, *former = of->a + on.first;
    double *now = of->to + on.first, *weighted = of->also + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        now[k] = first[k] - start[k];
        weighted[k] = h[k] * f0[k] * former[k];
    }
}

void gz_lobatto_compare(const gz_lobatto *s, const double *former, double *now, double *weighted) {
    gz_fields_run(&s->fields, compare_task, &(operation){.s = s, .a = former, .to = now, .also = weighted});
}

static void missed_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *x = of->a + on.first;
    double *log_f = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) log_f[k] += of->factor * x[k] / (1 + x[k] * x[k]);
}

void gz_lobatto_add_missed(const gz_lobatto *s, gz_lobatto_row *row, double part, const double *x) {
    gz_fields_run(&s->fields, missed_task, &(operation){.factor = part, .a = x, .to = row->log_f});
}

static void follow_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *log_f = of->a + on.first;
    double *log_m = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        const double x = log_f[k] - log_m[k];
        log_m[k] += x / (1 + 16 * x * x * x * x);
    }
}

void gz_lobatto_follow(const gz_lobatto *s, gz_lobatto_row *row) {
    gz_fields_run(&s->fields, follow_task, &(operation){.a = row->log_f, .to = row->log_m});
}

static void base_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *log_f = of->row->log_f + on.first, *start = of->row->start + on.first;
    double *base = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        const double x = log_f[k] - start[k];
        base[k] = start[k] + x / sqrt(sqrt(1 + x * x * x * x));
    }
}

void gz_lobatto_base(const gz_lobatto *s, const gz_lobatto_row *row, double *base) {
    gz_fields_run(&s->fields, base_task, &(operation){.row = row, .to = base});
}

static void mean_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const gz_lobatto_row *end = &of->s->row[GZ_LOBATTO_END];
    const double *F0 = end->rate0 + on.first, *Fh = of->a + on.first, *F1 = end->rate + on.first,
                 *b = GZ_LOBATTO_WEIGHT;
    double *mean = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) mean[k] = b[0] * F0[k] + b[1] * Fh[k] + b[2] * F1[k];
}

void gz_lobatto_mean(gz_lobatto *s, const double *S_F_h) {
    gz_fields_run(&s->fields, mean_task, &(operation){.s = s, .a = S_F_h, .to = s->mean_rate});
}

static void exchange_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *rate = of->a + on.first;
    double *mean = of->to + on.first, *F1 = of->also + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        mean[k] += GZ_LOBATTO_WEIGHT[2] * (rate[k] - F1[k]);
        F1[k] = rate[k];
    }
}

void gz_lobatto_exchange(gz_lobatto *s, const double *rate) {
    double *F1 = s->row[GZ_LOBATTO_END].rate;
    gz_fields_run(&s->fields, exchange_task, &(operation){.a = rate, .to = s->mean_rate, .also = F1});
}

static void middle_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const gz_lobatto *s = of->s;
    const gz_lobatto_row *row = of->row;
    const double *h = s->fields.grid->node_volume + on.node, *chi = s->tail.chi + on.node,
                 *hf = row->hf + on.first, *f0 = row->f0 + on.first, *F0 = row->rate0 + on.first,
                 *Fh = row->rate + on.first, *F1 = of->a + on.first, *b = TO_MIDDLE, dt = s->dt;
    double *residual = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++)
        residual[k] = hf[k] - h[k] * f0[k] +
                      dt * (b[0] * F0[k] + b[1] * Fh[k] + gz_tail_rule_part(chi[k]) * b[2] * F1[k]);
}

void gz_lobatto_residual_middle(gz_lobatto *s, const double *S_F_1) {
    const gz_lobatto_row *row = &s->row[GZ_LOBATTO_MIDDLE];
    gz_fields_run(&s->fields, middle_task, &(operation){.s = s, .row = row, .a = S_F_1, .to = row->residual});
}

static void end_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const gz_lobatto_row *row = of->row;
    const double *h = of->s->fields.grid->node_volume + on.node, *hf = row->hf + on.first,
                 *f0 = row->f0 + on.first, *mean = of->s->mean_rate + on.first, factor = of->factor;
    double *residual = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) residual[k] = hf[k] - h[k] * f0[k] + factor * mean[k];
}

void gz_lobatto_residual_end(gz_lobatto *s, double factor) {
    const gz_lobatto_row *row = &s->row[GZ_LOBATTO_END];
    gz_fields_run(&s->fields, end_task,
                  &(operation){.s = s, .row = row, .factor = factor, .to = row->residual});
}

static void correct_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const gz_lobatto_row *row = of->row;
    const double *log_f = row->log_f + on.first, *residual = row->residual + on.first,
                 *hf = row->hf + on.first, *d = of->a + on.first;
    double *next = of->to + on.first, *left = of->also + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) {
        next[k] = log_f[k] + d[k];
        left[k] = residual[k] + hf[k] * d[k];
    }
}

void gz_lobatto_correct(const gz_lobatto *s, gz_lobatto_row *row, const double *d, double *left) {
    gz_fields_run(&s->fields, correct_task, &(operation){.row = row, .a = d, .to = row->next, .also = left});
}

static void subtract_task(const void *self, gz_block on, double *sums) {
    const operation *of = self;
    const double *a = of->a + on.first, *b = of->b + on.first;
    double *difference = of->to + on.first;
    (void)sums;
    for (size_t k = 0; k < on.count; k++) difference[k] = a[k] - b[k];
}

void gz_lobatto_subtract(const gz_lobatto *s, const double *a, const double *b, double *difference) {
    gz_fields_run(&s->fields, subtract_task, &(operation){.a = a, .b = b, .to = difference});
}
