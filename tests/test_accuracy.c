/* Accuracy of the collision operator -K(f) log f / h on the exact BKW solution, with d = 2, t = 0.5, L = 6
 * and without the steepness switch. */
#include "bkw.h"
#include "functionals.h"
#include "mobility.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(accuracy, .init = open_context, .fini = close_context);

/* The relative L2 error of the collision operator. */
static double operator_error(int order, size_t nodes, const char *method) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, nodes, 6);
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
                                           .kappa = {.shape = GZ_KAPPA_UNIFORM},
                                           .order = order,
                                           .always_wide = true,
                                           .method = method};
    gz_mobility *mobility = NULL;
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK);
    double *log_f = sample_zero(context, grid), *rate = sample_zero(context, grid),
           *Kw = sample_zero(context, grid);
    bkw(grid, 1, 0.5, log_f, rate);
    double *f = sample_exp(context, grid, log_f);
    gz_mobility_set_density(mobility, f);
    gz_mobility_apply(mobility, log_f, Kw);
    for (size_t i = 0; i < grid->size; i++) Kw[i] /= -grid->node_volume[i];
    const double error = gz_relative_l2(grid, Kw, rate);
    double *all[] = {log_f, rate, Kw, f};
    for (size_t j = 0; j < 4; j++) gz_release(all[j]);
    gz_mobility_destroy(mobility);
    gz_phase_grid_destroy(grid);
    return error;
}

Test(accuracy, order_8_reaches_the_known_errors) {
    const double coarse = operator_error(8, 33, "fft"), fine = operator_error(8, 49, "fft");
    cr_log_info("order 8: %.2e at n = 33, %.2e at n = 49", coarse, fine);
    cr_assert_leq(coarse, 3e-3);
    cr_assert_leq(fine, 2e-4);
}

Test(accuracy, observed_orders_approach_those_of_the_stencils) {
    for (int order = 2; order <= 8; order += 2) {
        const double coarse = operator_error(order, 65, "fft"), fine = operator_error(order, 97, "fft");
        const double observed = log(coarse / fine) / log(96. / 64);
        cr_log_info("order %d: %.2e at n = 65, %.2e at n = 97: %.2f", order, coarse, fine, observed);
        cr_assert_geq(observed, order - 0.8, "order %d: observed %.2f", order, observed);
    }
}
