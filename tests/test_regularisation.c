/* Regularisation of initial data. Mollifiers: their definition summed in long double, mass, positivity deep
 * in the tail, limits. The lower bound of (3.12). Grid transfer: order, exactness, refusals. */
#include "functionals.h"
#include "grid_transfer.h"
#include "initial.h"
#include "regularisation.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(regularisation, .init = open_context, .fini = close_context);

static gz_phase_grid *make_grid(int space_dim, int velocity_dim, gz_boundary boundary, size_t nodes) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = velocity_dim,
                                             .cells = {5, 3, 2},
                                             .length = {1.5, 1, 2},
                                             .boundary = boundary,
                                             .nodes = nodes,
                                             .half_width = 5};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK, "%s", gz_context_message(context));
    return grid;
}

static double mass_of(const gz_phase_grid *grid, const double *log_f) {
    double *f = sample_exp(context, grid, log_f);
    const double mass = gz_integral(grid, f, NULL);
    gz_release(f);
    return mass;
}

static long double mollifier(long double r2, long double width) {
    return expl(-sqrtl(1 + r2 / (width * width)));
}

/* |x_i - x_j|^2; on the torus to the nearest image. */
static long double between_cells(const gz_phase_grid *grid, size_t i, size_t j) {
    long double r2 = 0;
    for (int a = 0; a < grid->space_dim; a++) {
        double r = fabs(gz_phase_grid_position(grid, i, a) - gz_phase_grid_position(grid, j, a));
        if (grid->boundary == GZ_TORUS) r = fmin(r, grid->length[a] - r);
        r2 += (long double)r * r;
    }
    return r2;
}

static long double between_nodes(const gz_phase_grid *grid, size_t p, size_t q) {
    long double r2 = 0;
    for (int a = 0; a < grid->velocity_dim; a++) {
        const double z = grid->node_velocity[a][p] - grid->node_velocity[a][q];
        r2 += (long double)z * z;
    }
    return r2;
}

/* A cold bump: away from it, the mollified density is only what the mollifier has carried there. */
static double *cold_log_density(const gz_phase_grid *grid) {
    double *log_f = sample_zero(context, grid);
    for (size_t i = 0; i < grid->size; i++) {
        const size_t cell = i / grid->node_count;
        log_f[i] = -20 * grid->node_energy[i % grid->node_count] - 30. * (double)cell;
    }
    return log_f;
}

Test(regularisation, mollifiers_are_the_sums_they_are_defined_as) {
    for (int dx = 0; dx <= 2; dx++)
        for (int box = 0; box <= 1; box++)
            for (int in_v = 0; in_v <= 1; in_v++) {
                gz_phase_grid *grid = make_grid(dx, 2, box ? GZ_BOX : GZ_TORUS, 9);
                double *log_f = cold_log_density(grid), *out = sample_zero(context, grid);
                const size_t nodes = grid->node_count, count = in_v ? nodes : grid->cell_count;
                const double width = in_v ? 0.4 : 0.1;
                memcpy(out, log_f, grid->size * sizeof *out);
                cr_assert_eq(in_v ? gz_mollify_velocity(context, grid, width, out)
                                  : gz_mollify_space(context, grid, width, out),
                             GZ_OK);
                cr_assert_float_eq(mass_of(grid, out), mass_of(grid, log_f), 1e-14 * mass_of(grid, log_f));
                for (size_t i = 0; i < grid->size; i++) {
                    const size_t own = in_v ? i % nodes : i / nodes;
                    long double sum = 0;
                    for (size_t j = 0; j < count; j++) { /* from j to own */
                        long double norm = 0;
                        for (size_t k = 0; k < count; k++)
                            norm += mollifier(in_v ? between_nodes(grid, k, j) : between_cells(grid, k, j),
                                              width) *
                                    (in_v ? grid->node_volume[k] : 1);
                        const long double weight =
                            mollifier(in_v ? between_nodes(grid, own, j) : between_cells(grid, own, j),
                                      width) *
                            (in_v ? grid->node_volume[j] : 1) / norm;
                        const size_t from = in_v ? i / nodes * nodes + j : j * nodes + i % nodes;
                        sum += weight * expl((long double)log_f[from]);
                    }
                    cr_assert_float_eq(out[i], (double)logl(sum), 1e-12 * fmax(1, fabs(out[i])),
                                       "dx %d box %d v %d: %g %g", dx, box, in_v, out[i], (double)logl(sum));
                }
                gz_release(log_f);
                gz_release(out);
                gz_phase_grid_destroy(grid);
            }
}

