/* Result file: states on named axes come back bit for bit, and the XDMF description fits them. */
#include "curve_file.h"
#include "functionals.h"
#include "hdf5_tools.h"
#include "sample.h"
#include "sample_result.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(result_file, .init = open_all, .fini = close_all);

/* Read a whole dataset. Release it with gz_release. */
static double *read_set(hid_t file, const char *name, size_t count) {
    double *values = NULL;
    cr_assert_eq(gz_allocate(context, count, sizeof *values, &values), GZ_OK);
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    cr_assert_eq(H5Sget_simple_extent_npoints(space), (hssize_t)count, "%s", name);
    cr_assert_geq(H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    H5Sclose(space);
    H5Dclose(set);
    return values;
}

/* The moments in the file are the moments of its states. */
static void check_moments(const gz_phase_grid *grid, hid_t file, size_t count) {
    const size_t cells = grid->cell_count, d = (size_t)grid->velocity_dim;
    double *density = read_set(file, "density", count * cells);
    double *temperature = read_set(file, "temperature", count * cells);
    double *velocity = read_set(file, "velocity", count * cells * d);
    double *want = NULL;
    cr_assert_eq(gz_allocate(context, (2 + d) * cells, sizeof *want, &want), GZ_OK);
    for (size_t k = 0; k < count; k++) {
        gz_state s = sample_state(context, grid, (long)k);
        gz_cell_moments(grid, s.f, want, want + 2 * cells, want + cells);
        cr_assert_eq(memcmp(density + k * cells, want, cells * sizeof *want), 0);
        cr_assert_eq(memcmp(temperature + k * cells, want + cells, cells * sizeof *want), 0);
        for (size_t c = 0; c < cells; c++)
            for (size_t a = 0; a < d; a++)
                cr_assert_eq(velocity[(k * cells + c) * d + a], want[(2 + a) * cells + c]);
        gz_state_free(&s);
    }
    gz_release(want);
    gz_release(velocity);
    gz_release(temperature);
    gz_release(density);
}

static herr_t keep_scale_name(hid_t set, unsigned axis, hid_t scale, void *name) {
    (void)set, (void)axis;
    H5DSget_scale_name(scale, name, 32);
    return 1;
}

/* A dataset has scales with these names, "time,x1,..", and each scale has its long name and unit. */
static void check_axes(hid_t file, const char *name, const char *want) {
    char have[256] = "";
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
    const int rank = H5Sget_simple_extent_ndims(space);
    for (int a = 0; a < rank; a++) {
        char axis[32] = "none", unit[8] = "", words[64] = "";
        H5DSiterate_scales(set, (unsigned)a, NULL, keep_scale_name, axis);
        if (a > 0) strcat(have, ",");
        strcat(have, axis);
        const hid_t scale = H5Dopen2(file, axis, H5P_DEFAULT);
        cr_assert_geq(gz_hdf5_get_text(scale, "units", unit, sizeof unit), 0);
        cr_assert_geq(gz_hdf5_get_text(scale, "long_name", words, sizeof words), 0);
        cr_assert_str_eq(unit, "1");
        cr_assert_gt(strlen(words), 3);
        H5Dclose(scale);
    }
    cr_assert_str_eq(have, want, "%s: %s, not %s", name, have, want);
    H5Sclose(space);
    H5Dclose(set);
}

static void check_coordinates(const gz_phase_grid *grid, hid_t file) {
    size_t stride = grid->cell_count;
    for (int a = 0; a < grid->space_dim; a++) {
        const char name[] = {'x', (char)('1' + a), 0};
        double *x = read_set(file, name, grid->cells[a]);
        stride /= grid->cells[a];
        for (size_t i = 0; i < grid->cells[a]; i++)
            cr_assert_eq(x[i], gz_phase_grid_position(grid, i * stride, a));
        gz_release(x);
    }
    for (int a = 0; a < grid->velocity_dim; a++) {
        const char name[] = {'v', (char)('1' + a), 0};
        double *v = read_set(file, name, grid->nodes);
        cr_assert_eq(memcmp(v, grid->axis_velocity, grid->nodes * sizeof *v), 0);
        gz_release(v);
    }
}

static void check_attributes(hid_t file) {
    char text[64] = "";
    long threads = 0;
    cr_assert_geq(gz_hdf5_get_text(file, "title", text, sizeof text), 0);
    cr_assert_str_eq(text, "a title");
    cr_assert_geq(gz_hdf5_get_text(file, "deck", text, sizeof text), 0);
    cr_assert_str_eq(text, "title: a title\n");
    static const char *const others[] = {"version", "commit", "compiler"};
    for (size_t i = 0; i < 3; i++) {
        cr_assert_geq(gz_hdf5_get_text(file, others[i], text, sizeof text), 0);
        cr_assert_gt(strlen(text), 2);
    }
    cr_assert_geq(gz_hdf5_get_integer(file, "threads", &threads), 0);
    cr_assert_eq(threads, 1);
}

static const char *const x_axes[] = {"", ",x1", ",x1,x2", ",x1,x2,x3"};
static const char *const v_axes[] = {"", "", ",v1,v2", ",v1,v2,v3"};

Test(result_file, states_come_back_with_named_axes_in_every_dimension) {
    for (int d = 2; d <= 3; d++)
        for (int dx = 0; dx <= d; dx++) {
            gz_phase_grid *grid = sample_grid(context, dx, d, dx > 1 ? 2 : 5, d == 2 ? 9 : 5, 4);
            gz_result_file *result = sample_result(context, grid, &sample_whole);
            sample_append_steps(context, result, grid, 0, 3);
            cr_assert_eq(gz_result_count(result), 4);
            cr_assert_eq(gz_result_finish(result), GZ_OK);
            gz_result_destroy(result);
            sample_check_result(context, grid, 4, false);
            cr_assert_eq(scratch_count(), 2); /* result.h5, result.xmf: no twin is left */
            const hid_t file = H5Fopen(scratch_path("result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
            char axes[64];
            snprintf(axes, sizeof axes, "time%s%s", x_axes[dx], v_axes[d]);
            check_axes(file, "f", axes);
            snprintf(axes, sizeof axes, "time%s", x_axes[dx]);
            check_axes(file, "density", axes);
            check_axes(file, "temperature", axes);
            strcat(axes, ",component");
            check_axes(file, "velocity", axes);
            check_axes(file, "step", "time");
            check_coordinates(grid, file);
            check_attributes(file);
            check_moments(grid, file, 4);
            H5Fclose(file);
            gz_phase_grid_destroy(grid);
        }
}

Test(result_file, without_density_only_the_last_state_is_kept) {
    for (int dx = 0; dx <= 1; dx++) {
        gz_phase_grid *grid = sample_grid(context, dx, 2, 4, 9, 4);
        gz_result_file *result = sample_result(context, grid, &sample_sparse);
        for (long step = 0; step < 3; step++) {
            cr_assert_eq(sample_append(context, result, grid, step), GZ_OK);
            sample_check_result(context, grid, (size_t)step + 1, true);
        }
        gz_result_destroy(result);
        const hid_t file = H5Fopen(scratch_path("result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
        check_moments(grid, file, 3);
        check_axes(file, "f_last", dx == 0 ? "v1,v2" : "x1,v1,v2");
        cr_assert_eq(H5Lexists(file, "f", H5P_DEFAULT), 0);
        H5Fclose(file);
        gz_phase_grid_destroy(grid);
    }
}

Test(result_file, large_states_are_cut_into_chunks) {
    const gz_phase_grid_settings settings = {
        .space_dim = 1, .velocity_dim = 2, .cells = {7}, .length = {2}, .nodes = 401, .half_width = 6};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK);
    gz_result_file *result = sample_result(context, grid, &sample_whole);
    sample_append_steps(context, result, grid, 0, 1);
    gz_result_destroy(result);
    sample_check_result(context, grid, 2, false);
    gz_phase_grid_destroy(grid);
}

Test(result_file, values_that_are_no_numbers_are_kept_as_they_are) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 3, 9, 4);
    gz_result_file *result = sample_result(context, grid, &sample_whole);
    gz_state s = sample_state(context, grid, 0);
    s.f[5] = NAN;
    s.f[7] = -INFINITY;
    s.f[11] = -0.0;
    cr_assert_eq(gz_result_append(result, &s), GZ_OK);
    gz_result_destroy(result);
    gz_curve_file *curve = NULL;
    double *f = sample_zero(context, grid);
    cr_assert_eq(gz_curve_open(context, grid, scratch_path("result.h5"), "f", &curve), GZ_OK);
    cr_assert_eq(gz_curve_read(curve, 0, f), GZ_OK);
    cr_assert_eq(memcmp(f, s.f, grid->size * sizeof *f), 0);
    gz_curve_close(curve);
    gz_release(f);
    gz_state_free(&s);
    gz_phase_grid_destroy(grid);
}

/* A slab "start.. 1.. size.." lies inside a dataset of these sizes, and begins at `state` in time. */
static void check_slab(const char *numbers, int rank, const hsize_t *size, const char *name, hsize_t state) {
    hsize_t value[24];
    for (int i = 0; i < 3 * rank; i++) {
        char *end = NULL;
        value[i] = strtoull(numbers, &end, 10);
        cr_assert_neq(end, numbers);
        numbers = end;
    }
    for (int a = 0; a < rank; a++) {
        cr_assert_eq(value[rank + a], 1);
        cr_assert_leq(value[a] + value[2 * rank + a], size[a]);
    }
    if (strcmp(name, "f_last") != 0) cr_assert_eq(value[0], state, "%s", name);
}

/* Every data item that points into result.h5 states the sizes of an existing dataset. The states follow each
 * other: first `moments` items for each state, then one item of f for each. */
static size_t check_data_items(const char *text, size_t moments, size_t states) {
    size_t items = 0;
    const hid_t file = H5Fopen(scratch_path("result.h5"), H5F_ACC_RDONLY, H5P_DEFAULT);
    for (const char *at = text; (at = strstr(at, "Format=\"HDF\"")) != NULL; at++, items++) {
        char stated[64] = "", name[32] = "", have[64] = "";
        cr_assert_eq(
            sscanf(strstr(at, "Dimensions="), "Dimensions=\"%63[^\"]\">result.h5:/%31[^<]", stated, name), 2);
        hsize_t size[8] = {0};
        const hid_t set = H5Dopen2(file, name, H5P_DEFAULT), space = H5Dget_space(set);
        const int rank = H5Sget_simple_extent_dims(space, size, NULL);
        for (int a = 0; a < rank; a++)
            sprintf(have + strlen(have), "%s%llu", a > 0 ? " " : "", (unsigned long long)size[a]);
        cr_assert_str_eq(have, stated, "%s", name);
        const char *slab = at;
        while (strncmp(slab, "\">", 2) != 0 || slab[-1] != (char)('0' + rank)) slab--;
        check_slab(slab + 2, rank, size, name,
                   items < moments * states ? items / moments : items - moments * states);
        H5Sclose(space);
        H5Dclose(set);
    }
    H5Fclose(file);
    return items;
}

Test(result_file, the_xdmf_description_parses_and_fits_the_data) {
    size_t files = 0;
    for (int d = 2; d <= 3; d++)
        for (int dx = 0; dx <= d; dx++)
            for (int only_last = 0; only_last <= 1; only_last++) {
                gz_phase_grid *grid = sample_grid(context, dx, d, 2, 5, 4);
                gz_result_file *result =
                    sample_result(context, grid, only_last ? &sample_sparse : &sample_whole);
                sample_append_steps(context, result, grid, 0, 2);
                cr_assert_eq(gz_result_finish(result), GZ_OK);
                gz_result_destroy(result);
                char *text = scratch_read("result.xmf", NULL);
                const bool with_f = dx + d <= 3;
                const size_t moments = dx > 0 ? 2 + (size_t)d : 0;
                cr_assert_eq(check_data_items(text, moments, 3),
                             3 * moments + (with_f ? (only_last ? 1 : 3) : 0));
                cr_assert_eq(strstr(text, ":/f_last") != NULL, with_f && only_last);
                free(text);
                char name[16];
                snprintf(name, sizeof name, "%zu.xmf", files++);
                cr_assert_eq(rename(scratch_path("result.xmf"), scratch_path(name)), 0);
                gz_phase_grid_destroy(grid);
            }
    char command[4096];
    snprintf(command, sizeof command,
             "python3 -c \"import sys, xml.dom.minidom as x; [x.parse(p) for p in sys.argv[1:]]\" '%s'/*.xmf",
             scratch_path(""));
    cr_assert_eq(system(command), 0);
}
