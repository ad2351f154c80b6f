/* The certificate of one step: each bound is the round-off that the pairs themselves make. */
#include "certificate.h"

#include "functionals.h"
#include "pair_calculus.h"
#include "sample.h"
#include "streaming.h"
#include "tableau.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

enum { MOST = GZ_MAX_DIM + 2 }; /* null vectors 1, v_i, |v|^2 */

/* Solve the symmetric positive system A x = b in place, with A [n][n] and b [n]. */
static void solve(int n, double A[MOST][MOST], double b[MOST]) {
    for (int j = 0; j < n; j++)
        for (int k = 0; k < n; k++) {
            const double factor = k == j ? 0 : A[k][j] / A[j][j];
            for (int m = j; m < n; m++) A[k][m] -= factor * A[j][m];
            b[k] -= factor * b[j];
        }
    for (int j = 0; j < n; j++) b[j] /= A[j][j];
}

/* w without its least-squares fit by 1, v_i, |v|^2 with the weight h f. The fuzzy gradient does not change.
 * But where f is nearly Maxwellian, the pairs would otherwise spend their digits on cancelling the fit. */
static double *without_null_space(gz_context *context, const gz_phase_grid *grid, const double *f,
                                  const double *w) {
    const int n = grid->velocity_dim + 2;
    const double *phi[MOST] = {NULL};
    double A[MOST][MOST] = {{0}}, b[MOST] = {0};
    double *rest = sample_zero(context, grid), *ones = sample_zero(context, grid);
    for (size_t i = 0; i < grid->node_count; i++) ones[i] = 1;
    phi[0] = ones;
    for (int a = 0; a < grid->velocity_dim; a++) phi[1 + a] = grid->node_velocity[a];
    phi[n - 1] = grid->node_energy;
    for (size_t i = 0; i < grid->size; i++) {
        const size_t node = i % grid->node_count;
        const double weight = grid->node_volume[node] * f[i];
        for (int j = 0; j < n; j++) {
            for (int k = 0; k < n; k++) A[j][k] += weight * phi[j][node] * phi[k][node];
            b[j] += weight * phi[j][node] * w[i];
        }
    }
    solve(n, A, b);
    for (size_t i = 0; i < grid->size; i++) {
        rest[i] = w[i];
        for (int j = 0; j < n; j++) rest[i] -= b[j] * phi[j][i % grid->node_count];
    }
    gz_release(ones);
    return rest;
}

/* What the pairs say about the last step, and how exactly they can say it. */
typedef struct recomputed {
    double entropy0, entropy1, dissipation, action, residual;
    double stiffness; /* sum of diag + dt k, with k the diagonal of K's local part */
    double work;      /* sum |w R| of the residual R: how far R moves J where w is not stationary for J */
    double noise_R;   /* sum |dt k e|: the change of dt K w by the round-off e = eps w */
    double noise_J;   /* eps dt <w, K_local w>, since K w is the difference of its local and its non-local
                         part, and the change of H by the rounding eps |log f| of log f */
} recomputed;

/* Add a stage, whose mobility the integrator holds, and b_i half div~ U_i to `sum`, [cell][node]. */
static void add_stage(gz_context *context, const gz_phase_grid *grid, gz_mobility *mobility,
                      const gz_collision *stage, double dt, const double *f1, double *sum, recomputed *r) {
    gz_grazing_rate rate;
    const double b = stage->weight;
    double *work = sample_zero(context, grid), *w = without_null_space(context, grid, f1, stage->w), D, A;
    cr_assert_eq(gz_grazing_rate_init(context, grid, &rate), GZ_OK);
    cr_assert_eq(gz_pair_optimal_rate(context, mobility, w, &rate), GZ_OK);
    cr_assert_eq(gz_pair_half_divergence(context, mobility, &rate, work), GZ_OK);
    cr_assert_eq(gz_pair_dissipation(context, mobility, w, &D), GZ_OK);
    cr_assert_eq(gz_pair_action(context, mobility, &rate, &A), GZ_OK);
    r->dissipation += b * D;
    r->action += b * A;
    for (size_t i = 0; i < grid->size; i++) sum[i] += b * work[i];
    gz_mobility_apply_local(mobility, stage->w, work);
    r->noise_J += b * DBL_EPSILON * dt * gz_mobility_dissipation(mobility, stage->w, work);
    const double *local = gz_mobility_local_diagonal(mobility);
    for (size_t i = 0; i < grid->size; i++) {
        const double k = b * dt * local[i] * grid->cell_volume;
        r->stiffness += k;
        r->noise_R += DBL_EPSILON * fabs(k * stage->w[i]);
    }
    gz_release(work);
    gz_release(w);
    gz_grazing_rate_free(&rate);
}

