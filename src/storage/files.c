/* Files: POSIX calls, repeated where a signal interrupts them; two of Linux where it has them. */
#define _GNU_SOURCE /* fallocate, renameat2 */
#include "files.h"

#include "checksum.h"
#include "excerpt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COPY_BLOCK = 1 << 18 };

gz_status gz_fail_file(gz_context *context, const char *action, const char *path, int error) {
    char shown[GZ_SHOWN_PATH];
    return gz_fail(context, GZ_ERROR_FILES, "cannot %s '%s': %s", action,
                   gz_excerpt(path, sizeof shown, shown), strerror(error));
}

gz_status gz_file_check(gz_context *context, const char *path) {
    struct stat about;
    if (stat(path, &about) != 0 || S_ISREG(about.st_mode)) return GZ_OK;
    char shown[GZ_SHOWN_PATH];
    return gz_fail(context, GZ_ERROR_FILES, "cannot read '%s': it is no regular file",
                   gz_excerpt(path, sizeof shown, shown));
}

gz_status gz_path_join(gz_context *context, const char *directory, const char *name, char **path) {
    const size_t length = strlen(directory) + strlen(name) + 2;
    GZ_TRY(gz_allocate(context, length, 1, path));
    snprintf(*path, length, "%s/%s", directory, name);
    return GZ_OK;
}

/* Read `size` bytes, or fewer where the file ends; *got says how many. Returns 0 or errno. */
static int read_all(int descriptor, char *data, size_t size, size_t *got) {
    *got = 0;
    while (*got < size) {
        const ssize_t n = read(descriptor, data + *got, size - *got);
        if (n < 0 && errno != EINTR) return errno;
        if (n == 0) break;
        if (n > 0) *got += (size_t)n;
    }
    return 0;
}

gz_status gz_file_read(gz_context *context, const char *path, char **text, size_t *length) {
    *text = NULL;
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) return gz_fail_file(context, "open", path, errno);
    struct stat info;
    gz_status status = GZ_OK;
    size_t got = 0;
    if (fstat(descriptor, &info) != 0)
        status = gz_fail_file(context, "read", path, errno);
    else if (!S_ISREG(info.st_mode))
        status = gz_fail_file(context, "read", path, EISDIR);
    else
        status = gz_allocate(context, (size_t)info.st_size + 1, 1, text);
    if (status == GZ_OK) {
        const int error = read_all(descriptor, *text, (size_t)info.st_size, &got);
        if (error != 0) status = gz_fail_file(context, "read", path, error);
    }
    close(descriptor);
    if (status != GZ_OK) {
        gz_release(*text);
        *text = NULL;
    } else if (length)
        *length = got;
    return status;
}

int gz_write_all(int descriptor, const void *data, size_t size) {
    const char *next = data;
    while (size > 0) {
        const ssize_t n = write(descriptor, next, size);
        if (n < 0 && errno != EINTR) return errno;
        if (n <= 0) continue;
        next += n;
        size -= (size_t)n;
    }
    return 0;
}

gz_status gz_file_create(gz_context *context, const char *path, const void *data, size_t size) {
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (descriptor < 0) return gz_fail_file(context, "write", path, errno);
    int error = gz_write_all(descriptor, data, size);
    if (close(descriptor) != 0 && error == 0) error = errno;
    if (error == 0) return GZ_OK;
    unlink(path);
    return gz_fail_file(context, "write", path, error);
}

gz_status gz_file_write(gz_context *context, const char *path, const void *data, size_t size) {
    char *fresh = NULL;
    const size_t length = strlen(path) + sizeof ".new";
    GZ_TRY(gz_allocate(context, length, 1, &fresh));
    snprintf(fresh, length, "%s.new", path);
    gz_status status = gz_file_create(context, fresh, data, size);
    if (status == GZ_OK) {
        status = gz_file_rename(context, fresh, path);
        if (status != GZ_OK) unlink(fresh);
    }
    gz_release(fresh);
    return status;
}

