/* Files that lead their reader astray are refused with a sentence by every reader: links, external storage and virtual
 * datasets that point out of the file or into themselves, sizes without numbers behind them, lists of the wrong kind.
 */
#include "checkpoint.h"
#include "checksum.h"
#include "curve_file.h"
#include "foreign_file.h"
#include "process.h"
#include "sample.h"
#include "sample_result.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <hdf5_hl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NODES = 9, SIZE = NODES * NODES, HEADER = 512 };

static gz_context *context;
static gz_phase_grid *plane; /* 9^2 nodes on +-4 */

static void put_density(hid_t file, const char *name, hid_t create) {
    double f[SIZE];
    for (int i = 0; i < SIZE; i++) f[i] = exp(-pow(i / NODES - 4, 2) / 2 - pow(i % NODES - 4, 2) / 2);
    H5Dclose(foreign_set(file, name, 2, (const hsize_t[]){NODES, NODES}, H5T_IEEE_F64LE, create, f));
}

static hid_t new_file(const char *name) {
    const hid_t file = H5Fcreate(scratch_path(name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    cr_assert_geq(file, 0);
    return file;
}

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    plane = sample_grid(context, 0, 2, 0, NODES, 4);
    scratch_open();
    cr_assert_eq(chdir(scratch_path("")), 0); /* where HDF5 looks for the files of links */
    cr_assert_eq(mkfifo("pipe", 0600), 0);
    const hid_t file = new_file("secret.h5");
    put_density(file, "f", H5P_DEFAULT);
    H5Fclose(file);
    static double raw[SIZE];
    for (int i = 0; i < SIZE; i++) raw[i] = 1;
    scratch_write("raw", (const char *)raw, sizeof raw);
}

static void close_all(void) {
    scratch_close();
    gz_phase_grid_destroy(plane);
    gz_context_destroy(context);
}

/* What waits at a pipe would wait for ever. */
TestSuite(foreign_traps, .init = open_all, .fini = close_all, .timeout = 60);

/* --- the traps ------------------------------------------------------------------------------------------ */

static void put_link(hid_t file, const char *name, const char *target) {
    cr_assert_geq(H5Lcreate_external(target, "f", file, name, H5P_DEFAULT, H5P_DEFAULT), 0);
}

static void link_out(hid_t file) {
    put_link(file, "f", "secret.h5");
}

static void link_to_pipe(hid_t file) {
    put_link(file, "f", "pipe");
}

static void link_to_itself(hid_t file) {
    put_link(file, "f", "trap.h5");
}

static void soft_link_over_link(hid_t file) {
    cr_assert_geq(H5Lcreate_external("secret.h5", "/", file, "group", H5P_DEFAULT, H5P_DEFAULT), 0);
    cr_assert_geq(H5Lcreate_soft("/group/f", file, "f", H5P_DEFAULT, H5P_DEFAULT), 0);
}

static void axis_by_link(hid_t file) {
    put_density(file, "f", H5P_DEFAULT);
    put_link(file, "v1", "secret.h5");
}

static void soft_links_in_a_circle(hid_t file) {
    cr_assert_geq(H5Lcreate_soft("/g", file, "f", H5P_DEFAULT, H5P_DEFAULT), 0);
    cr_assert_geq(H5Lcreate_soft("/f", file, "g", H5P_DEFAULT, H5P_DEFAULT), 0);
}

static void another_member_by_link(hid_t file) {
    put_link(file, "g", "pipe");
}

/* Make a dataset whose numbers are never written. */
static void put_set(hid_t file, int rank, const hsize_t *shape, hid_t type, hid_t create) {
    hsize_t most[3];
    for (int a = 0; a < rank; a++) most[a] = H5Pget_layout(create) == H5D_CHUNKED ? H5S_UNLIMITED : shape[a];
    const hid_t space = H5Screate_simple(rank, shape, most);
    const hid_t set = H5Dcreate2(file, "f", type, space, H5P_DEFAULT, create, H5P_DEFAULT);
    cr_assert_geq(set, 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(create);
}

static void external_storage(hid_t file, const char *of) {
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    cr_assert_geq(H5Pset_external(create, of, 0, SIZE * sizeof(double)), 0);
    put_set(file, 2, (const hsize_t[]){NODES, NODES}, H5T_IEEE_F64LE, create);
}

static void any_file(hid_t file) {
    external_storage(file, "raw");
}

static void pipe_as_storage(hid_t file) {
    external_storage(file, "pipe");
}

static void virtual_set(hid_t file, const char *of) {
    const hsize_t shape[] = {NODES, NODES};
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(2, shape, NULL);
    cr_assert_geq(H5Pset_virtual(create, space, of, "f", space), 0);
    H5Sclose(space);
    put_set(file, 2, shape, H5T_IEEE_F64LE, create);
}

static void virtual_of_another(hid_t file) {
    virtual_set(file, "secret.h5");
}

static void virtual_of_pipe(hid_t file) {
    virtual_set(file, "pipe");
}

static void virtual_of_itself(hid_t file) {
    virtual_set(file, ".");
}

static void virtual_beside(hid_t file) {
    virtual_set(file, "pipe");
    cr_assert_geq(H5Lmove(file, "f", file, "g", H5P_DEFAULT, H5P_DEFAULT), 0);
}

static hid_t in_chunks(int rank, hsize_t edge) {
    const hsize_t chunk[] = {edge, edge, edge};
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE);
    cr_assert_geq(H5Pset_chunk(create, rank, chunk), 0);
    return create;
}

static void huge_chunk(hid_t file) {
    const hid_t create = in_chunks(2, 20000);
    H5Pset_deflate(create, 1);
    put_set(file, 2, (const hsize_t[]){NODES, NODES}, H5T_IEEE_F64LE, create);
}

static void huge_shape(hid_t file) {
    put_set(file, 2, (const hsize_t[]){1u << 30, 1u << 30}, H5T_IEEE_F64LE, in_chunks(2, 8));
}

static void many_states(hid_t file) {
    put_set(file, 3, (const hsize_t[]){1u << 27, NODES, NODES}, H5T_IEEE_F64LE, in_chunks(3, 9));
}

static void many_times(hid_t file) {
    const hsize_t many = 1u << 28, chunk = 512, most = H5S_UNLIMITED;
    const hid_t create = H5Pcreate(H5P_DATASET_CREATE), space = H5Screate_simple(1, &many, &most);
    H5Pset_chunk(create, 1, &chunk);
    put_density(file, "f", H5P_DEFAULT);
    H5Dclose(H5Dcreate2(file, "v1", H5T_IEEE_F64LE, space, H5P_DEFAULT, create, H5P_DEFAULT));
    H5Sclose(space);
    H5Pclose(create);
}

static void lists_of_numbers(hid_t file) {
    const hid_t type = H5Tvlen_create(H5T_NATIVE_DOUBLE);
    put_set(file, 2, (const hsize_t[]){NODES, NODES}, type, H5Pcreate(H5P_DATASET_CREATE));
    H5Tclose(type);
}

static void long_numbers(hid_t file) {
    const hid_t type = H5Tcopy(H5T_STD_I64LE);
    H5Tset_size(type, 60000);
    put_set(file, 2, (const hsize_t[]){NODES, NODES}, type, H5Pcreate(H5P_DATASET_CREATE));
    H5Tclose(type);
}

static void a_group(hid_t file) {
    H5Gclose(H5Gcreate2(file, "f", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

static void long_units(hid_t file) {
    char text[60000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = 0;
    put_density(file, "f", H5P_DEFAULT);
    foreign_text(file, "f", "units", text);
    cr_assert_geq(H5LTset_attribute_double(file, "f", "scale_factor", (const double[4000]){1}, 4000), 0);
}

static const struct {
    void (*put)(hid_t file);
    const char *word, *other;
} TRAPS[] = {{link_out, "dataset 'f'", "link to another file, 'secret.h5'"},
             {link_to_pipe, "dataset 'f'", "link to another file, 'pipe'"},
             {link_to_itself, "dataset 'f'", "link to another file"},
             {soft_link_over_link, "dataset 'f'", "link to another file, 'secret.h5'"},
             {axis_by_link, "dataset 'v1'", "link to another file, 'secret.h5'"},
             {soft_links_in_a_circle, "dataset 'f'", "too many"},
             {another_member_by_link, "no dataset 'f'", "none at all"},
             {any_file, "dataset 'f'", "external storage"},
             {pipe_as_storage, "dataset 'f'", "external storage"},
             {virtual_of_another, "dataset 'f'", "is virtual"},
             {virtual_of_pipe, "dataset 'f'", "is virtual"},
             {virtual_of_itself, "dataset 'f'", "is virtual"},
             {virtual_beside, "no dataset 'f'", "g (elsewhere)"},
             {huge_chunk, "dataset 'f'", "in chunks of 3.2e+09 bytes"},
             {huge_shape, "dataset 'f'", "claims 9.22e+18 bytes"},
             {many_states, "dataset 'f'", "claims 8.7e+10 bytes"},
             {many_times, "dataset 'v1'", "claims 2.15e+09 bytes"},
             {lists_of_numbers, "dataset 'f'", "does not hold numbers"},
             {long_numbers, "dataset 'f'", "at most 16 bytes"},
             {a_group, "dataset 'f'", "not a dataset"},
             {long_units, "dataset 'f'", "must be 1 number"}};

enum { TRAP_COUNT = sizeof TRAPS / sizeof *TRAPS };

static void lay(size_t k) {
    const hid_t file = new_file("trap.h5");
    TRAPS[k].put(file);
    H5Fclose(file);
}

static void check_sentence(size_t k, const char *sentence) {
    cr_assert_not_null(strstr(sentence, "trap.h5"), "%zu: %s", k, sentence);
    cr_assert_not_null(strstr(sentence, TRAPS[k].word), "%zu: %s", k, sentence);
    cr_assert_not_null(strstr(sentence, TRAPS[k].other), "%zu: %s", k, sentence);
}

Test(foreign_traps, are_refused_with_a_sentence) {
    for (size_t k = 0; k < TRAP_COUNT; k++) {
        gz_curve_file *curve = NULL;
        gz_phase_grid_settings settings;
        lay(k);
        cr_assert_eq(gz_curve_open(context, plane, scratch_path("trap.h5"), NULL, &curve), GZ_ERROR_FILES,
                     "%zu", k);
        check_sentence(k, gz_context_message(context));
        if (TRAPS[k].put != axis_by_link && TRAPS[k].put != many_times) {
            cr_assert_eq(gz_curve_grid(context, plane, scratch_path("trap.h5"), NULL, &settings),
                         GZ_ERROR_FILES);
            check_sentence(k, gz_context_message(context));
        }
        cr_assert_eq(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
    }
}

/* HDF5 takes the lists of names and scales of the axes for what they should be, without looking. */
Test(foreign_traps, lists_of_axes_of_another_kind_are_none) {
    for (int k = 0; k < 4; k++) {
        gz_curve_file *curve = NULL;
        double f[SIZE];
        const long numbers[400] = {0};
        const hid_t file = new_file("trap.h5");
        put_density(file, "f", H5P_DEFAULT);
        const char *name = k % 2 ? "DIMENSION_LABELS" : "DIMENSION_LIST";
        if (k < 2)
            cr_assert_geq(H5LTset_attribute_long(file, "f", name, numbers, 400), 0);
        else
            foreign_text(file, "f", name, "v1");
        H5Fclose(file);
        cr_assert_eq(gz_curve_open(context, plane, scratch_path("trap.h5"), NULL, &curve), GZ_OK, "%s",
                     gz_context_message(context));
        cr_assert_eq(gz_curve_read(curve, 0, f), GZ_OK);
        gz_curve_close(curve);
    }
}

/* The commands read by the same doors. Some traps are enough to see that. */
Test(foreign_traps, every_command_refuses_them) {
    static const char deck[] = "grid: {v: {nodes: 9, half_width: 4, order: 2}}\n"
                               "time: {dt: 0.1, end: 0.1}\n"
                               "initial: [{shape: file, path: secret.h5}]\n";
    static const char set[] = "initial.0.path=trap.h5";
    scratch_write("deck.yaml", deck, strlen(deck));
    for (size_t k = 0; k < TRAP_COUNT; k++) {
        if (TRAPS[k].put != link_out && TRAPS[k].put != pipe_as_storage && TRAPS[k].put != virtual_of_itself)
            continue;
        lay(k);
        expect(GRAZING("info", "deck.yaml", "--set", set), 5);
        check_sentence(k, process_errors());
        expect(GRAZING("certify", "trap.h5", "deck.yaml", "--out", "c"), 5);
        check_sentence(k, process_errors());
        expect(GRAZING("distance", "secret.h5", "trap.h5", "deck.yaml"), 5);
        check_sentence(k, process_errors());
        expect(GRAZING("converge", "deck.yaml", "--vary", "time.dt=0.1,0.05", "--reference", "trap.h5",
                       "--out", "v"),
               5);
        check_sentence(k, process_errors());
    }
}

/* --- files of our own with a trap in them ----------------------------------------------------------------- */

/* Put a link to another file in the place of a dataset. */
static void replace_by_link(const char *name, const char *set, const char *target) {
    const hid_t file = H5Fopen(scratch_path(name), H5F_ACC_RDWR, H5P_DEFAULT);
    cr_assert_geq(H5Ldelete(file, set, H5P_DEFAULT), 0);
    put_link(file, set, target);
    H5Fclose(file);
}

/* A run that goes on would write into the file that the link leads to. */
Test(foreign_traps, a_result_that_leads_elsewhere_is_not_continued) {
    gz_result_file *result = sample_result(context, plane, &sample_whole);
    sample_append_steps(context, result, plane, 0, 2);
    cr_assert_eq(gz_result_finish(result), GZ_OK);
    gz_result_destroy(result);
    cr_assert_eq(rename("result.h5", "victim.h5"), 0);
    size_t size = 0, now = 0;
    char *victim = scratch_read("victim.h5", &size);
    scratch_write("result.h5", victim, size);
    replace_by_link("result.h5", "f", "victim.h5");
    cr_assert_eq(gz_result_check(context, plane, &sample_whole, scratch_path("")), GZ_ERROR_FILES);
    cr_assert_eq(gz_result_resume(context, plane, &sample_whole, scratch_path(""), 1, &result),
                 GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "link to another file"), "%s",
                       gz_context_message(context));
    char *after = scratch_read("victim.h5", &now);
    cr_assert(now == size && memcmp(victim, after, size) == 0);
    free(victim);
    free(after);
}

/* Give a changed checkpoint the header that fits it. */
static void seal_again(const char *name) {
    size_t size = 0;
    char *bytes = scratch_read(name, &size);
    memset(bytes, 0, HEADER);
    snprintf(bytes, HEADER, "grazing checkpoint, %zu bytes follow, checksum %016" PRIx64 "\n", size - HEADER,
             gz_checksum_add(0, bytes + HEADER, size - HEADER));
    scratch_write(name, bytes, size);
    free(bytes);
}

Test(foreign_traps, a_checkpoint_that_leads_elsewhere_is_refused) {
    const gz_checkpoint_texts texts = {.deck = "", .plans = ""};
    const char *const sets[] = {"f", "log_f", "more"};
    double more[4] = {1, 2, 3, 4};
    const gz_memory_block block = {.name = "more", .count = 4, .values = more, .optional = true};
    for (size_t k = 0; k < 3; k++) {
        gz_state state = sample_state(context, plane, 3);
        bool older;
        unlink("checkpoint.h5");
        cr_assert_eq(gz_checkpoint_write(context, plane, scratch_path(""), &texts, &state, 1, &block), GZ_OK);
        seal_again("checkpoint.h5");
        cr_assert_eq(gz_checkpoint_read(context, plane, scratch_path(""), &state, 1, &block, &older), GZ_OK);
        replace_by_link("checkpoint.h5", sets[k], k == 1 ? "pipe" : "secret.h5");
        seal_again("checkpoint.h5");
        cr_assert_eq(gz_checkpoint_read(context, plane, scratch_path(""), &state, 1, &block, &older),
                     GZ_ERROR_FILES);
        cr_assert_not_null(strstr(gz_context_message(context), "link to another file"), "%s",
                           gz_context_message(context));
        gz_state_free(&state);
    }
    unlink("checkpoint.h5");
    cr_assert_eq(mkfifo("checkpoint.h5", 0600), 0);
    gz_state state = sample_state(context, plane, 3);
    bool older;
    cr_assert_eq(gz_checkpoint_read(context, plane, scratch_path(""), &state, 0, NULL, &older),
                 GZ_ERROR_FILES);
    gz_state_free(&state);
}
