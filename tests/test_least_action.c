/* Least action: against the dense pseudo-inverse, the explicit grazing rate on pairs, and competing rates. */
#include "invariants.h"
#include "least_action.h"
#include "pair_calculus.h"
#include "sample.h"

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

TestSuite(least_action, .init = open_context, .fini = close_context);

typedef struct problem {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_least_action *least;
    size_t null_count;
    double *m, *log_m, *sigma, *raw, *w, *u;
} problem;

/* {space_dim, velocity_dim, cells, nodes, order} */
static const int SHAPES[][5] = {{0, 2, 1, 11, 4}, {1, 2, 3, 7, 4}, {0, 3, 1, 5, 2}, {2, 2, 2, 7, 2},
                                {1, 3, 2, 5, 2},  {2, 3, 2, 5, 2}, {3, 3, 2, 5, 2}};
static const gz_kappa KAPPAS[] = {{.shape = GZ_KAPPA_UNIFORM},
                                  {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                  {.shape = GZ_KAPPA_SIGMA, .sigma = 0.01},
                                  {.shape = GZ_KAPPA_DIRAC}};
static const double GAMMAS[] = {-3, -1, 0, 1};

enum { SHAPE_COUNT = 4, KAPPA_COUNT = 4, GAMMA_COUNT = 4 };

/* sigma = h m times noise: rough, and far from orthogonal to the null space. */
static problem open_problem(size_t shape, size_t kappa, size_t gamma, const char *preconditioner) {
    const int *s = SHAPES[shape];
    problem p = {.grid = sample_grid(context, s[0], s[1], (size_t)s[2], (size_t)s[3], 3.5)};
    const gz_phase_grid *grid = p.grid;
    const size_t d = (size_t)grid->velocity_dim, cells = grid->cell_count;
    const gz_mobility_settings settings = {
        .kernel = {GZ_KERNEL_POWER, .gamma = GAMMAS[gamma], .strength = 0.7},
        .kappa = KAPPAS[kappa],
        .order = s[4]};
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &p.mobility), GZ_OK);
    cr_assert_eq(gz_least_action_create(context, p.mobility, preconditioner, &p.least), GZ_OK);
    p.null_count = KAPPAS[kappa].shape == GZ_KAPPA_DIRAC ? cells * (d + 2) : cells + d + 1;
    p.log_m = sample_log_density(context, grid, 7 * shape + gamma);
    p.m = sample_exp(context, grid, p.log_m);
    p.sigma = sample_noise(context, grid, 100 + kappa);
    p.raw = sample_zero(context, grid);
    p.w = sample_noise(context, grid, 200 + kappa);
    p.u = sample_zero(context, grid);
    gz_mobility_set_steepness(p.mobility, p.log_m);
    gz_mobility_set_density(p.mobility, p.m);
    for (size_t i = 0; i < grid->size; i++) {
        p.sigma[i] *= gz_mobility_weight(p.mobility)[i];
        p.raw[i] = p.sigma[i];
        p.w[i] += p.log_m[i];
    }
    return p;
}

static void close_problem(problem *p) {
    double *fields[] = {p->m, p->log_m, p->sigma, p->raw, p->w, p->u};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) gz_release(fields[i]);
    gz_least_action_destroy(p->least);
    gz_mobility_destroy(p->mobility);
    gz_phase_grid_destroy(p->grid);
}

typedef void check(problem *p);

static void for_all(check *run) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (size_t k = 0; k < KAPPA_COUNT; k++)
            for (size_t g = 0; g < GAMMA_COUNT; g++) {
                if (SHAPES[s][0] == 0 && k > 0) continue;              /* one cell: every kappa is the same */
                if (SHAPES[s][0] > 0 && (g + k + s) % 4 > 1) continue; /* every second combination */
                problem p = open_problem(s, k, g, (k + g) % 2 ? "sweeps" : "factor");
                run(&p);
                close_problem(&p);
            }
}

static double dot(const problem *p, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < p->grid->size; i++) sum += a[i] * b[i];
    return sum * p->grid->cell_volume;
}

