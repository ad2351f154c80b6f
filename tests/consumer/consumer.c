/* The smallest user of an installed libgrazing: one zero_defect step of the fuzzy equation in 1D2V, J = 0. */
#include <grazing/grazing.h>

#include <math.h>
#include <stdio.h>

int main(void) {
    const gz_problem problem = {
        .grid =
            {.space_dim = 1, .velocity_dim = 2, .cells = {4}, .length = {1}, .nodes = 17, .half_width = 5},
        .kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
        .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
        .order = 4};
    const gz_integrator_settings settings = {.scheme = "zero_defect"};
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state = {0};
    gz_step_report report = {0};

    gz_status status = gz_context_create(2, &context);
    if (status == GZ_OK) status = gz_phase_grid_create(context, &problem.grid, &grid);
    if (status == GZ_OK) status = gz_integrator_create(context, grid, &problem, &settings, &integrator);
    if (status == GZ_OK) status = gz_state_init(context, grid, &state);
    for (size_t i = 0; status == GZ_OK && i < grid->size; i++) {
        const size_t cell = i / grid->node_count, node = i % grid->node_count;
        const double x = gz_phase_grid_position(grid, cell, 0);
        const double v1 = grid->node_velocity[0][node], v2 = grid->node_velocity[1][node];
        state.f[i] = (1 + 0.4 * cos(6.28318530717959 * x)) * exp(-v1 * v1 / 2 - v2 * v2 / 1.4);
        state.log_f[i] = log(state.f[i]);
    }
    if (status == GZ_OK) status = gz_integrator_step(integrator, 0.1, &state, &report);
    if (status != GZ_OK) fprintf(stderr, "%s\n", context ? gz_context_message(context) : "no context");
    printf("grazing %s: J = %.1e, H falls by %.6f\n", GZ_VERSION, report.defect,
           report.entropy_before - report.entropy_after);

    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
    const bool fine = fabs(report.defect) < 1e-13 && report.entropy_after < report.entropy_before;
    return status == GZ_OK && fine ? 0 : 1;
}
