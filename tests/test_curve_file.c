/* Curve file: densities stored by others are read if they fit the grid, or refused with a clear reason. */
#include "curve_file.h"
#include "hdf5_tools.h"
#include "result_file.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <hdf5_hl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static gz_context *context;
static gz_phase_grid *grid; /* 4 cells, 9^2 nodes on +-4 */

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    grid = sample_grid(context, 1, 2, 4, 9, 4);
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(curve_file, .init = open_all, .fini = close_all);

enum { STATES = 3, SIZE = 4 * 9 * 9 };

/* The content of a foreign file. Zero means the default. */
typedef struct foreign {
    const char *dataset, *time; /* names; default "f", "time"; "": no time */
    int rank;                   /* default 4 */
    hsize_t shape[5];
    hid_t type; /* default double */
    double time_step;
    double half_width; /* of a scale attached to v1; default none */
} foreign;

static void put_numbers(hid_t file, const char *name, int rank, const hsize_t *shape, hid_t type,
                        const double *values) {
    const hid_t space = H5Screate_simple(rank, shape, NULL);
    const hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    cr_assert_geq(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), 0);
    H5Dclose(set);
    H5Sclose(space);
}

static void attach_scale(hid_t file, const char *dataset, double half_width) {
    double v[9];
    for (int i = 0; i < 9; i++) v[i] = half_width * (i - 4) / 4.0;
    put_numbers(file, "w", 1, &(hsize_t){9}, H5T_IEEE_F64LE, v);
    const hid_t scale = H5Dopen2(file, "w", H5P_DEFAULT), set = H5Dopen2(file, dataset, H5P_DEFAULT);
    cr_assert_geq(H5DSset_scale(scale, "w"), 0);
    cr_assert_geq(H5DSattach_scale(set, scale, 2), 0);
    H5Dclose(set);
    H5Dclose(scale);
}

/* Element i of state k in all foreign files, which is exact in single precision. */
static double element(size_t k, size_t i) {
    return (double)(k * 1000 + i) / 64;
}

