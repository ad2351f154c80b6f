/* Derivative: exactness, orders and adjoints of its rows; the fused stencils and their control against it. */
#include "cell_stencil.h"
#include "sample.h"
#include "stencil_control.h"

#include <criterion/criterion.h>
#include <math.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(derivative, .init = open_context, .fini = close_context);

/* One cell with 11 nodes an axis, and a derivative on it. */
typedef struct problem {
    gz_phase_grid *grid;
    gz_derivative derivative;
} problem;

typedef void check(const problem *p);

/* In two and three dimensions, at every order. */
static void for_all(check *run) {
    for (int d = 2; d <= 3; d++)
        for (int order = 2; order <= 8; order += 2) {
            problem p = {.grid = sample_grid(context, 0, d, 1, 11, 3)};
            cr_assert_eq(gz_derivative_init(context, p.grid, order, &p.derivative), GZ_OK);
            run(&p);
            gz_phase_grid_destroy(p.grid);
        }
}

/* theta in (0, 1) everywhere. */
static double *random_theta(const problem *p, size_t seed) {
    double *theta = sample_zero(context, p->grid);
    for (size_t i = 0; i < p->grid->node_count; i++) theta[i] = sample_uniform(seed, i);
    return theta;
}

static size_t index_of(const problem *p, size_t node, int axis) {
    return gz_phase_grid_node_index(p->grid, node, axis);
}

static bool wide_fits(const problem *p, size_t node, int axis) {
    const size_t i = index_of(p, node, axis), reach = p->derivative.reach;
    return i >= reach && i + reach < p->grid->nodes;
}

static bool window_starts(const problem *p, size_t node, int axis) {
    return index_of(p, node, axis) + p->derivative.saw_degree < p->grid->nodes;
}

static double product(const problem *p, const double *x, const double *y) {
    double sum = 0;
    for (size_t i = 0; i < p->grid->node_count; i++) sum += x[i] * y[i];
    return sum;
}

static double largest_difference(const problem *p, const double *x, const double *y) {
    double largest = 0;
    for (size_t i = 0; i < p->grid->node_count; i++) largest = fmax(largest, fabs(x[i] - y[i]));
    return largest;
}

static void exact_on_quadratics(const problem *p) {
    const gz_phase_grid *grid = p->grid;
    double *theta = random_theta(p, 1), *w = sample_zero(context, grid), *out = sample_zero(context, grid);
    for (size_t i = 0; i < grid->node_count; i++)
        w[i] = 1 + grid->node_velocity[0][i] + grid->node_energy[i] / 2;
    for (int a = 0; a < grid->velocity_dim; a++) {
        gz_derivative_apply(&p->derivative, a, theta, w, out);
        for (size_t i = 0; i < grid->node_count; i++)
            cr_assert_float_eq(out[i], grid->node_velocity[a][i] + (a == 0 ? 1 : 0), 2e-13);
        gz_derivative_sawtooth(&p->derivative, a, w, out);
        for (size_t i = 0; i < grid->node_count; i++) cr_assert_float_eq(out[i], 0, 2e-13);
    }
    gz_release(theta);
    gz_release(w);
    gz_release(out);
}

Test(derivative, gradient_is_exact_on_quadratics_for_every_switch_and_the_sawtooth_kills_them) {
    for_all(exact_on_quadratics);
}

/* Wide rows of order 2p are exact on v, v^2 .. v^2p and not beyond; S has amplitude 2/h on the odd-even
 * mode. */
static void order_and_amplitude(const problem *p) {
    const gz_phase_grid *grid = p->grid;
    double *w = sample_zero(context, grid), *out = sample_zero(context, grid);
    for (int a = 0; a < grid->velocity_dim; a++) {
        for (int degree = 1; degree <= 2 * (int)p->derivative.reach + 1; degree++) {
            const double *v = grid->node_velocity[a], scale = degree * pow(grid->half_width, degree - 1);
            double worst = 0;
            for (size_t i = 0; i < grid->node_count; i++) w[i] = pow(v[i], degree);
            gz_derivative_apply(&p->derivative, a, NULL, w, out);
            for (size_t i = 0; i < grid->node_count; i++)
                if (wide_fits(p, i, a)) worst = fmax(worst, fabs(out[i] - degree * pow(v[i], degree - 1)));
            if (degree <= 2 * (int)p->derivative.reach)
                cr_assert_lt(worst, 1e-13 * scale);
            else
                cr_assert_gt(worst, 1e-6 * scale);
        }
        for (size_t i = 0; i < grid->node_count; i++) w[i] = index_of(p, i, a) % 2 ? -1 : 1;
        gz_derivative_sawtooth(&p->derivative, a, w, out);
        for (size_t i = 0; i < grid->node_count; i++)
            cr_assert_float_eq(fabs(out[i]), window_starts(p, i, a) ? 2 / grid->spacing : 0, 1e-13);
    }
    gz_release(w);
    gz_release(out);
}

