/* ODE: the vector of SUNDIALS with sums in a fixed order, tolerances, messages, and the ends of a
 * collision. */
#include "ode.h"

#include "fields.h"
#include "functionals.h"
#include "ode_vector.h"

#include <math.h>
#include <nvector/nvector_openmp.h>
#include <stdio.h>
#include <string.h>

gz_status gz_ode_init(const gz_integrator_parts *parts, const char *scheme, gz_ode *ode) {
    ode->parts = parts;
    ode->scheme = scheme;
    return gz_semi_discrete_create(parts->context, parts->mobility, parts->settings.space_form,
                                   &ode->equation);
}

/* SUNDIALS adds the sums of its threads in the order in which the threads finish, so that a run with three
 * threads would not repeat itself. The sums here are over blocks, and the blocks are added in order. */
enum { BLOCK = 4096, MOST_PARTS = 256 };

/* Sum of (x_i w_i)^2 if squared, else of x_i w_i. */
static double sum_in_order(N_Vector x, N_Vector w, bool squared) {
    const double *a = N_VGetArrayPointer(x), *b = N_VGetArrayPointer(w);
    const sunindextype size = N_VGetLength(x);
    const sunindextype parts = size / BLOCK < MOST_PARTS ? size / BLOCK + 1 : MOST_PARTS;
    double part[MOST_PARTS], sum = 0;
#pragma omp parallel for num_threads(NV_NUM_THREADS_OMP(x))
    for (sunindextype p = 0; p < parts; p++) {
        const sunindextype end = (p + 1) * size / parts;
        double s = 0;
        for (sunindextype i = p * size / parts; i < end; i++) {
            const double product = a[i] * b[i];
            s += squared ? product * product : product;
        }
        part[p] = s;
    }
    for (sunindextype p = 0; p < parts; p++) sum += part[p];
    return sum;
}

static double dot(N_Vector x, N_Vector y) {
    return sum_in_order(x, y, false);
}

static double weighted_squares(N_Vector x, N_Vector w) {
    return sum_in_order(x, w, true);
}

static double weighted_norm(N_Vector x, N_Vector w) {
    return sqrt(sum_in_order(x, w, true) / (double)N_VGetLength(x));
}

gz_status gz_ode_init_last(gz_ode *ode) {
    return gz_allocate(ode->parts->context, ode->parts->grid->size, sizeof(double), &ode->last);
}

gz_status gz_ode_init_sundials(gz_ode *ode) {
    const gz_integrator_parts *parts = ode->parts;
    GZ_TRY(gz_allocate(parts->context, parts->grid->size, sizeof(double), &ode->values));
    GZ_TRY(gz_ode_init_last(ode));
    ode->sundials = gz_ode_context(parts->grid->ranks);
    if (ode->sundials)
        ode->own = N_VMake_OpenMP((sunindextype)parts->grid->size, ode->values, gz_field_threads(parts->grid),
                                  ode->sundials);
    if (ode->own) {
        ode->own->ops->nvdotprod = ode->own->ops->nvdotprodlocal = dot;
        ode->own->ops->nvwrmsnorm = weighted_norm;
        ode->own->ops->nvwsqrsumlocal = weighted_squares;
        ode->y = gz_ode_vector(parts->grid->ranks, ode->own, ode->sundials);
    }
    return gz_ode_check_set_up(ode, ode->y != NULL);
}

void gz_ode_free(gz_ode *ode) {
    gz_semi_discrete_destroy(ode->equation);
    if (ode->y && ode->y != ode->own) N_VDestroy(ode->y);
    if (ode->own) N_VDestroy(ode->own);
    if (ode->sundials) SUNContext_Free(&ode->sundials);
    gz_release(ode->values);
    gz_release(ode->last);
}

bool gz_ode_goes_on(const gz_ode *ode, const double *f) {
    const gz_phase_grid *grid = ode->parts->grid;
    return ode->time > 0 && gz_ranks_all(grid->ranks, memcmp(ode->last, f, grid->size * sizeof *f) == 0);
}

void gz_ode_remember(gz_ode *ode, const double *f, double time) {
    memcpy(ode->last, f, ode->parts->grid->size * sizeof *f);
    ode->time = time;
}

double gz_ode_tolerance(const gz_ode *ode) {
    return ode->parts->settings.ode_tolerance > 0 ? ode->parts->settings.ode_tolerance : 1e-6;
}

