/* A run against values of an independent spectral solver, which shares nothing with this program: Coulomb collisions (gamma = -3)
 * of two bumps of density 1/2 at +-(1, 0.3) with temperatures (0.8, 1.2) and (1, 0.6), B = 1, d = 2, at t = 0.5. */
#include "functionals.h"
#include "integrator.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>

TestSuite(reference);

static double bump(const double *v, double sign, double T1, double T2) {
    const double a = v[0] - sign, b = v[1] - 0.3 * sign;
    return 0.5 / (8 * atan(1) * sqrt(T1 * T2)) * exp(-a * a / (2 * T1) - b * b / (2 * T2));
}

Test(reference, coulomb_collisions_of_two_bumps) {
    const gz_problem problem = {.kernel = {GZ_KERNEL_POWER, .gamma = -3, .strength = 1}, .order = 8};
    const gz_integrator_settings settings = {.scheme = "zero_defect"};
    gz_context *context = NULL;
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    gz_moments moments;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 81, 7.5);
    double *fourth = sample_zero(context, grid);
    cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) {
        const double v[2] = {grid->node_velocity[0][i], grid->node_velocity[1][i]};
        state.f[i] = bump(v, 1, 0.8, 1.2) + bump(v, -1, 1, 0.6);
        state.log_f[i] = log(state.f[i]);
        fourth[i] = pow(v[0], 4);
    }
    for (int k = 0; k < 40; k++)
        cr_assert_eq(gz_integrator_step(integrator, 0.0125, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
    gz_moments_of(grid, state.f, &moments);
    const struct {
        const char *name;
        double value, reference, within;
    } rows[] = {{"P_11", moments.stress[gz_pair_index(2, 0, 0)], 1.83487745, 5e-7},
                {"P_12", moments.stress[gz_pair_index(2, 0, 1)], 0.25931008, 1e-6},
                {"int v_1^4 f", gz_integral(grid, state.f, fourth), 8.518222, 1e-5}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        cr_log_info("%s: %.8f, differs by %.1e", rows[i].name, rows[i].value,
                    rows[i].value - rows[i].reference);
        cr_expect_float_eq(rows[i].value, rows[i].reference, rows[i].within, "%s is %.8f", rows[i].name,
                           rows[i].value);
    }
    gz_release(fourth);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}
