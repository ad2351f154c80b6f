/* Lobatto step: memory, mobilities of the stages, sweeps and the closing. */
#include "lobatto.h"

#include "damping.h"
#include "functionals.h"

#include <math.h>
#include <string.h>

enum { MIDDLE, END }; /* rows */
enum { LEAST_SWEEPS = 2, MOST_SWEEPS = 5, UPDATES = 1, MOST_CLOSING = 4 };

static const double TIME[] = {0.5, 1};             /* of the rows */
static const double DIAGONAL[] = {1. / 3, 1. / 4}; /* of the preconditioner */
static const double WEIGHT[] = {1. / 6, 2. / 3, 1. / 6};
static const double TO_MIDDLE[] = {5. / 24, 1. / 3, -1. / 24};
static const double ENOUGH = 1e-4;              /* |R_1|_1 over the mass, when the sweeps end */
static const double OPEN = 1e-15;               /* largest part of it on open nodes, over the mass */
static const double NO_DEFECT = 5e-14;          /* largest |J| over the mass */
static const double LARGEST_THETA = 0.1;        /* of an accepted step */
static const double LIMIT[] = {0.01, 0.1, 0.3}; /* of theta in the sweeps */
static const double GROWTH = 10;                /* of |R_1|_1 in a sweep: more is no convergence */
static const double LEAST_ALIKE = -0.2, MOST_ALIKE = 1.5;
static const double INNER = 1e-3; /* reduction by the local solver */
static const gz_mixing_settings MIXING = {.depth = 3, .fields = GZ_LOBATTO_ROWS, .period = 1};

static const char ADVICE[] = "use a smaller dt";

static gz_status init_row(gz_lobatto *s, gz_mobility *mobility, gz_lobatto_row *row) {
    gz_context *context = s->parts->context;
    row->mobility = mobility;
    double **arrays[] = {&row->start,    &row->f0,   &row->log_f, &row->hf,     &row->log_m, &row->rate,
                         &row->residual, &row->next, &row->first, &row->missed, &row->rate0};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
        GZ_TRY(gz_allocate(context, s->fields.grid->size, sizeof(double), arrays[i]));
    GZ_TRY(gz_local_solver_create(&s->fields, mobility, s->parts->settings.preconditioner, &row->local));
    return gz_deflation_init(&s->fields, row->local, &row->deflation);
}

gz_status gz_lobatto_init(const gz_integrator_parts *parts, gz_lobatto *s) {
    gz_context *context = parts->context;
    const gz_phase_grid *grid = parts->grid;
    *s = (gz_lobatto){.parts = parts};
    GZ_TRY(gz_fields_init(context, grid, &s->fields));
    GZ_TRY(gz_rate_streaming_init(context, grid, parts->streaming, &s->streaming));
    GZ_TRY(gz_mixing_init(context, grid, &MIXING, &s->mixing));
    GZ_TRY(gz_tail_rule_init(context, parts->mobility, &s->tail));
    GZ_TRY(gz_mobility_create(context, grid, gz_mobility_get_settings(parts->mobility), &s->own));
    GZ_TRY(init_row(s, s->own, &s->row[MIDDLE]));
    GZ_TRY(init_row(s, parts->mobility, &s->row[END]));
    double **arrays[] = {&s->log_f0,     &s->F0,         &s->mean_rate,  &s->change,
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
    double *arrays[] = {s->log_f0,     s->F0,         s->mean_rate,  s->change,
                        s->scratch[0], s->scratch[1], s->scratch[2], s->scratch[3]};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++) gz_release(arrays[i]);
    for (int i = 0; i < GZ_LOBATTO_ROWS; i++) free_row(&s->row[i]);
    gz_mobility_destroy(s->own);
    gz_mixing_free(&s->mixing);
    gz_tail_rule_free(&s->tail);
    gz_rate_streaming_free(&s->streaming);
    gz_fields_free(&s->fields);
}

void gz_lobatto_forget(gz_lobatto *s) {
    s->last_dt = 0;
}

/* hf = h exp(log_f). */
static void take_mass(const gz_lobatto *s, const double *log_f, double *hf) {
    const gz_phase_grid *grid = s->fields.grid;
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->size; i++) hf[i] = grid->node_volume[i % grid->node_count] * exp(log_f[i]);
}

