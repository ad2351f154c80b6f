/* Several ranks against one: every rank computes the whole problem by itself, and its slab together with the
 * others, and compares. This is no test of Criterion, which gives each test a process of its own.
 *
 *   mpirun -n 3 test_ranks        exit status 0, or 1 with a line for each case that differs
 *
 * Everything must agree to 1e-12: f relative to its largest value, functionals and invariants relative to the
 * sums of absolute values that they consist of, J relative to the mass. Round-off makes a difference of about
 * 1e-15 in an operator and 1e-13 in a step: the solver stops at a decrement of 1e-12.
 */
#include "compensated_sum.h"
#include "fisher.h"
#include "functionals.h"
#include "initial.h"
#include "integrator.h"
#include "mobility_cap.h"
#include "step_certificate.h"
#include "streaming.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { STEPS = 2 };
static const double SAME = 1e-12;
/* With sparse factors the solver's tolerance alone decides how exactly a step finds the scalar c: a change of
 * f0 by 1e-16 on one rank moves c by 5e-11. */
static const double SAME_BY_FACTOR = 1e-9;

typedef struct checker {
    gz_ranks *ranks;
    gz_context *whole, *shared; /* whole: this rank by itself; shared: with the others */
    char name[200];
    int cases, failures;
} checker;

/* Compare the largest difference on any rank with its bound. */
static void check(checker *c, const char *what, double difference, double bound) {
    gz_ranks_most(c->ranks, 1, &difference);
    c->cases++;
    if (difference <= bound) return;
    c->failures++;
    if (gz_ranks_own(c->ranks) == 0) printf("%s: %s differs by %.2e\n", c->name, what, difference);
}

static void name_case(checker *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->name, sizeof c->name, format, arguments);
    va_end(arguments);
}

/* End all ranks if a call has failed, since the tests cannot go on. */
static void need(checker *c, const gz_context *context, gz_status status) {
    if (status == GZ_OK) return;
    printf("%s: %s\n", c->name, gz_context_message(context));
    gz_ranks_abort(c->ranks, 1);
}

/* max |shared - whole| over this rank's slab, divided by max |whole|. */
static double difference(const gz_phase_grid *slab, const double *shared, const double *whole) {
    const double *own = whole + slab->first_cell * slab->node_count;
    double most = 0, scale = 0;
    for (size_t i = 0; i < slab->size; i++) most = fmax(most, fabs(shared[i] - own[i]));
    for (size_t i = 0; i < slab->all_cells * slab->node_count; i++) scale = fmax(scale, fabs(whole[i]));
    for (size_t i = 0; i < slab->size; i++) most = isnan(shared[i]) ? INFINITY : most;
    return most / scale;
}

/* Two streams with a wave. data: the number of velocity axes, and the wave number along x2. */
static double log_density(const double *x, const double *v, void *data) {
    const double *shape = data, phase = 8 * atan(1) * (x[0] + shape[1] * x[1]);
    double a = log(1 + 0.3 * cos(phase)), b = log(0.6 + 0.2 * sin(phase));
    for (int k = 0; k < (int)shape[0]; k++) {
        const double u = k == 0 ? 0.8 + 0.2 * sin(phase) : 0.1, T = 0.8 + 0.1 * k + 0.1 * cos(phase);
        a -= (v[k] - u) * (v[k] - u) / (2 * T);
        b -= (v[k] + u) * (v[k] + u) / (2 * T);
    }
    return fmax(a, b) + log1p(exp(-fabs(a - b)));
}

typedef struct pair_of_grids {
    gz_phase_grid *whole, *slab;
    gz_state on_whole, on_slab;
} pair_of_grids;

static void make_grids(checker *c, const gz_phase_grid_settings *settings, pair_of_grids *g) {
    double shape[] = {settings->velocity_dim, settings->space_dim > 1 ? 1 : 0};
    need(c, c->whole, gz_phase_grid_create(c->whole, settings, &g->whole));
    need(c, c->shared, gz_phase_grid_create(c->shared, settings, &g->slab));
    need(c, c->whole, gz_state_init(c->whole, g->whole, &g->on_whole));
    need(c, c->shared, gz_state_init(c->shared, g->slab, &g->on_slab));
    need(c, c->whole, gz_initial_from_function(c->whole, g->whole, log_density, shape, &g->on_whole));
    need(c, c->shared, gz_initial_from_function(c->shared, g->slab, log_density, shape, &g->on_slab));
}

