/* Steps of mixtures: what every scheme keeps, the laws of T and u, equilibria, transport, and all minimizers. */
#include "equilibrium.h"
#include "functionals.h"
#include "initial.h"
#include "sample.h"
#include "sample_mixture.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(mixture, .init = open_context, .fini = close_context);

static const double GAMMAS[] = {-3, -1, 0, 1};

static gz_problem problem_of(size_t index, size_t kernel, int space_dim, size_t nodes, bool transport) {
    static const gz_kappa KAPPAS[] = {
        {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4}, {.shape = GZ_KAPPA_DIRAC}, {.shape = GZ_KAPPA_UNIFORM}};
    gz_problem p = {.grid = {.space_dim = space_dim, .cells = {5, 3}, .nodes = nodes, .half_width = 5},
                    .kernel = {GZ_KERNEL_POWER, .gamma = GAMMAS[kernel], .strength = 0.3},
                    .kappa = KAPPAS[(index + kernel) % 3],
                    .collisions_only = !transport,
                    .order = 4};
    sample_mixture(index, &p.grid, &p.rates);
    return p;
}

typedef struct mixture {
    gz_phase_grid *grid;
    gz_integrator *integrator;
    gz_state state;
} mixture;

/* A random density of every species. */
static mixture make(const gz_problem *problem, const gz_integrator_settings *settings, size_t seed) {
    mixture m;
    cr_assert_eq(gz_phase_grid_create(context, &problem->grid, &m.grid), GZ_OK);
    cr_assert_eq(gz_integrator_create(context, m.grid, problem, settings, &m.integrator), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_state_init(context, m.grid, &m.state), GZ_OK);
    double *log_f = sample_mixture_log_density(context, m.grid, seed);
    for (size_t i = 0; i < m.grid->size; i++) {
        m.state.log_f[i] = log_f[i];
        m.state.f[i] = exp(log_f[i]);
    }
    gz_release(log_f);
    return m;
}

static void destroy(mixture *m) {
    gz_state_free(&m->state);
    gz_integrator_destroy(m->integrator);
    gz_phase_grid_destroy(m->grid);
}

/* The relative drifts of the mass of every cell of every species (of every species alone where f is streamed), and of
 * momentum and energy. */
static void check_invariants(const mixture *m, const double *before, bool transport, const char *what) {
    const gz_phase_grid *grid = m->grid;
    const size_t cells = transport ? grid->one->cell_count : 1, size = cells * grid->node_count;
    gz_moments start, end;
    for (size_t part = 0; part < grid->size / size; part++) {
        double change = 0, mass = 0;
        for (size_t i = part * size; i < (part + 1) * size; i++) {
            mass += grid->node_volume[i % grid->node_count] * before[i];
            change += grid->node_volume[i % grid->node_count] * (m->state.f[i] - before[i]);
        }
        cr_assert_lt(fabs(change), 1e-13 * mass, "%s: mass of part %zu drifts by %g", what, part,
                     change / mass);
    }
    gz_moments_of(grid, before, &start);
    gz_moments_of(grid, m->state.f, &end);
    cr_assert_float_eq(end.energy, start.energy, 1e-13 * start.energy, "%s: energy", what);
    for (int a = 0; a < grid->velocity_dim; a++)
        cr_assert_float_eq(end.momentum[a], start.momentum[a], 1e-13 * sqrt(start.mass * start.energy),
                           "%s: momentum", what);
}

