/* The null space of K with random factors and groups: the Newton step in it against a dense solve with all null
 * vectors written out, and the deflation, which must be exact on them. */
#include "deflation.h"
#include "invariants.h"
#include "sample.h"

#include <criterion/criterion.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

TestSuite(null_space);

enum { CELLS = 6 };

static const size_t GROUP[CELLS] = {0, 1, 1, 0, 2, 1};
static const double FACTOR[CELLS] = {1, 2.5, 0.3, 4, 1.7, 1};

static const gz_null_space SPACES[] = {
    {.moments = true},
    {.moments = true, .factor = FACTOR},
    {.moments = true, .local = true, .groups = CELLS},
    {.moments = true, .local = true, .groups = 3, .group = GROUP},
    {.moments = true, .local = true, .groups = 3, .group = GROUP, .factor = FACTOR},
    {.local = true, .groups = CELLS},
};

/* All null vectors, [vector][size]; returns their number. */
static size_t write_out(const gz_phase_grid *grid, const gz_null_space *space, double *phi) {
    const size_t n = grid->size, nodes = grid->node_count, d = (size_t)grid->velocity_dim;
    size_t count = 0;
    for (size_t c = 0; c < grid->cell_count; c++, count++)
        for (size_t i = 0; i < n; i++) phi[count * n + i] = i / nodes == c;
    for (size_t g = 0; space->moments && g < (space->local ? space->groups : 1); g++)
        for (size_t j = 0; j <= d; j++, count++)
            for (size_t i = 0; i < n; i++) {
                const size_t cell = i / nodes, own = !space->local  ? 0
                                                     : space->group ? space->group[cell]
                                                                    : cell;
                const double *of = j < d ? grid->node_velocity[j] : grid->node_energy;
                phi[count * n + i] = own == g ? (space->factor ? space->factor[cell] : 1) * of[i % nodes] : 0;
            }
    return count;
}

/* y = -phi (phi^T diag phi)^-1 phi^T change */
static void dense_step(const gz_phase_grid *grid, const gz_null_space *space, const double *change,
                       const double *diag, double *y) {
    const size_t n = grid->size, most = 5 * CELLS;
    double *phi = calloc(most * n, sizeof *phi), *A = calloc(most * most, sizeof *A), b[5 * CELLS] = {0};
    const size_t m = write_out(grid, space, phi);
    for (size_t j = 0; j < m; j++)
        for (size_t i = 0; i < n; i++) {
            b[j] -= phi[j * n + i] * change[i];
            for (size_t k = 0; k < m; k++) A[j * m + k] += phi[j * n + i] * diag[i] * phi[k * n + i];
        }
    cr_assert_eq(LAPACKE_dposv(LAPACK_ROW_MAJOR, 'L', (int)m, 1, A, (int)m, b, 1), 0);
    for (size_t i = 0; i < n; i++) {
        y[i] = 0;
        for (size_t j = 0; j < m; j++) y[i] += b[j] * phi[j * n + i];
    }
    free(phi);
    free(A);
}

/* The size of phi^T change of each null vector over that of its terms, at most. */
static double left_over(const gz_phase_grid *grid, const gz_null_space *space, const double *change) {
    const size_t n = grid->size;
    double *phi = calloc(5 * CELLS * n, sizeof *phi), most = 0;
    const size_t m = write_out(grid, space, phi);
    for (size_t j = 0; j < m; j++) {
        double sum = 0, size = 0;
        for (size_t i = 0; i < n; i++) {
            sum += phi[j * n + i] * change[i];
            size += fabs(phi[j * n + i] * change[i]);
        }
        most = fmax(most, fabs(sum) / size);
    }
    free(phi);
    return most;
}

