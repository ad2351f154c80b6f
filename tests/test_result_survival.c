/* Result file: no state is lost if the run is resumed, killed, read, or out of memory or disk. */
#include "curve_file.h"
#include "files.h"
#include "sample.h"
#include "sample_result.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <hdf5.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static gz_context *context;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_context_destroy(context);
}

TestSuite(result_survival, .init = open_all, .fini = close_all);

Test(result_survival, resume_drops_the_states_after_the_restart) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 4, 9, 4);
    for (long restart = -1; restart <= 6; restart++)
        for (int only_last = 0; only_last <= 1; only_last++) {
            const gz_result_settings *settings = only_last ? &sample_sparse : &sample_whole;
            gz_result_file *result = sample_result(context, grid, settings);
            sample_append_steps(context, result, grid, 0, 4);
            gz_result_destroy(result);
            cr_assert_eq(gz_result_resume(context, grid, settings, scratch_path(""), restart, &result), GZ_OK,
                         "%s", gz_context_message(context));
            const long next = restart < 4 ? restart + 1 : 5;
            cr_assert_eq((long)gz_result_count(result), next);
            sample_append_steps(context, result, grid, next, 6);
            cr_assert_eq(gz_result_finish(result), GZ_OK);
            gz_result_destroy(result);
            sample_check_result(context, grid, 7, only_last);
        }
    gz_phase_grid_destroy(grid);
}

Test(result_survival, resume_refuses_what_does_not_fit) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 4, 9, 4), *other = sample_grid(context, 1, 2, 4, 11, 4);
    gz_result_file *result = NULL;
    cr_assert_eq(gz_result_resume(context, grid, &sample_whole, scratch_path(""), 0, &result),
                 GZ_ERROR_FILES);
    result = sample_result(context, grid, &sample_whole);
    sample_append_steps(context, result, grid, 0, 2);
    gz_result_destroy(result);
    cr_assert_eq(gz_result_resume(context, other, &sample_whole, scratch_path(""), 0, &result),
                 GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "'f'"));
    cr_assert_eq(gz_result_resume(context, grid, &sample_sparse, scratch_path(""), 0, &result),
                 GZ_ERROR_FILES);
    cr_assert_null(result);
    sample_check_result(context, grid, 3, false);
    scratch_write("result.h5", "no HDF5", 7);
    cr_assert_eq(gz_result_resume(context, grid, &sample_whole, scratch_path(""), 0, &result),
                 GZ_ERROR_FILES);
    cr_assert_eq(gz_result_create(context, grid, &sample_whole, scratch_path("no folder"), &result),
                 GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "No such file"));
    cr_assert_null(result);
    gz_phase_grid_destroy(other);
    gz_phase_grid_destroy(grid);
}

/* A file that grew by what is reserved would be cut again after every state, which takes milliseconds. */
Test(result_survival, room_is_reserved_behind_a_file_that_keeps_its_length) {
    struct stat before, reserved, trimmed;
    scratch_write("a", "abc", 3);
    scratch_write("b", "defgh", 5);
    cr_assert_eq(gz_file_sync(context, scratch_path("a")), GZ_OK);
    cr_assert_eq(stat(scratch_path("a"), &before), 0);
    cr_assert_eq(gz_file_reserve(context, scratch_path("a"), 1 << 20), GZ_OK);
    cr_assert_eq(stat(scratch_path("a"), &reserved), 0);
    cr_assert_eq(reserved.st_size, 3);
    cr_assert(reserved.st_blocks >= before.st_blocks + 2048);
    cr_assert_eq(gz_file_trim(context, scratch_path("a")), GZ_OK);
    cr_assert_eq(stat(scratch_path("a"), &trimmed), 0);
    cr_assert_eq(trimmed.st_size, 3);
    cr_assert_eq(trimmed.st_blocks, before.st_blocks);
    scratch_limit(1 << 16);
    cr_assert_eq(gz_file_reserve(context, scratch_path("a"), 1 << 20), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "File too large"));
    scratch_limit(0);
    cr_assert(gz_file_exchange(scratch_path("a"), scratch_path("b")));
    cr_assert_eq(stat(scratch_path("a"), &trimmed), 0);
    cr_assert_eq(trimmed.st_size, 5);
    cr_assert_not(gz_file_exchange(scratch_path("a"), scratch_path("none")));
    cr_assert_eq(gz_file_trim(context, scratch_path("none")), GZ_ERROR_FILES);
}

Test(result_survival, a_full_disk_is_an_error_and_keeps_all_states_before) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 8, 41, 5);
    for (int only_last = 0; only_last <= 1; only_last++) {
        const gz_result_settings *settings = only_last ? &sample_sparse : &sample_whole;
        gz_result_file *result = NULL;
        scratch_limit(3000);
        cr_assert_eq(gz_result_create(context, grid, settings, scratch_path(""), &result), GZ_ERROR_FILES);
        cr_assert_eq(scratch_count(), 0);
        scratch_limit(0);
        result = sample_result(context, grid, settings);
        sample_append_steps(context, result, grid, 0, 1);
        scratch_limit(only_last ? 400000 : 600000);
        long step = 2;
        while (sample_append(context, result, grid, step) == GZ_OK && step < 50) step++;
        cr_assert_lt(step, 50);
        cr_assert_not_null(strstr(gz_context_message(context), "result.h5"));
        cr_assert_not_null(strstr(gz_context_message(context), "File too large"));
        sample_check_result(context, grid, (size_t)step, only_last);
        cr_assert_eq((long)gz_result_count(result), step);
        scratch_limit(0); /* somebody made room */
        sample_append_steps(context, result, grid, step, step + 1);
        cr_assert_eq(gz_result_finish(result), GZ_OK);
        gz_result_destroy(result);
        sample_check_result(context, grid, (size_t)step + 2, only_last);
        unlink(scratch_path("result.h5"));
        unlink(scratch_path("result.xmf"));
    }
    gz_phase_grid_destroy(grid);
}

