/* Collisions other than Landau's: K against its formula written out, with one, two and three velocity axes. */
#include "flux_form.h"
#include "functionals.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(collisions, .init = open_context, .fini = close_context);

static const gz_collision_model MODELS[] = {{GZ_FOKKER_PLANCK, .friction = 0.7, .temperature = 1.3},
                                            {GZ_DOUGHERTY, .rate = 0.6}};
/* {space_dim, velocity_dim, cells, nodes} */
static const size_t SHAPES[][4] = {{0, 1, 1, 21}, {1, 1, 3, 14}, {0, 2, 1, 11},
                                   {1, 2, 3, 10}, {2, 2, 2, 9},  {1, 3, 2, 9}};
enum { SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES, ORDER = 6 };

static gz_phase_grid *shape_grid(size_t shape) {
    const size_t *s = SHAPES[shape];
    return sample_grid(context, (int)s[0], (int)s[1], s[2], s[3], 5);
}

static gz_mobility *make(gz_context *of, const gz_phase_grid *grid, const gz_collision_model *model,
                         const double *log_m, const double *m) {
    const gz_mobility_settings settings = {.collisions = *model, .order = ORDER};
    gz_mobility *mobility = NULL;
    cr_assert_eq(gz_mobility_create(of, grid, &settings, &mobility), GZ_OK, "%s", gz_context_message(of));
    gz_mobility_set_steepness(mobility, log_m);
    gz_mobility_set_density(mobility, m);
    return mobility;
}

/* Add a row of the sawtooth control, c S^T S w. */
static void add_window(const gz_derivative *g, int a, double c, const double *w, double *out) {
    double sum = 0;
    for (size_t j = 0; j <= g->saw_degree; j++) sum += g->saw[j] * w[j * g->grid->stride[a]];
    for (size_t j = 0; j <= g->saw_degree; j++) out[j * g->grid->stride[a]] += c * g->saw[j] * sum;
}

/* out += sum_a G_a^T flux_a + S_a^T c_a S_a w on one cell; flux: [axis][node] */
static void add_divergence(const gz_mobility *k, const double *const theta[], size_t cell, const double *flux,
                           const double *w, double *out) {
    const gz_derivative *g = gz_mobility_derivative(k);
    const size_t nodes = g->grid->node_count;
    for (int a = 0; a < g->grid->velocity_dim; a++)
        for (size_t p = 0; p < nodes; p++) {
            const gz_stencil_row row = gz_derivative_row(g, a, theta[a], p);
            for (size_t j = 0; j < row.count; j++)
                out[(ptrdiff_t)p + row.offset[j]] += row.coefficient[j] * flux[(size_t)a * nodes + p];
            const double c = gz_mobility_sawtooth(k, a)[cell * nodes + p];
            if (c > 0) add_window(g, a, c, w + p, out + p);
        }
}

/* The tensor, as a multiple of Id, of a cell; mass, mean velocity and temperature are sums over its nodes. */
static double diffusion(const gz_phase_grid *grid, const gz_collision_model *model, const double *m) {
    double mass = 0, energy = 0;
    if (model->kind == GZ_FOKKER_PLANCK) return model->friction * model->temperature;
    for (size_t p = 0; p < grid->node_count; p++) {
        mass += grid->node_volume[p] * m[p];
        energy += grid->node_volume[p] * m[p] * grid->node_energy[p];
    }
    for (int a = 0; a < grid->velocity_dim; a++) {
        double u = 0;
        for (size_t p = 0; p < grid->node_count; p++)
            u += grid->node_volume[p] * m[p] * grid->node_velocity[a][p];
        energy -= u * u / mass;
    }
    return model->rate * energy / (mass * grid->velocity_dim);
}

/* The field j of e_1.., v, its component a at a node. */
static double field(const gz_phase_grid *grid, int j, int a, size_t p) {
    return j < grid->velocity_dim ? j == a : grid->node_velocity[a][p];
}

