/* Memory: every allocation of a set-up may fail, and a step allocates nothing.
 *
 * The latter is shown twice: by the context's own count, and by functions that replace malloc in this program
 * and ask who called. Only CHOLMOD's refactorisation may allocate.
 */
#define _GNU_SOURCE /* dladdr */
#include "integrator.h"
#include "sample.h"
#include "streaming.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#    define SANITIZED 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#        define SANITIZED 1
#    endif
#endif

static gz_context *context;

static void open_context(void) {
    cr_assert_eq(gz_context_create(2, &context), GZ_OK);
}

static void close_context(void) {
    gz_context_destroy(context);
}

TestSuite(allocation, .init = open_context, .fini = close_context);

/* Collisions, and velocity axes. */
static const struct {
    gz_collision_kind kind;
    int velocity_dim;
} CASES[] = {{GZ_LANDAU, 2}, {GZ_LANDAU, 3}, {GZ_FOKKER_PLANCK, 1}, {GZ_DOUGHERTY, 2}, {GZ_NO_COLLISIONS, 1}};

enum { CASE_COUNT = sizeof CASES / sizeof *CASES };

static gz_problem problem_of(int space_dim, size_t which) {
    return (gz_problem){.collisions = {.kind = CASES[which].kind},
                        .grid = {.space_dim = space_dim,
                                 .velocity_dim = CASES[which].velocity_dim,
                                 .cells = {3, 2, 2},
                                 .length = {1, 1, 1},
                                 .nodes = 9,
                                 .half_width = 4},
                        .kernel = {GZ_KERNEL_POWER, .gamma = -1, .strength = 1},
                        .kappa = {.shape = GZ_KAPPA_EXPONENTIAL, .k2 = 2},
                        .order = 4};
}

/* Make what a run makes, in the same order, and destroy it. Returns GZ_OK or the first failure. */
static gz_status make_and_destroy(const gz_problem *problem, const gz_integrator_settings *settings) {
    gz_phase_grid *grid = NULL;
    gz_integrator *integrator = NULL;
    gz_state state = {0};
    gz_status status = gz_phase_grid_create(context, &problem->grid, &grid);
    cr_assert_eq(grid == NULL, status != GZ_OK);
    if (status == GZ_OK) {
        status = gz_integrator_create(context, grid, problem, settings, &integrator);
        cr_assert_eq(integrator == NULL, status != GZ_OK);
    }
    if (status == GZ_OK) status = gz_state_init(context, grid, &state);
    gz_state_free(&state);
    gz_integrator_destroy(integrator);
    gz_phase_grid_destroy(grid);
    return status;
}

Test(allocation, each_of_a_set_up_may_fail) {
    const char *mobilities[] = {"fft", "pairs"};
    for (size_t which = 0; which < CASE_COUNT; which++)
        for (int space_dim = 0; space_dim <= 1; space_dim++)
            for (size_t m = 0; m < (CASES[which].kind == GZ_LANDAU ? 2 : 1); m++)
                for (size_t i = 0; gz_integrator_name(i); i++) {
                    const gz_problem problem = problem_of(space_dim, which);
                    const gz_integrator_settings settings = {.scheme = gz_integrator_name(i),
                                                             .mobility = mobilities[m]};
                    const size_t before = gz_context_allocations(context);
                    cr_assert_eq(make_and_destroy(&problem, &settings), GZ_OK);
                    const size_t count = gz_context_allocations(context) - before;
                    cr_assert_gt(count, 10);
                    for (size_t n = 1; n <= count; n++) {
                        gz_fail(context, GZ_OK, "an older message");
                        gz_context_fail_allocation(context, n);
                        cr_assert_eq(make_and_destroy(&problem, &settings), GZ_ERROR_MEMORY,
                                     "%s, allocation %zu of %zu", settings.scheme, n, count);
                        cr_assert_not_null(strstr(gz_context_message(context), "out of memory"));
                    }
                }
}

/* --- who calls malloc ----------------------------------------------------------------------------------- */

enum { CALLERS = 64 };
static bool watching;
static const void *caller[CALLERS]; /* return addresses of the allocations since watching began */
static atomic_size_t calls;

#ifndef SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void note(const void *address) {
    if (!watching) return;
    const size_t place = atomic_fetch_add(&calls, 1);
    if (place < CALLERS) caller[place] = address;
}

void *malloc(size_t size) {
    note(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    note(__builtin_return_address(0));
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
    note(__builtin_return_address(0));
    return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    *pointer = __libc_memalign(alignment, size);
    return *pointer ? 0 : ENOMEM;
}
#endif

/* True for CHOLMOD's refactorisation, and for the dynamic linker when a thread first uses thread-local
 * storage of a library. */
static bool allowed(const void *address) {
    const char *libraries[] = {"/libcholmod", "/libsuitesparseconfig", "/ld-linux"};
    Dl_info object;
    if (!dladdr(address, &object) || !object.dli_fname) return false;
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        if (strstr(object.dli_fname, libraries[i])) return true;
    return false;
}

Test(allocation, a_step_makes_none) {
    for (size_t which = 0; which < CASE_COUNT; which++)
        for (int space_dim = 0; space_dim <= 1; space_dim++)
            for (size_t i = 0; gz_integrator_name(i); i++) {
                const gz_problem problem = problem_of(space_dim, which);
                const gz_integrator_settings settings = {.scheme = gz_integrator_name(i),
                                                         .mobility_at = GZ_AT_PREDICTOR};
                gz_phase_grid *grid = NULL;
                gz_integrator *integrator = NULL;
                gz_state state = {0};
                gz_step_report report;
                cr_assert_eq(gz_phase_grid_create(context, &problem.grid, &grid), GZ_OK);
                cr_assert_eq(gz_integrator_create(context, grid, &problem, &settings, &integrator), GZ_OK);
                cr_assert_eq(gz_state_init(context, grid, &state), GZ_OK);
                double *log_f = sample_log_density(context, grid, 7);
                double *f = sample_exp(context, grid, log_f);
                memcpy(state.log_f, log_f, grid->size * sizeof *log_f);
                memcpy(state.f, f, grid->size * sizeof *f);
                /* The first step starts the OpenMP team. */
                cr_assert_eq(gz_integrator_step(integrator, 1e-3, &state, &report), GZ_OK, "%s",
                             gz_context_message(context));
                const size_t before = gz_context_allocations(context);
                calls = 0;
                watching = true;
                const gz_status status = gz_integrator_step(integrator, 2e-3, &state, &report);
                watching = false;
                cr_assert_eq(status, GZ_OK, "%s", gz_context_message(context));
                cr_assert_eq(gz_context_allocations(context), before, "%s", settings.scheme);
                for (size_t k = 0; k < calls && k < CALLERS; k++) {
                    Dl_info object = {0};
                    cr_assert(allowed(caller[k]), "%s %dx%dv: malloc from %s %s", settings.scheme, space_dim,
                              CASES[which].velocity_dim, dladdr(caller[k], &object) ? object.dli_fname : "?",
                              object.dli_sname ? object.dli_sname : "?");
                }
                gz_release(log_f);
                gz_release(f);
                gz_state_free(&state);
                gz_integrator_destroy(integrator);
                gz_phase_grid_destroy(grid);
            }
}
