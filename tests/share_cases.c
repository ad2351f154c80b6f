/* Share cases: checks of what ranks or threads share, and the list of them. */
#include "share_cases.h"

#include "fisher.h"
#include "functionals.h"
#include "initial.h"
#include "mobility_cap.h"
#include "step_certificate.h"

#include <math.h>
#include <string.h>

static const double SAME = 1e-12;
/* With sparse factors the solver's tolerance alone decides how exactly a step finds the scalar c: a change of
 * f0 by 1e-16 on one rank moves c by 5e-11. */
static const double SAME_BY_FACTOR = 1e-9;

/* Two streams with a wave. data: the settings of the grid. */
static double log_density(const double *x, const double *v, void *data) {
    const gz_phase_grid_settings *grid = data;
    double phase = 0;
    for (int k = 0; k < grid->space_dim && k < 2; k++) phase += 8 * atan(1) * x[k];
    double a = log(1 + 0.3 * cos(phase)), b = log(0.6 + 0.2 * sin(phase));
    for (int k = 0; k < grid->velocity_dim; k++) {
        const double u = k == 0 ? 0.8 + 0.2 * sin(phase) : 0.1, T = 0.8 + 0.1 * k + 0.1 * cos(phase);
        a -= (v[k] - u) * (v[k] - u) / (2 * T);
        b -= (v[k] + u) * (v[k] + u) / (2 * T);
    }
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

typedef struct sample {
    gz_phase_grid *grid;
    gz_state state;
} sample;

static void make_sample(const checker *c, const gz_phase_grid_settings *settings, sample *s) {
    gz_phase_grid_settings shape = *settings;
    checker_need(c, gz_phase_grid_create(c->context, settings, &s->grid));
    checker_need(c, gz_state_init(c->context, s->grid, &s->state));
    checker_need(c, gz_initial_from_function(c->context, s->grid, log_density, &shape, &s->state));
}

static void destroy_sample(sample *s) {
    gz_state_free(&s->state);
    gz_phase_grid_destroy(s->grid);
}

/* --- functionals and invariants ------------------------------------------------------------------------- */

static void check_moments(checker *c, const sample *s, double same) {
    static const char *const AXIS[] = {"momentum 1", "momentum 2", "momentum 3"};
    static const char *const STRESS[] = {"stress 1", "stress 2", "stress 3",
                                         "stress 4", "stress 5", "stress 6"};
    gz_moments m;
    gz_moments_of(s->grid, s->state.f, &m);
    checker_value(c, "mass", m.mass, m.mass, same);
    for (int k = 0; k < s->grid->velocity_dim; k++) checker_value(c, AXIS[k], m.momentum[k], m.energy, same);
    for (int k = 0; k < gz_pair_count(s->grid->velocity_dim); k++)
        checker_value(c, STRESS[k], m.stress[k], m.energy, same);
    checker_value(c, "energy", m.energy, m.energy, same);
    checker_value(c, "tail", m.tail, 1, same);
    checker_value(c, "least f", m.f_min, m.f_min, 1e6 * same); /* f is tiny in the tail */
    const double H = gz_entropy_of_any_sign(s->grid, s->state.f);
    checker_value(c, "H", H, H, same);
}

/* Density, velocity and temperature of every cell, spread over its nodes. scratch, field: [cell][node]. */
static void check_cell_moments(checker *c, const sample *s, double *scratch, double *field) {
    const size_t cells = s->grid->cell_count, nodes = s->grid->node_count, d = (size_t)s->grid->velocity_dim;
    gz_cell_moments(s->grid, s->state.f, scratch, scratch + cells, scratch + (1 + d) * cells);
    for (size_t i = 0; i < s->grid->size; i++) field[i] = scratch[i % nodes % (d + 2) * cells + i / nodes];
    checker_field(c, "moments of the cells", s->grid, field, SAME);
}

/* --- operators ------------------------------------------------------------------------------------------ */

/* A rough potential, which does not depend on the ranks. */
static void fill_rough(const gz_phase_grid *grid, double *w) {
    for (size_t i = 0; i < grid->size; i++)
        w[i] = sin((double)(gz_phase_grid_whole(grid, i) * 2654435761u % 10007));
}

void share_check_operator(checker *c, const gz_problem *problem, const char *method) {
    const gz_mobility_settings how = gz_problem_mobility(problem, method);
    sample s;
    gz_mobility *K = NULL;
    double *w, *Kw;
    make_sample(c, &problem->grid, &s);
    checker_need(c, gz_mobility_create(c->context, s.grid, &how, &K));
    checker_need(c, gz_allocate(c->context, s.grid->size, sizeof(double), &w));
    checker_need(c, gz_allocate(c->context, s.grid->size, sizeof(double), &Kw));
    gz_mobility_set_capped(K, s.state.log_f, NULL, w);
    for (int a = 0; a < s.grid->velocity_dim; a++)
        checker_field(c, "the diffusion tensor", s.grid, gz_mobility_tensor(K, 0, a), 1e-13);
    fill_rough(s.grid, w);
    gz_mobility_apply(K, w, Kw);
    checker_field(c, "K w", s.grid, Kw, 1e-13);
    const double D = gz_mobility_dissipation(K, w, Kw);
    checker_value(c, "D", D, D, 1e-13);
    checker_field(c, "the diagonal of K", s.grid, gz_mobility_local_diagonal(K), 1e-13);
    gz_mobility_action_density(K, w, Kw);
    checker_field(c, "the action density", s.grid, Kw, 1e-13);
    const gz_fisher I = gz_fisher_of(K, s.state.f, s.state.log_f);
    checker_value(c, "Fisher information", I.information, I.information, 1e-13);
    check_moments(c, &s, SAME);
    check_cell_moments(c, &s, w, Kw);
    gz_release(w);
    gz_release(Kw);
    gz_mobility_destroy(K);
    destroy_sample(&s);
}

static void check_streaming(checker *c, const gz_phase_grid_settings *grid) {
    sample s;
    gz_streaming *streaming = NULL;
    make_sample(c, grid, &s);
    checker_need(c, gz_streaming_create(c->context, s.grid, &streaming));
    gz_streaming_apply(streaming, 0.037, s.state.log_f);
    checker_field(c, "log f streamed", s.grid, s.state.log_f, 1e-13);
    gz_streaming_apply_linear(streaming, -0.1, s.state.f);
    checker_field(c, "f streamed", s.grid, s.state.f, 1e-13);
    gz_streaming_destroy(streaming);
    destroy_sample(&s);
}

/* All shapes of components and all regularisations; as the nodes have them, or normalised. */
static void check_datum(checker *c, const gz_problem *problem, bool normalise) {
    const gz_component parts[] = {
        {.temperature = {0.8, 0.7, 0.9}, .mode = {1}, .density_wave = 0.3, .alpha = 0.1, .beta = 0.1},
        {.shape = GZ_BKW, .time = problem->grid.velocity_dim == 3 ? 9 : 0.3, .density = 0.4},
        {.shape = GZ_RANDOM, .seed = 3, .density = 0.2, .theta = 0.01}};
    sample s;
    make_sample(c, &problem->grid, &s);
    gz_sampling samplings[3];
    checker_need(c, gz_initial_state_of(c->context, s.grid, &problem->kernel, 3, parts, normalise, samplings,
                                        &s.state));
    checker_field(c, "log f0", s.grid, s.state.log_f, 1e-13);
    for (int k = 0; k < 3; k++) checker_value(c, "off by", samplings[k].off_before, 1, 1e-13);
    destroy_sample(&s);
}

/* --- steps ---------------------------------------------------------------------------------------------- */

void share_check_steps(checker *c, const gz_problem *problem, const gz_integrator_settings *how, int steps,
                       double dt, bool certify) {
    sample s;
    gz_integrator *integrator = NULL;
    gz_step_certifier *certifier = NULL;
    make_sample(c, &problem->grid, &s);
    checker_need(c, gz_integrator_create(c->context, s.grid, problem, how, &integrator));
    if (certify) checker_need(c, gz_step_certifier_create(c->context, problem, integrator, NULL, &certifier));
    const double mass = gz_integral(s.grid, s.state.f, NULL),
                 same = how->preconditioner ? SAME_BY_FACTOR : SAME;
    for (int k = 0; k < steps; k++) {
        gz_step_report step;
        if (certify) gz_step_certifier_begin(certifier, &s.state);
        checker_need(c, gz_integrator_step(integrator, dt, &s.state, &step));
        if (gz_integrator_is_variational(how->scheme)) {
            checker_value(c, "J", step.defect, mass, SAME);
            checker_value(c, "D of the step", step.dissipation, step.dissipation, 10 * same);
        }
        if (c->exact) /* round-off may change the sign of f */
            checker_value(c, "values not positive", (double)step.negative, 1, 0);
        checker_value(c, "H after the step", step.entropy_after, step.entropy_after, same);
        checker_value(c, "H by streaming", step.entropy_streaming, step.entropy_after, SAME);
        if (!certify) continue;
        const gz_step_certificate of = gz_step_certifier_end(certifier, dt, &s.state);
        /* The residual of CG is 1e-6; the error is its square. */
        checker_value(c, "the least action", of.action, of.action, 1e-10);
        checker_value(c, "J of the interval", of.mean_defect, mass, SAME);
    }
    checker_field(c, "f", s.grid, s.state.f, same);
    if (c->exact) /* log f is NaN where f < 0 */
        checker_field(c, "log f", s.grid, s.state.log_f, 0);
    check_moments(c, &s, same);
    gz_step_certifier_destroy(certifier);
    gz_integrator_destroy(integrator);
    destroy_sample(&s);
}

/* Steps that a method chooses follow an estimate of the error: round-off in it, about 1e-6 of it with difference quotients,
 * reaches f as this part of the tolerance. */
static const double TOLERANCE = 1e-8;

void share_check_schemes(checker *c, const char *grid, const gz_problem *problem, int steps, double rival_dt,
                         bool certify) {
    for (size_t i = 0; gz_integrator_name(i); i++) {
        const gz_integrator_settings how = {
            .scheme = gz_integrator_name(i), .mobility_at = GZ_AT_PREDICTOR, .ode_tolerance = TOLERANCE};
        const bool rival = !gz_integrator_is_variational(how.scheme), jko = strcmp(how.scheme, "jko") == 0;
        if (rival && rival_dt == 0) continue;
        checker_name(c, "%s, %s", grid, how.scheme);
        share_check_steps(c, problem, &how, steps, rival ? rival_dt : 0.1, certify && !rival && !jko);
    }
}

void share_check_variants(checker *c, const char *grid, const gz_problem *problem) {
    const gz_integrator_settings VARIANTS[] = {
        {.scheme = "zero_defect", .mobility_at = GZ_AT_EXTRAPOLATED},
        {.scheme = "zero_defect", .mobility_at = GZ_AT_FIXED_POINT},
        {.scheme = "zero_defect", .mobility_at = GZ_AT_LOCAL},
        {.scheme = "zero_defect", .mobility_at = GZ_AT_PREDICTOR, .preconditioner = "factor"},
        {.scheme = "zero_defect", .fixed_implicitness = true, .implicitness = 0.5},
        {.scheme = "euler", .space_form = GZ_LOG_FORM},
        {.scheme = "cvode_bdf", .space_form = GZ_LOG_FORM},
        {.scheme = "ssprk3", .zero_defect = true},
        {.scheme = "arkode_dirk", .space_form = GZ_LOG_FORM, .ode_tolerance = TOLERANCE},
        {.scheme = "rkl2_adaptive", .space_form = GZ_LOG_FORM, .ode_tolerance = 1e-3},
        {.scheme = "cvode_bdf", .preconditioner = "factor"},
    };
    static const struct {
        const char *name;
        double dt;
    } CASES[] = {{"extrapolated mobility", 0.1},
                 {"fixed point", 0.02},
                 {"local mobility", 0.02},
                 {"sparse factors", 0.1},
                 {"c = 1/2", 0.1},
                 {"euler in log form", 1e-5},
                 {"cvode_bdf in log form", 1e-4},
                 {"ssprk3 with J = 0", 1e-5},
                 {"arkode_dirk in log form", 1e-4},
                 {"rkl2_adaptive in log form", 1e-2},
                 {"cvode_bdf, factors", 2e-3}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        checker_name(c, "%s, %s", grid, CASES[i].name);
        share_check_steps(c, problem, &VARIANTS[i], 2, CASES[i].dt, false);
    }
}

/* --- the cases ------------------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    gz_kappa kappa;
} KAPPAS[] = {
    {"uniform", {.shape = GZ_KAPPA_UNIFORM}},
    {"exponential", {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4}},
    {"sigma", {.shape = GZ_KAPPA_SIGMA, .sigma = 0.3}},
    {"dirac", {.shape = GZ_KAPPA_DIRAC}},
};

static const struct {
    const char *name;
    gz_phase_grid_settings grid;
} GRIDS[] = {
    {"1D2V", {.space_dim = 1, .velocity_dim = 2, .cells = {5}, .length = {1}, .nodes = 17, .half_width = 5}},
    {"2D2V",
     {.space_dim = 2, .velocity_dim = 2, .cells = {6, 3}, .length = {1, 1}, .nodes = 13, .half_width = 5}},
    {"1D3V", {.space_dim = 1, .velocity_dim = 3, .cells = {5}, .length = {1}, .nodes = 9, .half_width = 5}},
};

gz_problem share_problem(const gz_phase_grid_settings *grid) {
    return (gz_problem){.grid = *grid,
                        .kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                        .kappa = KAPPAS[1].kappa,
                        .order = 4};
}

static void check_operators(checker *c, const char *on, gz_problem problem) {
    static const char *const METHODS[] = {"fft", "pairs", "moments"};
    for (int m = 0; m < 3; m++) {
        if (m == 1 && problem.grid.velocity_dim == 3) continue; /* sums over pairs in 3V take too long */
        checker_name(c, "%s, mobility %s", on, METHODS[m]);
        problem.kernel.gamma = m == 2 ? 0 : -1;
        share_check_operator(c, &problem, METHODS[m]);
    }
    problem.grid.boundary = GZ_BOX;
    checker_name(c, "%s, in a box", on);
    share_check_operator(c, &problem, NULL);
}