Test(derivative, wide_rows_have_their_order_and_the_sawtooth_its_amplitude) {
    for_all(order_and_amplitude);
}

/* <A w, q> = <w, A^T q> for G and S. */
static void adjoint(const problem *p) {
    const gz_phase_grid *grid = p->grid;
    double *theta = random_theta(p, 2), *w = sample_noise(context, grid, 7),
           *q = sample_noise(context, grid, 8), *image = sample_zero(context, grid);
    for (int a = 0; a < grid->velocity_dim; a++)
        for (int sawtooth = 0; sawtooth < 2; sawtooth++) {
            double *transposed = sample_zero(context, grid);
            if (sawtooth) {
                gz_derivative_sawtooth(&p->derivative, a, w, image);
                gz_derivative_sawtooth_adjoint(&p->derivative, a, q, transposed);
            } else {
                gz_derivative_apply(&p->derivative, a, theta, w, image);
                gz_derivative_adjoint(&p->derivative, a, theta, q, transposed);
            }
            cr_assert_float_eq(product(p, image, q), product(p, w, transposed), 1e-11);
            gz_release(transposed);
        }
    double *all[] = {theta, w, q, image};
    for (size_t k = 0; k < 4; k++) gz_release(all[k]);
}

Test(derivative, adjoints_are_adjoint) {
    for_all(adjoint);
}

/* theta and c from their definitions, node by node, however the rows are shared out. */
static void control(const problem *p) {
    const gz_phase_grid *grid = p->grid;
    const size_t n = grid->nodes, reach = p->derivative.reach;
    double *log_f = sample_noise(context, grid, 3), *m = sample_noise(context, grid, 4),
           *theta = sample_noise(context, grid, 5), *c = sample_noise(context, grid, 6);
    for (size_t i = 0; i < grid->node_count; i++) {
        log_f[i] *= 1.5; /* jumps up to 3 */
        m[i] += 0.9;     /* a few below zero */
    }
    for (int a = 0; a < grid->velocity_dim; a++)
        for (size_t cut = 0; cut <= n; cut += 3) {
            const gz_rows rows[] = {{0, cut}, {cut, n}};
            for (size_t k = 0; k < 2; k++) {
                gz_stencil_steepness(&p->derivative, a, rows[k], log_f, theta);
                gz_stencil_sawtooth_weight(&p->derivative, a, rows[k], m, c);
            }
            for (size_t i = 0; i < grid->node_count; i++) {
                const size_t s = grid->stride[a];
                double squares = 0, least = INFINITY;
                for (size_t k = 0; wide_fits(p, i, a) && k < 2 * reach; k++)
                    squares += pow(log_f[i + (k + 1) * s - reach * s] - log_f[i + k * s - reach * s], 2);
                const double last = reach == 4 ? 1.54 : 2,
                             t = fmin(1, fmax(0, 2 - 2 / last * sqrt(squares / (2 * (double)reach))));
                cr_assert_float_eq(theta[i], wide_fits(p, i, a) ? t * t * (3 - 2 * t) : 0, 1e-15);
                for (size_t j = 0; window_starts(p, i, a) && j <= p->derivative.saw_degree; j++)
                    least = fmin(least, m[i + j * s]);
                cr_assert_eq(c[i], window_starts(p, i, a) ? fmax(0, least) / 2 : 0);
            }
        }
    double *all[] = {log_f, m, theta, c};
    for (size_t k = 0; k < 4; k++) gz_release(all[k]);
}

