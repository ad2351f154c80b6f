/* De Giorgi functional over feasible pairs. See de_giorgi.h.
 *
 * A line search may ask for J where f is not positive. There, and below f = floor f0, the descent goes on
 * with the tangent of log f in f, so that J stays smooth and grows; where it ends f is above the floor, or it
 * has failed.
 */
#include "de_giorgi.h"

#include "compensated_sum.h"
#include "implicitness.h"

#include <math.h>
#include <nlopt.h>
#include <string.h>

struct gz_de_giorgi {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_pair_matrix pairs;
    gz_de_giorgi_step step;
    double *f, *log_f, *w, *Er, *gamma; /* [cell][node] */
    double floor;                       /* 0: f must be positive */
    double *r;                          /* [columns] */
    /* of a descent */
    double *base, *trial, *best, *slope; /* [columns] */
    double best_value, unit, length, goal;
    long evaluations, most;
    nlopt_opt algorithm;
};

void gz_de_giorgi_destroy(gz_de_giorgi *s) {
    if (!s) return;
    nlopt_destroy(s->algorithm);
    gz_pair_matrix_destroy(&s->pairs);
    double *all[] = {s->f, s->log_f, s->w, s->Er, s->gamma, s->r, s->base, s->trial, s->best, s->slope};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_release(s);
}

static gz_status fill(gz_de_giorgi *s, const gz_mobility *mobility) {
    GZ_TRY(gz_pair_matrix_create(s->context, mobility, &s->pairs));
    double **fields[] = {&s->f, &s->log_f, &s->w, &s->Er, &s->gamma},
           **rates[] = {&s->r, &s->base, &s->trial, &s->best, &s->slope};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        GZ_TRY(gz_allocate(s->context, s->grid->size, sizeof(double), fields[i]));
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        GZ_TRY(gz_allocate(s->context, s->pairs.columns, sizeof(double), rates[i]));
    s->algorithm = nlopt_create(NLOPT_LD_LBFGS, (unsigned)s->pairs.columns);
    return s->algorithm ? GZ_OK : gz_fail(s->context, GZ_ERROR_MEMORY, "out of memory: NLopt's optimizer");
}

gz_status gz_de_giorgi_create(gz_context *context, const gz_mobility *mobility, gz_de_giorgi **de_giorgi) {
    *de_giorgi = NULL;
    gz_de_giorgi *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = gz_mobility_grid(mobility);
    const gz_status status = fill(s, mobility);
    if (status != GZ_OK) {
        gz_de_giorgi_destroy(s);
        return status;
    }
    *de_giorgi = s;
    return GZ_OK;
}

void gz_de_giorgi_begin(gz_de_giorgi *s, const gz_de_giorgi_step *step) {
    s->step = *step;
    if (!(s->step.scale > 0)) s->step.scale = 1;
    gz_pair_matrix_update(&s->pairs);
}

const gz_pair_matrix *gz_de_giorgi_pairs(const gz_de_giorgi *s) {
    return &s->pairs;
}

const double *gz_de_giorgi_density(const gz_de_giorgi *s) {
    return s->f;
}

static double volume(const gz_de_giorgi *s, size_t i) {
    return s->grid->node_volume[i % s->grid->node_count];
}

/* d log f/df: 1/f, and constant below the floor. */
static double log_slope(const gz_de_giorgi *s, size_t i) {
    return 1 / fmax(s->f[i], s->floor * s->step.f0[i]);
}

/* f = f0 + dt E u/h and its logarithm; false if f is not positive (and there is no floor). */
static bool take_density(gz_de_giorgi *s, const double *u) {
    bool admissible = true;
    gz_pair_matrix_apply(&s->pairs, u, s->f);
    for (size_t i = 0; i < s->grid->size; i++) {
        const double f = s->step.f0[i] + s->step.dt * s->f[i] / volume(s, i),
                     least = s->floor * s->step.f0[i];
        s->f[i] = f;
        s->log_f[i] = f >= least ? log(f) : log(least) + (f - least) / least;
        admissible = admissible && isfinite(s->log_f[i]);
    }
    return admissible;
}

static double square_of(const gz_de_giorgi *s, const double *u) {
    gz_sum sum = {0};
    for (size_t j = 0; j < s->pairs.columns; j++) gz_sum_add(&sum, u[j] * u[j]);
    return gz_sum_value(sum) * s->grid->cell_volume;
}

/* w of f with the c of the chain rule; returns H(f) - H(f0), and c and P. */
static double take_potential(gz_de_giorgi *s, double *c, double *P) {
    gz_sum entropy = {0}, entropy_change = {0}, psi_change = {0};
    double slope;
    for (size_t i = 0; i < s->grid->size; i++) {
        const double f0 = s->step.f0[i], l0 = s->step.log_f0[i], h = volume(s, i);
        const double d = s->log_f[i] - l0, e = expm1(d);
        gz_sum_add(&entropy, h * s->f[i] * s->log_f[i]);
        gz_sum_add(&entropy, -h * f0 * l0);
        gz_sum_add(&entropy_change, h * f0 * gz_relative_entropy_node(d, e));
        gz_sum_add(&psi_change, h * f0 * gz_psi(d, s->step.scale, &slope) * e);
    }
    *P = gz_sum_value(psi_change);
    *c = *P > 0 ? gz_sum_value(entropy_change) / *P : 0.5;
    for (size_t i = 0; i < s->grid->size; i++) {
        const double l = s->log_f[i];
        s->w[i] = l - *c * gz_psi(l - s->step.log_f0[i], s->step.scale, &slope);
    }
    return gz_sum_value(entropy) * s->grid->cell_volume;
}

