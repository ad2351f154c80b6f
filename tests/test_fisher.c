/* Fisher and cross-Fisher information: closed values for Maxwellians, and the identities of Section 2.4 as
 * sums over pairs. */
#include "fisher.h"
#include "pair_calculus.h"
#include "sample.h"

#include <criterion/criterion.h>
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

TestSuite(fisher, .init = open_context, .fini = close_context);

static const double GAMMAS[] = {-3, -2, -0.5, 0, 1};

enum { GAMMA_COUNT = 5 };

typedef struct problem {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    double gamma;
    double *f, *log_f;
} problem;

/* A problem whose log f is that of a sample, with the steepness switch at work. */
static problem open_problem(int space_dim, int velocity_dim, size_t nodes, double half_width, double gamma,
                            int order, size_t seed) {
    problem p = {.grid = sample_grid(context, space_dim, velocity_dim, 3, nodes, half_width), .gamma = gamma};
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1},
                                           .order = order};
    cr_assert_eq(gz_mobility_create(context, p.grid, &settings, &p.mobility), GZ_OK);
    p.log_f = sample_log_density(context, p.grid, seed);
    p.f = sample_exp(context, p.grid, p.log_f);
    return p;
}

static void set(problem *p) {
    for (size_t i = 0; i < p->grid->size; i++) p->f[i] = exp(p->log_f[i]);
    gz_mobility_set_steepness(p->mobility, p->log_f);
    gz_mobility_set_density(p->mobility, p->f);
}

static void close_problem(problem *p) {
    gz_mobility_destroy(p->mobility);
    gz_release(p->f);
    gz_release(p->log_f);
    gz_phase_grid_destroy(p->grid);
}

/* f = n(x) prod exp(-(v_a - u_a)^2/2T_a): grad log f = -(v - u)/T on every node, for every order. */
Test(fisher, of_maxwellians_is_that_of_their_gradient) {
    static const double u[3] = {0.3, -0.2, 0.1}, T[3] = {1, 0.7, 1.3};
    for (int d = 2; d <= 3; d++)
        for (int dx = 0; dx <= 1; dx++)
            for (size_t k = 0; k < GAMMA_COUNT; k++) {
                problem p = open_problem(dx, d, 11, 4, GAMMAS[k], 2 + 2 * (int)(k % 4), 1);
                long double information = 0, cross = 0;
                for (size_t i = 0; i < p.grid->size; i++) {
                    const size_t node = i % p.grid->node_count;
                    double g[3] = {0}, v[3] = {0};
                    p.log_f[i] = -0.5 * (double)(i / p.grid->node_count);
                    for (int a = 0; a < d; a++) {
                        v[a] = p.grid->node_velocity[a][node];
                        g[a] = -(v[a] - u[a]) / T[a];
                        p.log_f[i] += g[a] * (v[a] - u[a]) / 2;
                    }
                    const double c[3] = {v[1] * g[2] - v[2] * g[1], v[2] * g[0] - v[0] * g[2],
                                         v[0] * g[1] - v[1] * g[0]};
                    const long double weight = (long double)p.grid->node_volume[node] * exp(p.log_f[i]) *
                                               pow(1 + p.grid->node_energy[node], GAMMAS[k] / 2) *
                                               p.grid->cell_volume;
                    for (int a = 0; a < 3; a++) {
                        information += weight * g[a] * g[a];
                        cross += weight * c[a] * c[a];
                    }
                }
                set(&p);
                const gz_fisher fisher = gz_fisher_of(p.mobility, p.f, p.log_f);
                cr_assert_float_eq(fisher.information, (double)information, 1e-13 * (double)information);
                cr_assert_float_eq(fisher.cross, (double)cross, 1e-12 * (double)cross);
                close_problem(&p);
            }
}

/* G log f at all points, [point][3], by the derivative itself. */
static double *gradient_of(const problem *p) {
    double *g = NULL, *column = sample_zero(context, p->grid);
    cr_assert_eq(gz_allocate(context, 3 * p->grid->size, sizeof *g, &g), GZ_OK);
    for (int a = 0; a < p->grid->velocity_dim; a++)
        for (size_t first = 0; first < p->grid->size; first += p->grid->node_count) {
            gz_derivative_apply(gz_mobility_derivative(p->mobility), a,
                                gz_mobility_theta(p->mobility, a) + first, p->log_f + first, column);
            for (size_t i = 0; i < p->grid->node_count; i++) g[3 * (first + i) + (size_t)a] = column[i];
        }
    gz_release(column);
    return g;
}

static void velocity_of(const problem *p, size_t point, double *v) {
    for (int a = 0; a < p->grid->velocity_dim; a++)
        v[a] = p->grid->node_velocity[a][point % p->grid->node_count];
}

/* The cross product z x e, as q_ij of (2.18). */
static void cross_product(const double *z, const double *e, double *q) {
    q[0] = z[1] * e[2] - z[2] * e[1];
    q[1] = z[2] * e[0] - z[0] * e[2];
    q[2] = z[0] * e[1] - z[1] * e[0];
}

/* (2.15), (2.16): D = 1/2 sum f f* A/|z|^2 |z x (g - g*)|^2, with A = |z|^(2 + gamma) except in the near
 * field, is the dissipation of the pair calculus without its sawtooth part, in d = 2 and 3. */
