/* Checkpoint seal: the header is written last, over the zeros that were left for it. */
#include "checkpoint_seal.h"

#include "checksum.h"
#include "files.h"
#include "first_rank.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HEADER_SIZE = GZ_CHECKPOINT_HEADER, READ_BLOCK = 1 << 18 };

static const char header_format[] = "grazing checkpoint, %zu bytes follow, checksum %016" PRIx64 "\n";

/* Find length and checksum of what follows the header of an open file. Returns 0 or errno. */
static int examine(int descriptor, char *block, size_t *length, uint64_t *sum) {
    *length = 0;
    *sum = 0;
    if (lseek(descriptor, HEADER_SIZE, SEEK_SET) < 0) return errno;
    for (;;) {
        size_t filled = 0;
        while (filled < READ_BLOCK) {
            const ssize_t got = read(descriptor, block + filled, READ_BLOCK - filled);
            if (got < 0 && errno != EINTR) return errno;
            if (got == 0) break;
            if (got > 0) filled += (size_t)got;
        }
        if (filled == 0) return 0;
        *length += filled;
        *sum = gz_checksum_add(*sum, block, filled);
    }
}

gz_status gz_checkpoint_seal(gz_context *context, const char *path) {
    char *block = NULL;
    GZ_TRY(gz_allocate(context, READ_BLOCK, 1, &block));
    const int descriptor = open(path, O_RDWR);
    int error = descriptor < 0 ? errno : 0;
    size_t length = 0;
    uint64_t sum = 0;
    if (error == 0) error = examine(descriptor, block, &length, &sum);
    memset(block, 0, HEADER_SIZE);
    snprintf(block, HEADER_SIZE, header_format, length, sum);
    if (error == 0 && lseek(descriptor, 0, SEEK_SET) < 0) error = errno;
    if (error == 0) error = gz_write_all(descriptor, block, HEADER_SIZE);
    if (error == 0 && fsync(descriptor) != 0) error = errno;
    if (descriptor >= 0) close(descriptor);
    gz_release(block);
    return error == 0 ? GZ_OK : gz_fail_file(context, "write", path, error);
}

gz_status gz_checkpoint_verify(gz_context *context, const char *path) {
    char *block = NULL;
    GZ_TRY(gz_file_check(context, path));
    GZ_TRY(gz_allocate(context, READ_BLOCK, 1, &block));
    const int descriptor = open(path, O_RDONLY);
    gz_status status = descriptor < 0 ? gz_fail_file(context, "open", path, errno) : GZ_OK;
    char want[HEADER_SIZE] = {0}, have[HEADER_SIZE] = {0};
    if (status == GZ_OK) {
        size_t length = 0;
        uint64_t sum = 0;
        int error = read(descriptor, have, HEADER_SIZE) < 0 ? errno : 0;
        if (error == 0) error = examine(descriptor, block, &length, &sum);
        snprintf(want, HEADER_SIZE, header_format, length, sum);
        if (error != 0)
            status = gz_fail_file(context, "read", path, error);
        else if (memcmp(want, have, HEADER_SIZE) != 0)
            status = gz_fail(context, GZ_ERROR_FILES,
                             "'%s' is damaged: its content does not fit its checksum", path);
    }
    if (descriptor >= 0) close(descriptor);
    gz_release(block);
    return status;
}

/* A sum of the header alone. */
static gz_status sum_header(gz_context *context, const char *path, uint64_t *sum) {
    char header[HEADER_SIZE];
    const int descriptor = open(path, O_RDONLY);
    const ssize_t got = descriptor < 0 ? -1 : read(descriptor, header, HEADER_SIZE);
    const int error = got < 0 ? errno : 0;
    if (descriptor >= 0) close(descriptor);
    if (error) return gz_fail_file(context, "read", path, error);
    *sum = gz_checksum_add(0, header, (size_t)got);
    return GZ_OK;
}

gz_status gz_checkpoint_check_ranks(gz_context *context, const char *path) {
    uint64_t sum = 0;
    if (gz_ranks_count(gz_context_ranks(context)) == 1) return GZ_OK;
    const gz_status status = sum_header(context, path, &sum);
    return gz_first_rank_compare(context, status, sum, "checkpoint.h5",
                                 "let the folder of results be on a disk that all ranks share");
}
