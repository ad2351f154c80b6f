/* A random density for the tests. It is a datum of the program, and with that come integrators and HDF5, of which the tests of
 * grids and operators (sample.c) need nothing. */
#include "initial.h"
#include "sample.h"

#include <criterion/criterion.h>

double *sample_log_density(gz_context *context, const gz_phase_grid *grid, size_t seed) {
    const gz_component random = {.shape = GZ_RANDOM,
                                 .seed = (int)seed,
                                 .density =
                                     0.6 + sample_uniform(2 * seed, 4) + sample_uniform(2 * seed + 1, 4)};
    gz_state state;
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    cr_assert_eq(gz_initial_state(context, grid, &(gz_kernel){0}, 1, &random, &state), GZ_OK, "%s",
                 gz_context_message(context));
    gz_release(state.f);
    gz_release(state.field);
    return state.log_f;
}
