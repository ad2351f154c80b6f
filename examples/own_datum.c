/* Your own initial density: a ring in velocity space, given as log f, relaxes to a Maxwellian.
 *
 *   cc -std=c11 own_datum.c -o own_datum $(pkg-config --cflags --libs grazing) -lm
 */
#include <grazing/grazing.h>

#include <math.h>
#include <stdio.h>

typedef struct ring {
    double radius, width;
} ring;

/* log f at v. Several threads call it at once, so it must not write to anything shared. */
static double log_ring(const double *x, const double *v, void *data) {
    const ring *r = data;
    const double distance = (hypot(v[0], v[1]) - r->radius) / r->width;
    (void)x; /* the density does not depend on x */
    return -distance * distance / 2;
}

int main(void) {
    const gz_problem problem = {.grid = {.velocity_dim = 2, .nodes = 33, .half_width = 6},
                                .kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                                .kappa = {.shape = GZ_KAPPA_UNIFORM},
                                .order = 4};
    const gz_integrator_settings how = {.scheme = "zero_defect"};
    ring shape = {.radius = 1.5, .width = 0.6};
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state = {0};
    double worst = 0;

    gz_status status = gz_context_create(0, &context);
    if (status == GZ_OK) status = gz_phase_grid_create(context, &problem.grid, &grid);
    if (status == GZ_OK) status = gz_integrator_create(context, grid, &problem, &how, &integrator);
    if (status == GZ_OK) status = gz_state_init(context, grid, &state);
    if (status == GZ_OK) status = gz_initial_from_function(context, grid, log_ring, &shape, &state);
    while (status == GZ_OK && state.step < 10) {
        gz_step_report report;
        status = gz_integrator_step(integrator, 0.1, &state, &report);
        if (status != GZ_OK) break;
        printf("t = %.1f   H = %.8f   J = %9.1e   f >= 0: %s\n", state.time, report.entropy_after,
               report.defect, report.negative == 0 ? "yes" : "no");
        worst = fmax(worst, fabs(report.defect));
    }
    if (status != GZ_OK) fprintf(stderr, "%s\n", context ? gz_context_message(context) : "out of memory");

    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
    return status == GZ_OK && worst < 1e-12 ? 0 : 1;
}
