/* Interaction by fast transforms, O(N log N): first kappa along x on the bare fields (space_convolution.h),
 * then a(z) cell by cell with zero-padded velocity transforms (velocity_convolution.h). The result equals the
 * pair sums to round-off.
 */
#include "interaction.h"
#include "space_convolution.h"
#include "velocity_convolution.h"

typedef struct transforms {
    const gz_phase_grid *grid;
    gz_space_convolution *space;
    gz_velocity_convolution *velocity;
} transforms;

static void destroy(void *self) {
    transforms *t = self;
    if (!t) return;
    gz_space_convolution_destroy(t->space);
    gz_velocity_convolution_destroy(t->velocity);
    gz_release(t);
}

static gz_status create(gz_context *context, const gz_phase_grid *grid, const gz_mobility_settings *settings,
                        const gz_lattice_kernel *kernel, void **self) {
    transforms *t = NULL;
    GZ_TRY(gz_allocate(context, 1, sizeof *t, &t));
    *self = t;
    t->grid = grid;
    GZ_TRY(gz_space_convolution_create(context, grid, &settings->kappa, &t->space));
    return gz_velocity_convolution_create(context, grid, kernel, &t->velocity);
}

static void tensor(void *self, double *g, double *const out[GZ_MAX_PAIRS]) {
    transforms *t = self;
    const int d = t->grid->velocity_dim, pairs = gz_pair_count(d);
    gz_space_convolution_apply(t->space, g);
    for (int first = 0; first < pairs; first += d) { /* d outputs at a time, as many as a drift has */
        int symbol[GZ_MAX_DIM][GZ_MAX_DIM];
        double *group[GZ_MAX_DIM];
        int count = 0;
        for (; count < d && first + count < pairs; count++) {
            symbol[count][0] = first + count;
            group[count] = out[first + count];
        }
        gz_velocity_convolution_apply(t->velocity, 1, &g, count, group, symbol);
    }
}

static void drift(void *self, double *const field[GZ_MAX_DIM]) {
    transforms *t = self;
    const int d = t->grid->velocity_dim;
    int symbol[GZ_MAX_DIM][GZ_MAX_DIM];
    for (int a = 0; a < d; a++) {
        gz_space_convolution_apply(t->space, field[a]);
        for (int b = 0; b < d; b++) symbol[a][b] = gz_pair_index(d, a, b);
    }
    gz_velocity_convolution_apply(t->velocity, d, field, d, field, symbol);
}

const gz_interaction_method gz_interaction_fft = {"fft", create, destroy, tensor, drift};
