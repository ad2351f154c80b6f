/* Your own kernels: A and kappa are given as functions, here screened Coulomb collisions and a kappa that
 * lets them reach as far as a Gaussian in x. A density wave relaxes. The library only asks the functions for
 * values.
 *
 *   cc -std=c11 own_kernel.c -o own_kernel $(pkg-config --cflags --libs grazing) -lm */
#include <grazing/grazing.h>

#include <math.h>
#include <stdio.h>

/* A(|z|) / strength for |z| > 0: Coulomb's 1/|z|, screened beyond the length *data. */
static double screened(double r, void *data) {
    const double *length = data;
    return exp(-r / *length) / r;
}

/* kappa(|x - x*|) up to a factor: the library normalises kappa on the torus. */
static double gaussian(double r, void *data) {
    const double *width = data;
    return exp(-r * r / (2 * *width * *width));
}

static double log_wave(const double *x, const double *v, void *data) {
    (void)data;
    return log(1 + 0.5 * cos(2 * 3.14159265358979 * x[0])) - (v[0] * v[0] + v[1] * v[1] / 0.7) / 2;
}

int main(void) {
    double screening = 2, width = 0.2;
    const gz_problem problem = {
        .grid =
            {.space_dim = 1, .velocity_dim = 2, .cells = {9}, .length = {1}, .nodes = 25, .half_width = 6},
        .kernel = {GZ_KERNEL_FUNCTION, .strength = 1, .function = screened, .data = &screening},
        .kappa = {.shape = GZ_KAPPA_FUNCTION, .function = gaussian, .data = &width},
        .order = 4};
    const gz_integrator_settings how = {.scheme = "zero_defect"};
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state = {0};
    double worst = 0;

    gz_status status = gz_context_create(0, &context);
    if (status == GZ_OK) status = gz_phase_grid_create(context, &problem.grid, &grid);
    if (status == GZ_OK) status = gz_integrator_create(context, grid, &problem, &how, &integrator);
    if (status == GZ_OK) status = gz_state_init(context, grid, &state);
    if (status == GZ_OK) status = gz_initial_from_function(context, grid, log_wave, NULL, &state);
    while (status == GZ_OK && state.step < 5) {
        gz_step_report report;
        status = gz_integrator_step(integrator, 0.1, &state, &report);
        if (status != GZ_OK) break;
        printf("t = %.1f   H = %.8f   J = %9.1e\n", state.time, report.entropy_after, report.defect);
        worst = fmax(worst, fabs(report.defect));
    }
    if (status != GZ_OK) fprintf(stderr, "%s\n", context ? gz_context_message(context) : "out of memory");

    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
    return status == GZ_OK && worst < 1e-12 ? 0 : 1;
}
