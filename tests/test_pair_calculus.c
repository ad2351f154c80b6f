/* Pair calculus: the formulas of grad~ pair by pair, div~ as its adjoint, and agreement with the mobility. */
#include "pair_calculus.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <float.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(pair_calculus, .init = open_context, .fini = close_context);
TestSuite(pair_calculus_covered, .init = open_context, .fini = close_context);

static const gz_kappa KAPPAS[] = {{.shape = GZ_KAPPA_UNIFORM},
                                  {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                  {.shape = GZ_KAPPA_SIGMA, .sigma = 0.1},
                                  {.shape = GZ_KAPPA_DIRAC}};
static const gz_kernel KERNELS[] = {
    {GZ_KERNEL_POWER, .gamma = -3, .strength = 1},  {GZ_KERNEL_POWER, .gamma = -2, .strength = 0.7},
    {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},  {GZ_KERNEL_POWER, .gamma = 0, .strength = 2},
    {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},   {GZ_KERNEL_BOUNDED, .gamma = 3, .strength = 1},
    {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
/* {space_dim, velocity_dim, cells an axis, nodes, run one case in so many, since these have more pairs} */
static const size_t SHAPES[][5] = {{0, 2, 1, 11, 1}, {1, 2, 3, 7, 1}, {2, 2, 2, 7, 1}, {0, 3, 1, 9, 3},
                                   {1, 3, 2, 5, 1},  {2, 3, 2, 5, 3}, {3, 3, 2, 5, 7}};

enum {
    KAPPA_COUNT = sizeof KAPPAS / sizeof *KAPPAS,
    KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS,
    SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES
};

/* A mobility with the switch on, on a random smooth density. */
typedef struct problem {
    gz_phase_grid *grid;
    double *log_m, *m;
    gz_mobility *mobility;
    gz_grazing_rate rate;
} problem;

static problem open_problem(size_t shape, size_t kappa, size_t kernel, int order) {
    const size_t *s = SHAPES[shape];
    problem made = {.grid = sample_grid(context, (int)s[0], (int)s[1], s[2], s[3], 4)};
    const gz_mobility_settings settings = {.kernel = KERNELS[kernel], .kappa = KAPPAS[kappa], .order = order};
    made.log_m = sample_log_density(context, made.grid, 31 * shape + kernel);
    made.m = sample_exp(context, made.grid, made.log_m);
    cr_assert_eq(gz_mobility_create(context, made.grid, &settings, &made.mobility), GZ_OK);
    gz_mobility_set_steepness(made.mobility, made.log_m);
    gz_mobility_set_density(made.mobility, made.m);
    cr_assert_eq(gz_grazing_rate_init(context, made.grid, &made.rate), GZ_OK);
    return made;
}

static void close_problem(problem *p) {
    gz_grazing_rate_free(&p->rate);
    gz_mobility_destroy(p->mobility);
    gz_release(p->log_m);
    gz_release(p->m);
    gz_phase_grid_destroy(p->grid);
}

/* A stencil needs more nodes than its order. */
static int order_that_fits(size_t shape, int order) {
    const int most = (int)SHAPES[shape][3] - 1;
    return order < most ? order : most - most % 2;
}

/* Every kappa with every kernel on every grid, with all orders on the first and one on the others. */
typedef void check(size_t shape, size_t kappa, size_t kernel, int order);
static void for_all(check *run) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t k = 0; k < KAPPA_COUNT; k++)
            for (size_t i = 0; i < KERNEL_COUNT; i++)
                for (size_t j = 0; j < 4; j++) {
                    if (SHAPES[s][0] == 0 && k > 0) continue; /* one cell: every kappa is the same */
                    if (s > 0 && j != (i + k) % 4) continue;
                    if ((s + i + 2 * k) % SHAPES[s][4] > 0) continue;
                    run(s, k, i, order_that_fits(s, 2 + 2 * (int)j));
                }
}

static double inner(const gz_phase_grid *grid, const double *a, const double *b) {
    long double sum = 0;
    for (size_t p = 0; p < grid->size; p++) sum += (long double)a[p] * b[p];
    return (double)(sum * grid->cell_volume);
}

/* Component a of Gg at a point, from the row of the stencil. */
static double gradient_at(const problem *p, const double *g, size_t point, int a) {
    const size_t nodes = p->grid->node_count, node = point % nodes, shift = point - node;
    const gz_stencil_row row = gz_derivative_row(gz_mobility_derivative(p->mobility), a,
                                                 gz_mobility_theta(p->mobility, a) + shift, node);
    return gz_stencil_row_times(&row, g + point);
}

/* grad~ on random pairs against its formula. At equal velocities, sqrt(A) is that of the near field. */
static void gradient_follows_its_formula(size_t shape, size_t kappa, size_t kernel, int order) {
    problem p = open_problem(shape, kappa, kernel, order);
    const int d = p.grid->velocity_dim;
    const size_t nodes = p.grid->node_count, size = p.grid->size;
    double *g = sample_noise(context, p.grid, 5);
    cr_assert_eq(gz_pair_gradient(context, p.mobility, g, &p.rate), GZ_OK);
    for (size_t k = 0; k < 60; k++) {
        const size_t i = (size_t)(sample_uniform(k, 1) * (double)size);
        size_t j = (size_t)(sample_uniform(k, 2) * (double)size);
        if (k % 4 == 0) j = j - j % nodes + i % nodes; /* equal velocities */
        double z[GZ_MAX_DIM], e[GZ_MAX_DIM], tensor[GZ_MAX_PAIRS], z2 = 0, along = 0, trace = 0;
        for (int a = 0; a < d; a++) {
            z[a] = p.grid->node_velocity[a][i % nodes] - p.grid->node_velocity[a][j % nodes];
            e[a] = gradient_at(&p, g, i, a) - gradient_at(&p, g, j, a);
            z2 += z[a] * z[a];
            along += z[a] * e[a];
        }
        gz_lattice_kernel_tensor(gz_mobility_lattice(p.mobility), z, tensor);
        for (int a = 0; a < d; a++) trace += tensor[gz_pair_index(d, a, a)];
        const double root = sqrt(trace / (z2 > 0 ? d - 1 : d)); /* of A; at z = 0 of the multiple of Id */
        for (int a = 0; a < d; a++) {
            const double expected = root * (e[a] - (z2 > 0 ? along * z[a] / z2 : 0));
            cr_assert_float_eq(p.rate.U[(i * size + j) * (size_t)d + (size_t)a], expected, 1e-12 * root);
        }
    }
    gz_release(g);
    close_problem(&p);
}

Test(pair_calculus_covered, gradient_follows_its_formula) {
    for_all(gradient_follows_its_formula);
}

/* K w = 1/2 div~ of the optimal rate, and D = <w, K w> = Act(optimal rate), to the relative 1e-12 of the
 * convolutions. */
static void mobility_is_the_pair_sum(size_t shape, size_t kappa, size_t kernel, int order) {
    problem p = open_problem(shape, kappa, kernel, order);
    double *w = sample_noise(context, p.grid, kernel), *Kw = sample_zero(context, p.grid),
           *half = sample_zero(context, p.grid);
    gz_mobility_apply(p.mobility, w, Kw);
    cr_assert_eq(gz_pair_optimal_rate(context, p.mobility, w, &p.rate), GZ_OK);
    cr_assert_eq(gz_pair_half_divergence(context, p.mobility, &p.rate, half), GZ_OK);
    double D = 0, action = 0, worst = 0, scale = 0;
    cr_assert_eq(gz_pair_dissipation(context, p.mobility, w, &D), GZ_OK);
    cr_assert_eq(gz_pair_action(context, p.mobility, &p.rate, &action), GZ_OK);
    for (size_t i = 0; i < p.grid->size; i++) {
        worst = fmax(worst, fabs(half[i] - Kw[i]));
        scale = fmax(scale, fabs(Kw[i]));
    }
    cr_assert_lt(worst, 1e-12 * scale, "shape %zu kappa %zu kernel %zu order %d: %g", shape, kappa, kernel,
                 order, worst / scale);
    cr_assert_float_eq(inner(p.grid, w, Kw), D, 1e-12 * D);
    cr_assert_float_eq(inner(p.grid, w, half), D, 4e-14 * D);
    cr_assert_float_eq(action, D, 1e-14 * D);
    double *all[] = {w, Kw, half};
    for (size_t j = 0; j < 3; j++) gz_release(all[j]);
    close_problem(&p);
}

Test(pair_calculus_covered, mobility_is_the_pair_sum) {
    for_all(mobility_is_the_pair_sum);
}

/* <g, 1/2 div~ U - S^T V> = - 1/2 sum W W* U . grad~ g - sum V . S g for a rate without any symmetry. */
static void divergence_is_minus_the_adjoint(size_t shape, size_t kappa, size_t kernel, int order) {
    problem p = open_problem(shape, kappa, kernel, order);
    const size_t size = p.grid->size, d = (size_t)p.grid->velocity_dim, nodes = p.grid->node_count;
    double *g = sample_noise(context, p.grid, 8), *half = sample_zero(context, p.grid);
    gz_grazing_rate gradient;
    cr_assert_eq(gz_grazing_rate_init(context, p.grid, &gradient), GZ_OK);
    cr_assert_eq(gz_pair_gradient(context, p.mobility, g, &gradient), GZ_OK);
    for (size_t k = 0; k < size * size * d; k++) p.rate.U[k] = 2 * sample_uniform(3, k) - 1;
    for (size_t a = 0; a < d; a++) /* V exists only on the windows, where S g is not zero */
        for (size_t k = a * size; k < (a + 1) * size; k++)
            p.rate.V[k] = gradient.V[k] != 0 ? 2 * sample_uniform(4, k) - 1 : 0;
    cr_assert_eq(gz_pair_half_divergence(context, p.mobility, &p.rate, half), GZ_OK);
    long double sum = 0, scale = 0;
    for (size_t i = 0; i < size; i++)
        for (size_t j = 0; j < size; j++) {
            const double W = 0.5 * p.grid->node_volume[i % nodes] * p.grid->node_volume[j % nodes] *
                             p.grid->cell_volume * p.grid->cell_volume;
            for (size_t a = 0; a < d; a++) {
                const double term = W * p.rate.U[(i * size + j) * d + a] * gradient.U[(i * size + j) * d + a];
                sum -= term;
                scale += fabs(term);
            }
        }
    for (size_t k = 0; k < size * d; k++) {
        sum -= p.rate.V[k] * gradient.V[k] * p.grid->cell_volume;
        scale += fabs(p.rate.V[k] * gradient.V[k]) * p.grid->cell_volume;
    }
    cr_assert_leq(fabsl(inner(p.grid, g, half) - sum), 8 * DBL_EPSILON * scale, "%Lg of %Lg",
                  inner(p.grid, g, half) - sum, scale);
    gz_release(g);
    gz_release(half);
    gz_grazing_rate_free(&gradient);
    close_problem(&p);
}

Test(pair_calculus_covered, divergence_is_minus_the_adjoint_for_any_rate) {
    for_all(divergence_is_minus_the_adjoint);
}

/* Discrete Theorem 3.15: D(w) + Act(U, V) - 2 <w, 1/2 div~ U - S^T V> = Act((U, V) - optimal rate) >= 0, for
 * rates without symmetry. */
static void defect_is_a_square(size_t shape, size_t kappa, size_t kernel, int order) {
    problem p = open_problem(shape, kappa, kernel, order);
    const size_t size = p.grid->size, d = (size_t)p.grid->velocity_dim;
    double *w = sample_noise(context, p.grid, 1), *other = sample_noise(context, p.grid, 2),
           *half = sample_zero(context, p.grid);
    gz_grazing_rate optimal;
    cr_assert_eq(gz_grazing_rate_init(context, p.grid, &optimal), GZ_OK);
    cr_assert_eq(gz_pair_optimal_rate(context, p.mobility, w, &optimal), GZ_OK);
    cr_assert_eq(gz_pair_optimal_rate(context, p.mobility, other, &p.rate), GZ_OK);
    for (size_t k = 0; k < size * size * d; k++) p.rate.U[k] *= 2 * sample_uniform(5, k);
    for (size_t k = 0; k < size * d; k++) p.rate.V[k] *= 2 * sample_uniform(6, k);
    double D, action, square;
    cr_assert_eq(gz_pair_dissipation(context, p.mobility, w, &D), GZ_OK);
    cr_assert_eq(gz_pair_action(context, p.mobility, &p.rate, &action), GZ_OK);
    cr_assert_eq(gz_pair_half_divergence(context, p.mobility, &p.rate, half), GZ_OK);
    for (size_t k = 0; k < size * size * d; k++) p.rate.U[k] -= optimal.U[k];
    for (size_t k = 0; k < size * d; k++) p.rate.V[k] -= optimal.V[k];
    cr_assert_eq(gz_pair_action(context, p.mobility, &p.rate, &square), GZ_OK);
    cr_assert_gt(square, 0);
    cr_assert_float_eq(D + action - 2 * inner(p.grid, w, half), square, 1e-13 * (D + action));
    double *all[] = {w, other, half};
    for (size_t j = 0; j < 3; j++) gz_release(all[j]);
    gz_grazing_rate_free(&optimal);
    close_problem(&p);
}

Test(pair_calculus_covered, defect_of_any_rate_is_a_square) {
    for_all(defect_is_a_square);
}

/* grad~ and S vanish for functions of x, v_i and |v|^2 on every pair, up to the boundary. */
static void invariants_are_killed(size_t shape, size_t kappa, size_t kernel, int order) {
    problem p = open_problem(shape, kappa, kernel, order);
    const size_t size = p.grid->size, d = (size_t)p.grid->velocity_dim, nodes = p.grid->node_count;
    double *g = sample_zero(context, p.grid), root = 0;
    for (double z = p.grid->spacing; z * z <= 4 * 16 * (double)d; z += p.grid->spacing)
        root = fmax(root, sqrt(gz_kernel_value(&KERNELS[kernel], z * z)));
    for (size_t invariant = 0; invariant < d + 2; invariant++) {
        for (size_t i = 0; i < size; i++)
            g[i] = invariant == 0       ? sample_uniform(1, i / nodes)
                   : invariant == d + 1 ? p.grid->node_energy[i % nodes]
                                        : p.grid->node_velocity[invariant - 1][i % nodes];
        cr_assert_eq(gz_pair_gradient(context, p.mobility, g, &p.rate), GZ_OK);
        double worst = 0, worst_sawtooth = 0;
        for (size_t k = 0; k < size * size * d; k++) worst = fmax(worst, fabs(p.rate.U[k]));
        for (size_t k = 0; k < size * d; k++) worst_sawtooth = fmax(worst_sawtooth, fabs(p.rate.V[k]));
        /* G loses a few eps of |v|^2/h <= 32 d, which the largest sqrt(A) multiplies. */
        cr_assert_lt(worst, 2e-13 * root, "invariant %zu: %g of %g", invariant, worst, root);
        cr_assert_lt(worst_sawtooth, 2e-13, "invariant %zu: %g", invariant, worst_sawtooth);
    }
    gz_release(g);
    close_problem(&p);
}

Test(pair_calculus_covered, invariants_are_killed_on_every_pair) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t i = 0; i < KERNEL_COUNT; i++)
            invariants_are_killed(s, 1, i, order_that_fits(s, 2 + 2 * (int)((s + i) % 4)));
}

