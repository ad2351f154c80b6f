/* Densities of other programs are read as their files say, or refused: axes by their names, coordinates,
 * packed and missing numbers, filters, what is not there. */
#include "curve_file.h"
#include "foreign_file.h"
#include "hdf5_tools.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELLS = 4, NODES = 9, STATES = 3, SIZE = CELLS * NODES * NODES };

static gz_context *context;
static gz_phase_grid *plane, *wave; /* 9^2 nodes on +-4, without x and with 4 cells on a length of 1 */
static hid_t file;                  /* the file that a test writes */
static const char *path;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    plane = sample_grid(context, 0, 2, 0, NODES, 4);
    wave = sample_grid(context, 1, 2, CELLS, NODES, 4);
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_phase_grid_destroy(plane);
    gz_phase_grid_destroy(wave);
    gz_context_destroy(context);
}

TestSuite(foreign_files, .init = open_all, .fini = close_all);

static void begin_file(void) {
    path = scratch_path("foreign.h5");
    file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    cr_assert_geq(file, 0);
}

/* The value at cell i and node (j, k) in state t: a whole number, another one everywhere. */
static double value_at(size_t t, size_t i, size_t j, size_t k) {
    return (double)(1 + ((t * CELLS + i) * NODES + j) * NODES + k);
}

/* Write f over axes given by letters, outermost first: t time, x, v the first and w the second v axis. */
static void put_density(const char *letters, hid_t type) {
    static double values[STATES * SIZE];
    hsize_t shape[4];
    size_t count = 1;
    const int rank = (int)strlen(letters);
    for (int a = 0; a < rank; a++) {
        shape[a] = letters[a] == 't' ? STATES : letters[a] == 'x' ? CELLS : NODES;
        count *= shape[a];
    }
    for (size_t n = 0; n < count; n++) {
        size_t t = 0, x = 0, v = 0, w = 0, rest = n;
        for (int a = rank; a-- > 0; rest /= shape[a])
            *(letters[a] == 't'   ? &t
              : letters[a] == 'x' ? &x
              : letters[a] == 'v' ? &v
                                  : &w) = rest % shape[a];
        values[n] = value_at(t, x, v, w);
    }
    H5Dclose(foreign_set(file, "f", rank, shape, type, H5P_DEFAULT, values));
}

static void put_axes(void) {
    foreign_axis(file, "v1", NODES, -4, 1, H5T_IEEE_F64LE);
    foreign_axis(file, "v2", NODES, -4, 1, H5T_IEEE_F64LE);
    foreign_axis(file, "x1", CELLS, 0.125, 0.25, H5T_IEEE_F64LE);
    foreign_axis(file, "time", STATES, 0, 0.5, H5T_IEEE_F64LE);
}

static void attach(const char *const *names, int count) {
    for (int a = 0; a < count; a++)
        if (names[a]) foreign_attach(file, "f", (unsigned)a, names[a], NULL);
}

/* Close the file and read all states of `dataset`, which must be factor * value_at + offset. */
static void check_read_as(const gz_phase_grid *grid, const char *dataset, double factor, double offset) {
    gz_curve_file *curve = NULL;
    double f[SIZE];
    H5Fclose(file);
    cr_assert_eq(gz_curve_open(context, grid, path, dataset, &curve), GZ_OK, "%s",
                 gz_context_message(context));
    for (size_t t = 0; t < gz_curve_count(curve); t++) {
        cr_assert_eq(gz_curve_times(curve)[t], 0.5 * (double)t);
        cr_assert_eq(gz_curve_read(curve, t, f), GZ_OK, "%s", gz_context_message(context));
        for (size_t n = 0; n < grid->size; n++) {
            const size_t i = n / (NODES * NODES), j = n / NODES % NODES, k = n % NODES;
            cr_assert_eq(f[n], factor * value_at(t, i, j, k) + offset, "state %zu, %zu %zu %zu: %g", t, i, j,
                         k, f[n]);
        }
    }
    gz_curve_close(curve);
}

static void check_read(const gz_phase_grid *grid) {
    check_read_as(grid, NULL, 1, 0);
}

/* Close the file and check that opening or reading it fails, with all these words in the message. */
static void check_refused(const gz_phase_grid *grid, const char *const *words) {
    gz_curve_file *curve = NULL;
    double f[SIZE];
    if (file >= 0) H5Fclose(file);
    gz_status status = gz_curve_open(context, grid, path, NULL, &curve);
    if (status == GZ_OK) status = gz_curve_read(curve, 0, f);
    gz_curve_close(curve);
    cr_assert_eq(status, GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), path), "%s", gz_context_message(context));
    for (; *words; words++)
        cr_assert_not_null(strstr(gz_context_message(context), *words), "no `%s`: %s", *words,
                           gz_context_message(context));
    cr_assert_eq(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
}

