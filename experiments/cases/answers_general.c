/* Answers for any kernel and for fuzzy problems, the cases 5 to 8. Case 5 has no closed formula: its
 * reference is a sum over all pairs of nodes, which uses no Fourier transform and no stencil. */
#include "answers.h"
#include "semi_discrete.h"
#include "space_convolution.h"

#include <math.h>
#include <string.h>

static const gz_kernel MAXWELL = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1};
static const gz_kappa EXPONENTIAL = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4};

/* --- 5: stress, any datum ------------------------------------------------------------------------------ */

/* The differences of two nodes: 2n - 1 an axis; missing axes have extent 1. */
typedef struct offsets {
    size_t extent[GZ_MAX_DIM], centre[GZ_MAX_DIM], count;
} offsets;

static offsets offsets_of(const gz_phase_grid *grid) {
    offsets o = {.count = 1};
    for (int a = 0; a < GZ_MAX_DIM; a++) {
        const bool lives = a < grid->velocity_dim;
        o.extent[a] = lives ? 2 * grid->nodes - 1 : 1;
        o.centre[a] = lives ? grid->nodes - 1 : 0;
        o.count *= o.extent[a];
    }
    return o;
}

static const double NEGLIGIBLE = 1e-18; /* a node with less mass adds nothing to a sum of order 1 */

/* The pair correlation C(j) = sum_{pq: v_p - v_q = jh} (h dx)_p (h dx)_q kappa f_p f_q, [offset], by a loop
 * over all pairs of nodes. */
static void correlate(const gz_phase_grid *grid, const double *f, const double *kappa, offsets o, double *C) {
    const size_t nodes = grid->node_count, row = grid->nodes;
    const size_t last = (size_t)grid->velocity_dim - 1;
    memset(C, 0, o.count * sizeof *C);
    for (size_t cell = 0; cell < grid->cell_count; cell++)
        for (size_t other = 0; other < grid->cell_count; other++) {
            const double coupling =
                gz_kappa_between(kappa, grid, cell, other) * grid->cell_volume * grid->cell_volume;
            for (size_t p = 0; p < nodes; p += row)
                for (size_t q = 0; q < nodes; q += row) {
                    size_t place = 0;
                    for (size_t a = 0; a < last; a++)
                        place = (place + o.centre[a] + gz_phase_grid_node_index(grid, p, (int)a) -
                                 gz_phase_grid_node_index(grid, q, (int)a)) *
                                o.extent[a + 1];
                    const double *restrict f_p = f + cell * nodes + p, *restrict h_p = grid->node_volume + p;
                    for (size_t j = 0; j < row; j++) {
                        double *restrict line = C + place + o.centre[last] - j;
                        const double weight = coupling * grid->node_volume[q + j] * f[other * nodes + q + j];
                        if (weight < NEGLIGIBLE) continue;
                        for (size_t k = 0; k < row; k++) line[k] += weight * h_p[k] * f_p[k];
                    }
                }
        }
}

/* dP_ij/dt = 2 sum C(z) A(|z|)/|z|^2 (|z|^2 delta_ij - d z_i z_j) */
static void stress_rates(const gz_phase_grid *grid, const gz_kernel *kernel, offsets o, const double *C,
                         double rate[GZ_MAX_PAIRS]) {
    const int d = grid->velocity_dim;
    memset(rate, 0, GZ_MAX_PAIRS * sizeof *rate);
    for (size_t i = 0; i < o.count; i++) {
        double z[GZ_MAX_DIM], z2 = 0;
        size_t rest = i;
        for (int a = GZ_MAX_DIM - 1; a >= 0; rest /= o.extent[a], a--) {
            z[a] = ((double)(rest % o.extent[a]) - (double)o.centre[a]) * grid->spacing;
            z2 += z[a] * z[a];
        }
        if (z2 == 0) continue;
        const double factor = 2 * C[i] * gz_kernel_value(kernel, z2) / z2;
        for (int a = 0; a < d; a++)
            for (int c = a; c < d; c++)
                rate[gz_pair_index(d, a, c)] += factor * ((a == c ? z2 : 0) - d * z[a] * z[c]);
    }
}

