/* The allocators of libc under their own names, in front of them: they take the place of libc's for the program and all
 * its libraries. The count lies in memory that forked processes share.
 */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "fail_malloc.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void *memalign(size_t alignment, size_t size);

static atomic_long *count;
static long fail_at;
static uintptr_t begin, end; /* where the code lies whose allocations count */
static bool counting, lasting;

/* Take the code of the program (the first object, whose name is empty) or of a library with this in its path. */
static int find_code(struct dl_phdr_info *object, size_t size, void *library) {
    (void)size;
    if (library ? !strstr(object->dlpi_name, library) : object->dlpi_name[0] != 0) return 0;
    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X)) continue;
        begin = object->dlpi_addr + part->p_vaddr;
        end = begin + part->p_memsz;
        return 1;
    }
    return 0;
}

void fail_malloc_at(long n, const char *of) {
    char library[40] = "";
    if (!count) {
        void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        cr_assert_neq(shared, MAP_FAILED);
        count = shared;
    }
    if (of) strncat(library, of, sizeof library - 1);
    cr_assert_eq(dl_iterate_phdr(find_code, of ? library : NULL), 1, "%s is not loaded", library);
    atomic_store(count, 0);
    fail_at = n;
    lasting = false;
    counting = true;
}

void fail_malloc_from(long n, const char *of) {
    fail_malloc_at(n, of);
    lasting = n > 0;
}

long fail_malloc_end(void) {
    counting = false;
    return atomic_load(count);
}

static bool fails(const void *caller) {
    const uintptr_t at = (uintptr_t)caller;
    if (!counting || at < begin || at >= end) return false;
    const long number = atomic_fetch_add(count, 1) + 1;
    if (lasting ? number < fail_at : number != fail_at) return false;
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