Test(fisher, cross_products_over_pairs_are_the_dissipation) {
    for (int d = 2; d <= 3; d++)
        for (size_t k = 0; k < GAMMA_COUNT; k++) {
            problem p = open_problem(0, d, d == 2 ? 13 : 7, 3.5, GAMMAS[k], d == 2 ? 6 : 2, 3 + k);
            set(&p);
            double *g = gradient_of(&p), D, sum = 0;
            for (size_t r = 0; r < p.grid->size; r++)
                for (size_t s = 0; s < p.grid->size; s++) {
                    double v[3] = {0}, w[3] = {0}, z[3], e[3], q[3], z2 = 0;
                    velocity_of(&p, r, v);
                    velocity_of(&p, s, w);
                    for (int a = 0; a < 3; a++) {
                        z[a] = v[a] - w[a];
                        e[a] = g[3 * r + (size_t)a] - g[3 * s + (size_t)a];
                        z2 += z[a] * z[a];
                    }
                    cross_product(z, e, q);
                    const double weight =
                        gz_mobility_weight(p.mobility)[r] * gz_mobility_weight(p.mobility)[s];
                    double tensor[GZ_MAX_PAIRS], trace = 0; /* (d-1) A */
                    gz_lattice_kernel_tensor(gz_mobility_lattice(p.mobility), z, tensor);
                    for (int a = 0; a < d; a++) trace += tensor[gz_pair_index(d, a, a)];
                    if (z2 > 0)
                        sum +=
                            0.5 * weight * trace / (d - 1) / z2 * (q[0] * q[0] + q[1] * q[1] + q[2] * q[2]);
                }
            cr_assert_eq(gz_pair_dissipation(context, p.mobility, p.log_f, &D), GZ_OK);
            double *Sw = sample_zero(context, p.grid), sawtooth = 0;
            for (int a = 0; a < d; a++) {
                const double *c = gz_mobility_sawtooth(p.mobility, a);
                gz_derivative_sawtooth(gz_mobility_derivative(p.mobility), a, p.log_f, Sw);
                for (size_t i = 0; i < p.grid->size; i++) sawtooth += c[i] * Sw[i] * Sw[i];
            }
            cr_assert_float_eq(sum, D - sawtooth, 1e-12 * D, "%g against %g", sum, D - sawtooth);
            gz_release(Sw);
            gz_release(g);
            close_problem(&p);
        }
}

/* (2.20) summed over q with the weight f: M v x g = sum f* q + P x g + v x G - X. Here M and P are mass and
 * momentum; G = sum f g and X = sum f v x g vanish for the continuous gradient, which gives (2.21). This
 * yields C(f) from sums over pairs, for any density and to round-off. */
Test(fisher, cross_information_from_pairs) {
    for (int d = 2; d <= 3; d++)
        for (size_t k = 0; k < GAMMA_COUNT; k++) {
            problem p = open_problem(0, d, d == 2 ? 15 : 7, 4, GAMMAS[k], d == 2 ? 6 : 2, 40 + k);
            set(&p);
            const double *weight = gz_mobility_weight(p.mobility);
            double *g = gradient_of(&p), M = 0, P[3] = {0}, G[3] = {0}, X[3] = {0}, cross = 0;
            for (size_t s = 0; s < p.grid->size; s++) {
                double w[3] = {0}, q[3];
                velocity_of(&p, s, w);
                cross_product(w, g + 3 * s, q);
                M += weight[s];
                for (int a = 0; a < 3; a++) {
                    P[a] += weight[s] * w[a];
                    G[a] += weight[s] * g[3 * s + (size_t)a];
                    X[a] += weight[s] * q[a];
                }
            }
            for (size_t r = 0; r < p.grid->size; r++) {
                double v[3] = {0}, sum[3] = {0}, Pg[3], vG[3], square = 0;
                velocity_of(&p, r, v);
                for (size_t s = 0; s < p.grid->size; s++) {
                    double w[3] = {0}, z[3], e[3], q[3];
                    velocity_of(&p, s, w);
                    for (int a = 0; a < 3; a++) {
                        z[a] = v[a] - w[a];
                        e[a] = g[3 * r + (size_t)a] - g[3 * s + (size_t)a];
                    }
                    cross_product(z, e, q);
                    for (int a = 0; a < 3; a++) sum[a] += weight[s] * q[a];
                }
                cross_product(P, g + 3 * r, Pg);
                cross_product(v, G, vG);
                for (int a = 0; a < 3; a++) {
                    const double entry = (sum[a] + Pg[a] + vG[a] - X[a]) / M;
                    square += entry * entry;
                }
                cross += weight[r] * pow(1 + p.grid->node_energy[r], GAMMAS[k] / 2) * square;
            }
            const gz_fisher fisher = gz_fisher_of(p.mobility, p.f, p.log_f);
            cr_assert_float_eq(fisher.cross, cross, 1e-12 * cross, "d %d, gamma %g: %g against %g", d,
                               GAMMAS[k], fisher.cross, cross);
            gz_release(g);
            close_problem(&p);
        }
}

Test(fisher, does_not_depend_on_the_number_of_threads) {
    gz_fisher first = {0};
    for (int threads = 1; threads <= 3; threads++) {
        gz_context *with = NULL;
        cr_assert_eq(gz_context_create(threads, &with), GZ_OK);
        gz_phase_grid *grid = sample_grid(with, 1, 2, 4, 29, 5);
        const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                                               .order = 4};
        gz_mobility *mobility = NULL;
        cr_assert_eq(gz_mobility_create(with, grid, &settings, &mobility), GZ_OK);
        double *log_f = sample_log_density(with, grid, 5), *f = sample_exp(with, grid, log_f);
        gz_mobility_set_steepness(mobility, log_f);
        const gz_fisher now = gz_fisher_of(mobility, f, log_f);
        if (threads == 1) first = now;
        cr_assert_eq(memcmp(&now, &first, sizeof now), 0);
        gz_release(f);
        gz_release(log_f);
        gz_mobility_destroy(mobility);
        gz_phase_grid_destroy(grid);
        gz_context_destroy(with);
    }
}
