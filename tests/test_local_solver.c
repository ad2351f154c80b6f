/* Local solver: the cycle is a symmetric positive, accurate inverse of M = diag + dt K_local, in the far tail
 * too. Threads that share a cell find what one thread finds. */
#include "local_cycle.h"
#include "local_solver.h"
#include "mobility_cap.h"
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

TestSuite(local_solver, .init = open_context, .fini = close_context);
TestSuite(local_solver_covered, .init = open_context, .fini = close_context);

static double dot(size_t n, const double *a, const double *b) {
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

/* The matrix diag + dt K_local, with the mobility m = f and diag = h f. */
typedef struct matrix {
    gz_phase_grid *grid;
    gz_mobility *mobility;
    gz_fields fields;
    double *log_f, *f, *diag;
} matrix;

static void set_log_density(matrix *m, size_t i, double log_f) {
    m->log_f[i] = fmax(log_f, GZ_LOG_FLOOR);
    m->f[i] = exp(m->log_f[i]);
    m->diag[i] = m->grid->node_volume[i % m->grid->node_count] * m->f[i];
}

static void take_density(matrix *m) {
    gz_mobility_set_steepness(m->mobility, m->log_f);
    gz_mobility_set_density(m->mobility, m->f);
}

static matrix make_matrix(int space_dim, int velocity_dim, size_t cells, size_t nodes, double gamma,
                          size_t seed) {
    matrix m = {.grid = sample_grid(context, space_dim, velocity_dim, cells, nodes, 6)};
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .gamma = gamma, .strength = 1},
                                           .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 4},
                                           .order = 6};
    cr_assert_eq(gz_mobility_create(context, m.grid, &settings, &m.mobility), GZ_OK);
    cr_assert_eq(gz_fields_init(context, m.grid, &m.fields), GZ_OK);
    m.log_f = sample_log_density(context, m.grid, seed);
    m.f = sample_zero(context, m.grid);
    m.diag = sample_zero(context, m.grid);
    for (size_t i = 0; i < m.grid->size; i++) set_log_density(&m, i, m.log_f[i]);
    take_density(&m);
    return m;
}

static void free_matrix(matrix *m) {
    gz_mobility_destroy(m->mobility);
    gz_fields_free(&m->fields);
    double *all[] = {m->log_f, m->f, m->diag};
    for (size_t j = 0; j < 3; j++) gz_release(all[j]);
    gz_phase_grid_destroy(m->grid);
}

/* The cycle by itself, with the multigrid and the scratch that it needs. */
typedef struct cycle_of_matrix {
    gz_local_multigrid *multigrid;
    gz_local_cycle *cycle;
    double *shared[3];
} cycle_of_matrix;

static cycle_of_matrix make_cycle(matrix *m, double dt) {
    cycle_of_matrix c;
    for (int j = 0; j < 3; j++) c.shared[j] = sample_zero(context, m->grid);
    cr_assert_eq(gz_local_multigrid_create(context, m->mobility, &c.multigrid), GZ_OK);
    gz_local_multigrid_prepare(c.multigrid, 1, m->diag, dt);
    cr_assert_eq(gz_local_cycle_create(&m->fields, m->mobility, c.multigrid, c.shared, &c.cycle), GZ_OK);
    cr_assert_eq(gz_local_cycle_prepare(c.cycle, m->diag, dt), GZ_OK);
    return c;
}

static void free_cycle(cycle_of_matrix *c) {
    gz_local_cycle_destroy(c->cycle);
    gz_local_multigrid_destroy(c->multigrid);
    for (int j = 0; j < 3; j++) gz_release(c->shared[j]);
}

/* Right-hand sides diag x noise weigh every node alike, however small f is. The noise is small, so that no
 * cycle is added. */
static void scale_by_diag(const matrix *m, double *r) {
    for (size_t i = 0; i < m->grid->size; i++) r[i] *= 1e-3 * m->diag[i];
}