static const char *write_foreign(foreign f) {
    const char *dataset = f.dataset ? f.dataset : "f", *path = scratch_path("curve.h5");
    const hsize_t usual[] = {STATES, 4, 9, 9};
    double values[STATES * SIZE], times[STATES];
    for (size_t k = 0; k < STATES; k++) {
        times[k] = (f.time_step != 0 ? f.time_step : 0.5) * (double)k;
        for (size_t i = 0; i < SIZE; i++) values[k * SIZE + i] = element(k, i);
    }
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (strchr(dataset, '/')) H5Gclose(H5Gcreate2(file, "run", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    put_numbers(file, dataset, f.rank ? f.rank : 4, f.rank ? f.shape : usual,
                f.type ? f.type : H5T_IEEE_F64LE, values);
    const char *time = f.time ? f.time : "time";
    if (*time) put_numbers(file, time, 1, &(hsize_t){STATES}, H5T_IEEE_F64LE, times);
    if (f.half_width > 0) attach_scale(file, dataset, f.half_width);
    H5Fclose(file);
    return path;
}

static void check_content(const char *path, const char *dataset, size_t count) {
    gz_curve_file *curve = NULL;
    double f[SIZE];
    cr_assert_eq(gz_curve_open(context, grid, path, dataset, &curve), GZ_OK, "%s",
                 gz_context_message(context));
    cr_assert_eq(gz_curve_count(curve), count);
    for (size_t k = 0; k < count; k++) {
        cr_assert_eq(gz_curve_times(curve)[k], 0.5 * (double)k);
        cr_assert_eq(gz_curve_read(curve, k, f), GZ_OK, "%s", gz_context_message(context));
        for (size_t i = 0; i < SIZE; i++) cr_assert_eq(f[i], element(k, i));
    }
    gz_curve_close(curve);
}

Test(curve_file, foreign_densities_are_read) {
    check_content(write_foreign((foreign){0}), NULL, STATES);
    check_content(write_foreign((foreign){.type = H5T_IEEE_F32BE}), "f", STATES);
    check_content(write_foreign((foreign){.half_width = 4}), "f", STATES);
    check_content(write_foreign((foreign){.dataset = "run/g", .time = "run/time"}), "run/g", STATES);
    check_content(write_foreign((foreign){.rank = 3, .shape = {4, 9, 9}, .time = ""}), NULL, 1);
    check_content(write_foreign((foreign){.dataset = "f_last", .rank = 3, .shape = {4, 9, 9}}), NULL, 1);
}

/* The file is refused with GZ_ERROR_FILES; the message names it and says `why`. Nothing stays open. */
static void check_refused(const char *path, const char *dataset, const char *why) {
    gz_curve_file *curve = NULL;
    cr_assert_eq(gz_curve_open(context, grid, path, dataset, &curve), GZ_ERROR_FILES);
    cr_assert_null(curve);
    cr_assert_not_null(strstr(gz_context_message(context), path), "%s", gz_context_message(context));
    cr_assert_not_null(strstr(gz_context_message(context), why), "%s", gz_context_message(context));
    cr_assert_eq(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
}

Test(curve_file, what_does_not_fit_is_refused_with_the_reason) {
    check_refused(scratch_path("none.h5"), NULL, "No such file");
    check_refused(scratch_path(""), NULL, "no regular file");
    scratch_write("text.h5", "a,b\n1,2\n", 8);
    check_refused(scratch_path("text.h5"), NULL, "signature");
    scratch_write("empty.h5", "", 0);
    check_refused(scratch_path("empty.h5"), NULL, "signature");
    check_refused(write_foreign((foreign){.dataset = "g"}), NULL, "'f'");
    check_refused(write_foreign((foreign){0}), "h", "'h'");
    check_refused(write_foreign((foreign){.rank = 4, .shape = {3, 4, 9, 8}}), NULL, "[3,4,9,8]");
    check_refused(write_foreign((foreign){.rank = 4, .shape = {3, 4, 9, 8}}), NULL, "[4,9,9]");
    check_refused(write_foreign((foreign){.rank = 2, .shape = {9, 9}}), NULL, "[9,9]");
    check_refused(write_foreign((foreign){.rank = 5, .shape = {1, 1, 4, 9, 9}}), NULL, "[1,1,4,9,9]");
    check_refused(write_foreign((foreign){.rank = 4, .shape = {0, 4, 9, 9}}), NULL, "no state");
    check_refused(write_foreign((foreign){.rank = 4, .shape = {2, 4, 9, 9}}), NULL, "'time'");
    check_refused(write_foreign((foreign){.rank = 4, .shape = {2, 4, 9, 9}}), NULL,
                  "[3]; the axis needs [2]");
    check_refused(write_foreign((foreign){.time = ""}), NULL, "'time'");
    check_refused(write_foreign((foreign){.time_step = -1}), NULL, "does not increase");
    check_refused(write_foreign((foreign){.time_step = NAN}), NULL, "does not increase");
    check_refused(write_foreign((foreign){.half_width = 5}), NULL, "half_width");
}

Test(curve_file, a_dataset_of_text_or_a_group_is_refused) {
    const hid_t file = H5Fcreate(scratch_path("text.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate_simple(3, (hsize_t[]){4, 9, 9}, NULL);
    H5Tset_size(type, 4);
    H5Dclose(H5Dcreate2(file, "words", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Gclose(H5Gcreate2(file, "f", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    const hid_t scalar = H5Screate(H5S_SCALAR);
    H5Dclose(H5Dcreate2(file, "one", H5T_IEEE_F64LE, scalar, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(scalar);
    H5Sclose(space);
    H5Tclose(type);
    H5Fclose(file);
    check_refused(scratch_path("text.h5"), "words", "numbers");
    check_refused(scratch_path("text.h5"), "f", "'f'");
    check_refused(scratch_path("text.h5"), "one", "shape []");
    cr_assert_eq(mkfifo(scratch_path("pipe"), 0600), 0);
    check_refused(scratch_path("pipe"), NULL, "no regular file");
}

/* A file that is cut anywhere is refused or opened, but never crashes the reader. */
Test(curve_file, truncated_files_are_refused) {
    size_t size = 0, refused = 0;
    write_foreign((foreign){0});
    char *whole = scratch_read("curve.h5", &size);
    for (size_t rest = 0; rest < size; rest += rest < 3000 ? 61 : 1009) {
        scratch_write("cut.h5", whole, rest);
        gz_curve_file *curve = NULL;
        const gz_status status = gz_curve_open(context, grid, scratch_path("cut.h5"), NULL, &curve);
        cr_assert(status == GZ_OK || status == GZ_ERROR_FILES);
        refused += status != GZ_OK;
        gz_curve_close(curve);
    }
    cr_assert_gt(refused, 30);
    free(whole);
}

static herr_t count_call(hid_t stack, void *calls) {
    (void)stack;
    ++*(int *)calls;
    return 0;
}

Test(curve_file, the_caller_keeps_his_own_handling_of_hdf5_errors) {
    int calls = 0;
    H5Eset_auto2(H5E_DEFAULT, count_call, &calls);
    gz_curve_file *curve = NULL;
    cr_assert_eq(gz_curve_open(context, grid, scratch_path("none.h5"), NULL, &curve), GZ_ERROR_FILES);
    cr_assert_eq(calls, 0);
    H5Dopen2(H5I_INVALID_HID, "f", H5P_DEFAULT);
    cr_assert_eq(calls, 1);
}

/* Long names are cut where they stand, not the message at its end. */
Test(curve_file, messages_show_a_part_of_a_long_path_and_of_a_long_dataset) {
    char name[240], dataset[800], path[1300];
    memset(name, 'p', sizeof name - 1);
    memset(dataset, 'd', sizeof dataset - 1);
    name[sizeof name - 1] = dataset[sizeof dataset - 1] = 0;
    snprintf(path, sizeof path, "%s", scratch_path(name));
    const hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put_numbers(file, dataset, 1, &(hsize_t){1}, H5T_IEEE_F64LE, &(double){1});
    H5Fclose(file);
    const struct {
        const char *dataset, *words[3];
    } cases[] = {{dataset, {"dddd...'", "pppp...'", "and there may be a time axis in front"}},
                 {"none", {"pppp...' has no dataset 'none'; it has dddd"}}};
    gz_curve_file *curve = NULL;
    for (int i = 0; i < 2; i++) {
        cr_assert_eq(gz_curve_open(context, grid, path, cases[i].dataset, &curve), GZ_ERROR_FILES);
        for (int w = 0; w < 3 && cases[i].words[w]; w++)
            cr_assert_not_null(strstr(gz_context_message(context), cases[i].words[w]), "no `%s`: %s",
                               cases[i].words[w], gz_context_message(context));
    }
    strcat(path, "/no folder");
    cr_assert_eq(gz_curve_open(context, grid, path, NULL, &curve), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "pppp...': Not a directory"), "%s",
                       gz_context_message(context));
}

Test(curve_file, every_failing_allocation_is_reported) {
    const char *path = write_foreign((foreign){.half_width = 4});
    size_t failures = 0;
    for (size_t n = 1; n > 0; n++) {
        gz_curve_file *curve = NULL;
        gz_context_fail_allocation(context, n);
        const gz_status status = gz_curve_open(context, grid, path, NULL, &curve);
        gz_context_fail_allocation(context, 0);
        gz_curve_close(curve);
        cr_assert_eq(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
        if (status == GZ_OK) break;
        cr_assert_eq(status, GZ_ERROR_MEMORY);
        failures++;
    }
    cr_assert_gt(failures, 3);
}
