/* Lobatto sweeps: rates of the start, the free sweep, the sweeps with K, and the closing of the last row. */
#include "lobatto_sweeps.h"

#include "lobatto_fields.h"

#include <math.h>
#include <string.h>

const double GZ_LOBATTO_WEIGHT[GZ_LOBATTO_STAGES] = {1. / 6, 2. / 3, 1. / 6};

enum { MIDDLE = GZ_LOBATTO_MIDDLE, END = GZ_LOBATTO_END };
enum { LEAST_SWEEPS = 2, MOST_SWEEPS = 5, UPDATES = 1, MOST_CLOSING = 4 };

static const double TIME[] = {0.5, 1};             /* of the rows */
static const double DIAGONAL[] = {1. / 3, 1. / 4}; /* of the preconditioner */
static const double *const WEIGHT = GZ_LOBATTO_WEIGHT;
static const double ENOUGH = 1e-4;              /* |R_1|_1 over the mass, when the sweeps end */
static const double OPEN = 1e-15;               /* largest part of it on open nodes, over the mass */
static const double NO_DEFECT = 5e-14;          /* largest |J| over the mass */
static const double LARGEST_THETA = 0.1;        /* of an accepted step */
static const double LIMIT[] = {0.01, 0.1, 0.3}; /* of theta in the sweeps */
static const double GIANT[] = {0.3, 0.2, 0.15}; /* estimate of theta there that refuses the step at once */
static const double GROWTH = 10;                /* of |R_1|_1 in a sweep: more is no convergence */
static const double LEAST_ALIKE = -0.2, MOST_ALIKE = 1.5;
/* Reduction by the local solver. Its cycles work in single precision: of what is left, a part of 1e-7 depends on the
 * last bit of the right-hand side. */
static const double INNER = 1e-5;

static const char ADVICE[] = "use a smaller dt";

/* d ~ (h f_i + tau K)^-1 r. scratch[0] is overwritten. */
static gz_status solve(gz_lobatto *s, gz_lobatto_row *row, double tau, const double *r, double *d) {
    GZ_TRY(gz_go_on(s->parts->context));
    GZ_TRY(gz_local_solver_prepare(row->local, row->hf, tau, true));
    GZ_TRY(gz_deflation_prepare(&row->deflation, row->hf, tau));
    return gz_deflation_apply(&row->deflation, r, d, (gz_local_goal){.reduction = INNER}, s->scratch[0]);
}

/* rate = K (log_f + phi), of log_f + phi without the fit of log f0 + phi; returns <log_f + phi, rate>.
 * scratch[0] is overwritten. */
static double apply(gz_lobatto *s, gz_mobility *mobility, const double *log_f, double *rate) {
    double *rest = s->scratch[0];
    gz_lobatto_subtract(s, log_f, s->fit, rest);
    gz_mobility_apply(mobility, rest, rate);
    return gz_fields_dot(&s->fields, rest, rate);
}

/* F_0, and what it and f0 are at the times of the rows. */
static gz_status begin(gz_lobatto *s, const double *f0) {
    gz_tail_rule_begin(&s->tail, s->dt, f0, s->last_dt > 0);
    gz_tail_rule_set(&s->tail, GZ_STAGE_START, s->log_f0, s->row[END].mobility);
    const double *eta = gz_mobility_entropy_variable(s->row[END].mobility, s->log_f0);
    GZ_TRY(gz_invariants_fit(&s->invariants, f0, eta, s->scratch[0], s->fit));
    if (eta != s->log_f0) { /* fit - phi, so that log f minus this is log f + phi minus the fit */
        gz_fields_combine(&s->fields, -1, eta, 1, s->fit);
        gz_fields_combine(&s->fields, 1, s->log_f0, 1, s->fit);
    }
    s->product0 = apply(s, s->row[END].mobility, s->log_f0, s->F0);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        gz_stream_log(&s->streaming, TIME[k] * s->dt, s->log_f0, row->start);
        gz_stream_rate(&s->streaming, TIME[k] * s->dt, s->F0, s->log_f0, row->start, row->rate0);
        gz_fields_mass(&s->fields, row->start, row->f0);
        gz_lobatto_density(s, row->f0, row->f0);
    }
    return GZ_OK;
}

