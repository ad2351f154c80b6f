/* Context: what all objects of the library share: threads, the text of the last error, counted memory.
 *
 * There is no global state: a program may hold several contexts, each used by one thread at a time (the
 * library itself runs OpenMP teams inside a call). Contexts of several threads may do everything at once; where
 * FFTW plans and where HDF5 works they take turns, and a program that calls HDF5 itself at the same time needs an
 * HDF5 that is built for threads. The library prints nothing, ends no process and leaves the locale alone: numbers
 * in its files and messages have a decimal point in every locale. An object keeps the context it was created with and must
 * be destroyed before that context.
 *
 * Errors: a function that can fail returns a gz_status. The context keeps the reason, one sentence that says
 * what to do next (gz_context_message). On failure outputs are untouched unless a function says otherwise.
 * Every destroy function accepts NULL and half-built objects.
 */
#ifndef GZ_CONTEXT_H
#define GZ_CONTEXT_H

#include "ranks.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Status of a call; the values are also the exit statuses of the program. */
typedef enum gz_status {
    GZ_OK = 0,
    GZ_ERROR_INTERNAL = 1,      /* a library below us failed; the message says which */
    GZ_ERROR_USAGE = 2,         /* a call or command line that makes no sense */
    GZ_ERROR_SETTINGS = 3,      /* settings that cannot be, in a struct or in the deck that fills it */
    GZ_ERROR_NOT_CONVERGED = 4, /* a solver did not converge; the last good state is kept */
    GZ_ERROR_FILES = 5,         /* a file cannot be read or written */
    GZ_ERROR_MEMORY = 6,        /* an allocation failed */
    GZ_INTERRUPTED = 130        /* asked to stop (gz_go_on); what there was before the call is kept */
} gz_status;

typedef struct gz_context gz_context;

/* What the seconds of a step go into. */
typedef enum gz_phase {
    GZ_PHASE_STREAMING, /* free streaming */
    GZ_PHASE_SETUP,     /* set-up of the mobility: h m, T, sawtooth */
    GZ_PHASE_APPLY,     /* K w */
    GZ_PHASE_LOCAL,     /* the local solver */
    GZ_PHASE_COUNT
} gz_phase;

/* Make a context. threads: OpenMP threads of every call, 0 for all processors available. */
GZ_API gz_status gz_context_create(int threads, gz_context **context);
GZ_API void gz_context_destroy(gz_context *context);

GZ_API int gz_context_threads(const gz_context *context);

/* Objects made with this context from now on share their x cells among these ranks, which must outlive the
 * objects. A new context has NULL: this process alone. */
GZ_API void gz_context_set_ranks(gz_context *context, const gz_ranks *ranks);
GZ_API const gz_ranks *gz_context_ranks(const gz_context *context);

/* One status for all ranks: the status and message of the first rank that failed, or GZ_OK. Collective. Call
 * it where one rank may fail by itself (memory, files), before the ranks need each other again. */
GZ_API gz_status gz_agree(gz_context *context, gz_status status);

/* Long calls ask `stop(data)` between their iterations whether to give up, which they do with GZ_INTERRUPTED.
 * Once it has said so it must go on saying so. NULL, as in a new context: they never give up. All ranks set a
 * stop, or none. */
GZ_API void gz_context_set_stop(gz_context *context, bool (*stop)(void *data), void *data);

/* GZ_INTERRUPTED if the stop says so on any rank, else GZ_OK. Collective. For the insides of long calls. */
GZ_API gz_status gz_go_on(gz_context *context);

/* GZ_OK on one rank; on several GZ_ERROR_USAGE, "WHAT works on one rank only, and there are N; REMEDY". */
GZ_API gz_status gz_check_one_rank(gz_context *context, const char *what, const char *remedy);
/* FFTW measures its plans and takes the fastest. With `guess`, plans are guessed from now on: they are the
 * same in every process, and a little slower (plans.h). */
GZ_API void gz_context_guess_plans(gz_context *context, bool guess);
GZ_API bool gz_context_guesses_plans(const gz_context *context);

/* The sentence of the last failure, "" if there was none. Valid until the next failure or destroy. It has fewer
 * than GZ_LONGEST_MESSAGE characters. */
enum { GZ_LONGEST_MESSAGE = 1024 };
GZ_API const char *gz_context_message(const gz_context *context);

/* Record a failure (printf style) and return its status, so that `return gz_fail(...)` reads well. Control
 * characters, which arguments from files may hold, become spaces: a message is one line. A sentence that is too
 * long is cut between words and ends in "...". */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
gz_status
gz_fail(gz_context *context, gz_status status, const char *format, ...);

/* `status`, and if that is GZ_ERROR_NOT_CONVERGED, "; ADVICE" at the end of the message. A solver says what
 * went wrong; what to do next is said by the caller that knows what there is to change: a step has a dt, a
 * distance has none. */
gz_status gz_advise(gz_context *context, gz_status status, const char *advice);

/* Allocate `count` zeroed elements of `size` bytes, aligned to 64 bytes, into *pointer (any pointer type).
 * *pointer is NULL on failure. Release the memory with gz_release. Every call is counted
 * (gz_context_allocations), so that a test can show that a step allocates nothing, and the call chosen by
 * gz_context_fail_allocation fails on purpose. */
GZ_API gz_status gz_allocate(gz_context *context, size_t count, size_t size, void *pointer);
GZ_API void gz_release(void *pointer);

/* GZ_ERROR_MEMORY if an object of so many bytes is beyond the memory that this process can have
 * (machine_memory.h), before the system is asked for memory that it may promise but does not have: "WHAT needs
 * 73 GB, this machine has 24 GB left; REMEDY". */
GZ_API gz_status gz_check_memory(gz_context *context, double bytes, const char *what, const char *remedy);

/* Number of gz_allocate calls so far, and bytes asked for in total. */
GZ_API size_t gz_context_allocations(const gz_context *context);
GZ_API size_t gz_context_allocated_bytes(const gz_context *context);

/* Seconds that all objects of the context have spent in a phase; and a call that adds the seconds since
 * `since`, a reading of gz_seconds_now (clock.h). */
GZ_API double gz_context_seconds(const gz_context *context, gz_phase phase);
GZ_API void gz_context_spend(gz_context *context, gz_phase phase, double since);

/* Make the n-th next allocation (1 = the next) fail; 0 switches this off. For tests. */
GZ_API void gz_context_fail_allocation(gz_context *context, size_t n);

/* Return from the function with the status of `call` if it failed. */
#define GZ_TRY(call)                                                                                         \
    do {                                                                                                     \
        const gz_status gz_try_status = (call);                                                              \
        if (gz_try_status != GZ_OK) return gz_try_status;                                                    \
    } while (0)

/* If `call` failed, set `status` and jump to `label`, where the function releases what it holds. */
#define GZ_TRY_ELSE(status, call, label)                                                                     \
    do {                                                                                                     \
        (status) = (call);                                                                                   \
        if ((status) != GZ_OK) goto label;                                                                   \
    } while (0)

/* Run `call` on the first rank only, to write a file for example; all ranks get its status. Collective. */
#define GZ_ONCE(context, call)                                                                               \
    gz_agree((context), gz_ranks_own(gz_context_ranks(context)) == 0 ? (call) : GZ_OK)

#endif
