/* Ranks: what does not depend on how ranks communicate. */
#include "ranks.h"

size_t gz_ranks_first(size_t total, int count, int rank) {
    const size_t each = total / (size_t)count, more = total % (size_t)count, r = (size_t)rank;
    return each * r + (r < more ? r : more);
}

bool gz_ranks_any(const gz_ranks *ranks, bool here) {
    double flag = here ? 1 : 0;
    gz_ranks_most(ranks, 1, &flag);
    return flag > 0;
}

bool gz_ranks_all(const gz_ranks *ranks, bool here) {
    return !gz_ranks_any(ranks, !here);
}
