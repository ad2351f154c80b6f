/* The capped mobility and its limiter against their formulas, written out for one node at a time (mobility_cap.h, limiter.h). */
#include "functionals.h"
#include "limiter.h"
#include "mobility_cap.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>

static gz_context *context;

static void begin(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void end(void) {
    gz_context_destroy(context);
}

TestSuite(limiter, .init = begin, .fini = end);

/* A mobility on a grid, and a density of which log f falls by about 1.4, 2.4 and 3.4 a cell along every axis in the three cells. */
typedef struct setting {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    double *log_f, *f;
    double largest_density; /* of the cells */
} setting;

static setting make(int velocity_dim, gz_kappa_shape shape) {
    const size_t nodes = velocity_dim == 2 ? 17 : 13;
    setting s = {.grid = sample_grid(context, 1, velocity_dim, 3, nodes, 5)};
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},
                                           .kappa = {.shape = shape, .k2 = 4},
                                           .order = 4};
    cr_assert_eq(gz_mobility_create(context, s.grid, &settings, &s.mobility), GZ_OK);
    s.log_f = sample_zero(context, s.grid);
    for (size_t i = 0; i < s.grid->size; i++) {
        const size_t node = i % s.grid->node_count, cell = i / s.grid->node_count;
        s.log_f[i] = 0.4 * sin((double)(7 * i % 11));
        for (int a = 0; a < velocity_dim; a++)
            s.log_f[i] -= (1.4 + (double)cell) *
                          fabs((double)gz_phase_grid_node_index(s.grid, node, a) - (double)(nodes / 2));
    }
    s.f = sample_exp(context, s.grid, s.log_f);
    for (size_t cell = 0; cell < 3; cell++) {
        double density = 0;
        for (size_t p = 0; p < s.grid->node_count; p++)
            density += s.grid->node_volume[p] * s.f[cell * s.grid->node_count + p];
        s.largest_density = fmax(s.largest_density, density);
    }
    return s;
}

static void clear(setting *s) {
    gz_release(s->log_f);
    gz_release(s->f);
    gz_mobility_destroy(s->mobility);
    gz_phase_grid_destroy(s->grid);
}

static double chi(double f, double threshold, double largest) {
    const double u = pow(f / (threshold * largest), 2);
    return u / (1 + u);
}

/* m_i/f_i of the header's formula, with lambda = 1. */
static double fraction(const setting *s, size_t i) {
    const gz_phase_grid *grid = s->grid;
    const size_t node = i % grid->node_count, first = i - node;
    double largest = 0, drop = 0, sum = 1;
    for (size_t p = 0; p < grid->node_count; p++) largest = fmax(largest, s->f[first + p]);
    for (int a = 0; a < grid->velocity_dim; a++)
        for (int side = -1; side <= 1; side += 2) {
            const size_t index = gz_phase_grid_node_index(grid, node, a);
            if (index == (side < 0 ? 0 : grid->nodes - 1)) continue;
            const size_t n = side < 0 ? i - grid->stride[a] : i + grid->stride[a];
            drop = fmax(drop, s->log_f[i] - s->log_f[n]);
            sum += pow(s->f[i] / (exp(2) * s->f[n]), 8);
        }
    const double x = chi(s->f[i], 1e-6, largest);
    return x * 4 / fmax(4, drop) + (1 - x) * pow(sum, -1. / 8);
}

static double limit(double s, double largest) {
    return pow(1 + pow(s / largest, 4), -0.25);
}

