/* Several ranks against one: a process by itself computes all cases and writes what it finds into a file;
 * then ranks that share the cells compute the same, and each compares its slab. This is no test of Criterion,
 * which gives each test a process of its own.
 *
 *   test_ranks write FILE          what a process without ranks finds
 *   mpirun -n 3 test_ranks FILE    exit status 0, or 1 with a line for each case that differs
 *
 * Everything must agree to 1e-12: f relative to its largest value, functionals and invariants relative to the
 * sums of absolute values that they consist of, J relative to the mass. Round-off makes a difference of about
 * 1e-15 in an operator and 1e-13 in a step: the solver stops at a decrement of 1e-12. */
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
#include <stdlib.h>
#include <string.h>

enum { STEPS = 2, NAME = 200 };
static const double SAME = 1e-12;
/* With sparse factors the solver's tolerance alone decides how exactly a step finds the scalar c: a change of
 * f0 by 1e-16 on one rank moves c by 5e-11. */
static const double SAME_BY_FACTOR = 1e-9;

typedef struct checker {
    gz_ranks *ranks; /* NULL while the reference is written */
    gz_context *context;
    FILE *reference; /* records in the order of the calls: a name, and the values of all cells */
    bool writes;
    char name[NAME];
    int cases, failures;
} checker;

static void stop(const checker *c, const char *why) {
    printf("%s: %s\n", c->name, why);
    if (c->ranks) gz_ranks_abort(c->ranks, 1);
    exit(1);
}

/* End all ranks if a call has failed, since the tests cannot go on. */
static void need(const checker *c, gz_status status) {
    if (status != GZ_OK) stop(c, gz_context_message(c->context));
}

static void name_case(checker *c, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->name, sizeof c->name, format, arguments);
    va_end(arguments);
}

/* Write a record of the reference, or read it: its name must be the one expected here. */
static void record(const checker *c, const char *what, size_t count, double *values) {
    char name[2 * NAME] = "", stored[2 * NAME];
    snprintf(name, sizeof name, "%s: %s, %zu", c->name, what, count);
    const bool fine = c->writes ? fwrite(name, sizeof name, 1, c->reference) == 1 &&
                                      fwrite(values, sizeof *values, count, c->reference) == count
                                : fread(stored, sizeof stored, 1, c->reference) == 1 &&
                                      memcmp(stored, name, sizeof name) == 0 &&
                                      fread(values, sizeof *values, count, c->reference) == count;
    if (!fine) stop(c, c->writes ? "the reference cannot be written" : "the reference has another record");
}

/* Compare the largest difference on any rank with its bound. */
static void check(checker *c, const char *what, double difference, double bound) {
    if (isnan(difference)) difference = INFINITY;
    gz_ranks_most(c->ranks, 1, &difference);
    c->cases++;
    if (difference <= bound) return;
    c->failures++;
    if (gz_ranks_own(c->ranks) == 0) printf("%s: %s differs by %.2e\n", c->name, what, difference);
}

/* A value that all ranks know, whose difference is measured in units of `scale`. */
static void check_value(checker *c, const char *what, double value, double scale, double bound) {
    double reference = value;
    record(c, what, 1, &reference);
    check(c, what, fabs(value - reference) / fabs(scale), bound);
}

