/* Interaction: the tables of the family. The first member for the Landau equation is the default. */
#include "interaction.h"

#include <string.h>

static const gz_interaction_method *const METHODS[] = {&gz_interaction_fft, &gz_interaction_pairs,
                                                       &gz_interaction_moments};

enum { METHOD_COUNT = sizeof METHODS / sizeof *METHODS };

static const gz_interaction_method *const RIVALS[] = {[GZ_FOKKER_PLANCK] = &gz_interaction_bath,
                                                      [GZ_DOUGHERTY] = &gz_interaction_dougherty,
                                                      [GZ_NO_COLLISIONS] = &gz_interaction_none};

const gz_interaction_method *gz_interaction_find(const gz_mobility_settings *settings) {
    const char *name = settings->method;
    if (settings->collisions.kind != GZ_LANDAU) return RIVALS[settings->collisions.kind];
    if (!name) return METHODS[0];
    for (size_t i = 0; i < METHOD_COUNT; i++)
        if (strcmp(METHODS[i]->name, name) == 0) return METHODS[i];
    return NULL;
}

const char *gz_interaction_name(size_t index) {
    return index < METHOD_COUNT ? METHODS[index]->name : NULL;
}

void gz_interaction_isotropic(const gz_phase_grid *grid, const double *diffusion, size_t stride,
                              double *const tensor[GZ_MAX_PAIRS]) {
    const int d = grid->velocity_dim;
#pragma omp parallel for num_threads(grid->threads)
    for (size_t cell = 0; cell < grid->cell_count; cell++)
        for (int a = 0; a < d; a++)
            for (int b = a; b < d; b++) {
                double *T = tensor[gz_pair_index(d, a, b)] + cell * grid->node_count;
                for (size_t node = 0; node < grid->node_count; node++)
                    T[node] = a == b ? diffusion[cell * stride] : 0;
            }
}

/* No collisions: K = 0. */
static gz_status create_nothing(gz_context *context, const gz_phase_grid *grid,
                                const gz_mobility_settings *settings, const gz_lattice_kernel *kernel,
                                void **self) {
    (void)context, (void)settings, (void)kernel;
    *self = (void *)grid;
    return GZ_OK;
}

static void destroy_nothing(void *self) {
    (void)self;
}

static void no_tensor(void *self, double *g, double *const out[GZ_MAX_PAIRS]) {
    static const double NOTHING = 0;
    (void)g;
    gz_interaction_isotropic(self, &NOTHING, 0, out);
}

const gz_interaction_method gz_interaction_none = {"none", create_nothing, destroy_nothing, no_tensor, NULL};
