/* Steps with collisions other than Landau's, in every scheme: fixed points, invariants, the free energy, orders
 * against exact solutions, and certificates. */
#include "certify.h"
#include "functionals.h"
#include "initial.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(collision_models, .init = open_context, .fini = close_context);

enum { BATH, DOUGHERTY, MODELS };

static const gz_collision_model MODEL[] = {{GZ_FOKKER_PLANCK, .friction = 0.8, .temperature = 1.2},
                                           {GZ_DOUGHERTY, .rate = 0.8}};

static gz_problem problem_of(int model, int space_dim, int velocity_dim, size_t nodes) {
    return (gz_problem){.grid = {.space_dim = space_dim,
                                 .velocity_dim = velocity_dim,
                                 .cells = {4, 3, 2},
                                 .length = {2, 2, 2},
                                 .nodes = nodes,
                                 .half_width = 6},
                        .collisions = MODEL[model]};
}

typedef struct trial {
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;
    gz_step_report report;
} trial;

static trial begin(const gz_problem *problem, const gz_integrator_settings *settings) {
    trial t = {0};
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &t.grid), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, t.grid, problem, settings, &t.integrator), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_state_init(context, t.grid, &t.state), GZ_OK);
    return t;
}

static void end(trial *t) {
    gz_state_free(&t->state);
    gz_integrator_destroy(t->integrator);
    gz_phase_grid_destroy(t->grid);
}

static void set_random(trial *t, size_t seed) {
    double *log_f = sample_log_density(context, t->grid, seed);
    for (size_t i = 0; i < t->grid->size; i++) t->state.f[i] = exp(t->state.log_f[i] = log_f[i]);
    gz_release(log_f);
}

static void step(trial *t, double dt) {
    cr_assert_eq(gz_integrator_step(t->integrator, dt, &t->state, &t->report), GZ_OK, "%s",
                 gz_context_message(context));
}

/* H + int |v|^2/(2 theta) f with a bath, else H. */
static double free_energy(const trial *t, int model) {
    const double theta = MODEL[model].temperature, H = gz_entropy(t->grid, t->state.f, t->state.log_f);
    return model == BATH ? H + gz_velocity_integral(t->grid, t->state.f, t->grid->node_energy) / (2 * theta)
                         : H;
}

/* A Maxwellian with another density in every cell (of the bath, or drifting) stays, in every scheme. */
Test(collision_models, maxwellians_stay) {
    for (int model = 0; model < MODELS; model++)
        for (size_t i = 0; gz_integrator_name(i); i++) {
            gz_problem problem = problem_of(model, 1, 1, 25);
            problem.collisions_only = true;
            const gz_integrator_settings settings = {.scheme = gz_integrator_name(i),
                                                     .space_form = GZ_LOG_FORM};
            trial t = begin(&problem, &settings);
            const double theta = model == BATH ? MODEL[BATH].temperature : 1.1;
            for (size_t k = 0; k < t.grid->size; k++) {
                const size_t p = k % t.grid->node_count;
                t.state.log_f[k] = -t.grid->node_energy[p] / (2 * theta) +
                                   0.2 * (double)(k / t.grid->node_count) +
                                   (model == BATH ? 0 : 0.3 * t.grid->node_velocity[0][p]);
                t.state.f[k] = exp(t.state.log_f[k]);
            }
            double *before = sample_exp(context, t.grid, t.state.log_f), most = 0;
            for (int k = 0; k < 3; k++) step(&t, 0.01);
            for (size_t k = 0; k < t.grid->size; k++) most = fmax(most, fabs(t.state.f[k] / before[k] - 1));
            cr_expect_lt(most, 1e-10, "%s: f moves by %g", settings.scheme, most);
            gz_release(before);
            end(&t);
        }
}