/* The sweep that knows only F_0, in the frame of the start. */
static gz_status sweep_first(gz_lobatto *s) {
    gz_lobatto_row *end = &s->row[END];
    double *r = end->residual, *d = s->scratch[1], *x = s->scratch[2];
    gz_fields_mass(&s->fields, s->log_f0, end->hf);
    gz_fields_combine(&s->fields, -s->dt / 2, s->F0, 0, r);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        const double tau = s->dt * DIAGONAL[k];
        GZ_TRY(solve(s, end, tau, r, d));
        gz_lobatto_first(s, d, r, x);
        gz_lobatto_move(s, end, tau, s->log_f0, x, x);
        gz_stream_log(&s->streaming, TIME[k] * s->dt, x, row->first);
        memcpy(row->log_f, row->start, s->fields.grid->size * sizeof *row->log_f);
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
    double *former = s->scratch[1], *now = s->scratch[2], *weighted = s->scratch[3];
    if (!(s->last_dt > 0)) return;
    stream_linear(s, s->change, former);
    gz_lobatto_compare(s, former, now, weighted);
    const double alike =
                     gz_fields_dot(&s->fields, weighted, now) / gz_fields_dot(&s->fields, weighted, former),
                 part = fmin(fmax(alike, LEAST_ALIKE), MOST_ALIKE) * s->dt / s->last_dt;
    if (!isfinite(part)) return; /* nothing moved in the last step */
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        stream_linear(s, s->row[k].missed, former);
        gz_lobatto_add_missed(s, &s->row[k], part, former);
    }
}

/* Set the mobilities in the first sweeps, and apply K. */
static void evaluate(gz_lobatto *s, int sweep) {
    const size_t size = s->fields.grid->size;
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++) {
        gz_lobatto_row *row = &s->row[k];
        if (sweep == 0) memcpy(row->log_m, row->log_f, size * sizeof *row->log_m);
        if (sweep > 0 && sweep <= UPDATES) gz_lobatto_follow(s, row);
        if (sweep <= UPDATES)
            gz_tail_rule_set(&s->tail, k == END ? GZ_STAGE_END : GZ_STAGE_MIDDLE, row->log_m, row->mobility);
        gz_fields_mass(&s->fields, row->log_f, row->hf);
        row->product = apply(s, row->mobility, row->log_f, row->rate);
    }
}

/* out = the rate of a row at the time of the other one. The base follows log f of the row by at most 1. */
static void carry_rate(gz_lobatto *s, const gz_lobatto_row *row, double t, double *out) {
    double *base = s->scratch[1], *streamed = s->scratch[2];
    if (s->streaming.streaming) gz_lobatto_base(s, row, base);
    if (s->streaming.streaming) gz_stream_log(&s->streaming, t, base, streamed);
    gz_stream_rate(&s->streaming, t, row->rate, base, streamed, out);
}

/* sum_i b_i <log f_i, F_i> */
static double dissipation(const gz_lobatto *s) {
    return WEIGHT[0] * s->product0 + WEIGHT[1] * s->row[MIDDLE].product + WEIGHT[2] * s->row[END].product;
}

gz_scaled_step gz_lobatto_scaled_step(const gz_lobatto *s, const double *f1) {
    return (gz_scaled_step){.start = s->row[END].f0,
                            .log_start = s->row[END].start,
                            .rate = s->mean_rate,
                            .f1 = f1,
                            .dt = s->dt,
                            .dissipation = dissipation(s),
                            .potential = gz_mobility_potential(s->own)};
}

/* theta for the present rates, and the residual of the last row. */
static void close_end(gz_lobatto *s, double limit, int most) {
    double *f1 = s->scratch[1];
    gz_lobatto_density(s, s->row[END].hf, f1);
    const gz_scaled_step step = gz_lobatto_scaled_step(s, f1);
    gz_certified_scale_find(&s->fields, &step, limit, most, &s->scale);
    gz_lobatto_residual_end(s, s->dt * (1 + s->scale.theta));
}

/* Residuals of the rows. */
static void take_residuals(gz_lobatto *s, int sweep) {
    double *carried = s->scratch[3];
    carry_rate(s, &s->row[MIDDLE], s->dt / 2, carried);
    gz_lobatto_mean(s, carried);
    carry_rate(s, &s->row[END], -s->dt / 2, carried);
    gz_lobatto_residual_middle(s, carried);
    const int k = sweep < 2 ? sweep : 2;
    close_end(s, LIMIT[k], k < 2 ? 2 : 5);
}