/* dP_ij/dt for every kernel, [kernel][entry], by pair sums on a grid made here. */
static void pair_sums(gz_context *context, const gz_problem *problem, random_datum *datum, size_t count,
                      const gz_kernel *kernels, double (*exact)[GZ_MAX_PAIRS]) {
    double *C = NULL, *kappa = NULL;
    size_t extent[GZ_MAX_DIM];
    gz_phase_grid *grid = NULL;
    gz_state state;
    must(context, gz_phase_grid_create(context, &problem->grid, &grid));
    must(context, gz_state_init(context, grid, &state));
    must(context, gz_initial_from_function(context, grid, random_bumps, datum, &state));
    const offsets o = offsets_of(grid);
    must(context, gz_allocate(context, o.count, sizeof *C, &C));
    must(context, gz_allocate(context, gz_kappa_extent(grid, extent), sizeof *kappa, &kappa));
    gz_kappa_values(&problem->kappa, grid, kappa);
    correlate(grid, state.f, kappa, o, C);
    for (size_t k = 0; k < count; k++) stress_rates(grid, &kernels[k], o, C, exact[k]);
    gz_release(C);
    gz_release(kappa);
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
}

void answer_stress(gz_context *context, answers *list, grid_size size, size_t reference, size_t seed,
                   double bound) {
    static const gz_kernel KERNELS[] = {
        {GZ_KERNEL_POWER, .gamma = -3, .strength = 1},  {GZ_KERNEL_POWER, .gamma = -2, .strength = 1},
        {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},  {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
        {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},   {GZ_KERNEL_BOUNDED, .gamma = -3, .strength = 1},
        {GZ_KERNEL_BOUNDED, .gamma = 1, .strength = 1},
    };
    enum { COUNT = sizeof KERNELS / sizeof *KERNELS };
    random_datum datum = {size.space_dim, size.velocity_dim, seed};
    double exact[COUNT][GZ_MAX_PAIRS];
    gz_problem problem = bench_problem(size, KERNELS[0], EXPONENTIAL, 8);
    problem.grid.nodes = reference;
    pair_sums(context, &problem, &datum, COUNT, KERNELS, exact);
    problem.grid.nodes = size.nodes;
    for (size_t k = 0; k < COUNT; k++) {
        double largest = 0, error = 0;
        char name[48], quantity[64];
        gz_moments computed;
        bench b;
        problem.kernel = KERNELS[k];
        bench_open(context, &problem, &b);
        bench_start(&b, random_bumps, &datum);
        bench_rate(&b);
        gz_moments_of(b.grid, b.rate, &computed);
        for (int i = 0; i < gz_pair_count(size.velocity_dim); i++) {
            largest = fmax(largest, fabs(exact[k][i]));
            error = fmax(error, fabs(computed.stress[i] - exact[k][i]));
        }
        snprintf(quantity, sizeof quantity, "dP_ij/dt, %s, gamma = %g",
                 KERNELS[k].shape == GZ_KERNEL_POWER ? "power" : "bounded", KERNELS[k].gamma);
        answers_add_error(list, 5, bench_name(&b, name), quantity, error / largest, bound);
        bench_close(&b);
    }
}

/* --- 6: fuzzy moments ---------------------------------------------------------------------------------- */

enum { MODES = 3 };

/* log f with rho = 1; the mean velocity along v1 and the temperature have the modes 1 to 3 along x1. */
static double moment_waves(const double *x, const double *v, void *data) {
    static const double VELOCITY[MODES + 1] = {0, 0.3, 0.1, 0.05},
                                         TEMPERATURE[MODES + 1] = {0, 0.15, 0.1, 0.05};
    const int d = *(const int *)data;
    const double two_pi = 8 * atan(1);
    double u = 0, T = 1, exponent = 0;
    for (int k = 1; k <= MODES; k++) {
        u += VELOCITY[k] * sin(two_pi * k * x[0] + k);
        T += TEMPERATURE[k] * cos(two_pi * k * x[0]);
    }
    for (int a = 0; a < d; a++) {
        const double c = v[a] - (a == 0 ? u : 0);
        exponent -= c * c / (2 * T) + 0.5 * log(two_pi * T);
    }
    return exponent;
}

/* The Fourier coefficient k along x1, either of the momentum along v1 or of the energy. */
typedef struct amplitude {
    double re, im;
} amplitude;

static amplitude amplitude_of(const bench *b, const double *f, int k, bool energy) {
    const gz_phase_grid *grid = b->grid;
    const double *g = energy ? grid->node_energy : grid->node_velocity[0];
    amplitude c = {0, 0};
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const double phase = 8 * atan(1) * k * gz_phase_grid_position(grid, cell, 0);
        double sum = 0;
        for (size_t i = 0; i < grid->node_count; i++)
            sum += grid->node_volume[i] * g[i] * f[cell * grid->node_count + i];
        c.re += sum * cos(phase);
        c.im += sum * sin(phase);
    }
    return c;
}