/* Random densities, whole steps with streaming: J, what is kept, F in a collision, f > 0. */
static void check_random(int model, int space_dim, int velocity_dim, size_t nodes, const char *scheme) {
    const gz_problem problem = problem_of(model, space_dim, velocity_dim, nodes);
    const gz_integrator_settings settings = {.scheme = scheme};
    for (size_t seed = 0; seed < 2; seed++) {
        trial t = begin(&problem, &settings);
        set_random(&t, seed);
        gz_moments m0, m1;
        gz_moments_of(t.grid, t.state.f, &m0);
        double bath = 0, F = free_energy(&t, model), mass = m0.mass;
        for (int k = 0; k < 4; k++) {
            step(&t, k == 2 ? 1 : 0.1);
            const gz_step_report *r = &t.report;
            const double F1 = free_energy(&t, model), path = r->dt / 2 * (r->dissipation + r->action);
            bath += r->bath_energy;
            gz_moments_of(t.grid, t.state.f, &m1);
            if (strcmp(scheme, "jko") != 0)
                cr_expect_lt(fabs(r->defect), 1e-13 * fmax(mass, 1), "%s: J %g of %g", scheme, r->defect,
                             mass);
            cr_expect_lt(r->entropy_after - r->entropy_before, 1e-13 * mass, "%s", scheme);
            cr_expect_lt(fabs(F1 - F - r->entropy_streaming - (r->defect - path)), 2e-13 * mass,
                         "%s: F changed by %g, not by %g", scheme, F1 - F - r->entropy_streaming,
                         r->defect - path);
            cr_expect_gt(m1.f_min, 0);
            cr_expect_lt(fabs(m1.mass - mass), 1e-13 * mass);
            cr_expect_lt(fabs(m1.energy / 2 + bath - m0.energy / 2), 2e-13 * m0.energy,
                         "%s: energy off by %g", scheme, m1.energy / 2 + bath - m0.energy / 2);
            for (int a = 0; model == DOUGHERTY && a < velocity_dim; a++)
                cr_expect_lt(fabs(m1.momentum[a] - m0.momentum[a]), 1e-13 * m0.energy);
            F = F1;
        }
        cr_expect(model == BATH ? fabs(bath) > 1e-6 : bath == 0);
        end(&t);
    }
}

Test(collision_models, random_densities_keep_what_they_should) {
    static const char *const SCHEMES[] = {"zero_defect", "zero_defect4", "jko"};
    for (int model = 0; model < MODELS; model++)
        for (size_t s = 0; s < 3; s++) {
            check_random(model, 0, 1, 33, SCHEMES[s]);
            check_random(model, 1, 1, 25, SCHEMES[s]);
            check_random(model, 1, 2, 17, SCHEMES[s]);
            check_random(model, 0, 3, 11, SCHEMES[s]);
        }
}

/* The relative L2 error after n steps to t = 1 against the exact solution of these components. */
static double error_of(const gz_problem *problem, const gz_integrator_settings *settings, size_t count,
                       const gz_component *components, int n) {
    trial t = begin(problem, settings);
    double *exact = sample_zero(context, t.grid);
    cr_assert(gz_initial_has_exact(problem, count, components));
    cr_assert_eq(gz_initial_state(context, t.grid, &problem->kernel, count, components, &t.state), GZ_OK);
    for (int k = 0; k < n; k++) step(&t, 1. / n);
    gz_initial_exact(t.grid, problem, count, components, 1, exact);
    const double error = gz_relative_l2(t.grid, t.state.f, exact);
    gz_release(exact);
    end(&t);
    return error;
}

static void check_order(const gz_problem *problem, const gz_integrator_settings *settings, size_t count,
                        const gz_component *components, int steps, double order, double largest) {
    const double coarse = error_of(problem, settings, count, components, steps),
                 fine = error_of(problem, settings, count, components, 2 * steps);
    cr_expect(log2(coarse / fine) > order - 0.3 && log2(coarse / fine) < order + 0.7,
              "%s: order %g, expected %g: %g, %g", settings->scheme, log2(coarse / fine), order, coarse,
              fine);
    cr_expect_lt(fine, largest, "%s: error %g", settings->scheme, fine);
}