gz_status gz_file_copy(gz_context *context, const char *from, const char *to) {
    char *block = NULL;
    GZ_TRY(gz_allocate(context, COPY_BLOCK, 1, &block));
    gz_status status = GZ_OK;
    const int source = open(from, O_RDONLY);
    const int target = source < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (source < 0)
        status = gz_fail_file(context, "open", from, errno);
    else if (target < 0)
        status = gz_fail_file(context, "write", to, errno);
    size_t got = COPY_BLOCK;
    while (status == GZ_OK && got == COPY_BLOCK) {
        int error = read_all(source, block, COPY_BLOCK, &got);
        if (error != 0)
            status = gz_fail_file(context, "read", from, error);
        else if ((error = gz_write_all(target, block, got)) != 0)
            status = gz_fail_file(context, "write", to, error);
    }
    if (target >= 0 && close(target) != 0 && status == GZ_OK)
        status = gz_fail_file(context, "write", to, errno);
    if (source >= 0) close(source);
    if (status != GZ_OK && target >= 0) unlink(to);
    gz_release(block);
    return status;
}

gz_status gz_file_sum(gz_context *context, const char *path, uint64_t *sum) {
    char *block = NULL;
    int error = 0;
    GZ_TRY(gz_file_check(context, path));
    GZ_TRY(gz_allocate(context, COPY_BLOCK, 1, &block));
    const int descriptor = open(path, O_RDONLY);
    *sum = 0;
    if (descriptor < 0) error = errno;
    for (size_t got = COPY_BLOCK; error == 0 && got == COPY_BLOCK;) {
        error = read_all(descriptor, block, COPY_BLOCK, &got);
        *sum = gz_checksum_add(*sum, block, got);
    }
    if (descriptor >= 0) close(descriptor);
    gz_release(block);
    return error == 0 ? GZ_OK : gz_fail_file(context, "read", path, error);
}

/* Reserve room behind the end of an open file. Returns 0 or errno. A file that keeps its length need not be cut again,
 * which takes milliseconds; but the limit on the length of files must then be looked at here. */
static int reserve(int descriptor, off_t end, off_t bytes) {
#ifdef FALLOC_FL_KEEP_SIZE
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        (rlim_t)(end + bytes) > limit.rlim_cur)
        return EFBIG;
    if (fallocate(descriptor, FALLOC_FL_KEEP_SIZE, end, bytes) == 0) return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS) return errno;
#endif
    return posix_fallocate(descriptor, end, bytes);
}

gz_status gz_file_reserve(gz_context *context, const char *path, size_t bytes) {
    const int descriptor = open(path, O_WRONLY);
    if (descriptor < 0) return gz_fail_file(context, "write", path, errno);
    struct stat info;
    int error = fstat(descriptor, &info) != 0 ? errno : 0;
    if (error == 0) error = reserve(descriptor, info.st_size, (off_t)bytes);
    close(descriptor);
    return error == 0 ? GZ_OK : gz_fail_file(context, "write", path, error);
}

gz_status gz_file_trim(gz_context *context, const char *path) {
    struct stat info;
    if (stat(path, &info) == 0 && truncate(path, info.st_size) == 0) return GZ_OK;
    return gz_fail_file(context, "write", path, errno);
}

bool gz_file_exchange(const char *a, const char *b) {
#ifdef RENAME_EXCHANGE
    return renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
#else
    (void)a, (void)b;
    return false;
#endif
}

gz_status gz_file_sync(gz_context *context, const char *path) {
    const int descriptor = open(path, O_RDONLY);
    if (descriptor < 0) return gz_fail_file(context, "open", path, errno);
    const int error = fsync(descriptor) != 0 ? errno : 0;
    close(descriptor);
    return error == 0 ? GZ_OK : gz_fail_file(context, "write", path, error);
}

gz_status gz_file_rename(gz_context *context, const char *from, const char *to) {
    return rename(from, to) == 0 ? GZ_OK : gz_fail_file(context, "replace", to, errno);
}
