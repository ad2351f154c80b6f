/* Landau path: the least actions of a value also give its gradient, by their u_k and pair energies. */
#include "landau_path.h"

#include "descent.h"
#include "functionals.h"
#include "invariants.h"
#include "least_action.h"

#include <math.h>
#include <string.h>

enum { MOST_EVALUATIONS = 2000, MOST_PASSES = 12, MOST_CORRECTIONS = 30, STORED_VECTORS = 20 };

static const double GRADIENT_GOAL = 1e-6, GRADIENT_FALL = 1e-5;
static const double ACTION_TOLERANCE = 1e-9; /* of the least actions; limits the accuracy of the gradient */
static const double CLOSED = 1e-14;          /* relative violation of the invariants that may remain */
static const double LARGEST_CHANGE = 10;     /* of log f in one pass */

struct gz_landau_path {
    gz_context *context;
    gz_mobility *mobility;
    const gz_phase_grid *grid;
    gz_path_settings settings;
    gz_least_action *least;
    gz_fields fields;
    gz_invariants invariants;
    gz_descent descent;
    size_t size;     /* size of a field */
    size_t unknowns; /* number of free states: M, or M - 1 where f^M is fixed */
    bool free_end;
    double tau;
    double *f;                                 /* [M + 1][size] */
    double *log_f;                             /* [M + 1][size]: log f of the last evaluation */
    double *base;                              /* [M][size]: log f^1..f^M where a pass begins */
    double *rate;                              /* [M][size]: u_k */
    double *energy;                            /* [M][size]: e_k */
    double *sigma, *m, *change, *weight, *phi; /* [size] */
    double *gradient, *step, *turned;          /* [M][size] */
    double *root;                              /* [M][size]: sqrt(h f dx) of f^1..f^M where a pass begins */
    double base_value;
    gz_status least_status; /* of the last least action */
    gz_path_report *report;
};

void gz_landau_path_destroy(gz_landau_path *s) {
    if (!s) return;
    gz_least_action_destroy(s->least);
    gz_invariants_free(&s->invariants);
    gz_fields_free(&s->fields);
    gz_descent_free(&s->descent);
    double *all[] = {s->f,      s->log_f,  s->base, s->rate,     s->energy, s->sigma,  s->m,
                     s->change, s->weight, s->phi,  s->gradient, s->step,   s->turned, s->root};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_release(s);
}

static gz_status fill(gz_landau_path *s) {
    const size_t size = s->size, steps = s->settings.steps;
    GZ_TRY(gz_least_action_create(s->context, s->mobility, s->settings.preconditioner, &s->least));
    gz_least_action_set_tolerance(s->least, ACTION_TOLERANCE);
    GZ_TRY(gz_fields_init(s->context, s->grid, &s->fields));
    GZ_TRY(gz_invariants_init(&s->fields, gz_mobility_null_space(s->mobility), &s->invariants));
    double **paths[] = {&s->base, &s->rate, &s->energy, &s->gradient, &s->step, &s->turned, &s->root};
    double **fields[] = {&s->sigma, &s->m, &s->change, &s->weight, &s->phi};
    GZ_TRY(gz_allocate(s->context, (steps + 1) * size, sizeof(double), &s->f));
    GZ_TRY(gz_allocate(s->context, (steps + 1) * size, sizeof(double), &s->log_f));
    for (size_t i = 0; i < 7; i++) GZ_TRY(gz_allocate(s->context, steps * size, sizeof(double), paths[i]));
    for (size_t i = 0; i < 5; i++) GZ_TRY(gz_allocate(s->context, size, sizeof(double), fields[i]));
    return gz_descent_init(s->context, steps * size, NLOPT_LD_LBFGS, STORED_VECTORS, &s->descent);
}

gz_status gz_landau_path_create(gz_context *context, gz_mobility *mobility, const gz_path_settings *settings,
                                gz_landau_path **path) {
    *path = NULL;
    if (settings->steps < 1 || settings->steps > 1000)
        return gz_fail(context, GZ_ERROR_SETTINGS, "a Landau path of %zu steps; allowed: 1 to 1000",
                       settings->steps);
    GZ_TRY(gz_check_one_rank(context, "a Landau path", "set time.inner_steps to 0"));
    gz_landau_path *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->mobility = mobility;
    s->grid = gz_mobility_grid(mobility);
    s->size = s->grid->size;
    s->settings = *settings;
    if (!(s->settings.tolerance > 0)) s->settings.tolerance = GRADIENT_GOAL;
    if (s->settings.most_evaluations <= 0) s->settings.most_evaluations = MOST_EVALUATIONS;
    const gz_status status = fill(s);
    if (status != GZ_OK) {
        gz_landau_path_destroy(s);
        return status;
    }
    *path = s;
    return GZ_OK;
}