Test(collision_models, have_their_orders_against_exact_solutions) {
    const gz_integrator_settings second = {.scheme = "zero_defect"}, fourth = {.scheme = "zero_defect4"},
                                 first = {.scheme = "jko"}, rk4 = {.scheme = "rk4"};
    gz_problem torus = problem_of(BATH, 1, 1, 41), line = problem_of(BATH, 0, 1, 65),
               plane = problem_of(BATH, 0, 2, 33), beams = problem_of(DOUGHERTY, 0, 1, 65),
               two = problem_of(DOUGHERTY, 0, 2, 33);
    torus.grid.cells[0] = 24;
    torus.grid.length[0] = 6.283185307179586;
    line.grid.half_width = 7;
    plane.grid.half_width = 6.5;
    two.grid.half_width = 6.5;
    const gz_component mode = {.temperature = {1.2}, .mode = {1}, .density_wave = 0.5, .phase = 0.1},
                       ou[] = {{.velocity = {1}, .temperature = {0.6}},
                               {.density = 0.5, .velocity = {-1}, .temperature = {0.9}}},
                       ou2 = {.velocity = {0.8, -0.4}, .temperature = {0.7, 1.4}},
                       pair[] = {{.density = 0.7, .velocity = {0.7}, .temperature = {0.5}},
                                 {.density = 0.5, .velocity = {-0.8}, .temperature = {0.6}}},
                       pair2[] = {{.density = 0.7, .velocity = {0.7, 0.3}, .temperature = {0.7, 1}},
                                  {.density = 0.5, .velocity = {-0.8}, .temperature = {0.8, 0.8}}};
    check_order(&torus, &second, 1, &mode, 8, 2, 2e-4);
    check_order(&torus, &first, 1, &mode, 16, 1, 6e-3);
    check_order(&line, &second, 2, ou, 16, 2, 2e-4);
    check_order(&line, &fourth, 2, ou, 4, 4, 2e-5);
    check_order(&plane, &second, 1, &ou2, 8, 2, 6e-4);
    check_order(&beams, &second, 2, pair, 8, 2, 1e-4);
    check_order(&beams, &fourth, 2, pair, 4, 4, 2e-5);
    check_order(&two, &second, 2, pair2, 8, 2, 2e-4);
    cr_expect_lt(error_of(&line, &rk4, 2, ou, 200), 5e-5);
    cr_expect_lt(error_of(&beams, &rk4, 2, pair, 200), 5e-5);
}

/* Exact solutions are those of the equation: what they are after t + s is what they are after s of what they are after t,
 * and with no collisions f0(x - v t, v). */
Test(collision_models, exact_solutions_are_known_where_they_hold) {
    gz_problem problem = problem_of(BATH, 1, 1, 25);
    gz_component c = {.temperature = {1.2}, .mode = {1}, .density_wave = 0.5};
    cr_expect(gz_initial_has_exact(&problem, 1, &c));
    c.velocity[0] = 0.1;
    cr_expect_not(gz_initial_has_exact(&problem, 1, &c));
    problem.collisions_only = true;
    cr_expect(gz_initial_has_exact(&problem, 1, &c));
    problem.collisions.kind = GZ_DOUGHERTY;
    cr_expect(gz_initial_has_exact(&problem, 1, &c));
    problem.collisions_only = false;
    cr_expect_not(gz_initial_has_exact(&problem, 1, &c));
    c.density_wave = 0;
    cr_expect(gz_initial_has_exact(&problem, 1, &c));
    c.beta = 0.1;
    cr_expect_not(gz_initial_has_exact(&problem, 1, &c));
    c.beta = 0;
    problem.collisions.kind = GZ_NO_COLLISIONS;
    c.density_wave = 0.5;
    cr_expect(gz_initial_has_exact(&problem, 1, &c));
    problem.force = (gz_force){GZ_FORCE_COSINE, .strength = {1}, .mode = {1}};
    cr_expect_not(gz_initial_has_exact(&problem, 1, &c));
}

Test(collision_models, without_collisions_only_streaming_is_left) {
    for (size_t i = 0; gz_integrator_name(i); i++) {
        gz_problem problem = problem_of(BATH, 1, 1, 25);
        problem.collisions.kind = GZ_NO_COLLISIONS;
        problem.grid.cells[0] = 48;
        const gz_integrator_settings settings = {.scheme = gz_integrator_name(i)};
        const gz_component wave = {.velocity = {0.3}, .mode = {1}, .density_wave = 0.3};
        cr_expect_lt(error_of(&problem, &settings, 1, &wave, 2), 1e-9, "%s", settings.scheme);
    }
}