Test(derivative, control_follows_its_definition_on_every_share_of_rows) {
    for_all(control);
}

/* out = sum_a G_a^T [ h m (T G w - b)_a ] + sum_a S_a^T c_a S_a w by rows. */
static void apply_by_rows(const problem *p, const gz_cell_fields *f, const double *w, double *const q[],
                          double *out) {
    const int d = p->grid->velocity_dim;
    const size_t nodes = p->grid->node_count;
    double *flux = sample_zero(context, p->grid);
    for (int a = 0; a < d; a++) gz_derivative_apply(&p->derivative, a, f->theta[a], w, q[a]);
    for (int a = 0; a < d; a++) {
        for (size_t i = 0; i < nodes; i++) {
            flux[i] = -f->drift[a][i];
            for (int b = 0; b < d; b++) flux[i] += f->tensor[gz_pair_index(d, a, b)][i] * q[b][i];
            flux[i] *= f->weight[i];
        }
        gz_derivative_adjoint(&p->derivative, a, f->theta[a], flux, out);
        gz_derivative_sawtooth(&p->derivative, a, w, flux);
        for (size_t i = 0; i < nodes; i++) flux[i] *= f->sawtooth[a][i];
        gz_derivative_sawtooth_adjoint(&p->derivative, a, flux, out);
    }
    gz_release(flux);
}

/* The fused stencils of a cell, whole and in two shares of rows; every other axis always wide. */
static void fused(const problem *p) {
    const gz_phase_grid *grid = p->grid;
    const int d = grid->velocity_dim;
    const gz_rows rows[] = {{0, 5}, {5, grid->nodes}};
    double *w = sample_noise(context, grid, 9), *weight = random_theta(p, 10),
           *out = sample_zero(context, grid), *expected = sample_zero(context, grid), *made[30];
    size_t count = 0;
    gz_cell_fields f = {.weight = weight};
    double *q[GZ_MAX_DIM] = {0}, *q_expected[GZ_MAX_DIM] = {0};
    for (int a = 0; a < d; a++) {
        double *theta = made[count++] = sample_zero(context, grid),
               *c = made[count++] = sample_zero(context, grid);
        for (size_t i = 0; i < grid->node_count; i++) {
            theta[i] = wide_fits(p, i, a) ? sample_uniform(11, i) : 0;
            c[i] = window_starts(p, i, a) ? sample_uniform(12, i) : 0;
        }
        f.theta[a] = a % 2 ? NULL : theta;
        f.sawtooth[a] = c;
        f.drift[a] = made[count++] = sample_noise(context, grid, 20 + (size_t)a);
        q[a] = made[count++] = sample_zero(context, grid);
        q_expected[a] = made[count++] = sample_zero(context, grid);
    }
    for (int k = 0; k < gz_pair_count(d); k++)
        f.tensor[k] = made[count++] = sample_noise(context, grid, 30 + (size_t)k);
    gz_cell_stencil stencil;
    cr_assert_eq(gz_cell_stencil_init(context, &p->derivative, &stencil), GZ_OK);

    apply_by_rows(p, &f, w, q_expected, expected);
    gz_cell_stencil_apply(&stencil, 0, &f, w, out);
    cr_assert_lt(largest_difference(p, out, expected), 1e-12);
    for (size_t k = 0; k < 2; k++) gz_cell_stencil_gradient(&stencil, 0, f.theta, rows[k], w, q);
    for (int a = 0; a < d; a++) cr_assert_lt(largest_difference(p, q[a], q_expected[a]), 1e-13);
    for (size_t k = 0; k < 2; k++) gz_cell_stencil_fluxes(&stencil, 0, 0, &f, rows[k], w, out);
    for (size_t k = 0; k < 2; k++) gz_cell_stencil_gather(&stencil, 0, rows[k], out);
    cr_assert_lt(largest_difference(p, out, expected), 1e-12);

    gz_cell_stencil_free(&stencil);
    for (size_t k = 0; k < count; k++) gz_release(made[k]);
    double *all[] = {w, weight, out, expected};
    for (size_t k = 0; k < 4; k++) gz_release(all[k]);
}

Test(derivative, fused_stencils_equal_the_rows) {
    for_all(fused);
}