/* sqrt(<r - M z, D^-1 (r - M z)> / <r, D^-1 r>) */
static double residual(const matrix *m, double dt, const double *r, const double *z) {
    const double *local = gz_mobility_local_diagonal(m->mobility);
    double *Kz = sample_zero(context, m->grid), above = 0, below = 0;
    gz_mobility_apply_local(m->mobility, z, Kz);
    for (size_t i = 0; i < m->grid->size; i++) {
        const double rest = r[i] - m->diag[i] * z[i] - dt * Kz[i];
        const double D = m->diag[i] + dt * local[i];
        above += rest * rest / D;
        below += r[i] * r[i] / D;
    }
    gz_release(Kz);
    return sqrt(above / below);
}

Test(local_solver_covered, cycle_is_symmetric_positive_and_accurate) {
    const struct {
        int space_dim, velocity_dim;
        size_t cells, nodes;
    } shapes[] = {{0, 2, 1, 33}, {1, 2, 3, 17}, {2, 2, 2, 14}, {0, 3, 1, 17}, {1, 3, 2, 13}, {3, 3, 2, 9}};
    double worst = 0;
    for (size_t k = 0; k < sizeof shapes / sizeof *shapes; k++)
        for (int gamma = -3; gamma <= 0; gamma += 3)
            for (double dt = 0.02; dt < 20; dt *= 20) {
                matrix m = make_matrix(shapes[k].space_dim, shapes[k].velocity_dim, shapes[k].cells,
                                       shapes[k].nodes, gamma, k);
                double *r = sample_noise(context, m.grid, 1), *s = sample_noise(context, m.grid, 2),
                       *Pr = sample_zero(context, m.grid), *Ps = sample_zero(context, m.grid);
                cycle_of_matrix c = make_cycle(&m, dt);
                scale_by_diag(&m, r);
                scale_by_diag(&m, s);
                gz_local_cycle_solve(c.cycle, NULL, r, Pr);
                gz_local_cycle_solve(c.cycle, NULL, s, Ps);
                const double size = sqrt(dot(m.grid->size, r, Pr) * dot(m.grid->size, s, Ps));
                cr_assert_gt(dot(m.grid->size, r, Pr), 0);
                cr_assert_lt(fabs(dot(m.grid->size, s, Pr) - dot(m.grid->size, r, Ps)), 1e-12 * size);
                worst = fmax(worst, residual(&m, dt, r, Pr));
                free_cycle(&c);
                double *all[] = {r, s, Pr, Ps};
                for (size_t j = 0; j < 4; j++) gz_release(all[j]);
                free_matrix(&m);
            }
    cr_log_info("largest residual of the cycle: %.2g", worst);
    cr_assert_lt(worst, 0.1);
}

/* Largest |eigenvalue| of 1 - C M, C the cycle, by power iteration in the energy of M. */
static double radius(const matrix *m, gz_local_cycle *cycle, double dt) {
    enum { ITERATIONS = 20 };
    const size_t size = m->grid->size;
    double *x = sample_noise(context, m->grid, 11), *Mx = sample_zero(context, m->grid),
           *CMx = sample_zero(context, m->grid), value = 0;
    for (int k = 0; k < ITERATIONS; k++) {
        gz_mobility_apply_local(m->mobility, x, Mx);
        for (size_t i = 0; i < size; i++) Mx[i] = m->diag[i] * x[i] + dt * Mx[i];
        gz_local_cycle_solve(cycle, NULL, Mx, CMx);
        value = 1 - dot(size, CMx, Mx) / dot(size, x, Mx);
        double largest = 0;
        for (size_t i = 0; i < size; i++) {
            x[i] -= CMx[i];
            largest = fmax(largest, fabs(x[i]));
        }
        for (size_t i = 0; i < size; i++) x[i] *= 1e-3 / largest; /* small: no cycle is added */
    }
    double *all[] = {x, Mx, CMx};
    for (size_t j = 0; j < 3; j++) gz_release(all[j]);
    return fabs(value);
}

/* The cycle converges, and so is positive, in every tail: of Maxwellians down to the floor of f, and behind
 * jumps of 120 decades. */
