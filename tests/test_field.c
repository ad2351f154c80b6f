/* Fields and forces by themselves: E of a wave, the midpoint of ampere, and what a grid cannot have. */
#include "field_solver.h"
#include "sample.h"
#include "tori.h"
#include "transport.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(field, .init = open_context, .fini = close_context);

/* E of a density rho(x) (1 + 0.1 cos k.x) by every solver. */
Test(field, fields_of_a_wave) {
    for (size_t g = 0; g < TORUS_COUNT; g++) {
        gz_phase_grid *grid = NULL;
        gz_field_solver *solver = NULL;
        cr_assert_eq(gz_phase_grid_create(context, &TORI[g], &grid), GZ_OK);
        cr_assert_eq(
            gz_field_solver_create(context, grid, &(gz_field_settings){.shape = GZ_FIELD_POISSON}, &solver),
            GZ_OK);
        const size_t cells = grid->all_cells, count = (size_t)grid->velocity_dim + 2,
                     d = (size_t)grid->space_dim;
        double k[GZ_MAX_DIM] = {0}, square = 0, *moments = NULL, *E = NULL, energy = 0;
        for (size_t a = 0; a < d; a++) {
            k[a] = 8 * atan(1) / grid->length[a] * (a == 1 ? -1 : 1);
            square += k[a] * k[a];
        }
        cr_assert_eq(gz_allocate(context, cells * count, sizeof(double), &moments), GZ_OK);
        cr_assert_eq(gz_allocate(context, cells * d, sizeof(double), &E), GZ_OK);
        for (int part = 0; part <= 1; part++)
            for (size_t c = 0; c < cells; c++) {
                double phase = 0;
                for (size_t a = 0; a < d; a++) phase += k[a] * gz_phase_grid_position(grid, c, (int)a);
                moments[c * count] = 1 + 0.1 * cos(phase);
                for (size_t a = 0; part && a < d; a++) {
                    const double exact = 0.1 * k[a] / square * sin(phase);
                    cr_expect_lt(fabs(E[a * cells + c] - exact), 1e-15);
                    energy += exact * exact / 2 * grid->cell_volume;
                }
                if (part == 0 && c + 1 == cells) {
                    gz_field_solver_take(solver, moments);
                    gz_field_solver_solve(solver, E);
                }
            }
        cr_expect_lt(fabs(gz_field_solver_energy(solver, E) - energy), 1e-14);
        gz_release(moments);
        gz_release(E);
        gz_field_solver_destroy(solver);
        gz_phase_grid_destroy(grid);
    }
}

/* (1 + q P rho) Em = E0 - t/2 P J at the result, E1 = 2 Em - E0, with random rho and J. */
Test(field, the_midpoint_of_ampere_solves_its_equation) {
    for (size_t g = 0; g < TORUS_COUNT; g++)
        for (int sign = -1; sign <= 1; sign += 2) {
            gz_phase_grid *grid = NULL;
            gz_field_solver *solver = NULL;
            const gz_field_settings settings = {.shape = GZ_FIELD_AMPERE, .strength = 0.9 * sign};
            cr_assert_eq(gz_phase_grid_create(context, &TORI[g], &grid), GZ_OK);
            cr_assert_eq(gz_field_solver_create(context, grid, &settings, &solver), GZ_OK);
            const size_t cells = grid->all_cells, count = (size_t)grid->velocity_dim + 2,
                         size = cells * (size_t)grid->space_dim;
            double *all = NULL;
            cr_assert_eq(gz_allocate(context, cells * count + 5 * size, sizeof(double), &all), GZ_OK);
            double *E0 = all + cells * count, *E1 = E0 + size, *middle = E1 + size, *left = middle + size,
                   *right = left + size;
            for (size_t i = 0; i < cells * count + size; i++) all[i] = 0.3 + sample_uniform(9, i);
            gz_field_solver_project(solver, E0);
            memcpy(E1, E0, size * sizeof *E1);
            gz_field_solver_take(solver, all);
            const double t = 0.8, q = settings.strength * t * t / 4;
            cr_assert_eq(gz_field_solver_midpoint(solver, t, E1, middle), GZ_OK, "%s",
                         gz_context_message(context));
            for (size_t i = 0; i < size; i++) {
                left[i] = q * solver->rho[i % cells] * middle[i];
                right[i] = solver->current[i];
            }
            gz_field_solver_project(solver, left);
            gz_field_solver_project(solver, right);
            for (size_t i = 0; i < size; i++) {
                cr_expect_lt(fabs(middle[i] + left[i] - (E0[i] - t / 2 * right[i])), 2e-15);
                cr_expect_lt(fabs(E1[i] + E0[i] - 2 * middle[i]), 1e-15);
            }
            cr_expect_eq(gz_field_solver_midpoint(solver, 20, E1, middle),
                         sign < 0 ? GZ_ERROR_NOT_CONVERGED : GZ_OK);
            gz_release(all);
            gz_field_solver_destroy(solver);
            gz_phase_grid_destroy(grid);
        }
}