static double volume(const gz_landau_path *s, size_t i) {
    return s->grid->node_volume[i % s->grid->node_count];
}

/* Give exp(log_f) the invariants of f^0 by a factor exp(phi), with phi in the null space of K. Updates f and
 * log_f. Returns false if there is no such factor. */
static bool close_invariants(gz_landau_path *s, double *log_f, double *f) {
    double before = INFINITY;
    for (int k = 0; k < MOST_CORRECTIONS; k++) {
        for (size_t i = 0; i < s->size; i++) {
            f[i] = exp(log_f[i]);
            s->weight[i] = volume(s, i) * f[i];
            s->change[i] = volume(s, i) * (f[i] - s->f[i]);
        }
        const double violation = gz_invariants_violation(&s->invariants, s->change, s->f);
        if (!isfinite(violation)) return false;
        if (violation < CLOSED || (violation < 1e-12 && violation >= before)) return true;
        before = violation;
        if (gz_invariants_step(&s->invariants, s->change, s->weight, s->phi) != GZ_OK) return false;
        double largest = 0;
        for (size_t i = 0; i < s->size; i++) largest = fmax(largest, fabs(s->phi[i]));
        const double part = largest > 2 ? 2 / largest : 1; /* a full Newton step could go too far */
        for (size_t i = 0; i < s->size; i++) log_f[i] += part * s->phi[i];
    }
    return before < 1e-10;
}

/* The sum of tau <sigma_k, K(m_k)^+ sigma_k> over the path s->f. Sets rate and energy. Returns -1 if a least
 * action did not converge. */
static double path_action(gz_landau_path *s) {
    double sum = 0;
    for (size_t k = 0; k < s->settings.steps; k++) {
        const double *from = s->f + k * s->size, *to = from + s->size;
        double *u = s->rate + k * s->size;
        gz_least_action_report least;
        for (size_t i = 0; i < s->size; i++) {
            s->m[i] = (from[i] + to[i]) / 2;
            s->sigma[i] = volume(s, i) * (to[i] - from[i]) / s->tau;
        }
        gz_mobility_set_tensor(s->mobility, s->m);
        s->least_status = gz_least_action_solve(s->least, s->sigma, NULL, u, &least);
        s->report->applications += least.applications;
        if (s->least_status != GZ_OK || !isfinite(least.action)) return -1;
        gz_mobility_pair_energy(s->mobility, u, s->energy + k * s->size);
        sum += s->tau * least.action;
    }
    return sum;
}

/* Value and gradient where the logarithms of f^1.. are s->base + change, with the change bounded by
 * LARGEST_CHANGE. Returns infinity where there is no value. */
static double evaluate(gz_landau_path *s, const double *change, double *gradient) {
    const size_t size = s->size, steps = s->settings.steps;
    s->report->evaluations++;
    for (size_t k = 1; k <= s->unknowns; k++) {
        double *log_f = s->log_f + k * size;
        const double *base = s->base + (k - 1) * size, *y = change + (k - 1) * size;
        for (size_t i = 0; i < size; i++) log_f[i] = base[i] + y[i] / hypot(1, y[i] / LARGEST_CHANGE);
        if (!close_invariants(s, log_f, s->f + k * size)) return INFINITY;
    }
    const double action = path_action(s), *end = s->f + steps * size, *log_end = s->log_f + steps * size;
    if (action < 0) return INFINITY;
    for (size_t k = 1; k <= s->unknowns; k++) {
        const double *f = s->f + k * size, *u = s->rate + (k - 1) * size, *e = s->energy + (k - 1) * size;
        const double *y = change + (k - 1) * size;
        double *slope = gradient + (k - 1) * size;
        const bool last = k == steps;
        for (size_t i = 0; i < size; i++) {
            slope[i] =
                u[i] - s->tau / 4 * e[i] + (last ? log_end[i] : -u[size + i] - s->tau / 4 * e[size + i]);
            s->weight[i] = volume(s, i) * f[i];
            s->change[i] = s->weight[i] * slope[i];
        }
        if (gz_invariants_step(&s->invariants, s->change, s->weight, s->phi) != GZ_OK) return INFINITY;
        for (size_t i = 0; i < size; i++) {
            const double bend = hypot(1, y[i] / LARGEST_CHANGE);
            slope[i] = s->grid->cell_volume * s->weight[i] * (slope[i] + s->phi[i]) / (bend * bend * bend);
        }
    }
    return (s->free_end ? gz_entropy(s->grid, end, log_end) : 0) + action / 2;
}

