/* Lobatto fields: each operation beside its formula, written out node by node, on random fields. */
#include "functionals.h"
#include "lobatto_fields.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;
static gz_phase_grid *grid;
static gz_integrator_parts parts;
static gz_lobatto s;
static size_t seed;

static void fill(double *field) {
    double *noise = sample_noise(context, grid, ++seed);
    memcpy(field, noise, grid->size * sizeof *field);
    gz_release(noise);
}

static double *field(void) {
    double *made = sample_zero(context, grid);
    fill(made);
    return made;
}

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
    grid = sample_grid(context, 1, 2, 3, 9, 4);
    parts = (gz_integrator_parts){.context = context, .grid = grid};
    const gz_mobility_settings mobility = {.kernel = {GZ_KERNEL_POWER, .strength = 1}};
    cr_assert_eq(gz_mobility_create(context, grid, &mobility, &parts.mobility), GZ_OK);
    cr_assert_eq(gz_lobatto_init(&parts, &s), GZ_OK);
    s.dt = 0.3;
    for (size_t p = 0; p < grid->node_count; p++) s.tail.chi[p] = sample_uniform(99, p);
    double *fields[] = {s.log_f0, s.F0, s.mean_rate};
    for (size_t k = 0; k < 3; k++) fill(fields[k]);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *r = &s.row[k];
        double *of_row[] = {r->start, r->f0,       r->hf,    r->log_f, r->log_m,
                            r->rate,  r->residual, r->first, r->rate0};
        for (size_t i = 0; i < sizeof of_row / sizeof *of_row; i++) fill(of_row[i]);
    }
}

static void close_all(void) {
    gz_lobatto_free(&s);
    gz_mobility_destroy(parts.mobility);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(lobatto_fields, .init = open_all, .fini = close_all);

static void same(double a, double b) {
    cr_assert_float_eq(a, b, 1e-14 * (1 + fabs(b)));
}

Test(lobatto_fields, residuals_and_rates) {
    const gz_lobatto_row *middle = &s.row[GZ_LOBATTO_MIDDLE], *end = &s.row[GZ_LOBATTO_END];
    double *a = field(), *b = field();
    gz_lobatto_mean(&s, a);
    gz_lobatto_residual_middle(&s, b);
    gz_lobatto_residual_end(&s, 0.7);
    for (size_t i = 0; i < grid->size; i++) {
        const double h = grid->node_volume[i % grid->node_count], chi = s.tail.chi[i % grid->node_count];
        same(s.mean_rate[i], end->rate0[i] / 6 + 2 * a[i] / 3 + end->rate[i] / 6);
        same(middle->residual[i], middle->hf[i] - h * middle->f0[i] +
                                      0.3 * (5 * middle->rate0[i] / 24 + middle->rate[i] / 3 -
                                             chi * chi / (6 - 5 * chi) * b[i] / 24));
        same(end->residual[i], end->hf[i] - h * end->f0[i] + 0.7 * s.mean_rate[i]);
    }
    double *mean = sample_zero(context, grid), *F1 = sample_zero(context, grid);
    memcpy(mean, s.mean_rate, grid->size * sizeof *mean);
    memcpy(F1, end->rate, grid->size * sizeof *F1);
    gz_lobatto_exchange(&s, b);
    for (size_t i = 0; i < grid->size; i++) {
        same(s.mean_rate[i], mean[i] + (b[i] - F1[i]) / 6);
        same(end->rate[i], b[i]);
    }
    double *all[] = {a, b, mean, F1};
    for (size_t k = 0; k < 4; k++) gz_release(all[k]);
}

Test(lobatto_fields, moves_and_corrections) {
    gz_lobatto_row *row = &s.row[GZ_LOBATTO_MIDDLE], *end = &s.row[GZ_LOBATTO_END];
    double *d = field(), *r = field(), *x = field(), *log_m = field(), *log_f = field();
    double *r0 = sample_zero(context, grid);
    memcpy(r0, r, grid->size * sizeof *r);
    gz_lobatto_first(&s, d, r, x);
    for (size_t i = 0; i < grid->size; i++) {
        same(x[i], s.log_f0[i] + d[i]);
        same(r[i], -0.3 * s.F0[i] - 2 * (r0[i] - end->hf[i] * d[i]));
    }
    memcpy(log_m, row->log_m, grid->size * sizeof *log_m);
    gz_lobatto_follow(&s, row);
    gz_lobatto_base(&s, row, x);
    gz_lobatto_correct(&s, row, d, r);
    for (size_t i = 0; i < grid->size; i++) {
        const double m = row->log_f[i] - log_m[i], b = row->log_f[i] - row->start[i];
        same(row->log_m[i], log_m[i] + m / (1 + 16 * pow(m, 4)));
        same(x[i], row->start[i] + b / pow(1 + pow(b, 4), 0.25));
        same(row->next[i], row->log_f[i] + d[i]);
        same(r[i], row->residual[i] + row->hf[i] * d[i]);
    }
    gz_lobatto_compare(&s, d, x, r);
    memcpy(log_f, row->log_f, grid->size * sizeof *log_f);
    gz_lobatto_add_missed(&s, row, 0.4, d);
    for (size_t i = 0; i < grid->size; i++) {
        const double h = grid->node_volume[i % grid->node_count];
        same(x[i], end->first[i] - end->start[i]);
        same(r[i], h * end->f0[i] * d[i]);
        same(row->log_f[i], log_f[i] + 0.4 * d[i] / (1 + d[i] * d[i]));
    }
    gz_lobatto_density(&s, d, x);
    gz_lobatto_subtract(&s, d, log_f, r);
    for (size_t i = 0; i < grid->size; i++) {
        same(x[i], d[i] / grid->node_volume[i % grid->node_count]);
        same(r[i], d[i] - log_f[i]);
    }
    double *all[] = {d, r, x, log_m, log_f, r0};
    for (size_t k = 0; k < 6; k++) gz_release(all[k]);
}
