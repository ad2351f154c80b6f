/* The implicit rivals: their preconditioner on every kernel, kappa, dimension and local solver, and their orders. */
#include "bkw.h"
#include "functionals.h"
#include "integrator_method.h"
#include "ode_preconditioner.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true); /* measuring takes longer than the tests */
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(implicit_ode, .init = open_context, .fini = close_context);

static const gz_kappa KAPPAS[] = {
    {.shape = GZ_KAPPA_UNIFORM}, {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4}, {.shape = GZ_KAPPA_DIRAC}};
static const gz_kernel KERNELS[] = {{GZ_KERNEL_POWER, .gamma = -3, .strength = 1},
                                    {GZ_KERNEL_POWER, .gamma = 0, .strength = 2},
                                    {GZ_KERNEL_POWER, .gamma = 1, .strength = 1},
                                    {GZ_KERNEL_BOUNDED, .gamma = -1, .strength = 1}};
/* {space_dim, velocity_dim, cells, nodes} */
static const size_t SHAPES[][4] = {{0, 2, 1, 17}, {1, 2, 3, 15}, {2, 2, 2, 13}, {0, 3, 1, 11}, {1, 3, 2, 9}};

/* The largest difference of an invariant, over the sum of the sizes of what is added in b: the mass of a cell, and momentum
 * and energy. The densities are weight a. */
static double invariants_differ(const gz_phase_grid *grid, const double *weight, const double *a,
                                const double *b) {
    double worst = 0, first[GZ_MAX_DIM + 1] = {0}, size[GZ_MAX_DIM + 1] = {0};
    for (size_t cell = 0; cell < grid->cell_count; cell++) {
        double mass = 0, scale = 0;
        for (size_t p = 0; p < grid->node_count; p++) {
            const size_t i = cell * grid->node_count + p;
            const double hw = grid->node_volume[p] * weight[i];
            mass += hw * (a[i] - b[i]);
            scale += hw * fabs(b[i]);
            for (int k = 0; k <= grid->velocity_dim; k++) {
                const double phi = k < grid->velocity_dim ? grid->node_velocity[k][p] : grid->node_energy[p];
                first[k] += hw * (a[i] - b[i]) * phi;
                size[k] += hw * fabs(b[i] * phi);
            }
        }
        worst = fmax(worst, fabs(mass) / scale);
    }
    for (int k = 0; k <= grid->velocity_dim; k++) worst = fmax(worst, fabs(first[k]) / size[k]);
    return worst;
}

/* x = P r for a random r, whose invariants x must have; in the log form those of f x and f r. */
static void check_solution(const gz_integrator_parts *parts, size_t seed, double gamma, const char *name) {
    const gz_phase_grid *grid = parts->grid;
    const bool log_form = parts->settings.space_form == GZ_LOG_FORM;
    gz_ode_preconditioner *preconditioner = NULL;
    double *log_f = sample_log_density(context, grid, seed), *f = sample_exp(context, grid, log_f),
           *r = sample_noise(context, grid, seed), *x = sample_zero(context, grid),
           *weight = sample_zero(context, grid);
    cr_assert_eq(gz_ode_preconditioner_create(parts, &preconditioner), GZ_OK, "%s",
                 gz_context_message(context));
    for (size_t i = 0; i < grid->size; i++) {
        if (!log_form) r[i] *= f[i]; /* relative changes that are alike in both forms */
        weight[i] = log_form ? f[i] : 1;
        if (!log_form && i % 5 == 0 && f[i] < 1e-3) f[i] *= -1; /* no density, and nothing may come of it */
    }
    gz_ode_preconditioner_freeze(preconditioner, log_form ? log_f : f);
    cr_assert_eq(gz_ode_preconditioner_prepare(preconditioner, gamma), GZ_OK);
    cr_assert_eq(gz_ode_preconditioner_solve(preconditioner, r, x), GZ_OK);
    cr_assert_eq(gz_ode_preconditioner_setups(preconditioner), 1);
    cr_assert_lt(invariants_differ(grid, weight, x, r), 1e-14, "%s", name);
    gz_ode_preconditioner_destroy(preconditioner);
    double *all[] = {log_f, f, r, x, weight};
    for (size_t k = 0; k < sizeof all / sizeof *all; k++) gz_release(all[k]);
}

