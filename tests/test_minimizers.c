/* The contract of all minimizers: from the same start they find the same minimiser for every kernel, rule and
 * dt, and return an honest status if there is none.
 */
#include "minimizer.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK); /* small problems */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(minimizers, .init = open_context, .fini = close_context);

static const gz_kernel KERNELS[] = {
    {GZ_KERNEL_POWER, .gamma = -3, .strength = 1}, {GZ_KERNEL_POWER, .gamma = -2, .strength = 1},
    {GZ_KERNEL_POWER, .gamma = -1, .strength = 1}, {GZ_KERNEL_POWER, .gamma = 0, .strength = 1},
    {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},  {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};

enum { KERNEL_COUNT = sizeof KERNELS / sizeof *KERNELS };

/* A collision to be minimised: f0, the mobility of f0, and the start. */
typedef struct collision {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    double *f0, *log_f0, *log_start;
} collision;

static collision make_collision(int space_dim, size_t nodes, gz_kernel kernel, gz_kappa kappa) {
    collision c = {.grid = sample_grid(context, space_dim, 2, 4, nodes, 4)};
    const gz_mobility_settings settings = {.kernel = kernel, .kappa = kappa, .order = 4};
    cr_assert_eq(gz_mobility_create(context, c.grid, &settings, &c.mobility), GZ_OK);
    c.log_f0 = sample_log_density(context, c.grid, 5);
    c.f0 = sample_exp(context, c.grid, c.log_f0);
    c.log_start = sample_zero(context, c.grid);
    memcpy(c.log_start, c.log_f0, c.grid->size * sizeof(double));
    gz_mobility_set_steepness(c.mobility, c.log_f0);
    gz_mobility_set_density(c.mobility, c.f0);
    return c;
}

static void free_collision(collision *c) {
    gz_mobility_destroy(c->mobility);
    gz_phase_grid_destroy(c->grid);
    double *all[] = {c->f0, c->log_f0, c->log_start};
    for (size_t i = 0; i < 3; i++) gz_release(all[i]);
}

typedef struct solution {
    double *log_f1, *f1, *w, *Kw;
    gz_minimum minimum;
    gz_status status;
} solution;

static solution solve(const collision *c, const gz_convex_step *step, const char *name) {
    const gz_minimizer_method *method = gz_minimizer_find(name);
    solution s = {.log_f1 = sample_zero(context, c->grid),
                  .f1 = sample_zero(context, c->grid),
                  .w = sample_zero(context, c->grid),
                  .Kw = sample_zero(context, c->grid)};
    s.minimum = (gz_minimum){.log_f1 = s.log_f1, .f1 = s.f1, .w = s.w, .Kw = s.Kw};
    memcpy(s.log_f1, c->log_start, c->grid->size * sizeof(double));
    void *self = NULL;
    cr_assert_eq(method->create(context, c->mobility, NULL, &self), GZ_OK, "%s", gz_context_message(context));
    s.status = method->minimise(self, step, &s.minimum);
    method->destroy(self);
    return s;
}

static void free_solution(solution *s) {
    double *all[] = {s->log_f1, s->f1, s->w, s->Kw};
    for (size_t i = 0; i < 4; i++) gz_release(all[i]);
}

/* Recompute what a member claims from (f1, w, K) alone. */
static void check_solution(const collision *c, const gz_convex_step *step, const solution *s,
                           const char *name) {
    const gz_phase_grid *grid = c->grid;
    double *Kw = sample_zero(context, grid);
    double mass = 0, residual = 0, H0 = 0, H1 = 0, D = 0, worst = 0;
    gz_mobility_apply(c->mobility, s->w, Kw);
    for (size_t i = 0; i < grid->size; i++) {
        const double h = grid->node_volume[i % grid->node_count] * grid->cell_volume, f1 = s->f1[i],
                     f0 = c->f0[i];
        cr_assert(f1 > 0 && isfinite(f1) && isfinite(s->log_f1[i]), "%s: f = %g", name, f1);
        worst = fmax(worst, fabs(f1 / exp(s->log_f1[i]) - 1));
        mass += h * f0;
        residual += fabs(h * (f1 - f0) + step->dt * grid->cell_volume * Kw[i]);
        H0 += h * f0 * c->log_f0[i];
        H1 += h * f1 * s->log_f1[i];
        D += s->w[i] * Kw[i] * grid->cell_volume;
    }
    const double J = H1 - H0 + step->dt * D;
    cr_assert_lt(worst, 1e-12);
    cr_assert_lt(residual, 1e-12 * mass, "%s: the constraint is violated by %g", name, residual / mass);
    cr_assert_lt(fabs(J - s->minimum.defect), 1e-12 * mass);
    cr_assert(s->minimum.converged);
    cr_assert(H1 <= H0 + 1e-14 * mass);
    if (step->rule == GZ_WEIGHT_ZERO_DEFECT) cr_assert_lt(fabs(J), 1e-12 * mass, "%s: J = %g", name, J);
    if (step->rule == GZ_WEIGHT_JKO) cr_assert_lt(J, 0);
    gz_release(Kw);
}

/* Every member finds the minimiser of `newton`: log f to 1e-9 where a node holds more than 1e-6 of the mass,
 * and J to 1e-12. (With a tolerance of 1e-13, log f of such a node is known to 1e-13/sqrt(1e-6) = 1e-10.) */
static void conform(const collision *c, double dt, gz_weight_rule rule, const char *what) {
    const gz_convex_step step = {
        .f0 = c->f0, .log_f0 = c->log_f0, .dt = dt, .rule = rule, .implicitness = 0.4, .tolerance = 1e-13};
    solution reference = solve(c, &step, NULL);
    cr_assert_eq(reference.status, GZ_OK, "%s: %s", what, gz_context_message(context));
    check_solution(c, &step, &reference, "newton");
    for (size_t k = 1; gz_minimizer_name(k); k++) {
        const char *name = gz_minimizer_name(k);
        solution s = solve(c, &step, name);
        cr_assert_eq(s.status, GZ_OK, "%s, %s: %s", name, what, gz_context_message(context));
        check_solution(c, &step, &s, name);
        double worst = 0;
        for (size_t i = 0; i < c->grid->size; i++)
            if (c->grid->node_volume[i % c->grid->node_count] * c->grid->cell_volume * s.f1[i] > 1e-6)
                worst = fmax(worst, fabs(s.log_f1[i] - reference.log_f1[i]));
        cr_assert_lt(worst, 1e-9, "%s, %s, dt %g, rule %d: log f differs by %g", name, what, dt, (int)rule,
                     worst);
        cr_assert_lt(fabs(s.minimum.defect - reference.minimum.defect), 1e-12);
        free_solution(&s);
    }
    free_solution(&reference);
}

Test(minimizers, find_the_same_minimiser) {
    const struct {
        int space_dim;
        size_t nodes;
        gz_kappa kappa;
    } shapes[] = {{0, 11, {.shape = GZ_KAPPA_UNIFORM}},
                  {1, 7, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2}},
                  {1, 7, {.shape = GZ_KAPPA_DIRAC}}};
    const gz_weight_rule rules[] = {GZ_WEIGHT_JKO, GZ_WEIGHT_ZERO_DEFECT, GZ_WEIGHT_FIXED};
    const double dts[] = {0.003, 0.05, 0.8};
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (size_t i = 0; i < KERNEL_COUNT; i++) {
            if (s > 0 && (s + i) % 2 == 0) continue; /* each kernel with one of the kappas between cells */
            char what[80];
            snprintf(what, sizeof what, "shape %zu kernel %zu", s, i);
            collision c = make_collision(shapes[s].space_dim, shapes[s].nodes, KERNELS[i], shapes[s].kappa);
            for (size_t t = 0; t < sizeof dts / sizeof *dts; t++)
                for (size_t r = 0; r < sizeof rules / sizeof *rules; r++) conform(&c, dts[t], rules[r], what);
            free_collision(&c);
        }
}