static gz_least_action_report solve(problem *p, const double *w) {
    gz_least_action_report report;
    memcpy(p->sigma, p->raw, p->grid->size * sizeof(double));
    cr_assert_eq(gz_least_action_solve(p->least, p->sigma, w, p->u, &report), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_leq(report.applications, 60);
    return report;
}

/* The eigenvectors of (h m)^-1/2 K (h m)^-1/2. The first null_count span its null space; a gap follows. */
static double *scaled_spectrum(problem *p, double *eigenvalue) {
    const size_t n = p->grid->size;
    const double *weight = gz_mobility_weight(p->mobility);
    double *S = NULL, *unit = sample_zero(context, p->grid), *column = sample_zero(context, p->grid);
    cr_assert_eq(gz_allocate(context, n * n, sizeof *S, &S), GZ_OK);
    for (size_t j = 0; j < n; j++) {
        unit[j] = 1;
        gz_mobility_apply(p->mobility, unit, column);
        unit[j] = 0;
        for (size_t i = 0; i < n; i++) S[j * n + i] = column[i] / sqrt(weight[i] * weight[j]);
    }
    const lapack_int size = (lapack_int)n;
    cr_assert_eq(LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', size, S, size, eigenvalue), 0);
    cr_assert_lt(fabs(eigenvalue[p->null_count - 1]), 1e-3 * eigenvalue[p->null_count]);
    gz_release(unit);
    gz_release(column);
    return S;
}

/* Act* = <sigma, K^+ sigma> and u = K^+ sigma in the weighted sense: with sigma = (h m)^1/2 s, u = (h m)^-1/2
 * sum e (e.s)/lambda over all eigenvectors e outside the null space. */
static void check_dense(problem *p) {
    const size_t n = p->grid->size;
    const double *weight = gz_mobility_weight(p->mobility);
    double *eigenvalue = sample_zero(context, p->grid), *S = scaled_spectrum(p, eigenvalue);
    double *u = sample_zero(context, p->grid), *projected = sample_zero(context, p->grid);
    double size = 0;
    for (size_t e = 0; e < n; e++) {
        double along = 0;
        for (size_t i = 0; i < n; i++) along += S[e * n + i] * p->raw[i] / sqrt(weight[i]);
        if (e < p->null_count) size += along * along * p->grid->cell_volume;
        for (size_t i = 0; i < n && e >= p->null_count; i++) {
            u[i] += S[e * n + i] * along / eigenvalue[e] / sqrt(weight[i]);
            projected[i] += S[e * n + i] * along * sqrt(weight[i]);
        }
    }
    const gz_least_action_report report = solve(p, NULL);
    const double action = dot(p, u, projected);
    cr_assert_float_eq(report.action, action, 1e-9 * action);
    cr_assert_float_eq(report.defect, action, 1e-9 * action);
    cr_assert_float_eq(report.violation.size, size, 1e-9 * size);
    double worst = 0, largest = 0, off = 0;
    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs(p->u[i] - u[i]) * sqrt(weight[i]));
        largest = fmax(largest, fabs(u[i]) * sqrt(weight[i]));
        off = fmax(off, fabs(p->sigma[i] - projected[i]) / weight[i]);
    }
    cr_assert_lt(worst, 1e-4 * largest); /* the error of u is of first order in the residual, 1e-6 */
    cr_assert_lt(off, 1e-8);
    gz_release(eigenvalue);
    gz_release(S);
    gz_release(u);
    gz_release(projected);
}

Test(least_action, equals_the_dense_pseudo_inverse) {
    for_all(check_dense);
}

/* The rate U = kappa m m* grad~ u moves the density by sigma at the cost Act*. Adding a rate V that moves
 * nothing costs Act(V) more. */
