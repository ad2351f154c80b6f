/* Interaction kernels: values, tables and functions, lattice sums. The near-field weights of sums over
 * velocity nodes have their order, and A stays positive. */
#include "lattice_kernel.h"
#include "lattice_sum.h"
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

TestSuite(lattice_kernel, .init = open_context, .fini = close_context);

static const double PI = 3.14159265358979323846;

static gz_lattice_kernel lattice_of(const gz_phase_grid *grid, const gz_kernel *kernel) {
    gz_lattice_kernel lattice;
    cr_assert_eq(gz_lattice_kernel_init(context, grid, kernel, &lattice), GZ_OK, "%s",
                 gz_context_message(context));
    return lattice;
}

Test(lattice_kernel, values_by_hand) {
    const gz_kernel coulomb = {GZ_KERNEL_POWER, .gamma = -3, .strength = 2},
                    maxwell = {GZ_KERNEL_POWER, .gamma = 0, .strength = 3},
                    hard = {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},
                    flat = {GZ_KERNEL_BOUNDED, .gamma = 0, .strength = 5},
                    bounded = {GZ_KERNEL_BOUNDED, .gamma = -3, .strength = 2},
                    growing = {GZ_KERNEL_BOUNDED, .gamma = 3, .strength = 1};
    cr_assert_float_eq(gz_kernel_value(&coulomb, 25), 2. / 5, 1e-15);
    cr_assert_float_eq(gz_kernel_value(&maxwell, 25), 75, 1e-13);
    cr_assert_float_eq(gz_kernel_value(&hard, 4), 8, 1e-14);
    cr_assert_float_eq(gz_kernel_value(&flat, 123), 5, 1e-14);
    cr_assert_float_eq(gz_kernel_value(&bounded, 3), 2. / 8, 1e-15);
    cr_assert_float_eq(gz_kernel_value(&growing, 8), 27, 1e-13);
}

/* a z = 0, and a y = A y for all y orthogonal to z. */
Test(lattice_kernel, tensor_is_a_projection_times_A) {
    for (int d = 2; d <= 3; d++) {
        gz_phase_grid *grid = sample_grid(context, 0, d, 1, 9, 4);
        for (size_t k = 0; k < 50; k++) {
            const gz_kernel kernel = {k % 2 ? GZ_KERNEL_POWER : GZ_KERNEL_BOUNDED,
                                      .gamma = -3 + 4 * sample_uniform(k, 0),
                                      .strength = 0.5 + sample_uniform(k, 1)};
            double z[GZ_MAX_DIM], y[GZ_MAX_DIM], a[GZ_MAX_PAIRS], z2 = 0, yz = 0;
            for (int i = 0; i < d; i++) {
                z[i] = 8 * sample_uniform(k, 2 + (size_t)i) - 4;
                y[i] = 2 * sample_uniform(k, 5 + (size_t)i) - 1;
                z2 += z[i] * z[i];
                yz += y[i] * z[i];
            }
            const gz_lattice_kernel lattice = lattice_of(grid, &kernel);
            gz_lattice_kernel_tensor(&lattice, z, a);
            if (z2 < 2.6 * grid->spacing * grid->spacing) continue; /* near 0 A has other values */
            const double A = gz_kernel_value(&kernel, z2);
            for (int i = 0; i < d; i++) {
                double az = 0, ay = 0;
                for (int j = 0; j < d; j++) {
                    az += a[gz_pair_index(d, i, j)] * z[j];
                    ay += a[gz_pair_index(d, i, j)] * (y[j] - yz / z2 * z[j]);
                }
                cr_assert_float_eq(az, 0, 8 * DBL_EPSILON * A * sqrt(z2));
                cr_assert_float_eq(ay, A * (y[i] - yz / z2 * z[i]), 16 * DBL_EPSILON * A);
            }
        }
        gz_phase_grid_destroy(grid);
    }
}

