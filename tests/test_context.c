/* Context: statuses and messages, counted, aligned and zeroed memory, allocations that fail on purpose; sums
 * of work. */
#include "context.h"
#include "excerpt.h"
#include "phase_grid.h"
#include "work.h"

#include <criterion/criterion.h>
#include <omp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(1, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(context, .init = open_context, .fini = close_context);

Test(context, threads_are_those_asked_for_or_all_there_are) {
    cr_assert_eq(gz_context_threads(context), 1);
    gz_context *other = context;
    cr_assert_eq(gz_context_create(-1, &other), GZ_ERROR_USAGE);
    cr_assert_null(other);
    cr_assert_eq(gz_context_create(0, &other), GZ_OK);
    cr_assert_eq(gz_context_threads(other), omp_get_num_procs());
    gz_context_destroy(other);
    gz_context_destroy(NULL);
}

Test(context, a_message_stays_until_the_next_failure_and_may_quote_itself) {
    cr_assert_str_empty(gz_context_message(context));
    cr_assert_eq(gz_fail(context, GZ_ERROR_SETTINGS, "n = %d is too small", 3), GZ_ERROR_SETTINGS);
    void *memory = NULL;
    cr_assert_eq(gz_allocate(context, 1, 8, &memory), GZ_OK);
    gz_release(memory);
    cr_assert_str_eq(gz_context_message(context), "n = 3 is too small");
    cr_assert_eq(gz_fail(context, GZ_ERROR_FILES, "deck.yaml: %s", gz_context_message(context)),
                 GZ_ERROR_FILES);
    cr_assert_str_eq(gz_context_message(context), "deck.yaml: n = 3 is too small");
}

/* Advice follows what did not converge, once for each caller that has some, and nothing else. */
Test(context, advice_is_for_what_did_not_converge) {
    gz_fail(context, GZ_ERROR_NOT_CONVERGED, "it stalled");
    cr_assert_eq(gz_advise(context, GZ_OK, "no"), GZ_OK);
    cr_assert_eq(gz_advise(context, GZ_INTERRUPTED, "no"), GZ_INTERRUPTED);
    cr_assert_eq(gz_advise(context, GZ_ERROR_NOT_CONVERGED, "do this"), GZ_ERROR_NOT_CONVERGED);
    cr_assert_eq(gz_advise(context, GZ_ERROR_NOT_CONVERGED, "or that"), GZ_ERROR_NOT_CONVERGED);
    cr_assert_str_eq(gz_context_message(context), "it stalled; do this; or that");
}

Test(context, a_long_message_is_cut_not_overrun) {
    char text[5000];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = 0;
    for (int again = 0; again < 3; again++) {
        gz_fail(context, GZ_ERROR_SETTINGS, "%s%s", text, gz_context_message(context));
        const size_t length = strlen(gz_context_message(context));
        cr_assert_gt(length, 500);
        cr_assert_eq(strspn(gz_context_message(context), "x"), length - 3);
        cr_assert_str_eq(gz_context_message(context) + length - 3, "...");
    }
}