/* d ~ (h f_i + tau K)^-1 r. scratch[0] is overwritten. */
static gz_status solve(gz_lobatto *s, gz_lobatto_row *row, double tau, const double *r, double *d) {
    GZ_TRY(gz_go_on(s->parts->context));
    GZ_TRY(gz_local_solver_prepare(row->local, row->hf, tau, true));
    GZ_TRY(gz_deflation_prepare(&row->deflation, row->hf, tau));
    return gz_deflation_apply(&row->deflation, r, d, (gz_local_goal){.reduction = INNER}, s->scratch[0]);
}

/* log_f = from, moved by the damped change for the linear step to `to`, where tau is that of the last solve. */
static void move(const gz_lobatto *s, const gz_lobatto_row *row, double tau, const double *from,
                 const double *to, double *log_f) {
    const gz_phase_grid *grid = s->fields.grid;
    const double *local = gz_mobility_local_diagonal(row->mobility);
#pragma omp parallel for num_threads(grid->threads)
    for (size_t i = 0; i < grid->size; i++) {
        log_f[i] = from[i] + gz_damped_change(to[i] - from[i], row->hf[i], tau * local[i]);
        if (log_f[i] < GZ_LOG_FLOOR) log_f[i] = GZ_LOG_FLOOR; /* a NaN stays one */
    }
}

/* F_0, and what it and f0 are at the times of the rows. */
static void begin(gz_lobatto *s, const double *f0) {
    gz_tail_rule_begin(&s->tail, s->dt, f0, s->last_dt > 0);
    gz_tail_rule_set(&s->tail, GZ_STAGE_START, s->log_f0, s->row[END].mobility);
    gz_mobility_apply(s->row[END].mobility, s->log_f0, s->F0);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        gz_stream_log(&s->streaming, TIME[k] * s->dt, s->log_f0, row->start);
        gz_stream_rate(&s->streaming, TIME[k] * s->dt, s->F0, s->log_f0, row->start, row->rate0);
#pragma omp parallel for num_threads(s->fields.grid->threads)
        for (size_t i = 0; i < s->fields.grid->size; i++) row->f0[i] = exp(row->start[i]);
    }
}

/* The sweep that knows only F_0, in the frame of the start. */
static gz_status sweep_first(gz_lobatto *s) {
    const size_t size = s->fields.grid->size;
    gz_lobatto_row *end = &s->row[END];
    double *r = end->residual, *d = s->scratch[1], *x = s->scratch[2];
    take_mass(s, s->log_f0, end->hf);
    for (size_t i = 0; i < size; i++) r[i] = -s->dt / 2 * s->F0[i];
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        const double tau = s->dt * DIAGONAL[k];
        GZ_TRY(solve(s, end, tau, r, d));
        for (size_t i = 0; i < size; i++) {
            x[i] = s->log_f0[i] + d[i];
            r[i] = -s->dt * s->F0[i] - 2 * (r[i] - end->hf[i] * d[i]);
        }
        move(s, end, tau, s->log_f0, x, x);
        gz_stream_log(&s->streaming, TIME[k] * s->dt, x, row->first);
        memcpy(row->log_f, row->start, size * sizeof *row->log_f);
    }
    gz_mixing_begin(&s->mixing);
    gz_mixing_next(&s->mixing, (double *[]){s->row[MIDDLE].first, end->first},
                   (double *[]){s->row[MIDDLE].log_f, end->log_f});
    return GZ_OK;
}

static void stream_linear(const gz_lobatto *s, const double *field, double *out) {
    memcpy(out, field, s->fields.grid->size * sizeof *out);
    if (s->streaming.streaming) gz_streaming_apply_linear(s->streaming.streaming, s->dt, out);
}

/* Add what the first sweep missed in the last step, as far as the changes of the two first sweeps are alike. */
static void add_missed(gz_lobatto *s) {
    const gz_phase_grid *grid = s->fields.grid;
    const gz_lobatto_row *end = &s->row[END];
    double *former = s->scratch[1], *now = s->scratch[2], *weighted = s->scratch[3];
    if (!(s->last_dt > 0)) return;
    stream_linear(s, s->change, former);
    for (size_t i = 0; i < grid->size; i++) {
        now[i] = end->first[i] - end->start[i];
        weighted[i] = grid->node_volume[i % grid->node_count] * end->f0[i] * former[i];
    }
    const double alike =
                     gz_fields_dot(&s->fields, weighted, now) / gz_fields_dot(&s->fields, weighted, former),
                 part = fmin(fmax(alike, LEAST_ALIKE), MOST_ALIKE) * s->dt / s->last_dt;
    if (!isfinite(part)) return; /* nothing moved in the last step */
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        stream_linear(s, row->missed, former);
        for (size_t i = 0; i < grid->size; i++)
            row->log_f[i] += part * former[i] / (1 + former[i] * former[i]);
    }
}