static void destroy_grids(pair_of_grids *g) {
    gz_state_free(&g->on_whole);
    gz_state_free(&g->on_slab);
    gz_phase_grid_destroy(g->whole);
    gz_phase_grid_destroy(g->slab);
}

/* --- functionals and invariants ------------------------------------------------------------------------- */

static void compare_moments(checker *c, const pair_of_grids *g, double same) {
    gz_moments a, b;
    gz_moments_of(g->whole, g->on_whole.f, &a);
    gz_moments_of(g->slab, g->on_slab.f, &b);
    double worst = fabs(a.mass - b.mass) / a.mass;
    for (int k = 0; k < g->whole->velocity_dim; k++)
        worst = fmax(worst, fabs(a.momentum[k] - b.momentum[k]) / a.energy);
    for (int k = 0; k < gz_pair_count(g->whole->velocity_dim); k++)
        worst = fmax(worst, fabs(a.stress[k] - b.stress[k]) / a.energy);
    worst = fmax(worst, fabs(a.energy - b.energy) / a.energy);
    worst = fmax(worst, fabs(a.tail - b.tail));
    check(c, "a moment", worst, same);
    check(c, "least f", fabs(a.f_min - b.f_min) / fabs(a.f_min), 1e6 * same); /* f is tiny in the tail */
    const double Ha = gz_entropy_of_any_sign(g->whole, g->on_whole.f),
                 Hb = gz_entropy_of_any_sign(g->slab, g->on_slab.f);
    check(c, "H", fabs(Ha - Hb) / fabs(Ha), same);
}

/* --- operators ------------------------------------------------------------------------------------------ */

/* A rough potential, which does not depend on the ranks. */
static void fill_rough(const gz_phase_grid *grid, double *w) {
    for (size_t i = 0; i < grid->size; i++)
        w[i] = sin((double)((grid->first_cell * grid->node_count + i) * 2654435761u % 10007));
}

static void compare_operators(checker *c, const gz_phase_grid_settings *grid,
                              const gz_mobility_settings *how) {
    pair_of_grids g;
    gz_mobility *K = NULL, *K_slab = NULL;
    double *w, *w_slab, *Kw, *Kw_slab;
    make_grids(c, grid, &g);
    need(c, c->whole, gz_mobility_create(c->whole, g.whole, how, &K));
    need(c, c->shared, gz_mobility_create(c->shared, g.slab, how, &K_slab));
    need(c, c->whole, gz_allocate(c->whole, g.whole->size, sizeof(double), &w));
    need(c, c->whole, gz_allocate(c->whole, g.whole->size, sizeof(double), &Kw));
    need(c, c->shared, gz_allocate(c->shared, g.slab->size, sizeof(double), &w_slab));
    need(c, c->shared, gz_allocate(c->shared, g.slab->size, sizeof(double), &Kw_slab));
    gz_mobility_set_capped(K, g.on_whole.log_f, w);
    gz_mobility_set_capped(K_slab, g.on_slab.log_f, w_slab);
    for (int a = 0; a < grid->velocity_dim; a++)
        check(c, "the diffusion tensor",
              difference(g.slab, gz_mobility_tensor(K_slab, 0, a), gz_mobility_tensor(K, 0, a)), 1e-13);
    fill_rough(g.whole, w);
    fill_rough(g.slab, w_slab);
    gz_mobility_apply(K, w, Kw);
    gz_mobility_apply(K_slab, w_slab, Kw_slab);
    check(c, "K w", difference(g.slab, Kw_slab, Kw), 1e-13);
    const double D = gz_mobility_dissipation(K, w, Kw),
                 D_slab = gz_mobility_dissipation(K_slab, w_slab, Kw_slab);
    check(c, "D", fabs(D - D_slab) / D, 1e-13);
    const gz_fisher I = gz_fisher_of(K, g.on_whole.f, g.on_whole.log_f),
                    I_slab = gz_fisher_of(K_slab, g.on_slab.f, g.on_slab.log_f);
    check(c, "Fisher information", fabs(I.information - I_slab.information) / I.information, 1e-13);
    compare_moments(c, &g, SAME);
    gz_release(w);
    gz_release(Kw);
    gz_release(w_slab);
    gz_release(Kw_slab);
    gz_mobility_destroy(K);
    gz_mobility_destroy(K_slab);
    destroy_grids(&g);
}

