/* Species: K of a mixture against sums over explicit pairs with their masses, its null space, and pair calculus. */
#include "pair_calculus.h"
#include "sample.h"
#include "sample_mixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(species, .init = open_context, .fini = close_context);
TestSuite(species_covered, .init = open_context, .fini = close_context);

static const gz_kappa KAPPAS[] = {{.shape = GZ_KAPPA_UNIFORM},
                                  {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                  {.shape = GZ_KAPPA_SIGMA, .sigma = 0.1},
                                  {.shape = GZ_KAPPA_DIRAC}};
static const gz_kernel KERNELS[] = {{GZ_KERNEL_POWER, .gamma = -3, .strength = 1},
                                    {GZ_KERNEL_POWER, .gamma = -1, .strength = 0.7},
                                    {GZ_KERNEL_POWER, .gamma = 0, .strength = 2},
                                    {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},
                                    {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
/* {space_dim, velocity_dim, cells an axis, nodes} */
static const size_t SHAPES[][4] = {{0, 2, 1, 9}, {1, 2, 3, 7}, {2, 2, 2, 6}, {0, 3, 1, 6}, {1, 3, 2, 5}};

enum {
    KAPPA_COUNT = sizeof KAPPAS / sizeof *KAPPAS,
    KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS,
    SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES
};

typedef struct mixture {
    gz_phase_grid *grid;
    gz_mobility *K;
    double *log_m, *m, *w;
} mixture;

static mixture make(size_t shape, size_t kernel, size_t kappa, size_t index, gz_boundary boundary,
                    const char *method) {
    const size_t *s = SHAPES[shape];
    gz_phase_grid_settings settings = {.space_dim = (int)s[0],
                                       .velocity_dim = (int)s[1],
                                       .cells = {s[2], s[2], s[2]},
                                       .boundary = boundary,
                                       .nodes = s[3],
                                       .half_width = 4};
    gz_mobility_settings how = {
        .kernel = KERNELS[kernel], .kappa = KAPPAS[kappa], .order = 4, .method = method};
    mixture made = {0};
    sample_mixture(index, &settings, &how.rates);
    cr_assert_eq(gz_phase_grid_create(context, &settings, &made.grid), GZ_OK);
    cr_assert_eq(made.grid->cell_count, settings.species_count * made.grid->all_cells);
    made.log_m = sample_mixture_log_density(context, made.grid, 7 * shape + kernel);
    made.m = sample_exp(context, made.grid, made.log_m);
    made.w = sample_noise(context, made.grid, kernel);
    cr_assert_eq(gz_mobility_create(context, made.grid, &how, &made.K), GZ_OK, "%s",
                 gz_context_message(context));
    gz_mobility_set_steepness(made.K, made.log_m);
    gz_mobility_set_density(made.K, made.m);
    return made;
}

static void destroy(mixture *m) {
    gz_mobility_destroy(m->K);
    double *all[] = {m->log_m, m->m, m->w};
    for (size_t i = 0; i < 3; i++) gz_release(all[i]);
    gz_phase_grid_destroy(m->grid);
}

static double relative_difference(size_t n, const double *x, const double *y) {
    double difference = 0, scale = 0;
    for (size_t i = 0; i < n; i++) {
        difference = fmax(difference, fabs(x[i] - y[i]));
        scale = fmax(scale, fabs(y[i]));
    }
    return difference / scale;
}

/* K w from its definition: with p = (s, x, v), q = (t, x*, v*) and the mass of every point,
 *   flux_p = h_p m_p/m_s sum_q h_q dx kappa c_st m_q a(v - v*) (Gw_p/m_s - Gw_q/m_t),  K w = sum_a G_a^T flux_a + saw.
 * trace: sum_q h_q dx kappa c_st m_q tr a(v - v*)/m_s^2, the trace of T. */
static void sum_over_pairs(const mixture *x, double *Kw, double *trace) {
    const gz_phase_grid *grid = x->grid;
    const gz_mobility_settings *settings = gz_mobility_get_settings(x->K);
    const gz_derivative *G = gz_mobility_derivative(x->K);
    const size_t nodes = grid->node_count, size = grid->size, d = (size_t)grid->velocity_dim,
                 x_cells = grid->all_cells;
    double *kappa, *q[GZ_MAX_DIM], *flux[GZ_MAX_DIM];
    size_t extent[GZ_MAX_DIM];
    cr_assert_eq(gz_allocate(context, gz_kappa_extent(grid, extent), sizeof *kappa, &kappa), GZ_OK);
    gz_kappa_values(&settings->kappa, grid, kappa);
    for (size_t a = 0; a < d; a++) {
        q[a] = sample_zero(context, grid);
        flux[a] = sample_zero(context, grid);
        for (size_t c = 0; c < grid->cell_count; c++)
            gz_derivative_apply(G, (int)a, gz_mobility_theta(x->K, (int)a) + c * nodes, x->w + c * nodes,
                                q[a] + c * nodes);
    }
    for (size_t i = 0; i < size; i++) {
        trace[i] = 0;
        for (size_t j = 0; j < size; j++) {
            const size_t c = i / nodes, other = j / nodes, s = c / x_cells, t = other / x_cells;
            const double m_s = grid->species[s].mass, m_t = grid->species[t].mass;
            const double rate = settings->rates.value[s][t] *
                                gz_kappa_between(kappa, grid, c % x_cells, other % x_cells) *
                                grid->cell_volume * grid->node_volume[j % nodes] * x->m[j];
            double z[GZ_MAX_DIM], a[GZ_MAX_PAIRS];
            for (size_t k = 0; k < d; k++)
                z[k] = grid->node_velocity[k][i % nodes] - grid->node_velocity[k][j % nodes];
            gz_lattice_kernel_tensor(gz_mobility_lattice(x->K), z, a);
            for (size_t k = 0; k < d; k++) {
                trace[i] += rate * a[gz_pair_index((int)d, (int)k, (int)k)] / (m_s * m_s);
                for (size_t l = 0; l < d; l++)
                    flux[k][i] += grid->node_volume[i % nodes] * x->m[i] / m_s * rate *
                                  a[gz_pair_index((int)d, (int)k, (int)l)] * (q[l][i] / m_s - q[l][j] / m_t);
            }
        }
    }
    memset(Kw, 0, size * sizeof *Kw);
    for (size_t a = 0; a < d; a++)
        for (size_t c = 0; c < grid->cell_count; c++) {
            const double *weight = gz_mobility_sawtooth(x->K, (int)a) + c * nodes;
            double *rate = q[a] + c * nodes;
            gz_derivative_adjoint(G, (int)a, gz_mobility_theta(x->K, (int)a) + c * nodes, flux[a] + c * nodes,
                                  Kw + c * nodes);
            gz_derivative_sawtooth(G, (int)a, x->w + c * nodes, rate);
            for (size_t p = 0; p < nodes; p++) rate[p] *= weight[p];
            gz_derivative_sawtooth_adjoint(G, (int)a, rate, Kw + c * nodes);
        }
    for (size_t a = 0; a < d; a++) {
        gz_release(q[a]);
        gz_release(flux[a]);
    }
    gz_release(kappa);
}

static void compare_with_pairs(size_t shape, size_t kernel, size_t kappa, size_t index, gz_boundary boundary,
                               const char *method) {
    mixture x = make(shape, kernel, kappa, index, boundary, method);
    const gz_phase_grid *grid = x.grid;
    double *Kw = sample_zero(context, grid), *slow = sample_zero(context, grid),
           *trace = sample_zero(context, grid), *slow_trace = sample_zero(context, grid);
    gz_mobility_apply(x.K, x.w, Kw);
    sum_over_pairs(&x, slow, slow_trace);
    for (int a = 0; a < grid->velocity_dim; a++)
        for (size_t i = 0; i < grid->size; i++) trace[i] += gz_mobility_tensor(x.K, a, a)[i];
    const double difference = relative_difference(grid->size, Kw, slow);
    cr_assert_lt(difference, 1e-12, "shape %zu kernel %zu kappa %zu mixture %zu %s: %g", shape, kernel, kappa,
                 index, method, difference);
    cr_assert_lt(relative_difference(grid->size, trace, slow_trace), 1e-12);
    double *all[] = {Kw, slow, trace, slow_trace};
    for (size_t i = 0; i < 4; i++) gz_release(all[i]);
    destroy(&x);
}

/* Every member, kernel, kappa, dimension, boundary and mixture. */
Test(species_covered, K_is_the_sum_over_pairs_with_masses) {
    for (size_t shape = 0; shape < SHAPE_COUNT; shape++)
        for (size_t kernel = 0; kernel < KERNEL_COUNT; kernel++)
            for (size_t kappa = 0; kappa < (shape == 0 || shape == 3 ? 1 : KAPPA_COUNT); kappa++)
                for (size_t index = 0; index < SAMPLE_MIXTURES; index++) {
                    const size_t turn = shape + kernel + kappa + index;
                    if (index > 0 && turn % 3 > 0) continue; /* many pairs, and one case in three shows it */
                    const gz_boundary boundary = turn % 2 ? GZ_BOX : GZ_TORUS;
                    compare_with_pairs(shape, kernel, kappa, index, boundary, "fft");
                    compare_with_pairs(shape, kernel, kappa, index, boundary, "pairs");
                    if (KERNELS[kernel].shape == GZ_KERNEL_POWER && KERNELS[kernel].gamma == 0)
                        compare_with_pairs(shape, kernel, kappa, index, boundary, "moments");
                }
}

/* <w, K v> = <v, K w>, <w, K w> > 0, and K phi = 0 for functions of species and x, m_s v_i and m_s |v|^2. */
Test(species, K_is_symmetric_positive_and_kills_its_null_space) {
    for (size_t shape = 0; shape < SHAPE_COUNT; shape++)
        for (size_t kernel = 0; kernel < KERNEL_COUNT; kernel++)
            for (size_t index = 0; index < SAMPLE_MIXTURES; index++) {
                mixture x = make(shape, kernel, (shape + kernel) % KAPPA_COUNT, index, GZ_TORUS, "fft");
                const gz_phase_grid *grid = x.grid;
                const size_t nodes = grid->node_count;
                double *v = sample_noise(context, grid, 77), *Kw = sample_zero(context, grid),
                       *Kv = sample_zero(context, grid), largest = 0, wKv = 0, vKw = 0, wKw = 0, size = 0;
                gz_mobility_apply(x.K, x.w, Kw);
                gz_mobility_apply(x.K, v, Kv);
                for (size_t p = 0; p < grid->size; p++) {
                    wKv += x.w[p] * Kv[p];
                    vKw += v[p] * Kw[p];
                    wKw += x.w[p] * Kw[p];
                    size += fabs(x.w[p] * Kv[p]);
                    largest = fmax(largest, fabs(Kw[p]));
                }
                cr_assert_lt(fabs(wKv - vKw), 1e-13 * size);
                cr_assert_gt(wKw, 0);
                for (int phi = 0; phi <= grid->velocity_dim + 1; phi++) {
                    double worst = 0, scale = 0;
                    for (size_t p = 0; p < grid->size; p++) {
                        const double mass = gz_phase_grid_mass(grid, p / nodes);
                        x.w[p] = phi == 0                    ? sample_uniform(99, p / nodes)
                                 : phi <= grid->velocity_dim ? mass * grid->node_velocity[phi - 1][p % nodes]
                                                             : mass * grid->node_energy[p % nodes];
                        scale = fmax(scale, fabs(x.w[p]));
                    }
                    gz_mobility_apply(x.K, x.w, Kw);
                    for (size_t p = 0; p < grid->size; p++) worst = fmax(worst, fabs(Kw[p]));
                    cr_assert_lt(worst, 1e-12 * scale * largest,
                                 "shape %zu kernel %zu mixture %zu phi %d: %g", shape, kernel, index, phi,
                                 worst / (scale * largest));
                }
                gz_release(v);
                gz_release(Kw);
                gz_release(Kv);
                destroy(&x);
            }
}

/* The rate on explicit pairs gives K w, D and the action density of the mobility. */
Test(species, pair_calculus_agrees_with_the_mobility) {
    for (size_t shape = 0; shape < SHAPE_COUNT; shape++)
        for (size_t index = 0; index < SAMPLE_MIXTURES; index++) {
            mixture x = make(shape, (shape + 2 * index) % KERNEL_COUNT, (shape + index) % KAPPA_COUNT, index,
                             GZ_TORUS, "fft");
            const size_t size = x.grid->size;
            double *Kw = sample_zero(context, x.grid), *half = sample_zero(context, x.grid),
                   *density = sample_zero(context, x.grid), D, action;
            gz_grazing_rate rate;
            gz_mobility_apply(x.K, x.w, Kw);
            const double fast = gz_mobility_dissipation(x.K, x.w, Kw);
            cr_assert_eq(gz_grazing_rate_init(context, x.grid, &rate), GZ_OK);
            cr_assert_eq(gz_pair_optimal_rate(context, x.K, x.w, &rate), GZ_OK);
            cr_assert_eq(gz_pair_half_divergence(context, x.K, &rate, half), GZ_OK);
            cr_assert_lt(relative_difference(size, half, Kw), 1e-12);
            cr_assert_eq(gz_pair_dissipation(context, x.K, x.w, &D), GZ_OK);
            cr_assert_eq(gz_pair_action(context, x.K, &rate, &action), GZ_OK);
            cr_assert_float_eq(D, fast, 1e-12 * fast);
            cr_assert_float_eq(action, fast, 1e-12 * fast);
            cr_assert_eq(gz_pair_action_density(context, x.K, &rate, density), GZ_OK);
            gz_mobility_action_density(x.K, x.w, half);
            cr_assert_lt(relative_difference(size, half, density), 1e-12, "shape %zu mixture %zu: %g", shape,
                         index, relative_difference(size, half, density));
            gz_grazing_rate_free(&rate);
            gz_release(Kw);
            gz_release(half);
            gz_release(density);
            destroy(&x);
        }
}

/* One species of mass m and rate c has K over m^2 times c of a plain grid; of mass 1 and charge 1 it is that K. */
Test(species, one_species_is_a_plain_grid) {
    gz_phase_grid_settings settings = {.space_dim = 1, .cells = {3}, .nodes = 9, .half_width = 4};
    gz_mobility_settings how = {.kernel = KERNELS[0], .kappa = KAPPAS[1], .order = 4};
    gz_phase_grid *plain, *single;
    gz_mobility *K, *L;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &plain), GZ_OK);
    cr_assert(!plain->mixture && plain->one == plain && plain->species_count == 1);
    cr_assert_eq(plain->species[0].mass, 1);
    cr_assert_eq(gz_mobility_create(context, plain, &how, &K), GZ_OK);
    settings.species_count = 1;
    settings.species[0] = (gz_species){"deuterons", 2, 3};
    cr_assert_eq(gz_phase_grid_create(context, &settings, &single), GZ_OK);
    cr_assert(single->mixture && single->size == plain->size);
    cr_assert_eq(gz_mobility_create(context, single, &how, &L), GZ_OK);
    double *log_m = sample_log_density(context, plain, 3), *m = sample_exp(context, plain, log_m),
           *w = sample_noise(context, plain, 4), *Kw = sample_zero(context, plain),
           *Lw = sample_zero(context, plain);
    gz_mobility *both[] = {K, L};
    for (size_t i = 0; i < 2; i++) {
        gz_mobility_set_steepness(both[i], log_m);
        gz_mobility_set_density(both[i], m);
        gz_mobility_apply(both[i], w, i == 0 ? Kw : Lw);
    }
    for (size_t i = 0; i < plain->size; i++) Kw[i] *= 81 / 4.0;
    cr_assert_lt(relative_difference(plain->size, Lw, Kw), 1e-13);
    double *all[] = {log_m, m, w, Kw, Lw};
    for (size_t i = 0; i < 5; i++) gz_release(all[i]);
    gz_mobility_destroy(K);
    gz_mobility_destroy(L);
    gz_phase_grid_destroy(plain);
    gz_phase_grid_destroy(single);
}

static void refuse(gz_phase_grid_settings settings, gz_rates rates, const char *message) {
    const gz_mobility_settings how = {.kernel = KERNELS[0], .kappa = KAPPAS[0], .rates = rates};
    gz_phase_grid *grid = NULL;
    gz_mobility *K = NULL;
    gz_status status = gz_phase_grid_create(context, &settings, &grid);
    if (status == GZ_OK) status = gz_mobility_create(context, grid, &how, &K);
    cr_assert_eq(status, GZ_ERROR_SETTINGS);
    cr_assert_str_eq(gz_context_message(context), message);
    cr_assert_null(K);
    gz_phase_grid_destroy(grid);
}

Test(species, wrong_species_are_refused) {
    gz_phase_grid_settings settings = {.nodes = 9, .half_width = 4};
    gz_rates rates = {0};
    sample_mixture(0, &settings, &rates);
    gz_phase_grid_settings wrong = settings;
    wrong.species[1].mass = 0;
    refuse(wrong, rates, "the mass of species 1 is 0; it must be positive");
    wrong = settings;
    wrong.species[0].charge = INFINITY;
    refuse(wrong, rates, "the charge of species 0 is inf; it must be a number");
    wrong = settings;
    wrong.species_count = GZ_MAX_SPECIES + 1;
    refuse(wrong, rates, "there are 9 species; at most 8 are allowed");
    wrong = settings;
    memset(wrong.species[1].name, 'x', sizeof wrong.species[1].name);
    refuse(wrong, rates, "the name of species 1 has no end");
    refuse(settings, (gz_rates){true, {{1, -1}, {-1, 1}}},
           "the rate of species 0 with 1 is -1; it must be zero or positive");
    refuse(settings, (gz_rates){true, {{1, 2}, {3, 1}}},
           "the rate of species 0 with 1 is 2, that of 1 with 0 is 3; they must be equal");
}
