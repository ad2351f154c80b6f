/* The semi-discrete equation. Both space forms conserve, and agree to the order of the stencil. The flux form
 * is its pair sum. The linearisation and the stability limit are right. */
#include "bkw.h"
#include "functionals.h"
#include "sample.h"
#include "semi_discrete.h"
#include "stability.h"

#include <criterion/criterion.h>
#include <lapacke.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(semi_discrete, .init = open_context, .fini = close_context);

static const gz_kappa KAPPAS[] = {
    {.shape = GZ_KAPPA_UNIFORM}, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4}, {.shape = GZ_KAPPA_DIRAC}};
static const gz_kernel KERNELS[] = {{GZ_KERNEL_POWER, .gamma = -3, .strength = 1},
                                    {GZ_KERNEL_POWER, .gamma = 0, .strength = 2},
                                    {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},
                                    {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
/* {space_dim, velocity_dim, cells, nodes} */
static const size_t SHAPES[][4] = {{0, 2, 1, 13}, {1, 2, 4, 10}, {2, 2, 3, 9}, {0, 3, 1, 9},
                                   {1, 3, 3, 9},  {2, 3, 2, 7},  {3, 3, 2, 7}};

enum {
    KAPPA_COUNT = sizeof KAPPAS / sizeof *KAPPAS,
    KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS,
    SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES
};

/* A mobility and both forms of the equation on it. */
typedef struct equations {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_semi_discrete *form[2];
} equations;

static equations make(size_t space_dim, size_t velocity_dim, size_t cells, size_t nodes, double half_width,
                      const gz_mobility_settings *settings) {
    equations e = {.grid = sample_grid(context, (int)space_dim, (int)velocity_dim, cells, nodes, half_width)};
    cr_assert_eq(gz_mobility_create(context, e.grid, settings, &e.mobility), GZ_OK);
    for (int form = 0; form < 2; form++)
        cr_assert_eq(gz_semi_discrete_create(context, e.mobility, (gz_space_form)form, &e.form[form]), GZ_OK);
    return e;
}

static void clear(equations *e) {
    for (int form = 0; form < 2; form++) gz_semi_discrete_destroy(e->form[form]);
    gz_mobility_destroy(e->mobility);
    gz_phase_grid_destroy(e->grid);
}

/* The largest relative change of mass in a cell, and of total momentum and energy. */
static double violation(const gz_phase_grid *grid, const double *rate) {
    double worst = 0;
    gz_moments net, gross;
    double *size = sample_zero(context, grid);
    for (size_t i = 0; i < grid->size; i++) size[i] = fabs(rate[i]);
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        double sum = 0, total = 0;
        for (size_t node = 0; node < grid->node_count; node++) {
            sum += grid->node_volume[node] * rate[cell * grid->node_count + node];
            total += grid->node_volume[node] * size[cell * grid->node_count + node];
        }
        worst = fmax(worst, fabs(sum) / total);
    }
    gz_moments_of(grid, rate, &net);
    gz_moments_of(grid, size, &gross);
    for (int a = 0; a < grid->velocity_dim; a++)
        worst = fmax(worst, fabs(net.momentum[a]) / (gross.mass * grid->half_width));
    gz_release(size);
    return fmax(worst, fabs(net.energy) / gross.energy);
}

Test(semi_discrete, both_forms_conserve_and_the_flux_form_does_for_every_sign) {
    double worst = 0;
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t k = 0; k < KAPPA_COUNT; k++)
            for (size_t i = 0; i < KERNEL_COUNT; i++) {
                const gz_mobility_settings settings = {
                    .kernel = KERNELS[i], .kappa = KAPPAS[k], .order = 4 + 2 * (int)(i % 2)};
                equations e = make(SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], SHAPES[s][3], 4, &settings);
                double *log_f = sample_log_density(context, e.grid, 5 * s + i),
                       *f = sample_exp(context, e.grid, log_f);
                double *noise = sample_noise(context, e.grid, k), *rate = sample_zero(context, e.grid);
                for (int form = 0; form < 2; form++) {
                    cr_assert_eq(gz_semi_discrete_rate(e.form[form], f, rate), GZ_OK);
                    worst = fmax(worst, violation(e.grid, rate));
                }
                cr_assert_eq(gz_semi_discrete_rate(e.form[GZ_FLUX_FORM], noise, rate), GZ_OK);
                worst = fmax(worst, violation(e.grid, rate));
                cr_assert_neq(gz_semi_discrete_rate(e.form[GZ_LOG_FORM], noise, rate), GZ_OK);
                cr_assert_not_null(strstr(gz_context_message(context), "lost positivity"));
                double *all[] = {log_f, f, noise, rate};
                for (size_t j = 0; j < 4; j++) gz_release(all[j]);
                clear(&e);
            }
    cr_log_info("largest relative violation %.1e", worst);
    cr_assert_lt(worst, 1e-13); /* sums of 1e2 to 1e3 terms in no particular order */
}

