/* The discrete equilibrium: its invariants, H(f) - H(M) = KL(f|M), and that a collision leaves it alone. */
#include "equilibrium.h"
#include "functionals.h"
#include "integrator.h"
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

TestSuite(equilibrium, .init = open_context, .fini = close_context);

/* A density and its equilibrium, [cell][node] each. */
typedef struct pair {
    gz_phase_grid *grid;
    double *log_f, *f, *g, *log_g;
} pair;

/* {space_dim, velocity_dim, cells, nodes} */
static const int SHAPES[][4] = {{0, 2, 1, 9}, {0, 3, 1, 8}, {1, 2, 5, 11}, {2, 2, 3, 9}, {1, 3, 4, 7}};

enum { SHAPE_COUNT = sizeof SHAPES / sizeof *SHAPES };

static pair make(const int *shape, gz_equilibrium kind, size_t seed) {
    pair p = {.grid = sample_grid(context, shape[0], shape[1], (size_t)shape[2], (size_t)shape[3], 3.5)};
    p.log_f = sample_log_density(context, p.grid, seed);
    p.f = sample_exp(context, p.grid, p.log_f);
    p.g = sample_zero(context, p.grid);
    p.log_g = sample_zero(context, p.grid);
    cr_assert_eq(gz_equilibrium_of(context, p.grid, kind, p.f, p.g, p.log_g), GZ_OK, "%s",
                 gz_context_message(context));
    return p;
}

static void clear(pair *p) {
    double *fields[] = {p->log_f, p->f, p->g, p->log_g};
    for (size_t i = 0; i < 4; i++) gz_release(fields[i]);
    gz_phase_grid_destroy(p->grid);
}

/* The largest difference of total mass, momentum and energy; of the mass, and of all moments, of a cell. */
static void compare(const pair *p, double *total, double *cell_mass, double *cell_all) {
    gz_moments f, g;
    const size_t cells = p->grid->cell_count, d = (size_t)p->grid->velocity_dim;
    double *a = NULL, *b = NULL;
    gz_moments_of(p->grid, p->f, &f);
    gz_moments_of(p->grid, p->g, &g);
    *total = fmax(fabs(g.mass - f.mass) / f.mass, fabs(g.energy - f.energy) / f.energy);
    for (size_t i = 0; i < d; i++)
        *total = fmax(*total, fabs(g.momentum[i] - f.momentum[i]) / sqrt(f.mass * f.energy));
    cr_assert_eq(gz_allocate(context, (2 + d) * cells, sizeof *a, &a), GZ_OK);
    cr_assert_eq(gz_allocate(context, (2 + d) * cells, sizeof *b, &b), GZ_OK);
    gz_cell_moments(p->grid, p->f, a, a + cells, a + (1 + d) * cells);
    gz_cell_moments(p->grid, p->g, b, b + cells, b + (1 + d) * cells);
    *cell_mass = *cell_all = 0;
    for (size_t i = 0; i < (2 + d) * cells; i++) *cell_all = fmax(*cell_all, fabs(a[i] - b[i]));
    for (size_t i = 0; i < cells; i++) *cell_mass = fmax(*cell_mass, fabs(a[i] - b[i]) / a[i]);
    gz_release(a);
    gz_release(b);
}

Test(equilibrium, has_the_invariants_that_are_kept_and_no_others) {
    for (size_t s = 0; s < SHAPE_COUNT; s++)
        for (int kind = GZ_EQUILIBRIUM_UNIFORM; kind <= GZ_EQUILIBRIUM_LOCAL; kind++) {
            pair p = make(SHAPES[s], (gz_equilibrium)kind, 7 + s);
            double total, cell_mass, cell_all;
            compare(&p, &total, &cell_mass, &cell_all);
            cr_assert_lt(total, 2e-14, "shape %zu kind %d: %.1e", s, kind, total);
            const bool space = p.grid->cell_count > 1;
            if (space) cr_assert_eq(cell_mass < 1e-13, kind != GZ_EQUILIBRIUM_UNIFORM, "%.1e", cell_mass);
            if (space) cr_assert_eq(cell_all < 1e-12, kind == GZ_EQUILIBRIUM_LOCAL, "%.1e", cell_all);
            clear(&p);
        }
}

/* log M is a combination of the conserved quantities, so for every kind KL is the difference of entropies. */
Test(equilibrium, relative_entropy_is_the_difference_of_entropies) {
    for (size_t s = 0; s < SHAPE_COUNT; s++) {
        double before = INFINITY;
        for (int kind = GZ_EQUILIBRIUM_LOCAL; kind >= GZ_EQUILIBRIUM_UNIFORM; kind--) {
            pair p = make(SHAPES[s], (gz_equilibrium)kind, 3 + s);
            const double H = gz_entropy(p.grid, p.f, p.log_f), least = gz_entropy(p.grid, p.g, p.log_g);
            const double KL = gz_relative_entropy(p.grid, p.f, p.log_f, p.g, p.log_g);
            cr_assert_gt(KL, 1e-3);
            cr_assert_float_eq(H - least, KL, 1e-13 * fmax(fabs(H), 1), "%.17g %.17g", H - least, KL);
            cr_assert_leq(least, before + 1e-14 * fabs(least)); /* fewer constraints, lower minimum */
            before = least;
            clear(&p);
        }
    }
}