Test(local_solver_covered, cycle_converges_in_tails) {
    for (int d = 2; d <= 3; d++)
        for (double T = 1; T > 0.05; T /= 4)
            for (int jump = 0; jump < 2; jump++)
                for (double dt = 0.05; dt < 6; dt *= 100) {
                    matrix m = make_matrix(0, d, 1, d == 2 ? 37 : 11, jump ? 0 : -1, 0);
                    for (size_t i = 0; i < m.grid->size; i++) {
                        const double energy = m.grid->node_energy[i];
                        set_log_density(&m, i, -energy / (2 * T) - (jump && energy > 20 ? 280 : 0));
                    }
                    take_density(&m);
                    cycle_of_matrix c = make_cycle(&m, dt);
                    const double value = radius(&m, c.cycle, dt);
                    cr_assert_lt(value, 1, "d %d T %g jump %d dt %g: %g", d, T, jump, dt, value);
                    free_cycle(&c);
                    free_matrix(&m);
                }
}

/* <r, z> > 0 for holes in the tail, where the compact level is far from M, along a power iteration of 1 - C M
 * that looks for the right-hand side with the least <r, z>. */
Test(local_solver_covered, cycle_lowers_the_energy_between_holes) {
    for (size_t seed = 0; seed < 6; seed++) {
        const double dt = seed % 2 ? 0.05 : 0.5;
        matrix m = make_matrix(0, 2, 1, 33, 1, 0);
        const size_t size = m.grid->size;
        for (size_t i = 0; i < size; i++) {
            const double energy = m.grid->node_energy[i];
            const bool hole = energy > 14 && sample_uniform(seed, 2 * i) < 0.5;
            set_log_density(&m, i, -energy / 2 - (hole ? 60 * sample_uniform(seed, 2 * i + 1) : 0));
        }
        take_density(&m);
        cycle_of_matrix c = make_cycle(&m, dt);
        double *x = sample_noise(context, m.grid, seed), *r = sample_zero(context, m.grid),
               *z = sample_zero(context, m.grid);
        for (int k = 0; k < 30; k++) {
            double largest = 0;
            gz_mobility_apply_local(m.mobility, x, r);
            for (size_t i = 0; i < size; i++) r[i] = m.diag[i] * x[i] + dt * r[i];
            gz_local_cycle_solve(c.cycle, NULL, r, z);
            cr_assert_gt(dot(size, r, z), 0, "seed %zu, iteration %d: %g", seed, k, dot(size, r, z));
            for (size_t i = 0; i < size; i++) {
                x[i] -= z[i];
                largest = fmax(largest, fabs(x[i]));
            }
            for (size_t i = 0; i < size; i++) x[i] *= 1e-3 / largest; /* small: no cycle is added */
        }
        free_cycle(&c);
        double *all[] = {x, r, z};
        for (size_t j = 0; j < 3; j++) gz_release(all[j]);
        free_matrix(&m);
    }
}

/* A cell without a residual, as one at equilibrium, gets z = 0, and the others what they get without it. */
Test(local_solver, cells_without_a_residual_get_nothing) {
    const char *const names[] = {"sweeps", "factor"};
    matrix m = make_matrix(1, 2, 3, 13, -1, 5);
    const size_t nodes = m.grid->node_count;
    double *r = sample_noise(context, m.grid, 1), *z = sample_zero(context, m.grid);
    scale_by_diag(&m, r);
    memset(r + nodes, 0, nodes * sizeof *r);
    for (int solver = 0; solver < 3; solver++) {
        if (solver == 2) {
            cycle_of_matrix c = make_cycle(&m, 0.3);
            gz_local_cycle_solve(c.cycle, NULL, r, z);
            free_cycle(&c);
        } else {
            gz_local_solver *s = NULL;
            cr_assert_eq(gz_local_solver_create(&m.fields, m.mobility, names[solver], &s), GZ_OK);
            cr_assert_eq(gz_local_solver_prepare(s, m.diag, 0.3, true), GZ_OK);
            cr_assert_eq(gz_local_solver_solve(s, r, z, (gz_local_goal){0}), GZ_OK);
            gz_local_solver_destroy(s);
        }
        for (size_t i = 0; i < nodes; i++)
            cr_assert_eq(z[nodes + i], 0, "solver %d: %g", solver, z[nodes + i]);
        cr_assert_lt(residual(&m, 0.3, r, z), 0.1, "solver %d", solver);
    }
    gz_release(r);
    gz_release(z);
    free_matrix(&m);
}

