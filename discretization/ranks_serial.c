/* Ranks in a build without MPI: this process alone. */
#include "ranks.h"

#include <string.h>

gz_ranks *gz_ranks_start(void) {
    return NULL;
}

void gz_ranks_stop(gz_ranks *ranks) {
    (void)ranks;
}

int gz_ranks_count(const gz_ranks *ranks) {
    (void)ranks;
    return 1;
}

int gz_ranks_own(const gz_ranks *ranks) {
    (void)ranks;
    return 0;
}

int gz_ranks_on_this_machine(const gz_ranks *ranks) {
    (void)ranks;
    return 1;
}

void gz_ranks_sum(const gz_ranks *ranks, size_t count, double *values) {
    (void)ranks, (void)count, (void)values;
}

void gz_ranks_least(const gz_ranks *ranks, size_t count, double *values) {
    (void)ranks, (void)count, (void)values;
}

void gz_ranks_most(const gz_ranks *ranks, size_t count, double *values) {
    (void)ranks, (void)count, (void)values;
}

void gz_ranks_add_sums(const gz_ranks *ranks, size_t count, struct gz_sum *sums) {
    (void)ranks, (void)count, (void)sums;
}

void gz_ranks_broadcast(const gz_ranks *ranks, int root, size_t size, void *bytes) {
    (void)ranks, (void)root, (void)size, (void)bytes;
}

void gz_ranks_exchange(const gz_ranks *ranks, const double *send, const size_t *send_first, double *receive,
                       const size_t *receive_first) {
    (void)ranks;
    memcpy(receive + receive_first[0], send + send_first[0], (send_first[1] - send_first[0]) * sizeof *send);
}

bool gz_ranks_meet(const gz_ranks *ranks, double seconds) {
    (void)ranks, (void)seconds;
    return true;
}

void gz_ranks_abort(const gz_ranks *ranks, int status) {
    (void)ranks, (void)status;
}