/* The stages of the last step, which ended in f1. A step with several stages that streams carries the rates of
 * the stages to its end, which the pairs do not: then there is no residual. */
static recomputed recompute(gz_context *context, const gz_phase_grid *grid, gz_integrator *integrator,
                            bool streamed, double dt, const double *f1, const double *log_f1) {
    recomputed r = {0};
    gz_collision stage;
    double *sum = sample_zero(context, grid);
    const size_t stages = gz_integrator_stages(integrator);
    for (size_t i = 0; i < stages; i++) {
        cr_assert_eq(gz_integrator_collision(integrator, i, &stage), GZ_OK);
        add_stage(context, grid, gz_integrator_mobility(integrator), &stage, dt, f1, sum, &r);
    }
    for (size_t i = 0; i < grid->size; i++) {
        const double hf = grid->node_volume[i % grid->node_count] * f1[i],
                     R = fabs(hf - grid->node_volume[i % grid->node_count] * stage.f0[i] + dt * sum[i]) *
                         grid->cell_volume;
        if (stages == 1 || !streamed) {
            r.residual += R;
            r.work += fabs(stage.w[i]) * R;
        }
        r.stiffness += hf * grid->cell_volume;
        r.noise_J += DBL_EPSILON * hf * grid->cell_volume * (1 + log_f1[i] * log_f1[i]);
    }
    r.entropy0 = gz_entropy(grid, stage.f0, stage.log_f0);
    r.entropy1 = gz_entropy(grid, f1, log_f1);
    gz_release(sum);
    return r;
}

/* The density right after the collision: the shift of the second half step is undone. */
static double *before_streaming(gz_context *context, const gz_phase_grid *grid, bool streamed, double after,
                                const double *log_f) {
    double *log_f1 = sample_zero(context, grid);
    memcpy(log_f1, log_f, grid->size * sizeof *log_f1);
    if (!streamed) return log_f1;
    gz_streaming *streaming = NULL;
    cr_assert_eq(gz_streaming_create(context, grid, &streaming), GZ_OK);
    gz_streaming_apply(streaming, -after, log_f1);
    gz_streaming_destroy(streaming);
    return log_f1;
}

static void check_moments(const gz_phase_grid *grid, const double *f0, const double *f1, const char *label) {
    gz_moments before, after;
    gz_moments_of(grid, f0, &before);
    gz_moments_of(grid, f1, &after);
    cr_assert_lt(fabs(after.mass - before.mass), 1e-13 * before.mass, "%s: mass %g", label,
                 after.mass / before.mass - 1);
    cr_assert_lt(fabs(after.energy - before.energy), 1e-13 * before.energy, "%s: energy %g", label,
                 after.energy / before.energy - 1);
    for (int a = 0; a < grid->velocity_dim; a++) {
        double scale = 0;
        for (size_t i = 0; i < grid->size; i++)
            scale += fabs(grid->node_velocity[a][i % grid->node_count]) *
                     grid->node_volume[i % grid->node_count] * f0[i] * grid->cell_volume;
        cr_assert_lt(fabs(after.momentum[a] - before.momentum[a]), 1e-13 * scale, "%s: momentum %g", label,
                     (after.momentum[a] - before.momentum[a]) / scale);
    }
}