/* Take from q its projection onto e_i and v in L2(h m), where mq = h m q is given. q, mq: [axis][node] */
static void remove_projection(const gz_phase_grid *grid, const double *m, const double *mq, double *q,
                              const double *scale) {
    const int d = grid->velocity_dim, count = d + 1;
    const size_t nodes = grid->node_count;
    double A[16] = {0}, b[4] = {0};
    for (int j = 0; j < count; j++)
        for (int a = 0; a < d; a++)
            for (size_t p = 0; p < nodes; p++) {
                b[j] += field(grid, j, a, p) * mq[(size_t)a * nodes + p];
                for (int k = 0; k < count; k++)
                    A[j * count + k] +=
                        grid->node_volume[p] * m[p] * field(grid, j, a, p) * field(grid, k, a, p);
            }
    cr_assert_eq(LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', count, 1, A, count, b, 1), 0);
    for (int j = 0; j < count; j++)
        for (int a = 0; a < d; a++)
            for (size_t p = 0; p < nodes; p++)
                q[(size_t)a * nodes + p] -= scale[p] * b[j] * field(grid, j, a, p);
}

/* out = K(m) w, or with f the flux form of f, w then being f and m too. */
static void naive(const gz_mobility *k, const gz_collision_model *model, const double *m, const double *w,
                  bool flux_form, double *out) {
    const gz_phase_grid *grid = gz_mobility_grid(k);
    const int d = grid->velocity_dim;
    const size_t nodes = grid->node_count;
    double *q = calloc((size_t)d * nodes, sizeof *q), *mq = calloc((size_t)d * nodes, sizeof *mq),
           *one = calloc(nodes, sizeof *one);
    for (size_t p = 0; p < nodes; p++) one[p] = 1;
    memset(out, 0, grid->size * sizeof *out);
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        const double *density = m + cell * nodes, *value = w + cell * nodes,
                     T = diffusion(grid, model, density), *theta[GZ_MAX_DIM] = {0};
        for (int a = 0; a < d; a++) {
            if (!flux_form) theta[a] = gz_mobility_theta(k, a) + cell * nodes;
            for (size_t p = 0; p < nodes; p++) {
                const gz_stencil_row row = gz_derivative_row(gz_mobility_derivative(k), a, theta[a], p);
                double *to = &q[(size_t)a * nodes + p];
                *to = 0;
                for (size_t j = 0; j < row.count; j++)
                    *to += row.coefficient[j] * value[(ptrdiff_t)p + row.offset[j]];
                mq[(size_t)a * nodes + p] = grid->node_volume[p] * (flux_form ? 1 : density[p]) * *to;
            }
        }
        if (model->kind == GZ_DOUGHERTY) remove_projection(grid, density, mq, q, flux_form ? density : one);
        for (int a = 0; a < d; a++)
            for (size_t p = 0; p < nodes; p++) {
                double *to = &q[(size_t)a * nodes + p];
                *to *= T;
                if (flux_form && model->kind == GZ_FOKKER_PLANCK)
                    *to += model->friction * grid->node_velocity[a][p] * density[p];
                *to *= grid->node_volume[p] * (flux_form ? 1 : density[p]);
            }
        add_divergence(k, theta, cell, q, value, out + cell * nodes);
    }
    free(q);
    free(mq);
    free(one);
}

/* The largest |x - y| over the largest |y|. */
static double apart(size_t n, const double *x, const double *y) {
    double difference = 0, scale = 0;
    for (size_t i = 0; i < n; i++) {
        difference = fmax(difference, fabs(x[i] - y[i]));
        scale = fmax(scale, fabs(y[i]));
    }
    return difference / scale;
}

static double dot(size_t n, const double *x, const double *y) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += x[i] * y[i];
    return sum;
}

/* |sum of phi x| over the sum of |phi x|, at most, over all null vectors of every cell. */
static double violation(const gz_phase_grid *grid, bool moments, const double *x) {
    double worst = 0;
    for (size_t cell = 0; cell < grid->cell_count; cell++)
        for (int j = -1; j <= (moments ? grid->velocity_dim : -1); j++) {
            double sum = 0, size = 0;
            for (size_t p = 0; p < grid->node_count; p++) {
                const double phi = j < 0                    ? 1
                                   : j < grid->velocity_dim ? grid->node_velocity[j][p]
                                                            : grid->node_energy[p];
                const double term = phi * x[cell * grid->node_count + p];
                sum += term;
                size += fabs(term);
            }
            worst = fmax(worst, fabs(sum) / size);
        }
    return worst;
}

