/* Preloaded into the program: makes one allocation fail.
 *
 *   FAIL_MALLOC_AT     number of the allocation that fails, from 1 on; 0 or unset: none fails
 *   FAIL_MALLOC_OF     count only allocations of the object with this in its path, such as "grazing" for the
 *                      program itself; unset: count all
 *   FAIL_MALLOC_COUNT  file that gets the number of allocations counted, at the end
 */
#define _GNU_SOURCE /* dladdr */
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

static atomic_long count;
static long fail_at;
static const char *of;
static bool ready;

__attribute__((constructor)) static void begin(void) {
    const char *at = getenv("FAIL_MALLOC_AT");
    fail_at = at ? strtol(at, NULL, 10) : 0;
    of = getenv("FAIL_MALLOC_OF");
    ready = true;
}

__attribute__((destructor)) static void end(void) {
    const char *path = getenv("FAIL_MALLOC_COUNT");
    ready = false;
    FILE *out = path ? fopen(path, "w") : NULL;
    if (!out) return;
    fprintf(out, "%ld\n", atomic_load(&count));
    fclose(out);
}

static bool fails(const void *caller) {
    Dl_info object;
    if (!ready) return false;
    if (of && !(dladdr(caller, &object) && object.dli_fname && strstr(object.dli_fname, of))) return false;
    if (atomic_fetch_add(&count, 1) + 1 != fail_at) return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(number, size);
}

void *realloc(void *old, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

void *memalign(size_t alignment, size_t size) {
    return fails(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
    if (fails(__builtin_return_address(0))) return ENOMEM;
    *pointer = __libc_memalign(alignment, size);
    return *pointer ? 0 : ENOMEM;
}