/* Epstein's zeta functions: closed forms (in d = 2: 4 zeta(s/2) beta(s/2)) and Madelung's constants. */
Test(lattice_kernel, lattice_sums_are_known_constants) {
    cr_assert_float_eq(gz_lattice_zeta(2, 1), -3.900264920001956, 1e-13);
    cr_assert_float_eq(gz_lattice_zeta(3, 1), -2.837297479480620, 1e-13);
    cr_assert_float_eq(gz_lattice_zeta(2, 4), 2 * PI * PI / 3 * 0.915965594177219015, 1e-13);
    for (int d = 2; d <= 3; d++) {
        cr_assert_float_eq(gz_lattice_zeta(d, 0), -1, 1e-14);
        for (int s = -2; s > -8; s -= 2) cr_assert_eq(gz_lattice_zeta(d, s), 0);
        cr_assert_float_eq(gz_lattice_zeta(d, -1 + 1e-7), gz_lattice_zeta(d, -1), 1e-6); /* no pole at -1 */
        for (double s = 12; s < 20; s += 1.5) { /* here plain sums converge */
            double zeta = 0, harmonic = 0;
            for (int i = -12; i <= 12; i++)
                for (int j = -12; j <= 12; j++)
                    for (int k = d == 3 ? -12 : 0; k <= (d == 3 ? 12 : 0); k++) {
                        const double x = i * i, y = j * j, z = k * k, r2 = x + y + z;
                        if (r2 == 0) continue;
                        zeta += pow(r2, -s / 2);
                        harmonic += pow(r2, -s / 2) * (x * x + y * y + z * z - 3. / (d + 2) * r2 * r2);
                    }
            cr_assert_float_eq(gz_lattice_zeta(d, s), zeta, 1e-8);
            cr_assert_float_eq(gz_lattice_harmonic(d, s), harmonic, s > 15 ? 1e-9 : 1e-4);
        }
    }
}

/* The largest error over a, b of the sum h^d a_ab(jh) g(jh), with g = (one + z_1^2) exp(-|z|^2). */
static double quadrature_error(const gz_kernel *k, int d, double h, double one) {
    gz_phase_grid *grid = sample_grid(context, 0, d, 1, 9, 4 * h); /* spacing h */
    const gz_lattice_kernel lattice = lattice_of(grid, k);
    const int reach = (int)ceil(6.5 / h);
    double sum[GZ_MAX_PAIRS] = {0}, worst = 0;
    for (int i = -reach; i <= reach; i++)
        for (int j = -reach; j <= reach; j++)
            for (int l = d == 3 ? -reach : 0; l <= (d == 3 ? reach : 0); l++) {
                const double z[GZ_MAX_DIM] = {i * h, j * h, l * h};
                double a[GZ_MAX_PAIRS];
                gz_lattice_kernel_tensor(&lattice, z, a);
                const double g = (one + z[0] * z[0]) * exp(-z[0] * z[0] - z[1] * z[1] - z[2] * z[2]);
                for (int p = 0; p < gz_pair_count(d); p++) sum[p] += pow(h, d) * a[p] * g;
            }
    /* int |z|^alpha (Id - n n^T)(one + z_1^2) exp(-|z|^2): the radial integrals are Gamma/2, times means of n
     * over the sphere. */
    const double alpha = 2 + k->gamma, sphere = d == 2 ? 2 * PI : 4 * PI;
    const double zeroth = sphere * tgamma((alpha + d) / 2) / 2,
                 second = sphere * tgamma((alpha + d + 2) / 2) / 2;
    for (int a = 0; a < d; a++)
        for (int b = a; b < d; b++) {
            const double same = a == b, first = a == 0 && b == 0;
            const double exact = k->strength * (one * zeroth * same * (1 - 1. / d) +
                                                second * (same / d - (same + 2 * first) / (d * (d + 2.))));
            worst = fmax(worst, fabs(sum[gz_pair_index(d, a, b)] - exact));
        }
    gz_phase_grid_destroy(grid);
    return worst;
}

/* The order is d + 2 + gamma + 4 (6 for Coulomb in 3D, 5 in 2D). For gamma > 0 it is so only if g vanishes at
 * z = 0, as it does in homogeneous problems, and else d + 2 + gamma. For gamma = 0 only round-off is left. */
Test(lattice_kernel, near_field_weights_have_their_order) {
    static const double GAMMAS[] = {-3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1};
    for (int d = 2; d <= 3; d++)
        for (size_t k = 0; k < sizeof GAMMAS / sizeof *GAMMAS; k++)
            for (int one = 0; one <= 1; one++) {
                const gz_kernel kernel = {GZ_KERNEL_POWER, .gamma = GAMMAS[k], .strength = 2};
                const double coarse = quadrature_error(&kernel, d, 0.25, one),
                             fine = quadrature_error(&kernel, d, 0.125, one), order = log2(coarse / fine);
                const double expected = d + 2 + GAMMAS[k] + (GAMMAS[k] > 0 && one ? 0 : 4);
                cr_log_info("d %d gamma %4.1f %s: %.1e %.1e, order %.2f, expected %.1f", d, GAMMAS[k],
                            one ? "g(0) = 1" : "g(0) = 0", coarse, fine, order, expected);
                if (GAMMAS[k] == 0)
                    cr_assert_lt(coarse, 1e-11);
                else
                    cr_assert_float_eq(order, expected, 0.25);
            }
}