/* Set the mobilities in the first sweeps, and apply K. */
static void evaluate(gz_lobatto *s, int sweep) {
    const size_t size = s->fields.grid->size;
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        if (sweep == 0) memcpy(row->log_m, row->log_f, size * sizeof *row->log_m);
        for (size_t i = 0; sweep > 0 && sweep <= UPDATES && i < size; i++) {
            const double x = row->log_f[i] - row->log_m[i];
            row->log_m[i] += x / (1 + 16 * x * x * x * x);
        }
        if (sweep <= UPDATES)
            gz_tail_rule_set(&s->tail, k == END ? GZ_STAGE_END : GZ_STAGE_MIDDLE, row->log_m, row->mobility);
        take_mass(s, row->log_f, row->hf);
        gz_mobility_apply(row->mobility, row->log_f, row->rate);
    }
}

/* out = the rate of a row at the time of the other one. The base follows log f of the row by at most 1. */
static void carry_rate(gz_lobatto *s, const gz_lobatto_row *row, double t, double *out) {
    double *base = s->scratch[1], *streamed = s->scratch[2];
    for (size_t i = 0; s->streaming.streaming && i < s->fields.grid->size; i++) {
        const double x = row->log_f[i] - row->start[i];
        base[i] = row->start[i] + x / sqrt(sqrt(1 + x * x * x * x));
    }
    if (s->streaming.streaming) gz_stream_log(&s->streaming, t, base, streamed);
    gz_stream_rate(&s->streaming, t, row->rate, base, streamed, out);
}

static gz_scaled_step scaled_step(const gz_lobatto *s, const double *f1) {
    return (gz_scaled_step){.start = s->row[END].f0,
                            .log_start = s->row[END].start,
                            .rate = s->mean_rate,
                            .f1 = f1,
                            .dt = s->dt,
                            .dissipation = s->dissipation};
}

/* theta for the present rates, and the residual of the last row. */
static void close_end(gz_lobatto *s, double limit, int most) {
    const gz_phase_grid *grid = s->fields.grid;
    gz_lobatto_row *end = &s->row[END];
    double *f1 = s->scratch[1];
    for (size_t i = 0; i < grid->size; i++) f1[i] = end->hf[i] / grid->node_volume[i % grid->node_count];
    const gz_scaled_step step = scaled_step(s, f1);
    gz_certified_scale_find(&s->fields, &step, limit, most, &s->scale);
    const double factor = s->dt * (1 + s->scale.theta);
    for (size_t i = 0; i < grid->size; i++)
        end->residual[i] =
            end->hf[i] - grid->node_volume[i % grid->node_count] * end->f0[i] + factor * s->mean_rate[i];
}

/* Residuals of the rows. */
static void take_residuals(gz_lobatto *s, int sweep) {
    const gz_phase_grid *grid = s->fields.grid;
    gz_lobatto_row *middle = &s->row[MIDDLE], *end = &s->row[END];
    double *carried = s->scratch[3];
    carry_rate(s, middle, s->dt / 2, carried);
    for (size_t i = 0; i < grid->size; i++)
        s->mean_rate[i] = WEIGHT[0] * end->rate0[i] + WEIGHT[1] * carried[i] + WEIGHT[2] * end->rate[i];
    carry_rate(s, end, -s->dt / 2, carried);
    for (size_t i = 0; i < grid->size; i++) {
        const size_t p = i % grid->node_count;
        middle->residual[i] = middle->hf[i] - grid->node_volume[p] * middle->f0[i] +
                              s->dt * (TO_MIDDLE[0] * middle->rate0[i] + TO_MIDDLE[1] * middle->rate[i] +
                                       gz_tail_rule_part(&s->tail, p) * TO_MIDDLE[2] * carried[i]);
    }
    s->dissipation = WEIGHT[0] * gz_fields_dot(&s->fields, s->log_f0, s->F0) +
                     WEIGHT[1] * gz_fields_dot(&s->fields, middle->log_f, middle->rate) +
                     WEIGHT[2] * gz_fields_dot(&s->fields, end->log_f, end->rate);
    const int k = sweep < 2 ? sweep : 2;
    close_end(s, LIMIT[k], k < 2 ? 2 : 5);
}