Test(limiter, is_its_formula) {
    const gz_kappa_shape shapes[] = {GZ_KAPPA_DIRAC, GZ_KAPPA_EXPONENTIAL};
    const double dt = 0.01;
    for (int d = 2; d <= 3; d++)
        for (int k = 0; k < 2; k++) {
            setting s = make(d, shapes[k]);
            const gz_phase_grid *grid = s.grid;
            const double h2 = grid->spacing * grid->spacing;
            gz_limiter limiter;
            double *K_log_f = sample_zero(context, grid), *m = sample_zero(context, grid), least = 1,
                   most = 0;
            cr_assert_eq(gz_limiter_init(context, s.mobility, &limiter), GZ_OK);
            gz_limiter_begin(&limiter, dt, s.f);
            gz_mobility_set_capped(s.mobility, s.log_f, limiter.lambda, m);
            gz_mobility_apply(s.mobility, s.log_f, K_log_f);
            gz_limiter_refine(&limiter, dt, s.f, K_log_f);
            for (size_t i = 0; i < grid->size; i++) {
                const size_t node = i % grid->node_count, first = i - node;
                double density = s.largest_density;
                if (k == 0) {
                    density = 0;
                    for (size_t p = 0; p < grid->node_count; p++)
                        density += grid->node_volume[p] * s.f[first + p];
                }
                const double v = sqrt(fmax(grid->node_energy[node], h2)),
                             stiff = dt * density * (d - 1) * pow(v, 3) / h2,
                             x = 16 * dt * K_log_f[i] /
                                 (grid->node_volume[node] * s.f[i] * limit(stiff, 0.25)),
                             q = 1 / (1 + 1 / (x * x)),
                             expected = (1 - q) * limit(stiff, 4) + q * limit(stiff, 0.25);
                cr_assert_float_eq(limiter.lambda[i], expected, 1e-12,
                                   "d = %d, kappa %d, node %zu: %g, not %g", d, k, i, limiter.lambda[i],
                                   expected);
                least = fmin(least, expected);
                most = fmax(most, expected);
            }
            cr_assert(least < 0.2 && most > 0.9, "lambda is between %g and %g", least, most);
            gz_limiter_free(&limiter);
            gz_release(K_log_f);
            gz_release(m);
            clear(&s);
        }
}

/* Where lambda is NULL or 1 it changes nothing; else m and theta are reduced in the deep tail alone. */
Test(limiter, capped_mobility_is_its_formula) {
    for (int d = 2; d <= 3; d++) {
        setting s = make(d, GZ_KAPPA_DIRAC);
        const gz_phase_grid *grid = s.grid;
        double *m = sample_zero(context, grid), *lambda = sample_zero(context, grid),
               *theta = sample_zero(context, grid);
        for (int limited = 0; limited < 3; limited++) {
            for (size_t i = 0; i < grid->size; i++) lambda[i] = limited == 2 ? 0.1 : 1;
            gz_mobility_set_capped(s.mobility, s.log_f, limited ? lambda : NULL, m);
            bool reduced = false;
            for (size_t i = 0; i < grid->size; i++) {
                double largest = 0;
                for (size_t p = 0; p < grid->node_count; p++)
                    largest = fmax(largest, s.f[i - i % grid->node_count + p]);
                const double x = chi(s.f[i], 1e-10, largest), y = chi(s.f[i], 1e-7, largest),
                             expected = s.f[i] * fraction(&s, i) * (x + (1 - x) * (limited == 2 ? 0.1 : 1));
                cr_assert_float_eq(m[i], expected, 1e-12 * expected,
                                   "d = %d, lambda %d, node %zu: %g, not %g", d, limited, i, m[i], expected);
                const double now = gz_mobility_theta(s.mobility, 0)[i];
                if (limited == 0) theta[i] = now;
                cr_assert_float_eq(now, theta[i] * (y + (1 - y) * (limited == 2 ? 0.1 : 1)), 1e-12);
                reduced |= now < 0.5 * theta[i];
            }
            cr_assert_eq(reduced, limited == 2);
        }
        gz_release(m);
        gz_release(lambda);
        gz_release(theta);
        clear(&s);
    }
}

/* As dt goes to 0 the limiter leaves the mobility alone, to the fourth order. */
Test(limiter, is_of_the_fourth_order_in_dt) {
    setting s = make(2, GZ_KAPPA_EXPONENTIAL);
    gz_limiter limiter;
    double worst[2] = {0};
    cr_assert_eq(gz_limiter_init(context, s.mobility, &limiter), GZ_OK);
    for (int k = 0; k < 2; k++) {
        gz_limiter_begin(&limiter, k ? 1e-5 : 2e-5, s.f);
        for (size_t i = 0; i < s.grid->size; i++) worst[k] = fmax(worst[k], 1 - limiter.lambda[i]);
    }
    cr_assert_float_eq(log2(worst[0] / worst[1]), 4, 0.05, "1 - lambda is %g and %g", worst[0], worst[1]);
    gz_limiter_free(&limiter);
    clear(&s);
}
