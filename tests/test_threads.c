/* Several threads against one: one thread computes all cases of the ranks (share_cases.h), and cells that several
 * threads share; then two and three threads compute the same. This is no test of Criterion, like test_ranks.
 *
 * Every loop of the library gives each entry, or each block of a sum, to one thread, and adds up the blocks in order.
 * So a result is the same to the last bit for any number of threads, unless they share the transforms of a cell, whose
 * plan may then differ; those cases must agree to round-off. */
#include "local_cycle.h"
#include "share_cases.h"

#include <math.h>
#include <string.h>

static const gz_phase_grid_settings
    FEW_PAIRS = {.space_dim = 1, .velocity_dim = 2, .cells = {3}, .length = {1}, .nodes = 6, .half_width = 4},
    LARGE = {.space_dim = 1, .velocity_dim = 2, .cells = {29}, .length = {1}, .nodes = 17, .half_width = 5},
    ONE_CELL = {.velocity_dim = 2, .nodes = 92, .half_width = 5};

/* More than 8192 entries: below, threads leave the loops over a field to one. */
static void check_large_fields(checker *c) {
    static const struct {
        const char *name;
        gz_integrator_settings how;
        double dt;
    } CASES[] = {
        {"extrapolated mobility", {.mobility_at = GZ_AT_EXTRAPOLATED}, 0.01},
        {"local mobility", {.mobility_at = GZ_AT_LOCAL}, 0.01},
        {"log form", {.scheme = "cvode_bdf", .space_form = GZ_LOG_FORM}, 2e-5},
        {"minimizer lbfgs", {.scheme = "jko", .minimizer = "lbfgs"}, 0.01},
        {"a long step", {.scheme = "zero_defect"}, 100},
    };
    const gz_problem problem = share_problem(&LARGE);
    share_check_schemes(c, "29 cells", &problem, 1, 5e-4, true);
    for (int i = 0; i < 5; i++) {
        checker_name(c, "29 cells, %s", CASES[i].name);
        share_check_steps(c, &problem, &CASES[i].how, i == 0 ? 2 : 1, CASES[i].dt, false);
    }
}

/* More than 8192 nodes in each of few cells: two or three threads share a cell, in the local solver too. */
static void check_shared_cells(checker *c) {
    static const struct {
        const char *name, *mobility;
        gz_phase_grid_settings grid;
        double dt; /* of a step, or 0 for the mobility alone */
    } CASES[] = {
        {"one cell in 2V", "fft", {.velocity_dim = 2, .nodes = 92, .half_width = 5}, 0.1},
        {"one cell in 2V", "moments", {.velocity_dim = 2, .nodes = 92, .half_width = 5}, 0.1},
        {"one cell in 3V", "fft", {.velocity_dim = 3, .nodes = 21, .half_width = 5}, 0},
        {"one cell in 3V", "moments", {.velocity_dim = 3, .nodes = 21, .half_width = 5}, 0.1},
        {"two cells",
         "fft",
         {.space_dim = 1, .velocity_dim = 2, .cells = {2}, .length = {1}, .nodes = 91, .half_width = 5},
         0.1},
    };
    for (int i = 0; i < 5; i++) {
        const gz_integrator_settings how = {.mobility = CASES[i].mobility};
        gz_problem problem = share_problem(&CASES[i].grid);
        c->exact = strcmp(how.mobility, "fft") != 0; /* sums over a cell need no transform */
        if (c->exact) problem.kernel.gamma = 0;
        checker_name(c, "%s, mobility %s", CASES[i].name, how.mobility);
        share_check_operator(c, &problem, how.mobility);
        checker_name(c, "%s, a step with mobility %s", CASES[i].name, how.mobility);
        if (CASES[i].dt > 0) share_check_steps(c, &problem, &how, 1, CASES[i].dt, false);
    }
    c->exact = true;
}

/* What the local solver leaves to sweeps, which all threads make on one cell. */
static void check_cycle(checker *c) {
    gz_problem problem = share_problem(&ONE_CELL);
    problem.kernel.gamma = 0;
    const gz_mobility_settings how = gz_problem_mobility(&problem, "moments");
    gz_phase_grid *grid = NULL;
    gz_mobility *K = NULL;
    gz_fields fields;
    gz_local_multigrid *multigrid = NULL;
    gz_local_cycle *cycle = NULL;
    double *all;
    checker_name(c, "one cell in 2V, the local cycle");
    checker_need(c, gz_phase_grid_create(c->context, &problem.grid, &grid));
    checker_need(c, gz_mobility_create(c->context, grid, &how, &K));
    checker_need(c, gz_fields_init(c->context, grid, &fields));
    checker_need(c, gz_allocate(c->context, 7 * grid->size, sizeof(double), &all));
    double *f = all, *diag = f + grid->size, *r = diag + grid->size,
           *z = r + grid->size, *const shared[] = {z + grid->size, z + 2 * grid->size, z + 3 * grid->size};
    for (size_t i = 0; i < grid->size; i++) {
        f[i] = exp(-grid->node_energy[i] / 2);
        diag[i] = grid->node_volume[i] * f[i];
        r[i] = diag[i] * sin((double)(i * i));
    }
    gz_mobility_set_density(K, f);
    checker_need(c, gz_local_multigrid_create(c->context, K, &multigrid));
    gz_local_multigrid_prepare(multigrid, gz_context_threads(c->context), diag, 1);
    checker_need(c, gz_local_cycle_create(&fields, K, multigrid, shared, &cycle));
    checker_need(c, gz_local_cycle_prepare(cycle, diag, 1));
    gz_local_cycle_solve(cycle, NULL, r, z);
    checker_field(c, "z", grid, z, 0);
    gz_local_cycle_destroy(cycle);
    gz_local_multigrid_destroy(multigrid);
    gz_release(all);
    gz_fields_free(&fields);
    gz_mobility_destroy(K);
    gz_phase_grid_destroy(grid);
}