/* a(0) is a multiple of Id that is >= 0. On the two nearest shells a is A P with A > 0. Everywhere else it is
 * that of the kernel. */
Test(lattice_kernel, near_field_is_positive) {
    for (int d = 2; d <= 3; d++)
        for (double gamma = -3; gamma <= 3; gamma += 0.125)
            for (int shape = GZ_KERNEL_POWER; shape <= GZ_KERNEL_BOUNDED; shape++) {
                const gz_kernel kernel = {(gz_kernel_shape)shape, .gamma = gamma, .strength = 0.5};
                if (shape == GZ_KERNEL_POWER && gamma > 1) continue;
                gz_phase_grid *grid = sample_grid(context, 0, d, 1, 17, 6);
                const gz_lattice_kernel lattice = lattice_of(grid, &kernel);
                cr_assert_geq(lattice.origin, 0);
                for (int shell = 1; shell <= 3; shell++) {
                    const double h = grid->spacing,
                                 z[GZ_MAX_DIM] = {h, shell > 1 ? -h : 0, shell > 2 ? h : 0};
                    double a[GZ_MAX_PAIRS], trace = 0;
                    if (shell > d) continue;
                    gz_lattice_kernel_tensor(&lattice, z, a);
                    for (int i = 0; i < d; i++) {
                        double along = 0;
                        for (int j = 0; j < d; j++) along += a[gz_pair_index(d, i, j)] * z[j];
                        cr_assert_float_eq(along, 0, 1e-14);
                        trace += a[gz_pair_index(d, i, i)];
                    }
                    const double A = gz_kernel_value(&kernel, shell * h * h);
                    cr_assert_gt(trace, 0);
                    if (shell == 3) cr_assert_float_eq(trace, (d - 1) * A, 1e-14 * A);
                    if (gamma == 0 && shape == GZ_KERNEL_POWER)
                        cr_assert_float_eq(trace, (d - 1) * A, 1e-14 * A);
                }
                gz_phase_grid_destroy(grid);
            }
}

/* The 8-point Gauss-Legendre rule on [-1, 1]. */
static const double GAUSS_X[4] = {0.1834346424956498, 0.5255324099163290, 0.7966664774136267,
                                  0.9602898564975363};
static const double GAUSS_W[4] = {0.3626837833783620, 0.3137066458778873, 0.2223810344533745,
                                  0.1012285362903763};

static double gauss_box(const gz_kernel *k, int d, const double *corner, double side) {
    double sum = 0;
    const size_t points = d == 2 ? 64 : 512;
    for (size_t p = 0; p < points; p++) {
        double r2 = 0, weight = 1;
        size_t rest = p;
        for (int a = 0; a < d; a++, rest /= 8) {
            const size_t i = rest % 8;
            const double x = corner[a] + side / 2 * (1 + (i < 4 ? GAUSS_X[i] : -GAUSS_X[i - 4]));
            r2 += x * x;
            weight *= side / 2 * GAUSS_W[i % 4];
        }
        sum += weight * gz_kernel_value(k, r2);
    }
    return sum;
}

/* The mean of A over a cube of side h around 0, by dyadic shells. The orthant [0, s]^d without [0, s/2]^d is
 * cut into boxes of side s/4, on which A is analytic and its singularity far away; s = h/2, h/4, .. */
static double mean_by_shells(const gz_kernel *k, int d, double h) {
    double sum = 0, shell = INFINITY;
    for (double s = h / 2; shell > 1e-17 * sum; s /= 2) {
        shell = 0;
        for (size_t b = 0; b < (d == 2 ? 16u : 64u); b++) {
            double corner[GZ_MAX_DIM];
            bool inner = true;
            size_t rest = b;
            for (int a = 0; a < d; a++, rest /= 4) {
                corner[a] = (double)(rest % 4) * s / 4;
                inner = inner && rest % 4 < 2;
            }
            if (!inner) shell += gauss_box(k, d, corner, s / 4);
        }
        sum += shell;
    }
    return sum * pow(2, d) / pow(h, d);
}

