/* Functionals: moments, entropy and relative entropy against closed forms and long double sums. They do not
 * suffer from cancellation, and do not depend on the number of threads. */
#include "functionals.h"
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

TestSuite(functionals, .init = open_context, .fini = close_context);

static gz_phase_grid *make_grid(gz_context *with, int space_dim, int velocity_dim, size_t nodes,
                                double half_width) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = velocity_dim,
                                             .cells = {3, 2, 2},
                                             .length = {1.5, 1, 2},
                                             .nodes = nodes,
                                             .half_width = half_width};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(with, &settings, &grid), GZ_OK, "%s", gz_context_message(with));
    return grid;
}

/* A repeatable number in [-1, 1]. */
static double noise(size_t i) {
    return 2 * sample_uniform(1, i) - 1;
}

/* A Maxwellian of density 1/|Omega|, mean velocity MEAN and temperatures TEMPERATURE. */
static const double MEAN[3] = {0.3, -0.2, 0.1}, TEMPERATURE[3] = {1, 0.8, 0.9};

static void maxwellian(const gz_phase_grid *grid, double *f, double *log_f) {
    double volume = 1, log_norm = 0;
    for (int a = 0; a < grid->space_dim; a++) volume *= grid->length[a];
    for (int a = 0; a < grid->velocity_dim; a++) log_norm -= 0.5 * log(8 * atan(1) * TEMPERATURE[a]);
    for (size_t p = 0; p < grid->size; p++) {
        const size_t node = p % grid->node_count;
        log_f[p] = log_norm - log(volume);
        for (int a = 0; a < grid->velocity_dim; a++) {
            const double v = grid->node_velocity[a][node] - MEAN[a];
            log_f[p] -= v * v / (2 * TEMPERATURE[a]);
        }
        f[p] = exp(log_f[p]);
    }
}

/* The trapezoidal rule is spectrally accurate for Maxwellians: closed forms hold to the tail e^-L^2/2T. */
Test(functionals, moments_and_entropy_of_a_maxwellian) {
    for (int d = 2; d <= 3; d++)
        for (int dx = 0; dx <= 1; dx++) {
            gz_phase_grid *grid = make_grid(context, dx, d, d == 2 ? 49 : 33, 9);
            double *f = sample_zero(context, grid), *log_f = sample_zero(context, grid);
            maxwellian(grid, f, log_f);
            gz_moments m;
            gz_moments_of(grid, f, &m);
            cr_assert_float_eq(m.mass, 1, 4e-13);
            double energy = 0, log_norm = 0;
            for (int a = 0; a < d; a++) {
                cr_assert_float_eq(m.momentum[a], MEAN[a], 4e-13);
                for (int b = a; b < d; b++)
                    cr_assert_float_eq(m.stress[gz_pair_index(d, a, b)],
                                       MEAN[a] * MEAN[b] + (a == b ? TEMPERATURE[a] : 0), 1e-12);
                energy += TEMPERATURE[a] + MEAN[a] * MEAN[a];
                log_norm += 0.5 * log(8 * atan(1) * TEMPERATURE[a]);
            }
            cr_assert_float_eq(m.energy, energy, 2e-12);
            cr_assert_lt(m.tail, 1e-12);
            double least = INFINITY;
            for (size_t p = 0; p < grid->size; p++) least = fmin(least, f[p]);
            cr_assert_eq(m.f_min, least);
            const double volume = dx ? grid->length[0] : 1;
            const double entropy = gz_entropy(grid, f, log_f);
            cr_assert_float_eq(entropy, -log_norm - log(volume) - 0.5 * d, 4e-12);
            cr_assert_float_eq(gz_entropy_of_any_sign(grid, f), entropy, 1e-14 * fabs(entropy));
            gz_release(f);
            gz_release(log_f);
            gz_phase_grid_destroy(grid);
        }
}

Test(functionals, tail_is_the_mass_in_the_outer_two_layers) {
    for (int d = 2; d <= 3; d++) {
        gz_phase_grid *grid = make_grid(context, 0, d, 9, 2);
        double *f = sample_zero(context, grid);
        for (size_t p = 0; p < grid->size; p++) f[p] = 1;
        gz_moments m;
        gz_moments_of(grid, f, &m);
        cr_assert_float_eq(m.tail, 1 - pow(5. / 8, d), 1e-14); /* 5 of the 8 weights of an axis are inside */
        gz_release(f);
        gz_phase_grid_destroy(grid);
    }
}

/* Neumaier's sum in extended precision: exact to the last bit here, and still accurate enough where valgrind
 * computes long double in 64 bits. */
typedef struct reference {
    long double value, rest, size;
} reference;

static void add(reference *sum, long double x) {
    const volatile long double t = sum->value + x;
    sum->rest += fabsl(sum->value) >= fabsl(x) ? (sum->value - t) + x : (x - t) + sum->value;
    sum->value = t;
    sum->size += fabsl(x);
}

