/* First rank: the size first, then, once all ranks have room, the bytes. */
#include "first_rank.h"

#include <string.h>

static gz_status hand_out(gz_context *context, gz_status status, char **bytes, size_t *size) {
    const gz_ranks *ranks = gz_context_ranks(context);
    const bool first = gz_ranks_own(ranks) == 0;
    GZ_TRY(gz_agree(context, first ? status : GZ_OK));
    gz_ranks_broadcast(ranks, 0, sizeof *size, size);
    GZ_TRY(gz_agree(context, first ? GZ_OK : gz_allocate(context, *size + 1, 1, bytes)));
    gz_ranks_broadcast(ranks, 0, *size, *bytes);
    return GZ_OK;
}

gz_status gz_first_rank_hands_out(gz_context *context, gz_status status, char **bytes, size_t *size) {
    size_t length = size ? *size : status == GZ_OK && *bytes ? strlen(*bytes) : 0;
    if (gz_ranks_count(gz_context_ranks(context)) > 1) status = hand_out(context, status, bytes, &length);
    if (size) *size = length;
    if (status == GZ_OK) return GZ_OK;
    gz_release(*bytes);
    *bytes = NULL;
    return status;
}

gz_status gz_first_rank_compare(gz_context *context, gz_status status, uint64_t own, const char *what,
                                const char *remedy) {
    const gz_ranks *ranks = gz_context_ranks(context);
    uint64_t first = own;
    GZ_TRY(gz_agree(context, status));
    gz_ranks_broadcast(ranks, 0, sizeof first, &first);
    return gz_agree(context, own == first ? GZ_OK
                                          : gz_fail(context, GZ_ERROR_FILES,
                                                    "rank %d has another %s than the first rank; %s",
                                                    gz_ranks_own(ranks), what, remedy));
}