static double coulomb_like(double r, void *data) {
    return *(double *)data / r;
}

/* A kernel without a known singularity takes the mean of A over a cell at z = 0, to 2e-9. The library's 12
 * points on a pyramid leave 1e-9 (measured); the mean enters T at order h^2 or less. */
Test(lattice_kernel, functions_have_the_mean_over_the_cell) {
    double two = 2;
    const gz_kernel function = {.shape = GZ_KERNEL_FUNCTION,
                                .strength = 1,
                                .function = coulomb_like,
                                .data = &two},
                    power = {.shape = GZ_KERNEL_POWER, .gamma = -3, .strength = 2};
    for (int d = 2; d <= 3; d++) {
        gz_phase_grid *grid = sample_grid(context, 0, d, 1, 9, 4);
        const gz_lattice_kernel lattice = lattice_of(grid, &function);
        const double mean = mean_by_shells(&power, d, grid->spacing);
        cr_assert_float_eq(lattice.origin, (1 - 1. / d) * mean, 3e-9 * mean);
        cr_assert_float_eq(gz_kernel_value(&function, 9), gz_kernel_value(&power, 9), 1e-15);
        gz_phase_grid_destroy(grid);
    }
    /* The shells are checked by closed forms: the mean of 1/r over a unit square and over a unit cube. */
    const gz_kernel coulomb = {GZ_KERNEL_POWER, .gamma = -3, .strength = 1};
    cr_assert_float_eq(mean_by_shells(&coulomb, 2, 1), 4 * asinh(1), 1e-11);
    cr_assert_float_eq(mean_by_shells(&coulomb, 3, 1), 3 * log(2 + sqrt(3)) - PI / 2, 1e-11);
}

static gz_radial_table *table_of(size_t count, double end, double (*f)(double)) {
    double r[200], value[200];
    for (size_t i = 0; i < count; i++) {
        r[i] = end * pow((double)i / (double)(count - 1), 1.3);
        value[i] = f(r[i]);
    }
    gz_radial_table *table = NULL;
    cr_assert_eq(gz_radial_table_create(context, count, r, value, &table), GZ_OK);
    return table;
}

static double bounded_profile(double r) {
    return 1 / (1 + r * r);
}

static double staircase(double r) {
    return r < 2 ? 1 : r < 3 ? 0.2 : 0;
}

/* A table has its values at the points, an accuracy of order 2 to 3 if smooth, and no overshoot at a step. */
Test(lattice_kernel, tables_interpolate_monotonically) {
    double error[2];
    for (int level = 0; level < 2; level++) {
        gz_radial_table *table = table_of(level ? 161 : 81, 16, bounded_profile);
        error[level] = 0;
        for (double r = 0; r < 16; r += 0.001)
            error[level] = fmax(error[level], fabs(gz_radial_table_value(table, r) - bounded_profile(r)));
        cr_assert_eq(gz_radial_table_value(table, 0), 1);
        cr_assert_eq(gz_radial_table_value(table, 16), bounded_profile(16));
        cr_assert_eq(gz_radial_table_value(table, 20), bounded_profile(16));
        gz_radial_table_destroy(table);
    }
    cr_log_info("table of <z>^-2: errors %.1e, %.1e, order %.2f", error[0], error[1],
                log2(error[0] / error[1]));
    cr_assert_gt(log2(error[0] / error[1]), 1.8);
    gz_radial_table *step = table_of(30, 5, staircase);
    double last = 1;
    for (double r = 0; r < 6; r += 0.001) {
        const double value = gz_radial_table_value(step, r);
        cr_assert(value >= 0 && value <= last + 1e-15);
        last = value;
    }
    gz_radial_table_destroy(step);
}

static double infinite_at_two(double r, void *data) {
    (void)data;
    return fabs(r - 2) < 1e-9 ? INFINITY : 1;
}

static double minus_one_beyond(double r, void *data) {
    return r > *(double *)data ? -1 : 1;
}

static double no_number_below(double r, void *data) {
    return r < *(double *)data ? NAN : 1;
}

static double vanishing(double r, void *data) {
    return r < *(double *)data ? 1 : 0;
}

