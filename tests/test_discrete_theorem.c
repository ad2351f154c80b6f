/* The discrete theorem: J >= 0 for every feasible pair (f, U), and J = 0 exactly at the zero_defect step. */
#include "de_giorgi.h"
#include "minimizer.h"
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

TestSuite(discrete_theorem, .init = open_context, .fini = close_context);
TestSuite(discrete_theorem_covered, .init = open_context, .fini = close_context);

/* A step with its zero_defect solution (log f1, w), and the coordinates u of its rate. */
typedef struct case_of {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_de_giorgi *theorem;
    double *f0, *log_f0, *log_f1, *f1, *w, *Kw, *u, *direction, *moved;
    gz_minimum minimum;
    size_t columns;
} case_of;

static double *rate(const case_of *c) {
    double *u = NULL;
    cr_assert_eq(gz_allocate(context, c->columns, sizeof *u, &u), GZ_OK);
    return u;
}

static case_of open_case(int space_dim, int velocity_dim, size_t nodes, double gamma, double dt) {
    case_of c = {.grid = sample_grid(context, space_dim, velocity_dim, 2, nodes, 2.5)};
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1},
                                           .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2},
                                           .order = 4};
    cr_assert_eq(gz_mobility_create(context, c.grid, &settings, &c.mobility), GZ_OK);
    c.log_f0 = sample_log_density(context, c.grid, 9);
    c.f0 = sample_exp(context, c.grid, c.log_f0);
    c.log_f1 = sample_zero(context, c.grid);
    memcpy(c.log_f1, c.log_f0, c.grid->size * sizeof(double));
    c.f1 = sample_zero(context, c.grid);
    c.w = sample_zero(context, c.grid);
    c.Kw = sample_zero(context, c.grid);
    gz_mobility_set_steepness(c.mobility, c.log_f0);
    gz_mobility_set_density(c.mobility, c.f0);
    const gz_convex_step step = {
        .f0 = c.f0, .log_f0 = c.log_f0, .dt = dt, .rule = GZ_WEIGHT_ZERO_DEFECT, .tolerance = 1e-14};
    c.minimum = (gz_minimum){.log_f1 = c.log_f1, .f1 = c.f1, .w = c.w, .Kw = c.Kw};
    void *self = NULL;
    cr_assert_eq(gz_minimizer_newton.create(context, c.mobility, NULL, &self), GZ_OK);
    cr_assert_eq(gz_minimizer_newton.minimise(self, &step, &c.minimum), GZ_OK, "%s",
                 gz_context_message(context));
    gz_minimizer_newton.destroy(self);
    cr_assert_eq(gz_de_giorgi_create(context, c.mobility, &c.theorem), GZ_OK);
    const gz_de_giorgi_step theorem = {.f0 = c.f0, .log_f0 = c.log_f0, .dt = dt, .scale = c.minimum.scale};
    gz_de_giorgi_begin(c.theorem, &theorem);
    c.columns = gz_de_giorgi_pairs(c.theorem)->columns;
    c.u = rate(&c);
    c.direction = rate(&c);
    c.moved = rate(&c);
    gz_pair_matrix_adjoint(gz_de_giorgi_pairs(c.theorem), c.w, c.u);
    for (size_t j = 0; j < c.columns; j++) c.u[j] = -c.u[j];
    return c;
}

static void close_case(case_of *c) {
    double *all[] = {c->f0, c->log_f0, c->log_f1, c->f1, c->w, c->Kw, c->u, c->direction, c->moved};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) gz_release(all[i]);
    gz_de_giorgi_destroy(c->theorem);
    gz_mobility_destroy(c->mobility);
    gz_phase_grid_destroy(c->grid);
}

/* Choose a direction of one of three kinds: rough in U (nearly all of it without divergence), along a rough
 * potential, or along a smooth one. */
static void choose_direction(case_of *c, size_t seed) {
    const size_t kind = seed % 3;
    for (size_t j = 0; j < c->columns; j++)
        c->direction[j] = kind == 0 ? (2 * sample_uniform(seed, j) - 1) * fabs(c->u[j]) : 0;
    if (kind == 0) return;
    double *potential = sample_zero(context, c->grid);
    for (size_t i = 0; i < c->grid->size; i++) {
        const size_t node = i % c->grid->node_count;
        const double v = c->grid->node_velocity[seed / 3 % 2][node], phase = 6 * sample_uniform(seed, 0);
        potential[i] =
            kind == 1 ? 2 * sample_uniform(seed, i) - 1 : cos((1 + (double)(seed % 4)) * v / 2 + phase);
    }
    gz_pair_matrix_adjoint(gz_de_giorgi_pairs(c->theorem), potential, c->direction);
    gz_release(potential);
}