static void check_shape(const size_t shape[4], const gz_mobility_settings *settings) {
    gz_phase_grid *grid = sample_grid(context, (int)shape[0], (int)shape[1], shape[2], shape[3], 5);
    gz_integrator_parts parts = {.context = context, .grid = grid};
    cr_assert_eq(gz_mobility_create(context, grid, settings, &parts.mobility), GZ_OK);
    const char *const solvers[] = {"sweeps", "factor"};
    char name[100];
    for (int variant = 0; variant < (shape[1] == 2 ? 4 : 2); variant++)
        for (double gamma = 0.01; gamma < 2; gamma *= 10) {
            parts.settings.space_form = (gz_space_form)(variant % 2);
            parts.settings.preconditioner = solvers[variant / 2];
            snprintf(name, sizeof name, "%zuD%zuV, kernel %d %g, kappa %d, %s, gamma %g", shape[0], shape[1],
                     settings->kernel.shape, settings->kernel.gamma, settings->kappa.shape,
                     solvers[variant / 2], gamma);
            check_solution(&parts, (size_t)variant, gamma, name);
        }
    gz_mobility_destroy(parts.mobility);
    gz_phase_grid_destroy(grid);
}

Test(implicit_ode, preconditioned_vectors_keep_their_invariants) {
    for (size_t s = 0; s < sizeof SHAPES / sizeof *SHAPES; s++)
        for (size_t kernel = 0; kernel < sizeof KERNELS / sizeof *KERNELS; kernel++)
            for (size_t kappa = 0; kappa < sizeof KAPPAS / sizeof *KAPPAS; kappa++)
                check_shape(SHAPES[s],
                            &(gz_mobility_settings){.kernel = KERNELS[kernel], .kappa = KAPPAS[kappa]});
}

/* BKW from t = 0.5 to 1 in one step of dt: the density, and the work. */
static double *run(const gz_phase_grid *grid, const gz_integrator_settings *settings, gz_work *work) {
    const gz_problem problem = {.kernel = {GZ_KERNEL_POWER, .strength = 1}, .order = 6}; /* kappa uniform */
    gz_integrator *integrator = NULL;
    gz_state state;
    gz_step_report report;
    cr_assert_eq(gz_integrator_create(context, grid, &problem, settings, &integrator), GZ_OK);
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
    bkw(grid, 1, 0.5, state.log_f, NULL);
    for (size_t i = 0; i < grid->size; i++) state.f[i] = exp(state.log_f[i]);
    cr_assert_eq(gz_integrator_step(integrator, 0.5, &state, &report), GZ_OK, "%s",
                 gz_context_message(context));
    *work = report.work;
    double *f = state.f;
    gz_release(state.log_f);
    gz_release(state.field);
    gz_integrator_destroy(integrator);
    return f;
}

/* Without a preconditioner (x = r) it takes the second number of applications. */
Test(implicit_ode, the_preconditioner_saves_applications) {
    static const struct {
        gz_integrator_settings settings;
        long most, without;
    } CASES[] = {
        {{.scheme = "cvode_bdf", .ode_tolerance = 1e-3}, 40, 128},
        {{.scheme = "cvode_bdf", .preconditioner = "factor", .ode_tolerance = 1e-3}, 40, 128},
        {{.scheme = "cvode_bdf", .space_form = GZ_LOG_FORM, .ode_tolerance = 1e-3}, 180, 538},
        {{.scheme = "arkode_dirk", .ode_tolerance = 1e-3}, 240, 513},
        {{.scheme = "arkode_dirk", .space_form = GZ_LOG_FORM, .ode_tolerance = 1e-3}, 800, 3731},
    };
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 49, 7);
    for (size_t k = 0; k < sizeof CASES / sizeof *CASES; k++) {
        gz_work work;
        gz_release(run(grid, &CASES[k].settings, &work));
        cr_log_info("%s: %ld applications, %ld without", CASES[k].settings.scheme, work.applications,
                    CASES[k].without);
        cr_assert_leq(work.applications, CASES[k].most, "%s, form %d", CASES[k].settings.scheme,
                      CASES[k].settings.space_form);
        cr_assert_gt(work.newton, 0);
        cr_assert_gt(work.cg, work.newton);
        cr_assert_gt(work.setups, work.applications); /* those of the preconditioner are counted */
    }
    gz_phase_grid_destroy(grid);
}