/* Correct both rows. */
static gz_status correct(gz_lobatto *s) {
    gz_lobatto_row *middle = &s->row[MIDDLE], *end = &s->row[END];
    double *d = s->scratch[1], *left = s->scratch[2], *r = s->scratch[3], *mixed[] = {d, left};
    const double tau[] = {s->dt * DIAGONAL[0], s->dt * DIAGONAL[1]};
    gz_fields_combine(&s->fields, -1, middle->residual, 0, r);
    GZ_TRY(solve(s, middle, tau[0], r, d));
    gz_lobatto_correct(s, middle, d, left);
    gz_stream_rate(&s->streaming, s->dt / 2, left, middle->start, end->start, r);
    gz_fields_combine(&s->fields, -1, end->residual, 2, r);
    gz_tail_rule_precondition(&s->tail, end->mobility);
    GZ_TRY(solve(s, end, tau[1], r, d));
    gz_lobatto_correct(s, end, d, left);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++)
        memcpy(mixed[k], s->row[k].log_f, s->fields.grid->size * sizeof(double));
    gz_mixing_next(&s->mixing, (double *[]){middle->next, end->next}, mixed);
    for (int k = 0; k < GZ_LOBATTO_ROWS; k++)
        gz_lobatto_move(s, &s->row[k], tau[k], s->row[k].log_f, mixed[k], s->row[k].log_f);
    gz_tail_rule_restore(&s->tail, end->mobility);
    return GZ_OK;
}

static bool is_closed(const gz_lobatto *s) {
    return s->scale.open <= OPEN * s->mass;
}

/* Solve the last row alone for log f_1, the other rates as they are: a convex problem (doc/method.md, 5). */
static gz_status solve_end(gz_lobatto *s) {
    gz_lobatto_row *end = &s->row[END];
    double *r = s->scratch[1], *d = s->scratch[2], *rate = s->scratch[3];
    for (int k = 0; k < MOST_CLOSING && !is_closed(s); k++) {
        const double tau = s->dt * WEIGHT[2] * (1 + s->scale.theta);
        gz_fields_combine(&s->fields, -1, end->residual, 0, r);
        GZ_TRY(solve(s, end, tau, r, d));
        gz_fields_combine(&s->fields, 1, end->log_f, 1, d);
        gz_lobatto_move(s, end, tau, end->log_f, d, end->log_f);
        gz_fields_mass(&s->fields, end->log_f, end->hf);
        end->product = apply(s, end->mobility, end->log_f, rate);
        gz_lobatto_exchange(s, rate);
        close_end(s, LIMIT[2], 5);
    }
    return GZ_OK;
}

static gz_status refuse(const gz_lobatto *s, double theta) {
    const gz_certified_scale *at = &s->scale;
    return gz_fail(
        s->parts->context, GZ_ERROR_NOT_CONVERGED,
        "a step of zero_defect4 with dt = %g is refused: theta is %.1e (goal %g), J/mass %.1e, and "
        "%.1e of the mass is left at nodes of the tail (goal %.0e); %s",
        s->dt, theta, LARGEST_THETA, at->defect / s->mass, at->open / s->mass, OPEN, ADVICE);
}

static gz_status accept(const gz_lobatto *s) {
    const gz_certified_scale *at = &s->scale;
    const bool sound = isfinite(at->defect) && is_closed(s) && fabs(at->theta) < LARGEST_THETA &&
                       fabs(at->defect) <= NO_DEFECT * s->mass;
    return sound ? GZ_OK : refuse(s, at->theta);
}

gz_status gz_lobatto_sweep(gz_lobatto *s, const double *f0) {
    GZ_TRY(begin(s, f0));
    GZ_TRY(sweep_first(s));
    add_missed(s);
    double before = INFINITY;
    for (int sweep = 0;; sweep++) {
        evaluate(s, sweep);
        take_residuals(s, sweep);
        const double residual = s->scale.residual / s->mass;
        if (fabs(s->scale.estimate) > GIANT[sweep < 2 ? sweep : 2]) return refuse(s, s->scale.estimate);
        if (!(residual < before * GROWTH)) break; /* refused below, unless it has closed all the same */
        before = residual;
        if (sweep == MOST_SWEEPS || (sweep >= LEAST_SWEEPS && is_closed(s) && residual < ENOUGH)) break;
        GZ_TRY(correct(s));
    }
    GZ_TRY(solve_end(s));
    return accept(s);
}