/* c of the sawtooth control at a node: half the smallest diffusion on its window. */
static double sawtooth_weight(const gz_derivative *g, int a, size_t node, const double *diffusion) {
    if (!gz_derivative_has_window(g, a, node)) return 0;
    double least = INFINITY;
    for (size_t j = 0; j <= g->saw_degree; j++) least = fmin(least, diffusion[node + j * g->grid->stride[a]]);
    return fmax(0, least) / 2;
}

/* Q(f) from pairs of phase-space points and explicit stencil rows. */
static void flux_form_by_pairs(const equations *e, const gz_mobility_settings *settings, const double *f,
                               double *rate) {
    const gz_phase_grid *grid = e->grid;
    const gz_derivative *g = gz_mobility_derivative(e->mobility);
    const int d = grid->velocity_dim;
    const size_t nodes = grid->node_count;
    double *gradient[GZ_MAX_DIM], *flux[GZ_MAX_DIM], *diffusion[GZ_MAX_DIM];
    double *sawtooth = sample_zero(context, grid), *kappa = NULL;
    size_t extent[GZ_MAX_DIM];
    cr_assert_eq(gz_allocate(context, gz_kappa_extent(grid, extent), sizeof *kappa, &kappa), GZ_OK);
    gz_kappa_values(&settings->kappa, grid, kappa);
    for (int a = 0; a < d; a++) {
        gradient[a] = sample_zero(context, grid);
        flux[a] = sample_zero(context, grid);
        diffusion[a] = sample_zero(context, grid);
        for (size_t p = 0; p < grid->size; p++) {
            const gz_stencil_row row = gz_derivative_row(g, a, NULL, p % nodes);
            gradient[a][p] = gz_stencil_row_times(&row, f + p);
        }
    }
    for (size_t p = 0; p < grid->size; p++)
        for (size_t q = 0; q < grid->size; q++) {
            double z[GZ_MAX_DIM], tensor[GZ_MAX_PAIRS];
            for (int a = 0; a < d; a++)
                z[a] = grid->node_velocity[a][p % nodes] - grid->node_velocity[a][q % nodes];
            gz_lattice_kernel_tensor(gz_mobility_lattice(e->mobility), z, tensor);
            const double weight = grid->node_volume[p % nodes] * grid->node_volume[q % nodes] *
                                  grid->cell_volume * gz_kappa_between(kappa, grid, p / nodes, q / nodes);
            for (int a = 0; a < d; a++) {
                diffusion[a][p] += weight * tensor[gz_pair_index(d, a, a)] * f[q];
                for (int b = 0; b < d; b++)
                    flux[a][p] += weight * tensor[gz_pair_index(d, a, b)] *
                                  (f[q] * gradient[b][p] - f[p] * gradient[b][q]);
            }
        }
    memset(rate, 0, grid->size * sizeof *rate);
    for (size_t cell = 0; cell < grid->cell_count; cell++)
        for (int a = 0; a < d; a++) {
            gz_derivative_adjoint(g, a, NULL, flux[a] + cell * nodes, rate + cell * nodes);
            gz_derivative_sawtooth(g, a, f + cell * nodes, sawtooth);
            for (size_t node = 0; node < nodes; node++)
                sawtooth[node] *= sawtooth_weight(g, a, node, diffusion[a] + cell * nodes);
            gz_derivative_sawtooth_adjoint(g, a, sawtooth, rate + cell * nodes);
        }
    for (size_t p = 0; p < grid->size; p++) rate[p] /= -grid->node_volume[p % nodes];
    for (int a = 0; a < d; a++) {
        gz_release(gradient[a]);
        gz_release(flux[a]);
        gz_release(diffusion[a]);
    }
    gz_release(sawtooth);
    gz_release(kappa);
}