static void pause_for(double seconds) {
    const struct timespec time = {.tv_sec = (time_t)seconds, .tv_nsec = (long)(fmod(seconds, 1) * 1e9)};
    nanosleep(&time, NULL);
}

/* Append states forever, after the last one in the file. */
static _Noreturn void append_for_ever(const gz_phase_grid *grid) {
    gz_result_file *result = NULL;
    if (gz_result_resume(context, grid, &sample_whole, scratch_path(""), 1000000, &result) != GZ_OK) _exit(1);
    for (;;)
        if (sample_append(context, result, grid, (long)gz_result_count(result)) != GZ_OK) _exit(1);
}

Test(result_survival, survives_a_kill_at_any_moment) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 3, 9, 4);
    gz_result_destroy(sample_result(context, grid, &sample_whole));
    size_t count = 0;
    for (size_t i = 0; i < 60 || (count <= 20 && i < 300); i++) { /* more rounds where everything is slow */
        const pid_t child = fork();
        if (child == 0) append_for_ever(grid);
        pause_for((0.005 + 0.03 * sample_uniform(5, i)) * pow(1 + (double)(i / 60), 2));
        kill(child, SIGKILL);
        int how = 0;
        cr_assert_eq(waitpid(child, &how, 0), child);
        cr_assert(WIFSIGNALED(how));
        gz_curve_file *curve = NULL;
        const gz_status status = gz_curve_open(context, grid, scratch_path("result.h5"), "f", &curve);
        if (count > 0) cr_assert_eq(status, GZ_OK, "%s", gz_context_message(context));
        if (status != GZ_OK) continue;
        cr_assert_geq(gz_curve_count(curve), count);
        count = gz_curve_count(curve);
        gz_curve_close(curve);
        if (i % 10 == 9) sample_check_result(context, grid, count, false);
    }
    cr_assert_gt(count, 20);
    sample_check_result(context, grid, count, false);
    gz_phase_grid_destroy(grid);
}

/* Somebody may read the result while the run goes on. */
Test(result_survival, a_reader_does_not_stop_the_run_nor_see_it_move) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 3, 9, 4);
    gz_result_file *result = sample_result(context, grid, &sample_whole);
    sample_append_steps(context, result, grid, 0, 1);
    int from_reader[2], to_reader[2];
    cr_assert_eq(pipe(from_reader), 0);
    cr_assert_eq(pipe(to_reader), 0);
    const pid_t child = fork();
    if (child == 0) {
        char token = 0;
        gz_curve_file *curve = NULL;
        close(to_reader[1]); /* so that the end of the parent is the end of the reading */
        if (gz_curve_open(context, grid, scratch_path("result.h5"), NULL, &curve) != GZ_OK) _exit(1);
        if (write(from_reader[1], &token, 1) != 1 || read(to_reader[0], &token, 1) != 1) _exit(2);
        double *f = sample_zero(context, grid);
        gz_state s = sample_state(context, grid, 1);
        if (gz_curve_count(curve) != 2 || gz_curve_read(curve, 1, f) != GZ_OK) _exit(3);
        _exit(memcmp(f, s.f, grid->size * sizeof *f) == 0 ? 0 : 4);
    }
    char token = 0;
    close(from_reader[1]);
    bool done = read(from_reader[0], &token, 1) == 1;
    for (long step = 2; step <= 6; step++) done = sample_append(context, result, grid, step) == GZ_OK && done;
    done = write(to_reader[1], &token, 1) == 1 && done;
    int how = 0;
    cr_assert_eq(waitpid(child, &how, 0), child);
    cr_assert(done, "%s", gz_context_message(context));
    cr_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0, "the reader ended with %d", WEXITSTATUS(how));
    sample_check_result(context, grid, 7, false);
    sample_append_steps(context, result, grid, 7, 8);
    gz_result_destroy(result);
    sample_check_result(context, grid, 9, false);
    gz_phase_grid_destroy(grid);
}

Test(result_survival, every_failing_allocation_is_reported) {
    gz_phase_grid *grid = sample_grid(context, 1, 2, 3, 9, 4);
    gz_state s = sample_state(context, grid, 0);
    size_t failures = 0;
    for (size_t n = 1; n > 0; n++) {
        gz_result_file *result = NULL, *resumed = NULL;
        gz_context_fail_allocation(context, n);
        gz_status status = gz_result_create(context, grid, &sample_whole, scratch_path(""), &result);
        if (status == GZ_OK) status = gz_result_append(result, &s);
        if (status == GZ_OK) status = gz_result_finish(result);
        if (status == GZ_OK)
            status = gz_result_resume(context, grid, &sample_whole, scratch_path(""), 0, &resumed);
        gz_result_destroy(result);
        gz_result_destroy(resumed);
        gz_context_fail_allocation(context, 0);
        if (status == GZ_OK) break;
        cr_assert(status == GZ_ERROR_MEMORY || status == GZ_ERROR_FILES);
        failures++;
    }
    cr_assert_gt(failures, 15);
    cr_assert_eq(H5Fget_obj_count((hid_t)H5F_OBJ_ALL, H5F_OBJ_ALL), 0); /* nothing is left open */
    gz_state_free(&s);
    gz_phase_grid_destroy(grid);
}
