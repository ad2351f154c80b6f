/* Certified explicit methods: a Runge-Kutta step with positive weights in the log form, with J = 0.
 *
 *   F_i = K(m_i) log f_i,  h f_i = h f0 - dt sum_j a_ij F_j,  h f1 = h f0 - dt (1 + theta) sum_i b_i F_i
 *
 * with the mobility m_i of each stage (mobility_cap.h), and theta from J = 0 (certified_scale.h), without an
 * application of K. The order is that of the tableau. All stages and f1 must be positive, which an explicit
 * method is for small dt only; nothing is done for stability either. In place of euler, rk2, ssprk3, rk4 if
 * gz_integrator_settings asks for zero_defect. Source: doc/method.md, "4. One time step".
 */
#include "certified_scale.h"
#include "functionals.h"
#include "integrator_method.h"
#include "mobility_cap.h"
#include "tableau.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MOST_STEPS = 20 }; /* of Newton's method for theta */

static const double LARGEST_THETA = 0.5;
static const double NO_DEFECT = 5e-14; /* largest |J| over the mass */

typedef struct explicit_method {
    const gz_integrator_parts *parts;
    const gz_tableau *tableau;
    gz_fields fields;
    double *f0, *log_f0, *m, *mean_rate;                  /* [cell][node]; m is scratch */
    double *log_f[GZ_MOST_STAGES], *rate[GZ_MOST_STAGES]; /* of the stages: log f_i, F_i */
    double theta;
} explicit_method;

static void destroy(void *self) {
    explicit_method *s = self;
    if (!s) return;
    double *work[] = {s->f0, s->log_f0, s->m, s->mean_rate};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) gz_release(work[i]);
    for (int i = 0; i < GZ_MOST_STAGES; i++) {
        gz_release(s->log_f[i]);
        gz_release(s->rate[i]);
    }
    gz_fields_free(&s->fields);
    gz_release(s);
}

static gz_status create(const gz_integrator_parts *parts, void **self) {
    explicit_method *s = NULL;
    const size_t size = parts->grid->size;
    GZ_TRY(gz_allocate(parts->context, 1, sizeof *s, &s));
    *self = s;
    s->parts = parts;
    s->tableau = gz_tableau_find(parts->settings.scheme);
    GZ_TRY(gz_fields_init(parts->context, parts->grid, &s->fields));
    double **work[] = {&s->f0, &s->log_f0, &s->m, &s->mean_rate};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++)
        GZ_TRY(gz_allocate(parts->context, size, sizeof(double), work[i]));
    for (int i = 0; i < s->tableau->stages; i++) {
        GZ_TRY(gz_allocate(parts->context, size, sizeof(double), &s->log_f[i]));
        GZ_TRY(gz_allocate(parts->context, size, sizeof(double), &s->rate[i]));
    }
    return GZ_OK;
}

/* stage: the one that is not positive, from 1 on; 0: the end of the step. */
static gz_status lost_positivity(const explicit_method *s, int stage, double dt) {
    char where[40] = "at the end of the step";
    if (stage > 0) snprintf(where, sizeof where, "in stage %d", stage);
    return gz_fail(
        s->parts->context, GZ_ERROR_NOT_CONVERGED,
        "%s with dt = %g: f lost positivity %s, where the log form is not defined; try a smaller dt",
        s->tableau->name, dt, where);
}

static gz_status blew_up(const explicit_method *s, gz_step_report *report) {
    report->blew_up = true;
    return gz_fail(s->parts->context, GZ_ERROR_NOT_CONVERGED,
                   "%s blew up: its rate of change is not finite; try a smaller dt", s->tableau->name);
}

typedef enum outcome { POSITIVE, NOT_POSITIVE, NOT_FINITE } outcome;

/* log f_i of a stage. Collective. */
static outcome take_stage(explicit_method *s, int stage, double dt) {
    const gz_phase_grid *grid = s->parts->grid;
    const double *a = s->tableau->A + stage * s->tableau->stages;
    double *to = s->log_f[stage];
    if (stage == 0) {
        memcpy(to, s->log_f0, grid->size * sizeof *to);
        return POSITIVE;
    }
    bool positive = true, finite = true;
#pragma omp parallel for num_threads(grid->threads) reduction(& : positive, finite)
    for (size_t i = 0; i < grid->size; i++) {
        double change = 0;
        for (int j = 0; j < stage; j++) change += a[j] * s->rate[j][i];
        const double f = s->f0[i] - dt * change / grid->node_volume[i % grid->node_count];
        positive &= f > 0;
        finite &= isfinite(f);
        to[i] = log(f);
    }
    positive = gz_ranks_all(grid->ranks, positive);
    return !gz_ranks_all(grid->ranks, finite) ? NOT_FINITE : positive ? POSITIVE : NOT_POSITIVE;
}