static void compare_streaming(checker *c, const gz_phase_grid_settings *grid) {
    pair_of_grids g;
    gz_streaming *s = NULL, *s_slab = NULL;
    make_grids(c, grid, &g);
    need(c, c->whole, gz_streaming_create(c->whole, g.whole, &s));
    need(c, c->shared, gz_streaming_create(c->shared, g.slab, &s_slab));
    gz_streaming_apply(s, 0.037, g.on_whole.log_f);
    gz_streaming_apply(s_slab, 0.037, g.on_slab.log_f);
    check(c, "log f streamed", difference(g.slab, g.on_slab.log_f, g.on_whole.log_f), 1e-13);
    gz_streaming_apply_linear(s, -0.1, g.on_whole.f);
    gz_streaming_apply_linear(s_slab, -0.1, g.on_slab.f);
    check(c, "f streamed", difference(g.slab, g.on_slab.f, g.on_whole.f), 1e-13);
    gz_streaming_destroy(s);
    gz_streaming_destroy(s_slab);
    destroy_grids(&g);
}

/* --- steps ---------------------------------------------------------------------------------------------- */

static void compare_steps(checker *c, const gz_problem *problem, const gz_integrator_settings *how, double dt,
                          bool certify) {
    pair_of_grids g;
    gz_integrator *integrator = NULL, *on_slab = NULL;
    gz_step_certifier *certifier = NULL, *certifier_slab = NULL;
    make_grids(c, &problem->grid, &g);
    need(c, c->whole, gz_integrator_create(c->whole, g.whole, problem, how, &integrator));
    need(c, c->shared, gz_integrator_create(c->shared, g.slab, problem, how, &on_slab));
    if (certify) {
        need(c, c->whole, gz_step_certifier_create(c->whole, problem, integrator, NULL, &certifier));
        need(c, c->shared, gz_step_certifier_create(c->shared, problem, on_slab, NULL, &certifier_slab));
    }
    const double mass = gz_integral(g.whole, g.on_whole.f, NULL),
                 same = how->preconditioner ? SAME_BY_FACTOR : SAME;
    for (int k = 0; k < STEPS; k++) {
        gz_step_report a, b;
        if (certify) {
            gz_step_certifier_begin(certifier, &g.on_whole);
            gz_step_certifier_begin(certifier_slab, &g.on_slab);
        }
        need(c, c->whole, gz_integrator_step(integrator, dt, &g.on_whole, &a));
        need(c, c->shared, gz_integrator_step(on_slab, dt, &g.on_slab, &b));
        if (gz_integrator_is_variational(how->scheme)) {
            check(c, "J", fabs(a.defect - b.defect) / mass, SAME);
            check(c, "D of the step", fabs(a.dissipation - b.dissipation) / fabs(a.dissipation), 10 * same);
        }
        check(c, "H after the step", fabs(a.entropy_after - b.entropy_after) / fabs(a.entropy_after), same);
        check(c, "H by streaming", fabs(a.entropy_streaming - b.entropy_streaming) / fabs(a.entropy_after),
              SAME);
        if (!certify) continue;
        const gz_step_certificate A = gz_step_certifier_end(certifier, dt, &g.on_whole),
                                  B = gz_step_certifier_end(certifier_slab, dt, &g.on_slab);
        check(c, "the least action", fabs(A.action - B.action) / fabs(A.action),
              1e-10); /* the residual of CG is 1e-6; the error is its square */
        check(c, "J of the interval", fabs(A.mean_defect - B.mean_defect) / mass, SAME);
    }
    check(c, "f", difference(g.slab, g.on_slab.f, g.on_whole.f), same);
    compare_moments(c, &g, same);
    gz_step_certifier_destroy(certifier);
    gz_step_certifier_destroy(certifier_slab);
    gz_integrator_destroy(integrator);
    gz_integrator_destroy(on_slab);
    destroy_grids(&g);
}