static void check_rate(problem *p) {
    const size_t n = p->grid->size;
    const gz_least_action_report report = solve(p, NULL);
    double *minus_u = sample_zero(context, p->grid), *half_divergence = sample_zero(context, p->grid);
    gz_grazing_rate U, V;
    double action, other, both;
    for (size_t i = 0; i < n; i++) minus_u[i] = -p->u[i];
    cr_assert_eq(gz_grazing_rate_init(context, p->grid, &U), GZ_OK);
    cr_assert_eq(gz_grazing_rate_init(context, p->grid, &V), GZ_OK);
    cr_assert_eq(gz_pair_optimal_rate(context, p->mobility, minus_u, &U), GZ_OK);
    cr_assert_eq(gz_pair_half_divergence(context, p->mobility, &U, half_divergence), GZ_OK);
    cr_assert_eq(gz_pair_action(context, p->mobility, &U, &action), GZ_OK);
    cr_assert_float_eq(report.action, action, 1e-6 * action); /* the error of <u, K u> is of first order */
    double left = 0, size = 0;
    for (size_t i = 0; i < n; i++) {
        left += fabs(p->sigma[i] + half_divergence[i]);
        size += fabs(p->sigma[i]);
    }
    cr_assert_lt(left, 1e-5 * size);
    /* V is noise on the pairs without its gradient part. */
    const size_t d = (size_t)p->grid->velocity_dim;
    for (size_t q = 0; q < n; q++)
        for (size_t r = 0; r < n; r++)
            for (size_t a = 0; a < d; a++)
                V.U[(q * n + r) * d + a] =
                    p->m[q] * p->m[r] * (sample_uniform(q, r * d + a) - sample_uniform(r, q * d + a));
    if (KAPPAS[3].shape == gz_mobility_get_settings(p->mobility)->kappa.shape)
        for (size_t q = 0; q < n; q++)
            for (size_t r = 0; r < n; r++)
                for (size_t a = 0; a < d; a++)
                    if (q / p->grid->node_count != r / p->grid->node_count) V.U[(q * n + r) * d + a] = 0;
    cr_assert_eq(gz_pair_half_divergence(context, p->mobility, &V, half_divergence), GZ_OK);
    for (size_t i = 0; i < n; i++) p->raw[i] = -half_divergence[i];
    solve(p, NULL);
    gz_grazing_rate gradient;
    for (size_t i = 0; i < n; i++) minus_u[i] = -p->u[i];
    cr_assert_eq(gz_grazing_rate_init(context, p->grid, &gradient), GZ_OK);
    cr_assert_eq(gz_pair_optimal_rate(context, p->mobility, minus_u, &gradient), GZ_OK);
    for (size_t k = 0; k < n * n * d; k++) V.U[k] -= gradient.U[k];
    for (size_t k = 0; k < n * d; k++) V.V[k] -= gradient.V[k];
    cr_assert_eq(gz_pair_action(context, p->mobility, &V, &other), GZ_OK);
    for (size_t k = 0; k < n * n * d; k++) V.U[k] += U.U[k];
    for (size_t k = 0; k < n * d; k++) V.V[k] += U.V[k];
    cr_assert_eq(gz_pair_action(context, p->mobility, &V, &both), GZ_OK);
    cr_assert_gt(other, 0);
    cr_assert_float_eq(both, action + other, 1e-5 * (action + other));
    gz_grazing_rate_free(&U);
    gz_grazing_rate_free(&V);
    gz_grazing_rate_free(&gradient);
    gz_release(minus_u);
    gz_release(half_divergence);
}

Test(least_action, is_the_action_of_the_cheapest_rate_on_pairs) {
    for_all(check_rate);
}