/* Streaming and data on one grid. */
static void check_transport(checker *c, const char *on, gz_problem problem) {
    for (int box = 0; box < 2; box++) {
        const char *const where = box ? " in a box" : "";
        problem.grid.boundary = box ? GZ_BOX : GZ_TORUS;
        checker_name(c, "%s, streaming%s", on, where);
        check_streaming(c, &problem.grid);
        for (int normalise = 0; normalise < 2; normalise++) {
            checker_name(c, "%s, %s datum%s", on, normalise ? "normalised" : "regularised", where);
            check_datum(c, &problem, normalise);
        }
    }
}

/* Two species, of masses 1 and 3 and with rates of their own. */
static void check_mixture(checker *c) {
    gz_problem problem = share_problem(&GRIDS[0].grid);
    problem.grid.species_count = 2;
    problem.grid.species[0] = (gz_species){"light", 1, -1};
    problem.grid.species[1] = (gz_species){"heavy", 3, 1};
    problem.rates = (gz_rates){true, {{1, 0.5}, {0.5, 2}}};
    for (int kappa = 1; kappa < 4; kappa += 2) {
        char on[80];
        snprintf(on, sizeof on, "1D2V, two species, kappa %s", KAPPAS[kappa].name);
        problem.kappa = KAPPAS[kappa].kappa;
        check_operators(c, on, problem);
        share_check_schemes(c, on, &problem, 1, kappa == 1 ? 2e-3 : 0, true);
    }
    for (int box = 0; box < 2; box++) {
        problem.grid.boundary = box ? GZ_BOX : GZ_TORUS;
        checker_name(c, "1D2V, two species, streaming%s", box ? " in a box" : "");
        check_streaming(c, &problem.grid);
    }
}

void share_check_all(checker *c) {
    for (int grid = 0; grid < 3; grid++) {
        gz_problem problem = share_problem(&GRIDS[grid].grid);
        check_transport(c, GRIDS[grid].name, problem);
        for (int kappa = 0; kappa < 4; kappa++) {
            char on[80];
            snprintf(on, sizeof on, "%s, kappa %s", GRIDS[grid].name, KAPPAS[kappa].name);
            problem.kappa = KAPPAS[kappa].kappa;
            check_operators(c, on, problem);
            if (grid > 0 && kappa % 2 == 0)
                continue; /* in more dimensions, steps with one kappa and a local one */
            share_check_schemes(c, on, &problem, grid == 2 ? 1 : 2, grid == 0 && kappa == 1 ? 2e-3 : 0,
                                grid == 0);
        }
    }
    const gz_problem problem = share_problem(&GRIDS[0].grid);
    share_check_variants(c, GRIDS[0].name, &problem);
    check_mixture(c);
}