/* A field, relative to its largest value. own: [cells of this rank][nodes]. */
static void check_field(checker *c, const char *what, const gz_phase_grid *grid, const double *own,
                        double bound) {
    const size_t count = grid->all_cells * grid->node_count, first = grid->first_cell * grid->node_count;
    double *all, most = 0, scale = 0;
    need(c, gz_allocate(c->context, count, sizeof(double), &all));
    if (c->writes) memcpy(all, own, count * sizeof(double));
    record(c, what, count, all);
    for (size_t i = 0; i < count; i++) scale = fmax(scale, fabs(all[i]));
    for (size_t i = 0; i < grid->size; i++) {
        most = fmax(most, fabs(own[i] - all[first + i]));
        if (isnan(own[i])) most = INFINITY;
    }
    check(c, what, most / scale, bound);
    gz_release(all);
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

typedef struct sample {
    gz_phase_grid *grid;
    gz_state state;
} sample;

static void make_sample(const checker *c, const gz_phase_grid_settings *settings, sample *s) {
    double shape[] = {settings->velocity_dim, settings->space_dim > 1 ? 1 : 0};
    need(c, gz_phase_grid_create(c->context, settings, &s->grid));
    need(c, gz_state_init(c->context, s->grid, &s->state));
    need(c, gz_initial_from_function(c->context, s->grid, log_density, shape, &s->state));
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
    check_value(c, "mass", m.mass, m.mass, same);
    for (int k = 0; k < s->grid->velocity_dim; k++) check_value(c, AXIS[k], m.momentum[k], m.energy, same);
    for (int k = 0; k < gz_pair_count(s->grid->velocity_dim); k++)
        check_value(c, STRESS[k], m.stress[k], m.energy, same);
    check_value(c, "energy", m.energy, m.energy, same);
    check_value(c, "tail", m.tail, 1, same);
    check_value(c, "least f", m.f_min, m.f_min, 1e6 * same); /* f is tiny in the tail */
    const double H = gz_entropy_of_any_sign(s->grid, s->state.f);
    check_value(c, "H", H, H, same);
}

/* --- operators ------------------------------------------------------------------------------------------ */

/* A rough potential, which does not depend on the ranks. */
static void fill_rough(const gz_phase_grid *grid, double *w) {
    for (size_t i = 0; i < grid->size; i++)
        w[i] = sin((double)((grid->first_cell * grid->node_count + i) * 2654435761u % 10007));
}

static void check_operator(checker *c, const gz_phase_grid_settings *grid, const gz_mobility_settings *how) {
    sample s;
    gz_mobility *K = NULL;
    double *w, *Kw;
    make_sample(c, grid, &s);
    need(c, gz_mobility_create(c->context, s.grid, how, &K));
    need(c, gz_allocate(c->context, s.grid->size, sizeof(double), &w));
    need(c, gz_allocate(c->context, s.grid->size, sizeof(double), &Kw));
    gz_mobility_set_capped(K, s.state.log_f, w);
    for (int a = 0; a < grid->velocity_dim; a++)
        check_field(c, "the diffusion tensor", s.grid, gz_mobility_tensor(K, 0, a), 1e-13);
    fill_rough(s.grid, w);
    gz_mobility_apply(K, w, Kw);
    check_field(c, "K w", s.grid, Kw, 1e-13);
    const double D = gz_mobility_dissipation(K, w, Kw);
    check_value(c, "D", D, D, 1e-13);
    const gz_fisher I = gz_fisher_of(K, s.state.f, s.state.log_f);
    check_value(c, "Fisher information", I.information, I.information, 1e-13);
    check_moments(c, &s, SAME);
    gz_release(w);
    gz_release(Kw);
    gz_mobility_destroy(K);
    destroy_sample(&s);
}

static void check_streaming(checker *c, const gz_phase_grid_settings *grid) {
    sample s;
    gz_streaming *streaming = NULL;
    make_sample(c, grid, &s);
    need(c, gz_streaming_create(c->context, s.grid, &streaming));
    gz_streaming_apply(streaming, 0.037, s.state.log_f);
    check_field(c, "log f streamed", s.grid, s.state.log_f, 1e-13);
    gz_streaming_apply_linear(streaming, -0.1, s.state.f);
    check_field(c, "f streamed", s.grid, s.state.f, 1e-13);
    gz_streaming_destroy(streaming);
    destroy_sample(&s);
}

/* --- steps ---------------------------------------------------------------------------------------------- */

static void check_steps(checker *c, const gz_problem *problem, const gz_integrator_settings *how, double dt,
                        bool certify) {
    sample s;
    gz_integrator *integrator = NULL;
    gz_step_certifier *certifier = NULL;
    make_sample(c, &problem->grid, &s);
    need(c, gz_integrator_create(c->context, s.grid, problem, how, &integrator));
    if (certify) need(c, gz_step_certifier_create(c->context, problem, integrator, NULL, &certifier));
    const double mass = gz_integral(s.grid, s.state.f, NULL),
                 same = how->preconditioner ? SAME_BY_FACTOR : SAME;
    for (int k = 0; k < STEPS; k++) {
        gz_step_report step;
        if (certify) gz_step_certifier_begin(certifier, &s.state);
        need(c, gz_integrator_step(integrator, dt, &s.state, &step));
        if (gz_integrator_is_variational(how->scheme)) {
            check_value(c, "J", step.defect, mass, SAME);
            check_value(c, "D of the step", step.dissipation, step.dissipation, 10 * same);
        }
        check_value(c, "H after the step", step.entropy_after, step.entropy_after, same);
        check_value(c, "H by streaming", step.entropy_streaming, step.entropy_after, SAME);
        if (!certify) continue;
        const gz_step_certificate of = gz_step_certifier_end(certifier, dt, &s.state);
        /* The residual of CG is 1e-6; the error is its square. */
        check_value(c, "the least action", of.action, of.action, 1e-10);
        check_value(c, "J of the interval", of.mean_defect, mass, SAME);
    }
    check_field(c, "f", s.grid, s.state.f, same);
    check_moments(c, &s, same);
    gz_step_certifier_destroy(certifier);
    gz_integrator_destroy(integrator);
    destroy_sample(&s);
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
        check_operator(c, &problem.grid, &how);
    }
    problem.grid.boundary = GZ_BOX;
    name_case(c, "%s, kappa %s, in a box", GRIDS[grid].name, KAPPA[kappa]);
    const gz_mobility_settings how = gz_problem_mobility(&problem, NULL);
    check_operator(c, &problem.grid, &how);
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
        check_steps(c, &problem, &how, rival ? 2e-3 : 0.1, grid == 0 && i == 0);
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
        check_steps(c, &problem, &VARIANTS[i], i == 4 ? 1e-5 : 0.1, false);
    }
}