/* --- the cases ------------------------------------------------------------------------------------------ */

static const char *const KAPPA[] = {"uniform", "exponential", "sigma", "dirac"};
static const gz_kappa_shape SHAPE[] = {GZ_KAPPA_UNIFORM, GZ_KAPPA_EXPONENTIAL, GZ_KAPPA_SIGMA,
                                       GZ_KAPPA_DIRAC};

static const struct {
    const char *name;
    gz_phase_grid_settings grid;
} GRIDS[] = {
    {"1D2V", {.space_dim = 1, .velocity_dim = 2, .cells = {5}, .length = {1}, .nodes = 17, .half_width = 5}},
    {"2D2V",
     {.space_dim = 2, .velocity_dim = 2, .cells = {6, 3}, .length = {1, 1}, .nodes = 13, .half_width = 5}},
    {"1D3V", {.space_dim = 1, .velocity_dim = 3, .cells = {5}, .length = {1}, .nodes = 11, .half_width = 5}},
};

static gz_problem problem_of(int grid, int kappa) {
    return (gz_problem){.grid = GRIDS[grid].grid,
                        .kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                        .kappa = {.shape = SHAPE[kappa], .k2 = 4, .sigma = 0.3},
                        .order = 4};
}

static void check_operators(checker *c, int grid, int kappa) {
    static const char *const METHODS[] = {"fft", "pairs", "moments"};
    gz_problem problem = problem_of(grid, kappa);
    for (int m = 0; m < 3; m++) {
        if (m == 1 && grid == 2) continue; /* sums over pairs in 3V take too long */
        name_case(c, "%s, kappa %s, mobility %s", GRIDS[grid].name, KAPPA[kappa], METHODS[m]);
        if (m == 2) problem.kernel.gamma = 0;
        const gz_mobility_settings how = gz_problem_mobility(&problem, METHODS[m]);
        compare_operators(c, &problem.grid, &how);
    }
    problem.grid.boundary = GZ_BOX;
    name_case(c, "%s, kappa %s, in a box", GRIDS[grid].name, KAPPA[kappa]);
    const gz_mobility_settings how = gz_problem_mobility(&problem, NULL);
    compare_operators(c, &problem.grid, &how);
}

static void check_schemes(checker *c, int grid, int kappa) {
    static const char *const SCHEMES[] = {"zero_defect", "jko",  "euler",      "ssprk3",
                                          "rk4",         "rkl2", "arkode_erk", "cvode_bdf"};
    const gz_problem problem = problem_of(grid, kappa);
    for (size_t i = 0; i < sizeof SCHEMES / sizeof *SCHEMES; i++) {
        const bool rival = i >= 2;
        if (rival && (grid > 0 || kappa != 1)) continue;
        const gz_integrator_settings how = {.scheme = SCHEMES[i], .mobility_at = GZ_AT_PREDICTOR};
        name_case(c, "%s, kappa %s, %s", GRIDS[grid].name, KAPPA[kappa], SCHEMES[i]);
        compare_steps(c, &problem, &how, rival ? 2e-3 : 0.1, grid == 0 && i == 0);
    }
}

/* The other options of a variational step, and the log form, in 1D2V. */
static void check_variants(checker *c) {
    const gz_problem problem = problem_of(0, 1);
    const gz_integrator_settings VARIANTS[] = {
        {.scheme = "zero_defect", .mobility_at = GZ_AT_EXTRAPOLATED},
        {.scheme = "zero_defect", .mobility_at = GZ_AT_FIXED_POINT},
        {.scheme = "zero_defect", .mobility_at = GZ_AT_PREDICTOR, .preconditioner = "factor"},
        {.scheme = "zero_defect", .fixed_implicitness = true, .implicitness = 0.5},
        {.scheme = "euler", .space_form = GZ_LOG_FORM},
    };
    static const char *const NAMES[] = {"extrapolated mobility", "fixed point", "sparse factors", "c = 1/2",
                                        "log form"};
    for (int i = 0; i < 5; i++) {
        name_case(c, "1D2V, %s", NAMES[i]);
        compare_steps(c, &problem, &VARIANTS[i], i == 4 ? 1e-5 : 0.1, false);
    }
}