/* One iteration is not enough. The status says so; the message names what stalled and what to try. */
Test(minimizers, say_when_they_did_not_converge) {
    collision c = make_collision(0, 13, KERNELS[2], (gz_kappa){.shape = GZ_KAPPA_UNIFORM});
    const gz_weight_rule rules[] = {GZ_WEIGHT_JKO, GZ_WEIGHT_ZERO_DEFECT};
    for (size_t k = 0; gz_minimizer_name(k); k++)
        for (size_t r = 0; r < 2; r++) {
            const gz_convex_step step = {
                .f0 = c.f0, .log_f0 = c.log_f0, .dt = 0.5, .rule = rules[r], .max_iterations = 1};
            solution s = solve(&c, &step, gz_minimizer_name(k));
            const char *message = gz_context_message(context);
            cr_assert_eq(s.status, GZ_ERROR_NOT_CONVERGED, "%s", gz_minimizer_name(k));
            cr_assert_not(s.minimum.converged);
            cr_assert(strstr(message, "stalled") &&
                          (strstr(message, "decrement") || strstr(message, "defect")) &&
                          strstr(message, "try a smaller dt or more max_iterations"),
                      "%s: %s", gz_minimizer_name(k), message);
            free_solution(&s);
        }
    free_collision(&c);
}

