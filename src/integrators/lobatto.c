/* Lobatto step: its memory, what it reports and remembers, and its stages. The sweeps are in lobatto_sweeps.c. */
#include "lobatto_fields.h"
#include "lobatto_sweeps.h"

#include "functionals.h"

#include <math.h>
#include <string.h>

static const gz_mixing_settings MIXING = {.depth = 3, .fields = GZ_LOBATTO_ROWS, .period = 1, .leap = 10};

static gz_status init_row(gz_lobatto *s, gz_mobility *mobility, gz_lobatto_row *row) {
    gz_context *context = s->parts->context;
    row->mobility = mobility;
    double **arrays[] = {&row->start,    &row->f0,   &row->log_f, &row->hf,     &row->log_m, &row->rate,
                         &row->residual, &row->next, &row->first, &row->missed, &row->rate0};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        GZ_TRY(gz_allocate(context, s->fields.grid->size, sizeof(double), arrays[i]));
    GZ_TRY(gz_local_solver_create(&s->fields, mobility, "sweeps", &row->local));
    return gz_deflation_init(&s->fields, gz_mobility_null_space(mobility), row->local, &row->deflation);
}

gz_status gz_lobatto_init(const gz_integrator_parts *parts, gz_lobatto *s) {
    gz_context *context = parts->context;
    const gz_phase_grid *grid = parts->grid;
    *s = (gz_lobatto){.parts = parts};
    GZ_TRY(gz_fields_init(context, grid, &s->fields));
    GZ_TRY(gz_rate_streaming_init(context, grid, parts->streaming, &s->streaming));
    GZ_TRY(gz_invariants_init(&s->fields, gz_mobility_null_space(parts->mobility), &s->invariants));
    GZ_TRY(gz_mixing_init(context, grid, &MIXING, &s->mixing));
    GZ_TRY(gz_tail_rule_init(context, parts->mobility, &s->tail));
    GZ_TRY(gz_mobility_create(context, grid, gz_mobility_get_settings(parts->mobility), &s->own));
    GZ_TRY(init_row(s, s->own, &s->row[GZ_LOBATTO_MIDDLE]));
    GZ_TRY(init_row(s, parts->mobility, &s->row[GZ_LOBATTO_END]));
    double **arrays[] = {&s->log_f0,     &s->fit,        &s->F0,         &s->mean_rate, &s->change,
                         &s->scratch[0], &s->scratch[1], &s->scratch[2], &s->scratch[3]};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        GZ_TRY(gz_allocate(context, grid->size, sizeof(double), arrays[i]));
    return GZ_OK;
}

static void free_row(gz_lobatto_row *row) {
    double *arrays[] = {row->start,    row->f0,   row->log_f, row->hf,     row->log_m, row->rate,
                        row->residual, row->next, row->first, row->missed, row->rate0};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) gz_release(arrays[i]);
    gz_local_solver_destroy(row->local);
    gz_deflation_free(&row->deflation);
}

void gz_lobatto_free(gz_lobatto *s) {
    double *arrays[] = {s->log_f0,     s->fit,        s->F0,         s->mean_rate, s->change,
                        s->scratch[0], s->scratch[1], s->scratch[2], s->scratch[3]};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) gz_release(arrays[i]);
    for (int i = 0; i < GZ_LOBATTO_ROWS; i++) free_row(&s->row[i]);
    gz_mobility_destroy(s->own);
    gz_mixing_free(&s->mixing);
    gz_invariants_free(&s->invariants);
    gz_tail_rule_free(&s->tail);
    gz_rate_streaming_free(&s->streaming);
    gz_fields_free(&s->fields);
}

void gz_lobatto_forget(gz_lobatto *s) {
    s->last_dt = 0;
}

static void remember(gz_lobatto *s) {
    const gz_lobatto_row *end = &s->row[GZ_LOBATTO_END];
    gz_tail_rule_remember(&s->tail, end->rate, end->hf);
    gz_lobatto_subtract(s, end->first, end->start, s->change);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        if (s->mixing.leapt) /* the first sweep knew nothing, and so says nothing about the next one */
            memset(row->missed, 0, s->fields.grid->size * sizeof *row->missed);
        else
            gz_lobatto_subtract(s, row->log_f, row->first, row->missed);
    }
    s->last_dt = s->dt;
}

/* Solve the rows, and count the work of the mobility that the integrator does not know. */
static gz_status attempt(gz_lobatto *s, const double *f, const double *log_f, gz_work *work) {
    const size_t applications = gz_mobility_applications(s->own), setups = gz_mobility_setups(s->own);
    s->mass = gz_integral(s->fields.grid, f, NULL);
    s->scale = (gz_certified_scale){0};
    memcpy(s->log_f0, log_f, s->fields.grid->size * sizeof *log_f);
    const gz_status status = gz_lobatto_sweep(s, f);
    work->applications += (long)(gz_mobility_applications(s->own) - applications);
    work->setups += (long)(gz_mobility_setups(s->own) - setups);
    return status;
}

gz_status gz_lobatto_step(gz_lobatto *s, double dt, double *f, double *log_f, gz_step_report *report) {
    const gz_phase_grid *grid = s->fields.grid;
    const gz_lobatto_row *end = &s->row[GZ_LOBATTO_END];
    s->dt = dt;
    GZ_TRY(attempt(s, f, log_f, &report->work));
    remember(s);
    const double before = gz_entropy(grid, end->f0, end->start), factor = 1 + s->scale.theta;
    if (s->streaming.streaming) report->entropy_streaming = before - gz_entropy(grid, f, log_f);
    memcpy(log_f, end->log_f, grid->size * sizeof *log_f);
    gz_lobatto_density(s, end->hf, f);
    const gz_scaled_step step = gz_lobatto_scaled_step(s, f);
    gz_certified_scale_take(&s->fields, &step, s->scale.theta, f, log_f);
    report->entropy_before = before;
    report->entropy_after = before + s->scale.entropy_change;
    report->dissipation = report->action = factor * factor * step.dissipation;
    report->defect = s->scale.defect;
    report->residual = s->scale.open / s->mass;
    report->decrement = s->scale.residual / s->mass;
    report->implicitness = NAN;
    report->theta = s->scale.theta;
    report->converged = true;
    return GZ_OK;
}

void gz_lobatto_stage(gz_lobatto *s, size_t stage, gz_collision *collision) {
    const gz_lobatto_row *middle = &s->row[GZ_LOBATTO_MIDDLE], *end = &s->row[GZ_LOBATTO_END];
    const double *log_m[] = {s->log_f0, middle->log_m, end->log_m},
                 *log_f[] = {s->log_f0, middle->log_f, end->log_f},
                 *rate[] = {s->F0, middle->rate, end->rate};
    double *w = s->scratch[1], *Kw = s->scratch[2];
    gz_tail_rule_set(&s->tail, (gz_stage)stage, log_m[stage], end->mobility);
    gz_fields_combine(&s->fields, 1 + s->scale.theta,
                      gz_mobility_entropy_variable(end->mobility, log_f[stage]), 0, w);
    gz_fields_combine(&s->fields, 1 + s->scale.theta, rate[stage], 0, Kw);
    *collision = (gz_collision){
        .f0 = end->f0, .log_f0 = end->start, .w = w, .Kw = Kw, .weight = GZ_LOBATTO_WEIGHT[stage]};
}