/* J = 0 at the solution, and J > 0 for 10^4 feasible perturbations of all sizes, up to where f > 0 ends. J
 * from its definition equals, to round-off, the square of the distance of U from -kappa m m* grad~ w. The
 * minimum is quadratic. */
Test(discrete_theorem_covered, every_other_feasible_pair_has_a_positive_defect) {
    const struct {
        int space_dim, velocity_dim;
        size_t nodes;
        double gamma, dt;
    } cases[] = {{0, 2, 7, 0, 0.05}, {0, 2, 7, -3, 1}, {1, 2, 5, 1, 0.1}, {0, 3, 5, -3, 0.2}};
    const size_t counts[] = {5000, 2500, 2250, 250};
    for (size_t k = 0; k < 4; k++) {
        case_of c =
            open_case(cases[k].space_dim, cases[k].velocity_dim, cases[k].nodes, cases[k].gamma, cases[k].dt);
        gz_de_giorgi_value at, value;
        cr_assert(gz_de_giorgi_evaluate(c.theorem, c.u, &at, NULL));
        cr_assert_lt(fabs(at.defect), 1e-14, "%g", at.defect);
        cr_assert_lt(at.square, 1e-20);
        for (size_t i = 0; i < c.grid->size; i++)
            cr_assert_float_eq(gz_de_giorgi_density(c.theorem)[i], c.f1[i], 1e-13);
        double smallest = INFINITY, largest = 0;
        for (size_t seed = 0; seed < counts[k]; seed++) {
            choose_direction(&c, seed);
            const double most = gz_de_giorgi_range(c.theorem, c.u, c.direction, 1e-6, 1);
            const double t = most * pow(10, -2 * sample_uniform(seed, 1u << 20));
            for (size_t j = 0; j < c.columns; j++) c.moved[j] = c.u[j] + t * c.direction[j];
            cr_assert(gz_de_giorgi_evaluate(c.theorem, c.moved, &value, NULL));
            cr_assert_gt(value.defect, 0, "case %zu seed %zu: J = %g, as a square %g", k, seed, value.defect,
                         value.square);
            cr_assert_float_eq(value.defect, value.square, 1e-13 * (1 + value.square), "%g %g", value.defect,
                               value.square);
            smallest = fmin(smallest, value.defect);
            largest = fmax(largest, value.defect);
        }
        cr_log_info("case %zu: J of %zu perturbations from %.1e to %.1e", k, counts[k], smallest, largest);
        for (size_t seed = 0; seed < 6; seed++) {
            choose_direction(&c, seed);
            const double most = gz_de_giorgi_range(c.theorem, c.u, c.direction, 0.5, 1);
            double J[2];
            for (int half = 0; half < 2; half++) {
                for (size_t j = 0; j < c.columns; j++)
                    c.moved[j] = c.u[j] + 1e-3 * most / (1 + half) * c.direction[j];
                cr_assert(gz_de_giorgi_evaluate(c.theorem, c.moved, &value, NULL));
                J[half] = value.square;
            }
            cr_assert_float_eq(J[0] / J[1], 4, 0.02, "%g", J[0] / J[1]);
        }
        close_case(&c);
    }
}

/* Act and div~ U in these coordinates equal those that the pair calculus finds from the rate itself. */
Test(discrete_theorem, coordinates_are_those_of_pairs) {
    case_of c = open_case(0, 2, 7, -1, 0.2);
    gz_grazing_rate U;
    gz_de_giorgi_value value;
    double action, *divergence = sample_zero(context, c.grid);
    cr_assert_eq(gz_grazing_rate_init(context, c.grid, &U), GZ_OK);
    for (size_t seed = 0; seed < 9; seed++) {
        choose_direction(&c, seed);
        const double t = gz_de_giorgi_range(c.theorem, c.u, c.direction, 0.1, 1);
        for (size_t j = 0; j < c.columns; j++) c.moved[j] = c.u[j] + t * c.direction[j];
        cr_assert(gz_de_giorgi_evaluate(c.theorem, c.moved, &value, NULL));
        gz_pair_matrix_rate(gz_de_giorgi_pairs(c.theorem), c.moved, &U);
        cr_assert_eq(gz_pair_action(context, c.mobility, &U, &action), GZ_OK);
        cr_assert_eq(gz_pair_half_divergence(context, c.mobility, &U, divergence), GZ_OK);
        cr_assert_float_eq(action, value.action, 1e-12 * action);
        for (size_t i = 0; i < c.grid->size; i++)
            cr_assert_float_eq(c.grid->node_volume[i] * (gz_de_giorgi_density(c.theorem)[i] - c.f0[i]),
                               -0.2 * divergence[i], 1e-15);
    }
    gz_release(divergence);
    gz_grazing_rate_free(&U);
    close_case(&c);
}