/* Two steps of each variational scheme, whose J the solver bounds by 5e-14 of the number of particles, over all kernels, kappas, mixtures, dimensions, with and without transport. */
Test(mixture, a_step_keeps_what_it_must) {
    static const char *const SCHEMES[] = {"zero_defect", "zero_defect4", "jko"};
    size_t turn = 0;
    for (size_t index = 0; index < SAMPLE_MIXTURES; index++)
        for (size_t kernel = 0; kernel < sizeof GAMMAS / sizeof *GAMMAS; kernel++)
            for (int space_dim = 0; space_dim <= 1; space_dim++)
                for (size_t scheme = 0; scheme < 3; scheme++, turn++) {
                    const bool transport = space_dim > 0 && (index + kernel + scheme) % 2;
                    const gz_problem problem = problem_of(index, kernel, space_dim, 15, transport);
                    const gz_integrator_settings settings = {.scheme = SCHEMES[scheme]};
                    mixture m = make(&problem, &settings, turn);
                    double *before = sample_exp(context, m.grid, m.state.log_f), entropy, last;
                    char what[100];
                    snprintf(what, sizeof what, "%s, mixture %zu, kernel %zu, %d x axes", SCHEMES[scheme],
                             index, kernel, space_dim);
                    entropy = gz_entropy(m.grid, m.state.f, m.state.log_f);
                    const double number = gz_integral(m.grid, m.state.f, NULL);
                    for (int step = 0; step < 2; step++, entropy = last) {
                        gz_step_report report;
                        cr_assert_eq(gz_integrator_step(m.integrator, 0.02, &m.state, &report), GZ_OK,
                                     "%s: %s", what, gz_context_message(context));
                        last = gz_entropy(m.grid, m.state.f, m.state.log_f);
                        if (GAMMAS[kernel] < 1) cr_assert_eq(report.split, 0, "%s", what); /* 1 is stiff */
                        if (scheme < 2)
                            cr_assert_lt(fabs(report.defect), 5e-14 * number, "%s: J = %g", what,
                                         report.defect);
                        cr_assert_lt(last - report.entropy_streaming, entropy + 1e-13, "%s: H rises by %g",
                                     what, last - entropy);
                    }
                    for (size_t i = 0; i < m.grid->size; i++) cr_assert_gt(m.state.f[i], 0);
                    check_invariants(&m, before, transport, what);
                    gz_release(before);
                    destroy(&m);
                }
}

/* Every scheme, the rivals too, keeps the masses of the species, momentum and energy. */
Test(mixture, every_scheme_keeps_the_invariants) {
    for (size_t i = 0; gz_integrator_name(i); i++)
        for (int transport = 0; transport < 2; transport++) {
            const gz_problem problem = problem_of(0, 1, 1, 15, transport);
            const gz_integrator_settings settings = {.scheme = gz_integrator_name(i)};
            mixture m = make(&problem, &settings, i);
            double *before = sample_exp(context, m.grid, m.state.log_f);
            gz_step_report report;
            cr_assert_eq(gz_integrator_step(m.integrator, 1e-3, &m.state, &report), GZ_OK, "%s: %s",
                         gz_integrator_name(i), gz_context_message(context));
            check_invariants(&m, before, transport, gz_integrator_name(i));
            gz_release(before);
            destroy(&m);
        }
}

/* --- laws of relaxation ----------------------------------------------------------------------------------- */

/* Two species of masses 1 and 4 with gamma = 0; runs to t = 0.5. */
static gz_species_moments relax(const char *scheme, int steps, const double T[2], const double u[2],
                                const double density[2]) {
    gz_problem problem = {.grid = {.nodes = 49, .half_width = 6},
                          .kernel = {GZ_KERNEL_POWER, .gamma = 0, .strength = 0.25}};
    gz_rates unused;
    sample_mixture(0, &problem.grid, &unused);
    gz_component components[2] = {{.species = problem.grid.species[0].name},
                                  {.species = problem.grid.species[1].name}};
    for (int s = 0; s < 2; s++) {
        components[s].density = density[s];
        components[s].velocity[0] = u[s];
        components[s].temperature[0] = components[s].temperature[1] = T[s];
    }
    mixture m = make(&problem, &(gz_integrator_settings){.scheme = scheme}, 1);
    cr_assert_eq(gz_initial_state(context, m.grid, &problem.kernel, 2, components, &m.state), GZ_OK, "%s",
                 gz_context_message(context));
    gz_step_report report;
    for (int k = 0; k < steps; k++)
        cr_assert_eq(gz_integrator_step(m.integrator, 0.5 / steps, &m.state, &report), GZ_OK, "%s",
                     gz_context_message(context));
    gz_species_moments moments;
    gz_species_moments_of(m.grid, m.state.f, &moments);
    destroy(&m);
    return moments;
}