/* A long message of words ends with a whole word. */
Test(context, a_long_message_is_cut_between_words) {
    char text[3000] = "";
    for (int i = 0; strlen(text) + 20 < sizeof text; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%sword%d", i ? " " : "", i);
    gz_fail(context, GZ_ERROR_SETTINGS, "%s", text);
    const char *message = gz_context_message(context), *dots = strstr(message, " ...");
    cr_assert(dots && dots[4] == 0 && strlen(message) < GZ_LONGEST_MESSAGE, "%s", message);
    cr_assert_gt(strlen(message), GZ_LONGEST_MESSAGE - 20);
    cr_assert_eq(memcmp(message, text, (size_t)(dots - message)), 0);
    cr_assert_eq(text[dots - message], ' ');
}

Test(context, excerpts) {
    static const struct {
        const char *text, *excerpt;
        size_t size;
    } CASES[] = {
        {"", "", 8},
        {"seven c", "seven c", 8},
        {"these are five whole words", "these are ...", 18},
        {"these are five whole words", "these are five ...", 19},
        {"incomprehensibilities", "incomprehensi...", 18},
        {"a incomprehensibilities", "a incomprehen...", 18},
        {"ab\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4", "ab\xc3\xa4...", 10}, /* no half of a letter */
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        char buffer[40];
        memset(buffer, '#', sizeof buffer);
        cr_assert_str_eq(gz_excerpt(CASES[i].text, CASES[i].size, buffer), CASES[i].excerpt, "%s", buffer);
        cr_assert_eq(buffer[CASES[i].size], '#', "case %zu writes beyond its buffer", i);
    }
}

Test(context, two_contexts_keep_their_own_messages_and_counts) {
    gz_context *other = NULL;
    cr_assert_eq(gz_context_create(1, &other), GZ_OK);
    gz_fail(other, GZ_ERROR_SETTINGS, "other");
    gz_context_fail_allocation(other, 1);
    void *memory = NULL;
    cr_assert_eq(gz_allocate(context, 1, 8, &memory), GZ_OK);
    cr_assert_str_empty(gz_context_message(context));
    cr_assert_eq(gz_context_allocations(context), 1);
    cr_assert_eq(gz_context_allocations(other), 0);
    gz_release(memory);
    gz_context_destroy(other);
}

Test(context, memory_is_aligned_zeroed_and_counted) {
    size_t asked = 0;
    for (size_t count = 0; count < 300; count += 7)
        for (size_t size = 1; size <= 24; size += size < 8 ? 7 : 8) {
            unsigned char *bytes = NULL;
            const size_t before = gz_context_allocations(context);
            cr_assert_eq(gz_allocate(context, count, size, &bytes), GZ_OK);
            cr_assert_not_null(bytes);
            cr_assert_eq((uintptr_t)bytes % 64, 0);
            for (size_t i = 0; i < count * size; i++) cr_assert(bytes[i] == 0);
            memset(bytes, 255, count * size); /* so that the next one must really be zeroed */
            gz_release(bytes);
            asked += count * size;
            cr_assert_eq(gz_context_allocations(context), before + 1);
        }
    /* The size of each call is rounded up to whole lines of 64 bytes. */
    cr_assert_geq(gz_context_allocated_bytes(context), asked);
    cr_assert_leq(gz_context_allocated_bytes(context), asked + 64 * gz_context_allocations(context));
    gz_release(NULL);
}

Test(context, sizes_that_overflow_or_do_not_exist_are_refused) {
    const size_t wrong[][2] = {
        {SIZE_MAX, 8}, {SIZE_MAX / 8 + 1, 8}, {SIZE_MAX, 1}, {SIZE_MAX - 62, 1}, {8, SIZE_MAX}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int there = 0;
        void *memory = &there;
        gz_fail(context, GZ_ERROR_SETTINGS, "old");
        cr_assert_eq(gz_allocate(context, wrong[i][0], wrong[i][1], &memory), GZ_ERROR_MEMORY, "case %zu", i);
        cr_assert_null(memory);
        cr_assert_not_null(strstr(gz_context_message(context), "out of memory"));
    }
    cr_assert_eq(gz_context_allocated_bytes(context), 0);
}

Test(context, the_nth_allocation_fails_on_purpose_once) {
    for (size_t n = 1; n <= 5; n++) {
        gz_context_fail_allocation(context, n);
        for (size_t i = 1; i <= 7; i++) {
            void *memory = NULL;
            cr_assert_eq(gz_allocate(context, 3, 8, &memory), i == n ? GZ_ERROR_MEMORY : GZ_OK);
            cr_assert_eq(memory == NULL, i == n);
            gz_release(memory);
        }
    }
    gz_context_fail_allocation(context, 1);
    gz_context_fail_allocation(context, 0);
    void *memory = NULL;
    cr_assert_eq(gz_allocate(context, 3, 8, &memory), GZ_OK, "0 switches it off");
    gz_release(memory);
}

/* The pattern for every create function: let each of its allocations fail. The sanitizer would see a leak. */
Test(context, a_grid_survives_the_failure_of_each_of_its_allocations) {
    const gz_phase_grid_settings settings = {
        .space_dim = 1, .velocity_dim = 2, .cells = {4}, .length = {1}, .nodes = 9, .half_width = 3};
    gz_phase_grid *grid = NULL;
    cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_OK);
    gz_phase_grid_destroy(grid);
    const size_t allocations = gz_context_allocations(context);
    cr_assert_gt(allocations, 0);
    for (size_t n = 1; n <= allocations; n++) {
        gz_context_fail_allocation(context, n);
        cr_assert_eq(gz_phase_grid_create(context, &settings, &grid), GZ_ERROR_MEMORY, "allocation %zu", n);
        cr_assert_null(grid);
    }
}

/* No counter is forgotten. All of them have eight bytes, and the smallest doubles add up as integers do. */
Test(context, work_adds_up_in_every_counter) {
    enum { COUNTERS = sizeof(gz_work) / sizeof(int64_t) };
    int64_t counters[COUNTERS];
    gz_work part, sum = {0}, more;
    for (int64_t i = 0; i < COUNTERS; i++) counters[i] = 1 + i;
    memcpy(&part, counters, sizeof part);
    for (int64_t times = 1; times <= 3; times++) {
        gz_work_add(&sum, &part);
        memcpy(counters, &sum, sizeof sum);
        for (int64_t i = 0; i < COUNTERS; i++)
            cr_assert_eq(counters[i], times * (1 + i), "counter %ld", (long)i);
    }
    more = gz_work_between(&part, &sum);
    memcpy(counters, &more, sizeof more);
    for (int64_t i = 0; i < COUNTERS; i++) cr_assert_eq(counters[i], 2 * (1 + i), "counter %ld", (long)i);
}