/* The factor C of C C^T = tridiag(-1, 2, -1): its diagonal, and minus what is below it; with a free end C = 1. */
static double diagonal(const gz_landau_path *s, size_t k) {
    return s->free_end ? 1 : sqrt((double)(k + 1) / (double)k);
}

static double below(const gz_landau_path *s, size_t k) {
    return s->free_end ? 0 : sqrt((double)k / (double)(k + 1));
}

/* The change y of the logarithms of f^1.. for the variables z of the descent: root y = C^-T z. */
static void change_of(const gz_landau_path *s, const double *z, double *y) {
    for (size_t k = s->unknowns; k > 0; k--) {
        const double *root = s->root + (k - 1) * s->size;
        const size_t at = (k - 1) * s->size, next = at + s->size;
        for (size_t i = 0; i < s->size; i++) {
            const double later = k < s->unknowns ? below(s, k) * root[s->size + i] * y[next + i] : 0;
            y[at + i] = (z[at + i] + later) / (diagonal(s, k) * root[i]);
        }
    }
}

/* The gradient by z, made of the one by y in its place: C^-1 (gradient / root). */
static void turn_gradient(const gz_landau_path *s, double *gradient) {
    for (size_t k = 1; k <= s->unknowns; k++) {
        const double *root = s->root + (k - 1) * s->size;
        double *slope = gradient + (k - 1) * s->size;
        for (size_t i = 0; i < s->size; i++) {
            const double earlier = k > 1 ? below(s, k - 1) * gradient[(k - 2) * s->size + i] : 0;
            slope[i] = (slope[i] / root[i] + earlier) / diagonal(s, k);
        }
    }
}

static double difference(void *self, const double *z, double *gradient) {
    gz_landau_path *s = self;
    const size_t count = s->settings.steps * s->size, moving = s->unknowns * s->size;
    change_of(s, z, s->turned);
    const double value = evaluate(s, s->turned, gradient);
    if (isfinite(value)) turn_gradient(s, gradient);
    const size_t known = isfinite(value) ? moving : 0; /* the other entries may be those of another path */
    memset(gradient + known, 0, (count - known) * sizeof *gradient);
    return value - s->base_value;
}

/* Set steepness and sawtooth weights for the whole path, from sqrt(f0 f1). With a free end log_f1 is its start. */
static void freeze_stencils(gz_landau_path *s, const double *log_f0, const double *log_f1) {
    for (size_t i = 0; i < s->size; i++) s->phi[i] = (log_f0[i] + log_f1[i]) / 2;
    gz_mobility_set_steepness(s->mobility, s->phi);
    for (size_t i = 0; i < s->size; i++) s->m[i] = exp(s->phi[i]);
    gz_mobility_set_density(s->mobility, s->m);
}

/* Begin at the straight path from f0 to f1, after f1 has been given the invariants of f0. */
static gz_status start(gz_landau_path *s, const double *log_f0, const double *log_f1, double time,
                       bool free_end, gz_path_report *report) {
    const size_t size = s->size, steps = s->settings.steps;
    double *end = s->f + steps * size, *log_end = s->log_f + steps * size;
    *report = (gz_path_report){.gradient = INFINITY};
    s->report = report;
    s->free_end = free_end;
    s->unknowns = free_end ? steps : steps - 1;
    s->tau = time / (double)steps;
    memcpy(s->log_f, log_f0, size * sizeof *log_f0);
    memcpy(log_end, log_f1, size * sizeof *log_f1);
    for (size_t i = 0; i < size; i++) {
        s->f[i] = exp(log_f0[i]);
        s->change[i] = volume(s, i) * (exp(log_f1[i]) - s->f[i]);
    }
    report->violation = gz_invariants_violation(&s->invariants, s->change, s->f);
    if (!isfinite(report->violation) || !close_invariants(s, log_end, end))
        return gz_fail(
            s->context, GZ_ERROR_NOT_CONVERGED,
            "the ends of the path cannot be given the same mass, momentum and energy: they differ by %.1e",
            report->violation);
    for (size_t k = 1; k <= steps; k++)
        for (size_t i = 0; i < size; i++) {
            const double part = (double)k / (double)steps;
            s->base[(k - 1) * size + i] = log((1 - part) * s->f[i] + part * end[i]);
        }
    memcpy(s->base + (steps - 1) * size, log_end, size * sizeof *log_end);
    for (size_t j = 0; j < steps * size; j++) s->descent.scale[j] = free_end ? 1 : sqrt((double)steps);
    freeze_stencils(s, log_f0, log_end);
    return GZ_OK;
}

