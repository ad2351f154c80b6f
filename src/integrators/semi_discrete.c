/* Semi-discrete equation: rates by the mobility or the flux form, derivatives by difference quotients. */
#include "semi_discrete.h"

#include "flux_form.h"
#include "mobility_cap.h"

#include <math.h>

/* Step of a difference quotient, relative to the density. The error is round-off of F times 1/STEP plus
 * curvature times STEP. */
static const double STEP = 1e-6;

struct gz_semi_discrete {
    gz_context *context;
    const gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_space_form form;
    double *log_f, *density, *trial; /* [cell][node] */
    long evaluations;
    bool blew_up; /* true if the last evaluation found a rate that is not finite */
};

gz_status gz_semi_discrete_create(gz_context *context, gz_mobility *mobility, gz_space_form form,
                                  gz_semi_discrete **equation) {
    *equation = NULL;
    gz_semi_discrete *s = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    s->context = context;
    s->grid = gz_mobility_grid(mobility);
    s->mobility = mobility;
    s->form = form;
    double **work[] = {&s->log_f, &s->density, &s->trial};
    for (size_t i = 0; i < sizeof work / sizeof *work; i++) {
        const gz_status status = gz_allocate(context, s->grid->size, sizeof(double), work[i]);
        if (status == GZ_OK) continue;
        gz_semi_discrete_destroy(s);
        return status;
    }
    *equation = s;
    return GZ_OK;
}

void gz_semi_discrete_destroy(gz_semi_discrete *s) {
    if (!s) return;
    gz_release(s->log_f);
    gz_release(s->density);
    gz_release(s->trial);
    gz_release(s);
}

gz_space_form gz_semi_discrete_form(const gz_semi_discrete *s) {
    return s->form;
}

bool gz_semi_discrete_blew_up(const gz_semi_discrete *s) {
    return s->blew_up;
}

long gz_semi_discrete_evaluations(const gz_semi_discrete *s) {
    return s->evaluations;
}

/* Returns the number of nodes where f has no logarithm. */
static long take_logarithm(gz_semi_discrete *s, const double *f) {
    long none = 0;
#pragma omp parallel for num_threads(s->grid->threads) reduction(+ : none)
    for (size_t i = 0; i < s->grid->size; i++) {
        none += !(f[i] > 0);
        s->log_f[i] = log(f[i]);
    }
    double total = (double)none;
    gz_ranks_sum(s->grid->ranks, 1, &total);
    return (long)total;
}

/* rate = -rate / (h weight), where weight NULL means 1; false if the result is not finite. */
static bool divide(const gz_semi_discrete *s, const double *weight, double *rate) {
    const gz_phase_grid *grid = s->grid;
    bool finite = true;
#pragma omp parallel for num_threads(grid->threads) reduction(& : finite)
    for (size_t cell = 0; cell < grid->cell_count; cell++)
        for (size_t node = 0; node < grid->node_count; node++) {
            const size_t i = cell * grid->node_count + node;
            rate[i] /= -grid->node_volume[node] * (weight ? weight[i] : 1);
            finite &= isfinite(rate[i]);
        }
    return gz_ranks_all(grid->ranks, finite);
}

static gz_status not_finite(gz_semi_discrete *s) {
    s->blew_up = true;
    return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                   "the density blew up: its rate of change is not finite");
}

/* rate = K(m) (log f + phi), with m and the steepness of log_f. */
static void apply_log_form(gz_semi_discrete *s, const double *log_f, double *rate) {
    gz_mobility_set_capped(s->mobility, log_f, NULL, s->density);
    gz_mobility_apply(s->mobility, gz_mobility_entropy_variable(s->mobility, log_f), rate);
}

gz_status gz_semi_discrete_rate(gz_semi_discrete *s, const double *f, double *rate) {
    s->evaluations++;
    s->blew_up = false;
    GZ_TRY(gz_go_on(s->context));
    if (s->form == GZ_LOG_FORM) {
        const long none = take_logarithm(s, f);
        if (none > 0)
            return gz_fail(s->context, GZ_ERROR_NOT_CONVERGED,
                           "f lost positivity at %ld nodes, where the log form is not defined", none);
        apply_log_form(s, s->log_f, rate);
    } else {
        gz_flux_form_apply(s->mobility, f, rate);
    }
    return divide(s, NULL, rate) ? GZ_OK : not_finite(s);
}

gz_status gz_semi_discrete_log_rate(gz_semi_discrete *s, const double *log_f, double *rate) {
    s->evaluations++;
    s->blew_up = false;
    GZ_TRY(gz_go_on(s->context));
    apply_log_form(s, log_f, rate);
#pragma omp parallel for num_threads(s->grid->threads)
    for (size_t i = 0; i < s->grid->size; i++) s->density[i] = exp(log_f[i]);
    return divide(s, s->density, rate) ? GZ_OK : not_finite(s);
}

static double largest(const gz_phase_grid *grid, const double *v) {
    double most = 0;
    for (size_t i = 0; i < grid->size; i++) most = fmax(most, fabs(v[i]));
    gz_ranks_most(grid->ranks, 1, &most);
    return most;
}

gz_status gz_semi_discrete_derivative(gz_semi_discrete *s, const double *f, const double *rate,
                                      const double *v, double *out) {
    const bool log_form = s->form == GZ_LOG_FORM;
    const size_t size = s->grid->size;
    const double scale = largest(s->grid, v) / (log_form ? 1 : largest(s->grid, f));
    if (!(scale > 0) || !isfinite(scale))
        return gz_fail(s->context, GZ_ERROR_USAGE, "a derivative along a field that is zero or not finite");
    const double step = STEP / scale;
    for (size_t i = 0; i < size; i++) s->trial[i] = log_form ? f[i] * (1 + step * v[i]) : f[i] + step * v[i];
    GZ_TRY(gz_semi_discrete_rate(s, s->trial, out));
    for (size_t i = 0; i < size; i++)
        out[i] = log_form ? (out[i] / s->trial[i] - rate[i] / f[i]) / step : (out[i] - rate[i]) / step;
    return GZ_OK;
}