/* If the density or its mobility has numbers that are not finite, no minimiser is returned. */
Test(minimizers, refuse_what_is_not_finite) {
    for (size_t k = 0; gz_minimizer_name(k); k++)
        for (int what = 0; what < 4; what++) {
            collision c = make_collision(0, 11, KERNELS[3], (gz_kappa){.shape = GZ_KAPPA_UNIFORM});
            const gz_convex_step step = {
                .f0 = c.f0, .log_f0 = c.log_f0, .dt = 0.1, .rule = GZ_WEIGHT_ZERO_DEFECT};
            const size_t bad = 60;
            if (what == 0) c.f0[bad] = NAN;
            if (what == 1) c.log_f0[bad] = -INFINITY, c.f0[bad] = 0;
            if (what == 2) c.log_start[bad] = NAN;
            if (what == 3) {
                double *m = sample_exp(context, c.grid, c.log_f0);
                m[bad] = NAN;
                gz_mobility_set_density(c.mobility, m);
                gz_release(m);
            }
            solution s = solve(&c, &step, gz_minimizer_name(k));
            cr_assert_eq(s.status, GZ_ERROR_NOT_CONVERGED, "%s, case %d", gz_minimizer_name(k), what);
            cr_assert_not(s.minimum.converged);
            free_solution(&s);
            free_collision(&c);
        }
}

/* A matrix beyond this machine's memory is refused before it is allocated, with its size and a way out. */
Test(minimizers, refuse_what_does_not_fit) {
    const gz_phase_grid_settings settings = {
        .space_dim = 1, .velocity_dim = 2, .cells = {256}, .length = {1}, .nodes = 65, .half_width = 4};
    gz_phase_grid *grid = NULL;
    gz_mobility *mobility = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK);
    const gz_mobility_settings how = {.kernel = KERNELS[3], .kappa = {.shape = GZ_KAPPA_UNIFORM}, .order = 2};
    cr_assert_eq(gz_mobility_create(context, grid, &how, &mobility), GZ_OK);
    const char *names[] = {"dense", "full_space"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const gz_minimizer_method *method = gz_minimizer_find(names[k]);
        void *self = NULL;
        cr_assert_eq(method->create(context, mobility, NULL, &self), GZ_ERROR_MEMORY);
        method->destroy(self);
        const char *message = gz_context_message(context);
        cr_assert(strstr(message, names[k]) && strstr(message, "1081600") && strstr(message, "GB") &&
                      strstr(message, "newton"),
                  "%s", message);
    }
    gz_mobility_destroy(mobility);
    gz_phase_grid_destroy(grid);
}

Test(minimizers, are_found_by_name) {
    cr_assert_eq(gz_minimizer_find(NULL), &gz_minimizer_newton);
    for (size_t k = 0; gz_minimizer_name(k); k++)
        cr_assert_str_eq(gz_minimizer_find(gz_minimizer_name(k))->name, gz_minimizer_name(k));
    cr_assert_null(gz_minimizer_find("simplex"));
}
