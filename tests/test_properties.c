/* Properties of every step of zero_defect, zero_defect4, certified explicit methods and jko (certificate.h), over random smooth problems with random
 * kernel, kappa, grid, order, dt and transport. */
#include "certificate.h"
#include "sample.h"
#include "tableau.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(properties, .init = open_context, .fini = close_context);

static gz_problem random_problem(size_t seed, double *dt) {
    gz_problem p = {.order = 2 + 2 * (int)(4 * sample_uniform(seed, 100)),
                    .collisions_only = sample_uniform(seed, 101) >= 0.5};
    const bool three = sample_uniform(seed, 102) < 0.15;
    const double place = sample_uniform(seed, 103);
    const int space_dim = place < 0.3 ? 0 : place < 0.8 ? 1 : place < 0.9 || !three ? 2 : 3;
    const size_t cells = space_dim > 1 ? 2
                         : three       ? 1
                                       : 1 + (size_t)(4 * sample_uniform(seed, 104)),
                 nodes = !three          ? 11 + (size_t)(7 * sample_uniform(seed, 106))
                         : space_dim > 1 ? 6
                                         : 9;
    const double length = 0.5 + 2 * sample_uniform(seed, 105);
    p.grid = (gz_phase_grid_settings){.velocity_dim = three ? 3 : 2,
                                      .space_dim = space_dim,
                                      .cells = {cells, cells, cells},
                                      .length = {length, length, length},
                                      .nodes = nodes,
                                      .half_width = 4 + 2 * sample_uniform(seed, 107)};
    if ((size_t)p.order >= nodes) p.order = 4;
    const bool bounded = sample_uniform(seed, 108) < 0.2;
    p.kernel.shape = bounded ? GZ_KERNEL_BOUNDED : GZ_KERNEL_POWER;
    p.kernel.gamma = -3 + (bounded ? 6 : 4) * sample_uniform(seed, 109);
    p.kernel.strength = 0.2 + sample_uniform(seed, 110);
    p.kappa.shape = (gz_kappa_shape)(int)(4 * sample_uniform(seed, 111));
    p.kappa.k2 = 8 * sample_uniform(seed, 112);
    p.kappa.sigma = 0.01 + sample_uniform(seed, 113);
    *dt = pow(10, -2 + 2.3 * sample_uniform(seed, 114));
    return p;
}

/* Take one step of a problem from a random density. Returns false if it reports that it did not converge. */
static bool check_step(const char *scheme, const gz_problem *problem, double dt, size_t seed) {
    gz_phase_grid *grid = NULL;
    char label[40];
    snprintf(label, sizeof label, "seed %zu", seed);
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &grid), GZ_OK);
    double *log_f = sample_log_density(context, grid, seed);
    const bool converged = certify_step(context, scheme, problem, dt, log_f, label);
    gz_release(log_f);
    gz_phase_grid_destroy(grid);
    return converged;
}

enum { PROBLEMS = 240 };

/* Steps of `count` problems; at least `share` of them must not be refused. */
static void check_steps(const char *scheme, size_t first_seed, int count, double share) {
    int converged = 0;
    for (size_t seed = first_seed; seed < first_seed + (size_t)count; seed++) {
        double dt;
        const gz_problem problem = random_problem(seed, &dt);
        const bool explicit_one = gz_tableau_find(scheme) != NULL;
        converged += check_step(scheme, &problem, explicit_one ? 1e-3 * dt : dt, seed);
    }
    cr_log_info("%s: %d of %d converged", scheme, converged, count);
    cr_assert_geq(converged, share * count);
}

Test(properties, zero_defect_steps) {
    check_steps("zero_defect", 1, PROBLEMS, 0.99);
}

/* Giant steps are refused, and split. */
Test(properties, zero_defect4_steps) {
    check_steps("zero_defect4", 1, PROBLEMS, 0.99);
}

/* Explicit methods with J = 0: a step is refused where f would turn negative, and nothing else is lost with it. */
Test(properties, certified_explicit_steps) {
    for (int m = 0; gz_tableau_name(m); m++)
        check_steps(gz_tableau_name(m), 2001 + (size_t)m * PROBLEMS / 8, PROBLEMS / 8, 0.8);
}

Test(properties, jko_steps) {
    check_steps("jko", 1001, PROBLEMS / 2, 0.99);
}

/* One step over a whole relaxation time on a coarse grid: n = 25, L = 6, 1D2V. */
Test(properties, one_step_over_a_relaxation_time) {
    const gz_problem problem = {
        .grid =
            {.space_dim = 1, .velocity_dim = 2, .cells = {4}, .length = {1}, .nodes = 25, .half_width = 6},
        .kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
        .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
        .order = 6};
    cr_assert(check_step("zero_defect", &problem, 1, 7));
}
