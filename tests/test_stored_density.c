/* Initial data from a stored density: the same grid, another grid, and what is refused. */
#include "functionals.h"
#include "initial.h"
#include "result_file.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static gz_context *context;
static gz_phase_grid *grid;
static gz_state state;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    grid = NULL;
    state = (gz_state){0};
}

static void close_context(void) {
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(stored_density, .init = open_context, .fini = close_context);

static void use_settings(const gz_phase_grid_settings *settings) {
    gz_state_free(&state);
    gz_phase_grid_destroy(grid);
    cr_assert_eq(gz_phase_grid_create(context, settings, &grid), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
}

static void use_grid(size_t nodes, double half_width) {
    const gz_phase_grid_settings settings = {.space_dim = 1,
                                             .velocity_dim = 2,
                                             .cells = {6},
                                             .length = {1.5},
                                             .nodes = nodes,
                                             .half_width = half_width};
    use_settings(&settings);
}

static const gz_kernel MAXWELL = {GZ_KERNEL_POWER, .gamma = 0, .strength = 1};

static void make(size_t count, const gz_component *components) {
    cr_assert_eq(gz_initial_state(context, grid, &MAXWELL, count, components, &state), GZ_OK, "%s",
                 gz_context_message(context));
}

static gz_status read(const gz_component *component) {
    return gz_initial_state(context, grid, &MAXWELL, 1, component, &state);
}

static void write_result(void) {
    gz_result_file *result = NULL;
    const gz_result_settings settings = {0};
    cr_assert_eq(gz_result_create(context, grid, &settings, scratch_path(""), &result), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_result_append(result, &state), GZ_OK);
    cr_assert_eq(gz_result_finish(result), GZ_OK);
    gz_result_destroy(result);
}

Test(stored_density, what_a_run_wrote) {
    char path[500], dataset[] = "f", other[] = "nothing";
    scratch_open();
    snprintf(path, sizeof path, "%s", scratch_path("result.h5"));
    gz_component stored = {.shape = GZ_FROM_FILE, .path = path, .dataset = dataset};
    const gz_component datum = {
        .shape = GZ_MAXWELLIAN, .density = 1, .temperature = {1, 0.7}, .mode = {1}, .density_wave = 0.3};
    use_grid(13, 5);
    cr_assert_eq(read(&stored), GZ_ERROR_FILES);
    make(1, &datum);
    write_result();
    double *f = NULL;
    cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &f), GZ_OK);
    memcpy(f, state.f, grid->size * sizeof(double));
    make(1, &stored);
    cr_assert_lt(gz_relative_l2(grid, state.f, f), 1e-14);
    gz_release(f);

    stored.dataset = other;
    cr_assert_eq(read(&stored), GZ_ERROR_FILES);
    stored.dataset = dataset;
    const double bad[] = {0, -1e-30, NAN, INFINITY};
    const char *const says[] = {" (beta or theta lift zeros)",
                                " (store 0 where it is negative; beta or theta lift zeros)", "everywhere",
                                "everywhere"};
    for (int i = 0; i < 4; i++) {
        make(1, &datum);
        state.f[100] = bad[i];
        write_result();
        cr_assert_eq(read(&stored), GZ_ERROR_SETTINGS, "%g", bad[i]);
        const char *message = gz_context_message(context), *end = strstr(message, says[i]);
        cr_assert_not_null(strstr(message, "positive and finite everywhere"));
        cr_assert(end && strcmp(end, says[i]) == 0, "%s", message);
    }
    /* Zeros are allowed if something lifts them. Negative values never are. */
    make(1, &datum);
    state.f[100] = 0;
    write_result();
    for (int lift = 0; lift < 2; lift++) {
        stored.beta = lift ? 0.3 : 0;
        stored.theta = lift ? 0 : 0.01;
        make(1, &stored);
        cr_assert_gt(state.log_f[100], -60);
    }
    make(1, &datum);
    state.f[100] = -1e-300;
    write_result();
    cr_assert_eq(read(&stored), GZ_ERROR_SETTINGS);
    stored.beta = stored.theta = 0;
    make(1, &datum);
    write_result();
    use_grid(15, 5);
    cr_assert_eq(read(&stored), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "interpolate"), "%s", gz_context_message(context));
    scratch_close();
}

/* log f of this datum is a polynomial of degree 2 in v, which the interpolation keeps exactly. Along x, waves
 * on 6 cells are interpolated with an error of 0.02. */
Test(stored_density, of_another_grid) {
    char path[500], dataset[] = "f";
    scratch_open();
    snprintf(path, sizeof path, "%s", scratch_path("result.h5"));
    gz_component stored = {.shape = GZ_FROM_FILE, .path = path, .dataset = dataset, .interpolate = true};
    const gz_component
        datum = {.shape = GZ_MAXWELLIAN, .density = 1, .velocity = {0.3}, .temperature = {1, 0.7}},
        wave = {
            .shape = GZ_MAXWELLIAN, .density = 1, .temperature = {1, 0.7}, .mode = {1}, .density_wave = 0.3};
    use_grid(13, 5);
    make(1, &datum);
    write_result();
    double *f = NULL;
    use_grid(22, 4.7);
    cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &f), GZ_OK);
    make(1, &datum);
    memcpy(f, state.f, grid->size * sizeof *f);
    make(1, &stored);
    cr_assert_lt(gz_relative_l2(grid, state.f, f), 1e-13);
    gz_release(f);

    use_grid(13, 5);
    make(1, &wave);
    write_result();
    const gz_phase_grid_settings finer = {
        .space_dim = 1, .velocity_dim = 2, .cells = {13}, .length = {1.5}, .nodes = 9, .half_width = 5};
    const gz_phase_grid_settings longer = {
        .space_dim = 1, .velocity_dim = 2, .cells = {6}, .length = {1.6}, .nodes = 13, .half_width = 5};
    const gz_phase_grid_settings wider = {
        .space_dim = 1, .velocity_dim = 2, .cells = {6}, .length = {1.5}, .nodes = 13, .half_width = 5.1};
    const gz_phase_grid_settings other = {.velocity_dim = 3, .nodes = 13, .half_width = 5};
    const gz_phase_grid_settings *const grids[] = {&finer, &longer, &wider, &other};
    const gz_status expected[] = {GZ_OK, GZ_ERROR_SETTINGS, GZ_ERROR_SETTINGS, GZ_ERROR_FILES};
    for (int k = 0; k < 4; k++) {
        use_settings(grids[k]);
        cr_assert_eq(read(&stored), expected[k], "%d: %s", k, gz_context_message(context));
        if (k > 0) continue;
        double *exact = NULL;
        cr_assert_eq(gz_allocate(context, grid->size, sizeof(double), &exact), GZ_OK);
        memcpy(exact, state.f, grid->size * sizeof *exact);
        make(1, &wave);
        cr_assert_lt(gz_relative_l2(grid, exact, state.f), 0.02);
        gz_release(exact);
    }
    scratch_close();
}