/* Correct both rows. */
static gz_status correct(gz_lobatto *s) {
    const gz_phase_grid *grid = s->fields.grid;
    gz_lobatto_row *middle = &s->row[MIDDLE], *end = &s->row[END];
    double *d = s->scratch[1], *left = s->scratch[2], *r = s->scratch[3];
    const double tau[] = {s->dt * DIAGONAL[0], s->dt * DIAGONAL[1]};
    for (size_t i = 0; i < grid->size; i++) r[i] = -middle->residual[i];
    GZ_TRY(solve(s, middle, tau[0], r, d));
    for (size_t i = 0; i < grid->size; i++) {
        middle->next[i] = middle->log_f[i] + d[i];
        left[i] = middle->residual[i] + middle->hf[i] * d[i];
    }
    gz_stream_rate(&s->streaming, s->dt / 2, left, middle->start, end->start, r);
    for (size_t i = 0; i < grid->size; i++) r[i] = 2 * r[i] - end->residual[i];
    gz_tail_rule_precondition(&s->tail, end->mobility);
    GZ_TRY(solve(s, end, tau[1], r, d));
    for (size_t i = 0; i < grid->size; i++) end->next[i] = end->log_f[i] + d[i];
    double *mixed[] = {s->scratch[1], s->scratch[2]};
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) memcpy(mixed[k], s->row[k].log_f, grid->size * sizeof(double));
    gz_mixing_next(&s->mixing, (double *[]){middle->next, end->next}, mixed);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++)
        move(s, &s->row[k], tau[k], s->row[k].log_f, mixed[k], s->row[k].log_f);
    gz_tail_rule_restore(&s->tail, end->mobility);
    return GZ_OK;
}

static bool is_closed(const gz_lobatto *s) {
    return s->scale.open <= OPEN * s->mass;
}

/* Solve the last row alone for log f_1, the other rates as they are: a convex problem (doc/method.md, 5). */
static gz_status solve_end(gz_lobatto *s) {
    const size_t size = s->fields.grid->size;
    gz_lobatto_row *end = &s->row[END];
    double *r = s->scratch[1], *d = s->scratch[2], *rate = s->scratch[3];
    for (int k = 0; k < MOST_CLOSING && !is_closed(s); k++) {
        const double tau = s->dt * WEIGHT[2] * (1 + s->scale.theta);
        for (size_t i = 0; i < size; i++) r[i] = -end->residual[i];
        GZ_TRY(solve(s, end, tau, r, d));
        for (size_t i = 0; i < size; i++) d[i] += end->log_f[i];
        s->dissipation -= WEIGHT[2] * gz_fields_dot(&s->fields, end->log_f, end->rate);
        move(s, end, tau, end->log_f, d, end->log_f);
        take_mass(s, end->log_f, end->hf);
        gz_mobility_apply(end->mobility, end->log_f, rate);
        for (size_t i = 0; i < size; i++) {
            s->mean_rate[i] += WEIGHT[2] * (rate[i] - end->rate[i]);
            end->rate[i] = rate[i];
        }
        s->dissipation += WEIGHT[2] * gz_fields_dot(&s->fields, end->log_f, end->rate);
        close_end(s, LIMIT[2], 5);
    }
    return GZ_OK;
}

static gz_status refuse(const gz_lobatto *s) {
    const gz_certified_scale *at = &s->scale;
    if (isfinite(at->defect) && is_closed(s) && fabs(at->theta) < LARGEST_THETA &&
        fabs(at->defect) <= NO_DEFECT * s->mass)
        return GZ_OK;
    return gz_fail(
        s->parts->context, GZ_ERROR_NOT_CONVERGED,
        "a step of zero_defect4 with dt = %g is refused: theta is %.1e (goal %g), J/mass %.1e, and "
        "%.1e of the mass is left at nodes of the tail (goal %.0e); %s",
        s->dt, at->theta, LARGEST_THETA, at->defect / s->mass, at->open / s->mass, OPEN, ADVICE);
}