static void check_step(gz_context *context, const gz_phase_grid *grid, const gz_null_space *space) {
    gz_fields fields;
    gz_invariants invariants;
    double *change = sample_noise(context, grid, 3), *log_f = sample_log_density(context, grid, 4),
           *diag = sample_exp(context, grid, log_f), *y = sample_zero(context, grid),
           *expected = sample_zero(context, grid), worst = 0, largest = 0;
    cr_assert_eq(gz_fields_init(context, grid, &fields), GZ_OK);
    cr_assert_eq(gz_invariants_init(&fields, space, &invariants), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) change[i] *= diag[i];
    dense_step(grid, space, change, diag, expected);
    cr_assert_eq(gz_invariants_step(&invariants, change, diag, y), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) {
        worst = fmax(worst, fabs(y[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    cr_expect_lt(worst, 1e-12 * largest, "off by %g of %g", worst, largest);
    cr_expect_gt(gz_invariants_violation(&invariants, change, diag), 1e-6);
    for (size_t i = 0; i < grid->size; i++) change[i] += diag[i] * y[i];
    cr_expect_lt(gz_invariants_violation(&invariants, change, diag), 1e-13);
    cr_expect_lt(left_over(grid, space, change), 1e-13);
    double *fields_made[] = {change, log_f, diag, y, expected};
    for (size_t i = 0; i < 5; i++) gz_release(fields_made[i]);
    gz_invariants_free(&invariants);
    gz_fields_free(&fields);
}

/* M phi = diag phi on the null space, so the preconditioner must give back a phi of the global vectors. */
static void check_deflation(gz_context *context, const gz_phase_grid *grid, const gz_null_space *space) {
    gz_fields fields;
    gz_mobility *mobility = NULL;
    gz_local_solver *local = NULL;
    gz_deflation deflation;
    const gz_mobility_settings settings = {.kernel = {GZ_KERNEL_POWER, .strength = 1},
                                           .kappa = {.shape = GZ_KAPPA_UNIFORM}};
    double *log_f = sample_log_density(context, grid, 5), *f = sample_exp(context, grid, log_f),
           *phi = sample_zero(context, grid), *r = sample_zero(context, grid),
           *z = sample_zero(context, grid), *rest = sample_zero(context, grid), worst = 0;
    cr_assert_eq(gz_mobility_create(context, grid, &settings, &mobility), GZ_OK);
    gz_mobility_set_steepness(mobility, log_f);
    gz_mobility_set_density(mobility, f);
    cr_assert_eq(gz_fields_init(context, grid, &fields), GZ_OK);
    cr_assert_eq(gz_local_solver_create(&fields, mobility, NULL, &local), GZ_OK);
    cr_assert_eq(gz_deflation_init(&fields, space, local, &deflation), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) {
        const size_t node = i % grid->node_count;
        const double factor = space->factor ? space->factor[i / grid->node_count] : 1;
        phi[i] = 0.7 + (space->moments
                            ? factor * (0.4 * grid->node_velocity[1][node] - 0.1 * grid->node_energy[node])
                            : 0);
        r[i] = f[i] * phi[i];
    }
    cr_assert_eq(gz_local_solver_prepare(local, f, 0.1, true), GZ_OK);
    cr_assert_eq(gz_deflation_prepare(&deflation, f, 0.1), GZ_OK);
    cr_assert_eq(gz_deflation_apply(&deflation, r, z, (gz_local_goal){.reduction = 1e-3}, rest), GZ_OK);
    for (size_t i = 0; i < grid->size; i++) worst = fmax(worst, fabs(z[i] - phi[i]));
    cr_expect_lt(worst, 1e-9, "off by %g", worst);
    double *fields_made[] = {log_f, f, phi, r, z, rest};
    for (size_t i = 0; i < 6; i++) gz_release(fields_made[i]);
    gz_deflation_free(&deflation);
    gz_local_solver_destroy(local);
    gz_mobility_destroy(mobility);
    gz_fields_free(&fields);
}

Test(null_space, step_and_deflation_are_those_of_the_vectors_written_out) {
    gz_context *context = NULL;
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
    gz_context_guess_plans(context, true);
    gz_phase_grid *grid = sample_grid(context, 1, 2, CELLS, 9, 4);
    for (size_t k = 0; k < sizeof SPACES / sizeof *SPACES; k++) {
        check_step(context, grid, &SPACES[k]);
        check_deflation(context, grid, &SPACES[k]);
    }
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

/* K of one cell by itself or of all kills what its null space says: the residuals of the spectrum. */
Test(null_space, the_mobility_knows_its_null_space) {
    gz_context *context = NULL;
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    gz_context_guess_plans(context, true);
    gz_phase_grid *grid = sample_grid(context, 1, 2, 3, 7, 4);
    const gz_kappa_shape shapes[] = {GZ_KAPPA_UNIFORM, GZ_KAPPA_DIRAC};
    for (size_t k = 0; k < 2; k++) {
        const gz_mobility_settings settings = {.kappa = {.shape = shapes[k]}};
        const gz_null_space space = gz_mobility_null_space_of(&settings, grid);
        cr_expect(space.moments && !space.factor && !space.group);
        cr_expect_eq(space.local, shapes[k] == GZ_KAPPA_DIRAC);
        cr_expect_eq(gz_null_space_groups(&space), shapes[k] == GZ_KAPPA_DIRAC ? 3 : 1);
    }
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}
