/* The smallest user of an installed libgrazing: a phase grid whose node volumes fill the velocity box. */
#include <grazing/grazing.h>

#include <math.h>
#include <stdio.h>

int main(void) {
    const gz_phase_grid_settings settings = {.velocity_dim = 2, .nodes = 17, .half_width = 5};
    gz_context *context = NULL;
    gz_phase_grid *grid = NULL;
    if (gz_context_create(1, &context) != GZ_OK) return 1;
    if (gz_phase_grid_create(context, &settings, &grid) != GZ_OK) {
        fprintf(stderr, "%s\n", gz_context_message(context));
        return 1;
    }
    double volume = 0;
    for (size_t p = 0; p < grid->node_count; p++) volume += grid->node_volume[p];
    printf("grazing %s: volume of the velocity box %.15g\n", GZ_VERSION, volume);
    const int fine = fabs(volume - 100) < 1e-11;
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
    return fine ? 0 : 1;
}
