/* Data on which methods of this kind break: cold beams, drained corners, jumps, equilibria, numbers that are
 * none. Each step either holds what every step must (J = 0, conservation, f > 0, H falling), or says that it
 * did not converge and leaves the state alone. Never a silent wrong answer.
 */
#include "functionals.h"
#include "integrator.h"
#include "sample.h"

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

TestSuite(breakages, .init = open_context, .fini = close_context);

static gz_problem homogeneous(size_t nodes, double half_width, double gamma) {
    return (gz_problem){.grid = {.velocity_dim = 2, .nodes = nodes, .half_width = half_width},
                        .interaction = {GZ_INTERACTION_POWER, .gamma = gamma, .strength = 1},
                        .kappa = {.shape = GZ_KAPPA_UNIFORM},
                        .order = 6};
}

static gz_phase_grid *grid_of(const gz_problem *problem) {
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &grid), GZ_OK);
    return grid;
}

/* One step from log_f0, which is released; true if it converged. */
static bool step(const char *scheme, const gz_problem *problem, gz_phase_grid *grid, double *log_f0,
                 double dt) {
    const gz_integrator_settings settings = {.scheme = scheme, .mobility_at = GZ_AT_PREDICTOR};
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    gz_moments before, after;
    cr_assert_eq(gz_integrator_create(context, grid, problem, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_create(context, grid, &state), GZ_OK);
    double *f0 = sample_exp(context, grid, log_f0);
    memcpy(state.log_f, log_f0, grid->size * sizeof *log_f0);
    memcpy(state.f, f0, grid->size * sizeof *f0);
    const gz_status status = gz_integrator_step(integrator, dt, &state, &report);
    if (status == GZ_OK) {
        gz_moments_of(grid, f0, &before);
        gz_moments_of(grid, state.f, &after);
        const double H0 = gz_entropy(grid, f0, log_f0), H1 = gz_entropy(grid, state.f, state.log_f);
        const double J = H1 - H0 + dt / 2 * (report.dissipation + report.action);
        if (strcmp(scheme, "zero_defect") == 0) cr_assert_lt(fabs(J), 1e-13 * before.mass, "J = %g", J);
        cr_assert_leq(H1, H0 + 1e-14 * before.mass);
        cr_assert_lt(fabs(after.mass - before.mass), 1e-13 * before.mass);
        cr_assert_lt(fabs(after.energy - before.energy), 1e-13 * before.energy);
        for (size_t i = 0; i < grid->size; i++) cr_assert_gt(state.f[i], 0);
    } else {
        cr_assert_eq(status, GZ_ERROR_NOT_CONVERGED);
        cr_assert_neq(gz_context_message(context)[0], 0);
        cr_assert_eq(memcmp(state.log_f, log_f0, grid->size * sizeof *log_f0), 0);
        cr_assert_eq(memcmp(state.f, f0, grid->size * sizeof *f0), 0);
        cr_assert_eq(state.step, 0);
        cr_log_info("%s dt %g: %s", scheme, dt, gz_context_message(context));
    }
    gz_state_destroy(&state);
    gz_integrator_destroy(integrator);
    gz_release(f0);
    gz_release(log_f0);
    return status == GZ_OK;
}

static double log_maxwellian(const gz_phase_grid *grid, size_t i, double shift, double T) {
    const double v = grid->node_velocity[0][i] - shift, w = grid->node_velocity[1][i];
    return -(v * v + w * w) / (2 * T) - log(8 * atan(1) * T);
}

/* Beams at +-2: with the plain psi the c of zero_defect would pass 1. Steps of a tenth converge whatever the
 * temperature. */
Test(breakages, cold_beams) {
    const double steps[] = {0.1, 1, 3, 10};
    for (int cold = 0; cold < 2; cold++)
        for (size_t k = 0; k < sizeof steps / sizeof *steps; k++) {
            const gz_problem problem = homogeneous(33, 6, 0);
            gz_phase_grid *grid = grid_of(&problem);
            double *log_f = sample_zero(context, grid);
            const double T = cold ? 0.25 : 0.5;
            for (size_t i = 0; i < grid->size; i++) {
                const double a = log_maxwellian(grid, i, -2, T), b = log_maxwellian(grid, i, 2, T);
                log_f[i] = fmax(a, b) + log1p(exp(-fabs(a - b))) - log(2);
            }
            const bool converged = step("zero_defect", &problem, grid, log_f, steps[k]);
            if (steps[k] < 0.5) cr_assert(converged);
            gz_phase_grid_destroy(grid);
        }
}

/* log f falls to -300 in the corners. */
Test(breakages, drained_corners) {
    for (int k = 0; k < 4; k++) {
        const gz_problem problem = homogeneous(33, 9, k < 2 ? 0 : -3);
        gz_phase_grid *grid = grid_of(&problem);
        double *log_f = sample_zero(context, grid);
        for (size_t i = 0; i < grid->size; i++) {
            log_f[i] = log_maxwellian(grid, i, 0, 0.55) +
                       0.3 * grid->node_velocity[0][i] / (1 + grid->node_energy[i]);
            if (grid->node_energy[i] > 100) log_f[i] = fmin(log_f[i], -300);
        }
        cr_assert(step("zero_defect", &problem, grid, log_f, k % 2 ? 0.5 : 0.02), "gamma %g",
                  problem.interaction.gamma);
        gz_phase_grid_destroy(grid);
    }
}

/* A box over a floor of 1e-12. */
Test(breakages, jumps) {
    int converged = 0;
    for (int k = 0; k < 4; k++) {
        const gz_problem problem = homogeneous(33, 6, k < 2 ? 0 : -1);
        gz_phase_grid *grid = grid_of(&problem);
        double *log_f = sample_zero(context, grid);
        for (size_t i = 0; i < grid->size; i++)
            log_f[i] = fabs(grid->node_velocity[0][i]) < 1.6 && fabs(grid->node_velocity[1][i]) < 1.2
                           ? log(0.13)
                           : log(1e-12);
        converged += step("zero_defect", &problem, grid, log_f, k % 2 ? 0.5 : 0.05);
        gz_phase_grid_destroy(grid);
    }
    cr_assert_geq(converged, 2);
}

/* At an equilibrium nothing changes and c would be 0/0. */
Test(breakages, equilibrium) {
    const gz_problem problem = homogeneous(25, 6, 0);
    for (int k = 0; k < 3; k++) {
        gz_phase_grid *grid = grid_of(&problem);
        double *log_f = sample_zero(context, grid);
        for (size_t i = 0; i < grid->size; i++)
            log_f[i] = log_maxwellian(grid, i, 0.3, 1) + (k == 0 ? 0 : 1e-9 * cos(grid->node_velocity[0][i]));
        cr_assert(step(k == 2 ? "jko" : "zero_defect", &problem, grid, log_f, 1));
        gz_phase_grid_destroy(grid);
    }
}

/* A density that is not a number, infinite or zero somewhere, and steps that are no time. */
Test(breakages, numbers_that_are_none) {
    const double bad[] = {NAN, INFINITY, -INFINITY};
    const gz_problem problem = homogeneous(17, 5, -1);
    for (int d = 0; d < 2; d++)
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
            gz_phase_grid *grid = grid_of(&problem);
            double *log_f = sample_log_density(context, grid, 3);
            log_f[grid->size / 2] = bad[k];
            cr_assert_not(step(d ? "jko" : "zero_defect", &problem, grid, log_f, 0.1));
            gz_phase_grid_destroy(grid);
        }
    gz_phase_grid *grid = grid_of(&problem);
    const gz_integrator_settings settings = {0};
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_create(context, grid, &state), GZ_OK);
    const double steps[] = {0, -1, NAN, INFINITY};
    for (size_t k = 0; k < sizeof steps / sizeof *steps; k++)
        cr_assert_eq(gz_integrator_step(integrator, steps[k], &state, &report), GZ_ERROR_USAGE);
    gz_state_destroy(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
}