double gz_ode_absolute_tolerance(const gz_ode *ode, const double *f) {
    double most = 0;
    for (size_t i = 0; i < ode->parts->grid->size; i++) most = fmax(most, fabs(f[i]));
    gz_ranks_most(ode->parts->grid->ranks, 1, &most);
    return 1e-2 * most * gz_ode_tolerance(ode);
}

gz_status gz_ode_advise(const gz_ode *ode, gz_status status) {
    const bool log_form = gz_semi_discrete_form(ode->equation) == GZ_LOG_FORM;
    return gz_advise(ode->parts->context, status,
                     log_form ? "try a smaller dt or time.space_form flux" : "try a smaller dt");
}

int gz_ode_rate_status(gz_ode *ode, gz_status status) {
    ode->rate_status = gz_ode_advise(ode, status);
    if (status == GZ_OK) return 0;
    snprintf(ode->message, sizeof ode->message, "%s", gz_context_message(ode->parts->context));
    return status == GZ_INTERRUPTED ? -1 : 1; /* > 0: SUNDIALS may try a smaller step */
}

void gz_ode_complain(int code, const char *module, const char *function, char *message, void *data) {
    gz_ode *ode = data;
    (void)code, (void)module, (void)function;
    if (ode->rate_status == GZ_OK) snprintf(ode->message, sizeof ode->message, "%s", message);
}

gz_status gz_ode_check_set_up(const gz_ode *ode, bool well) {
    if (well) return GZ_OK;
    return gz_fail(ode->parts->context, GZ_ERROR_INTERNAL, "SUNDIALS could not set up %s: %s", ode->scheme,
                   ode->message[0] ? ode->message : "out of memory");
}

gz_status gz_ode_failure(const gz_ode *ode, double t, double dt) {
    if (ode->rate_status == GZ_INTERRUPTED)
        return gz_fail(ode->parts->context, GZ_INTERRUPTED, "%s", ode->message);
    return gz_fail(ode->parts->context, GZ_ERROR_NOT_CONVERGED, "%s stopped after %.3g of dt = %g: %s%s",
                   ode->scheme, t, dt, ode->message,
                   ode->rate_status != GZ_OK ? "" : "; try a smaller dt or another time.tolerance");
}

/* H with log|f|, with a bath of F = H + <phi, h f>. */
static double entropy_of(const gz_ode *ode, const double *f) {
    const gz_phase_grid *grid = ode->parts->grid;
    const double *phi = gz_mobility_potential(ode->parts->mobility);
    return gz_entropy_of_any_sign(grid, f) + (phi ? gz_velocity_integral(grid, f, phi) : 0);
}

void gz_ode_begin(gz_ode *ode, const double *f, gz_step_report *report) {
    ode->message[0] = 0;
    ode->rate_status = GZ_OK;
    report->entropy_before = entropy_of(ode, f);
    report->dissipation = report->action = report->defect = report->implicitness = NAN;
    report->decrement = report->residual = NAN;
}

gz_status gz_ode_end(const gz_ode *ode, gz_status status, const double *f, double *log_f, bool log_f_given,
                     gz_step_report *report) {
    const gz_phase_grid *grid = ode->parts->grid;
    report->blew_up = status != GZ_OK && gz_semi_discrete_blew_up(ode->equation);
    GZ_TRY(status);
    long negative = 0, infinite = 0;
#pragma omp parallel for num_threads(grid->threads) reduction(+ : negative, infinite)
    for (size_t i = 0; i < grid->size; i++) {
        if (!log_f_given) log_f[i] = f[i] > 0 ? log(f[i]) : NAN;
        infinite += !isfinite(f[i]);
        negative += log_f_given ? isnan(log_f[i]) : f[i] <= 0;
    }
    double counts[] = {(double)negative, (double)infinite};
    gz_ranks_sum(grid->ranks, 2, counts);
    negative = (long)counts[0];
    infinite = (long)counts[1];
    report->blew_up = infinite > 0;
    if (report->blew_up)
        return gz_fail(ode->parts->context, GZ_ERROR_NOT_CONVERGED,
                       "%s blew up: f is not finite at %ld nodes; try a smaller dt", ode->scheme, infinite);
    if (negative > 0 && gz_semi_discrete_form(ode->equation) == GZ_LOG_FORM)
        return gz_fail(
            ode->parts->context, GZ_ERROR_NOT_CONVERGED,
            "%s lost positivity at %ld nodes, where the log form is not defined; try a smaller dt or "
            "time.space_form flux",
            ode->scheme, negative);
    report->entropy_after = entropy_of(ode, f);
    report->negative = negative;
    report->converged = true;
    return GZ_OK;
}