/* log f of two far bumps with tails of e^-80, up to a constant. */
static double log_two_bumps(const gz_phase_grid *grid, size_t node) {
    const double right = grid->node_energy[node] - 3 * grid->node_velocity[0][node] + 2.25,
                 left = right + 6 * grid->node_velocity[0][node];
    return fmax(-right, -left) / (2 * 0.4) + log1p(exp(-fabs(right - left) / (2 * 0.4)));
}

/* The first Newton system of an implicit step, M z = -dt K log f, of two far bumps with tails of e^-80. The
 * exact z changes log f by less than 50. Sweeps agree with factors where f matters, and do not lose the
 * tail. */
Test(local_solver, tails_are_right) {
    matrix m = make_matrix(0, 2, 1, 33, 0, 0);
    const double dt = 0.5;
    for (size_t i = 0; i < m.grid->size; i++) set_log_density(&m, i, log_two_bumps(m.grid, i));
    gz_mobility_set_capped(m.mobility, m.log_f, NULL, m.f); /* as a step does */
    double *r = sample_zero(context, m.grid), *z[2];
    gz_mobility_apply(m.mobility, m.log_f, r);
    for (size_t i = 0; i < m.grid->size; i++) r[i] *= -dt;
    const char *const names[] = {"sweeps", "factor"};
    for (int k = 0; k < 2; k++) {
        gz_local_solver *solver = NULL;
        z[k] = sample_zero(context, m.grid);
        cr_assert_eq(gz_local_solver_create(&m.fields, m.mobility, names[k], &solver), GZ_OK);
        cr_assert_eq(gz_local_solver_prepare(solver, m.diag, dt, true), GZ_OK);
        cr_assert_eq(gz_local_solver_solve(solver, r, z[k], (gz_local_goal){0}), GZ_OK);
        gz_local_solver_destroy(solver);
    }
    double bulk = 0, tail = 0, largest = 0;
    for (size_t i = 0; i < m.grid->size; i++) {
        const double difference = fabs(z[0][i] - z[1][i]);
        largest = fmax(largest, fabs(z[1][i]));
        tail = fmax(tail, difference);
        if (m.log_f[i] > log(1e-8)) bulk = fmax(bulk, difference);
    }
    cr_log_info("largest change of log f %.3g; sweeps differ by %.2g in the bulk, %.2g in the tail", largest,
                bulk, tail);
    cr_assert_lt(bulk, 0.05);
    cr_assert_lt(tail, 2);
    double *all[] = {r, z[0], z[1]};
    for (size_t j = 0; j < 3; j++) gz_release(all[j]);
    free_matrix(&m);
}

/* Cycles solve where conjugate gradients fail: in the cell with the two bumps, without a change in the other. */
Test(local_solver_covered, cycles_stay_in_their_cell) {
    matrix m = make_matrix(1, 2, 2, 33, 0, 0);
    const size_t nodes = m.grid->node_count;
    const double dt = 0.5;
    for (size_t i = 0; i < nodes; i++) {
        set_log_density(&m, i, log_two_bumps(m.grid, i));
        set_log_density(&m, nodes + i, -m.grid->node_energy[i] / 2);
    }
    gz_mobility_set_capped(m.mobility, m.log_f, NULL, m.f);
    double *r = sample_zero(context, m.grid), *z = sample_zero(context, m.grid),
           *alone = sample_zero(context, m.grid), *noise = sample_noise(context, m.grid, 7);
    gz_mobility_apply(m.mobility, m.log_f, r);
    for (size_t i = 0; i < nodes; i++) {
        r[i] *= -dt;
        r[nodes + i] = m.diag[nodes + i] * noise[i];
    }
    gz_local_solver *solver = NULL;
    cr_assert_eq(gz_local_solver_create(&m.fields, m.mobility, "sweeps", &solver), GZ_OK);
    cr_assert_eq(gz_local_solver_prepare(solver, m.diag, dt, true), GZ_OK);
    cr_assert_eq(gz_local_solver_solve(solver, r, z, (gz_local_goal){0}), GZ_OK);
    cycle_of_matrix c = make_cycle(&m, dt);
    gz_local_cycle_solve(c.cycle, (bool[]){true, false}, r, alone);
    cr_expect(memcmp(z, alone, nodes * sizeof *z) == 0, "the cell of the bumps was not solved by cycles");
    for (size_t i = 0; i < nodes; i++) cr_assert_eq(alone[nodes + i], 0, "a cell that is not chosen changed");
    memset(r, 0, nodes * sizeof *r);
    cr_assert_eq(gz_local_solver_prepare(solver, m.diag, dt, true), GZ_OK);
    cr_assert_eq(gz_local_solver_solve(solver, r, alone, (gz_local_goal){0}), GZ_OK);
    cr_expect(memcmp(z + nodes, alone + nodes, nodes * sizeof *z) == 0, "cycles changed the other cell");
    gz_local_solver_destroy(solver);
    free_cycle(&c);
    double *all[] = {r, z, alone, noise};
    for (size_t j = 0; j < 4; j++) gz_release(all[j]);
    free_matrix(&m);
}