/* A narrow mollifier changes nothing. Zeros of f are filled, but columns along x of zeros only stay zero. */
Test(regularisation, mollifiers_have_their_limits) {
    gz_phase_grid *grid = make_grid(1, 3, GZ_TORUS, 7);
    double *log_f = sample_log_density(context, grid, 3), *out = sample_zero(context, grid);
    for (int in_v = 0; in_v <= 1; in_v++) {
        memcpy(out, log_f, grid->size * sizeof *out);
        cr_assert_eq(in_v ? gz_mollify_velocity(context, grid, 1e-3, out)
                          : gz_mollify_space(context, grid, 1e-3, out),
                     GZ_OK);
        for (size_t i = 0; i < grid->size; i++) cr_assert_float_eq(out[i], log_f[i], 1e-13 * fabs(log_f[i]));
    }
    for (size_t i = 0; i < grid->size; i++) out[i] = i == 1000 ? 0 : -INFINITY;
    cr_assert_eq(gz_mollify_space(context, grid, 0.3, out), GZ_OK);
    for (size_t i = 0; i < grid->size; i++)
        cr_assert_eq(isfinite(out[i]), i % grid->node_count == 1000 % grid->node_count);
    cr_assert_eq(gz_mollify_velocity(context, grid, 0.3, out), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) cr_assert(isfinite(out[i]));
    cr_assert_float_eq(mass_of(grid, out), grid->node_volume[1000 % grid->node_count] * grid->cell_volume,
                       1e-14);
    gz_release(log_f);
    gz_release(out);
    gz_phase_grid_destroy(grid);
}

/* (1 - theta) f + theta g, with the g of (3.11) at t = 0: g is recovered and compared with its formula. */
Test(regularisation, the_lower_bound_is_that_of_the_paper) {
    for (int box = 0; box <= 1; box++) {
        gz_phase_grid *grid = make_grid(1, 2, box ? GZ_BOX : GZ_TORUS, 17);
        double *log_f = cold_log_density(grid), *out = sample_zero(context, grid);
        const double theta = 0.03, a = 12, mass = mass_of(grid, log_f);
        memcpy(out, log_f, grid->size * sizeof *out);
        gz_bound_below(grid, theta, a, out);
        cr_assert_float_eq(mass_of(grid, out), mass, 1e-14 * mass);
        double Z = NAN, total = 0;
        for (size_t i = 0; i < grid->size; i++) {
            const double x = gz_phase_grid_position(grid, i / grid->node_count, 0) - 0.75;
            const double brackets =
                sqrt(1 + grid->node_energy[i % grid->node_count]) + (box ? sqrt(1 + x * x) : 1);
            const double g = (exp(out[i]) - (1 - theta) * exp(log_f[i])) / (theta * mass);
            if (isnan(Z)) Z = g * pow(brackets, a);
            cr_assert_float_eq(g, Z * pow(brackets, -a), 1e-10 * g + 1e-14 * exp(log_f[i]) / theta);
            total += Z * pow(brackets, -a) * grid->node_volume[i % grid->node_count] * grid->cell_volume;
        }
        cr_assert_float_eq(total, 1, 1e-10);
        gz_release(log_f);
        gz_release(out);
        gz_phase_grid_destroy(grid);
    }
}

/* --- grid transfer -------------------------------------------------------------------------------------- */

static double wavy(const double *x, const double *v, void *data) {
    (void)data;
    const double two_pi = 8 * atan(1);
    return 0.4 * cos(two_pi * x[0] / 1.5) - 0.3 * sin(two_pi * (x[1] + x[0] / 1.5)) -
           (v[0] * v[0] + 2 * v[1] * v[1]) / 2 + 0.5 * cos(v[0] + v[1]);
}

static gz_phase_grid *transfer_grid(size_t cells, size_t nodes, gz_boundary boundary) {
    const gz_phase_grid_settings settings = {.space_dim = 2,
                                             .velocity_dim = 2,
                                             .cells = {cells, cells},
                                             .length = {1.5, 1},
                                             .boundary = boundary,
                                             .nodes = nodes,
                                             .half_width = 4};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK);
    return grid;
}

