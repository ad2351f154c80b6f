/* Checkpoint: bit for bit, two generations; any damage is detected; full disks and kills are survived. */
#include "checkpoint.h"
#include "sample.h"
#include "scratch.h"

#include <criterion/criterion.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static gz_context *context;
static gz_phase_grid *grid;

static void open_all(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
    grid = sample_grid(context, 1, 2, 3, 7, 4);
    scratch_open();
}

static void close_all(void) {
    scratch_close();
    gz_phase_grid_destroy(grid);
    gz_context_destroy(context);
}

TestSuite(checkpoint, .init = open_all, .fini = close_all);

enum { EXTRA = 5 };

static const gz_checkpoint_texts TEXTS = {
    .deck = "a: deck\n", .plans = "a plan\n", .run = "a name", .history = "a seal"};

/* A state and memory that depend on the step, with values that exp and log would not give back. */
typedef struct sample_run {
    gz_state state;
    double extra[EXTRA];
} sample_run;

static sample_run make_run(long step) {
    sample_run run = {.state = {.time = (double)step / 3, .step = step}};
    run.state.log_f = sample_log_density(context, grid, (size_t)step + 1);
    run.state.log_f[3] = -750.25;
    run.state.log_f[4] = -0.0;
    run.state.f = sample_exp(context, grid, run.state.log_f);
    run.state.f[5] = nextafter(run.state.f[5], 1);
    for (size_t i = 0; i < EXTRA; i++) run.extra[i] = sample_uniform((size_t)step, i);
    run.extra[1] = NAN;
    return run;
}

static void drop_run(sample_run *run) {
    gz_release(run->state.f);
    gz_release(run->state.log_f);
}

static gz_status write_step(long step) {
    sample_run run = make_run(step);
    const gz_memory_block block = {.name = "extra", .count = EXTRA, .values = run.extra};
    const gz_status status =
        gz_checkpoint_write(context, grid, scratch_path(""), &TEXTS, &run.state, 1, &block);
    drop_run(&run);
    return status;
}

static gz_status read_into(sample_run *run, bool *older) {
    const gz_memory_block block = {.name = "extra", .count = EXTRA, .values = run->extra};
    return gz_checkpoint_read(context, grid, scratch_path(""), &run->state, 1, &block, older);
}

/* The checkpoint in the folder is that of `step`, to the last bit. */
static void check_step(long step, bool want_older) {
    sample_run have = make_run(step + 100), want = make_run(step);
    bool older = !want_older;
    cr_assert_eq(read_into(&have, &older), GZ_OK, "%s", gz_context_message(context));
    cr_assert_eq(older, want_older, "%s", gz_context_message(context));
    cr_assert_eq(have.state.step, want.state.step);
    cr_assert_eq(have.state.time, want.state.time);
    cr_assert_eq(memcmp(have.state.f, want.state.f, grid->size * sizeof(double)), 0);
    cr_assert_eq(memcmp(have.state.log_f, want.state.log_f, grid->size * sizeof(double)), 0);
    cr_assert_eq(memcmp(have.extra, want.extra, sizeof want.extra), 0);
    drop_run(&have);
    drop_run(&want);
}

static void check_unreadable(const char *why) {
    sample_run run = make_run(0);
    bool older = false;
    cr_assert_eq(read_into(&run, &older), GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), why), "%s", gz_context_message(context));
    drop_run(&run);
}

Test(checkpoint, comes_back_to_the_last_bit_and_keeps_two_generations) {
    check_unreadable("checkpoint.h5");
    for (long step = 0; step < 4; step++) {
        cr_assert_eq(write_step(step), GZ_OK, "%s", gz_context_message(context));
        check_step(step, false);
        cr_assert_eq(scratch_count(), step == 0 ? 1 : 2);
    }
    unlink(scratch_path("checkpoint.h5"));
    check_step(2, true);
}

Test(checkpoint, every_changed_byte_is_detected) {
    cr_assert_eq(write_step(1), GZ_OK);
    cr_assert_eq(write_step(2), GZ_OK);
    size_t size = 0;
    char *sound = scratch_read("checkpoint.h5", &size);
    for (size_t at = 0; at < size; at += 1 + size / 400) {
        sound[at] = (char)(sound[at] ^ (1 << at % 8));
        scratch_write("checkpoint.h5", sound, size);
        sound[at] = (char)(sound[at] ^ (1 << at % 8));
        check_step(1, true);
        cr_assert_not_null(strstr(gz_context_message(context), "damaged"));
    }
    for (size_t rest = 0; rest < size; rest += 1 + size / 100) {
        scratch_write("checkpoint.h5", sound, rest);
        check_step(1, true);
    }
    char *longer = calloc(size + 1, 1);
    memcpy(longer, sound, size);
    scratch_write("checkpoint.h5", longer, size + 1);
    check_step(1, true);
    scratch_write("checkpoint.older.h5", sound, size - 1);
    check_unreadable("checkpoint.older.h5");
    scratch_write("checkpoint.h5", sound, size);
    check_step(2, false);
    free(longer);
    free(sound);
}

/* The texts are those of TEXTS, and what it lacks is "". */
static void check_texts(void) {
    gz_checkpoint_texts texts;
    cr_assert_eq(gz_checkpoint_read_texts(context, scratch_path(""), &texts), GZ_OK);
    cr_assert_str_eq(texts.deck, TEXTS.deck);
    cr_assert_str_eq(texts.plans, TEXTS.plans);
    cr_assert_str_eq(texts.run, TEXTS.run);
    cr_assert_str_eq(texts.history, TEXTS.history);
    cr_assert_str_eq(texts.inputs, "");
    gz_checkpoint_release_texts(&texts);
}