static void check_form(const gz_phase_grid *grid, const gz_collision_model *model, size_t seed) {
    const size_t n = grid->size;
    double *log_m = sample_log_density(context, grid, seed), *m = sample_exp(context, grid, log_m),
           *w = sample_noise(context, grid, seed + 1), *v = sample_noise(context, grid, seed + 2),
           *Kw = sample_zero(context, grid), *Kv = sample_zero(context, grid),
           *expected = sample_zero(context, grid), *density = sample_zero(context, grid);
    gz_mobility *k = make(context, grid, model, log_m, m);
    const bool moments = model->kind == GZ_DOUGHERTY;
    gz_mobility_apply(k, w, Kw);
    gz_mobility_apply(k, v, Kv);
    naive(k, model, m, w, false, expected);
    cr_expect_lt(apart(n, Kw, expected), 1e-13, "K w is off by %g", apart(n, Kw, expected));
    const double wKw = dot(n, w, Kw), vKv = dot(n, v, Kv);
    cr_expect_lt(fabs(dot(n, v, Kw) - dot(n, w, Kv)), 1e-13 * sqrt(wKw * vKv));
    cr_expect_gt(wKw, 0);
    cr_expect_lt(violation(grid, moments, Kw), 1e-13, "%g", violation(grid, moments, Kw));
    cr_expect_eq(gz_mobility_null_space(k)->moments, moments);
    cr_expect(gz_mobility_null_space(k)->local);
    /* The action density integrates to D. */
    gz_mobility_action_density(k, w, density);
    const double action = gz_integral(grid, density, NULL), D = gz_mobility_dissipation(k, w, Kw);
    cr_expect_lt(fabs(action - D), 1e-12 * D, "action %g, D %g", action, D);
    for (size_t i = 0; i < n; i++) cr_assert_geq(density[i], -1e-13 * D);
    /* K kills its null vectors. */
    for (size_t i = 0; i < n; i++) {
        const size_t p = i % grid->node_count;
        const double of_cell = (double)(i / grid->node_count + 1);
        v[i] =
            0.3 * of_cell + (moments ? grid->node_velocity[0][p] - 0.2 * of_cell * grid->node_energy[p] : 0);
    }
    gz_mobility_apply(k, v, Kv);
    naive(k, &(gz_collision_model){GZ_FOKKER_PLANCK, .friction = 1, .temperature = 1}, m, v, false, expected);
    double largest = 0, left = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fabs(expected[i]));
        left = fmax(left, fabs(Kv[i]));
    }
    cr_expect_lt(left, 1e-13 * fmax(largest, 1), "%g of %g", left, largest);
    gz_mobility_destroy(k);
    double *all[] = {log_m, m, w, v, Kw, Kv, expected, density};
    for (size_t i = 0; i < 8; i++) gz_release(all[i]);
}

Test(collisions, K_is_its_formula_symmetric_and_kills_its_null_space) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t j = 0; j < 2; j++) {
            gz_phase_grid *grid = shape_grid(s);
            check_form(grid, &MODELS[j], 5 * s + j);
            gz_phase_grid_destroy(grid);
        }
}

Test(collisions, the_flux_form_is_its_formula_and_keeps_what_K_keeps) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t j = 0; j < 2; j++) {
            gz_phase_grid *grid = shape_grid(s);
            double *log_f = sample_log_density(context, grid, s), *f = sample_exp(context, grid, log_f),
                   *Q = sample_zero(context, grid), *expected = sample_zero(context, grid);
            gz_mobility *k = make(context, grid, &MODELS[j], log_f, f);
            gz_flux_form_apply(k, f, Q);
            naive(k, &MODELS[j], f, f, true, expected);
            cr_expect_lt(apart(grid->size, Q, expected), 1e-13, "%g", apart(grid->size, Q, expected));
            cr_expect_lt(violation(grid, MODELS[j].kind == GZ_DOUGHERTY, Q), 1e-13);
            gz_mobility_destroy(k);
            double *all[] = {log_f, f, Q, expected};
            for (size_t i = 0; i < 4; i++) gz_release(all[i]);
            gz_phase_grid_destroy(grid);
        }
}