Test(semi_discrete, flux_form_is_its_pair_sum) {
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
        if (s == 2 || s >= 4) continue; /* too many pairs */
        for (size_t i = 0; i < KERNEL_COUNT; i++)
            for (size_t m = 0; m < 2; m++) {
                const gz_mobility_settings settings = {.kernel = KERNELS[i],
                                                       .kappa = KAPPAS[(s + i) % KAPPA_COUNT],
                                                       .order = 6,
                                                       .method = m == 0 ? "fft" : "pairs"};
                equations e = make(SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], SHAPES[s][3], 4, &settings);
                double *log_f = sample_log_density(context, e.grid, s + i),
                       *f = sample_exp(context, e.grid, log_f);
                double *rate = sample_zero(context, e.grid), *reference = sample_zero(context, e.grid);
                cr_assert_eq(gz_semi_discrete_rate(e.form[GZ_FLUX_FORM], f, rate), GZ_OK);
                flux_form_by_pairs(&e, &settings, f, reference);
                cr_assert_lt(gz_relative_l2(e.grid, rate, reference), 1e-12);
                double *all[] = {log_f, f, rate, reference};
                for (size_t j = 0; j < 4; j++) gz_release(all[j]);
                clear(&e);
            }
    }
}

/* The relative L2 difference of the two forms on BKW at t = 1/2, L = 7 (cuts 1e-9), without the switch. */
static double difference_of_forms(int order, size_t nodes) {
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
                                           .kappa = {.shape = GZ_KAPPA_UNIFORM},
                                           .order = order,
                                           .always_wide = true};
    equations e = make(0, 2, 1, nodes, 7, &settings);
    double *log_f = sample_zero(context, e.grid), *rate[2];
    bkw(e.grid, 1, 0.5, log_f, NULL);
    double *f = sample_exp(context, e.grid, log_f);
    for (int form = 0; form < 2; form++) {
        rate[form] = sample_zero(context, e.grid);
        cr_assert_eq(gz_semi_discrete_rate(e.form[form], f, rate[form]), GZ_OK);
    }
    const double difference = gz_relative_l2(e.grid, rate[0], rate[1]);
    double *all[] = {log_f, f, rate[0], rate[1]};
    for (size_t j = 0; j < 4; j++) gz_release(all[j]);
    clear(&e);
    return difference;
}

Test(semi_discrete, forms_agree_to_the_order_of_the_stencil) {
    for (int order = 2; order <= 8; order += 2) {
        const double coarse = difference_of_forms(order, 97), fine = difference_of_forms(order, 129);
        const double observed = log(coarse / fine) / log(128. / 96);
        cr_log_info("order %d: the forms differ by %.2e at n = 97, %.2e at n = 129: %.2f", order, coarse,
                    fine, observed);
        /* The order comes from below, as with the error of each form (test_accuracy). */
        cr_assert(observed > order - 0.25 && observed < order + 0.1, "order %d: observed %.2f", order,
                  observed);
    }
}