static double *wavy_on(const gz_phase_grid *grid) {
    gz_state state;
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    cr_assert_eq(gz_initial_from_function(context, grid, wavy, NULL, &state), GZ_OK);
    gz_release(state.f);
    gz_release(state.field);
    return state.log_f;
}

static double transfer_error(size_t cells, size_t nodes, gz_boundary boundary) {
    gz_phase_grid *from = transfer_grid(cells, nodes, boundary), *to = transfer_grid(11, 23, boundary);
    double *old = wavy_on(from), *exact = wavy_on(to), *found = sample_zero(context, to), worst = 0;
    cr_assert_eq(gz_transfer_log(context, from, old, to, found), GZ_OK, "%s", gz_context_message(context));
    for (size_t i = 0; i < to->size; i++) worst = fmax(worst, fabs(found[i] - exact[i]));
    gz_release(old);
    gz_release(exact);
    gz_release(found);
    gz_phase_grid_destroy(from);
    gz_phase_grid_destroy(to);
    return worst;
}

Test(regularisation, transfer_has_order_twelve) {
    for (int box = 0; box <= 1; box++) {
        const gz_boundary boundary = box ? GZ_BOX : GZ_TORUS;
        const double coarse = transfer_error(16, 17, boundary), fine = transfer_error(32, 33, boundary);
        cr_log_info("transfer, box %d: %.1e %.1e, order %.2f", box, coarse, fine, log2(coarse / fine));
        cr_assert_gt(log2(coarse / fine), 10.5);
        cr_assert_lt(fine, 1e-5);
    }
    /* Nothing changes on the same grid, even of few cells, nor on every second node. */
    for (size_t cells = 1; cells <= 7; cells++) {
        gz_phase_grid *from = transfer_grid(cells, 17, GZ_TORUS), *to = transfer_grid(cells, 9, GZ_TORUS);
        double *old = wavy_on(from), *exact = wavy_on(to), *found = sample_zero(context, from);
        cr_assert_eq(gz_transfer_log(context, from, old, from, found), GZ_OK);
        for (size_t i = 0; i < from->size; i++) cr_assert_eq(found[i], old[i]);
        cr_assert_eq(gz_transfer_log(context, from, old, to, found), GZ_OK);
        for (size_t i = 0; i < to->size; i++) cr_assert_float_eq(found[i], exact[i], 1e-12);
        gz_release(old);
        gz_release(exact);
        gz_release(found);
        gz_phase_grid_destroy(from);
        gz_phase_grid_destroy(to);
    }
}

/* Holes of sixty decades in the tail, through which a polynomial overshoots by many. The result stays below the
 * neighbours' envelope, which changes by 3 from node to node, and is exact where no hole is within reach. */
Test(regularisation, transfer_does_not_overshoot_at_holes) {
    gz_phase_grid *from = transfer_grid(5, 33, GZ_TORUS), *to = transfer_grid(4, 27, GZ_TORUS);
    double *old = wavy_on(from), *envelope = wavy_on(to), *found = sample_zero(context, to);
    for (size_t i = 0; i < from->size; i++) {
        const size_t node = i % from->node_count;
        const bool far = fabs(from->node_velocity[0][node]) > 3.2 || fabs(from->node_velocity[1][node]) > 3.2;
        if (far && (node * 7919 + i / from->node_count) % 3 == 0) old[i] -= 140;
    }
    cr_assert_eq(gz_transfer_log(context, from, old, to, found), GZ_OK);
    for (size_t i = 0; i < to->size; i++) {
        const size_t node = i % to->node_count;
        const double v = fmax(fabs(to->node_velocity[0][node]), fabs(to->node_velocity[1][node]));
        cr_assert_lt(found[i], envelope[i] + 4, "v = (%g, %g): %g above %g", to->node_velocity[0][node],
                     to->node_velocity[1][node], found[i], envelope[i]);
        if (v < 1.5) cr_assert_float_eq(found[i], envelope[i], 1e-9);
    }
    gz_release(old);
    gz_release(envelope);
    gz_release(found);
    gz_phase_grid_destroy(from);
    gz_phase_grid_destroy(to);
}