/* The equilibrium of a problem's kind is a fixed point of its step, even on grids so coarse that the
 * Maxwellian of the continuum is not. */
Test(equilibrium, is_a_fixed_point_of_the_step) {
    static const int SHAPE[] = {1, 2, 5, 11};
    static const struct {
        gz_kappa_shape kappa;
        bool collisions_only;
    } CASES[] = {{GZ_KAPPA_EXPONENTIAL, false}, {GZ_KAPPA_EXPONENTIAL, true}, {GZ_KAPPA_DIRAC, true}};
    for (int kind = GZ_EQUILIBRIUM_UNIFORM; kind <= GZ_EQUILIBRIUM_LOCAL; kind++) {
        pair p = make(SHAPE, (gz_equilibrium)kind, 11);
        const gz_problem problem = {.kernel = {.gamma = -1, .strength = 1},
                                    .kappa = {.shape = CASES[kind].kappa, .k2 = 3},
                                    .collisions_only = CASES[kind].collisions_only,
                                    .order = 4};
        const gz_integrator_settings settings = {.mobility_at = GZ_AT_PREDICTOR};
        gz_integrator *integrator = NULL;
        gz_state state;
        gz_step_report report;
        cr_assert_eq(gz_integrator_create(context, p.grid, &problem, &settings, &integrator), GZ_OK);
        cr_assert_eq(gz_state_init(context, p.grid, &state), GZ_OK);
        memcpy(state.f, p.g, p.grid->size * sizeof *p.g);
        memcpy(state.log_f, p.log_g, p.grid->size * sizeof *p.g);
        cr_assert_eq(gz_integrator_step(integrator, 10, &state, &report), GZ_OK, "%s",
                     gz_context_message(context));
        const double moved = gz_relative_l2(p.grid, state.f, p.g);
        cr_assert_lt(moved, 1e-13, "kind %d: %.1e", kind, moved);
        gz_state_free(&state);
        gz_integrator_destroy(integrator);
        clear(&p);
    }
}

static gz_status of_one_maxwellian(double T, double u, double *spread) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 9, 4);
    double *f = sample_zero(context, grid), *g = sample_zero(context, grid),
           *log_g = sample_zero(context, grid);
    for (size_t i = 0; i < grid->size; i++)
        f[i] = exp(-(pow(grid->node_velocity[0][i] - u, 2) + pow(grid->node_velocity[1][i], 2)) / (2 * T));
    const gz_status status = gz_equilibrium_of(context, grid, GZ_EQUILIBRIUM_UNIFORM, f, g, log_g);
    *spread = gz_relative_l2(grid, g, f);
    double *all[] = {f, g, log_g};
    for (size_t i = 0; i < 3; i++) gz_release(all[i]);
    gz_phase_grid_destroy(grid);
    return status;
}

/* A Maxwellian on the nodes is its own equilibrium, cold or hot (the spacing is 1, the box ends at 4). If all
 * mass sits in one node, no Maxwellian has the same invariants. */
Test(equilibrium, cold_hot_and_degenerate) {
    double distance;
    for (double T = 0.05; T < 100; T *= 2) {
        cr_assert_eq(of_one_maxwellian(T, 0.4, &distance), GZ_OK, "T = %g: %s", T,
                     gz_context_message(context));
        cr_assert_lt(distance, 1e-11, "T = %g: %.1e", T, distance);
    }
    cr_assert_eq(of_one_maxwellian(1e-3, 0, &distance), GZ_ERROR_NOT_CONVERGED);
    cr_assert_not_null(strstr(gz_context_message(context), "no Maxwellian on this velocity grid"));
}

/* Where log Z - c spread, which Newton's method minimises, passes through zero (T = 1/(2 pi e)), its round-off is
 * no longer a part of its value. */
Test(equilibrium, of_every_temperature) {
    gz_phase_grid *grid = sample_grid(context, 0, 2, 1, 33, 1.5);
    double *f = sample_zero(context, grid), *g = sample_zero(context, grid),
           *log_g = sample_zero(context, grid);
    for (int k = -20; k <= 20; k++) {
        const double T = (1 + 1e-9 * k) / (2 * 3.14159265358979324 * 2.71828182845904524);
        for (size_t p = 0; p < grid->node_count; p++)
            f[p] = exp(-grid->node_energy[p] / (2 * T)) / (2 * 3.14159265358979324 * T);
        cr_assert_eq(gz_equilibrium_of(context, grid, GZ_EQUILIBRIUM_UNIFORM, f, g, log_g), GZ_OK, "%d: %s",
                     k, gz_context_message(context));
    }
    gz_release(f);
    gz_release(g);
    gz_release(log_g);
    gz_phase_grid_destroy(grid);
}
