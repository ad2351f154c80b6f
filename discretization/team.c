/* Team: shared loops, contiguous shares of rows, and a barrier. */
#include "team.h"

void gz_share(int threads, size_t count, gz_item_task *run, const void *self) {
    if (threads == 1 || count == 1) {
        for (size_t j = 0; j < count; j++) run(self, j);
        return;
    }
#pragma omp parallel for num_threads(threads)
    for (size_t j = 0; j < count; j++) run(self, j);
}

gz_rows gz_team_share(gz_team team, size_t rows) {
    const size_t rank = (size_t)team.rank, size = (size_t)team.size;
    return (gz_rows){rank * rows / size, (rank + 1) * rows / size};
}

void gz_team_wait(gz_team team) {
    if (team.size > 1) {
#pragma omp barrier
    }
}