static void check_certificate(gz_context *context, const char *scheme, const gz_problem *problem,
                              const gz_phase_grid *grid, gz_integrator *integrator, double dt,
                              const gz_state *state, const gz_step_report *report, const char *label) {
    gz_collision collision;
    cr_assert_eq(gz_integrator_collision(integrator, 0, &collision), GZ_OK);
    const bool streamed = !problem->collisions_only && grid->cell_count > 1;
    double *log_f1 = before_streaming(context, grid, streamed, collision.after, state->log_f);
    double *f1 = sample_exp(context, grid, log_f1);
    if (!streamed) memcpy(f1, state->f, grid->size * sizeof *f1);
    const recomputed r = recompute(context, grid, integrator, streamed, dt, f1, log_f1);
    const double mass = gz_integral(grid, f1, NULL);
    const double J = r.entropy1 - r.entropy0 + dt / 2 * (r.dissipation + r.action);
    /* |R|_1^2 <= sum M_ii sum R_i^2/M_ii, and the second sum is about the squared decrement, 1e-24 mass. */
    cr_assert_lt(r.residual, 1e-11 * sqrt(mass * r.stiffness) + 10 * r.noise_R,
                 "%s: residual %g (noise %g, stiffness %g)", label, r.residual / mass, r.noise_R / mass,
                 r.stiffness / mass);
    const double bound = fmax(1e-13 * mass, 6 * r.noise_J);
    cr_assert_lt(fabs(J - report->defect), 2 * bound + r.work,
                 "%s: J %g (noise %g, work of the residual %g), reported %g", label, J / mass,
                 r.noise_J / mass, r.work / mass, report->defect / mass);
    if (strcmp(scheme, "jko") != 0) {
        cr_assert_lt(fabs(J), bound, "%s: J = %g, noise %g", label, J / mass, r.noise_J / mass);
    } else {
        const double KL = gz_relative_entropy(grid, collision.f0, collision.log_f0, f1, log_f1);
        /* The solver stops at 5e-14; H, D and KL each add their round-off. */
        cr_assert_lt(fabs(J + KL), 2 * bound + r.work, "%s: J + KL = %g", label, (J + KL) / mass);
    }
    cr_assert_leq(r.entropy1, r.entropy0 + 6 * r.noise_J, "%s: H rises by %g", label,
                  (r.entropy1 - r.entropy0) / mass);
    gz_release(f1);
    gz_release(log_f1);
}

bool certify_step(gz_context *context, const char *scheme, const gz_problem *problem, double dt,
                  const double *log_f, const char *label) {
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &grid), GZ_OK);
    const gz_integrator_settings settings = {
        .scheme = scheme, .mobility_at = GZ_AT_PREDICTOR, .zero_defect = gz_tableau_find(scheme) != NULL};
    gz_integrator *integrator = NULL;
    gz_state state;
    cr_assert_eq(gz_integrator_create(context, grid, problem, &settings, &integrator), GZ_OK, "%s: %s", label,
                 gz_context_message(context));
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    const size_t bytes = grid->size * sizeof *log_f;
    double *f = sample_exp(context, grid, log_f);
    memcpy(state.log_f, log_f, bytes);
    memcpy(state.f, f, bytes);
    gz_step_report report;
    gz_fail(context, GZ_OK, "an older message");
    const gz_status status = gz_integrator_step(integrator, dt, &state, &report);
    if (status == GZ_OK) {
        check_certificate(context, scheme, problem, grid, integrator, dt, &state, &report, label);
        check_moments(grid, f, state.f, label);
        for (size_t i = 0; i < grid->size; i++)
            cr_assert(state.f[i] > 0 && isfinite(state.f[i]), "%s", label);
        cr_assert(report.converged && state.step == 1);
    } else {
        cr_assert_eq(status, GZ_ERROR_NOT_CONVERGED, "%s: %s", label, gz_context_message(context));
        cr_assert_str_neq(gz_context_message(context), "an older message", "%s", label);
        cr_assert_eq(memcmp(state.log_f, log_f, bytes), 0, "%s", label);
        cr_assert_eq(memcmp(state.f, f, bytes), 0, "%s", label);
        cr_assert(state.step == 0 && state.time == 0);
        cr_log_info("%s: %s", label, gz_context_message(context));
    }
    gz_release(f);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    return status == GZ_OK;
}