/* The gradient of J, with that of c(f), against central differences. */
Test(discrete_theorem, gradient) {
    case_of c = open_case(1, 2, 5, 0, 0.1);
    double *gradient = rate(&c), *start = rate(&c);
    for (size_t seed = 0; seed < 6; seed++) {
        choose_direction(&c, seed);
        const double far = gz_de_giorgi_range(c.theorem, c.u, c.direction, 0.5, 1);
        for (size_t j = 0; j < c.columns; j++) start[j] = c.u[j] + far * c.direction[j];
        choose_direction(&c, seed + 7);
        const double e = 1e-4 * gz_de_giorgi_range(c.theorem, start, c.direction, 0.5, 1);
        gz_de_giorgi_value value;
        double side[2], slope = 0;
        cr_assert(gz_de_giorgi_evaluate(c.theorem, start, &value, gradient));
        for (int k = 0; k < 2; k++) {
            for (size_t j = 0; j < c.columns; j++) c.moved[j] = start[j] + (k ? e : -e) * c.direction[j];
            cr_assert(gz_de_giorgi_evaluate(c.theorem, c.moved, &value, NULL));
            side[k] = value.square;
        }
        for (size_t j = 0; j < c.columns; j++) slope += gradient[j] * c.direction[j];
        cr_assert_float_eq((side[1] - side[0]) / (2 * e), slope, 1e-6 * fabs(slope), "%g %g",
                           (side[1] - side[0]) / (2 * e), slope);
    }
    gz_release(gradient);
    gz_release(start);
    close_case(&c);
}

/* Minimising J itself over (f, U), from pairs that are nothing like it, leads to the zero_defect step. */
Test(discrete_theorem, descent_from_a_bad_start_lands_on_the_step) {
    const double gammas[] = {0, -3};
    for (size_t g = 0; g < 2; g++)
        for (size_t seed = 0; seed < 3; seed++) {
            case_of c = open_case(0, 2, 5, gammas[g], 0.1);
            gz_de_giorgi_value start, end;
            long evaluations = 0;
            choose_direction(&c, 30 + 7 * seed);
            /* The start is -U of the solution plus a rough part, as far as f stays positive. */
            const double *u0 = c.u;
            memset(c.moved, 0, c.columns * sizeof(double));
            double *back = rate(&c);
            for (size_t j = 0; j < c.columns; j++) back[j] = -u0[j] + 3 * c.direction[j];
            const double t = gz_de_giorgi_range(c.theorem, c.moved, back, 0.1, 1);
            for (size_t j = 0; j < c.columns; j++) c.moved[j] = t * back[j];
            cr_assert(gz_de_giorgi_evaluate(c.theorem, c.moved, &start, NULL));
            const gz_status status = gz_de_giorgi_minimise(c.theorem, c.moved, 1e-20, 200000, &evaluations);
            cr_assert_eq(status, GZ_OK, "%s", gz_context_message(context));
            cr_assert(gz_de_giorgi_evaluate(c.theorem, c.moved, &end, NULL));
            double worst = 0, largest = 0, u_worst = 0, u_largest = 0;
            for (size_t i = 0; i < c.grid->size; i++) {
                worst = fmax(worst, fabs(gz_de_giorgi_density(c.theorem)[i] - c.f1[i]));
                largest = fmax(largest, c.f1[i]);
            }
            for (size_t j = 0; j < c.columns; j++) {
                u_worst = fmax(u_worst, fabs(c.moved[j] - c.u[j]));
                u_largest = fmax(u_largest, fabs(c.u[j]));
            }
            cr_log_info("gamma %g start %zu: J %.1e to %.1e in %ld evaluations; f off by %.1e, U by %.1e",
                        gammas[g], seed, start.defect, end.square, evaluations, worst / largest,
                        u_worst / u_largest);
            cr_assert_gt(start.defect, 1e-4);
            cr_assert_lt(worst, 1e-8 * largest);
            cr_assert_lt(u_worst, 1e-6 * u_largest);
            gz_release(back);
            close_case(&c);
        }
}

/* A pair whose f is not positive is not admissible, and is refused. */
Test(discrete_theorem, pairs_without_a_positive_density_are_refused) {
    case_of c = open_case(0, 2, 5, 0, 0.1);
    gz_de_giorgi_value value;
    long evaluations;
    for (size_t j = 0; j < c.columns; j++) c.moved[j] = -1e6 * c.u[j];
    cr_assert_not(gz_de_giorgi_evaluate(c.theorem, c.moved, &value, NULL));
    cr_assert_eq(gz_de_giorgi_minimise(c.theorem, c.moved, 1e-20, 10, &evaluations), GZ_ERROR_USAGE);
    close_case(&c);
}
