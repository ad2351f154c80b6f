/* Interaction with a heat bath, the collisions of the kinetic Fokker-Planck equation:
 *
 *   T_ab = gamma theta delta_ab,   no drift b,
 *
 * with the friction gamma and the temperature theta of the bath. K(f)(log f + phi), phi = |v|^2/(2 theta), is
 * then -h gamma div(theta grad f + v f). Every cell is by itself, and only its mass is kept. Source: Duong,
 * Peletier & Zimmer (2013).
 */
#include "interaction.h"

typedef struct bath {
    const gz_phase_grid *grid;
    double diffusion; /* gamma theta */
} bath;

static gz_status create(gz_context *context, const gz_phase_grid *grid, const gz_mobility_settings *settings,
                        const gz_lattice_kernel *kernel, void **self) {
    bath *s = NULL;
    (void)kernel;
    GZ_TRY(gz_allocate(context, 1, sizeof *s, &s));
    *self = s;
    s->grid = grid;
    s->diffusion = settings->collisions.friction * settings->collisions.temperature;
    return GZ_OK;
}

static void destroy(void *self) {
    gz_release(self);
}

static void tensor(void *self, double *g, double *const out[GZ_MAX_PAIRS]) {
    const bath *s = self;
    (void)g;
    gz_interaction_isotropic(s->grid, &s->diffusion, 0, out);
}

const gz_interaction_method gz_interaction_bath = {"bath", create, destroy, tensor, NULL};