/* What works on one rank only says so on all ranks. */
static void check_refusals(checker *c) {
    if (gz_ranks_count(c->ranks) == 1) return;
    static const char *const MINIMIZERS[] = {"lbfgs", "tnewton", "dense", "full_space"};
    const gz_problem problem = problem_of(0, 1);
    gz_phase_grid *grid = NULL;
    need(c, gz_phase_grid_create(c->context, &problem.grid, &grid));
    for (int i = 0; i < 4; i++) {
        gz_integrator *integrator = NULL;
        const gz_integrator_settings how = {.minimizer = MINIMIZERS[i]};
        name_case(c, "minimizer %s on several ranks", MINIMIZERS[i]);
        const gz_status status = gz_integrator_create(c->context, grid, &problem, &how, &integrator);
        check(c, "the status",
              status == GZ_ERROR_USAGE && strstr(gz_context_message(c->context), "one rank only") ? 0 : 1, 0);
    }
    gz_phase_grid_destroy(grid);
    gz_phase_grid_settings few = problem.grid;
    few.cells[0] = (size_t)gz_ranks_count(c->ranks) - 1;
    name_case(c, "fewer cells than ranks");
    check(c, "the status", gz_phase_grid_create(c->context, &few, &grid) == GZ_ERROR_SETTINGS ? 0 : 1, 0);
}

/* All ranks learn of the failure of one, with its message. */
static void check_agreement(checker *c) {
    const int last = gz_ranks_count(c->ranks) - 1;
    const bool mine = gz_ranks_own(c->ranks) == last;
    name_case(c, "a failure of the last rank");
    const gz_status status = mine ? gz_fail(c->context, GZ_ERROR_FILES, "no disk at rank %d", last) : GZ_OK;
    char want[40];
    snprintf(want, sizeof want, "no disk at rank %d", last);
    check(c, "the status", gz_agree(c->context, status) == GZ_ERROR_FILES ? 0 : 1, 0);
    check(c, "the message", strcmp(gz_context_message(c->context), want), 0);
    check(c, "agreement on success", gz_agree(c->context, GZ_OK) == GZ_OK ? 0 : 1, 0);
    check(c, "the first rank's", GZ_ONCE(c->context, GZ_ERROR_SETTINGS) == GZ_ERROR_SETTINGS ? 0 : 1, 0);
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

int main(int argc, char **argv) {
    const bool writes = argc == 3 && strcmp(argv[1], "write") == 0;
    if (argc != 2 && !writes) return 2;
    checker c = {.ranks = writes ? NULL : gz_ranks_start(), .writes = writes, .name = "test_ranks"};
    if (gz_context_create(1, &c.context) != GZ_OK) return 1;
    gz_context_set_ranks(c.context, c.ranks);
    c.reference = fopen(argv[argc - 1], writes ? "wb" : "rb");
    if (!c.reference) stop(&c, "the reference cannot be opened");
    check_sums(&c);
    check_agreement(&c);
    check_refusals(&c);
    for (int grid = 0; grid < 3; grid++) {
        name_case(&c, "%s, streaming", GRIDS[grid].name);
        check_streaming(&c, &GRIDS[grid].grid);
        for (int kappa = 0; kappa < 4; kappa++) {
            check_operators(&c, grid, kappa);
            check_schemes(&c, grid, kappa);
        }
    }
    check_variants(&c);
    if (fclose(c.reference) != 0) stop(&c, "the reference cannot be closed");
    if (!writes && gz_ranks_own(c.ranks) == 0)
        printf("%d ranks: %d comparisons, %d differ\n", gz_ranks_count(c.ranks), c.cases, c.failures);
    gz_context_destroy(c.context);
    gz_ranks_stop(c.ranks);
    return c.failures > 0;
}