/* T_s' = 2 (d-1) B sum_t c_st n_t (T_t - T_s)/(m_s m_t). The grid, whose spacing is 0.56 of sqrt(T/m) of the heavy
 * species, is off by 1.2e-5; the error in dt is of second order. */
Test(mixture, temperatures_follow_their_law) {
    const double T[] = {1.2, 0.8}, u[] = {0, 0}, n[] = {1, 1}, exact = 1 + 0.2 * exp(-2 * 0.25 * 2 * 0.5 / 4);
    double value[4];
    for (int k = 0; k < 4; k++) {
        const gz_species_moments m = relax("zero_defect", 1 << k, T, u, n);
        value[k] = m.temperature[0];
        cr_assert_float_eq(m.temperature[0] + m.temperature[1], 2,
                           4e-6); /* what the box cuts off is missing */
    }
    cr_assert_float_eq(exact, 1.17649938, 1e-8);
    cr_assert_float_eq(value[3], exact, 1.3e-5, "%.8f", value[3]);
    const double order = log2((value[1] - value[2]) / (value[2] - value[3]));
    cr_assert(order > 1.8 && order < 2.2, "order %g", order);
    const gz_species_moments fine = relax("zero_defect4", 4, T, u, n);
    cr_assert_float_eq(fine.temperature[0], exact, 1.3e-5, "%.8f", fine.temperature[0]);
}

/* m_s n_s u_s' = -(d-1) B sum_t c_st (1/m_s + 1/m_t) n_s n_t (u_s - u_t), with densities that differ too. */
Test(mixture, velocities_follow_their_law) {
    const double T[] = {1.2, 0.8}, u[] = {0.5, -0.2};
    for (int k = 0; k < 2; k++) {
        const double n[] = {1, k == 0 ? 1 : 0.6}, rate = 0.25 * (1 + 0.25) * (n[1] + n[0] / 4);
        const gz_species_moments m = relax("zero_defect4", 4, T, u, n);
        const double difference = m.momentum[0] / n[0] - m.momentum[2] / (4 * n[1]),
                     exact = 0.7 * exp(-rate * 0.5);
        if (k == 0) cr_assert_float_eq(exact, 0.57580429, 1e-8);
        cr_assert_float_eq(difference, exact, 2e-5, "%.8f, not %.8f", difference, exact);
    }
}

/* --- equilibrium ------------------------------------------------------------------------------------------ */

/* Each kind has the invariants that it should, and a collision leaves it where it is. */
Test(mixture, equilibria_have_the_invariants_and_stay) {
    static const struct {
        gz_equilibrium kind;
        gz_kappa_shape kappa;
    } CASES[] = {{GZ_EQUILIBRIUM_UNIFORM, GZ_KAPPA_UNIFORM},
                 {GZ_EQUILIBRIUM_OF_DENSITY, GZ_KAPPA_UNIFORM},
                 {GZ_EQUILIBRIUM_LOCAL, GZ_KAPPA_DIRAC}};
    for (size_t k = 0; k < 3; k++)
        for (size_t index = 0; index < SAMPLE_MIXTURES; index++) {
            gz_problem problem = problem_of(index, 1, 1, 25, false);
            problem.grid.half_width = 6;
            problem.kappa = (gz_kappa){.shape = CASES[k].kappa};
            mixture m = make(&problem, &(gz_integrator_settings){.scheme = "zero_defect"}, k);
            double *log_g = sample_zero(context, m.grid), *g = sample_zero(context, m.grid),
                   *f = sample_exp(context, m.grid, m.state.log_f);
            cr_assert_eq(gz_equilibrium_of(context, m.grid, CASES[k].kind, f, g, log_g), GZ_OK, "%s",
                         gz_context_message(context));
            memcpy(m.state.f, g, m.grid->size * sizeof *g);
            memcpy(m.state.log_f, log_g, m.grid->size * sizeof *g);
            check_invariants(&m, f, k == 0, "equilibrium");
            gz_step_report report;
            cr_assert_eq(gz_integrator_step(m.integrator, 0.3, &m.state, &report), GZ_OK);
            for (size_t i = 0; i < m.grid->size; i++)
                if (g[i] > 1e-12) cr_assert_float_eq(m.state.f[i], g[i], 1e-11 * g[i]);
            double *log_f = sample_zero(context, m.grid);
            for (size_t i = 0; i < m.grid->size; i++) log_f[i] = log(f[i]);
            const double distance = gz_relative_entropy(m.grid, f, log_f, g, log_g),
                         fall = gz_entropy(m.grid, f, log_f) - gz_entropy(m.grid, g, log_g);
            cr_assert_gt(distance, 1e-3);
            cr_assert_float_eq(distance, fall, 1e-12 * fabs(gz_entropy(m.grid, f, log_f)));
            double *all[] = {log_g, g, f, log_f};
            for (size_t i = 0; i < 4; i++) gz_release(all[i]);
            destroy(&m);
        }
}