Test(checkpoint, texts_are_those_of_the_sound_one) {
    gz_checkpoint_texts texts;
    size_t size = 0;
    cr_assert_eq(gz_checkpoint_read_texts(context, scratch_path(""), &texts), GZ_ERROR_FILES);
    cr_assert(!texts.deck && !texts.plans && !texts.run && !texts.history && !texts.inputs);
    cr_assert_eq(write_step(1), GZ_OK);
    cr_assert_eq(write_step(2), GZ_OK);
    check_texts();
    char *bytes = scratch_read("checkpoint.h5", &size);
    scratch_write("checkpoint.h5", bytes, size / 2);
    free(bytes);
    check_texts();
}

/* If the file lacks one of the memory blocks, since another scheme wrote it, no block is read but optional
 * ones. */
Test(checkpoint, of_another_grid_is_refused_of_another_solver_not) {
    cr_assert_eq(write_step(1), GZ_OK);
    sample_run run = make_run(0);
    bool older = false;
    double more[EXTRA + 1] = {7}, mine[EXTRA] = {8};
    const gz_memory_block longer = {.name = "extra", .count = EXTRA + 1, .values = more},
                          other[] = {{.name = "extra", .count = EXTRA, .values = mine},
                                     {.name = "other", .count = EXTRA, .values = run.extra}},
                          optional[] = {{.name = "other", .count = EXTRA, .values = run.extra},
                                        {.name = "extra", .count = EXTRA, .values = mine, .optional = true},
                                        {.name = "no", .count = EXTRA, .values = more, .optional = true}};
    const double before = run.extra[0];
    cr_assert_eq(gz_checkpoint_read(context, grid, scratch_path(""), &run.state, 1, &longer, &older), GZ_OK);
    cr_assert_eq(gz_checkpoint_read(context, grid, scratch_path(""), &run.state, 2, other, &older), GZ_OK);
    cr_assert(more[0] == 7 && mine[0] == 8 && run.extra[0] == before && run.state.step == 1);
    cr_assert_eq(gz_checkpoint_read(context, grid, scratch_path(""), &run.state, 3, optional, &older), GZ_OK);
    cr_assert(more[0] == 7 && run.extra[0] == before && mine[0] == sample_uniform(1, 0));
    cr_assert_eq(gz_checkpoint_read(context, grid, scratch_path(""), &run.state, 0, NULL, &older), GZ_OK);
    gz_phase_grid *wider = sample_grid(context, 1, 2, 3, 7, 4.5);
    cr_assert_eq(gz_checkpoint_read(context, wider, scratch_path(""), &run.state, 0, NULL, &older),
                 GZ_ERROR_FILES);
    cr_assert_not_null(strstr(gz_context_message(context), "another grid"));
    gz_phase_grid_destroy(wider);
    drop_run(&run);
}

Test(checkpoint, a_full_disk_leaves_the_ones_before) {
    cr_assert_eq(write_step(1), GZ_OK);
    cr_assert_eq(write_step(2), GZ_OK);
    size_t size = 0;
    free(scratch_read("checkpoint.h5", &size));
    for (size_t room = 1; room < size; room += size / 23) {
        scratch_limit(room);
        cr_assert_eq(write_step(3), GZ_ERROR_FILES, "with room for %zu", room);
        cr_assert_not_null(strstr(gz_context_message(context), "checkpoint.h5"));
        check_step(2, false);
        cr_assert_eq(scratch_count(), 2);
    }
    scratch_limit(0);
    cr_assert_eq(write_step(3), GZ_OK);
    check_step(3, false);
    sample_run run = make_run(0);
    cr_assert_eq(gz_checkpoint_write(context, grid, scratch_path("no folder"), &TEXTS, &run.state, 0, NULL),
                 GZ_ERROR_FILES);
    drop_run(&run);
}

Test(checkpoint, survives_a_kill_at_any_moment) {
    cr_assert_eq(write_step(0), GZ_OK);
    long last = 0;
    for (size_t i = 0; i < 40 || (last <= 10 && i < 200); i++) { /* more rounds where everything is slow */
        const pid_t child = fork();
        if (child == 0)
            for (long step = last + 1;; step++)
                if (write_step(step) != GZ_OK) _exit(1);
        nanosleep(
            &(struct timespec){.tv_nsec = 1000000 + (long)(3e7 * sample_uniform(2, i)) * (1 + (long)i / 40)},
            NULL);
        kill(child, SIGKILL);
        int how = 0;
        cr_assert_eq(waitpid(child, &how, 0), child);
        cr_assert(WIFSIGNALED(how));
        sample_run run = make_run(0);
        bool older = false;
        cr_assert_eq(read_into(&run, &older), GZ_OK, "%s", gz_context_message(context));
        cr_assert_geq(run.state.step, last);
        last = run.state.step;
        drop_run(&run);
        check_step(last, older);
    }
    cr_assert_gt(last, 10);
}

Test(checkpoint, every_failing_allocation_is_reported) {
    cr_assert_eq(write_step(1), GZ_OK);
    sample_run run = make_run(2), have = make_run(0);
    size_t failures = 0;
    for (size_t n = 1; n > 0; n++) {
        bool older = false;
        gz_context_fail_allocation(context, n);
        gz_status status = gz_checkpoint_write(context, grid, scratch_path(""), &TEXTS, &run.state, 0, NULL);
        if (status == GZ_OK)
            status = gz_checkpoint_read(context, grid, scratch_path(""), &have.state, 0, NULL, &older);
        gz_context_fail_allocation(context, 0);
        if (status == GZ_OK) break;
        cr_assert_eq(status, GZ_ERROR_MEMORY, "%s", gz_context_message(context));
        failures++;
    }
    cr_assert_gt(failures, 6);
    cr_assert_eq(have.state.step, 2);
    drop_run(&have);
    drop_run(&run);
}