/* Move the base to the state evaluated last. */
static void take_base(gz_landau_path *s) {
    memcpy(s->base, s->log_f + s->size, s->unknowns * s->size * sizeof *s->base);
}

/* Run passes until the gradient is small. In the end the base is the state evaluated last. */
static gz_status minimise(gz_landau_path *s) {
    const size_t count = s->settings.steps * s->size;
    gz_path_report *report = s->report;
    double mass = 0;
    for (size_t i = 0; i < s->size; i++) mass += volume(s, i) * s->f[i] * s->grid->cell_volume;
    for (report->passes = 0;; report->passes++) {
        memset(s->step, 0, count * sizeof *s->step);
        memset(s->gradient, 0, count * sizeof *s->gradient);
        s->base_value = evaluate(s, s->step, s->gradient);
        take_base(s);
        if (s->least_status == GZ_INTERRUPTED) return s->least_status;
        if (!isfinite(s->base_value))
            return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                           "a least action of the path is not reached: %s", gz_context_message(s->context));
        double squared = 0;
        for (size_t j = 0; j < s->unknowns * s->size; j++) {
            const double weight = volume(s, j % s->size) * s->f[s->size + j] * s->grid->cell_volume;
            s->root[j] = sqrt(fmax(weight, 1e-200));
            squared += pow(s->gradient[j] / s->root[j], 2);
        }
        report->gradient = sqrt(squared / mass);
        if (report->gradient <= s->settings.tolerance) return GZ_OK;
        const long left = s->settings.most_evaluations - report->evaluations;
        if (left <= 0 || report->passes >= MOST_PASSES) break;
        const double fall = fmax(GRADIENT_FALL, 0.5 * s->settings.tolerance / report->gradient);
        double fallen;
        turn_gradient(s, s->gradient);
        const double norm = gz_descent_norm(&s->descent, s->gradient);
        gz_descent_pass(&s->descent, difference, s, norm, fall, left, s->turned, &fallen);
        GZ_TRY(gz_go_on(s->context));
        if (s->least_status == GZ_INTERRUPTED) return s->least_status;
        if (isnan(fallen)) break;
        change_of(s, s->turned, s->step);
        evaluate(s, s->step, s->gradient);
        take_base(s);
    }
    return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                   "the Landau path of %zu inner steps stalled after %ld evaluations: scaled gradient %.1e "
                   "(goal %.1e)",
                   s->settings.steps, report->evaluations, report->gradient, s->settings.tolerance);
}

gz_status gz_landau_path_step(gz_landau_path *s, const double *log_f0, double dt, double *log_f1, double *f1,
                              gz_path_report *report) {
    const size_t size = s->size, end = s->settings.steps * size;
    GZ_TRY(start(s, log_f0, log_f1, dt, true, report));
    gz_status status = minimise(s);
    if (status == GZ_OK) { /* now with the stencils of the end that was found */
        freeze_stencils(s, log_f0, s->log_f + end);
        status = minimise(s);
    }
    memcpy(log_f1, s->log_f + end, size * sizeof *log_f1);
    memcpy(f1, s->f + end, size * sizeof *f1);
    report->action = 2 * (s->base_value - gz_entropy(s->grid, f1, log_f1)) / dt;
    return status;
}

gz_status gz_landau_path_distance(gz_landau_path *s, const double *log_f0, const double *log_f1,
                                  gz_path_report *report) {
    GZ_TRY(start(s, log_f0, log_f1, 1, false, report));
    const gz_status status = minimise(s);
    report->action = 2 * s->base_value;
    return status;
}

double gz_landau_path_value(gz_landau_path *s, const double *log_f0, const double *log_f1, double dt,
                            bool free_end, const double *bend, double *gradient) {
    gz_path_report report;
    if (start(s, log_f0, log_f1, dt, free_end, &report) != GZ_OK) return NAN;
    memset(gradient, 0, s->settings.steps * s->size * sizeof *gradient);
    return evaluate(s, bend, gradient);
}