/* |value - sum|, in units of eps times the sum of |terms|. */
static double error_in_eps(double value, reference sum) {
    return (double)(fabsl(value - sum.value - sum.rest) / (DBL_EPSILON * sum.size));
}

/* Every functional against a sum in extended precision, on rough data of mixed size; the bounds are a few eps
 * of the sum of |terms|. Odd sizes test incomplete lanes and blocks, and slices that cut cells. */
Test(functionals, sums_are_accurate_to_round_off) {
    for (int d = 2; d <= 3; d++)
        for (int dx = 0; dx <= d; dx++) {
            gz_phase_grid *grid = make_grid(context, dx, d, 7, 3);
            double *f = sample_zero(context, grid), *g = sample_zero(context, grid),
                   *log_f = sample_zero(context, grid);
            for (size_t p = 0; p < grid->size; p++) {
                f[p] = exp(20 * noise(p));
                g[p] = noise(p + 11);
                log_f[p] = log(f[p]);
            }
            reference mass = {0}, product = {0}, entropy = {0}, momentum = {0}, difference = {0},
                      square = {0};
            for (size_t p = 0; p < grid->size; p++) {
                const size_t node = p % grid->node_count;
                const long double m = (long double)grid->node_volume[node] * f[p] * grid->cell_volume;
                const long double e = (long double)f[p] - g[p];
                add(&mass, m);
                add(&product, m * g[p]);
                add(&entropy, m * log_f[p]);
                add(&momentum, m * grid->node_velocity[0][node]);
                add(&difference, grid->node_volume[node] * e * e);
                add(&square, (long double)grid->node_volume[node] * g[p] * g[p]);
            }
            gz_moments m;
            gz_moments_of(grid, f, &m);
            cr_assert_leq(error_in_eps(m.mass, mass), 4);
            cr_assert_leq(error_in_eps(m.momentum[0], momentum), 4);
            cr_assert_leq(error_in_eps(gz_integral(grid, f, NULL), mass), 4);
            cr_assert_leq(error_in_eps(gz_integral(grid, f, g), product), 4);
            cr_assert_leq(error_in_eps(gz_entropy(grid, f, log_f), entropy), 4);
            const double relative = (double)sqrtl(difference.value / square.value);
            cr_assert_float_eq(gz_relative_l2(grid, f, g), relative, 8 * DBL_EPSILON * relative);
            gz_release(f);
            gz_release(g);
            gz_release(log_f);
            gz_phase_grid_destroy(grid);
        }
}

/* Terms that cancel to 1e-16 of their size: a plain sum gives 0 or garbage, the compensated one 10 h^2. */
Test(functionals, compensation_survives_cancellation) {
    gz_phase_grid *grid = make_grid(context, 0, 2, 33, 1);
    double *f = sample_zero(context, grid);
    const size_t inner = 33 * 16;
    f[inner + 2] = 1e16;
    for (size_t k = 10; k < 20; k++) f[inner + k] = 1;
    f[inner + 25] = -1e16;
    const double h = grid->spacing;
    cr_assert_float_eq(gz_integral(grid, f, NULL), 10 * h * h, 1e-15);
    gz_release(f);
    gz_phase_grid_destroy(grid);
}

/* KL(f|g) for g = f e^-s against sum h f (s - 1 + e^-s) in extended precision, with s of one size. Near f = g
 * the plain form f log(f/g) - f + g would lose all digits at s = 1e-8. */
Test(functionals, relative_entropy_has_no_cancellation) {
    gz_phase_grid *grid = make_grid(context, 1, 2, 17, 5);
    double *f = sample_zero(context, grid), *log_f = sample_zero(context, grid),
           *g = sample_zero(context, grid), *log_g = sample_zero(context, grid);
    maxwellian(grid, f, log_f);
    for (double size = 1e-9; size < 30; size *= 3) {
        long double exact = 0;
        for (size_t p = 0; p < grid->size; p++) {
            log_g[p] = log_f[p] - size * noise(p);
            g[p] = exp(log_g[p]);
            const long double s = (long double)log_f[p] - log_g[p];
            long double form =
                fabsl(s) < 1e-2L
                    ? s * s / 2 *
                          (1 - s / 3 * (1 - s / 4 * (1 - s / 5 * (1 - s / 6 * (1 - s / 7 * (1 - s / 8))))))
                    : expm1l(-s) + s;
            exact += (long double)grid->node_volume[p % grid->node_count] * f[p] * form;
        }
        exact *= grid->cell_volume;
        const double value = gz_relative_entropy(grid, f, log_f, g, log_g);
        cr_assert_leq(fabsl(value - exact), 2e-14L * exact, "size %g: %.17g against %.17Lg", size, value,
                      exact);
        cr_assert_gt(value, 0);
    }
    cr_assert_eq(gz_relative_entropy(grid, f, log_f, f, log_f), 0);
    gz_release(f);
    gz_release(log_f);
    gz_release(g);
    gz_release(log_g);
    gz_phase_grid_destroy(grid);
}