#define REFUSED(grid, ...) check_refused(grid, (const char *const[]){__VA_ARGS__, NULL})

/* --- axes ----------------------------------------------------------------------------------------------- */

Test(foreign_files, a_transposed_density_is_read_by_the_names_of_its_axes) {
    static const struct {
        const char *letters, *names[4];
    } cases[] = {{"wv", {"v2", "v1"}},
                 {"vwt", {"v1", "v2", "time"}},
                 {"wxv", {"v2", "x1", "v1"}},
                 {"vwx", {"v1", "v2", "x1"}},
                 {"wxtv", {"v2", "x1", "time", "v1"}},
                 {"txvw", {"time", NULL, "v1", NULL}}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++)
        for (int labels = 0; labels < 2; labels++) {
            const int rank = (int)strlen(cases[c].letters);
            begin_file();
            put_density(cases[c].letters, H5T_IEEE_F64LE);
            put_axes();
            if (!labels) attach(cases[c].names, rank);
            for (int a = 0; labels && a < rank; a++) foreign_label(file, "f", (unsigned)a, cases[c].names[a]);
            check_read(strchr(cases[c].letters, 'x') ? wave : plane);
        }
}

Test(foreign_files, names_that_do_not_fit_are_refused) {
    static const struct {
        const char *letters, *names[4], *have, *want;
    } cases[] = {{"vw", {"v2", NULL}, "[v2,?]", "[v1,v2]"},
                 {"vw", {"v1", "v1"}, "[v1,v1]", "[v1,v2]"},
                 {"vw", {"x1", "v1"}, "[x1,v1]", "[v1,v2]"},
                 {"xvw", {"time", "v1", "v2"}, "[time,v1,v2]", "[x1,v1,v2]"},
                 {"txvw", {"x1", "time", "species", "v1"}, "[x1,time,species,v1]", "[time,x1,v1,v2]"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        begin_file();
        put_density(cases[c].letters, H5T_IEEE_F64LE);
        put_axes();
        foreign_axis(file, "species", NODES, 0, 1, H5T_STD_I32LE);
        attach(cases[c].names, (int)strlen(cases[c].letters));
        REFUSED(strchr(cases[c].letters, 'x') ? wave : plane, cases[c].have, cases[c].want, "'f'");
    }
    /* Species are no times, though their numbers increase. */
    begin_file();
    put_density("tvw", H5T_IEEE_F64LE);
    foreign_axis(file, "kind", STATES, 0, 1, H5T_STD_I32LE);
    foreign_attach(file, "f", 0, "kind", NULL);
    REFUSED(plane, "no dataset 'time'");
}

/* --- coordinates ---------------------------------------------------------------------------------------- */

Test(foreign_files, coordinates_beside_the_density_are_compared) {
    static const struct {
        const char *letters, *name;
        size_t count;
        double first, step;
        const char *words[5]; /* of the refusal */
    } cases[] = {
        {"vw", "v1", NODES, -4.04, 1.01, {"point 0 of axis v1", "'f'", "at -4.04", "'v1'", "at -4;"}},
        {"vw", "v2", NODES, -4, 1.001, {"point 1 of axis v2", "'f'", "at -2.999", "'v2'", "at -3;"}},
        {"vw", "v2", NODES, 4, -1, {"point 0 of axis v2", "at 4 ", "at -4;"}},
        {"vw", "v2", NODES + 1, -4, 1, {"'v2'", "[10]", "[9]"}},
        {"txvw", "x1", CELLS, 0, 0.25, {"point 0 of axis x1", "at 0 ", "'x1'", "at 0.125;"}},
        {"xvw", "v1", NODES, NAN, 1, {"point 0 of axis v1", "nan"}}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const gz_phase_grid *grid = strchr(cases[c].letters, 'x') ? wave : plane;
        begin_file();
        put_density(cases[c].letters, H5T_IEEE_F64LE);
        foreign_axis(file, "time", STATES, 0, 0.5, H5T_IEEE_F64LE);
        foreign_axis(file, cases[c].name, cases[c].count, cases[c].first, cases[c].step, H5T_IEEE_F64LE);
        REFUSED(grid, cases[c].words[0], cases[c].words[1], cases[c].words[2] ? cases[c].words[2] : "",
                cases[c].words[3] ? cases[c].words[3] : "", cases[c].words[4] ? cases[c].words[4] : "");
    }
    begin_file(); /* the grid's own, in a group, with x1 in single precision and packed velocities */
    H5Gclose(H5Gcreate2(file, "run", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    put_density("xvw", H5T_IEEE_F64LE);
    cr_assert_geq(H5Lmove(file, "f", file, "run/f", H5P_DEFAULT, H5P_DEFAULT), 0);
    foreign_axis(file, "v2", NODES, 7, 1, H5T_IEEE_F64LE); /* beside another density */
    foreign_axis(file, "run/x1", CELLS, 0.125, 0.25, H5T_IEEE_F32BE);
    foreign_axis(file, "run/v1", NODES, -1000, 250, H5T_STD_I16LE);
    foreign_numbers(file, "run/v1", "scale_factor", 1, (const double[]){0.004001});
    check_read_as(wave, "run/f", 1, 0);
}

/* netCDF makes a scale for every dimension. Without coordinates it has a name and no values. */
Test(foreign_files, a_dimension_of_netcdf_without_coordinates_has_only_a_name) {
    static const char title[] = "This is a netCDF dimension but not a netCDF variable.         9";
    begin_file();
    put_density("wv", H5T_IEEE_F64LE);
    foreign_axis(file, "v1", NODES, 0, 0, H5T_IEEE_F32BE);
    foreign_axis(file, "v2", NODES, 0, 0, H5T_IEEE_F32BE);
    foreign_attach(file, "f", 0, "v2", title);
    foreign_attach(file, "f", 1, "v1", title);
    check_read(plane);
}

Test(foreign_files, interpolation_takes_its_grid_from_coordinates_beside) {
    gz_phase_grid_settings found;
    begin_file();
    put_density("xvw", H5T_IEEE_F64LE);
    foreign_axis(file, "v1", NODES, -6, 1.5, H5T_IEEE_F64LE);
    foreign_axis(file, "x1", CELLS, 0.25, 0.5, H5T_IEEE_F32LE);
    H5Fclose(file);
    cr_assert_eq(gz_curve_grid(context, wave, path, NULL, &found), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(found.half_width, 6);
    cr_assert_float_eq(found.length[0], 2, 1e-6);
}

/* --- numbers -------------------------------------------------------------------------------------------- */

Test(foreign_files, packed_numbers_are_unpacked) {
    const double factor = 0.0078125, offset = 3;
    for (int c = 0; c < 2; c++) {
        begin_file();
        put_density("tvw", c ? H5T_IEEE_F32LE : H5T_STD_U16BE);
        foreign_axis(file, "time", STATES, 0, 5, H5T_STD_I8LE);
        foreign_numbers(file, "time", "scale_factor", 1, (const double[]){0.1});
        foreign_numbers(file, "f", "scale_factor", 1, &factor);
        foreign_numbers(file, "f", "add_offset", 1, &offset);
        foreign_numbers(file, "f", "_FillValue", 1, (const double[]){65535});
        foreign_text(file, "f", "units", "s3 m-6");
        check_read_as(plane, "f", factor, offset);
    }
}

/* The first state holds the stored numbers 1 to 81. */
Test(foreign_files, missing_numbers_are_refused) {
    static const struct {
        const char *name;
        int count;
        double values[2];
        const char *words[2];
    } cases[] = {{"_FillValue", 1, {13}, {"1 missing", "13 at [0,1,3]"}},
                 {"missing_value", 2, {200, 81}, {"1 missing", "81 at [0,8,8]"}},
                 {"valid_range", 2, {1, 70}, {"11 missing", "71 at [0,7,7]"}},
                 {"valid_min", 1, {3}, {"2 missing", "1 at [0,0,0]"}},
                 {"valid_max", 1, {79}, {"2 missing", "80 at [0,8,7]"}}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        begin_file();
        put_density("tvw", H5T_STD_I32LE);
        put_axes();
        foreign_numbers(file, "f", "scale_factor", 1, (const double[]){0.5});
        foreign_numbers(file, "f", cases[c].name, cases[c].count, cases[c].values);
        REFUSED(plane, cases[c].words[0], cases[c].words[1], "'f'");
    }
    for (int netcdf = 0; netcdf < 2;
         netcdf++) { /* what HDF5 fills in is a value, what netCDF fills in is none */
        const double fill = value_at(0, 0, 4, 4);
        static double values[NODES * NODES];
        for (size_t n = 0; n < NODES * NODES; n++) values[n] = value_at(0, 0, n / NODES, n % NODES);
        begin_file();
        const hid_t create = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_fill_value(create, H5T_NATIVE_DOUBLE, &fill);
        H5Dclose(foreign_set(file, "f", 2, (const hsize_t[]){NODES, NODES}, H5T_IEEE_F64LE, create, values));
        H5Pclose(create);
        if (netcdf) foreign_text(file, "/", "_NCProperties", "version=2");
        if (netcdf)
            REFUSED(plane, "1 missing", "41 at [4,4]");
        else
            check_read(plane);
    }
}

Test(foreign_files, attributes_that_are_not_applied_are_refused) {
    static const struct {
        const char *set, *name, *text;
        int count;
        double values[2];
        const char *word;
    } cases[] = {{"f", "scale_factor", "3e-6", 0, {0}, "must be 1 number"},
                 {"f", "scale_factor", NULL, 2, {1, 2}, "must be 1 number"},
                 {"f", "scale_factor", NULL, 1, {0}, "other than 0"},
                 {"f", "scale_factor", NULL, 1, {INFINITY}, "finite"},
                 {"f", "add_offset", NULL, 1, {NAN}, "finite"},
                 {"f", "valid_range", NULL, 1, {0}, "must be 2 numbers"},
                 {"f", "_Unsigned", "true", 0, {0}, "unsigned type"},
                 {"f", "units", "1e-3", 0, {0}, "'1e-3'"},
                 {"v1", "units", "1000 m/s", 0, {0}, "'1000 m/s'"},
                 {"f", "units", "percent", 0, {0}, "'percent'"},
                 {"f", "units", NULL, 1, {2}, "no text"}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        begin_file();
        put_density("vw", H5T_STD_I32LE);
        put_axes();
        if (cases[c].text)
            foreign_text(file, cases[c].set, cases[c].name, cases[c].text);
        else
            foreign_numbers(file, cases[c].set, cases[c].name, cases[c].count, cases[c].values);
        REFUSED(plane, cases[c].name, cases[c].set, cases[c].word);
    }
    for (int same = 0; same < 2; same++) {
        begin_file();
        put_density("vw", H5T_IEEE_F64LE);
        put_axes();
        foreign_text(file, "v1", "units", "km/s");
        foreign_text(file, "v2", "units", same ? "km/s" : "m/s");
        if (same)
            check_read(plane);
        else
            REFUSED(plane, "axis v2", "'m/s'", "'km/s'");
    }
}

/* --- what is not there, or broken ------------------------------------------------------------------------ */

Test(foreign_files, a_missing_dataset_lists_those_there_are) {
    begin_file();
    put_density("tvw", H5T_IEEE_F64LE);
    H5Gclose(H5Gcreate2(file, "run", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    cr_assert_geq(H5Lmove(file, "f", file, "run/density", H5P_DEFAULT, H5P_DEFAULT), 0);
    cr_assert_geq(H5Lcreate_hard(file, "run", file, "run/again", H5P_DEFAULT, H5P_DEFAULT), 0); /* a circle */
    foreign_axis(file, "time", STATES, 0, 1, H5T_IEEE_F64LE);
    REFUSED(plane, "no dataset 'f'", "run/density [3,9,9]", "time [3]");
    begin_file();
    REFUSED(plane, "no dataset 'f'", "none at all");
    begin_file();
    for (int i = 0; i < 2000; i++) {
        char name[24];
        snprintf(name, sizeof name, "number_%04d", i);
        foreign_axis(file, name, 1, 0, 1, H5T_IEEE_F64LE);
    }
    REFUSED(plane, "number_0000 [1], number_0001 [1]", ", ..");
    begin_file();
    cr_assert_geq(H5Lcreate_external("elsewhere.h5", "f", file, "f", H5P_DEFAULT, H5P_DEFAULT), 0);
    REFUSED(plane, "dataset 'f'", "a link to another file, 'elsewhere.h5', which is not followed");
}

Test(foreign_files, a_missing_filter_and_a_broken_chunk_have_the_reason_of_hdf5) {
    double f[NODES * NODES];
    for (size_t n = 0; n < NODES * NODES; n++) f[n] = value_at(0, 0, n / NODES, n % NODES);
    path = scratch_path("foreign.h5");
    file = -1;
    foreign_filtered(path, "lzf", 32000, NODES, f);
    REFUSED(plane, "dataset 'f'", "required filter 'lzf' is not registered", "'lzf' (number 32000)",
            "HDF5_PLUGIN_PATH");
    foreign_filtered(path, "fletcher32", 0, NODES, f);
    REFUSED(plane, "dataset 'f'", "Fletcher32 checksum");
    foreign_filtered(path, "deflate", 0, NODES, f);
    REFUSED(plane, "dataset 'f'", "inflate() failed");
}

/* Whatever is closed after a failure, and fails itself, the reason stays. */
Test(foreign_files, reasons_of_hdf5_outlive_the_calls_that_clean_up) {
    gz_hdf5_scope outer, inner;
    gz_hdf5_enter(&outer);
    gz_hdf5_enter(&inner);
    begin_file();
    const hid_t set = H5Dopen2(file, "nothing", H5P_DEFAULT), space = H5Dget_space(set);
    H5Sclose(space);
    H5Dclose(set);
    H5Fclose(file);
    cr_assert_eq(gz_hdf5_fail(context, "write", path), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "object 'nothing' doesn't exist"), "%s",
                       gz_context_message(context));
    gz_hdf5_leave(&inner);
    gz_hdf5_fail(context, "write", path);
    cr_assert_not_null(strstr(gz_context_message(context), "no reason"), "%s", gz_context_message(context));
    gz_hdf5_leave(&outer);
}