/* What works on one rank only, on grids small enough for it. */
static void check_minimizers(checker *c) {
    static const char *const MINIMIZERS[] = {"lbfgs", "tnewton", "dense", "full_space"};
    const gz_problem problem = share_problem(&FEW_PAIRS);
    for (int i = 0; i < 4; i++) {
        const gz_integrator_settings how = {.minimizer = MINIMIZERS[i]};
        checker_name(c, "minimizer %s", MINIMIZERS[i]);
        share_check_steps(c, &problem, &how, 1, 0.1, false);
    }
}

static void check_pairs(checker *c) {
    const gz_problem problem = share_problem(&FEW_PAIRS);
    const gz_mobility_settings how = gz_problem_mobility(&problem, NULL);
    gz_phase_grid *grid = NULL;
    gz_mobility *K = NULL;
    gz_grazing_rate rate;
    double *w, *f, action, dissipation;
    checker_name(c, "sums over pairs");
    checker_need(c, gz_phase_grid_create(c->context, &problem.grid, &grid));
    checker_need(c, gz_mobility_create(c->context, grid, &how, &K));
    checker_need(c, gz_grazing_rate_init(c->context, grid, &rate));
    checker_need(c, gz_allocate(c->context, grid->size, sizeof(double), &w));
    checker_need(c, gz_allocate(c->context, grid->size, sizeof(double), &f));
    for (size_t i = 0; i < grid->size; i++) {
        w[i] = sin((double)(i * i));
        f[i] = exp(-grid->node_energy[i % grid->node_count] / 2);
    }
    gz_mobility_set_density(K, f);
    checker_need(c, gz_pair_optimal_rate(c->context, K, w, &rate));
    checker_need(c, gz_pair_action(c->context, K, &rate, &action));
    checker_value(c, "the action", action, 1, 0);
    checker_need(c, gz_pair_dissipation(c->context, K, w, &dissipation));
    checker_value(c, "D", dissipation, 1, 0);
    checker_need(c, gz_pair_half_divergence(c->context, K, &rate, f));
    checker_field(c, "1/2 div~ U", grid, f, 0);
    checker_need(c, gz_pair_action_density(c->context, K, &rate, f));
    checker_field(c, "the action density", grid, f, 0);
    gz_release(w);
    gz_release(f);
    gz_grazing_rate_free(&rate);
    gz_mobility_destroy(K);
    gz_phase_grid_destroy(grid);
}

/* How many threads OpenMP gives when asked for so many: OMP_THREAD_LIMIT may allow fewer. */
static int given(int asked) {
    int count = 0;
#pragma omp parallel num_threads(asked) reduction(+ : count)
    count++;
    return count;
}

/* Write the reference with one thread, or compare several with it; returns how many comparisons differ. */
static int run(FILE *reference, int threads) {
    char who[20];
    checker c = {.reference = reference, .writes = threads == 1, .exact = true};
    snprintf(who, sizeof who, "%d threads", threads);
    checker_name(&c, "%s", who);
    if (given(threads) != threads) checker_stop(&c, "OpenMP gives fewer threads; unset OMP_THREAD_LIMIT");
    if (gz_context_create(threads, &c.context) != GZ_OK) checker_stop(&c, "there is no context");
    gz_context_guess_plans(c.context, true); /* of a transform always the same */
    rewind(reference);
    share_check_all(&c);
    check_minimizers(&c);
    check_pairs(&c);
    check_large_fields(&c);
    check_shared_cells(&c);
    check_cycle(&c);
    checker_finish(&c, who);
    gz_context_destroy(c.context);
    return c.failures;
}

int main(void) {
    FILE *reference = tmpfile();
    if (!reference) {
        printf("there is no place for the reference\n");
        return 1;
    }
    int failures = 0;
    for (int threads = 1; threads <= 3; threads++) failures += run(reference, threads);
    fclose(reference);
    return failures > 0;
}
