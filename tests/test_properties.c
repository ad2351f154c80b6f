/* Properties of every zero_defect and jko step, over random smooth problems (kernel, kappa, grid, order, dt,
 * transport), with H, D, A and the new density recomputed through explicit pairs (pair_calculus.h), never
 * through the solver's own sums:
 *
 *   f1 = f0 - (dt/h) 1/2 div~ U,   J = H(f1) - H(f0) + dt/2 (D_m(w) + Act_m(U)),   U = -kappa m m* grad~ w
 *
 *   zero_defect: |J| <= 1e-13 mass;   jko: J = -KL(f0|f1);   both: mass, momentum, energy, f > 0, H not
 * increasing.
 */
#include "functionals.h"
#include "integrator.h"
#include "pair_calculus.h"
#include "sample.h"
#include "streaming.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(properties, .init = open_context, .fini = close_context);

static gz_problem random_problem(size_t seed, double *dt) {
    gz_problem p = {.order = 2 + 2 * (int)(4 * sample_uniform(seed, 100)),
                    .transport = sample_uniform(seed, 101) < 0.5};
    const bool three = sample_uniform(seed, 102) < 0.15;
    p.grid = (gz_phase_grid_settings){.velocity_dim = three ? 3 : 2,
                                      .space_dim = sample_uniform(seed, 103) < 0.3 ? 0 : 1,
                                      .cells = {1 + (size_t)(4 * sample_uniform(seed, 104))},
                                      .length = {0.5 + 2 * sample_uniform(seed, 105)},
                                      .nodes = three ? 9 : 11 + (size_t)(7 * sample_uniform(seed, 106)),
                                      .half_width = 4 + 2 * sample_uniform(seed, 107)};
    if (three) p.grid.cells[0] = 1;
    const bool bounded = sample_uniform(seed, 108) < 0.2;
    p.interaction.shape = bounded ? GZ_INTERACTION_BOUNDED : GZ_INTERACTION_POWER;
    p.interaction.gamma = -3 + (bounded ? 6 : 4) * sample_uniform(seed, 109);
    p.interaction.strength = 0.2 + sample_uniform(seed, 110);
    p.kappa.shape = (gz_kappa_shape)(int)(4 * sample_uniform(seed, 111));
    p.kappa.k2 = 8 * sample_uniform(seed, 112);
    p.kappa.sigma = 0.01 + sample_uniform(seed, 113);
    *dt = pow(10, -2 + 2.3 * sample_uniform(seed, 114));
    return p;
}

/* What the pairs say of the last collision, which ended in f1. */
typedef struct recomputed {
    double entropy0, entropy1, dissipation, action, residual;
} recomputed;

static recomputed recompute(const gz_phase_grid *grid, gz_mobility *mobility, const gz_collision *collision,
                            double dt, const double *f1, const double *log_f1) {
    recomputed r = {0};
    gz_grazing_rate rate;
    double *half_divergence = sample_zero(context, grid);
    cr_assert_eq(gz_grazing_rate_create(context, grid, &rate), GZ_OK);
    cr_assert_eq(gz_pair_optimal_rate(context, mobility, collision->w, &rate), GZ_OK);
    cr_assert_eq(gz_pair_half_divergence(context, mobility, &rate, half_divergence), GZ_OK);
    cr_assert_eq(gz_pair_dissipation(context, mobility, collision->w, &r.dissipation), GZ_OK);
    cr_assert_eq(gz_pair_action(context, mobility, &rate, &r.action), GZ_OK);
    for (size_t i = 0; i < grid->size; i++)
        r.residual += fabs(grid->node_volume[i % grid->node_count] * (f1[i] - collision->f0[i]) +
                           dt * half_divergence[i]) *
                      grid->cell_volume;
    r.entropy0 = gz_entropy(grid, collision->f0, collision->log_f0);
    r.entropy1 = gz_entropy(grid, f1, log_f1);
    gz_release(half_divergence);
    gz_grazing_rate_destroy(&rate);
    return r;
}

/* The density after the collision: the shift of the second half step is taken back. */
static double *before_streaming(const gz_phase_grid *grid, bool transport, double dt, const double *log_f) {
    double *log_f1 = sample_zero(context, grid);
    memcpy(log_f1, log_f, grid->size * sizeof *log_f1);
    if (!transport || grid->cell_count == 1) return log_f1;
    gz_streaming *streaming = NULL;
    cr_assert_eq(gz_streaming_create(context, grid, &streaming), GZ_OK);
    gz_streaming_apply(streaming, -dt / 2, log_f1);
    gz_streaming_destroy(streaming);
    return log_f1;
}

