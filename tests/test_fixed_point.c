/* The mobility of a step is that at a predicted density, or, with mobility_at: fixed_point, that at the midpoint
 * of the step. The two solutions differ by O(dt^2), however small dt is: the predictor may keep no error of its
 * own, as one does that is solved to a fixed accuracy (doc/method.md 4, point 7). */
#include "integrator.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite(fixed_point);

enum { LEVELS = 4 }; /* 4, 8, 16, 32 steps, the shortest of 3.1e-5 */

/* The tolerance of the solver is below what is compared, 7e-13 with gamma = -3. The longest step resolves the far tail
 * of so coarse a grid, which with gamma = 0 moves at rates of 1e4. */
static const double END = 1e-3, TOLERANCE = 1e-14;

/* A homogeneous Maxwellian of T = (0.8, 1.2) on 21^2 nodes. Steps to END; f: [node]. */
static void run(gz_context *context, const gz_phase_grid *grid, double gamma, gz_mobility_at at, int steps,
                double *f) {
    const gz_problem problem = {
        .grid = {.velocity_dim = 2, .nodes = grid->nodes, .half_width = grid->half_width},
        .kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1},
        .kappa = {.shape = GZ_KAPPA_UNIFORM},
        .order = 6};
    const gz_integrator_settings settings = {.mobility_at = at, .tolerance = TOLERANCE};
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) {
        const double a = grid->node_velocity[0][i], b = grid->node_velocity[1][i];
        state.log_f[i] = -a * a / 1.6 - b * b / 2.4;
        state.f[i] = exp(state.log_f[i]);
    }
    for (int k = 0; k < steps; k++)
        cr_assert_eq(gz_integrator_step(integrator, END / steps, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
    for (size_t i = 0; i < grid->size; i++) f[i] = state.f[i];
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
}

static void check(double gamma) {
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    const gz_phase_grid_settings settings = {.velocity_dim = 2, .nodes = 21, .half_width = 5};
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK);
    double usual[441], fixed[441], before = 0;
    for (int level = 0; level < LEVELS; level++) {
        double most = 0;
        run(context, grid, gamma, GZ_AT_PREDICTOR, 4 << level, usual);
        run(context, grid, gamma, GZ_AT_FIXED_POINT, 4 << level, fixed);
        for (size_t i = 0; i < grid->size; i++) most = fmax(most, fabs(usual[i] - fixed[i]));
        cr_log_info("gamma %g, dt = %.2e: differ by %.2e, order %.3f", gamma, END / (4 << level), most,
                    log2(before / most));
        if (level > 0)
            cr_expect_geq(log2(before / most), 1.9, "gamma %g, dt = %.2e: order %.3f", gamma,
                          END / (4 << level), log2(before / most));
        before = most;
    }
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

Test(fixed_point, differs_by_dt_squared_from_the_predictor) {
    const double gammas[] = {0, -3};
    for (size_t k = 0; k < 2; k++) check(gammas[k]);
}