/* The three orders are three methods, and converge with the tolerance to what BDF finds. */
Test(implicit_ode, orders_of_dirk) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 25, 6);
    for (int form = 0; form < 2; form++) {
        gz_integrator_settings how = {
            .scheme = "cvode_bdf", .space_form = (gz_space_form)form, .ode_tolerance = 1e-11};
        gz_work work;
        double *reference = run(grid, &how, &work), fine[6], coarse;
        how.scheme = "arkode_dirk";
        for (how.ode_order = 3; how.ode_order <= 5; how.ode_order++) {
            how.ode_tolerance = 1e-3;
            double *f = run(grid, &how, &work);
            coarse = gz_relative_l2(grid, f, reference);
            gz_release(f);
            how.ode_tolerance = 1e-7;
            f = run(grid, &how, &work);
            fine[how.ode_order] = gz_relative_l2(grid, f, reference);
            gz_release(f);
            cr_log_info("form %d order %d: %.1e, %.1e", form, how.ode_order, coarse, fine[how.ode_order]);
            cr_assert_lt(coarse, 1e-4);
            cr_assert_lt(fine[how.ode_order], 1e-7);
            cr_assert_lt(fine[how.ode_order], coarse / 20);
        }
        cr_assert_lt(fine[5], fine[3] / 2);
        cr_assert_neq(fine[3], fine[4]);
        how.ode_order = 0;
        double *f = run(grid, &how, &work);
        cr_assert_eq(gz_relative_l2(grid, f, reference), fine[4], "4 is the default");
        gz_release(f);
        gz_release(reference);
    }
    gz_phase_grid_destroy(grid);
}

/* Says stop after some questions. */
static bool say_stop(void *data) {
    int *left = data;
    return (*left)-- <= 0;
}

/* A collision that fails leaves SUNDIALS somewhere inside it. The next one, shorter, begins where the last good one ended. */
Test(implicit_ode, a_step_that_is_given_up_can_be_tried_again) {
    static const char *const SCHEMES[] = {"cvode_bdf", "arkode_dirk", "arkode_erk"};
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 17, 5);
    const gz_problem problem = {.kernel = {GZ_KERNEL_POWER, .strength = 1}, .order = 6};
    for (size_t k = 0; k < sizeof SCHEMES / sizeof *SCHEMES; k++) {
        const gz_integrator_settings settings = {.scheme = SCHEMES[k], .ode_tolerance = 1e-8};
        gz_integrator *integrator = NULL;
        gz_state state[2];
        gz_step_report report;
        for (int given_up = 0; given_up < 2; given_up++) {
            cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
            cr_assert_eq(gz_state_init(context, grid, &state[given_up]), GZ_OK);
            bkw(grid, 1, 0.5, state[given_up].log_f, NULL);
            for (size_t i = 0; i < grid->size; i++) state[given_up].f[i] = exp(state[given_up].log_f[i]);
            cr_assert_eq(gz_integrator_step(integrator, 0.1, &state[given_up], &report), GZ_OK);
            int left = 40;
            if (given_up) {
                gz_context_set_stop(context, say_stop, &left);
                cr_assert_eq(gz_integrator_step(integrator, 2, &state[1], &report), GZ_INTERRUPTED);
                gz_context_set_stop(context, NULL, NULL);
            }
            cr_assert_eq(gz_integrator_step(integrator, 1e-3, &state[given_up], &report), GZ_OK, "%s: %s",
                         SCHEMES[k], gz_context_message(context));
            gz_integrator_destroy(integrator);
        }
        cr_assert_lt(gz_relative_l2(grid, state[1].f, state[0].f), 1e-7, "%s", SCHEMES[k]);
        for (int given_up = 0; given_up < 2; given_up++) gz_state_free(&state[given_up]);
    }
    gz_phase_grid_destroy(grid);
}

Test(implicit_ode, refusals) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 9, 5);
    const gz_problem problem = {.kernel = {GZ_KERNEL_POWER, .strength = 1}};
    gz_integrator *integrator = NULL;
    const int orders[] = {-1, 1, 2, 6};
    for (size_t k = 0; k < 4; k++) {
        const gz_integrator_settings settings = {.scheme = "arkode_dirk", .ode_order = orders[k]};
        cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator),
                     GZ_ERROR_SETTINGS);
        cr_assert_null(integrator);
    }
    gz_phase_grid_destroy(grid);
}