static void check_moments(const gz_phase_grid *grid, const double *f0, const double *f1, size_t seed) {
    gz_moments before, after;
    gz_moments_of(grid, f0, &before);
    gz_moments_of(grid, f1, &after);
    cr_assert_lt(fabs(after.mass - before.mass), 1e-13 * before.mass, "seed %zu", seed);
    cr_assert_lt(fabs(after.energy - before.energy), 1e-13 * before.energy, "seed %zu: energy %g", seed,
                 after.energy / before.energy - 1);
    for (int a = 0; a < grid->velocity_dim; a++) {
        double scale = 0;
        for (size_t i = 0; i < grid->size; i++)
            scale += fabs(grid->node_velocity[a][i % grid->node_count]) *
                     grid->node_volume[i % grid->node_count] * f0[i] * grid->cell_volume;
        cr_assert_lt(fabs(after.momentum[a] - before.momentum[a]), 1e-13 * scale, "seed %zu", seed);
    }
}

/* One step of a problem; false if it is reported not converged. */
static bool check_step(const char *scheme, const gz_problem *problem, double dt, size_t seed) {
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &grid), GZ_OK);
    const gz_integrator_settings settings = {.scheme = scheme, .mobility_at = GZ_AT_PREDICTOR};
    gz_integrator *integrator = NULL;
    gz_state state;
    cr_assert_eq(gz_integrator_create(context, grid, problem, &settings, &integrator), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_state_create(context, grid, &state), GZ_OK);
    double *start = sample_log_density(context, grid, seed), *f_start = sample_exp(context, grid, start);
    memcpy(state.log_f, start, grid->size * sizeof *start);
    memcpy(state.f, f_start, grid->size * sizeof *start);
    gz_step_report report;
    const gz_status status = gz_integrator_step(integrator, dt, &state, &report);
    if (status == GZ_OK) {
        gz_collision collision;
        cr_assert_eq(gz_integrator_collision(integrator, &collision), GZ_OK);
        double *log_f1 = before_streaming(grid, problem->transport, dt, state.log_f);
        double *f1 = sample_exp(context, grid, log_f1);
        const recomputed r = recompute(grid, gz_integrator_mobility(integrator), &collision, dt, f1, log_f1);
        const double mass = gz_integral(grid, f_start, NULL);
        const double J = r.entropy1 - r.entropy0 + dt / 2 * (r.dissipation + r.action);
        /* A decrement of 1e-12 sqrt(mass) bounds |R|_1 by the same times the root of the Hessian's largest
         * entries. */
        cr_assert_lt(r.residual, 1e-11 * mass, "seed %zu: residual %g", seed, r.residual);
        cr_assert_lt(fabs(J - report.defect), 1e-13 * mass, "seed %zu: J %g, reported %g", seed, J,
                     report.defect);
        if (strcmp(scheme, "zero_defect") == 0) {
            cr_assert_lt(fabs(J), 1e-13 * mass, "seed %zu: J = %g", seed, J);
        } else {
            const double KL = gz_relative_entropy(grid, collision.f0, collision.log_f0, f1, log_f1);
            cr_assert_lt(fabs(J + KL), 1e-13 * mass, "seed %zu: J + KL = %g", seed, J + KL);
        }
        cr_assert_leq(r.entropy1, r.entropy0 + 1e-15 * mass, "seed %zu", seed);
        check_moments(grid, f_start, state.f, seed);
        for (size_t i = 0; i < grid->size; i++) cr_assert_gt(state.f[i], 0);
        gz_release(f1);
        gz_release(log_f1);
    } else {
        cr_assert_eq(status, GZ_ERROR_NOT_CONVERGED, "%s", gz_context_message(context));
        cr_assert_eq(memcmp(state.log_f, start, grid->size * sizeof *start), 0);
        cr_assert_eq(memcmp(state.f, f_start, grid->size * sizeof *start), 0);
        cr_assert_eq(state.step, 0);
        cr_log_info("seed %zu: %s", seed, gz_context_message(context));
    }
    gz_release(start);
    gz_release(f_start);
    gz_state_destroy(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    return status == GZ_OK;
}

enum { PROBLEMS = 240 };

Test(properties, zero_defect_steps) {
    int converged = 0;
    for (size_t seed = 1; seed <= PROBLEMS; seed++) {
        double dt;
        const gz_problem problem = random_problem(seed, &dt);
        converged += check_step("zero_defect", &problem, dt, seed);
    }
    cr_log_info("%d of %d converged", converged, PROBLEMS);
    cr_assert_geq(converged, 0.99 * PROBLEMS);
}

Test(properties, jko_steps) {
    int converged = 0;
    for (size_t seed = 1001; seed <= 1000 + PROBLEMS / 2; seed++) {
        double dt;
        const gz_problem problem = random_problem(seed, &dt);
        converged += check_step("jko", &problem, dt, seed);
    }
    cr_assert_geq(converged, 0.99 * PROBLEMS / 2);
}

/* A whole relaxation time in one step on a coarse grid: n = 25, L = 6, 1D2V. */
Test(properties, one_step_over_a_relaxation_time) {
    const gz_problem problem = {
        .grid =
            {.space_dim = 1, .velocity_dim = 2, .cells = {4}, .length = {1}, .nodes = 25, .half_width = 6},
        .interaction = {GZ_INTERACTION_POWER, .gamma = 0, .strength = 1},
        .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
        .transport = true,
        .order = 6};
    cr_assert(check_step("zero_defect", &problem, 1, 7));
}
