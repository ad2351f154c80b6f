/* Context: threads, the last error, and counted, aligned memory. */
#include "context.h"

#include "clock.h"
#include "excerpt.h"
#include "machine_memory.h"
#include "plain.h"

#include <omp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

struct gz_context {
    int threads;
    const gz_ranks *ranks;
    bool guesses_plans;
    bool (*stop)(void *data); /* NULL: never */
    void *stop_data;
    size_t allocations, allocated_bytes;
    size_t fail_countdown; /* 0: never */
    double seconds[GZ_PHASE_COUNT];
    char message[GZ_LONGEST_MESSAGE];
};

gz_status gz_context_create(int threads, gz_context **context) {
    *context = NULL;
    if (threads < 0) return GZ_ERROR_USAGE;
    gz_context *made = calloc(1, sizeof *made);
    if (!made) return GZ_ERROR_MEMORY;
    made->threads = threads > 0 ? threads : omp_get_num_procs();
    *context = made;
    return GZ_OK;
}

void gz_context_destroy(gz_context *context) {
    free(context);
}

int gz_context_threads(const gz_context *context) {
    return context->threads;
}

void gz_context_set_ranks(gz_context *context, const gz_ranks *ranks) {
    context->ranks = ranks;
}

const gz_ranks *gz_context_ranks(const gz_context *context) {
    return context->ranks;
}

gz_status gz_agree(gz_context *context, gz_status status) {
    const int count = gz_ranks_count(context->ranks), own = gz_ranks_own(context->ranks);
    if (count == 1) return status;
    double failed = status != GZ_OK ? own : count; /* the first rank that failed */
    gz_ranks_least(context->ranks, 1, &failed);
    if (failed >= count) return GZ_OK;
    gz_ranks_broadcast(context->ranks, (int)failed, sizeof status, &status);
    gz_ranks_broadcast(context->ranks, (int)failed, sizeof context->message, context->message);
    return status;
}

void gz_context_set_stop(gz_context *context, bool (*stop)(void *data), void *data) {
    context->stop = stop;
    context->stop_data = data;
}

gz_status gz_go_on(gz_context *context) {
    if (!context->stop || !gz_ranks_any(context->ranks, context->stop(context->stop_data))) return GZ_OK;
    return gz_fail(context, GZ_INTERRUPTED, "interrupted");
}

gz_status gz_check_one_rank(gz_context *context, const char *what, const char *remedy) {
    const int count = gz_ranks_count(context->ranks);
    if (count == 1) return GZ_OK;
    return gz_fail(context, GZ_ERROR_USAGE, "%s works on one rank only, and there are %d; %s", what, count,
                   remedy);
}

void gz_context_guess_plans(gz_context *context, bool guess) {
    context->guesses_plans = guess;
}

bool gz_context_guesses_plans(const gz_context *context) {
    return context->guesses_plans;
}

const char *gz_context_message(const gz_context *context) {
    return context->message;
}

gz_status gz_fail(gz_context *context, gz_status status, const char *format, ...) {
    /* The arguments may point into the old message, so the new one is built beside it. */
    char text[GZ_LONGEST_MESSAGE + 1];
    va_list arguments;
    const gz_plain plain = gz_plain_enter();
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    gz_plain_leave(&plain);
    gz_calm(text);
    gz_excerpt(text, sizeof context->message, context->message);
    return status;
}

gz_status gz_advise(gz_context *context, gz_status status, const char *advice) {
    if (status != GZ_ERROR_NOT_CONVERGED) return status;
    return gz_fail(context, status, "%s; %s", context->message, advice);
}

gz_status gz_allocate(gz_context *context, size_t count, size_t size, void *pointer) {
    void *made = NULL;
    memcpy(pointer, &made, sizeof made);
    context->allocations++;
    const int fail_now = context->fail_countdown > 0 && --context->fail_countdown == 0;
    if (fail_now || (size > 0 && count > (SIZE_MAX - ALIGNMENT) / size))
        return gz_fail(context, GZ_ERROR_MEMORY, "out of memory: %zu elements of %zu bytes", count, size);
    size_t bytes = (count * size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (bytes == 0) bytes = ALIGNMENT;
    made = aligned_alloc(ALIGNMENT, bytes);
    if (!made)
        return gz_fail(context, GZ_ERROR_MEMORY,
                       "out of memory: %.3g MB more on top of %.3g MB; use a smaller grid",
                       (double)bytes / 1e6, (double)context->allocated_bytes / 1e6);
    memset(made, 0, bytes);
    context->allocated_bytes += bytes;
    memcpy(pointer, &made, sizeof made);
    return GZ_OK;
}

gz_status gz_check_memory(gz_context *context, double bytes, const char *what, const char *remedy) {
    const gz_machine_memory memory = gz_machine_memory_of("");
    if (bytes <= memory.bytes) return GZ_OK;
    return gz_fail(context, GZ_ERROR_MEMORY, "%s needs %.3g GB, %s %.3g GB left; %s", what, bytes / 1e9,
                   memory.owner, memory.bytes / 1e9, remedy);
}

void gz_release(void *pointer) {
    free(pointer);
}

size_t gz_context_allocations(const gz_context *context) {
    return context->allocations;
}

size_t gz_context_allocated_bytes(const gz_context *context) {
    return context->allocated_bytes;
}

double gz_context_seconds(const gz_context *context, gz_phase phase) {
    return context->seconds[phase];
}

void gz_context_spend(gz_context *context, gz_phase phase, double since) {
    context->seconds[phase] += gz_seconds_now() - since;
}

void gz_context_fail_allocation(gz_context *context, size_t n) {
    context->fail_countdown = n;
}
