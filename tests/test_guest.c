/* The library is a guest in the program that calls it: contexts of several threads write files at once, HDF5's handling
 * of errors and the caller's own files in memory stay, nothing is printed.
 */
#include "checkpoint.h"
#include "curve_file.h"
#include "hdf5_tools.h"
#include "result_file.h"
#include "sample.h"
#include "sample_result.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <hdf5.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

TestSuite(guest, .init = scratch_open, .fini = scratch_close, .timeout = 120);

enum { WRITERS = 3, ROUNDS = 20 };

/* A thread with a context and a folder of its own. */
typedef struct writer {
    gz_context *context;
    gz_phase_grid *grid;
    char folder[200];
    pthread_t thread;
    gz_status status;
} writer;

static gz_status round_of(const writer *w, long step) {
    const gz_result_settings settings = {.title = "a title", .deck = "a: deck\n"};
    const gz_checkpoint_texts texts = {.deck = "a: deck\n"};
    gz_result_file *result = NULL;
    gz_curve_file *curve = NULL;
    gz_state state = sample_state(w->context, w->grid, step);
    bool older;
    double *f = sample_zero(w->context, w->grid);
    gz_status status = gz_result_create(w->context, w->grid, &settings, w->folder, &result);
    if (status == GZ_OK) status = gz_result_append(result, &state);
    if (status == GZ_OK)
        status = gz_checkpoint_write(w->context, w->grid, w->folder, &texts, &state, 0, NULL);
    if (status == GZ_OK) status = gz_checkpoint_read(w->context, w->grid, w->folder, &state, 0, NULL, &older);
    if (status == GZ_OK) status = gz_result_finish(result);
    gz_result_destroy(result);
    char path[220];
    snprintf(path, sizeof path, "%s/result.h5", w->folder);
    if (status == GZ_OK) status = gz_curve_open(w->context, w->grid, path, NULL, &curve);
    if (status == GZ_OK) status = gz_curve_read(curve, 0, f);
    gz_curve_close(curve);
    if (status == GZ_OK && memcmp(f, state.f, w->grid->size * sizeof *f) != 0) status = GZ_ERROR_INTERNAL;
    /* A refusal and its reason belong to this context. */
    if (status == GZ_OK && gz_curve_open(w->context, w->grid, path, w->folder + 1, &curve) != GZ_ERROR_FILES)
        status = GZ_ERROR_INTERNAL;
    if (status == GZ_OK && !strstr(gz_context_message(w->context), path)) status = GZ_ERROR_INTERNAL;
    gz_release(f);
    gz_state_free(&state);
    return status;
}

static void *write_rounds(void *self) {
    writer *w = self;
    for (long step = 0; step < ROUNDS && w->status == GZ_OK; step++) w->status = round_of(w, step);
    return NULL;
}

Test(guest, contexts_of_several_threads_write_at_once) {
    writer writers[WRITERS] = {{0}};
    for (int k = 0; k < WRITERS; k++) {
        writer *w = &writers[k];
        char name[20];
        snprintf(name, sizeof name, "writer%d", k);
        snprintf(w->folder, sizeof w->folder, "%s", scratch_path(name));
        cr_assert_eq(mkdir(w->folder, 0700), 0);
        cr_assert_eq(gz_context_create(1, &w->context), GZ_OK);
        w->grid = sample_grid(w->context, 1, 2, 3, 9, 4);
    }
    for (int k = 0; k < WRITERS; k++)
        cr_assert_eq(pthread_create(&writers[k].thread, NULL, write_rounds, &writers[k]), 0);
    for (int k = 0; k < WRITERS; k++) pthread_join(writers[k].thread, NULL);
    for (int k = 0; k < WRITERS; k++) {
        cr_assert_eq(writers[k].status, GZ_OK, "%d: %s", k, gz_context_message(writers[k].context));
        gz_phase_grid_destroy(writers[k].grid);
        gz_context_destroy(writers[k].context);
    }
    cr_assert_eq(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0);
}

static herr_t own_handler(hid_t stack, void *data) {
    (void)stack;
    ++*(int *)data;
    return 0;
}

/* A file in memory of the caller, with the name that the library once gave to its own, is no obstacle. */
Test(guest, what_is_the_callers_stays) {
    int errors = 0;
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    const hid_t own = H5Fcreate("in memory", H5F_ACC_TRUNC, H5P_DEFAULT, access);
    H5Pclose(access);
    H5Eset_auto2(H5E_DEFAULT, own_handler, &errors);
    fflush(stdout);
    fflush(stderr);
    const int file = open(scratch_path("printed"), O_RDWR | O_CREAT, 0600), kept = dup(1),
              kept_errors = dup(2);
    dup2(file, 1);
    dup2(file, 2);
    writer w = {0};
    snprintf(w.folder, sizeof w.folder, "%s", scratch_path(""));
    gz_status status = gz_context_create(1, &w.context);
    if (status == GZ_OK) {
        w.grid = sample_grid(w.context, 1, 2, 3, 9, 4);
        status = round_of(&w, 1);
    }
    fflush(stdout);
    dup2(kept, 1);
    dup2(kept_errors, 2);
    cr_assert_eq(status, GZ_OK, "%s", gz_context_message(w.context));
    cr_assert_eq(lseek(file, 0, SEEK_END), 0, "something was printed");
    H5E_auto2_t function;
    void *data;
    cr_assert_geq(H5Eget_auto2(H5E_DEFAULT, &function, &data), 0);
    cr_assert(function == own_handler && data == &errors && errors == 0);
    cr_assert_geq(H5Fclose(own), 0);
    gz_phase_grid_destroy(w.grid);
    gz_context_destroy(w.context);
}
