/* Phase grid: weights, what is refused, shares of ranks. */
#include "columns.h"
#include "phase_grid.h"

#include <criterion/criterion.h>
#include <math.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(phase_grid, .init = open_context, .fini = close_context);

static gz_phase_grid *make_grid(int space_dim, int velocity_dim, size_t nodes) {
    const gz_phase_grid_settings settings = {.space_dim = space_dim,
                                             .velocity_dim = velocity_dim,
                                             .cells = {3, 2, 2},
                                             .length = {1.5, 1, 2},
                                             .nodes = nodes,
                                             .half_width = 3};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK, "%s", gz_context_message(context));
    return grid;
}

Test(phase_grid, volumes_add_up_to_the_box) {
    for (int d = 2; d <= 3; d++)
        for (int dx = 0; dx <= d; dx++) {
            gz_phase_grid *grid = make_grid(dx, d, 9);
            double volume = 0;
            for (size_t p = 0; p < grid->node_count; p++) volume += grid->node_volume[p];
            cr_assert_float_eq(volume, pow(6, d), 1e-12 * pow(6, d));
            cr_assert_eq(grid->size, grid->cell_count * grid->node_count);
            gz_phase_grid_destroy(grid);
        }
}

Test(phase_grid, impossible_settings_are_refused) {
    gz_phase_grid *grid = NULL;
    const gz_phase_grid_settings wrong[] = {
        {.velocity_dim = 4, .nodes = 9, .half_width = 1},
        {.velocity_dim = 2, .space_dim = 3, .nodes = 9, .half_width = 1},
        {.velocity_dim = 2, .nodes = 2, .half_width = 1},
        {.velocity_dim = 2, .nodes = 9, .half_width = NAN},
        {.velocity_dim = -2, .nodes = 9, .half_width = 1},
        {.space_dim = 1, .nodes = 9, .half_width = 1},
        {.nodes = 9, .half_width = 1, .inflow = -1},
        {.space_dim = 1, .cells = {4}, .length = {-1}, .nodes = 9, .half_width = 1},
        {.velocity_dim = 3, .nodes = 100000, .half_width = 1}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        cr_assert_eq(gz_phase_grid_create(context, &wrong[i], &grid), GZ_ERROR_SETTINGS);
        cr_assert_null(grid);
        cr_assert_neq(gz_context_message(context)[0], 0);
    }
}

/* The shares of the ranks are contiguous and complete, and differ by at most one. */
Test(phase_grid, ranks_share_evenly) {
    for (size_t total = 0; total < 40; total++)
        for (int count = 1; count < 9; count++) {
            cr_assert_eq(gz_ranks_first(total, count, 0), 0);
            cr_assert_eq(gz_ranks_first(total, count, count), total);
            for (int r = 0; r < count; r++) {
                const size_t share = gz_ranks_first(total, count, r + 1) - gz_ranks_first(total, count, r);
                cr_assert(share == total / (size_t)count || share == total / (size_t)count + 1);
            }
        }
}

/* A single process owns every cell, and its columns are the field itself. */
Test(phase_grid, one_rank_owns_all) {
    gz_phase_grid *grid = make_grid(2, 2, 7);
    cr_assert_eq(grid->first_cell, 0);
    cr_assert_eq(grid->cell_count, grid->all_cells);
    cr_assert_eq(gz_phase_grid_plane(grid) * gz_phase_grid_planes(grid), grid->all_cells);
    double *field = NULL;
    cr_assert_eq(gz_allocate(context, grid->size, sizeof *field, &field), GZ_OK);
    gz_columns columns;
    cr_assert_eq(gz_columns_init(context, grid, &columns), GZ_OK);
    cr_assert_eq(gz_columns_take(&columns, field), field);
    gz_columns_give(&columns, field);
    gz_columns_free(&columns);
    cr_assert_eq(GZ_ONCE(context, GZ_ERROR_FILES), GZ_ERROR_FILES);
    cr_assert_eq(gz_check_one_rank(context, "this", "that"), GZ_OK);
    gz_release(field);
    gz_phase_grid_destroy(grid);
}