Test(semi_discrete, log_form_never_raises_the_entropy_and_is_the_same_in_log_f) {
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
        const gz_mobility_settings settings = {
            .kernel = KERNELS[s % KERNEL_COUNT], .kappa = KAPPAS[s % KAPPA_COUNT], .order = 6};
        equations e = make(SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], SHAPES[s][3], 4, &settings);
        double *log_f = sample_log_density(context, e.grid, s), *f = sample_exp(context, e.grid, log_f);
        double *rate = sample_zero(context, e.grid), *log_rate = sample_zero(context, e.grid);
        cr_assert_eq(gz_semi_discrete_rate(e.form[GZ_LOG_FORM], f, rate), GZ_OK);
        cr_assert_eq(gz_semi_discrete_log_rate(e.form[GZ_LOG_FORM], log_f, log_rate), GZ_OK);
        cr_assert_lt(gz_integral(e.grid, rate, log_f), 0);
        for (size_t i = 0; i < e.grid->size; i++) log_rate[i] *= f[i];
        cr_assert_lt(gz_relative_l2(e.grid, log_rate, rate), 1e-13);
        double *all[] = {log_f, f, rate, log_rate};
        for (size_t j = 0; j < 4; j++) gz_release(all[j]);
        clear(&e);
    }
}

/* Find all eigenvalues of the linearised equation, from its columns. Returns the largest modulus; *rightmost
 * is the largest real part. */
static double dense_radius(gz_semi_discrete *equation, const gz_phase_grid *grid, const double *f,
                           const double *rate, double *rightmost) {
    const size_t n = grid->size;
    double *matrix = NULL, *real = sample_zero(context, grid), *imaginary = sample_zero(context, grid);
    double *v = sample_zero(context, grid), radius = 0;
    cr_assert_eq(gz_allocate(context, n * n, sizeof *matrix, &matrix), GZ_OK);
    for (size_t j = 0; j < n; j++) {
        v[j] = 1;
        cr_assert_eq(gz_semi_discrete_derivative(equation, f, rate, v, matrix + j * n), GZ_OK);
        v[j] = 0;
    }
    cr_assert_eq(LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'N', (lapack_int)n, matrix, (lapack_int)n, real,
                               imaginary, NULL, 1, NULL, 1),
                 0);
    *rightmost = -INFINITY;
    for (size_t j = 0; j < n; j++) {
        radius = fmax(radius, hypot(real[j], imaginary[j]));
        *rightmost = fmax(*rightmost, real[j]);
    }
    double *all[] = {matrix, real, imaginary, v};
    for (size_t j = 0; j < 4; j++) gz_release(all[j]);
    return radius;
}

Test(semi_discrete, power_iteration_finds_the_spectral_radius) {
    for (size_t s = 0; s < 2; s++)
        for (int form = 0; form < 2; form++) {
            const gz_mobility_settings settings = {.kernel = KERNELS[1 + s], .kappa = KAPPAS[1], .order = 4};
            equations e = make(SHAPES[s][0], SHAPES[s][1], SHAPES[s][2], SHAPES[s][3], 4, &settings);
            double *log_f = sample_log_density(context, e.grid, s), *f = sample_exp(context, e.grid, log_f);
            double *rate = sample_zero(context, e.grid), radius = 0, rightmost;
            cr_assert_eq(gz_semi_discrete_rate(e.form[form], f, rate), GZ_OK);
            gz_power_iteration *power = NULL;
            cr_assert_eq(gz_power_iteration_create(context, e.grid, e.form[form], &power), GZ_OK);
            cr_assert_eq(gz_power_iteration_run(power, f, rate, 1e-6, 2000, &radius), GZ_OK);
            const double dense = dense_radius(e.form[form], e.grid, f, rate, &rightmost);
            cr_log_info("shape %zu, form %d: radius %.4f, dense %.4f, largest real part %.2e", s, form,
                        radius, dense, rightmost);
            cr_assert_float_eq(radius, dense, 1e-3 * dense);
            gz_power_iteration_destroy(power);
            double *all[] = {log_f, f, rate};
            for (size_t j = 0; j < 3; j++) gz_release(all[j]);
            clear(&e);
        }
}