/* What a function returns near z = 0, and at each distance on the grid, is checked before it is used. */
Test(lattice_kernel, values_of_functions_are_checked) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 9, 4); /* spacing 1, distances up to 8 sqrt 2 */
    double longest = 8 * sqrt(2), below = longest - 1e-6, tenth = 0.1, half = 0.5;
    const struct {
        gz_radial_function *function;
        double *data;
        const char *says; /* NULL: the function is fine */
    } cases[] = {{infinite_at_two, NULL, "kernel function is inf at r = 2"},
                 {minus_one_beyond, &below, "kernel function is -1 at r = 11.3137"},
                 {minus_one_beyond, &longest, NULL},
                 {no_number_below, &tenth, "mean of the kernel over |z| < 0.5 is nan"},
                 {vanishing, &half, "zero at all distances of velocity nodes, 1 to 11.3137"},
                 {vanishing, &longest, NULL}};
    longest += 1e-6;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const gz_kernel kernel = {GZ_KERNEL_FUNCTION, .strength = 1, .function = cases[i].function,
                                  .data = cases[i].data};
        gz_lattice_kernel lattice;
        const gz_status status = gz_lattice_kernel_init(context, grid, &kernel, &lattice);
        cr_assert_eq(status, cases[i].says ? GZ_ERROR_SETTINGS : GZ_OK, "%zu", i);
        if (cases[i].says)
            cr_assert_not_null(strstr(gz_context_message(context), cases[i].says), "%s",
                               gz_context_message(context));
    }
    gz_phase_grid_destroy(grid);
}

Test(lattice_kernel, impossible_kernels_are_refused) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 9, 4);
    gz_radial_table *table = table_of(50, 12, bounded_profile), *shorter = table_of(50, 11, bounded_profile),
                    *vanishing = table_of(50, 5, staircase);
    const gz_kernel wrong[] = {{GZ_KERNEL_POWER, .gamma = -3.1, .strength = 1},
                               {GZ_KERNEL_POWER, .gamma = 1.5, .strength = 1},
                               {GZ_KERNEL_POWER, .gamma = NAN, .strength = 1},
                               {GZ_KERNEL_POWER, .gamma = 0, .strength = -1},
                               {GZ_KERNEL_POWER, .gamma = 0, .strength = NAN},
                               {GZ_KERNEL_BOUNDED, .gamma = 3.5, .strength = 1},
                               {GZ_KERNEL_BOUNDED, .gamma = -INFINITY, .strength = 1},
                               {GZ_KERNEL_TABLE, .strength = 1},
                               {GZ_KERNEL_TABLE, .strength = 1, .table = shorter},
                               {GZ_KERNEL_FUNCTION, .strength = 1}},
                    right[] = {{GZ_KERNEL_POWER, .gamma = -3, .strength = 1},
                               {GZ_KERNEL_BOUNDED, .gamma = 3, .strength = 1},
                               {GZ_KERNEL_TABLE, .strength = 1, .table = table},
                               {GZ_KERNEL_TABLE, .strength = 1, .table = vanishing}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        gz_lattice_kernel lattice;
        cr_assert_eq(gz_lattice_kernel_init(context, grid, &wrong[i], &lattice), GZ_ERROR_SETTINGS, "%zu", i);
        cr_assert_neq(gz_context_message(context)[0], 0);
    }
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        cr_assert_eq(gz_kernel_check(context, grid, &right[i]), GZ_OK);
    const double r[] = {0, 1, 2}, falling[] = {0, 2, 1}, late[] = {0.5, 1, 2}, negative[] = {1, -1, 1},
                 zero[] = {0, 0, 0}, fine[] = {1, 1, 0};
    gz_radial_table *none = NULL;
    cr_assert_eq(gz_radial_table_create(context, 1, r, fine, &none), GZ_ERROR_SETTINGS);
    cr_assert_eq(gz_radial_table_create(context, 3, falling, fine, &none), GZ_ERROR_SETTINGS);
    cr_assert_eq(gz_radial_table_create(context, 3, late, fine, &none), GZ_ERROR_SETTINGS);
    cr_assert_eq(gz_radial_table_create(context, 3, r, negative, &none), GZ_ERROR_SETTINGS);
    cr_assert_eq(gz_radial_table_create(context, 3, r, zero, &none), GZ_ERROR_SETTINGS);
    cr_assert_null(none);
    gz_radial_table_destroy(table);
    gz_radial_table_destroy(shorter);
    gz_radial_table_destroy(vanishing);
    gz_phase_grid_destroy(grid);
}