static void expect_refusal(const gz_phase_grid_settings *grid, gz_force force, gz_field_settings field,
                           const char *word) {
    gz_phase_grid *made = NULL;
    gz_transport *transport = NULL;
    cr_assert_eq(gz_phase_grid_create(context, grid, &made), GZ_OK);
    cr_expect_eq(
        gz_transport_create(context, made, &(gz_transport_settings){force, field, false}, &transport),
        GZ_ERROR_SETTINGS);
    cr_expect(strstr(gz_context_message(context), word), "'%s' is not in '%s'", word,
              gz_context_message(context));
    cr_expect_null(transport);
    gz_phase_grid_destroy(made);
}

Test(field, what_cannot_be_is_refused) {
    const gz_phase_grid_settings torus = TORI[1], none = {.velocity_dim = 2, .nodes = 9, .half_width = 4};
    gz_phase_grid_settings box = TORI[1];
    gz_radial_table *slope = NULL;
    box.boundary = GZ_BOX;
    gz_phase_grid_settings long_box = box;
    long_box.length[0] = 6;
    cr_assert_eq(gz_radial_table_create(context, 2, (double[]){0, 5}, (double[]){0, 1}, &slope), GZ_OK);
    const gz_field_settings no_field = {0};
    const gz_force no_force = {0};
    expect_refusal(&torus, (gz_force){.shape = GZ_FORCE_HARMONIC, .strength = {1}}, no_field, "kink");
    expect_refusal(&box, (gz_force){.shape = GZ_FORCE_HARMONIC, .strength = {-1}}, no_field, "0 or more");
    expect_refusal(&none, (gz_force){.shape = GZ_FORCE_COSINE, .strength = {1}}, no_field, "space_dim");
    expect_refusal(&torus, (gz_force){.shape = GZ_FORCE_COSINE, .strength = {1}}, no_field, "mode");
    expect_refusal(&torus, (gz_force){.shape = GZ_FORCE_UNIFORM, .strength = {NAN}}, no_field, "finite");
    expect_refusal(&torus, (gz_force){.shape = GZ_FORCE_TABLE}, no_field, "needs a table");
    expect_refusal(&torus, (gz_force){.shape = GZ_FORCE_TABLE, .table = slope}, no_field, "periodic");
    expect_refusal(&TORI[2], (gz_force){.shape = GZ_FORCE_TABLE, .table = slope}, no_field, "ends at x = 5");
    expect_refusal(&none, no_force, (gz_field_settings){.shape = GZ_FIELD_POISSON}, "x axes");
    expect_refusal(&box, no_force, (gz_field_settings){.shape = GZ_FIELD_AMPERE}, "periodic x");
    expect_refusal(&torus, no_force, (gz_field_settings){.shape = GZ_FIELD_CONVOLUTION}, "half-way");
    expect_refusal(&torus, no_force, (gz_field_settings){.shape = GZ_FIELD_POISSON, .strength = INFINITY},
                   "finite");
    expect_refusal(&long_box, no_force, (gz_field_settings){GZ_FIELD_CONVOLUTION, 1, slope}, "ends at");
    gz_radial_table_destroy(slope);
}

/* A table of V gives the force of the cosine that it samples, and its energy but for a constant. */
Test(field, a_table_is_what_it_samples) {
    enum { COUNT = 401 };
    double x[COUNT], V[COUNT];
    gz_radial_table *table = NULL;
    gz_phase_grid *grid = NULL;
    const gz_force cosine = {.shape = GZ_FORCE_COSINE, .strength = {0.7}, .mode = {2}};
    cr_assert_eq(gz_phase_grid_create(context, &TORI[1], &grid), GZ_OK);
    for (size_t i = 0; i < COUNT; i++) {
        x[i] = grid->length[0] * (double)i / (COUNT - 1);
        V[i] = 1 + 0.7 * cos(16 * atan(1) * x[i] / grid->length[0]);
    }
    cr_assert_eq(gz_radial_table_create(context, COUNT, x, V, &table), GZ_OK);
    const gz_force sampled = {.shape = GZ_FORCE_TABLE, .table = table};
    cr_assert_eq(gz_force_check(context, grid, &sampled), GZ_OK, "%s", gz_context_message(context));
    for (size_t c = 0; c < grid->cell_count; c++) {
        cr_expect_lt(
            fabs(gz_force_acceleration(&sampled, grid, c, 0) - gz_force_acceleration(&cosine, grid, c, 0)),
            1e-3);
        cr_expect_lt(fabs(gz_force_potential(&sampled, grid, c) - 1 - gz_force_potential(&cosine, grid, c)),
                     1e-5);
        cr_expect_eq(gz_force_acceleration(&sampled, grid, c, 1), 0);
    }
    gz_radial_table_destroy(table);
    gz_phase_grid_destroy(grid);
}