Test(pair_calculus, a_rate_on_no_mobility_has_infinite_action) {
    problem p = open_problem(1, 1, 3, 4);
    const size_t size = p.grid->size;
    double *w = sample_noise(context, p.grid, 1), action;
    p.m[7] = 0;
    gz_mobility_set_density(p.mobility, p.m);
    cr_assert_eq(gz_pair_optimal_rate(context, p.mobility, w, &p.rate), GZ_OK);
    cr_assert_eq(gz_pair_action(context, p.mobility, &p.rate, &action), GZ_OK);
    cr_assert(isfinite(action));
    const size_t pair = (7 * size + 20) * 2;
    p.rate.U[pair] = 1e-200;
    cr_assert_eq(gz_pair_action(context, p.mobility, &p.rate, &action), GZ_OK);
    cr_assert_eq(action, INFINITY);
    p.rate.U[pair] = 0;
    p.rate.V[7] = 1e-200; /* the window from node 7 has weight 0, because it holds node 7 */
    cr_assert_eq(gz_pair_action(context, p.mobility, &p.rate, &action), GZ_OK);
    cr_assert_eq(action, INFINITY);
    gz_release(w);
    close_problem(&p);
    p = open_problem(1, 3, 3, 4); /* dirac: no mobility between different cells */
    p.rate.U[p.grid->node_count * 2] = 1;
    cr_assert_eq(gz_pair_action(context, p.mobility, &p.rate, &action), GZ_OK);
    cr_assert_eq(action, INFINITY);
    close_problem(&p);
}