/* z of M z = r, by the solver (conjugate gradients) or by the cycle, several times over, on a cell that the
 * threads share: the largest difference to `first` over its largest value, or, where that is NULL, the first
 * z. */
static double difference_on(int threads, bool by_cycle, int velocity_dim, size_t nodes, double **first) {
    gz_context *const usual = context;
    cr_assert_eq(gz_context_create(threads, &context), GZ_OK);
    gz_context_guess_plans(context, true);
    matrix m = make_matrix(0, velocity_dim, 1, nodes, -1, 3);
    cr_assert_geq(m.grid->node_count, 8192, "threads do not share smaller cells (local_solver.c)");
    double *r = sample_noise(context, m.grid, 1), *z = sample_zero(context, m.grid), worst = 0, largest = 0;
    const double dt = 0.5;
    gz_local_solver *solver = NULL;
    cycle_of_matrix c = make_cycle(&m, dt);
    scale_by_diag(&m, r);
    cr_assert_eq(gz_local_solver_create(&m.fields, m.mobility, "sweeps", &solver), GZ_OK);
    for (int k = 0; k < (by_cycle ? 5 : 20); k++) {
        if (by_cycle) {
            gz_local_cycle_solve(c.cycle, NULL, r, z);
        } else {
            cr_assert_eq(gz_local_solver_prepare(solver, m.diag, dt, false), GZ_OK);
            cr_assert_eq(gz_local_solver_solve(solver, r, z, (gz_local_goal){.reduction = 1e-2}), GZ_OK);
        }
        for (size_t i = 0; *first && i < m.grid->size; i++) worst = fmax(worst, fabs(z[i] - (*first)[i]));
    }
    for (size_t i = 0; *first && i < m.grid->size; i++) largest = fmax(largest, fabs((*first)[i]));
    gz_local_solver_destroy(solver);
    free_cycle(&c);
    gz_release(r);
    if (*first)
        gz_release(z);
    else
        *first = z;
    free_matrix(&m);
    gz_context_destroy(context);
    context = usual;
    return largest > 0 ? worst / largest : 0;
}

/* Even numbers of nodes are tested too: their levels have one node more, and the threads' shares of the
 * levels differ from those of the grid. */
/* On two grids, the second with an even number of nodes an axis. */
static void check_shared_cell(int velocity_dim, size_t nodes) {
    double worst = 0;
    for (size_t even = 0; even < 2; even++)
        for (int by_cycle = 0; by_cycle < 2; by_cycle++) {
            double *first = NULL;
            for (int threads = 1; threads <= 3; threads++)
                worst = fmax(worst, difference_on(threads, by_cycle, velocity_dim, nodes + even, &first));
            gz_release(first);
        }
    cr_log_info("largest difference: %.2g", worst);
    cr_assert_lt(worst, 1e-12);
}

Test(local_solver, threads_that_share_a_cell_find_what_one_finds) {
    check_shared_cell(2, 91);
}

Test(local_solver_covered, threads_that_share_a_cell_find_what_one_finds_in_3V) {
    check_shared_cell(3, 21);
}