Test(functionals, empty_nodes_and_bad_numbers) {
    gz_phase_grid *grid = make_grid(context, 1, 2, 9, 3);
    double *f = sample_zero(context, grid), *log_f = sample_zero(context, grid),
           *g = sample_zero(context, grid), *log_g = sample_zero(context, grid);
    maxwellian(grid, f, log_f);
    maxwellian(grid, g, log_g);
    f[5] = 0;
    log_f[5] = -INFINITY;
    cr_assert(isfinite(gz_entropy(grid, f, log_f)));
    cr_assert_float_eq(gz_relative_entropy(grid, f, log_f, g, log_g),
                       grid->node_volume[5] * g[5] * grid->cell_volume, 1e-25);
    gz_moments m;
    f[7] = -3;
    log_f[7] = NAN;
    gz_moments_of(grid, f, &m);
    cr_assert_eq(m.f_min, -3);
    cr_assert(isnan(gz_entropy(grid, f, log_f)));
    f[6] = 3; /* node 6 has the volume of node 7 and the opposite sign, so both cancel */
    const double with = gz_entropy_of_any_sign(grid, f);
    f[6] = f[7] = 0;
    cr_assert_float_eq(with, gz_entropy_of_any_sign(grid, f), 1e-14);
    f[7] = NAN;
    cr_assert(isnan(gz_entropy_of_any_sign(grid, f)));
    gz_moments_of(grid, f, &m);
    cr_assert(isnan(m.mass) && isnan(m.f_min) && isnan(m.energy));
    gz_release(f);
    gz_release(log_f);
    gz_release(g);
    gz_release(log_g);
    gz_phase_grid_destroy(grid);
}

Test(functionals, cell_moments_of_maxwellians_that_vary_in_x) {
    for (int d = 2; d <= 3; d++) {
        gz_phase_grid *grid = make_grid(context, 2, d, d == 2 ? 49 : 33, 9);
        const size_t cells = grid->cell_count;
        double *f = sample_zero(context, grid), density[6], velocity[18], temperature[6];
        for (size_t p = 0; p < grid->size; p++) {
            const size_t cell = p / grid->node_count, node = p % grid->node_count;
            const double c = (double)cell, T = 0.6 + 0.05 * c;
            double log_f = log(1 + c) - 0.5 * d * log(8 * atan(1) * T);
            for (int a = 0; a < d; a++) {
                const double v = grid->node_velocity[a][node] - 0.05 * c * (a + 1);
                log_f -= v * v / (2 * T);
            }
            f[p] = exp(log_f);
        }
        gz_cell_moments(grid, f, density, velocity, temperature);
        for (size_t cell = 0; cell < cells; cell++) {
            const double c = (double)cell;
            cr_assert_float_eq(density[cell], 1 + c, 1e-12);
            cr_assert_float_eq(temperature[cell], 0.6 + 0.05 * c, 1e-13);
            for (int a = 0; a < d; a++)
                cr_assert_float_eq(velocity[(size_t)a * cells + cell], 0.05 * c * (a + 1), 1e-13);
        }
        gz_release(f);
        gz_phase_grid_destroy(grid);
    }
}

Test(functionals, results_do_not_depend_on_the_number_of_threads) {
    gz_moments first = {0};
    double values[4] = {0};
    for (int threads = 1; threads <= 5; threads++) {
        gz_context *with = NULL;
        cr_assert_eq(gz_context_create(threads, &with), GZ_OK);
        gz_phase_grid *grid = make_grid(with, 2, 2, 51, 5);
        double *f = sample_zero(context, grid), *log_f = sample_zero(context, grid),
               *g = sample_zero(context, grid), *log_g = sample_zero(context, grid);
        for (size_t p = 0; p < grid->size; p++) {
            log_f[p] = 30 * noise(p);
            log_g[p] = log_f[p] + noise(p + 5);
            f[p] = exp(log_f[p]);
            g[p] = exp(log_g[p]);
        }
        gz_moments m;
        gz_moments_of(grid, f, &m);
        const double now[4] = {gz_entropy(grid, f, log_f), gz_relative_entropy(grid, f, log_f, g, log_g),
                               gz_relative_l2(grid, f, g), gz_integral(grid, f, log_g)};
        if (threads == 1) {
            first = m;
            memcpy(values, now, sizeof now);
        }
        cr_assert_eq(memcmp(&m, &first, sizeof m), 0);
        cr_assert_eq(memcmp(now, values, sizeof now), 0);
        gz_release(f);
        gz_release(log_f);
        gz_release(g);
        gz_release(log_g);
        gz_phase_grid_destroy(grid);
        gz_context_destroy(with);
    }
}