static double eigenvalue(const bench *b, int k) {
    int mode[GZ_MAX_DIM] = {k, 0, 0};
    double *scratch = NULL;
    size_t extent[GZ_MAX_DIM];
    must(b->context, gz_allocate(b->context, gz_kappa_extent(b->grid, extent), sizeof *scratch, &scratch));
    const double value = gz_kappa_eigenvalue(&b->problem.kappa, b->grid, mode, scratch);
    gz_release(scratch);
    return value;
}

void answer_fuzzy_moments(gz_context *context, answers *list, grid_size size, int steps, double bound) {
    static const char *const WHAT[] = {"momentum", "energy"};
    const gz_problem problem = bench_problem(size, MAXWELL, EXPONENTIAL, 8);
    const int d = size.velocity_dim;
    char name[48], quantity[64];
    amplitude start[2][MODES + 1];
    double rate[MODES + 1];
    bench b;
    bench_open(context, &problem, &b);
    bench_start(&b, moment_waves, &size.velocity_dim);
    bench_name(&b, name);
    bench_rate(&b);
    for (int energy = 0; energy < 2; energy++)
        for (int k = 1; k <= MODES; k++) {
            const amplitude c = start[energy][k] = amplitude_of(&b, b.state.f, k, energy),
                            dc = amplitude_of(&b, b.rate, k, energy);
            rate[k] = 2 * (d - 1) * (1 - eigenvalue(&b, k));
            snprintf(quantity, sizeof quantity, "decay rate of %s, mode %d", WHAT[energy], k);
            answers_add(list, 6, name, quantity, rate[k],
                        -(c.re * dc.re + c.im * dc.im) / (c.re * c.re + c.im * c.im), bound);
        }
    const double dt = 1 / (rate[1] * steps);
    for (int n = 0; steps > 0 && n <= steps; n++) {
        if (n > 0) bench_step(&b, dt);
        for (int k = 1; k <= MODES; k++) {
            const amplitude now = amplitude_of(&b, b.state.f, k, false), was = start[0][k];
            snprintf(quantity, sizeof quantity, "momentum mode %d", k);
            answers_add_point(list, name, quantity, n * dt,
                              (now.re * was.re + now.im * was.im) / (was.re * was.re + was.im * was.im),
                              exp(-rate[k] * n * dt));
        }
    }
    bench_close(&b);
}

/* --- 7: limits ----------------------------------------------------------------------------------------- */

static void log_of(bench *b) {
    for (size_t i = 0; i < b->grid->size; i++) b->state.log_f[i] = log(b->state.f[i]);
}

/* The mean of a field over x, [node]. */
static void average(const gz_phase_grid *grid, const double *field, double *mean) {
    memset(mean, 0, grid->node_count * sizeof *mean);
    for (size_t i = 0; i < grid->size; i++) mean[i % grid->node_count] += field[i] / (double)grid->cell_count;
}

static void flux_rate(bench *b) {
    gz_semi_discrete *form = NULL;
    gz_mobility *mobility = gz_integrator_mobility(b->integrator);
    must(b->context, gz_semi_discrete_create(b->context, mobility, GZ_FLUX_FORM, &form));
    must(b->context, gz_semi_discrete_rate(form, b->state.f, b->rate));
    gz_semi_discrete_destroy(form);
}

/* For kappa uniform, the average over x obeys the homogeneous equation. */
static void uniform_limit(answers *list, gz_context *context, const gz_problem *problem,
                          void (*rate)(bench *), const char *quantity, double bound) {
    gz_problem homogeneous = *problem;
    random_datum datum = {problem->grid.space_dim, problem->grid.velocity_dim, 1};
    char name[48];
    bench one, fuzzy;
    homogeneous.grid.space_dim = 0;
    bench_open(context, &homogeneous, &one);
    bench_open(context, problem, &fuzzy);
    bench_start(&fuzzy, random_bumps, &datum);
    average(fuzzy.grid, fuzzy.state.f, one.state.f);
    log_of(&one);
    rate(&fuzzy);
    rate(&one);
    average(fuzzy.grid, fuzzy.rate, one.state.f);
    answers_add_error(list, 7, bench_name(&fuzzy, name), quantity,
                      gz_relative_l2(one.grid, one.state.f, one.rate), bound);
    bench_close(&fuzzy);
    bench_close(&one);
}