/* At a Maxwellian (of the bath) both rates vanish to round-off: G is exact on quadratics. */
Test(collisions, maxwellians_are_fixed_points) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t j = 0; j < 2; j++) {
            gz_phase_grid *grid = shape_grid(s);
            double *log_f = sample_zero(context, grid), *rate = sample_zero(context, grid);
            for (size_t i = 0; i < grid->size; i++) {
                const size_t p = i % grid->node_count;
                const double T = j == 0 ? MODELS[0].temperature : 0.9;
                log_f[i] = -grid->node_energy[p] / (2 * T) + 0.3 * (double)(i / grid->node_count) +
                           (j == 0 ? 0 : 0.4 * grid->node_velocity[0][p]);
            }
            double *f = sample_exp(context, grid, log_f);
            gz_mobility *k = make(context, grid, &MODELS[j], log_f, f);
            gz_mobility_apply(k, gz_mobility_entropy_variable(k, log_f), rate);
            double most = 0;
            for (size_t i = 0; i < grid->size; i++) most = fmax(most, fabs(rate[i]));
            cr_expect_lt(most, 1e-12, "shape %zu model %zu: rate %g", s, j, most);
            cr_expect_eq(gz_mobility_potential(k) != NULL, j == 0);
            gz_mobility_destroy(k);
            gz_release(log_f);
            gz_release(f);
            gz_release(rate);
            gz_phase_grid_destroy(grid);
        }
}

Test(collisions, do_not_depend_on_threads) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t j = 0; j < 2; j++) {
            double *out[3] = {0};
            for (int threads = 1; threads <= 3; threads++) {
                gz_context *own = NULL;
                cr_assert_eq(gz_context_create(threads, &own), GZ_OK);
                const size_t *shape = SHAPES[s];
                gz_phase_grid *grid = sample_grid(own, (int)shape[0], (int)shape[1], shape[2], shape[3], 5);
                double *log_m = sample_log_density(own, grid, s), *m = sample_exp(own, grid, log_m),
                       *w = sample_noise(own, grid, 1);
                gz_mobility *k = make(own, grid, &MODELS[j], log_m, m);
                out[threads - 1] = calloc(grid->size, sizeof(double));
                gz_mobility_apply(k, w, out[threads - 1]);
                for (size_t i = 0; i < grid->size; i++)
                    cr_assert_eq(out[threads - 1][i], out[0][i], "%d threads, node %zu", threads, i);
                gz_mobility_destroy(k);
                gz_release(log_m);
                gz_release(m);
                gz_release(w);
                gz_phase_grid_destroy(grid);
                gz_context_destroy(own);
            }
            for (int t = 0; t < 3; t++) free(out[t]);
        }
}

Test(collisions, impossible_ones_are_refused) {
    gz_phase_grid *line = shape_grid(0), *plane = shape_grid(2);
    gz_mobility *k = NULL;
    cr_assert_eq(gz_mobility_create(context, line, &(gz_mobility_settings){0}, &k), GZ_ERROR_SETTINGS);
    cr_expect_not_null(strstr(gz_context_message(context), "two velocity axes"));
    const gz_collision_model wrong[] = {{GZ_FOKKER_PLANCK, .friction = -1},
                                        {GZ_FOKKER_PLANCK, .temperature = -0.1},
                                        {GZ_DOUGHERTY, .rate = NAN}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        const gz_mobility_settings settings = {.collisions = wrong[i]};
        cr_expect_eq(gz_mobility_create(context, plane, &settings, &k), GZ_ERROR_SETTINGS);
        cr_expect_null(k);
    }
    gz_phase_grid_destroy(line);
    gz_phase_grid_destroy(plane);
}
