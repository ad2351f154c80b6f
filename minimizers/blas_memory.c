/* BLAS memory: blocks of the size of OpenBLAS's buffers are taken and given back. Little is written into them, so this
 * costs nothing. */
#include "blas_memory.h"

#include <stdlib.h>
#include <string.h>

/* The largest buffer of OpenBLAS 0.3 for x86-64, of which every thread has one; and what else is taken meanwhile. */
static const size_t BUFFER = (size_t)128 << 20, MEANWHILE = (size_t)32 << 20;

/* Where BLAS is another one, there is no such function, and there are no such buffers. */
#if defined(__GNUC__)
extern int openblas_get_num_threads(void) __attribute__((weak));
#else
static int (*const openblas_get_num_threads)(void) = NULL;
#endif

gz_status gz_check_blas_memory(gz_context *context, size_t beside) {
    void *last = NULL;
    const int wanted = openblas_get_num_threads ? openblas_get_num_threads() : 0;
    int taken = 0;
    for (; taken < wanted; taken++) {
        void *block = malloc(BUFFER + (taken == 0 ? MEANWHILE + beside : 0));
        if (!block) break;
        memcpy(block, &last, sizeof last); /* the blocks form a chain */
        last = block;
    }
    while (last) {
        void *before;
        memcpy(&before, last, sizeof before);
        free(last);
        last = before;
    }
    if (taken == wanted) return GZ_OK;
    return gz_fail(context, GZ_ERROR_MEMORY,
                   "out of memory: %d buffers of BLAS of %.3g MB; use minimizer newton, which needs none, or "
                   "raise the limit (ulimit -v)",
                   wanted, (double)BUFFER / 1e6);
}