/* What works on one rank only says so on all ranks. */
static void check_refusals(checker *c) {
    if (gz_ranks_count(c->ranks) == 1) return;
    static const char *const MINIMIZERS[] = {"lbfgs", "tnewton", "dense", "full_space"};
    const gz_problem problem = problem_of(0, 1);
    gz_phase_grid *grid = NULL;
    need(c, c->shared, gz_phase_grid_create(c->shared, &problem.grid, &grid));
    for (int i = 0; i < 4; i++) {
        gz_integrator *integrator = NULL;
        const gz_integrator_settings how = {.minimizer = MINIMIZERS[i]};
        name_case(c, "minimizer %s on several ranks", MINIMIZERS[i]);
        const gz_status status = gz_integrator_create(c->shared, grid, &problem, &how, &integrator);
        check(c, "the status",
              status == GZ_ERROR_USAGE && strstr(gz_context_message(c->shared), "one rank only") ? 0 : 1, 0);
    }
    gz_phase_grid_destroy(grid);
    gz_phase_grid_settings few = problem.grid;
    few.cells[0] = (size_t)gz_ranks_count(c->ranks) - 1;
    name_case(c, "fewer cells than ranks");
    check(c, "the status", gz_phase_grid_create(c->shared, &few, &grid) == GZ_ERROR_SETTINGS ? 0 : 1, 0);
}

/* All ranks learn of the failure of one, with its message. */
static void check_agreement(checker *c) {
    const int last = gz_ranks_count(c->ranks) - 1;
    const bool mine = gz_ranks_own(c->ranks) == last;
    name_case(c, "a failure of the last rank");
    const gz_status status = mine ? gz_fail(c->shared, GZ_ERROR_FILES, "no disk at rank %d", last) : GZ_OK;
    char want[40];
    snprintf(want, sizeof want, "no disk at rank %d", last);
    check(c, "the status", gz_agree(c->shared, status) == GZ_ERROR_FILES ? 0 : 1, 0);
    check(c, "the message", strcmp(gz_context_message(c->shared), want), 0);
    check(c, "agreement on success", gz_agree(c->shared, GZ_OK) == GZ_OK ? 0 : 1, 0);
    check(c, "the first rank's", GZ_ONCE(c->shared, GZ_ERROR_SETTINGS) == GZ_ERROR_SETTINGS ? 0 : 1, 0);
}

/* Sums stay compensated across ranks: 1e16 on one rank, -1e16 on another, and ones. */
static void check_sums(checker *c) {
    const int count = gz_ranks_count(c->ranks), own = gz_ranks_own(c->ranks);
    gz_sum sum = {0};
    gz_sum_add(&sum, own == 0 ? 1e16 : 0);
    gz_sum_add(&sum, 1);
    gz_sum_add(&sum, own == count - 1 ? -1e16 : 0);
    gz_ranks_add_sums(c->ranks, 1, &sum);
    name_case(c, "compensated sums");
    check(c, "the sum", fabs(gz_sum_value(sum) - count), 0);
}

int main(void) {
    checker c = {.ranks = gz_ranks_start()};
    if (gz_context_create(1, &c.whole) != GZ_OK || gz_context_create(1, &c.shared) != GZ_OK) return 1;
    gz_context_set_ranks(c.shared, c.ranks);
    check_sums(&c);
    check_agreement(&c);
    check_refusals(&c);
    for (int grid = 0; grid < 3; grid++) {
        name_case(&c, "%s, streaming", GRIDS[grid].name);
        compare_streaming(&c, &GRIDS[grid].grid);
        for (int kappa = 0; kappa < 4; kappa++) {
            check_operators(&c, grid, kappa);
            check_schemes(&c, grid, kappa);
        }
    }
    check_variants(&c);
    if (gz_ranks_own(c.ranks) == 0)
        printf("%d ranks: %d comparisons, %d differ\n", gz_ranks_count(c.ranks), c.cases, c.failures);
    gz_context_destroy(c.whole);
    gz_context_destroy(c.shared);
    gz_ranks_stop(c.ranks);
    return c.failures > 0;
}