static gz_status solve_rows(gz_lobatto *s) {
    GZ_TRY(sweep_first(s));
    add_missed(s);
    double before = INFINITY;
    for (int sweep = 0;; sweep++) {
        evaluate(s, sweep);
        take_residuals(s, sweep);
        const double residual = s->scale.residual / s->mass;
        if (!(residual < before * GROWTH)) break; /* refused below, unless it has closed all the same */
        before = residual;
        if (sweep == MOST_SWEEPS || (sweep >= LEAST_SWEEPS && is_closed(s) && residual < ENOUGH)) break;
        GZ_TRY(correct(s));
    }
    GZ_TRY(solve_end(s));
    return refuse(s);
}

static void remember(gz_lobatto *s) {
    const size_t size = s->fields.grid->size;
    const gz_lobatto_row *end = &s->row[END];
    gz_tail_rule_remember(&s->tail, end->rate, end->hf);
    for (size_t i = 0; i < size; i++) s->change[i] = end->first[i] - end->start[i];
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++)
        for (size_t i = 0; i < size; i++) s->row[k].missed[i] = s->row[k].log_f[i] - s->row[k].first[i];
    s->last_dt = s->dt;
}

/* Solve the rows, and count the work of the mobility that the integrator does not know. */
static gz_status attempt(gz_lobatto *s, const double *f, const double *log_f, gz_work *work) {
    const size_t applications = gz_mobility_applications(s->own), setups = gz_mobility_setups(s->own);
    s->mass = gz_integral(s->fields.grid, f, NULL);
    s->scale = (gz_certified_scale){0};
    memcpy(s->log_f0, log_f, s->fields.grid->size * sizeof *log_f);
    begin(s, f);
    const gz_status status = solve_rows(s);
    work->applications += (long)(gz_mobility_applications(s->own) - applications);
    work->setups += (long)(gz_mobility_setups(s->own) - setups);
    return status;
}

gz_status gz_lobatto_step(gz_lobatto *s, double dt, double *f, double *log_f, gz_step_report *report) {
    const gz_phase_grid *grid = s->fields.grid;
    const gz_lobatto_row *end = &s->row[END];
    s->dt = dt;
    GZ_TRY(attempt(s, f, log_f, &report->work));
    remember(s);
    const double before = gz_entropy(grid, end->f0, end->start), factor = 1 + s->scale.theta;
    if (s->streaming.streaming) report->entropy_streaming = before - gz_entropy(grid, f, log_f);
    memcpy(log_f, end->log_f, grid->size * sizeof *log_f);
    for (size_t i = 0; i < grid->size; i++) f[i] = end->hf[i] / grid->node_volume[i % grid->node_count];
    const gz_scaled_step step = scaled_step(s, f);
    gz_certified_scale_take(&s->fields, &step, s->scale.theta, f, log_f);
    report->entropy_before = before;
    report->entropy_after = before + s->scale.entropy_change;
    report->dissipation = report->action = factor * factor * s->dissipation;
    report->defect = s->scale.defect;
    report->residual = s->scale.open / s->mass;
    report->decrement = s->scale.residual / s->mass;
    report->implicitness = NAN;
    report->theta = s->scale.theta;
    report->converged = true;
    return GZ_OK;
}

void gz_lobatto_stage(gz_lobatto *s, size_t stage, gz_collision *collision) {
    const gz_lobatto_row *middle = &s->row[MIDDLE], *end = &s->row[END];
    const double *log_m[] = {s->log_f0, middle->log_m, end->log_m},
                 *log_f[] = {s->log_f0, middle->log_f, end->log_f},
                 *rate[] = {s->F0, middle->rate, end->rate};
    double *w = s->scratch[1], *Kw = s->scratch[2];
    gz_tail_rule_set(&s->tail, (gz_stage)stage, log_m[stage], end->mobility);
    for (size_t i = 0; i < s->fields.grid->size; i++) {
        w[i] = (1 + s->scale.theta) * log_f[stage][i];
        Kw[i] = (1 + s->scale.theta) * rate[stage][i];
    }
    *collision =
        (gz_collision){.f0 = end->f0, .log_f0 = end->start, .w = w, .Kw = Kw, .weight = WEIGHT[stage]};
}