/* --- places and transport --------------------------------------------------------------------------------- */

/* With kappa dirac every place is a homogeneous mixture of its own. The jko step has no number common to all cells. */
Test(mixture, places_are_apart_where_kappa_is_local) {
    gz_problem problem = problem_of(1, 1, 1, 17, false), single = problem_of(1, 1, 0, 17, false);
    problem.kappa = (gz_kappa){.shape = GZ_KAPPA_DIRAC};
    const gz_integrator_settings settings = {.scheme = "jko"};
    mixture all = make(&problem, &settings, 5), one = make(&single, &settings, 5);
    double *start = sample_zero(context, all.grid);
    memcpy(start, all.state.log_f, all.grid->size * sizeof *start);
    gz_step_report report;
    cr_assert_eq(gz_integrator_step(all.integrator, 0.1, &all.state, &report), GZ_OK);
    const size_t nodes = all.grid->node_count, places = all.grid->one->cell_count;
    for (size_t place = 0; place < places; place++) {
        for (size_t s = 0; s < 2; s++)
            for (size_t p = 0; p < nodes; p++) {
                one.state.log_f[s * nodes + p] = start[(s * places + place) * nodes + p];
                one.state.f[s * nodes + p] = exp(one.state.log_f[s * nodes + p]);
            }
        cr_assert_eq(gz_integrator_step(one.integrator, 0.1, &one.state, &report), GZ_OK);
        for (size_t s = 0; s < 2; s++)
            for (size_t p = 0; p < nodes; p++)
                cr_assert_float_eq(all.state.f[(s * places + place) * nodes + p], one.state.f[s * nodes + p],
                                   1e-11);
    }
    gz_release(start);
    destroy(&all);
    destroy(&one);
}

/* Free streaming moves each species as if it were alone, to the last bit, in a box too. */
Test(mixture, species_stream_by_themselves) {
    for (int box = 0; box < 2; box++) {
        gz_problem problem = problem_of(2, 0, 2, 9, true);
        problem.grid.boundary = box ? GZ_BOX : GZ_TORUS;
        mixture m = make(&problem, &(gz_integrator_settings){.scheme = "jko"}, 3);
        const gz_phase_grid *one = m.grid->one;
        gz_streaming *whole = NULL, *part = NULL;
        gz_outflow sum = {0};
        double *f = sample_zero(context, m.grid);
        memcpy(f, m.state.log_f, m.grid->size * sizeof *f);
        cr_assert_eq(gz_streaming_create(context, m.grid, &whole), GZ_OK);
        cr_assert_eq(gz_streaming_create(context, one, &part), GZ_OK);
        gz_streaming_apply(whole, 0.03, m.state.log_f);
        for (size_t s = 0; s < m.grid->species_count; s++) {
            gz_streaming_apply(part, 0.03, f + s * one->size);
            gz_outflow left = gz_streaming_outflow(part);
            left.mass *= m.grid->species[s].mass;
            left.energy *= m.grid->species[s].mass;
            gz_outflow_add(&sum, left);
        }
        cr_assert_eq(memcmp(f, m.state.log_f, m.grid->size * sizeof *f), 0);
        const gz_outflow left = gz_streaming_outflow(whole);
        cr_assert_float_eq(left.mass, sum.mass, 1e-15);
        cr_assert_float_eq(left.energy, sum.energy, 1e-14);
        cr_assert_eq(left.mass > 0, box);
        gz_release(f);
        gz_streaming_destroy(whole);
        gz_streaming_destroy(part);
        destroy(&m);
    }
}