/* D + 2 <w, sigma> + Act* = <rho, K^+ rho> is zero for sigma = -K w, also if w changes in the null space. */
static void check_potential(problem *p) {
    const size_t n = p->grid->size;
    gz_least_action_report report = solve(p, p->w), bare = solve(p, NULL);
    const double direct = report.dissipation + 2 * report.product + report.action;
    const double scale = report.dissipation + report.action;
    cr_assert_float_eq(report.action, bare.action, 1e-9 * scale);
    cr_assert_float_eq(report.product, dot(p, p->w, p->sigma), 1e-13 * scale);
    cr_assert_float_eq(report.defect, direct, 1e-12 * scale);
    double removed = 0;
    for (size_t i = 0; i < n; i++)
        removed += (1 + p->w[i]) * (p->raw[i] - p->sigma[i]) * p->grid->cell_volume;
    cr_assert_float_eq(report.removed, removed, 1e-11 * scale);
    gz_mobility_apply(p->mobility, p->w, p->raw);
    for (size_t i = 0; i < n; i++) {
        p->raw[i] = -p->raw[i];
        p->w[i] += 3 - p->grid->node_velocity[0][i % p->grid->node_count];
    }
    report = solve(p, p->w);
    cr_assert_float_eq(report.action, report.dissipation, 1e-12 * report.dissipation);
    cr_assert_lt(fabs(report.defect), 1e-20 * report.dissipation);
    cr_assert_lt(report.violation.size, 1e-24 * report.dissipation);
}

Test(least_action, of_what_is_left_of_the_equation) {
    for_all(check_potential);
}

/* Known rates of mass, momentum and energy are reported, and taken out. */
static void check_violation(problem *p) {
    const gz_phase_grid *grid = p->grid;
    const double *weight = gz_mobility_weight(p->mobility);
    solve(p, NULL);
    double mass = 0, momentum[GZ_MAX_DIM] = {0}, energy = 0, size = 0;
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        double cell_mass = 0;
        for (size_t node = 0; node < grid->node_count; node++) {
            const size_t i = cell * grid->node_count + node;
            const double phi = 0.3 + 0.2 * grid->node_velocity[1][node] - 0.1 * grid->node_energy[node];
            const double rate = weight[i] * phi * grid->cell_volume;
            p->raw[i] = p->sigma[i] + weight[i] * phi;
            cell_mass += rate;
            energy += rate * grid->node_energy[node];
            size += rate * phi;
            for (int a = 0; a < grid->velocity_dim; a++) momentum[a] += rate * grid->node_velocity[a][node];
        }
        mass += fabs(cell_mass);
    }
    double *before = sample_zero(context, grid);
    memcpy(before, p->sigma, grid->size * sizeof *before);
    const gz_least_action_report report = solve(p, NULL);
    cr_assert_float_eq(report.violation.mass, mass, 1e-11);
    cr_assert_float_eq(report.violation.energy, energy, 1e-11);
    cr_assert_float_eq(report.violation.size, size, 1e-11);
    for (int a = 0; a < grid->velocity_dim; a++)
        cr_assert_float_eq(report.violation.momentum[a], momentum[a], 1e-11);
    for (size_t i = 0; i < grid->size; i++) cr_assert_lt(fabs(p->sigma[i] - before[i]) / weight[i], 1e-9);
    gz_release(before);
}

Test(least_action, reports_and_removes_violations) {
    for_all(check_violation);
}

Test(least_action, refuses_a_mobility_that_is_none) {
    problem p = open_problem(0, 0, 0, "factor");
    gz_least_action_report report;
    memset(p.m, 0, p.grid->size * sizeof(double));
    gz_mobility_set_density(p.mobility, p.m);
    cr_assert_eq(gz_least_action_solve(p.least, p.sigma, NULL, p.u, &report), GZ_ERROR_NOT_CONVERGED);
    cr_assert(strstr(gz_context_message(context), "is not that of a density") &&
                  !strstr(gz_context_message(context), " dt"),
              "%s", gz_context_message(context));
    p.m[3] = NAN;
    gz_mobility_set_density(p.mobility, p.m);
    cr_assert_eq(gz_least_action_solve(p.least, p.sigma, NULL, p.u, &report), GZ_ERROR_NOT_CONVERGED);
    gz_least_action *none = NULL;
    cr_assert_eq(gz_least_action_create(context, p.mobility, "magic", &none), GZ_ERROR_SETTINGS);
    cr_assert_null(none);
    close_problem(&p);
}
