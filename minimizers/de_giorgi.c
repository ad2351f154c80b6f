/* De Giorgi functional over feasible pairs, and its descent.
 *
 * A line search may ask for J where f is not positive. There, and wherever f is below floor f0, the descent
 * continues log f by its tangent in f, so that J stays smooth and grows. A descent that ends where f is not
 * positive has failed.
 */
#include "de_giorgi.h"

#include "compensated_sum.h"
#include "descent.h"
#include "implicitness.h"

#include <math.h>
#include <string.h>

enum { STORED_VECTORS = 5 };

struct gz_de_giorgi {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_pair_matrix pairs;
    gz_de_giorgi_step step;
    double *f, *log_f, *w, *Er, *gamma; /* [cell][node] */
    double floor;                       /* floor of f over f0 in a descent; 0 elsewhere: f must be positive */
    double *r;                          /* [columns] */
    /* used in a descent: */
    gz_descent descent;
    double *base, *moved, *y; /* [columns] */
    double base_value;
};

void gz_de_giorgi_destroy(gz_de_giorgi *s) {
    if (!s) return;
    gz_descent_free(&s->descent);
    gz_pair_matrix_free(&s->pairs);
    double *all[] = {s->f, s->log_f, s->w, s->Er, s->gamma, s->r, s->base, s->moved, s->y};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_release(s);
}

static gz_status fill(gz_de_giorgi *s, const gz_mobility *mobility) {
    GZ_TRY(gz_pair_matrix_init(s->context, mobility, &s->pairs));
    double **fields[] = {&s->f, &s->log_f, &s->w, &s->Er, &s->gamma},
           **rates[] = {&s->r, &s->base, &s->moved, &s->y};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        GZ_TRY(gz_allocate(s->context, s->grid->size, sizeof(double), fields[i]));
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        GZ_TRY(gz_allocate(s->context, s->pairs.columns, sizeof(double), rates[i]));
    return gz_descent_init(s->context, s->pairs.columns, NLOPT_LD_LBFGS, STORED_VECTORS, &s->descent);
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

/* f = f0 + dt E u/h and its logarithm. Returns false if f is not positive and there is no floor. */
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

/* Set w from f with the c of the chain rule. Returns H(f) - H(f0), and c and P. */
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

/* J(base + y) - J(base). */
static double difference(void *self, const double *y, double *gradient) {
    gz_de_giorgi *s = self;
    gz_de_giorgi_value value;
    for (size_t j = 0; j < s->pairs.columns; j++) s->moved[j] = s->base[j] + y[j];
    if (gz_de_giorgi_evaluate(s, s->moved, &value, gradient)) return value.square - s->base_value;
    memset(gradient, 0, s->pairs.columns * sizeof *gradient);
    return HUGE_VAL;
}

/* Run passes from s->base until J <= goal. */
static gz_status descend(gz_de_giorgi *s, double goal, long most, long *evaluations) {
    const size_t columns = s->pairs.columns;
    gz_de_giorgi_value value;
    for (double last = INFINITY;;) {
        double fallen;
        if (!gz_de_giorgi_evaluate(s, s->base, &value, s->y))
            return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED, "J is not finite after %ld evaluations",
                           *evaluations);
        if (value.square <= goal) return GZ_OK;
        if (*evaluations >= most || value.square > 0.999 * last) break;
        last = value.square;
        /* The Hessian of the action by u is dt dx. The Hessian of J is larger, on average by the factor
         * gradient^2/(2 J) in these variables. */
        for (size_t j = 0; j < columns; j++) s->descent.scale[j] = sqrt(s->step.dt * s->grid->cell_volume);
        const double stiffness = fmax(1, gz_descent_norm(&s->descent, s->y) / sqrt(2 * value.square));
        for (size_t j = 0; j < columns; j++) s->descent.scale[j] *= stiffness;
        const double norm = gz_descent_norm(&s->descent, s->y);
        s->base_value = value.square;
        *evaluations +=
            gz_descent_pass(&s->descent, difference, s, norm, 1e-6, most - *evaluations, s->y, &fallen);
        if (isnan(fallen)) break;
        for (size_t j = 0; j < columns; j++) s->base[j] += s->y[j];
    }
    return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED, "J stalled at %.1e after %ld evaluations (goal %.1e)",
                   value.square, *evaluations, goal);
}

gz_status gz_de_giorgi_minimise(gz_de_giorgi *s, double *u, double goal, long most, long *evaluations) {
    const size_t columns = s->pairs.columns;
    gz_de_giorgi_value value;
    *evaluations = 0;
    if (!gz_de_giorgi_evaluate(s, u, &value, NULL))
        return gz_fail(s->context, GZ_ERROR_USAGE,
                       "the start is no admissible pair: its density is not positive");
    memcpy(s->base, u, columns * sizeof *u);
    s->floor = 1e-4;
    const gz_status status = descend(s, goal, most, evaluations);
    s->floor = 0;
    memcpy(u, s->base, columns * sizeof *u);
    if (status == GZ_OK && !gz_de_giorgi_evaluate(s, u, &value, NULL))
        return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED, "the descent ended where f is not positive");
    return status;
}