/* --- minimizers and members ------------------------------------------------------------------------------- */

/* All minimizers, preconditioners and mobilities find the same step. */
Test(mixture, all_ways_to_a_step_agree) {
    static const gz_integrator_settings WAYS[] = {{.minimizer = "newton"},
                                                  {.minimizer = "newton", .preconditioner = "factor"},
                                                  {.minimizer = "newton", .mobility = "pairs"},
                                                  {.minimizer = "newton", .mobility = "moments"},
                                                  {.minimizer = "lbfgs"},
                                                  {.minimizer = "tnewton"},
                                                  {.minimizer = "dense"},
                                                  {.minimizer = "full_space"}};
    for (size_t index = 0; index < SAMPLE_MIXTURES; index++) {
        double *reference = NULL;
        for (size_t way = 0; way < sizeof WAYS / sizeof *WAYS; way++) {
            gz_problem problem = problem_of(index, 2, 0, 9, false);
            problem.grid.half_width = 4;
            gz_integrator_settings settings = WAYS[way];
            settings.scheme = "zero_defect";
            mixture m = make(&problem, &settings, 11);
            gz_step_report report;
            cr_assert_eq(gz_integrator_step(m.integrator, 0.02, &m.state, &report), GZ_OK, "%zu: %s", way,
                         gz_context_message(context));
            cr_assert_lt(fabs(report.defect), 1e-12);
            if (!reference) {
                reference = sample_zero(context, m.grid);
                memcpy(reference, m.state.log_f, m.grid->size * sizeof *reference);
            }
            for (size_t i = 0; i < m.grid->size; i++)
                cr_assert_float_eq(m.state.log_f[i], reference[i], 1e-8, "way %zu of mixture %zu: %g", way,
                                   index, m.state.log_f[i] - reference[i]);
            destroy(&m);
        }
        gz_release(reference);
    }
}

/* What the member `species` asks of memory fails one by one, and a step allocates nothing. */
Test(mixture, each_allocation_may_fail) {
    for (int space_dim = 0; space_dim <= 1; space_dim++)
        for (size_t scheme = 0; scheme < 3; scheme++) {
            static const char *const SCHEMES[] = {"zero_defect", "zero_defect4", "cvode_bdf"};
            const gz_problem problem = problem_of(0, 0, space_dim, 9, true);
            const gz_integrator_settings settings = {.scheme = SCHEMES[scheme]};
            for (size_t n = 1;; n++) {
                gz_phase_grid *grid = NULL;
                gz_integrator *integrator = NULL;
                gz_context_fail_allocation(context, n);
                gz_status status = gz_phase_grid_create(context, &problem.grid, &grid);
                cr_assert_eq(grid == NULL, status != GZ_OK);
                if (status == GZ_OK)
                    status = gz_integrator_create(context, grid, &problem, &settings, &integrator);
                cr_assert_eq(integrator == NULL, status != GZ_OK);
                gz_context_fail_allocation(context, 0);
                gz_integrator_destroy(integrator);
                gz_phase_grid_destroy(grid);
                if (status == GZ_OK) break;
                cr_assert_eq(status, GZ_ERROR_MEMORY);
            }
            mixture m = make(&problem, &settings, 3);
            gz_step_report report;
            const size_t allocations = gz_context_allocations(context);
            cr_assert_eq(gz_integrator_step(m.integrator, 0.01, &m.state, &report), GZ_OK);
            cr_assert_eq(gz_context_allocations(context), allocations);
            destroy(&m);
        }
}