/* The rate of the step is the cheapest one. A friction that is wrong by e has J = e^2/2 int D. */
Test(collision_models, certificates) {
    for (int model = 0; model < MODELS; model++) {
        const gz_problem problem = problem_of(model, 1, 1, 25);
        gz_problem wrong = problem;
        wrong.collisions.friction *= 1.1;
        wrong.collisions.rate *= 1.1;
        trial t = begin(&problem, &(gz_integrator_settings){0});
        const gz_mobility_settings settings = gz_problem_mobility(&wrong, NULL);
        gz_mobility *mobility = NULL;
        gz_certifier *own = NULL, *other = NULL;
        gz_certificate step_certificate, right = {0}, off = {0}, part;
        cr_assert_eq(gz_mobility_create(context, t.grid, &settings, &mobility), GZ_OK);
        cr_assert_eq(gz_certifier_create(context, &problem, gz_integrator_mobility(t.integrator),
                                         &(gz_certifier_settings){0}, &own),
                     GZ_OK);
        cr_assert_eq(gz_certifier_create(context, &wrong, mobility, &(gz_certifier_settings){0}, &other),
                     GZ_OK);
        const gz_component c[] = {{.temperature = {0.7}, .velocity = {0.8}, .mode = {1}, .density_wave = 0.1},
                                  {.temperature = {0.8}, .velocity = {-0.7}}};
        cr_assert_eq(gz_initial_state(context, t.grid, &problem.kernel, 2, c, &t.state), GZ_OK);
        double *before = sample_zero(context, t.grid);
        for (int k = 0; k < 8; k++) {
            memcpy(before, t.state.log_f, t.grid->size * sizeof *before);
            step(&t, 0.02);
            cr_assert_eq(gz_certify_collision(own, t.integrator, 0.02, &t.state, &step_certificate), GZ_OK);
            cr_expect_lt(fabs(gz_certificate_direct(&step_certificate)), 1e-13);
            const gz_curve_window window = {.count = 2, .time = {0, 0.02}, .log_f = {before, t.state.log_f}};
            cr_assert_eq(gz_certify_interval(own, &window, &part), GZ_OK, "%s", gz_context_message(context));
            gz_certificate_add(&right, &part);
            cr_assert_eq(gz_certify_interval(other, &window, &part), GZ_OK);
            gz_certificate_add(&off, &part);
            cr_assert_eq(gz_certify_curve(own, &window, &part), GZ_OK);
            cr_expect_lt(part.defect, 1e-3 * part.dissipation, "model %d: J %g of %g", model, part.defect,
                         part.dissipation);
        }
        /* int D of the wrong equation is 1.1 of that of the right one; its rate is off by e = 1/1.1 - 1 of its own. */
        const double e = 1 / 1.1 - 1, expected = e * e / 2 * off.dissipation;
        cr_expect_lt(right.defect, 1e-3 * expected, "model %d: J %g beside %g", model, right.defect,
                     expected);
        cr_expect_lt(fabs(off.defect / expected - 1), 0.01, "model %d: J %g, not %g", model, off.defect,
                     expected);
        gz_release(before);
        gz_certifier_destroy(own);
        gz_certifier_destroy(other);
        gz_mobility_destroy(mobility);
        end(&t);
    }
    const gz_problem none = {.collisions = {.kind = GZ_NO_COLLISIONS}};
    gz_certifier *certifier = NULL;
    gz_phase_grid *grid = sample_grid(context, 0, 1, 1, 9, 4);
    gz_mobility *mobility = NULL;
    const gz_mobility_settings settings = gz_problem_mobility(&none, NULL);
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK);
    cr_expect_eq(gz_certifier_create(context, &none, mobility, &(gz_certifier_settings){0}, &certifier),
                 GZ_ERROR_SETTINGS);
    gz_mobility_destroy(mobility);
    gz_phase_grid_destroy(grid);
}

/* From a local equilibrium F_0 is round-off, and the first sweep of zero_defect4 says nothing. The step must not depend on it,
 * nor stay where it is. */
Test(collision_models, a_local_equilibrium_that_streams_is_a_datum_like_any_other) {
    const gz_integrator_settings fourth = {.scheme = "zero_defect4"}, fine = {.scheme = "zero_defect"};
    for (int model = 0; model <= MODELS; model++) {
        gz_problem problem = problem_of(model % MODELS, 1, model < MODELS ? 1 : 2, model < MODELS ? 25 : 17);
        problem.grid.cells[0] = 7;
        if (model == MODELS) problem.collisions.kind = GZ_LANDAU;
        const double T = MODEL[BATH].temperature;
        gz_component c = {.temperature = {T, T}, .mode = {1}, .density_wave = 0.4};
        double *f[3];
        for (int k = 0; k < 3; k++) {
            trial t = begin(&problem, k < 2 ? &fourth : &fine);
            c.density_wave = k == 1 ? 0.4 + 1e-14 : 0.4;
            cr_assert_eq(gz_initial_state(context, t.grid, &problem.kernel, 1, &c, &t.state), GZ_OK);
            for (int n = 0; n < (k < 2 ? 3 : 48); n++) step(&t, k < 2 ? 0.1 : 0.1 / 16);
            f[k] = t.state.f;
            t.state.f = NULL; /* end frees the rest */
            if (k == 2) {
                const double moved = gz_relative_l2(t.grid, f[1], f[0]),
                             off = gz_relative_l2(t.grid, f[0], f[2]);
                cr_expect_lt(moved, 1e-12, "model %d: f moves by %g", model, moved);
                cr_expect_lt(off, 1e-4, "model %d: f is off by %g", model, off);
            }
            end(&t);
        }
        for (int k = 0; k < 3; k++) gz_release(f[k]);
    }
}