static void take_gradient(gz_de_giorgi *s, double c, double P, double *gradient) {
    const double dt = s->step.dt;
    double projection = 0, slope;
    gz_pair_matrix_apply(&s->pairs, s->r, s->Er);
    for (size_t i = 0; i < s->grid->size; i++)
        projection += s->Er[i] * gz_psi(s->log_f[i] - s->step.log_f0[i], s->step.scale, &slope);
    for (size_t i = 0; i < s->grid->size; i++) {
        const double h = volume(s, i), f0 = s->step.f0[i], f = exp(s->log_f[i]);
        const double psi = gz_psi(s->log_f[i] - s->step.log_f0[i], s->step.scale, &slope),
                     rise = 1 - c * slope;
        const double g = h * ((f - f0) * rise - c * psi * f);
        s->gamma[i] = (s->Er[i] * rise - (P > 0 ? g * projection / P : 0)) * log_slope(s, i) / h;
    }
    gz_pair_matrix_adjoint(&s->pairs, s->gamma, gradient);
    for (size_t j = 0; j < s->pairs.columns; j++)
        gradient[j] = dt * s->grid->cell_volume * (s->r[j] + dt * gradient[j]);
}

bool gz_de_giorgi_evaluate(gz_de_giorgi *s, const double *u, gz_de_giorgi_value *value, double *gradient) {
    double P;
    if (!take_density(s, u)) return false;
    const double entropy_change = take_potential(s, &value->implicitness, &P);
    gz_pair_matrix_adjoint(&s->pairs, s->w, s->r);
    value->dissipation = square_of(s, s->r);
    value->action = square_of(s, u);
    for (size_t j = 0; j < s->pairs.columns; j++) s->r[j] += u[j];
    value->square = s->step.dt / 2 * square_of(s, s->r);
    value->defect = entropy_change + s->step.dt / 2 * (value->dissipation + value->action);
    if (gradient) take_gradient(s, value->implicitness, P, gradient);
    return isfinite(value->defect) && isfinite(value->square);
}

double gz_de_giorgi_range(gz_de_giorgi *s, const double *u, const double *direction, double least,
                          double most) {
    if (!take_density(s, u)) return 0;
    gz_pair_matrix_apply(&s->pairs, direction, s->Er);
    double range = most;
    for (size_t i = 0; i < s->grid->size; i++) {
        const double fall = -s->step.dt * s->Er[i] / volume(s, i);
        if (fall > 0) range = fmin(range, (1 - least) * s->f[i] / fall);
    }
    return range;
}

/* J over its value at the base of the pass, in variables z = (u - base)/length in which Act has a Hessian
 * of 2. */
static double objective(unsigned n, const double *z, double *gradient, void *data) {
    gz_de_giorgi *s = data;
    gz_de_giorgi_value value;
    double *u = s->trial;
    for (unsigned j = 0; j < n; j++) u[j] = s->base[j] + s->length * z[j];
    if (++s->evaluations >= s->most) nlopt_force_stop(s->algorithm);
    if (!gz_de_giorgi_evaluate(s, u, &value, s->slope)) {
        if (gradient) memset(gradient, 0, n * sizeof *gradient);
        return HUGE_VAL;
    }
    if (value.square < s->best_value) {
        s->best_value = value.square;
        memcpy(s->best, u, n * sizeof *u);
    }
    if (s->best_value <= s->goal) nlopt_force_stop(s->algorithm);
    for (unsigned j = 0; gradient && j < n; j++) gradient[j] = s->slope[j] * s->length / s->unit;
    return value.square / s->unit;
}

gz_status gz_de_giorgi_minimise(gz_de_giorgi *s, double *u, double goal, long most, long *evaluations) {
    gz_de_giorgi_value value;
    if (!gz_de_giorgi_evaluate(s, u, &value, NULL))
        return gz_fail(s->context, GZ_ERROR_USAGE,
                       "the start is no admissible pair: its density is not positive");
    s->best_value = value.square;
    s->goal = goal;
    s->most = most;
    s->evaluations = 0;
    s->floor = 1e-4;
    memcpy(s->best, u, s->pairs.columns * sizeof *u);
    nlopt_set_min_objective(s->algorithm, objective, s);
    nlopt_set_maxeval(s->algorithm, 0);
    while (s->best_value > goal && s->evaluations < most) {
        double reached;
        s->unit = s->best_value;
        s->length = sqrt(2 * s->unit / (s->step.dt * s->grid->cell_volume));
        memcpy(s->base, s->best, s->pairs.columns * sizeof *u);
        memset(u, 0, s->pairs.columns * sizeof *u);
        nlopt_set_force_stop(s->algorithm, 0);
        nlopt_optimize(s->algorithm, u, &reached);
        if (!(s->best_value < s->unit)) break;
    }
    memcpy(u, s->best, s->pairs.columns * sizeof *u);
    *evaluations = s->evaluations;
    s->floor = 0;
    if (s->best_value <= goal && gz_de_giorgi_evaluate(s, u, &value, NULL)) return GZ_OK;
    return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED, "J stalled at %.1e after %ld evaluations (goal %.1e)",
                   s->best_value, s->evaluations, goal);
}
