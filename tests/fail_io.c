/* The calls of libc under their own names, in front of them: they take the place of libc's for the program and all its
 * libraries. The count lies in memory that forked processes share.
 */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "fail_io.h"

#include <criterion/criterion.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct shared {
    atomic_long count;
    char failed[20];
} * shared;
static long fail_at;
static char folder[300];
static bool counting;

void fail_io_at(long n, const char *below) {
    if (!shared) {
        void *made = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        cr_assert_neq(made, MAP_FAILED);
        shared = made;
    }
    atomic_store(&shared->count, 0);
    shared->failed[0] = 0;
    snprintf(folder, sizeof folder, "%s", below);
    fail_at = n;
    counting = true;
}

long fail_io_end(const char **what) {
    counting = false;
    *what = shared->failed;
    return atomic_load(&shared->count);
}

static bool fails(const char *call, const char *path) {
    if (!counting || strncmp(path, folder, strlen(folder)) != 0) return false;
    if (atomic_fetch_add(&shared->count, 1) + 1 != fail_at) return false;
    snprintf(shared->failed, sizeof shared->failed, "%s", call);
    errno = EIO;
    return true;
}

/* The same for an open file. */
static bool fails_on(const char *call, int descriptor) {
    char link_path[40], path[400] = "";
    const int error = errno;
    if (!counting) return false;
    snprintf(link_path, sizeof link_path, "/proc/self/fd/%d", descriptor);
    const ssize_t length = readlink(link_path, path, sizeof path - 1);
    errno = error;
    return length > 0 && fails(call, path);
}

/* Set *function, a pointer to a function, to that of this name in the libraries behind. ISO C knows no conversion. */
static void find_next(const char *name, void *function) {
    void *found = dlsym(RTLD_NEXT, name);
    memcpy(function, &found, sizeof found);
}

int open(const char *path, int flags, ...) {
    int (*next)(const char *, int, ...);
    va_list arguments;
    va_start(arguments, flags);
    const mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    find_next("open", &next);
    return (flags & O_ACCMODE) != O_RDONLY && fails("open", path) ? -1 : next(path, flags, mode);
}

ssize_t write(int descriptor, const void *data, size_t size) {
    ssize_t (*next)(int, const void *, size_t);
    find_next("write", &next);
    return fails_on("write", descriptor) ? -1 : next(descriptor, data, size);
}

ssize_t pwrite(int descriptor, const void *data, size_t size, off_t at) {
    ssize_t (*next)(int, const void *, size_t, off_t);
    find_next("pwrite", &next);
    return fails_on("pwrite", descriptor) ? -1 : next(descriptor, data, size, at);
}

int fsync(int descriptor) {
    int (*next)(int);
    find_next("fsync", &next);
    return fails_on("fsync", descriptor) ? -1 : next(descriptor);
}

int ftruncate(int descriptor, off_t length) {
    int (*next)(int, off_t);
    find_next("ftruncate", &next);
    return fails_on("ftruncate", descriptor) ? -1 : next(descriptor, length);
}

int posix_fallocate(int descriptor, off_t at, off_t length) {
    int (*next)(int, off_t, off_t);
    find_next("posix_fallocate", &next);
    return fails_on("posix_fallocate", descriptor) ? EIO : next(descriptor, at, length);
}

int rename(const char *from, const char *to) {
    int (*next)(const char *, const char *);
    find_next("rename", &next);
    return fails("rename", to) ? -1 : next(from, to);
}

int link(const char *from, const char *to) {
    int (*next)(const char *, const char *);
    find_next("link", &next);
    return fails("link", to) ? -1 : next(from, to);
}

int fallocate(int descriptor, int mode, off_t at, off_t length) {
    int (*next)(int, int, off_t, off_t);
    find_next("fallocate", &next);
    return fails_on("fallocate", descriptor) ? -1 : next(descriptor, mode, at, length);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags) {
    int (*next)(int, const char *, int, const char *, unsigned);
    find_next("renameat2", &next);
    return fails("renameat2", to) ? -1 : next(from_folder, from, to_folder, to, flags);
}

int truncate(const char *path, off_t length) {
    int (*next)(const char *, off_t);
    find_next("truncate", &next);
    return fails("truncate", path) ? -1 : next(path, length);
}