Test(pair_calculus, threads_do_not_matter_and_failures_leave_nothing) {
    problem p = open_problem(1, 1, 0, 6);
    double *w = sample_noise(context, p.grid, 1), first = 0, D;
    for (int threads = 1; threads <= 3; threads++) {
        gz_context *with = NULL;
        cr_assert_eq(gz_context_create(threads, &with), GZ_OK);
        cr_assert_eq(gz_pair_dissipation(with, p.mobility, w, &D), GZ_OK);
        if (threads == 1) first = D;
        cr_assert_eq(D, first);
        gz_context_destroy(with);
    }
    D = -1;
    size_t failures = 0;
    for (size_t n = 1;; n++) {
        gz_context_fail_allocation(context, n);
        const gz_status status = gz_pair_dissipation(context, p.mobility, w, &D);
        gz_context_fail_allocation(context, 0);
        if (status == GZ_OK) break;
        cr_assert_eq(status, GZ_ERROR_MEMORY);
        cr_assert_eq(D, -1);
        failures++;
    }
    cr_assert_eq(failures, 10);
    problem other = open_problem(0, 0, 0, 6);
    cr_assert_eq(gz_pair_action(context, p.mobility, &other.rate, &D), GZ_ERROR_USAGE);
    cr_assert_eq(gz_pair_half_divergence(context, p.mobility, &other.rate, w), GZ_ERROR_USAGE);
    cr_assert_eq(gz_pair_gradient(context, p.mobility, w, &other.rate), GZ_ERROR_USAGE);
    close_problem(&other);
    gz_grazing_rate rate;
    for (size_t n = 1; n <= 2; n++) {
        gz_context_fail_allocation(context, n);
        cr_assert_eq(gz_grazing_rate_init(context, p.grid, &rate), GZ_ERROR_MEMORY);
        cr_assert_null(rate.U);
    }
    gz_context_fail_allocation(context, 0);
    gz_release(w);
    close_problem(&p);
    gz_grazing_rate_free(NULL);
}