/* The largest distance between a cell's rate and the homogeneous problem's rate for this cell's density. */
static double cell_by_cell(bench *fuzzy, bench *one) {
    const size_t nodes = one->grid->size;
    double worst = 0;
    bench_rate(fuzzy);
    for (size_t cell = 0; cell < fuzzy->grid->cell_count; cell++) {
        memcpy(one->state.f, fuzzy->state.f + cell * nodes, nodes * sizeof(double));
        log_of(one);
        bench_rate(one);
        worst = fmax(worst, gz_relative_l2(one->grid, fuzzy->rate + cell * nodes, one->rate));
    }
    return worst;
}

void answer_limits(gz_context *context, answers *list, grid_size size, double log_form) {
    static const gz_kappa KAPPAS[] = {{.shape = GZ_KAPPA_UNIFORM},
                                      {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                      {.shape = GZ_KAPPA_SIGMA, .sigma = 0.1},
                                      {.shape = GZ_KAPPA_DIRAC}};
    static const char *const NAMES[] = {"uniform", "exponential", "sigma", "dirac"};
    enum { COUNT = sizeof KAPPAS / sizeof *KAPPAS, UNIFORM = 0, DIRAC = COUNT - 1 };
    const gz_kernel soft = {GZ_KERNEL_POWER, .gamma = -2, .strength = 1};
    random_datum datum = {size.space_dim, size.velocity_dim, 2}, same_in_x = {0, size.velocity_dim, 3};
    gz_problem problem = bench_problem(size, soft, KAPPAS[UNIFORM], 8);
    char name[48], quantity[64];
    bench one, fuzzy;
    uniform_limit(list, context, &problem, flux_rate, "uniform: d_t <f>_x, flux form", 1e-13);
    problem.always_wide = true;
    uniform_limit(list, context, &problem, bench_rate, "uniform: d_t <f>_x, log form", log_form);
    problem.always_wide = false;
    problem.grid.space_dim = 0;
    bench_open(context, &problem, &one);
    problem.grid.space_dim = size.space_dim;
    for (size_t k = 0; k < COUNT; k++) {
        problem.kappa = KAPPAS[k];
        bench_open(context, &problem, &fuzzy);
        bench_start(&fuzzy, random_bumps, &same_in_x);
        snprintf(quantity, sizeof quantity, "same in x: d_t f, kappa %s", NAMES[k]);
        answers_add_error(list, 7, bench_name(&fuzzy, name), quantity, cell_by_cell(&fuzzy, &one), 1e-12);
        if (k == DIRAC) {
            bench_start(&fuzzy, random_bumps, &datum);
            answers_add_error(list, 7, name, "dirac: d_t f of each x by itself", cell_by_cell(&fuzzy, &one),
                              1e-12);
        }
        bench_close(&fuzzy);
    }
    bench_close(&one);
}

/* --- 8: equilibria ------------------------------------------------------------------------------------- */

static double shifted_maxwellian(const double *x, const double *v, void *data) {
    const int d = *(const int *)data;
    double exponent = 0;
    (void)x;
    for (int a = 0; a < d; a++)
        exponent -= (v[a] - 0.3 * a) * (v[a] - 0.3 * a) / (2 * 0.8) + 0.5 * log(8 * atan(1) * 0.8);
    return exponent;
}

void answer_equilibrium(gz_context *context, answers *list, grid_size size, double gamma) {
    const gz_kernel kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1};
    gz_problem problem = bench_problem(size, kernel, EXPONENTIAL, 8);
    double error = 0;
    char name[48], quantity[64];
    bench b;
    problem.collisions_only = false;
    bench_open(context, &problem, &b);
    bench_start(&b, shifted_maxwellian, &size.velocity_dim);
    memcpy(b.rate, b.state.log_f, b.grid->size * sizeof *b.rate);
    for (int n = 0; n < 3; n++) bench_step(&b, 1);
    for (size_t i = 0; i < b.grid->size; i++) error = fmax(error, fabs(b.state.log_f[i] - b.rate[i]));
    snprintf(quantity, sizeof quantity, "equilibrium, change of log f, gamma = %g", gamma);
    answers_add_error(list, 8, bench_name(&b, name), quantity, error, 1e-11);
    bench_close(&b);
}