static void set_stage(explicit_method *s, int stage) {
    gz_mobility_set_capped(s->parts->mobility, s->log_f[stage], NULL, s->m);
}

static gz_status collide(void *self, double dt, double *f, double *log_f, gz_step_report *report) {
    explicit_method *s = self;
    const gz_tableau *t = s->tableau;
    const size_t size = s->parts->grid->size;
    double D = 0;
    memcpy(s->f0, f, size * sizeof *f);
    memcpy(s->log_f0, log_f, size * sizeof *log_f);
    memset(s->mean_rate, 0, size * sizeof *s->mean_rate);
    report->implicitness = report->decrement = NAN;
    for (int i = 0; i < t->stages; i++) {
        GZ_TRY(gz_go_on(s->parts->context));
        const outcome stage = take_stage(s, i, dt);
        if (stage == NOT_FINITE) return blew_up(s, report);
        if (stage == NOT_POSITIVE) return lost_positivity(s, i + 1, dt);
        set_stage(s, i);
        const double *eta = gz_mobility_entropy_variable(s->parts->mobility, s->log_f[i]);
        gz_mobility_apply(s->parts->mobility, eta, s->rate[i]);
        D += t->b[i] * gz_fields_dot(&s->fields, eta, s->rate[i]);
        gz_fields_combine(&s->fields, t->b[i], s->rate[i], 1, s->mean_rate);
    }
    const gz_scaled_step step = {.start = s->f0,
                                 .log_start = s->log_f0,
                                 .rate = s->mean_rate,
                                 .dt = dt,
                                 .dissipation = D,
                                 .potential = gz_mobility_potential(s->parts->mobility)};
    gz_certified_scale scale = {0};
    gz_certified_scale_find(&s->fields, &step, LARGEST_THETA, MOST_STEPS, &scale);
    if (!isfinite(scale.defect) || !isfinite(D)) return blew_up(s, report);
    if (scale.open > 0) return lost_positivity(s, 0, dt);
    if (!(fabs(scale.defect) <= NO_DEFECT * gz_integral(s->parts->grid, s->f0, NULL)))
        return gz_fail(
            s->parts->context, GZ_ERROR_NOT_CONVERGED,
            "%s with dt = %g: no scale of the potentials within %g of 1 has J = 0; try a smaller dt",
            s->tableau->name, dt, LARGEST_THETA);
    gz_certified_scale_take(&s->fields, &step, scale.theta, f, log_f);
    s->theta = scale.theta;
    const double factor = 1 + scale.theta;
    report->theta = scale.theta;
    report->entropy_before = gz_entropy(s->parts->grid, s->f0, s->log_f0);
    report->entropy_after = report->entropy_before + scale.entropy_change;
    report->dissipation = report->action = factor * factor * D;
    report->defect = scale.defect;
    report->residual = 0;
    report->converged = true;
    return GZ_OK;
}

static size_t stages(const void *self) {
    const explicit_method *s = self;
    return (size_t)s->tableau->stages;
}

static void collision(void *self, size_t stage, gz_collision *collision) {
    explicit_method *s = self;
    double *w = s->mean_rate, *Kw = s->m;
    set_stage(s, (int)stage);
    const double *eta = gz_mobility_entropy_variable(s->parts->mobility, s->log_f[stage]);
    for (size_t i = 0; i < s->parts->grid->size; i++) {
        w[i] = (1 + s->theta) * eta[i];
        Kw[i] = (1 + s->theta) * s->rate[stage][i];
    }
    *collision =
        (gz_collision){.f0 = s->f0, .log_f0 = s->log_f0, .w = w, .Kw = Kw, .weight = s->tableau->b[stage]};
}

static gz_status grazing_rate(void *self, const gz_collision *collision, gz_grazing_rate *rate) {
    explicit_method *s = self;
    return gz_pair_optimal_rate(s->parts->context, s->parts->mobility, collision->w, rate);
}

const gz_integrator_method gz_integrator_certified_explicit = {.name = "explicit",
                                                               .create = create,
                                                               .destroy = destroy,
                                                               .collide = collide,
                                                               .stages = stages,
                                                               .collision = collision,
                                                               .grazing_rate = grazing_rate};
